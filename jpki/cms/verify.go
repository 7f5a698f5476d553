package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha1"   // certificate ids of RFC 2634
	_ "crypto/sha256" // digests that are read
	_ "crypto/sha512"
	"crypto/subtle"
	"crypto/x509"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// VerifyOptions relax what Verify demands.
type VerifyOptions struct {
	// AllowUnbound accepts a signature without signing-certificate-v2, which
	// plain CMS programs do not write.
	AllowUnbound bool
}

// Signed is a signature that holds.
type Signed struct {
	// Content is what was signed: a copy of the attached content, or the content
	// that the caller gave.
	Content []byte
	// Certificate is the signer's. It is not verified yet.
	Certificate *x509.Certificate
	// Certificates are all that travelled along, the signer's among them.
	Certificates []*x509.Certificate
	// SigningTime is what the signer claims; zero when not given.
	SigningTime time.Time
	// Bound reports whether the signature names its certificate by hash.
	Bound bool
}

// Verify checks a signature of one signer with attached content. The error is an
// *Error.
func Verify(der []byte, o VerifyOptions) (*Signed, error) {
	sd, err := parseOne(der)
	if err != nil {
		return nil, err
	}
	if sd.Content == nil {
		return nil, refuse(NoContent, "the signature is detached")
	}
	return sd.verifyOne(sd.Content, o)
}

// VerifyDetached checks a signature of one signer over content that lies beside
// it. The error is an *Error.
func VerifyDetached(der, content []byte, o VerifyOptions) (*Signed, error) {
	sd, err := parseOne(der)
	if err != nil {
		return nil, err
	}
	if sd.Content != nil {
		return nil, refuse(NoContent, "the signature carries its own content")
	}
	return sd.verifyOne(content, o)
}

func parseOne(der []byte) (*SignedData, error) {
	sd, err := Parse(der)
	if err != nil {
		return nil, err
	}
	if !sd.ContentType.Equal(oidData) {
		return nil, refuse(Unsupported, "signed content of type "+sd.ContentType.String())
	}
	switch len(sd.Signers) {
	case 0:
		return nil, malformed("nobody signed")
	case 1:
		return sd, nil
	}
	return nil, refuse(Unsupported, "more than one signer")
}

func (sd *SignedData) verifyOne(content []byte, o VerifyOptions) (*Signed, error) {
	s := sd.Signers[0]
	cert, err := sd.Certificate(s)
	if err != nil {
		return nil, err
	}
	if err := s.Verify(cert, s.Digest(content), o); err != nil {
		return nil, err
	}
	return &Signed{
		Content: content, Certificate: cert, Certificates: sd.Certificates,
		SigningTime: s.SigningTime, Bound: s.Bound,
	}, nil
}

// Digest returns the digest of content by the signer's hash; nil where that hash
// is not taken.
func (s *Signer) Digest(content []byte) []byte {
	if s.Hash == 0 {
		return nil
	}
	return digestOf(s.Hash, content)
}

func digestOf(hash crypto.Hash, content []byte) []byte {
	h := hash.New()
	h.Write(content)
	return h.Sum(nil)
}

// Key sizes that are read. A larger key would make verification expensive.
const (
	minKeyBits = 2048
	maxKeyBits = 8192
)

// Certificate finds the one certificate that the signer's identifier names. The
// error is an *Error.
func (sd *SignedData) Certificate(s *Signer) (*x509.Certificate, error) {
	if s.refusal != nil {
		return nil, s.refusal
	}
	var found *x509.Certificate
	for _, c := range sd.Certificates {
		if !s.Names(c) {
			continue
		}
		if found != nil && !found.Equal(c) {
			return nil, refuse(WrongSigner, "two certificates have the signer's issuer and serial number")
		}
		found = c
	}
	if found == nil {
		return nil, refuse(NoCertificate, "")
	}
	return found, nil
}

// Names reports whether the signer's identifier is that of the certificate.
func (s *Signer) Names(c *x509.Certificate) bool {
	return s.issuer != nil && bytes.Equal(c.RawIssuer, s.issuer) && c.SerialNumber.Cmp(s.serial) == 0
}

