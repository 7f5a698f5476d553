// Package stafftest is the conformance suite of the staff register: what must
// hold on every database engine.
package stafftest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kado/internal/platform/db"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/staff"
)

var (
	ctx = context.Background()
	// Monday, 2 December 2024, 09:30 in Japan.
	open930 = time.Date(2024, 12, 2, 0, 30, 0, 0, time.UTC)
	chief   = staff.Who{Actor: journal.Actor{Kind: journal.Staff, ID: "chief"}, At: open930, Reason: "配置"}
)

// Suite runs every test on databases that each opens.
func Suite(t *testing.T, each func(t *testing.T, f func(t *testing.T, open func() *db.DB))) {
	for _, test := range []struct {
		name string
		f    func(t *testing.T, d *db.DB)
	}{
		{"RegisterComesBack", comesBack},
		{"IdsAreUniqueForEver", idsUnique},
		{"MalformedIsRefused", malformed},
		{"OPS34_RolesAreRequired", rolesRequired},
		{"INC39_P16_OnlyTerminalsInOrder", terminals},
		{"P17_OnlyWithinOpeningHours", hours},
		{"OPS34_INC65_P17_TwoPersons", twoPersons},
		{"INC67_P36_SuspensionCountsAtOnce", suspension},
		{"P36_WholeEmployerAtOnce", employer},
		{"IllegalMovesAreRefused", illegalMoves},
		{"OPS31_EveryChangeIsJournalled", journalled},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, open func() *db.DB) {
				d := open()
				if err := d.Migrate(ctx, journal.Schema(), staff.Schema()); err != nil {
					t.Fatal(err)
				}
				do(t, d, nil, func(tx *db.Tx) error { return furnish(tx) })
				test.f(t, d)
			})
		})
	}
}

// furnish registers two branches with a few people and terminals.
func furnish(tx *db.Tx) error {
	for _, b := range []string{"north", "south"} {
		err := staff.AddBranch(ctx, tx, staff.Branch{ID: b, Municipality: "141003", Name: "鶴見区役所", Hours: staff.Hours{Weekdays: "12345", Opens: "08:45", Closes: "17:00"}}, chief)
		if err != nil {
			return err
		}
		if err := staff.AddTerminal(ctx, tx, "t-"+b, b, chief); err != nil {
			return err
		}
	}
	for _, m := range []staff.Member{
		{ID: "clerk", Name: "窓口 一子", Branch: "north", Employer: "141003", Person: "p-1", Roles: []staff.Role{staff.CounterClerk}},
		{ID: "keeper", Name: "保管 次郎", Branch: "north", Employer: "141003", Person: "p-2", Roles: []staff.Role{staff.Custodian, staff.CounterClerk}},
		{ID: "second-id", Name: "窓口 一子", Branch: "north", Employer: "141003", Person: "p-1", Roles: []staff.Role{staff.Custodian}},
		{ID: "helper", Name: "派遣 三郎", Branch: "south", Employer: "agency-s", Roles: []staff.Role{staff.CounterClerk}},
		{ID: "voice", Name: "電話 四子", Branch: "south", Employer: "agency-s", Roles: []staff.Role{staff.HotlineOperator}},
	} {
		if err := staff.AddMember(ctx, tx, m, chief); err != nil {
			return err
		}
	}
	return nil
}

// do runs f in a transaction and compares its refusal.
func do(t *testing.T, d *db.DB, want *fault.Kind, f func(tx *db.Tx) error) {
	t.Helper()
	err := d.Tx(ctx, f)
	if want == nil && err != nil || want != nil && !want.Is(err) {
		code := "none"
		if want != nil {
			code = want.Code()
		}
		t.Errorf("got %v, want %s", err, code)
	}
}

func at(id, terminal string) journal.Actor {
	return journal.Actor{Kind: journal.Staff, ID: id, Terminal: terminal}
}

