package mynumber

import "io"

// ApplicationID is an application id (申請書ID): 23 digits, 21 drawn at random
// and two check digits by ISO/IEC 7064 MOD 97-10. The scheme catches
// every wrong digit and every swapped pair of neighbours, so a mistyped id
// does not become another person's.
type ApplicationID string

// ParseApplicationID accepts exactly 23 ASCII digits with right check digits.
// Errors wrap ErrLength, ErrNotDigits or ErrCheckDigit.
func ParseApplicationID(s string) (ApplicationID, error) {
	const what = "application id"
	if err := requireDigits(s, 23, what); err != nil {
		return "", err
	}
	if err := checkMod97(s, what); err != nil {
		return "", err
	}
	return ApplicationID(s), nil
}

// DrawApplicationID draws 21 digits from r and adds the check digits.
func DrawApplicationID(r io.Reader) (ApplicationID, error) {
	body, err := drawDigits(r, 21)
	if err != nil {
		return "", err
	}
	return ApplicationID(body + mod97Check(body)), nil
}
