package chip

import (
	"crypto/subtle"

	"kado/iso7816"
)

// verify compares a PIN, password or verification number, or without data says
// how many tries are left. The counter is lowered in the non-volatile memory
// before the comparison and raised only by success, so cutting the
// power at any point gains nobody a try.
func (c *Card) verify(cmd iso7816.Command) iso7816.Response {
	short, ok := shortID(cmd.P2)
	if cmd.P1 != 0 || !ok {
		return status(iso7816.WrongParameters)
	}
	e, sw := c.target(short)
	switch {
	case !sw.OK():
		return status(sw)
	case !e.isReference():
		return status(iso7816.FileTypeMismatch)
	case len(cmd.Data) == 0:
		// Always 63Cx, also when verified or blocked: clients take anything
		// else for an error.
		return status(iso7816.TriesLeft(c.nv.tries(e)))
	case len(cmd.Data) > maxValue:
		return status(iso7816.WrongLength)
	}
	left := c.nv.tries(e)
	c.verified[e.id] = false
	if left == 0 {
		return status(iso7816.ReferenceBlocked)
	}
	limit := int(c.nv[triesRecord(e)][1])
	if !c.commitTries(e, left-1, limit) {
		return status(iso7816.MemoryFailure)
	}
	var presented [1 + maxValue]byte
	presented[0] = byte(len(cmd.Data))
	copy(presented[1:], cmd.Data)
	if subtle.ConstantTimeCompare(presented[:], c.nv[valueRecord(e)]) != 1 {
		return status(iso7816.TriesLeft(left - 1))
	}
	if !c.commitTries(e, limit, limit) {
		return status(iso7816.MemoryFailure)
	}
	c.verified[e.id] = true
	return answer(nil)
}

// changePIN gives a verified PIN a new value. The two instructions that ask
// for it differ by application.
func (c *Card) changePIN(p2 byte, value []byte) iso7816.Response {
	short, ok := shortID(p2)
	if !ok {
		return status(iso7816.WrongParameters)
	}
	e, sw := c.target(short)
	switch {
	case !sw.OK():
		return status(sw)
	case !e.isReference():
		return status(iso7816.FileTypeMismatch)
	case e.kind != pin || !c.verified[e.id]:
		return status(iso7816.SecurityNotSatisfied)
	case len(value) == 0 || len(value) > maxValue:
		return status(iso7816.WrongLength)
	case !e.format.fits(value):
		return status(iso7816.WrongData)
	}
	ch := newChange(c.nv)
	ch.setReference(e, value, int(c.nv[triesRecord(e)][1]))
	if !c.commit(ch) {
		return status(iso7816.MemoryFailure)
	}
	return answer(nil)
}

// changeReferenceData is 00 24 01 80+id of the text and JPKI applications.
func (c *Card) changeReferenceData(cmd iso7816.Command) iso7816.Response {
	if cmd.P1 != 0x01 {
		return status(iso7816.WrongParameters)
	}
	return c.changePIN(cmd.P2, cmd.Data)
}

// changeKeyData is 80 32 00 80+id (JICSAP form) of the common and register
// applications.
func (c *Card) changeKeyData(cmd iso7816.Command) iso7816.Response {
	if cmd.P1 != 0x00 {
		return status(iso7816.WrongParameters)
	}
	return c.changePIN(cmd.P2, cmd.Data)
}
