package ocsp

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"time"

	"kado/jpki"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// ResponseStatus is OCSPResponseStatus.
type ResponseStatus uint8

// The states. 4 is not used.
const (
	Successful       ResponseStatus = 0
	MalformedRequest ResponseStatus = 1
	InternalError    ResponseStatus = 2
	TryLater         ResponseStatus = 3
	SigRequired      ResponseStatus = 5
	Unauthorized     ResponseStatus = 6
)

// String returns the state's name in RFC 6960.
func (s ResponseStatus) String() string {
	switch s {
	case Successful:
		return "successful"
	case MalformedRequest:
		return "malformedRequest"
	case InternalError:
		return "internalError"
	case TryLater:
		return "tryLater"
	case SigRequired:
		return "sigRequired"
	case Unauthorized:
		return "unauthorized"
	}
	return fmt.Sprintf("status(%d)", uint8(s))
}

// ErrorResponse returns the DER of an unsuccessful response, which is unsigned.
// For Successful, which needs content, it returns InternalError.
func ErrorResponse(s ResponseStatus) []byte {
	if s == Successful || s == 4 || s > Unauthorized {
		s = InternalError
	}
	return []byte{0x30, 0x03, 0x0A, 0x01, byte(s)}
}

// CertStatus is the state of one certificate in a response.
type CertStatus uint8

// The states as tagged in RFC 6960.
const (
	Good    CertStatus = 0
	Revoked CertStatus = 1
	Unknown CertStatus = 2
)

// String returns the state's name in RFC 6960.
func (s CertStatus) String() string {
	switch s {
	case Good:
		return "good"
	case Revoked:
		return "revoked"
	case Unknown:
		return "unknown"
	}
	return fmt.Sprintf("status(%d)", uint8(s))
}

// SingleResponse is the answer about one certificate. Times are in whole seconds.
type SingleResponse struct {
	ID         CertID
	Status     CertStatus
	RevokedAt  time.Time             // Revoked
	Reason     jpki.RevocationReason // Revoked; Unspecified is left out
	ThisUpdate time.Time
	NextUpdate time.Time // zero: newer information is always available
	// ArchiveCutoff, when not zero, says how far back revocations of expired
	// certificates are kept.
	ArchiveCutoff time.Time
}

// Response is a successful response.
type Response struct {
	ProducedAt time.Time
	Responses  []SingleResponse
	Nonce      []byte
	// Certificates travelled with the response; none is trusted yet.
	Certificates []*x509.Certificate

	responderName []byte // one of the two is set
	responderKey  []byte
	algorithm     jpki.Algorithm
	signed        []byte
	signature     []byte
}

// Template is the content of a response to be signed.
type Template struct {
	ProducedAt time.Time
	Responses  []SingleResponse // 1 to MaxRequests
	Nonce      []byte           // the request's, or nil
}

func (t *Template) check() error {
	if len(t.Responses) == 0 || len(t.Responses) > MaxRequests {
		return fmt.Errorf("ocsp: a response answers for 1 to %d certificates", MaxRequests)
	}
	if t.Nonce != nil && (len(t.Nonce) < 1 || len(t.Nonce) > MaxNonceSize) {
		return fmt.Errorf("ocsp: a nonce has 1 to %d octets", MaxNonceSize)
	}
	if t.ProducedAt.IsZero() {
		return fmt.Errorf("ocsp: a response needs the time of its making")
	}
	for i := range t.Responses {
		r := &t.Responses[i]
		if err := r.ID.check(); err != nil {
			return err
		}
		if r.Status > Unknown || !r.Reason.Valid() {
			return fmt.Errorf("ocsp: answer %d has an impossible status or reason", i+1)
		}
		if r.Status == Revoked && r.RevokedAt.IsZero() {
			return fmt.Errorf("ocsp: answer %d says revoked without a time", i+1)
		}
		// A list tells that a suspension was lifted; OCSP says good.
		if r.Status == Revoked && r.Reason == jpki.RemoveFromCRL {
			return fmt.Errorf("ocsp: answer %d gives removeFromCRL as the reason of a revocation", i+1)
		}
		if r.ThisUpdate.IsZero() || !r.NextUpdate.IsZero() && r.NextUpdate.Before(r.ThisUpdate) {
			return fmt.Errorf("ocsp: answer %d has an impossible period", i+1)
		}
	}
	return nil
}

// ResponderError is an unsuccessful response.
type ResponderError struct{ Status ResponseStatus }

// Error names the state.
func (e *ResponderError) Error() string { return "ocsp: the responder answered " + e.Status.String() }

// ParseResponse reads one response and nothing behind it. An unsuccessful
// response is a *ResponderError. The signature is not checked; see Check.
func ParseResponse(der []byte) (*Response, error) {
	if len(der) > MaxResponseSize {
		return nil, ErrTooLarge
	}
	malformed := fmt.Errorf("%w: not a response", ErrMalformed)
	input := cryptobyte.String(der)
	var outer, wrapped, typed, content cryptobyte.String
	var status int
	if !input.ReadASN1(&outer, cbasn1.SEQUENCE) || !input.Empty() || !outer.ReadASN1Enum(&status) {
		return nil, malformed
	}
	if status != int(Successful) {
		if status < 0 || status > int(Unauthorized) || status == 4 || !outer.Empty() {
			return nil, malformed
		}
		return nil, &ResponderError{ResponseStatus(status)}
	}
	var oid asn1.ObjectIdentifier
	if !outer.ReadASN1(&wrapped, explicitTag(0)) || !outer.Empty() ||
		!wrapped.ReadASN1(&typed, cbasn1.SEQUENCE) || !wrapped.Empty() ||
		!typed.ReadASN1ObjectIdentifier(&oid) || !typed.ReadASN1(&content, cbasn1.OCTET_STRING) || !typed.Empty() {
		return nil, malformed
	}
	if !oid.Equal(oidBasicResponse) {
		return nil, fmt.Errorf("%w: response type %s", ErrUnsupported, oid)
	}
	return parseBasic(content)
}