func require(t *testing.T, d *db.DB, want *fault.Kind, a journal.Actor, now time.Time, r staff.Role) {
	t.Helper()
	do(t, d, want, func(tx *db.Tx) error {
		m, err := staff.Require(ctx, tx, a, now, r)
		if err == nil && m.ID != a.ID {
			t.Errorf("got member %q for %q", m.ID, a.ID)
		}
		return err
	})
}

func comesBack(t *testing.T, d *db.DB) {
	do(t, d, nil, func(tx *db.Tx) error {
		m, err := staff.GetMember(ctx, tx, "keeper")
		want := staff.Member{ID: "keeper", Name: "保管 次郎", Branch: "north", Employer: "141003", Person: "p-2", State: staff.Active,
			Roles: []staff.Role{staff.CounterClerk, staff.Custodian}}
		if diff := cmp.Diff(want, m); diff != "" {
			t.Error(diff)
		}
		if err != nil {
			return err
		}
		term, err := staff.GetTerminal(ctx, tx, "t-north")
		if diff := cmp.Diff(staff.Terminal{ID: "t-north", Branch: "north", State: staff.Registered, Since: open930}, term); diff != "" {
			t.Error(diff)
		}
		if err != nil {
			return err
		}
		// Giving twice and taking what is not there do nothing.
		for range 2 {
			if err := staff.Grant(ctx, tx, "keeper", staff.Auditor, chief); err != nil {
				return err
			}
		}
		for range 2 {
			if err := staff.Withdraw(ctx, tx, "keeper", staff.Auditor, chief); err != nil {
				return err
			}
		}
		again, err := staff.GetMember(ctx, tx, "keeper")
		if diff := cmp.Diff(want, again); diff != "" {
			t.Error(diff)
		}
		return err
	})
	for _, f := range []func(tx *db.Tx) error{
		func(tx *db.Tx) error { _, err := staff.GetMember(ctx, tx, "nobody"); return err },
		func(tx *db.Tx) error { _, err := staff.GetBranch(ctx, tx, "nowhere"); return err },
		func(tx *db.Tx) error { _, err := staff.GetTerminal(ctx, tx, "none"); return err },
		func(tx *db.Tx) error { return staff.AddTerminal(ctx, tx, "t-9", "nowhere", chief) },
		func(tx *db.Tx) error { return staff.Grant(ctx, tx, "nobody", staff.Auditor, chief) },
		func(tx *db.Tx) error {
			return staff.AddMember(ctx, tx, staff.Member{ID: "x", Name: "x", Branch: "nowhere", Employer: "x"}, chief)
		},
	} {
		do(t, d, staff.Unknown, f)
	}
}

func idsUnique(t *testing.T, d *db.DB) {
	do(t, d, nil, func(tx *db.Tx) error { return staff.MoveMember(ctx, tx, "clerk", "leave", chief) })
	do(t, d, staff.Exists, func(tx *db.Tx) error {
		return staff.AddMember(ctx, tx, staff.Member{ID: "clerk", Name: "別人", Branch: "north", Employer: "141003"}, chief)
	})
	do(t, d, staff.Exists, func(tx *db.Tx) error { return staff.AddTerminal(ctx, tx, "t-north", "south", chief) })
	do(t, d, staff.Exists, func(tx *db.Tx) error {
		return staff.AddBranch(ctx, tx, staff.Branch{ID: "north", Name: "x", Hours: staff.Hours{Weekdays: "1", Opens: "09:00", Closes: "10:00"}}, chief)
	})
}

