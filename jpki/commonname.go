package jpki

import (
	"fmt"
	"time"

	"kado/mynumber"
)

// SignatureCommonName returns the CN of a signature certificate in the form
// CommonName23: issue time in Japan YYYYMMDDhhmmss, municipality code, tail
// (four characters of 0-9 and A-Z that tell apart what was issued in one second).
func SignatureCommonName(issued time.Time, code, tail string) string {
	return issued.In(mynumber.JST).Format("20060102150405") + code + tail
}

// AuthenticationCommonName returns the CN of an authentication certificate in
// the form CommonName23: 14 characters of 0-9 and A-Z that say nothing about the
// holder, municipality code, tail.
func AuthenticationCommonName(head, code, tail string) string { return head + code + tail }

func (f CommonNameForm) check(k Kind, cn, code string) error {
	switch f {
	case CommonNameFree:
		if cn == "" || len(cn) > 64 || !all(cn, func(c byte) bool { return isUpperDigit(c) || c == '-' }) {
			return fmt.Errorf("jpki: the common name must be 1 to 64 characters of 0-9, A-Z and '-'")
		}
	default:
		if len(cn) != 23 || !all(cn, isUpperDigit) {
			return fmt.Errorf("jpki: the common name must be 23 characters of 0-9 and A-Z")
		}
		if cn[14:19] != code {
			return fmt.Errorf("jpki: characters 15 to 19 of the common name must be the municipality code")
		}
		if k == Signature {
			if _, err := time.Parse("20060102150405", cn[:14]); err != nil {
				return fmt.Errorf("jpki: the common name of a signature certificate must begin with the issue time YYYYMMDDhhmmss")
			}
		}
	}
	return nil
}
