package handover

import (
	"crypto/sha256"
	"crypto/subtle"
	"regexp"
	"sync"
	"time"

	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
)

// digits is the length of the number that is compared.
const digits = 6

var (
	codeForm   = regexp.MustCompile(`^qr_[0-9a-hjkmnp-tv-z]{26}$`)
	aliasForm  = regexp.MustCompile(`^hnd_[0-9a-hjkmnp-tv-z]{26}$`)
	numberForm = regexp.MustCompile(`^[0-9]{6}$`)
)

// parseCode accepts the code of a QR code in its one spelling.
func parseCode(s string) (string, error) {
	if !codeForm.MatchString(s) {
		return "", NoCode.New()
	}
	return s, nil
}

// parseNumber accepts a picked number in its one spelling.
func parseNumber(s string) (string, error) {
	if !numberForm.MatchString(s) {
		return "", NoNumber.New()
	}
	return s, nil
}

// isAlias tells a phone's name of an interaction from a computer's.
func isAlias(id string) bool { return aliasForm.MatchString(id) }

// one is one handover.
type one struct {
	code        string // in the QR code
	alias       string // the phone's name of the interaction
	interaction string
	number      string
	mark        string          // tells the page's codes apart, and nothing of them
	offered     [choices]string // in the order in which the phone shows them
	state       State
	ends        time.Time
	phone       [sha256.Size]byte // of the phone's cookie, once matched
	next        string            // where the computer goes
	// answering is set while the provider decides over the card's answer: until then
	// it neither expires nor is replaced, so that what the provider decided counts.
	answering bool
}

// book keeps the handovers of this process.
type book struct {
	mu      sync.Mutex
	clock   clock.Clock
	entropy entropy.Source
	byCode  map[string]*one
	byAlias map[string]*one
	shown   map[string]*series // by interaction
}

// series is the codes that one login has shown.
type series struct {
	last  *one
	count int
	ends  time.Time // of the interaction
}

func newBook(c clock.Clock, e entropy.Source) *book {
	return &book{clock: c, entropy: e, byCode: map[string]*one{}, byAlias: map[string]*one{}, shown: map[string]*series{}}
}

// move applies an act, if the table permits it.
func (o *one) move(act string) bool {
	to, ok := Lives.Next(o.state, act)
	if ok {
		o.state = to
	}
	return ok
}

// seen names what the computer's page shows. After a restart the next code of a login is
// in the same state as the one that the page still shows.
func (o one) seen() string { return string(o.state) + "-" + o.mark }

// age lets a handover expire whose time is over.
func (b *book) age(o *one) {
	if !o.answering && !b.clock.Now().Before(o.ends) {
		o.move(actExpire)
	}
}

// current returns the handover that the computer of an interaction shows; false
// where there was none.
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

