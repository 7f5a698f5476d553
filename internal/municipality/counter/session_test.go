package counter_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/cardmgmt"
	"kado/internal/agency/cards"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/counter/countertest"
	"kado/internal/platform/db"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/staff"
	"kado/mynumber"
	"kado/reader"
)

var ctx = context.Background()

// acts are all acts of a session, each with a card on the reader.
var acts = map[string]func(*countertest.Town, journal.Actor, string, reader.Transport) error{
	"identify": func(t *countertest.Town, by journal.Actor, s string, _ reader.Transport) error {
		_, err := t.Counter.Identify(ctx, by, s, t.Licence())
		return err
	},
	"prove": func(t *countertest.Town, by journal.Actor, s string, c reader.Transport) error {
		_, err := t.Counter.Prove(ctx, by, s, c)
		return err
	},
	"deliver": func(t *countertest.Town, by journal.Actor, s string, c reader.Transport) error {
		_, err := t.Counter.Deliver(ctx, by, s, c, countertest.NewPad())
		return err
	},
	"unblock": func(t *countertest.Town, by journal.Actor, s string, c reader.Transport) error {
		_, err := t.Counter.Unblock(ctx, by, s, c, []counter.PIN{counter.TextPIN}, countertest.NewPad())
		return err
	},
	"resume": func(t *countertest.Town, by journal.Actor, s string, c reader.Transport) error {
		_, err := t.Counter.Resume(ctx, by, s, c)
		return err
	},
	"rewrite": func(t *countertest.Town, by journal.Actor, s string, c reader.Transport) error {
		_, err := t.Counter.Rewrite(ctx, by, s, c, true)
		return err
	},
	"renew": func(t *countertest.Town, by journal.Actor, s string, c reader.Transport) error {
		_, err := t.Counter.Renew(ctx, by, s, c)
		return err
	},
	"break_off": func(t *countertest.Town, by journal.Actor, s string, _ reader.Transport) error {
		_, err := t.Counter.BreakOff(ctx, by, s, "test")
		return err
	},
}

// final is the act that ends a session of a purpose.
var final = map[counter.Purpose]string{counter.Delivery: "deliver", counter.UnblockPIN: "unblock", counter.Resume: "resume",
	counter.AttributeChange: "rewrite", counter.CertificateRenew: "renew"}

// reach opens a session of the purpose and brings it to a state.
func reach(t *countertest.Town, person string, p *countertest.Plastic, purpose counter.Purpose, to counter.State) counter.Session {
	t.TB.Helper()
	s, err := t.Counter.Open(ctx, countertest.Mori, person, p.ID, purpose)
	t.Must(err)
	path := map[counter.State][]string{counter.Open: nil, counter.Identified: {"identify"}, counter.Proved: {"identify", "prove"},
		counter.Done: {"identify", "prove", final[purpose]}, counter.BrokenOff: {"break_off"}}[to]
	for _, act := range path {
		by := countertest.Mori
		if act == "identify" {
			by = countertest.Abe
		}
		t.Must(acts[act](t, by, s.ID, p.Power()))
	}
	s, err = t.Counter.Session(ctx, s.ID)
	t.Must(err)
	if s.State != to {
		t.TB.Fatalf("the session is %s, want %s", s.State, to)
	}
	return s
}

// world is a town with one card of each kind that a purpose needs.
type world struct {
	*countertest.Town
	person map[counter.Purpose]string
	card   map[counter.Purpose]*countertest.Plastic
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{countertest.New(tb), map[counter.Purpose]string{}, map[counter.Purpose]*countertest.Plastic{}}
	h := w.Enter(countertest.Adult())
	held := w.Held(h, countertest.Both)
	w.TakeOut(held.ID)
	o := w.Enter(countertest.Adult())
	operational := w.Operational(o, countertest.Both)
	s := w.Enter(countertest.Adult())
	suspended := w.Operational(s, countertest.Both)
	w.Must(w.Cards.Suspend(ctx, countertest.System, suspended.ID, "lost"))
	w.Settle()
	for p := range final {
		w.person[p], w.card[p] = o.ID, operational
	}
	w.person[counter.Delivery], w.card[counter.Delivery] = h.ID, held
	w.person[counter.Resume], w.card[counter.Resume] = s.ID, suspended
	return w
}

