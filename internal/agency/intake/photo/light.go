package photo

import (
	"image"
	"math"

	"kado/internal/platform/fault"
)

// histogram counts 8-bit values.
type histogram struct {
	count [256]int
	total int
}

func newHistogram() *histogram { return &histogram{} }

func (h *histogram) add(v uint8) {
	h.count[v]++
	h.total++
}

// percentile is the least value that share of the values do not exceed; 0 of
// nothing.
func (h *histogram) percentile(share float64) int {
	left := int(share * float64(h.total))
	for v, n := range h.count {
		if left -= n; left < 0 {
			return v
		}
	}
	return 0
}

// over is the share of values at or over v.
func (h *histogram) over(v int) float64 {
	n := 0
	for _, c := range h.count[v:] {
		n += c
	}
	return float64(n) / float64(max(1, h.total))
}

// each visits the pixels of a rectangle that lie in g.
func (g gray) each(left, top, right, bottom float64, visit func(i int, v uint8)) {
	for y := max(0, int(top)); y < min(g.h, int(bottom)); y++ {
		for x := max(0, int(left)); x < min(g.w, int(right)); x++ {
			visit(y*g.w+x, g.px[y*g.w+x])
		}
	}
}

// examineLight decides exposure and focus of the face.
func examineLight(img *image.YCbCr, w working, f face, rep *Report) []*fault.Error {
	e := f.eyeDistance()
	mx, my := f.middle()
	h := newHistogram()
	w.luma.each(mx-0.9*e, my-0.5*e, mx+0.9*e, my+1.5*e, func(_ int, v uint8) { h.add(v) })
	m := &rep.Measures
	m.FaceLight, m.FaceBrightest, m.FaceHighlight = float64(h.percentile(0.5)), float64(h.percentile(0.95)), h.over(250)
	m.Sharpness = sharpness(img, w, f)
	var out []*fault.Error
	if m.Sharpness < minSharpness {
		out = append(out, OutOfFocus.New())
	}
	switch {
	case m.FaceBrightest < minFaceBrightest:
		out = append(out, TooDark.New(int(m.FaceLight)))
	case m.FaceHighlight > maxFaceHighlight:
		out = append(out, TooBright.New(int(100*m.FaceHighlight)))
	}
	return out
}

// focusEyes is the eye distance in pixels at which focus is judged, so that a
// large and a small upload of one picture get one answer.
const focusEyes = 80

// sharpness is the variance of the Laplacian about the eyes by the variance of
// the light there. The quotient does not depend on exposure or complexion.
func sharpness(img *image.YCbCr, w working, f face) float64 {
	e := f.eyeDistance() / w.scale
	mx, my := f.middle()
	mx, my = mx/w.scale, my/w.scale
	r := image.Rect(int(mx-0.95*e), int(my-0.5*e), int(mx+0.95*e), int(my+0.45*e)).Intersect(img.Rect)
	if r.Dx() < 8 || r.Dy() < 8 {
		return 0
	}
	tw, th := r.Dx(), r.Dy()
	if e > focusEyes {
		tw, th = max(8, int(float64(tw)*focusEyes/e)), max(8, int(float64(th)*focusEyes/e))
	}
	g := shrink(img.Y[r.Min.Y*img.YStride+r.Min.X:], img.YStride, r.Dx(), r.Dy(), tw, th)
	var n, sum, squares, lap, lapSquares float64
	for y := 1; y < g.h-1; y++ {
		for x := 1; x < g.w-1; x++ {
			i := y*g.w + x
			v := float64(g.px[i])
			l := float64(g.px[i-1]) + float64(g.px[i+1]) + float64(g.px[i-g.w]) + float64(g.px[i+g.w]) - 4*v
			n++
			sum, squares = sum+v, squares+v*v
			lap, lapSquares = lap+l, lapSquares+l*l
		}
	}
	light := squares/n - sum*sum/(n*n)
	// Under one step of variance there is nothing but noise to be sharp.
	return (lapSquares/n - lap*lap/(n*n)) / max(1, math.Abs(light))
}
