package registry_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/staff"
	"kado/mynumber"
)

var (
	clerk    = journal.Actor{Kind: journal.Staff, ID: "clerk-1", Terminal: "term-1"}
	yokohama = journal.Actor{Kind: journal.Staff, ID: "clerk-2", Terminal: "term-2"}
	operator = journal.Actor{Kind: journal.Staff, ID: "op-1"}
	chief    = staff.Who{Actor: journal.Actor{Kind: journal.System, ID: "test"}, At: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
)

// hire registers two town halls, the agency and their staff.
func hire(ctx context.Context, tx *db.Tx) error {
	var errs []error
	hours := staff.Hours{Weekdays: "12345", Opens: "08:30", Closes: "17:15"}
	for _, b := range []staff.Branch{{ID: "kiyose", Municipality: mynumber.MunicipalityCode("13221").WithCheckDigit()},
		{ID: "yokohama", Municipality: mynumber.MunicipalityCode("14100").WithCheckDigit()}, {ID: "agency"}} {
		b.Name, b.Hours = b.ID, hours
		errs = append(errs, staff.AddBranch(ctx, tx, b, chief))
	}
	for terminal, branch := range map[string]string{"term-1": "kiyose", "term-2": "yokohama", "term-3": "agency"} {
		errs = append(errs, staff.AddTerminal(ctx, tx, terminal, branch, chief))
	}
	for _, m := range []staff.Member{
		{ID: "clerk-1", Branch: "kiyose", Roles: []staff.Role{staff.RegistryClerk}},
		{ID: "clerk-2", Branch: "yokohama", Roles: []staff.Role{staff.RegistryClerk}},
		{ID: "clerk-3", Branch: "agency", Roles: []staff.Role{staff.RegistryClerk}},
		{ID: "mori", Branch: "kiyose", Roles: []staff.Role{staff.CounterClerk, staff.Custodian, staff.IdentityChecker, staff.Supervisor}},
		{ID: "op-1", Branch: "agency", Roles: []staff.Role{staff.HotlineOperator}},
	} {
		m.Name, m.Employer = m.ID, "kado"
		errs = append(errs, staff.AddMember(ctx, tx, m, chief))
	}
	return errors.Join(errs...)
}

// numbers stands for the vault.
type numbers struct {
	assigned []string
	err      error
}

func (n *numbers) Assign(_ context.Context, _ *db.Tx, person string, _ journal.Actor) error {
	if n.err != nil {
		return n.err
	}
	n.assigned = append(n.assigned, person)
	return nil
}

func day(s string) mynumber.Date {
	d, err := mynumber.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

type room struct {
	*registry.Office
	db      *db.DB
	clock   *clock.Manual
	numbers *numbers
}

func newRoom(t testing.TB, d *db.DB) room {
	t.Helper()
	if err := d.Migrate(context.Background(), journal.Schema(), staff.Schema(), registry.Schema()); err != nil {
		t.Fatal(err)
	}
	if err := d.Tx(context.Background(), func(tx *db.Tx) error { return hire(context.Background(), tx) }); err != nil {
		t.Fatal(err)
	}
	c := clock.NewManual(time.Date(2026, 4, 1, 3, 0, 0, 0, time.UTC))
	n := &numbers{}
	return room{registry.New(registry.Deps{DB: d, Clock: c, Entropy: entropy.Seeded(t.Name()), Numbers: n}), d, c, n}
}

func entry() registry.Entry {
	return registry.Entry{
		Municipality: "13221", Kana: "ヤマダ　ハナコ", Latin: "YAMADA HANAKO", Residence: mynumber.Japanese,
		Attributes: mynumber.Attributes{Name: "山田　花子", Address: "東京都清瀬市中里五丁目８４２番地", BirthDate: day("1990-02-17"), Sex: mynumber.Female},
	}
}

func (r room) pending(t testing.TB) []string {
	t.Helper()
	var keys []string
	err := r.db.View(context.Background(), func(tx *db.Tx) error {
		keys = nil
		all, err := journal.Pending(context.Background(), tx, 0, 100)
		for _, w := range all {
			keys = append(keys, w.Key)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// Shows, CRT-32, CRT-41
func TestLifeInTheRegister(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		p, err := r.Enter(ctx, clerk, entry())
		if err != nil {
			t.Fatal(err)
		}
		if len(r.numbers.assigned) != 1 || r.numbers.assigned[0] != p.ID {
			t.Fatalf("the vault was asked for %v, want %s", r.numbers.assigned, p.ID)
		}
		if got := r.pending(t); len(got) != 0 {
			t.Fatalf("entering queued %v", got)
		}
		moved, err := r.Move(ctx, yokohama, registry.Move{Person: p.ID, Municipality: "14100", Address: "神奈川県横浜市鶴見区中央１丁目２番３号", On: day("2026-04-01")})
		if err != nil || moved.Version != 2 || moved.Attributes.Name != p.Attributes.Name {
			t.Fatalf("moved to %+v, %v", moved, err)
		}
		renamed, err := r.Rename(ctx, yokohama, p.ID, "佐藤　花子", "サトウ　ハナコ", "SATO HANAKO", day("2026-03-31"))
		if err != nil || renamed.Version != 3 {
			t.Fatalf("renamed to %+v, %v", renamed, err)
		}
		got, err := r.Person(ctx, p.ID)
		if err != nil || got != renamed {
			t.Fatalf("read back %+v, %v; want %+v", got, err, renamed)
		}
		dead, err := r.Die(ctx, yokohama, p.ID, day("2026-03-30"))
		if err != nil || dead.Standing != registry.Dead || dead.DiedOn != day("2026-03-30") {
			t.Fatalf("died: %+v, %v", dead, err)
		}
		want := []string{registry.EffectChanged + "/" + p.ID + "/2", registry.EffectChanged + "/" + p.ID + "/3", registry.EffectDied + "/" + p.ID}
		if got := r.pending(t); len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
			t.Fatalf("effects %v, want %v", got, want)
		}
		for name, err := range map[string]error{
			"die again":        second(r.Die(ctx, clerk, p.ID, day("2026-03-30"))),
			"move when dead":   second(r.Move(ctx, clerk, registry.Move{Person: p.ID, Municipality: "13221", Address: "東京都清瀬市１", On: day("2026-04-01")})),
			"rename when dead": second(r.Rename(ctx, clerk, p.ID, "甲　乙", "コウ　オツ", "", day("2026-04-01"))),
		} {
			if !registry.NotInThisStanding.Is(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if found, err := r.Check(ctx); err != nil || len(found) > 0 {
			t.Errorf("check: %v, %v", found, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		p, err := r.Enter(ctx, clerk, entry())
		if err != nil {
			t.Fatal(err)
		}
		bad := map[string]func(*registry.Entry){
			"no name":            func(e *registry.Entry) { e.Attributes.Name = "" },
			"name with newline":  func(e *registry.Entry) { e.Attributes.Name = "山田\n花子" },
			"name not UTF-8":     func(e *registry.Entry) { e.Attributes.Name = "\xff" },
			"blank at the end":   func(e *registry.Entry) { e.Attributes.Address += " " },
			"born tomorrow":      func(e *registry.Entry) { e.Attributes.BirthDate = day("2026-04-02") },
			"no birth date":      func(e *registry.Entry) { e.Attributes.BirthDate = mynumber.Date{} },
			"unknown sex":        func(e *registry.Entry) { e.Attributes.Sex = 'x' },
			"municipality":       func(e *registry.Entry) { e.Municipality = "1322" },
			"residence":          func(e *registry.Entry) { e.Residence = "visitor" },
			"stay of a Japanese": func(e *registry.Entry) { e.StayUntil = day("2027-01-01") },
			"stay not said":      func(e *registry.Entry) { e.Residence = mynumber.MidToLong },
			"address over limit": func(e *registry.Entry) { e.Attributes.Address = string(make([]byte, 801)) },
		}
		for name, spoil := range bad {
			e := entry()
			spoil(&e)
			if _, err := r.Enter(ctx, clerk, e); !registry.Malformed.Is(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, c := range map[string]struct {
			err  error
			want *fault.Kind
		}{
			"nobody":         {second(r.Person(ctx, "per_none")), registry.NoSuchPerson},
			"move nobody":    {second(r.Move(ctx, clerk, registry.Move{Person: "per_none", Municipality: "13221", Address: "x", On: day("2026-04-01")})), registry.NoSuchPerson},
			"move nowhere":   {second(r.Move(ctx, clerk, registry.Move{Person: p.ID, Municipality: p.Municipality, Address: p.Attributes.Address, On: day("2026-04-01")})), registry.NotInThisStanding},
			"move tomorrow":  {second(r.Move(ctx, clerk, registry.Move{Person: p.ID, Municipality: "13221", Address: "東京都清瀬市１", On: day("2026-04-02")})), registry.Malformed},
			"dies tomorrow":  {second(r.Die(ctx, clerk, p.ID, day("2026-04-02"))), registry.Malformed},
			"dies before":    {second(r.Die(ctx, clerk, p.ID, day("1990-02-16"))), registry.Malformed},
			"moves unborn":   {second(r.Move(ctx, clerk, registry.Move{Person: p.ID, Municipality: "13221", Address: "東京都清瀬市１", On: day("1990-02-16")})), registry.Malformed},
			"match a line":   {second(r.Match(ctx, operator, registry.Items{Name: "山田\n花子", BirthDate: day("1990-02-17")})), registry.Malformed},
			"match no UTF-8": {second(r.Match(ctx, operator, registry.Items{Name: "山田\xff", BirthDate: day("1990-02-17")})), registry.Malformed},
			"match nothing":  {second(r.Match(ctx, operator, registry.Items{})), registry.Malformed},
			"rename to same": {second(r.Rename(ctx, clerk, p.ID, p.Attributes.Name, p.Kana, p.Latin, day("2026-04-01"))), registry.NotInThisStanding},
		} {
			if !c.want.Is(c.err) {
				t.Errorf("%s: %v, want %s", name, c.err, c.want.Code())
			}
		}
		if again, err := r.Person(ctx, p.ID); err != nil || again != p {
			t.Errorf("refusals changed the person: %+v, %v", again, err)
		}
		if got := r.pending(t); len(got) != 0 {
			t.Errorf("refusals queued %v", got)
		}
		// A number that cannot be drawn leaves no person behind.
		r.numbers.err = errors.New("vault shut")
		if _, err := r.Enter(ctx, clerk, entry()); err == nil {
			t.Fatal("entered without a number")
		}
		if found, err := r.Match(ctx, operator, registry.Items{Name: "山田花子", BirthDate: day("1990-02-17")}); err != nil || len(found) != 1 {
			t.Errorf("people of that name: %v, %v; want the first alone", found, err)
		}
	})
}

// Shows: P-08, LIF-03
func TestMatchComparesWhatACallerCanSay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		p, err := r.Enter(ctx, clerk, entry())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name, birth, address string
			hit, addressEqual    bool
		}{
			{"山田　花子", "1990-02-17", p.Attributes.Address, true, true},
			{"山田 花子", "1990-02-17", "東京都清瀬市中里五丁目842番地", true, true},
			{"山田花子", "1990-02-17", "東京都清瀬市", true, false},
			{"山田花子", "1990-02-18", p.Attributes.Address, false, false},
			{"山田花", "1990-02-17", p.Attributes.Address, false, false},
			{"山本花子", "1990-02-17", p.Attributes.Address, false, false},
		} {
			got, err := r.Match(ctx, operator, registry.Items{Name: c.name, BirthDate: day(c.birth), Address: c.address})
			if err != nil {
				t.Fatal(err)
			}
			if (len(got) == 1) != c.hit || (c.hit && (got[0].Person != p.ID || got[0].AddressEqual != c.addressEqual)) {
				t.Errorf("%s %s %s: %v", c.name, c.birth, c.address, got)
			}
		}
		var told int
		if err := r.db.View(ctx, func(tx *db.Tx) error {
			all, err := journal.OfPerson(ctx, tx, p.ID, 0, 100)
			told = len(all)
			return err
		}); err != nil || told != 4 { // entered, and three hits
			t.Errorf("the person's journal has %d entries, %v", told, err)
		}
	})
}

// The standing always follows the table, whatever is tried in whatever order.
func TestStandingsProperty(t *testing.T) {
	d, err := db.Open(context.Background(), "sqlite:"+t.TempDir()+"/r.db")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	r := newRoom(t, d)
	ctx := context.Background()
	rapid.Check(t, func(rt *rapid.T) {
		p, err := r.Enter(ctx, clerk, entry())
		if err != nil {
			rt.Fatal(err)
		}
		model := p
		for range rapid.IntRange(1, 8).Draw(rt, "acts") {
			switch rapid.IntRange(0, 3).Draw(rt, "act") {
			case 0:
				a := rapid.SampledFrom([]string{"東京都清瀬市１", "東京都清瀬市２"}).Draw(rt, "address")
				_, err := r.Move(ctx, clerk, registry.Move{Person: p.ID, Municipality: "13221", Address: a, On: day("2026-04-01")})
				may := model.Standing == registry.Resident && model.Attributes.Address != a
				if (err == nil) != may {
					rt.Fatalf("move from %s: %v", model.Standing, err)
				}
				if may {
					model.Attributes.Address = a
					model.Version++
				}
			case 1:
				n := rapid.SampledFrom([]string{"山田　花子", "佐藤　花子"}).Draw(rt, "name")
				_, err := r.Rename(ctx, clerk, p.ID, n, model.Kana, model.Latin, day("2026-04-01"))
				may := model.Standing != registry.Dead && model.Attributes.Name != n
				if (err == nil) != may {
					rt.Fatalf("rename from %s: %v", model.Standing, err)
				}
				if may {
					model.Attributes.Name = n
					model.Version++
				}
			case 3: // kana alone: a new version, and no certificate ends
				k := rapid.SampledFrom([]string{"ヤマダ　ハナコ", "ヤマタ　ハナコ"}).Draw(rt, "kana")
				before := len(r.pending(t))
				_, err := r.Rename(ctx, clerk, p.ID, model.Attributes.Name, k, model.Latin, day("2026-04-01"))
				may := model.Standing != registry.Dead && model.Kana != k
				if (err == nil) != may || len(r.pending(t)) != before {
					rt.Fatalf("kana from %s: %v", model.Standing, err)
				}
				if may {
					model.Kana = k
					model.Version++
				}
			case 2:
				_, err := r.Die(ctx, clerk, p.ID, day("2026-04-01"))
				if to, may := registry.Standings.Next(model.Standing, "die"); may != (err == nil) {
					rt.Fatalf("die from %s: %v", model.Standing, err)
				} else if may {
					model.Standing, model.DiedOn = to, day("2026-04-01")
					model.Version++
				}
			}
			if got, err := r.Person(ctx, p.ID); err != nil || got != model {
				rt.Fatalf("register has %+v, %v; model %+v", got, err, model)
			}
		}
	})
	if found, err := r.Check(ctx); err != nil || len(found) > 0 {
		t.Errorf("check: %v, %v", found, err)
	}
}

// acts are the acts of the desk on a person, each as somebody does it.
func acts(r room, p registry.Person) map[string]func(by journal.Actor) error {
	ctx := context.Background()
	return map[string]func(by journal.Actor) error{
		"enter": func(by journal.Actor) error { return second(r.Enter(ctx, by, entry())) },
		"move": func(by journal.Actor) error {
			return second(r.Move(ctx, by, registry.Move{Person: p.ID, Municipality: "13221", Address: "東京都清瀬市１", On: day("2026-04-01")}))
		},
		"rename": func(by journal.Actor) error {
			return second(r.Rename(ctx, by, p.ID, "佐藤　花子", "サトウ　ハナコ", "", day("2026-04-01")))
		},
		"die": func(by journal.Actor) error { return second(r.Die(ctx, by, p.ID, day("2026-04-01"))) },
	}
}

// Shows: OPS-34, P-16, P-17, P-36
func TestOPS34_P36_OnlyRegistryClerksOfTheMunicipality(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		p, err := r.Enter(ctx, clerk, entry())
		if err != nil {
			t.Fatal(err)
		}
		change := func(f func(*db.Tx) error) {
			t.Helper()
			if err := r.db.Tx(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		refused := func(name string, by journal.Actor, want *fault.Kind) {
			t.Helper()
			for act, do := range acts(r, p) {
				if err := do(by); !want.Is(err) {
					t.Errorf("%s: %s: %v, want %s", name, act, err, want.Code())
				}
			}
			if got, err := r.Person(ctx, p.ID); err != nil || got != p {
				t.Fatalf("%s changed the person: %+v, %v", name, got, err)
			}
		}
		member := func(id, terminal string) journal.Actor {
			return journal.Actor{Kind: journal.Staff, ID: id, Terminal: terminal}
		}
		refused("the holder", journal.Actor{Kind: journal.Holder, ID: p.ID}, staff.NotStaff)
		refused("the system", journal.Actor{Kind: journal.System, ID: "house"}, staff.NotStaff)
		refused("nobody known", member("nobody", "term-1"), staff.NotStaff)
		refused("another role", member("mori", "term-1"), staff.NoRole)
		refused("no terminal", member("clerk-1", ""), staff.NoTerminal)
		refused("another branch's terminal", member("clerk-1", "term-2"), staff.NoTerminal)
		refused("another municipality", yokohama, registry.OtherMunicipality)
		refused("the agency", member("clerk-3", "term-3"), registry.OtherMunicipality)
		change(func(tx *db.Tx) error { return staff.MoveTerminal(ctx, tx, "term-1", "report_missing", chief) })
		refused("missing terminal", clerk, staff.NoTerminal)
		change(func(tx *db.Tx) error { return staff.MoveTerminal(ctx, tx, "term-1", "find", chief) })
		change(func(tx *db.Tx) error { return staff.MoveMember(ctx, tx, "clerk-1", "suspend", chief) })
		refused("suspended", clerk, staff.NotActive)
		change(func(tx *db.Tx) error { return staff.MoveMember(ctx, tx, "clerk-1", "resume", chief) })
		if err := r.clock.Set(time.Date(2026, 4, 1, 8, 15, 0, 0, time.UTC)); err != nil { // 17:15 in Japan
			t.Fatal(err)
		}
		refused("closed", clerk, staff.Closed)
		if err := r.clock.Set(time.Date(2026, 4, 2, 3, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		change(func(tx *db.Tx) error {
			return staff.AddMember(ctx, tx, staff.Member{ID: "own", Name: "own", Employer: "kado", Branch: "kiyose", Person: p.ID,
				Roles: []staff.Role{staff.RegistryClerk}}, chief)
		})
		for act, do := range acts(r, p) {
			if err := do(member("own", "term-1")); act != "enter" && !staff.OwnCase.Is(err) {
				t.Errorf("own case: %s: %v", act, err)
			}
		}
		// The stop line alone looks people up, and every look-up is in its journal.
		for _, by := range []journal.Actor{clerk, member("mori", "term-1"), {Kind: journal.Caller, ID: "call"}} {
			if _, err := r.Match(ctx, by, registry.Items{Name: "山田花子", BirthDate: day("1990-02-17")}); !staff.NoRole.Is(err) && !staff.NotStaff.Is(err) {
				t.Errorf("match by %s: %v", by.ID, err)
			}
		}
		for _, name := range []string{"山田花子", "田中太郎"} {
			if _, err := r.Match(ctx, operator, registry.Items{Name: name, BirthDate: day("1990-02-17")}); err != nil {
				t.Fatal(err)
			}
		}
		var told int
		if err := r.db.View(ctx, func(tx *db.Tx) error {
			all, err := journal.OfActor(ctx, tx, journal.Staff, operator.ID, 0, 100)
			for _, e := range all {
				if e.Details["found"] == "0" && e.Subject == "" {
					told++
				}
			}
			return err
		}); err != nil || told != 1 {
			t.Errorf("the operator's journal has %d look-ups that fit nobody, %v", told, err)
		}
	})
}

// Every act from every standing: what the table lacks is refused and changes
// nothing. Acts: emigrate and return have no desk yet; the standing is set in the
// table.
// Shows: P-29, LIF-43
func TestStandingsEveryEdge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		for _, from := range registry.Standings.States {
			for _, act := range []string{"die", "move", "rename"} {
				p, err := r.Enter(ctx, clerk, entry())
				if err != nil {
					t.Fatal(err)
				}
				died := ""
				if from.ID == registry.Dead {
					died = "2026-03-01"
				}
				if err := r.db.Tx(ctx, func(tx *db.Tx) error {
					_, err := tx.Exec(ctx, `UPDATE registry_person SET standing = $1, died_on = $2 WHERE id = $3`, from.ID, died, p.ID)
					return err
				}); err != nil {
					t.Fatal(err)
				}
				if p, err = r.Person(ctx, p.ID); err != nil {
					t.Fatal(err)
				}
				may := map[string]bool{"move": from.ID == registry.Resident, "rename": from.ID != registry.Dead}[act]
				if act == "die" {
					_, may = registry.Standings.Next(from.ID, act)
				}
				err = acts(r, p)[act](clerk)
				if may != (err == nil) || (err != nil && !registry.NotInThisStanding.Is(err)) {
					t.Errorf("%s from %s: %v", act, from.ID, err)
				}
				got, err2 := r.Person(ctx, p.ID)
				if err2 != nil || (err != nil && got != p) {
					t.Errorf("a refused %s changed %+v", act, got)
				}
			}
		}
	})
}

// Two clerks register one death at once: it is registered once.
func TestP29_TwoClerksOneDeath(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		p, err := r.Enter(ctx, clerk, entry())
		if err != nil {
			t.Fatal(err)
		}
		const n = 4
		errs := make(chan error, n)
		for range n {
			go func() { _, err := r.Die(ctx, clerk, p.ID, day("2026-04-01")); errs <- err }()
		}
		won := 0
		for range n {
			if err := <-errs; err == nil {
				won++
			} else if !registry.NotInThisStanding.Is(err) {
				t.Error(err)
			}
		}
		if got := r.pending(t); won != 1 || len(got) != 1 {
			t.Errorf("%d deaths, effects %v", won, got)
		}
	})
}

// An id that the source gave before is passed over.
func TestIdsAreNeverTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		first, err := r.Enter(ctx, clerk, entry())
		if err != nil {
			t.Fatal(err)
		}
		again := registry.New(registry.Deps{DB: r.db, Clock: r.clock, Entropy: entropy.Seeded(t.Name()), Numbers: r.numbers})
		if next, err := again.Enter(ctx, clerk, entry()); err != nil || next.ID == first.ID {
			t.Errorf("the second is %s, %v", next.ID, err)
		}
	})
}

