package mynumber_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kado/mynumber"
)

// residue is Σ Pn·Qn mod 11 written from the left, independently of the code
// under test.
func residue(body string) int {
	weights := []int{6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2}
	weights = weights[len(weights)-len(body):]
	sum := 0
	for i, w := range weights {
		sum += w * int(body[i]-'0')
	}
	return sum % 11
}

// checkOf is the check digit as a table of the eleven remainders.
func checkOf(body string) byte { return "00987654321"[residue(body)] }

var digits11 = rapid.StringMatching(`[0-9]{11}`)

func TestR01_KnownNumbers(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want error
	}{
		{"123456789018", nil}, // Σ = 212, remainder 3
		{"000000000000", nil}, // remainder 0
		{"000000000060", nil}, // 6·2 = 12, remainder 1
		{"000000000019", nil}, // 1·2 = 2, remainder 2
		{"100000000005", nil}, // 1·6, remainder 6
		{"123456789012", mynumber.ErrCheckDigit},
		{"000000000061", mynumber.ErrCheckDigit}, // remainder 1 has no digit of its own
		{"", mynumber.ErrLength},
		{"12345678901", mynumber.ErrLength},
		{"1234567890188", mynumber.ErrLength},
		{strings.Repeat("1", 1<<20), mynumber.ErrLength},
		{"12345678901a", mynumber.ErrNotDigits},
		{"12345678901 ", mynumber.ErrNotDigits},
		{"+23456789018", mynumber.ErrNotDigits},
		{"1234-5678-90", mynumber.ErrNotDigits},
		{"１２３４", mynumber.ErrNotDigits}, // 12 bytes of full-width digits
	} {
		n, err := mynumber.ParseIndividualNumber(tt.in)
		if !errors.Is(err, tt.want) || (err == nil) == n.IsZero() {
			t.Errorf("%.20q: %v, want %v", tt.in, err, tt.want)
		}
		if err == nil && n.Reveal() != tt.in {
			t.Errorf("%q revealed as %q", tt.in, n.Reveal())
		}
	}
}

// sampleBodies are the same 400 bodies on every run; together they meet every
// remainder.
func sampleBodies() []string {
	out := make([]string, 400)
	for i := range out {
		out[i] = fmt.Sprintf("%011d", uint64(i)*49_979_687*1009%100_000_000_000)
	}
	return out
}

func TestR01_CheckDigitOfEveryRemainder(t *testing.T) {
	seen := map[int]bool{}
	for _, body := range sampleBodies() {
		seen[residue(body)] = true
		for d := byte('0'); d <= '9'; d++ {
			_, err := mynumber.ParseIndividualNumber(body + string(d))
			if (err == nil) != (d == checkOf(body)) {
				t.Fatalf("body %s digit %c: %v", body, d, err)
			}
		}
	}
	if len(seen) != 11 {
		t.Errorf("only %d of 11 remainders were met", len(seen))
	}
}

// wrongDigits changes each digit of a good number to each other digit, fails
// the test where the answer is not the one expected, and counts what went
// unseen.
func wrongDigits(t interface{ Fatalf(string, ...any) }, body string) (missed, caught int) {
	good := body + string(checkOf(body))
	for i := range 12 {
		for d := byte('0'); d <= '9'; d++ {
			if good[i] == d {
				continue
			}
			bad := good[:i] + string(d) + good[i+1:]
			_, err := mynumber.ParseIndividualNumber(bad)
			unseen := i < 11 && residue(body)+residue(bad[:11]) == 1
			if (err == nil) != unseen {
				t.Fatalf("%s to %s: %v", good, bad, err)
			}
			if unseen {
				missed++
			} else {
				caught++
			}
		}
	}
	return missed, caught
}

// The scheme of R-01 does not promise to catch every single wrong digit. This
// states exactly what it does: a wrong digit before the check digit goes
// unseen if and only if the remainders before and after are 0 and 1.
func TestR01_SingleDigitErrorsExactly(t *testing.T) {
	missed, caught := 0, 0
	for _, body := range sampleBodies() {
		m, c := wrongDigits(t, body)
		missed, caught = missed+m, caught+c
	}
	if missed == 0 || caught < 40*missed {
		t.Errorf("missed %d, caught %d", missed, caught)
	}
	t.Logf("of %d wrong digits %d go unseen", missed+caught, missed)
	rapid.Check(t, func(t *rapid.T) { wrongDigits(t, digits11.Draw(t, "body")) })
}

