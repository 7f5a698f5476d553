package cardface

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"io"
	"sync"

	"kado/mynumber"
)

// Sizes of the images inside the chip, in pixels. Those of number and
// security code were seen on a real card; those of name and address are ours.
const (
	NameWidth, NameHeight                 = 336, 48
	AddressWidth, AddressHeight           = 480, 64
	NumberWidth, NumberHeight             = 72, 12
	SecurityCodeWidth, SecurityCodeHeight = 24, 12
)

// NamePNG draws a name, with an alias in brackets where there is one, for the
// chip (tag DF25). Characters that the font lacks become 〓. Errors wrap
// ErrText.
func NamePNG(name string) ([]byte, error) {
	const withAlias = 2*MaxName + 2
	return textPNG("name", name, withAlias, NameWidth, NameHeight, 40, 34, 28, 23, 20, 17, 15, 13, 11, 10, 9, 8)
}

// AddressPNG draws an address for the chip (tag DF26). Errors wrap ErrText.
func AddressPNG(address string) ([]byte, error) {
	return textPNG("address", address, MaxAddress, AddressWidth, AddressHeight, 28, 24, 20, 17, 15, 13, 12, 11, 10)
}

// NumberPNG draws an Individual Number for the chip (tag DF41). Errors wrap
// ErrDigits.
func NumberPNG(n mynumber.IndividualNumber) ([]byte, error) {
	if n.IsZero() {
		return nil, ErrDigits
	}
	return digitsPNG(n.Reveal(), NumberWidth, NumberHeight)
}

// SecurityCodePNG draws the four digits of a security code for the chip (tag
// DF2A). Errors wrap ErrDigits.
func SecurityCodePNG(code string) ([]byte, error) {
	if !fourDigits(code) {
		return nil, ErrDigits
	}
	return digitsPNG(code, SecurityCodeWidth, SecurityCodeHeight)
}

func fourDigits(s string) bool {
	if len(s) != 4 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func textPNG(what, text string, most, width, height int, sizes ...float64) ([]byte, error) {
	if err := checkText(what, text, most); err != nil {
		return nil, err
	}
	p, ok := fit(text, width, height, sizes...)
	if !ok {
		return nil, textError(what, "does not fit its image")
	}
	ink := image.NewAlpha(image.Rect(0, 0, width, height))
	used := (len(p.lines)-1)*p.pitch + int(p.pixels+0.99)
	drawParagraph(ink, p, 0, (height-used)/2, image.Opaque)
	return bilevelPNG(width, height, func(x, y int) bool { return ink.AlphaAt(x, y).A >= 0x70 }), nil
}

func digitsPNG(digits string, width, height int) ([]byte, error) {
	return bilevelPNG(width, height, func(x, y int) bool {
		return digitPixel(digits[x/digitWidth], x%digitWidth, y)
	}), nil
}

// bilevelPNG encodes black where ink says so, white elsewhere, as greyscale of
// one bit a pixel. The standard library writes one bit only with a palette.
func bilevelPNG(width, height int, ink func(x, y int) bool) []byte {
	var out bytes.Buffer
	out.WriteString("\x89PNG\r\n\x1a\n")
	var head [13]byte
	binary.BigEndian.PutUint32(head[0:], uint32(width))
	binary.BigEndian.PutUint32(head[4:], uint32(height))
	head[8] = 1 // bits a pixel; colour type, compression, filter and interlace are 0
	pngChunk(&out, "IHDR", head[:])

	stride := (width + 7) / 8
	rows := make([]byte, 0, (stride+1)*height)
	for y := range height {
		rows = append(rows, 0) // filter: none
		row := rows[len(rows) : len(rows)+stride]
		for x := range width {
			if !ink(x, y) {
				row[x/8] |= 0x80 >> (x % 8)
			}
		}
		rows = rows[:len(rows)+stride]
	}
	var packed bytes.Buffer
	z := packers.Get().(*zlib.Writer)
	defer packers.Put(z)
	z.Reset(&packed)
	_, _ = z.Write(rows) // a bytes.Buffer takes everything
	_ = z.Close()
	pngChunk(&out, "IDAT", packed.Bytes())
	pngChunk(&out, "IEND", nil)
	return out.Bytes()
}

// packers are used again: one holds nearly a megabyte of tables, and each card
// has four pictures.
var packers = sync.Pool{New: func() any {
	z, err := zlib.NewWriterLevel(io.Discard, zlib.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	return z
}}

func pngChunk(out *bytes.Buffer, kind string, data []byte) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(data)))
	out.Write(n[:])
	out.WriteString(kind)
	out.Write(data)
	sum := crc32.NewIEEE()
	_, _ = sum.Write([]byte(kind))
	_, _ = sum.Write(data)
	binary.BigEndian.PutUint32(n[:], sum.Sum32())
	out.Write(n[:])
}
