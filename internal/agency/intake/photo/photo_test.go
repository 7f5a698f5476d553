package photo_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"sync"
	"testing"

	"kado/internal/agency/intake/photo"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/world/portrait"
	"kado/mynumber"
)

// drawn draws one portrait; the name is its seed.
func drawn(t testing.TB, name string, s portrait.Subject, f portrait.Fault) []byte {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	b, err := portrait.DrawFaulty(bytes.NewReader(seed[:]), s, f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// clean is one faultless portrait, shared by the tests of this package.
var clean = sync.OnceValue(func() []byte {
	seed := sha256.Sum256([]byte("clean"))
	b, err := portrait.Draw(bytes.NewReader(seed[:]), portrait.Subject{Age: 34, Sex: mynumber.Male})
	if err != nil {
		panic(err)
	}
	return b
})

// encoded is a JPEG of w×h grey pixels with texture, padded by a comment to at
// least n bytes.
func encoded(t testing.TB, w, h, n int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = byte(100 + (i*7)%60)
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: 20}); err != nil {
		t.Fatal(err)
	}
	return padded(buf.Bytes(), n)
}

// padded inserts comment segments after the start marker until data has
// exactly n bytes; data that is long enough stays as it is.
func padded(data []byte, n int) []byte {
	for len(data) < n {
		room := min(n-len(data), 65000)
		if rest := n - len(data) - room; rest > 0 && rest < 4 {
			room -= 4
		}
		if room < 4 {
			panic("padded: fewer bytes than a segment takes")
		}
		segment := make([]byte, room)
		segment[0], segment[1] = 0xFF, 0xFE
		binary.BigEndian.PutUint16(segment[2:], uint16(room-2))
		data = append(append(append([]byte(nil), data[:2]...), segment...), data[2:]...)
	}
	return data
}

// exif inserts an Exif segment that says orientation o, in the byte order given.
func exif(data []byte, o uint16, order binary.ByteOrder) []byte {
	tiff := []byte("II*\x00")
	if order == binary.BigEndian {
		tiff = []byte("MM\x00*")
	}
	put16 := func(v uint16) { b := make([]byte, 2); order.PutUint16(b, v); tiff = append(tiff, b...) }
	put32 := func(v uint32) { b := make([]byte, 4); order.PutUint32(b, v); tiff = append(tiff, b...) }
	put32(8)
	put16(1)
	put16(0x0112)
	put16(3)
	put32(1)
	put16(o)
	put16(0)
	put32(0)
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := append([]byte{0xFF, 0xE1, 0, 0}, body...)
	binary.BigEndian.PutUint16(segment[2:], uint16(len(body)+2))
	return append(append(append([]byte(nil), data[:2]...), segment...), data[2:]...)
}

func has(err error, k *fault.Kind) bool {
	var r *photo.Refusal
	return errors.As(err, &r) && r.Has(k)
}

func TestR31_P38_CleanPortraitPasses(t *testing.T) {
	rep, err := photo.Examine(clean())
	if err != nil {
		t.Fatal(err)
	}
	if rep.Faces != 1 || rep.Width != portrait.Width || rep.Height != portrait.Height || rep.Bytes != len(clean()) {
		t.Errorf("report %+v", rep)
	}
	f := rep.Face
	in := func(p photo.Point) bool {
		return p.X > f.Box.X && p.X < f.Box.X+f.Box.Size && p.Y > f.Box.Y && p.Y < f.Box.Y+f.Box.Size
	}
	if !in(f.LeftEye) || !in(f.RightEye) || f.LeftEye.X >= f.RightEye.X {
		t.Errorf("pupils %v %v in %v", f.LeftEye, f.RightEye, f.Box)
	}
	if f.Nose.Y <= f.LeftEye.Y || f.LeftMouth.Y <= f.Nose.Y || f.LeftMouth.X >= f.RightMouth.X {
		t.Errorf("nose %v, mouth %v %v", f.Nose, f.LeftMouth, f.RightMouth)
	}
}

