package reader

import (
	"fmt"

	"kado/iso7816"
)

// Transport carries one command APDU to a card and brings its response.
type Transport interface {
	Transmit(command []byte) ([]byte, error)
}

// Virtual is the Transport to a chip in this program (*chip.Card).
func Virtual(card interface{ Transmit(command []byte) []byte }) Transport { return virtual{card} }

type virtual struct {
	card interface{ Transmit([]byte) []byte }
}

func (v virtual) Transmit(command []byte) ([]byte, error) { return v.card.Transmit(command), nil }

// Option changes how a Card works.
type Option func(*Card)

// WithTrace shows every exchange to f, with secrets and personal data replaced
// by asterisks.
func WithTrace(f func(command, response []byte)) Option { return func(c *Card) { c.trace = f } }

// WithExtendedLength sends long scripts in extended APDUs of n bytes of data
// instead of 255; n is at most 65,535. Not every reader device can carry them.
func WithExtendedLength(n int) Option {
	return func(c *Card) { c.chunk = min(max(n, 1), iso7816.MaxExtendedData) }
}

// Card is one card on one reader. It is not safe for concurrent use.
type Card struct {
	transport Transport
	trace     func(command, response []byte)
	chunk     int

	selected string // AID
	// known is false when what is selected is not.
	known bool
}

// New returns the card behind t. It sends nothing yet.
func New(t Transport, opts ...Option) *Card {
	c := &Card{transport: t, chunk: iso7816.MaxShortData}
	for _, o := range opts {
		o(c)
	}
	return c
}

// private marks exchanges whose answers a trace must not show.
type privacy bool

const (
	public  privacy = false
	private privacy = true
)

// exchange sends one command and splits the answer; the status word is the
// caller's to judge.
func (c *Card) exchange(operation string, cmd iso7816.Command, p privacy) (iso7816.Response, error) {
	b, err := cmd.Encode()
	if err != nil {
		return iso7816.Response{}, fmt.Errorf("%w: %s: %w", ErrCaller, operation, err)
	}
	raw, err := c.transport.Transmit(b)
	if err != nil {
		c.known = false
		return iso7816.Response{}, fmt.Errorf("reader: %s: %w", operation, err)
	}
	r, err := iso7816.ParseResponse(raw)
	if err != nil {
		c.known = false
		return iso7816.Response{}, fmt.Errorf("%w: %s: %w", ErrMalformed, operation, err)
	}
	if c.trace != nil {
		c.trace(maskCommand(b), maskResponse(raw, p))
	}
	if r.SW == iso7816.MemoryFailure {
		// The chip has forgotten what was selected and verified.
		c.known = false
	}
	return r, nil
}

// command is exchange for commands that must succeed.
func (c *Card) command(operation string, cmd iso7816.Command, p privacy) ([]byte, error) {
	r, err := c.exchange(operation, cmd, p)
	if err != nil {
		return nil, err
	}
	if !r.SW.OK() {
		return nil, &StatusError{r.SW, operation}
	}
	return r.Data, nil
}

// selectApplication makes an application current, without a command where it is
// already.
func (c *Card) selectApplication(name string, aid []byte) error {
	if c.known && c.selected == string(aid) {
		return nil
	}
	c.known = false
	if _, err := c.command("select "+name, iso7816.Command{INS: 0xA4, P1: 0x04, P2: 0x0C, Data: aid}, public); err != nil {
		return err
	}
	c.selected, c.known = string(aid), true
	return nil
}

// Reset forgets what is selected; call it after the card was reset or taken
// off the reader.
func (c *Card) Reset() { c.known = false }
