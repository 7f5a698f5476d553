package validation_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// betweenPages has something happen after a page was read and before it is
// delivered, as in a house that goes on working.
type betweenPages struct {
	authority.Authority
	happen func()
}

func (b *betweenPages) Statuses(ctx context.Context, each func([]authority.Certificate) error) error {
	return b.Authority.Statuses(ctx, func(page []authority.Certificate) error {
		b.happen()
		return each(page)
	})
}

// history is a few certificates to which anything may happen.
type history struct {
	room
	certs []*x509.Certificate
}

func (h history) card(i int) mynumber.CardID {
	return mynumber.CardID(fmt.Sprintf("card-of-per_%d", i))
}

// act does something to the i-th certificate or its card and says so in the journal.
func (h history) act(rt *rapid.T, t testing.TB) {
	i, now := rapid.IntRange(0, len(h.certs)-1).Draw(rt, "life"), h.Clock.Now()
	card, cert := h.card(i), serial(h.certs[i])
	switch rapid.SampledFrom([]string{"deliver", "suspend", "end", "hold", "release", "revoke", "renew", "nothing", "shorten"}).Draw(rt, "act") {
	case "deliver":
		h.Card(card, func(c *cards.Card) { c.State, c.SuspendedAt, c.ChangedAt = cards.InOperation, time.Time{}, now })
	case "suspend":
		h.suspendCard(card)
	case "end":
		h.endCard(card, rapid.SampledFrom(cards.EndReasons()).Draw(rt, "why"))
	case "hold":
		h.hold(cert)
	case "release":
		h.Certificate(cert, func(c *authority.Certificate) { c.State, c.HeldAt = authority.Active, time.Time{} })
	case "revoke":
		h.revoke(cert, mynumber.Superseded)
	case "renew":
		h.Card(card, func(c *cards.Card) { c.State, c.EndReason, c.SuspendedAt = cards.Held, "", time.Time{} })
		h.Certificate(cert, func(c *authority.Certificate) {
			c.State, c.Reason, c.EndedAt, c.HeldAt = authority.Issued, 0, time.Time{}, time.Time{}
		})
	case "shorten": // against CRT-39: the card ends before its certificates
		h.Card(card, func(c *cards.Card) {
			c.ExpiresOn = mynumber.DateOf(now).AddDays(rapid.IntRange(0, 900).Draw(rt, "days"))
		})
	}
	h.moved(t, string(card))
}

// Whatever happens before, while and after the index is filled from the records, it
// never says anything but what they say; and where nothing happens meanwhile it says
// everything that they say and that lasts.
// Shows: R-41, CRT-56
func TestR41_FilledIndexAgreesWithTheRecords(t *testing.T) {
	ctx := context.Background()
	d := dbtest.SQLite(t, journal.Schema(), validation.Schema())
	rapid.Check(t, func(rt *rapid.T) {
		w := validationtest.New(t)
		source := &betweenPages{Authority: w.Authority(), happen: func() {}}
		r := room{validation.New(validation.Deps{DB: d, Clock: w.Clock, Entropy: entropy.Seeded(t.Name()), Authority: source, Cards: w.Cards(),
			Register: w.Residents(), Settings: w.Settings, Places: w, Answering: validation.Answering{Changes: validation.JournalChanges(d), Numbering: numbering(t)}}), w, d}
		h := history{room: r}
		for i := range 8 {
			h.certs = append(h.certs, r.Issue(t, validationtest.Order{Kind: jpki.Kinds[i%2], Person: fmt.Sprint("per_", i)}))
		}
		for range rapid.IntRange(0, 12).Draw(rt, "before") {
			h.act(rt, t)
		}
		agree := func(all bool) {
			rt.Helper()
			for i, c := range h.certs {
				want, lasting, err := r.Read(ctx, jpki.Kinds[i%2], serial(c))
				if err != nil {
					rt.Fatal(err)
				}
				got, ok, err := r.Remembered(ctx, c.SerialNumber.Bytes())
				if err != nil || ok && got != want {
					rt.Fatalf("certificate %d: the index says %+v, the records %+v, %v", i, got, want, err)
				}
				if all && ok != lasting {
					rt.Fatalf("certificate %d: in the index: %t, to be there: %t", i, ok, lasting)
				}
			}
		}
		quiet := rapid.Bool().Draw(rt, "quiet")
		if !quiet {
			source.happen = func() {
				for range rapid.IntRange(0, 3).Draw(rt, "meanwhile") {
					h.act(rt, t)
					if rapid.Bool().Draw(rt, "asked") {
						agree(false)
					}
				}
			}
		}
		if _, err := r.FillIndex(ctx); err != nil {
			rt.Fatal(err)
		}
		agree(quiet)
		source.happen = func() { rt.Fatal("a full index is filled again") }
		if n, err := r.FillIndex(ctx); err != nil || n != 0 {
			rt.Fatalf("%d, %v", n, err)
		}
		for range rapid.IntRange(0, 12).Draw(rt, "after") {
			h.act(rt, t)
			if err := w.Clock.Advance(time.Duration(rapid.IntRange(0, 400*86400).Draw(rt, "seconds")) * time.Second); err != nil {
				rt.Fatal(err)
			}
			agree(false)
		}
	})
}

// More happens at once than is followed: the pass begins anew, and ends by itself
// where that goes on.
func TestFillIndex_BeginsAnewAfterASweep(t *testing.T) {
	ctx := context.Background()
	d := dbtest.SQLite(t, journal.Schema(), validation.Schema())
	w := validationtest.New(t)
	changes := &sweeping{}
	source := &betweenPages{Authority: w.Authority()}
	r := room{validation.New(validation.Deps{DB: d, Clock: w.Clock, Entropy: entropy.Seeded("sweep"), Authority: source, Cards: w.Cards(), Register: w.Residents(),
		Settings: w.Settings, Places: w, Answering: validation.Answering{Changes: changes}}), w, d}
	cert := r.Issue(t, validationtest.Order{})
	passes, sweeps := 0, 2
	source.happen = func() {
		if passes++; passes <= sweeps {
			changes.version++
			if _, _, err := r.Remembered(ctx, big.NewInt(1).Bytes()); err != nil {
				t.Error(err)
			}
		}
	}
	if n, err := r.FillIndex(ctx); err != nil || n != 1 || passes != 3 {
		t.Errorf("%d statuses in %d passes, %v", n, passes, err)
	}
	if k, ok, err := r.Remembered(ctx, cert.SerialNumber.Bytes()); err != nil || !ok || k.Revoked {
		t.Errorf("%+v, %v, %v", k, ok, err)
	}
	changes.version++
	if _, ok, _ := r.Remembered(ctx, cert.SerialNumber.Bytes()); ok {
		t.Error("remembered after a sweep")
	}
	passes, sweeps = 0, 1000
	if _, err := r.FillIndex(ctx); err == nil || passes > 10 {
		t.Errorf("%d passes, %v", passes, err)
	}
	// Without a way to hear of changes nothing is kept.
	if n, err := small(t).FillIndex(ctx); n != 0 || err != nil {
		t.Error(n, err)
	}
}

// sweeping tells of everything at once.
type sweeping struct{ version uint64 }

func (s *sweeping) Version(context.Context) (uint64, error) { return s.version, nil }

func (s *sweeping) Since(_ context.Context, mark int64) ([]validation.Change, int64, bool, error) {
	return nil, int64(s.version), mark >= 0, nil
}
