package mynumber_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/mynumber"
)

func TestR30_C20_Fees(t *testing.T) {
	const std, fast = mynumber.StandardTrack, mynumber.ExpressTrack
	for _, tt := range []struct {
		on     string
		track  mynumber.Track
		reason mynumber.IssueReason
		certs  bool
		yen    int
		err    error
	}{
		{"2016-01-01", std, mynumber.FirstIssue, true, 0, nil},
		{"2015-12-31", std, mynumber.FirstIssue, true, 0, mynumber.ErrFee}, // no cards yet
		{"2015-12-31", std, mynumber.LostByHolder, true, 0, mynumber.ErrFee},
		{"2016-01-01", std, mynumber.LostByHolder, false, 800, nil},
		{"2016-01-01", std, mynumber.LostByHolder, true, 1000, nil},
		{"2026-04-01", std, mynumber.LostByHolder, true, 1000, nil},
		{"2026-04-01", std, mynumber.Damaged, true, 1000, nil},
		{"2026-04-01", std, mynumber.OutOfFunction, false, 800, nil},
		{"2026-04-01", std, mynumber.ReturnedOnce, true, 1000, nil},
		{"2026-04-01", std, mynumber.NumberChanged, true, 1000, nil},
		{"2026-04-01", std, mynumber.HolderWish, true, 1000, nil}, // C-17
		{"2026-04-01", std, mynumber.Renewed, true, 0, nil},
		{"2026-04-01", std, mynumber.NoteFieldFull, true, 0, nil},
		{"2026-04-01", std, mynumber.OfficeFault, true, 0, nil},
		{"2024-12-01", fast, mynumber.LostByHolder, true, 0, mynumber.ErrFee}, // a day before the track
		{"2024-12-01", fast, mynumber.FirstIssue, true, 0, mynumber.ErrFee},
		{"2024-12-02", fast, mynumber.LostByHolder, true, 2000, nil},
		{"2024-12-02", fast, mynumber.LostByHolder, false, 1800, nil},
		{"2024-12-02", std, mynumber.LostByHolder, true, 1000, nil},
		{"2026-04-01", fast, mynumber.FirstIssue, true, 0, nil},
		{"2026-04-01", fast, mynumber.NoteFieldFull, true, 0, nil},
		{"2026-04-01", fast, mynumber.OfficeFault, false, 0, nil},
		{"2026-04-01", fast, mynumber.Renewed, true, 0, mynumber.ErrNoExpress},
		{"2026-04-01", fast, mynumber.HolderWish, true, 0, mynumber.ErrNoExpress},
		{"2026-04-01", fast, mynumber.ReturnedOnce, true, 0, mynumber.ErrNoExpress},
		{"2026-04-01", "slow", mynumber.FirstIssue, true, 0, mynumber.ErrFee},
		{"2026-04-01", std, "gift", true, 0, mynumber.ErrFee},
		{"2026-04-01", "", "", true, 0, mynumber.ErrFee},
	} {
		yen, err := mynumber.Fee(day(tt.on), tt.track, tt.reason, tt.certs)
		if yen != tt.yen || !errors.Is(err, tt.err) {
			t.Errorf("%s %s %s certificates=%v: %d, %v; want %d", tt.on, tt.track, tt.reason, tt.certs, yen, err, tt.yen)
		}
	}
	if !mynumber.HolderWish.Valid() || mynumber.IssueReason("gift").Valid() {
		t.Error("Valid of a reason")
	}
	if _, err := mynumber.Fee(mynumber.Date{}, std, mynumber.FirstIssue, true); !errors.Is(err, mynumber.ErrFee) {
		t.Errorf("on no day: %v", err)
	}
}

