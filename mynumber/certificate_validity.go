package mynumber

import "errors"

// Refusals of the certificate functions.
var (
	// ErrUnder15 refuses a signature certificate before the 15th birthday.
	ErrUnder15 = errors.New("mynumber: no signature certificate under 15")
	// ErrPinless refuses a signature certificate on a PIN-less card.
	ErrPinless = errors.New("mynumber: no signature certificate on a PIN-less card")
	// ErrCarrierOver means that the card, the authentication certificate or
	// the CA has ended before the day of issue.
	ErrCarrierOver = errors.New("mynumber: what the certificate depends on has ended before the day of issue")
)

// SignatureCertificateAge is the age from which a signature certificate may be
// asked for (R-13, C-13).
const SignatureCertificateAge = 15

// CertificateBirthdays is how many birthdays a certificate lasts.
const CertificateBirthdays = 5

// CertificateValidityInput is what the end of a certificate depends on.
type CertificateValidityInput struct {
	Asked      Date // day the certificate was asked for
	Issued     Date // day of issue; birthdays count after it
	Birth      Date
	CardExpiry Date // last day of the card that will hold it
	CAEnd      Date // last day of the issuing CA generation

	// Renews is the last day of the certificate that this one renews; zero if
	// none. Asked for when less than three months of it are left, the new one
	// counts to the sixth birthday.
	Renews Date
}

// AuthenticationCertificateExpiry returns the last day of a user
// authentication certificate: the fifth birthday after issue, the sixth on a
// renewal near the end, and never beyond card or CA. Errors wrap
// ErrDates or ErrCarrierOver.
func AuthenticationCertificateExpiry(in CertificateValidityInput) (Date, error) {
	if !in.Asked.Valid() || !in.Issued.Valid() || !in.Birth.Valid() ||
		!in.CardExpiry.Valid() || !in.CAEnd.Valid() ||
		in.Issued.Before(in.Asked) || in.Asked.Before(in.Birth) ||
		!in.Renews.IsZero() && !in.Renews.Valid() {
		return Date{}, ErrDates
	}
	n := CertificateBirthdays
	if !in.Renews.IsZero() && LessThanThreeMonthsLeft(in.Renews, in.Asked) {
		n++
	}
	carrier := earlier(in.CardExpiry, in.CAEnd)
	if carrier.Before(in.Issued) {
		return Date{}, ErrCarrierOver
	}
	return earlier(NthBirthdayAfter(in.Birth, in.Issued, n), carrier), nil
}

// SignatureCertificateExpiry returns the last day of a signature certificate:
// as for the authentication certificate, and never beyond the one on the same
// card. authentication is that certificate's last day, zero if the card
// has none. Errors wrap ErrUnder15 (age on the day of issue), ErrPinless,
// ErrDates or ErrCarrierOver.
func SignatureCertificateExpiry(in CertificateValidityInput, authentication Date, pinless bool) (Date, error) {
	last, err := AuthenticationCertificateExpiry(in)
	switch {
	case err != nil:
		return Date{}, err
	case pinless:
		return Date{}, ErrPinless
	case !MaySignatureCertificate(in.Birth, in.Issued, pinless):
		return Date{}, ErrUnder15
	case authentication.IsZero():
		return last, nil
	case !authentication.Valid():
		return Date{}, ErrDates
	case authentication.Before(in.Issued):
		return Date{}, ErrCarrierOver
	}
	return earlier(last, authentication), nil
}

// MaySignatureCertificate reports whether a person may have a signature
// certificate on a day: from the 15th birthday, and never on a PIN-less card
// (R-13, C-13, CRT-09).
func MaySignatureCertificate(birth, on Date, pinless bool) bool {
	return !pinless && AgeOn(birth, on) >= SignatureCertificateAge
}
