package mynumber_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kado/mynumber"
)

func TestR05_C11_Eras(t *testing.T) {
	for _, tt := range []struct {
		day    string
		era    mynumber.Era
		year   int
		wareki string
		cert   string
	}{
		{"1872-12-31", mynumber.EraUnknown, 0, "", "018721231"},
		{"1873-01-01", mynumber.Meiji, 6, "明治6年1月1日", "118730101"},
		{"1900-02-28", mynumber.Meiji, 33, "明治33年2月28日", "119000228"},
		{"1912-07-29", mynumber.Meiji, 45, "明治45年7月29日", "119120729"},
		{"1912-07-30", mynumber.Taisho, 1, "大正元年7月30日", "219120730"},
		{"1912-12-31", mynumber.Taisho, 1, "大正元年12月31日", "219121231"},
		{"1913-01-01", mynumber.Taisho, 2, "大正2年1月1日", "219130101"},
		{"1926-12-24", mynumber.Taisho, 15, "大正15年12月24日", "219261224"},
		{"1926-12-25", mynumber.Showa, 1, "昭和元年12月25日", "319261225"},
		{"1927-01-01", mynumber.Showa, 2, "昭和2年1月1日", "319270101"},
		{"1980-12-31", mynumber.Showa, 55, "昭和55年12月31日", "319801231"},
		{"1989-01-07", mynumber.Showa, 64, "昭和64年1月7日", "319890107"},
		{"1989-01-08", mynumber.Heisei, 1, "平成元年1月8日", "419890108"},
		{"2000-02-29", mynumber.Heisei, 12, "平成12年2月29日", "420000229"},
		{"2019-04-30", mynumber.Heisei, 31, "平成31年4月30日", "420190430"},
		{"2019-05-01", mynumber.Reiwa, 1, "令和元年5月1日", "520190501"},
		{"2024-02-29", mynumber.Reiwa, 6, "令和6年2月29日", "520240229"},
	} {
		d := day(tt.day)
		if era, year := d.Era(); era != tt.era || year != tt.year {
			t.Errorf("%s is %v %d", tt.day, era, year)
		}
		if got := d.Wareki(); got != tt.wareki {
			t.Errorf("%s is written %s", tt.day, got)
		}
		if got := d.CertificateForm(); got != tt.cert {
			t.Errorf("%s is %s in a certificate", tt.day, got)
		}
		if back, err := mynumber.ParseCertificateForm(tt.cert); err != nil || back != d {
			t.Errorf("%s reads as %v, %v", tt.cert, back, err)
		}
		if tt.wareki != "" {
			if back, err := mynumber.ParseWareki(tt.wareki); err != nil || back != d {
				t.Errorf("%s reads as %v, %v", tt.wareki, back, err)
			}
		}
	}
	var none mynumber.Date
	if none.CertificateForm() != "000000000" || none.Wareki() != "" || mynumber.EraUnknown.String() != "" || mynumber.Era(9).String() != "" {
		t.Error("a date not given is written wrongly")
	}
	if d, err := mynumber.ParseCertificateForm("000000000"); err != nil || !d.IsZero() {
		t.Error("unknown birth date does not read")
	}
}

func TestC11_WarekiOneSpelling(t *testing.T) {
	for _, bad := range []string{
		"", "平成", "平成1年1月8日", "平成01年1月8日", "平成2年01月8日", "平成2年1月08日", "平成元年1月7日", "昭和64年1月8日",
		"昭和65年1月1日", "大正16年1月1日", "明治45年7月30日", "明治5年12月31日", "明治元年1月1日", "令和元年4月30日", "平成2年2月29日",
		"平成２年1月8日", "平成二年1月8日", "平成2年1月8日 ", " 平成2年1月8日", "平成2年1月8", "平成2年1月", "平成年1月8日",
		"平成2年月8日", "平成2年1月日", "平成0年1月8日", "平成-1年1月8日", "平成元元年1月8日", "H2年1月8日", "2年1月8日",
		"平成2年元月8日", "平成99999999999999年1月1日", "平成" + strings.Repeat("9", 1<<16) + "年1月1日", "平成2年1月8日8日",
	} {
		if d, err := mynumber.ParseWareki(bad); !errors.Is(err, mynumber.ErrWareki) || !d.IsZero() {
			t.Errorf("%.40q accepted as %v", bad, d)
		}
	}
	for _, bad := range []string{
		"", "31980123", "3198012311", "419801231", "019801231", "619801231", "319801331", "300000000", "000000001",
		"319800230", "a19801231", "3198-1231", "118721231",
	} {
		if d, err := mynumber.ParseCertificateForm(bad); !errors.Is(err, mynumber.ErrCertificateForm) || !d.IsZero() {
			t.Errorf("%q accepted as %v", bad, d)
		}
	}
}

