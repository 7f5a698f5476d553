package counter_test

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"kado/cardmgmt"
	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/counter/countertest"
	"kado/internal/municipality/custody"
	"kado/internal/platform/db"
	"kado/iso7816"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// Shows: P-01, INC-02, INC-05
//
// Several cards are booked at one time, their holders have one name: each wrong
// pair of session and card is refused at each step and nothing is written.
func TestP01_EveryWrongPairOfSessionAndCard(t *testing.T) {
	town := countertest.New(t)
	const n = 4
	var people [n]string
	var plastic [n]*countertest.Plastic
	var open, proved [n]counter.Session
	for i := range n {
		p := town.Enter(countertest.Adult()) // all of one name, birth date and address
		people[i], plastic[i] = p.ID, town.Held(p, countertest.Both)
		town.TakeOut(plastic[i].ID)
		open[i] = reach(town, p.ID, plastic[i], counter.Delivery, counter.Identified)
		proved[i] = reach(town, p.ID, plastic[i], counter.Delivery, counter.Proved)
	}
	for i := range n {
		for j := range n {
			if i == j {
				continue
			}
			before := plastic[j].Copy()
			_, err := town.Counter.Prove(ctx, countertest.Mori, open[i].ID, plastic[j].Power())
			town.Wants(err, counter.OtherCard)
			_, err = town.Counter.Deliver(ctx, countertest.Mori, proved[i].ID, plastic[j].Power(), countertest.NewPad())
			town.Wants(err, counter.OtherCard)
			if !plastic[j].Same(before) {
				t.Errorf("card %d was written to in the session of %d", j, i)
			}
			for _, k := range []int{i, j} {
				item, err := town.Custody.Item(ctx, plastic[k].ID)
				town.Must(err)
				if town.Card(plastic[k].ID).State != cards.Held || item.State != custody.TakenOut {
					t.Errorf("card %d is %s, %s", k, town.Card(plastic[k].ID).State, item.State)
				}
			}
		}
	}
	if got := town.Count("counter.card_refused"); got != 2*n*(n-1) {
		t.Errorf("%d refusals recorded", got)
	}
	for i := range n {
		_, err := town.Counter.Prove(ctx, countertest.Mori, open[i].ID, plastic[i].Power()) // the refused session goes on
		town.Must(err)
		_, err = town.Counter.Deliver(ctx, countertest.Mori, open[i].ID, plastic[i].Power(), countertest.NewPad())
		town.Must(err)
		if c := town.Card(plastic[i].ID); c.State != cards.InOperation || c.Person != people[i] {
			t.Errorf("card %d: %s", i, c.State)
		}
	}
	town.Settle()
	town.Sound()
}

// Shows: P-01, R-22
//
// A chip that only says the right serial: a copy of the plastic without the key.
func TestP01_CounterfeitDoesNotProveItself(t *testing.T) {
	w := newWorld(t)
	card := w.card[counter.Delivery]
	s := reach(w.Town, w.person[counter.Delivery], card, counter.Delivery, counter.Identified)
	fake := liar{card.Power(), card.ID}
	_, err := w.Counter.Prove(ctx, countertest.Mori, s.ID, fake)
	w.Wants(err, counter.NotProved)
	other := w.card[counter.UnblockPIN] // a real card of somebody else that lies about its serial
	before := other.Copy()
	_, err = w.Counter.Prove(ctx, countertest.Mori, s.ID, liar{other.Power(), card.ID})
	w.Wants(err, counter.NotProved)
	if !other.Same(before) {
		t.Error("the other card was written to")
	}
	if now, _ := w.Counter.Session(ctx, s.ID); now.State != counter.Identified {
		t.Errorf("the session is %s", now.State)
	}
}

// liar answers GET DATA of the serial with another one, and proofs with noise.
type liar struct {
	reader.Transport
	serial mynumber.CardID
}

func (l liar) Transmit(c []byte) ([]byte, error) {
	if len(c) > 3 && c[0] == 0 && c[1] == 0xCA {
		return append([]byte(l.serial), 0x90, 0x00), nil
	}
	b, err := l.Transport.Transmit(c)
	if len(c) > 1 && c[1] == cardmgmt.InsCommit && len(b) > 2 {
		b[0] ^= 1
	}
	return b, err
}

