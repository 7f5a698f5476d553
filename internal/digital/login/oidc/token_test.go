package oidc_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
)

func (h *house) token(f url.Values) answer {
	h.t.Helper()
	return h.post(h.browser(), connect+"token", f)
}

func (h *house) pass(d time.Duration) {
	h.t.Helper()
	if err := h.party.Advance(d); err != nil {
		h.t.Fatal(err)
	}
}

// Assertions that real clients send: both algorithms, with and without kid, aud as
// string and list, a day's life, exp as digits.
func TestAssertion_WhatClientsSend(t *testing.T) {
	h := small(t)
	now := h.party.Now()
	token := h.server.URL + connect + "token"
	for name, r := range map[string]*rp{
		"ES256":                {key: rpEC(), kid: "one", alg: jose.ES256},
		"ES256 without kid":    {key: rpEC(), alg: jose.ES256},
		"RS256":                {key: rpRSA(), kid: "two", alg: jose.RS256},
		"RS256 without kid":    {key: rpRSA(), alg: jose.RS256},
		"aud as list":          {key: rpEC(), alg: jose.ES256, claims: map[string]any{"aud": []string{token}}},
		"aud the issuer":       {key: rpEC(), alg: jose.ES256, claims: map[string]any{"aud": h.Issuer()}},
		"aud among others":     {key: rpEC(), alg: jose.ES256, claims: map[string]any{"aud": []string{"https://other.example", token}}},
		"exp as digits, a day": {key: rpRSA(), alg: jose.RS256, claims: map[string]any{"exp": digits(now.Add(24 * time.Hour)), "iat": nil}},
		"exp with a fraction":  {key: rpEC(), alg: jose.ES256, claims: map[string]any{"exp": float64(now.Unix()) + 30.5}},
		"five seconds":         {key: rpEC(), alg: jose.ES256, claims: map[string]any{"exp": now.Add(5 * time.Second).Unix()}},
	} {
		t.Run(name, func(t *testing.T) {
			r.h, r.id = h, h.shop.id
			if a := h.token(r.form("client_credentials")); a.status != 200 {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

func digits(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// Every refusal of an assertion by its number, in the mode where it is one.
func TestAssertion_EachRefusal(t *testing.T) {
	strict := true
	h := small(t)
	h.client("strict", "http://localhost:9300/cb", func(c *oidc.Client) { c.Strict = &strict })
	now := h.party.Now()
	token := h.server.URL + connect + "token"
	type claims = map[string]any
	for name, c := range map[string]struct {
		rp     *rp
		want   *fault.Kind
		strict bool // in strict mode alone
	}{
		"another key":         {&rp{key: theirs(), alg: jose.ES256}, oidc.WrongAssertionKey, false},
		"key under wrong kid": {&rp{key: rpEC(), kid: "two", alg: jose.ES256}, oidc.WrongAssertionKey, false},
		"PS256":               {&rp{key: rpRSA(), alg: jose.PS256}, oidc.BadAssertion, false},
		"iss":                 {&rp{claims: claims{"iss": "other"}}, oidc.BadAssertionClaim, false},
		"no sub":              {&rp{claims: claims{"sub": nil}}, oidc.BadAssertionClaim, false},
		"sub of another":      {&rp{claims: claims{"sub": "strict", "iss": "strict"}}, oidc.BadAssertionClaim, false},
		"no aud":              {&rp{claims: claims{"aud": nil}}, oidc.BadAssertionClaim, false},
		"aud elsewhere":       {&rp{claims: claims{"aud": "https://other.example/token"}}, oidc.BadAssertionClaim, false},
		"aud with a slash":    {&rp{claims: claims{"aud": h.Issuer() + "/"}}, oidc.BadAssertionClaim, false},
		"aud of numbers":      {&rp{claims: claims{"aud": []int{1}}}, oidc.BadAssertion, false},
		"no jti":              {&rp{claims: claims{"jti": nil}}, oidc.BadAssertionClaim, false},
		"jti of 256":          {&rp{claims: claims{"jti": strings.Repeat("j", 256)}}, oidc.BadAssertionClaim, false},
		"no exp":              {&rp{claims: claims{"exp": nil}}, oidc.BadAssertionClaim, false},
		"exp a word":          {&rp{claims: claims{"exp": "tomorrow"}}, oidc.BadAssertionClaim, false},
		"exp negative":        {&rp{claims: claims{"exp": -1}}, oidc.BadAssertionClaim, false},
		"expired":             {&rp{claims: claims{"exp": now.Unix()}}, oidc.AssertionTime, false},
		"two days":            {&rp{claims: claims{"exp": now.Add(48 * time.Hour).Unix()}}, oidc.AssertionTime, false},
		"nbf ahead":           {&rp{claims: claims{"nbf": now.Add(time.Minute).Unix()}}, oidc.AssertionTime, false},
		"iat ahead":           {&rp{claims: claims{"iat": now.Add(time.Minute).Unix()}}, oidc.AssertionTime, false},
		"iat out of range":    {&rp{claims: claims{"iat": 1e300}}, oidc.AssertionTime, false},
		"no iat":              {&rp{claims: claims{"iat": nil}}, oidc.AssertionTime, true},
		"61 seconds":          {&rp{claims: claims{"exp": now.Add(61 * time.Second).Unix()}}, oidc.AssertionTime, true},
		"old iat":             {&rp{claims: claims{"iat": now.Add(-11 * time.Second).Unix()}}, oidc.AssertionTime, true},
		"exp as digits":       {&rp{claims: claims{"exp": digits(now.Add(50 * time.Second))}}, oidc.BadAssertionClaim, true},
		"two audiences":       {&rp{claims: claims{"aud": []string{token, h.Issuer()}}}, oidc.BadAssertionClaim, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, id := range []string{h.shop.id, "strict"} {
				r := *c.rp
				r.h, r.id = h, id
				if r.key == nil {
					r.key, r.kid, r.alg = rpEC(), "one", jose.ES256
				}
				if name == "sub of another" && id == "strict" {
					continue
				}
				a := h.token(r.form("client_credentials"))
				if c.strict && id != "strict" {
					if a.status != 200 {
						t.Errorf("refused in lenient mode: %s", a.body)
					}
					continue
				}
				a.wants(t, id, 401, "invalid_client", c.want.Code())
			}
		})
	}
	plain := h.shop.form("client_credentials")
	for name, c := range map[string]struct {
		change func(url.Values)
		want   *fault.Kind
	}{
		"none at all":  {func(v url.Values) { v.Del("client_assertion") }, oidc.NoAssertion},
		"another type": {func(v url.Values) { v.Set("client_assertion_type", "x") }, oidc.NoAssertion},
		"a secret":     {func(v url.Values) { v.Set("client_secret", "x") }, oidc.NoAssertion},
		"no JWT":       {func(v url.Values) { v.Set("client_assertion", "x") }, oidc.BadAssertion},
		"alg none":     {func(v url.Values) { v.Set("client_assertion", "eyJhbGciOiJub25lIn0.e30.") }, oidc.BadAssertion},
		"HS256":        {func(v url.Values) { v.Set("client_assertion", hmacAssertion(h.shop.id)) }, oidc.BadAssertion},
		"huge":         {func(v url.Values) { v.Set("client_assertion", strings.Repeat("x", 9000)) }, oidc.BadAssertion},
		"unknown client": {func(v url.Values) {
			v.Set("client_assertion", (&rp{h: h, id: "nobody", key: rpEC(), alg: jose.ES256}).assertion())
			v.Del("client_id")
		}, oidc.UnknownClient},
		"cut off":           {func(v url.Values) { v.Set("client_assertion", v.Get("client_assertion")[:100]) }, oidc.BadAssertion},
		"signature changed": {func(v url.Values) { s := v.Get("client_assertion"); v.Set("client_assertion", s[:len(s)-8]+"AAAAAAAA") }, oidc.WrongAssertionKey},
	} {
		f := url.Values{}
		for k, v := range plain {
			f[k] = append([]string(nil), v...)
		}
		c.change(f)
		h.token(f).wants(t, name, 401, "invalid_client", c.want.Code())
	}
}

var theirs = sync.OnceValue(func() crypto.Signer {
	return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
})

// An assertion serves once, however many come at the same time.
func TestAssertion_ServesOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		f := h.shop.form("client_credentials")
		var wait sync.WaitGroup
		got := make(chan answer, 8)
		for range 8 {
			wait.Go(func() { got <- h.token(f) })
		}
		wait.Wait()
		close(got)
		done := 0
		for a := range got {
			if a.status == 200 {
				done++
			} else {
				a.wants(t, "again", 401, "invalid_client", oidc.AssertionReplayed.Code())
			}
		}
		if done != 1 {
			t.Errorf("%d of 8 were accepted", done)
		}
	})
}

// Every refusal of a code by its number.
func TestCode_EachRefusal(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	other := h.client("RP2", "http://localhost:9200/cb", nil)
	form := func(r *rp, code string) url.Values {
		f := r.form("authorization_code")
		f.Set("code", code)
		f.Set("redirect_uri", h.shop.redirect)
		f.Set("code_verifier", verifier)
		return f
	}
	for name, c := range map[string]struct {
		rp      *rp
		change  func(url.Values)
		pass    time.Duration
		code    string
		want    *fault.Kind
		survive bool // the owner's code still serves
	}{
		"no code":               {h.shop, func(v url.Values) { v.Del("code") }, 0, "invalid_request", oidc.BadTokenRequest, true},
		"unknown":               {h.shop, func(v url.Values) { v.Set("code", "x") }, 0, "invalid_grant", oidc.BadCode, true},
		"of another client":     {other, func(url.Values) {}, 0, "invalid_grant", oidc.CodeOfAnother, true},
		"after 60 seconds":      {h.shop, func(url.Values) {}, 60 * time.Second, "invalid_grant", oidc.BadCode, false},
		"another redirect_uri":  {h.shop, func(v url.Values) { v.Set("redirect_uri", "http://localhost:9000/") }, 0, "invalid_grant", oidc.CodeOfAnother, false},
		"no redirect_uri":       {h.shop, func(v url.Values) { v.Del("redirect_uri") }, 0, "invalid_grant", oidc.CodeOfAnother, false},
		"no verifier":           {h.shop, func(v url.Values) { v.Del("code_verifier") }, 0, "invalid_grant", oidc.BadVerifier, false},
		"wrong verifier":        {h.shop, func(v url.Values) { v.Set("code_verifier", verifier+"x") }, 0, "invalid_grant", oidc.BadVerifier, false},
		"challenge as verifier": {h.shop, func(v url.Values) { v.Set("code_verifier", challengeOf(verifier)) }, 0, "invalid_grant", oidc.BadVerifier, false},
		"field twice":           {h.shop, func(v url.Values) { v.Add("code", "x") }, 0, "invalid_request", oidc.BadTokenRequest, true},
		"no grant_type":         {h.shop, func(v url.Values) { v.Del("grant_type") }, 0, "invalid_request", oidc.BadTokenRequest, true},
		"password":              {h.shop, func(v url.Values) { v.Set("grant_type", "password") }, 0, "unsupported_grant_type", oidc.BadGrantType, true},
	} {
		t.Run(name, func(t *testing.T) {
			code := h.shop.code(h.browser(), cert, "openid")
			h.pass(c.pass)
			f := form(c.rp, code)
			c.change(f)
			h.token(f).wants(t, name, 400, c.code, c.want.Code())
			if a := h.shop.exchange(code); (a.status == 200) != c.survive {
				t.Errorf("afterwards the owner gets %d %s", a.status, a.body)
			}
		})
	}
	t.Run("form", func(t *testing.T) {
		r := must(http.NewRequest("POST", h.server.URL+connect+"token", strings.NewReader("{}")))
		r.Header.Set("Content-Type", "application/json")
		h.do(h.browser(), r).wants(t, "JSON", 400, "invalid_request", oidc.BadTokenRequest.Code())
		h.post(h.browser(), connect+"token?code=x", url.Values{}).wants(t, "query", 400, "invalid_request", oidc.BadTokenRequest.Code())
		h.post(h.browser(), connect+"token", url.Values{"x": {strings.Repeat("x", 40000)}}).wants(t, "huge", 400, "invalid_request", oidc.BadTokenRequest.Code())
	})
}

// A code that comes twice ends what it gave, and the holder can read it in their
// journal.
func TestCode_ReplayRevokes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		cert := h.Issue(t, validationtest.Order{})
		code := h.shop.code(h.browser(), cert, "openid name")
		first := h.shop.exchange(code).json(t)
		if a := h.userinfo(first["access_token"].(string)); a.status != 200 {
			t.Fatal(a.body)
		}
		h.shop.exchange(code).wants(t, "again", 400, "invalid_grant", oidc.CodeReused.Code())
		h.userinfo(first["access_token"].(string)).wants(t, "token of the first time", 401, "invalid_token", oidc.BadToken.Code())
		h.shop.refresh(first["refresh_token"].(string)).wants(t, "its refresh token", 400, "invalid_grant", oidc.BadRefresh.Code())
		if acts := h.acts("per_1"); acts[0] != oidc.ActGrantRevoked {
			t.Errorf("journal %v", acts)
		}
	})
}