// Swapped neighbours: among the first eleven, the same exception; with the
// check digit, what the sums say.
func TestR01_SwappedNeighboursExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := digits11.Draw(t, "body")
		good := body + string(checkOf(body))
		for i := range 11 {
			if good[i] == good[i+1] {
				continue
			}
			bad := good[:i] + string(good[i+1]) + string(good[i]) + good[i+2:]
			_, err := mynumber.ParseIndividualNumber(bad)
			unseen := residue(body)+residue(bad[:11]) == 1
			if i == 10 {
				unseen = checkOf(bad[:11]) == bad[11]
			}
			if (err == nil) != unseen {
				t.Fatalf("%s to %s: %v", good, bad, err)
			}
		}
	})
}

func TestR01_DrawnNumberParses(t *testing.T) {
	r := seeded(7)
	seen := map[string]bool{}
	for range 2000 {
		n, err := mynumber.DrawIndividualNumber(r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := mynumber.ParseIndividualNumber(n.Reveal())
		if err != nil || !back.Equal(n) || !n.Equal(back) || len(n.Reveal()) != 12 {
			t.Fatalf("drawn number does not parse: %v", err)
		}
		seen[n.Reveal()] = true
	}
	if len(seen) != 2000 {
		t.Errorf("2000 draws gave %d numbers", len(seen))
	}
}

func TestR01_EqualAndZero(t *testing.T) {
	a, _ := mynumber.ParseIndividualNumber("123456789018")
	b, _ := mynumber.ParseIndividualNumber("000000000060")
	var zero, zero2 mynumber.IndividualNumber
	if !a.Equal(a) || a.Equal(b) || a.Equal(zero) || zero.Equal(a) {
		t.Error("Equal does not compare")
	}
	if zero.Equal(zero2) {
		t.Error("two missing numbers are equal")
	}
	if !zero.IsZero() || zero.Reveal() != "" || a.IsZero() {
		t.Error("IsZero or Reveal of the zero value is wrong")
	}
}

func TestR02_ResidentCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`[0-9]{10}`).Draw(t, "body")
		for d := byte('0'); d <= '9'; d++ {
			c, err := mynumber.ParseResidentCode(body + string(d))
			if (err == nil) != (d == checkOf(body)) {
				t.Fatalf("body %s digit %c: %v", body, d, err)
			}
			if err == nil && c.Reveal() != body+string(d) {
				t.Fatal("revealed something else")
			}
		}
		c, err := mynumber.DrawResidentCode(seeded(rapid.Uint64().Draw(t, "seed")))
		if err != nil {
			t.Fatal(err)
		}
		back, err := mynumber.ParseResidentCode(c.Reveal())
		if err != nil || !back.Equal(c) {
			t.Fatalf("drawn code does not parse: %v", err)
		}
	})
	for in, want := range map[string]error{
		"12345678901":  mynumber.ErrCheckDigit, // remainder 3 wants 8
		"1234567890":   mynumber.ErrLength,
		"123456789018": mynumber.ErrLength, // an Individual Number is no resident code
		"1234567890x":  mynumber.ErrNotDigits,
	} {
		if _, err := mynumber.ParseResidentCode(in); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", in, err, want)
		}
	}
	var zero mynumber.ResidentCode
	if zero.Equal(zero) {
		t.Error("two missing codes are equal")
	}
}