func (w *world) fork(tb testing.TB) *world {
	tb.Helper()
	f := &world{w.Fork(tb), w.person, map[counter.Purpose]*countertest.Plastic{}}
	for p, c := range w.card {
		f.card[p] = c.In(f.Town)
	}
	return f
}

var purposes = []counter.Purpose{counter.Delivery, counter.UnblockPIN, counter.Resume, counter.AttributeChange, counter.CertificateRenew}

// Shows: P-01, P-17
//
// For every purpose, state and act: what the table of sessions and the purpose do
// not permit is refused, writes nothing to the card and leaves the session.
func TestSessions_IllegalEdges(t *testing.T) {
	w := newWorld(t)
	for _, purpose := range purposes {
		for _, state := range []counter.State{counter.Open, counter.Identified, counter.Proved, counter.Done, counter.BrokenOff} {
			f := w.fork(t)
			card := f.card[purpose]
			s := reach(f.Town, f.person[purpose], card, purpose, state)
			for name, act := range acts {
				move := name
				if name != "identify" && name != "prove" && name != "break_off" {
					move = "finish"
				}
				_, legal := counter.Sessions.Next(state, move)
				if legal && (move != "finish" || final[purpose] == name) {
					continue
				}
				by := countertest.Mori
				if name == "identify" {
					by = countertest.Abe
				}
				before := card.Copy()
				err := act(f.Town, by, s.ID, card.Power())
				if !counter.NotInThisState.Is(err) && !(state == counter.Proved && counter.NotCovered.Is(err)) {
					t.Errorf("%s of a %s session for %s: %v", name, state, purpose, err)
				}
				now, err := f.Counter.Session(ctx, s.ID)
				f.Must(err)
				if now != s || !card.Same(before) {
					t.Errorf("%s of a %s session for %s changed something", name, state, purpose)
				}
			}
		}
	}
	for name, act := range acts {
		if err := act(w.Town, countertest.Mori, "ses_none", w.card[counter.Delivery].Power()); !counter.NoSuchSession.Is(err) {
			t.Errorf("%s of no session: %v", name, err)
		}
	}
	_, err := w.Counter.Session(ctx, "ses_none")
	w.Wants(err, counter.NoSuchSession)
	_, err = w.Counter.Open(ctx, countertest.Mori, w.person[counter.Delivery], w.card[counter.Delivery].ID, "another")
	w.Wants(err, counter.NotCovered)
}

// Shows: LIF-07, PRD-28
//
// Which purpose opens for which state of the card.
func TestOpen_CardMustFitThePurpose(t *testing.T) {
	w := newWorld(t)
	states := map[string]counter.Purpose{"held": counter.Delivery, "in operation": counter.UnblockPIN, "suspended": counter.Resume}
	fits := map[counter.Purpose]string{counter.Delivery: "held", counter.UnblockPIN: "in operation", counter.Resume: "suspended",
		counter.AttributeChange: "in operation", counter.CertificateRenew: "in operation"}
	for state, of := range states {
		for _, p := range purposes {
			_, err := w.Counter.Open(ctx, countertest.Mori, w.person[of], w.card[of].ID, p)
			if fits[p] == state {
				if err != nil {
					t.Errorf("%s of a card %s: %v", p, state, err)
				}
			} else if !counter.MayNot.Is(err) {
				t.Errorf("%s of a card %s: %v", p, state, err)
			}
		}
	}
	for _, p := range purposes {
		_, err := w.Counter.Open(ctx, countertest.Mori, w.person[counter.Resume], w.card[counter.Delivery].ID, p)
		w.Wants(err, counter.MayNot) // somebody else's card
	}
	w.Must(w.Cards.Abolish(ctx, countertest.System, w.card[counter.Resume].ID, cards.EndLoss))
	_, err := w.Counter.Open(ctx, countertest.Mori, w.person[counter.Resume], w.card[counter.Resume].ID, counter.Resume)
	w.Wants(err, counter.MayNot) // P-18: no way back
	// A card that lies in the store is not delivered.
	_, err = w.Custody.PutBack(ctx, countertest.Ito, w.card[counter.Delivery].ID)
	w.Must(err)
	_, err = w.Counter.Open(ctx, countertest.Mori, w.person[counter.Delivery], w.card[counter.Delivery].ID, counter.Delivery)
	w.Wants(err, counter.MayNot)
}