// Planted damage is found.
func TestCheckFindsDamage(t *testing.T) {
	ctx := context.Background()
	for name, sql := range map[string]string{
		"standing": `UPDATE registry_person SET standing = 'gone'`,
		"death":    `UPDATE registry_person SET standing = 'dead'`,
		"history":  `DELETE FROM registry_history`,
		"name":     `UPDATE registry_person SET name = ''`,
		"address":  `UPDATE registry_person SET address = '東京都清瀬市２'`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, dbtest.SQLite(t))
			if _, err := r.Enter(ctx, clerk, entry()); err != nil {
				t.Fatal(err)
			}
			if err := r.db.Tx(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, sql); return err }); err != nil {
				t.Fatal(err)
			}
			if found, err := r.Check(ctx); err != nil || len(found) == 0 {
				t.Errorf("found %v, %v", found, err)
			}
		})
	}
}

// What a caller says never makes the register panic or match by accident.
func FuzzMatch(f *testing.F) {
	ctx := context.Background()
	r := newRoom(f, dbtest.SQLite(f))
	p, err := r.Enter(ctx, clerk, entry())
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"山田　花子", "山田 花子", "YAMADA", "\u3000", "\xff", "ﷺﷺ", "山田\x00花子", ""} {
		f.Add(s, p.Attributes.Address)
	}
	f.Fuzz(func(t *testing.T, name, address string) {
		got, err := r.Match(ctx, operator, registry.Items{Name: name, Address: address, BirthDate: p.Attributes.BirthDate})
		if err != nil && !registry.Malformed.Is(err) {
			t.Fatal(err)
		}
		if len(got) > 0 && (!strings.Contains(norm.NFKC.String(name), "山") || !strings.Contains(norm.NFKC.String(name), "子")) {
			t.Fatalf("%q found somebody", name)
		}
	})
}

// A change of address that cannot be delivered holds up nothing of a death.
func TestP29_LIF44_DeathWaitsForNoOtherEffect(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		p, err := r.Enter(ctx, clerk, entry())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Rename(ctx, clerk, p.ID, "佐藤　花子", "サトウ　ハナコ", "SATO HANAKO", day("2026-04-01")); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Die(ctx, clerk, p.ID, day("2026-04-01")); err != nil {
			t.Fatal(err)
		}
		c := journal.NewCourier(r.db, r.clock, journal.Options{})
		c.Handle(registry.EffectChanged, func(context.Context, journal.Effect) error { return errors.New("the office is down") })
		died := 0
		c.Handle(registry.EffectDied, func(context.Context, journal.Effect) error { died++; return nil })
		if _, err := c.Settle(ctx); !journal.NotDelivered.Is(err) {
			t.Fatalf("settling: %v", err)
		}
		if died != 1 {
			t.Errorf("the death was delivered %d times", died)
		}
	})
}
