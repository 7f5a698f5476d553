package cardtool

import (
	"errors"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/iso7816"
	"kado/reader"
	"kado/reader/trace"
)

// refusal turns an error of the reader into what the user is told.
func (t *Tool) refusal(err error) error {
	var f *fault.Error
	var status *reader.StatusError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return err
	case errors.Is(err, reader.ErrInert):
		return NotInOperation.Because(err)
	case errors.Is(err, reader.ErrNotFound):
		return NotThisCard.Because(err)
	case errors.As(err, &status):
		if status.SW == iso7816.InstructionUnknown || status.SW == iso7816.ClassUnknown {
			return NotThisCard.Because(err)
		}
		word := trace.StatusText(status.SW)
		return CardRefused.Because(err, lang.Text{JA: word.JA, EN: word.EN})
	case errors.Is(err, reader.ErrMalformed):
		return CardRefused.Because(err, "?")
	}
	return CardGone.Because(err)
}
