package scenario_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/validation"
	"kado/internal/municipality/registry"
	"kado/internal/platform/journal"
	"kado/internal/server"
	"kado/jpki"
	"kado/jpki/ocsp"
	"kado/mynumber"
)

// The model of one card, in the words of the rules and nothing of the program:
// what a holder, a caller and a clerk have done to it.
type model struct {
	state   string // "operation", "suspended", "ended"
	dead    bool   // the register knows
	expires time.Time
	// The certificate of each kind that the card carries, with its last instant
	// and whether its content is still true.
	serial map[jpki.Kind]string
	last   map[jpki.Kind]time.Time
	stale  bool // the signature certificate shows an old address
	// torn: an act at the counter was cut off; the card is safe, and usable again
	// once the act was repeated.
	torn bool
	// lag: acts whose effects were not delivered yet. Until then an answer may be
	// too strict, and where follows is set too kind.
	lag     bool
	follows bool // a death or a move is on its way (R-41 does not speak of the register)
}

// may says whether a certificate that the card carries may be used now.
func (m *model) may(k jpki.Kind, now time.Time) bool {
	over := !now.Before(m.expires.Add(time.Second)) || !now.Before(m.last[k].Add(time.Second))
	return m.state == "operation" && !m.dead && !over && (k == jpki.Authentication || !m.stale)
}

// countdown is a context that ends after so many looks at it: a process that
// dies at a place nobody chose.
type countdown struct {
	context.Context
	left   atomic.Int64
	cancel context.CancelFunc
}

func dieAfter(looks int) *countdown {
	ctx, cancel := context.WithCancel(context.Background())
	c := &countdown{Context: ctx, cancel: cancel}
	c.left.Store(int64(looks))
	return c
}

func (c *countdown) look() {
	if c.left.Add(-1) < 0 {
		c.cancel()
	}
}
func (c *countdown) Done() <-chan struct{} { c.look(); return c.Context.Done() }
func (c *countdown) Err() error            { c.look(); return c.Context.Err() }

type statusMachine struct {
	*town
	m       model
	p       resident
	card    mynumber.CardID
	effects []journal.Effect // everything that was ever queued, to be delivered again
	moves   int
}

// TestR41_P18_P29_StatusIsTrueAfterEveryStep walks one card through random lives
// and asks after every step, with and without delivery of effects: OCSP, list,
// status and login say yes exactly where the model says so.
func TestR41_P18_P29_StatusIsTrueAfterEveryStep(t *testing.T) {
	property(t, 12, func(rt *rapid.T) {
		dir, drop, err := scratch()
		if err != nil {
			rt.Fatal(err)
		}
		defer drop()
		w, f, err := copyTown(dir)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = w.Close() }()
		s := &statusMachine{town: w, p: f.people[0], card: f.card}
		s.m = model{state: "operation", serial: map[jpki.Kind]string{}, last: map[jpki.Kind]time.Time{}}
		c, err := w.House.Cards.Card(w.ctx, f.card)
		if err != nil {
			rt.Fatal(err)
		}
		s.m.expires = c.ExpiresOn.EndOfDay()
		s.readChip(rt)
		steps := rapid.IntRange(3, 9).Draw(rt, "steps")
		for i := range steps {
			s.step(rt, i)
			s.check(rt)
		}
		s.settle(rt)
		s.check(rt)
	})
}

// readChip takes into the model what the card carries now.
func (s *statusMachine) readChip(rt *rapid.T) {
	for _, k := range jpki.Kinds {
		serial, err := s.onChip(s.card, k)
		if err != nil {
			rt.Fatalf("the card cannot be read: %v", err)
		}
		c, err := s.House.Authority.Certificate(s.ctx, k, serial)
		if err != nil {
			rt.Fatal(err)
		}
		s.m.serial[k], s.m.last[k] = serial, c.NotAfter
	}
}

