package jpki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kado/jpki/lint"
	"kado/mynumber"
)

// Limits of keys and serial numbers (施行規則 2条; RFC 5280, 4.1.2.2).
const (
	MinKeyBits    = 2048
	MaxKeyBits    = 4096
	KeyExponent   = 65537
	MaxSerialSize = 20 // octets
)

// AuthorityRequest describes one generation of a CA.
type AuthorityRequest struct {
	Kind      Kind
	Serial    *big.Int
	NotBefore time.Time // whole seconds
	// NotAfter is the last moment; AuthorityNotAfter(NotBefore) when zero.
	NotAfter time.Time
}

// AuthorityNotAfter returns the end of a CA generation that starts at t: ten
// years, to 23:59:59 in Japan of the day before (8.1 grade A; R-16).
func AuthorityNotAfter(t time.Time) time.Time {
	d := mynumber.DateOf(t)
	return mynumber.DateOf(time.Date(d.Year+10, d.Month, d.Day, 0, 0, 0, 0, mynumber.JST)).AddDays(-1).EndOfDay()
}

// NewCACertificate makes the self-signed certificate of a CA generation after
// the profile of chapter 8.1. The key says which algorithm the generation has:
// RSA of 2048 to 4096 bits with exponent 65537, or P-384.
func NewCACertificate(s Settings, r AuthorityRequest, key crypto.Signer) (*x509.Certificate, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if !r.Kind.Valid() {
		return nil, fmt.Errorf("jpki: %s is no kind of CA", r.Kind)
	}
	public := key.Public()
	algorithm, err := authorityAlgorithm(public)
	if err != nil {
		return nil, err
	}
	if r.NotAfter.IsZero() {
		r.NotAfter = AuthorityNotAfter(r.NotBefore)
	}
	if err := checkSerial(r.Serial); err != nil {
		return nil, err
	}
	if err := checkValidity(r.NotBefore, r.NotAfter); err != nil {
		return nil, err
	}
	name := s.AuthorityName(r.Kind)
	cert, err := sign(certificateContent{
		serial: r.Serial, notBefore: r.NotBefore, notAfter: r.NotAfter, subject: name, key: public,
		extensions: []pkix.Extension{
			keyUsageExtension(usageAuthority),
			directoryAltName(oidSubjectAltName, s.authorityAltName(r.Kind)),
			authorityConstraintsExtension(),
			distributionPointExtension(name),
			subjectKeyIDExtension(public),
		},
	}, name, key)
	if err != nil {
		return nil, err
	}
	// A CA certificate is made a few times in ten years, in a ceremony; the lint
	// comes after the signature, and a broken one is thrown away there.
	if err := lint.Run(cert.Raw, lint.Expectation{Shape: lint.AuthorityShape, Algorithm: lintAlgorithms[algorithm]}); err != nil {
		return nil, err
	}
	return cert, nil
}

func checkSerial(n *big.Int) error {
	if n == nil || n.Sign() <= 0 || len(integerContent(n)) > MaxSerialSize {
		return fmt.Errorf("jpki: a serial number must be positive and fit in %d octets", MaxSerialSize)
	}
	return nil
}

// checkValidity wants whole seconds, an end at 23:59:59 in Japan, and a year of
// four digits. From 2050 on a time is a GeneralizedTime (RFC 5280, 4.1.2.5).
func checkValidity(notBefore, notAfter time.Time) error {
	if notBefore.Nanosecond() != 0 || notAfter.Nanosecond() != 0 {
		return fmt.Errorf("jpki: the validity must be in whole seconds")
	}
	if !notBefore.Before(notAfter) {
		return fmt.Errorf("jpki: the validity ends before it begins")
	}
	if !mynumber.DateOf(notAfter).EndOfDay().Equal(notAfter) {
		return fmt.Errorf("jpki: the validity must end at 23:59:59 Japan time")
	}
	if notBefore.UTC().Year() < 1950 || notAfter.UTC().Year() > 9999 {
		return fmt.Errorf("jpki: the validity must lie between 1950 and 9999")
	}
	return nil
}

// MaxCertificateSize is the largest certificate that is read, in octets. The
// largest that the profile allows (name and address full) is below 3 KiB.
const MaxCertificateSize = 8 << 10

// ParseCertificate reads one DER certificate and nothing behind it. The error
// is a *VerifyError with cause Malformed.
func ParseCertificate(der []byte) (*x509.Certificate, error) {
	if len(der) > MaxCertificateSize {
		return nil, &VerifyError{Cause: Malformed, Detail: "larger than any certificate of the profile"}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, &VerifyError{Cause: Malformed, Detail: "not a certificate", Err: err}
	}
	if !bytes.Equal(cert.Raw, der) {
		return nil, &VerifyError{Cause: Malformed, Detail: "octets behind the certificate"}
	}
	if !Whole(cert) {
		return nil, &VerifyError{Cause: Malformed, Detail: "octets behind the CA's signature"}
	}
	return cert, nil
}

// Whole reports whether a certificate is its three parts (RFC 5280, 4.1) and
// nothing behind them. crypto/x509 passes over octets between the CA's signature
// and the end, which nobody signed.
func Whole(c *x509.Certificate) bool {
	in := cryptobyte.String(c.Raw)
	var parts cryptobyte.String
	return in.ReadASN1(&parts, cbasn1.SEQUENCE) && in.Empty() &&
		parts.SkipASN1(cbasn1.SEQUENCE) && parts.SkipASN1(cbasn1.SEQUENCE) && parts.SkipASN1(cbasn1.BIT_STRING) && parts.Empty()
}
