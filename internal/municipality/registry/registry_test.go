package registry_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

var clerk = journal.Actor{Kind: journal.Staff, ID: "clerk-1", Terminal: "term-1"}

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
	if err := d.Migrate(context.Background(), journal.Schema(), registry.Schema()); err != nil {
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
		moved, err := r.Move(ctx, clerk, registry.Move{Person: p.ID, Municipality: "14100", Address: "神奈川県横浜市鶴見区中央１丁目２番３号", On: day("2026-04-01")})
		if err != nil || moved.Version != 2 || moved.Attributes.Name != p.Attributes.Name {
			t.Fatalf("moved to %+v, %v", moved, err)
		}
		renamed, err := r.Rename(ctx, clerk, p.ID, "佐藤　花子", "サトウ　ハナコ", "SATO HANAKO", day("2026-03-31"))
		if err != nil || renamed.Version != 3 {
			t.Fatalf("renamed to %+v, %v", renamed, err)
		}
		got, err := r.Person(ctx, p.ID)
		if err != nil || got != renamed {
			t.Fatalf("read back %+v, %v; want %+v", got, err, renamed)
		}
		dead, err := r.Die(ctx, clerk, p.ID, day("2026-03-30"))
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
			"dies before":    {second(r.Die(ctx, clerk, p.ID, day("1990-02-16"))), registry.NotInThisStanding},
			"match nothing":  {second(r.Match(ctx, clerk, registry.Items{})), registry.Malformed},
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
		if found, err := r.Match(ctx, clerk, registry.Items{Name: "山田花子", BirthDate: day("1990-02-17")}); err != nil || len(found) != 1 {
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
			got, err := r.Match(ctx, clerk, registry.Items{Name: c.name, BirthDate: day(c.birth), Address: c.address})
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
			switch rapid.IntRange(0, 2).Draw(rt, "act") {
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