func TestC11_EraProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDay(t, "day", 1873, 2116)
		back, err := mynumber.ParseWareki(d.Wareki())
		if err != nil || back != d {
			t.Fatalf("%v as %s came back as %v", d, d.Wareki(), back)
		}
		back, err = mynumber.ParseCertificateForm(d.CertificateForm())
		if err != nil || back != d {
			t.Fatalf("%v as %s came back as %v", d, d.CertificateForm(), back)
		}
		// A day later it is the same era and year, or the year counted on, or 元年.
		era, year := d.Era()
		era2, year2 := d.AddDays(1).Era()
		same := era == era2 && (year == year2 || year2 == year+1 && d.Month == 12 && d.Day == 31)
		if !same && !(era2 == era+1 && year2 == 1) {
			t.Fatalf("%v is %v %d, a day later %v %d", d, era, year, era2, year2)
		}
	})
}

func TestR05_VerificationNumbers(t *testing.T) {
	n, _ := mynumber.ParseIndividualNumber("123456789018")
	if a := mynumber.VerificationA(n); a.Reveal() != "123456789018" {
		t.Error("A is not the Individual Number")
	}
	if !mynumber.VerificationA(mynumber.IndividualNumber{}).IsZero() {
		t.Error("A of no number is something")
	}
	for _, tt := range []struct {
		birth    string
		japanese bool
		expiry   string
		code     string
		want     string
		err      error
	}{
		{"1980-02-17", true, "2035-02-17", "2285", "55021720352285", nil}, // 昭和55年
		{"1980-02-17", false, "2035-02-17", "2285", "80021720352285", nil},
		{"1989-01-07", true, "2030-01-07", "0001", "64010720300001", nil},
		{"1989-01-08", true, "2030-01-08", "0001", "01010820300001", nil},
		{"2019-05-01", true, "2029-05-01", "0000", "01050120290000", nil},
		{"2000-02-29", false, "2030-02-28", "9999", "00022920309999", nil},
		{"2001-10-05", false, "2030-10-05", "1234", "01100520301234", nil},
		{"1872-12-31", true, "2030-10-05", "1234", "", mynumber.ErrNoEra},
		{"1872-12-31", false, "2030-10-05", "1234", "72123120301234", nil},
		{"1980-02-17", true, "2035-02-17", "228", "", mynumber.ErrVerification},
		{"1980-02-17", true, "2035-02-17", "22851", "", mynumber.ErrVerification},
		{"1980-02-17", true, "2035-02-17", "22a5", "", mynumber.ErrVerification},
		{"1980-02-17", true, "", "2285", "", mynumber.ErrVerification},
		{"", true, "2035-02-17", "2285", "", mynumber.ErrVerification},
	} {
		var birth, expiry mynumber.Date
		if tt.birth != "" {
			birth = day(tt.birth)
		}
		if tt.expiry != "" {
			expiry = day(tt.expiry)
		}
		got, err := mynumber.VerificationB(birth, tt.japanese, expiry, tt.code)
		if !errors.Is(err, tt.err) || got.Reveal() != tt.want {
			t.Errorf("%s japanese=%v: %s, %v", tt.birth, tt.japanese, got.Reveal(), err)
		}
		if err != nil && strings.Contains(err.Error(), tt.code) {
			t.Errorf("the error shows the security code: %v", err)
		}
	}
	if _, err := mynumber.PrintedBirthDigits(day("2118-05-01"), true); !errors.Is(err, mynumber.ErrNoEra) {
		t.Error("an era year of three digits fits two")
	}
}

// A holder who becomes Japanese gets a new card and another number B (C-11).
func TestC11_ChangeOfNationalityChangesB(t *testing.T) {
	birth, expiry := day("1990-06-01"), day("2035-06-01")
	before, _ := mynumber.VerificationB(birth, false, expiry, "7310")
	after, _ := mynumber.VerificationB(birth, true, expiry, "7310")
	if before.Equal(after) || before.Reveal() != "90060120357310" || after.Reveal() != "02060120357310" {
		t.Error("nationality does not change B")
	}
}

func TestPRD19_PrintedBirth(t *testing.T) {
	for _, tt := range []struct {
		birth    string
		japanese bool
		want     string
	}{
		{"1989-01-08", true, "平成元年1月8日"},
		{"1989-01-08", false, "1989年1月8日"},
		{"1850-01-08", true, "1850年1月8日"},
	} {
		if got := mynumber.PrintedBirth(day(tt.birth), tt.japanese); got != tt.want {
			t.Errorf("%s japanese=%v is printed %s", tt.birth, tt.japanese, got)
		}
	}
	if mynumber.PrintedBirth(mynumber.Date{}, true) != "" {
		t.Error("no date is printed")
	}
}

func FuzzParseWareki(f *testing.F) {
	for _, s := range []string{"平成元年1月8日", "昭和55年12月31日", "明治6年1月1日", "令和99年12月31日", "平成1年1月1日", "大正年月日"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := mynumber.ParseWareki(s); err == nil && (d.Wareki() != s || !d.Valid()) {
			t.Fatalf("%q came back as %q", s, d.Wareki())
		}
	})
}

func FuzzParseCertificateForm(f *testing.F) {
	for _, s := range []string{"319801231", "000000000", "018721231", "520240229", "419890107"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := mynumber.ParseCertificateForm(s); err == nil && (d.CertificateForm() != s || !d.IsZero() && !d.Valid()) {
			t.Fatalf("%q came back as %q", s, d.CertificateForm())
		}
	})
}
