package tsa

import (
	"crypto/rand"
	"encoding/asn1"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Request is a TimeStampReq (RFC 3161, 2.4.1).
type Request struct {
	Imprint Imprint
	// Policy is the one wanted; nil leaves it to the authority.
	Policy asn1.ObjectIdentifier
	// Nonce has to come back, so that no older answer can be passed off; nil
	// leaves it out.
	Nonce *big.Int
	// CertReq asks that the authority's certificate travel along.
	CertReq bool
}

// NewRequest makes a request with a nonce of 64 random bits that asks for the
// certificate.
func NewRequest(m Imprint) (*Request, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, fmt.Errorf("tsa: nonce: %w", err)
	}
	return &Request{Imprint: m, Nonce: nonce, CertReq: true}, nil
}

// Marshal returns the DER.
func (r *Request) Marshal() ([]byte, error) {
	if err := r.Imprint.check(); err != nil {
		return nil, err
	}
	if r.Nonce != nil && (r.Nonce.Sign() < 0 || r.Nonce.BitLen() > 8*MaxNumberSize) {
		return nil, malformed("nonce")
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		r.Imprint.marshal(b)
		if r.Policy != nil {
			b.AddASN1ObjectIdentifier(r.Policy)
		}
		if r.Nonce != nil {
			b.AddASN1BigInt(r.Nonce)
		}
		if r.CertReq {
			b.AddASN1Boolean(true)
		}
	})
	return b.Bytes()
}

// ParseRequest reads one request and nothing behind it. Extensions are refused,
// since none is known (RFC 3161, 2.4.1: an authority that does not understand one
// answers unacceptedExtension). Errors: ErrMalformed, ErrTooLarge, ErrWeak,
// errExtension.
func ParseRequest(der []byte) (*Request, error) {
	if len(der) > MaxRequestSize {
		return nil, ErrTooLarge
	}
	input := cryptobyte.String(der)
	var in cryptobyte.String
	var version int
	if !input.ReadASN1(&in, cbasn1.SEQUENCE) || !input.Empty() || !in.ReadASN1Integer(&version) || version != 1 {
		return nil, malformed("request")
	}
	r := &Request{}
	var err error
	if r.Imprint, err = readImprint(&in); err != nil {
		return nil, err
	}
	if in.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) && !in.ReadASN1ObjectIdentifier(&r.Policy) {
		return nil, malformed("policy")
	}
	if in.PeekASN1Tag(cbasn1.INTEGER) {
		if r.Nonce, err = readNumber(&in, true); err != nil {
			return nil, err
		}
	}
	if in.PeekASN1Tag(cbasn1.BOOLEAN) {
		// DER leaves the default out, so only TRUE can stand here.
		if !in.ReadASN1Boolean(&r.CertReq) || !r.CertReq {
			return nil, malformed("certReq")
		}
	}
	if in.PeekASN1Tag(explicitTag(0)) {
		return nil, errExtension
	}
	if !in.Empty() {
		return nil, malformed("request")
	}
	return r, nil
}

var errExtension = fmt.Errorf("%w: an extension", ErrMalformed)
