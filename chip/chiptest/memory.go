package chiptest

import (
	"errors"

	"kado/chip"
)

// ErrPower is what a Faulty memory reports.
var ErrPower = errors.New("chiptest: power cut")

// Faulty is a chip.Memory whose power fails at one commit, counted from 1: the
// batch is lost, or with Written set it is written and reported lost.
type Faulty struct {
	chip.Memory
	At      int
	Written bool
	// Count is the number of commits so far.
	Count int
}

// Commit passes the batch on unless the power fails now.
func (f *Faulty) Commit(batch []chip.Record) error {
	f.Count++
	if f.Count != f.At {
		return f.Memory.Commit(batch)
	}
	if f.Written {
		if err := f.Memory.Commit(batch); err != nil {
			return err
		}
	}
	return ErrPower
}
