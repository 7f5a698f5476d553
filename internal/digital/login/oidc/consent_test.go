package oidc_test

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/journal"
)

// The holder is asked by name of the party and of each attribute; a consent is
// remembered for the person and the client, and asked for again for more.
// Shows: CIT-20
func TestConsent_AskedOnceForEachPersonAndClient(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		cert := h.Issue(t, validationtest.Order{})
		asked := func(r *rp, person, scope string, extra ...string) answer {
			c := h.browser()
			v := r.query(scope)
			for _, e := range extra {
				k, value, _ := strings.Cut(e, "=")
				v.Set(k, value)
			}
			id := h.ask(c, v)
			cert := cert
			if person != "per_1" {
				cert = h.Issue(t, validationtest.Order{Person: person})
			}
			a := h.get(c, h.mustAnswer(id, h.card(id, cert)))
			if a.status == 200 {
				h.post(c, "/login/"+id+"/consent", url.Values{"answer": {"allow"}})
			}
			return a
		}
		other := h.client("RP2", "http://localhost:9200/cb", nil)
		page := asked(h.shop, "per_1", "openid name birthdate")
		for _, part := range []string{"店 RP00000001", "http://localhost:9000", "氏名", hanako.Name, "生年月日", "1980年2月17日"} {
			if !strings.Contains(page.body, part) {
				t.Errorf("the consent page lacks %q", part)
			}
		}
		if strings.Contains(page.body, hanako.Address) {
			t.Error("the page shows what was not asked for")
		}
		for _, c := range []struct {
			rp            *rp
			person, scope string
			extra         []string
			want          int
		}{
			{h.shop, "per_1", "openid name birthdate", nil, 303},
			{h.shop, "per_1", "openid name", nil, 303},
			{h.shop, "per_1", "openid name", []string{"prompt=consent"}, 200},
			{h.shop, "per_1", "openid name address", nil, 200},
			{h.shop, "per_1", "openid name address birthdate", nil, 303},
			{other, "per_1", "openid name", nil, 200},
			{h.shop, "per_2", "openid name", nil, 200},
		} {
			if a := asked(c.rp, c.person, c.scope, c.extra...); a.status != c.want {
				t.Errorf("%s %s %s %v: %d, want %d", c.rp.id, c.person, c.scope, c.extra, a.status, c.want)
			}
		}
		acts := h.acts("per_1")
		if n := len(slices.DeleteFunc(slices.Clone(acts), func(a string) bool { return a != oidc.ActConsentGiven })); n != 3 {
			t.Errorf("%d consents in the journal: %v", n, acts)
		}
	})
}

// Cancelling sends the browser back with access_denied, from each page.
func TestConsent_Cancel(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	for _, answered := range []bool{false, true} {
		c := h.browser()
		id := h.ask(c, h.shop.query("openid name"))
		var a answer
		if answered {
			h.mustAnswer(id, h.card(id, cert))
			a = h.post(c, "/login/"+id+"/consent", url.Values{"answer": {"cancel"}})
		} else {
			a = h.post(c, "/login/"+id+"/cancel", url.Values{})
		}
		q := a.to.Query()
		if a.status != 303 || q.Get("error") != "access_denied" || !strings.HasPrefix(q.Get("error_description"), oidc.Cancelled.Code()+" ") ||
			q.Get("state") != "a;state" || q.Get("iss") != h.Issuer() || q.Has("code") {
			t.Errorf("answered %v: %d %v", answered, a.status, a.to)
		}
	}
	if strings.Contains(h.dump(), hanako.Name) {
		t.Error("what the card said is kept after the holder cancelled")
	}
	c := h.browser()
	id := h.ask(c, h.shop.query("openid"))
	h.mustAnswer(id, h.card(id, cert))
	for _, form := range []url.Values{{}, {"answer": {"yes"}}, {"answer": {"allow"}, "x": {"1"}}} {
		if a := h.post(c, "/login/"+id+"/consent", form); a.status != 400 {
			t.Errorf("%v: %d", form, a.status)
		}
	}
	next, err := h.Cancel(context.Background(), id, "temporarily_unavailable", "a \"description\"\n")
	if err != nil {
		t.Fatal(err)
	}
	if q := h.get(c, next).to.Query(); q.Get("error") != "temporarily_unavailable" || q.Get("error_description") != "a description" {
		t.Errorf("%v", q)
	}
}

