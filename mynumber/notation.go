package mynumber

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// NotationVersion is the version of the tables below; a stored result of a
// comparison names it (C-26).
const NotationVersion = 1

// FiveFields are what an insurer's record and the register must agree in
// (C-26, P-09): the four basic attributes and the name in kana.
type FiveFields struct {
	Name, Kana, Address string
	BirthDate           Date
	Sex                 Sex
}

// Field names one of the five.
type Field string

// The fields, in the order in which DifferingFields lists them.
const (
	FieldName      Field = "name"
	FieldKana      Field = "kana"
	FieldBirthDate Field = "birth_date"
	FieldSex       Field = "sex"
	FieldAddress   Field = "address"
)

// maxNotation caps a text field in bytes; the longest address is 200
// characters.
const maxNotation = 1024

// DifferingFields returns the fields in which two records do not agree after
// differences of writing are taken out by fixed tables. There is no measure of
// likeness: a field agrees or it does not. A field that is empty, too long or
// not text agrees with nothing. Only nil means that the two are one person.
func DifferingFields(a, b FiveFields) []Field {
	var out []Field
	text := func(f Field, x, y string, normal func(string) string) {
		if !usableText(x) || !usableText(y) || normal(x) != normal(y) {
			out = append(out, f)
		}
	}
	text(FieldName, a.Name, b.Name, NormalName)
	text(FieldKana, a.Kana, b.Kana, NormalKana)
	if !a.BirthDate.Valid() || a.BirthDate != b.BirthDate {
		out = append(out, FieldBirthDate)
	}
	if !a.Sex.Valid() || a.Sex != b.Sex {
		out = append(out, FieldSex)
	}
	text(FieldAddress, a.Address, b.Address, NormalAddress)
	return out
}

func usableText(s string) bool {
	return s != "" && len(s) <= maxNotation && utf8.ValidString(s)
}

// NormalName returns the form of a name used for comparing only: blanks and
// widths made one, old and variant glyphs replaced by the present ones.
func NormalName(s string) string { return glyphs.Replace(plainWidth(s)) }

// NormalKana returns the form of a name in kana used for comparing only:
// full-width katakana, small kana enlarged, every spelling of a long vowel
// written with ー.
func NormalKana(s string) string {
	runes := []rune(plainWidth(s))
	out := make([]rune, 0, len(runes))
	var vowel rune // of the kana before, 0 where none
	for _, r := range runes {
		if r >= 'ぁ' && r <= 'ゖ' {
			r += 'ァ' - 'ぁ'
		}
		if large, ok := smallKana[r]; ok {
			r = large
		}
		if r == '-' { // a hyphen typed for the mark of length
			r = 'ー'
		}
		if lengthens(vowel, r) {
			if out[len(out)-1] != 'ー' {
				out = append(out, 'ー')
			}
			continue
		}
		out = append(out, r)
		vowel = vowelOf(r)
	}
	return string(out)
}

// NormalAddress returns the form of an address used for comparing only: ASCII
// digits, and 丁目, 番地, 番, 号 and の between numbers written as a hyphen.
func NormalAddress(s string) string {
	s = strings.ReplaceAll(glyphs.Replace(plainWidth(s)), " ", "")
	runes := []rune(chomeDigits(s))
	out := make([]rune, 0, len(runes))
	for i := 0; i < len(runes); {
		if n := markAt(runes[i:]); n > 0 && len(out) > 0 {
			last := out[len(out)-1]
			if isDigit(last) {
				out = append(out, '-')
			}
			if isDigit(last) || last == '-' { // of two marks, as in 三丁目の２, one is enough
				i += n
				continue
			}
		}
		out = append(out, runes[i])
		i++
	}
	// A mark that no number follows separates nothing.
	kept := out[:0]
	for i, r := range out {
		if r == '-' && (i+1 == len(out) || !isDigit(out[i+1])) {
			continue
		}
		kept = append(kept, r)
	}
	return string(kept)
}

// addressMarks stand between the numbers of an address, longest first.
var addressMarks = [][]rune{
	[]rune("号室"), []rune("丁目"), []rune("番地"), []rune("番"), []rune("号"), []rune("の"), []rune("ノ"), []rune("-"),
}

func markAt(r []rune) int {
	for _, m := range addressMarks {
		if len(r) >= len(m) && slices.Equal(r[:len(m)], m) {
			return len(m)
		}
	}
	return 0
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// chomeDigits writes the kanji number before 丁目 (一 to 九十九) in digits.
// Other kanji numbers belong to names of places and stay.
func chomeDigits(s string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(s, "丁目")
		if !found {
			out.WriteString(s)
			return out.String()
		}
		runes := []rune(before)
		start := len(runes)
		for start > 0 && strings.ContainsRune("一二三四五六七八九十", runes[start-1]) {
			start--
		}
		n, ok := kanjiNumber(runes[start:])
		out.WriteString(string(runes[:start]))
		if ok {
			if n >= 10 {
				out.WriteByte('0' + byte(n/10))
			}
			out.WriteByte('0' + byte(n%10))
		} else {
			out.WriteString(string(runes[start:]))
		}
		out.WriteString("丁目")
		s = after
	}
}

