package oidc_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/vault"
	"kado/internal/platform/web"
	"kado/mynumber"
	"kado/reader/files"
)

// Only the browser that began a login goes on with it: nobody finishes the login that
// somebody else began, whoever brought the card.
// Shows: P-42
func TestInteraction_BoundToItsBrowser(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	attacker, victim := h.browser(), h.browser()
	id := h.ask(attacker, h.shop.query("openid"))
	h.ask(victim, h.shop.query("openid")) // it has a cookie of its own
	next := h.mustAnswer(id, h.card(id, cert))
	for name, a := range map[string]answer{
		"ways":      h.get(victim, "/login/"+id),
		"next":      h.get(victim, next),
		"consent":   h.post(victim, "/login/"+id+"/consent", url.Values{"answer": {"allow"}}),
		"cancel":    h.post(victim, "/login/"+id+"/cancel", url.Values{}),
		"no cookie": h.get(h.browser(), next),
	} {
		if a.status != 403 || !strings.Contains(a.body, oidc.OtherBrowser.Code()) {
			t.Errorf("%s: %d %v", name, a.status, a.to)
		}
	}
	r := must(http.NewRequest("GET", h.server.URL+"/", nil))
	if err := h.Bound(r, id); !oidc.OtherBrowser.Is(err) {
		t.Errorf("Bound: %v", err)
	}
	if v := h.back(attacker, next); v.Get("code") == "" {
		t.Errorf("the browser that began: %v", v)
	}
}