func TestR03_MunicipalityCodes(t *testing.T) {
	// Published codes: Hokkaido, Sapporo, Hitachinaka, Chiyoda, Kiyose,
	// Yokohama, Nagoya, Osaka, Kagoshima, Yonaguni.
	for _, six := range []string{"010006", "011002", "082210", "131016", "132217", "141003", "231002", "271004", "462012", "473821"} {
		c, err := mynumber.ParseMunicipalityCode6(six)
		if err != nil {
			t.Errorf("%s: %v", six, err)
			continue
		}
		if string(c) != six[:5] || c.WithCheckDigit() != six || c.Prefecture() != six[:2] || !c.Valid() {
			t.Errorf("%s came back as %s, %s", six, c, c.WithCheckDigit())
		}
		for d := byte('0'); d <= '9'; d++ {
			if _, err := mynumber.ParseMunicipalityCode6(six[:5] + string(d)); (err == nil) != (d == six[5]) {
				t.Errorf("%s with digit %c: %v", six[:5], d, err)
			}
		}
	}
	for in, want := range map[string]error{
		"13221": nil, "01100": nil, "1322": mynumber.ErrLength, "132217": mynumber.ErrLength,
		"1322a": mynumber.ErrNotDigits, " 1322": mynumber.ErrNotDigits, "": mynumber.ErrLength,
	} {
		if c, err := mynumber.ParseMunicipalityCode(in); !errors.Is(err, want) || err == nil && string(c) != in {
			t.Errorf("%q: %q, %v", in, c, err)
		}
	}
	for in, want := range map[string]error{
		"13221": mynumber.ErrLength, "132218": mynumber.ErrCheckDigit, "13221x": mynumber.ErrNotDigits,
	} {
		if _, err := mynumber.ParseMunicipalityCode6(in); !errors.Is(err, want) {
			t.Errorf("%q: %v", in, err)
		}
	}
	for _, bad := range []mynumber.MunicipalityCode{"", "1", "1234x", "131016"} {
		if bad.Valid() || bad.WithCheckDigit() != "" || bad.Prefecture() != "" {
			t.Errorf("%q passes for a code", bad)
		}
	}
}

// All 100,000 bodies against the definition in words: 11 less the remainder,
// the last digit of that.
func TestR03_CheckDigitExhaustive(t *testing.T) {
	for v := range 100000 {
		d := []int{v / 10000, v / 1000 % 10, v / 100 % 10, v / 10 % 10, v % 10}
		sum := 6*d[0] + 5*d[1] + 4*d[2] + 3*d[3] + 2*d[4]
		five := string([]byte{byte('0' + d[0]), byte('0' + d[1]), byte('0' + d[2]), byte('0' + d[3]), byte('0' + d[4])})
		want := five + map[int]string{0: "1", 1: "0", 2: "9", 3: "8", 4: "7", 5: "6", 6: "5", 7: "4", 8: "3", 9: "2", 10: "1"}[sum%11]
		if got := mynumber.MunicipalityCode(five).WithCheckDigit(); got != want {
			t.Fatalf("%s: %s, want %s", five, got, want)
		}
	}
}

type checked struct {
	name  string
	n     int
	draw  func(seed uint64) string
	parse func(string) error
}

func mod97Kinds(t testing.TB) []checked {
	return []checked{
		{"application id", 23, func(seed uint64) string {
			id, err := mynumber.DrawApplicationID(seeded(seed))
			if err != nil {
				t.Fatal(err)
			}
			return string(id)
		}, func(s string) error { _, err := mynumber.ParseApplicationID(s); return err }},
		{"card id", 15, func(seed uint64) string {
			id, err := mynumber.DrawCardID(seeded(seed))
			if err != nil {
				t.Fatal(err)
			}
			return string(id)
		}, func(s string) error { _, err := mynumber.ParseCardID(s); return err }},
	}
}

// Every wrong digit, every swapped pair, every pair swapped over one place and
// every wrong twin is caught, for a sample of numbers exhaustively.
func TestR04_P03_MistypedIDIsRefused(t *testing.T) {
	for _, kind := range mod97Kinds(t) {
		for seed := range uint64(300) {
			good := kind.draw(seed)
			if len(good) != kind.n {
				t.Fatalf("%s has %d digits", kind.name, len(good))
			}
			if err := kind.parse(good); err != nil {
				t.Fatalf("%s %s: %v", kind.name, good, err)
			}
			refuse := func(b []byte) {
				if string(b) != good && !errors.Is(kind.parse(string(b)), mynumber.ErrCheckDigit) {
					t.Fatalf("%s: %s passes for %s", kind.name, b, good)
				}
			}
			for i := range good {
				for d := byte('0'); d <= '9'; d++ {
					b := []byte(good)
					b[i] = d
					refuse(b)
					if i+1 < len(good) && good[i] == good[i+1] {
						b[i+1] = d
						refuse(b)
					}
				}
				for _, gap := range []int{1, 2} {
					if i+gap < len(good) {
						b := []byte(good)
						b[i], b[i+gap] = b[i+gap], b[i]
						refuse(b)
					}
				}
			}
		}
	}
}

