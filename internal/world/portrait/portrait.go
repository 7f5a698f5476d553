// Package portrait draws the passport-like portraits of fictitious residents
// . No picture of a real person goes in: a seed gives the traits, the
// traits give a shaded head, and the same seed gives the same bytes on one
// processor family (another may round the light differently).
package portrait

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"io"

	"kado/mynumber"
)

// Subject is what the register knows of a resident that shows in the face.
type Subject struct {
	Age int // completed years, 0..120
	Sex mynumber.Sex
}

// Draw returns the JPEG of a portrait, Width × Height pixels. It reads 32 bytes
// from seed; the same 32 bytes and the same subject give the same portrait.
func Draw(seed io.Reader, s Subject) ([]byte, error) {
	return DrawFaulty(seed, s, None)
}

const quality = 92

// DrawFaulty draws the person that Draw gives for the same seed, photographed
// with fault f.
func DrawFaulty(seed io.Reader, s Subject, f Fault) ([]byte, error) {
	var key [32]byte
	if _, err := io.ReadFull(seed, key[:]); err != nil {
		return nil, fmt.Errorf("portrait: %w", err)
	}
	if !f.valid() {
		return nil, fmt.Errorf("portrait: no fault %q", f)
	}
	t := drawTraits(newChance(key, 1), s)
	scene := compose(key, &t, f)
	var buf bytes.Buffer
	img := scene.develop(grain(newChance(key, 9)))
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("portrait: %w", err)
	}
	return buf.Bytes(), nil
}

// person draws one person on an empty layer.
func person(key [32]byte, t *traits, part byte) *painter {
	p := &painter{
		layer:  newLayer(),
		view:   view{k: 2.86, x0: Width / 2, y0: 428},
		t:      t,
		studio: newStudio(t.lightX),
		noise:  newNoise(newChance(key, part)),
		c:      newChance(key, part+1),
	}
	p.view.x0 += p.c.between(-6, 6)
	p.view.y0 += p.c.between(-6, 6) + 0.3*p.view.k*(111-t.chin)
	p.paintBackHair()
	p.paintNeck()
	p.paintClothes()
	if !t.plan.covered {
		p.paintEars()
	}
	p.paintHead()
	p.paintNostrils()
	p.paintMouth()
	p.paintMoles()
	p.paintEyes()
	p.paintBrows()
	p.paintHair()
	p.paintGlasses()
	return p
}

// grain is the noise of a sensor in 8-bit steps.
func grain(c chance) []float32 {
	g := make([]float32, Width*Height)
	for i := range g {
		r := c.r.Uint64()
		n := float32(r&0xffff) + float32(r>>16&0xffff) + float32(r>>32&0xffff) - 1.5*0xffff
		g[i] = n / 0xffff * 3.2
	}
	return g
}
