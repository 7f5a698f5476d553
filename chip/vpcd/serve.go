package vpcd

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Control codes.
const (
	powerOff = 0x00
	powerOn  = 0x01
	reset    = 0x02
	getATR   = 0x04
)

// maxMessage is the longest message the two bytes of length can announce.
const maxMessage = 0xFFFF

// noDiagnosis answers for a card whose answer cannot be sent.
var noDiagnosis = []byte{0x6F, 0x00}

// Event is something that happened between card and reader.
type Event int

// The events.
const (
	Waiting  Event = iota + 1 // nobody listens at the address; trying again and again
	Inserted                  // the reader has asked for the card
	Removed                   // the reader has gone: pcscd ended
)

// String is the English name.
func (e Event) String() string {
	switch e {
	case Waiting:
		return "waiting for the reader"
	case Inserted:
		return "inserted"
	case Removed:
		return "removed"
	}
	return "unknown event"
}

// DefaultRetry is the pause between attempts to reach the reader.
const DefaultRetry = 100 * time.Millisecond

// Slot is one place of a virtual reader.
type Slot struct {
	// Address is where it listens, see the function Address.
	Address string
	// Retry is the pause between attempts; DefaultRetry when zero.
	Retry time.Duration
	// Notify is told of events, from the goroutine of Serve; it may be nil.
	Notify func(Event)
}

func (s Slot) notify(e Event) {
	if s.Notify != nil {
		s.Notify(e)
	}
}

// Serve keeps the card in the slot until ctx ends, and connects again whenever
// the reader has gone, because pcscd ended or was not there yet. It returns nil
// at the end of ctx, when the card is out of the reader and without power. A
// command under way is carried out first.
func (s Slot) Serve(ctx context.Context, card Card) error {
	retry := s.Retry
	if retry <= 0 {
		retry = DefaultRetry
	}
	var d net.Dialer
	waiting := false
	for {
		conn, err := d.DialContext(ctx, "tcp", s.Address)
		if err == nil {
			inserted := false
			err = Attach(ctx, conn, card, func() {
				inserted, waiting = true, false
				s.notify(Inserted)
			})
			if inserted && ctx.Err() == nil {
				s.notify(Removed)
			}
		}
		var address *net.AddrError
		if errors.As(err, &address) {
			return fmt.Errorf("vpcd: %w", err)
		}
		if ctx.Err() == nil && !waiting {
			waiting = true
			s.notify(Waiting)
		}
		timer := time.NewTimer(retry)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// Attach speaks for the card over one connection until the reader closes it or
// ctx ends, and closes it. asked is called once, when the reader first asks for
// something, which is when the card is truly in it; it may be nil. The card has
// no power afterwards. The error is nil when either side ended it between two
// messages.
func Attach(ctx context.Context, conn net.Conn, card Card, asked func()) error {
	defer card.Reset()
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()

	in := prompt(conn)
	buffer := make([]byte, 2+maxMessage)
	for {
		message, err := receive(in, buffer)
		switch {
		case ctx.Err() != nil, errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("vpcd: %w", err)
		}
		if asked != nil {
			asked()
			asked = nil
		}
		reply := answer(card, message)
		if reply == nil {
			continue
		}
		// The message has been read; its buffer takes the answer.
		out := append(binary.BigEndian.AppendUint16(buffer[:0], uint16(len(reply))), reply...)
		if _, err := conn.Write(out); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("vpcd: %w", err)
		}
	}
}

// receive reads one message into buffer. io.EOF means that the reader closed
// the connection between messages.
func receive(in io.Reader, buffer []byte) ([]byte, error) {
	if _, err := io.ReadFull(in, buffer[:2]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(buffer))
	if _, err := io.ReadFull(in, buffer[2:2+n]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return buffer[2 : 2+n], nil
}

// answer is what the card says to a message; nil to say nothing.
func answer(card Card, message []byte) []byte {
	if len(message) == 1 {
		switch message[0] {
		case powerOff, powerOn, reset:
			card.Reset()
			return nil
		case getATR:
			return card.ATR()
		}
	}
	reply := card.Transmit(message)
	if len(reply) < 2 || len(reply) > maxMessage {
		return noDiagnosis
	}
	return reply
}