func (r *rp) refresh(token string) answer {
	r.h.t.Helper()
	f := r.form("refresh_token")
	f.Set("refresh_token", token)
	return r.h.token(f)
}

// acts lists what a person's journal has of the login office, newest first.
func (h *house) acts(person string) (out []string) {
	h.t.Helper()
	err := h.db.View(context.Background(), func(tx *db.Tx) error {
		es, err := journal.OfPerson(context.Background(), tx, person, 0, 1000)
		out = nil
		for _, e := range es {
			if e.Office == "login" {
				out = append(out, e.Act)
			}
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// Of many exchanges of one code at once at most one succeeds.
func TestCode_ServesOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		cert := h.Issue(t, validationtest.Order{})
		code := h.shop.code(h.browser(), cert, "openid")
		forms := make(chan url.Values, 6)
		for range 6 {
			f := h.shop.form("authorization_code")
			f.Set("code", code)
			f.Set("redirect_uri", h.shop.redirect)
			f.Set("code_verifier", verifier)
			forms <- f
		}
		close(forms)
		var wait sync.WaitGroup
		got := make(chan int, 6)
		for f := range forms {
			wait.Go(func() { got <- h.token(f).status })
		}
		wait.Wait()
		close(got)
		done := 0
		for s := range got {
			if s == 200 {
				done++
			}
		}
		if done != 1 {
			t.Errorf("%d of 6 were accepted", done)
		}
	})
}

// Refresh tokens are exchanged at each use; an old one that comes back ends all.
func TestRefresh_RotatesAndDetectsReuse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		cert := h.Issue(t, validationtest.Order{})
		first := h.shop.tokens(cert, "openid name")
		second := h.shop.refresh(first["refresh_token"].(string)).json(t)
		if second["refresh_token"] == first["refresh_token"] || second["session_state"] != first["session_state"] || second["scope"] != "openid name" {
			t.Fatalf("%v", second)
		}
		if a := h.userinfo(second["access_token"].(string)); a.status != 200 || a.json(t)["name"] != hanako.Name {
			t.Errorf("%d %s", a.status, a.body)
		}
		other := h.client("RP2", "http://localhost:9200/cb", nil)
		other.refresh(second["refresh_token"].(string)).wants(t, "another client", 400, "invalid_grant", oidc.BadRefresh.Code())
		h.shop.refresh(first["refresh_token"].(string)).wants(t, "the old one", 400, "invalid_grant", oidc.RefreshReused.Code())
		h.shop.refresh(second["refresh_token"].(string)).wants(t, "the newest after that", 400, "invalid_grant", oidc.BadRefresh.Code())
		h.userinfo(second["access_token"].(string)).wants(t, "its access token", 401, "invalid_token", oidc.BadToken.Code())
	})
}

