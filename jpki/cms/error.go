package cms

import "fmt"

// Cause says why a signature was refused.
type Cause uint8

// The causes.
const (
	Malformed      Cause = iota + 1 // not DER of the form that is read
	TooLarge                        // beyond a cap
	Unsupported                     // another algorithm, version or number of signers
	NoContent                       // detached, and no content was given; or the reverse
	NoCertificate                   // the signer's certificate did not come along
	ContentChanged                  // the content is not what was signed
	WrongSigner                     // the signed reference names another certificate
	BadSignature                    // the signature over the attributes is wrong
	Weak                            // a digest or key that no longer holds: SHA-1, MD5, RSA under 2,048 bits
	Unbound                         // the signature does not name its certificate by digest
	NoStamp                         // the time-stamp authority gave no usable token
)

var causeNames = [...]string{
	Malformed: "malformed", TooLarge: "too large", Unsupported: "not supported",
	NoContent: "content missing or given twice", NoCertificate: "signer's certificate missing",
	ContentChanged: "content changed", WrongSigner: "signed with reference to another certificate",
	BadSignature: "bad signature", Weak: "weak algorithm", Unbound: "not bound to a certificate",
	NoStamp: "no time-stamp",
}

// String returns the cause in a few words.
func (c Cause) String() string {
	if int(c) < len(causeNames) && causeNames[c] != "" {
		return causeNames[c]
	}
	return fmt.Sprintf("cause(%d)", uint8(c))
}

// Error is the refusal of a signature. Its text holds nothing of the content.
type Error struct {
	Cause  Cause
	Detail string
	Err    error
}

// Error returns the cause and the detail.
func (e *Error) Error() string {
	s := "cms: " + e.Cause.String()
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap returns the error below.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, &Error{Cause: c}) compare causes.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Cause == e.Cause
}

func refuse(c Cause, detail string) error { return &Error{Cause: c, Detail: detail} }
