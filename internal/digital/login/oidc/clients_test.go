package oidc_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/journal"
	"kado/internal/platform/web"
)

func publicKeys() string {
	return string(must(json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: rpEC().Public(), KeyID: "one"}}})))
}

// Clients come by a file, the page and the interface; the same again changes nothing,
// another content under a used id is refused.
func TestClients_FilePageAndInterface(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		cert := h.Issue(t, validationtest.Order{})
		document := func(id, port string) string {
			return `{"client_id":"` + id + `","name":"` + id + `","redirect_uris":["http://localhost:` + port + `/cb"],"jwks":` + publicKeys() + `,"formats":{"birthdate":"compact","gender":"code","address":"object","name":"spaced"}}`
		}
		for range 2 {
			if err := h.Load(context.Background(), strings.NewReader("["+document("file", "9901")+"]")); err != nil {
				t.Fatal(err)
			}
			if a := h.post(h.browser(), "/clients", url.Values{"client_id": {"page"}, "name": {"頁"}, "redirect_uris": {"http://localhost:9902/cb\r\nhttp://localhost:9912/cb"}, "jwks": {publicKeys()}}); a.status != 303 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			if a := h.api(document("api", "9903")); a.status != 201 {
				t.Fatalf("%d %s", a.status, a.body)
			}
		}
		if a := h.api(document("api", "9904")); a.status != 409 || !strings.Contains(a.body, oidc.ClientTaken.Code()) {
			t.Errorf("%d %s", a.status, a.body)
		}
		for id, port := range map[string]string{"file": "9901", "page": "9912", "api": "9903"} {
			r := &rp{h: h, id: id, redirect: "http://localhost:" + port + "/cb", key: rpEC(), kid: "one", alg: jose.ES256}
			got := h.userinfo(r.tokens(cert, "openid name address birthdate gender")["access_token"].(string)).json(t)
			if id == "page" {
				continue
			}
			if got["birthdate"] != "19800217" || got["gender"] != "2" || got["name"] != "試験 花子" || got["address"].(map[string]any)["formatted"] != hanako.Address {
				t.Errorf("%v", got)
			}
		}
		var list []oidc.Client
		if err := json.Unmarshal([]byte(h.get(h.browser(), "/api/clients").body), &list); err != nil || len(list) != 4 {
			t.Errorf("%d clients, %v", len(list), err)
		}
		if a := h.get(h.browser(), "/clients"); !strings.Contains(a.body, "http://localhost:9912/cb") {
			t.Error("the page lacks a client")
		}
	})
}

func (h *house) api(body string) answer {
	h.t.Helper()
	r := must(http.NewRequest("POST", h.server.URL+"/api/clients", strings.NewReader(body)))
	r.Header.Set("Content-Type", "application/json")
	return h.do(h.browser(), r)
}

