package custody_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
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
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/notice"
	"kado/internal/platform/staff"
	"kado/mynumber"
)

var (
	ann     = at("ann", "t1")  // custodian
	bob     = at("bob", "t2")  // custodian
	cleo    = at("cleo", "t1") // counter clerk
	chief   = staff.Who{Actor: journal.Actor{Kind: journal.System, ID: "test"}, At: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
	errDown = errors.New("the office is down")
)

func at(id, terminal string) journal.Actor {
	return journal.Actor{Kind: journal.Staff, ID: id, Terminal: terminal}
}

// hire registers two town halls of one municipality, one of another, and their
// staff.
func hire(ctx context.Context, tx *db.Tx) error {
	var errs []error
	for b, code := range map[string]mynumber.MunicipalityCode{"main": "13221", "annex": "13221", "south": "14100"} {
		errs = append(errs, staff.AddBranch(ctx, tx, staff.Branch{ID: b, Name: b, Municipality: code.WithCheckDigit(),
			Hours: staff.Hours{Weekdays: "1234567", Opens: "08:30", Closes: "17:15"}}, chief))
	}
	for terminal, branch := range map[string]string{"t1": "main", "t2": "main", "a1": "annex", "s1": "south"} {
		errs = append(errs, staff.AddTerminal(ctx, tx, terminal, branch, chief))
	}
	for _, m := range []staff.Member{
		{ID: "ann", Branch: "main", Person: "per_ann", Roles: []staff.Role{staff.Custodian}},
		{ID: "ann-2", Branch: "main", Person: "per_ann", Roles: []staff.Role{staff.Custodian}},
		{ID: "bob", Branch: "main", Roles: []staff.Role{staff.Custodian}},
		{ID: "cleo", Branch: "main", Roles: []staff.Role{staff.CounterClerk}},
		{ID: "dan", Branch: "main", Roles: []staff.Role{staff.IdentityChecker}},
		{ID: "eve", Branch: "main", Roles: []staff.Role{staff.RegistryClerk, staff.Supervisor}},
		{ID: "fay", Branch: "annex", Roles: []staff.Role{staff.Custodian, staff.CounterClerk}},
		{ID: "gil", Branch: "south", Roles: []staff.Role{staff.Custodian}},
	} {
		m.Name, m.Employer = m.ID, "kado"
		errs = append(errs, staff.AddMember(ctx, tx, m, chief))
	}
	return errors.Join(errs...)
}

// keeper stands for the card records.
type keeper struct {
	cards.Keeper
	mu    sync.Mutex
	state map[mynumber.CardID]cards.State
	fail  bool
	lost  func() // runs after a card was made void
}

func (k *keeper) Card(_ context.Context, id mynumber.CardID) (cards.Card, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.state[id] == "" {
		return cards.Card{}, errors.New("no such card")
	}
	return cards.Card{ID: id, Person: "per_" + string(id), State: k.state[id]}, nil
}
func (k *keeper) Received(_ context.Context, _ journal.Actor, id mynumber.CardID, _ string) error {
	if k.fail {
		return errDown
	}
	if k.state[id] != cards.Consigned && k.state[id] != cards.Held {
		return cards.NotPermitted.New(k.state[id], "receive")
	}
	k.state[id] = cards.Held
	return nil
}
func (k *keeper) Lose(_ context.Context, _ journal.Actor, id mynumber.CardID, _ string) error {
	if k.fail {
		return errDown
	}
	if _, may := cards.Lives.Next(k.state[id], "lose"); !may && k.state[id] != cards.Void {
		return errNotLost
	}
	k.state[id] = cards.Void
	if k.lost != nil {
		k.lost()
	}
	return nil
}

var errNotLost = errors.New("the card record does not permit a loss")

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
	if err := d.Migrate(context.Background(), journal.Schema(), notice.Schema(), staff.Schema(), custody.Schema()); err != nil {
		t.Fatal(err)
	}
	if err := d.Tx(context.Background(), func(tx *db.Tx) error { return hire(context.Background(), tx) }); err != nil {
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

// One holder died while the box was under way: the box is received all the same,
// the dead one's card is stored to be disposed of, and nobody is asked to fetch it.
func TestP29_LIF43_CardThatEndedOnTheWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open(), 3)
		r.keeper.state[r.ids[0]] = cards.Abolished
		for range 2 { // the second time changes nothing
			got, err := r.Receive(ctx, ann, "con_1", "main", r.ids)
			if err != nil || len(got) != 3 {
				t.Fatalf("received %v, %v", got, err)
			}
		}
		for i, want := range []cards.State{cards.Abolished, cards.Held, cards.Held} {
			if got := r.keeper.state[r.ids[i]]; got != want {
				t.Errorf("card %d is %s, want %s", i, got, want)
			}
			letters, err := notice.OfPerson(ctx, r.db, "per_"+string(r.ids[i]))
			if err != nil || (len(letters) == 1) != (want == cards.Held) {
				t.Errorf("card %d: %d letters, %v", i, len(letters), err)
			}
		}
	})
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
		for name, second := range map[string]journal.Actor{"alone": {}, "twice the same": ann, "the same elsewhere": at("ann", "t2"),
			"two ids of one person": at("ann-2", "t2")} {
			if _, err := r.TakeOut(ctx, ann, second, id, "booked pick-up"); !custody.NeedsTwo.Is(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := r.TakeOut(ctx, bob, at("bob", "t1"), id, "booked pick-up"); !custody.NeedsTwo.Is(err) {
			t.Errorf("one whose person is not known, twice: %v", err)
		}
		if _, err := r.Give(ctx, ann, id, "ses_1"); !custody.NotInThisState.Is(err) {
			t.Errorf("given out of the store: %v", err)
		}
		if _, err := r.TakeOut(ctx, ann, bob, id, "booked pick-up"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.CloseDay(ctx, ann, "main", r.ids); !custody.NotInThisState.Is(err) {
			t.Errorf("day closed while a desk holds a card: %v", err)
		}
		if _, err := r.Give(ctx, cleo, id, "ses_1"); !custody.RecordDiffers.Is(err) {
			t.Errorf("given before it was in operation: %v", err)
		}
		r.keeper.state[id] = cards.InOperation
		if _, err := r.PutBack(ctx, ann, id); !custody.RecordDiffers.Is(err) {
			t.Errorf("a card in operation was stored: %v", err)
		}
		if _, err := r.CloseDay(ctx, ann, "main", r.ids[1:]); !custody.RecordDiffers.Is(err) {
			t.Errorf("a card whose delivery was cut off was counted as lost: %v", err)
		}
		for range 2 { // the second time changes nothing
			if i, err := r.Give(ctx, cleo, id, "ses_1"); err != nil || i.State != custody.Given {
				t.Fatalf("given: %+v, %v", i, err)
			}
		}
		if _, err := r.Give(ctx, cleo, id, "ses_2"); !custody.NotInThisState.Is(err) {
			t.Errorf("given in another session: %v", err)
		}
		if _, err := r.TakeOut(ctx, ann, bob, id, "again"); !custody.NotInThisState.Is(err) {
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
		// The store is locked for the day.
		if _, err := r.TakeOut(ctx, ann, bob, r.ids[1], "booked pick-up"); !custody.DayClosed.Is(err) {
			t.Errorf("taken out after the count: %v", err)
		}
		if _, err := r.Receive(ctx, ann, "con_1", "main", r.ids); !custody.DayClosed.Is(err) {
			t.Errorf("received after the count: %v", err)
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
				if _, err := r.TakeOut(ctx, ann, bob, id, "found again"); !custody.NotInThisState.Is(err) {
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
	if _, err := r.Receive(context.Background(), ann, "con_1", "main", r.ids); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"no reason":       second(r.TakeOut(context.Background(), ann, bob, r.ids[0], "")),
		"long reason":     second(r.TakeOut(context.Background(), ann, bob, r.ids[0], strings.Repeat("x", journal.MaxText+1))),
		"no session":      second(r.Give(context.Background(), cleo, r.ids[0], "")),
		"dispose, no why": second(r.Dispose(context.Background(), ann, bob, r.ids[0], "")),
	} {
		if !custody.Malformed.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// acts are the acts on one card in the store of the branch main.
func acts(r room, id mynumber.CardID) map[string]func(by journal.Actor) error {
	ctx := context.Background()
	others := slices.DeleteFunc(slices.Clone(r.ids), func(i mynumber.CardID) bool { return i == id })
	return map[string]func(by journal.Actor) error{
		"take_out": func(by journal.Actor) error { return second(r.TakeOut(ctx, by, bob, id, "booked pick-up")) },
		"put_back": func(by journal.Actor) error { return second(r.PutBack(ctx, by, id)) },
		"give":     func(by journal.Actor) error { return second(r.Give(ctx, by, id, "ses_1")) },
		"dispose":  func(by journal.Actor) error { return second(r.Dispose(ctx, by, bob, id, "shredded")) },
		"receive":  func(by journal.Actor) error { return second(r.Receive(ctx, by, "con_1", "main", r.ids)) },
		"miss":     func(by journal.Actor) error { return second(r.CloseDay(ctx, by, "main", others)) },
	}
}

func (r room) change(t testing.TB, f func(*db.Tx) error) {
	t.Helper()
	if err := r.db.Tx(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// Shows: OPS-34, P-16, P-17, P-36, PRD-26
func TestOPS34_P36_OnlyStaffOfTheBranchTouchItsCards(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open(), 2)
		if _, err := r.Receive(ctx, ann, "con_1", "main", r.ids); err != nil {
			t.Fatal(err)
		}
		id := r.ids[0]
		before, err := r.Item(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		refused := func(name string, by journal.Actor, want *fault.Kind, but ...string) {
			t.Helper()
			for act, do := range acts(r, id) {
				if err := do(by); !want.Is(err) && !slices.Contains(but, act) {
					t.Errorf("%s: %s: %v, want %s", name, act, err, want.Code())
				}
			}
			if got, err := r.Item(ctx, id); err != nil || got != before {
				t.Fatalf("%s changed the item: %+v, %v", name, got, err)
			}
			if r.keeper.state[id] != cards.Held {
				t.Fatalf("%s changed the record to %s", name, r.keeper.state[id])
			}
		}
		refused("the holder", journal.Actor{Kind: journal.Holder, ID: "per_" + string(id)}, staff.NotStaff)
		refused("the system", journal.Actor{Kind: journal.System, ID: "house"}, staff.NotStaff)
		refused("nobody known", at("nobody", "t1"), staff.NotStaff)
		refused("another role", at("eve", "t1"), staff.NoRole)
		refused("a counter clerk", cleo, staff.NoRole, "give")
		refused("no terminal", at("ann", ""), staff.NoTerminal)
		refused("another branch's terminal", at("ann", "a1"), staff.NoTerminal)
		refused("another branch", at("fay", "a1"), custody.OtherBranch)
		refused("another municipality", at("gil", "s1"), custody.OtherBranch)
		r.change(t, func(tx *db.Tx) error { return staff.MoveMember(ctx, tx, "ann", "suspend", chief) })
		refused("suspended", ann, staff.NotActive)
		r.change(t, func(tx *db.Tx) error { return staff.MoveMember(ctx, tx, "ann", "resume", chief) })
		r.change(t, func(tx *db.Tx) error { return staff.MoveTerminal(ctx, tx, "t1", "report_missing", chief) })
		refused("missing terminal", ann, staff.NoTerminal)
		r.change(t, func(tx *db.Tx) error { return staff.MoveTerminal(ctx, tx, "t1", "find", chief) })
		for name, c := range map[string]struct {
			second journal.Actor
			want   *fault.Kind
		}{
			"a free string":      {journal.Actor{ID: "anybody"}, staff.NotStaff},
			"somebody unknown":   {at("nobody", "t2"), staff.NotStaff},
			"the holder":         {journal.Actor{Kind: journal.Holder, ID: "per_1"}, staff.NotStaff},
			"a clerk of records": {at("eve", "t2"), staff.NoRole},
			"without a terminal": {at("bob", ""), staff.NoTerminal},
			"of another branch":  {at("fay", "a1"), custody.OtherBranch},
		} {
			if _, err := r.TakeOut(ctx, ann, c.second, id, "booked pick-up"); !c.want.Is(err) {
				t.Errorf("second %s: %v, want %s", name, err, c.want.Code())
			}
		}
		// Nobody takes out a card of their own, nor attends.
		r.change(t, func(tx *db.Tx) error {
			return staff.AddMember(ctx, tx, staff.Member{ID: "own", Name: "own", Employer: "kado", Branch: "main", Person: "per_" + string(id),
				Roles: []staff.Role{staff.Custodian, staff.CounterClerk}}, chief)
		})
		for _, pair := range [][2]journal.Actor{{at("own", "t1"), bob}, {ann, at("own", "t1")}} {
			if _, err := r.TakeOut(ctx, pair[0], pair[1], id, "booked pick-up"); !staff.OwnCase.Is(err) {
				t.Errorf("own card by %s and %s: %v", pair[0].ID, pair[1].ID, err)
			}
		}
		for _, second := range []journal.Actor{bob, cleo, at("dan", "t2")} {
			if _, err := r.TakeOut(ctx, ann, second, id, "booked pick-up"); err != nil {
				t.Errorf("with %s: %v", second.ID, err)
			}
			if _, err := r.PutBack(ctx, bob, id); err != nil {
				t.Error(err)
			}
		}
		// Reason, second person and terminal are in the journal.
		if err := r.db.View(ctx, func(tx *db.Tx) error {
			all, err := journal.OfActor(ctx, tx, journal.Staff, "ann", 0, 100)
			n := 0
			for _, e := range all {
				if e.Act == "custody.taken_out" && e.Reason == "booked pick-up" && e.Details["second"] != "" && e.Actor.Terminal == "t1" {
					n++
				}
			}
			if n != 3 {
				t.Errorf("%d whole entries", n)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
		if err := r.clock.Set(time.Date(2026, 4, 1, 8, 15, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		if before, err = r.Item(ctx, id); err != nil {
			t.Fatal(err)
		}
		refused("closed", ann, staff.Closed)
	})
}

// Every act from every state, the card's record being such that nothing else
// stands in the way: what the table lacks is refused and changes nothing.
// Shows: PRD-25, P-14, P-18
func TestCustodyEveryEdge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open(), 1)
		id := r.ids[0]
		record := map[string]cards.State{"take_out": cards.Held, "put_back": cards.Held, "give": cards.InOperation, "dispose": cards.Abolished, "miss": cards.Held}
		if _, err := r.Receive(ctx, ann, "con_1", "main", r.ids); err != nil {
			t.Fatal(err)
		}
		tried := 0
		for _, from := range custody.Custody.States {
			for _, act := range custody.Custody.Acts() {
				tried++
				r.change(t, func(tx *db.Tx) error {
					_, err := tx.Exec(ctx, `UPDATE custody_item SET state = $1, custodian = 'ann'`, from.ID)
					if err == nil {
						_, err = tx.Exec(ctx, `DELETE FROM custody_count`)
					}
					if err == nil {
						_, err = tx.Exec(ctx, `INSERT INTO custody_move (card, seq, act, giver, taker, reason, moved_at)
							SELECT $1, COUNT(*) + 1, 'give', '', '', 'ses_0', '' FROM custody_move WHERE card = $1`, string(id))
					}
					return err
				})
				r.keeper.state[id] = record[act]
				err := acts(r, id)[act](ann)
				to, may := custody.Custody.Next(from.ID, act)
				if !may {
					to = from.ID
				}
				got, err2 := r.Item(ctx, id)
				if err2 != nil || got.State != to {
					t.Errorf("%s from %s: it is %s, want %s (%v)", act, from.ID, got.State, to, errors.Join(err, err2))
				}
				// A count looks only at what should be there: elsewhere there is nothing
				// to miss, and nothing to refuse.
				if act != "miss" && (may != (err == nil) || (err != nil && !custody.NotInThisState.Is(err))) {
					t.Errorf("%s from %s: %v", act, from.ID, err)
				}
			}
		}
		if tried != 25 {
			t.Errorf("%d edges were tried", tried)
		}
	})
}

// Two custodians take out one card at once: exactly one has it.
// Shows: P-14, PRD-25
func TestP14_TwoCustodiansOneCard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open(), 1)
		other := custody.New(custody.Deps{DB: open(), Clock: r.clock, Cards: r.keeper, Shipments: r.ship}) // another process
		if _, err := r.Receive(ctx, ann, "con_1", "main", r.ids); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			type outcome struct {
				by  string
				err error
			}
			done := make(chan outcome, 2)
			for office, pair := range map[*custody.Office][2]journal.Actor{r.Office: {ann, cleo}, other: {bob, at("dan", "t1")}} {
				go func() {
					_, err := office.TakeOut(ctx, pair[0], pair[1], r.ids[0], "booked pick-up")
					done <- outcome{pair[0].ID, err}
				}()
			}
			won := ""
			for range 2 {
				o := <-done
				if o.err == nil {
					won += o.by
				} else if !custody.NotInThisState.Is(o.err) {
					t.Error(o.err)
				}
			}
			i, err := r.Item(ctx, r.ids[0])
			if err != nil || i.State != custody.TakenOut || i.Custodian != won {
				t.Fatalf("%q won and %q has it (%s, %v)", won, i.Custodian, i.State, err)
			}
			if _, err := r.PutBack(ctx, ann, r.ids[0]); err != nil {
				t.Fatal(err)
			}
		}
		if found, err := r.Check(ctx); err != nil || len(found) > 0 {
			t.Errorf("check: %v, %v", found, err)
		}
	})
}

// A count that was cut off after the records were told is finished by the same
// count; a card that moved meanwhile is not in a stale count.
// Shows: P-14, P-18
func TestP18_CountIsRepeatable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open(), 3)
		if _, err := r.Receive(ctx, ann, "con_1", "main", r.ids); err != nil {
			t.Fatal(err)
		}
		r.keeper.lost = func() {
			r.keeper.lost = nil
			if _, err := r.TakeOut(ctx, bob, cleo, r.ids[1], "booked pick-up"); err != nil {
				t.Error(err)
			}
		}
		if _, err := r.CloseDay(ctx, ann, "main", r.ids[1:]); !custody.NotInThisState.Is(err) {
			t.Fatalf("a stale count was recorded: %v", err)
		}
		if _, err := r.PutBack(ctx, bob, r.ids[1]); err != nil {
			t.Fatal(err)
		}
		r.keeper.fail = true // nothing is left to tell the records
		c, err := r.CloseDay(ctx, ann, "main", r.ids[1:])
		if err != nil || !slices.Equal(c.Missing, r.ids[:1]) || r.keeper.state[r.ids[0]] != cards.Void {
			t.Fatalf("repeated: %+v, %v", c, err)
		}
		r.keeper.fail = false
		// A dead holder's card that vanishes is missing, too, and its record stays
		// as it ended.
		if err := r.clock.Advance(24 * time.Hour); err != nil {
			t.Fatal(err)
		}
		r.keeper.state[r.ids[2]] = cards.Abolished
		if c, err := r.CloseDay(ctx, ann, "main", r.ids[1:2]); err != nil || !slices.Equal(c.Missing, r.ids[2:]) || r.keeper.state[r.ids[2]] != cards.Abolished {
			t.Errorf("a dead holder's card: %+v, %v", c, err)
		}
		if err := r.clock.Advance(24 * time.Hour); err != nil {
			t.Fatal(err)
		}
		// What turns up is only destroyed.
		if _, err := r.Dispose(ctx, ann, bob, r.ids[0], "found behind the safe"); err != nil {
			t.Error(err)
		}
		if _, err := r.Dispose(ctx, ann, bob, r.ids[1], "a mistake"); !custody.RecordDiffers.Is(err) {
			t.Errorf("a living card was destroyed: %v", err)
		}
		if found, err := r.Check(ctx); err != nil || len(found) > 0 {
			t.Errorf("check: %v, %v", found, err)
		}
	})
}

