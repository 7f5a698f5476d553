package jpki

import "fmt"

// Cause says why a certificate was refused. Each is a different answer to the
// relying party (CRT-57).
type Cause uint8

// The causes, in the order in which Verify looks for them.
const (
	Malformed      Cause = iota + 1 // not a certificate, or not of the profile
	IsAuthority                     // a CA certificate where an end entity's is wanted
	WrongAuthority                  // issued by no CA in the pool
	WrongAlgorithm                  // signed with, or for a key of, an algorithm that is not its CA generation's
	BadSignature                    // names a CA of the pool, whose key did not sign it
	WrongPolicy                     // the policy of the other kind, or of neither
	WrongUsage                      // key usage is not that of the kind
	NotYetValid
	Expired
	OutlivesCA // reaches beyond its CA
)

var causeNames = [...]string{
	Malformed: "malformed", IsAuthority: "is a CA certificate", WrongAuthority: "wrong CA", WrongAlgorithm: "wrong algorithm",
	BadSignature: "bad signature", WrongPolicy: "wrong policy", WrongUsage: "wrong usage",
	NotYetValid: "not yet valid", Expired: "expired", OutlivesCA: "outlives its CA",
}

// String returns the cause in a few words.
func (c Cause) String() string {
	if int(c) < len(causeNames) && causeNames[c] != "" {
		return causeNames[c]
	}
	return fmt.Sprintf("cause(%d)", uint8(c))
}

// VerifyError is the refusal of a certificate. Its text holds no personal data.
type VerifyError struct {
	Cause  Cause
	Detail string
	Err    error // what lies below, if anything
}

// Error returns the cause and the detail.
func (e *VerifyError) Error() string {
	s := "jpki: certificate refused: " + e.Cause.String()
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap returns the error below.
func (e *VerifyError) Unwrap() error { return e.Err }

// Is makes errors.Is(err, &VerifyError{Cause: c}) compare causes.
func (e *VerifyError) Is(target error) bool {
	t, ok := target.(*VerifyError)
	return ok && t.Cause == e.Cause
}

func refuse(c Cause, detail string) error { return &VerifyError{Cause: c, Detail: detail} }