// Whatever is not in order is refused, by its field.
func TestClients_EachRefusal(t *testing.T) {
	h := small(t)
	enc := func(k jose.JSONWebKey) func(*oidc.Client) {
		return func(c *oidc.Client) { c.Signing.EncryptTo = &k }
	}
	redirects := func(uris ...string) func(*oidc.Client) {
		return func(c *oidc.Client) { c.RedirectURIs = uris }
	}
	keys := func(keys ...jose.JSONWebKey) func(*oidc.Client) {
		return func(c *oidc.Client) { c.JWKS.Keys = keys }
	}
	for name, c := range map[string]struct {
		field  string
		change func(*oidc.Client)
	}{
		"no id":              {"client_id", func(c *oidc.Client) { c.ID = "" }},
		"id with a hyphen":   {"client_id", func(c *oidc.Client) { c.ID = "a-b" }},
		"id of 101":          {"client_id", func(c *oidc.Client) { c.ID = strings.Repeat("a", 101) }},
		"the provider's own": {"client_id", func(c *oidc.Client) { c.ID = "kado" }},
		"no name":            {"name", func(c *oidc.Client) { c.Name = "" }},
		"name with control":  {"name", func(c *oidc.Client) { c.Name = "a\u202eb" }},
		"no redirect":        {"redirect_uris", redirects()},
		"http elsewhere":     {"redirect_uris", redirects("http://shop.example/cb")},
		"fragment":           {"redirect_uris", redirects("https://shop.example/cb#x")},
		"user":               {"redirect_uris", redirects("https://u@shop.example/cb")},
		"javascript":         {"redirect_uris", redirects("javascript:alert(1)")},
		"own scheme":         {"redirect_uris", redirects("myapp://cb")},
		"backslash":          {"redirect_uris", redirects(`https://shop.example\@evil.example/`)},
		"capitals":           {"redirect_uris", redirects("https://Shop.example/cb")},
		"two hosts":          {"redirect_uris", redirects("https://shop.example/cb", "https://other.example/cb")},
		"answer inside":      {"redirect_uris", redirects("https://shop.example/cb?a=1&code=x")},
		"issuer inside":      {"redirect_uris", redirects("https://shop.example/cb?iss=x")},
		"unreadable query":   {"redirect_uris", redirects("https://shop.example/cb?a;b")},
		"port spelt oddly":   {"redirect_uris", redirects("https://shop.example/cb", "https://shop.example:0443/cb")},
		"port beyond all":    {"redirect_uris", redirects("https://shop.example/cb", "https://shop.example:99999/cb")},
		"two ports":          {"redirect_uris", redirects("https://shop.example/cb", "https://shop.example:8443/cb")},
		"too long":           {"redirect_uris", redirects("https://shop.example/" + strings.Repeat("x", 255))},
		"no key":             {"jwks", keys()},
		"private key":        {"jwks", keys(jose.JSONWebKey{Key: rpEC()})},
		"symmetric key":      {"jwks", keys(jose.JSONWebKey{Key: []byte("0123456789abcdef")})},
		"wrong alg":          {"jwks", keys(jose.JSONWebKey{Key: rpEC().Public(), Algorithm: "RS256"})},
		"for encryption":     {"jwks", keys(jose.JSONWebKey{Key: rpEC().Public(), Use: "enc"})},
		"kid twice":          {"jwks", keys(jose.JSONWebKey{Key: rpEC().Public(), KeyID: "a"}, jose.JSONWebKey{Key: rpRSA().Public(), KeyID: "a"})},
		"unknown scope":      {"scopes", func(c *oidc.Client) { c.Scopes = []string{"email"} }},
		"unknown format":     {"formats.gender", func(c *oidc.Client) { c.Formats.Gender = "letter" }},
		"private recipient":  {"signing.encrypt_to", enc(jose.JSONWebKey{Key: rpRSA()})},
		"secret recipient":   {"signing.encrypt_to", enc(jose.JSONWebKey{Key: []byte("0123456789abcdef")})},
		"unfit recipient":    {"signing.encrypt_to", enc(jose.JSONWebKey{Key: ed25519.PublicKey(make([]byte, ed25519.PublicKeySize))})},
		"exponent 1":         {"signing.encrypt_to", enc(jose.JSONWebKey{Key: &rsa.PublicKey{N: rpRSA().N, E: 1}})},
		"signing recipient":  {"signing.encrypt_to", enc(jose.JSONWebKey{Key: rpRSA().Public(), Use: "sig"})},
	} {
		one := oidc.Client{ID: "one", Name: "一", RedirectURIs: []string{"https://shop.example/cb"}, JWKS: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: rpEC().Public()}}}}
		c.change(&one)
		err := h.Register(context.Background(), journal.Actor{Kind: journal.Staff, ID: "op-1"}, one)
		if !oidc.BadClient.Is(err) || !strings.Contains(err.Error(), "("+c.field+")") {
			t.Errorf("%s: %v", name, err)
		}
	}
	const good = `{"client_id":"a","name":"b","redirect_uris":["http://localhost:1/"],"jwks":{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}}`
	for file, place := range map[string]string{"": "end", "{}": "octet 1", "[": "end", "[] []": "octet", strings.Repeat(" ", 2<<20): "file",
		`[{"client_id":"a","x":1}]`: "1: x", "[" + good + `,{"client_secret":"s"}]`: "2: client_secret", "[" + good + "," + good[:len(good)-2] + `,"scopes":"name"}]`: "octet",
		"[" + good + `,{"client_id":"c","jwks":{"keys":[{"kty":"EC","crv":"P-256","x":"…","y":"…"}]}}]`: "2: jwks", `[{"client_id":1}]`: "1: client_id", `[null]`: "1: client_id",
		`[` + good[:len(good)-1] + `,"signing":{"encrypt_to":{"kty":"EC"}}}]`: "1: signing.encrypt_to"} {
		if err := h.Load(context.Background(), strings.NewReader(file)); !oidc.BadClient.Is(err) || !strings.Contains(err.Error(), place) {
			t.Errorf("%.20q: %v, not %s", file, err, place)
		}
	}
	if a := h.api(`{"client_id":"a","jwks":{"keys":[{"kty":"EC","crv":"P-256","x":"…","y":"…"}]}}`); a.status != 400 || !strings.Contains(a.body, "(jwks)") && !strings.Contains(a.body, "（jwks）") {
		t.Errorf("%d %s", a.status, a.body)
	}
	// A member that comes twice, or in other letters, is read differently by others.
	jwks := publicKeys()
	for _, body := range []string{`{"client_id":"one","client_id":"two","name":"a","redirect_uris":["https://z.example/"],"jwks":` + jwks + `}`,
		`{"client_id":"one","name":"a","redirect_uris":["https://z.example/"],"jwks":` + jwks + `,"signing":{"government":false,"government":true}}`,
		`{"CLIENT_ID":"one","name":"a","redirect_uris":["https://z.example/"],"jwks":` + jwks + `}`} {
		if a := h.api(body); a.status != 400 || !strings.Contains(a.body, oidc.BadClient.Code()) && !strings.Contains(a.body, web.BadJSON.Code()) {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
		if err := h.Load(context.Background(), strings.NewReader("["+body+"]")); !oidc.BadClient.Is(err) {
			t.Errorf("in a file: %s: %v", body, err)
		}
	}
	if a := h.api("{}"); a.status != 400 || !strings.Contains(a.body, oidc.BadClient.Code()) {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// With open clients nobody has to register on the own machine; the key of the first
// assertion that shows one binds from then on, and everything else is as strict.
func TestClients_Open(t *testing.T) {
	h := small(t, func(d *oidc.Deps) { d.OpenClients = true })
	cert := h.Issue(t, validationtest.Order{})
	fresh := func(id, redirect string) *rp {
		return &rp{h: h, id: id, redirect: redirect, key: rpEC(), alg: jose.ES256}
	}
	plain := fresh("anybody", "http://localhost:7000/cb")
	if tokens := plain.tokens(cert, "openid name"); tokens["id_token"] == "" {
		t.Error("no tokens")
	}
	plain.redirect = "http://localhost:7000/other" // the same origin
	plain.tokens(cert, "openid")
	for name, redirect := range map[string]string{"another origin": "http://localhost:7001/cb", "elsewhere": "https://evil.example/cb"} {
		v := plain.query("openid")
		v.Set("redirect_uri", redirect)
		if a := h.authorize(h.browser(), v); a.status != 400 || !strings.Contains(a.body, oidc.BadRedirect.Code()) {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	v := fresh("somebody", "https://evil.example/cb").query("openid")
	if a := h.authorize(h.browser(), v); a.status != 400 || !strings.Contains(a.body, oidc.UnknownClient.Code()) {
		t.Errorf("a client elsewhere: %d", a.status)
	}
	v = plain.query("openid")
	v.Del("code_challenge")
	if a := h.authorize(h.browser(), v); a.to.Query().Get("error") != "invalid_request" {
		t.Error("an open client without PKCE")
	}
	f := plain.form("client_credentials")
	if a := h.token(f); a.status != 200 {
		t.Fatal(a.body)
	}
	h.token(f).wants(t, "assertion twice", 401, "invalid_client", oidc.AssertionReplayed.Code())

	pinned := fresh("pinned", "http://localhost:7002/cb")
	pinned.embed = true
	pinned.tokens(cert, "openid")
	pinned.embed = false
	pinned.tokens(cert, "openid")
	pinned.key = theirs()
	for _, embed := range []bool{false, true} {
		pinned.embed = embed
		h.token(pinned.form("client_credentials")).wants(t, "another key", 401, "invalid_client", oidc.WrongAssertionKey.Code())
	}
	closed := small(t)
	if a := closed.authorize(closed.browser(), fresh("anybody", "http://localhost:7000/cb").query("openid")); a.status != 400 {
		t.Errorf("without open clients: %d", a.status)
	}
}
