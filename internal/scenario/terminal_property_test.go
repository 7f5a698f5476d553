package scenario_test

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/municipality/counter"
	"kado/internal/server"
	"kado/mynumber"
	"kado/reader"
)

// tracing keeps every command that went over a reader.
type tracing struct {
	reader.Transport
	seen *[][]byte
}

func (t tracing) Transmit(command []byte) ([]byte, error) {
	*t.seen = append(*t.seen, bytes.Clone(command))
	return t.Transport.Transmit(command)
}

// memoryOf returns what a chip holds, try counters left out: anybody may spend
// tries.
func (w *town) memoryOf(id mynumber.CardID) (map[string][]byte, error) {
	f, err := chip.OpenFile(filepath.Join(w.Dir(), "shelf", string(id)+".card"))
	if err != nil {
		return nil, err
	}
	m, err := f.Load()
	if err != nil {
		return nil, err
	}
	out := maps.Clone(m)
	for k := range out {
		if len(k) == 3 && k[0] == 't' {
			delete(out, k)
		}
	}
	return out, f.Close()
}

func changed(before, after map[string][]byte) (keys []string) {
	for k, v := range before {
		if !bytes.Equal(after[k], v) {
			keys = append(keys, fmt.Sprintf("%q", k))
		}
	}
	for k := range after {
		if _, ok := before[k]; !ok {
			keys = append(keys, fmt.Sprintf("%q", k))
		}
	}
	slices.Sort(keys)
	return keys
}

// holderAct reports commands by which a holder changes the card with the PIN, as
// anybody who knows it may: they are no issuer act.
func holderAct(command []byte) bool {
	return len(command) > 1 && (command[1] == 0x24 || command[1] == 0x32)
}

// stolen is a town whose counter terminal recorded every command of a delivery,
// an unblocking, a rewriting and a renewal, and a card that still lies in the
// store.
func stolen(tb interface {
	Helper()
	Fatal(...any)
}, dir string) (w *town, own, held mynumber.CardID, p resident, trace [][]byte) {
	tb.Helper()
	w, f, err := copyTown(dir)
	if err != nil {
		tb.Fatal(err)
	}
	p, own = f.people[0], f.card
	w.wrap = func(t reader.Transport) reader.Transport { return tracing{t, &trace} }
	held, err = w.newCard(f.people[1], intake.FirstCard)
	if err != nil {
		tb.Fatal(err)
	}
	// Production and its terminal are elsewhere: but they too may have listened.
	for _, do := range []func() error{
		func() error { return w.unblock(p.ID, own, counter.AuthenticationPIN) },
		func() error { return w.rewrite(p.ID, own, true) },
		func() error { return w.renew(p.ID, own) },
	} {
		if err := do(); err != nil {
			tb.Fatal(err)
		}
	}
	w.wrap = nil
	trace = slices.DeleteFunc(trace, holderAct)
	return w, own, held, p, trace
}

// tamper is one thing an attacker does with a recorded command.
func tamper(rt *rapid.T, command []byte) []byte {
	c := bytes.Clone(command)
	switch rapid.IntRange(0, 6).Draw(rt, "how") {
	case 0: // one bit
		i := rapid.IntRange(0, len(c)-1).Draw(rt, "byte")
		c[i] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
	case 1: // BEGIN for another operation
		if len(c) > 21 && c[1] == cardmgmt.InsBegin {
			c[5+16] = byte(rapid.IntRange(1, 12).Draw(rt, "op"))
		}
	case 2: // SET PIN for another reference
		if len(c) > 4 && c[1] == cardmgmt.InsSetPIN {
			c[3] = rapid.SampledFrom([]byte{0x11, 0x12, 0x14, 0x15, 0x18, 0x1B}).Draw(rt, "reference")
		}
	case 3: // shorter
		c = c[:rapid.IntRange(1, len(c)).Draw(rt, "length")]
	case 4: // longer
		c = append(c, rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(rt, "more")...)
	}
	if holderAct(c) {
		return command
	}
	return c
}

