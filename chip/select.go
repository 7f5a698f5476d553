package chip

import (
	"bytes"

	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// selectionOrder is the order in which a prefix of an AID meets applications.
// Applets of the free area come last.
var selectionOrder = func() []layout.Application {
	order := []layout.Application{layout.Master, layout.Common, layout.Register, layout.Face, layout.Text, layout.JPKI}
	for n := 1; n <= layout.FreeSlots; n++ {
		order = append(order, layout.Slot(n))
	}
	return order
}()

var builtInAIDs = func() (aids [layout.JPKI + 1][]byte) {
	for app := range aids {
		aids[app] = layout.Application(app).AID()
	}
	return aids
}()

// aid returns what an application answers to, nil for an empty slot.
func (c *Card) aid(app layout.Application) []byte {
	if n := app.Slot(); n > 0 {
		if c.applets[n] == nil {
			return nil
		}
		return c.applets[n].AID
	}
	return builtInAIDs[app]
}

const (
	selectByID   = 0x00
	selectEF     = 0x02
	selectByName = 0x04

	noAnswer   = 0x0C // P2 bits: no file control information wanted
	nextChoice = 0x02 // P2 bits: next application that matches
)

func (c *Card) selectCommand(cmd iso7816.Command) iso7816.Response {
	switch cmd.P1 {
	case selectByName:
		return c.selectName(cmd, selectionOrder)
	case selectEF:
		return c.selectFile(cmd)
	case selectByID:
		if len(cmd.Data) > 0 {
			// 3F00 and every other identifier: the card has no such path.
			return status(iso7816.FileNotFound)
		}
		if c.selected == layout.Master {
			return status(iso7816.WrongParameters)
		}
		return answer(nil)
	}
	return status(iso7816.WrongParameters)
}

// selectMaster is selection on a blank chip, which has no applications yet.
func (c *Card) selectMaster(cmd iso7816.Command) iso7816.Response {
	return c.selectName(cmd, selectionOrder[:1])
}

func (c *Card) selectName(cmd iso7816.Command, order []layout.Application) iso7816.Response {
	if cmd.P2&^(noAnswer|nextChoice) != 0 || cmd.P2&noAnswer != 0 && cmd.P2&noAnswer != noAnswer {
		return status(iso7816.WrongParameters)
	}
	if len(cmd.Data) > 16 {
		return status(iso7816.WrongLength)
	}
	// A step on from the current application starts after it.
	after := cmd.P2&nextChoice != 0
	for _, app := range order {
		if after {
			after = app != c.selected
			continue
		}
		aid := c.aid(app)
		if aid == nil || !bytes.HasPrefix(aid, cmd.Data) {
			continue
		}
		c.selectApplication(app)
		if cmd.P2&noAnswer != 0 {
			return answer(nil)
		}
		return answer(iso7816.AppendTLV(nil, 0x6F, iso7816.AppendTLV(nil, 0x84, aid)))
	}
	return status(iso7816.FileNotFound)
}

// selectApplication drops every verification of the previous application,
// also when it is selected again.
func (c *Card) selectApplication(app layout.Application) {
	c.selected, c.current = app, nil
	c.verified = [32]bool{}
}

func (c *Card) selectFile(cmd iso7816.Command) iso7816.Response {
	if cmd.P2 != 0x00 && cmd.P2 != noAnswer {
		return status(iso7816.WrongParameters)
	}
	if len(cmd.Data) != 2 {
		return status(iso7816.WrongLength)
	}
	e := lookup(c.selected, uint16(cmd.Data[0])<<8|uint16(cmd.Data[1]))
	if e == nil || !c.nv.exists(e) {
		return status(iso7816.FileNotFound)
	}
	c.current = e
	if cmd.P2 == noAnswer {
		return answer(nil)
	}
	return answer(iso7816.AppendTLV(nil, 0x6F, iso7816.AppendTLV(nil, 0x83, cmd.Data)))
}

// target finds the entry a command speaks of: the current one, or the one with
// the short identifier, which becomes current.
func (c *Card) target(short byte) (*entry, iso7816.Status) {
	if short == 0 {
		if c.current == nil || !c.nv.exists(c.current) {
			return nil, iso7816.NoCurrentFile
		}
		return c.current, iso7816.OK
	}
	e := lookup(c.selected, uint16(short))
	if e == nil || !c.nv.exists(e) {
		return nil, iso7816.FileNotFound
	}
	c.current = e
	return e, iso7816.OK
}

// shortID reads P2 of VERIFY and of signing: 80 means the current entry,
// 81 to 9E a short identifier.
func shortID(p2 byte) (short byte, ok bool) { return p2 & 0x1F, p2&0xE0 == 0x80 && p2 != 0x9F }

// unlocked reports whether the access condition of e is met.
func (c *Card) unlocked(e *entry) bool {
	if e.never {
		return false
	}
	if len(e.unlock) == 0 {
		return true
	}
	if e.when != 0 && c.applets[e.app.Slot()].Policy&e.when == 0 {
		return true
	}
	for _, ref := range e.unlock {
		if c.verified[ref] {
			return true
		}
	}
	return false
}
