package ocsp

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"kado/jpki"
)

// Query is what a client asked and how old an answer it accepts.
type Query struct {
	ID CertID
	// Authority is the CA generation that issued the certificate; jpki.Pool.Verify
	// returns it.
	Authority *x509.Certificate
	// Nonce is the one that was sent, or nil. When sent, it must come back.
	Nonce []byte
	// Skew is how far the responder's clock may be ahead.
	Skew time.Duration
	// MaxAge bounds the age of an answer without NextUpdate; zero means that such
	// an answer is never taken.
	MaxAge time.Duration
	// Delegates, if given, remembers responders, so that the CA's signature over each
	// one's certificate is verified once.
	Delegates *Delegates
}

// Delegates are certificates of responders whose signature by a CA was verified. The
// zero value is ready. Safe for concurrent use.
type Delegates struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]bool
}

// maxDelegates bounds what is remembered: a CA changes its responder now and then.
const maxDelegates = 64

// signed verifies the CA's signature over a responder's certificate, or remembers that
// it did.
func (d *Delegates) signed(responder, ca *x509.Certificate) error {
	verify := func() error {
		return ca.CheckSignature(responder.SignatureAlgorithm, responder.RawTBSCertificate, responder.Signature)
	}
	if d == nil {
		return verify()
	}
	key := sha256.Sum256(append(ca.Raw[:len(ca.Raw):len(ca.Raw)], responder.Raw...))
	d.mu.Lock()
	known := d.known[key]
	d.mu.Unlock()
	if known {
		return nil
	}
	if err := verify(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil || len(d.known) >= maxDelegates {
		d.known = map[[sha256.Size]byte]bool{}
	}
	d.known[key] = true
	return nil
}

// Check reads a response and tells the status of one certificate at an instant.
// It returns the answer and nil for good. Otherwise the error is a
// *jpki.StatusError: Unavailable for no usable answer (unsuccessful, malformed,
// wrongly signed, responder not delegated, nonce missing or different, about
// other certificates), Stale for one outside ThisUpdate to NextUpdate, Unknown,
// OnHold, Revoked. Everything but good means refusal (CRT-56, CRT-57).
func Check(der []byte, q Query, at time.Time) (*SingleResponse, error) {
	r, err := ParseResponse(der)
	if err != nil {
		return nil, unavailable("", err)
	}
	if err := r.checkSignature(q.Authority, at, q.Delegates); err != nil {
		return nil, unavailable("", err)
	}
	if q.Nonce != nil && !bytes.Equal(q.Nonce, r.Nonce) {
		return nil, unavailable("the nonce did not come back", nil)
	}
	if !q.ID.IssuedBy(q.Authority) {
		return nil, unavailable("the certificate asked about is of another CA", nil)
	}
	var single *SingleResponse
	for i := range r.Responses {
		if !r.Responses[i].ID.Equal(q.ID) {
			continue
		}
		if single != nil {
			return nil, unavailable("two answers about one certificate", nil)
		}
		single = &r.Responses[i]
	}
	if single == nil {
		return nil, unavailable("no answer about the certificate", nil)
	}
	if err := single.checkPeriod(r.ProducedAt, q, at); err != nil {
		return single, err
	}
	switch single.Status {
	case Good:
		return single, nil
	case Revoked:
		if single.Reason == jpki.RemoveFromCRL {
			return single, unavailable("removeFromCRL as the reason of a revocation", nil)
		}
		return single, jpki.RevokedStatus(single.Reason, single.RevokedAt)
	}
	return single, &jpki.StatusError{Status: jpki.Unknown}
}

func (s *SingleResponse) checkPeriod(produced time.Time, q Query, at time.Time) error {
	stale := func(detail string) error { return &jpki.StatusError{Status: jpki.Stale, Detail: detail} }
	switch {
	case s.ThisUpdate.After(at.Add(q.Skew)) || produced.After(at.Add(q.Skew)):
		return stale("the answer is from the future")
	case s.NextUpdate.IsZero() && at.Sub(s.ThisUpdate) > q.MaxAge:
		return stale("the answer is too old")
	case !s.NextUpdate.IsZero() && !at.Before(s.NextUpdate):
		return stale("a newer answer is due")
	}
	return nil
}

func unavailable(detail string, err error) error {
	if detail == "" && err != nil {
		detail = err.Error()
	}
	return &jpki.StatusError{Status: jpki.Unavailable, Detail: detail, Err: err}
}

// ErrNotDelegated: the certificate of the responder is not one to which the CA
// delegated OCSP signing.
var ErrNotDelegated = errors.New("ocsp: the responder is not delegated by the CA")

// CheckSignature reports whether the response was signed by ca itself or by a
// responder that ca delegated (RFC 6960, 4.2.2.2): a certificate of ca valid at
// that time, for id-kp-OCSPSigning alone, with ocsp-nocheck.
func (r *Response) CheckSignature(ca *x509.Certificate, at time.Time) error {
	return r.checkSignature(ca, at, nil)
}

func (r *Response) checkSignature(ca *x509.Certificate, at time.Time, known *Delegates) error {
	signer := ca
	if !r.names(ca) {
		if signer = r.responder(); signer == nil {
			return fmt.Errorf("%w: its certificate did not come along", ErrNotDelegated)
		}
		if err := checkDelegation(signer, ca, at, known); err != nil {
			return err
		}
	}
	if err := checkSignature(signer, r.algorithm, r.signed, r.signature); err != nil {
		return fmt.Errorf("ocsp: the signature of the response is wrong: %w", err)
	}
	return nil
}

// responder picks the certificate that the responder id names.
func (r *Response) responder() *x509.Certificate {
	for _, c := range r.Certificates {
		if r.names(c) {
			return c
		}
	}
	return nil
}

func (r *Response) names(c *x509.Certificate) bool {
	if r.responderName != nil {
		return bytes.Equal(r.responderName, c.RawSubject)
	}
	bits, err := keyBits(c)
	if err != nil {
		return false
	}
	sum := sha1.Sum(bits)
	return bytes.Equal(sum[:], r.responderKey)
}

func checkDelegation(responder, ca *x509.Certificate, at time.Time, known *Delegates) error {
	refuse := func(why string) error { return fmt.Errorf("%w: %s", ErrNotDelegated, why) }
	if !bytes.Equal(responder.RawIssuer, ca.RawSubject) ||
		len(responder.AuthorityKeyId) > 0 && !bytes.Equal(responder.AuthorityKeyId, ca.SubjectKeyId) {
		return refuse("its certificate is of another CA")
	}
	if responder.IsCA || responder.KeyUsage != x509.KeyUsageDigitalSignature || len(responder.UnhandledCriticalExtensions) > 0 {
		return refuse("key usage")
	}
	if len(responder.UnknownExtKeyUsage) > 0 || len(responder.ExtKeyUsage) != 1 || responder.ExtKeyUsage[0] != x509.ExtKeyUsageOCSPSigning {
		return refuse("extended key usage is not OCSPSigning alone")
	}
	// Without ocsp-nocheck the responder's own status would have to be asked of
	// the responder.
	noCheck := false
	for _, e := range responder.Extensions {
		noCheck = noCheck || e.Id.Equal(oidOCSPNoCheck)
	}
	if !noCheck {
		return refuse("its certificate lacks ocsp-nocheck")
	}
	if at.Before(responder.NotBefore) || !at.Before(responder.NotAfter.Add(time.Second)) {
		return refuse("its certificate is not valid at that time")
	}
	if a, err := jpki.AlgorithmOf(ca.PublicKey); err != nil || responder.SignatureAlgorithm != a.Signature() {
		return refuse("its certificate is not signed with the algorithm of the CA")
	}
	if err := known.signed(responder, ca); err != nil {
		return refuse("its certificate is not signed by the CA")
	}
	return nil
}
