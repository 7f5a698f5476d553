package cardface

import (
	"image"
	"image/draw"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// paragraph is a text broken into lines for a box.
type paragraph struct {
	pixels float64 // size of a full-width character
	pitch  int     // from line to line
	lines  [][]rune
}

// fit breaks text into lines for a box of width x height, in the largest of
// sizes at which all of it fits. The second result is false when even the
// smallest does not.
func fit(text string, width, height int, sizes ...float64) (paragraph, bool) {
	runes := drawable(text)
	for _, size := range sizes {
		face := newFace(size)
		pitch := int(size*1.12 + 0.5)
		lines := breakLines(face, runes, fixed.I(width))
		_ = face.Close()
		if lines != nil && (len(lines)-1)*pitch+int(size+0.99) <= height {
			return paragraph{size, pitch, lines}, true
		}
	}
	return paragraph{}, false
}

// breakLines breaks between Japanese characters, but not before a closing
// bracket, and inside a Latin word or a number only where it alone is wider
// than a line. It returns nil where a single character is wider than the line.
func breakLines(face font.Face, runes []rune, width fixed.Int26_6) [][]rune {
	var lines [][]rune
	for len(runes) > 0 {
		var used fixed.Int26_6
		n := 0
		for n < len(runes) {
			a, _ := face.GlyphAdvance(runes[n])
			if used+a > width {
				break
			}
			used += a
			n++
		}
		if n == 0 {
			return nil
		}
		if n < len(runes) {
			if w := startOfWord(runes, n); w > 0 {
				n = w
			} else if closing(runes[n]) && n > 1 {
				n--
			}
		}
		lines = append(lines, trimBlank(runes[:n]))
		runes = trimBlankLeft(runes[n:])
	}
	return lines
}

// startOfWord returns where the word or number around a break at n begins, 0
// where there is none or where it fills the line.
func startOfWord(runes []rune, n int) int {
	i := n
	for i > 0 && inWord(runes[i]) && inWord(runes[i-1]) {
		i--
	}
	if i == n {
		return 0
	}
	return i
}

func inWord(r rune) bool { return r > ' ' && r < 0x250 || r >= '０' && r <= '９' }

func closing(r rune) bool { return strings.ContainsRune("）」』】、。・ー々", r) }

func trimBlank(r []rune) []rune {
	for len(r) > 1 && (r[len(r)-1] == ' ' || r[len(r)-1] == '\u3000') {
		r = r[:len(r)-1]
	}
	return r
}

func trimBlankLeft(r []rune) []rune {
	for len(r) > 0 && (r[0] == ' ' || r[0] == '\u3000') {
		r = r[1:]
	}
	return r
}

// drawParagraph draws p with its top left corner at x, y.
func drawParagraph(dst draw.Image, p paragraph, x, y int, ink image.Image) {
	face := newFace(p.pixels)
	defer face.Close()
	for i, line := range p.lines {
		drawRunes(dst, face, line, x, y+i*p.pitch+int(p.pixels*0.88+0.5), ink)
	}
}

// drawRunes draws one line with its baseline at y and returns where it ends.
func drawRunes(dst draw.Image, face font.Face, line []rune, x, y int, ink image.Image) int {
	d := font.Drawer{Dst: dst, Src: ink, Face: face, Dot: fixed.P(x, y)}
	d.DrawString(string(line))
	return d.Dot.X.Ceil()
}