// One fixture per fault: each has its own message (P-38).
func TestP38_INC69_EachFaultHasItsOwnMessage(t *testing.T) {
	want := map[portrait.Fault][]*fault.Kind{
		portrait.Hat:          {photo.Headwear},
		portrait.Sunglasses:   {photo.DarkGlasses},
		portrait.TwoPeople:    {photo.SeveralFaces},
		portrait.Turned:       {photo.NotFrontal, photo.NoFace},
		portrait.Profile:      {photo.NoFace, photo.NotFrontal},
		portrait.Tilted:       {photo.HeadTilted},
		portrait.Sideways:     {photo.OnItsSide},
		portrait.Blurred:      {photo.OutOfFocus},
		portrait.Dark:         {photo.TooDark},
		portrait.Overexposed:  {photo.TooBright},
		portrait.WallShadow:   {photo.ShadowBehind},
		portrait.Furniture:    {photo.BackgroundNotPlain},
		portrait.Pattern:      {photo.BackgroundNotPlain},
		portrait.TooNear:      {photo.TooClose},
		portrait.TooFar:       {photo.FaceTooSmall},
		portrait.CutAtTheTop:  {photo.FaceCut},
		portrait.CutAtTheSide: {photo.FaceCut},
		portrait.Nobody:       {photo.NoFace},
	}
	people := []string{"a", "b", "c"}
	if testing.Short() {
		people = people[:1]
	}
	for _, f := range portrait.Faults() {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			for i, name := range people {
				s := portrait.Subject{Age: 25 + 12*i, Sex: []mynumber.Sex{mynumber.Male, mynumber.Female}[i%2]}
				_, err := photo.Examine(drawn(t, name, s, f))
				found := false
				for _, k := range want[f] {
					found = found || has(err, k)
				}
				if !found {
					t.Errorf("person %s: %v", name, err)
				}
				var r *photo.Refusal
				if errors.As(err, &r) && r.Formal() {
					t.Errorf("person %s: a content fault is called formal: %v", name, err)
				}
			}
		})
	}
}