func TestR04_OneSpellingOfCheckDigits(t *testing.T) {
	for _, kind := range mod97Kinds(t) {
		rapid.Check(t, func(t *rapid.T) {
			body := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), kind.n-2, kind.n-2, -1).Draw(t, "body")
			accepted := 0
			for c := range 100 {
				if kind.parse(body+string([]byte{byte('0' + c/10), byte('0' + c%10)})) == nil {
					accepted++
				}
			}
			if accepted != 1 {
				t.Fatalf("%s: %d pairs of check digits for %s", kind.name, accepted, body)
			}
		})
		for in, want := range map[string]error{
			"": mynumber.ErrLength, strings.Repeat("0", kind.n-1): mynumber.ErrLength,
			strings.Repeat("0", kind.n+1):        mynumber.ErrLength,
			strings.Repeat("0", kind.n-1) + "a":  mynumber.ErrNotDigits,
			strings.Repeat("0", kind.n):          mynumber.ErrCheckDigit, // check digits of zero are 98
			strings.Repeat("0", kind.n-2) + "01": mynumber.ErrCheckDigit,
			strings.Repeat("0", kind.n-2) + "98": nil,
		} {
			if err := kind.parse(in); !errors.Is(err, want) {
				t.Errorf("%s %q: %v, want %v", kind.name, in, err, want)
			}
		}
	}
}

// The definition of ISO/IEC 7064 MOD 97-10: the whole leaves remainder 1.
func TestR04_SchemeIsMod97_10(t *testing.T) {
	for seed := range uint64(50) {
		id := mod97Kinds(t)[0].draw(seed)
		r := 0
		for _, c := range id {
			r = (r*10 + int(c-'0')) % 97
		}
		if r != 1 {
			t.Fatalf("%s leaves %d", id, r)
		}
	}
}

func FuzzParseIndividualNumber(f *testing.F) {
	for _, s := range []string{"123456789018", "000000000060", "12345678901", "１２３４", "12345678901a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := mynumber.ParseIndividualNumber(s)
		if err != nil {
			if !n.IsZero() {
				t.Fatal("a refused number is not zero")
			}
			if len(s) >= 4 && strings.Contains(err.Error(), s) {
				t.Fatal("the error repeats the input")
			}
			return
		}
		if n.Reveal() != s || len(s) != 12 || checkOf(s[:11]) != s[11] {
			t.Fatalf("accepted %q", s)
		}
	})
}

func FuzzParseResidentCode(f *testing.F) {
	for _, s := range []string{"12345678903", "00000000000", "1234567890", "123456789018"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := mynumber.ParseResidentCode(s)
		if err == nil && (c.Reveal() != s || checkOf(s[:10]) != s[10]) {
			t.Fatalf("accepted %q", s)
		}
	})
}

func FuzzParseMunicipalityCode(f *testing.F) {
	for _, s := range []string{"13221", "132217", "011002", "01100", "99999", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := mynumber.ParseMunicipalityCode(s); err == nil {
			back, err := mynumber.ParseMunicipalityCode6(c.WithCheckDigit())
			if err != nil || back != c || string(c) != s {
				t.Fatalf("%q does not come back: %v", s, err)
			}
		}
		if c, err := mynumber.ParseMunicipalityCode6(s); err == nil && c.WithCheckDigit() != s {
			t.Fatalf("%q does not come back", s)
		}
	})
}

func FuzzParseApplicationAndCardID(f *testing.F) {
	for _, kind := range mod97Kinds(f) {
		f.Add(kind.draw(1))
		f.Add(strings.Repeat("0", kind.n))
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := mynumber.ParseApplicationID(s); err == nil && (string(id) != s || len(s) != 23) {
			t.Fatalf("accepted %q", s)
		}
		if id, err := mynumber.ParseCardID(s); err == nil && (string(id) != s || len(s) != 15) {
			t.Fatalf("accepted %q", s)
		}
	})
}

func BenchmarkParseIndividualNumber(b *testing.B) {
	for b.Loop() {
		_, _ = mynumber.ParseIndividualNumber("123456789018")
	}
}