func (s *statusMachine) step(rt *rapid.T, i int) {
	h := s.House
	label := func(what string) string { return fmt.Sprintf("%s %d", what, i) }
	acts := []string{"hotline", "resume", "renew", "rewrite", "move", "later", "expiry", "settle", "again", "cut", "cut", "end", "die"}
	act := rapid.SampledFrom(acts).Draw(rt, label("act"))
	can := func() bool {
		return s.m.state == "operation" && !s.m.dead && s.now().Before(s.m.expires.Add(time.Second)) &&
			s.officeDay().Before(s.m.expires.Add(time.Second))
	}
	switch act {
	case "hotline":
		err := s.callHotline(s.p)
		living := s.m.state == "operation" || s.m.state == "suspended"
		if (err == nil) != living && !s.m.dead {
			rt.Fatalf("hotline: %v, model %+v", err, s.m)
		}
		// The card of somebody who died may be stopped until its end has arrived.
		if err == nil {
			s.m.state, s.m.lag = "suspended", true
		}
	case "resume":
		ok := s.m.state == "suspended" && !s.m.dead && s.officeDay().Before(s.m.expires.Add(time.Second))
		if err := s.resume(s.p.ID, s.card); (err == nil) != ok {
			rt.Fatalf("resume: %v, model %+v", err, s.m)
		}
		if ok {
			s.m.state, s.m.lag = "operation", true
		}
	case "renew", "rewrite", "cut":
		if !can() {
			if act == "renew" && s.renew(s.p.ID, s.card) == nil {
				rt.Fatalf("renewed although the model says no: %+v", s.m)
			}
			return
		}
		if s.m.lag && s.heldAtAuthority(rt) {
			// The lifting of the hold has not arrived: the counter refuses a switch, and
			// may do so after the chip has switched.
			s.settle(rt)
		}
		// A signature certificate never outlives the authentication certificate:
		// with that over, only a renewal helps.
		renewal := act == "renew" || !s.officeDay().Before(s.m.last[jpki.Authentication].Add(time.Second))
		if act == "cut" {
			ctx := s.ctx
			s.ctx = dieAfter(rapid.IntRange(1, 900).Draw(rt, label("looks")))
			var err error
			if renewal || rapid.Bool().Draw(rt, label("renewal")) {
				err = s.renew(s.p.ID, s.card)
			} else {
				err = s.rewrite(s.p.ID, s.card, true)
			}
			s.ctx = ctx
			s.m.torn = err != nil
			if err == nil {
				before := s.m.serial[jpki.Signature]
				s.readChip(rt)
				s.m.stale = s.m.stale && s.m.serial[jpki.Signature] == before
			}
			return
		}
		var err error
		if renewal {
			err = s.renew(s.p.ID, s.card)
		} else {
			err = s.rewrite(s.p.ID, s.card, true)
		}
		if err != nil {
			rt.Fatalf("%s: %v, model %+v", act, err, s.m)
		}
		if s.m.torn && !renewal {
			return // what a torn renewal left of the other kind, a renewal mends
		}
		// A renewal leaves a certificate alone that has ended: a new one comes with the
		// rewriting of the chip.
		before := s.m.serial[jpki.Signature]
		s.m.torn = false
		s.readChip(rt)
		if s.m.serial[jpki.Signature] != before {
			s.m.stale = false
		}
	case "move":
		if s.m.dead {
			return
		}
		s.moves++
		p, err := h.Registry.Move(s.ctx, townHall(server.RegistryClerk), registry.Move{Person: s.p.ID, Municipality: s.p.Municipality,
			Address: fmt.Sprintf("東京都清瀬市松原%d番地", s.moves), On: s.today()})
		if err != nil {
			// A desk acts in its hours only.
			if err := s.officeHours(); err != nil {
				rt.Fatal(err)
			}
			if p, err = h.Registry.Move(s.ctx, townHall(server.RegistryClerk), registry.Move{Person: s.p.ID, Municipality: s.p.Municipality,
				Address: fmt.Sprintf("東京都清瀬市松原%d番地", s.moves), On: s.today()}); err != nil {
				rt.Fatal(err)
			}
		}
		s.p.Person = p
		s.m.stale, s.m.lag, s.m.follows = true, true, true
	case "later":
		d := rapid.SampledFrom([]time.Duration{time.Second, time.Hour, 40 * day, 366 * day, 3 * 366 * day}).Draw(rt, label("wait"))
		if err := s.Clock.Advance(d); err != nil {
			rt.Fatal(err)
		}
	case "expiry":
		ends := []time.Time{s.m.expires, s.m.last[jpki.Authentication]}
		at := rapid.SampledFrom(ends).Draw(rt, label("end")).Add(time.Duration(rapid.IntRange(0, 2).Draw(rt, label("second"))) * 500 * time.Millisecond)
		if at.After(s.now()) {
			if err := s.Clock.Set(at); err != nil {
				rt.Fatal(err)
			}
		}
	case "settle":
		s.settle(rt)
	case "again":
		// Effects come late, twice, in any order, from any time.
		s.remember(rt)
		if len(s.effects) == 0 {
			return
		}
		for range rapid.IntRange(1, 4).Draw(rt, label("how many")) {
			e := rapid.SampledFrom(s.effects).Draw(rt, label("effect"))
			for _, hs := range []map[string]func(context.Context, journal.Effect) error{h.Cards.Handlers(), h.Authority.Handlers()} {
				if f := hs[e.Kind]; f != nil {
					if err := f(s.ctx, e); err != nil {
						rt.Fatalf("effect %s once more: %v", e.Key, err)
					}
				}
			}
			if e.Kind == registry.EffectDied || e.Kind == registry.EffectChanged {
				continue
			}
		}
	case "end":
		if s.m.state == "ended" || rapid.IntRange(0, 3).Draw(rt, label("really")) > 0 {
			return
		}
		why := rapid.SampledFrom([]cards.EndReason{cards.EndLoss, cards.EndReturn, cards.EndLeak, cards.EndReissue}).Draw(rt, label("why"))
		if err := h.Cards.Abolish(s.ctx, townHall(server.CounterClerk), s.card, why); err != nil {
			rt.Fatal(err)
		}
		s.m.state, s.m.lag = "ended", true
	case "die":
		if s.m.dead || rapid.IntRange(0, 3).Draw(rt, label("really")) > 0 {
			return
		}
		if err := s.officeHours(); err != nil {
			rt.Fatal(err)
		}
		if _, err := h.Registry.Die(s.ctx, townHall(server.RegistryClerk), s.p.ID, s.today()); err != nil {
			rt.Fatal(err)
		}
		s.m.dead, s.m.lag, s.m.follows = true, true, true
	}
}