// Verify checks the signature by cert's key over content of that digest, and that
// it names cert. The error is an *Error.
func (s *Signer) Verify(cert *x509.Certificate, digest []byte, o VerifyOptions) error {
	if s.refusal != nil {
		return s.refusal
	}
	if !s.Names(cert) {
		return refuse(WrongSigner, "signer identifier")
	}
	if err := s.fits(cert.PublicKey); err != nil {
		return err
	}
	if err := s.checkBinding(cert, o); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(digest, s.messageDigest) != 1 {
		return refuse(ContentChanged, "")
	}
	set, err := build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(s.attributes) })
	})
	if err != nil {
		return err
	}
	if err := cert.CheckSignature(s.Algorithm, set, s.Value); err != nil {
		return &Error{Cause: BadSignature, Err: err}
	}
	return nil
}

// fits wants a key that is read, of the algorithm that the signature names.
func (s *Signer) fits(key crypto.PublicKey) error {
	switch k := key.(type) {
	case *rsa.PublicKey:
		switch {
		case k.N.BitLen() < minKeyBits:
			return refuse(Weak, "RSA key under 2,048 bits")
		case k.N.BitLen() > maxKeyBits:
			return refuse(Unsupported, "RSA key over 8,192 bits")
		case s.Algorithm == x509.SHA256WithRSA, s.Algorithm == x509.SHA384WithRSA, s.Algorithm == x509.SHA512WithRSA:
			return nil
		}
	case *ecdsa.PublicKey:
		if s.Algorithm == x509.ECDSAWithSHA384 && k.Curve == elliptic.P384() || s.Algorithm == x509.ECDSAWithSHA256 && k.Curve == elliptic.P256() {
			return nil
		}
	}
	return refuse(Unsupported, "the signer's key")
}

// checkBinding holds ESSCertIDv2 and ESSCertID (RFC 5035, 4 and 5) against the
// certificate. ESSCertID alone, by SHA-1, binds too weakly.
func (s *Signer) checkBinding(cert *x509.Certificate, o VerifyOptions) error {
	if s.boundV1 != nil {
		if err := checkCertID(s.boundV1, false, cert); err != nil {
			return err
		}
	}
	switch {
	case s.boundV2 != nil:
		return checkCertID(s.boundV2, true, cert)
	case s.boundV1 != nil && !o.AllowUnbound:
		return refuse(Weak, "the certificate is named by SHA-1 only")
	case !o.AllowUnbound:
		return refuse(Unbound, "the signature does not name its certificate by hash")
	}
	return nil
}

func checkCertID(id cryptobyte.String, v2 bool, cert *x509.Certificate) error {
	hash := crypto.SHA1
	if v2 {
		hash = crypto.SHA256
		if id.PeekASN1Tag(cbasn1.SEQUENCE) {
			oid, p, err := takeAlgorithm(&id)
			if err != nil {
				return err
			}
			if hash, err = digestAlgorithm(oid, p); err != nil {
				return err
			}
		}
	}
	var want cryptobyte.String
	if !id.ReadASN1(&want, cbasn1.OCTET_STRING) {
		return malformed("signing certificate")
	}
	if !bytes.Equal(digestOf(hash, cert.Raw), want) {
		return refuse(WrongSigner, "certificate hash")
	}
	if id.Empty() {
		return nil
	}
	var pair, names, name, issuer cryptobyte.String
	serial := new(big.Int)
	if !id.ReadASN1(&pair, cbasn1.SEQUENCE) || !id.Empty() || !pair.ReadASN1(&names, cbasn1.SEQUENCE) ||
		!names.ReadASN1(&name, explicitTag(4)) || !names.Empty() ||
		!name.ReadASN1Element(&issuer, cbasn1.SEQUENCE) || !name.Empty() ||
		!pair.ReadASN1Integer(serial) || !pair.Empty() {
		return malformed("signing certificate")
	}
	if !bytes.Equal(issuer, cert.RawIssuer) || serial.Cmp(cert.SerialNumber) != 0 {
		return refuse(WrongSigner, "issuer and serial number")
	}
	return nil
}

func malformed(what string) error { return refuse(Malformed, what) }
