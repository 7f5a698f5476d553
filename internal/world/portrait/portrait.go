// Package portrait draws the passport-like portraits of fictitious residents
// . No picture of a real person goes in: a seed gives the traits, the
// traits give a shaded head, and the same seed gives the same bytes.
package portrait

import (
	"errors"
	"io"

	"kado/mynumber"
)

// Subject is what the register knows of a resident that shows in the face.
type Subject struct {
	Age int // completed years, 0..120
	Sex mynumber.Sex
}

// Draw returns the JPEG of a portrait. It reads 32 bytes from seed; the same 32
// bytes and the same subject give the same portrait.
func Draw(seed io.Reader, s Subject) ([]byte, error) {
	return nil, errors.New("portrait: nothing drawn")
}

// Fault is a photographic fault a portrait may be drawn with, to try the
// examination.
type Fault string

// DrawFaulty draws the person that Draw gives for the same seed, photographed
// badly.
func DrawFaulty(seed io.Reader, s Subject, f Fault) ([]byte, error) {
	return nil, errors.New("portrait: nothing drawn")
}
