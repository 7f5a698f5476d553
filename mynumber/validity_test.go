package mynumber_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"kado/mynumber"
)

func TestR10_NthBirthdayAfter(t *testing.T) {
	for _, tt := range []struct {
		birth, from string
		n           int
		want        string
	}{
		{"1980-02-17", "2025-10-27", 1, "2026-02-17"},
		{"1980-02-17", "2025-10-27", 5, "2030-02-17"},
		{"1980-02-17", "2026-02-16", 1, "2026-02-17"},
		{"1980-02-17", "2026-02-17", 1, "2027-02-17"}, // on the birthday: that one does not count
		{"1980-02-17", "2026-02-18", 1, "2027-02-17"},
		{"1980-02-17", "2026-02-17", 10, "2036-02-17"},
		{"2000-02-29", "2025-02-27", 1, "2025-02-28"},
		{"2000-02-29", "2025-02-28", 1, "2026-02-28"}, // 28 February is the birthday
		{"2000-02-29", "2025-03-01", 3, "2028-02-29"},
		{"2000-02-29", "2028-02-28", 1, "2028-02-29"},
		{"2000-02-29", "2028-02-29", 1, "2029-02-28"},
		{"2000-02-29", "2095-06-01", 5, "2100-02-28"}, // 2100 is no leap year
		{"2000-02-29", "2095-06-01", 9, "2104-02-29"},
		{"1896-02-29", "1899-12-31", 1, "1900-02-28"}, // nor was 1900
		{"1996-02-29", "1999-03-01", 1, "2000-02-29"}, // 2000 was
		{"2024-05-10", "2024-05-10", 1, "2025-05-10"}, // the day of birth is no birthday
		{"2024-05-10", "2024-01-01", 1, "2025-05-10"},
		{"2024-05-10", "2020-01-01", 2, "2026-05-10"},
		{"1999-12-31", "2024-12-31", 1, "2025-12-31"},
		{"2000-01-01", "2024-12-31", 1, "2025-01-01"},
	} {
		if got := mynumber.NthBirthdayAfter(day(tt.birth), day(tt.from), tt.n); got != day(tt.want) {
			t.Errorf("born %s, %d after %s: %v, want %s", tt.birth, tt.n, tt.from, got, tt.want)
		}
	}
	if !mynumber.NthBirthdayAfter(day("2000-01-01"), day("2024-01-01"), 0).IsZero() ||
		!mynumber.NthBirthdayAfter(mynumber.Date{}, day("2024-01-01"), 1).IsZero() ||
		!mynumber.NthBirthdayAfter(day("2000-01-01"), mynumber.Date{}, 1).IsZero() {
		t.Error("a birthday of nothing")
	}
}

func TestR10_BirthdayProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		birth, from := anyDay(t, "birth", 1900, 2030), anyDay(t, "from", 1900, 2100)
		n := rapid.IntRange(1, 20).Draw(t, "n")
		nth := mynumber.NthBirthdayAfter(birth, from, n)
		next := mynumber.NthBirthdayAfter(birth, from, n+1)
		if !nth.Valid() || !nth.After(from) || !nth.After(birth) || !next.After(nth) || next.Year != nth.Year+1 {
			t.Fatalf("born %v from %v: %v then %v", birth, from, nth, next)
		}
		if nth.Month != birth.Month || nth.Day != birth.Day &&
			!(birth.Day == 29 && nth.Day == 28 && !(mynumber.Date{Year: nth.Year, Month: 2, Day: 29}).Valid()) {
			t.Fatalf("born %v has a birthday on %v", birth, nth)
		}
		// A day later it is the same birthday or, on that day, the next.
		later := mynumber.NthBirthdayAfter(birth, from.AddDays(1), n)
		if later != nth && later != next || later.Before(nth) {
			t.Fatalf("from %v %v, a day later %v", from, nth, later)
		}
		// The first is the first: searching day by day finds no earlier one.
		if !from.Before(birth) {
			first := mynumber.NthBirthdayAfter(birth, from, 1)
			age := mynumber.AgeOn(birth, from)
			if mynumber.AgeOn(birth, first) != age+1 || mynumber.AgeOn(birth, first.AddDays(-1)) != age {
				t.Fatalf("born %v from %v: age does not rise on %v", birth, from, first)
			}
		}
	})
}

