package oidc_test

import (
	"maps"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/fault"
)

const parPath = connect + "ext/par/request"

// pushing is a request in order with the client's proof.
func (r *rp) pushing(scope string) url.Values {
	f := r.query(scope)
	maps.Copy(f, r.form(""))
	f.Del("grant_type")
	return f
}

// push hands a request in and returns the request_uri.
func (r *rp) push(scope string) string {
	r.h.t.Helper()
	a := r.h.post(r.h.browser(), parPath, r.pushing(scope))
	if a.status != 201 {
		r.h.t.Fatalf("push: %d %s", a.status, a.body)
	}
	v := a.json(r.h.t)
	uri, _ := v["request_uri"].(string)
	if len(v) != 2 || v["expires_in"] != 60.0 || len(uri) != len("urn:ietf:params:oauth:request_uri:")+43 || a.header.Get("Cache-Control") != "no-store" {
		r.h.t.Fatalf("push: %v %v", v, a.header)
	}
	return uri
}

func named(id, uri string) url.Values {
	return url.Values{"client_id": {id}, "request_uri": {uri}}
}

// From the pushed request to the attributes, in both modes, on both engines; the
// metadata names the endpoint.
func TestPAR_PushedToUserinfo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		yes := true
		strict := h.client("strict", "http://localhost:9300/cb", func(c *oidc.Client) { c.Strict, c.RequirePushed = &yes, true })
		cert := h.Issue(t, validationtest.Order{})
		for _, r := range []*rp{h.shop, strict} {
			b := h.browser()
			id := h.ask(b, named(r.id, r.push("openid name")))
			v := h.back(b, h.mustAnswer(id, h.card(id, cert)))
			if v.Get("state") != "a;state" || v.Get("iss") != h.Issuer() {
				t.Fatalf("%s: sent back with %v", r.id, v)
			}
			tokens := r.exchange(v.Get("code")).json(t)
			if a := h.userinfo(tokens["access_token"].(string)); a.json(t)["name"] != hanako.Name {
				t.Errorf("%s: %s", r.id, a.body)
			}
		}
		meta := h.get(h.browser(), "/api/realms/main/.well-known/openid-configuration").json(t)
		if meta["pushed_authorization_request_endpoint"] != h.server.URL+parPath || meta["require_pushed_authorization_requests"] != false {
			t.Errorf("%v", meta)
		}
	})
}

