package cardface

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/image/math/fixed"

	"kado/mynumber"
)

func date(y int, m time.Month, d int) mynumber.Date { return mynumber.Date{Year: y, Month: m, Day: d} }

func number(t testing.TB) mynumber.IndividualNumber {
	t.Helper()
	n, err := mynumber.DrawIndividualNumber(rand.NewChaCha8([32]byte{7}))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func face(t testing.TB) Face {
	return Face{
		Name:         "渡邉　花子",
		Address:      "神奈川県横浜市神奈川区緑町１丁目２３番４５号第二すずらん荘２０３号",
		BirthDate:    date(1989, 1, 8),
		Residence:    mynumber.Japanese,
		Sex:          mynumber.Female,
		Expiry:       date(2036, 1, 8),
		SecurityCode: "0417",
		Photo:        headAndShoulders(600, 800),
		Number:       number(t),
	}
}

// headAndShoulders draws something like a portrait, so that compression has
// edges and soft shades to work on.
func headAndShoulders(w, h int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w)-0.5, float64(y)/float64(h)
			c := color.RGBA{210, 222, 230, 255}
			switch {
			case math.Hypot(u/0.24, (v-0.4)/0.24) < 1:
				shade := uint8(40 * math.Hypot(u/0.24, (v-0.4)/0.24))
				c = color.RGBA{232 - shade, 190 - shade, 160 - shade, 255}
				if math.Hypot((math.Abs(u)-0.09)/0.03, (v-0.38)/0.015) < 1 || math.Hypot(u/0.08, (v-0.52)/0.012) < 1 {
					c = color.RGBA{50, 35, 30, 255}
				}
			case math.Hypot(u/0.29, (v-0.34)/0.26) < 1:
				c = color.RGBA{40, 34, 30, 255}
			case math.Hypot(u/0.45, (v-1)/0.32) < 1:
				c = color.RGBA{30, 60, uint8(90 + 60*v), 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return jpegOf(img)
}

func jpegOf(img image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// oneBitGrey decodes a PNG and fails unless it is greyscale of one bit a pixel
// of that size.
func oneBitGrey(t testing.TB, b []byte, width, height int) image.Image {
	t.Helper()
	if len(b) < 33 || string(b[12:16]) != "IHDR" {
		t.Fatalf("no PNG header")
	}
	if depth, kind := b[24], b[25]; depth != 1 || kind != 0 {
		t.Fatalf("bit depth %d, colour type %d; want 1 and 0 (grey)", depth, kind)
	}
	if w, h := binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[20:]); int(w) != width || int(h) != height {
		t.Fatalf("%d x %d, want %d x %d", w, h, width, height)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func black(img image.Image, x, y int) bool {
	r, _, _, _ := img.At(x, y).RGBA()
	return r < 0x8000
}

// readDigits recognises the digits again. Every cell must look like exactly
// one digit.
func readDigits(t testing.TB, img image.Image) string {
	t.Helper()
	var out strings.Builder
	for cell := range img.Bounds().Dx() / digitWidth {
		found := 0
		for d := byte('0'); d <= '9'; d++ {
			same := true
			for y := range digitHeight {
				for x := range digitWidth - 1 {
					want := digitRows[d-'0'][y][x] == '#'
					same = same && black(img, cell*digitWidth+x, y+digitTop) == want
				}
			}
			if same {
				out.WriteByte(d)
				found++
			}
		}
		if found != 1 {
			t.Fatalf("cell %d looks like %d digits", cell, found)
		}
	}
	return out.String()
}

func TestPRD18_NumberIsDrawnDigitForDigit(t *testing.T) {
	for seed := range byte(50) {
		n, err := mynumber.DrawIndividualNumber(rand.NewChaCha8([32]byte{seed}))
		if err != nil {
			t.Fatal(err)
		}
		b, err := NumberPNG(n)
		if err != nil {
			t.Fatal(err)
		}
		if got := readDigits(t, oneBitGrey(t, b, 72, 12)); got != n.Reveal() {
			t.Fatalf("drawn number differs (seed %d)", seed)
		}
	}
	if _, err := NumberPNG(mynumber.IndividualNumber{}); !errors.Is(err, ErrDigits) {
		t.Errorf("a missing number: %v", err)
	}
}

// A reader tells digits by their holes first: 8 has two, 0, 4, 6 and 9 have
// one, the others none.
func TestDigitsLookLikeDigits(t *testing.T) {
	holes := [10]int{1, 0, 0, 0, 1, 0, 1, 0, 2, 1}
	for d := range 10 {
		if got := holesOf(digitRows[d]); got != holes[d] {
			t.Errorf("%d has %d holes", d, got)
		}
		for e := range d {
			different := 0
			for y := range digitHeight {
				for x := range digitWidth - 1 {
					count(&different, digitRows[d][y][x] != digitRows[e][y][x])
				}
			}
			if different < 4 {
				t.Errorf("%d and %d differ in %d pixels", d, e, different)
			}
		}
	}
}

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}

// holesOf counts the white areas that do not reach the edge.
func holesOf(rows [digitHeight]string) int {
	const w, h = digitWidth + 1, digitHeight + 2 // a white margin all round
	var seen [h][w]bool
	white := func(x, y int) bool {
		return x == 0 || y == 0 || x == w-1 || y == h-1 || rows[y-1][x-1] != '#'
	}
	var fill func(x, y int)
	fill = func(x, y int) {
		if x < 0 || y < 0 || x >= w || y >= h || seen[y][x] || !white(x, y) {
			return
		}
		seen[y][x] = true
		fill(x+1, y)
		fill(x-1, y)
		fill(x, y+1)
		fill(x, y-1)
	}
	areas := 0
	for y := range h {
		for x := range w {
			if white(x, y) && !seen[y][x] {
				fill(x, y)
				areas++
			}
		}
	}
	return areas - 1
}

func TestPRD16_SecurityCodeIsDrawnDigitForDigit(t *testing.T) {
	for _, code := range []string{"0000", "0123", "4567", "8901", "9999"} {
		b, err := SecurityCodePNG(code)
		if err != nil {
			t.Fatal(err)
		}
		if got := readDigits(t, oneBitGrey(t, b, 24, 12)); got != code {
			t.Errorf("%s is drawn as %s", code, got)
		}
	}
	for _, code := range []string{"", "123", "12345", "12a4", "１２３４", "-123", "12 4", "\x00\x00\x00\x00"} {
		if _, err := SecurityCodePNG(code); !errors.Is(err, ErrDigits) {
			t.Errorf("%q: %v, want ErrDigits", code, err)
		}
	}
}

func TestPRD15_TextImagesHoldTheText(t *testing.T) {
	images := map[string]string{}
	for _, name := range []string{"山田　花子", "山田　化子", "髙橋　龍太郎", "NGUYEN　THI NGOC ANH（山本　安子）", "一", strings.Repeat("龍", MaxName)} {
		b, err := NamePNG(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		inked(t, name, oneBitGrey(t, b, NameWidth, NameHeight))
		if other, ok := images[string(b)]; ok {
			t.Errorf("%s and %s give one image", name, other)
		}
		images[string(b)] = name
	}
	for _, address := range []string{"東京都清瀬市中里５丁目８４２番地", face(t).Address, strings.Repeat("鷹", MaxAddress), strings.Repeat("１", MaxAddress)} {
		b, err := AddressPNG(address)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		inked(t, address, oneBitGrey(t, b, AddressWidth, AddressHeight))
	}
}

func inked(t *testing.T, text string, img image.Image) {
	t.Helper()
	b, n := img.Bounds(), 0
	for y := range b.Dy() {
		for x := range b.Dx() {
			if black(img, x, y) {
				n++
			}
		}
	}
	if area := b.Dx() * b.Dy(); n < 10 || n > area*6/10 {
		t.Errorf("%s: %d of %d pixels are black", text, n, area)
	}
}

func TestMissingGlyphsAreGeta(t *testing.T) {
	for _, c := range []struct {
		text, drawnAs string
		missing       []rune
	}{
		{"山田　太郎", "山田　太郎", nil},
		{"髙橋　齋藤　渡邉　渡邊　山﨑　濵田　德永", "髙橋　齋藤　渡邉　渡邊　山﨑　濵田　德永", nil},
		{"𠮷田　𠮷乃", "〓田　〓乃", []rune{'𠮷'}},
		{"葛\U000E0100城　一", "〓城　一", []rune{0xE0100}},
		{"\uFE00一", "〓一", []rune{0xFE00}},
		{"𠮷葛\U000E0101\U00020001", "〓〓〓", []rune{'𠮷', 0xE0101, 0x20001}},
	} {
		if got := string(drawable(c.text)); got != c.drawnAs {
			t.Errorf("%q is drawn as %q, want %q", c.text, got, c.drawnAs)
		}
		if got := MissingGlyphs(c.text); string(got) != string(c.missing) {
			t.Errorf("MissingGlyphs(%q) = %U, want %U", c.text, got, c.missing)
		}
		a, err1 := NamePNG(c.text)
		b, err2 := NamePNG(c.drawnAs)
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%q does not look like %q (%v, %v)", c.text, c.drawnAs, err1, err2)
		}
	}
}

func TestHostileTextIsRefused(t *testing.T) {
	for _, text := range []string{
		"", " ", "　", "山田\n花子", "山田\x00", "山田\u202e花子", "山田\u2028", "\x7f", "\xff\xfe", "a\u0085b",
		strings.Repeat("あ", 2*MaxName+3), strings.Repeat("\xff", 10_000_000),
	} {
		if _, err := NamePNG(text); !errors.Is(err, ErrText) {
			t.Errorf("name %.20q: %v, want ErrText", text, err)
		}
		f := face(t)
		f.Photo = nil
		f.Notes = []string{text}
		if _, err := Front(f); !errors.Is(err, ErrText) {
			t.Errorf("note %.20q: %v, want ErrText", text, err)
		}
	}
	if _, err := AddressPNG(strings.Repeat("あ", MaxAddress+1)); !errors.Is(err, ErrText) {
		t.Errorf("long address: %v", err)
	}
}

func TestLinesBreakWhereReadersExpect(t *testing.T) {
	f := newFace(10)
	defer f.Close()
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"東京都清瀬市", 40, []string{"東京都清", "瀬市"}},
		{"緑町１丁目２３番", 60, []string{"緑町１丁目", "２３番"}},
		{"渡邉（通称髙橋）", 70, []string{"渡邉（通称髙", "橋）"}},
		{"DAVID ALEXANDER", 50, []string{"DAVID", "ALEXANDER"}},
		{"ABCDEFGHIJKLMNOP", 40, []string{"ABCDEFGH", "IJKLMNOP"}},
	} {
		var got []string
		for _, l := range breakLines(f, []rune(c.text), fixed.I(c.width)) {
			got = append(got, string(l))
		}
		if strings.Join(got, "/") != strings.Join(c.want, "/") {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}
	}
	if breakLines(f, []rune("山"), fixed.I(5)) != nil {
		t.Errorf("a character wider than the line was placed")
	}
}

func TestPRD15_FrontAndBack(t *testing.T) {
	f := face(t)
	front := picture(t, Front, f)
	back := picture(t, Back, f)

	// The same card once more, from many goroutines.
	want, _ := Front(f)
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if got, err := Front(f); err != nil || !bytes.Equal(got, want) {
				t.Errorf("a second drawing differs (%v)", err)
			}
		}()
	}
	wg.Wait()

	for name, img := range map[string]image.Image{"front": front, "back": back} {
		if _, _, _, a := img.At(0, 0).RGBA(); a != 0 {
			t.Errorf("%s: the corner is not cut", name)
		}
		if _, _, _, a := img.At(PictureWidth/2, 2).RGBA(); a != 0xffff {
			t.Errorf("%s: the edge is not opaque", name)
		}
	}
	// The name is on both sides, the number on the back only: changing either
	// changes just the right pictures.
	g := f
	g.Number = mynumber.IndividualNumber{}
	if got, err := Front(g); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the front depends on the number (%v)", err)
	}
	if _, err := Back(g); !errors.Is(err, ErrDigits) {
		t.Errorf("a back without number: %v", err)
	}
}

