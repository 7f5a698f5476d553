package people

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kado/internal/world/places"
	"kado/mynumber"
)

var today = mynumber.Date{Year: 2026, Month: time.November, Day: 22}

func place(t testing.TB, code mynumber.MunicipalityCode) places.Municipality {
	t.Helper()
	m, ok := places.ByCode(code)
	if !ok {
		t.Fatalf("no place %s", code)
	}
	return m
}

func town(t testing.TB, seed string, code mynumber.MunicipalityCode, n int) []Resident {
	t.Helper()
	rs, err := Town(seed, place(t, code), n, today)
	if err != nil {
		t.Fatal(err)
	}
	if len(rs) != n {
		t.Fatalf("%d residents, want %d", len(rs), n)
	}
	return rs
}

func TestR51_SameSeedSameTownByteForByte(t *testing.T) {
	a, err := json.Marshal(town(t, "kado", "13120", 400))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(town(t, "kado", "13120", 400))
	if string(a) != string(b) {
		t.Error("the same seed gives another town")
	}
	if diff := cmp.Diff(town(t, "kado", "13120", 1000)[:400], town(t, "kado", "13120", 400)); diff != "" {
		t.Errorf("a larger town does not begin with the smaller one: %s", diff)
	}
	for name, other := range map[string][]Resident{
		"seed":         town(t, "kado2", "13120", 400),
		"municipality": town(t, "kado", "13121", 400),
	} {
		same := 0
		for i, r := range town(t, "kado", "13120", 400) {
			if r.Name == other[i].Name {
				same++
			}
		}
		if same > 40 {
			t.Errorf("another %s leaves %d of 400 names", name, same)
		}
	}
}

// What the seed "kado" gives is shown in documents and demonstrations: a
// change of a table changes it, and should be meant.
func TestR51_TheFirstResidentOfKiyose(t *testing.T) {
	r := town(t, "kado", "13221", 1)[0]
	t.Logf("%+v", r)
	if !strings.HasPrefix(r.Address, "東京都清瀬市") || r.Municipality.Code != "13221" || r.Place.Code != "13221" {
		t.Errorf("lives at %s", r.Address)
	}
}

func TestFirstResidentIsFarFromRenewal(t *testing.T) {
	kiyose := place(t, "13221")
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.String().Draw(t, "seed")
		day := mynumber.Date{Year: 2000, Month: 1, Day: 1}.AddDays(rapid.IntRange(0, 20000).Draw(t, "day"))
		rs, err := Town(seed, kiyose, 1, day)
		if err != nil {
			t.Fatal(err)
		}
		r := rs[0]
		next := mynumber.NthBirthdayAfter(r.BirthDate, day, 1)
		if next.Before(day.AddDays(124)) || next.After(day.AddDays(240)) {
			t.Errorf("birthday %s, today %s", next, day)
		}
		if r.Foreign() || !r.AdultOn(day) || r.AgeOn(day) < 28 || r.AgeOn(day) > 56 || r.Relation != Head || r.Alias != "" {
			t.Errorf("not the person asked for: %+v", r)
		}
	})
}

// Rules that hold for every resident of every town.
func TestR51_EveryResidentIsWellFormed(t *testing.T) {
	all := places.All()
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(all).Draw(t, "place")
		rs, err := Town(rapid.String().Draw(t, "seed"), m, 60, today)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rs {
			wellFormed(t, r, m)
			if r.Index != i {
				t.Fatalf("index %d at %d", r.Index, i)
			}
			if i > 0 && r.Household == rs[i-1].Household {
				if r.Address != rs[i-1].Address || r.Relation == Head {
					t.Fatalf("one household, two homes or heads: %+v", r)
				}
			} else if r.Relation != Head {
				t.Fatalf("a household begins with %s", r.Relation)
			}
		}
	})
}

type failer interface{ Fatalf(string, ...any) }

