package xmlsig

import (
	"errors"

	"kado/jpki/verify"
)

// refusal is why something does not hold. Detail is for people and holds nothing
// of the content but names of elements.
type refusal struct {
	reason verify.Reason
	detail string
}

func (r *refusal) Error() string { return "xmlsig: " + string(r.reason) + ": " + r.detail }

func refuse(r verify.Reason, detail string) error { return &refusal{r, detail} }

// reasonOf gives an error's place among the reasons.
func reasonOf(err error) (verify.Reason, string) {
	var r *refusal
	switch {
	case errors.As(err, &r):
		return r.reason, r.detail
	case errors.Is(err, errTooLarge):
		return verify.TooLarge, "beyond a cap of the document"
	case errors.Is(err, errDuplicate):
		return verify.AmbiguousContent, err.Error()
	}
	return verify.Malformed, err.Error()
}