// Shows: P-01
//
// The card is exchanged for another one after each exchange of the delivery: the
// record of the booked card never goes into operation, the other card is never
// written to, and the booked one can be delivered afterwards.
func TestP01_CardExchangedAtEveryAPDU(t *testing.T) {
	town := countertest.New(t)
	p := town.Enter(countertest.Adult())
	card := town.Held(p, countertest.Both)
	other := town.Held(town.Enter(countertest.Adult()), countertest.Both)
	town.TakeOut(card.ID)
	town.TakeOut(other.ID)
	s := reach(town, p.ID, card, counter.Delivery, counter.Proved)
	exchanges := count(town, card, func(f *countertest.Town, c reader.Transport) error {
		return acts["deliver"](f, countertest.Mori, s.ID, c)
	})
	for n := 1; n <= exchanges; n++ {
		f := town.Fork(t)
		mine, swapped := card.In(f), other.In(f)
		before := swapped.Copy()
		wire := &countertest.Wire{Transport: mine.Power(), At: n, Then: swapped.Power()}
		err := acts["deliver"](f, countertest.Mori, s.ID, wire)
		if err == nil {
			t.Fatalf("exchange %d: delivered", n)
		}
		if st := f.Card(card.ID).State; st != cards.Held || f.Card(other.ID).State != cards.Held {
			t.Errorf("exchange %d: the card is %s", n, st)
		}
		if !swapped.Same(before) {
			t.Errorf("exchange %d: the other card was written to", n)
		}
		f.Must(acts["deliver"](f, countertest.Mori, s.ID, mine.Power()))
	}
}

// count is how many exchanges an act has; it runs on a copy of the town.
func count(town *countertest.Town, card *countertest.Plastic, act func(*countertest.Town, reader.Transport) error) int {
	town.TB.Helper()
	f := town.Fork(town.TB)
	wire := &countertest.Wire{Transport: card.In(f).Power()}
	f.Must(act(f, wire))
	if wire.Count < 5 {
		town.TB.Fatalf("%d exchanges", wire.Count)
	}
	return wire.Count
}

// cuts runs an act once for every place where it can be cut: each exchange with
// the card and each call to another office, the act carried out there or not. see
// is called on the town as the cut left it; name says where it was.
func cuts(town *countertest.Town, card *countertest.Plastic, act func(*countertest.Town, reader.Transport) error, see func(f *countertest.Town, card *countertest.Plastic, name string)) {
	town.TB.Helper()
	for n, last := 1, count(town, card, act); n <= last; n++ {
		for _, lost := range []bool{false, true} {
			f := town.Fork(town.TB)
			mine := card.In(f)
			err := act(f, &countertest.Wire{Transport: mine.Power(), At: n, Lost: lost})
			if !counter.CardFailed.Is(err) || strings.Contains(err.Error(), "4271") {
				town.TB.Errorf("exchange %d: %v", n, err)
			}
			see(f, mine, fmt.Sprintf("exchange %d of %d, carried out %v", n, last, lost))
		}
	}
	for n := 1; ; n++ {
		fired := false
		for _, lost := range []bool{false, true} {
			f := town.Fork(town.TB)
			mine := card.In(f)
			f.Breaker.Arm(n, lost)
			err := act(f, mine.Power())
			if fired = f.Breaker.Fired(); !fired {
				f.Must(err)
				break
			}
			if !errors.Is(err, countertest.ErrCut) {
				town.TB.Errorf("call %d: %v", n, err)
			}
			name := fmt.Sprintf("call %d to %s, carried out %v", n, f.Breaker.Name, lost)
			f.Breaker.Arm(0, false)
			see(f, mine, name)
		}
		if !fired {
			if n < 4 {
				town.TB.Fatalf("%d calls", n-1)
			}
			return
		}
	}
}

