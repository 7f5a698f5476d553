package pdfsig

import "kado/jpki/verify"

// MaxText is the longest text, in letters, that Sign writes for Name, Reason,
// Location and Field.
const MaxText = 256

// Error is the refusal to sign. Its text holds nothing of the document.
type Error struct {
	Reason verify.Reason
	Detail string
	Err    error
}

// Error returns the reason and the detail.
func (e *Error) Error() string {
	s := "pdfsig: " + string(e.Reason)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap returns the error below.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, &Error{Reason: r}) compare reasons.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason
}

func refuse(r verify.Reason, detail string) error { return &Error{Reason: r, Detail: detail} }
