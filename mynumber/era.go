package mynumber

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Era is a Japanese era; the number is the one in the signature certificate's
// birth date (EYYYYMMDD).
type Era int

// The eras. EraUnknown stands for days before 1873-01-01, when Japan did not
// count by the Gregorian calendar, and for a date not given.
const (
	EraUnknown Era = iota
	Meiji
	Taisho
	Showa
	Heisei
	Reiwa
)

// ErrNoEra means that a date cannot be written in an era year.
var ErrNoEra = errors.New("mynumber: no era for this date")

// ErrWareki refuses a text that is not a date in the form 平成元年1月8日.
var ErrWareki = errors.New("mynumber: not a date in the era calendar")

// ErrCertificateForm refuses a text that is not a date in the form EYYYYMMDD.
var ErrCertificateForm = errors.New("mynumber: not a date of the form EYYYYMMDD")

// eras is in order of time. from is the first day that counts in the era: the
// day of a change belongs to the new era. yearOne is the Gregorian year of 元年.
// A new era is one new row.
var eras = []struct {
	era     Era
	name    string
	from    Date
	yearOne int
}{
	{Meiji, "明治", Date{1873, time.January, 1}, 1868},
	{Taisho, "大正", Date{1912, time.July, 30}, 1912},
	{Showa, "昭和", Date{1926, time.December, 25}, 1926},
	{Heisei, "平成", Date{1989, time.January, 8}, 1989},
	{Reiwa, "令和", Date{2019, time.May, 1}, 2019},
}

// String returns the era's name in kanji, "" for EraUnknown.
func (e Era) String() string {
	for _, row := range eras {
		if row.era == e {
			return row.name
		}
	}
	return ""
}

// Era returns the era of d and the year in it, 1 for 元年. It returns
// EraUnknown and 0 before 1873-01-01.
func (d Date) Era() (Era, int) {
	for i := len(eras) - 1; i >= 0; i-- {
		if row := eras[i]; !d.Before(row.from) {
			return row.era, d.Year - row.yearOne + 1
		}
	}
	return EraUnknown, 0
}

// Wareki returns d in the era calendar, such as 平成元年1月8日, and "" where
// there is no era.
func (d Date) Wareki() string {
	era, year := d.Era()
	if era == EraUnknown {
		return ""
	}
	if year == 1 {
		return fmt.Sprintf("%s元年%d月%d日", era, d.Month, d.Day)
	}
	return fmt.Sprintf("%s%d年%d月%d日", era, year, d.Month, d.Day)
}

// ParseWareki accepts exactly what Wareki writes: the era's name, 元 or the
// year from 2, ASCII digits without leading zeros, and a day that lies in that
// era. Any other input is ErrWareki.
func ParseWareki(s string) (Date, error) {
	const longest = len("令和9999年12月31日")
	if len(s) > longest {
		return Date{}, ErrWareki
	}
	for _, row := range eras {
		rest, ok := strings.CutPrefix(s, row.name)
		if !ok {
			continue
		}
		year, rest, ok1 := strings.Cut(rest, "年")
		month, rest, ok2 := strings.Cut(rest, "月")
		day, rest, ok3 := strings.Cut(rest, "日")
		if year == "元" {
			year = "1"
		}
		if !ok1 || !ok2 || !ok3 || rest != "" || !allDigits(year+month+day) {
			return Date{}, ErrWareki
		}
		d := Date{row.yearOne + smallNumber(year) - 1, time.Month(smallNumber(month)), smallNumber(day)}
		// Writing it again settles leading zeros, 1年 for 元年 and days of another era.
		if !d.Valid() || d.Wareki() != s {
			return Date{}, ErrWareki
		}
		return d, nil
	}
	return Date{}, ErrWareki
}

// CertificateForm returns d as the signature certificate carries a birth date:
// EYYYYMMDD, E the number of the era (0 unknown), YYYY the Gregorian year. The
// zero Date is 000000000.
func (d Date) CertificateForm() string {
	era, _ := d.Era()
	return fmt.Sprintf("%d%s", era, d.Compact())
}

// ParseCertificateForm accepts exactly what CertificateForm writes; the era
// has to be the one of the day. 000000000 is the zero Date. Any other input is
// ErrCertificateForm.
func ParseCertificateForm(s string) (Date, error) {
	if s == "000000000" {
		return Date{}, nil
	}
	if len(s) != 9 {
		return Date{}, ErrCertificateForm
	}
	d, err := ParseCompact(s[1:])
	if err != nil || d.CertificateForm() != s {
		return Date{}, ErrCertificateForm
	}
	return d, nil
}
