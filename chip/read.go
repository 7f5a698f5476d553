package chip

import (
	"io"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
)

func (c *Card) readBinary(cmd iso7816.Command) iso7816.Response {
	short, offset := byte(0), int(cmd.P1)<<8|int(cmd.P2)
	if cmd.P1&0x80 != 0 {
		if cmd.P1&0x60 != 0 || cmd.P1&0x1F == 0 {
			return status(iso7816.WrongParameters)
		}
		short, offset = cmd.P1&0x1F, int(cmd.P2)
	}
	e, sw := c.target(short)
	switch {
	case !sw.OK():
		return status(sw)
	case e.kind != transparent:
		return status(iso7816.FileTypeMismatch)
	case !c.unlocked(e):
		return status(iso7816.SecurityNotSatisfied)
	case len(cmd.Data) > 0 || cmd.Le == 0:
		return status(iso7816.WrongLength)
	}
	content := c.nv.file(e)
	if offset >= len(content) {
		return status(iso7816.WrongOffset)
	}
	rest := content[offset:]
	if cmd.Le <= len(rest) {
		return answer(rest[:cmd.Le])
	}
	// Le 00 asks for whatever there is; a number that is too large gets the
	// rest with a warning.
	if cmd.Le == iso7816.MaxShortLe && !cmd.Extended || cmd.Le == iso7816.MaxExtendedLe {
		return answer(rest)
	}
	return iso7816.Response{Data: rest, SW: iso7816.EndOfFile}
}

func (c *Card) readRecord(cmd iso7816.Command) iso7816.Response {
	if cmd.P2&0x07 != 0x04 {
		return status(iso7816.WrongParameters)
	}
	e, sw := c.target(cmd.P2 >> 3)
	switch {
	case !sw.OK():
		return status(sw)
	case e.kind != record:
		return status(iso7816.FileTypeMismatch)
	case !c.unlocked(e):
		return status(iso7816.SecurityNotSatisfied)
	case len(cmd.Data) > 0 || cmd.Le == 0:
		return status(iso7816.WrongLength)
	case cmd.P1 != 1:
		return status(iso7816.RecordNotFound)
	}
	return wholeObject(c.nv.file(e), cmd)
}

// wholeObject answers with an object that is never cut: an Le too short for it
// gets 6700 and the client asks again with an extended one.
func wholeObject(b []byte, cmd iso7816.Command) iso7816.Response {
	if len(b) > cmd.Le {
		return status(iso7816.WrongLength)
	}
	return answer(b)
}

// isIssuerObject reports whether GET DATA asks for what a chip says of itself
// before it is in operation.
func isIssuerObject(cmd iso7816.Command) bool {
	tag := layout.FileID(cmd.P1)<<8 | layout.FileID(cmd.P2)
	return tag == layout.SerialNumber || tag == layout.TransportKey
}

func (c *Card) getData(cmd iso7816.Command) iso7816.Response {
	if len(cmd.Data) > 0 || cmd.Le == 0 {
		return status(iso7816.WrongLength)
	}
	tag := layout.FileID(cmd.P1)<<8 | layout.FileID(cmd.P2)
	if tag == layout.ContactATR {
		return wholeObject(c.contactATR()[1:], cmd)
	}
	if c.selected != layout.Master {
		return status(iso7816.ReferenceNotFound)
	}
	switch tag {
	case layout.SerialNumber:
		return wholeObject(c.nv[recordSerial], cmd)
	case layout.TransportKey:
		pub := c.nv[recordTransportPublic]
		mac := cardmgmt.TransportKeyMAC(c.managementKey(), c.serial(), pub)
		return wholeObject(append(append([]byte(nil), pub...), mac[:]...), cmd)
	}
	e := lookup(layout.Master, uint16(tag))
	if e == nil || e.kind != object || c.nv.file(e) == nil {
		return status(iso7816.ReferenceNotFound)
	}
	return wholeObject(c.nv.file(e), cmd)
}

func (c *Card) serial() string { return string(c.nv[recordSerial]) }

func (c *Card) managementKey() cardmgmt.Key { return cardmgmt.Key(c.nv[recordManagementKey]) }

// getChallenge draws 1 to 256 bytes. A challenge of 16 bytes may be used once
// to begin an issuer act.
func (c *Card) getChallenge(cmd iso7816.Command) iso7816.Response {
	switch {
	case cmd.P1 != 0 || cmd.P2 != 0:
		return status(iso7816.WrongParameters)
	case cmd.Extended:
		return status(iso7816.ConditionsNotSatisfied)
	case len(cmd.Data) > 0 || cmd.Le == 0:
		return status(iso7816.WrongLength)
	}
	b := make([]byte, cmd.Le)
	if _, err := io.ReadFull(c.random, b); err != nil {
		return status(iso7816.NoDiagnosis)
	}
	c.challenge = nil
	if len(b) == cardmgmt.ChallengeLen {
		ch := cardmgmt.Challenge(b)
		c.challenge = &ch
	}
	return answer(b)
}
