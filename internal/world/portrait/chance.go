package portrait

import (
	"math"
	mrand "math/rand/v2"
)

// chance draws the traits of a person and the small irregularities of a
// picture. Each part of a portrait has its own, so that a change in one part
// (a fault, say) leaves the others as they were.
type chance struct{ r *mrand.Rand }

func newChance(seed [32]byte, part byte) chance {
	seed[31] ^= part
	return chance{mrand.New(mrand.NewChaCha8(seed))}
}

// between is uniform in [a, b).
func (c chance) between(a, b float64) float64 { return a + (b-a)*c.r.Float64() }

// around is bell-shaped about m, within ±d.
func (c chance) around(m, d float64) float64 {
	return m + d*(c.r.Float64()+c.r.Float64()+c.r.Float64()-1.5)/1.5
}

// odds is true with probability p.
func (c chance) odds(p float64) bool { return c.r.Float64() < p }

// pick returns an index drawn by weight.
func (c chance) pick(weights ...float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	v := sum * c.r.Float64()
	for i, w := range weights {
		if v < w {
			return i
		}
		v -= w
	}
	return len(weights) - 1
}

// noise is a smooth random field with values of about -1..1.
type noise struct{ v [128 * 128]float32 }

func newNoise(c chance) *noise {
	var n noise
	for i := range n.v {
		n.v[i] = float32(c.between(-1, 1))
	}
	return &n
}

// at samples the field; it repeats every 128 units.
func (n *noise) at(x, y float64) float64 {
	xf, yf := math.Floor(x), math.Floor(y)
	fx, fy := float32(x-xf), float32(y-yf)
	fx, fy = fx*fx*(3-2*fx), fy*fy*(3-2*fy)
	x0, y0 := int(xf)&127, int(yf)&127
	x1, y1 := (x0+1)&127, (y0+1)&127
	a := n.v[y0*128+x0] + (n.v[y0*128+x1]-n.v[y0*128+x0])*fx
	b := n.v[y1*128+x0] + (n.v[y1*128+x1]-n.v[y1*128+x0])*fx
	return float64(a + (b-a)*fy)
}
