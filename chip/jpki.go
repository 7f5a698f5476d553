package chip

import "kado/iso7816"

// jpkiCommand is what the JPKI application has of its own.
func (c *Card) jpkiCommand(cmd iso7816.Command) iso7816.Response {
	switch {
	case cmd.CLA == 0x00 && cmd.INS == 0x24:
		return c.changeReferenceData(cmd)
	case cmd.CLA == 0x80 && cmd.INS == 0x2A:
		return c.sign(cmd, 0)
	case cmd.CLA == 0x80 && cmd.INS == 0xA2:
		// Authentication of a terminal (特定機関認証): no terminal certificate
		// is accepted.
		if cmd.P2 != 0xC1 || cmd.P1 != 0x06 && cmd.P1 != 0x00 {
			return status(iso7816.WrongParameters)
		}
		return status(iso7816.WrongLength)
	case cmd.CLA == 0x80 && cmd.INS == 0xAE:
		return status(iso7816.SecurityNotSatisfied)
	case cmd.CLA == 0x80 && cmd.INS == 0xFC:
		// Known only to phones.
		return status(iso7816.WrongLength)
	}
	return unknown(cmd)
}