func TestP37_APP45_APP49_ContentDecidesAndNotTheName(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 600, 700))
	for i := range img.Pix {
		img.Pix[i] = byte(i * i >> 3)
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"png":   buf.Bytes(),
		"html":  bytes.Repeat([]byte("<html>"), 5000),
		"zeros": make([]byte, 30000),
	} {
		if _, err := photo.Examine(data); !has(err, photo.NotJPEG) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestP37_APP49_DamagedFiles(t *testing.T) {
	whole := clean()
	for name, data := range map[string][]byte{
		"cut in half":        whole[:len(whole)/2],
		"without its end":    whole[:len(whole)-2],
		"header only":        padded([]byte{0xFF, 0xD8, 0xFF, 0xD9}, photo.MinBytes),
		"marker and garbage": append([]byte{0xFF, 0xD8, 0xFF, 0xE0}, make([]byte, 30000)...),
	} {
		if _, err := photo.Examine(data); !has(err, photo.Damaged) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := photo.Normalise(data); !has(err, photo.Damaged) {
			t.Errorf("normalise %s: %v", name, err)
		}
	}
}

func TestR31_P37_APP46_ByteLimitsAreInclusive(t *testing.T) {
	small := encoded(t, 480, 480, 0)
	if len(small) > photo.MinBytes-100 {
		t.Fatalf("fixture has %d bytes already", len(small))
	}
	for _, c := range []struct {
		n           int
		few, many   bool
		description string
	}{
		{20<<10 - 1, true, false, "a byte under 20 KiB"},
		{20 << 10, false, false, "20 KiB"},
		{7 << 20, false, false, "7 MiB"},
		{7<<20 + 1, false, true, "a byte over 7 MiB"},
	} {
		data := padded(small, c.n)
		if len(data) != c.n {
			t.Fatalf("fixture of %d bytes has %d", c.n, len(data))
		}
		_, err := photo.Examine(data)
		if has(err, photo.TooFewBytes) != c.few || has(err, photo.TooManyBytes) != c.many {
			t.Errorf("%s: %v", c.description, err)
		}
		if what, _, _ := fault.Of(err).In(lang.EN); (c.few || c.many) && !bytes.Contains([]byte(what), []byte(itoa(c.n))) {
			t.Errorf("%s: the measured value is missing: %s", c.description, what)
		}
	}
}

func itoa(n int) string {
	var b []byte
	for ; n > 0; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return string(b)
}

func TestR31_P37_APP47_INC68_PixelLimitsAreInclusive(t *testing.T) {
	sides := []*fault.Kind{photo.TooNarrow, photo.TooWide, photo.TooLow, photo.TooHigh}
	for _, c := range []struct {
		w, h int
		want []*fault.Kind
	}{
		{480, 480, nil},
		{479, 480, []*fault.Kind{photo.TooNarrow}},
		{480, 479, []*fault.Kind{photo.TooLow}},
		{6000, 480, nil},
		{6001, 480, []*fault.Kind{photo.TooWide}},
		{480, 6000, nil},
		{480, 6001, []*fault.Kind{photo.TooHigh}},
		{200, 300, []*fault.Kind{photo.TooNarrow, photo.TooLow}}, // the applicant of INC-68
		{479, 6001, []*fault.Kind{photo.TooNarrow, photo.TooHigh}},
	} {
		_, err := photo.Examine(encoded(t, c.w, c.h, photo.MinBytes))
		for _, k := range sides {
			expected := false
			for _, w := range c.want {
				expected = expected || w == k
			}
			if has(err, k) != expected {
				t.Errorf("%d×%d: %s found %v, want %v (%v)", c.w, c.h, k.Code(), !expected, expected, err)
			}
		}
	}
}

// A header that promises more than 6,000 pixels is refused before a pixel is
// decoded: the body is missing, and the finding is the size and not the damage.
func TestR31_DecompressionBombIsRefusedByItsHeader(t *testing.T) {
	data := encoded(t, 600, 600, photo.MinBytes)
	at := bytes.Index(data, []byte{0xFF, 0xC0})
	if at < 0 {
		t.Fatal("no frame header in the fixture")
	}
	binary.BigEndian.PutUint16(data[at+5:], 65535)
	binary.BigEndian.PutUint16(data[at+7:], 65535)
	_, err := photo.Examine(data)
	if !has(err, photo.TooWide) || !has(err, photo.TooHigh) || has(err, photo.Damaged) {
		t.Error(err)
	}
}

// Four-component JPEG: print colours.
func TestR31_PrintColoursAreRefused(t *testing.T) {
	data := encoded(t, 600, 600, photo.MinBytes)
	at := bytes.Index(data, []byte{0xFF, 0xC0})
	frame := []byte{0xFF, 0xC0, 0, 20, 8, 2, 88, 2, 88, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0}
	data = append(append(append([]byte(nil), data[:at]...), frame...), data[at+13:]...)
	if _, err := photo.Examine(data); !has(err, photo.PrintColours) {
		t.Error(err)
	}
}

func TestAPP63_RefusalCarriesEveryFinding(t *testing.T) {
	_, err := photo.Examine(encoded(t, 200, 300, 0))
	got := photo.Findings(err)
	if len(got) != 3 || !has(err, photo.TooFewBytes) || !has(err, photo.TooNarrow) || !has(err, photo.TooLow) {
		t.Fatalf("findings %v", got)
	}
	if fault.Of(err) != got[0] {
		t.Errorf("fault.Of gives %v, not the first finding", fault.Of(err))
	}
	var r *photo.Refusal
	if !errors.As(err, &r) || !r.Formal() {
		t.Error("a formal refusal is not called formal")
	}
	if photo.Findings(errors.New("other")) != nil || photo.Findings(nil) != nil {
		t.Error("findings in an error that is no refusal")
	}
}

func TestR31_ExifOrientationIsRespected(t *testing.T) {
	upright, err := photo.Examine(clean())
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(clean()))
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	// Orientation 6: the camera was turned, the stored picture lies on its side.
	lying := image.NewRGBA(image.Rect(0, 0, b.Dy(), b.Dx()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			lying.Set(y, b.Dx()-1-x, img.At(x, y))
		}
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, lying, &jpeg.Options{Quality: 92}); err != nil {
		t.Fatal(err)
	}
	if _, err := photo.Examine(buf.Bytes()); !has(err, photo.OnItsSide) {
		t.Errorf("without the tag: %v", err)
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		rep, err := photo.Examine(exif(buf.Bytes(), 6, order))
		if err != nil {
			t.Fatalf("%v: %v", order, err)
		}
		if rep.Orientation != 6 || rep.Width != upright.Width || rep.Height != upright.Height {
			t.Errorf("%v: %+v", order, rep)
		}
		if d := rep.Face.LeftEye.X - upright.Face.LeftEye.X; d < -6 || d > 6 {
			t.Errorf("%v: left pupil at %v, upright at %v", order, rep.Face.LeftEye, upright.Face.LeftEye)
		}
	}
}

