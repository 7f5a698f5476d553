package shelf

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"kado/internal/platform/clock"
	"kado/internal/platform/lang"
	plastic "kado/internal/world/shelf"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/trace"
)

// Readers are the card readers on the desk. Safe for concurrent use. A card is on
// one of them or on none.
type Readers struct {
	cards   Cards
	placing sync.Mutex // held while a card is put or taken off
	devices []*Device
}

// NewReaders puts n empty readers on the desk.
func NewReaders(cards Cards, c clock.Clock, n int) *Readers {
	r := &Readers{cards: cards}
	for i := range n {
		r.devices = append(r.devices, &Device{Number: i + 1, clock: c})
	}
	return r
}

// Device returns a reader by its number. KADO-8201.
func (r *Readers) Device(number int) (*Device, error) {
	if number < 1 || number > len(r.devices) {
		return nil, NoReader.New()
	}
	return r.devices[number-1], nil
}

// All returns the readers in order.
func (r *Readers) All() []*Device { return slices.Clone(r.devices) }

// Put puts a card on a reader and asks it for the tries left. KADO-7101 no such
// card, KADO-8201 no such reader, KADO-8202 another card lies there, KADO-8203
// another program uses the card, KADO-8204 it lies on another reader. A card put
// where it lies already stays as it is.
func (r *Readers) Put(number int, id mynumber.CardID) error {
	d, err := r.Device(number)
	if err != nil {
		return err
	}
	fresh, err := r.place(d, id)
	if err != nil || !fresh {
		return err
	}
	// The card lies there, whatever it answers.
	_ = d.Look()
	return nil
}

func (r *Readers) place(d *Device, id mynumber.CardID) (fresh bool, err error) {
	r.placing.Lock()
	defer r.placing.Unlock()
	for _, other := range r.devices {
		switch on := other.Card(); {
		case on == id && other == d:
			return false, nil
		case on == id:
			return false, OnAnotherReader.New(other.Number)
		case on != "" && other == d:
			return false, ReaderTaken.New(d.Number)
		}
	}
	card, err := r.cards.Take(id)
	if plastic.Taken.Is(err) {
		return false, HeldElsewhere.Because(err)
	}
	if err != nil {
		return false, err
	}
	d.lay(&laid{id: id, card: card})
	return true, nil
}

// TakeOff takes the card off a reader, in the middle of a conversation, too.
// KADO-8205 there is none, KADO-8207 it is another than the one meant (laying, of
// View; 0 means whichever).
func (r *Readers) TakeOff(number int, laying int) error {
	d, err := r.Device(number)
	if err != nil {
		return err
	}
	r.placing.Lock()
	defer r.placing.Unlock()
	on, err := d.lift(laying)
	if err != nil {
		return err
	}
	return on.remove()
}

// Close takes every card off.
func (r *Readers) Close() error {
	var errs []error
	for _, d := range r.devices {
		if err := r.TakeOff(d.Number, 0); err != nil && !NoCardHere.Is(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// laid is a card that lies on a reader.
type laid struct {
	id   mynumber.CardID
	mu   sync.Mutex // held while the chip carries out one command
	card *plastic.Card
	gone bool
	// before is called with each command before the chip gets it; tests pull the
	// card there. Nil otherwise.
	before func(command []byte)
}

// Transmit implements reader.Transport. Once the card was taken off it is
// KADO-8206 for ever.
func (l *laid) Transmit(command []byte) ([]byte, error) {
	if l.before != nil {
		l.before(command)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		return nil, Removed.New()
	}
	return l.card.Transmit(command), nil
}

// reset begins a conversation: whatever an earlier one selected or verified is
// forgotten.
func (l *laid) reset() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		return nil
	}
	return l.card.Reset()
}

func (l *laid) remove() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		return nil
	}
	l.gone = true
	return l.card.Close()
}

// Device is one reader: a slot, a PIN pad and a display.
type Device struct {
	Number int
	clock  clock.Clock

	use sync.Mutex // one conversation at a time

	mu      sync.Mutex
	on      *laid
	laying  int // counts the cards laid on it
	version int // rises with whatever is to be seen
	tries   map[PIN]int
	talks   []*Talk
	result  *Result
}

