// Package vpcd lays a virtual card on the virtual reader of pcscd (vpcd of the
// vsmartcard project), so that every program that speaks PC/SC sees it.
//
// The reader listens, the card connects: slot n on port 35963+n. A message is
// two bytes of length, big-endian, and as many bytes. A message of one byte
// from the reader is a control: 0 power off, 1 power on, 2 reset, 4 asks for
// the answer to reset. Every other message is a command APDU and gets a
// response APDU. A closed connection is a card taken away.
//
// The reader sends length and body apart, and its side waits for the
// acknowledgement of the first before it sends the second. A card that leaves
// acknowledging to the operating system's delay of some 40 ms answers 21
// commands a second. On Linux the connection therefore asks for immediate
// acknowledgement, again after every read, since the kernel forgets it.
package vpcd

import (
	"fmt"
	"net"
	"strconv"
)

// FirstPort is the port of slot 0 as Debian configures the reader.
const FirstPort = 35963

// MaxSlots bounds slot numbers. Debian's reader has two slots.
const MaxSlots = 16

// Card is what can be laid on the reader; *chip.Card is one. Its methods are
// called one at a time.
type Card interface {
	// Transmit answers a command APDU. An answer has 2 to 65,535 bytes.
	Transmit(command []byte) []byte
	// Reset takes and gives power and returns the answer to reset.
	Reset() []byte
	// ATR returns the answer to reset without resetting.
	ATR() []byte
}

// Address is where the reader's slot listens on this machine; slots count
// from 0.
func Address(slot int) (string, error) {
	if slot < 0 || slot >= MaxSlots {
		return "", fmt.Errorf("vpcd: slots are 0 to %d", MaxSlots-1)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(FirstPort+slot)), nil
}
