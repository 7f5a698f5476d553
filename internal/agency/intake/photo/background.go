package photo

import (
	"math"
	"sort"

	"kado/internal/platform/fault"
)

// block is a square of background.
type block struct {
	x, y, luma, cb, cr, unrest float64
	beside                     bool // where hair may hang
}

// blockSide in working pixels: large enough that grain averages out.
const blockSide = 8

// background collects the blocks that hold neither head nor shoulders, and
// marks those that may hold hair.
func background(w working, f face) []block {
	e := f.eyeDistance()
	mx, my := f.middle()
	var out []block
	for y := 0; y+blockSide <= w.luma.h && float64(y+blockSide) < my+1.0*e; y += blockSide {
		for x := 0; x+blockSide <= w.luma.w; x += blockSide {
			nearX := max(0, max(float64(x)-mx, mx-float64(x+blockSide)))
			b := newBlock(w, x, y)
			if nearX < hairBeside*e && float64(y+blockSide) > my-hairAbove*e {
				if nearX < cheekBeside*e {
					continue
				}
				b.beside = true
			}
			out = append(out, b)
		}
	}
	return out
}

func newBlock(w working, x, y int) block {
	var sum, squares, cb, cr float64
	for j := y; j < y+blockSide; j++ {
		for i := x; i < x+blockSide; i++ {
			k := j*w.luma.w + i
			v := float64(w.luma.px[k])
			sum += v
			squares += v * v
			cb += float64(w.cb.px[k])
			cr += float64(w.cr.px[k])
		}
	}
	const n = blockSide * blockSide
	mean := sum / n
	return block{x: float64(x), y: float64(y), luma: mean, cb: cb / n, cr: cr / n, unrest: math.Sqrt(max(0, squares/n-mean*mean))}
}

// minBackground is how many blocks it takes to judge; with fewer the face
// fills the photo, which examinePose tells.
const minBackground = 24

// examineBackground compares every block with an even ground whose light may
// fall off steadily to a side.
func examineBackground(w working, f face, rep *Report) []*fault.Error {
	all := background(w, f)
	var blocks []block
	for _, b := range all {
		if !b.beside {
			blocks = append(blocks, b)
		}
	}
	if len(blocks) < minBackground {
		return nil
	}
	luma, cb, cr := medianOf(blocks, func(b block) float64 { return b.luma }),
		medianOf(blocks, func(b block) float64 { return b.cb }),
		medianOf(blocks, func(b block) float64 { return b.cr })
	ground := fitPlane(blocks, luma, cb, cr)
	off, dark, n, free := 0, 0, 0.0, float64(len(blocks))
	for _, b := range all {
		if b.beside {
			// Beside the head only ground and its shadow are told apart from
			// hair: a shadow keeps the ground's tint and has no strands.
			level := b.luma / max(1, ground.at(b.x, b.y))
			if max(math.Abs(b.cb-cb), math.Abs(b.cr-cr)) > shadowChroma || b.unrest > shadowUnrest || level < shadowDeepest || level > 1.1 {
				continue
			}
			n++
			if level < shadowLightest {
				dark++
			}
			continue
		}
		n++
		d := b.luma - ground.at(b.x, b.y)
		chroma := max(math.Abs(b.cb-cb), math.Abs(b.cr-cr))
		switch {
		case math.Abs(d) <= blockLuma && chroma <= blockChroma && b.unrest <= blockUnrest:
		case d < 0 && chroma <= blockChroma && b.unrest <= 1.25*blockUnrest:
			dark++
		default:
			off++
		}
	}
	rep.Measures.BackgroundOff, rep.Measures.BackgroundDark = float64(off)/free, float64(dark)/n
	var out []*fault.Error
	if rep.Measures.BackgroundOff > maxBackgroundOff {
		out = append(out, BackgroundNotPlain.New(int(100*rep.Measures.BackgroundOff)))
	}
	if rep.Measures.BackgroundDark > maxBackgroundDark {
		out = append(out, ShadowBehind.New(int(100*rep.Measures.BackgroundDark)))
	}
	return out
}

func medianOf(blocks []block, value func(block) float64) float64 {
	v := make([]float64, len(blocks))
	for i, b := range blocks {
		v[i] = value(b)
	}
	sort.Float64s(v)
	return v[len(v)/2]
}

// plane is luma that changes steadily: a + b·x + c·y.
type plane struct{ a, b, c float64 }

func (p plane) at(x, y float64) float64 { return p.a + p.b*x + p.c*y }

// maxFall bounds how much the light may change over the photo before the
// change counts as a shadow.
const maxFall = 40.0

// fitPlane fits the blocks near the median by least squares. Without a sound
// fit it is the even median.
func fitPlane(blocks []block, luma, cb, cr float64) plane {
	var n, sx, sy, sz, sxx, syy, sxy, sxz, syz, reach float64
	for _, b := range blocks {
		if math.Abs(b.luma-luma) > 1.2*blockLuma || math.Abs(b.cb-cb) > blockChroma || math.Abs(b.cr-cr) > blockChroma {
			continue
		}
		n++
		sx, sy, sz = sx+b.x, sy+b.y, sz+b.luma
		sxx, syy, sxy = sxx+b.x*b.x, syy+b.y*b.y, sxy+b.x*b.y
		sxz, syz = sxz+b.x*b.luma, syz+b.y*b.luma
		reach = max(reach, b.x, b.y)
	}
	even := plane{a: luma}
	if n < minBackground {
		return even
	}
	vx, vy, vxy := sxx-sx*sx/n, syy-sy*sy/n, sxy-sx*sy/n
	cx, cy := sxz-sx*sz/n, syz-sy*sz/n
	det := vx*vy - vxy*vxy
	if det < 1e-6*vx*vy || det <= 0 {
		return even
	}
	p := plane{b: (cx*vy - cy*vxy) / det, c: (cy*vx - cx*vxy) / det}
	if (math.Abs(p.b)+math.Abs(p.c))*reach > maxFall {
		return even
	}
	p.a = (sz - p.b*sx - p.c*sy) / n
	return p
}