// Shows: P-01, P-15, PRD-28, PRD-56, P-11
//
// A delivery is cut everywhere. What is left is never dangerous, and the repeated
// act, in the same session or in a new one, finishes.
func TestP01_P15_DeliveryCutEverywhere(t *testing.T) {
	town := countertest.New(t)
	p := town.Enter(countertest.Adult())
	card := town.Held(p, countertest.Both)
	town.TakeOut(card.ID)
	s := reach(town, p.ID, card, counter.Delivery, counter.Proved)
	deliver := func(f *countertest.Town, c reader.Transport) error {
		return acts["deliver"](f, countertest.Mori, s.ID, c)
	}
	i := 0
	cuts(town, card, deliver, func(f *countertest.Town, card *countertest.Plastic, name string) {
		i++
		if i%2 == 0 {
			f.Settle()
		}
		standing, chip := f.Standing(card.ID), state(f, card)
		if standing == cards.Good && chip != "operational" {
			t.Errorf("%s: the record says good and the chip is mute", name)
		}
		for _, k := range jpki.Kinds {
			if standing != cards.Good && len(f.Certificates(card.ID, k, authority.Active)) > 0 {
				t.Errorf("%s: a valid certificate on a card that is %s", name, standing)
			}
		}
		if item, err := f.Custody.Item(ctx, card.ID); err != nil || item.State == custody.Given && standing != cards.Good {
			t.Errorf("%s: given, and the record says %s (%v)", name, standing, err)
		}
		again := s.ID
		if i%3 == 0 { // too late for this session
			f.Later(counter.SessionLife)
			item, err := f.Custody.Item(ctx, card.ID)
			f.Must(err)
			if item.State == custody.Given {
				return // delivered; only the session's own end is not recorded
			}
			again = reach(f, p.ID, card, counter.Delivery, counter.Proved).ID
		}
		if err := acts["deliver"](f, countertest.Mori, again, card.Power()); err != nil {
			t.Errorf("%s, repeated: %v", name, err)
			return
		}
		f.Settle()
		usable(f, card, name)
		f.Sound()
	})
}

// Shows: P-01, PRD-56
//
// After the holder has shown every PIN once, the card is read once more, and only
// then handed over.
func TestP01_LastReadComesAfterThePINs(t *testing.T) {
	w := newWorld(t)
	card := w.card[counter.Delivery]
	s := reach(w.Town, w.person[counter.Delivery], card, counter.Delivery, counter.Proved)
	wire := &countertest.Wire{Transport: card.Power()}
	w.Must(acts["deliver"](w.Town, countertest.Mori, s.ID, wire))
	shown, proved := map[string]bool{}, false
	for _, c := range wire.Sent {
		switch {
		case c[1] == 0x20 && len(c) > 5: // VERIFY with a value
			shown[string(c[5:])], proved = true, false
		case c[0] == 0x80 && c[1] == cardmgmt.InsBegin:
			b, ok := cardmgmt.ParseBegin(c[5 : 5+cardmgmt.BeginLen])
			proved = ok && b.Op == cardmgmt.Prove
		}
	}
	if len(shown) != 4 || !proved {
		t.Errorf("%d PINs shown, proved after them: %v", len(shown), proved)
	}
}

// usable checks that a card in operation does all it should: standing good, one
// valid certificate of each kind, on the chip, with its key and PIN; given.
func usable(f *countertest.Town, card *countertest.Plastic, name string) {
	f.TB.Helper()
	if s := f.Standing(card.ID); s != cards.Good {
		f.TB.Errorf("%s: standing %s", name, s)
	}
	if item, err := f.Custody.Item(ctx, card.ID); err != nil || item.State != custody.Given {
		f.TB.Errorf("%s: custody %s, %v", name, item.State, err)
	}
	j, err := reader.New(card.Power()).JPKI()
	f.Must(err)
	pad := countertest.NewPad()
	for kind, k := range map[jpki.Kind]reader.KeyKind{jpki.Signature: reader.SignatureKey, jpki.Authentication: reader.AuthenticationKey} {
		valid := f.Certificates(card.ID, kind, authority.Active)
		if len(valid) != 1 {
			f.TB.Errorf("%s: %d valid %s certificates", name, len(valid), kind)
			continue
		}
		pin := pad.Values[counter.AuthenticationPIN]
		if kind == jpki.Signature {
			pin = pad.Values[counter.SignaturePassword]
		}
		f.Must(j.Verify(k, mynumber.NewSecret(pin)))
		der, err := j.Certificate(k)
		f.Must(err)
		if string(der) != string(valid[0].DER) {
			f.TB.Errorf("%s: another %s certificate on the chip", name, kind)
			continue
		}
		cert, err := x509.ParseCertificate(der)
		f.Must(err)
		digest := sha256.Sum256([]byte(name))
		sig, err := j.Sign(k, digest[:])
		f.Must(err)
		if cert.CheckSignature(x509.SHA256WithRSA, []byte(name), sig) != nil {
			f.TB.Errorf("%s: the %s key is not the certificate's", name, kind)
		}
	}
}

