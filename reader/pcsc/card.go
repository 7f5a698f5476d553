//go:build !kado_nopcsc && ((linux && (amd64 || arm64)) || darwin || windows)

package pcsc

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/ElMostafaIdrassi/goscard"

	"kado/iso7816"
)

// Card is a card connected exclusively; it is a reader.Transport. It is not
// safe for concurrent use.
type Card struct {
	card   goscard.Card
	pci    *goscard.SCardIORequest
	atr    []byte
	answer []byte // for the next answer, all zero between commands
	closed bool
}

// Connect connects to the card in the reader of that name and resets nothing.
// Errors: ErrNoService, ErrNoReader, ErrNoCard, ErrBusy.
func (s *Service) Connect(name string) (*Card, error) {
	if s.closed {
		return nil, ErrClosed
	}
	h, code, err := s.context.Connect(name, goscard.SCardShareExclusive, goscard.SCardProtocolAny)
	if err := failure("connecting to the card", code, err); err != nil {
		return nil, err
	}
	c := &Card{card: h}
	if err := c.settle(); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// settle learns protocol and answer to reset.
func (c *Card) settle() error {
	switch c.card.ActiveProtocol() {
	case goscard.SCardProtocolT0:
		c.pci = &goscard.SCardIoRequestT0
	case goscard.SCardProtocolT1:
		c.pci = &goscard.SCardIoRequestT1
	default:
		return ErrUnsupported
	}
	status, code, err := c.card.Status()
	if err := failure("asking the card's state", code, err); err != nil {
		return err
	}
	if c.atr, err = hex.DecodeString(status.Atr); err != nil {
		return fmt.Errorf("%w: answer to reset", ErrUnsupported)
	}
	return nil
}

// ATR returns the card's answer to reset as it was when connected.
func (c *Card) ATR() []byte { return append([]byte(nil), c.atr...) }

// Transmit implements reader.Transport. The command is sent exactly once: an
// answer of up to 65,538 bytes arrives whole, and nothing is repeated after an
// error.
func (c *Card) Transmit(command []byte) ([]byte, error) {
	if c.closed {
		return nil, ErrClosed
	}
	if len(command) < 4 || len(command) > maxCommand {
		// Nothing that a reader carries; a virtual one would take one byte for a
		// control of its own.
		return nil, fmt.Errorf("%w: a command of %d bytes", ErrUnsupported, len(command))
	}
	return c.send(command)
}

// maxCommand is the longest command APDU: header, three bytes of Lc, data, two
// bytes of Le.
const maxCommand = 4 + 3 + iso7816.MaxExtendedData + 2

// Reset resets the card, which forgets what was selected and verified; tell
// reader.Card.Reset.
func (c *Card) Reset() error {
	if c.closed {
		return ErrClosed
	}
	code, err := c.card.Reconnect(goscard.SCardShareExclusive, goscard.SCardProtocolAny, goscard.SCardResetCard)
	if err := failure("resetting the card", code, err); err != nil {
		return err
	}
	return c.settle()
}

// Close resets the card and gives it up.
func (c *Card) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	code, err := c.card.Disconnect(goscard.SCardResetCard)
	if err := failure("giving the card up", code, err); err != nil && !gone(err) {
		return err
	}
	return nil
}

// gone reports whether there was nothing left to give up.
func gone(err error) bool {
	return errors.Is(err, ErrRemoved) || errors.Is(err, ErrNoService) || errors.Is(err, ErrNoCard) || errors.Is(err, ErrNoReader)
}
