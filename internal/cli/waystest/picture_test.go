package waystest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"kado/internal/platform/web/webtest"
)

// pictures is the folder for what the browser shows, "" for none.
func pictures() string { return os.Getenv("KADO_PICTURES") }

// look checks the page as it stands, and keeps a picture of what the screen shows
// of it from the first element of a selector on; "" is the top.
func (v window) look(name, from string) {
	v.t.Helper()
	v.sound(name)
	v.keep(name, from)
}

// keep is look without a check, for pages that are not the house's.
func (v window) keep(name, from string) {
	v.t.Helper()
	if pictures() == "" {
		return
	}
	v.do("scroll", chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.activeElement?.blur(); scrollTo(0, %q ? document.querySelector(%q).getBoundingClientRect().top + scrollY - 24 : 0); true`, from, from)))
	v.settles()
	keep(v.t, name, v.shot())
}

// settles waits until every picture on the screen is there.
func (v window) settles() {
	v.t.Helper()
	v.do("pictures", chromedp.Evaluate[chromedp.Void](`Promise.all([...document.images].filter(i => i.getBoundingClientRect().top < innerHeight).map(i => i.decode().catch(() => 0))).then(() => true)`, chromedp.EvalAwaitPromise))
}

// keepBeside keeps one picture of a page and of the terminal beside it.
func (v window) keepBeside(name string, at *terminal) {
	v.t.Helper()
	if pictures() == "" {
		return
	}
	page := base64.StdEncoding.EncodeToString(v.shot())
	both := v.beside(webtest.Width{Wide: 1360, High: 560, Scale: 1})
	both.do("both", chromedp.Navigate("about:blank"), chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.body.innerHTML = %q; document.images[0].decode().then(() => true)`,
		`<div style="display:flex;gap:16px;margin:0;height:544px;overflow:hidden"><img style="width:660px;object-fit:cover;object-position:top" src="data:image/png;base64,`+page+
			`"><pre style="flex:1;margin:0;padding:20px;background:#1a1a1c;color:#f2f2f2;font:15px/1.6 'BIZ UDGothic',monospace;white-space:pre-wrap;border-radius:8px">`+
			html.EscapeString(at.screen())+`<span style="background:#f2f2f2">&nbsp;</span></pre></div>`), chromedp.EvalAwaitPromise))
	keep(v.t, name, both.shot())
}

// shot is what the screen shows.
func (v window) shot() []byte {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, patience)
	defer stop()
	b, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		v.t.Fatal(err)
	}
	return b
}

func keep(t *testing.T, name string, b []byte) {
	t.Helper()
	if pictures() == "" {
		return
	}
	small, err := shrink(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(pictures(), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pictures(), name+".png"), small, 0o644); err != nil {
		t.Fatal(err)
	}
}

// colours of a kept picture; pages have few, and photographs on cards suffer little.
const colours = 64

// shrink writes a PNG with a palette of the commonest colours.
func shrink(b []byte) ([]byte, error) {
	src, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	box := src.Bounds()
	flat := image.NewRGBA(box)
	draw.Draw(flat, box, src, box.Min, draw.Src)
	many := map[color.RGBA]int{}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			many[flat.RGBAAt(x, y)]++
		}
	}
	common := slices.SortedFunc(maps.Keys(many), func(a, b color.RGBA) int {
		return cmp.Or(many[b]-many[a], cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	var palette color.Palette
	for _, c := range common {
		// A colour hardly different from one that is taken would be wasted.
		if len(palette) < colours && (len(palette) == 0 || far(c, palette[palette.Index(c)].(color.RGBA))) {
			palette = append(palette, c)
		}
	}
	nearest := map[color.RGBA]uint8{}
	out := image.NewPaletted(box, palette)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			c := flat.RGBAAt(x, y)
			i, ok := nearest[c]
			if !ok {
				i = uint8(palette.Index(c))
				nearest[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	var w bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&w, out)
	return w.Bytes(), err
}

func far(a, b color.RGBA) bool {
	d := func(x, y uint8) int { return (int(x) - int(y)) * (int(x) - int(y)) }
	return d(a.R, b.R)+d(a.G, b.G)+d(a.B, b.B) > 144
}

// A shrunk picture has the same size and keeps the colours of a page.
func TestShrink(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 90, 40))
	draw.Draw(src, src.Bounds(), image.White, image.Point{}, draw.Src)
	blue := color.RGBA{0, 23, 193, 255}
	draw.Draw(src, image.Rect(10, 10, 40, 30), image.NewUniform(blue), image.Point{}, draw.Src)
	for x := range 40 {
		src.SetRGBA(x, 39, color.RGBA{uint8(x), uint8(5 * x), 7, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, src); err != nil {
		t.Fatal(err)
	}
	small, err := shrink(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := got.(*image.Paletted); !ok || len(p.Palette) > colours || got.Bounds() != src.Bounds() || color.RGBAModel.Convert(got.At(20, 20)) != blue {
		t.Errorf("%T %v %v", got, got.Bounds(), got.At(20, 20))
	}
}