// nothing that Kado draws can be taken for a card.
func TestR50_EverySideSaysSpecimen(t *testing.T) {
	f := face(t)
	f.Photo = nil
	for name, draw := range map[string]func(Face) ([]byte, error){"front": Front, "back": Back} {
		img := picture(t, draw, f)
		// Reddish pixels along the slanting words, in every fifth of the width.
		for part := range 5 {
			n := 0
			for y := 60; y < PictureHeight-20; y++ {
				for x := 60 + part*104; x < 60+(part+1)*104; x++ {
					r, g, b, _ := img.At(x, y).RGBA()
					if r > g+0x1800 && r > b+0x1800 {
						n++
					}
				}
			}
			if n < 800 {
				t.Errorf("%s: only %d red pixels in part %d", name, n, part)
			}
		}
	}
}

func TestPRD19_CalendarOfBirthDateAndExpiry(t *testing.T) {
	f := face(t)
	f.Photo = nil
	japanese, _ := Front(f)
	f.Residence = mynumber.PermanentResident
	foreign, _ := Front(f)
	if bytes.Equal(japanese, foreign) {
		t.Errorf("the birth date of a foreign resident is written as that of a Japanese national")
	}
	a, b := decode(t, japanese), decode(t, foreign)
	// Only the row of the birth date may differ.
	for y := range PictureHeight {
		for x := range PictureWidth {
			if a.At(x, y) != b.At(x, y) && (y < 190 || y > 224 || x > 450) {
				t.Fatalf("pixel %d,%d differs", x, y)
			}
		}
	}
}

