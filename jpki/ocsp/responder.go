package ocsp

import (
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"fmt"

	"kado/jpki"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Responder signs responses with one key. What is the same in all of them is
// made once, so that a response costs little more than its signature. Safe for
// concurrent use if its key is.
type Responder struct {
	key         crypto.Signer
	algorithm   jpki.Algorithm
	certificate *x509.Certificate
	id          []byte // ResponderID by key
}

// NewResponder returns the responder whose certificate and key these are. It is
// named by its key in responses, and its certificate travels along.
func NewResponder(certificate *x509.Certificate, key crypto.Signer) (*Responder, error) {
	if certificate == nil || !jpki.SameKey(certificate.PublicKey, key.Public()) {
		return nil, fmt.Errorf("ocsp: the signer does not hold the key of the responder certificate")
	}
	algorithm, err := jpki.AlgorithmOf(certificate.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("%w: the responder's key: %w", ErrUnsupported, err)
	}
	bits, err := keyBits(certificate)
	if err != nil {
		return nil, err
	}
	hash := sha1.Sum(bits)
	id, err := build(func(b *cryptobyte.Builder) {
		b.AddASN1(explicitTag(2), func(b *cryptobyte.Builder) { b.AddASN1OctetString(hash[:]) })
	})
	if err != nil {
		return nil, err
	}
	return &Responder{key: key, algorithm: algorithm, certificate: certificate, id: id}, nil
}

// Certificate returns the responder's certificate.
func (r *Responder) Certificate() *x509.Certificate { return r.certificate }

// CreateResponse is Responder.Create for one response.
func CreateResponse(t Template, responder *x509.Certificate, key crypto.Signer) ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	r, err := NewResponder(responder, key)
	if err != nil {
		return nil, err
	}
	return r.Create(t)
}

// Create signs a response with the algorithm that goes with the key. Without a
// nonce the result can be handed out to everybody until NextUpdate.
func (r *Responder) Create(t Template) ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	tbs, err := build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(r.id)
			b.AddASN1GeneralizedTime(t.ProducedAt.UTC())
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				for i := range t.Responses {
					t.Responses[i].marshal(b)
				}
			})
			if t.Nonce != nil {
				b.AddASN1(explicitTag(1), func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { addNonce(b, t.Nonce) })
				})
			}
		})
	})
	if err != nil {
		return nil, fmt.Errorf("ocsp: %w", err)
	}
	signature, err := r.key.Sign(rand.Reader, r.algorithm.Digest(tbs), r.algorithm.Hash())
	if err != nil {
		return nil, fmt.Errorf("ocsp: signing: %w", err)
	}
	return build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Enum(int64(Successful))
			b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(oidBasicResponse)
					b.AddASN1(cbasn1.OCTET_STRING, func(b *cryptobyte.Builder) {
						b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
							b.AddBytes(tbs)
							addAlgorithm(b, r.algorithm)
							b.AddASN1BitString(signature)
							addCertificates(b, r.certificate)
						})
					})
				})
			})
		})
	})
}
