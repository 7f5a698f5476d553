package pcsc

import "kado/iso7816"

// Bytes of a response that fit in what the client library offers the service
// at first.
const shortAnswer = iso7816.MaxShortLe + 2

// repeatable reports whether the command may be sent a second time. The client
// library does so when an answer is longer than its first buffer, because the
// service then keeps nothing of it. Reading is harmless; an issuer's command,
// a signature or a challenge is not.
func repeatable(command []byte) bool {
	cmd, err := iso7816.ParseCommand(command)
	if err != nil {
		return true // the card refuses it, in two bytes
	}
	if cmd.Le+2 <= shortAnswer {
		return true // sent once: the answer fits
	}
	if cmd.CLA != 0x00 {
		return false
	}
	switch cmd.INS {
	case 0xA4, 0xB0, 0xB2, 0xCA:
		return true
	}
	return false
}