// Shows: P-14, PRD-26
//
// A card that went back into the store while its session was open is not
// delivered either.
func TestP14_CardPutBackDuringTheSession(t *testing.T) {
	w := newWorld(t)
	card := w.card[counter.Delivery]
	s := reach(w.Town, w.person[counter.Delivery], card, counter.Delivery, counter.Proved)
	_, err := w.Custody.PutBack(ctx, countertest.Ito, card.ID)
	w.Must(err)
	before := card.Copy()
	w.Wants(acts["deliver"](w.Town, countertest.Mori, s.ID, card.Power()), counter.MayNot)
	if !card.Same(before) {
		t.Error("the card was written to")
	}
}

func TestSessions_EndAfterThirtyMinutes(t *testing.T) {
	w := newWorld(t)
	for _, purpose := range purposes {
		for _, state := range []counter.State{counter.Open, counter.Identified, counter.Proved} {
			for _, late := range []bool{false, true} {
				f := w.fork(t)
				card := f.card[purpose]
				s := reach(f.Town, f.person[purpose], card, purpose, state)
				f.Later(counter.SessionLife - time.Second)
				if late {
					f.Later(time.Second)
				}
				name, by := map[counter.State]string{counter.Open: "identify", counter.Identified: "prove", counter.Proved: final[purpose]}[state], countertest.Mori
				if state == counter.Open {
					by = countertest.Abe
				}
				wire := &countertest.Wire{Transport: card.Power()}
				err := acts[name](f.Town, by, s.ID, wire)
				if !late {
					f.Must(err)
					continue
				}
				f.Wants(err, counter.SessionExpired)
				if wire.Count > 0 {
					t.Errorf("%s after the end: the card saw %d commands", name, wire.Count)
				}
				f.Must(acts["break_off"](f.Town, countertest.Mori, s.ID, nil))
			}
		}
	}
}