func TestR10_AgeOn(t *testing.T) {
	for _, tt := range []struct {
		birth, on string
		want      int
	}{
		{"2004-04-01", "2022-03-31", 17},
		{"2004-04-01", "2022-04-01", 18},
		{"2004-04-01", "2022-04-02", 18},
		{"2004-02-29", "2022-02-27", 17},
		{"2004-02-29", "2022-02-28", 18},
		{"2004-02-29", "2024-02-28", 19},
		{"2004-02-29", "2024-02-29", 20},
		{"2004-02-29", "2004-02-29", 0},
		{"2004-02-29", "2005-02-27", 0},
		{"2004-02-29", "2005-02-28", 1},
		{"2004-02-29", "2004-02-28", -1},
		{"1900-12-31", "2000-12-30", 99},
		{"1900-12-31", "2000-12-31", 100},
	} {
		if got := mynumber.AgeOn(day(tt.birth), day(tt.on)); got != tt.want {
			t.Errorf("born %s is %d on %s, want %d", tt.birth, got, tt.on, tt.want)
		}
	}
}

// A date that is missing or does not exist never gives a right.
func TestR10_MissingDatesGiveNothing(t *testing.T) {
	var none mynumber.Date
	some, odd := day("2025-06-01"), mynumber.Date{Year: 1980, Month: 13, Day: 40}
	if mynumber.AgeOn(none, some) != -1 || mynumber.AgeOn(some, none) != -1 || mynumber.AgeOn(odd, some) != -1 ||
		mynumber.MaySignatureCertificate(none, some, false) || mynumber.MaySignatureCertificate(odd, some, false) ||
		mynumber.NoPhotoForInfant(none, some) || mynumber.RenewalOpen(none, some) || mynumber.RenewalOpen(some, none) ||
		mynumber.LessThanThreeMonthsLeft(none, some) || mynumber.LessThanThreeMonthsLeft(some, none) ||
		mynumber.MayExtendCard(none, some) || mynumber.MayExtendCard(some, none) || mynumber.PhotoRecent(some, none) {
		t.Error("a missing date gives a right")
	}
}

func TestR11_C12_AdultByDayOfAcceptance(t *testing.T) {
	// Born so that the age on the day of issue, 2022-04-20, is 17 to 20.
	births := map[int]string{17: "2004-08-01", 18: "2003-08-01", 19: "2002-08-01", 20: "2001-08-01"}
	for _, tt := range []struct {
		accepted string
		age      int
		want     string
	}{
		{"2022-03-31", 17, "2026-08-01"},
		{"2022-03-31", 18, "2026-08-01"},
		{"2022-03-31", 19, "2026-08-01"},
		{"2022-03-31", 20, "2031-08-01"},
		{"2022-04-01", 17, "2026-08-01"},
		{"2022-04-01", 18, "2031-08-01"},
		{"2022-04-01", 19, "2031-08-01"},
		{"2022-04-01", 20, "2031-08-01"},
	} {
		birth, issued := day(births[tt.age]), day("2022-04-20")
		if mynumber.AgeOn(birth, issued) != tt.age {
			t.Fatalf("the table is wrong for %d", tt.age)
		}
		got, err := mynumber.CardExpiry(mynumber.CardValidityInput{
			Accepted: day(tt.accepted), Issued: issued, Birth: birth, Residence: mynumber.Japanese,
		})
		if err != nil || got != day(tt.want) {
			t.Errorf("accepted %s at %d: %v, %v, want %s", tt.accepted, tt.age, got, err, tt.want)
		}
	}
	// The day of acceptance decides which age counts, the day of issue whether
	// the holder has reached it (CRT-33).
	card(t, mynumber.CardValidityInput{
		Accepted: day("2024-05-01"), Issued: day("2024-06-10"), Birth: day("2006-06-10"), Residence: mynumber.Japanese,
	}, "2034-06-10")
	card(t, mynumber.CardValidityInput{
		Accepted: day("2022-03-31"), Issued: day("2022-04-20"), Birth: day("2002-04-10"), Residence: mynumber.Japanese,
	}, "2032-04-10")
	if mynumber.AdultAge(day("2022-03-31")) != 20 || mynumber.AdultAge(day("2022-04-01")) != 18 {
		t.Error("adult age turns on the wrong day")
	}
}

