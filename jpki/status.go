package jpki

import (
	"fmt"
	"time"
)

// RevocationReason is CRLReason of RFC 5280, 5.3.1. R-40 says which event gives
// which.
type RevocationReason uint8

// The reasons.
const (
	Unspecified          RevocationReason = 0 // destroyed before delivery
	KeyCompromise        RevocationReason = 1
	CACompromise         RevocationReason = 2
	AffiliationChanged   RevocationReason = 3 // an attribute changed; signature only
	Superseded           RevocationReason = 4 // renewed
	CessationOfOperation RevocationReason = 5 // death, return, own wish, card void
	CertificateHold      RevocationReason = 6 // temporary suspension
	RemoveFromCRL        RevocationReason = 8 // suspension lifted
	PrivilegeWithdrawn   RevocationReason = 9
	AACompromise         RevocationReason = 10
)

var reasonNames = [...]string{
	Unspecified: "unspecified", KeyCompromise: "keyCompromise", CACompromise: "cACompromise",
	AffiliationChanged: "affiliationChanged", Superseded: "superseded",
	CessationOfOperation: "cessationOfOperation", CertificateHold: "certificateHold",
	RemoveFromCRL: "removeFromCRL", PrivilegeWithdrawn: "privilegeWithdrawn", AACompromise: "aACompromise",
}

// Valid reports whether r is a reason of RFC 5280 (7 is not).
func (r RevocationReason) Valid() bool { return int(r) < len(reasonNames) && reasonNames[r] != "" }

// String returns the reason's name in RFC 5280.
func (r RevocationReason) String() string {
	if r.Valid() {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason(%d)", uint8(r))
}

// ParseRevocationReason reads what String wrote.
func ParseRevocationReason(s string) (RevocationReason, error) {
	for r := range reasonNames {
		if reasonNames[r] == s && s != "" {
			return RevocationReason(r), nil
		}
	}
	return 0, fmt.Errorf("jpki: %q is no revocation reason", s)
}

// Status is what a relying party learned about revocation. Everything but Good
// means refusal (CRT-56).
type Status uint8

// The states. The zero Status is Unavailable: nothing was learned.
const (
	Unavailable Status = iota // no answer, or one that proves nothing
	Stale                     // an answer that is out of date
	Unknown                   // the authority does not know the serial number
	Revoked
	OnHold // suspended, may be lifted
	Good
)

var statusNames = [...]string{
	Unavailable: "unavailable", Stale: "stale", Unknown: "unknown",
	Revoked: "revoked", OnHold: "on hold", Good: "good",
}

// String returns the state in a few words.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return fmt.Sprintf("status(%d)", uint8(s))
}

// StatusError is any state but Good, as an error. It tells suspension, revocation,
// unknown serial, staleness and lack of an answer apart (CRT-57).
type StatusError struct {
	Status Status
	Reason RevocationReason // Revoked and OnHold
	At     time.Time        // Revoked and OnHold: since when
	Detail string
	Err    error
}

// Error returns the state, the reason and the detail.
func (e *StatusError) Error() string {
	s := "jpki: certificate status: " + e.Status.String()
	if e.Status == Revoked {
		s += " (" + e.Reason.String() + ")"
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap returns the error below.
func (e *StatusError) Unwrap() error { return e.Err }

// Is makes errors.Is(err, &StatusError{Status: s}) compare states.
func (e *StatusError) Is(target error) bool {
	t, ok := target.(*StatusError)
	return ok && t.Status == e.Status
}

// RevokedStatus returns the error for a revocation entry: OnHold for
// certificateHold, nil for removeFromCRL, else Revoked.
func RevokedStatus(reason RevocationReason, at time.Time) error {
	switch reason {
	case RemoveFromCRL:
		return nil
	case CertificateHold:
		return &StatusError{Status: OnHold, Reason: reason, At: at}
	}
	return &StatusError{Status: Revoked, Reason: reason, At: at}
}
