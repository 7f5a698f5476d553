package jpki

import (
	"strings"
	"sync"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// SubstituteMark stands for a character that has no other substitute: the geta
// mark of printers.
const SubstituteMark = '\u3013'

// substitutes are characters of names and places outside the two JIS sets, with
// the character that offices write instead. The real table is not public (X).
// Characters are written as numbers, since editors and tools like to unify them.
var substitutes = map[rune]rune{
	0x9AD9:  '高', // ladder taka
	0xFA11:  '崎', // saki with 立
	0x20BB7: '吉', // earth yoshi
	0x2363A: '橋',
	0x2123D: '土',
	0x2000B: '丈',
	0x67F3:  '柳',
	0x6801:  '柳',
	0x5FB7:  '徳',
	0x6FF5:  '浜',
	0x6DF8:  '清',
	0x702C:  '瀬',
	0x6A2A:  '横',
	0x9ED1:  '黒',
	0x8CF4:  '頼',
	0xFA1F:  '萩',
	0x663B:  '昂',
}

// jisSet is a bitmap of the Basic Multilingual Plane: the characters of JIS X
// 0208 and JIS X 0212. Both sets lie wholly inside the plane.
type jisSet [1 << 16 / 64]uint64

func (s *jisSet) has(r rune) bool {
	return r >= 0 && r < 1<<16 && s[r>>6]&(1<<(r&63)) != 0
}

func (s *jisSet) add(r rune) { s[r>>6] |= 1 << (r & 63) }

// representable is built by decoding every code point of the two sets from
// EUC-JP. Encoding and looking for an error would not do: the encoder also knows
// vendors' characters (rows 13 and 89 to 92), which the sets do not contain.
var representable = sync.OnceValue(func() *jisSet {
	var set jisSet
	decoder := japanese.EUCJP.NewDecoder()
	add := func(euc ...byte) {
		out, err := decoder.Bytes(euc)
		if err != nil {
			return
		}
		if rs := []rune(string(out)); len(rs) == 1 && rs[0] != '\uFFFD' && rs[0] < 1<<16 {
			set.add(rs[0])
		}
	}
	for row := byte(1); row <= 84; row++ {
		for cell := byte(1); cell <= 94; cell++ {
			if row != 13 {
				add(0xA0+row, 0xA0+cell)
			}
			if row <= 77 {
				add(0x8F, 0xA0+row, 0xA0+cell)
			}
		}
	}
	// The decoder maps six signs of JIS X 0208 to full-width forms; the other
	// customary mapping of the same signs is as good.
	for _, r := range "\u2014\u301C\u2016\u2212\u00A2\u00A3\u00AC" {
		set.add(r)
	}
	return &set
})

// Representable reports whether a certificate can carry r: whether it belongs to
// JIS X 0208 or JIS X 0212 (9.3).
func Representable(r rune) bool { return representable().has(r) }

// Substitute turns a registered text into the letters that a certificate can
// carry, and returns the map beside it: one digit per character of the result, 0
// as registered, 1 substituted. Half-width letters become full-width ones and a
// kana with a separate voicing mark one kana, without counting as substituted: they
// are the same letter in the one width that the sets have. A variation selector
// vanishes and marks its character, since the registered form is not the plain
// one. A character of a compatibility block is replaced by the one it stands
// for, a few known forms by the usual one, everything else by SubstituteMark.
func Substitute(text string) (carried, marks string) {
	var out, mark strings.Builder
	// Runes that may still be changed by what follows.
	pending, substituted := rune(-1), false
	flush := func() {
		if pending < 0 {
			return
		}
		out.WriteRune(pending)
		if substituted {
			mark.WriteByte('1')
		} else {
			mark.WriteByte('0')
		}
		pending, substituted = -1, false
	}
	for _, r := range text {
		if isVariationSelector(r) && pending >= 0 {
			substituted = true
			continue
		}
		r = widen(r)
		if r == '\u3099' || r == '\u309A' {
			if one, ok := voiced(pending, r); ok {
				pending = one
				continue
			}
		}
		flush()
		pending, substituted = substituteRune(r)
	}
	flush()
	return out.String(), mark.String()
}

func substituteRune(r rune) (rune, bool) {
	if Representable(r) {
		return r, false
	}
	if s, ok := substitutes[r]; ok && Representable(s) {
		return s, true
	}
	if isCompatibilityIdeograph(r) {
		if rs := []rune(norm.NFD.String(string(r))); len(rs) == 1 && Representable(rs[0]) {
			return rs[0], true
		}
	}
	return SubstituteMark, true
}

func isVariationSelector(r rune) bool {
	return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF
}

func isCompatibilityIdeograph(r rune) bool {
	return r >= 0xF900 && r <= 0xFAFF || r >= 0x2F800 && r <= 0x2FA1F
}

// widen returns the full-width form of a printable ASCII letter or half-width
// kana, and any other rune unchanged.
func widen(r rune) rune {
	if r == ' ' {
		return '\u3000'
	}
	if r > ' ' && r <= '~' || r >= 0xFF61 && r <= 0xFF9F {
		if w := width.LookupRune(r).Wide(); w != 0 {
			return w
		}
	}
	return r
}

// voiced joins a kana and a combining voicing mark.
func voiced(kana, mark rune) (rune, bool) {
	if kana < 0x3041 || kana > 0x30FF {
		return 0, false
	}
	rs := []rune(norm.NFC.String(string([]rune{kana, mark})))
	if len(rs) != 1 || !Representable(rs[0]) {
		return 0, false
	}
	return rs[0], true
}
