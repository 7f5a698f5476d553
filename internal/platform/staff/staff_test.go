package staff_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/staff"
	"kado/internal/platform/staff/stafftest"
)

func TestSuite(t *testing.T) { stafftest.Suite(t, dbtest.Each) }

func TestRolesHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range staff.Roles() {
		text := r.Text()
		if text.JA == "" || text.EN == "" || seen[text.JA] {
			t.Errorf("%s: %+v", r, text)
		}
		seen[text.JA] = true
	}
	for _, r := range []staff.Role{staff.Custodian, staff.CounterClerk, staff.IdentityChecker} {
		if !r.AtDesk() {
			t.Errorf("P-16: %s may act without a terminal", r)
		}
	}
}

// P-17 as a claim about all pairs: whoever passes is two.
func TestP17_RapidTwoPersonsAreTwo(t *testing.T) {
	actor := rapid.Custom(func(t *rapid.T) journal.Actor {
		return journal.Actor{
			Kind: rapid.SampledFrom([]journal.ActorKind{journal.Staff, journal.Staff, journal.Holder, journal.System, ""}).Draw(t, "kind"),
			ID:   rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "id"),
			// Another terminal does not make another person.
			Terminal: rapid.SampledFrom([]string{"", "t-1", "t-2"}).Draw(t, "terminal"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := actor.Draw(t, "a"), actor.Draw(t, "b")
		two := a.Kind == journal.Staff && b.Kind == journal.Staff && a.ID != "" && b.ID != "" && a.ID != b.ID
		if got := staff.TwoPersons(a, b) == nil; got != two || got != (staff.TwoPersons(b, a) == nil) {
			t.Fatalf("TwoPersons(%+v, %+v) passes: %v", a, b, got)
		}
	})
}

// Opening hours by counting minutes, another way than Open does it.
func TestP17_RapidHours(t *testing.T) {
	h := staff.Hours{Weekdays: "1246", Opens: "08:45", Closes: "17:15"}
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(1700000000, 1900000000).Draw(t, "unix"), 0)
		japan := at.Unix() + 9*3600
		day, minute := (japan/86400+3)%7+1, japan%86400/60 // 1 January 1970 was a Thursday
		want := (day == 1 || day == 2 || day == 4 || day == 6) && minute >= 8*60+45 && minute < 17*60+15
		if got := h.Open(at); got != want {
			t.Fatalf("%s: %v", at.UTC().Format(time.RFC3339), got)
		}
	})
}

func TestFaultsSpeakBothLanguages(t *testing.T) {
	n := 0
	for _, k := range fault.All() {
		if k.Number < 1400 || k.Number > 1499 {
			continue
		}
		n++
		for _, text := range []lang.Text{k.What, k.Why, k.Cure} {
			if text.JA == "" || text.EN == "" {
				t.Errorf("%s: %+v", k.Code(), text)
			}
		}
	}
	if n == 0 {
		t.Error("no fault found")
	}
}
