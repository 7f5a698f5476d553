package reader

import (
	"fmt"

	"kado/cardmgmt/layout"
	"kado/iso7816"
	"kado/mynumber"
)

// application is what the clients have in common.
type application struct {
	card *Card
	id   layout.Application
	name string
	aid  []byte
}

func (c *Card) application(id layout.Application) (application, error) {
	return c.applicationByAID(id, id.String(), id.AID())
}

// applicationByAID selects an application under the identifier it was given
// when it was installed.
func (c *Card) applicationByAID(id layout.Application, name string, aid []byte) (application, error) {
	return application{c, id, name, aid}, c.selectApplication(name, aid)
}

func (a application) exchange(operation string, cmd iso7816.Command, p privacy) (iso7816.Response, error) {
	if err := a.card.selectApplication(a.name, a.aid); err != nil {
		return iso7816.Response{}, err
	}
	return a.card.exchange(operation, cmd, p)
}

func (a application) command(operation string, cmd iso7816.Command, p privacy) ([]byte, error) {
	if err := a.card.selectApplication(a.name, a.aid); err != nil {
		return nil, err
	}
	return a.card.command(operation, cmd, p)
}

func (a application) selectFile(what string, id uint16) error {
	_, err := a.command("select "+what, iso7816.Command{INS: 0xA4, P1: 0x02, P2: 0x0C, Data: []byte{byte(id >> 8), byte(id)}}, public)
	return err
}

// maxFile bounds what is read from one file: offsets have 15 bits.
const maxFile = 1 << 15

// read returns up to n bytes from an offset of the current file; fewer mean
// its end.
func (a application) read(what string, offset, n int, p privacy) ([]byte, error) {
	r, err := a.exchange("read "+what, iso7816.Command{INS: 0xB0, P1: byte(offset >> 8), P2: byte(offset), Le: n}, p)
	if err != nil {
		return nil, err
	}
	switch {
	case r.SW == iso7816.WrongOffset && offset > 0:
		return nil, nil
	case !r.SW.OK() && r.SW != iso7816.EndOfFile:
		return nil, &StatusError{r.SW, "read " + what}
	case len(r.Data) > n:
		return nil, fmt.Errorf("%w: read %s", ErrMalformed, what)
	}
	return r.Data, nil
}

// readAll reads a file with its filler to its physical end.
func (a application) readAll(what string, id layout.FileID, p privacy) ([]byte, error) {
	return a.readFile(what, id, p, maxFile)
}

// readObject reads the data object a file starts with. Its length is learnt
// from the first head bytes (4 for a certificate, 7 for the card's own tags).
func (a application) readObject(what string, id layout.FileID, head int, p privacy) ([]byte, error) {
	if err := a.selectFile(what, uint16(id)); err != nil {
		return nil, err
	}
	first, err := a.read(what, 0, head, p)
	if err != nil {
		return nil, err
	}
	total, err := objectLength(first)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrMalformed, what, err)
	}
	if total > maxFile {
		return nil, fmt.Errorf("%w: %s of %d bytes", ErrMalformed, what, total)
	}
	if total <= len(first) {
		return first[:total], nil
	}
	out, err := a.readOn(what, first, total, p)
	if err == nil && len(out) < total {
		return nil, fmt.Errorf("%w: %s ends early", ErrMalformed, what)
	}
	return out, err
}

func (a application) readFile(what string, id layout.FileID, p privacy, limit int) ([]byte, error) {
	if err := a.selectFile(what, uint16(id)); err != nil {
		return nil, err
	}
	return a.readOn(what, nil, limit, p)
}

// readOn continues a file up to total bytes or its end.
func (a application) readOn(what string, got []byte, total int, p privacy) ([]byte, error) {
	out := append([]byte(nil), got...)
	for len(out) < total {
		want := min(iso7816.MaxShortLe, total-len(out))
		b, err := a.read(what, len(out), want, p)
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
		if len(b) < want {
			break
		}
	}
	return out, nil
}

// objectLength is the length of an object, header included, from the header
// alone; superfluous length bytes are taken.
func objectLength(b []byte) (int, error) {
	n := 1
	if len(b) > 0 && b[0]&0x1F == 0x1F {
		n = 2
	}
	if len(b) <= n {
		return 0, iso7816.ErrMalformedTLV
	}
	switch l := b[n]; {
	case l < 0x80:
		return n + 1 + int(l), nil
	case l == 0x81 && len(b) > n+1:
		return n + 2 + int(b[n+1]), nil
	case l == 0x82 && len(b) > n+2:
		return n + 3 + int(b[n+1])<<8 + int(b[n+2]), nil
	}
	return 0, iso7816.ErrMalformedTLV
}

func (a application) readRecord(what string, id layout.FileID) ([]byte, error) {
	return a.command("read "+what, iso7816.Command{INS: 0xB2, P1: 1, P2: byte(id)<<3 | 4, Le: iso7816.MaxShortLe}, public)
}

// verify presents a value. Errors: *WrongPINError, ErrBlocked, ErrInert.
func (a application) verify(what string, ref layout.Reference, value mynumber.Secret) error {
	if value.IsZero() {
		// Without data the command is a query and would seem to be refused.
		return fmt.Errorf("%w: empty %s", ErrCaller, what)
	}
	if err := a.selectFile(what, uint16(ref)); err != nil {
		return err
	}
	r, err := a.exchange("verify "+what, iso7816.Command{INS: 0x20, P2: 0x80, Data: []byte(value.Reveal())}, private)
	if err != nil {
		return err
	}
	if n, ok := r.SW.TriesLeft(); ok {
		return &WrongPINError{Left: n}
	}
	if !r.SW.OK() {
		return &StatusError{r.SW, "verify " + what}
	}
	return nil
}

// triesLeft asks without spending a try.
func (a application) triesLeft(what string, ref layout.Reference) (int, error) {
	if err := a.selectFile(what, uint16(ref)); err != nil {
		return 0, err
	}
	r, err := a.exchange("tries of "+what, iso7816.Command{INS: 0x20, P2: 0x80}, public)
	if err != nil {
		return 0, err
	}
	if n, ok := r.SW.TriesLeft(); ok {
		return n, nil
	}
	return 0, &StatusError{r.SW, "tries of " + what}
}

// change presents the old value and sets the new one. The two instructions for
// it differ by application.
func (a application) change(what string, ref layout.Reference, old, value mynumber.Secret) error {
	if err := a.verify(what, ref, old); err != nil {
		return err
	}
	cmd := iso7816.Command{INS: 0x24, P1: 0x01, P2: 0x80, Data: []byte(value.Reveal())}
	if a.id == layout.Common || a.id == layout.Register {
		cmd.CLA, cmd.INS, cmd.P1 = 0x80, 0x32, 0x00
	}
	_, err := a.command("change "+what, cmd, private)
	return err
}
