// Package tsa is time-stamping after RFC 3161: requests, tokens and their
// verification, and a small authority for sandboxes. A time-stamp token proves that
// a digest existed at the time it tells, as far as its authority is believed.
//
// Tokens are read strictly: DER, one signer, bound to its certificate by digest
// (RFC 5816), SHA-256 or better. An authority is believed by its certificate,
// which the verifier names beforehand (pinned); nothing that travels in a token
// makes it trusted.
package tsa

import (
	"crypto"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Caps, in octets.
const (
	MaxRequestSize  = 4 << 10
	MaxResponseSize = 128 << 10
	// MaxNumberSize is the longest serial number or nonce.
	MaxNumberSize = 20
)

var (
	oidTSTInfo    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidTimeStamps = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8} // id-kp-timeStamping
	oidExtUsage   = asn1.ObjectIdentifier{2, 5, 29, 37}

	oidSHA1   = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
)

// Errors. A refusal wraps one of them.
var (
	ErrMalformed = errors.New("tsa: malformed")
	ErrTooLarge  = errors.New("tsa: too large")
	ErrWeak      = errors.New("tsa: weak algorithm")
	ErrRefused   = errors.New("tsa: the authority refused")
	ErrUntrusted = errors.New("tsa: not by a trusted time-stamp authority")
	ErrImprint   = errors.New("tsa: the time-stamp is over something else")
	ErrNonce     = errors.New("tsa: the answer is to another request")
	ErrSignature = errors.New("tsa: the token is not signed by its authority")
)

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

func explicitTag(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }
func implicitTag(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific() }

// Imprint is what is stamped.
type Imprint struct {
	Hash   crypto.Hash // SHA-256, SHA-384 or SHA-512
	Digest []byte
}

// ImprintOf is the imprint of a message.
func ImprintOf(hash crypto.Hash, message []byte) Imprint {
	h := hash.New()
	h.Write(message)
	return Imprint{hash, h.Sum(nil)}
}

func (m Imprint) check() error {
	if hashOID(m.Hash) == nil {
		return fmt.Errorf("%w: digest %s", ErrWeak, m.Hash)
	}
	if len(m.Digest) != m.Hash.Size() {
		return malformed("length of the imprint")
	}
	return nil
}

func hashOID(h crypto.Hash) asn1.ObjectIdentifier {
	switch h {
	case crypto.SHA256:
		return oidSHA256
	case crypto.SHA384:
		return oidSHA384
	case crypto.SHA512:
		return oidSHA512
	}
	return nil
}

func (m Imprint) marshal(b *cryptobyte.Builder) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(hashOID(m.Hash))
			b.AddASN1NULL()
		})
		b.AddASN1OctetString(m.Digest)
	})
}

func readImprint(s *cryptobyte.String) (Imprint, error) {
	var m Imprint
	var outer, algorithm, digest cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) ||
		!outer.ReadASN1(&digest, cbasn1.OCTET_STRING) || !outer.Empty() {
		return m, malformed("imprint")
	}
	if !algorithm.Empty() {
		var null cryptobyte.String
		if !algorithm.ReadASN1(&null, cbasn1.NULL) || !null.Empty() || !algorithm.Empty() {
			return m, malformed("digest algorithm of the imprint")
		}
	}
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		if hashOID(h).Equal(oid) {
			m.Hash = h
		}
	}
	if m.Hash == 0 {
		if oid.Equal(oidSHA1) {
			return m, fmt.Errorf("%w: imprint by SHA-1", ErrWeak)
		}
		return m, fmt.Errorf("%w: digest %s of the imprint", ErrWeak, oid)
	}
	m.Digest = digest
	return m, m.check()
}

// readNumber reads a positive serial number, or a nonce, which may be zero.
func readNumber(s *cryptobyte.String, zero bool) (*big.Int, error) {
	var raw cryptobyte.String
	if !s.ReadASN1Element(&raw, cbasn1.INTEGER) || len(raw) > MaxNumberSize+3 {
		return nil, malformed("number")
	}
	n := new(big.Int)
	if !raw.ReadASN1Integer(n) || n.Sign() < 0 || !zero && n.Sign() == 0 || n.BitLen() > 8*MaxNumberSize {
		return nil, malformed("number")
	}
	return n, nil
}

// takeTime reads a GeneralizedTime of DER: UTC, whole seconds or a fraction
// without zeros at its end (RFC 3161, 2.4.2).
func takeTime(s *cryptobyte.String) (time.Time, error) {
	var text cryptobyte.String
	if !s.ReadASN1(&text, cbasn1.GeneralizedTime) || len(text) > 25 {
		return time.Time{}, malformed("time")
	}
	const layout = "20060102150405.999999999Z"
	t, err := time.Parse(layout, string(text))
	if err != nil || t.Format(layout) != string(text) {
		return time.Time{}, malformed("time")
	}
	return t, nil
}
