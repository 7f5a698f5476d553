package oidc_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/keystore"
	"kado/internal/platform/web"
	"kado/jpki"
)

// forge makes a certificate that says what another one says, of the attacker's own key:
// the same names, the same key identifier of the authority, another signature.
func forge(t *testing.T, like *x509.Certificate) []byte {
	t.Helper()
	stranger := validationtest.Key(validationtest.StrangerKey)
	parent := &x509.Certificate{Subject: like.Issuer, RawSubject: like.RawIssuer, SubjectKeyId: like.AuthorityKeyId, PublicKey: stranger.Public()}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: new(big.Int).Set(like.SerialNumber), Subject: like.Subject, NotBefore: like.NotBefore, NotAfter: like.NotAfter,
		KeyUsage: like.KeyUsage, ExtraExtensions: like.Extensions}, parent, stranger.Public(), stranger)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// A signature comes with a certificate that the authority issued, to the holder who logs
// in: one that only names the authority, or a relative's, is refused.
func TestSigning_CertificateIsTheHoldersOwn(t *testing.T) {
	h := small(t)
	cert, signing := h.Issue(t, validationtest.Order{}), h.Issue(t, validationtest.Order{Kind: jpki.Signature})
	theirs := h.Issue(t, validationtest.Order{Kind: jpki.Signature, Person: "per_2"})
	gov := h.client("gov", "http://localhost:9700/cb", func(c *oidc.Client) { c.Signing.Government = true })
	for _, r := range []*rp{h.shop, gov} {
		begin := func() (id string, a oidc.Answer, browse func(string) answer) {
			b := h.browser()
			v := r.query("openid sign")
			v.Set("sign_transaction_id", r.begin(make([]byte, 32)))
			id = h.ask(b, v)
			return id, h.signs(id, cert, signing), func(next string) answer { return h.get(b, next) }
		}
		id, a, _ := begin()
		a.SigningCertificate = forge(t, signing)
		if _, err := h.Answer(context.Background(), id, a); !oidc.NoSignature.Is(err) {
			t.Errorf("%s: a certificate that the authority never made: %v", r.id, err)
		}
		id, a, browse := begin()
		a.SigningCertificate = theirs.Raw
		next, err := h.Answer(context.Background(), id, a)
		if err != nil {
			t.Fatal(err)
		}
		back := browse(next)
		if back.to == nil || !strings.HasPrefix(back.to.Query().Get("error_description"), oidc.OtherHolder.Code()) {
			t.Errorf("%s: somebody else's certificate: %d %v", r.id, back.status, back.to)
		}
	}
}

