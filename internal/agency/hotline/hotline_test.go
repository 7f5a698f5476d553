package hotline_test

import (
	"context"
	"errors"
	"strings"
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
	"kado/internal/platform/staff"
	"kado/mynumber"
)

var (
	operator = journal.Actor{Kind: journal.Staff, ID: "op-1"}
	chief    = staff.Who{Actor: journal.Actor{Kind: journal.System, ID: "test"}, At: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
)

func hire(ctx context.Context, tx *db.Tx) error {
	errs := []error{staff.AddBranch(ctx, tx, staff.Branch{ID: "line", Name: "line", Hours: staff.Hours{Weekdays: "1", Opens: "08:30", Closes: "08:31"}}, chief)}
	for _, m := range []staff.Member{
		{ID: "op-1", Roles: []staff.Role{staff.HotlineOperator}},
		{ID: "dan", Roles: []staff.Role{staff.IntakeExaminer, staff.Supervisor, staff.Auditor, staff.CAOperator}},
	} {
		m.Name, m.Employer, m.Branch = m.ID, "kado", "line"
		errs = append(errs, staff.AddMember(ctx, tx, m, chief))
	}
	return errors.Join(errs...)
}

func migrate(t testing.TB, d *db.DB) {
	t.Helper()
	ctx := context.Background()
	err := d.Migrate(ctx, journal.Schema(), notice.Schema(), staff.Schema(), hotline.Schema())
	if err == nil {
		err = d.Tx(ctx, func(tx *db.Tx) error { return hire(ctx, tx) })
	}
	if err != nil {
		t.Fatal(err)
	}
}

type finder []registry.Candidate

func (f *finder) Match(context.Context, journal.Actor, registry.Items) ([]registry.Candidate, error) {
	return *f, nil
}

type keeper struct {
	cards.Keeper
	all   map[string]cards.Card // by person
	clock clock.Clock
	after func() // runs after a card was suspended
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
			if k.after != nil {
				k.after()
			}
		}
	}
	return nil
}

// Shows: LIF-01, LIF-02, LIF-03, LIF-06, OPS-46, OPS-48, P-31
func TestSuspend(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, d := context.Background(), open()
		migrate(t, d)
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

// Nobody but an operator in good standing stops a card, or learns whether there
// is one; operators act at any hour.
// Shows: OPS-34, OPS-46, P-36
func TestOPS34_P36_OnlyOperatorsStopCards(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, d := context.Background(), open()
		migrate(t, d)
		c := clock.NewManual(time.Date(2026, 4, 4, 18, 5, 9, 0, time.UTC)) // Sunday, 03:05 in Japan
		k := &keeper{clock: c, all: map[string]cards.Card{"per_1": {ID: "card-1", State: cards.InOperation}}}
		asked := &countingFinder{}
		line := hotline.New(hotline.Deps{DB: d, Clock: c, Entropy: entropy.Seeded(t.Name()), Finder: asked, Cards: k})
		call := hotline.Call{Name: "山田花子", BirthDate: mynumber.Date{Year: 1990, Month: 2, Day: 17}, Cause: hotline.Lost}
		move := func(act string) {
			t.Helper()
			if err := d.Tx(ctx, func(tx *db.Tx) error { return staff.MoveMember(ctx, tx, "op-1", act, chief) }); err != nil {
				t.Fatal(err)
			}
		}
		refused := func(name string, by journal.Actor, want *fault.Kind) {
			t.Helper()
			if _, err := line.Suspend(ctx, by, call); !want.Is(err) {
				t.Errorf("%s: %v, want %s", name, err, want.Code())
			}
			if asked.n > 0 || k.all["per_1"].State != cards.InOperation {
				t.Fatalf("%s: %d questions, card %s", name, asked.n, k.all["per_1"].State)
			}
		}
		refused("a caller", journal.Actor{Kind: journal.Caller, ID: "call"}, staff.NotStaff)
		refused("the holder", journal.Actor{Kind: journal.Holder, ID: "per_1"}, staff.NotStaff)
		refused("the system", journal.Actor{Kind: journal.System, ID: "house"}, staff.NotStaff)
		refused("another role", journal.Actor{Kind: journal.Staff, ID: "dan"}, staff.NoRole)
		refused("unknown terminal", journal.Actor{Kind: journal.Staff, ID: "op-1", Terminal: "t9"}, staff.NoTerminal)
		move("suspend")
		refused("suspended", operator, staff.NotActive)
		move("resume")
		for name, police := range map[string]string{"too long": strings.Repeat("1", 41), "no text": "\xff"} {
			call.Police = police
			refused("police receipt "+name, operator, hotline.UnknownCause)
		}
		call.Police = "第123号"
		// Suspended in the middle of the call: the card stays stopped, and there is
		// no receipt; the next operator gives one.
		k.after = func() { k.after = nil; move("suspend") }
		if _, err := line.Suspend(ctx, operator, call); !staff.NotActive.Is(err) || k.all["per_1"].State != cards.Suspended {
			t.Errorf("suspended in the middle: %v, card %s", err, k.all["per_1"].State)
		}
		move("resume")
		first, err := line.Suspend(ctx, operator, call)
		if err != nil {
			t.Fatal(err)
		}
		// A source that begins anew gives no receipt twice; one police number leaves
		// no two equal marks.
		again := hotline.New(hotline.Deps{DB: d, Clock: c, Entropy: entropy.Seeded(t.Name()), Finder: asked, Cards: k})
		if next, err := again.Suspend(ctx, operator, call); err != nil || next.Number == first.Number {
			t.Errorf("second receipt %s, %v", next.Number, err)
		}
		var cases, marks, clear int
		if err := d.View(ctx, func(tx *db.Tx) error {
			return tx.QueryRow(ctx, `SELECT COUNT(*), COUNT(DISTINCT police), COALESCE(SUM(CASE WHEN police LIKE '%123%号' THEN 1 ELSE 0 END), 0) FROM hotline_case`).
				Scan(&cases, &marks, &clear)
		}); err != nil || cases != 2 || marks != 2 || clear != 0 {
			t.Errorf("%d cases, %d marks, %d in clear, %v", cases, marks, clear, err)
		}
		if err := d.View(ctx, func(tx *db.Tx) error {
			all, err := journal.OfPerson(ctx, tx, "per_1", 0, 10)
			if len(all) != 2 || all[1].Details["receipt"] != first.Number || all[1].Details["cause"] != "lost" {
				t.Errorf("journal %+v", all)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

type countingFinder struct{ n int }

func (f *countingFinder) Match(context.Context, journal.Actor, registry.Items) ([]registry.Candidate, error) {
	f.n++
	return []registry.Candidate{{Person: "per_1", AddressEqual: true}}, nil
}