// Shows: R-20, PRD-57, PRD-58, PRD-59, PRD-60, PRD-61
func TestR20_PRD57_PRD61_RulesAtThePad(t *testing.T) {
	w := newWorld(t)
	card, person := w.card[counter.Delivery], w.person[counter.Delivery]
	s := reach(w.Town, person, card, counter.Delivery, counter.Proved)
	code := w.Card(card.ID).SecurityCode.Reveal()
	year := w.Card(card.ID).ExpiresOn.String()[:4]
	for name, c := range map[string]struct {
		pin   counter.PIN
		value string
		rule  mynumber.PINRule
	}{
		"PRD-57 five characters":        {counter.SignaturePassword, "ABC12", mynumber.PasswordLength},
		"PRD-57 seventeen characters":   {counter.SignaturePassword, "ABCDEFGH123456789", mynumber.PasswordLength},
		"PRD-57 no digit":               {counter.SignaturePassword, "ABCDEFGH", mynumber.PasswordNeedsDigit},
		"PRD-57 no letter":              {counter.SignaturePassword, "12345678", mynumber.PasswordNeedsLetter},
		"PRD-58 small letters":          {counter.SignaturePassword, "abc12345", mynumber.PasswordCharacters},
		"PRD-59 three digits":           {counter.AuthenticationPIN, "427", mynumber.PINNotFourDigits},
		"PRD-59 letters":                {counter.TextPIN, "42A1", mynumber.PINNotFourDigits},
		"PRD-59 wide digits":            {counter.RegisterPIN, "４２７１", mynumber.PINNotFourDigits},
		"PRD-59 nothing":                {counter.RegisterPIN, "    ", mynumber.PINNotFourDigits},
		"PRD-61 month and day of birth": {counter.AuthenticationPIN, "0504", mynumber.PINInBirthDate},
		"PRD-61 year of birth":          {counter.TextPIN, "1991", mynumber.PINInBirthDate},
		"PRD-61 era year and month":     {counter.RegisterPIN, "0305", mynumber.PINInBirthDate},
		"R-20 security code":            {counter.AuthenticationPIN, code, mynumber.PINInSecurityCode},
		"R-20 expiry year":              {counter.RegisterPIN, year, mynumber.PINInExpiryYear},
		"R-20 all the same":             {counter.TextPIN, "7777", mynumber.PINAllSame},
		"R-20 a run":                    {counter.RegisterPIN, "3456", mynumber.PINRun},
		"R-20 a run down":               {counter.AuthenticationPIN, "9876", mynumber.PINRun},
	} {
		f := w.fork(t)
		pad := countertest.NewPad()
		pad.Wrong[c.pin] = []string{c.value, c.value, c.value, c.value} // the fifth is taken
		before := f.card[counter.Delivery].Copy()
		if _, err := f.Counter.Deliver(ctx, countertest.Mori, s.ID, f.card[counter.Delivery].Power(), pad); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(pad.Refusals) != 4 {
			t.Errorf("%s: refused %d times", name, len(pad.Refusals))
		}
		for _, r := range pad.Refusals {
			var e *mynumber.PINError
			if !errors.As(r, &e) || e.Rule != c.rule && !(name == "R-20 security code") {
				t.Errorf("%s: refused as %v", name, r)
			}
		}
		_ = before
		f = w.fork(t)
		pad = countertest.NewPad()
		pad.Wrong[c.pin] = []string{c.value, c.value, c.value, c.value, c.value}
		mine := f.card[counter.Delivery]
		before = mine.Copy()
		_, err := f.Counter.Deliver(ctx, countertest.Mori, s.ID, mine.Power(), pad)
		if !counter.NoPIN.Is(err) || strings.Contains(err.Error(), c.value) {
			t.Errorf("%s, five times: %v", name, err)
		}
		if !mine.Same(before) || f.Card(card.ID).State != cards.Held {
			t.Errorf("%s, five times: something was written", name)
		}
	}
	// Equal values for the three are permitted (PRD-60).
	pad := countertest.NewPad()
	for _, p := range []counter.PIN{counter.AuthenticationPIN, counter.TextPIN, counter.RegisterPIN} {
		pad.Values[p] = "4271"
	}
	_, err := w.Counter.Deliver(ctx, countertest.Mori, s.ID, card.Power(), pad)
	w.Must(err)
}