func card(t *testing.T, in mynumber.CardValidityInput, want string) {
	t.Helper()
	got, err := mynumber.CardExpiry(in)
	if err != nil || got != day(want) {
		t.Errorf("%+v: %v, %v, want %s", in, got, err, want)
	}
}

func TestR10_R11_BirthdayOnDayOfIssue(t *testing.T) {
	for _, tt := range []struct{ issued, birth, want string }{
		{"2024-06-10", "1990-06-10", "2034-06-10"}, // ten years to the day
		{"2024-06-09", "1990-06-10", "2033-06-10"}, // a day earlier: a year shorter
		{"2024-06-11", "1990-06-10", "2034-06-10"},
		{"2024-06-10", "2006-06-10", "2034-06-10"}, // 18 today: adult
		{"2024-06-09", "2006-06-10", "2028-06-10"}, // 18 tomorrow: minor
		{"2024-06-10", "2024-06-10", "2029-06-10"}, // born today
		{"2024-02-29", "2004-02-29", "2034-02-28"},
		{"2023-02-28", "2004-02-29", "2033-02-28"}, // birthday on the day of issue, 28 February
		{"2023-02-27", "2005-02-28", "2027-02-28"}, // 18 tomorrow
		{"2022-02-28", "2004-02-29", "2027-02-28"}, // accepted before 2022-04: 18 is a minor
		{"2094-03-01", "2060-02-29", "2104-02-29"},
		{"2090-03-01", "2060-02-29", "2100-02-28"},
	} {
		card(t, mynumber.CardValidityInput{
			Accepted: day(tt.issued), Issued: day(tt.issued), Birth: day(tt.birth), Residence: mynumber.Japanese,
		}, tt.want)
	}
}

func TestR14_RenewalWindow(t *testing.T) {
	for _, tt := range []struct{ expiry, opens string }{
		{"2030-02-17", "2029-11-17"},
		{"2030-05-31", "2030-02-28"}, // no 31 February
		{"2032-05-31", "2032-02-29"},
		{"2030-05-30", "2030-02-28"},
		{"2030-05-29", "2030-02-28"},
		{"2030-05-28", "2030-02-28"},
		{"2030-05-27", "2030-02-27"},
		{"2030-12-31", "2030-09-30"},
		{"2030-02-28", "2029-11-28"}, // not 30 November
		{"2032-02-29", "2031-11-29"},
		{"2030-01-31", "2029-10-31"},
		{"2030-03-31", "2029-12-31"},
		{"2030-07-31", "2030-04-30"},
		{"2100-05-29", "2100-02-28"},
	} {
		expiry, opens := day(tt.expiry), day(tt.opens)
		if got := mynumber.RenewalOpens(expiry); got != opens {
			t.Errorf("%s opens on %v, want %s", tt.expiry, got, tt.opens)
		}
		for _, step := range []struct {
			on          mynumber.Date
			open, three bool
		}{
			{opens.AddDays(-1), false, false},
			{opens, true, false}, // exactly three months are not less than three
			{opens.AddDays(1), true, true},
			{expiry, true, true},
			{expiry.AddDays(1), false, false},
		} {
			if mynumber.RenewalOpen(expiry, step.on) != step.open || mynumber.LessThanThreeMonthsLeft(expiry, step.on) != step.three {
				t.Errorf("end %s on %v: open %v, less than three months %v", tt.expiry, step.on,
					mynumber.RenewalOpen(expiry, step.on), mynumber.LessThanThreeMonthsLeft(expiry, step.on))
			}
		}
	}
}