func malformed(t *testing.T, d *db.DB) {
	good := staff.Branch{ID: "new", Name: "新しい窓口", Hours: staff.Hours{Weekdays: "12345", Opens: "09:00", Closes: "17:00"}}
	for name, change := range map[string]func(*staff.Branch){
		"id": func(b *staff.Branch) { b.ID = "a b" }, "name": func(b *staff.Branch) { b.Name = "" },
		"line break": func(b *staff.Branch) { b.Name = "a\nb" }, "municipality": func(b *staff.Branch) { b.Municipality = "/" },
		"no days": func(b *staff.Branch) { b.Hours.Weekdays = "" }, "falling days": func(b *staff.Branch) { b.Hours.Weekdays = "21" },
		"eighth day": func(b *staff.Branch) { b.Hours.Weekdays = "8" }, "short time": func(b *staff.Branch) { b.Hours.Opens = "9:00" },
		"24:00": func(b *staff.Branch) { b.Hours.Closes = "24:00" }, "closes before": func(b *staff.Branch) { b.Hours.Closes = "09:00" },
	} {
		b := good
		change(&b)
		err := d.Tx(ctx, func(tx *db.Tx) error { return staff.AddBranch(ctx, tx, b, chief) })
		if !staff.Malformed.Is(err) {
			t.Errorf("branch, %s: %v", name, err)
		}
	}
	for name, m := range map[string]staff.Member{
		"id": {Name: "x", Branch: "north", Employer: "e"}, "name": {ID: "x", Branch: "north", Employer: "e"},
		"employer": {ID: "x", Name: "x", Branch: "north"}, "person": {ID: "x", Name: "x", Branch: "north", Employer: "e", Person: " "},
		"role": {ID: "x", Name: "x", Branch: "north", Employer: "e", Roles: []staff.Role{"king"}},
	} {
		err := d.Tx(ctx, func(tx *db.Tx) error { return staff.AddMember(ctx, tx, m, chief) })
		if !staff.Malformed.Is(err) {
			t.Errorf("member, %s: %v", name, err)
		}
	}
	do(t, d, staff.Malformed, func(tx *db.Tx) error { return staff.AddTerminal(ctx, tx, "", "north", chief) })
	do(t, d, staff.Malformed, func(tx *db.Tx) error { return staff.Withdraw(ctx, tx, "clerk", "king", chief) })
}

func rolesRequired(t *testing.T, d *db.DB) {
	require(t, d, nil, at("clerk", "t-north"), open930, staff.CounterClerk)
	require(t, d, nil, at("voice", ""), open930, staff.HotlineOperator)
	require(t, d, staff.NoRole, at("clerk", "t-north"), open930, staff.Custodian)
	require(t, d, staff.NoRole, at("clerk", "t-north"), open930, "king")
	require(t, d, staff.NoRole, at("clerk", "t-north"), open930, "")
	require(t, d, staff.NotStaff, at("nobody", "t-north"), open930, staff.CounterClerk)
	require(t, d, staff.NotStaff, at("", ""), open930, staff.HotlineOperator)
	for _, k := range []journal.ActorKind{journal.Holder, journal.Caller, journal.System, journal.RelyingParty, ""} {
		require(t, d, staff.NotStaff, journal.Actor{Kind: k, ID: "clerk", Terminal: "t-north"}, open930, staff.CounterClerk)
	}
	do(t, d, nil, func(tx *db.Tx) error { return staff.Withdraw(ctx, tx, "clerk", staff.CounterClerk, chief) })
	require(t, d, staff.NoRole, at("clerk", "t-north"), open930, staff.CounterClerk)
}

func terminals(t *testing.T, d *db.DB) {
	require(t, d, staff.NoTerminal, at("clerk", ""), open930, staff.CounterClerk)
	require(t, d, staff.NoTerminal, at("clerk", "none"), open930, staff.CounterClerk)
	require(t, d, staff.NoTerminal, at("clerk", "t-south"), open930, staff.CounterClerk) // another branch's
	require(t, d, staff.NoTerminal, at("voice", "none"), open930, staff.HotlineOperator) // named, so it must be in order
	move := func(act string) {
		t.Helper()
		do(t, d, nil, func(tx *db.Tx) error { return staff.MoveTerminal(ctx, tx, "t-north", act, chief) })
	}
	move("report_missing")
	require(t, d, staff.NoTerminal, at("clerk", "t-north"), open930, staff.CounterClerk)
	move("find")
	require(t, d, nil, at("clerk", "t-north"), open930, staff.CounterClerk)
	move("retire")
	require(t, d, staff.NoTerminal, at("clerk", "t-north"), open930, staff.CounterClerk)
}

