// Package pdf reads PDF files (ISO 32000-2, 7) as strictly as a signature
// demands, and writes objects.
//
// It accepts less than viewers do. Open walks over every octet of the file: a
// revision is a row of indirect objects with white space and comments between
// them, then its cross-reference section, its trailer, startxref and %%EOF. Every
// object in it is listed by the section of that same revision, and every entry of
// the section leads to such an object. Nothing is repaired.
package pdf

import "fmt"

// Caps. A file beyond one of them is refused with TooLarge.
const (
	MaxFile      = 256 << 20 // octets of a file
	MaxObjects   = 500_000   // entries of all cross-reference sections together
	MaxRevisions = 256
	MaxDecoded   = 64 << 20 // octets of all decoded streams together
	maxDepth     = 64       // arrays and dictionaries in each other
	maxString    = 16 << 20 // octets of one string, before decoding
	maxName      = 1024
	maxItems     = 2 << 20 // values in one file
)

// Cause says why a file was refused.
type Cause uint8

// The causes.
const (
	Malformed   Cause = iota + 1 // not the form that is read
	TooLarge                     // beyond a cap
	Unsupported                  // encrypted, or a filter that is not read
	Ambiguous                    // two readings: an object or key given twice, an object that no section lists
)

var causes = [...]string{Malformed: "malformed", TooLarge: "too large", Unsupported: "not supported", Ambiguous: "ambiguous"}

// Error is the refusal of a file. Its text holds nothing of the content.
type Error struct {
	Cause  Cause
	Detail string
	At     int // octet of the file, or -1
}

// Error returns cause, detail and place.
func (e *Error) Error() string {
	s := "pdf: " + causes[e.Cause] + ": " + e.Detail
	if e.At >= 0 {
		s += fmt.Sprintf(" (at octet %d)", e.At)
	}
	return s
}

func refuse(c Cause, at int, detail string) error { return &Error{Cause: c, Detail: detail, At: at} }
