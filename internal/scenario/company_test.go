package scenario_test

import (
	"runtime"
	"sync"
	"testing"

	"kado/internal/agency/cards"
	"kado/internal/platform/fault"
	"kado/internal/server"
	"kado/internal/world/shelf"
)

// TestR41_P18_P21_OneCardManyDesks has the stop line, two relying parties, the
// counter, the courier, the lists and the register work on one card at once: no
// deadlock, no failure that nobody named, no gap in the journal, and one story in
// the end.
func TestR41_P18_P21_OneCardManyDesks(t *testing.T) {
	w, f := openTown(t)
	p := f.people[0]
	certs, err := w.House.Authority.OfCard(w.ctx, f.card)
	if err != nil || len(certs) == 0 {
		t.Fatal(err)
	}
	if err := w.officeHours(); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	run := func(name string, n int, do func() error) {
		all.Add(1)
		go func() {
			defer all.Done()
			for range n {
				err := do()
				for shelf.Taken.Is(err) { // one card lies on one reader at a time
					runtime.Gosched()
					err = do()
				}
				if err != nil && fault.Of(err).Kind.Class == fault.Internal {
					t.Errorf("%s: %v", name, err)
				}
			}
		}()
	}
	run("stop line", 3, func() error { return w.callHotline(p) })
	run("another operator", 3, func() error { return w.callHotline(p) })
	run("resuming", 4, func() error { return w.resume(p.ID, f.card) })
	run("renewal", 2, func() error { return w.renew(p.ID, f.card) })
	run("rewriting", 2, func() error { return w.rewrite(p.ID, f.card, true) })
	run("login", 6, func() error { return w.logIn(f.card) })
	run("another login", 6, func() error { return w.logIn(f.card) })
	run("list", 4, func() error { _, err := w.onList(certs[0]); return err })
	// One courier of this process, as in the server; the acts queue beside it.
	run("courier", 10, func() error { return w.House.Settle(w.ctx) })
	all.Wait()
	if err := w.officeHours(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.House.Registry.Die(w.ctx, townHall(server.RegistryClerk), p.ID, w.today()); err != nil {
		t.Fatal(err)
	}
	if err := w.House.Settle(w.ctx); err != nil {
		t.Fatal(err)
	}
	if c, err := w.House.Cards.Card(w.ctx, f.card); err != nil || c.State != cards.Abolished {
		t.Errorf("the card is %s, %v", c.State, err)
	}
	if r, err := w.House.Check(w.ctx); err != nil || len(r.Findings) > 0 {
		t.Errorf("findings %q, %v", r.Findings, err)
	}
}
