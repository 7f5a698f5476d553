package trace

import (
	"errors"
	"fmt"
)

// Caps of a saved trace.
const (
	MaxSize      = 32 << 20 // bytes of text
	MaxExchanges = 100_000
	maxText      = 1000      // bytes of one explaining line
	maxAPDU      = 65536 + 9 // longest command or response in bytes
	maxLine      = 3*maxAPDU + 32
)

// ErrUnmasked refuses a trace that may hold PINs where Unmasked was not asked
// for.
var ErrUnmasked = errors.New("trace: this trace is not masked and may hold PINs")

// Trace is a conversation of a reader with a card.
type Trace struct {
	// Unmasked says that nothing is hidden: whoever reads the trace reads PINs.
	Unmasked bool
	// ATR is the card's answer to reset, nil where it is not known.
	ATR       []byte
	Exchanges []Exchange
}

// Exchange is one command with its answer and what they mean.
type Exchange struct {
	Explanation
	Command Bytes
	// Response ends with the status word. It is empty when no answer came.
	Response Bytes
}

// Explanation says what an exchange means, in English or in the language asked
// for (In). Name and Status are always filled; none of it holds a secret or
// anything read from the card.
type Explanation struct {
	Name   string // what the command does: "VERIFY"
	Target string // what it speaks of: "jpki 001B signature password"
	Access string // who may: "needs the signature password (001B)"
	Status string // what the status word means
	Cause  string // why it probably failed
}

// Bytes are the bytes of a command or response, of which some may be hidden.
// Hidden bytes are zero in Data.
type Bytes struct {
	Data   []byte
	Hidden []bool // nil when nothing is hidden, else as long as Data
}

// Len is the number of bytes, hidden ones included.
func (b Bytes) Len() int { return len(b.Data) }

// Masked reports whether any byte is hidden.
func (b Bytes) Masked() bool {
	for _, h := range b.Hidden {
		if h {
			return true
		}
	}
	return false
}

func (b Bytes) hidden(i int) bool { return b.Hidden != nil && b.Hidden[i] }

// Matches reports whether other could be these bytes: hidden bytes match any.
func (b Bytes) Matches(other []byte) bool {
	if len(other) != len(b.Data) {
		return false
	}
	for i, c := range b.Data {
		if !b.hidden(i) && c != other[i] {
			return false
		}
	}
	return true
}

// Fill returns the bytes with the hidden ones taken from secret, in order.
// secret must have exactly as many bytes as are hidden.
func (b Bytes) Fill(secret []byte) ([]byte, error) {
	n := b.hiddenLen()
	if n != len(secret) {
		return nil, fmt.Errorf("trace: %d bytes are hidden, %d were given", n, len(secret))
	}
	out := append([]byte(nil), b.Data...)
	for i := range out {
		if b.hidden(i) {
			out[i], secret = secret[0], secret[1:]
		}
	}
	return out, nil
}

func (b Bytes) hiddenLen() int {
	n := 0
	for _, h := range b.Hidden {
		if h {
			n++
		}
	}
	return n
}

// hide makes Bytes of a copy of data with the marked bytes taken out.
func hide(data []byte, hidden []bool) Bytes {
	b := Bytes{Data: append([]byte(nil), data...)}
	for i, h := range hidden {
		if h {
			b.Data[i] = 0
			b.Hidden = hidden
		}
	}
	return b
}

// Option permits what is refused by default.
type Option func(*options)

type options struct {
	unmasked bool
	language Language
	watch    func(n int, x Exchange)
}

// Unmasked permits a trace that hides nothing. It then holds PINs and personal
// data: keep it like the card with its PINs.
func Unmasked(o *options) { o.unmasked = true }

// Watch has f called with each exchange as it is recorded, numbered from 1.
func Watch(f func(n int, x Exchange)) Option { return func(o *options) { o.watch = f } }

func settings(opts []Option) options {
	var o options
	for _, set := range opts {
		set(&o)
	}
	return o
}
