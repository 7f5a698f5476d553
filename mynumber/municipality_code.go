package mynumber

import "fmt"

// MunicipalityCode is a local public body code (団体コード) without its check
// digit: 5 digits, leading zeros kept. This is the form in the card;
// files of statistics carry the sixth digit.
type MunicipalityCode string

// ParseMunicipalityCode accepts exactly 5 ASCII digits. Whether a municipality
// of that code exists on a given day is a question for the list of
// municipalities. Errors wrap ErrLength or ErrNotDigits.
func ParseMunicipalityCode(s string) (MunicipalityCode, error) {
	if err := requireDigits(s, 5, "municipality code"); err != nil {
		return "", err
	}
	return MunicipalityCode(s), nil
}

// ParseMunicipalityCode6 accepts exactly 6 ASCII digits, the last the check
// digit, and returns the five before it. Errors wrap ErrLength, ErrNotDigits
// or ErrCheckDigit.
func ParseMunicipalityCode6(s string) (MunicipalityCode, error) {
	const what = "municipality code with check digit"
	if err := requireDigits(s, 6, what); err != nil {
		return "", err
	}
	if municipalityCheck(s[:5]) != s[5] {
		return "", fmt.Errorf("mynumber: %s: %w", what, ErrCheckDigit)
	}
	return MunicipalityCode(s[:5]), nil
}

// Valid reports whether c has the form of a code.
func (c MunicipalityCode) Valid() bool { return len(c) == 5 && allDigits(string(c)) }

// WithCheckDigit returns the 6-digit form, or "" if c is not Valid.
func (c MunicipalityCode) WithCheckDigit() string {
	if !c.Valid() {
		return ""
	}
	return string(c) + string(municipalityCheck(string(c)))
}

// Prefecture returns the two digits of the prefecture, or "" if c is not Valid.
func (c MunicipalityCode) Prefecture() string {
	if !c.Valid() {
		return ""
	}
	return string(c[:2])
}

// municipalityCheck: weights 6, 5, 4, 3, 2 from the left, and the last digit of
// 11 less the sum modulo 11. 10 becomes 0 and 11 becomes 1.
func municipalityCheck(body string) byte {
	sum := 0
	for i := range 5 {
		sum += int(body[i]-'0') * (6 - i)
	}
	return byte('0' + (11-sum%11)%10)
}
