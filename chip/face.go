package chip

import (
	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// faceCommand is what the card face application has of its own.
func (c *Card) faceCommand(cmd iso7816.Command) iso7816.Response {
	switch {
	case cmd.CLA == 0x80 && cmd.INS == 0x2A:
		return c.sign(cmd, layout.FaceKey)
	case cmd.CLA == 0x80 && cmd.INS == 0xAE:
		return status(iso7816.SessionKeyUnsupported)
	}
	return unknown(cmd)
}