func TestPRD20_AliasIsOnFaceAndChip(t *testing.T) {
	f := face(t)
	f.Name, f.Residence = "NGUYEN　THI NGOC ANH", mynumber.SpecialPermanent
	f.Photo = nil
	for name, draw := range map[string]func(Face) ([]byte, error){
		"front": Front, "back": Back,
		"chip": func(f Face) ([]byte, error) { i, err := ChipImages(f); return i.Name, err },
	} {
		f.Alias = ""
		without, err1 := draw(f)
		f.Alias = "山本　安子"
		with, err2 := draw(f)
		if err1 != nil || err2 != nil || bytes.Equal(with, without) {
			t.Errorf("%s does not show the alias (%v, %v)", name, err1, err2)
		}
	}
}

func TestPRD17_NoteFieldIsFullAfterSixLines(t *testing.T) {
	f := face(t)
	f.Photo = nil
	last, _ := Front(f)
	for n := 1; n <= MaxNotes; n++ {
		f.Notes = append(f.Notes, strings.Repeat("追", MaxNote))
		b, err := Front(f)
		if err != nil || bytes.Equal(b, last) {
			t.Fatalf("note %d does not show (%v)", n, err)
		}
		last = b
	}
	f.Notes = append(f.Notes, "顔認証")
	if _, err := Front(f); !errors.Is(err, ErrText) {
		t.Errorf("a seventh note: %v", err)
	}
}