// jws signs any header over any text.
func jws(t *testing.T, key *ecdsa.PrivateKey, head, claims string) string {
	t.Helper()
	input := base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	d := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, key, d[:])
	if err != nil {
		t.Fatal(err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// An assertion has one spelling, demands nothing that is not known, and brings no key of
// its own.
func TestAssertion_Tricks(t *testing.T) {
	h := small(t)
	stranger := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	jwk := string(must(json.Marshal(jose.JSONWebKey{Key: stranger.Public()})))
	const head = `{"alg":"ES256","kid":"one","typ":"JWT"}`
	for name, c := range map[string]struct {
		head   string
		key    *ecdsa.PrivateKey // of the client where nil
		claims func(string) string
		whole  func(string) string
	}{
		"crit":            {head: `{"alg":"ES256","crit":["x"],"x":1}`},
		"crit of nothing": {head: `{"alg":"ES256","crit":[]}`},
		"b64":             {head: `{"alg":"ES256","b64":true,"crit":["b64"]}`},
		"b64 false":       {head: `{"alg":"ES256","b64":false,"crit":["b64"]}`},
		"compressed":      {head: `{"alg":"ES256","zip":"DEF"}`},
		"alg twice":       {head: `{"alg":"none","alg":"ES256"}`},
		"type of a token": {head: `{"alg":"ES256","typ":"at+jwt"}`},
		"key inside":      {head: `{"alg":"ES256","jwk":` + jwk + `}`, key: stranger},
		"key elsewhere":   {head: `{"alg":"ES256","jku":"http://127.0.0.1:1/"}`, key: stranger},
		"kid a path":      {head: `{"alg":"ES256","kid":"../../../dev/null"}`, key: stranger},
		"kid SQL":         {head: `{"alg":"ES256","kid":"' OR 1=1 --"}`, key: stranger},
		"sub twice":       {head: head, claims: func(s string) string { return `{"sub":"x",` + s[1:] }},
		"jti twice":       {head: head, claims: func(s string) string { return `{"jti":"x",` + s[1:] }},
		"SUB":             {head: head, claims: func(s string) string { return strings.Replace(s, `"sub"`, `"SUB"`, 1) }},
		"sub a number":    {head: head, claims: func(s string) string { return strings.Replace(s, `"sub":"RP00000001"`, `"sub":1`, 1) }},
		"padded":          {head: head, whole: func(s string) string { return s + "=" }},
		"a line end":      {head: head, whole: func(s string) string { return s + "\n" }},
		"a space within":  {head: head, whole: func(s string) string { return s[:9] + " " + s[9:] }},
		"five parts":      {head: head, whole: func(s string) string { return s + ".x.y" }},
		"as a JSON object": {head: head, whole: func(s string) string {
			p := strings.Split(s, ".")
			return `{"protected":"` + p[0] + `","payload":"` + p[1] + `","signature":"` + p[2] + `"}`
		}},
	} {
		claims := string(must(base64.RawURLEncoding.DecodeString(strings.Split(h.shop.assertion(), ".")[1])))
		if c.claims != nil {
			claims = c.claims(claims)
		}
		key := c.key
		if key == nil {
			key = rpEC()
		}
		f := h.shop.form("client_credentials")
		f.Set("client_assertion", jws(t, key, c.head, claims))
		if c.whole != nil {
			f.Set("client_assertion", c.whole(f.Get("client_assertion")))
		}
		if a := h.token(f); a.status != 401 || a.json(t)["error"] != "invalid_client" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	f := h.shop.form("client_credentials")
	f.Set("client_assertion", jws(t, rpEC(), head, string(must(base64.RawURLEncoding.DecodeString(strings.Split(h.shop.assertion(), ".")[1])))))
	if a := h.token(f); a.status != 200 {
		t.Errorf("what is in order: %d %s", a.status, a.body)
	}
}

// Nothing that only looks like the registered target is one (RFC 9700, 4.1.1): there is
// a page, and no way back.
func TestAuthorization_TargetTricks(t *testing.T) {
	h := small(t)
	for _, uri := range []string{"http://localhost:9000/callback/", "http://localhost:9000/callback?", "http://localhost:9000/callback#", "http://localhost:9000/%63allback",
		"http://localhost:9000@evil.example/callback", "http://localhost:9000.evil.example/callback", "http://localhost.:9000/callback", "http://127.0.0.1:9000/callback",
		"http://[::1]:9000/callback", "http://localhost:09000/callback", "http://localhost:9001/callback", "http://localhost:9000//callback", "http://localhost:9000/./callback",
		"http://localhost:9000/x/../callback", `http:\\localhost:9000/callback`, "http://localhost:9000/callback\x00", "http://localhost:9000/callback ", " http://localhost:9000/callback",
		"\thttp://localhost:9000/callback", "HTTP://localhost:9000/callback", "https://localhost:9000/callback", "//localhost:9000/callback", "javascript:alert(1)",
		"http://localhost:9000/callback;x", "http://localhost:9000/callback\r\nX: y", "http://lоcalhost:9000/callback"} {
		v := h.shop.query("openid")
		v.Set("redirect_uri", uri)
		if a := h.authorize(h.browser(), v); a.status != 400 || a.to != nil || len(a.header.Values("Set-Cookie")) > 0 {
			t.Errorf("%q: %d %v", uri, a.status, a.to)
		}
	}
	for _, more := range []string{"&redirect_uri=https%3A%2F%2Fevil.example%2F", ";redirect_uri=https%3A%2F%2Fevil.example%2F", "&client_id=RP2"} {
		if a := h.get(h.browser(), connect+"auth?"+h.shop.query("openid").Encode()+more); a.status != 400 || a.to != nil {
			t.Errorf("%q: %d %v", more, a.status, a.to)
		}
	}
}

// Of many who bring one refresh token at once at most one gets new tokens, and as the
// token came more than once, nothing of the grant lives on.
func TestRefresh_ManyAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		cert := h.Issue(t, validationtest.Order{})
		tokens := h.shop.tokens(cert, "openid")
		var forms []url.Values
		for range 6 {
			f := h.shop.form("refresh_token")
			f.Set("refresh_token", tokens["refresh_token"].(string))
			forms = append(forms, f)
		}
		got := make(chan answer, len(forms))
		var wait sync.WaitGroup
		for _, f := range forms {
			wait.Go(func() { got <- h.token(f) })
		}
		wait.Wait()
		close(got)
		done := 0
		for a := range got {
			if a.status != 200 {
				continue
			}
			done++
			if b := h.shop.refresh(a.json(t)["refresh_token"].(string)); b.status == 200 {
				t.Error("a token that came from one used six times serves on")
			}
		}
		if done > 1 {
			t.Errorf("%d of 6 were accepted", done)
		}
		h.userinfo(tokens["access_token"].(string)).wants(t, "the access token", 401, "invalid_token", oidc.BadToken.Code())
	})
}