// Shows: P-16, P-17, P-36
//
// Whoever stops being entitled in the middle of a session is refused at its next
// act, and the card sees no command.
func TestP16_P36_EveryActAsksStaffAndTerminal(t *testing.T) {
	w := newWorld(t)
	member := func(act, id string) func(*countertest.Town) {
		return func(town *countertest.Town) {
			town.Tx(func(ctx context.Context, tx *db.Tx) error { return staff.MoveMember(ctx, tx, id, act, town.Who()) })
		}
	}
	terminal := func(act string) func(*countertest.Town) {
		return func(town *countertest.Town) {
			town.Tx(func(ctx context.Context, tx *db.Tx) error {
				return staff.MoveTerminal(ctx, tx, "hall-t", act, town.Who())
			})
		}
	}
	strange := func(change func(*journal.Actor)) func(journal.Actor) journal.Actor {
		return func(a journal.Actor) journal.Actor { change(&a); return a }
	}
	same := strange(func(*journal.Actor) {})
	cases := map[string]struct {
		change func(*countertest.Town)
		by     func(journal.Actor) journal.Actor
		want   []*fault.Kind
	}{
		"P-36 suspended": {func(town *countertest.Town) { member("suspend", "mori")(town); member("suspend", "abe")(town) }, same, []*fault.Kind{staff.NotActive}},
		"P-36 left":      {func(town *countertest.Town) { member("leave", "mori")(town); member("leave", "abe")(town) }, same, []*fault.Kind{staff.NotActive}},
		"P-36 role withdrawn": {func(town *countertest.Town) {
			town.Tx(func(ctx context.Context, tx *db.Tx) error {
				return errors.Join(staff.Withdraw(ctx, tx, "mori", staff.CounterClerk, town.Who()),
					staff.Withdraw(ctx, tx, "abe", staff.IdentityChecker, town.Who()))
			})
		}, same, []*fault.Kind{staff.NoRole}},
		"P-16 terminal missing": {terminal("report_missing"), same, []*fault.Kind{staff.NoTerminal}},
		"P-16 terminal retired": {terminal("retire"), same, []*fault.Kind{staff.NoTerminal}},
		"P-16 out of hours":     {func(town *countertest.Town) {}, same, []*fault.Kind{staff.Closed}},
		"P-16 no terminal": {func(*countertest.Town) {}, strange(func(a *journal.Actor) { a.Terminal = "" }),
			[]*fault.Kind{staff.NoTerminal, counter.NotCovered}},
		"P-16 unregistered terminal": {func(*countertest.Town) {}, strange(func(a *journal.Actor) { a.Terminal = "stolen" }),
			[]*fault.Kind{staff.NoTerminal, counter.NotCovered}},
		"P-16 terminal of another branch": {func(*countertest.Town) {}, strange(func(a *journal.Actor) { a.Terminal = "annex-t" }),
			[]*fault.Kind{staff.NoTerminal, counter.NotCovered}},
		"P-16 colleague of another branch": {func(*countertest.Town) {}, func(a journal.Actor) journal.Actor {
			if a.ID == "abe" {
				return countertest.Ueno
			}
			return countertest.Hara
		}, []*fault.Kind{counter.NotCovered, counter.MayNot}},
		"the clerk as holder": {func(*countertest.Town) {}, strange(func(a *journal.Actor) { a.Kind = journal.Holder }), []*fault.Kind{staff.NotStaff}},
		"the system":          {func(*countertest.Town) {}, func(journal.Actor) journal.Actor { return countertest.System }, []*fault.Kind{staff.NotStaff, counter.NotCovered}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, purpose := range purposes {
				f := w.fork(t)
				card := f.card[purpose]
				if name == "P-16 out of hours" { // opened at the end of the day
					f.Later(7*time.Hour + 10*time.Minute)
				}
				sessions := map[string]string{
					"identify":     reach(f.Town, f.person[purpose], card, purpose, counter.Open).ID,
					"prove":        reach(f.Town, f.person[purpose], card, purpose, counter.Identified).ID,
					final[purpose]: reach(f.Town, f.person[purpose], card, purpose, counter.Proved).ID,
				}
				if name == "P-16 out of hours" {
					f.Later(5 * time.Minute)
				}
				c.change(f.Town)
				for act, s := range sessions {
					by := countertest.Mori
					if act == "identify" {
						by = countertest.Abe
					}
					before := card.Copy()
					wire := &countertest.Wire{Transport: card.Power()}
					err := acts[act](f.Town, c.by(by), s, wire)
					if !slices.ContainsFunc(c.want, func(k *fault.Kind) bool { return k.Is(err) }) {
						t.Errorf("%s for %s: %v", act, purpose, err)
					}
					if wire.Count > 0 || !card.Same(before) {
						t.Errorf("%s for %s: the card saw %d commands", act, purpose, wire.Count)
					}
				}
				if name != "P-16 colleague of another branch" || purpose == counter.Delivery {
					if _, err := f.Counter.Open(ctx, c.by(countertest.Mori), f.person[purpose], card.ID, purpose); !slices.ContainsFunc(c.want,
						func(k *fault.Kind) bool { return k.Is(err) }) {
						t.Errorf("open for %s: %v", purpose, err)
					}
				}
				if err := acts["break_off"](f.Town, c.by(countertest.Mori), sessions["prove"], nil); err == nil {
					t.Errorf("broke off a session for %s", purpose)
				}
			}
		})
	}
}

