package photo

import (
	"embed"
	"encoding/binary"
	"fmt"
	"math"
	"sort"
	"sync"

	pigo "github.com/esimov/pigo/core"
)

// The trained cascades are pigo's, under the MIT licence in cascade/LICENSE.
//
//go:embed cascade
var cascades embed.FS

// detectors are the loaded cascades; they are read only.
type detectors struct {
	face                     *pigo.Pigo
	pupil, nose, mouthCorner *locator
}

// loadDetectors reads the embedded cascades once. They are part of the program,
// so a failure is a broken build and panics at the first examination.
var loadDetectors = sync.OnceValue(func() detectors {
	read := func(name string) []byte {
		b, err := cascades.ReadFile("cascade/" + name)
		if err != nil {
			panic(err)
		}
		return b
	}
	face, err := pigo.NewPigo().Unpack(read("facefinder"))
	if err != nil {
		panic(err)
	}
	locator := func(name string) *locator {
		l, err := parseLocator(read(name))
		if err != nil {
			panic(err)
		}
		return l
	}
	return detectors{face: face, pupil: locator("puploc"), nose: locator("lp93"), mouthCorner: locator("lp84")}
})

// locator is a regression cascade that moves a guess onto a point of the face.
//
// pigo has the same evaluation, but draws its starting guesses from the global
// random generator; an examination has to give the same answer twice, so ours
// starts from a fixed grid.
type locator struct {
	stages, trees, depth int
	shrink               float32
	codes                []int8    // four per inner node: row, column, row, column
	moves                []float32 // two per leaf: rows, columns
}

func parseLocator(b []byte) (*locator, error) {
	if len(b) < 16 {
		return nil, fmt.Errorf("photo: cascade of %d bytes", len(b))
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	l := &locator{stages: int(u32(0)), shrink: math.Float32frombits(u32(4)), trees: int(u32(8)), depth: int(u32(12))}
	if l.stages < 1 || l.stages > 32 || l.trees < 1 || l.trees > 64 || l.depth < 1 || l.depth > 16 {
		return nil, fmt.Errorf("photo: cascade of %d stages, %d trees, depth %d", l.stages, l.trees, l.depth)
	}
	leaves := 1 << l.depth
	if len(b) != 16+l.stages*l.trees*(4*(leaves-1)+8*leaves) {
		return nil, fmt.Errorf("photo: cascade of %d bytes", len(b))
	}
	pos := 16
	for range l.stages * l.trees {
		for _, c := range b[pos : pos+4*(leaves-1)] {
			l.codes = append(l.codes, int8(c))
		}
		pos += 4 * (leaves - 1)
		for range 2 * leaves {
			l.moves = append(l.moves, math.Float32frombits(u32(pos)))
			pos += 4
		}
	}
	return l, nil
}

// run moves one guess. mirrored looks for the same point of the face's other
// half.
func (l *locator) run(g gray, row, col, size float32, mirrored bool) (float32, float32) {
	leaves := 1 << l.depth
	side := 1
	if mirrored {
		side = -1
	}
	codes, moves := l.codes, l.moves
	for range l.stages {
		var dr, dc float32
		r0, c0, s := 256*int(row), 256*int(col), int(size+0.5)
		for range l.trees {
			n := 0
			for range l.depth {
				k := codes[4*n : 4*n+4]
				a := g.at((c0+side*int(k[1])*s)>>8, (r0+int(k[0])*s)>>8)
				b := g.at((c0+side*int(k[3])*s)>>8, (r0+int(k[2])*s)>>8)
				n = 2*n + 1
				if a > b {
					n++
				}
			}
			leaf := n - (leaves - 1)
			dr += moves[2*leaf]
			dc += moves[2*leaf+1]
			codes = codes[4*(leaves-1):]
			moves = moves[2*leaves:]
		}
		// The conversions keep the compiler from fusing the sums, which would
		// round differently on other processors.
		row += float32(dr * size)
		col += float32(float32(side) * float32(dc*size))
		size *= l.shrink
	}
	return row, col
}

// locate runs from a fixed grid of guesses about (x, y) and takes the medians.
// spread is how far apart the outcomes lie (the middle half), by size: a real
// point draws them together.
func (l *locator) locate(g gray, x, y, size float64, mirrored bool) (px, py, spread float64) {
	var rows, cols []float64
	for _, scale := range [...]float64{0.94, 1, 1.06} {
		for i := -2; i <= 2; i++ {
			for j := -2; j <= 2; j++ {
				r, c := l.run(g, float32(y+0.035*float64(i)*size), float32(x+0.035*float64(j)*size), float32(scale*size), mirrored)
				rows, cols = append(rows, float64(r)), append(cols, float64(c))
			}
		}
	}
	sort.Float64s(rows)
	sort.Float64s(cols)
	n := len(rows)
	spread = max(rows[3*n/4]-rows[n/4], cols[3*n/4]-cols[n/4]) / size
	return cols[n/2], rows[n/2], spread
}

// hit is a square the face cascade fired on.
type hit struct {
	x, y, size float64 // centre
	score      float64
}

// findFaces runs the face cascade over every square from a tenth of the shorter
// side on, and joins hits that overlap. The strongest comes first.
func (d detectors) findFaces(g gray) []hit {
	short := min(g.w, g.h)
	raw := d.face.RunCascade(pigo.CascadeParams{
		MinSize:     max(24, short/12),
		MaxSize:     short - 2,
		ShiftFactor: 0.1,
		ScaleFactor: 1.1,
		ImageParams: pigo.ImageParams{Pixels: g.px, Rows: g.h, Cols: g.w, Dim: g.w},
	}, 0)
	sort.SliceStable(raw, func(i, j int) bool { return raw[i].Q > raw[j].Q })
	used := make([]bool, len(raw))
	var out []hit
	for i, a := range raw {
		if used[i] {
			continue
		}
		var h hit
		weight := 0.0
		for j, b := range raw {
			if !used[j] && overlap(a, b) > 0.3 {
				used[j] = true
				q := float64(b.Q)
				h.x += q * float64(b.Col)
				h.y += q * float64(b.Row)
				h.size += q * float64(b.Scale)
				weight += q
			}
		}
		if weight > 0 {
			out = append(out, hit{h.x / weight, h.y / weight, h.size / weight, weight})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].score > out[j].score })
	return out
}

// overlap is intersection by union of two squares.
func overlap(a, b pigo.Detection) float64 {
	span := func(p, s, q, t int) int { return max(0, min(2*p+s, 2*q+t)-max(2*p-s, 2*q-t)) }
	i := span(a.Row, a.Scale, b.Row, b.Scale) * span(a.Col, a.Scale, b.Col, b.Scale)
	u := 4*a.Scale*a.Scale + 4*b.Scale*b.Scale - i
	return float64(i) / float64(u)
}
