package jpki

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Pool is the set of CA generations that a relying party trusts. Make it with
// NewPool; it is read-only and safe for concurrent use.
type Pool struct {
	settings Settings
	byName   map[string][]*authority // all generations of a CA share one name
}

type authority struct {
	kind      Kind
	cert      *x509.Certificate
	algorithm Algorithm
}

// NewPool makes a pool. Each certificate must fit the CA profile of one kind,
// and none may come twice.
func NewPool(s Settings, authorities ...*x509.Certificate) (*Pool, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	p := &Pool{settings: s, byName: map[string][]*authority{}}
	for i, ca := range authorities {
		if ca == nil {
			return nil, fmt.Errorf("jpki: CA certificate %d is missing", i+1)
		}
		kind := Signature
		if bytes.Equal(ca.RawSubject, s.AuthorityName(Authentication)) {
			kind = Authentication
		}
		algorithm, err := checkAuthority(&s, kind, ca)
		if err != nil {
			return nil, fmt.Errorf("CA certificate %d: %w", i+1, err)
		}
		for _, other := range p.byName[string(ca.RawSubject)] {
			if bytes.Equal(other.cert.SubjectKeyId, ca.SubjectKeyId) {
				return nil, fmt.Errorf("jpki: CA certificate %d has the key of an earlier one", i+1)
			}
		}
		p.byName[string(ca.RawSubject)] = append(p.byName[string(ca.RawSubject)], &authority{kind, ca, algorithm})
	}
	return p, nil
}

// Authorities returns the CA certificates of one kind in the order given.
func (p *Pool) Authorities(k Kind) []*x509.Certificate {
	var out []*x509.Certificate
	for _, a := range p.byName[string(p.settings.AuthorityName(k))] {
		out = append(out, a.cert)
	}
	return out
}

// Chain is what Verify found.
type Chain struct {
	Kind      Kind
	Medium    Medium
	Authority *x509.Certificate // the CA generation that signed
	Algorithm Algorithm         // of that generation, and so of the certificate's key
}

// Verify checks one end-entity certificate at an instant: form, CA, signature,
// algorithm, policy, usage, validity (CRT-56 without the revocation status, which comes from
// a CRL or from OCSP). The error is a *VerifyError; its cause is the first that
// applies in the order of the Cause constants.
func (p *Pool) Verify(cert *x509.Certificate, k Kind, at time.Time) (*Chain, error) {
	if cert == nil || len(cert.Raw) == 0 {
		return nil, refuse(Malformed, "no certificate")
	}
	if len(cert.Raw) > MaxCertificateSize || cert.Version != 3 || len(cert.UnhandledCriticalExtensions) > 0 ||
		checkSerial(cert.SerialNumber) != nil {
		return nil, refuse(Malformed, "version, size, serial number or critical extension")
	}
	if !Whole(cert) {
		return nil, refuse(Malformed, "octets behind the CA's signature")
	}
	if !known(cert.SignatureAlgorithm) {
		return nil, refuse(Malformed, "signed with an algorithm of no generation")
	}
	keyAlgorithm, err := AlgorithmOf(cert.PublicKey)
	if err != nil {
		return nil, &VerifyError{Cause: Malformed, Detail: "public key", Err: err}
	}
	if cert.IsCA || cert.BasicConstraintsValid || cert.KeyUsage&(x509.KeyUsageCertSign|x509.KeyUsageCRLSign) != 0 {
		return nil, refuse(IsAuthority, "")
	}
	ca, err := p.issuer(cert)
	if err != nil {
		return nil, err
	}
	if ca.kind != k {
		return nil, refuse(WrongAuthority, "issued by the "+ca.kind.String()+" CA")
	}
	// An algorithm belongs to a generation: what one signs with another's, or
	// certifies for it, is none of its doing.
	if cert.SignatureAlgorithm != ca.algorithm.Signature() {
		return nil, refuse(WrongAlgorithm, "signature; the generation signs with "+ca.algorithm.String())
	}
	if keyAlgorithm != ca.algorithm {
		return nil, refuse(WrongAlgorithm, "key for "+keyAlgorithm.String()+"; the generation certifies "+ca.algorithm.String())
	}
	if err := ca.cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil {
		return nil, &VerifyError{Cause: BadSignature, Err: err}
	}
	medium, err := p.checkPolicy(cert, k)
	if err != nil {
		return nil, err
	}
	if err := checkUsage(cert, k, p.settings.Of(k).ExtKeyUsage); err != nil {
		return nil, err
	}
	if early, late := inside(at, cert.NotBefore, cert.NotAfter); early {
		return nil, refuse(NotYetValid, "")
	} else if late {
		return nil, refuse(Expired, "")
	}
	if cert.NotAfter.After(ca.cert.NotAfter) || cert.NotBefore.Before(ca.cert.NotBefore) {
		return nil, refuse(OutlivesCA, "")
	}
	return &Chain{Kind: k, Medium: medium, Authority: ca.cert, Algorithm: ca.algorithm}, nil
}

