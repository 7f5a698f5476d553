package shelf

import (
	"errors"
	"os"

	"kado/chip"
	"kado/mynumber"
)

// Copy is a card's memory at one moment: a card to try things on, which leave no
// trace on the shelf. Only a shelf can do so; no real card can be copied.
type Copy struct {
	shelf *Shelf
	id    mynumber.CardID
	mem   *chip.RAM
	keys  chip.Keyring
	stat  os.FileInfo
}

// Copy copies a card that nobody is using. KADO-7101, KADO-7102, KADO-7103.
func (s *Shelf) Copy(id mynumber.CardID) (*Copy, error) {
	card, err := s.Take(id)
	if err != nil {
		return nil, err
	}
	c := &Copy{shelf: s, id: id, mem: chip.NewRAM()}
	records, err := card.file.Load()
	if err == nil {
		var batch []chip.Record
		for key, value := range records {
			batch = append(batch, chip.Record{Key: key, Value: value})
		}
		err = c.mem.Commit(batch)
	}
	if err == nil {
		c.stat, err = os.Stat(s.path(id))
	}
	if err = errors.Join(err, card.Close()); err != nil {
		return nil, err
	}
	return c, nil
}

// Current reports whether the card on the shelf is still as it was copied.
func (c *Copy) Current() bool {
	now, err := os.Stat(c.shelf.path(c.id))
	return err == nil && os.SameFile(now, c.stat) && now.Size() == c.stat.Size() && now.ModTime().Equal(c.stat.ModTime())
}

// Power gives a card of this memory power. Each has its own: what is done to one
// is not seen on another.
func (c *Copy) Power() (*chip.Card, error) {
	return chip.Open(c.mem.Clone(), c.shelf.keys, chip.WithKeyring(&c.keys), chip.WithRandom(c.shelf.entropy.Stream("chip."+string(c.id))))
}