// officeDay is when a desk would act.
func (s *statusMachine) officeDay() time.Time {
	t := s.now().In(mynumber.JST)
	if h := t.Hour(); h >= 9 && h < 15 && t.Weekday() != time.Saturday && t.Weekday() != time.Sunday {
		return t
	}
	at := time.Date(t.Year(), t.Month(), t.Day(), 10, 0, 0, 0, mynumber.JST)
	for at.Before(t) || at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

func (s *statusMachine) heldAtAuthority(rt *rapid.T) bool {
	all, err := s.House.Authority.OfCard(s.ctx, s.card)
	if err != nil {
		rt.Fatal(err)
	}
	return slices.ContainsFunc(all, func(c authority.Certificate) bool { return c.State == authority.OnHold })
}

// remember keeps what was queued, as a network would that delivers twice.
func (s *statusMachine) remember(rt *rapid.T) {
	payload := func(v any) json.RawMessage {
		b, err := json.Marshal(v)
		if err != nil {
			rt.Fatal(err)
		}
		return b
	}
	s.effects = s.effects[:0]
	for _, k := range []string{cards.EffectActivated, cards.EffectSuspended, cards.EffectResumed, cards.EffectEnded} {
		s.effects = append(s.effects, journal.Effect{Kind: k, Key: k + "/again", Payload: payload(cards.CardEffect{Card: s.card, Person: s.p.ID})})
	}
	for v := 2; v <= s.p.Version; v++ {
		s.effects = append(s.effects, journal.Effect{Kind: registry.EffectChanged, Key: "changed/again", Payload: payload(registry.Changed{Person: s.p.ID, Version: v})})
	}
}

func (s *statusMachine) settle(rt *rapid.T) {
	if err := s.House.Daily(s.ctx); err != nil {
		rt.Fatal(err)
	}
	s.settled()
}

// settled is what the model says once everything was delivered.
func (s *statusMachine) settled() {
	s.m.lag, s.m.follows = false, false
	if s.m.dead {
		s.m.state = "ended"
	}
}

// check asks everybody, and at times also the lists, for which everything that
// was acknowledged is delivered first.
func (s *statusMachine) check(rt *rapid.T) {
	s.ask(rt)
	if rapid.IntRange(0, 2).Draw(rt, "lists") > 0 {
		return
	}
	all, err := s.House.Authority.OfCard(s.ctx, s.card)
	if err != nil {
		rt.Fatal(err)
	}
	for _, c := range all {
		if c.DER == nil || !s.now().Before(c.NotAfter.Add(time.Second)) {
			continue
		}
		listed, err := s.onList(c)
		if err != nil {
			rt.Fatal(err)
		}
		told, err := s.House.Validation.Status(s.ctx, s.House.LoginVerifier, validation.Ref{Kind: c.Kind, Serial: c.Serial}, "property")
		if err != nil {
			rt.Fatal(err)
		}
		if stopped := told.Verdict == validation.Revoked || told.Verdict == validation.OnHold; stopped != listed && told.Verdict != validation.Expired {
			rt.Fatalf("%s %s is %s, on the list made now: %t (R-41): %+v", c.Kind, c.Serial, told.Verdict, listed, s.m)
		}
	}
	s.settled()
	s.ask(rt)
}

// ask asks status, OCSP and login.
func (s *statusMachine) ask(rt *rapid.T) {
	all, err := s.House.Authority.OfCard(s.ctx, s.card)
	if err != nil {
		rt.Fatal(err)
	}
	now := s.now()
	good := map[jpki.Kind]int{}
	for _, c := range all {
		if c.DER == nil {
			continue
		}
		carried := c.Serial == s.m.serial[c.Kind]
		yes := carried && s.m.may(c.Kind, now)
		told, err := s.House.Validation.Status(s.ctx, s.House.LoginVerifier, validation.Ref{Kind: c.Kind, Serial: c.Serial}, "property")
		if err != nil {
			rt.Fatal(err)
		}
		said := told.Verdict == validation.Valid
		if said {
			good[c.Kind]++
		}
		// With a torn act either certificate may count, of those that the card's own
		// state permits.
		strict := !s.m.torn && !s.m.follows
		forbidden := s.m.state != "operation" || !now.Before(s.m.expires.Add(time.Second)) || !now.Before(c.NotAfter.Add(time.Second))
		if said && (forbidden || strict && !yes) {
			rt.Fatalf("status of %s %s is %s, which the model forbids: %+v", c.Kind, c.Serial, told.Verdict, s.m)
		}
		if !said && yes && strict && !s.m.lag {
			rt.Fatalf("status of %s %s is %s, the model says valid: %+v", c.Kind, c.Serial, told.Verdict, s.m)
		}
		if now.Before(c.NotAfter.Add(time.Second)) { // clients look at the dates themselves
			answer, err := s.askOCSP(c)
			if err != nil {
				rt.Fatal(err)
			}
			if (answer == ocsp.Good) != said {
				rt.Fatalf("OCSP says %v of %s %s, status says %s", answer, c.Kind, c.Serial, told.Verdict)
			}
		}
	}
	for k, n := range good {
		if n > 1 {
			rt.Fatalf("%d valid %s certificates on one card", n, k)
		}
	}
	if !s.m.torn && !s.m.follows {
		err := s.logIn(s.card)
		if yes := s.m.may(jpki.Authentication, now); (err == nil) != yes && (err == nil || !s.m.lag) {
			rt.Fatalf("login: %v, model says %t: %+v", err, yes, s.m)
		}
	}
	if !s.m.torn && !s.m.lag {
		if r, err := s.House.Check(s.ctx); err != nil || len(r.Findings) > 0 {
			rt.Fatalf("fsck: %v %v, model %+v", r.Findings, err, s.m)
		}
	}
}
