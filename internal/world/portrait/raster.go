package portrait

import (
	"image"
	"math"
)

// The size of a portrait in pixels: 7 by 9, the ratio of a 35 × 45 mm print.
const (
	Width  = 700
	Height = 900
)

// rgb is a colour in linear light.
type rgb struct{ r, g, b float64 }

func (c rgb) mul(f float64) rgb { return rgb{c.r * f, c.g * f, c.b * f} }
func (c rgb) tint(d rgb) rgb    { return rgb{c.r * d.r, c.g * d.g, c.b * d.b} }
func (c rgb) mix(d rgb, t float64) rgb {
	return rgb{c.r + (d.r-c.r)*t, c.g + (d.g-c.g)*t, c.b + (d.b-c.b)*t}
}

// srgb reads a colour as designers write it, 0..255 a channel.
func srgb(r, g, b float64) rgb { return rgb{toLinear(r), toLinear(g), toLinear(b)} }

func toLinear(v float64) float64 {
	v /= 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// layer is a picture with premultiplied coverage; z is the height towards the
// camera in millimetres, used only to turn a head.
type layer struct {
	r, g, b, a []float32
	z          []float32
}

func newLayer() *layer {
	n := Width * Height
	return &layer{make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)}
}

// over paints c with coverage a on pixel i.
func (l *layer) over(i int, c rgb, a float64) {
	if a <= 0 {
		return
	}
	if a > 1 {
		a = 1
	}
	k := float32(1 - a)
	l.r[i] = l.r[i]*k + float32(c.r*a)
	l.g[i] = l.g[i]*k + float32(c.g*a)
	l.b[i] = l.b[i]*k + float32(c.b*a)
	l.a[i] = l.a[i]*k + float32(a)
}

// scale multiplies the light of pixel i.
func (l *layer) scale(i int, f float64) {
	k := float32(f)
	l.r[i] *= k
	l.g[i] *= k
	l.b[i] *= k
}

// tint multiplies each channel of pixel i.
func (l *layer) tint(i int, c rgb) {
	l.r[i] *= float32(c.r)
	l.g[i] *= float32(c.g)
	l.b[i] *= float32(c.b)
}

// view places millimetres of the head in pixels: the origin lies between the
// pupils, x to the right and y down.
type view struct{ k, x0, y0 float64 }

func (v view) px(x float64) float64 { return v.x0 + v.k*x }
func (v view) py(y float64) float64 { return v.y0 + v.k*y }

// each visits the pixels whose centres lie in the rectangle given in
// millimetres.
func (v view) each(left, top, right, bottom float64, visit func(i int, x, y float64)) {
	x1 := max(0, int(math.Ceil(v.px(left)-0.5)))
	x2 := min(Width-1, int(math.Floor(v.px(right)-0.5)))
	y1 := max(0, int(math.Ceil(v.py(top)-0.5)))
	y2 := min(Height-1, int(math.Floor(v.py(bottom)-0.5)))
	for py := y1; py <= y2; py++ {
		y := (float64(py) + 0.5 - v.y0) / v.k
		for px := x1; px <= x2; px++ {
			visit(py*Width+px, (float64(px)+0.5-v.x0)/v.k, y)
		}
	}
}

// step rises smoothly from 0 at a to 1 at b.
func step(a, b, x float64) float64 {
	t := (x - a) / (b - a)
	if t <= 0 {
		return 0
	}
	if t >= 1 {
		return 1
	}
	return t * t * (3 - 2*t)
}

func lerp(a, b, t float64) float64 { return a + (b-a)*t }

// bell is near to the Gaussian exp(-t²), in multiplications only: fast, and the
// same on every machine.
func bell(t float64) float64 { return bellSquared(t * t) }

// bellSquared is bell of the root of t2.
func bellSquared(t2 float64) float64 {
	v := 1 - t2/8
	if v <= 0 {
		return 0
	}
	v *= v
	v *= v
	return v * v
}

// boxBlur blurs src by three passes of a box of the given radius in pixels,
// which is near to a Gaussian of sigma = radius.
func boxBlur(src []float32, w, h, radius int) []float32 {
	out := append([]float32(nil), src...)
	if radius < 1 {
		return out
	}
	tmp := make([]float32, len(src))
	line := make([]float32, max(w, h))
	for range 3 {
		for y := range h {
			blurLine(out[y*w:], tmp[y*w:], w, 1, radius, line)
		}
		for x := range w {
			blurLine(tmp[x:], out[x:], h, w, radius, line)
		}
	}
	return out
}

// blurLine runs a box over n values that lie stride apart; the ends repeat.
func blurLine(src, dst []float32, n, stride, radius int, line []float32) {
	for i := range n {
		line[i] = src[i*stride]
	}
	inv := 1 / float32(2*radius+1)
	sum := line[0] * float32(radius+1)
	for i := 1; i <= radius; i++ {
		sum += line[min(i, n-1)]
	}
	for i := range n {
		dst[i*stride] = sum * inv
		sum += line[min(i+radius+1, n-1)] - line[max(i-radius, 0)]
	}
}

// point is a place in millimetres.
type point struct{ x, y float64 }