// TestR22_P16_StolenTerminalDoesNothing has the thief of the terminal, who knows
// every command it ever sent, play with the card it served and with one from the
// store.
func TestR22_P16_StolenTerminalDoesNothing(t *testing.T) {
	w, own, held, _, trace := stolen(t, t.TempDir())
	defer func() { _ = w.Close() }()
	property(t, 60, func(rt *rapid.T) {
		id := rapid.SampledFrom([]mynumber.CardID{own, held}).Draw(rt, "card")
		before, err := w.memoryOf(id)
		if err != nil {
			rt.Fatal(err)
		}
		plastic, err := w.Shelf.Take(id)
		if err != nil {
			rt.Fatal(err)
		}
		// Stretches as recorded are likelier to be in order than single commands.
		for range rapid.IntRange(1, 6).Draw(rt, "stretches") {
			from := rapid.IntRange(0, len(trace)-1).Draw(rt, "from")
			if b := nextBegin(trace, from); b >= 0 && rapid.Bool().Draw(rt, "at a begin") {
				from = b
			}
			if rapid.Bool().Draw(rt, "fresh challenge") {
				plastic.Transmit([]byte{0x00, 0x84, 0x00, 0x00, 0x10})
			}
			for _, c := range trace[from:min(len(trace), from+rapid.IntRange(1, 30).Draw(rt, "length"))] {
				switch rapid.IntRange(0, 9).Draw(rt, "what") {
				case 0:
					c = tamper(rt, c)
				case 1:
					plastic.Reset()
				case 2:
					continue
				}
				plastic.Transmit(c)
			}
		}
		if err := plastic.Close(); err != nil {
			rt.Fatal(err)
		}
		after, err := w.memoryOf(id)
		if err != nil {
			rt.Fatal(err)
		}
		if k := changed(before, after); len(k) > 0 {
			rt.Fatalf("the chip changed: %v", k)
		}
	})
	if c, err := w.House.Cards.Card(w.ctx, held); err != nil || c.State != cards.Held {
		t.Fatalf("the card of the store is %v, %v", c.State, err)
	}
}

func nextBegin(trace [][]byte, from int) int {
	for i := from; i < len(trace); i++ {
		if len(trace[i]) > 2 && trace[i][0] == 0x80 && trace[i][1] == cardmgmt.InsBegin {
			return i
		}
	}
	return -1
}

// meddling alters, drops, doubles and adds commands on their way to the chip
// while the office is doing a permitted act.
type meddling struct {
	reader.Transport
	rt    *rapid.T
	card  interface{ Reset() []byte }
	trace [][]byte
}

func (m meddling) Transmit(command []byte) ([]byte, error) {
	switch rapid.IntRange(0, 14).Draw(m.rt, "meddle") {
	case 0:
		return m.Transport.Transmit(tamper(m.rt, command))
	case 1:
		if _, err := m.Transport.Transmit(command); err != nil {
			return nil, err
		}
	case 2:
		if _, err := m.Transport.Transmit(rapid.SampledFrom(m.trace).Draw(m.rt, "before")); err != nil {
			return nil, err
		}
	case 3:
		m.card.Reset()
	case 4:
		answer, err := m.Transport.Transmit(command)
		if err == nil {
			_, err = m.Transport.Transmit(rapid.SampledFrom(m.trace).Draw(m.rt, "after"))
		}
		return answer, err
	}
	return m.Transport.Transmit(command)
}

// TestR22_P16_MeddlingTerminalGetsNoMoreThanTheAct has a terminal meddle with a
// permitted unblocking of one PIN: the chip ends as before, or with a value for
// that PIN, and nothing else.
func TestR22_P16_MeddlingTerminalGetsNoMoreThanTheAct(t *testing.T) {
	w, own, _, p, trace := stolen(t, t.TempDir())
	defer func() { _ = w.Close() }()
	ref := fmt.Sprintf("%q", string([]byte{'v', byte(layout.JPKI), byte(layout.JPKIAuthenticationPIN)}))
	property(t, 60, func(rt *rapid.T) {
		before, err := w.memoryOf(own)
		if err != nil {
			rt.Fatal(err)
		}
		plastic, err := w.Shelf.Take(own)
		if err != nil {
			rt.Fatal(err)
		}
		w.wrap = func(t reader.Transport) reader.Transport { return meddling{t, rt, plastic.Card, trace} }
		defer func() { w.wrap = nil }()
		err = w.meddled(p.ID, own, plastic.Transport())
		rt.Logf("unblocking: %v", err)
		if err := plastic.Close(); err != nil {
			rt.Fatal(err)
		}
		after, err := w.memoryOf(own)
		if err != nil {
			rt.Fatal(err)
		}
		if k := changed(before, after); len(k) > 0 && !slices.Equal(k, []string{ref}) {
			rt.Fatalf("the chip changed: %v", k)
		}
	})
}

// meddled is an unblocking of the authentication PIN on a transport that somebody
// meddles with.
func (w *town) meddled(person string, card mynumber.CardID, t reader.Transport) error {
	if err := w.officeHours(); err != nil {
		return err
	}
	s, err := w.House.Counter.Open(w.ctx, clerk, person, card, counter.UnblockPIN)
	if err != nil {
		return err
	}
	papers := []counter.Document{{Kind: mynumber.DrivingLicence, Number: "0123", Issued: w.today().AddDays(-400), Expires: w.today().AddDays(900)}}
	if _, err := w.House.Counter.Identify(w.ctx, townHall(server.Checker), s.ID, papers); err != nil {
		return err
	}
	t = w.wrap(t)
	if _, err := w.House.Counter.Prove(w.ctx, clerk, s.ID, t); err != nil {
		return err
	}
	_, err = w.House.Counter.Unblock(w.ctx, clerk, s.ID, t, []counter.PIN{counter.AuthenticationPIN}, pinPad{})
	return err
}
