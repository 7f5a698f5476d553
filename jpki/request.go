package jpki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"fmt"
	"math/big"
	"time"
)

// Request is what an office asks a CA to certify.
type Request struct {
	Serial              *big.Int
	PublicKey           crypto.PublicKey // of the Algorithm of the CA generation
	NotBefore, NotAfter time.Time        // NotAfter ends at 23:59:59 in Japan
	Medium              Medium
	Place               Place
	CommonName          string // see SignatureCommonName, AuthenticationCommonName
	// Personal is demanded for a signature certificate and refused for an
	// authentication certificate (CRT-03, CRT-04).
	Personal *Personal
}

// ResponderRequest asks for the certificate of an OCSP responder.
type ResponderRequest struct {
	Serial              *big.Int
	PublicKey           crypto.PublicKey
	NotBefore, NotAfter time.Time
	CommonName          string // ASCII, for instance "OCSP Responder 01"
}

// Profile is one CA generation together with the settings that it issues
// under. Make it with NewProfile; it is read-only and safe for concurrent use.
type Profile struct {
	settings  Settings
	kind      Kind
	ca        *x509.Certificate
	algorithm Algorithm
}

// NewProfile checks that ca is a CA certificate of that kind under these
// settings.
func NewProfile(s Settings, k Kind, ca *x509.Certificate) (*Profile, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if !k.Valid() {
		return nil, fmt.Errorf("jpki: %s is no kind of CA", k)
	}
	algorithm, err := checkAuthority(&s, k, ca)
	if err != nil {
		return nil, err
	}
	return &Profile{settings: s, kind: k, ca: ca, algorithm: algorithm}, nil
}

// Kind returns the kind of certificate that the profile issues.
func (p *Profile) Kind() Kind { return p.kind }

// Settings returns a copy of the settings.
func (p *Profile) Settings() Settings { return p.settings }

// Algorithm returns the algorithm of the issuing generation.
func (p *Profile) Algorithm() Algorithm { return p.algorithm }

// CA returns the certificate of the issuing generation.
func (p *Profile) CA() *x509.Certificate { return p.ca }

// checkAuthority holds a CA certificate against the profile of chapter 8.1, as
// far as its use depends on it, and returns the algorithm of the generation.
func checkAuthority(s *Settings, k Kind, ca *x509.Certificate) (Algorithm, error) {
	switch {
	case ca == nil:
		return 0, fmt.Errorf("jpki: no CA certificate")
	case !bytes.Equal(ca.RawSubject, s.AuthorityName(k)) || !bytes.Equal(ca.RawIssuer, ca.RawSubject):
		return 0, fmt.Errorf("jpki: the certificate is not of the %s CA of these settings", k)
	case !ca.BasicConstraintsValid || !ca.IsCA:
		return 0, fmt.Errorf("jpki: the certificate is not a CA certificate")
	case ca.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign:
		return 0, fmt.Errorf("jpki: the CA certificate has another key usage than keyCertSign and cRLSign")
	case len(ca.UnhandledCriticalExtensions) > 0:
		return 0, fmt.Errorf("jpki: the CA certificate holds an unknown critical extension")
	}
	algorithm, err := authorityAlgorithm(ca.PublicKey)
	if err != nil {
		return 0, fmt.Errorf("%w (of the CA)", err)
	}
	if ca.SignatureAlgorithm != algorithm.Signature() {
		return 0, fmt.Errorf("jpki: the CA certificate is not signed with the algorithm of its key, %s", algorithm)
	}
	if !bytes.Equal(ca.SubjectKeyId, KeyID(ca.PublicKey)) {
		return 0, fmt.Errorf("jpki: the subject key identifier of the CA certificate is not that of its key")
	}
	if err := ca.CheckSignature(ca.SignatureAlgorithm, ca.RawTBSCertificate, ca.Signature); err != nil {
		return 0, fmt.Errorf("jpki: the CA certificate is not signed with its own key: %w", err)
	}
	return algorithm, nil
}