// Shows: P-17, PRD-26, PRD-32
func TestP17_TwoPersonsForADelivery(t *testing.T) {
	w := newWorld(t)
	w.Tx(func(ctx context.Context, tx *db.Tx) error {
		for _, m := range []staff.Member{
			{ID: "twice-1", Name: "兼務", Branch: countertest.Hall, Employer: "agency", Person: "per_twice", Roles: []staff.Role{staff.CounterClerk}},
			{ID: "twice-2", Name: "兼務", Branch: countertest.Hall, Employer: "agency", Person: "per_twice", Roles: []staff.Role{staff.IdentityChecker}},
			{ID: "self-1", Name: "本人", Branch: countertest.Hall, Employer: "agency", Person: w.person[counter.Delivery],
				Roles: []staff.Role{staff.CounterClerk, staff.IdentityChecker}},
		} {
			if err := staff.AddMember(ctx, tx, m, w.Who()); err != nil {
				return err
			}
		}
		return nil
	})
	as := func(id string) journal.Actor { return journal.Actor{Kind: journal.Staff, ID: id, Terminal: "hall-t"} }
	person, card := w.person[counter.Delivery], w.card[counter.Delivery]
	_, err := w.Counter.Open(ctx, as("self-1"), person, card.ID, counter.Delivery)
	w.Wants(err, staff.OwnCase)
	s, err := w.Counter.Open(ctx, as("kimura"), person, card.ID, counter.Delivery)
	w.Must(err)
	_, err = w.Counter.Identify(ctx, as("kimura"), s.ID, w.Licence())
	w.Wants(err, counter.NeedsTwo) // one staff id
	_, err = w.Counter.Identify(ctx, as("self-1"), s.ID, w.Licence())
	w.Wants(err, staff.OwnCase)
	two, err := w.Counter.Open(ctx, as("twice-1"), person, card.ID, counter.Delivery)
	w.Must(err)
	_, err = w.Counter.Identify(ctx, as("twice-2"), two.ID, w.Licence())
	w.Wants(err, counter.NeedsTwo) // one person with two staff ids
	// For what needs no two persons one may do both.
	one, err := w.Counter.Open(ctx, as("kimura"), w.person[counter.UnblockPIN], w.card[counter.UnblockPIN].ID, counter.UnblockPIN)
	w.Must(err)
	_, err = w.Counter.Identify(ctx, as("kimura"), one.ID, w.Licence())
	w.Must(err)
	// Whoever took the card out of the store is not the clerk who hands it over.
	_, err = w.Custody.PutBack(ctx, countertest.Ito, card.ID)
	w.Must(err)
	_, err = w.Custody.TakeOut(ctx, as("kimura"), countertest.Ito, card.ID, "booked pick-up")
	w.Must(err)
	_, err = w.Counter.Open(ctx, as("kimura"), person, card.ID, counter.Delivery)
	w.Wants(err, counter.NeedsTwo)
}

