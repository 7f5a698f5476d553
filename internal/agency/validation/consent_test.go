package validation_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

func seeded(t testing.TB) entropy.Source { return entropy.Seeded(t.Name()) }

// Consent is signed by the holder, dated, seen and revocable; what is answered is
// what changed since the certificate, of the consented fields alone.
// Shows: CIT-28, CIT-29, CIT-30, CIT-31, CIT-32, P-52
func TestP52_LatestAttributesUnderConsent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		id, other := r.accredit(t, all...), r.accredit(t, all...)
		q := question2(id)
		cert := r.Issue(t, validationtest.Order{Kind: sig, Person: "per_5"})
		r.live("per_5", nil)
		c := r.consent(t, q, cert)
		for _, words := range []string{"銀行", id, "氏名、住所", "届出住所の更新", "守秘義務", c.Nonce} {
			if !strings.Contains(c.Text, words) {
				t.Errorf("the text lacks %q", words)
			}
		}
		if strings.Contains(c.Text, "生年月日") {
			t.Error("the text names a field that was not asked for")
		}
		got, err := r.Latest(ctx, q, c.ID)
		if err != nil || len(got) != 2 || got[0].Changed || got[1].Changed || got[1].Value != "" {
			t.Fatalf("%+v, %v", got, err)
		}
		// A move revokes the certificate; the question is for exactly this.
		r.live("per_5", func(a *mynumber.Attributes) {
			a.Address, a.BirthDate = "東京都中央区築地１丁目１番１号", mynumber.Date{Year: 1980, Month: 2, Day: 18}
		})
		r.revoke(serial(cert), mynumber.AffiliationChanged)
		got, err = r.Latest(ctx, q, c.ID)
		if err != nil || len(got) != 2 || got[0].Changed || !got[1].Changed || got[1].Value != "東京都中央区築地１丁目１番１号" {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := r.Latest(ctx, question2(other), c.ID); !validation.NoConsent.Is(err) {
			t.Errorf("another verifier: %v", err)
		}
		if done, refused := r.entries(t, "per_5", validation.ActAttributesAsked); done != 2 || refused != 0 {
			t.Errorf("the holder sees %d and %d questions", done, refused)
		}
		if cs, err := r.ConsentsOf(ctx, "per_5"); err != nil || len(cs) != 1 || cs[0].ID != c.ID || len(cs[0].Fields) != 2 || !cs[0].Made.Equal(c.Made) || !strings.Contains(c.Text, cs[0].Recipient) || cs[0].Recipient == "" {
			t.Errorf("%+v, %v", cs, err)
		}
		for by, want := range map[journal.Actor]*fault.Kind{
			{Kind: journal.Holder, ID: "per_6"}:     validation.NotYours,
			{Kind: journal.Staff, ID: operator.ID}:  validation.NotYours,
			{Kind: journal.RelyingParty, ID: other}: validation.NoConsent,
		} {
			if _, err := r.WithdrawConsent(ctx, by, c.ID); !want.Is(err) {
				t.Errorf("%+v: %v", by, err)
			}
		}
		for range 2 {
			if c, err := r.WithdrawConsent(ctx, journal.Actor{Kind: journal.Holder, ID: "per_5"}, c.ID); err != nil || c.EndedAt.IsZero() {
				t.Fatal(err)
			}
		}
		if _, err := r.Latest(ctx, q, c.ID); !validation.ConsentOver.Is(err) {
			t.Errorf("withdrawn: %v", err)
		}
		if done, _ := r.entries(t, "per_5", validation.ActConsentEnded); done != 1 {
			t.Errorf("%d withdrawals", done)
		}
		if _, refused := r.entries(t, "per_5", validation.ActAttributesAsked); refused != 1 {
			t.Errorf("the holder sees %d refused questions", refused)
		}
	})
}