// asked counts how often keys are looked for.
type asked struct {
	keystore.Store
	mu    sync.Mutex
	lists int
}

func (a *asked) List(ctx context.Context) ([]keystore.Info, error) {
	a.mu.Lock()
	a.lists++
	a.mu.Unlock()
	return a.Store.List(ctx)
}

// A crowd that names keys which do not exist has the key store read once in a while,
// not once each.
func TestKeys_CrowdOfUnknownNames(t *testing.T) {
	keys := &asked{Store: theKeys()}
	h := small(t, func(d *oidc.Deps) { d.Keys = keys })
	access := h.shop.tokens(h.Issue(t, validationtest.Order{}), "openid")["access_token"].(string)
	h.pass(time.Minute)
	parts := strings.Split(access, ".")
	parts[0] = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":"nobody"}`))
	before := keys.lists
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() { h.userinfo(strings.Join(parts, ".")) })
	}
	wait.Wait()
	if n := keys.lists - before; n != 2 { // each kind of key
		t.Errorf("the key store was asked %d times", n)
	}
}

// ticking does something at one of the readings of a clock.
type ticking struct {
	clock.Clock
	mu   sync.Mutex
	left int
	do   func()
}

func (c *ticking) Now() time.Time {
	c.mu.Lock()
	c.left--
	do := c.do
	if c.left != 0 {
		do = nil
	}
	c.mu.Unlock()
	if do != nil {
		do()
	}
	return c.Clock.Now()
}

// A consent that is withdrawn while a login rests on it is not given again by that
// login: the holder is asked.
func TestConsent_WithdrawnMeanwhile(t *testing.T) {
	withdrawn := 0
	for left := 1; left <= 2; left++ { // at each reading of the clock on the way to the grant
		var slow *ticking
		h := small(t, func(d *oidc.Deps) { slow = &ticking{Clock: d.PartyClock}; d.PartyClock = slow })
		cert := h.Issue(t, validationtest.Order{})
		h.shop.tokens(cert, "openid name")
		b := h.browser()
		id := h.ask(b, h.shop.query("openid name"))
		next := h.mustAnswer(id, h.card(id, cert))
		holder, happened := h.holder(), false
		slow.mu.Lock()
		slow.left, slow.do = left, func() {
			happened = true
			if err := h.Withdraw(context.Background(), holder, h.shop.id); err != nil {
				t.Error(err)
			}
		}
		slow.mu.Unlock()
		a := h.get(b, next)
		if !happened {
			continue
		}
		withdrawn++
		if all := must(h.ConsentsOf(context.Background(), holder)); a.status != 200 || len(all) > 0 {
			t.Errorf("withdrawn at reading %d: %d, %v", left, a.status, all)
		}
		if v := h.back(b, next); v.Get("code") == "" {
			t.Errorf("allowed anew: %v", v)
		}
	}
	if withdrawn < 2 {
		t.Errorf("withdrawn %d times", withdrawn)
	}
}