// The holder sees their consents after showing a card, withdraws one, and what was
// granted is void at once; another holder's are not shown.
func TestConsents_ListAndWithdraw(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		cert := h.Issue(t, validationtest.Order{})
		h.client("RP2", "http://localhost:9200/cb", nil).tokens(cert, "openid")
		tokens := h.shop.tokens(cert, "openid name address")
		c := h.browser()
		if a := h.get(c, "/consents"); a.status != 200 || strings.Contains(a.body, "RP2") {
			t.Fatalf("without a card: %d", a.status)
		}
		if a := h.post(c, "/consents/withdraw", url.Values{"client": {"RP2"}}); a.status != 403 || !strings.Contains(a.body, oidc.NoVisit.Code()) {
			t.Fatalf("without a card: %d", a.status)
		}
		h.visit(c, h.Issue(t, validationtest.Order{Person: "per_2"}))
		if a := h.get(c, "/consents"); strings.Contains(a.body, "RP2") {
			t.Error("another holder's consents are shown")
		}
		h.visit(c, cert)
		a := h.get(c, "/consents")
		for _, part := range []string{"店 RP00000001", "店 RP2", "住所"} {
			if !strings.Contains(a.body, part) {
				t.Errorf("the list lacks %q", part)
			}
		}
		if a := h.post(c, "/consents/withdraw", url.Values{"client": {h.shop.id}}); a.status != 303 {
			t.Fatal(a.body)
		}
		if a := h.get(c, "/consents"); strings.Contains(a.body, `value="RP00000001"`) {
			t.Error("the list still has it")
		}
		if a := h.post(c, "/consents/withdraw", url.Values{"client": {h.shop.id}}); a.status != 404 {
			t.Errorf("a second time: %d", a.status)
		}
		h.userinfo(tokens["access_token"].(string)).wants(t, "userinfo afterwards", 401, "invalid_token", oidc.BadToken.Code())
		h.shop.refresh(tokens["refresh_token"].(string)).wants(t, "refresh afterwards", 400, "invalid_grant", oidc.BadRefresh.Code())
		if acts := h.acts("per_1"); !slices.Contains(acts, oidc.ActConsentRevoked) || !slices.Contains(acts, oidc.ActReleased) {
			t.Errorf("journal %v", acts)
		}
		b := h.browser()
		id := h.ask(b, h.shop.query("openid name"))
		if a := h.get(b, h.mustAnswer(id, h.card(id, cert))); a.status != 200 {
			t.Errorf("after withdrawal no consent is asked for: %d", a.status)
		}
		h.post(c, "/consents/leave", url.Values{})
		if a := h.get(c, "/consents"); strings.Contains(a.body, "RP2") {
			t.Error("the list is shown after leaving")
		}
	})
}

// The holder sees every use of their card: logins, what was given, signatures, refused
// attempts, and what was made void; in both languages, newest first, and nobody else's.
func TestConsents_HolderSeesEveryUse(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	h.shop.tokens(cert, "openid name")
	c := h.browser()
	id := h.ask(c, h.shop.query("openid"))
	a := h.card(id, cert)
	a.Login.Signature[0] ^= 1
	if _, err := h.Answer(t.Context(), id, a); err == nil {
		t.Fatal("a forged signature was taken")
	}
	code := h.shop.code(h.browser(), cert, "openid")
	h.shop.exchange(code)
	h.shop.exchange(code).wants(t, "a code once more", 400, "invalid_grant", oidc.CodeReused.Code())
	other := h.browser()
	h.visit(other, h.Issue(t, validationtest.Order{Person: "per_2"}))
	if page := h.get(other, "/consents?lang=en").body; strings.Contains(page, "gave it information") || !strings.Contains(page, "Where your card was used") {
		t.Error("another holder's uses are shown")
	}
	h.visit(c, cert)
	for lang, want := range map[string][]string{
		"ja": {"カードを使った記録", "サービスに渡した許可を無効にしました", "サービスにログインし、情報を提供しました", "ログインを断りました", login.BadSignature.Code(), "サービスへの情報の提供に同意しました", "店 RP00000001"},
		"en": {"Where your card was used", "What had been granted to a service was made void", "Logged in at a service and gave it information", "was refused", login.BadSignature.Code(), "Consented to giving a service information", "店 RP00000001"},
	} {
		page := h.get(c, "/consents?lang="+lang).body
		_, uses, _ := strings.Cut(page, want[0])
		at := -1
		for _, part := range want[1:] {
			i := strings.Index(uses, part)
			if i < 0 || part != "店 RP00000001" && i < at {
				t.Errorf("%s: no %q behind the one before it", lang, part)
			}
			if part != "店 RP00000001" {
				at = i
			}
		}
	}
	if holders := h.get(h.browser(), "/consents").body; strings.Contains(holders, "カードを使った記録</h2>") {
		t.Error("uses are shown to who has shown no card")
	}
}

// Only the last thirty are shown, however many there were and whatever other offices
// wrote in between.
func TestConsents_LastUses(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	h.shop.tokens(cert, "openid")
	for n := range 250 {
		err := h.db.Tx(t.Context(), func(tx *db.Tx) error {
			office, name := "cards", "別の記録"
			if n%8 == 0 {
				office, name = "login", "店 RP00000001"
			}
			_, err := journal.Write(t.Context(), tx, journal.Entry{At: h.Clock.Now(), Actor: journal.Actor{Kind: journal.System, ID: "test"}, Office: office,
				Act: oidc.ActReleased, Subject: "per_1", Details: map[string]string{"client": "RP00000001", "name": name, "claims": "openid"}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	c := h.browser()
	h.visit(c, cert)
	page := h.get(c, "/consents").body
	if n := strings.Count(page, `<span class="date">`); n != 30 || strings.Contains(page, "別の記録") {
		t.Errorf("%d are shown, other offices' among them: %v", n, strings.Contains(page, "別の記録"))
	}
}

// visit shows a card for the list of consents.
func (h *house) visit(c *http.Client, cert *x509.Certificate) {
	h.t.Helper()
	a := h.post(c, "/consents/login", url.Values{})
	id, ok := strings.CutPrefix(a.to.Path, "/login/")
	if a.status != 303 || !ok {
		h.t.Fatalf("%d %v %s", a.status, a.to, a.body)
	}
	if a := h.get(c, h.mustAnswer(id, h.card(id, cert))); a.status != 303 || a.to.Path != "/consents" {
		h.t.Fatalf("%d %v", a.status, a.to)
	}
}
