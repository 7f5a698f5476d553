package custody_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/cards"
	"kado/internal/agency/production"
	"kado/internal/municipality/custody"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/notice"
	"kado/mynumber"
)

var (
	ann     = journal.Actor{Kind: journal.Staff, ID: "ann", Terminal: "t1"}
	errDown = errors.New("the office is down")
)

// keeper stands for the card records.
type keeper struct {
	cards.Keeper
	state map[mynumber.CardID]cards.State
	fail  bool
}

func (k *keeper) Card(_ context.Context, id mynumber.CardID) (cards.Card, error) {
	if k.state[id] == "" {
		return cards.Card{}, errors.New("no such card")
	}
	return cards.Card{ID: id, Person: "per_" + string(id), State: k.state[id]}, nil
}
func (k *keeper) Received(_ context.Context, _ journal.Actor, id mynumber.CardID, _ string) error {
	if k.fail {
		return errDown
	}
	k.state[id] = cards.Held
	return nil
}
func (k *keeper) Lose(_ context.Context, _ journal.Actor, id mynumber.CardID, _ string) error {
	if k.fail {
		return errDown
	}
	k.state[id] = cards.Void
	return nil
}

// shipments stands for the makers: one consignment.
type shipments struct{ con production.Consignment }

var errMismatch = errors.New("does not match")

func (s *shipments) Consignment(context.Context, string) (production.Consignment, error) {
	return s.con, nil
}
func (s *shipments) Arrive(_ context.Context, _ journal.Actor, _ string, scanned []mynumber.CardID) (production.Consignment, error) {
	a, b := slices.Sorted(slices.Values(scanned)), slices.Sorted(slices.Values(s.con.Cards))
	if !slices.Equal(a, b) {
		return production.Consignment{}, errMismatch
	}
	return s.con, nil
}

type room struct {
	*custody.Office
	db     *db.DB
	clock  *clock.Manual
	keeper *keeper
	ship   *shipments
	ids    []mynumber.CardID
}

func newRoom(t testing.TB, d *db.DB, n int) room {
	t.Helper()
	if err := d.Migrate(context.Background(), journal.Schema(), notice.Schema(), custody.Schema()); err != nil {
		t.Fatal(err)
	}
	r := room{db: d, clock: clock.NewManual(time.Date(2026, 4, 1, 3, 0, 0, 0, time.UTC)), keeper: &keeper{state: map[mynumber.CardID]cards.State{}}}
	source := entropy.Seeded(t.Name())
	for range n {
		id, err := mynumber.DrawCardID(source.Stream("cards"))
		if err != nil {
			t.Fatal(err)
		}
		r.ids = append(r.ids, id)
		r.keeper.state[id] = cards.Consigned
	}
	slices.Sort(r.ids)
	r.ship = &shipments{production.Consignment{ID: "con_1", Municipality: "13221", Cards: r.ids}}
	r.Office = custody.New(custody.Deps{DB: d, Clock: r.clock, Cards: r.keeper, Shipments: r.ship})
	return r
}

// Shows: PRD-08, PRD-25, PRD-26, PRD-33, P-14
func TestFromBoxToHolder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open(), 3)
		if _, err := r.Receive(ctx, ann, "con_1", "main", r.ids[:2]); !errors.Is(err, errMismatch) {
			t.Fatalf("a box with a card missing: %v", err)
		}
		if got, err := r.InStore(ctx, "main"); err != nil || len(got) != 0 {
			t.Fatalf("a stopped box was stored: %v, %v", got, err)
		}
		r.keeper.fail = true
		if _, err := r.Receive(ctx, ann, "con_1", "main", r.ids); !errors.Is(err, errDown) {
			t.Fatal(err)
		}
		r.keeper.fail = false
		got, err := r.Receive(ctx, ann, "con_1", "main", r.ids) // repeated after the failure
		if err != nil || len(got) != 3 || got[0].Custodian != "ann" || r.keeper.state[r.ids[2]] != cards.Held {
			t.Fatalf("received %+v, %v", got, err)
		}
		id := r.ids[0]
		for name, second := range map[string]string{"alone": "", "twice the same": "ann"} {
			if _, err := r.TakeOut(ctx, ann, second, id, "booked pick-up"); !custody.NeedsTwo.Is(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := r.Give(ctx, ann, id, "ses_1"); !custody.NotInThisState.Is(err) {
			t.Errorf("given out of the store: %v", err)
		}
		if _, err := r.TakeOut(ctx, ann, "bob", id, "booked pick-up"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.CloseDay(ctx, ann, "main", r.ids); !custody.NotInThisState.Is(err) {
			t.Errorf("day closed while a desk holds a card: %v", err)
		}
		for range 2 { // the second time changes nothing
			if i, err := r.Give(ctx, ann, id, "ses_1"); err != nil || i.State != custody.Given {
				t.Fatalf("given: %+v, %v", i, err)
			}
		}
		r.keeper.state[id] = cards.InOperation
		if _, err := r.TakeOut(ctx, ann, "bob", id, "again"); !custody.NotInThisState.Is(err) {
			t.Errorf("taken out after it was given: %v", err)
		}
		if _, err := r.Item(ctx, "000000000000000"); !custody.NotHere.Is(err) {
			t.Errorf("unknown card: %v", err)
		}
		if c, err := r.CloseDay(ctx, ann, "main", r.ids[1:]); err != nil || len(c.Missing)+len(c.Foreign) != 0 || c.Expected != 2 {
			t.Errorf("count %+v, %v", c, err)
		}
		if _, err := r.CloseDay(ctx, ann, "main", r.ids[1:]); !custody.DayClosed.Is(err) {
			t.Errorf("closed twice: %v", err)
		}
		if found, err := r.Check(ctx); err != nil || len(found) > 0 {
			t.Errorf("check: %v, %v", found, err)
		}
	})
}