func kanjiNumber(r []rune) (int, bool) {
	digit := func(r rune) int { return slices.Index([]rune("〇一二三四五六七八九"), r) }
	tens, ones := 0, 0
	switch i := slices.Index(r, '十'); {
	case i < 0 && len(r) == 1:
		return digit(r[0]), true
	case i == 0:
		tens = 1
	case i == 1 && digit(r[0]) > 1:
		tens = digit(r[0])
	default:
		return 0, false
	}
	rest := r[slices.Index(r, '十')+1:]
	switch {
	case len(rest) == 1 && digit(rest[0]) > 0:
		ones = digit(rest[0])
	case len(rest) != 0:
		return 0, false
	}
	return tens*10 + ones, true
}

// plainWidth folds widths: full-width ASCII and blanks to ASCII, half-width
// katakana to full-width, every kind of hyphen to '-'; runs of blanks become
// one, blanks at the ends go.
func plainWidth(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case r == 0x3000 || r == 0x00A0 || r == '\t':
			r = ' '
		case r >= 0xFF01 && r <= 0xFF5E:
			r -= 0xFEE0
		case r >= 0xFF61 && r <= 0xFF9F:
			switch {
			case r == 0xFF9E && len(out) > 0 && voiced[out[len(out)-1]] != 0:
				out[len(out)-1] = voiced[out[len(out)-1]]
				continue
			case r == 0xFF9F && len(out) > 0 && halfVoiced[out[len(out)-1]] != 0:
				out[len(out)-1] = halfVoiced[out[len(out)-1]]
				continue
			}
			r = halfWidthKana[r-0xFF61]
		}
		if strings.ContainsRune("‐‑‒–—―−ー-", r) && !afterKana(out, r) {
			r = '-'
		}
		if r == ' ' && (len(out) == 0 || out[len(out)-1] == ' ') {
			continue
		}
		out = append(out, r)
	}
	return strings.TrimRight(string(out), " ")
}

// afterKana tells the mark of length (ー after kana) from a hyphen that was
// typed with the same key (ー after a digit).
func afterKana(out []rune, r rune) bool {
	if r != 'ー' || len(out) == 0 {
		return false
	}
	last := out[len(out)-1]
	return last >= 'ぁ' && last <= 'ヿ'
}

var halfWidthKana = []rune("。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜")

var voiced = pairs("カガキギクグケゲコゴサザシジスズセゼソゾタダチヂツヅテデトドハバヒビフブヘベホボウヴ")

var halfVoiced = pairs("ハパヒピフプヘペホポ")

var smallKana = pairs("ァアィイゥウェエォオッツャヤュユョヨヮワヵカヶケ")

func pairs(s string) map[rune]rune {
	m := map[rune]rune{}
	r := []rune(s)
	for i := 0; i+1 < len(r); i += 2 {
		m[r[i]] = r[i+1]
	}
	return m
}

// kanaRows lists the katakana by vowel.
var kanaRows = map[rune]string{
	'ア': "アカサタナハマヤラワガザダバパ",
	'イ': "イキシチニヒミリギジヂビピ",
	'ウ': "ウクスツヌフムユルグズヅブプヴ",
	'エ': "エケセテネヘメレゲゼデベペ",
	'オ': "オコソトノホモヨロヲゴゾドボポ",
}

var kanaVowel = func() map[rune]rune {
	m := map[rune]rune{}
	for vowel, row := range kanaRows {
		for _, r := range row {
			m[r] = vowel
		}
	}
	return m
}()

func vowelOf(r rune) rune { return kanaVowel[r] }

// lengthens reports whether r, after a kana with that vowel, only makes it
// long: オオノ, オウノ and オーノ are one name.
func lengthens(vowel, r rune) bool {
	switch vowel {
	case 0:
		return false
	case 'オ':
		return r == 'ー' || r == 'オ' || r == 'ウ'
	case 'エ':
		return r == 'ー' || r == 'エ' || r == 'イ'
	}
	return r == 'ー' || r == vowel
}

// glyphPairs lists old or variant glyphs with the present one each.
const glyphPairs = "髙高﨑崎嵜崎邉辺邊辺齋斎齊斉澤沢濱浜濵浜廣広嶋島嶌島國国櫻桜瀧滝龍竜眞真惠恵條条榮栄德徳桒桑𠮷吉冨富曾曽淵渕" +
	"增増靜静學学會会圓円應応實実壽寿彌弥禮礼萬万豐豊與与來来黑黒淺浅戶戸黃黄步歩郞郎藏蔵勳勲" +
	"澁渋礒磯關関籠篭觀観鹽塩斷断團団傳伝鐵鉄莊荘藪薮讓譲\ufa10塚\ufa19神\ufa1b福"

var glyphs = func() *strings.Replacer {
	m := pairs(glyphPairs)
	var list []string
	for _, old := range slices.Sorted(maps.Keys(m)) {
		list = append(list, string(old), string(m[old]))
	}
	return strings.NewReplacer(list...)
}()
