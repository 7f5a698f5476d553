package production_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kado/internal/agency/cards"
	"kado/internal/agency/production"
	"kado/internal/municipality/counter/countertest"
	"kado/internal/municipality/registry"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

// ready makes n inspected cards.
func ready(town *countertest.Town, n int) (orders []string, ids []mynumber.CardID) {
	for range n {
		o, chip := town.Write(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
		town.Inspect(o, chip)
		orders, ids = append(orders, o.ID), append(ids, o.Card)
	}
	return orders, ids
}

// Shows: PRD-08, P-14
func TestPRD08_P14_ScanMustEqualTheManifest(t *testing.T) {
	town := countertest.New(t)
	orders, ids := ready(town, 3)
	box, err := town.Production.Consign(ctx, countertest.Maker1, countertest.Kiyose, orders)
	town.Must(err)
	for _, id := range ids {
		if s := town.Card(id).State; s != cards.Consigned {
			t.Errorf("card %s is %s", id, s)
		}
	}
	foreign := mynumber.CardID("400000000000001")
	for name, scan := range map[string][]mynumber.CardID{
		"nothing": nil, "one missing": ids[:2], "one foreign": append(slices.Clone(ids), foreign),
		"one exchanged": {ids[0], ids[1], foreign}, "one twice": {ids[0], ids[1], ids[2], ids[2]}, "one twice for another": {ids[0], ids[1], ids[1]},
		"no card": {ids[0], ids[1], ids[2], "箱"},
	} {
		_, err := town.Production.Arrive(ctx, countertest.Ito, box.ID, scan)
		if !production.DoesNotMatch.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
		if c, _ := town.Production.Consignment(ctx, box.ID); c.State != production.Stopped {
			t.Errorf("%s: the box is %s", name, c.State)
		}
	}
	stops := 0
	named := false
	for _, e := range town.Entries() {
		if e.Act == "production.stopped" {
			stops++
			named = named || e.Details["missing"] == "1 "+string(ids[2])
			if e.Outcome != journal.Refused {
				t.Error("a stop is recorded as done")
			}
		}
	}
	if stops != 7 || !named {
		t.Errorf("%d stops recorded, missing card named: %v", stops, named)
	}
	slices.Reverse(ids) // the order in which cards are scanned does not matter
	for range 2 {
		c, err := town.Production.Arrive(ctx, countertest.Ito, box.ID, ids)
		town.Must(err)
		if c.State != production.Arrived {
			t.Errorf("the corrected scan gave %s", c.State)
		}
	}
	_, err = town.Custody.Receive(ctx, countertest.Ito, box.ID, countertest.Hall, ids)
	town.Must(err)
	// Scanned once more after the store has taken the cards in: answered as it is.
	_, err = town.Production.Arrive(ctx, countertest.Ito, box.ID, ids)
	town.Must(err)
	_, err = town.Production.Arrive(ctx, countertest.Ito, box.ID, ids[:1])
	town.Wants(err, production.DoesNotMatch)
	if c, _ := town.Production.Consignment(ctx, box.ID); c.State != production.Arrived {
		t.Errorf("an arrived box became %s", c.State)
	}
	_, err = town.Production.Arrive(ctx, countertest.Ito, "con_none", ids)
	town.Wants(err, production.NoSuchConsignment)
	_, err = town.Production.Consignment(ctx, "con_none")
	town.Wants(err, production.NoSuchConsignment)
	town.Settle()
	town.Sound()
}

// Shows: PRD-08, P-14
func TestPRD08_ConsignmentIsRefusedAsAWhole(t *testing.T) {
	town := countertest.New(t)
	orders, ids := ready(town, 2)
	written, _ := town.Write(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	for name, c := range map[string]struct {
		to     mynumber.MunicipalityCode
		orders []string
	}{
		"to another municipality": {countertest.Chuo, orders}, "nothing": {countertest.Kiyose, nil}, "one twice": {countertest.Kiyose, []string{orders[0], orders[0]}},
		"one not inspected": {countertest.Kiyose, []string{orders[0], written.ID}}, "one unknown": {countertest.Kiyose, []string{orders[0], "ord_none"}},
		"too many": {countertest.Kiyose, make([]string, 10_001)},
	} {
		if _, err := town.Production.Consign(ctx, countertest.Maker1, c.to, c.orders); !production.NotInThisState.Is(err) && !production.NoSuchOrder.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
		for _, id := range ids {
			if s := town.Card(id).State; s != cards.Personalised {
				t.Errorf("%s: a card is %s", name, s)
			}
		}
	}
	_, err := town.Production.Consign(ctx, countertest.Maker1, countertest.Kiyose, orders)
	town.Must(err)
	_, err = town.Production.Consign(ctx, countertest.Maker1, countertest.Kiyose, orders)
	town.Wants(err, production.NotInThisState) // no card lies in two boxes
	town.Settle()
	town.Sound()
}

// A cut at every call while packing and while scanning, repeated; and a holder
// who dies while the box is on its way does not keep the others from theirs.
func TestPRD08_P29_CutsAndDeathsOnTheWay(t *testing.T) {
	for _, lost := range []bool{false, true} {
		town := countertest.New(t)
		for n := 1; n < 20; n++ {
			orders, ids := ready(town, 2)
			town.Breaker.Arm(n, lost)
			box, err := town.Production.Consign(ctx, countertest.Maker1, countertest.Kiyose, orders)
			fired := town.Breaker.Fired()
			town.Breaker.Arm(0, false)
			o, lookErr := town.Production.Order(ctx, orders[0])
			town.Must(lookErr)
			if err != nil && o.State == production.Inspected {
				box, err = town.Production.Consign(ctx, countertest.Maker1, countertest.Kiyose, orders)
				town.Must(err)
			} else {
				box, err = town.Production.Consignment(ctx, o.Consignment)
				town.Must(err)
			}
			dead := town.Card(ids[1]).Person
			_, err = town.Registry.Die(ctx, countertest.Sato, dead, town.Today())
			town.Must(err)
			town.Settle()
			town.Breaker.Arm(n, lost)
			_, _ = town.Production.Arrive(ctx, countertest.Ito, box.ID, ids) // cut off: whatever it says
			town.Breaker.Arm(0, false)
			_, err = town.Production.Arrive(ctx, countertest.Ito, box.ID, ids)
			town.Must(err)
			if a, b := town.Card(ids[0]).State, town.Card(ids[1]).State; a != cards.Consigned || b != cards.Abolished {
				t.Errorf("cut %d: cards %s and %s", n, a, b)
			}
			if !fired {
				break
			}
		}
		town.Sound()
	}
}

// Shows: P-03, PRD-08
//
// The manifest and the scan, as lists drawn at random: only a permutation passes.
func TestP14_ScanProperty(t *testing.T) {
	town := countertest.New(t)
	orders, ids := ready(town, 4)
	box, err := town.Production.Consign(ctx, countertest.Maker1, countertest.Kiyose, orders)
	town.Must(err)
	all := append(slices.Clone(ids), "400000000000001", "400000000000002")
	rapid.Check(t, func(r *rapid.T) {
		scan := rapid.SliceOfN(rapid.SampledFrom(all), 0, 6).Draw(r, "scan")
		want := slices.Equal(slices.Sorted(slices.Values(scan)), slices.Sorted(slices.Values(ids)))
		_, err := town.Production.Arrive(ctx, countertest.Ito, box.ID, scan)
		if (err == nil) != want {
			r.Fatalf("%v: %v", scan, err)
		}
	})
}

// Every move that the table of orders does not have is refused by the acts.
func TestOrders_IllegalEdges(t *testing.T) {
	town := countertest.New(t)
	acts := map[string]func(id string, chip *countertest.Plastic) error{
		"write": func(id string, chip *countertest.Plastic) error {
			_, err := town.Production.Personalise(ctx, countertest.Maker1, id, chip.Power())
			return err
		},
		"inspect": func(id string, chip *countertest.Plastic) error {
			_, err := town.Production.Inspect(ctx, countertest.Maker2, id, chip.Power())
			return err
		},
		"pack": func(id string, _ *countertest.Plastic) error {
			_, err := town.Production.Consign(ctx, countertest.Maker1, countertest.Kiyose, []string{id})
			return err
		},
	}
	path := []string{"write", "inspect", "pack"}
	for steps := 0; steps <= len(path)+1; steps++ {
		for act, do := range acts {
			o := town.Place(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
			chip := town.Blank(o.Card)
			for _, a := range path[:min(steps, len(path))] {
				town.Must(acts[a](o.ID, chip))
			}
			if steps > len(path) { // a failed one
				o = town.Place(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
				town.Must(town.Cards.Spoil(ctx, countertest.Maker1, o.Card, "test"))
				town.Settle()
			}
			now, err := town.Production.Order(ctx, o.ID)
			town.Must(err)
			_, legal := production.Orders.Next(now.State, act)
			before := chip.Copy()
			err = do(o.ID, chip)
			if legal != (err == nil) {
				t.Errorf("%s of a %s order: %v", act, now.State, err)
			}
			if !legal {
				town.Wants(err, production.NotInThisState)
				after, err := town.Production.Order(ctx, o.ID)
				town.Must(err)
				if after.State != now.State || !chip.Same(before) {
					t.Errorf("%s of a %s order left it %s", act, now.State, after.State)
				}
			}
		}
	}
}

// Shows: P-29
func TestCheck_FindsWhatMustNeverBe(t *testing.T) {
	town := countertest.New(t)
	orders, _ := ready(town, 1)
	town.Sound()
	for column, value := range map[string]string{"state": "strange", "consignment": "con_x", "digests": "{}", "person": "per_other"} {
		before := stateOf(town, orders[0], column)
		set(town, orders[0], column, value)
		found, err := town.Production.Check(ctx)
		town.Must(err)
		if len(found) != 1 || !strings.Contains(found[0], orders[0]) {
			t.Errorf("%s = %s: %v", column, value, found)
		}
		set(town, orders[0], column, before)
	}
	set(town, orders[0], "state", "failed")
	if found, _ := town.Production.Check(ctx); len(found) != 1 {
		t.Errorf("a failed order with a living card: %v", found)
	}
}

func TestP29_RegisterIsAskedOnTheDay(t *testing.T) {
	town := countertest.New(t)
	e := countertest.Adult()
	e.Residence, e.StayUntil = mynumber.MidToLong, town.Today().AddDays(10)
	e.Attributes.Name, e.Kana, e.Latin = "SMITH JOHN", "スミス　ジョン", "SMITH JOHN"
	p := town.Enter(e)
	o := town.Place(town.Apply(p, countertest.Both))
	chip := town.Blank(o.Card)
	town.On(town.Today().AddDays(11)) // the card would have ended before it is made
	_, err := town.Production.Personalise(ctx, countertest.Maker1, o.ID, chip.Power())
	town.Wants(err, production.NoLonger)
	var _ registry.Person = p
	if s := town.Card(o.Card).State; s != cards.Spoiled {
		t.Error(fmt.Sprint("card ", s))
	}
}
