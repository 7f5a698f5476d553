package cardface

import (
	_ "embed"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

// BIZ UDGothic Regular, under the SIL Open Font License (font/OFL.txt).
//
//go:embed font/BIZUDGothic-Regular.ttf
var fontFile []byte

// geta stands for a character whose shape the font does not have, as printers
// put an upturned piece of type.
const geta = '〓'

// theFont is parsed once; an embedded font that does not parse is a broken
// build.
var theFont = sync.OnceValue(func() *sfnt.Font {
	f, err := opentype.Parse(fontFile)
	if err != nil {
		panic(err)
	}
	return f
})

// newFace makes a face of that many pixels a full-width character. A face is
// for one goroutine.
func newFace(pixels float64) font.Face {
	f, err := opentype.NewFace(theFont(), &opentype.FaceOptions{Size: pixels, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(err) // only for options that are impossible
	}
	return f
}

// MissingGlyphs returns the characters of text whose exact shape the font
// lacks, each once and in order. They are drawn as 〓; a variation selector
// turns the character before it into 〓 as well, since the common shape would
// pass for the right one.
func MissingGlyphs(text string) []rune {
	var out []rune
	seen := map[rune]bool{}
	var buf sfnt.Buffer
	for _, r := range text {
		if !seen[r] && (variationSelector(r) || !hasGlyph(&buf, r)) {
			seen[r] = true
			out = append(out, r)
		}
	}
	return out
}

func hasGlyph(buf *sfnt.Buffer, r rune) bool {
	if r == ' ' || r == '\u3000' {
		return true
	}
	g, err := theFont().GlyphIndex(buf, r)
	return err == nil && g != 0
}

// variationSelector reports whether r asks for a variant of the character
// before it (standardised FE00 to FE0F, ideographic E0100 to E01EF).
func variationSelector(r rune) bool {
	return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF
}

// drawable returns the characters that will be drawn for text.
func drawable(text string) []rune {
	var out []rune
	var buf sfnt.Buffer
	for _, r := range text {
		switch {
		case variationSelector(r):
			if len(out) > 0 {
				out[len(out)-1] = geta
			} else {
				out = append(out, geta)
			}
		case hasGlyph(&buf, r):
			out = append(out, r)
		default:
			out = append(out, geta)
		}
	}
	return out
}

// checkText refuses what no register would hold: see ErrText.
func checkText(what, text string, most int) error {
	switch {
	case text == "":
		return textError(what, "is empty")
	case len(text) > most*utf8.UTFMax:
		return textError(what, "is too long")
	case !utf8.ValidString(text):
		return textError(what, "is not UTF-8")
	case utf8.RuneCountInString(text) > most:
		return textError(what, "is too long")
	}
	blank := true
	for _, r := range text {
		if unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return textError(what, "holds a control character")
		}
		blank = blank && unicode.IsSpace(r)
	}
	if blank {
		return textError(what, "is blank")
	}
	return nil
}
