package cms

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
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
	// WithoutCertificates leaves the signer's certificate and the chain out, for
	// readers who have them.
	WithoutCertificates bool
	// TSA gets a time-stamp token (RFC 3161, DER) over the SHA-256 digest of the
	// signature value, which makes the signature B-T; nil leaves it at B-B.
	TSA func(ctx context.Context, digest []byte) ([]byte, error)
	// Revocation gets the DER of lists and OCSP answers to travel along, which
	// makes the signature B-LT. It is called behind TSA, because only data made
	// after the time-stamp prove that the certificate was in force then.
	Revocation func(ctx context.Context) (crls, ocsp [][]byte, err error)
	// Context ends the questions of TSA and Revocation; nil means no end.
	Context context.Context
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
	return sign(key, cert, oidData, digestOf(hash, content), content, o)
}

// SignDetached signs content and returns SignedData without it.
func SignDetached(key crypto.Signer, cert *x509.Certificate, content []byte, o Options) ([]byte, error) {
	hash, err := Hash(cert)
	if err != nil {
		return nil, err
	}
	return sign(key, cert, oidData, digestOf(hash, content), nil, o)
}

// Hash returns the digest that goes with the certificate's key: SHA-256 for RSA,
// SHA-384 for P-384.
func Hash(cert *x509.Certificate) (crypto.Hash, error) {
	a, err := holderAlgorithm(cert.PublicKey)
	return a.Hash(), err
}

// holderAlgorithm is the algorithm of a key that a holder can have.
func holderAlgorithm(key crypto.PublicKey) (jpki.Algorithm, error) {
	a, err := jpki.AlgorithmOf(key)
	if err != nil || !a.ForAuthority() {
		return 0, refuse(Unsupported, "the signer's key")
	}
	return a, nil
}

// SignDigest is SignDetached for a caller who has the digest of the content by
// Hash, such as that of the ranges of a PDF file.
func SignDigest(key crypto.Signer, cert *x509.Certificate, digest []byte, o Options) ([]byte, error) {
	if _, err := holderAlgorithm(key.Public()); err != nil {
		return nil, err
	}
	return sign(key, cert, oidData, digest, nil, o)
}

// SignContent signs attached content of another type than data, such as the
// TSTInfo of a time-stamp (RFC 3161, 2.4.2). Besides the keys of holders it takes
// P-256 with SHA-256.
func SignContent(key crypto.Signer, cert *x509.Certificate, contentType asn1.ObjectIdentifier, content []byte, o Options) ([]byte, error) {
	a, err := jpki.AlgorithmOf(key.Public())
	if err != nil {
		return nil, refuse(Unsupported, "the signer's key")
	}
	return sign(key, cert, contentType, a.Digest(content), content, o)
}

// sign builds SignedData; content nil means detached.
func sign(key crypto.Signer, cert *x509.Certificate, contentType asn1.ObjectIdentifier, digest, content []byte, o Options) ([]byte, error) {
	algorithm, err := jpki.AlgorithmOf(key.Public())
	if err != nil {
		return nil, refuse(Unsupported, "the signer's key")
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
	attributes, err := signedAttributes(cert, contentType, digest, o.SigningTime)
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
	proof, err := prove(signature, o)
	if err != nil {
		return nil, err
	}
	return build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidSignedData)
			b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1Int64(version(contentType, proof))
					b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { addDigestAlgorithm(b, algorithm) })
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(contentType)
						if content != nil {
							b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) { b.AddASN1OctetString(content) })
						}
					})
					if !o.WithoutCertificates {
						b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) { addCertificates(b, cert, o.Chain) })
					}
					addRevocation(b, proof)
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
							addTimeStamp(b, proof.token)
						})
					})
				})
			})
		})
	})
}

// proof is what outlives the certificate.
type proof struct {
	token      []byte
	crls, ocsp [][]byte
}

// prove asks for time-stamp and revocation data, in that order.
func prove(signature []byte, o Options) (proof, error) {
	var p proof
	ctx := o.Context
	if ctx == nil {
		ctx = context.Background()
	}
	if o.TSA != nil {
		sum := sha256.Sum256(signature)
		token, err := o.TSA(ctx, sum[:])
		if err != nil {
			return p, &Error{Cause: NoStamp, Detail: "the authority did not answer", Err: err}
		}
		if sd, err := Parse(token); err != nil || len(sd.Signers) != 1 || sd.Content == nil {
			return p, &Error{Cause: NoStamp, Detail: "not a token", Err: err}
		}
		p.token = token
	}
	if o.Revocation != nil {
		var err error
		if p.crls, p.ocsp, err = o.Revocation(ctx); err != nil {
			return p, fmt.Errorf("cms: revocation data: %w", err)
		}
		if len(p.crls)+len(p.ocsp) > MaxRevocationData {
			return p, refuse(TooLarge, "revocation data")
		}
	}
	return p, nil
}

// version is that of RFC 5652, 5.1.
func version(contentType asn1.ObjectIdentifier, p proof) int64 {
	switch {
	case len(p.ocsp) > 0:
		return 5
	case !contentType.Equal(oidData):
		return 3
	}
	return 1
}

// addRevocation writes RevocationInfoChoices in DER order of a SET OF: lists,
// whose tag is the lower one, and OCSP answers (RFC 5940, 2.1).
func addRevocation(b *cryptobyte.Builder, p proof) {
	if len(p.crls)+len(p.ocsp) == 0 {
		return
	}
	b.AddASN1(explicitTag(1), func(b *cryptobyte.Builder) {
		for _, list := range inOrder(p.crls) {
			b.AddBytes(list)
		}
		for _, response := range inOrder(p.ocsp) {
			b.AddASN1(explicitTag(1), func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidOCSPResponse)
				b.AddBytes(response)
			})
		}
	})
}

// inOrder returns the elements by their octets, each once.
func inOrder(list [][]byte) [][]byte {
	out := slices.Clone(list)
	slices.SortFunc(out, bytes.Compare)
	return slices.CompactFunc(out, bytes.Equal)
}

func addTimeStamp(b *cryptobyte.Builder, token []byte) {
	if token == nil {
		return
	}
	b.AddASN1(explicitTag(1), func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidSignatureTimeStamp)
			b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(token) })
		})
	})
}

// signedAttributes returns the content of the SET OF Attribute in DER order.
func signedAttributes(cert *x509.Certificate, contentType asn1.ObjectIdentifier, digest []byte, signingTime time.Time) ([]byte, error) {
	type value func(b *cryptobyte.Builder)
	certHash := sha256.Sum256(cert.Raw)
	list := []struct {
		oid   asn1.ObjectIdentifier
		value value
	}{
		{oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(contentType) }},
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
	slices.SortFunc(encoded, bytes.Compare)
	return bytes.Join(encoded, nil), nil
}

// addCertificates writes the certificates in DER order of a SET OF, each once.
func addCertificates(b *cryptobyte.Builder, cert *x509.Certificate, chain []*x509.Certificate) {
	all := [][]byte{cert.Raw}
	for _, c := range chain {
		all = append(all, c.Raw)
	}
	for _, der := range inOrder(all) {
		b.AddBytes(der)
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
	switch a {
	case jpki.ECDSAP384SHA384:
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidECDSAWithSHA384) })
	case jpki.ECDSAP256SHA256:
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidECDSAWithSHA256) })
	default:
		addAlgorithm(b, oidSHA256WithRSA)
	}
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