// known reports whether a generation may sign with that algorithm.
func known(s x509.SignatureAlgorithm) bool {
	return s == RSA2048SHA256.Signature() || s == ECDSAP384SHA384.Signature()
}

// issuer picks the generation that signed cert among those of equal name: by the
// key identifier where the certificate has one, else by trying the signatures.
func (p *Pool) issuer(cert *x509.Certificate) (*authority, error) {
	generations := p.byName[string(cert.RawIssuer)]
	if len(generations) == 0 {
		return nil, refuse(WrongAuthority, "the issuer's name is not that of a CA in the pool")
	}
	if len(cert.AuthorityKeyId) > 0 {
		for _, a := range generations {
			if bytes.Equal(a.cert.SubjectKeyId, cert.AuthorityKeyId) {
				return a, nil
			}
		}
		return nil, refuse(WrongAuthority, "no generation in the pool has that key identifier")
	}
	for _, a := range generations {
		if a.cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil {
			return a, nil
		}
	}
	return nil, refuse(BadSignature, "signed by no generation in the pool")
}

// Authority returns the CA generation whose key identifier or, without one,
// whose signature the certificate carries. The signature behind a key identifier
// is not checked here.
func (p *Pool) Authority(cert *x509.Certificate) (*x509.Certificate, Kind, error) {
	a, err := p.issuer(cert)
	if err != nil {
		return nil, 0, err
	}
	return a.cert, a.kind, nil
}

// checkPolicy wants the one critical policy that tells kind and medium.
func (p *Pool) checkPolicy(cert *x509.Certificate, k Kind) (Medium, error) {
	if len(cert.PolicyIdentifiers) != 1 || !isCritical(cert, oidCertificatePolicies) {
		return 0, refuse(WrongPolicy, "not one critical policy")
	}
	m, ok := p.settings.MediumOf(k, cert.PolicyIdentifiers[0])
	if !ok {
		return 0, refuse(WrongPolicy, "not a policy of "+k.String()+" certificates")
	}
	return m, nil
}

// checkUsage wants the key usage octets of the kind, critical, and no other
// extended usage than the settings give.
func checkUsage(cert *x509.Certificate, k Kind, extended []asn1.ObjectIdentifier) error {
	want := usageAuthentication
	if k == Signature {
		want = usageSignature
	}
	usage, ok := extension(cert, oidKeyUsage)
	if !ok || !isCritical(cert, oidKeyUsage) || !bytes.Equal(usage, want) {
		return refuse(WrongUsage, "key usage")
	}
	value, present := extension(cert, oidExtKeyUsage)
	if !present {
		return nil
	}
	// OCSPSigning and the like on a holder's certificate would make it a
	// responder's.
	input := cryptobyte.String(value)
	var usages cryptobyte.String
	if !input.ReadASN1(&usages, cbasn1.SEQUENCE) || !input.Empty() || usages.Empty() {
		return refuse(Malformed, "extended key usage")
	}
	for !usages.Empty() {
		oid, ok := readOID(&usages)
		if !ok {
			return refuse(Malformed, "extended key usage")
		}
		allowed := false
		for _, e := range extended {
			allowed = allowed || e.Equal(oid)
		}
		if !allowed {
			return refuse(WrongUsage, "extended key usage "+oid.String())
		}
	}
	return nil
}

func extension(cert *x509.Certificate, oid asn1.ObjectIdentifier) ([]byte, bool) {
	for _, e := range cert.Extensions {
		if e.Id.Equal(oid) {
			return e.Value, true
		}
	}
	return nil, false
}

func isCritical(cert *x509.Certificate, oid asn1.ObjectIdentifier) bool {
	for _, e := range cert.Extensions {
		if e.Id.Equal(oid) {
			return e.Critical
		}
	}
	return false
}
