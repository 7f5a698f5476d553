package mynumber_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/mynumber"
)

func day(s string) mynumber.Date {
	d, err := mynumber.ParseDate(s)
	if err != nil {
		panic(s)
	}
	return d
}

// anyDay draws a day between two years, and often 28 or 29 February, or the
// last or first of a month.
func anyDay(t *rapid.T, label string, from, to int) mynumber.Date {
	y := rapid.IntRange(from, to).Draw(t, label+" year")
	d := mynumber.Date{Year: y, Month: time.January, Day: 1}
	switch rapid.IntRange(0, 4).Draw(t, label+" kind") {
	case 0:
		leap := mynumber.Date{Year: y, Month: time.February, Day: 29}
		if leap.Valid() {
			return leap
		}
		return mynumber.Date{Year: y, Month: time.February, Day: 28}
	case 1:
		return d.AddMonths(rapid.IntRange(1, 11).Draw(t, label+" month")).AddDays(-1)
	}
	return d.AddDays(rapid.IntRange(0, 364).Draw(t, label+" day"))
}

func TestParseDate_OneSpelling(t *testing.T) {
	for _, ok := range []string{"2024-02-29", "2000-02-29", "1900-02-28", "0001-01-01", "9999-12-31", "1868-10-23"} {
		d, err := mynumber.ParseDate(ok)
		if err != nil || d.String() != ok || !d.Valid() {
			t.Errorf("%s: %v, %v", ok, d, err)
		}
		c, err := mynumber.ParseCompact(strings.ReplaceAll(ok, "-", ""))
		if err != nil || c != d || c.Compact() != strings.ReplaceAll(ok, "-", "") {
			t.Errorf("compact %s: %v, %v", ok, c, err)
		}
	}
	for _, bad := range []string{
		"", "2023-02-29", "1900-02-29", "2100-02-29", "2024-00-10", "2024-13-10", "2024-01-00", "2024-01-32",
		"2024-04-31", "0000-01-01", "2024-1-01", "2024-01-1", " 2024-01-1", "2024-01-01 ", "2024/01/01",
		"+024-01-01", "2024-01-0a", "２０２４-01-01", "20240101", "2024-01-01T00:00:00Z", strings.Repeat("9", 1<<20),
	} {
		if d, err := mynumber.ParseDate(bad); !errors.Is(err, mynumber.ErrDate) || !d.IsZero() {
			t.Errorf("%.30q accepted as %v", bad, d)
		}
	}
	for _, bad := range []string{"", "2024010", "202401011", "20230229", "00000101", "2024-1-1", "2024010a"} {
		if d, err := mynumber.ParseCompact(bad); !errors.Is(err, mynumber.ErrDate) || !d.IsZero() {
			t.Errorf("compact %q accepted as %v", bad, d)
		}
	}
	if (mynumber.Date{}).Valid() || (mynumber.Date{Year: 2024, Month: 2, Day: 30}).Valid() ||
		(mynumber.Date{Year: 10000, Month: 1, Day: 1}).Valid() || (mynumber.Date{Year: -4, Month: 1, Day: 1}).Valid() {
		t.Error("a day that does not exist is valid")
	}
}

func TestDate_ErrorNeverRepeatsInput(t *testing.T) {
	_, err := mynumber.ParseDate("123456789018")
	if strings.Contains(err.Error(), "1234") {
		t.Errorf("an Individual Number typed for a date shows in %q", err)
	}
}

func TestR11_EndOfDayIsJapanTime(t *testing.T) {
	d := day("2030-02-17")
	if got := d.EndOfDay().Format(time.RFC3339); got != "2030-02-17T14:59:59Z" {
		t.Errorf("ends at %s", got)
	}
	if got := d.StartOfDay().Format(time.RFC3339); got != "2030-02-16T15:00:00Z" {
		t.Errorf("starts at %s", got)
	}
	if mynumber.DateOf(d.EndOfDay()) != d || mynumber.DateOf(d.EndOfDay().Add(time.Second)) != d.AddDays(1) ||
		mynumber.DateOf(d.StartOfDay()) != d || mynumber.DateOf(d.StartOfDay().Add(-time.Second)) != d.AddDays(-1) {
		t.Error("DateOf does not invert")
	}
}

func TestDate_Properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDay(t, "a", 1800, 2200), anyDay(t, "b", 1800, 2200)
		if !a.Valid() {
			t.Fatalf("%v is not valid", a)
		}
		back, err := mynumber.ParseDate(a.String())
		if err != nil || back != a {
			t.Fatalf("%v came back as %v", a, back)
		}
		if a.Before(b) != a.StartOfDay().Before(b.StartOfDay()) || a.Before(b) != b.After(a) || (a.Compare(b) == 0) != (a == b) {
			t.Fatalf("order of %v and %v", a, b)
		}
		n := rapid.IntRange(-5000, 5000).Draw(t, "n")
		if a.AddDays(n).AddDays(-n) != a {
			t.Fatalf("%v + %d days does not come back", a, n)
		}
		m := rapid.IntRange(-600, 600).Draw(t, "months")
		moved := a.AddMonths(m)
		months := func(d mynumber.Date) int { return d.Year*12 + int(d.Month) }
		if !moved.Valid() || months(moved)-months(a) != m || moved.Day > a.Day ||
			moved.Day < a.Day && moved.AddDays(1).Day != 1 {
			t.Fatalf("%v + %d months is %v", a, m, moved)
		}
		if a.Before(b) && moved.After(b.AddMonths(m)) {
			t.Fatalf("adding %d months turns %v and %v round", m, a, b)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2024-02-29", "20240229", "2023-02-29", "", "0000-00-00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := mynumber.ParseDate(s); err == nil && (d.String() != s || !d.Valid()) {
			t.Fatalf("%q came back as %s", s, d)
		}
		if d, err := mynumber.ParseCompact(s); err == nil && (d.Compact() != s || !d.Valid()) {
			t.Fatalf("%q came back as %s", s, d)
		}
		var d mynumber.Date
		if err := d.UnmarshalText([]byte(s)); err == nil {
			if b, err := d.MarshalText(); err != nil || string(b) != s {
				t.Fatalf("%q came back as %q, %v", s, b, err)
			}
		} else if !d.IsZero() {
			t.Fatal("a refused text changed the date")
		}
	})
}