func hours(t *testing.T, d *db.DB) {
	jst := time.FixedZone("JST", 9*3600)
	for _, c := range []struct {
		at   time.Time
		want *fault.Kind
	}{
		{time.Date(2024, 12, 2, 8, 44, 59, 999e6, jst), staff.Closed},
		{time.Date(2024, 12, 2, 8, 45, 0, 0, jst), nil},
		{time.Date(2024, 12, 6, 16, 59, 59, 999e6, jst), nil}, // Friday
		{time.Date(2024, 12, 6, 17, 0, 0, 0, jst), staff.Closed},
		{time.Date(2024, 12, 7, 10, 0, 0, 0, jst), staff.Closed},       // Saturday
		{time.Date(2024, 12, 8, 10, 0, 0, 0, jst), staff.Closed},       // Sunday
		{time.Date(2024, 12, 1, 23, 45, 0, 0, time.UTC), nil},          // Monday in Japan already
		{time.Date(2024, 12, 6, 10, 0, 0, 0, time.UTC), staff.Closed},  // Friday evening in Japan
		{time.Date(2024, 12, 6, 23, 45, 0, 0, time.UTC), staff.Closed}, // Saturday in Japan already
	} {
		require(t, d, c.want, at("clerk", "t-north"), c.at, staff.CounterClerk)
	}
	require(t, d, nil, at("voice", ""), time.Date(2024, 12, 8, 3, 0, 0, 0, jst), staff.HotlineOperator) // open day and night
}

func twoPersons(t *testing.T, d *db.DB) {
	two := func(want *fault.Kind, a journal.Actor, ra staff.Role, b journal.Actor, rb staff.Role) {
		t.Helper()
		do(t, d, want, func(tx *db.Tx) error { return staff.RequireTwo(ctx, tx, open930, a, ra, b, rb) })
	}
	clerk, keeper := at("clerk", "t-north"), at("keeper", "t-north")
	two(nil, clerk, staff.CounterClerk, keeper, staff.Custodian)
	two(staff.SamePerson, keeper, staff.CounterClerk, keeper, staff.Custodian)
	two(staff.SamePerson, clerk, staff.CounterClerk, at("second-id", "t-north"), staff.Custodian) // one person with two ids
	two(staff.NoRole, keeper, staff.Custodian, clerk, staff.Custodian)
	two(staff.NoRole, clerk, staff.Custodian, keeper, staff.Custodian)
	two(staff.NotStaff, clerk, staff.CounterClerk, journal.Actor{Kind: journal.Holder, ID: "keeper"}, staff.Custodian)
	two(staff.SamePerson, at("", ""), staff.CounterClerk, keeper, staff.Custodian)
	if err := staff.NotOwnCase(staff.Member{Person: "p-1"}, "p-7", "p-1"); !staff.OwnCase.Is(err) {
		t.Errorf("own case: %v", err)
	}
	if err := staff.NotOwnCase(staff.Member{}, ""); err != nil {
		t.Errorf("unknown person: %v", err)
	}
}

func suspension(t *testing.T, d *db.DB) {
	require(t, d, nil, at("clerk", "t-north"), open930, staff.CounterClerk)
	do(t, d, nil, func(tx *db.Tx) error { return staff.MoveMember(ctx, tx, "clerk", "suspend", chief) })
	require(t, d, staff.NotActive, at("clerk", "t-north"), open930, staff.CounterClerk)
	do(t, d, nil, func(tx *db.Tx) error { return staff.MoveMember(ctx, tx, "clerk", "resume", chief) })
	require(t, d, nil, at("clerk", "t-north"), open930, staff.CounterClerk)
	do(t, d, nil, func(tx *db.Tx) error { return staff.MoveMember(ctx, tx, "clerk", "leave", chief) })
	require(t, d, staff.NotActive, at("clerk", "t-north"), open930, staff.CounterClerk)
}