func TestC18_ExpressTrack(t *testing.T) {
	for _, tt := range []struct {
		ground    mynumber.ExpressGround
		event, on string
		want      bool
	}{
		{mynumber.GroundLost, "2025-03-01", "2025-02-28", false},
		{mynumber.GroundLost, "2025-03-01", "2025-03-01", true},
		{mynumber.GroundLost, "2025-03-01", "2025-03-31", true}, // 30 days
		{mynumber.GroundLost, "2025-03-01", "2025-04-01", false},
		{mynumber.GroundLost, "2024-11-20", "2024-12-01", false}, // before the track
		{mynumber.GroundLost, "2024-11-20", "2024-12-02", true},
		{mynumber.GroundNewborn, "2025-03-01", "2025-03-31", true},
		{mynumber.GroundNewborn, "2025-03-01", "2025-04-01", false},
		{mynumber.GroundFromAbroad, "2025-03-01", "2025-03-02", true},
		{mynumber.GroundNewResident, "2025-03-01", "2025-03-02", true},
		{mynumber.GroundDamaged, "2025-03-01", "2025-03-02", true},
		{mynumber.GroundNoteFieldFull, "2025-03-01", "2025-03-02", true},
		{mynumber.GroundNumberChanged, "2025-03-01", "2025-03-02", true},
		{mynumber.GroundOfficeFault, "2025-03-01", "2025-03-02", true},
		{"wish", "2025-03-01", "2025-03-02", false},
		{"", "2025-03-01", "2025-03-02", false},
	} {
		if got := mynumber.MayExpress(tt.ground, day(tt.event), day(tt.on)); got != tt.want {
			t.Errorf("%s of %s on %s: %v", tt.ground, tt.event, tt.on, got)
		}
	}
	if mynumber.MayExpress(mynumber.GroundLost, mynumber.Date{}, day("2025-03-01")) {
		t.Error("an event on no day is a ground")
	}
}

