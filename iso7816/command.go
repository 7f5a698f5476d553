package iso7816

import (
	"errors"
	"fmt"
)

// Largest values of the two length fields.
const (
	MaxShortData    = 255   // bytes of data in a short command
	MaxExtendedData = 65535 // bytes of data in an extended command
	MaxShortLe      = 256   // written 00
	MaxExtendedLe   = 65536 // written 0000
)

// ErrMalformedCommand is wrapped by every error of ParseCommand.
var ErrMalformedCommand = errors.New("iso7816: malformed command APDU")

// Command is a command APDU.
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte
	// Le is the number of answer bytes asked for: 0 for none, 256 for the
	// short spelling 00, 65536 for the extended spelling 0000.
	Le int
	// Extended asks Encode for the extended length form even where the short
	// one would do; ParseCommand sets it when it met that form.
	Extended bool
}

// ParseCommand reads the four cases of ISO/IEC 7816-3 in short and extended
// form. An empty body is accepted in all spellings that libraries produce for
// it (four bytes; a zero Lc with or without Le; their extended forms). Data
// aliases b.
func ParseCommand(b []byte) (Command, error) {
	if len(b) < 4 {
		return Command{}, fmt.Errorf("%w: %d bytes, a header has 4", ErrMalformedCommand, len(b))
	}
	c := Command{CLA: b[0], INS: b[1], P1: b[2], P2: b[3]}
	body := b[4:]
	switch {
	case len(body) == 0:
		return c, nil
	case len(body) == 1:
		c.Le = shortLe(body[0])
		return c, nil
	case body[0] != 0:
		return c.parseShort(body)
	case len(body) == 2:
		// Zero Lc followed by Le: no data, an answer wanted.
		c.Le = shortLe(body[1])
		return c, nil
	default:
		return c.parseExtended(body)
	}
}

func (c Command) parseShort(body []byte) (Command, error) {
	lc := int(body[0])
	switch len(body) {
	case 1 + lc:
		c.Data = body[1:]
	case 1 + lc + 1:
		c.Data = body[1 : 1+lc]
		c.Le = shortLe(body[1+lc])
	default:
		return Command{}, fmt.Errorf("%w: Lc %d does not fit a body of %d bytes", ErrMalformedCommand, lc, len(body))
	}
	return c, nil
}

func (c Command) parseExtended(body []byte) (Command, error) {
	c.Extended = true
	n := int(body[1])<<8 | int(body[2])
	switch {
	case len(body) == 3:
		c.Le = extendedLe(n)
	case len(body) == 3+n:
		c.Data = body[3:]
	case len(body) == 3+n+2:
		c.Data = body[3 : 3+n : 3+n]
		c.Le = extendedLe(int(body[3+n])<<8 | int(body[4+n]))
	default:
		return Command{}, fmt.Errorf("%w: extended Lc %d does not fit a body of %d bytes", ErrMalformedCommand, n, len(body))
	}
	return c, nil
}

func shortLe(b byte) int {
	if b == 0 {
		return MaxShortLe
	}
	return int(b)
}

func extendedLe(n int) int {
	if n == 0 {
		return MaxExtendedLe
	}
	return n
}

// Encode writes the command, in the short form unless the lengths or the
// Extended flag ask for the other. It fails only on lengths no APDU can carry.
func (c Command) Encode() ([]byte, error) {
	if len(c.Data) > MaxExtendedData || c.Le < 0 || c.Le > MaxExtendedLe {
		return nil, fmt.Errorf("%w: %d data bytes, Le %d", ErrMalformedCommand, len(c.Data), c.Le)
	}
	out := make([]byte, 0, 4+3+len(c.Data)+2)
	out = append(out, c.CLA, c.INS, c.P1, c.P2)
	if !c.Extended && len(c.Data) <= MaxShortData && c.Le <= MaxShortLe {
		if len(c.Data) > 0 {
			out = append(out, byte(len(c.Data)))
			out = append(out, c.Data...)
		}
		if c.Le > 0 {
			out = append(out, byte(c.Le))
		}
		return out, nil
	}
	if len(c.Data) > 0 {
		out = append(out, 0, byte(len(c.Data)>>8), byte(len(c.Data)))
		out = append(out, c.Data...)
	} else if c.Le > 0 {
		out = append(out, 0)
	}
	if c.Le > 0 {
		out = append(out, byte(c.Le>>8), byte(c.Le))
	}
	return out, nil
}