func employer(t *testing.T, d *db.DB) {
	do(t, d, nil, func(tx *db.Tx) error {
		n, err := staff.SuspendEmployer(ctx, tx, "agency-s", chief)
		if n != 2 {
			t.Errorf("suspended %d", n)
		}
		return err
	})
	require(t, d, staff.NotActive, at("helper", "t-south"), open930, staff.CounterClerk)
	require(t, d, staff.NotActive, at("voice", ""), open930, staff.HotlineOperator)
	require(t, d, nil, at("clerk", "t-north"), open930, staff.CounterClerk)
	do(t, d, staff.Malformed, func(tx *db.Tx) error { _, err := staff.SuspendEmployer(ctx, tx, "", chief); return err })
}

func illegalMoves(t *testing.T, d *db.DB) {
	n := 0
	for _, s := range staff.Members.States {
		for _, act := range append(staff.Members.Acts(), "", "find") {
			if _, ok := staff.Members.Next(s.ID, act); ok {
				continue
			}
			n++
			do(t, d, staff.NotNow, func(tx *db.Tx) error {
				if _, err := tx.Exec(ctx, `UPDATE staff_member SET state = $1 WHERE id = 'clerk'`, s.ID); err != nil {
					return err
				}
				return staff.MoveMember(ctx, tx, "clerk", act, chief)
			})
		}
	}
	for _, s := range staff.Terminals.States {
		for _, act := range append(staff.Terminals.Acts(), "", "suspend") {
			if _, ok := staff.Terminals.Next(s.ID, act); ok {
				continue
			}
			n++
			do(t, d, staff.NotNow, func(tx *db.Tx) error {
				if _, err := tx.Exec(ctx, `UPDATE staff_terminal SET state = $1 WHERE id = 't-north'`, s.ID); err != nil {
					return err
				}
				return staff.MoveTerminal(ctx, tx, "t-north", act, chief)
			})
		}
	}
	if n < 10 {
		t.Errorf("only %d illegal moves were tried", n)
	}
}

func journalled(t *testing.T, d *db.DB) {
	count := func() (n int64) {
		do(t, d, nil, func(tx *db.Tx) error {
			h, err := journal.Latest(ctx, tx)
			n = h.Seq
			return err
		})
		return n
	}
	for name, f := range map[string]func(tx *db.Tx) error{
		"grant":    func(tx *db.Tx) error { return staff.Grant(ctx, tx, "clerk", staff.Auditor, chief) },
		"suspend":  func(tx *db.Tx) error { return staff.MoveMember(ctx, tx, "keeper", "suspend", chief) },
		"terminal": func(tx *db.Tx) error { return staff.MoveTerminal(ctx, tx, "t-south", "report_missing", chief) },
		"employer": func(tx *db.Tx) error { _, err := staff.SuspendEmployer(ctx, tx, "agency-s", chief); return err },
		"add": func(tx *db.Tx) error {
			return staff.AddMember(ctx, tx, staff.Member{ID: "new", Name: "新人", Branch: "south", Employer: "141003"}, chief)
		},
	} {
		before := count()
		do(t, d, nil, f)
		if n := count() - before; n != 1 {
			t.Errorf("%s: %d entries", name, n)
		}
	}
	do(t, d, nil, func(tx *db.Tx) error {
		did, err := journal.OfActor(ctx, tx, journal.Staff, "chief", 0, 1000)
		if int64(len(did)) != countIn(tx, t) {
			t.Errorf("the trace of one staff id holds %d entries", len(did))
		}
		for _, e := range did {
			if e.Office != "staff" || e.Reason == "" {
				t.Errorf("entry %+v", e)
			}
		}
		return err
	})
	do(t, d, journal.UnfitEntry, func(tx *db.Tx) error {
		return staff.Grant(ctx, tx, "clerk", staff.Custodian, staff.Who{At: open930})
	})
}

func countIn(tx *db.Tx, t *testing.T) int64 {
	h, err := journal.Latest(ctx, tx)
	if err != nil {
		t.Fatal(fmt.Errorf("latest: %w", err))
	}
	return h.Seq
}
