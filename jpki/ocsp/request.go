package ocsp

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"fmt"

	"kado/jpki"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Request is an OCSP request.
type Request struct {
	IDs   []CertID // 1 to MaxRequests
	Nonce []byte   // nil, or 1 to MaxNonceSize octets
	// Signature is the requestor's, nil in an unsigned request. ParseRequest
	// reads it without believing it; see RequestSignature.Check.
	Signature *RequestSignature
}

// RequestSignature is the optional signature of a request. Whether a validation
// authority demands it is not known (X); here it is the caller's choice.
type RequestSignature struct {
	Certificate *x509.Certificate // of the requestor
	algorithm   jpki.Algorithm
	signed      []byte
	value       []byte
}

// Check reports whether the requestor's certificate signed the request. Whether
// that certificate is one to trust is the caller's matter.
func (s *RequestSignature) Check() error {
	if err := checkSignature(s.Certificate, s.algorithm, s.signed, s.value); err != nil {
		return fmt.Errorf("ocsp: the signature of the request is wrong: %w", err)
	}
	return nil
}

// Marshal returns the DER of an unsigned request.
func (r *Request) Marshal() ([]byte, error) {
	tbs, err := r.marshalTBS(nil)
	if err != nil {
		return nil, err
	}
	return build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(tbs) })
	})
}

// MarshalSigned returns the DER of a request signed by requestor with
// the algorithm that goes with its key.
func (r *Request) MarshalSigned(requestor *x509.Certificate, key crypto.Signer) ([]byte, error) {
	tbs, err := r.marshalTBS(requestor.RawSubject)
	if err != nil {
		return nil, err
	}
	algorithm, signature, err := sign(key, tbs)
	if err != nil {
		return nil, err
	}
	return build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(tbs)
			b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					addAlgorithm(b, algorithm)
					b.AddASN1BitString(signature)
					addCertificates(b, requestor)
				})
			})
		})
	})
}

func (r *Request) marshalTBS(requestorName []byte) ([]byte, error) {
	if len(r.IDs) == 0 || len(r.IDs) > MaxRequests {
		return nil, fmt.Errorf("ocsp: a request names 1 to %d certificates", MaxRequests)
	}
	if r.Nonce != nil && (len(r.Nonce) < 1 || len(r.Nonce) > MaxNonceSize) {
		return nil, fmt.Errorf("ocsp: a nonce has 1 to %d octets", MaxNonceSize)
	}
	for _, id := range r.IDs {
		if err := id.check(); err != nil {
			return nil, err
		}
	}
	return build(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			if requestorName != nil {
				b.AddASN1(explicitTag(1), func(b *cryptobyte.Builder) {
					b.AddASN1(explicitTag(4), func(b *cryptobyte.Builder) { b.AddBytes(requestorName) })
				})
			}
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				for _, id := range r.IDs {
					b.AddASN1(cbasn1.SEQUENCE, id.marshal)
				}
			})
			if r.Nonce != nil {
				b.AddASN1(explicitTag(2), func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { addNonce(b, r.Nonce) })
				})
			}
		})
	})
}

// ParseRequest reads one request and nothing behind it. It refuses critical
// extensions other than the nonce; unknown others are passed over, as clients add
// preferences that bind nobody.
func ParseRequest(der []byte) (*Request, error) {
	if len(der) > MaxRequestSize {
		return nil, ErrTooLarge
	}
	input := cryptobyte.String(der)
	var outer, tbs cryptobyte.String
	if !input.ReadASN1(&outer, cbasn1.SEQUENCE) || !input.Empty() || !outer.ReadASN1Element(&tbs, cbasn1.SEQUENCE) {
		return nil, fmt.Errorf("%w: not a request", ErrMalformed)
	}
	r := &Request{}
	if !outer.Empty() {
		var err error
		if r.Signature, err = readRequestSignature(&outer, tbs); err != nil {
			return nil, err
		}
	}
	return r, r.readTBS(tbs)
}

