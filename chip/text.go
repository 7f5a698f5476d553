package chip

import (
	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// textCommand is what the card information input application has of its own.
func (c *Card) textCommand(cmd iso7816.Command) iso7816.Response {
	switch {
	case cmd.CLA == 0x00 && cmd.INS == 0x24:
		return c.changeReferenceData(cmd)
	case cmd.CLA == 0x80 && cmd.INS == 0x2A:
		return c.sign(cmd, layout.TextKey)
	case cmd.CLA == 0x80 && cmd.INS == 0xAE:
		// Without the PIN this is the documented refusal; with it, this chip
		// says that it keeps no session keys.
		if !c.verified[layout.TextPIN] {
			return status(iso7816.SecurityNotSatisfied)
		}
		return status(iso7816.SessionKeyUnsupported)
	}
	return unknown(cmd)
}
