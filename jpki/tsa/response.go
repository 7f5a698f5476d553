package tsa

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Failure is PKIFailureInfo: why an authority refused (RFC 3161, 2.4.2).
type Failure uint8

// The failures.
const (
	BadAlgorithm        Failure = 0
	BadRequest          Failure = 2
	BadDataFormat       Failure = 5
	TimeNotAvailable    Failure = 14
	UnacceptedPolicy    Failure = 15
	UnacceptedExtension Failure = 16
	SystemFailure       Failure = 25
)

var failureNames = map[Failure]string{
	BadAlgorithm: "badAlg", BadRequest: "badRequest", BadDataFormat: "badDataFormat", TimeNotAvailable: "timeNotAvailable",
	UnacceptedPolicy: "unacceptedPolicy", UnacceptedExtension: "unacceptedExtension", SystemFailure: "systemFailure",
}

// String returns the failure's name in RFC 3161.
func (f Failure) String() string {
	if s, ok := failureNames[f]; ok {
		return s
	}
	return fmt.Sprintf("failure(%d)", uint8(f))
}

// rejection is a response without a token.
func rejection(f Failure) []byte {
	bits := make([]byte, f/8+1)
	bits[f/8] = 0x80 >> (f % 8)
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(2)
			b.AddASN1(cbasn1.BIT_STRING, func(b *cryptobyte.Builder) {
				b.AddUint8(7 - uint8(f)%8) // unused bits behind the only one
				b.AddBytes(bits)
			})
		})
	})
	return b.BytesOrPanic()
}

// granted is a response with a token.
func granted(token []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Int64(0) })
		b.AddBytes(token)
	})
	return b.BytesOrPanic()
}

// ParseResponse returns the token of a response. Errors: ErrMalformed, ErrTooLarge,
// ErrRefused with the failure.
func ParseResponse(der []byte) (token []byte, err error) {
	if len(der) > MaxResponseSize {
		return nil, ErrTooLarge
	}
	input := cryptobyte.String(der)
	var in, status, element cryptobyte.String
	var code int
	if !input.ReadASN1(&in, cbasn1.SEQUENCE) || !input.Empty() || !in.ReadASN1(&status, cbasn1.SEQUENCE) || !status.ReadASN1Integer(&code) {
		return nil, malformed("response")
	}
	if code != 0 && code != 1 {
		if code < 0 || code > 5 || !in.Empty() {
			return nil, malformed("status of the response")
		}
		return nil, fmt.Errorf("%w: status %d%s", ErrRefused, code, failureIn(status))
	}
	if !in.ReadASN1Element(&element, cbasn1.SEQUENCE) || !in.Empty() {
		return nil, malformed("response without a token")
	}
	return element, nil
}

// failureIn names the first failure of a PKIStatusInfo. What the authority wrote
// for people is left out.
func failureIn(status cryptobyte.String) string {
	if status.PeekASN1Tag(cbasn1.SEQUENCE) && !status.SkipASN1(cbasn1.SEQUENCE) {
		return ""
	}
	var bits asn1.BitString
	if !status.ReadASN1BitString(&bits) {
		return ""
	}
	for f := 0; f < bits.BitLength && f < 32; f++ {
		if bits.At(f) == 1 {
			return ", " + Failure(f).String()
		}
	}
	return ""
}

// Accept checks the answer to a request: a token by a pinned authority, over what
// was asked, with the nonce. It returns the token and what it says. Errors: those
// of ParseResponse and Verify, ErrNonce.
func (r *Request) Accept(response []byte, pinned []*x509.Certificate) ([]byte, *TimeStamp, error) {
	token, err := ParseResponse(response)
	if err != nil {
		return nil, nil, err
	}
	t, err := VerifyDigest(token, r.Imprint, pinned)
	if err != nil {
		return nil, nil, err
	}
	if r.Nonce != nil && (t.Nonce == nil || t.Nonce.Cmp(r.Nonce) != 0) || r.Nonce == nil && t.Nonce != nil {
		return nil, nil, ErrNonce
	}
	if r.Policy != nil && !r.Policy.Equal(t.Policy) {
		return nil, nil, fmt.Errorf("%w: another policy", ErrNonce)
	}
	return token, t, nil
}