// strand draws a thin curve (quadratic Bézier) whose coverage tapers towards
// its end. shade gives the factor of the colour at a place (mm).
func (l *layer) strand(v view, p0, p1, p2 point, c rgb, alpha, taper float64, shade func(x, y float64) float64) {
	length := math.Hypot(p1.x-p0.x, p1.y-p0.y) + math.Hypot(p2.x-p1.x, p2.y-p1.y)
	n := int(length*v.k/0.8) + 1
	cc, lit := c, -4
	for s := 0; s <= n; s++ {
		t := float64(s) / float64(n)
		u := 1 - t
		x := v.px(u*u*p0.x+2*u*t*p1.x+t*t*p2.x) - 0.5
		y := v.py(u*u*p0.y+2*u*t*p1.y+t*t*p2.y) - 0.5
		xi, yi := int(math.Floor(x)), int(math.Floor(y))
		if xi < 0 || yi < 0 || xi >= Width-1 || yi >= Height-1 {
			continue
		}
		a := alpha * min(1, 0.25+6*t)
		if t > taper {
			a *= (1 - t) / (1 - taper)
		}
		fx, fy := x-float64(xi), y-float64(yi)
		if shade != nil && s-lit >= 4 { // light changes slowly along a strand
			cc, lit = c.mul(shade((x+0.5-v.x0)/v.k, (y+0.5-v.y0)/v.k)), s
		}
		i := yi*Width + xi
		l.over(i, cc, a*(1-fx)*(1-fy))
		l.over(i+1, cc, a*fx*(1-fy))
		l.over(i+Width, cc, a*(1-fx)*fy)
		l.over(i+Width+1, cc, a*fx*fy)
	}
}

// polygon fills a closed outline given in millimetres with soft edges of about
// one pixel. paint gives the colour of a pixel.
func (l *layer) polygon(v view, outline []point, alpha float64, paint func(x, y float64) rgb) {
	minX, minY, maxX, maxY := outline[0].x, outline[0].y, outline[0].x, outline[0].y
	for _, p := range outline {
		minX, maxX = min(minX, p.x), max(maxX, p.x)
		minY, maxY = min(minY, p.y), max(maxY, p.y)
	}
	y1 := max(0, int(math.Floor(v.py(minY))))
	y2 := min(Height-1, int(math.Ceil(v.py(maxY))))
	cover := make([]float64, Width)
	const rows = 4 // sample lines in a pixel
	for py := y1; py <= y2; py++ {
		lo, hi := Width, -1
		for s := range rows {
			yy := (float64(py) + (float64(s)+0.5)/rows - v.y0) / v.k
			var xs []float64
			for j := range outline {
				a, b := outline[j], outline[(j+1)%len(outline)]
				if (a.y <= yy) != (b.y <= yy) {
					xs = append(xs, v.px(a.x+(b.x-a.x)*(yy-a.y)/(b.y-a.y)))
				}
			}
			for i := 1; i < len(xs); i++ {
				for j := i; j > 0 && xs[j] < xs[j-1]; j-- {
					xs[j], xs[j-1] = xs[j-1], xs[j]
				}
			}
			for j := 0; j+1 < len(xs); j += 2 {
				a, b := max(0, xs[j]), min(Width, xs[j+1])
				for px := int(a); px < Width && float64(px) < b; px++ {
					c := min(b, float64(px+1)) - max(a, float64(px))
					cover[px] += c / rows
					lo, hi = min(lo, px), max(hi, px)
				}
			}
		}
		for px := lo; px <= hi; px++ {
			if cover[px] > 0 {
				c := paint((float64(px)+0.5-v.x0)/v.k, (float64(py)+0.5-v.y0)/v.k)
				l.over(py*Width+px, c, alpha*cover[px])
				cover[px] = 0
			}
		}
	}
}

// curve samples a smooth closed or open line through the given points
// (Catmull-Rom).
func curve(closed bool, pts ...point) []point {
	n := len(pts)
	at := func(i int) point {
		if closed {
			return pts[(i+n)%n]
		}
		return pts[min(max(i, 0), n-1)]
	}
	last := n
	if !closed {
		last = n - 1
	}
	const parts = 8
	var out []point
	for i := range last {
		p0, p1, p2, p3 := at(i-1), at(i), at(i+1), at(i+2)
		for s := range parts {
			t := float64(s) / parts
			t2, t3 := t*t, t*t*t
			f := func(a, b, c, d float64) float64 {
				return 0.5 * (2*b + (c-a)*t + (2*a-5*b+4*c-d)*t2 + (3*b-a-3*c+d)*t3)
			}
			out = append(out, point{f(p0.x, p1.x, p2.x, p3.x), f(p0.y, p1.y, p2.y, p3.y)})
		}
	}
	if !closed {
		out = append(out, pts[n-1])
	}
	return out
}

// mirror returns the outline with its right side added from the left one.
func mirror(left []point) []point {
	out := append([]point(nil), left...)
	for i := len(left) - 1; i >= 0; i-- {
		out = append(out, point{-left[i].x, left[i].y})
	}
	return out
}

// gamma turns linear light in 1/4095 steps to 0..255.
var gamma = func() (t [4096]float32) {
	for i := range t {
		v := float64(i) / 4095
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		t[i] = float32(255 * v)
	}
	return t
}()

func toGamma(v float32) float32 {
	switch {
	case v <= 0:
		return 0
	case v >= 1:
		return 255
	}
	return gamma[int(v*4095+0.5)]
}

// develop turns a finished picture in linear light into an image, with the
// grain of a sensor.
func (l *layer) develop(grain []float32) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, Width, Height))
	for i := range Width * Height {
		n := grain[i]
		img.Pix[4*i] = clampByte(toGamma(l.r[i]) + n)
		img.Pix[4*i+1] = clampByte(toGamma(l.g[i]) + n)
		img.Pix[4*i+2] = clampByte(toGamma(l.b[i]) + n)
		img.Pix[4*i+3] = 255
	}
	return img
}

func clampByte(v float32) byte {
	return byte(min(max(v+0.5, 0), 255))
}
