package journal

import (
	"unicode/utf8"

	"kado/mynumber"
)

// holdsNumber reports whether s holds an Individual Number: twelve digits with a
// right check digit, standing alone or in groups of four with a blank or a
// hyphen between, half or full width.
//
// Digits that touch an ASCII letter or further digits do not count: they are
// part of an id or a longer number, and about one in eleven of those would be
// refused by chance.
func holdsNumber(s string) bool {
	if len(s) < 12 {
		return false
	}
	var run [12]byte
	n := 0         // digits in run; 13 for "too many"
	group := 0     // digits since the last separator
	glued := false // the run touches a letter
	prev := rune(0)
	closes := func() bool {
		if n != 12 || glued {
			return false
		}
		_, err := mynumber.ParseIndividualNumber(string(run[:]))
		return err == nil
	}
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		if r >= '０' && r <= '９' {
			r = r - '０' + '0'
		}
		switch {
		case r >= '0' && r <= '9':
			if n == 0 {
				glued = isLetter(prev)
			}
			if n < 12 {
				run[n] = byte(r)
			}
			n = min(n+1, 13)
			group++
		case isSeparator(r) && n%4 == 0 && n > 0 && n < 12 && group == 4:
			group = 0
		default:
			glued = glued || isLetter(r)
			if closes() {
				return true
			}
			n, group = 0, 0
		}
		prev = r
	}
	return closes()
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' }

func isSeparator(r rune) bool {
	switch r {
	case ' ', '-', '\u3000', '\u2010', '\u2011', '\u2012', '\u2013', '\u2212', '\uff0d', 'ー':
		return true
	}
	return false
}