func parseBasic(content cryptobyte.String) (*Response, error) {
	malformed := fmt.Errorf("%w: basic response", ErrMalformed)
	var basic, tbs cryptobyte.String
	if !content.ReadASN1(&basic, cbasn1.SEQUENCE) || !content.Empty() || !basic.ReadASN1Element(&tbs, cbasn1.SEQUENCE) {
		return nil, malformed
	}
	r := &Response{signed: tbs}
	var err error
	if r.algorithm, err = readAlgorithm(&basic); err != nil {
		return nil, err
	}
	if !readOctetBits(&basic, &r.signature) {
		return nil, malformed
	}
	if r.Certificates, err = readCertificates(&basic); err != nil {
		return nil, err
	}
	if !basic.Empty() {
		return nil, malformed
	}
	return r, r.readTBS(tbs)
}

func (r *Response) readTBS(element cryptobyte.String) error {
	malformed := fmt.Errorf("%w: response data", ErrMalformed)
	var tbs, responder, list cryptobyte.String
	if !element.ReadASN1(&tbs, cbasn1.SEQUENCE) {
		return malformed
	}
	switch {
	case tbs.PeekASN1Tag(explicitTag(0)):
		return fmt.Errorf("%w: response version", ErrUnsupported)
	case tbs.PeekASN1Tag(explicitTag(1)):
		var name cryptobyte.String
		if !tbs.ReadASN1(&responder, explicitTag(1)) || !responder.ReadASN1Element(&name, cbasn1.SEQUENCE) || !responder.Empty() {
			return malformed
		}
		r.responderName = name
	default:
		var hash cryptobyte.String
		if !tbs.ReadASN1(&responder, explicitTag(2)) || !responder.ReadASN1(&hash, cbasn1.OCTET_STRING) ||
			!responder.Empty() || len(hash) != sha1.Size {
			return malformed
		}
		r.responderKey = hash
	}
	if !readTime(&tbs, &r.ProducedAt) || !tbs.ReadASN1(&list, cbasn1.SEQUENCE) || list.Empty() {
		return malformed
	}
	for !list.Empty() {
		if len(r.Responses) == MaxRequests {
			return fmt.Errorf("%w: more than %d answers", ErrTooLarge, MaxRequests)
		}
		single, err := readSingle(&list)
		if err != nil {
			return err
		}
		r.Responses = append(r.Responses, single)
	}
	var err error
	r.Nonce, err = readLastExtensions(tbs, 1, malformed)
	return err
}

func readSingle(list *cryptobyte.String) (SingleResponse, error) {
	malformed := fmt.Errorf("%w: single response", ErrMalformed)
	var seq cryptobyte.String
	var r SingleResponse
	if !list.ReadASN1(&seq, cbasn1.SEQUENCE) {
		return r, malformed
	}
	var err error
	if r.ID, err = readCertID(&seq); err != nil {
		return r, err
	}
	var status cryptobyte.String
	switch {
	case seq.PeekASN1Tag(explicitTag(1)):
		r.Status = Revoked
		if !seq.ReadASN1(&status, explicitTag(1)) || !readTime(&status, &r.RevokedAt) {
			return r, malformed
		}
		if !status.Empty() {
			var wrapped cryptobyte.String
			var reason int
			if !status.ReadASN1(&wrapped, explicitTag(0)) || !status.Empty() || !wrapped.ReadASN1Enum(&reason) || !wrapped.Empty() ||
				reason < 0 || reason > 255 || !jpki.RevocationReason(reason).Valid() {
				return r, malformed
			}
			r.Reason = jpki.RevocationReason(reason)
		}
	case seq.PeekASN1Tag(cbasn1.Tag(0).ContextSpecific()):
		r.Status = Good
		if !seq.ReadASN1(&status, cbasn1.Tag(0).ContextSpecific()) || !status.Empty() {
			return r, malformed
		}
	default:
		r.Status = Unknown
		if !seq.ReadASN1(&status, cbasn1.Tag(2).ContextSpecific()) || !status.Empty() {
			return r, malformed
		}
	}
	if !readTime(&seq, &r.ThisUpdate) {
		return r, malformed
	}
	if seq.PeekASN1Tag(explicitTag(0)) {
		var next cryptobyte.String
		if !seq.ReadASN1(&next, explicitTag(0)) || !readTime(&next, &r.NextUpdate) || !next.Empty() {
			return r, malformed
		}
	}
	if seq.Empty() {
		return r, nil
	}
	var extensions cryptobyte.String
	if !seq.ReadASN1(&extensions, explicitTag(1)) || !seq.Empty() {
		return r, malformed
	}
	return r, readExtensions(&extensions, func(oid asn1.ObjectIdentifier, critical bool, value []byte) error {
		if oid.Equal(oidArchiveCutoff) {
			input := cryptobyte.String(value)
			if !readTime(&input, &r.ArchiveCutoff) || !input.Empty() {
				return malformed
			}
			return nil
		}
		return refuseCritical(oid, critical, value)
	})
}

// readTime reads a GeneralizedTime in the form of DER: UTC, whole seconds.
func readTime(s *cryptobyte.String, out *time.Time) bool {
	var text cryptobyte.String
	if !s.ReadASN1(&text, cbasn1.GeneralizedTime) {
		return false
	}
	t, err := time.Parse("20060102150405Z", string(text))
	if err != nil || !bytes.Equal([]byte(t.Format("20060102150405Z")), text) {
		return false
	}
	*out = t
	return true
}