// A form of another site is refused by the shell's protection.
func TestInteraction_ConsentFromAnotherSite(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	c := h.browser()
	id := h.ask(c, h.shop.query("openid"))
	h.mustAnswer(id, h.card(id, cert))
	for _, path := range []string{"/login/" + id + "/consent", "/login/" + id + "/cancel", "/consents/login", "/consents/withdraw", "/consents/verifiers/withdraw", "/clients"} {
		r := must(http.NewRequest("POST", h.server.URL+path, strings.NewReader("answer=allow")))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://evil.example")
		if a := h.do(c, r); a.status != 403 || !strings.Contains(a.body, "KADO-1601") {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// Cookies are out of scripts' reach, are not sent by forms of other sites, and over TLS
// have the prefix that binds them to this host.
func TestInteraction_Cookies(t *testing.T) {
	for _, secure := range []bool{false, true} {
		h := small(t, func(d *oidc.Deps) { d.Secure = secure })
		a := h.authorize(h.browser(), h.shop.query("openid"))
		got := a.header.Get("Set-Cookie")
		for part, want := range map[string]bool{"HttpOnly": true, "SameSite=Lax": true, "Path=/": true, "Secure": secure, "__Host-": secure, "Domain": false} {
			if strings.Contains(got, part) != want {
				t.Errorf("secure %v: %q: %s", secure, got, part)
			}
		}
	}
}

// Pages stand in no frame, and forms end at the relying party only.
func TestPages_Headers(t *testing.T) {
	h := small(t)
	c := h.browser()
	a := h.get(c, "/login/"+h.ask(c, h.shop.query("openid")))
	policy := a.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "form-action 'self' http://localhost:9000") ||
		a.header.Get("X-Frame-Options") != "DENY" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", a.header)
	}
	cert := h.Issue(t, validationtest.Order{})
	id := h.ask(c, h.shop.query("openid"))
	next := h.mustAnswer(id, h.card(id, cert))
	h.get(c, next)
	if back := h.post(c, "/login/"+id+"/consent", url.Values{"answer": {"allow"}}); back.header.Get("Referrer-Policy") != "no-referrer" || back.header.Get("Cache-Control") != "no-store" {
		t.Errorf("on the way back: %v", back.header)
	}
}

// An interaction gives one code, and none after its time.
func TestInteraction_EndsOnce(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	c := h.browser()
	id := h.ask(c, h.shop.query("openid"))
	a := h.card(id, cert)
	next := h.mustAnswer(id, a)
	if _, err := h.Answer(context.Background(), id, a); !oidc.NoInteraction.Is(err) {
		t.Errorf("a second answer: %v", err)
	}
	h.back(c, next)
	for _, again := range []answer{h.get(c, next), h.post(c, "/login/"+id+"/consent", url.Values{"answer": {"allow"}}), h.post(c, "/login/"+id+"/cancel", url.Values{})} {
		if again.status != 409 || !strings.Contains(again.body, oidc.NoInteraction.Code()) {
			t.Errorf("again: %d %v", again.status, again.to)
		}
	}
	if _, err := h.Cancel(context.Background(), id, "access_denied", ""); !oidc.NoInteraction.Is(err) {
		t.Errorf("cancelled afterwards: %v", err)
	}
	late := h.ask(c, h.shop.query("openid"))
	h.pass(10 * time.Minute)
	if _, err := h.Interaction(context.Background(), late); !oidc.NoInteraction.Is(err) {
		t.Errorf("after ten minutes: %v", err)
	}
	if a := h.get(c, "/login/"+late); a.status != 409 {
		t.Errorf("its page: %d", a.status)
	}
	if _, err := h.Interaction(context.Background(), "int_none"); !oidc.NoInteraction.Is(err) {
		t.Errorf("none: %v", err)
	}
}

// What a card answers wrongly can be mended with a new challenge, ten times; a stopped
// card ends the login with access_denied and the number of the reason.
// Shows: CRT-57, R-41
func TestAnswer_EachRefusal(t *testing.T) {
	for name, c := range map[string]struct {
		want   *fault.Kind
		ends   bool
		scope  string
		change func(h *house, serial string, a *oidc.Answer)
	}{
		"challenge of another":  {login.NoChallenge, false, "openid", func(h *house, _ string, a *oidc.Answer) { a.Login.Challenge = "chl_x" }},
		"signature changed":     {login.BadSignature, false, "openid", func(_ *house, _ string, a *oidc.Answer) { a.Login.Signature[9] ^= 1 }},
		"signature for another": {login.BadSignature, false, "openid", func(h *house, _ string, a *oidc.Answer) { a.Login.Signature = signed(h.t, []byte("x")) }},
		"no certificate":        {login.WrongCertificate, false, "openid", func(_ *house, _ string, a *oidc.Answer) { a.Login.Certificate = nil }},
		"no attributes":         {oidc.NoAttributes, false, "openid name", func(_ *house, _ string, a *oidc.Answer) { a.Attributes = nil }},
		"record forged": {vault.BadProof, false, "openid name", func(h *house, _ string, a *oidc.Answer) {
			h.prove(a, "per_1", hanako)
			other := hanako
			other.BirthDate.Day = 18
			a.Attributes.Record = must(files.Attributes(other))
		}},
		"record unreadable":    {oidc.BadRecord, false, "openid name", func(h *house, _ string, a *oidc.Answer) { h.prove(a, "per_1", hanako); a.Attributes.Record[0] ^= 1 }},
		"record without proof": {vault.UnfitProof, false, "openid name", func(h *house, _ string, a *oidc.Answer) { h.prove(a, "per_1", hanako); a.Attributes.Sealed = nil }},
		"proof without record": {oidc.BadRecord, false, "openid name", func(h *house, _ string, a *oidc.Answer) { h.prove(a, "per_1", hanako); a.Attributes.Record = nil }},
		"proof of another login": {vault.OtherOccasion, false, "openid name", func(h *house, _ string, a *oidc.Answer) {
			before := oidc.Answer{Login: login.Response{Challenge: "chl_before"}}
			h.prove(&before, "per_1", hanako)
			a.Attributes = before.Attributes
		}},
		// Two people may share name, address, day of birth and sex.
		"record of a namesake": {oidc.OtherHolder, true, "openid name", func(h *house, _ string, a *oidc.Answer) {
			h.Person("per_1", func(p *registry.Person) { p.Attributes = hanako })
			h.prove(a, "per_1", hanako)
			h.prove(a, "per_namesake", hanako)
		}},
		"number changed since": {vault.FormerNumber, false, "openid name", func(h *house, _ string, a *oidc.Answer) {
			h.prove(a, "per_1", hanako)
			if err := h.vault.Replace(context.Background(), nil, "per_1", "misuse", journal.Actor{Kind: journal.Staff, ID: "s-1"}); err != nil {
				h.t.Fatal(err)
			}
		}},
		"attributes of another card": {oidc.OtherHolder, true, "openid name", func(_ *house, _ string, a *oidc.Answer) { a.Attributes.Card = "another-card" }},
		"suspended": {login.Suspended, true, "openid", func(h *house, _ string, a *oidc.Answer) {
			h.Card("card-of-per_1", func(c *cards.Card) { c.State, c.SuspendedAt = cards.Suspended, h.Clock.Now() })
		}},
		"revoked": {login.Revoked, true, "openid", func(h *house, serial string, _ *oidc.Answer) {
			h.Certificate(serial, func(c *authority.Certificate) { c.State, c.EndedAt = authority.Revoked, h.Clock.Now() })
		}},
		"unknown": {login.StatusUnknown, true, "openid", func(h *house, serial string, _ *oidc.Answer) { h.Forget(serial) }},
	} {
		t.Run(name, func(t *testing.T) {
			h := small(t)
			cert := h.Issue(t, validationtest.Order{})
			serial := cert.SerialNumber.Text(16)
			b := h.browser()
			id := h.ask(b, h.shop.query(c.scope))
			a := h.card(id, cert)
			c.change(h, serial, &a)
			next, err := h.Answer(context.Background(), id, a)
			if c.ends {
				if err != nil {
					t.Fatal(err)
				}
				q := h.get(b, next).to.Query()
				if q.Get("error") != "access_denied" || !strings.HasPrefix(q.Get("error_description"), c.want.Code()+" ") || q.Get("state") != "a;state" {
					t.Errorf("sent back with %v", q)
				}
				return
			}
			if !c.want.Is(err) {
				t.Fatalf("%v, want %s", err, c.want.Code())
			}
			// The same holder tries again and succeeds.
			if v := h.back(b, h.mustAnswer(id, h.card(id, cert))); v.Get("code") == "" {
				t.Errorf("the second try: %v", v)
			}
		})
	}
	t.Run("ten times", func(t *testing.T) {
		h := small(t)
		cert := h.Issue(t, validationtest.Order{})
		b := h.browser()
		id := h.ask(b, h.shop.query("openid"))
		for n := 1; n <= 10; n++ {
			a := h.card(id, cert)
			a.Login.Signature = nil
			next, err := h.Answer(context.Background(), id, a)
			if (err == nil) != (n == 10) {
				t.Fatalf("%d: %v", n, err)
			}
			if n == 10 {
				if q := h.get(b, next).to.Query(); q.Get("error") != "access_denied" || !strings.HasPrefix(q.Get("error_description"), oidc.TooManyTries.Code()) {
					t.Errorf("%v", q)
				}
			}
		}
	})
}

// A record with the municipality's signature is believed for what it says, not for what
// whoever read it says, and whatever the register says by now: whose it is tells the
// number, which nobody but the vault sees. The holder reads of a check.
// Shows: CHP-38, P-54
func TestAnswer_RecordIsBelieved(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	married := hanako
	married.Name, married.Address, married.BirthDate.Day = "架空　花子", "東京都中央区築地１丁目１番１号", 18
	h.Person("per_1", func(p *registry.Person) { p.Attributes = married })
	b := h.browser()
	id := h.ask(b, h.shop.query("openid name address"))
	a := h.card(id, cert)
	h.prove(&a, "per_1", hanako)
	a.Attributes.Attributes = mynumber.Attributes{Name: "偽　者", Address: "？"}
	a.Attributes.Card = "card-of-per_1"
	code := h.back(b, h.mustAnswer(id, a)).Get("code")
	got := h.userinfo(h.shop.exchange(code).json(t)["access_token"].(string)).json(t)
	if got["name"] != hanako.Name || got["address"] != hanako.Address {
		t.Errorf("%v", got)
	}
	checks := 0
	err := h.db.View(context.Background(), func(tx *db.Tx) error {
		all, err := journal.Recent(context.Background(), tx, 0, 1000)
		for _, e := range all {
			if e.Act == vault.Compared && e.Subject == "per_1" && e.Outcome == journal.Done && e.Actor.Kind == journal.RelyingParty {
				checks++
			}
		}
		return err
	})
	if err != nil || checks != 1 {
		t.Errorf("%d checks in the journal, %v", checks, err)
	}
}

// Outside a sandbox nobody vouches for what a card said, and no way consents for the
// holder.
func TestAnswer_ProductionBelievesNobody(t *testing.T) {
	h := small(t, func(d *oidc.Deps) { d.Sandbox = false })
	cert := h.Issue(t, validationtest.Order{})
	b := h.browser()
	id := h.ask(b, h.shop.query("openid name"))
	if _, err := h.Answer(context.Background(), id, h.card(id, cert)); !oidc.BadRecord.Is(err) {
		t.Errorf("without a proof: %v", err)
	}
	id = h.ask(b, h.shop.query("openid"))
	a := h.card(id, cert)
	a.Consented = true
	if page := h.get(b, h.mustAnswer(id, a)); page.status != 200 {
		t.Errorf("no consent page: %d", page.status)
	}
	for _, path := range []string{"/clients", "/api/clients"} {
		if got := h.get(b, path); got.status != 404 {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if _, err := oidc.New(oidc.Deps{Base: "https://x.example", OpenClients: true}); err == nil {
		t.Error("open clients in production")
	}
	for _, base := range []string{"", "x", "ftp://x", "http://x/", "http://x/y", "http://u@x"} {
		if _, err := oidc.New(oidc.Deps{Base: base, Sandbox: true}); err == nil {
			t.Errorf("base %q was taken", base)
		}
	}
}

// Two relying parties that put together all they ever got find nothing that both
// have: the ids differ, and nothing else of the person or the card is there.
// Shows: P-51, OPS-21
func TestP51_TwoPartiesFindNothingInCommon(t *testing.T) {
	h := small(t)
	bank := h.client("RP2", "http://localhost:9200/cb", nil)
	first, second := map[string]bool{}, map[string]bool{}
	var serials []string
	for _, person := range []string{"per_1", "per_2", "per_3"} {
		cert := h.Issue(t, validationtest.Order{Person: person, Card: mynumber.CardID("card-of-" + person)})
		serials = append(serials, cert.SerialNumber.Text(16), cert.SerialNumber.String())
		for r, all := range map[*rp]map[string]bool{h.shop: first, bank: second} {
			for range 2 {
				tokens := r.tokens(cert, "openid")
				for _, v := range everything(t, tokens, h.userinfo(tokens["access_token"].(string)).json(t)) {
					all[v] = true
				}
			}
		}
	}
	// What is the same for every holder, and so tells nobody apart.
	common := map[string]bool{h.Issuer(): true, "Bearer": true, "openid": true, "aal3": true, "hwk": true, "pin": true, "JWT": true, "ES256": true, "RS256": true}
	for v := range first {
		if second[v] && !common[v] && !isKeyOrNumber(v) && v != "n;1" {
			t.Errorf("both have %q", v)
		}
		for _, s := range append(serials, "per_1", "per_2", "per_3", "card-of") {
			if strings.Contains(v, s) {
				t.Errorf("%q holds %s", v, s)
			}
		}
	}
}

// everything lists every value in an answer, that of tokens inside and out.
func everything(t *testing.T, answers ...map[string]any) (out []string) {
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, one := range v {
				walk(one)
			}
		case []any:
			for _, one := range v {
				walk(one)
			}
		case string:
			out = append(out, v)
			if parts := strings.Split(v, "."); len(parts) == 3 {
				for _, part := range parts[:2] {
					raw, err := base64.RawURLEncoding.DecodeString(part)
					if err != nil {
						continue
					}
					var inner map[string]any
					if json.Unmarshal(raw, &inner) == nil {
						walk(inner)
					}
				}
			}
		}
	}
	for _, a := range answers {
		walk(a)
	}
	return out
}

// isKeyOrNumber tells the ids of the provider's keys, which everybody sees.
func isKeyOrNumber(v string) bool { return len(v) == 43 && !strings.ContainsAny(v, ". ") }

// The id stays over a renewal and a reissue of the card.
// Shows: CRT-17
func TestSubject_SurvivesRenewalAndReissue(t *testing.T) {
	h := small(t)
	first := h.Issue(t, validationtest.Order{})
	sub := h.subject(h.shop.tokens(first, "openid"))
	renewed := h.Issue(t, validationtest.Order{Previous: first.SerialNumber.Text(16)})
	reissued := h.Issue(t, validationtest.Order{Previous: renewed.SerialNumber.Text(16), Card: "second-card"})
	h.Card("card-of-per_1", func(c *cards.Card) { c.State = cards.Abolished })
	if got := h.subject(h.shop.tokens(reissued, "openid")); got != sub {
		t.Errorf("after two replacements %s, before %s", got, sub)
	}
	other := h.Issue(t, validationtest.Order{Person: "per_2", Card: "third-card"})
	if got := h.subject(h.shop.tokens(other, "openid")); got == sub {
		t.Error("two people have one id")
	}
}

func (h *house) subject(tokens map[string]any) string {
	h.t.Helper()
	return h.userinfo(tokens["access_token"].(string)).json(h.t)["sub"].(string)
}

// No code, token, cookie or assertion lies in the database as it is; attributes are gone
// once the grant has ended.
func TestStore_HoldsNoSecret(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		cert := h.Issue(t, validationtest.Order{})
		c := h.browser()
		code := h.shop.code(c, cert, "openid name address")
		tokens := h.shop.exchange(code).json(t)
		secrets := []string{code, tokens["refresh_token"].(string), tokens["access_token"].(string), tokens["id_token"].(string)}
		for _, cookie := range c.Jar.Cookies(mustURL(h.server.URL)) {
			secrets = append(secrets, cookie.Value)
		}
		content := h.dump()
		for _, s := range secrets {
			if strings.Contains(content, s) {
				t.Errorf("the database holds %s…", s[:8])
			}
		}
		if !strings.Contains(content, hanako.Address) {
			t.Fatal("the grant's attributes are not where they are looked for")
		}
		h.shop.exchange(code) // revokes
		if strings.Contains(h.dump(), hanako.Address) {
			t.Error("attributes of an ended grant are kept")
		}
	})
}