// Every refusal of the endpoint by its number; the assertion is used up by a refused
// request, too, and nothing of it can be used.
func TestPAR_EachRefusal(t *testing.T) {
	h := small(t)
	yes := true
	h.client("strict", "http://localhost:9000/callback", func(c *oidc.Client) { c.Strict = &yes })
	h.client("third", "http://localhost:9000/callback", nil)
	strict := &rp{h: h, id: "strict", redirect: h.shop.redirect, key: rpEC(), kid: "one", alg: "ES256"}
	set := func(name, value string) func(url.Values) { return func(v url.Values) { v.Set(name, value) } }
	del := func(name string) func(url.Values) { return func(v url.Values) { v.Del(name) } }
	for name, c := range map[string]struct {
		change func(url.Values)
		status int
		code   string
		want   *fault.Kind
		read   bool // the assertion was read, and is used up
	}{
		"no client_id":          {del("client_id"), 401, "invalid_client", oidc.UnknownClient, false},
		"unknown client_id":     {set("client_id", "nobody"), 401, "invalid_client", oidc.UnknownClient, false},
		"client_id of another":  {set("client_id", "third"), 401, "invalid_client", oidc.BadAssertionClaim, false},
		"no assertion":          {del("client_assertion"), 401, "invalid_client", oidc.NoAssertion, false},
		"a secret":              {set("client_secret", "x"), 401, "invalid_client", oidc.NoAssertion, false},
		"forged assertion":      {func(v url.Values) { s := v.Get("client_assertion"); v.Set("client_assertion", s[:len(s)-8]+"AAAAAAAA") }, 401, "invalid_client", oidc.WrongAssertionKey, false},
		"a field twice":         {func(v url.Values) { v.Add("state", "b") }, 400, "invalid_request", oidc.BadTokenRequest, false},
		"huge":                  {set("x", strings.Repeat("x", 40000)), 400, "invalid_request", oidc.BadTokenRequest, false},
		"no redirect_uri":       {del("redirect_uri"), 400, "invalid_request", oidc.BadRedirect, true},
		"another redirect_uri":  {set("redirect_uri", "https://evil.example/"), 400, "invalid_request", oidc.BadRedirect, true},
		"response_type":         {set("response_type", "token"), 400, "unsupported_response_type", oidc.BadResponseType, true},
		"request_uri":           {set("request_uri", "urn:ietf:params:oauth:request_uri:"+strings.Repeat("x", 43)), 400, "request_not_supported", oidc.NoRequestObject, true},
		"request":               {set("request", "a.b.c"), 400, "request_not_supported", oidc.NoRequestObject, true},
		"no state":              {del("state"), 400, "invalid_request", oidc.BadParameter, true},
		"no nonce":              {del("nonce"), 400, "invalid_request", oidc.BadParameter, true},
		"no code_challenge":     {del("code_challenge"), 400, "invalid_request", oidc.BadParameter, true},
		"plain":                 {set("code_challenge_method", "plain"), 400, "invalid_request", oidc.BadParameter, true},
		"fragment":              {set("response_mode", "fragment"), 400, "invalid_request", oidc.BadParameter, true},
		"prompt=none":           {set("prompt", "none"), 400, "login_required", oidc.LoginNeeded, true},
		"unknown scope":         {set("scope", "openid email"), 400, "invalid_scope", oidc.BadScope, true},
		"sign without anything": {set("scope", "openid sign"), 400, "invalid_request", oidc.BadSigning, true},
		"transaction that is not": {func(v url.Values) {
			v.Set("scope", "openid sign")
			v.Set("sign_transaction_id", "00000000-0000-4000-8000-000000000000")
		}, 400, "invalid_request", oidc.BadSigning, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []*rp{h.shop, strict} {
				good := r.pushing("openid name")
				f := url.Values{}
				for k, v := range good {
					f[k] = append([]string(nil), v...)
				}
				c.change(f)
				h.post(h.browser(), parPath, f).wants(t, r.id, c.status, c.code, c.want.Code())
				again := h.post(h.browser(), parPath, good)
				if c.read {
					again.wants(t, r.id+" with the same assertion", 401, "invalid_client", oidc.AssertionReplayed.Code())
				} else if again.status != 201 {
					t.Errorf("%s: what was never read was used up: %s", r.id, again.body)
				}
			}
		})
	}
	h.post(h.browser(), parPath+"?state=x", h.shop.pushing("openid")).wants(t, "query", 400, "invalid_request", oidc.BadTokenRequest.Code())
	if a := h.get(h.browser(), parPath+"?"+h.shop.pushing("openid").Encode()); a.status != 405 {
		t.Errorf("GET: %d", a.status)
	}
}

// An assertion serves one of the two endpoints, once; one made for this endpoint
// alone does not serve the other.
func TestPAR_AssertionServesOnce(t *testing.T) {
	h := small(t)
	f := h.shop.pushing("openid")
	if a := h.post(h.browser(), parPath, f); a.status != 201 {
		t.Fatal(a.body)
	}
	h.post(h.browser(), parPath, f).wants(t, "a second push", 401, "invalid_client", oidc.AssertionReplayed.Code())
	again := h.shop.form("client_credentials")
	again.Set("client_assertion", f.Get("client_assertion"))
	h.token(again).wants(t, "at the token endpoint", 401, "invalid_client", oidc.AssertionReplayed.Code())
	used := h.shop.form("client_credentials")
	if a := h.token(used); a.status != 200 {
		t.Fatal(a.body)
	}
	f = h.shop.pushing("openid")
	f.Set("client_assertion", used.Get("client_assertion"))
	h.post(h.browser(), parPath, f).wants(t, "after the token endpoint", 401, "invalid_client", oidc.AssertionReplayed.Code())

	here := *h.shop
	here.claims = map[string]any{"aud": h.server.URL + parPath}
	here.push("openid")
	h.token(here.form("client_credentials")).wants(t, "for the other endpoint", 401, "invalid_client", oidc.BadAssertionClaim.Code())
}

// page checks that a request is refused with a page and the browser goes nowhere.
func (h *house) page(what string, q url.Values, want *fault.Kind) {
	h.t.Helper()
	if a := h.authorize(h.browser(), q); a.to != nil || !strings.Contains(a.body, want.Code()) {
		h.t.Errorf("%s: %d %v, want a page with %s", what, a.status, a.to, want.Code())
	}
}

