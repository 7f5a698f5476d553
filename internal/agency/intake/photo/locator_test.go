package photo

import (
	"testing"

	"pgregory.net/rapid"
)

// A cascade file that is cut or altered in its header is refused, never a panic.
func FuzzParseLocator(f *testing.F) {
	b, err := cascades.ReadFile("cascade/lp93")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[:400])
	f.Add(b[:16])
	f.Add([]byte{1, 0, 0, 0, 0, 0, 128, 63, 1, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := parseLocator(data)
		if err != nil {
			return
		}
		g := gray{8, 8, make([]uint8, 64)}
		l.run(g, 4, 4, 4, false)
	})
}

// Whatever the bytes, the orientation is one of the eight.
func FuzzExifOrientation(f *testing.F) {
	f.Add([]byte("\xFF\xD8\xFF\xE1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\xFF\xD8\xFF\xE1\x00\x22Exif\x00\x00MM\x00*\xFF\xFF\xFF\xFF"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := exifOrientation(data); o < 1 || o > 8 {
			t.Fatalf("orientation %d", o)
		}
	})
}

// Shrinking keeps the mean and never leaves the range of its source.
func TestR31_ShrinkKeepsTheMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 40).Draw(t, "w"), rapid.IntRange(1, 40).Draw(t, "h")
		px := rapid.SliceOfN(rapid.Byte(), w*h, w*h).Draw(t, "px")
		nw, nh := rapid.IntRange(1, w).Draw(t, "nw"), rapid.IntRange(1, h).Draw(t, "nh")
		g := shrink(px, w, w, h, nw, nh)
		lo, hi := px[0], px[0]
		for _, v := range px {
			lo, hi = min(lo, v), max(hi, v)
		}
		for _, v := range g.px {
			if v < lo || v > hi {
				t.Fatalf("%d outside %d..%d", v, lo, hi)
			}
		}
		if nw == w && nh == h && string(g.px) != string(px) {
			t.Fatal("shrinking to the same size changes the picture")
		}
	})
}
