package ocsp

import (
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"fmt"

	"kado/jpki"

	"golang.org/x/crypto/cryptobyte"
)

// Responder signs responses with one key. What is the same in all of them is
// made once, so that a response costs little more than its signature. Safe for
// concurrent use if its key is.
type Responder struct {
	key         crypto.Signer
	certificate *x509.Certificate
	hash        crypto.Hash
	// DER: ResponderID by key, AlgorithmIdentifier, certificates.
	id, algorithm, certificates []byte
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
	r := &Responder{key: key, certificate: certificate, hash: algorithm.Hash()}
	for _, part := range []struct {
		to    *[]byte
		write func(b *cryptobyte.Builder)
	}{
		{&r.id, func(b *cryptobyte.Builder) {
			b.AddASN1(explicitTag(2), func(b *cryptobyte.Builder) { b.AddASN1OctetString(hash[:]) })
		}},
		{&r.algorithm, func(b *cryptobyte.Builder) { addAlgorithm(b, algorithm) }},
		{&r.certificates, func(b *cryptobyte.Builder) { addCertificates(b, certificate) }},
	} {
		if *part.to, err = build(part.write); err != nil {
			return nil, err
		}
	}
	return r, nil
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
	content := newBackward(256 + 192*len(t.Responses))
	content.content(r.id, &t)
	h := r.hash.New()
	h.Write(content.written())
	var digest [64]byte
	signature, err := r.key.Sign(rand.Reader, h.Sum(digest[:0]), r.hash)
	if err != nil {
		return nil, fmt.Errorf("ocsp: signing: %w", err)
	}
	const around = 64 // headers
	whole := newBackward(content.len() + len(r.algorithm) + len(signature) + len(r.certificates) + around)
	whole.response(content.written(), r.algorithm, signature, r.certificates)
	return whole.written(), nil
}