// Two boxes never share a slot, and a box is stored in one branch only.
// Shows: PRD-25
func TestPRD25_OnePlaceForEachCard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open(), 4)
		r.ship.con.Cards = r.ids[:2]
		if _, err := r.Receive(ctx, ann, "con_1", "main", r.ids[:2]); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Receive(ctx, at("fay", "a1"), "con_1", "annex", r.ids[:2]); !custody.NotInThisState.Is(err) {
			t.Errorf("one box in two branches: %v", err)
		}
		r.ship.con.ID, r.ship.con.Cards = "con_2", r.ids[2:]
		if _, err := r.Receive(ctx, ann, "con_2", "main", r.ids[2:]); err != nil {
			t.Fatal(err)
		}
		places := map[string]bool{}
		items, err := r.InStore(ctx, "main")
		for _, i := range items {
			places[i.Place] = true
		}
		if err != nil || len(places) != 4 {
			t.Errorf("places %v, %v", places, err)
		}
	})
}

// Planted damage is found.
func TestCheckFindsDamage(t *testing.T) {
	ctx := context.Background()
	for name, sql := range map[string]string{
		"state":     `UPDATE custody_item SET state = 'gone'`,
		"missing":   `UPDATE custody_item SET state = 'missing'`,
		"given":     `UPDATE custody_item SET state = 'given'`,
		"destroyed": `UPDATE custody_item SET state = 'disposed'`,
		"custodian": `UPDATE custody_item SET custodian = 'mallory'`,
		"place":     `UPDATE custody_item SET place = 'safe-1/001'`,
		"moves":     `DELETE FROM custody_move`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, dbtest.SQLite(t), 2)
			if _, err := r.Receive(ctx, ann, "con_1", "main", r.ids); err != nil {
				t.Fatal(err)
			}
			r.change(t, func(tx *db.Tx) error { _, err := tx.Exec(ctx, sql); return err })
			if found, err := r.Check(ctx); err != nil || len(found) == 0 {
				t.Errorf("found %v, %v", found, err)
			}
		})
	}
}