// begin makes a new code for an interaction that ends at a time. An older code
// that is not done is worthless from now on.
func (b *book) begin(interaction string, ends time.Time) (one, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.clock.Now().Before(ends) {
		return one{}, TooLate.New()
	}
	b.sweep()
	s := b.shown[interaction]
	if s == nil {
		if len(b.shown) >= maxHandovers {
			return one{}, Busy.New()
		}
		s = &series{}
	}
	if s.count >= maxCodes {
		return one{}, TooManyCodes.New()
	}
	if s.last != nil && (s.last.answering || s.last.state == Done) {
		return one{}, Used.New()
	}
	o, err := b.draw(interaction)
	if err != nil {
		return one{}, err
	}
	o.ends = earlier(b.clock.Now().Add(matchLife), ends)
	if s.last != nil {
		s.last.move(actReplace)
	}
	s.last, s.ends = o, ends
	s.count++
	b.shown[interaction] = s
	b.byCode[o.code], b.byAlias[o.alias] = o, o
	return *o, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// draw makes a handover with all that is unpredictable about it.
func (b *book) draw(interaction string) (*one, error) {
	o := &one{interaction: interaction, state: Shown}
	var err error
	if o.code, err = entropy.ID(b.entropy.Stream("handover.code"), "qr"); err != nil {
		return nil, err
	}
	if o.alias, err = entropy.ID(b.entropy.Stream("handover.alias"), "hnd"); err != nil {
		return nil, err
	}
	if o.mark, err = entropy.Digits(b.entropy.Stream("handover.mark"), 6); err != nil {
		return nil, err
	}
	numbers := b.entropy.Stream("handover.number")
	taken := map[string]bool{}
	for i := range o.offered {
		for o.offered[i] == "" || taken[o.offered[i]] {
			if o.offered[i], err = entropy.Digits(numbers, digits); err != nil {
				return nil, err
			}
		}
		taken[o.offered[i]] = true
	}
	right, err := entropy.Int(numbers, choices)
	if err != nil {
		return nil, err
	}
	o.number = o.offered[right]
	return o, nil
}

// sweep forgets logins that are over.
func (b *book) sweep() {
	now := b.clock.Now()
	for id, s := range b.shown {
		if now.After(s.ends) {
			delete(b.shown, id)
		}
	}
	for code, o := range b.byCode {
		if b.shown[o.interaction] == nil {
			delete(b.byCode, code)
			delete(b.byAlias, o.alias)
		}
	}
}

// byQR returns the handover of a code, in whatever state.
func (b *book) byQR(code string) (one, error) {
	if _, err := parseCode(code); err != nil {
		return one{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.byCode[code]
	if o == nil {
		return one{}, NoCode.New()
	}
	b.age(o)
	return *o, nil
}

// pick takes the number that the phone's holder picked, once. The right one gives
// the phone its cookie; any other ends the handover.
func (b *book) pick(code, number string, ends time.Time) (o one, cookie string, err error) {
	if _, err := parseNumber(number); err != nil {
		return one{}, "", err
	}
	if cookie, err = entropy.ID(b.entropy.Stream("handover.cookie"), "ph"); err != nil {
		return one{}, "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.byCode[code]
	if p == nil {
		return one{}, "", NoCode.New()
	}
	b.age(p)
	act := actPickRight
	if subtle.ConstantTimeCompare([]byte(number), []byte(p.number)) != 1 {
		act = actPickWrong
	}
	switch {
	case !p.move(act):
		return one{}, "", ended(p.state)
	case act == actPickWrong:
		return one{}, "", WrongNumber.New()
	}
	p.phone = sha256.Sum256([]byte(cookie))
	p.ends = earlier(b.clock.Now().Add(cardLife), ends)
	return *p, cookie, nil
}

// ended is what is said of a code that cannot be used any more.
func ended(s State) error {
	switch s {
	case Expired:
		return TooLate.New()
	case Wrong:
		return WrongNumber.New()
	}
	return Used.New()
}

// isPhone reports whether a cookie is that of the phone which matched.
func (o one) isPhone(cookie string) bool {
	sum := sha256.Sum256([]byte(cookie))
	return o.state != Shown && o.phone != [sha256.Size]byte{} && subtle.ConstantTimeCompare(sum[:], o.phone[:]) == 1
}

// resolve returns the handover of a phone's name, while its card is awaited.
func (b *book) resolve(alias string) (one, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.byAlias[alias]
	if o == nil {
		return one{}, NoCode.New()
	}
	if b.age(o); o.state != Matched {
		return one{}, ended(o.state)
	}
	return *o, nil
}

// end lets the provider decide over what came from the phone. Where it accepts, the
// handover has ended and the computer goes where the provider says.
func (b *book) end(alias, act string, decide func(interaction string) (next string, err error)) (code string, err error) {
	o, err := b.take(alias)
	if err != nil {
		return "", err
	}
	next, err := decide(o.interaction)
	b.mu.Lock()
	defer b.mu.Unlock()
	o.answering = false
	if err != nil {
		return "", err
	}
	o.move(act)
	o.next = next
	return o.code, nil
}

// take reserves a handover whose card is awaited for one answer.
func (b *book) take(alias string) (*one, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.byAlias[alias]
	if o == nil {
		return nil, NoCode.New()
	}
	if b.age(o); o.state != Matched {
		return nil, ended(o.state)
	}
	if o.answering {
		return nil, Used.New()
	}
	o.answering = true
	return o, nil
}