// Shows: P-17, INC-65
//
// One person with every role, starting from what colleagues have done rightly,
// tries acts at random: no sequence activates a card.
func TestP17_NoSequenceOfOnePersonActivates(t *testing.T) {
	w := newWorld(t)
	card, person := w.card[counter.Delivery], w.person[counter.Delivery]
	// A colleague's session, as far as colleagues brought it.
	theirs := []string{reach(w.Town, person, card, counter.Delivery, counter.Open).ID, reach(w.Town, person, card, counter.Delivery, counter.Identified).ID,
		reach(w.Town, person, card, counter.Delivery, counter.Proved).ID}
	me := countertest.Kimura
	var all []string
	for a := range acts {
		all = append(all, a)
	}
	slices.Sort(all)
	rapid.Check(t, func(r *rapid.T) {
		mine := slices.Clone(theirs)
		for range rapid.IntRange(1, 6).Draw(r, "acts") {
			switch n := rapid.IntRange(0, 9).Draw(r, "act"); {
			case n == 0:
				_, _ = w.Custody.TakeOut(ctx, me, me, card.ID, "booked pick-up")
			case n == 1:
				p := rapid.SampledFrom(purposes).Draw(r, "purpose")
				if s, err := w.Counter.Open(ctx, me, person, card.ID, p); err == nil {
					mine = append(mine, s.ID)
				}
			case n == 2:
				second := rapid.SampledFrom([]string{"", me.ID}).Draw(r, "second")
				if _, err := w.Cards.Authorise(ctx, me, cards.Grant{Card: card.ID, Session: [16]byte{1}, SessionID: "s", Challenge: [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(r, "challenge")),
					Op: cardmgmt.Activate, Script: [32]byte{1}, Second: second}); err == nil {
					r.Fatal("a cryptogram for an activation")
				}
			default:
				act := rapid.SampledFrom(all).Draw(r, "name")
				if act == "break_off" { // would only take the colleagues' sessions away
					continue
				}
				_ = acts[act](w.Town, me, rapid.SampledFrom(mine).Draw(r, "session"), card.Power())
			}
			if s := w.Standing(card.ID); s != cards.NotYet {
				r.Fatalf("the card is %s", s)
			}
			if state(w.Town, card) != "mute" {
				r.Fatal("the chip is not mute")
			}
		}
	})
}

// state says whether a chip is in operation.
func state(t *countertest.Town, p *countertest.Plastic) string {
	t.TB.Helper()
	j, err := reader.New(p.Power()).JPKI()
	if err == nil {
		_, err = j.TriesLeft(reader.AuthenticationKey)
	}
	switch {
	case err == nil:
		return "operational"
	case errors.Is(err, reader.ErrInert):
		return "mute"
	}
	t.TB.Fatal(err)
	return ""
}

// Shows: P-29, PRD-51, LIF-43
func TestP29_LIF43_RegisterIsAskedAtEachStep(t *testing.T) {
	w := newWorld(t)
	for name, end := range map[string]func(*world, string){
		"P-29 dead": func(f *world, p string) {
			_, err := f.Registry.Die(ctx, countertest.Sato, p, f.Today())
			f.Must(err)
		},
		"P-29 gone abroad": func(f *world, p string) { f.Emigrated[p] = true },
	} {
		for _, purpose := range purposes {
			f := w.fork(t)
			card := f.card[purpose]
			identified := reach(f.Town, f.person[purpose], card, purpose, counter.Identified).ID
			proved := reach(f.Town, f.person[purpose], card, purpose, counter.Proved).ID
			end(f, f.person[purpose])
			wire := &countertest.Wire{Transport: card.Power()}
			_, err := f.Counter.Open(ctx, countertest.Mori, f.person[purpose], card.ID, purpose)
			for step, err := range map[string]error{"open": err, "prove": acts["prove"](f.Town, countertest.Mori, identified, wire),
				"the act": acts[final[purpose]](f.Town, countertest.Mori, proved, wire)} {
				if !counter.MayNot.Is(err) {
					t.Errorf("%s, %s, %s: %v", name, purpose, step, err)
				}
			}
			if wire.Count != 0 {
				t.Errorf("%s, %s: the card saw %d commands", name, purpose, wire.Count)
			}
		}
	}
}

