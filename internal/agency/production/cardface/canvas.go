package cardface

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"sync"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/vector"
)

// The colours of the pictures. Neither they nor the drawing follow the real
// card's.
var (
	inkColour    = color.NRGBA{0x1c, 0x24, 0x28, 0xff}
	labelColour  = color.NRGBA{0x4f, 0x66, 0x6e, 0xff}
	titleColour  = color.NRGBA{0x17, 0x56, 0x63, 0xff}
	ruleColour   = color.NRGBA{0x7f, 0xa9, 0xb3, 0xff}
	panelColour  = color.NRGBA{0xff, 0xff, 0xff, 0xc8}
	sampleColour = color.NRGBA{0xc4, 0x2b, 0x3a, 0xff}
)

// canvas is a picture of one side.
type canvas struct{ *image.RGBA }

var pictureBounds = image.Rect(0, 0, PictureWidth, PictureHeight)

func newCanvas() canvas {
	c := canvas{image.NewRGBA(pictureBounds)}
	copy(c.Pix, blankSide().Pix)
	return c
}

// blankSide, specimenLayer and cardOutline are the same on every picture and
// are drawn once.
var blankSide = sync.OnceValue(func() canvas {
	c := canvas{image.NewRGBA(pictureBounds)}
	c.background()
	c.line(28, 62, 612, 62, 1.2, ruleColour)
	c.emblem(588, 35, 22)
	c.box(image.Rect(434, 24, 558, 46), 4, sampleColour)
	c.text(specimenWords, 15, 447, 27, color.White)
	return c
})

// background lays a pale gradient and fine waves.
func (c canvas) background() {
	from, to := [3]float64{0xf3, 0xf8, 0xf1}, [3]float64{0xd9, 0xea, 0xf0}
	for y := range PictureHeight {
		for x := range PictureWidth {
			t := (float64(x)/PictureWidth + float64(y)/PictureHeight) / 2
			mix := func(i int) uint8 { return uint8(from[i] + (to[i]-from[i])*t) }
			c.SetRGBA(x, y, color.RGBA{mix(0), mix(1), mix(2), 0xff})
		}
	}
	wave := color.NRGBA{0x8f, 0xbf, 0xc4, 0x3c}
	for n := range 26 {
		base := float64(n)*19 - 40
		phase := float64(n) * 0.37
		previous := base
		for x := 0; x <= PictureWidth+8; x += 8 {
			fx := float64(x)
			y := base + 17*math.Sin(fx/83+phase) + 6*math.Sin(fx/31-phase)
			if x > 0 {
				c.line(fx-8, previous, fx, y, 0.9, wave)
			}
			previous = y
		}
	}
}

func (c canvas) line(x0, y0, x1, y1, width float64, ink color.Color) {
	length := math.Hypot(x1-x0, y1-y0)
	if length == 0 {
		return
	}
	dx, dy := -(y1-y0)/length*width/2, (x1-x0)/length*width/2
	left, top := math.Floor(min(x0, x1)-width), math.Floor(min(y0, y1)-width)
	r := vector.NewRasterizer(int(math.Abs(x1-x0)+2*width)+3, int(math.Abs(y1-y0)+2*width)+3)
	at := func(x, y float64) (float32, float32) { return float32(x - left), float32(y - top) }
	r.MoveTo(at(x0+dx, y0+dy))
	r.LineTo(at(x1+dx, y1+dy))
	r.LineTo(at(x1-dx, y1-dy))
	r.LineTo(at(x0-dx, y0-dy))
	r.ClosePath()
	c.stamp(r, image.Pt(int(left), int(top)), ink)
}

// stamp fills what r drew, with r's corner at p. It goes by a mask since the
// rasterizer itself does not cut at the edge of the picture.
func (c canvas) stamp(r *vector.Rasterizer, p image.Point, ink color.Color) {
	mask := image.NewAlpha(r.Bounds())
	r.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	draw.DrawMask(c.RGBA, mask.Rect.Add(p), image.NewUniform(ink), image.Point{}, mask, image.Point{}, draw.Over)
}

// box fills a rectangle with round corners.
func (c canvas) box(b image.Rectangle, radius float32, ink color.Color) {
	r := vector.NewRasterizer(b.Dx(), b.Dy())
	roundRect(r, b.Sub(b.Min), radius)
	c.stamp(r, b.Min, ink)
}

// frame draws the outline of a box.
func (c canvas) frame(b image.Rectangle, ink color.Color) {
	for _, side := range []image.Rectangle{
		{b.Min, image.Pt(b.Max.X, b.Min.Y+1)},
		{image.Pt(b.Min.X, b.Max.Y-1), b.Max},
		{b.Min, image.Pt(b.Min.X+1, b.Max.Y)},
		{image.Pt(b.Max.X-1, b.Min.Y), b.Max},
	} {
		draw.Draw(c.RGBA, side, image.NewUniform(ink), image.Point{}, draw.Over)
	}
}

