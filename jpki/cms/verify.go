package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
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

// Verify checks a signature with attached content. The error is an *Error.
func Verify(der []byte, o VerifyOptions) (*Signed, error) {
	sd, err := parse(der)
	if err != nil {
		return nil, err
	}
	if sd.content == nil {
		return nil, refuse(NoContent, "the signature is detached")
	}
	signed, err := sd.verify(digestOf(sd.hash, sd.content), o)
	if err != nil {
		return nil, err
	}
	signed.Content = sd.content
	return signed, nil
}

// VerifyDetached checks a signature over content that lies beside it.
func VerifyDetached(der, content []byte, o VerifyOptions) (*Signed, error) {
	sd, err := parse(der)
	if err != nil {
		return nil, err
	}
	if sd.content != nil {
		return nil, refuse(NoContent, "the signature carries its own content")
	}
	signed, err := sd.verify(digestOf(sd.hash, content), o)
	if err != nil {
		return nil, err
	}
	signed.Content = content
	return signed, nil
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

func (sd *signedData) verify(digest []byte, o VerifyOptions) (*Signed, error) {
	cert, err := sd.signer()
	if err != nil {
		return nil, err
	}
	if !sd.fits(cert.PublicKey) {
		return nil, refuse(Unsupported, "the signer's key")
	}
	if sd.signingCertificate != nil {
		if err := sd.checkBinding(cert); err != nil {
			return nil, err
		}
	} else if !o.AllowUnbound {
		return nil, refuse(Unsupported, "the signature does not name its certificate by hash")
	}
	if subtle.ConstantTimeCompare(digest, sd.messageDigest) != 1 {
		return nil, refuse(ContentChanged, "")
	}
	set, err := build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(sd.attributes) })
	})
	if err != nil {
		return nil, err
	}
	if err := cert.CheckSignature(sd.algorithm, set, sd.signature); err != nil {
		return nil, &Error{Cause: BadSignature, Err: err}
	}
	return &Signed{
		Certificate: cert, Certificates: sd.certificates,
		SigningTime: sd.signingTime, Bound: sd.signingCertificate != nil,
	}, nil
}

// fits reports whether the key is one that is read, and of the algorithm that
// the signature names.
func (sd *signedData) fits(key crypto.PublicKey) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return sd.algorithm != x509.ECDSAWithSHA384 && k.N.BitLen() >= minKeyBits && k.N.BitLen() <= maxKeyBits
	case *ecdsa.PublicKey:
		return sd.algorithm == x509.ECDSAWithSHA384 && k.Curve == elliptic.P384()
	}
	return false
}

// signer finds the one certificate that the signer identifier names.
func (sd *signedData) signer() (*x509.Certificate, error) {
	var found *x509.Certificate
	for _, c := range sd.certificates {
		if !bytes.Equal(c.RawIssuer, sd.issuer) || c.SerialNumber.Cmp(sd.serial) != 0 {
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

// checkBinding holds ESSCertIDv2 (RFC 5035, 4) against the certificate.
func (sd *signedData) checkBinding(cert *x509.Certificate) error {
	id := cryptobyte.String(sd.signingCertificate)
	hash := crypto.SHA256
	if id.PeekASN1Tag(cbasn1.SEQUENCE) {
		var err error
		if hash, err = readDigestAlgorithm(&id); err != nil {
			return err
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