// Shows: P-17, PRD-63, R-20
func TestPRD63_P17_PINsAreNowhere(t *testing.T) {
	w := newWorld(t)
	card, person := w.card[counter.Delivery], w.person[counter.Delivery]
	s := reach(w.Town, person, card, counter.Delivery, counter.Proved)
	typed := []string{"KADOSECRET1", "8206", "5917", "6284"}
	careless := countertest.NewPad()
	careless.Err = errors.New("holder gave up after typing 8206")
	_, err := w.Counter.Deliver(ctx, countertest.Mori, s.ID, card.Power(), careless)
	w.Wants(err, counter.NoPIN)
	said := []string{err.Error()}
	pad := countertest.NewPad()
	pad.Values = map[counter.PIN]string{counter.SignaturePassword: typed[0], counter.AuthenticationPIN: typed[1], counter.TextPIN: typed[2], counter.RegisterPIN: typed[3]}
	pad.Wrong[counter.TextPIN] = []string{"0504", "59174"}
	// Once with a cut in the middle of setting them.
	_, err = w.Counter.Deliver(ctx, countertest.Mori, s.ID, &countertest.Wire{Transport: card.Power(), At: 14}, pad)
	w.Wants(err, counter.CardFailed)
	said = append(said, err.Error(), fmt.Sprintf("%+v %#v", err, err))
	_, err = w.Counter.Deliver(ctx, countertest.Mori, s.ID, card.Power(), pad)
	w.Must(err)
	u := reach(w.Town, person, card, counter.UnblockPIN, counter.Proved)
	_, err = w.Counter.Unblock(ctx, countertest.Mori, u.ID, card.Power(), []counter.PIN{counter.TextPIN, counter.SignaturePassword}, pad)
	w.Must(err)
	w.Settle()
	stored := string(w.Stored()) + strings.Join(said, "\n")
	for _, v := range append(typed, "59174") {
		// A value is a word of its own; inside longer numbers it is chance.
		if regexp.MustCompile(`(^|[^0-9A-Za-z])` + v + `([^0-9A-Za-z]|$)`).MatchString(stored) {
			t.Errorf("%q is stored or said", v)
		}
	}
	if !strings.Contains(stored, string(counter.TextPIN)) {
		t.Error("the search finds nothing")
	}
}

// Shows: PRD-62, P-46, R-13
func TestPRD62_OnlyThePINsOfTheCard(t *testing.T) {
	town := countertest.New(t)
	child := countertest.Adult()
	child.Attributes.BirthDate = mynumber.Date{Year: 2014, Month: time.June, Day: 1}
	for name, c := range map[string]struct {
		wishes  intake.Wishes
		child   bool
		entered int
	}{
		"all": {countertest.Both, false, 4}, "PRD-62 no certificates": {intake.Wishes{}, false, 2}, "PRD-62 no signature": {intake.Wishes{Authentication: true}, false, 3},
		"R-13 under 15": {countertest.Both, true, 3}, "P-46 PIN-less": {intake.Wishes{Authentication: true, Pinless: true}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			town.In(t)
			e := countertest.Adult()
			if c.child {
				e = child
			}
			p := town.Enter(e)
			card := town.Held(p, c.wishes)
			town.TakeOut(card.ID)
			s := reach(town, p.ID, card, counter.Delivery, counter.Proved)
			pad := countertest.NewPad()
			_, err := town.Counter.Deliver(ctx, countertest.Mori, s.ID, &countertest.Wire{Transport: card.Power(), At: 14, Lost: true}, pad)
			if err != nil {
				pad = countertest.NewPad()
				_, err = town.Counter.Deliver(ctx, countertest.Mori, s.ID, card.Power(), pad)
			}
			town.Must(err)
			if len(pad.Entered) != c.entered {
				t.Errorf("%d PINs were asked for", len(pad.Entered))
			}
			if c.wishes.Pinless {
				u := reach(town, p.ID, card, counter.UnblockPIN, counter.Proved)
				_, err := town.Counter.Unblock(ctx, countertest.Mori, u.ID, card.Power(), []counter.PIN{counter.TextPIN}, pad)
				town.Wants(err, counter.NotCovered)
			}
		})
	}
	town.Settle()
	town.Sound()
}