func wellFormed(t failer, r Resident, m places.Municipality) {
	if !strings.HasPrefix(r.Address, r.Place.AddressHead()) || utf8.RuneCountInString(r.Address) > 60 || strings.ContainsAny(r.Address, "0123456789 ") {
		t.Fatalf("address %q", r.Address)
	}
	if !r.Municipality.Issues() {
		t.Fatalf("%s keeps no register", r.Municipality.Name)
	}
	if m.Kind != places.Ward && r.Municipality.Code != m.Code || m.Kind == places.Ward && (r.Municipality.Code != m.City || r.Place.Code != m.Code) {
		t.Fatalf("lives in %s, asked for %s", r.Place.Code, m.Code)
	}
	if age := r.AgeOn(today); age < 0 || age > 110 {
		t.Fatalf("age %d", age)
	}
	family, given, ok := strings.Cut(r.Name, "\u3000")
	if !ok || family == "" || given == "" || strings.Contains(given, "\u3000") {
		t.Fatalf("name %q", r.Name)
	}
	if strings.Count(r.Kana, "\u3000") != 1 || strings.Contains(r.Kana, "|") || strings.ContainsFunc(r.Kana, func(c rune) bool {
		return c != '\u3000' && c != ' ' && c != 'ー' && (c < 'ァ' || c > 'ヶ')
	}) {
		t.Fatalf("kana %q", r.Kana)
	}
	if r.Latin == "" || strings.Trim(r.Latin, "ABCDEFGHIJKLMNOPQRSTUVWXYZ '") != "" || strings.Contains(r.Latin, "  ") {
		t.Fatalf("Latin %q", r.Latin)
	}
	if !r.Sex.Valid() || !r.Residence.Valid() || r.Attributes().Name != r.Name {
		t.Fatalf("%+v", r)
	}
	if r.Residence.StayBound() != !r.StayUntil.IsZero() || !r.StayUntil.IsZero() && !r.StayUntil.After(today) {
		t.Fatalf("%s until %q", r.Residence, r.StayUntil)
	}
	if r.Foreign() == (r.StatusName == "") || !r.Foreign() && r.Alias != "" || (r.Alias == "") != (r.AliasKana == "") {
		t.Fatalf("%+v", r)
	}
	// The card of everybody in town can be dated.
	if _, err := mynumber.CardExpiry(mynumber.CardValidityInput{Accepted: today, Issued: today, Birth: r.BirthDate, Residence: r.Residence, StayUntil: r.StayUntil}); err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
}

func TestR51_AgesAndNationalitiesAreLikeJapans(t *testing.T) {
	rs := town(t, "census", "14100", 20000)
	var young, old, foreign, alias, women, hard, lone int
	members := map[int]int{}
	wards := map[mynumber.MunicipalityCode]int{}
	residences := map[mynumber.Residence]int{}
	for _, r := range rs {
		members[r.Household]++
		wards[r.Place.Code]++
		residences[r.Residence]++
		age := r.AgeOn(today)
		count(&young, age < 15)
		count(&old, age >= 65)
		count(&foreign, r.Foreign())
		count(&alias, r.Alias != "")
		if r.Residence.StayBound() && r.StayUntil.Before(today.AddDays(20)) {
			t.Errorf("a stay until %s", r.StayUntil)
		}
		count(&women, r.Sex == mynumber.Female)
		count(&hard, strings.ContainsAny(r.Name, "髙𠮷﨑邉邊齋齊濵德"))
	}
	for _, n := range members {
		count(&lone, n == 1)
	}
	for name, c := range map[string]struct{ got, of, low, high int }{
		"under 15":          {young, len(rs), 9, 16},
		"65 and over":       {old, len(rs), 22, 33},
		"foreign":           {foreign, len(rs), 1, 5},
		"women":             {women, len(rs), 48, 56},
		"hard glyphs":       {hard, len(rs), 1, 6},
		"living alone":      {lone, len(members), 33, 45},
		"alias of foreign":  {alias, foreign, 5, 30},
		"special permanent": {residences[mynumber.SpecialPermanent], foreign, 3, 20},
	} {
		if share := c.got * 100 / c.of; share < c.low || share > c.high {
			t.Errorf("%s: %d of %d", name, c.got, c.of)
		}
	}
	if len(wards) != 18 {
		t.Errorf("people live in %d of Yokohama's 18 wards", len(wards))
	}
	for _, r := range []mynumber.Residence{mynumber.PermanentResident, mynumber.HighlySkilledII, mynumber.MidToLong} {
		if residences[r] == 0 {
			t.Errorf("nobody is %s", r)
		}
	}
}

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}

