package validation

import (
	"cmp"
	"context"
	"runtime"

	"kado/jpki/ocsp"
	"kado/jpki/serial"
	"kado/mynumber"
)

// Answering says how OCSP questions are answered fast.
type Answering struct {
	// Changes tells when records move. Nil: nothing is kept between requests and
	// every answer is read from the records and signed.
	Changes Changes
	// Numbering is the series of the authorities' serial numbers, so that statuses
	// are kept in an array; nil: in a table of a million.
	Numbering *serial.Numbering
	// Signers is how many answers are signed at a time; 0 stands for half of the
	// processors, so that signing never keeps the network waiting.
	Signers int
	// Waiting is how many requests may wait for a signer before others are told to
	// try later; 0 stands for DefaultWaiting.
	Waiting int
	// Kept is how many signed answers are kept (about 1.5 kB each); 0 stands for
	// DefaultKept.
	Kept int
}

// What Answering stands for where it says nothing.
const (
	DefaultWaiting = 4096
	DefaultKept    = 100_000
)

// prepare sets the office up to answer.
func (o *Office) prepare(a Answering) {
	changes := a.Changes
	if changes == nil {
		changes = &always{}
	}
	o.responders = map[responderID]*ocsp.Responder{}
	o.signers = newTurnstile(cmp.Or(a.Signers, max(1, runtime.GOMAXPROCS(0)/2)), cmp.Or(a.Waiting, DefaultWaiting))
	o.memory = newMemory(changes, NewIndex(a.Numbering), cmp.Or(a.Kept, DefaultKept), o.serialsOf)
}

// serialsOf returns the serial numbers of the certificates that stand and fall
// with a card, on phones, too.
func (o *Office) serialsOf(ctx context.Context, card mynumber.CardID) ([]string, error) {
	list, err := o.authority.UnderCard(ctx, card)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = c.Serial
	}
	return out, nil
}