func readRequestSignature(s *cryptobyte.String, tbs []byte) (*RequestSignature, error) {
	malformed := fmt.Errorf("%w: signature of the request", ErrMalformed)
	var wrapped, seq cryptobyte.String
	if !s.ReadASN1(&wrapped, explicitTag(0)) || !s.Empty() || !wrapped.ReadASN1(&seq, cbasn1.SEQUENCE) || !wrapped.Empty() {
		return nil, malformed
	}
	algorithm, err := readAlgorithm(&seq)
	if err != nil {
		return nil, err
	}
	out := &RequestSignature{algorithm: algorithm, signed: tbs}
	if !readOctetBits(&seq, &out.value) {
		return nil, malformed
	}
	certs, err := readCertificates(&seq)
	if err != nil {
		return nil, err
	}
	if len(certs) == 0 || !seq.Empty() {
		return nil, malformed
	}
	out.Certificate = certs[0]
	return out, nil
}

var errRequest = fmt.Errorf("%w: request", ErrMalformed)

func (r *Request) readTBS(element cryptobyte.String) error {
	malformed := errRequest
	var tbs, list cryptobyte.String
	if !element.ReadASN1(&tbs, cbasn1.SEQUENCE) {
		return malformed
	}
	// Version 1 is the default and DER leaves it out; there is no other.
	if tbs.PeekASN1Tag(explicitTag(0)) {
		return fmt.Errorf("%w: request version", ErrUnsupported)
	}
	if tbs.PeekASN1Tag(explicitTag(1)) {
		var name cryptobyte.String
		if !tbs.ReadASN1(&name, explicitTag(1)) || name.Empty() {
			return malformed
		}
	}
	if !tbs.ReadASN1(&list, cbasn1.SEQUENCE) || list.Empty() {
		return malformed
	}
	for !list.Empty() {
		if len(r.IDs) == MaxRequests {
			return fmt.Errorf("%w: more than %d certificates in one request", ErrTooLarge, MaxRequests)
		}
		var single cryptobyte.String
		if !list.ReadASN1(&single, cbasn1.SEQUENCE) {
			return malformed
		}
		id, err := readCertID(&single)
		if err != nil {
			return err
		}
		if !single.Empty() {
			var extensions cryptobyte.String
			if !single.ReadASN1(&extensions, explicitTag(0)) || !single.Empty() {
				return malformed
			}
			if err := readExtensions(&extensions, refuseCritical); err != nil {
				return err
			}
		}
		r.IDs = append(r.IDs, id)
	}
	var err error
	r.Nonce, err = readLastExtensions(tbs, 2, malformed)
	return err
}

func refuseCritical(oid asn1.ObjectIdentifier, critical bool, _ []byte) error {
	if critical {
		return fmt.Errorf("%w: critical extension %s", ErrUnsupported, oid)
	}
	return nil
}

func build(f func(b *cryptobyte.Builder)) ([]byte, error) {
	var b cryptobyte.Builder
	f(&b)
	return b.Bytes()
}

// readOctetBits reads a BIT STRING of whole octets.
func readOctetBits(s *cryptobyte.String, out *[]byte) bool {
	var bits cryptobyte.String
	if !s.ReadASN1(&bits, cbasn1.BIT_STRING) || len(bits) < 2 || bits[0] != 0 {
		return false
	}
	*out = bits[1:]
	return true
}

func addCertificates(b *cryptobyte.Builder, certs ...*x509.Certificate) {
	b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, c := range certs {
				b.AddBytes(c.Raw)
			}
		})
	})
}

// maxCertificates caps what a request or response may carry along.
const maxCertificates = 4

// readCertificates reads the optional [0] certificates.
func readCertificates(s *cryptobyte.String) ([]*x509.Certificate, error) {
	if s.Empty() {
		return nil, nil
	}
	var wrapped, list cryptobyte.String
	if !s.ReadASN1(&wrapped, explicitTag(0)) || !wrapped.ReadASN1(&list, cbasn1.SEQUENCE) || !wrapped.Empty() {
		return nil, fmt.Errorf("%w: certificates", ErrMalformed)
	}
	var out []*x509.Certificate
	for !list.Empty() {
		var der cryptobyte.String
		if len(out) == maxCertificates || !list.ReadASN1Element(&der, cbasn1.SEQUENCE) {
			return nil, fmt.Errorf("%w: certificates", ErrMalformed)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%w: certificate: %v", ErrMalformed, err)
		}
		out = append(out, cert)
	}
	return out, nil
}
