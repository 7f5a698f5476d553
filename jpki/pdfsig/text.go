package pdfsig

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"kado/jpki/pdfsig/internal/pdf"
)

// plainText reads a text string (ISO 32000-2, 7.9.2.2) for people: UTF-16 with
// its mark, UTF-8 with its mark, or what is ASCII of the old encoding.
func plainText(b []byte) string {
	var s string
	switch {
	case len(b) >= 2 && b[0] == 0xFE && b[1] == 0xFF:
		units := make([]uint16, 0, len(b)/2)
		for i := 2; i+1 < len(b); i += 2 {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		}
		s = string(utf16.Decode(units))
	case len(b) >= 3 && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF:
		s = strings.ToValidUTF8(string(b[3:]), "\uFFFD")
	default:
		for _, c := range b {
			r := rune(c)
			if c > '~' {
				r = utf8.RuneError
			}
			s += string(r)
			if len(s) > 4*MaxText {
				break
			}
		}
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return utf8.RuneError
		}
		return r
	}, s)
	if r := []rune(s); len(r) > MaxText {
		s = string(r[:MaxText])
	}
	return s
}

// textString writes a text for people: ASCII as it is, else UTF-16.
func textString(s string) pdf.String {
	ascii := true
	for _, r := range s {
		ascii = ascii && r >= ' ' && r <= '~'
	}
	if ascii {
		return pdf.String{Text: []byte(s)}
	}
	out := []byte{0xFE, 0xFF}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u>>8), byte(u))
	}
	return pdf.String{Text: out, Hex: true}
}

// dateString writes a date (ISO 32000-2, 7.9.4).
func dateString(t time.Time) pdf.String {
	_, offset := t.Zone()
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	minutes := offset / 60
	return pdf.String{Text: fmt.Appendf(nil, "D:%s%c%02d'%02d'", t.Format("20060102150405"), sign, minutes/60, minutes%60)}
}

// readDate reads a date with seconds and a zone; zero when it is none.
func readDate(o pdf.Object) time.Time {
	s, ok := o.(pdf.String)
	if !ok || len(s.Text) > 23 {
		return time.Time{}
	}
	text := strings.ReplaceAll(strings.TrimPrefix(string(s.Text), "D:"), "'", "")
	for _, layout := range []string{"20060102150405Z0700", "20060102150405Z07", "20060102150405"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	return time.Time{}
}
