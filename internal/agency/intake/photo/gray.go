package photo

import (
	"image"
	"math"
)

// gray is a plane of luma.
type gray struct {
	w, h int
	px   []uint8
}

func (g gray) at(x, y int) uint8 {
	return g.px[min(max(y, 0), g.h-1)*g.w+min(max(x, 0), g.w-1)]
}

// shrink averages a byte plane to w×h by exact areas in integers, so that no
// rounding depends on the machine.
func shrink(src []uint8, stride, sw, sh, w, h int) gray {
	out := gray{w, h, make([]uint8, w*h)}
	const unit = 64 // sub-pixel steps
	edges := func(n, of int) []int {
		e := make([]int, n+1)
		for i := range e {
			e[i] = int(int64(i) * int64(of) * unit / int64(n))
		}
		return e
	}
	xs, ys := edges(w, sw), edges(h, sh)
	rows := make([]uint64, w)
	for y := range h {
		clear(rows)
		y0, y1 := ys[y], ys[y+1]
		var tall uint64
		for sy := y0 / unit; sy*unit < y1; sy++ {
			wy := uint64(min(y1, (sy+1)*unit) - max(y0, sy*unit))
			tall += wy
			line := src[sy*stride : sy*stride+sw]
			for x := range w {
				x0, x1 := xs[x], xs[x+1]
				var sum uint64
				for sx := x0 / unit; sx*unit < x1; sx++ {
					sum += uint64(min(x1, (sx+1)*unit)-max(x0, sx*unit)) * uint64(line[sx])
				}
				rows[x] += sum * wy
			}
		}
		for x := range w {
			area := uint64(xs[x+1]-xs[x]) * tall
			out.px[y*w+x] = uint8((rows[x] + area/2) / area)
		}
	}
	return out
}

// working is the photo at the size the rules work in.
type working struct {
	luma, cb, cr gray
	scale        float64 // working pixels by photo pixels
}

// workSide is the longer side of the working picture: eyes of a passport photo
// are then some 90 pixels apart, enough for every rule, and any upload takes
// the same time.
const workSide = 640

func newWorking(img *image.YCbCr) working {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	ww, wh := w, h
	if m := max(w, h); m > workSide {
		ww, wh = max(1, w*workSide/m), max(1, h*workSide/m)
	}
	return working{
		luma:  shrink(img.Y, img.YStride, w, h, ww, wh),
		cb:    shrink(img.Cb, img.CStride, w, h, ww, wh),
		cr:    shrink(img.Cr, img.CStride, w, h, ww, wh),
		scale: float64(ww) / float64(w),
	}
}

// padded puts a border of n repeated edge pixels round g, so that the detector
// sees faces that are cut by the edge.
func (g gray) padded(n int) gray {
	out := gray{g.w + 2*n, g.h + 2*n, make([]uint8, (g.w+2*n)*(g.h+2*n))}
	for y := range out.h {
		for x := range out.w {
			out.px[y*out.w+x] = g.at(x-n, y-n)
		}
	}
	return out
}

// turned returns g turned clockwise by quarter turns.
func (g gray) turned(quarters int) gray {
	for range quarters {
		out := gray{g.h, g.w, make([]uint8, len(g.px))}
		for y := range out.h {
			for x := range out.w {
				out.px[y*out.w+x] = g.px[(g.h-1-x)*g.w+y]
			}
		}
		g = out
	}
	return g
}

// tilted returns g turned clockwise by degrees about its centre, the edges
// repeated.
func (g gray) tilted(degrees float64) gray {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	out := gray{g.w, g.h, make([]uint8, len(g.px))}
	cx, cy := float64(g.w)/2, float64(g.h)/2
	for y := range g.h {
		for x := range g.w {
			dx, dy := float64(x)-cx, float64(y)-cy
			out.px[y*g.w+x] = g.at(int(cx+dx*cos+dy*sin), int(cy+dy*cos-dx*sin))
		}
	}
	return out
}
