// Package shelf is where virtual cards lie when nobody holds them: one file a
// card in a folder outside the system's database (house rule 4). Taking a card
// gives it power; whoever has the file has the card, like plastic.
package shelf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kado/cardmgmt"
	"kado/chip"
	"kado/internal/platform/entropy"
	"kado/mynumber"
	"kado/reader"
)

// Shelf is a folder of cards.
type Shelf struct {
	dir     string
	keys    chip.KeySource
	entropy entropy.Source
}

// Open opens the folder, making it if need be.
func Open(dir string, keys chip.KeySource, e entropy.Source) (*Shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("shelf: %w", err)
	}
	return &Shelf{dir: dir, keys: keys, entropy: e}, nil
}

// Card is a card taken off the shelf and under power. Put it back with Close.
type Card struct {
	*chip.Card
	file *chip.File
}

// Close takes the power away and puts the card back.
func (c *Card) Close() error { return c.file.Close() }

// Transport is the card on a reader.
func (c *Card) Transport() reader.Transport { return reader.Virtual(c.Card) }

func (s *Shelf) path(id mynumber.CardID) string { return filepath.Join(s.dir, string(id)+".card") }

// Blank makes a blank chip as the chip maker delivers it: a serial, and the
// management key that the card management system released for it.
func (s *Shelf) Blank(id mynumber.CardID, key []byte) (*Card, error) {
	if _, err := mynumber.ParseCardID(string(id)); err != nil {
		return nil, NoCard.Because(err)
	}
	if len(key) != cardmgmt.KeyLen {
		return nil, fmt.Errorf("shelf: a management key has %d bytes", cardmgmt.KeyLen)
	}
	return s.power(id, func(mem *chip.File) (*chip.Card, error) {
		return chip.Manufacture(mem, chip.Blank{Serial: string(id), ManagementKey: cardmgmt.Key(key)}, s.keys, chip.WithRandom(s.entropy.Stream("chip."+string(id))))
	})
}

// Take takes a card off the shelf.
func (s *Shelf) Take(id mynumber.CardID) (*Card, error) {
	if _, err := mynumber.ParseCardID(string(id)); err != nil {
		return nil, NoCard.Because(err)
	}
	if _, err := os.Stat(s.path(id)); err != nil {
		return nil, NoCard.Because(err)
	}
	return s.power(id, func(mem *chip.File) (*chip.Card, error) {
		return chip.Open(mem, s.keys, chip.WithRandom(s.entropy.Stream("chip."+string(id))))
	})
}

func (s *Shelf) power(id mynumber.CardID, start func(*chip.File) (*chip.Card, error)) (*Card, error) {
	mem, err := chip.OpenFile(s.path(id))
	var c *chip.Card
	if err == nil {
		c, err = start(mem)
	}
	if err != nil {
		if mem != nil {
			err = errors.Join(err, mem.Close())
		}
		switch {
		case errors.Is(err, chip.ErrInUse):
			return nil, Taken.Because(err)
		case errors.Is(err, chip.ErrDamaged), errors.Is(err, chip.ErrEmpty):
			return nil, Damaged.Because(err)
		}
		return nil, fmt.Errorf("shelf: card %s: %w", id, err)
	}
	return &Card{Card: c, file: mem}, nil
}

// List returns the cards on the shelf, by id. Other files are passed over.
func (s *Shelf) List() ([]mynumber.CardID, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("shelf: %w", err)
	}
	var out []mynumber.CardID
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".card")
		if id, err := mynumber.ParseCardID(name); ok && err == nil && e.Type().IsRegular() {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out, nil
}
