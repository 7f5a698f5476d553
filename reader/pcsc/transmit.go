//go:build !kado_nopcsc && ((linux && (amd64 || arm64)) || darwin || windows)

package pcsc

import (
	"github.com/ElMostafaIdrassi/goscard"

	"kado/iso7816"
)

// maxAnswer is the longest answer APDU: data and status word. A buffer of this
// size is offered with every command. The client library's own call offers 264
// bytes, and when an answer is longer it sends the command a second time, since
// the service then keeps nothing of it: a second signature, a second try, an
// issuer's act in vain.
const maxAnswer = iso7816.MaxExtendedLe + 2

// transmitFunc is SCardTransmit of the service's client library: card, protocol,
// command and its length, no protocol information back, answer and its length.
type transmitFunc func(card goscard.SCardHandle, pci *goscard.SCardIORequest, command *byte, length dword, back *goscard.SCardIORequest, answer *byte, answered *dword) dword

// send sends a command once, whatever becomes of it. The answer is copied out of
// the card's buffer, which is wiped.
func (c *Card) send(command []byte) ([]byte, error) {
	transmit, err := scardTransmit()
	if err != nil {
		return nil, err
	}
	if c.answer == nil {
		c.answer = make([]byte, maxAnswer)
	}
	n := dword(len(c.answer))
	code := transmit(c.card.SCardHandle(), c.pci, &command[0], dword(len(command)), nil, &c.answer[0], &n)
	if err := failure("sending a command", uint64(code), nil); err != nil {
		return nil, err
	}
	return taken(c.answer, uint64(n))
}

// taken copies an answer of n bytes out of a buffer and wipes it there.
func taken(buffer []byte, n uint64) ([]byte, error) {
	if n < 2 || n > uint64(len(buffer)) {
		clear(buffer)
		return nil, failure("reading an answer", codeMalformed, nil)
	}
	out := append([]byte(nil), buffer[:n]...)
	clear(buffer[:n])
	return out, nil
}

// codeMalformed is SCARD_E_INVALID_VALUE: the service said something that it
// cannot have meant.
const codeMalformed = 0x80100011