func TestFaceNeedsItsFacts(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*Face)
		want  error
	}{
		"no name":          {func(f *Face) { f.Name = "" }, ErrText},
		"no address":       {func(f *Face) { f.Address = "" }, ErrText},
		"no birth date":    {func(f *Face) { f.BirthDate = mynumber.Date{} }, ErrDate},
		"30 February":      {func(f *Face) { f.BirthDate = mynumber.Date{Year: 2000, Month: 2, Day: 30} }, ErrDate},
		"no expiry":        {func(f *Face) { f.Expiry = mynumber.Date{} }, ErrDate},
		"no security code": {func(f *Face) { f.SecurityCode = "" }, ErrDigits},
		"photo of nothing": {func(f *Face) { f.Photo = []byte{} }, ErrPhoto},
		"alias of blanks":  {func(f *Face) { f.Alias = "　" }, ErrText},
	} {
		f := face(t)
		c.spoil(&f)
		if _, err := Front(f); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	// The longest texts fit a card, and no error tells what was on it.
	f := face(t)
	f.Photo = nil
	f.Name, f.Alias, f.Address = strings.Repeat("龍", MaxName), strings.Repeat("鷹", MaxName), strings.Repeat("鷺", MaxAddress)
	if _, err := Front(f); err != nil {
		t.Errorf("front with the longest texts: %v", err)
	}
	if _, err := Back(f); err != nil {
		t.Errorf("back with the longest texts: %v", err)
	}
	if _, err := ChipImages(f); err != nil {
		t.Errorf("chip images of the longest texts: %v", err)
	}
}

func TestErrorsTellNothingOfTheHolder(t *testing.T) {
	f := face(t)
	f.Name += "\x00"
	f.SecurityCode = "41x7"
	f.Photo = []byte("JPEG of 山田")
	for _, draw := range []func(Face) ([]byte, error){Front, Back} {
		_, err := draw(f)
		if err == nil {
			t.Fatal("no error")
		}
		for _, secret := range []string{"渡邉", "花子", f.Number.Reveal(), f.SecurityCode, "横浜", "山田"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%v tells %s", err, secret)
			}
		}
	}
}

func picture(t testing.TB, draw func(Face) ([]byte, error), f Face) image.Image {
	t.Helper()
	b, err := draw(f)
	if err != nil {
		t.Fatal(err)
	}
	img := decode(t, b)
	if got := img.Bounds(); got != pictureBounds {
		t.Fatalf("a picture of %v", got)
	}
	return img
}

func decode(t testing.TB, b []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func FuzzNamePNG(f *testing.F) {
	for _, s := range []string{"山田　花子", "𠮷田", "葛\U000E0100城", "O'NEILL　JOHN", "\uFE0F", "  a", "）））））", "ー", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := NamePNG(s)
		if err != nil {
			if !errors.Is(err, ErrText) {
				t.Fatalf("an unnamed error: %v", err)
			}
			return
		}
		oneBitGrey(t, b, NameWidth, NameHeight)
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) {
			t.Fatalf("control character drawn: %q", s)
		}
	})
}

func BenchmarkChipImages(b *testing.B) {
	f := face(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ChipImages(f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChipImagesWithoutPhoto(b *testing.B) {
	f := face(b)
	f.Photo = nil
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ChipImages(f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFrontAndBack(b *testing.B) {
	f := face(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Front(f); err != nil {
			b.Fatal(err)
		}
		if _, err := Back(f); err != nil {
			b.Fatal(err)
		}
	}
}