// Card is the id of the card on it, "" for none.
func (d *Device) Card() mynumber.CardID {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.on == nil {
		return ""
	}
	return d.on.id
}

func (d *Device) lay(l *laid) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.on, d.tries, d.talks, d.result = l, map[PIN]int{}, nil, nil
	d.laying++
	d.version++
}

func (d *Device) lift(laying int) (*laid, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.on == nil {
		return nil, NoCardHere.New(d.Number)
	}
	if laying != 0 && laying != d.laying {
		return nil, OtherCard.New(d.Number)
	}
	on := d.on
	d.on, d.tries, d.result = nil, nil, nil
	d.version++
	return on, nil
}

// note keeps how many tries a PIN has left.
func (d *Device) note(p PIN, left int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tries != nil {
		d.tries[p] = left
		d.version++
	}
}

// Limits of what a reader remembers.
const (
	maxTalks     = 12
	maxExchanges = 400
)

// Talk is one conversation of reader and chip, from a reset on.
type Talk struct {
	Number    int
	Title     lang.Text
	Exchanges []trace.Exchange // masked; the first maxExchanges
	Running   bool
	Left      int // exchanges not kept
}

// hands are what works with the card during one conversation.
type hands struct {
	device *Device
	card   *reader.Card
}

// converse lets f work with the card that was laid there as the laying-th (0
// means whichever). The chip is reset before, so that nothing of an earlier
// conversation counts, and after it. KADO-8205, KADO-8207.
func (d *Device) converse(laying int, title lang.Text, f func(*hands) error) error {
	d.use.Lock()
	defer d.use.Unlock()
	d.mu.Lock()
	on := d.on
	if on == nil {
		d.mu.Unlock()
		return NoCardHere.New(d.Number)
	}
	if laying != 0 && laying != d.laying {
		d.mu.Unlock()
		return OtherCard.New(d.Number)
	}
	talk := &Talk{Number: 1, Title: title, Running: true}
	if n := len(d.talks); n > 0 {
		talk.Number = d.talks[n-1].Number + 1
	}
	d.talks = append(d.talks, talk)
	if len(d.talks) > maxTalks {
		d.talks = d.talks[1:]
	}
	d.version++
	d.mu.Unlock()

	on.reset()
	rec := trace.Record(on, trace.Watch(func(_ int, x trace.Exchange) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if len(talk.Exchanges) < maxExchanges {
			talk.Exchanges = append(talk.Exchanges, x)
		} else {
			talk.Left++
		}
		d.version++
	}))
	err := f(&hands{d, reader.New(rec)})
	on.reset()
	d.mu.Lock()
	talk.Running = false
	d.version++
	d.mu.Unlock()
	return refusal(err)
}

// Look asks the card how many tries each PIN has left. A card that is not in
// operation, or lacks an application, tells nothing of it.
func (d *Device) Look() error {
	return d.converse(0, texts["shelf.talk.look"], func(h *hands) error {
		for _, p := range PINs() {
			left, err := p.triesLeft(h.card)
			switch {
			case Removed.Is(err):
				return err
			case err == nil:
				d.note(p, left)
			}
		}
		return nil
	})
}

// View is what is to be seen of a reader at one moment.
type View struct {
	Number  int
	Card    mynumber.CardID // "" for none
	Laying  int
	Version int
	Tries   map[PIN]int
	Talks   []Talk // newest first
	Result  *Result
}

// View returns what is to be seen.
func (d *Device) View() View {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := View{Number: d.Number, Laying: d.laying, Version: d.version, Tries: maps.Clone(d.tries), Result: d.result}
	if d.on != nil {
		v.Card = d.on.id
	}
	for _, t := range slices.Backward(d.talks) {
		one := *t
		one.Exchanges = slices.Clone(t.Exchanges)
		v.Talks = append(v.Talks, one)
	}
	return v
}

// show keeps what came out of an act for whoever looks at the reader, as long as
// the card that it came from lies there.
func (d *Device) show(laying int, r *Result) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.on != nil && (laying == 0 || laying == d.laying) {
		d.result = r
		d.version++
	}
}
