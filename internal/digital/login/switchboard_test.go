package login_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"kado/internal/agency/validation/switchboard"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
)

// Under every fault that the validation office can play, nobody is let in unless
// the answer was right and only late.
// Shows: CRT-56
func TestCRT56_LoginUnderEveryFault(t *testing.T) {
	ctx, r := context.Background(), small(t)
	board, err := switchboard.New(switchboard.Deps{DB: r.db, Clock: r.Clock, Entropy: entropy.Seeded(t.Name()), Authority: r.Authority(),
		Settings: r.Settings, Places: r.World, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	faulty := board.Wrap(r.validation.Handler())
	r.wire.Store(http.HandlerFunc(faulty.ServeHTTP))
	cert := r.Issue(t, validationtest.Order{})
	tester := journal.Actor{Kind: journal.RelyingParty, ID: r.verifier}
	for _, f := range switchboard.Faults {
		if _, err := board.Set(ctx, tester, f.Name, 0, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := r.login(t, r.shop, cert); (err == nil) != (f.Told == "good") {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if err := board.ClearAll(ctx, tester); err != nil {
		t.Fatal(err)
	}
	if _, err := r.login(t, r.shop, cert); err != nil {
		t.Errorf("without a fault: %v", err)
	}
}
