package chip

import "kado/iso7816"

// registerCommand is what the residents' register application has of its own.
func (c *Card) registerCommand(cmd iso7816.Command) iso7816.Response {
	switch {
	case cmd.CLA == 0x80 && cmd.INS == 0x32:
		return c.changeKeyData(cmd)
	case cmd.CLA == 0x80 && cmd.INS == 0xAE:
		return status(iso7816.SecurityNotSatisfied)
	}
	return unknown(cmd)
}
