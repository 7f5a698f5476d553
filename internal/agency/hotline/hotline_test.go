package hotline_test

import (
	"context"
	"testing"
	"time"

	"kado/internal/agency/cards"
	"kado/internal/agency/hotline"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/notice"
	"kado/mynumber"
)

var operator = journal.Actor{Kind: journal.Staff, ID: "op-1"}

type finder []registry.Candidate

func (f *finder) Match(context.Context, journal.Actor, registry.Items) ([]registry.Candidate, error) {
	return *f, nil
}

type keeper struct {
	cards.Keeper
	all   map[string]cards.Card // by person
	clock clock.Clock
}

func (k *keeper) OfPerson(_ context.Context, p string) ([]cards.Card, error) {
	if c, ok := k.all[p]; ok {
		return []cards.Card{c}, nil
	}
	return nil, nil
}
func (k *keeper) Card(_ context.Context, id mynumber.CardID) (cards.Card, error) {
	for _, c := range k.all {
		if c.ID == id {
			return c, nil
		}
	}
	return cards.Card{}, nil
}
func (k *keeper) Suspend(_ context.Context, _ journal.Actor, id mynumber.CardID, _ string) error {
	for p, c := range k.all {
		if c.ID == id && c.State == cards.InOperation {
			c.State, c.SuspendedAt = cards.Suspended, k.clock.Now()
			k.all[p] = c
		}
	}
	return nil
}

// Shows: LIF-01, LIF-02, LIF-03, LIF-06, OPS-46, OPS-48, P-31
func TestSuspend(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, d := context.Background(), open()
		if err := d.Migrate(ctx, journal.Schema(), notice.Schema(), hotline.Schema()); err != nil {
			t.Fatal(err)
		}
		c := clock.NewManual(time.Date(2026, 4, 1, 18, 5, 9, 0, time.UTC))
		found := &finder{}
		k := &keeper{clock: c, all: map[string]cards.Card{
			"per_1": {ID: "card-1", State: cards.InOperation}, "per_2": {ID: "card-2", State: cards.InOperation},
			"per_3": {ID: "card-3", State: cards.Held},
		}}
		line := hotline.New(hotline.Deps{DB: d, Clock: c, Entropy: entropy.Seeded(t.Name()), Finder: found, Cards: k})
		call := hotline.Call{Name: "山田花子", BirthDate: mynumber.Date{Year: 1990, Month: 2, Day: 17}, Cause: hotline.Lost}
		for name, r := range map[string]struct {
			found finder
			cause hotline.Cause
			want  *fault.Kind
		}{
			"nobody":                   {nil, hotline.Lost, hotline.NoCard},
			"card not delivered":       {finder{{Person: "per_3", AddressEqual: true}}, hotline.Lost, hotline.NoCard},
			"no card at all":           {finder{{Person: "per_4", AddressEqual: true}}, hotline.Lost, hotline.NoCard},
			"two of one name":          {finder{{Person: "per_1"}, {Person: "per_2"}}, hotline.Stolen, hotline.MoreThanOne},
			"two at one address":       {finder{{Person: "per_1", AddressEqual: true}, {Person: "per_2", AddressEqual: true}}, hotline.Stolen, hotline.MoreThanOne},
			"a cause not on the list ": {finder{{Person: "per_1"}}, "bored", hotline.UnknownCause},
		} {
			*found = r.found
			call.Cause = r.cause
			if _, err := line.Suspend(ctx, operator, call); !r.want.Is(err) {
				t.Errorf("%s: %v, want %s", name, err, r.want.Code())
			}
		}
		if k.all["per_1"].State != cards.InOperation || k.all["per_2"].State != cards.InOperation {
			t.Fatal("a refused call stopped a card")
		}
		call.Cause = hotline.Stolen
		*found = finder{{Person: "per_1"}, {Person: "per_2", AddressEqual: true}}
		r, err := line.Suspend(ctx, operator, call)
		if err != nil || r.Card != "card-2" || r.InDoubt || !r.SuspendedAt.Equal(c.Now()) || k.all["per_1"].State != cards.InOperation {
			t.Fatalf("the one at the address: %+v, %v", r, err)
		}
		*found = finder{{Person: "per_1"}}
		first, err := line.Suspend(ctx, operator, call)
		if err != nil || first.Card != "card-1" || !first.InDoubt {
			t.Fatalf("in doubt it is suspended: %+v, %v", first, err)
		}
		if err := c.Advance(time.Minute); err != nil {
			t.Fatal(err)
		}
		again, err := line.Suspend(ctx, operator, call)
		if err != nil || again.Number == first.Number || !again.SuspendedAt.Equal(first.SuspendedAt) {
			t.Errorf("a second call: %+v, %v", again, err)
		}
		if letters, err := notice.OfPerson(ctx, d, "per_1"); err != nil || len(letters) != 2 {
			t.Errorf("letters %v, %v", letters, err)
		}
		if f, err := line.Check(ctx); err != nil || len(f) > 0 {
			t.Errorf("check: %v, %v", f, err)
		}
	})
}