func TestR14_RenewedCardLastsOneBirthdayMore(t *testing.T) {
	in := mynumber.CardValidityInput{Birth: day("1980-02-17"), Residence: mynumber.Japanese, Renews: day("2030-02-17")}
	for _, tt := range []struct{ accepted, issued, want string }{
		{"2029-11-16", "2029-12-10", "2039-02-17"}, // a day before the window: the tenth
		{"2029-11-17", "2029-12-10", "2040-02-17"}, // first day: the eleventh
		{"2030-02-16", "2030-02-16", "2040-02-17"},
		{"2030-02-17", "2030-02-17", "2041-02-17"}, // last day, a birthday, which does not count
		{"2030-02-18", "2030-03-10", "2040-02-17"}, // a day after: no renewal any more
	} {
		in.Accepted, in.Issued = day(tt.accepted), day(tt.issued)
		card(t, in, tt.want)
	}
	minor := mynumber.CardValidityInput{
		Accepted: day("2029-12-01"), Issued: day("2029-12-10"), Birth: day("2015-02-17"),
		Residence: mynumber.Japanese, Renews: day("2030-02-17"),
	}
	card(t, minor, "2035-02-17") // the sixth
	minor.Renews = mynumber.Date{}
	card(t, minor, "2034-02-17")
}

func TestR15_EveryResidenceStatus(t *testing.T) {
	base := mynumber.CardValidityInput{Accepted: day("2024-05-01"), Issued: day("2024-06-01"), Birth: day("1990-08-15")}
	bound := map[mynumber.Residence]bool{
		mynumber.Japanese: false, mynumber.PermanentResident: false, mynumber.HighlySkilledII: false,
		mynumber.SpecialPermanent: false, mynumber.MidToLong: true, mynumber.TemporaryRefuge: true, mynumber.ProvisionalStay: true,
	}
	if len(mynumber.Residences()) != len(bound) {
		t.Fatal("a status is missing here")
	}
	for _, r := range mynumber.Residences() {
		in := base
		in.Residence = r
		if back, err := mynumber.ParseResidence(string(r)); err != nil || back != r || r.StayBound() != bound[r] {
			t.Errorf("%s: %v, %v", r, back, err)
		}
		if !bound[r] {
			card(t, in, "2033-08-15")
			in.StayUntil = day("2030-01-01")
			if _, err := mynumber.CardExpiry(in); !errors.Is(err, mynumber.ErrStay) {
				t.Errorf("%s with an end of stay: %v", r, err)
			}
			in.StayUntil, in.ExtensionPending = mynumber.Date{}, true
			if _, err := mynumber.CardExpiry(in); !errors.Is(err, mynumber.ErrStay) {
				t.Errorf("%s with a pending extension: %v", r, err)
			}
			continue
		}
		if _, err := mynumber.CardExpiry(in); !errors.Is(err, mynumber.ErrStay) {
			t.Errorf("%s without an end of stay: %v", r, err)
		}
		for _, tt := range []struct {
			until   string
			pending bool
			want    string
		}{
			{"2027-03-31", false, "2027-03-31"},
			{"2027-03-31", true, "2027-05-31"},
			{"2026-12-31", true, "2027-02-28"}, // two months after 31 December
			{"2027-12-31", true, "2028-02-29"},
			{"2033-08-14", false, "2033-08-14"},
			{"2033-08-15", false, "2033-08-15"},
			{"2033-08-16", false, "2033-08-15"}, // the birthday comes first
			{"2033-07-01", true, "2033-08-15"},
			{"2040-01-01", false, "2033-08-15"},
			{"2024-06-01", false, "2024-06-01"}, // last day of stay is the day of issue
			{"2024-05-31", true, "2024-07-31"},
			{"2024-04-01", true, "2024-06-01"}, // the two months end on the day of issue
		} {
			in.StayUntil, in.ExtensionPending = day(tt.until), tt.pending
			card(t, in, tt.want)
		}
		for _, tt := range []struct {
			until   string
			pending bool
		}{{"2024-05-31", false}, {"2024-03-31", true}} {
			in.StayUntil, in.ExtensionPending = day(tt.until), tt.pending
			if _, err := mynumber.CardExpiry(in); !errors.Is(err, mynumber.ErrStayOver) {
				t.Errorf("%s, stay over on %s: %v", r, tt.until, err)
			}
		}
	}
	if !mynumber.MayExtendCard(day("2027-03-31"), day("2027-03-31")) || mynumber.MayExtendCard(day("2027-03-31"), day("2027-04-01")) {
		t.Error("an extension is asked for until the old last day, included")
	}
}

