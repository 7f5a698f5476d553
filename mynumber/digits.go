package mynumber

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Why a number was refused. The parsers wrap these with the name of the
// number; the digits themselves never appear in an error.
var (
	ErrLength     = errors.New("wrong number of digits")
	ErrNotDigits  = errors.New("something other than the digits 0 to 9")
	ErrCheckDigit = errors.New("the check digit does not agree")
)

// ErrDraw means that the source of randomness gave nothing usable.
var ErrDraw = errors.New("mynumber: the random source gave no digits")

// requireDigits refuses s unless it is exactly n ASCII digits. Full-width
// digits, blanks and hyphens are refused: one value has one spelling.
func requireDigits(s string, n int, what string) error {
	if len(s) != n {
		return fmt.Errorf("mynumber: %s: %w", what, ErrLength)
	}
	if !allDigits(s) {
		return fmt.Errorf("mynumber: %s: %w", what, ErrNotDigits)
	}
	return nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// smallNumber reads a few digits already known to be digits.
func smallNumber(s string) int {
	v := 0
	for i := range len(s) {
		v = v*10 + int(s[i]-'0')
	}
	return v
}

// drawDigits draws n digits from r, each value equally likely.
func drawDigits(r io.Reader, n int) (string, error) {
	// A byte is usable with probability 250/256. A healthy source practically
	// never needs a second round; the cap ends a source stuck at 0xFF.
	const maxRounds = 64
	var out strings.Builder
	buf := make([]byte, n)
	for range maxRounds {
		want := buf[:n-out.Len()]
		if _, err := io.ReadFull(r, want); err != nil {
			return "", fmt.Errorf("%w: %w", ErrDraw, err)
		}
		for _, b := range want {
			if b < 250 { // 250 = 25*10; the rest would favour 0 to 5
				out.WriteByte('0' + b%10)
			}
		}
		clear(want)
		if out.Len() == n {
			return out.String(), nil
		}
	}
	return "", ErrDraw
}

// mod11Check is the check digit of. body is read from the right:
// digit n (counted from 1) weighs n+1 up to the sixth and n-5 from the
// seventh.
//
// Remainders 0 and 1 both give check digit 0, so the scheme is not perfect: a
// changed digit or a swapped pair that moves the remainder from 0 to 1 or back
// goes unseen. Everything else of that kind is caught.
func mod11Check(body string) byte {
	sum := 0
	for i := range len(body) {
		n := i + 1
		q := n + 1
		if n >= 7 {
			q = n - 5
		}
		sum += int(body[len(body)-n]-'0') * q
	}
	if sum%11 <= 1 {
		return '0'
	}
	return byte('0' + 11 - sum%11)
}

// mod97Check returns the two check digits of ISO/IEC 7064, MOD 97-10, for
// body: a value from 02 to 98.
//
// 97 is a prime that divides neither 10^k, nor 9, 11 or 99 times a digit.
// Therefore every wrong digit, every swapped pair of neighbours, every swapped
// pair one place apart and every wrong twin pair (11 for 22) is caught, and of
// entirely wrong numbers all but one in 97.
func mod97Check(body string) string {
	r := 98 - mod97(body)*100%97
	return string([]byte{'0' + byte(r/10), '0' + byte(r%10)})
}

func mod97(digits string) int {
	r := 0
	for i := range len(digits) {
		r = (r*10 + int(digits[i]-'0')) % 97
	}
	return r
}

// checkMod97 refuses digits whose last two are not the check digits of the
// rest. Comparing the digits instead of the remainder keeps 00, 01 and 99 out,
// which have the same remainders as 97, 98 and 02.
func checkMod97(digits, what string) error {
	body := digits[:len(digits)-2]
	if mod97Check(body) != digits[len(body):] {
		return fmt.Errorf("mynumber: %s: %w", what, ErrCheckDigit)
	}
	return nil
}