// a ward that no longer exists takes no residents.
func TestNobodyLivesInAbolishedWards(t *testing.T) {
	for _, r := range town(t, "hamamatsu", "22130", 500) {
		if !r.Place.ValidOn(today) || r.Place.Kind != places.Ward {
			t.Fatalf("%s", r.Address)
		}
	}
}

func TestNewAddress(t *testing.T) {
	kiyose, yokohama := place(t, "13221"), place(t, "14100")
	for _, r := range town(t, "kado", "13221", 200) {
		moved, err := NewAddress("kado", r, yokohama, today)
		if err != nil || !strings.HasPrefix(moved, "神奈川県横浜市") || !strings.Contains(moved, "区") {
			t.Fatalf("%q, %v", moved, err)
		}
		if again, _ := NewAddress("kado", r, yokohama, today); again != moved {
			t.Fatalf("%q, then %q", moved, again)
		}
		there := r
		there.Address = moved
		if other, err := NewAddress("kado", there, yokohama, today); err != nil || other == moved {
			t.Fatalf("moves from %q to %q, %v", moved, other, err)
		}
		within, err := NewAddress("kado", r, kiyose, today)
		if err != nil || within == r.Address || !strings.HasPrefix(within, "東京都清瀬市") {
			t.Fatalf("%q from %q, %v", within, r.Address, err)
		}
	}
}

func TestTownRefusesNonsense(t *testing.T) {
	kiyose := place(t, "13221")
	for name, c := range map[string]struct {
		m   places.Municipality
		n   int
		day mynumber.Date
	}{
		"negative":          {kiyose, -1, today},
		"too large":         {kiyose, MaxTown + 1, today},
		"no place":          {places.Municipality{}, 1, today},
		"ward without city": {places.Municipality{Code: "14101", Kind: places.Ward, City: "99999"}, 1, today},
		"no day":            {kiyose, 1, mynumber.Date{}},
		"day that is none":  {kiyose, 1, mynumber.Date{Year: 2026, Month: 2, Day: 30}},
		"long ago":          {kiyose, 1, mynumber.Date{Year: 1900, Month: 1, Day: 1}},
	} {
		if rs, err := Town("kado", c.m, c.n, c.day); err == nil {
			t.Errorf("%s: %d residents", name, len(rs))
		}
		if c.n == 1 {
			if a, err := NewAddress("kado", Resident{}, c.m, c.day); err == nil {
				t.Errorf("%s: %s", name, a)
			}
		}
	}
	if rs, err := Town("", kiyose, 0, today); err != nil || len(rs) != 0 {
		t.Errorf("an empty town: %v, %v", rs, err)
	}
}

func TestNameTables(t *testing.T) {
	check := func(what string, least int, tables ...[]name) {
		t.Helper()
		seen := map[string]bool{}
		for _, table := range tables {
			for _, n := range table {
				seen[n.written+n.kana] = true
				if n.written == "" || strings.ContainsAny(n.written, " \u3000") {
					t.Errorf("%s: %q", what, n.written)
				}
				if _, err := places.PassportLatin(n.kana); err != nil {
					t.Errorf("%s %s: %v", what, n.written, err)
				}
			}
		}
		if len(seen) < least {
			t.Errorf("%s: %d different names, want %d", what, len(seen), least)
		}
	}
	check("family names", 120, familyNames)
	check("men's names", 100, maleNames[:]...)
	check("women's names", 100, femaleNames[:]...)
	check("hard family names", 10, hardFamilyNames)

	share := 0
	for _, o := range origins {
		share += o.share
	}
	if share != 100 {
		t.Errorf("shares of origins add up to %d", share)
	}
	for written, want := range map[string]string{"井上": "INOUE", "松浦": "MATSUURA", "本間": "HOMMA", "大野": "ONO", "伊藤": "ITO", "難波": "NAMBA", "東": "AZUMA"} {
		for _, n := range familyNames {
			if n.written == written {
				if got := latinOf(n.kana); got != want {
					t.Errorf("%s is %s, want %s", written, got, want)
				}
			}
		}
	}
}

func BenchmarkTown(b *testing.B) {
	m := place(b, "13221")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Town("kado", m, 1000, today); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/resident")
}