// Shows: CIT-31, CRT-20, P-52
func TestP52_ConsentEnds(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		change func(r room)
		want   *fault.Kind
	}{
		"last day":         {func(r room) { r.advance(t, 365*24*time.Hour) }, nil},
		"day after":        {func(r room) { r.advance(t, 366*24*time.Hour) }, validation.ConsentOver},
		"death":            {func(r room) { r.Person("per_1", func(p *registry.Person) { p.Standing = registry.Dead }) }, validation.ConsentOver},
		"card returned":    {func(r room) { r.endCard("card-of-per_1", cards.EndReturn) }, validation.ConsentOver},
		"card renewed":     {func(r room) { r.endCard("card-of-per_1", cards.EndRenewal) }, nil},
		"certificate gone": {func(r room) { r.suspendCard("card-of-per_1") }, nil},
	} {
		r := small(t)
		q := question2(r.accredit(t, all...))
		cert := r.Issue(t, validationtest.Order{Kind: sig})
		r.live("per_1", nil)
		consent := r.consent(t, q, cert)
		c.change(r)
		_, err := r.Latest(ctx, q, consent.ID)
		if c.want == nil && err != nil || c.want != nil && !c.want.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is wrong with a consent is told apart.
// Shows: CRT-57, CIT-28
func TestCRT57_RefusedConsents(t *testing.T) {
	ctx, r := context.Background(), small(t)
	q := question2(r.accredit(t, all...))
	cert := r.Issue(t, validationtest.Order{Kind: sig})
	login := r.Issue(t, validationtest.Order{})
	terms := r.terms(t)
	text, err := r.ConsentText(ctx, q, terms)
	if err != nil {
		t.Fatal(err)
	}
	try := func(name string, want *fault.Kind, terms validation.Terms, signature []byte) {
		t.Helper()
		if _, err := r.Consent(ctx, q, terms, signature); !want.Is(err) {
			t.Errorf("%s: %v, want %s", name, err, want.Code())
		}
	}
	good := signed(t, validationtest.HolderKey, cert, text)
	wider := terms
	wider.Fields = append([]validation.Field(nil), validation.FieldName, validation.FieldAddress, validation.FieldSex)
	try("other terms", validation.ConsentBadSignature, wider, good)
	try("no signature", validation.Malformed, terms, nil)
	try("no CMS", validation.ConsentBadSignature, terms, []byte("x"))
	try("authentication", validation.ConsentWrongAuthority, terms, signed(t, validationtest.HolderKey, login, text))
	for _, c := range []struct {
		change func(c *authority.Certificate)
		want   *fault.Kind
	}{
		{func(c *authority.Certificate) { c.State, c.HeldAt = authority.OnHold, r.Clock.Now() }, validation.ConsentSuspended},
		{func(c *authority.Certificate) { c.State, c.EndedAt = authority.Revoked, r.Clock.Now() }, validation.ConsentRevoked},
		{func(c *authority.Certificate) { c.State = authority.Issued }, validation.ConsentUnknown},
		{func(c *authority.Certificate) { c.State = authority.Dropped }, validation.ConsentUnknown},
		{func(c *authority.Certificate) { c.State, c.DER = authority.Active, []byte{1} }, validation.ConsentUnknown},
	} {
		r.Certificate(serial(cert), c.change)
		try("state", c.want, terms, good)
	}
	r.Certificate(serial(cert), func(c *authority.Certificate) { c.DER = cert.Raw })
	for name, change := range map[string]func(*validation.Terms){
		"no fields":     func(t *validation.Terms) { t.Fields = nil },
		"order":         func(t *validation.Terms) { t.Fields = []validation.Field{validation.FieldSex, validation.FieldName} },
		"twice":         func(t *validation.Terms) { t.Fields = []validation.Field{validation.FieldName, validation.FieldName} },
		"other":         func(t *validation.Terms) { t.Fields = []validation.Field{"number"} },
		"two lines":     func(t *validation.Terms) { t.Purpose = "a\n期間：" },
		"too long":      func(t *validation.Terms) { t.To = t.From.AddDays(6 * 366) },
		"backwards":     func(t *validation.Terms) { t.To = t.From.AddDays(-1) },
		"nonce":         func(t *validation.Terms) { t.Nonce = "AB" },
		"onward in one": func(t *validation.Terms) { t.Onward = []string{"a、b"} },
	} {
		bad := terms
		change(&bad)
		try(name, validation.Malformed, bad, good)
	}
	r.advance(t, 25*time.Hour)
	try("too late", validation.ConsentStale, terms, good)
}