// A request_uri serves its client, within 60 seconds, alone in the address.
func TestPAR_RequestURI(t *testing.T) {
	h := small(t)
	other := h.client("RP2", "http://localhost:9200/cb", nil)
	uri := h.shop.push("openid")
	h.page("another client", named(other.id, uri), oidc.BadRequestURI)
	h.page("an unknown client", named("nobody", uri), oidc.UnknownClient)
	for name, bad := range map[string]string{"unknown": uri[:len(uri)-4] + "AAAA", "longer": uri + "A", "prefix alone": "urn:ietf:params:oauth:request_uri:", "other letters": uri[:len(uri)-1] + "+"} {
		h.page(name, named(h.shop.id, bad), oidc.BadRequestURI)
	}
	for name, value := range map[string]string{"state": "x", "redirect_uri": h.shop.redirect, "scope": "openid", "login_hint": "x", "unknown": "", "response_type": "code"} {
		q := named(h.shop.id, uri)
		q.Set(name, value)
		h.page("beside "+name, q, oidc.BesidePushed)
	}
	twice := named(h.shop.id, uri)
	twice.Add("request_uri", uri)
	h.page("twice", twice, oidc.BadRedirect)
	h.page("in capitals", named(h.shop.id, strings.ToUpper(uri[:4])+uri[4:]), oidc.BadRedirect)

	h.pass(60*time.Second - time.Millisecond)
	h.ask(h.browser(), named(h.shop.id, uri)) // none of the above used it up
	h.page("again", named(h.shop.id, uri), oidc.RequestURIUsed)

	late := h.shop.push("openid")
	h.pass(60 * time.Second)
	h.page("after 60 seconds", named(h.shop.id, late), oidc.BadRequestURI)
}

// Of many browsers with one request_uri one gets on.
func TestPAR_RequestURIServesOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		q := named(h.shop.id, h.shop.push("openid"))
		var wait sync.WaitGroup
		got := make(chan answer, 8)
		for range 8 {
			wait.Go(func() { got <- h.authorize(h.browser(), q) })
		}
		wait.Wait()
		close(got)
		done := 0
		for a := range got {
			switch {
			case a.status == 303:
				done++
			case !strings.Contains(a.body, oidc.RequestURIUsed.Code()):
				t.Errorf("%d %s", a.status, a.body)
			}
		}
		if done != 1 {
			t.Errorf("%d of 8 got on", done)
		}
	})
}

// A client that is set up so cannot leave pushing out.
func TestPAR_Required(t *testing.T) {
	h := small(t)
	r := h.client("pushes", "http://localhost:9400/cb", func(c *oidc.Client) { c.RequirePushed = true })
	q := h.authorize(h.browser(), r.query("openid")).to.Query()
	if q.Get("error") != "invalid_request" || !strings.HasPrefix(q.Get("error_description"), oidc.PushRequired.Code()+" ") || q.Get("state") != "a;state" || q.Get("iss") != h.Issuer() {
		t.Errorf("sent back with %v", q)
	}
	h.ask(h.browser(), named(r.id, r.push("openid")))
}

// What may change between pushing and the browser's coming is looked at again.
func TestPAR_TransactionIsOverMeanwhile(t *testing.T) {
	h := small(t)
	id := h.shop.begin(make([]byte, 32))
	h.pass(30*time.Minute - 10*time.Second)
	f := h.shop.pushing("openid sign")
	f.Set("sign_transaction_id", id)
	a := h.post(h.browser(), parPath, f)
	if a.status != 201 {
		t.Fatal(a.body)
	}
	h.pass(10 * time.Second)
	q := h.authorize(h.browser(), named(h.shop.id, a.json(t)["request_uri"].(string))).to.Query()
	if !strings.HasPrefix(q.Get("error_description"), oidc.BadSigning.Code()+" ") || q.Get("state") != "a;state" {
		t.Errorf("sent back with %v", q)
	}
}

// Without registration the same holds, on the own machine.
func TestPAR_OpenClients(t *testing.T) {
	h := small(t, func(d *oidc.Deps) { d.OpenClients = true })
	r := &rp{h: h, id: "anybody", redirect: "http://localhost:7000/cb", key: rpEC(), alg: "ES256"}
	h.ask(h.browser(), named(r.id, r.push("openid")))
	far := &rp{h: h, id: "far", redirect: "https://evil.example/cb", key: rpEC(), alg: "ES256"}
	h.post(h.browser(), parPath, far.pushing("openid")).wants(t, "elsewhere", 401, "invalid_client", oidc.UnknownClient.Code())
}

// What is over is swept; the secret of a request_uri is nowhere in the database.
func TestPAR_KeptAsDigestAndSwept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		uri := h.shop.push("openid")
		if all := h.dump(); strings.Contains(all, uri[len(uri)-43:]) || !strings.Contains(all, "n;1") {
			t.Error("the database holds the secret, or not the request")
		}
		h.pass(2 * time.Hour)
		h.ask(h.browser(), h.shop.query("openid"))
		if n := strings.Count(h.dump(), "n;1"); n != 1 {
			t.Errorf("%d requests are kept, want the interaction's alone", n)
		}
	})
}
