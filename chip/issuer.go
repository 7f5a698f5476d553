package chip

import (
	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// act is an issuer act between BEGIN and COMMIT. It lives in volatile memory.
type act struct {
	cardmgmt.Begin
	challenge cardmgmt.Challenge
	script    []byte
	// items is set once the script has arrived whole and was parsed.
	items cardmgmt.Script
	pins  map[*entry][]byte
}

// isActCommand reports whether the command belongs inside an issuer session.
func isActCommand(cmd iso7816.Command) bool {
	return cmd.CLA == 0x80 && (cmd.INS == cardmgmt.InsData || cmd.INS == cardmgmt.InsCommit || cmd.INS == cardmgmt.InsSetPIN)
}

func (c *Card) issuerCommand(cmd iso7816.Command) (r iso7816.Response, keep, ok bool) {
	if cmd.CLA != 0x80 {
		return r, false, false
	}
	switch cmd.INS {
	case cardmgmt.InsBegin:
		return status(c.begin(cmd)), false, true
	case cardmgmt.InsData:
		return status(c.appendScript(cmd)), false, true
	case cardmgmt.InsSetPIN:
		sw := c.setPIN(cmd)
		// A value of the wrong form was mistyped on the pad; the holder may
		// type again.
		return status(sw), sw == iso7816.WrongData && c.act != nil, true
	case cardmgmt.InsCommit:
		r := c.commitAct(cmd)
		c.act = nil
		return r, false, true
	}
	return r, false, false
}

// begin takes the challenge, used or not, and opens a session if the
// cryptogram is the office's for this card, challenge, session, operation and
// script.
func (c *Card) begin(cmd iso7816.Command) iso7816.Status {
	challenge := c.challenge
	c.challenge = nil
	if cmd.P1 != 0 || cmd.P2 != 0 {
		return iso7816.WrongParameters
	}
	if len(cmd.Data) != cardmgmt.BeginLen {
		return iso7816.WrongLength
	}
	if challenge == nil {
		return iso7816.ConditionsNotSatisfied
	}
	b, ok := cardmgmt.ParseBegin(cmd.Data)
	if !ok {
		return iso7816.WrongData
	}
	if !cardmgmt.Cryptogram(c.managementKey(), c.serial(), *challenge, b.Session, b.Op, b.Digest).Equal(b.MAC) {
		return iso7816.SecurityNotSatisfied
	}
	if _, ok := next(c.nv.state(), b.Op); !ok {
		return iso7816.ConditionsNotSatisfied
	}
	c.act = &act{Begin: b, challenge: *challenge, pins: map[*entry][]byte{}}
	return iso7816.OK
}

func (c *Card) appendScript(cmd iso7816.Command) iso7816.Status {
	switch {
	case cmd.P1 != 0 || cmd.P2 != 0:
		return iso7816.WrongParameters
	case len(cmd.Data) == 0:
		return iso7816.WrongLength
	case c.act == nil || c.act.items != nil:
		return iso7816.ConditionsNotSatisfied
	case len(c.act.script)+len(cmd.Data) > cardmgmt.MaxScript:
		return iso7816.NotEnoughMemory
	}
	c.act.script = append(c.act.script, cmd.Data...)
	return iso7816.OK
}

// complete compares the digest and parses the script, once.
func (a *act) complete() iso7816.Status {
	if a.items != nil {
		return iso7816.OK
	}
	if cardmgmt.Digest(a.script) != a.Digest {
		return iso7816.SecurityNotSatisfied
	}
	items, err := cardmgmt.ParseScript(a.script)
	if err != nil {
		return iso7816.WrongData
	}
	a.items = items
	return iso7816.OK
}

// setPIN takes a value from the holder's pad: P1 application, P2 reference. It
// waits in volatile memory for COMMIT.
func (c *Card) setPIN(cmd iso7816.Command) iso7816.Status {
	a := c.act
	if a == nil || !a.Op.SetsPINs() {
		return iso7816.ConditionsNotSatisfied
	}
	if sw := a.complete(); !sw.OK() {
		c.act = nil
		return sw
	}
	item := cardmgmt.ListPIN{Application: layout.Application(cmd.P1), Reference: layout.Reference(cmd.P2)}
	listed := false
	for _, i := range a.items {
		listed = listed || i == cardmgmt.Item(item)
	}
	e := lookupRef(item.Application, item.Reference)
	switch {
	case !listed || e == nil || e.kind != pin:
		return iso7816.ReferenceNotFound
	case !e.format.fits(cmd.Data):
		return iso7816.WrongData
	}
	a.pins[e] = append([]byte(nil), cmd.Data...)
	return iso7816.OK
}

// commitAct checks everything, then writes everything in one batch.
func (c *Card) commitAct(cmd iso7816.Command) iso7816.Response {
	a := c.act
	switch {
	case a == nil:
		return status(iso7816.ConditionsNotSatisfied)
	case cmd.P1 != 0 || cmd.P2 != 0:
		return status(iso7816.WrongParameters)
	case len(cmd.Data) > 0:
		return status(iso7816.WrongLength)
	}
	if sw := a.complete(); !sw.OK() {
		return status(sw)
	}
	p := newPlan(c, a)
	if sw := p.build(); !sw.OK() {
		return status(sw)
	}
	if len(p.answer) > cmd.Le {
		return status(iso7816.WrongLength)
	}
	if len(p.change.over) > 0 {
		if !c.commit(p.change) {
			return status(iso7816.MemoryFailure)
		}
		// What was verified under the old content is not under the new.
		c.selectApplication(layout.Master)
	}
	return answer(p.answer)
}
