package mynumber

import (
	"fmt"
	"strings"
)

// Tries per reference (R-20, C-01). The chip lowers the counter before it
// compares.
const (
	PINTries               = 3  // user authentication, card information input, residents' register
	SignaturePasswordTries = 5  // signature password
	VerificationTries      = 10 // verification numbers A and B, each
	BirthKeyTries          = 10 // birth-date key of the card face application; unconfirmed
)

// Lengths.
const (
	PINLength                  = 4
	SignaturePasswordMinLength = 6
	SignaturePasswordMaxLength = 16
)

// PINRule names the rule that a PIN or password breaks.
type PINRule string

// The rules of R-20.
const (
	PINNotFourDigits    PINRule = "not_four_digits"
	PINAllSame          PINRule = "all_same_digit"
	PINRun              PINRule = "run_of_digits"
	PINInBirthDate      PINRule = "in_birth_date"
	PINInExpiryYear     PINRule = "in_expiry_year"
	PINInSecurityCode   PINRule = "in_security_code"
	PasswordLength      PINRule = "password_length"
	PasswordCharacters  PINRule = "password_characters"
	PasswordNeedsLetter PINRule = "password_needs_letter"
	PasswordNeedsDigit  PINRule = "password_needs_digit"
)

// PINError is the refusal of a PIN or password when it is set. It names the
// rule and never the value.
type PINError struct{ Rule PINRule }

// Error implements error.
func (e *PINError) Error() string { return fmt.Sprintf("mynumber: PIN refused: %s", e.Rule) }

// PINContext is what stands on the card, and therefore may not be its PIN. A
// field left zero is not compared: a holder's own computer may not know it.
type PINContext struct {
	Birth        Date
	CardExpiry   Date
	SecurityCode string
}

// The orders in which digits count as a run: 0 before 1 and, as on a keyboard,
// after 9.
const (
	upwards   = "01234567890"
	downwards = "09876543210"
)

// CheckPIN4 applies R-20 to a new four-digit PIN: four ASCII digits, not all
// the same, no run up or down, not four neighbouring digits of the birth date
// (YYYYMMDD, or YYMMDD with the era year), not the expiry year, not the
// security code. Equal PINs for several references are allowed (C-03). The
// error is a *PINError.
func CheckPIN4(pin string, ctx PINContext) error {
	refuse := func(r PINRule) error { return &PINError{Rule: r} }
	if len(pin) != PINLength || !allDigits(pin) {
		return refuse(PINNotFourDigits)
	}
	if strings.Count(pin, pin[:1]) == len(pin) {
		return refuse(PINAllSame)
	}
	if strings.Contains(upwards, pin) || strings.Contains(downwards, pin) {
		return refuse(PINRun)
	}
	if ctx.Birth.Valid() {
		// Both calendars, whichever is printed: the holder knows both, and so
		// does whoever guesses.
		if strings.Contains(ctx.Birth.Compact(), pin) {
			return refuse(PINInBirthDate)
		}
		if six, err := PrintedBirthDigits(ctx.Birth, true); err == nil && strings.Contains(six, pin) {
			return refuse(PINInBirthDate)
		}
	}
	if ctx.CardExpiry.Valid() && pin == ctx.CardExpiry.Compact()[:4] {
		return refuse(PINInExpiryYear)
	}
	if ctx.SecurityCode != "" && strings.Contains(ctx.SecurityCode, pin) {
		return refuse(PINInSecurityCode)
	}
	return nil
}

// CheckSignaturePassword applies R-20 to a new signature password: 6 to 16 of
// A to Z and 0 to 9, at least one of each. Small letters are refused; the
// client raises them before (NormalisePassword). The error is a *PINError.
func CheckSignaturePassword(password string) error {
	if len(password) < SignaturePasswordMinLength || len(password) > SignaturePasswordMaxLength {
		return &PINError{Rule: PasswordLength}
	}
	letter, digit := false, false
	for i := range len(password) {
		switch c := password[i]; {
		case 'A' <= c && c <= 'Z':
			letter = true
		case '0' <= c && c <= '9':
			digit = true
		default:
			return &PINError{Rule: PasswordCharacters}
		}
	}
	if !letter {
		return &PINError{Rule: PasswordNeedsLetter}
	}
	if !digit {
		return &PINError{Rule: PasswordNeedsDigit}
	}
	return nil
}

// NormalisePassword raises a to z to capitals and leaves everything else, for
// the client that asks the holder (C-02). The general upper-casing of Unicode
// is wrong here: it would turn the dotless ı of Turkish into I.
func NormalisePassword(typed string) string {
	b := []byte(typed)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}
