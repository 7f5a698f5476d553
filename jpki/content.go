package jpki

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// certificateContent is everything of a certificate but its issuer and signature.
type certificateContent struct {
	serial              *big.Int
	notBefore, notAfter time.Time
	subject             []byte
	key                 crypto.PublicKey
	extensions          []pkix.Extension
}

// encode returns the TBSCertificate of RFC 5280, 4.1, with the extensions in the
// order in which they stand. It is written here and not by crypto/x509 because a
// certificate is encoded twice, once to be linted and once to be signed, and
// signing there costs a signature each time.
func (c certificateContent) encode(algorithm Algorithm, issuer []byte) ([]byte, error) {
	id := algorithmIdentifiers[algorithm]
	if id == nil {
		return nil, fmt.Errorf("jpki: %s is not for a CA", algorithm)
	}
	spki, err := x509.MarshalPKIXPublicKey(c.key)
	if err != nil {
		return nil, fmt.Errorf("jpki: encoding the public key: %w", err)
	}
	serial := integerContent(c.serial)
	var validity [2 * 17]byte
	times := appendTime(appendTime(validity[:0], c.notBefore), c.notAfter)
	var b cryptobyte.Builder
	b.AddASN1(sequenceTag, func(b *cryptobyte.Builder) {
		b.AddBytes([]byte{0xa0, 3, 2, 1, 2}) // version 3
		b.AddASN1(cbasn1.INTEGER, func(b *cryptobyte.Builder) { b.AddBytes(serial) })
		b.AddBytes(id)
		b.AddBytes(issuer)
		b.AddASN1(sequenceTag, func(b *cryptobyte.Builder) { b.AddBytes(times) })
		b.AddBytes(c.subject)
		b.AddBytes(spki)
		b.AddASN1(explicitTag(3), func(b *cryptobyte.Builder) {
			b.AddASN1(sequenceTag, func(b *cryptobyte.Builder) {
				for i := range c.extensions {
					addExtension(b, &c.extensions[i])
				}
			})
		})
	})
	out, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("jpki: encoding the certificate: %w", err)
	}
	return out, nil
}

func addExtension(b *cryptobyte.Builder, x *pkix.Extension) {
	b.AddASN1(sequenceTag, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(x.Id)
		if x.Critical {
			b.AddBytes([]byte{0x01, 1, 0xff})
		}
		b.AddASN1(cbasn1.OCTET_STRING, func(b *cryptobyte.Builder) { b.AddBytes(x.Value) })
	})
}

// algorithmIdentifiers are those of CA generations (RFC 4055, 5; RFC 5758, 3.2).
var algorithmIdentifiers = map[Algorithm][]byte{
	RSA2048SHA256:   {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00},
	ECDSAP384SHA384: {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03},
}

// join puts a TBSCertificate and a signature together.
func join(tbs []byte, algorithm Algorithm, signature []byte) []byte {
	id := algorithmIdentifiers[algorithm]
	var header [8]byte
	bits := appendHeader(header[:0], byte(asn1.TagBitString), len(signature)+1)
	size := len(tbs) + len(id) + len(bits) + 1 + len(signature)
	out := appendHeader(make([]byte, 0, size+5), byte(sequenceTag), size)
	out = append(append(append(out, tbs...), id...), bits...)
	return append(append(out, 0), signature...)
}

// signature signs a TBSCertificate and verifies what came back, so that a signer
// that failed without saying so is found.
func signature(tbs []byte, algorithm Algorithm, key crypto.Signer) ([]byte, error) {
	digest := algorithm.Digest(tbs)
	s, err := key.Sign(rand.Reader, digest, algorithm.Hash())
	if err != nil {
		return nil, fmt.Errorf("jpki: signing the certificate: %w", err)
	}
	if err := VerifyDigest(key.Public(), digest, s); err != nil {
		return nil, fmt.Errorf("jpki: verifying the new signature: %w", err)
	}
	return s, nil
}

// sign makes a certificate. The algorithm is that of the signing key.
func sign(c certificateContent, issuer []byte, key crypto.Signer) (*x509.Certificate, error) {
	algorithm, err := authorityAlgorithm(key.Public())
	if err != nil {
		return nil, err
	}
	tbs, err := c.encode(algorithm, issuer)
	if err != nil {
		return nil, err
	}
	s, err := signature(tbs, algorithm, key)
	if err != nil {
		return nil, err
	}
	return ParseCertificate(join(tbs, algorithm, s))
}
