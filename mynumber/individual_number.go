package mynumber

import (
	"fmt"
	"io"
)

// IndividualNumber is a 個人番号: 12 digits, the last a check digit. It
// never shows its digits except through Reveal. The zero value holds none.
type IndividualNumber struct{ masked }

// ParseIndividualNumber accepts exactly 12 ASCII digits with a right check
// digit. Errors wrap ErrLength, ErrNotDigits or ErrCheckDigit.
func ParseIndividualNumber(s string) (IndividualNumber, error) {
	const what = "Individual Number"
	if err := requireDigits(s, 12, what); err != nil {
		return IndividualNumber{}, err
	}
	if mod11Check(s[:11]) != s[11] {
		return IndividualNumber{}, fmt.Errorf("mynumber: %s: %w", what, ErrCheckDigit)
	}
	return IndividualNumber{conceal(s)}, nil
}

// DrawIndividualNumber draws eleven digits from r and adds the check digit.
// Numbers are drawn, never derived from anything; that one is not used
// twice is for the holder of the list of numbers to ensure.
func DrawIndividualNumber(r io.Reader) (IndividualNumber, error) {
	body, err := drawDigits(r, 11)
	if err != nil {
		return IndividualNumber{}, err
	}
	return IndividualNumber{conceal(body + string(mod11Check(body)))}, nil
}

// Equal compares in constant time. The zero value equals nothing, also not
// another zero value.
func (n IndividualNumber) Equal(o IndividualNumber) bool { return n.equal(o.masked) }
