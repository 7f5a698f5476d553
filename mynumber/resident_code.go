package mynumber

import (
	"fmt"
	"io"
)

// ResidentCode is a resident record code (住民票コード): ten random digits and
// a check digit. It shows its digits only through Reveal.
type ResidentCode struct{ masked }

// ParseResidentCode accepts exactly 11 ASCII digits with a right check digit.
// Errors wrap ErrLength, ErrNotDigits or ErrCheckDigit.
func ParseResidentCode(s string) (ResidentCode, error) {
	const what = "resident record code"
	if err := requireDigits(s, 11, what); err != nil {
		return ResidentCode{}, err
	}
	if mod11Check(s[:10]) != s[10] {
		return ResidentCode{}, fmt.Errorf("mynumber: %s: %w", what, ErrCheckDigit)
	}
	return ResidentCode{conceal(s)}, nil
}

// DrawResidentCode draws ten digits from r and adds the check digit.
func DrawResidentCode(r io.Reader) (ResidentCode, error) {
	body, err := drawDigits(r, 10)
	if err != nil {
		return ResidentCode{}, err
	}
	return ResidentCode{conceal(body + string(mod11Check(body)))}, nil
}

// Equal compares in constant time. The zero value equals nothing.
func (c ResidentCode) Equal(o ResidentCode) bool { return c.equal(o.masked) }
