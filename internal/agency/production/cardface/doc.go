// Package cardface draws what the holder and the reader see of a card: the
// images kept inside the card face application (name, address, Individual
// Number, security code, photo) and pictures of the two printed sides.
//
// The images of texts are greyscale PNG of one bit a pixel, the photo is a
// greyscale JPEG 2000 picture in a JP2 container, as in a real card. The sizes
// of the number (72 x 12) and the security code (24 x 12) are those of a real
// card; the sizes of the others are this package's own choice. The pictures
// of the sides are a design of our own and say 見本 SPECIMEN across, so that
// none can be taken for a card.
//
// Equal input gives equal bytes within one build.
package cardface

import (
	"errors"
	"fmt"
)

// Limits of input and output.
const (
	MaxName    = 100  // characters of a name, an alias included
	MaxAddress = 200  // characters of an address
	MaxPhoto   = 5120 // bytes of the photo inside the chip
	MaxNotes   = 6    // lines of the note field
	MaxNote    = 60   // characters of one line of the note field
)

// Errors of this package. None of them quotes what it refuses: a face is
// personal data throughout.
var (
	// ErrText refuses a text that is empty, too long, not UTF-8, or holds
	// control characters.
	ErrText = errors.New("cardface: text cannot be drawn")
	// ErrDigits refuses a missing number or a code that is not four digits.
	ErrDigits = errors.New("cardface: digits cannot be drawn")
	// ErrPhoto refuses a photo that is no JPEG, or too large or too small.
	ErrPhoto = errors.New("cardface: photo cannot be used")
	// ErrDate refuses a missing birth date or end of validity.
	ErrDate = errors.New("cardface: date is missing")
)

func textError(what, why string) error { return fmt.Errorf("%w: %s %s", ErrText, what, why) }
