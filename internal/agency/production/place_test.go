package production_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/agency/production"
	"kado/internal/municipality/counter/countertest"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/staff"
	"kado/mynumber"
)

var ctx = context.Background()

func date(y int, m time.Month, d int) mynumber.Date { return mynumber.Date{Year: y, Month: m, Day: d} }

// Shows, C-12
func TestR11_C12_LastDayIsSetWithTheOrder(t *testing.T) {
	town := countertest.New(t) // 2026-04-01
	for name, c := range map[string]struct {
		birth date3
		stay  mynumber.Date
		want  mynumber.Date
	}{
		"R-11 adult: tenth birthday": {birth: date3{1991, 5, 4}, want: date(2035, 5, 4)},
		"R-11 eighteen on the day: adult, C-12, and R-10 not today's birthday": {birth: date3{2008, 4, 1}, want: date(2036, 4, 1)},
		"C-12 eighteen tomorrow: fifth birthday":                               {birth: date3{2008, 4, 2}, want: date(2030, 4, 2)},
		"R-10 born on 29 February":                                             {birth: date3{2000, 2, 29}, want: date(2036, 2, 29)},
		"R-15 the stay ends before":                                            {birth: date3{1991, 5, 4}, stay: date(2027, 3, 31), want: date(2027, 3, 31)},
	} {
		t.Run(name, func(t *testing.T) {
			town.In(t)
			e := countertest.Adult()
			e.Attributes.BirthDate = mynumber.Date(date(c.birth.y, c.birth.m, c.birth.d))
			if !c.stay.IsZero() {
				e.Residence, e.StayUntil = mynumber.MidToLong, c.stay
				e.Attributes.Name, e.Kana, e.Latin = "SMITH JOHN", "スミス　ジョン", "SMITH JOHN"
			}
			o := town.Place(town.Apply(town.Enter(e), countertest.Both))
			if got := town.Card(o.Card).ExpiresOn; got != c.want {
				t.Errorf("last day %v, want %v", got, c.want)
			}
		})
	}
}

type date3 struct {
	y int
	m time.Month
	d int
}

// Shows: PRD-06, R-11
func TestPRD06_AcceptedApplicationIsOrderedOnce(t *testing.T) {
	town := countertest.New(t)
	app := town.Apply(town.Enter(countertest.Adult()), countertest.Both)
	town.Settle() // the system places it
	first := town.Place(app)
	town.Later(400 * 24 * time.Hour) // a birthday passes
	if again := town.Place(app); again.ID != first.ID || again.Card != first.Card {
		t.Errorf("a second order %s of card %s", again.ID, again.Card)
	}
	if n := town.Count("production.placed"); n != 1 {
		t.Errorf("%d orders in the journal", n)
	}
	o, err := town.Production.Order(ctx, first.ID)
	if err != nil || o.State != production.Placed || o.Application != app {
		t.Errorf("%+v, %v", o, err)
	}
	_, err = town.Production.Order(ctx, "ord_none")
	town.Wants(err, production.NoSuchOrder)
	_, err = town.Production.Place(ctx, countertest.Maker1, "nobody's")
	if err == nil {
		t.Error("an application that does not exist was ordered")
	}
	town.Sound()
}

func TestPRD06_ManyAtOnceGiveOneOrder(t *testing.T) {
	town := countertest.New(t)
	app := town.Apply(town.Enter(countertest.Adult()), countertest.Both)
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]int{}
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			o, err := town.Production.Place(ctx, countertest.System, app)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			seen[o.ID+string(o.Card)]++
		}()
	}
	wg.Wait()
	if len(seen) != 1 {
		t.Errorf("orders %v", seen)
	}
	town.Sound()
}

// A cut at every call to another office, before it and with its answer lost: the
// repeated call gives one order and one living card, also after a birthday.
func TestPRD06_P29_CutWhilePlacing(t *testing.T) {
	for _, lost := range []bool{false, true} {
		town := countertest.New(t)
		for n := 1; ; n++ {
			e := countertest.Adult()
			e.Attributes.BirthDate = town.Today().AddDays(1).AddMonths(-12 * 30)
			p := town.Enter(e)
			app := town.Apply(p, countertest.Both)
			town.Breaker.Arm(n, lost)
			_, err := town.Production.Place(ctx, countertest.Maker1, app)
			fired := town.Breaker.Fired()
			town.Breaker.Arm(0, false)
			if !fired {
				town.Must(err)
				if n < 5 {
					t.Fatalf("only %d calls", n-1)
				}
				break
			}
			if !errors.Is(err, countertest.ErrCut) {
				t.Fatalf("call %d: %v", n, err)
			}
			town.On(town.Today().AddDays(2)) // the birthday has passed: the last day is another
			o := town.Place(app)
			all, err := town.Cards.OfPerson(ctx, p.ID)
			town.Must(err)
			living := 0
			for _, c := range all {
				if c.State == cards.Ordered {
					living++
					if c.ID != o.Card {
						t.Errorf("call %d: card %s without an order", n, c.ID)
					}
					want := mynumber.NthBirthdayAfter(p.Attributes.BirthDate, town.Today(), 10)
					if c.ExpiresOn != want {
						t.Errorf("call %d: last day %v, want %v", n, c.ExpiresOn, want)
					}
				}
			}
			if living != 1 {
				t.Errorf("call %d (%s): %d living cards", n, town.Breaker.Name, living)
			}
		}
		town.Settle()
		town.Sound()
	}
}