// The consent page names where the answer goes, not another port of the same host.
func TestConsent_NamesWhereItGoes(t *testing.T) {
	h := small(t)
	r := h.client("ports", "http://localhost:9801/cb", func(c *oidc.Client) { c.RedirectURIs = append(c.RedirectURIs, "http://localhost:9802/cb") })
	r.redirect = "http://localhost:9802/cb"
	b := h.browser()
	id := h.ask(b, r.query("openid"))
	if a := h.get(b, h.mustAnswer(id, h.card(id, h.Issue(t, validationtest.Order{})))); a.status != 200 || !strings.Contains(a.body, "<code>http://localhost:9802</code>") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// In production one party cannot fill the database with requests that nobody follows
// up; in a sandbox load tests come from one address.
func TestAuthorization_OnePartyIsLimited(t *testing.T) {
	for _, sandbox := range []bool{true, false} {
		h := small(t, func(d *oidc.Deps) { d.Sandbox = sandbox })
		h.direct = true
		c, refused := h.browser(), 0
		for range 110 {
			switch a := h.authorize(c, h.shop.query("openid")); {
			case a.status == 503 && strings.Contains(a.body, web.TooMany.Code()) && a.header.Get("Retry-After") != "":
				refused++
			case a.status != 303:
				t.Fatalf("%d %s", a.status, a.body)
			}
		}
		if (refused == 10) == sandbox {
			t.Errorf("sandbox %v: %d of 110 refused", sandbox, refused)
		}
	}
}

// What serves once serves once, also where two processes stand on one database, each
// with connections of its own.
func TestServesOnce_InTwoProcesses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		other := must(oidc.New(oidc.Deps{DB: new(), Clock: h.Clock, PartyClock: h.party, Entropy: entropy.Seeded("other"), Keys: theKeys(), Login: h.login, Base: h.server.URL, Sandbox: true}))
		mux := http.NewServeMux()
		other.Mount(must(web.New(web.Options{Clock: h.Clock})), mux)
		elsewhere := func(f url.Values) answer {
			r := httptest.NewRequest("POST", connect+"token", strings.NewReader(f.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			return answer{status: w.Code, body: w.Body.String()}
		}
		cert := h.Issue(t, validationtest.Order{})
		code := h.shop.code(h.browser(), cert, "openid")
		refresh := h.shop.tokens(cert, "openid")["refresh_token"].(string)
		one := h.shop.form("client_credentials")
		for what, form := range map[string]func() url.Values{
			"an assertion": func() url.Values { return one },
			"a code": func() url.Values {
				f := h.shop.form("authorization_code")
				f.Set("code", code)
				f.Set("redirect_uri", h.shop.redirect)
				f.Set("code_verifier", verifier)
				return f
			},
			"a refresh token": func() url.Values {
				f := h.shop.form("refresh_token")
				f.Set("refresh_token", refresh)
				return f
			},
		} {
			got := make(chan answer, 8)
			var wait sync.WaitGroup
			for n := range 8 {
				f, send := form(), h.token
				if n%2 == 1 {
					send = elsewhere
				}
				wait.Go(func() { got <- send(f) })
			}
			wait.Wait()
			close(got)
			done := 0
			for a := range got {
				switch a.status {
				case 200:
					done++
				case 400, 401:
				default:
					t.Errorf("%s: %d %s", what, a.status, a.body)
				}
			}
			if done != 1 {
				t.Errorf("%s served %d of 8", what, done)
			}
		}
	})
}

// A page cannot have its visitors' browsers begin logins unseen: in a sandbox with a hint
// even end them, or register clients that nobody has.
func TestAuthorization_UnseenByTheVisitor(t *testing.T) {
	h := small(t, func(d *oidc.Deps) { d.OpenClients = true })
	stranger := &rp{h: h, id: "stranger", redirect: "http://localhost:9999/cb"}
	for _, c := range []struct {
		site, mode string
		good       bool
	}{{"cross-site", "navigate", true}, {"same-site", "navigate", true}, {"none", "navigate", true}, {"", "", true}, {"", "cors", true},
		{"cross-site", "no-cors", false}, {"cross-site", "cors", false}, {"same-site", "no-cors", false}, {"cross-site", "", false}} {
		for _, r := range []*rp{h.shop, stranger} {
			q := must(http.NewRequest("GET", h.server.URL+connect+"auth?"+r.query("openid").Encode(), nil))
			for name, value := range map[string]string{"Sec-Fetch-Site": c.site, "Sec-Fetch-Mode": c.mode} {
				if value != "" {
					q.Header.Set(name, value)
				}
			}
			a := h.do(h.browser(), q)
			if c.good != (a.status == 303) || !c.good && (a.status != 403 || len(a.header.Values("Set-Cookie")) > 0 || !strings.Contains(a.body, web.CrossOrigin.Code())) {
				t.Errorf("%+v: %d %v", c, a.status, a.header)
			}
		}
	}
}
