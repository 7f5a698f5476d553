package people

import (
	"io"

	"kado/internal/platform/entropy"
)

// dice draws from one named stream of a seed. The first error sticks, so that
// callers may draw on and look at err once.
type dice struct {
	r   io.Reader
	err error
}

func newDice(seed, stream string) *dice {
	return &dice{r: entropy.Seeded(seed).Stream(stream)}
}

// n returns 0 to limit-1.
func (d *dice) n(limit int) int {
	if d.err != nil {
		return 0
	}
	v, err := entropy.Int(d.r, limit)
	if err != nil {
		d.err = err
	}
	return v
}

// between returns low to high, both included.
func (d *dice) between(low, high int) int { return low + d.n(high-low+1) }

// oneIn is true once in n draws on average.
func (d *dice) oneIn(n int) bool { return d.n(n) == 0 }

// percent is true in p of 100 draws on average.
func (d *dice) percent(p int) bool { return d.n(100) < p }

// early returns 0 to limit-1, low values more often: tables list the common
// entries first.
func (d *dice) early(limit int) int { return min(d.n(limit), d.n(limit)) }
