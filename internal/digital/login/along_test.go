package login_test

import (
	"context"
	"errors"
	"testing"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
)

// What a caller records with a login stands or falls with it: after a failure of either
// nothing is recorded and the same answer serves again.
func TestAlong_RecordedTogetherOrNotAtAll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		r := newRoom(t, open())
		cert := r.Issue(t, validationtest.Order{Person: "per_7"})
		boom := errors.New("the caller's record failed")
		ctx := context.Background()

		if _, err := r.Begin(ctx, r.shop.ID, func(context.Context, *db.Tx, login.Challenge) error { return boom }); !errors.Is(err, boom) {
			t.Fatal(err)
		}
		var challenges int
		if err := r.db.View(ctx, func(tx *db.Tx) error {
			return tx.QueryRow(ctx, `SELECT COUNT(*) FROM login_challenge`).Scan(&challenges)
		}); err != nil || challenges != 0 {
			t.Fatalf("%d challenges were kept without the caller's record, %v", challenges, err)
		}

		a := answer(t, r.begin(t, r.shop), cert)
		if _, err := r.Finish(ctx, a, login.Along{Save: func(context.Context, *db.Tx, login.Login) error { return boom }}); !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if es := r.journalOf(t, "per_7"); len(es) != 0 {
			t.Fatalf("a login that its caller could not record stands in the journal: %+v", es)
		}
		var told login.Login
		l, err := r.Finish(ctx, a, login.Along{Save: func(_ context.Context, _ *db.Tx, l login.Login) error { told = l; return nil }})
		if err != nil || told != l {
			t.Fatalf("the same answer a second time: %v; told %+v, returned %+v", err, told, l)
		}
	})
}

// A caller's check hears whose certificate it is before anything is recorded. What it
// refuses stands in the holder's journal and uses the challenge up; where it could not
// decide, neither happens.
func TestAlong_RefusedByTheCaller(t *testing.T) {
	r := small(t)
	cert := r.Issue(t, validationtest.Order{Person: "per_7"})
	ctx := context.Background()
	saved := false
	check := func(refusal error) login.Along {
		return login.Along{
			Check: func(_ context.Context, person string) error {
				if person != "per_7" {
					t.Errorf("the check hears of %q", person)
				}
				return refusal
			},
			Save: func(context.Context, *db.Tx, login.Login) error { saved = true; return nil },
		}
	}
	a := answer(t, r.begin(t, r.shop), cert)
	if _, err := r.Finish(ctx, a, check(db.Busy.New())); !db.Busy.Is(err) || saved || len(r.journalOf(t, "per_7")) != 0 {
		t.Fatalf("%v, saved %v", err, saved)
	}
	if _, err := r.Finish(ctx, a, check(login.OriginTaken.New())); !login.OriginTaken.Is(err) || saved {
		t.Fatalf("%v, saved %v", err, saved)
	}
	es := r.journalOf(t, "per_7")
	if len(es) != 1 || es[0].Act != login.ActRefused || es[0].Outcome != journal.Refused || es[0].Details["fault"] != fault.Of(login.OriginTaken.New()).Code() {
		t.Fatalf("journal %+v", es)
	}
	if _, err := r.Finish(ctx, a, check(nil)); !login.NoChallenge.Is(err) || saved {
		t.Fatalf("the challenge serves after a refusal: %v, saved %v", err, saved)
	}
}
