package authority

import (
	"sync/atomic"

	"kado/jpki"
	"kado/jpki/lint/rfc5280"
)

// Kado's own lints hold every copy against every clause of its profile. zlint,
// which takes as long as all the rest of the preparation, looks at structure:
// what the certificates of one shape have in common. So it sees the first copy of
// each shape in a process and every zlintEvery-th after it, and every certificate
// of an authority or a responder.
const zlintEvery = 256

// shapeOf says which certificates have one structure.
type shapeOf struct {
	generation generationID
	medium     jpki.Medium
}

// zlint holds a copy of a shape against RFC 5280 when it is its turn. A shape that
// failed is looked at again each time, so that none of it is issued.
func (o *Office) zlint(s shapeOf, copied []byte) error {
	v, _ := o.shapes.LoadOrStore(s, new(atomic.Int64))
	passed := v.(*atomic.Int64)
	if passed.Load()%zlintEvery != 0 {
		passed.Add(1)
		return nil
	}
	if err := rfc5280.Run(copied); err != nil {
		return LintFailed.Because(err)
	}
	passed.Add(1)
	return nil
}

// zlintAlways is for the few certificates that others hang on.
func zlintAlways(der []byte) error {
	if err := rfc5280.Run(der); err != nil {
		return LintFailed.Because(err)
	}
	return nil
}