// Shows: R-32, P-30, PRD-50
func TestR32_P30_Documents(t *testing.T) {
	w := newWorld(t)
	today := w.Today()
	doc := func(k mynumber.DocumentKind, expires mynumber.Date) counter.Document {
		return counter.Document{Kind: k, Number: countertest.SecretNumber, Issued: mynumber.Date{Year: 2020, Month: 4, Day: 1}, Expires: expires}
	}
	later := today.AddDays(1)
	long := doc(mynumber.DrivingLicence, later)
	long.Number = strings.Repeat("9", 61)
	unnumbered := doc(mynumber.DrivingLicence, later)
	unnumbered.Number = ""
	noDay := doc(mynumber.StudentCard, mynumber.Date{Year: 2027, Month: 2, Day: 30})
	short := map[string][]counter.Document{
		"none":                          nil,
		"one of list two":               {doc(mynumber.StudentCard, later)},
		"the same kind twice":           {doc(mynumber.StudentCard, later), doc(mynumber.StudentCard, later)},
		"expired yesterday":             {doc(mynumber.DrivingLicence, today.AddDays(-1))},
		"no last day":                   {doc(mynumber.Passport, mynumber.Date{})},
		"two, one of them expired":      {doc(mynumber.EligibilityProof, today.AddDays(-1)), doc(mynumber.StudentCard, later)},
		"no longer accepted":            {doc(mynumber.HealthInsuranceCard, later), doc(mynumber.StudentCard, later)},
		"unknown kind":                  {doc("library_card", later)},
		"unknown kind beside a licence": {doc(mynumber.DrivingLicence, later), doc(mynumber.DocumentKind(strings.Repeat("x", 5000)), later)},
		"no number":                     {unnumbered},
		"number too long":               {long},
		"six papers":                    slices.Repeat([]counter.Document{doc(mynumber.DrivingLicence, later)}, 6),
		"a day that does not exist":     {doc(mynumber.DrivingLicence, later), noDay},
	}
	person, card := w.person[counter.Delivery], w.card[counter.Delivery]
	for name, docs := range short {
		s, err := w.Counter.Open(ctx, countertest.Mori, person, card.ID, counter.Delivery)
		w.Must(err)
		if _, err := w.Counter.Identify(ctx, countertest.Abe, s.ID, docs); !counter.DocumentsShort.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
		if now, _ := w.Counter.Session(ctx, s.ID); now.State != counter.Open {
			t.Errorf("%s: the session is %s", name, now.State)
		}
	}
	for name, docs := range map[string][]counter.Document{
		"licence on its last day": {doc(mynumber.DrivingLicence, today)},
		"two of list two":         {doc(mynumber.StudentCard, mynumber.Date{}), doc(mynumber.EmployeeCard, later)},
		"a licence and more":      {doc(mynumber.DrivingLicence, later), doc(mynumber.StudentCard, today.AddDays(-1))},
	} {
		s, err := w.Counter.Open(ctx, countertest.Mori, person, card.ID, counter.Delivery)
		w.Must(err)
		if _, err := w.Counter.Identify(ctx, countertest.Abe, s.ID, docs); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		n := 0
		w.Tx(func(ctx context.Context, tx *db.Tx) error {
			return tx.QueryRow(ctx, `SELECT COUNT(*) FROM counter_document WHERE session = $1 AND checker = 'abe' AND checked_at <> '' AND LENGTH(number_mac) = 32`, s.ID).Scan(&n)
		})
		if n != len(docs) {
			t.Errorf("%s: %d of %d papers are on record", name, n, len(docs))
		}
	}
	if strings.Contains(w.Dump(), countertest.SecretNumber) {
		t.Error("a document's number is stored in clear")
	}
	w.Sound()
}

func TestCheck_FindsWhatMustNeverBe(t *testing.T) {
	w := newWorld(t)
	s := reach(w.Town, w.person[counter.Delivery], w.card[counter.Delivery], counter.Delivery, counter.Identified)
	w.Sound()
	for _, c := range []string{`UPDATE counter_session SET state = 'strange' WHERE id = $1`, `UPDATE counter_session SET checker = '' WHERE id = $1`,
		`UPDATE counter_session SET checker = clerk WHERE id = $1`, `DELETE FROM counter_document WHERE session = $1`} {
		f := w.fork(t)
		f.Tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, c, s.ID)
			return err
		})
		if found, err := f.Counter.Check(ctx); err != nil || len(found) != 1 || !strings.Contains(found[0], s.ID) {
			t.Errorf("%s: %v, %v", c, found, err)
		}
	}
}