// All eight orientations of a picture with four distinct corners.
func TestR31_NormaliseTurnsUpright(t *testing.T) {
	const w, h = 520, 640
	corner := func(x, y int) byte { // upright: 40 90 / 160 220
		v := 40
		if x >= w/2 {
			v += 50
		}
		if y >= h/2 {
			v += 120
			if x >= w/2 {
				v += 10
			}
		}
		return byte(v)
	}
	stored := map[uint16]func(x, y int) (int, int){ // upright place -> stored place
		1: func(x, y int) (int, int) { return x, y },
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, w - 1 - x },
		7: func(x, y int) (int, int) { return h - 1 - y, w - 1 - x },
		8: func(x, y int) (int, int) { return h - 1 - y, x },
	}
	for o, place := range stored {
		sw, sh := w, h
		if o >= 5 {
			sw, sh = h, w
		}
		img := image.NewGray(image.Rect(0, 0, sw, sh))
		for y := range h {
			for x := range w {
				sx, sy := place(x, y)
				img.SetGray(sx, sy, color.Gray{Y: corner(x, y)})
			}
		}
		var buf bytes.Buffer
		if err := jpeg.Encode(&buf, img, nil); err != nil {
			t.Fatal(err)
		}
		out, err := photo.Normalise(exif(padded(buf.Bytes(), photo.MinBytes), o, binary.BigEndian))
		if err != nil {
			t.Fatalf("orientation %d: %v", o, err)
		}
		if bytes.Contains(out, []byte("Exif")) || bytes.Contains(out, []byte{0xFF, 0xFE}) {
			t.Errorf("orientation %d: metadata travels on", o)
		}
		got, err := jpeg.Decode(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if got.Bounds().Dx() != w || got.Bounds().Dy() != h {
			t.Errorf("orientation %d: %v", o, got.Bounds())
			continue
		}
		for _, p := range [][2]int{{20, 20}, {w - 20, 20}, {20, h - 20}, {w - 20, h - 20}} {
			v := color.GrayModel.Convert(got.At(p[0], p[1])).(color.Gray).Y
			if d := int(v) - int(corner(p[0], p[1])); d < -6 || d > 6 {
				t.Errorf("orientation %d: %v is %d, want %d", o, p, v, corner(p[0], p[1]))
			}
		}
	}
}