// Shows: R-22, P-16
func TestR22_CryptogramIsForOneActOnly(t *testing.T) {
	w := newWorld(t)
	card := w.card[counter.UnblockPIN]
	other := w.Operational(w.Enter(countertest.Adult()), countertest.Both)
	s := reach(w.Town, w.person[counter.UnblockPIN], card, counter.UnblockPIN, counter.Proved)
	record := &countertest.Wire{Transport: card.Power()}
	w.Must(acts["unblock"](w.Town, countertest.Mori, s.ID, record))
	j := func(c *countertest.Plastic) *countertest.Plastic { return c.Copy() }
	// Replay of all recorded commands, to the same chip and to another.
	for name, c := range map[string]*countertest.Plastic{"same": card, "other": other} {
		before := j(c)
		wire := c.Power()
		taken := 0
		for _, cmd := range record.Sent {
			if cmd[0] != 0x80 || cmd[1] != cardmgmt.InsBegin && cmd[1] != cardmgmt.InsSetPIN && cmd[1] != cardmgmt.InsCommit && cmd[1] != cardmgmt.InsData {
				if cmd[1] == 0x20 || cmd[1] == 0xA4 && cmd[2] == 0x02 {
					continue // verifying a PIN is not what is replayed here
				}
			}
			b, err := wire.Transmit(cmd)
			w.Must(err)
			r, err := iso7816.ParseResponse(b)
			w.Must(err)
			if cmd[0] == 0x80 && r.SW.OK() {
				taken++
			}
		}
		if taken > 0 || !c.Same(before) {
			t.Errorf("replayed to the %s chip: %d issuer commands taken", name, taken)
		}
	}
	// A cryptogram made for one session, card, purpose, script or challenge.
	script := cardmgmt.Script{}
	encoded, err := script.Encode()
	w.Must(err)
	for name, change := range map[string]func(a *cardmgmt.Act) *countertest.Plastic{
		"nothing":         func(*cardmgmt.Act) *countertest.Plastic { return card },
		"another session": func(a *cardmgmt.Act) *countertest.Plastic { a.Session[0] ^= 1; return card },
		"another purpose": func(a *cardmgmt.Act) *countertest.Plastic { a.Op = cardmgmt.Terminate; return card },
		"another script": func(a *cardmgmt.Act) *countertest.Plastic {
			a.Op, a.Script = cardmgmt.InitialisePIN, append([]byte{1}, 7, 0, 2, 5, 0x18)
			return card
		},
	} {
		on, err := reader.New(card.Power()).Issuer()
		w.Must(err)
		challenge, err := on.Challenge()
		w.Must(err)
		grant := cards.Grant{Card: card.ID, Session: s.Wire, SessionID: s.ID, Challenge: challenge, Op: cardmgmt.Prove, Script: cardmgmt.Digest(encoded)}
		mac, err := w.Cards.Authorise(ctx, countertest.Mori, grant)
		w.Must(err)
		if _, err := w.Cards.Authorise(ctx, countertest.Mori, grant); !cards.ChallengeUsed.Is(err) {
			t.Errorf("the same challenge twice: %v", err)
		}
		act := cardmgmt.Act{Session: s.Wire, Op: cardmgmt.Prove, Script: encoded, MAC: cardmgmt.MAC(mac)}
		change(&act)
		_, err = on.Run(act)
		if name == "nothing" {
			w.Must(err)
		} else if !errors.Is(err, reader.ErrNotAllowed) {
			t.Errorf("%s: %v", name, err)
		}
		on, err = reader.New(other.Power()).Issuer()
		w.Must(err)
		_, err = on.Challenge()
		w.Must(err)
		if _, err = on.Run(act); !errors.Is(err, reader.ErrNotAllowed) {
			t.Errorf("%s, on another card: %v", name, err)
		}
	}
}