func TestRefresh_EndsWithTime(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	tokens := h.shop.tokens(cert, "openid")
	h.pass(30*time.Minute - time.Second)
	second := h.shop.refresh(tokens["refresh_token"].(string)).json(t)
	h.pass(30 * time.Minute)
	h.shop.refresh(second["refresh_token"].(string)).wants(t, "after half an hour", 400, "invalid_grant", oidc.BadRefresh.Code())
	h.shop.refresh("").wants(t, "none", 400, "invalid_request", oidc.BadTokenRequest.Code())
}

// Every refusal of an access token.
func TestUserinfo_EachRefusal(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	tokens := h.shop.tokens(cert, "openid name")
	access := tokens["access_token"].(string)
	ask := func(method string, header ...string) answer {
		r := must(http.NewRequest(method, h.server.URL+connect+"userinfo", nil))
		for _, v := range header {
			r.Header.Add("Authorization", v)
		}
		return h.do(h.browser(), r)
	}
	if a := ask("POST", "bearer "+access); a.status != 200 {
		t.Errorf("POST: %d %s", a.status, a.body)
	}
	own := h.token(h.shop.form("client_credentials")).json(t)["access_token"].(string)
	for name, c := range map[string]struct {
		header []string
		status int
		code   string
		want   *fault.Kind
	}{
		"nothing":            {nil, 401, "invalid_token", oidc.NoToken},
		"Basic":              {[]string{"Basic eDp5"}, 401, "invalid_token", oidc.NoToken},
		"two":                {[]string{"Bearer " + access, "Bearer " + access}, 401, "invalid_token", oidc.NoToken},
		"noise":              {[]string{"Bearer x"}, 401, "invalid_token", oidc.BadToken},
		"huge":               {[]string{"Bearer " + strings.Repeat("x", 5000)}, 401, "invalid_token", oidc.BadToken},
		"ID token":           {[]string{"Bearer " + tokens["id_token"].(string)}, 401, "invalid_token", oidc.BadToken},
		"refresh token":      {[]string{"Bearer " + tokens["refresh_token"].(string)}, 401, "invalid_token", oidc.BadToken},
		"changed":            {[]string{"Bearer " + access[:len(access)-4] + "AAAA"}, 401, "invalid_token", oidc.BadToken},
		"unsigned":           {[]string{"Bearer eyJhbGciOiJub25lIn0." + strings.Split(access, ".")[1] + "."}, 401, "invalid_token", oidc.BadToken},
		"client credentials": {[]string{"Bearer " + own}, 403, "insufficient_scope", oidc.NarrowToken},
	} {
		a := ask("GET", c.header...)
		a.wants(t, name, c.status, c.code, c.want.Code())
		if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer realm=") {
			t.Errorf("%s: WWW-Authenticate %q", name, a.header.Get("WWW-Authenticate"))
		}
	}
	if a := h.get(h.browser(), connect+"userinfo?access_token="+access); a.status != 401 {
		t.Errorf("token in the address: %d", a.status)
	}
	h.pass(5 * time.Minute)
	ask("GET", "Bearer "+access).wants(t, "after five minutes", 401, "invalid_token", oidc.BadToken.Code())
}