func TestR11_CardExpiryRefusals(t *testing.T) {
	good := mynumber.CardValidityInput{
		Accepted: day("2024-05-01"), Issued: day("2024-06-01"), Birth: day("1990-08-15"), Residence: mynumber.Japanese,
	}
	for name, tt := range map[string]struct {
		spoil func(*mynumber.CardValidityInput)
		want  error
	}{
		"no acceptance":     {func(in *mynumber.CardValidityInput) { in.Accepted = mynumber.Date{} }, mynumber.ErrDates},
		"no issue":          {func(in *mynumber.CardValidityInput) { in.Issued = mynumber.Date{} }, mynumber.ErrDates},
		"no birth":          {func(in *mynumber.CardValidityInput) { in.Birth = mynumber.Date{} }, mynumber.ErrDates},
		"30 February":       {func(in *mynumber.CardValidityInput) { in.Birth = mynumber.Date{Year: 1990, Month: 2, Day: 30} }, mynumber.ErrDates},
		"issued too early":  {func(in *mynumber.CardValidityInput) { in.Issued = day("2024-04-30") }, mynumber.ErrDates},
		"born later":        {func(in *mynumber.CardValidityInput) { in.Birth = day("2024-05-02") }, mynumber.ErrDates},
		"renews nonsense":   {func(in *mynumber.CardValidityInput) { in.Renews = mynumber.Date{Year: 1, Month: 13, Day: 1} }, mynumber.ErrDates},
		"no residence":      {func(in *mynumber.CardValidityInput) { in.Residence = "" }, mynumber.ErrResidence},
		"strange residence": {func(in *mynumber.CardValidityInput) { in.Residence = "tourist" }, mynumber.ErrResidence},
		"stay is no day": {func(in *mynumber.CardValidityInput) {
			in.Residence = mynumber.MidToLong
			in.StayUntil = mynumber.Date{Year: 2030}
		}, mynumber.ErrStay},
		"stay of a Japanese": {func(in *mynumber.CardValidityInput) { in.StayUntil = day("2030-01-01") }, mynumber.ErrStay},
	} {
		in := good
		tt.spoil(&in)
		if got, err := mynumber.CardExpiry(in); !errors.Is(err, tt.want) || !got.IsZero() {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestR12_AuthenticationCertificate(t *testing.T) {
	far := day("2099-12-31")
	for _, tt := range []struct {
		name                       string
		asked, issued, birth, card string
		renews                     string
		want                       string
	}{
		{"fifth birthday", "2025-10-27", "2025-10-27", "1980-02-17", "2035-02-17", "", "2030-02-17"},
		{"issued on the birthday", "2025-02-17", "2025-02-17", "1980-02-17", "2035-02-17", "", "2030-02-17"},
		{"a day before it", "2025-02-16", "2025-02-16", "1980-02-17", "2034-02-17", "", "2029-02-17"},
		{"card ends first", "2032-05-01", "2032-05-01", "1980-02-17", "2035-02-17", "", "2035-02-17"},
		{"card ends on the birthday", "2030-05-01", "2030-05-01", "1980-02-17", "2035-02-17", "", "2035-02-17"},
		{"stay ends first", "2025-10-27", "2025-10-27", "1980-02-17", "2027-03-31", "", "2027-03-31"},
		{"renewed exactly three months before", "2029-11-17", "2029-11-17", "1980-02-17", "2035-02-17", "2030-02-17", "2034-02-17"},
		{"renewed with a day less", "2029-11-18", "2029-11-18", "1980-02-17", "2035-02-17", "2030-02-17", "2035-02-17"},
		{"renewed on the last day", "2030-02-17", "2030-02-17", "1980-02-17", "2099-02-17", "2030-02-17", "2036-02-17"},
		{"renewed a day late", "2030-02-18", "2030-02-18", "1980-02-17", "2099-02-17", "2030-02-17", "2035-02-17"},
		{"sixth birthday beyond the card", "2029-11-18", "2029-11-18", "1980-02-17", "2034-12-31", "2030-02-17", "2034-12-31"},
		{"born on 29 February", "2025-06-01", "2025-06-01", "1980-02-29", "2099-12-31", "", "2030-02-28"},
		{"born on 29 February, leap year", "2027-06-01", "2027-06-01", "1980-02-29", "2099-12-31", "", "2032-02-29"},
		{"asked in the window, issued after it", "2030-02-10", "2030-02-20", "1980-02-17", "2099-12-31", "2030-02-17", "2036-02-17"},
		{"card ends on the day of issue", "2025-10-27", "2025-10-27", "1980-02-17", "2025-10-27", "", "2025-10-27"},
		{"child", "2025-10-27", "2025-10-27", "2025-10-27", "2030-10-27", "", "2030-10-27"},
	} {
		in := mynumber.CertificateValidityInput{
			Asked: day(tt.asked), Issued: day(tt.issued), Birth: day(tt.birth), CardExpiry: day(tt.card), CAEnd: far,
		}
		if tt.renews != "" {
			in.Renews = day(tt.renews)
		}
		got, err := mynumber.AuthenticationCertificateExpiry(in)
		if err != nil || got != day(tt.want) {
			t.Errorf("%s: %v, %v, want %s", tt.name, got, err, tt.want)
		}
	}
}

func TestR12_R13_CertificateRefusals(t *testing.T) {
	good := mynumber.CertificateValidityInput{
		Asked: day("2025-10-27"), Issued: day("2025-10-27"), Birth: day("1980-02-17"),
		CardExpiry: day("2035-02-17"), CAEnd: day("2033-10-19"),
	}
	for name, tt := range map[string]struct {
		spoil func(*mynumber.CertificateValidityInput)
		want  error
	}{
		"no asking":         {func(in *mynumber.CertificateValidityInput) { in.Asked = mynumber.Date{} }, mynumber.ErrDates},
		"no issue":          {func(in *mynumber.CertificateValidityInput) { in.Issued = mynumber.Date{} }, mynumber.ErrDates},
		"no birth":          {func(in *mynumber.CertificateValidityInput) { in.Birth = mynumber.Date{} }, mynumber.ErrDates},
		"no card":           {func(in *mynumber.CertificateValidityInput) { in.CardExpiry = mynumber.Date{} }, mynumber.ErrDates},
		"no CA":             {func(in *mynumber.CertificateValidityInput) { in.CAEnd = mynumber.Date{} }, mynumber.ErrDates},
		"renews nonsense":   {func(in *mynumber.CertificateValidityInput) { in.Renews = mynumber.Date{Day: 1} }, mynumber.ErrDates},
		"issued before":     {func(in *mynumber.CertificateValidityInput) { in.Issued = day("2025-10-26") }, mynumber.ErrDates},
		"asked before born": {func(in *mynumber.CertificateValidityInput) { in.Birth = day("2025-10-28") }, mynumber.ErrDates},
		"card over":         {func(in *mynumber.CertificateValidityInput) { in.CardExpiry = day("2025-10-26") }, mynumber.ErrCarrierOver},
		"CA over":           {func(in *mynumber.CertificateValidityInput) { in.CAEnd = day("2025-10-26") }, mynumber.ErrCarrierOver},
	} {
		in := good
		tt.spoil(&in)
		if got, err := mynumber.AuthenticationCertificateExpiry(in); !errors.Is(err, tt.want) || !got.IsZero() {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if got, err := mynumber.SignatureCertificateExpiry(in, mynumber.Date{}, false); !errors.Is(err, tt.want) || !got.IsZero() {
			t.Errorf("signature, %s: %v, %v", name, got, err)
		}
	}
}

func TestR13_C13_SignatureCertificate(t *testing.T) {
	in := mynumber.CertificateValidityInput{
		Asked: day("2025-10-27"), Issued: day("2025-10-27"), Birth: day("1980-02-17"),
		CardExpiry: day("2035-02-17"), CAEnd: day("2033-10-19"),
	}
	for _, tt := range []struct {
		name    string
		birth   string
		auth    string
		pinless bool
		want    string
		err     error
	}{
		{"with no authentication certificate", "1980-02-17", "", false, "2030-02-17", nil},
		{"never beyond the authentication certificate", "1980-02-17", "2028-02-17", false, "2028-02-17", nil},
		{"authentication certificate lasts longer", "1980-02-17", "2031-02-17", false, "2030-02-17", nil},
		{"authentication certificate ends today", "1980-02-17", "2025-10-27", false, "2025-10-27", nil},
		{"authentication certificate is over", "1980-02-17", "2025-10-26", false, "", mynumber.ErrCarrierOver},
		{"PIN-less", "1980-02-17", "", true, "", mynumber.ErrPinless},
		{"15 today", "2010-10-27", "", false, "2030-10-27", nil},
		{"15 tomorrow", "2010-10-28", "", false, "", mynumber.ErrUnder15},
		{"15 yesterday", "2010-10-26", "", false, "2030-10-26", nil},
		{"newborn", "2025-10-27", "", false, "", mynumber.ErrUnder15},
	} {
		in.Birth = day(tt.birth)
		var auth mynumber.Date
		if tt.auth != "" {
			auth = day(tt.auth)
		}
		got, err := mynumber.SignatureCertificateExpiry(in, auth, tt.pinless)
		if !errors.Is(err, tt.err) || err == nil && got != day(tt.want) || err != nil && !got.IsZero() {
			t.Errorf("%s: %v, %v", tt.name, got, err)
		}
	}
	if _, err := mynumber.SignatureCertificateExpiry(mynumber.CertificateValidityInput{
		Asked: day("2025-10-27"), Issued: day("2025-10-27"), Birth: day("1980-02-17"),
		CardExpiry: day("2035-02-17"), CAEnd: day("2033-10-19"),
	}, mynumber.Date{Year: 2030, Month: 2, Day: 31}, false); !errors.Is(err, mynumber.ErrDates) {
		t.Errorf("an end that does not exist: %v", err)
	}
	leap := day("2008-02-29")
	for on, want := range map[string]bool{"2023-02-27": false, "2023-02-28": true, "2023-03-01": true} {
		if mynumber.MaySignatureCertificate(leap, day(on), false) != want || mynumber.MaySignatureCertificate(leap, day(on), true) {
			t.Errorf("born 29 February on %s", on)
		}
	}
}

func TestR16_CAGenerations(t *testing.T) {
	for _, tt := range []struct {
		on     string
		number int
		starts string
		ends   string
	}{
		{"2015-10-20", 1, "2015-10-20", "2025-10-19"},
		{"2019-10-19", 1, "2015-10-20", "2025-10-19"},
		{"2019-10-20", 2, "2019-10-20", "2029-10-19"},
		{"2023-10-19", 2, "2019-10-20", "2029-10-19"},
		{"2023-10-20", 3, "2023-10-20", "2033-10-19"},
		{"2027-10-19", 3, "2023-10-20", "2033-10-19"},
		{"2027-10-20", 4, "2027-10-20", "2037-10-19"},
	} {
		g, ok := mynumber.CAGenerationFor(day(tt.on))
		if !ok || g.Number != tt.number || g.Starts != day(tt.starts) || g.Ends != day(tt.ends) {
			t.Errorf("%s: %+v", tt.on, g)
		}
		if mynumber.CAGenerationEnd(g.Starts) != g.Ends || mynumber.CAGenerationSucceeded(g.Starts) != g.Starts.AddMonths(48) {
			t.Errorf("%s: end or successor", tt.on)
		}
	}
	if _, ok := mynumber.CAGenerationFor(day("2015-10-19")); ok {
		t.Error("a generation before the first")
	}
	if _, ok := mynumber.CAGenerationFor(mynumber.Date{}); ok {
		t.Error("a generation of no day")
	}
	if got := mynumber.CAGenerationEnd(day("2024-02-29")); got != day("2034-02-27") {
		t.Errorf("started on 29 February, ends %v", got)
	}
}

func TestC15_NoticeDates(t *testing.T) {
	for _, tt := range []struct{ expiry, first, second string }{
		{"2030-02-17", "2029-11-17", "2030-01-17"},
		{"2030-05-31", "2030-02-28", "2030-04-30"},
		{"2030-03-31", "2029-12-31", "2030-02-28"},
		{"2032-03-31", "2031-12-31", "2032-02-29"},
	} {
		if a, b := mynumber.NoticeDates(day(tt.expiry)); a != day(tt.first) || b != day(tt.second) {
			t.Errorf("end %s: %v, %v", tt.expiry, a, b)
		}
	}
}

// All of together on random lives.
func TestR10_R11_R12_R13_R14_R15_R16_Properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accepted := anyDay(t, "accepted", 2016, 2090)
		issued := accepted.AddDays(rapid.IntRange(0, 60).Draw(t, "days in production"))
		birth := accepted.AddDays(-rapid.IntRange(0, 110*365).Draw(t, "days old"))
		in := mynumber.CardValidityInput{
			Accepted: accepted, Issued: issued, Birth: birth,
			Residence: rapid.SampledFrom(mynumber.Residences()).Draw(t, "residence"),
		}
		unbound := in
		unbound.Residence = mynumber.Japanese
		if in.Residence.StayBound() {
			in.StayUntil = issued.AddDays(rapid.IntRange(0, 5000).Draw(t, "stay"))
			in.ExtensionPending = rapid.Bool().Draw(t, "pending")
		}
		if rapid.Bool().Draw(t, "renewal") {
			in.Renews = accepted.AddDays(rapid.IntRange(-100, 200).Draw(t, "old end"))
			unbound.Renews = in.Renews
		}
		end, err := mynumber.CardExpiry(in)
		if err != nil {
			t.Fatal(err)
		}
		free, err := mynumber.CardExpiry(unbound)
		if err != nil {
			t.Fatal(err)
		}
		if end.After(free) || end.Before(issued) || !free.After(issued) || free.After(issued.AddMonths(12*11)) {
			t.Fatalf("%+v ends %v, without the stay %v", in, end, free)
		}
		if in.Residence.StayBound() {
			latest := in.StayUntil
			if in.ExtensionPending {
				latest = latest.AddMonths(2)
			}
			if end != free && end != latest || end.After(latest) {
				t.Fatalf("%+v ends %v", in, end)
			}
		} else if end != free || mynumber.Birthday(birth, end.Year) != end {
			t.Fatalf("%+v ends %v, not on a birthday", in, end)
		}

		ca, ok := mynumber.CAGenerationFor(issued)
		if !ok || issued.Before(ca.Starts) || !issued.Before(mynumber.CAGenerationSucceeded(ca.Starts)) {
			t.Fatalf("%v is issued by %+v", issued, ca)
		}
		cert := mynumber.CertificateValidityInput{
			Asked: accepted, Issued: issued, Birth: birth, CardExpiry: end, CAEnd: ca.Ends, Renews: in.Renews,
		}
		auth, err := mynumber.AuthenticationCertificateExpiry(cert)
		if err != nil {
			t.Fatal(err)
		}
		if auth.After(end) || auth.Before(issued) || auth.After(issued.AddMonths(72)) {
			t.Fatalf("%+v ends %v", cert, auth)
		}
		if auth == ca.Ends && auth != end && mynumber.Birthday(birth, auth.Year) != auth {
			t.Fatalf("the CA cut a certificate of the regular rhythm: %+v", cert)
		}
		pinless := rapid.Bool().Draw(t, "PIN-less")
		sign, err := mynumber.SignatureCertificateExpiry(cert, auth, pinless)
		if (err == nil) != mynumber.MaySignatureCertificate(birth, issued, pinless) {
			t.Fatalf("signature certificate: %v", err)
		}
		if err == nil && (sign.After(auth) || mynumber.AgeOn(birth, issued) < 15 || pinless) {
			t.Fatalf("signature ends %v, authentication %v", sign, auth)
		}

		// Asking a day later never makes the renewal window close and open again.
		first, second := mynumber.NoticeDates(end)
		if !first.Before(second) || !second.Before(end) || first != mynumber.RenewalOpens(end) {
			t.Fatalf("end %v is told on %v and %v", end, first, second)
		}
	})
}

func FuzzParseResidence(f *testing.F) {
	for _, r := range mynumber.Residences() {
		f.Add(string(r))
	}
	f.Add("Japanese")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := mynumber.ParseResidence(s); err == nil && (string(r) != s || !r.Valid()) {
			t.Fatalf("accepted %q", s)
		}
	})
}
