package mynumber

import (
	"errors"
	"fmt"
	"time"
)

// JST is Japan Standard Time. Every date of the card system is a day in Japan.
var JST = time.FixedZone("JST", 9*60*60)

// ErrDate refuses a date that is not spelled in the one accepted form or names
// a day that does not exist.
var ErrDate = errors.New("mynumber: not a date of the form YYYY-MM-DD")

// Date is a civil date in Japan. The zero Date means "not given".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate accepts exactly YYYY-MM-DD naming a day that exists, in the years
// 0001 to 9999. Any other input is ErrDate.
func ParseDate(s string) (Date, error) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return Date{}, ErrDate
	}
	return parseCompact(s[:4] + s[5:7] + s[8:])
}

// ParseCompact accepts exactly YYYYMMDD, the form used inside the card.
func ParseCompact(s string) (Date, error) {
	if len(s) != 8 {
		return Date{}, ErrDate
	}
	return parseCompact(s)
}

func parseCompact(s string) (Date, error) {
	if !allDigits(s) {
		return Date{}, ErrDate
	}
	d := Date{smallNumber(s[:4]), time.Month(smallNumber(s[4:6])), smallNumber(s[6:])}
	if !d.Valid() {
		return Date{}, ErrDate
	}
	return d, nil
}

// DateOf returns the day in Japan at instant t.
func DateOf(t time.Time) Date {
	y, m, d := t.In(JST).Date()
	return Date{y, m, d}
}

// IsZero reports whether the date is not given.
func (d Date) IsZero() bool { return d == Date{} }

// Valid reports whether d is a day that exists, in the years 1 to 9999. The
// zero Date is not valid.
func (d Date) Valid() bool {
	return d.Year >= 1 && d.Year <= 9999 &&
		d.Month >= time.January && d.Month <= time.December &&
		d.Day >= 1 && d.Day <= daysIn(d.Year, d.Month)
}

// String returns YYYY-MM-DD, or "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Compact returns YYYYMMDD, the form used inside the card.
func (d Date) Compact() string { return fmt.Sprintf("%04d%02d%02d", d.Year, d.Month, d.Day) }

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After reports whether d is a later day than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// Compare returns -1, 0 or +1.
func (d Date) Compare(e Date) int {
	a := d.Year*10000 + int(d.Month)*100 + d.Day
	b := e.Year*10000 + int(e.Month)*100 + e.Day
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// StartOfDay returns 00:00:00 Japan time of that day, in UTC.
func (d Date) StartOfDay() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, JST).UTC()
}

// EndOfDay returns 23:59:59 Japan time of that day, in UTC: the last moment of
// a validity that ends on it.
func (d Date) EndOfDay() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 23, 59, 59, 0, JST).UTC()
}

// AddDays returns the day n days later.
func (d Date) AddDays(n int) Date {
	t := time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC)
	return Date{t.Year(), t.Month(), t.Day()}
}

// AddMonths returns the day of the same number n months later (earlier for
// n < 0). Where that month is too short it is the month's last day: one month
// after 31 January is 28 or 29 February, three months before 31 May likewise.
func (d Date) AddMonths(n int) Date {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	y, m := first.Year(), first.Month()
	return Date{y, m, min(d.Day, daysIn(y, m))}
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func earlier(a, b Date) Date {
	if b.Before(a) {
		return b
	}
	return a
}

// MarshalText and UnmarshalText use YYYY-MM-DD; the zero Date is "".
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
