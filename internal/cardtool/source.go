package cardtool

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"kado/chip"
	"kado/internal/platform/entropy"
	"kado/internal/world/shelf"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/trace"
)

// Source is a card under power: virtual or in a reader.
type Source struct {
	Transport reader.Transport
	ATR       []byte
	// Physical is set for cards in a reader: nothing writes to them but a change
	// of a PIN, and a try on them is never given back.
	Physical bool
	// Name says where the card is, for people.
	Name  string
	close func() error
}

// Close takes the card's power away.
func (s *Source) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// Opener reaches cards in readers (PC/SC).
type Opener interface {
	// Open opens the card in the reader of this name, or of this number counted
	// from 0. Errors are faults of this package.
	Open(ctx context.Context, name string) (*Source, error)
}

// NewSource makes a source of a card that an Opener found.
func NewSource(t reader.Transport, atr []byte, physical bool, name string, closer func() error) *Source {
	return &Source{Transport: t, ATR: atr, Physical: physical, Name: name, close: closer}
}

// OpenFile opens the card image at path.
func OpenFile(path string) (*Source, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, NoCardFile.Because(errors.Join(err, fs.ErrInvalid), clean(path))
	}
	mem, err := chip.OpenFile(path)
	var card *chip.Card
	if err == nil {
		card, err = chip.Open(mem, chip.GenerateKeys{})
	}
	if err != nil {
		if mem != nil {
			err = errors.Join(err, mem.Close())
		}
		switch {
		case errors.Is(err, chip.ErrInUse):
			return nil, shelf.Taken.Because(err)
		case errors.Is(err, chip.ErrDamaged), errors.Is(err, chip.ErrEmpty):
			return nil, shelf.Damaged.Because(err)
		}
		return nil, NoCardFile.Because(err, clean(path))
	}
	return &Source{Transport: reader.Virtual(card), ATR: card.ATR(), Name: filepath.Base(path), close: mem.Close}, nil
}

// OpenRecorded is a card that answers as a trace says: in the recorded order, and
// nothing after the first command that is another. Closing it is refused where
// commands of the trace did not come. What is hidden in answers has to be given.
func OpenRecorded(t *trace.Trace, hidden trace.Hidden, name string) (*Source, error) {
	t, err := t.Reveal(hidden)
	if err != nil {
		return nil, Deviation(err)
	}
	card := trace.NewCard(t)
	return &Source{Transport: recorded{card}, ATR: t.ATR, Name: name, close: func() error { return Deviation(card.Done()) }}, nil
}

// recorded tells deviations as the user is told of them.
type recorded struct{ *trace.Card }

func (r recorded) Transmit(command []byte) ([]byte, error) {
	answer, err := r.Card.Transmit(command)
	return answer, Deviation(err)
}

// OpenShelf takes the card of an id off the shelf in the folder of a kept
// world.
func OpenShelf(dir, id string) (*Source, error) {
	card, err := mynumber.ParseCardID(id)
	if err != nil {
		return nil, shelf.NoCard.Because(err)
	}
	dir = filepath.Join(dir, "shelf")
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, shelf.NoCard.Because(errors.Join(err, fs.ErrNotExist))
	}
	s, err := shelf.Open(dir, chip.GenerateKeys{}, entropy.System())
	if err != nil {
		return nil, err
	}
	c, err := s.Take(card)
	if err != nil {
		return nil, err
	}
	return &Source{Transport: c.Transport(), ATR: c.ATR(), Name: id, close: c.Close}, nil
}

// guard lets nothing through to a physical card that could write to it, except
// a change of a PIN once that was agreed to (armed).
type guard struct {
	reader.Transport
	physical bool
	armed    bool
}

func (g *guard) Transmit(command []byte) ([]byte, error) {
	if g.physical && !g.harmless(command) {
		return nil, ReadOnly.New()
	}
	return g.Transport.Transmit(command)
}

// harmless lists what does not write, apart from the try counter of VERIFY.
func (g *guard) harmless(command []byte) bool {
	cmd, err := iso7816.ParseCommand(command)
	if err != nil {
		return false
	}
	switch [2]byte{cmd.CLA, cmd.INS} {
	case [2]byte{0x00, 0xA4}, [2]byte{0x00, 0xB0}, [2]byte{0x00, 0xB2}, [2]byte{0x00, 0x20},
		[2]byte{0x00, 0xCA}, [2]byte{0x00, 0x84}, [2]byte{0x00, 0x88}, [2]byte{0x80, 0x2A}:
		return true
	case [2]byte{0x00, 0x24}, [2]byte{0x80, 0x32}:
		return g.armed
	}
	return false
}

// Tool works with one card.
type Tool struct {
	source   *Source
	guard    *guard
	recorder *trace.Recorder
	card     *reader.Card
}

// New returns a tool for the card. opts are those of the trace it keeps.
func New(s *Source, opts ...trace.Option) *Tool {
	g := &guard{Transport: s.Transport, physical: s.Physical}
	rec := trace.Record(g, opts...)
	rec.SetATR(s.ATR)
	return &Tool{source: s, guard: g, recorder: rec, card: reader.New(rec)}
}

// Trace is what reader and card said so far.
func (t *Tool) Trace() *trace.Trace { return t.recorder.Trace() }

// Physical reports whether the card lies in a reader.
func (t *Tool) Physical() bool { return t.source.Physical }

// clean keeps a name from filling the screen or carrying control characters.
func clean(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r < ' ' || r == 0x7f {
			out[i] = ' '
		}
	}
	if len(out) > 200 {
		out = append(out[:200], '…')
	}
	return string(out)
}