func TestR31_P37_PhotoLimits(t *testing.T) {
	for n, want := range map[int64]mynumber.PhotoRule{
		-1: mynumber.PhotoTooFewBytes, 0: mynumber.PhotoTooFewBytes, 20479: mynumber.PhotoTooFewBytes, 20480: "",
		20481: "", 7340031: "", 7340032: "", 7340033: mynumber.PhotoTooManyBytes, 1 << 60: mynumber.PhotoTooManyBytes,
	} {
		err := mynumber.CheckPhotoBytes(n)
		var e *mynumber.PhotoError
		if want == "" && err != nil || want != "" && (!errors.As(err, &e) || e.Rule != want || e.Measured != n || e.Limit == 0) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for _, tt := range []struct {
		w, h     int
		want     mynumber.PhotoRule
		measured int64
	}{
		{480, 480, "", 0}, {6000, 6000, "", 0}, {480, 6000, "", 0}, {6000, 480, "", 0},
		{479, 480, mynumber.PhotoTooNarrow, 479}, {480, 479, mynumber.PhotoTooLow, 479},
		{6001, 480, mynumber.PhotoTooWide, 6001}, {480, 6001, mynumber.PhotoTooHigh, 6001},
		{200, 300, mynumber.PhotoTooNarrow, 200}, {0, 0, mynumber.PhotoTooNarrow, 0}, {-480, 480, mynumber.PhotoTooNarrow, -480},
	} {
		err := mynumber.CheckPhotoSides(tt.w, tt.h)
		var e *mynumber.PhotoError
		if tt.want == "" && err != nil || tt.want != "" && (!errors.As(err, &e) || e.Rule != tt.want || e.Measured != tt.measured) {
			t.Errorf("%d by %d: %v", tt.w, tt.h, err)
		}
	}
	if got := mynumber.CheckPhotoSides(200, 300).Error(); got != "mynumber: photo refused: too_narrow: 200, limit 480" {
		t.Errorf("P-37: the refusal names rule and value, and not %q", got)
	}
	for taken, want := range map[string]bool{
		"2025-02-27": false, "2025-02-28": true, "2025-08-31": true, "2025-09-01": false,
	} {
		if mynumber.PhotoRecent(day(taken), day("2025-08-31")) != want {
			t.Errorf("taken %s", taken)
		}
	}
	if mynumber.PhotoRecent(mynumber.Date{}, day("2025-08-31")) {
		t.Error("a photo of no day is recent")
	}
}

func TestR31_C52_InfantsHaveNoPhoto(t *testing.T) {
	for _, tt := range []struct {
		birth, on string
		want      bool
	}{
		{"2024-06-01", "2024-12-01", false}, // a day before the rule
		{"2024-06-01", "2024-12-02", true},
		{"2023-12-02", "2024-12-02", false}, // one today
		{"2023-12-03", "2024-12-02", true},  // one tomorrow
		{"2025-06-01", "2026-05-31", true},
		{"2025-06-01", "2026-06-01", false},
		{"2028-02-29", "2029-02-27", true},
		{"2028-02-29", "2029-02-28", false},
		{"2025-06-01", "2025-06-01", true},
		{"2025-06-02", "2025-06-01", false}, // not born
		{"1980-06-02", "2025-06-01", false},
	} {
		if got := mynumber.NoPhotoForInfant(day(tt.birth), day(tt.on)); got != tt.want {
			t.Errorf("born %s on %s: %v", tt.birth, tt.on, got)
		}
	}
}

func TestR32_PRD44_PRD45_PRD46_PRD47_Documents(t *testing.T) {
	on := day("2025-06-15")
	doc := func(k mynumber.DocumentKind, issued, expires string) mynumber.IdentityDocument {
		d := mynumber.IdentityDocument{Kind: k}
		if issued != "" {
			d.Issued = day(issued)
		}
		if expires != "" {
			d.Expires = day(expires)
		}
		return d
	}
	table := mynumber.DefaultDocuments()
	for _, tt := range []struct {
		name string
		doc  mynumber.IdentityDocument
		on   string
		want error
	}{
		{"licence", doc(mynumber.DrivingLicence, "", "2026-01-01"), "2025-06-15", nil},
		{"licence on its last day", doc(mynumber.DrivingLicence, "", "2025-06-15"), "2025-06-15", nil},
		{"licence a day after", doc(mynumber.DrivingLicence, "", "2025-06-14"), "2025-06-15", mynumber.ErrDocumentExpired},
		{"licence with no end", doc(mynumber.DrivingLicence, "", ""), "2025-06-15", mynumber.ErrDocumentDates},
		{"issued tomorrow", doc(mynumber.DrivingLicence, "2025-06-16", "2026-01-01"), "2025-06-15", mynumber.ErrDocumentDates},
		{"history of 2012-03-31", doc(mynumber.DrivingHistoryCertificate, "2012-03-31", ""), "2025-06-15", mynumber.ErrDocumentTooEarly},
		{"history of 2012-04-01", doc(mynumber.DrivingHistoryCertificate, "2012-04-01", ""), "2025-06-15", nil},
		{"history of no day", doc(mynumber.DrivingHistoryCertificate, "", ""), "2025-06-15", mynumber.ErrDocumentDates},
		{"handbook with no end", doc(mynumber.PhysicalDisabilityHandbook, "", ""), "2025-06-15", nil},
		{"handbook that ended", doc(mynumber.IntellectualHandbook, "", "2020-01-01"), "2025-06-15", mynumber.ErrDocumentExpired},
		{"unknown kind", doc("library_card", "", ""), "2025-06-15", mynumber.ErrDocumentKind},
		{"no kind", doc("", "", ""), "2025-06-15", mynumber.ErrDocumentKind},
		{"old insurance card, last day", doc(mynumber.HealthInsuranceCard, "", ""), "2025-12-01", nil},
		{"old insurance card, a day after", doc(mynumber.HealthInsuranceCard, "", ""), "2025-12-02", mynumber.ErrDocumentKind},
		{"proof of eligibility too early", doc(mynumber.EligibilityProof, "", "2026-07-31"), "2024-12-01", mynumber.ErrDocumentKind},
		{"proof of eligibility", doc(mynumber.EligibilityProof, "", "2026-07-31"), "2024-12-02", nil},
		{"an end that does not exist", mynumber.IdentityDocument{Kind: mynumber.Passport, Expires: mynumber.Date{Year: 2030, Month: 2, Day: 30}}, "2025-06-15", mynumber.ErrDocumentDates},
	} {
		if err := table.Counts(tt.doc, day(tt.on)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	one, ended := doc(mynumber.Passport, "", "2030-01-01"), doc(mynumber.Passport, "", "2025-06-14")
	pension, student := doc(mynumber.PensionBook, "", ""), doc(mynumber.StudentCard, "", "2026-03-31")
	for _, tt := range []struct {
		name string
		docs []mynumber.IdentityDocument
		ok   bool
	}{
		{"none", nil, false},
		{"one of list one", []mynumber.IdentityDocument{one}, true},
		{"one of list one that ended", []mynumber.IdentityDocument{ended}, false},
		{"one of list two", []mynumber.IdentityDocument{pension}, false},
		{"two of list two", []mynumber.IdentityDocument{pension, student}, true},
		{"one paper twice", []mynumber.IdentityDocument{pension, pension}, false},
		{"an ended passport is no list two", []mynumber.IdentityDocument{ended, pension}, false},
		{"one of two that ended", []mynumber.IdentityDocument{pension, doc(mynumber.StudentCard, "", "2025-03-31")}, false},
		{"list one last", []mynumber.IdentityDocument{ended, pension, one}, true},
		{"a history certificate of 2011 and a pension book", []mynumber.IdentityDocument{doc(mynumber.DrivingHistoryCertificate, "2011-01-01", ""), pension}, false},
	} {
		if err := mynumber.SufficientDocuments(tt.docs, on); (err == nil) != tt.ok || err != nil && !errors.Is(err, mynumber.ErrDocuments) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	// Every kind of list one is enough alone, none of list two is.
	count := map[int]int{}
	for kind, rule := range table {
		d := mynumber.IdentityDocument{Kind: kind, Issued: day("2020-01-01"), Expires: day("2030-01-01")}
		if err := table.Counts(d, on); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if (mynumber.SufficientDocuments([]mynumber.IdentityDocument{d}, on) == nil) != (rule.List == 1) {
			t.Errorf("%s alone", kind)
		}
		count[rule.List]++
	}
	if count[1] != 11 || count[2] != 7 {
		t.Errorf("lists of %v", count)
	}
	// A municipality's own list does not change anybody else's.
	own := mynumber.DefaultDocuments()
	own["bus_pass"] = mynumber.DocumentRule{List: 2}
	if own.Sufficient([]mynumber.IdentityDocument{{Kind: "bus_pass"}, pension}, on) != nil ||
		mynumber.SufficientDocuments([]mynumber.IdentityDocument{{Kind: "bus_pass"}, pension}, on) == nil {
		t.Error("the table is shared")
	}
	own["odd"] = mynumber.DocumentRule{List: 3}
	if !errors.Is(own.Counts(mynumber.IdentityDocument{Kind: "odd"}, on), mynumber.ErrDocumentKind) {
		t.Error("a third list")
	}
}

// More papers never make a proof weaker, and their order does not matter.
func TestR32_DocumentsProperties(t *testing.T) {
	kinds := []mynumber.DocumentKind{
		mynumber.DrivingLicence, mynumber.PensionBook, mynumber.StudentCard, mynumber.EmployeeCard,
		mynumber.DrivingHistoryCertificate, mynumber.HealthInsuranceCard, "unknown",
	}
	rapid.Check(t, func(t *rapid.T) {
		on := anyDay(t, "on", 2020, 2030)
		var docs []mynumber.IdentityDocument
		for range rapid.IntRange(0, 4).Draw(t, "papers") {
			docs = append(docs, mynumber.IdentityDocument{
				Kind:    rapid.SampledFrom(kinds).Draw(t, "kind"),
				Issued:  anyDay(t, "issued", 2008, 2025),
				Expires: anyDay(t, "expires", 2018, 2035),
			})
		}
		enough := mynumber.SufficientDocuments(docs, on) == nil
		for i := range docs {
			fewer := append(append([]mynumber.IdentityDocument{}, docs[:i]...), docs[i+1:]...)
			if mynumber.SufficientDocuments(fewer, on) == nil && !enough {
				t.Fatal("another paper spoils the proof")
			}
		}
		turned := append([]mynumber.IdentityDocument{}, docs...)
		for i, j := 0, len(turned)-1; i < j; i, j = i+1, j-1 {
			turned[i], turned[j] = turned[j], turned[i]
		}
		if (mynumber.SufficientDocuments(turned, on) == nil) != enough {
			t.Fatal("the order matters")
		}
	})
}

func TestR40_RevocationReasons(t *testing.T) {
	const sign, auth = mynumber.SignatureCertificate, mynumber.AuthenticationCertificate
	lives := mynumber.RevocationReason(-1)
	for _, tt := range []struct {
		event      mynumber.LifeEvent
		sign, auth mynumber.RevocationReason
	}{
		{mynumber.KeyLeaked, mynumber.KeyCompromise, mynumber.KeyCompromise},
		{mynumber.CAKeyLeaked, mynumber.CACompromise, mynumber.CACompromise},
		{mynumber.AttributesChanged, mynumber.AffiliationChanged, lives},
		{mynumber.CertificateRenewed, mynumber.Superseded, mynumber.Superseded},
		{mynumber.Died, mynumber.CessationOfOperation, mynumber.CessationOfOperation},
		{mynumber.Emigrated, mynumber.CessationOfOperation, mynumber.CessationOfOperation},
		{mynumber.CardReturned, mynumber.CessationOfOperation, mynumber.CessationOfOperation},
		{mynumber.HolderWished, mynumber.CessationOfOperation, mynumber.CessationOfOperation},
		{mynumber.CardVoided, mynumber.CessationOfOperation, mynumber.CessationOfOperation},
		{mynumber.MadePinless, mynumber.CessationOfOperation, lives},
		{mynumber.Suspended, mynumber.CertificateHold, mynumber.CertificateHold},
		{mynumber.Resumed, mynumber.RemoveFromCRL, mynumber.RemoveFromCRL},
		{mynumber.DestroyedBeforeDelivery, mynumber.Unspecified, mynumber.Unspecified},
	} {
		for kind, want := range map[mynumber.CertificateKind]mynumber.RevocationReason{sign: tt.sign, auth: tt.auth} {
			got, ends, err := mynumber.RevocationFor(tt.event, kind)
			if err != nil || ends != (want != lives) || ends && got != want {
				t.Errorf("%s, %s certificate: %v, %v, %v", tt.event, kind, got, ends, err)
			}
		}
	}
	events := mynumber.LifeEvents()
	if len(events) != 13 {
		t.Errorf("%d events", len(events))
	}
	for _, e := range events {
		if _, _, err := mynumber.RevocationFor(e, "stamp"); !errors.Is(err, mynumber.ErrRevocation) {
			t.Errorf("%s of an unknown kind: %v", e, err)
		}
	}
	if _, _, err := mynumber.RevocationFor("married", sign); !errors.Is(err, mynumber.ErrRevocation) {
		t.Error("an unknown event ends a certificate")
	}
}

func TestR40_ReasonNumbersAndNames(t *testing.T) {
	for number, name := range map[int]string{
		0: "unspecified", 1: "keyCompromise", 2: "cACompromise", 3: "affiliationChanged", 4: "superseded",
		5: "cessationOfOperation", 6: "certificateHold", 8: "removeFromCRL",
	} {
		r := mynumber.RevocationReason(number)
		if r.String() != name || !r.Valid() || r.Final() != (number != 6 && number != 8) {
			t.Errorf("%d is %s, final %v", number, r, r.Final())
		}
		if back, err := mynumber.ParseRevocationReason(name); err != nil || back != r {
			t.Errorf("%s is %d, %v", name, back, err)
		}
	}
	for _, bad := range []mynumber.RevocationReason{-1, 7, 9, 10, 1000} { // 7 is unused in RFC 5280
		if bad.Valid() || bad.String() != "" || bad.Final() {
			t.Errorf("%d passes for a reason", int(bad))
		}
	}
	for _, bad := range []string{"", "KeyCompromise", "0", "hold"} {
		if _, err := mynumber.ParseRevocationReason(bad); !errors.Is(err, mynumber.ErrRevocation) {
			t.Errorf("%q accepted", bad)
		}
	}
}

func TestR41_Limits(t *testing.T) {
	if mynumber.StatusWithin != 60*time.Second || mynumber.CRLEvery != 24*time.Hour {
		t.Error("limits of R-41")
	}
}

func TestC23_C28_C53_StartDates(t *testing.T) {
	for got, want := range map[mynumber.Date]string{
		mynumber.CardsFrom: "2016-01-01", mynumber.NumberNoticeFrom: "2020-05-25", mynumber.InsuranceUseFrom: "2021-10-20",
		mynumber.PhoneCertificatesFrom: "2023-05-11", mynumber.PinlessFrom: "2023-12-15",
		mynumber.InsuranceLinkRemovableFrom: "2024-10-28", mynumber.ExpressFrom: "2024-12-02",
	} {
		if got != day(want) {
			t.Errorf("%v, want %s", got, want)
		}
	}
}

func FuzzParseRevocationReason(f *testing.F) {
	for _, s := range []string{"keyCompromise", "removeFromCRL", "KEYCOMPROMISE", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := mynumber.ParseRevocationReason(s); err == nil && r.String() != s {
			t.Fatalf("%q came back as %s", s, r)
		}
	})
}
