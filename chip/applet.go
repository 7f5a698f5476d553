package chip

import (
	"bytes"
	"encoding/binary"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// Capacity of the free area in bytes: what applets, their records, PINs and
// keys take in the memory together. The real card's is not published.
const (
	DefaultFreeArea = 16 << 10
	MaxFreeArea     = 1 << 20
)

// An applet is data that the chip's own code for its type serves; no code is
// ever loaded. Its description is stored under a and the application's number,
// everything else of it under record keys with that number in second place.
func appletRecord(app layout.Application) string { return string([]byte{'a', byte(app)}) }

// belongsTo reports whether a record is one of the slot's.
func belongsTo(key string, app layout.Application) bool {
	switch {
	case len(key) == 2:
		return key[0] == 'a' && key[1] == byte(app)
	case len(key) == 3:
		return bytes.IndexByte([]byte("vtkn"), key[0]) >= 0 && key[1] == byte(app)
	}
	return len(key) == 4 && key[0] == 'f' && key[1] == byte(app)
}

func soundApplet(key string, b []byte) bool {
	a, rest, err := cardmgmt.ParseApplet(b)
	return err == nil && len(rest) == 0 && key == appletRecord(a.Slot)
}

// applets decodes the descriptions of what is in the free area, by slot.
func (m contents) applets() (out [layout.FreeSlots + 1]*cardmgmt.Applet) {
	for n := 1; n <= layout.FreeSlots; n++ {
		if b := m[appletRecord(layout.Slot(n))]; b != nil {
			if a, _, err := cardmgmt.ParseApplet(b); err == nil {
				out[n] = &a
			}
		}
	}
	return out
}

func (m contents) freeArea() int {
	if c := m[recordFreeArea]; len(c) == 4 {
		return int(binary.BigEndian.Uint32(c))
	}
	return DefaultFreeArea
}

// size is what a record takes of the free area.
func size(key string, value []byte) int { return len(key) + len(value) }

// slotSize is what a slot takes, after the change.
func (ch *change) slotSize(app layout.Application) int {
	n := 0
	for k, v := range ch.base {
		if _, changed := ch.over[k]; !changed && belongsTo(k, app) {
			n += size(k, v)
		}
	}
	for k, v := range ch.over {
		if v != nil && belongsTo(k, app) {
			n += size(k, v)
		}
	}
	return n
}

func (ch *change) used() int {
	n := 0
	for s := 1; s <= layout.FreeSlots; s++ {
		n += ch.slotSize(layout.Slot(s))
	}
	return n
}

// entry finds an entry of a built-in application, or of a slot that has an
// applet after the change.
func (p *plan) entry(app layout.Application, id uint16) *entry {
	if app.Slot() > 0 && p.change.get(appletRecord(app)) == nil {
		return nil
	}
	return lookup(app, id)
}

// limit is the number of tries of a PIN.
func (p *plan) limit(e *entry) int {
	if e.app.Slot() == 0 {
		return e.tries
	}
	a, _, err := cardmgmt.ParseApplet(p.change.get(appletRecord(e.app)))
	if err != nil {
		return 0
	}
	return a.Tries
}

// installApplet takes an applet into an empty slot, unless it would answer to
// an AID, or to a prefix of one, that another application has (CHP-57).
func (p *plan) installApplet(i cardmgmt.InstallAppletItem) iso7816.Status {
	if p.change.get(appletRecord(i.Slot)) != nil {
		return iso7816.ConditionsNotSatisfied
	}
	for _, app := range selectionOrder {
		aid := p.card.aid(app)
		if aid != nil && (bytes.HasPrefix(aid, i.AID) || bytes.HasPrefix(i.AID, aid)) {
			return iso7816.WrongData
		}
	}
	b, err := i.Applet.Encode()
	if err != nil {
		return iso7816.WrongData
	}
	p.change.set(appletRecord(i.Slot), b)
	p.change.setFile(lookup(i.Slot, uint16(layout.AppletRecord)), i.Record)
	p.installed = append(p.installed, i.Applet)
	return iso7816.OK
}

// onlyInstalled lets a PIN or key item speak of the applet that the same
// script installs and of nothing else.
func (p *plan) onlyInstalled(app layout.Application) bool {
	return len(p.installed) == 1 && p.installed[0].Slot == app
}

func (p *plan) appletPIN(i cardmgmt.ListPIN) iso7816.Status {
	if !p.onlyInstalled(i.Application) || p.installed[0].Policy == 0 {
		return iso7816.ConditionsNotSatisfied
	}
	return p.setPIN(i)
}

func (p *plan) appletKey(i cardmgmt.GenerateKeyItem) iso7816.Status {
	if !p.onlyInstalled(i.Application) {
		return iso7816.ConditionsNotSatisfied
	}
	return p.generate(i, keyRecord)
}

// finishInstall wants one applet, its key, and its PIN where its policy has
// one.
func (p *plan) finishInstall() iso7816.Status {
	if len(p.installed) != 1 {
		return iso7816.WrongData
	}
	a := p.installed[0]
	key := p.change.get(keyRecord(lookupRef(a.Slot, layout.AppletKey))) != nil
	pin := p.change.get(valueRecord(lookupRef(a.Slot, layout.AppletPIN))) != nil
	if !key || pin != (a.Policy != 0) {
		return iso7816.WrongData
	}
	return p.reportKeys()
}

func (p *plan) removeApplet(i cardmgmt.RemoveAppletItem) iso7816.Status {
	a := p.card.applets[i.Slot.Slot()]
	if a == nil || !bytes.Equal(a.AID, i.AID) {
		return iso7816.FileNotFound
	}
	for k := range p.card.nv {
		if belongsTo(k, i.Slot) {
			p.change.erase(k)
		}
	}
	return iso7816.OK
}

func (p *plan) listApplets() iso7816.Status {
	f := cardmgmt.FreeArea{Capacity: p.card.nv.freeArea()}
	for n, a := range p.card.applets {
		if a != nil {
			size := p.change.slotSize(layout.Slot(n))
			f.Applets = append(f.Applets, cardmgmt.InstalledApplet{Applet: *a, Size: size})
			f.Used += size
		}
	}
	p.answer = f.Encode()
	return iso7816.OK
}

// appletCommand is what an applet has of its own.
func (c *Card) appletCommand(cmd iso7816.Command) iso7816.Response {
	switch {
	case cmd.CLA == 0x00 && cmd.INS == 0x24:
		return c.changeReferenceData(cmd)
	case cmd.CLA == 0x00 && cmd.INS == 0x88:
		return c.appletAuthenticate(cmd)
	}
	return unknown(cmd)
}

// appletAuthenticate signs a challenge of 8 to 64 bytes with the applet's key:
// PKCS#1 v1.5 with SHA-256 over a text that names the applet, so that the
// signature is good for nothing else.
func (c *Card) appletAuthenticate(cmd iso7816.Command) iso7816.Response {
	e := lookupRef(c.selected, layout.AppletKey)
	switch {
	case cmd.P1 != 0x00 || cmd.P2 != 0x80|byte(layout.AppletKey):
		return status(iso7816.WrongParameters)
	case len(cmd.Data) < cardmgmt.MinAppletChallenge || len(cmd.Data) > cardmgmt.MaxAppletChallenge,
		cmd.Le > 0 && cmd.Le < iso7816.RSASize:
		return status(iso7816.WrongLength)
	case !c.unlocked(e):
		return status(iso7816.SecurityNotSatisfied)
	}
	k := c.rsaKey(keyRecord(e))
	if k == nil {
		return status(iso7816.FileNotFound)
	}
	sig, sw := signWith(k, hashInfo, cardmgmt.AppletProofText(c.aid(c.selected), cmd.Data))
	return iso7816.Response{Data: sig, SW: sw}
}
