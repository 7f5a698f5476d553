package bridge

import (
	"io"
	"regexp"
	"strings"

	"kado/internal/platform/entropy"
)

// alphabet of a code: digits and capitals without I, L, O and U, which are
// mistaken for others.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var (
	codeForm   = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)
	ticketForm = regexp.MustCompile(`^brg_[0-9a-hjkmnp-tv-z]{26}$`)
)

// ParseCode accepts a code in the one form in which it is shown: XXXX-XXXX. The
// error is NoCode.
func ParseCode(s string) (string, error) {
	if !codeForm.MatchString(s) {
		return "", NoCode.New()
	}
	return s, nil
}

// TidyCode turns what a person types into the form of ParseCode, where it can be
// told what was meant: small letters, a space or nothing instead of the hyphen, O
// for 0, I and L for 1.
func TidyCode(typed string) string {
	s := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.TrimSpace(typed)))
	if len(s) != 8 {
		return typed
	}
	return s[:4] + "-" + s[4:]
}

// drawCode draws a code of 40 bits.
func drawCode(r io.Reader) (string, error) {
	b, err := entropy.Bytes(r, 8)
	if err != nil {
		return "", err
	}
	for i := range b {
		b[i] = alphabet[b[i]&31]
	}
	return string(b[:4]) + "-" + string(b[4:]), nil
}