// Shows: P-29, APP-68
func TestP29_APP68_NoOrderForTheDeadGoneOrMoved(t *testing.T) {
	town := countertest.New(t)
	for name, change := range map[string]func(registry.Person){
		"P-29 dead": func(p registry.Person) {
			_, err := town.Registry.Die(ctx, countertest.Sato, p.ID, town.Today())
			town.Must(err)
		},
		"P-29 gone abroad": func(p registry.Person) { town.Emigrated[p.ID] = true },
		"APP-68 moved to another municipality": func(p registry.Person) {
			_, err := town.Registry.Move(ctx, countertest.Suzuki, registry.Move{Person: p.ID, Municipality: countertest.Chuo,
				Address: "東京都中央区築地１丁目１番１号", On: town.Today()})
			town.Must(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			town.In(t)
			p := town.Enter(countertest.Adult())
			app := town.Apply(p, countertest.Both)
			change(p)
			_, err := town.Production.Place(ctx, countertest.Maker1, app)
			town.Wants(err, production.NoLonger)
			town.Settle() // the effect of the acceptance ends quietly
			all, err := town.Cards.OfPerson(ctx, p.ID)
			town.Must(err)
			if len(all) != 0 {
				t.Errorf("%d cards", len(all))
			}
		})
	}
	t.Run("not accepted", func(t *testing.T) {
		town.In(t)
		p := town.Enter(countertest.Adult())
		a, err := town.Intake.Open(ctx, journal.Actor{Kind: journal.Holder, ID: p.ID}, intake.Form{Person: p.ID, Reason: intake.FirstCard, Channel: intake.PC})
		town.Must(err)
		_, err = town.Production.Place(ctx, countertest.Maker1, a.ID)
		town.Wants(err, production.NoLonger)
	})
}

// Shows: P-16, P-36, PRD-32
func TestP36_OnlyActiveMakersAct(t *testing.T) {
	town := countertest.New(t)
	app := town.Apply(town.Enter(countertest.Adult()), countertest.Both)
	o := town.Place(app)
	chip := town.Blank(o.Card)
	strangers := map[string]journal.Actor{
		"a clerk":       countertest.Mori,
		"nobody":        {Kind: journal.Staff, ID: "nobody"},
		"a holder":      {Kind: journal.Holder, ID: countertest.Maker1.ID},
		"the system":    countertest.System,
		"at a terminal": {Kind: journal.Staff, ID: countertest.Maker1.ID, Terminal: "elsewhere"},
	}
	refused := func(name string, by journal.Actor) {
		t.Helper()
		before := chip.Copy()
		wire := &countertest.Wire{Transport: chip.Power()}
		if by.Kind != journal.System {
			if _, err := town.Production.Place(ctx, by, app); err == nil {
				t.Errorf("%s placed an order", name)
			}
		}
		if _, err := town.Production.Personalise(ctx, by, o.ID, wire); err == nil {
			t.Errorf("%s wrote a card", name)
		}
		if _, err := town.Production.Inspect(ctx, by, o.ID, wire); err == nil {
			t.Errorf("%s inspected a card", name)
		}
		if _, err := town.Production.Consign(ctx, by, countertest.Kiyose, []string{o.ID}); err == nil {
			t.Errorf("%s sent a card", name)
		}
		if wire.Count != 0 || !chip.Same(before) {
			t.Errorf("%s: the chip saw %d commands", name, wire.Count)
		}
	}
	for name, by := range strangers {
		refused(name, by)
	}
	town.Tx(func(ctx context.Context, tx *db.Tx) error {
		_, err := staff.SuspendEmployer(ctx, tx, "maker", town.Who())
		return err
	})
	refused("a suspended maker", countertest.Maker1)
	_, err := town.Production.Personalise(ctx, countertest.Maker1, o.ID, chip.Power())
	town.Wants(err, staff.NotActive)
	town.Tx(func(ctx context.Context, tx *db.Tx) error {
		return staff.MoveMember(ctx, tx, countertest.Maker1.ID, "resume", town.Who())
	})
	_, err = town.Production.Personalise(ctx, countertest.Maker1, o.ID, chip.Power())
	town.Must(err)
	_, err = town.Production.Inspect(ctx, countertest.Maker2, o.ID, chip.Power())
	town.Wants(err, staff.NotActive)
}
