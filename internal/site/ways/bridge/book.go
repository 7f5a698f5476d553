package bridge

import (
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
)

// one is one code.
type one struct {
	interaction string
	code        string
	check       string // six digits, shown on both sides
	mark        string // tells the page's codes apart, and nothing of them
	state       State
	ends        time.Time
	last        time.Time // end of the interaction
	ticket      [sha256.Size]byte
	challenge   string // that the bridge was given
	next        string // where the browser goes
	refusal     error  // what the provider said of the card's answer
	answering   bool   // the provider decides just now: it neither expires nor is replaced
}

// series is the codes that one login has shown.
type series struct {
	last  *one
	count int
}

// book keeps the codes of this process.
type book struct {
	mu       sync.Mutex
	clock    clock.Clock
	entropy  entropy.Source
	shown    map[string]*series // by interaction
	byCode   map[string]*one
	byTicket map[[sha256.Size]byte]*one
	sweeping clock.Every
}

// sweepEvery: logins that are over are forgotten together, not one by one while others
// wait.
const sweepEvery = time.Second

func newBook(c clock.Clock, e entropy.Source) *book {
	return &book{sweeping: clock.Every{Period: sweepEvery}, clock: c, entropy: e, shown: map[string]*series{}, byCode: map[string]*one{}, byTicket: map[[sha256.Size]byte]*one{}}
}

func (o *one) move(act string) bool {
	to, ok := Lives.Next(o.state, act)
	if ok {
		o.state = to
	}
	return ok
}

// seen names what the page shows of a code. After a restart the next code of a login is
// in the same state as the one that the page still shows.
func (o one) seen() string { return string(o.state) + "-" + o.mark }

func (b *book) age(o *one) {
	if !o.answering && !b.clock.Now().Before(o.ends) {
		o.move(actExpire)
	}
}

func (b *book) current(interaction string) (one, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.shown[interaction]
	if s == nil {
		return one{}, false
	}
	b.age(s.last)
	return *s.last, true
}

// draws bounds how often a code is drawn anew because it is in use.
const draws = 100

// begin makes a new code for an interaction that ends at a time. An older one is
// worthless from now on.
func (b *book) begin(interaction string, ends time.Time) (one, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	if !now.Before(ends) {
		return one{}, TooLate.New()
	}
	if b.sweeping.Due(now) {
		b.sweep()
	}
	s := b.shown[interaction]
	switch {
	case s == nil && len(b.shown) >= maxLogins:
		return one{}, Busy.New()
	case s == nil:
		s = &series{}
	case s.count >= maxCodes:
		return one{}, TooManyCodes.New()
	case s.last.answering, s.last.state == Done:
		return one{}, Used.New()
	}
	o := &one{interaction: interaction, state: Shown, ends: earlier(now.Add(codeLife), ends), last: ends}
	var err error
	for range draws {
		if o.code, err = drawCode(b.entropy.Stream("bridge.code")); err != nil || b.byCode[o.code] == nil {
			break
		}
		err = errors.New("bridge: the source of codes repeats itself")
	}
	if err != nil {
		return one{}, err
	}
	if o.check, err = entropy.Digits(b.entropy.Stream("bridge.check"), 6); err != nil {
		return one{}, err
	}
	if o.mark, err = entropy.Digits(b.entropy.Stream("bridge.mark"), 6); err != nil {
		return one{}, err
	}
	if s.last != nil {
		s.last.move(actReplace)
	}
	s.last = o
	s.count++
	b.shown[interaction], b.byCode[o.code] = s, o
	return *o, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// sweep forgets logins that are over.
func (b *book) sweep() {
	now := b.clock.Now()
	for id, s := range b.shown {
		if now.After(s.last.last) && !s.last.answering {
			delete(b.shown, id)
		}
	}
	for code, o := range b.byCode {
		if b.shown[o.interaction] == nil {
			delete(b.byCode, code)
		}
	}
	for ticket, o := range b.byTicket {
		if b.shown[o.interaction] == nil {
			delete(b.byTicket, ticket)
		}
	}
}

// interactionOf is the login of a code that can be taken.
func (b *book) interactionOf(code string) (string, error) {
	if _, err := ParseCode(code); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.byCode[code]
	if o == nil {
		return "", NoCode.New()
	}
	if b.age(o); o.state != Shown {
		return "", ended(o.state)
	}
	return o.interaction, nil
}

// take gives a code to one bridge, with a ticket for the answer to a challenge.
func (b *book) take(code, challenge string) (o one, ticket string, err error) {
	if ticket, err = entropy.ID(b.entropy.Stream("bridge.ticket"), "brg"); err != nil {
		return one{}, "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.byCode[code]
	if p == nil {
		return one{}, "", NoCode.New()
	}
	if b.age(p); !p.move(actTake) {
		return one{}, "", ended(p.state)
	}
	p.ticket, p.challenge = sha256.Sum256([]byte(ticket)), challenge
	p.ends = earlier(b.clock.Now().Add(ticketLife), p.last)
	b.byTicket[p.ticket] = p
	return *p, ticket, nil
}

// hold reserves a code whose card is awaited for one answer.
func (b *book) hold(ticket string) (*one, error) {
	if !ticketForm.MatchString(ticket) {
		return nil, NoCode.New()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.byTicket[sha256.Sum256([]byte(ticket))]
	if o == nil {
		return nil, NoCode.New()
	}
	if b.age(o); o.state != Taken {
		return nil, ended(o.state)
	}
	if o.answering {
		return nil, Used.New()
	}
	o.answering = true
	return o, nil
}

// end lets the provider decide over what a bridge sent.
func (b *book) end(ticket, act string, decide func(one) (next string, err error)) error {
	o, err := b.hold(ticket)
	if err != nil {
		return err
	}
	next, err := decide(*o)
	b.mu.Lock()
	defer b.mu.Unlock()
	o.answering = false
	if err != nil {
		o.move(actRefuse)
		o.refusal = err
		return err
	}
	o.move(act)
	o.next = next
	return nil
}

// ended is what is said of a code that cannot be used any more.
func ended(s State) error {
	if s == Expired {
		return TooLate.New()
	}
	return Used.New()
}
