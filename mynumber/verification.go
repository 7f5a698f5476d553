package mynumber

import (
	"errors"
	"fmt"
	"io"
)

// ErrVerification refuses to make a verification number or its parts from
// facts that cannot stand on a card.
var ErrVerification = errors.New("mynumber: no verification number from these facts")

// VerificationA returns verification number A (照合番号A): the Individual
// Number itself. Of the zero IndividualNumber it is the zero Secret.
func VerificationA(n IndividualNumber) Secret { return NewSecret(n.Reveal()) }

// VerificationB returns verification number B (照合番号B), 14 digits: the six
// birth digits as printed on that card, the card's expiry year in four digits,
// the four-digit security code. Errors wrap ErrVerification or ErrNoEra.
func VerificationB(birth Date, japanese bool, cardExpiry Date, securityCode string) (Secret, error) {
	six, err := PrintedBirthDigits(birth, japanese)
	if err != nil {
		return Secret{}, err
	}
	if !cardExpiry.Valid() {
		return Secret{}, fmt.Errorf("%w: no card expiry", ErrVerification)
	}
	if !validSecurityCode(securityCode) {
		return Secret{}, fmt.Errorf("%w: the security code is not four digits", ErrVerification)
	}
	return NewSecret(fmt.Sprintf("%s%04d%s", six, cardExpiry.Year, securityCode)), nil
}

// PrintedBirthDigits returns YYMMDD as it can be read from the card's face
// (C-11): YY is the era year for Japanese nationals and the last two digits of
// the Western year for others. It is also the birth-date key of the card face
// application. Errors wrap ErrVerification or ErrNoEra.
func PrintedBirthDigits(birth Date, japanese bool) (string, error) {
	if !birth.Valid() {
		return "", fmt.Errorf("%w: no birth date", ErrVerification)
	}
	year := birth.Year % 100
	if japanese {
		era, y := birth.Era()
		if era == EraUnknown || y > 99 {
			return "", ErrNoEra
		}
		year = y
	}
	return fmt.Sprintf("%02d%02d%02d", year, birth.Month, birth.Day), nil
}

// PrintedBirth returns the birth date as the card's face shows it (PRD-19,
// C-11): 平成元年1月8日 for Japanese nationals, 1989年1月8日 for others. It is
// "" for a date that is not Valid, and the Western form before the first era.
func PrintedBirth(birth Date, japanese bool) string {
	if !birth.Valid() {
		return ""
	}
	if japanese {
		if w := birth.Wareki(); w != "" {
			return w
		}
	}
	return fmt.Sprintf("%d年%d月%d日", birth.Year, birth.Month, birth.Day)
}

// DrawSecurityCode draws the four digits at the lower left of the card's face
// (セキュリティコード).
func DrawSecurityCode(r io.Reader) (string, error) { return drawDigits(r, 4) }

func validSecurityCode(s string) bool { return len(s) == 4 && allDigits(s) }
