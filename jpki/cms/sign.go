package cms

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"sort"
	"time"

	"kado/jpki"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Options of a signature.
type Options struct {
	// SigningTime is what the signer claims; the zero time leaves the attribute
	// out, as PAdES demands (EN 319 142-1, 6.3).
	SigningTime time.Time
	// Chain are more certificates that travel along, for instance the CA's.
	Chain []*x509.Certificate
}

// Sign signs content with the key of cert and returns SignedData that carries the
// content.
func Sign(key crypto.Signer, cert *x509.Certificate, content []byte, o Options) ([]byte, error) {
	if len(content) > MaxSize/2 {
		return nil, refuse(TooLarge, "attached content")
	}
	hash, err := Hash(cert)
	if err != nil {
		return nil, err
	}
	if content == nil {
		content = []byte{}
	}
	return sign(key, cert, digestOf(hash, content), content, o)
}

// SignDetached signs content and returns SignedData without it.
func SignDetached(key crypto.Signer, cert *x509.Certificate, content []byte, o Options) ([]byte, error) {
	hash, err := Hash(cert)
	if err != nil {
		return nil, err
	}
	return sign(key, cert, digestOf(hash, content), nil, o)
}

// Hash returns the digest that goes with the certificate's key: SHA-256 for RSA,
// SHA-384 for P-384.
func Hash(cert *x509.Certificate) (crypto.Hash, error) {
	a, err := signerAlgorithm(cert.PublicKey)
	return a.Hash(), err
}

// signerAlgorithm is the algorithm of a key that a holder can have.
func signerAlgorithm(key crypto.PublicKey) (jpki.Algorithm, error) {
	a, err := jpki.AlgorithmOf(key)
	if err != nil || !a.ForAuthority() {
		return 0, refuse(Unsupported, "the signer's key")
	}
	return a, nil
}

// SignDigest is SignDetached for a caller who has the digest of the content by
// Hash, such as that of the ranges of a PDF file.
func SignDigest(key crypto.Signer, cert *x509.Certificate, digest []byte, o Options) ([]byte, error) {
	return sign(key, cert, digest, nil, o)
}

// sign builds SignedData; content nil means detached.
func sign(key crypto.Signer, cert *x509.Certificate, digest, content []byte, o Options) ([]byte, error) {
	algorithm, err := signerAlgorithm(key.Public())
	if err != nil {
		return nil, err
	}
	if !jpki.SameKey(cert.PublicKey, key.Public()) {
		return nil, errors.New("cms: the signer does not hold the key of the certificate")
	}
	if len(digest) != algorithm.Hash().Size() {
		return nil, errors.New("cms: the digest has not the length that goes with the key")
	}
	if len(o.Chain)+1 > MaxCertificates {
		return nil, refuse(TooLarge, "certificates")
	}
	attributes, err := signedAttributes(cert, digest, o.SigningTime)
	if err != nil {
		return nil, err
	}
	// What is signed is the SET itself, not the [0] under which it travels (RFC
	// 5652, 5.4).
	set, err := build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(attributes) })
	})
	if err != nil {
		return nil, err
	}
	signature, err := key.Sign(rand.Reader, algorithm.Digest(set), algorithm.Hash())
	if err != nil {
		return nil, fmt.Errorf("cms: signing: %w", err)
	}
	return build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidSignedData)
			b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1Int64(1) // id-data and issuerAndSerialNumber
					b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { addDigestAlgorithm(b, algorithm) })
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(oidData)
						if content != nil {
							b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) { b.AddASN1OctetString(content) })
						}
					})
					b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) { addCertificates(b, cert, o.Chain) })
					b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
						b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
							b.AddASN1Int64(1)
							b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
								b.AddBytes(cert.RawIssuer)
								b.AddASN1BigInt(cert.SerialNumber)
							})
							addDigestAlgorithm(b, algorithm)
							b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) { b.AddBytes(attributes) })
							addSignatureAlgorithm(b, algorithm)
							b.AddASN1OctetString(signature)
						})
					})
				})
			})
		})
	})
}

// signedAttributes returns the content of the SET OF Attribute in DER order.
func signedAttributes(cert *x509.Certificate, digest []byte, signingTime time.Time) ([]byte, error) {
	type value func(b *cryptobyte.Builder)
	certHash := sha256.Sum256(cert.Raw)
	list := []struct {
		oid   asn1.ObjectIdentifier
		value value
	}{
		{oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidData) }},
		{oidMessageDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(digest) }},
		{oidSigningCertificateV2, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // SigningCertificateV2
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // certs
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // ESSCertIDv2
						// SHA-256 is the default and DER leaves it out.
						b.AddASN1OctetString(certHash[:])
						b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // IssuerSerial
							b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
								b.AddASN1(explicitTag(4), func(b *cryptobyte.Builder) { b.AddBytes(cert.RawIssuer) })
							})
							b.AddASN1BigInt(cert.SerialNumber)
						})
					})
				})
			})
		}},
	}
	if !signingTime.IsZero() {
		t := signingTime.UTC().Truncate(time.Second)
		if t.Year() < 1950 || t.Year() > 9999 {
			return nil, errors.New("cms: the signing time cannot be written")
		}
		list = append(list, struct {
			oid   asn1.ObjectIdentifier
			value value
		}{oidSigningTime, func(b *cryptobyte.Builder) {
			if t.Year() < 2050 { // RFC 5652, 11.3
				b.AddASN1UTCTime(t)
			} else {
				b.AddASN1GeneralizedTime(t)
			}
		}})
	}
	encoded := make([][]byte, 0, len(list))
	for _, a := range list {
		der, err := build(func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(a.oid)
				b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { a.value(b) })
			})
		})
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, der)
	}
	sort.Slice(encoded, func(i, j int) bool { return bytes.Compare(encoded[i], encoded[j]) < 0 })
	return bytes.Join(encoded, nil), nil
}

// addCertificates writes the certificates in DER order of a SET OF, each once.
func addCertificates(b *cryptobyte.Builder, cert *x509.Certificate, chain []*x509.Certificate) {
	all := [][]byte{cert.Raw}
	for _, c := range chain {
		all = append(all, c.Raw)
	}
	sort.Slice(all, func(i, j int) bool { return bytes.Compare(all[i], all[j]) < 0 })
	for i, der := range all {
		if i == 0 || !bytes.Equal(der, all[i-1]) {
			b.AddBytes(der)
		}
	}
}

func explicitTag(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }

func addAlgorithm(b *cryptobyte.Builder, oid asn1.ObjectIdentifier) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		// NULL is demanded for RSA (RFC 4055) and customary for SHA-2.
		b.AddASN1NULL()
	})
}

func addDigestAlgorithm(b *cryptobyte.Builder, a jpki.Algorithm) {
	if a == jpki.ECDSAP384SHA384 {
		addAlgorithm(b, oidSHA384)
		return
	}
	addAlgorithm(b, oidSHA256)
}

// addSignatureAlgorithm leaves the parameters out for ECDSA (RFC 5754, 3.3).
func addSignatureAlgorithm(b *cryptobyte.Builder, a jpki.Algorithm) {
	if a == jpki.ECDSAP384SHA384 {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidECDSAWithSHA384) })
		return
	}
	addAlgorithm(b, oidSHA256WithRSA)
}

func build(f func(b *cryptobyte.Builder)) ([]byte, error) {
	var b cryptobyte.Builder
	f(&b)
	out, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("cms: encoding: %w", err)
	}
	return out, nil
}