// Any k of n cards removed: the count of the same day names exactly those, by
// id, and their records are void; a foreign card never fills a gap.
// Shows: P-14, P-18, P-11, PRD-29
func TestP14_CountNamesExactlyTheMissing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open(), 12)
		stored := r.ids[:10]
		strangers := r.ids[10:]
		r.ship.con.Cards = stored
		if _, err := r.Receive(ctx, ann, "con_1", "main", stored); err != nil {
			t.Fatal(err)
		}
		alive := slices.Clone(stored)
		rapid.Check(t, func(rt *rapid.T) {
			if len(alive) == 0 {
				return
			}
			if err := r.clock.Advance(24 * time.Hour); err != nil {
				rt.Fatal(err)
			}
			k := rapid.IntRange(0, min(2, len(alive))).Draw(rt, "missing")
			gone := rapid.Permutation(alive).Draw(rt, "order")[:k]
			var scan []mynumber.CardID
			for _, id := range alive {
				if !slices.Contains(gone, id) {
					scan = append(scan, id)
				}
			}
			foreign := strangers[:rapid.IntRange(0, 2).Draw(rt, "foreign")]
			c, err := r.CloseDay(ctx, ann, "main", append(slices.Clone(scan), foreign...))
			if err != nil {
				rt.Fatal(err)
			}
			if got, want := slices.Sorted(slices.Values(c.Missing)), slices.Sorted(slices.Values(gone)); !slices.Equal(got, want) {
				rt.Fatalf("missing %v, want %v", got, want)
			}
			if !slices.Equal(c.Foreign, foreign) && len(foreign) > 0 {
				rt.Fatalf("foreign %v, want %v", c.Foreign, foreign)
			}
			for _, id := range gone {
				if r.keeper.state[id] != cards.Void {
					rt.Fatalf("%s is missing and %s", id, r.keeper.state[id])
				}
				letters, err := notice.OfPerson(ctx, r.db, "per_"+string(id))
				if err != nil || len(letters) != 2 {
					rt.Fatalf("letters of %s: %v, %v", id, letters, err)
				}
				if _, err := r.TakeOut(ctx, ann, "bob", id, "found again"); !custody.NotInThisState.Is(err) {
					rt.Fatalf("a void card was taken out: %v", err)
				}
			}
			alive = scan
		})
		if found, err := r.Check(ctx); err != nil || len(found) > 0 {
			t.Errorf("check: %v, %v", found, err)
		}
	})
}

func TestScansAreStrict(t *testing.T) {
	d, err := db.Open(context.Background(), "sqlite:"+t.TempDir()+"/c.db")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	r := newRoom(t, d, 2)
	for name, scan := range map[string][]mynumber.CardID{
		"twice":     {r.ids[0], r.ids[0]},
		"malformed": {"12"},
		"too many":  slices.Repeat([]mynumber.CardID{r.ids[0]}, 100_001),
	} {
		if _, err := r.Receive(context.Background(), ann, "con_1", "main", scan); !custody.BadScan.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, s := range custody.Custody.States {
		for _, act := range custody.Custody.Acts() {
			if _, ok := custody.Custody.Next(s.ID, act); ok && s.End {
				t.Errorf("%s leaves %s", act, s.ID)
			}
		}
	}
}