// curve is the handle length that makes a cubic look like a quarter circle.
const curve = 0.5523

func roundRect(r *vector.Rasterizer, b image.Rectangle, radius float32) {
	x0, y0, x1, y1 := float32(b.Min.X), float32(b.Min.Y), float32(b.Max.X), float32(b.Max.Y)
	k := radius * (1 - curve)
	r.MoveTo(x0+radius, y0)
	r.LineTo(x1-radius, y0)
	r.CubeTo(x1-k, y0, x1, y0+k, x1, y0+radius)
	r.LineTo(x1, y1-radius)
	r.CubeTo(x1, y1-k, x1-k, y1, x1-radius, y1)
	r.LineTo(x0+radius, y1)
	r.CubeTo(x0+k, y1, x0, y1-k, x0, y1-radius)
	r.LineTo(x0, y0+radius)
	r.CubeTo(x0, y0+k, x0+k, y0, x0+radius, y0)
	r.ClosePath()
}

// emblem is the mark at the upper right: a ring of petals, ours.
func (c canvas) emblem(x, y, size float64) {
	for n := range 8 {
		a := float64(n) * math.Pi / 4
		px, py := x+math.Cos(a)*size*0.58, y+math.Sin(a)*size*0.58
		ink := color.NRGBA{0x1f, 0x7a, 0x86, 0x78}
		if n%2 == 1 {
			ink = color.NRGBA{0x8b, 0xb1, 0x5a, 0x82}
		}
		r := size * 0.42
		c.box(image.Rect(int(px-r), int(py-r), int(px+r), int(py+r)), float32(int(r)), ink)
	}
}

// text draws one line with its top at y and returns where it ends.
func (c canvas) text(s string, pixels float64, x, y int, ink color.Color) int {
	face := newFace(pixels)
	defer face.Close()
	return drawRunes(c.RGBA, face, drawable(s), x, y+int(pixels*0.88+0.5), image.NewUniform(ink))
}

// fitted draws text into b, smaller where it is long, in the middle of b's
// height. It reports whether the text fitted.
func (c canvas) fitted(s string, b image.Rectangle, ink color.Color, sizes ...float64) bool {
	p, ok := fit(s, b.Dx(), b.Dy(), sizes...)
	if ok {
		used := (len(p.lines)-1)*p.pitch + int(p.pixels+0.99)
		drawParagraph(c.RGBA, p, b.Min.X, b.Min.Y+(b.Dy()-used)/2, image.NewUniform(ink))
	}
	return ok
}

const specimenWords = "見本 SPECIMEN"

// specimenLayer holds 見本 SPECIMEN slanting across the whole side.
var specimenLayer = sync.OnceValue(func() *image.Alpha {
	face := newFace(88)
	defer face.Close()
	flat := image.NewAlpha(image.Rect(0, 0, PictureWidth, 110))
	width := drawRunes(flat, face, []rune(specimenWords), 0, 86, image.Opaque)

	// Turn around the middle of the words and put that into the middle.
	sin, cos := math.Sincos(-24 * math.Pi / 180)
	mx, my := float64(width)/2, 55.0
	turn := f64.Aff3{
		cos, -sin, PictureWidth/2 - cos*mx + sin*my,
		sin, cos, PictureHeight/2 - sin*mx - cos*my,
	}
	layer := image.NewAlpha(pictureBounds)
	xdraw.BiLinear.Transform(layer, turn, flat, flat.Bounds(), xdraw.Over, nil)
	return layer
})

// specimen writes the words over everything else. Together with the small
// solid ones in the heading no cropping leaves a side that passes for real.
func (c canvas) specimen() {
	veil := sampleColour
	veil.A = 0x52
	draw.DrawMask(c.RGBA, pictureBounds, image.NewUniform(veil), image.Point{}, specimenLayer(), image.Point{}, draw.Over)
}

var cardOutline = sync.OnceValue(func() *image.Alpha {
	r := vector.NewRasterizer(PictureWidth, PictureHeight)
	roundRect(r, pictureBounds, 22)
	outline := image.NewAlpha(pictureBounds)
	r.Draw(outline, pictureBounds, image.Opaque, image.Point{})
	return outline
})

// cutOut returns the picture with everything outside the card's outline
// transparent. The drawing is opaque, so that only alpha has to be set; and
// the PNG encoder takes this kind of image as it is.
func (c canvas) cutOut() *image.NRGBA {
	out := &image.NRGBA{Pix: c.Pix, Stride: c.Stride, Rect: c.Rect}
	for i, cover := range cardOutline().Pix { // of the same size
		out.Pix[i*4+3] = cover
	}
	return out
}