func TestR31_NormaliseKeepsTheFaceAndDropsTrailingBytes(t *testing.T) {
	secret := []byte("35.6812N 139.7671E")
	out, err := photo.Normalise(append(append([]byte(nil), clean()...), secret...))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out, secret) {
		t.Error("trailing bytes travel on")
	}
	if _, err := photo.Examine(out); err != nil {
		t.Errorf("the normalised photo is refused: %v", err)
	}
	again, err := photo.Normalise(clean())
	if err != nil || !bytes.Equal(out, again) {
		t.Errorf("normalising is not deterministic (%v)", err)
	}
}

func TestR31_GreyscalePhotoIsExamined(t *testing.T) {
	img, err := jpeg.Decode(bytes.NewReader(clean()))
	if err != nil {
		t.Fatal(err)
	}
	grey := image.NewGray(img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			grey.Set(x, y, img.At(x, y))
		}
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, grey, &jpeg.Options{Quality: 92}); err != nil {
		t.Fatal(err)
	}
	if _, err := photo.Examine(buf.Bytes()); err != nil {
		t.Error(err)
	}
}

func TestP03_APP53_DigestAndReportAreDeterministic(t *testing.T) {
	a, errA := photo.Examine(clean())
	b, errB := photo.Examine(clean())
	if a != b || (errA == nil) != (errB == nil) {
		t.Errorf("two examinations of one photo differ: %+v, %+v", a, b)
	}
	if a.Digest != photo.Digest(clean()) || len(a.Digest) != 64 {
		t.Errorf("digest %q", a.Digest)
	}
	changed := append(append([]byte(nil), clean()...), 0)
	if photo.Digest(changed) == a.Digest {
		t.Error("a changed photo has the same digest")
	}
}

// fuzzSeeds are small pictures: the search for faces in large ones costs time
// and takes no new path.
func fuzzSeeds(f *testing.F) {
	f.Helper()
	small := encoded(f, 480, 480, 0)
	f.Add(small)
	f.Add(small[:len(small)/2])
	f.Add(exif(small, 6, binary.LittleEndian))
	f.Add(exif(small, 3, binary.BigEndian))
	f.Add([]byte{0xFF, 0xD8, 0xFF})
}

// fuzzInput brings small inputs past the size rule and passes over large ones.
func fuzzInput(data []byte) ([]byte, bool) {
	if len(data) > 64<<10 {
		return nil, false
	}
	if cfg, err := jpeg.DecodeConfig(bytes.NewReader(data)); err == nil && cfg.Width*cfg.Height > 520*520 && cfg.Width <= photo.MaxSide && cfg.Height <= photo.MaxSide {
		return nil, false
	}
	if len(data) >= 2 && len(data) < photo.MinBytes-4 {
		data = padded(data, photo.MinBytes)
	}
	return data, true
}

func FuzzExamine(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		data, ok := fuzzInput(data)
		if !ok {
			return
		}
		rep, err := photo.Examine(data)
		var r *photo.Refusal
		if err != nil && (!errors.As(err, &r) || len(r.Findings) == 0) {
			t.Fatalf("an error that is no refusal: %v", err)
		}
		if err == nil && rep.Faces != 1 {
			t.Fatalf("accepted with %d faces", rep.Faces)
		}
	})
}

// What Normalise gives is a photo that passes the rules of pixels and type, and
// carries no metadata.
func FuzzNormalise(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		data, ok := fuzzInput(data)
		if !ok {
			return
		}
		out, err := photo.Normalise(data)
		if err != nil {
			if photo.Findings(err) == nil {
				t.Fatalf("an error that is no refusal: %v", err)
			}
			return
		}
		cfg, err := jpeg.DecodeConfig(bytes.NewReader(out))
		if err != nil || min(cfg.Width, cfg.Height) < photo.MinSide || max(cfg.Width, cfg.Height) > photo.MaxSide {
			t.Fatalf("normalised to %d×%d (%v)", cfg.Width, cfg.Height, err)
		}
	})
}