// dump is all that the provider's tables hold.
func (h *house) dump() string {
	h.t.Helper()
	var out strings.Builder
	err := h.db.View(context.Background(), func(tx *db.Tx) error {
		out.Reset()
		for _, table := range []string{"client", "interaction", "grant", "refresh", "assertion", "consent", "signing", "visit", "pushed"} {
			rows, err := tx.Query(context.Background(), `SELECT * FROM login_oidc_`+table)
			if err != nil {
				return err
			}
			names, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				values := make([]sql.NullString, len(names))
				dest := make([]any, len(names))
				for i := range values {
					dest[i] = &values[i]
				}
				if err := rows.Scan(dest...); err != nil {
					return err
				}
				for _, v := range values {
					out.WriteString(v.String + "\n")
				}
			}
			if err := rows.Err(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return out.String()
}

// After a rotation new tokens are signed by new keys; what the old ones signed is
// still good, and both are in the key set until the next rotation.
func TestKeys_Rotate(t *testing.T) {
	h := small(t, func(d *oidc.Deps) { d.Keys = fresh() })
	cert := h.Issue(t, validationtest.Order{})
	old := h.shop.tokens(cert, "openid")
	if err := h.Rotate(context.Background()); err != nil {
		t.Fatal(err)
	}
	now := h.shop.tokens(cert, "openid")
	set := h.get(h.browser(), connect+"certs").body
	for _, name := range []string{"id_token", "access_token"} {
		a, b := kidOf(old[name].(string)), kidOf(now[name].(string))
		if a == b || !strings.Contains(set, a) || !strings.Contains(set, b) {
			t.Errorf("%s: %s then %s", name, a, b)
		}
	}
	if a := h.userinfo(old["access_token"].(string)); a.status != 200 {
		t.Errorf("an older access token: %d %s", a.status, a.body)
	}
	if err := h.Rotate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if a := h.userinfo(old["access_token"].(string)); a.status != 401 {
		t.Errorf("two rotations later: %d", a.status)
	}
}

func kidOf(token string) string {
	var head struct {
		KeyID string `json:"kid"`
	}
	if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])), &head); err != nil {
		panic(err)
	}
	return head.KeyID
}

// A second process verifies tokens that the first one signed with keys made since.
func TestKeys_OfAnotherProcess(t *testing.T) {
	keys := fresh()
	h := small(t, func(d *oidc.Deps) { d.Keys = keys })
	cert := h.Issue(t, validationtest.Order{})
	h.shop.tokens(cert, "openid")
	other, err := oidc.New(oidc.Deps{DB: h.db, Clock: h.Clock, PartyClock: h.party, Entropy: entropy.Seeded("other"), Keys: keys, Login: h.login, Base: h.server.URL, Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Rotate(context.Background()); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	shell, err := web.New(web.Options{Clock: h.Clock})
	if err != nil {
		t.Fatal(err)
	}
	other.Mount(shell, mux)
	f := h.shop.form("client_credentials")
	r := httptest.NewRequest("POST", connect+"token", strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	token := answer{status: w.Code, body: w.Body.String()}.json(t)["access_token"].(string)
	h.userinfo(token).wants(t, "a client's token by the other's new key", 403, "insufficient_scope", oidc.NarrowToken.Code())
}