// Shows, CHP-51
func TestUnblock_RestoresTheNamedPINAlone(t *testing.T) {
	w := newWorld(t)
	card, person := w.card[counter.UnblockPIN], w.person[counter.UnblockPIN]
	chip := reader.New(card.Power())
	j, err := chip.JPKI()
	w.Must(err)
	for range mynumber.PINTries {
		_ = j.Verify(reader.AuthenticationKey, mynumber.NewSecret("1357"))
	}
	_ = j.Verify(reader.SignatureKey, mynumber.NewSecret("WRONG11"))
	text, err := chip.Text()
	w.Must(err)
	_ = text.VerifyPIN(mynumber.NewSecret("1357"))
	s := reach(w.Town, person, card, counter.UnblockPIN, counter.Proved)
	for name, which := range map[string][]counter.PIN{"none": nil, "one twice": {counter.TextPIN, counter.TextPIN}, "unknown": {"face"},
		"too many": {counter.TextPIN, counter.TextPIN, counter.TextPIN, counter.TextPIN, counter.TextPIN}} {
		before := card.Copy()
		pad := countertest.NewPad()
		if _, err := w.Counter.Unblock(ctx, countertest.Mori, s.ID, card.Power(), which, pad); !counter.NotCovered.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
		if !card.Same(before) || len(pad.Entered) > 0 {
			t.Errorf("%s: PINs were asked for or set", name)
		}
	}
	unblock := func(f *countertest.Town, c reader.Transport) error {
		pad := countertest.NewPad()
		pad.Values[counter.AuthenticationPIN] = "2519"
		_, err := f.Counter.Unblock(ctx, countertest.Mori, s.ID, c, []counter.PIN{counter.AuthenticationPIN}, pad)
		return err
	}
	look := func(f *countertest.Town, c *countertest.Plastic, name string) {
		t.Helper()
		chip := reader.New(c.Power())
		j, err := chip.JPKI()
		f.Must(err)
		if n, err := j.TriesLeft(reader.SignatureKey); err != nil || n != mynumber.SignaturePasswordTries-1 {
			t.Errorf("%s: %d tries of the signature password", name, n)
		}
		if err := j.Verify(reader.AuthenticationKey, mynumber.NewSecret("2519")); err != nil {
			t.Errorf("%s: the new PIN: %v", name, err)
		}
		text, err := chip.Text()
		f.Must(err)
		if n, err := text.TriesLeft(); err != nil || n != mynumber.PINTries-1 {
			t.Errorf("%s: %d tries of the text PIN", name, n)
		}
		f.Must(text.VerifyPIN(mynumber.NewSecret("3865")))
		f.Must(j.Verify(reader.SignatureKey, mynumber.NewSecret("KADO77PADS")))
	}
	cuts(w.Town, card, unblock, func(f *countertest.Town, c *countertest.Plastic, name string) {
		if err := unblock(f, c.Power()); err != nil {
			t.Errorf("%s, repeated: %v", name, err)
			return
		}
		look(f, c, name)
	})
	w.Must(unblock(w.Town, card.Power()))
	look(w.Town, card, "uncut")
	n := 0
	w.Tx(func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM notice_letter WHERE person = $1 AND kind = 'counter.pins'`, person).Scan(&n)
	})
	if n != 1 {
		t.Errorf("%d letters to the holder", n)
	}
}

// Shows: LIF-07, P-18
func TestLIF07_ResumeOnlyFromSuspended(t *testing.T) {
	w := newWorld(t)
	card, person := w.card[counter.Resume], w.person[counter.Resume]
	s := reach(w.Town, person, card, counter.Resume, counter.Proved)
	resume := func(f *countertest.Town, c reader.Transport) error {
		return acts["resume"](f, countertest.Mori, s.ID, c)
	}
	cuts(w.Town, card, resume, func(f *countertest.Town, c *countertest.Plastic, name string) {
		if err := resume(f, c.Power()); err != nil {
			t.Errorf("%s, repeated: %v", name, err)
			return
		}
		f.Settle()
		usable(f, c, name)
		f.Sound()
	})
	// Ended in the meantime: not resumed.
	f := w.fork(t)
	f.Must(f.Cards.Abolish(ctx, countertest.System, card.ID, cards.EndLoss))
	f.Wants(resume(f.Town, f.card[counter.Resume].Power()), counter.MayNot)
	// Resumed at another desk, and suspended again by the holder's call.
	f = w.fork(t)
	f.Must(resume(f.Town, f.card[counter.Resume].Power()))
	second := w.fork(t)
	other := reach(second.Town, person, second.card[counter.Resume], counter.Resume, counter.Proved)
	second.Must(resume(second.Town, second.card[counter.Resume].Power()))
	second.Must(second.Clock.Advance(time.Minute))
	second.Must(second.Cards.Suspend(ctx, countertest.System, card.ID, "lost again"))
	// A session from before the second call does not lift what it stopped.
	second.Wants(acts["resume"](second.Town, countertest.Mori, other.ID, second.card[counter.Resume].Power()), counter.MayNot)
	fresh := reach(second.Town, person, second.card[counter.Resume], counter.Resume, counter.Proved)
	second.Must(acts["resume"](second.Town, countertest.Mori, fresh.ID, second.card[counter.Resume].Power()))
}
