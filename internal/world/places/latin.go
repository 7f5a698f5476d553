package places

import (
	"fmt"
	"strings"
)

// maxKana caps what Latin reads; the longest name in use has far fewer.
const maxKana = 200

// Latin writes kana in Latin letters by the Hepburn system as road signs and
// maps use it: long o and u are written once, n stays n before b, m and p, a
// doubled ch becomes tch. The first letter is a capital. Hiragana and
// katakana may be mixed. A "|" marks a joint inside a name over which vowels
// do not run together: イノ|ウエ is Inoue and not Inoe.
func Latin(kana string) (string, error) { return romanise(kana, false) }

// PassportLatin is Latin with m instead of n before b, m and p, the spelling
// of passports and so of names on documents: ホンマ is Homma.
func PassportLatin(kana string) (string, error) { return romanise(kana, true) }

// JoinedKana removes the joints that Latin understands.
func JoinedKana(kana string) string { return strings.ReplaceAll(kana, "|", "") }

func romanise(kana string, passport bool) (string, error) {
	if kana == "" {
		return "", fmt.Errorf("places: no kana to write in Latin letters")
	}
	if len(kana) > maxKana*3 {
		return "", fmt.Errorf("places: kana of more than %d characters", maxKana)
	}
	runes := []rune(kana)
	for i, r := range runes {
		runes[i] = toKatakana(r)
	}
	var out strings.Builder
	var vowel byte // of the syllable before, 0 after ン, a joint or at the start
	double := false
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch r {
		case '|':
			vowel = 0
			if double {
				return "", fmt.Errorf("places: ッ before a joint in %q", kana)
			}
			continue
		case 'ー':
			if out.Len() == 0 || vowel == 0 {
				return "", fmt.Errorf("places: ー follows no vowel in %q", kana)
			}
			continue
		case 'ッ':
			if double {
				return "", fmt.Errorf("places: two ッ in a row in %q", kana)
			}
			double = true
			continue
		}
		syllable := ""
		if i+1 < len(runes) {
			if s, ok := digraphs[string(runes[i:i+2])]; ok {
				syllable = s
				i++
			}
		}
		if syllable == "" {
			syllable = syllables[r]
		}
		if syllable == "" {
			return "", fmt.Errorf("places: %q in %q is not a kana syllable", r, kana)
		}
		if r == 'ン' {
			if double {
				return "", fmt.Errorf("places: ッ before ン in %q", kana)
			}
			out.WriteByte('n')
			vowel = 0
			continue
		}
		if double {
			switch {
			case strings.HasPrefix(syllable, "ch"):
				syllable = "t" + syllable
			case strings.IndexByte("aiueon", syllable[0]) >= 0:
				return "", fmt.Errorf("places: ッ before %q in %q", syllable, kana)
			default:
				syllable = syllable[:1] + syllable
			}
			double = false
		}
		switch {
		case vowel == 'o' && (syllable == "u" || syllable == "o"),
			vowel == 'u' && syllable == "u":
			vowel = 0 // the long vowel is complete; a further one starts anew
			continue
		}
		out.WriteString(syllable)
		vowel = syllable[len(syllable)-1]
	}
	if double {
		return "", fmt.Errorf("places: ッ at the end of %q", kana)
	}
	s := out.String()
	if s == "" {
		return "", fmt.Errorf("places: %q holds no syllable", kana)
	}
	if passport {
		s = strings.NewReplacer("nb", "mb", "nm", "mm", "np", "mp").Replace(s)
	}
	return strings.ToUpper(s[:1]) + s[1:], nil
}

func toKatakana(r rune) rune {
	if r >= 'ぁ' && r <= 'ゖ' {
		return r + ('ァ' - 'ぁ')
	}
	return r
}

var syllables = map[rune]string{
	'ア': "a", 'イ': "i", 'ウ': "u", 'エ': "e", 'オ': "o",
	'カ': "ka", 'キ': "ki", 'ク': "ku", 'ケ': "ke", 'コ': "ko",
	'ガ': "ga", 'ギ': "gi", 'グ': "gu", 'ゲ': "ge", 'ゴ': "go",
	'サ': "sa", 'シ': "shi", 'ス': "su", 'セ': "se", 'ソ': "so",
	'ザ': "za", 'ジ': "ji", 'ズ': "zu", 'ゼ': "ze", 'ゾ': "zo",
	'タ': "ta", 'チ': "chi", 'ツ': "tsu", 'テ': "te", 'ト': "to",
	'ダ': "da", 'ヂ': "ji", 'ヅ': "zu", 'デ': "de", 'ド': "do",
	'ナ': "na", 'ニ': "ni", 'ヌ': "nu", 'ネ': "ne", 'ノ': "no",
	'ハ': "ha", 'ヒ': "hi", 'フ': "fu", 'ヘ': "he", 'ホ': "ho",
	'バ': "ba", 'ビ': "bi", 'ブ': "bu", 'ベ': "be", 'ボ': "bo",
	'パ': "pa", 'ピ': "pi", 'プ': "pu", 'ペ': "pe", 'ポ': "po",
	'マ': "ma", 'ミ': "mi", 'ム': "mu", 'メ': "me", 'モ': "mo",
	'ヤ': "ya", 'ユ': "yu", 'ヨ': "yo",
	'ラ': "ra", 'リ': "ri", 'ル': "ru", 'レ': "re", 'ロ': "ro",
	'ワ': "wa", 'ヰ': "i", 'ヱ': "e", 'ヲ': "o", 'ン': "n", 'ヴ': "vu",
}

var digraphs = map[string]string{
	"キャ": "kya", "キュ": "kyu", "キョ": "kyo", "ギャ": "gya", "ギュ": "gyu", "ギョ": "gyo",
	"シャ": "sha", "シュ": "shu", "ショ": "sho", "ジャ": "ja", "ジュ": "ju", "ジョ": "jo",
	"チャ": "cha", "チュ": "chu", "チョ": "cho", "ヂャ": "ja", "ヂュ": "ju", "ヂョ": "jo",
	"ニャ": "nya", "ニュ": "nyu", "ニョ": "nyo", "ヒャ": "hya", "ヒュ": "hyu", "ヒョ": "hyo",
	"ビャ": "bya", "ビュ": "byu", "ビョ": "byo", "ピャ": "pya", "ピュ": "pyu", "ピョ": "pyo",
	"ミャ": "mya", "ミュ": "myu", "ミョ": "myo", "リャ": "rya", "リュ": "ryu", "リョ": "ryo",
	"シェ": "she", "ジェ": "je", "チェ": "che", "ティ": "ti", "ディ": "di", "デュ": "du",
	"ファ": "fa", "フィ": "fi", "フェ": "fe", "フォ": "fo", "ヴァ": "va", "ヴィ": "vi",
	"ウィ": "wi", "ウェ": "we", "ウォ": "wo", "トゥ": "tu", "ドゥ": "du",
}
