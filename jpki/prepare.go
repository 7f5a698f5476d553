package jpki

import (
	"crypto"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"
	"unicode/utf8"

	"kado/jpki/lint"
)

// Prepare builds the content of an end-entity certificate and checks everything
// about the request that the profile rules: key, serial, validity (whole
// seconds, 23:59:59 in Japan, inside the CA's: R-16), names, personal data. It
// signs nothing. The result goes through Lint and then, once, through Issue.
func Prepare(r Request, p *Profile) (*Prepared, error) {
	if err := p.checkCommon(r.PublicKey, r.Serial, r.NotBefore, r.NotAfter); err != nil {
		return nil, err
	}
	if a, err := AlgorithmOf(r.PublicKey); err != nil || a != p.algorithm {
		return nil, fmt.Errorf("jpki: this generation certifies keys for %s alone", p.algorithm)
	}
	public, s := r.PublicKey, &p.settings
	if r.Medium > Phone {
		return nil, fmt.Errorf("jpki: %s is no medium", r.Medium)
	}
	policy := s.Policy(p.kind, r.Medium)
	if len(policy) == 0 {
		return nil, fmt.Errorf("jpki: the settings have no %s policy for the %s", p.kind, r.Medium)
	}
	if err := r.Place.Check(); err != nil {
		return nil, err
	}
	if err := s.CommonName.check(p.kind, r.CommonName, r.Place.Code); err != nil {
		return nil, err
	}

	var extensions []pkix.Extension
	if p.kind == Signature {
		if r.Personal == nil {
			return nil, fmt.Errorf("jpki: a signature certificate needs the holder's personal data")
		}
		if err := r.Personal.Check(); err != nil {
			return nil, err
		}
		extensions = append(extensions, keyUsageExtension(usageSignature), personalExtension(r.Personal))
	} else {
		if r.Personal != nil {
			return nil, fmt.Errorf("jpki: an authentication certificate holds no personal data")
		}
		extensions = append(extensions, keyUsageExtension(usageAuthentication))
	}
	ks := s.Of(p.kind)
	extensions = append(extensions, policiesExtension(policy, s.CPS))
	if len(ks.ExtKeyUsage) > 0 {
		extensions = append(extensions, extKeyUsageExtension(ks.ExtKeyUsage...))
	}
	extensions = append(extensions,
		directoryAltName(oidIssuerAltName, s.issuerAltName()),
		distributionPointExtension(s.DistributionPointName(p.kind, r.Place)))
	if ks.OCSPURL != "" {
		extensions = append(extensions, ocspAccessExtension(ks.OCSPURL))
	}
	if s.AuthorityKeyID != WithoutAuthorityKeyID {
		extensions = append(extensions, authorityKeyIDExtension(s.AuthorityKeyID, p.ca))
	}
	extensions = append(extensions, subjectKeyIDExtension(public))

	shape := lint.SignatureShape
	if p.kind == Authentication {
		shape = lint.AuthenticationShape
	}
	return &Prepared{profile: p, shape: shape, policy: policy.String(), content: certificateContent{
		serial: new(big.Int).Set(r.Serial), notBefore: r.NotBefore, notAfter: r.NotAfter,
		subject: subjectName(p.kind, r.Place, r.CommonName), key: public, extensions: extensions,
	}}, nil
}

// PrepareResponder does the same for a delegated OCSP responder (RFC 6960,
// 4.2.2.2): id-kp-OCSPSigning, ocsp-nocheck, no personal data, no policy. The
// real profile is unknown (X); this one is ours. A responder's key may be of any
// Algorithm, whatever its CA's: it lives a year, and speed counts.
func PrepareResponder(r ResponderRequest, p *Profile) (*Prepared, error) {
	if err := p.checkCommon(r.PublicKey, r.Serial, r.NotBefore, r.NotAfter); err != nil {
		return nil, err
	}
	public := r.PublicKey
	if r.CommonName == "" || utf8.RuneCountInString(r.CommonName) > 64 ||
		!all(r.CommonName, func(c byte) bool { return c >= ' ' && c <= '~' }) {
		return nil, fmt.Errorf("jpki: the responder's common name must be 1 to 64 ASCII characters")
	}
	extensions := []pkix.Extension{
		keyUsageExtension(usageAuthentication),
		extKeyUsageExtension(oidOCSPSigning),
		ocspNoCheckExtension(),
	}
	if p.settings.AuthorityKeyID != WithoutAuthorityKeyID {
		extensions = append(extensions, authorityKeyIDExtension(p.settings.AuthorityKeyID, p.ca))
	}
	extensions = append(extensions, subjectKeyIDExtension(public))
	return &Prepared{profile: p, shape: lint.ResponderShape, content: certificateContent{
		serial: new(big.Int).Set(r.Serial), notBefore: r.NotBefore, notAfter: r.NotAfter,
		subject: p.settings.responderName(p.kind, r.CommonName), key: public, extensions: extensions,
	}}, nil
}

func (p *Profile) checkCommon(key crypto.PublicKey, serial *big.Int, notBefore, notAfter time.Time) error {
	if _, err := AlgorithmOf(key); err != nil {
		return err
	}
	if SameKey(key, p.ca.PublicKey) {
		return fmt.Errorf("jpki: the key is the CA's own")
	}
	if err := checkSerial(serial); err != nil {
		return err
	}
	if err := checkValidity(notBefore, notAfter); err != nil {
		return err
	}
	if notBefore.Before(p.ca.NotBefore) || notAfter.After(p.ca.NotAfter) {
		return fmt.Errorf("jpki: the validity reaches outside that of the CA certificate")
	}
	return nil
}
