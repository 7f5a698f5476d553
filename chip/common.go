package chip

import (
	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// commonCommand is what the common data application has of its own.
func (c *Card) commonCommand(cmd iso7816.Command) iso7816.Response {
	switch {
	case cmd.CLA == 0x00 && cmd.INS == 0x88:
		return c.internalAuthenticate(cmd)
	case cmd.CLA == 0x80 && cmd.INS == 0x32:
		return c.changeKeyData(cmd)
	case cmd.CLA == 0x80 && cmd.INS == 0xAE:
		return status(iso7816.SessionKeyUnsupported)
	}
	return unknown(cmd)
}

// internalAuthenticate signs a challenge of 1 to 255 bytes with key 19,
// PKCS#1 v1.5 with SHA-256. It is free.
func (c *Card) internalAuthenticate(cmd iso7816.Command) iso7816.Response {
	if cmd.P1 != 0x00 || cmd.P2 != 0x80|byte(layout.CommonKey) {
		return status(iso7816.WrongParameters)
	}
	if len(cmd.Data) == 0 || len(cmd.Data) > 255 || cmd.Le > 0 && cmd.Le < iso7816.RSASize {
		return status(iso7816.WrongLength)
	}
	e := lookupRef(layout.Common, layout.CommonKey)
	k := c.rsaKey(keyRecord(e))
	if k == nil {
		return status(iso7816.FileNotFound)
	}
	sig, sw := signWith(k, hashInfo, cmd.Data)
	return iso7816.Response{Data: sig, SW: sw}
}
