package oidc_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"go.uber.org/goleak"

	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/vault"
	"kado/internal/platform/vault/sealed"
	"kado/internal/platform/vault/vaulttest"
	"kado/internal/platform/web"
	"kado/jpki"
	"kado/mynumber"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

// theKeys are made once: RSA keys are slow to make.
var theKeys = sync.OnceValue(fresh)

func fresh() keystore.Store { return keystore.NewMemory() }

var (
	rpRSA = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	rpEC  = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// house is the provider behind the shell, over HTTP, on the real login and
// validation offices and a small world of records.
type house struct {
	*oidc.Provider
	*validationtest.World
	t          testing.TB
	db         *db.DB
	login      *login.Office
	validation *validation.Office
	vault      *vault.Vault
	party      *clock.Manual // the relying parties' clock
	server     *httptest.Server
	shop       *rp

	proofKey *sealed.Announcement // of the last interaction with claims

	// direct: browsers do not come through a proxy, which limits them itself; they all
	// have one address.
	direct bool

	mu     sync.Mutex
	events []oidc.Event
	jti    int
}

func small(t testing.TB, change ...func(*oidc.Deps)) *house {
	return open(t, dbtest.SQLite(t), change...)
}

// open puts a provider on a database.
func open(t testing.TB, d *db.DB, change ...func(*oidc.Deps)) *house {
	t.Helper()
	ctx := context.Background()
	if err := d.Migrate(ctx, journal.Schema(), validation.Schema(), login.Schema(), vault.Schema()); err != nil {
		t.Fatal(err)
	}
	w := validationtest.New(t)
	source := entropy.Seeded(t.Name())
	h := &house{World: w, t: t, db: d, party: clock.NewManual(w.Clock.Now())}
	h.validation = validation.New(validation.Deps{DB: d, Clock: w.Clock, Entropy: source, Authority: w.Authority(), Cards: w.Cards(),
		Register: w.Residents(), Settings: w.Settings, Places: w})
	v, err := h.validation.Accredit(ctx, journal.Actor{Kind: journal.System, ID: "test"}, validation.Verifier{Name: "login", From: mynumber.DateOf(w.Clock.Now()),
		Purposes: []validation.Purpose{validation.PurposeStatus, validation.PurposeLinkage}})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	var guarded http.Handler
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !h.direct {
			r.Header.Set("Forwarded", "for=_crowd")
		}
		guarded.ServeHTTP(w, r)
	}))
	t.Cleanup(h.server.Close)
	h.server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 64 // a crowd of browsers in one client
	h.login = login.New(login.Deps{DB: d, Clock: w.Clock, Entropy: source, Authority: w.Authority(), Settings: w.Settings, Validation: h.validation,
		Verifier: v.ID, HTTPClient: h.server.Client(), ResponderURL: func(k jpki.Kind, _ int) string { return h.server.URL + "/ocsp/" + k.String() }})
	if h.vault, err = vault.Open(ctx, d, theKeys(), w.Clock, source); err != nil {
		t.Fatal(err)
	}
	deps := oidc.Deps{DB: d, Clock: w.Clock, PartyClock: h.party, Entropy: source, Keys: theKeys(), Login: h.login, Authority: w.Authority(),
		Validation: h.validation, Verifier: v.ID, Settings: w.Settings, Base: h.server.URL, Sandbox: true,
		Proofs: h.vault.Proofs(vault.ProofOptions{Site: h.server.URL, Clock: h.party, Announce: vaulttest.TheIssuer().Announce}),
		Observe: func(_ context.Context, e oidc.Event) {
			h.mu.Lock()
			h.events = append(h.events, e)
			h.mu.Unlock()
		}}
	for _, c := range change {
		c(&deps)
	}
	if h.Provider, err = oidc.New(deps); err != nil {
		t.Fatal(err)
	}
	shell, err := web.New(web.Options{Clock: w.Clock, Sandbox: deps.Sandbox, Secure: deps.Secure})
	if err != nil {
		t.Fatal(err)
	}
	if err := shell.Add(h.Room()); err != nil {
		t.Fatal(err)
	}
	common := http.NewServeMux()
	shell.Common(common)
	mux.Handle("GET /assets/", common)
	h.Mount(shell, mux)
	mux.Handle("/ocsp/", h.validation.Handler())
	guarded = shell.Guard(mux, func(r *http.Request) bool {
		return strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/ocsp/")
	})
	h.shop = h.client("RP00000001", "http://localhost:9000/callback", nil)
	return h
}

// prove puts a card's record into an answer: attributes with the proof for a person
// who has a number from now on.
func (h *house) prove(a *oidc.Answer, person string, attributes mynumber.Attributes) {
	h.t.Helper()
	ctx, by := context.Background(), journal.Actor{Kind: journal.System, ID: "test"}
	if err := h.vault.Assign(ctx, nil, person, by); err != nil && !vault.HasNumber.Is(err) {
		h.t.Fatal(err)
	}
	n, err := h.vault.Read(ctx, nil, person, vault.CardProduction, by)
	if err != nil {
		h.t.Fatal(err)
	}
	record, proof, issuer, err := vaulttest.TheIssuer().Files(n, attributes)
	if err != nil {
		h.t.Fatal(err)
	}
	i := oidc.Interaction{Challenge: login.Challenge{ID: a.Login.Challenge}, ProofKey: h.proofKey}
	if a.Attributes, err = i.Proven(record, proof, issuer); err != nil {
		h.t.Fatal(err)
	}
}

// rp is a relying party with its own browser.
type rp struct {
	h        *house
	id       string
	redirect string
	key      crypto.Signer
	kid      string
	alg      jose.SignatureAlgorithm
	embed    bool           // the public key stands in the assertion's header
	claims   map[string]any // in place of the ordinary ones of an assertion
}

func (h *house) client(id, redirect string, change func(*oidc.Client)) *rp {
	h.t.Helper()
	c := oidc.Client{ID: id, Name: "店 " + id, RedirectURIs: []string{redirect},
		JWKS: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: rpEC().Public(), KeyID: "one", Algorithm: "ES256", Use: "sig"}, {Key: rpRSA().Public(), KeyID: "two"}}}}
	if change != nil {
		change(&c)
	}
	if err := h.Register(context.Background(), journal.Actor{Kind: journal.Staff, ID: "op-1"}, c); err != nil {
		h.t.Fatal(err)
	}
	return &rp{h: h, id: id, redirect: redirect, key: rpEC(), kid: "one", alg: jose.ES256}
}

// assertion makes one for a client; with what the claims map says in place.
func (r *rp) assertion() string {
	r.h.t.Helper()
	r.h.mu.Lock()
	r.h.jti++
	jti := r.h.jti
	r.h.mu.Unlock()
	now := r.h.party.Now()
	claims := map[string]any{"iss": r.id, "sub": r.id, "aud": r.h.server.URL + "/api/realms/main/protocol/openid-connect/token",
		"jti": r.id + "-" + strconv.Itoa(jti), "exp": now.Add(50 * time.Second).Unix(), "iat": now.Unix()}
	for k, v := range r.claims {
		if claims[k] = v; v == nil {
			delete(claims, k)
		}
	}
	o := (&jose.SignerOptions{EmbedJWK: r.embed}).WithType("JWT")
	var key any = jose.JSONWebKey{Key: r.key, KeyID: r.kid}
	if r.kid == "" {
		key = r.key
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: r.alg, Key: key}, o)
	if err != nil {
		r.h.t.Fatal(err)
	}
	jws, err := s.Sign(must(json.Marshal(claims)))
	if err != nil {
		r.h.t.Fatal(err)
	}
	return must(jws.CompactSerialize())
}

// verifier is the PKCE secret of every test.
const verifier = "a-verifier-of-at-least-forty-three-characters-0123456789"

func challengeOf(v string) string {
	d := sha256.Sum256([]byte(v))
	return base64.RawURLEncoding.EncodeToString(d[:])
}

// query is an authorization request in order.
func (r *rp) query(scope string) url.Values {
	return url.Values{"response_type": {"code"}, "client_id": {r.id}, "redirect_uri": {r.redirect}, "scope": {scope}, "state": {"a;state"}, "nonce": {"n;1"},
		"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"}, "acr_values": {"aal3 crl"}}
}

// browser is a browser that follows no redirect on its own.
func (h *house) browser() *http.Client {
	jar := must(cookiejar.New(nil))
	return &http.Client{Jar: jar, Transport: h.server.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type answer struct {
	status int
	header http.Header
	body   string
	to     *url.URL // of a redirect
}

func (a answer) json(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return v
}

func (h *house) do(c *http.Client, r *http.Request) answer {
	h.t.Helper()
	resp, err := c.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	out := answer{status: resp.StatusCode, header: resp.Header, body: string(b)}
	if l := resp.Header.Get("Location"); l != "" {
		out.to = must(r.URL.Parse(l))
	}
	return out
}

func (h *house) get(c *http.Client, path string) answer {
	h.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = h.server.URL + path
	}
	return h.do(c, must(http.NewRequest("GET", path, nil)))
}

func (h *house) post(c *http.Client, path string, f url.Values) answer {
	h.t.Helper()
	r := must(http.NewRequest("POST", h.server.URL+path, strings.NewReader(f.Encode())))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return h.do(c, r)
}

const connect = "/api/realms/main/protocol/openid-connect/"

func (h *house) authorize(c *http.Client, q url.Values) answer {
	h.t.Helper()
	return h.get(c, connect+"auth?"+q.Encode())
}

// ask begins an interaction and returns its id.
func (h *house) ask(c *http.Client, q url.Values) string {
	h.t.Helper()
	a := h.authorize(c, q)
	id, ok := "", false
	if a.to != nil {
		id, ok = strings.CutPrefix(a.to.Path, "/login/")
	}
	if a.status != 303 || !ok {
		h.t.Fatalf("authorization: %d %v %s", a.status, a.to, a.body)
	}
	return id
}

var hanako = mynumber.Attributes{Name: "試験　花子", Address: "東京都清瀬市中里５丁目８４２番地",
	BirthDate: mynumber.Date{Year: 1980, Month: time.February, Day: 17}, Sex: mynumber.Female}

func signed(t testing.TB, message []byte) []byte {
	t.Helper()
	d := sha256.Sum256(message)
	return must(rsa.SignPKCS1v15(rand.Reader, validationtest.Key(validationtest.HolderKey), crypto.SHA256, d[:]))
}

// card is what a card answers to an interaction.
func (h *house) card(id string, cert *x509.Certificate) oidc.Answer {
	h.t.Helper()
	i, err := h.Interaction(context.Background(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	a := oidc.Answer{Login: login.Response{Challenge: i.Challenge.ID, Certificate: cert.Raw, Signature: signed(h.t, i.Challenge.Message)}}
	if len(i.Claims) > 0 {
		a.Attributes = &oidc.CardAttributes{Attributes: hanako}
		h.proofKey = i.ProofKey
	}
	return a
}

func (h *house) mustAnswer(id string, a oidc.Answer) string {
	h.t.Helper()
	next, err := h.Answer(context.Background(), id, a)
	if err != nil {
		h.t.Fatal(err)
	}
	return next
}

// back goes from the card's answer to the relying party, with consent where it is
// asked for.
func (h *house) back(c *http.Client, next string) url.Values {
	h.t.Helper()
	a := h.get(c, next)
	if a.status == 200 && strings.Contains(a.body, "/consent\"") {
		a = h.post(c, strings.TrimSuffix(next, "/next")+"/consent", url.Values{"answer": {"allow"}})
	}
	if a.status != 303 || a.to == nil {
		h.t.Fatalf("%s: %d %s", next, a.status, a.body)
	}
	return a.to.Query()
}

// code goes through a whole authorization.
func (r *rp) code(c *http.Client, cert *x509.Certificate, scope string) string {
	r.h.t.Helper()
	id := r.h.ask(c, r.query(scope))
	v := r.h.back(c, r.h.mustAnswer(id, r.h.card(id, cert)))
	if v.Get("code") == "" || v.Get("state") != "a;state" || v.Get("session_state") == "" || v.Get("iss") != r.h.Issuer() {
		r.h.t.Fatalf("sent back with %v", v)
	}
	return v.Get("code")
}

func (r *rp) form(grant string) url.Values {
	return url.Values{"grant_type": {grant}, "client_id": {r.id}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion": {r.assertion()}}
}

func (r *rp) exchange(code string) answer {
	r.h.t.Helper()
	f := r.form("authorization_code")
	f.Set("code", code)
	f.Set("redirect_uri", r.redirect)
	f.Set("code_verifier", verifier)
	return r.h.post(r.h.browser(), connect+"token", f)
}

// tokens goes all the way to the tokens.
func (r *rp) tokens(cert *x509.Certificate, scope string) map[string]any {
	r.h.t.Helper()
	a := r.exchange(r.code(r.h.browser(), cert, scope))
	if a.status != 200 {
		r.h.t.Fatalf("token: %d %s", a.status, a.body)
	}
	return a.json(r.h.t)
}

func (h *house) userinfo(token string) answer {
	h.t.Helper()
	r := must(http.NewRequest("GET", h.server.URL+connect+"userinfo", nil))
	r.Header.Set("Authorization", "Bearer "+token)
	return h.do(h.server.Client(), r)
}

// wants checks an answer for its status, OAuth error and number.
func (a answer) wants(t testing.TB, what string, status int, code, number string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: %d %s, want %d", what, a.status, a.body, status)
		return
	}
	v := a.json(t)
	if v["error"] != code || !strings.HasPrefix(v["error_description"].(string), number+" ") {
		t.Errorf("%s: %v, want %s %s", what, v, code, number)
	}
}

// hmacAssertion is signed with a public key's letters as the secret, as in attacks on
// libraries that confuse algorithms.
func hmacAssertion(id string) string {
	s := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(strings.Repeat("k", 64))}, nil))
	return must(must(s.Sign([]byte(`{"iss":"` + id + `","sub":"` + id + `"}`))).CompactSerialize())
}

// begin starts a signing transaction.
func (r *rp) begin(digest []byte) string {
	r.h.t.Helper()
	a := r.sign(`{"digest":"` + base64.StdEncoding.EncodeToString(digest) + `"}`)
	if a.status != 201 {
		r.h.t.Fatalf("%d %s", a.status, a.body)
	}
	return a.json(r.h.t)["sign_transaction_id"].(string)
}

func (r *rp) sign(body string) answer {
	r.h.t.Helper()
	token := r.h.post(r.h.browser(), connect+"token", r.form("client_credentials")).json(r.h.t)["access_token"].(string)
	q := must(http.NewRequest("POST", r.h.server.URL+"/api/sign-transactions", strings.NewReader(body)))
	q.Header.Set("Authorization", "Bearer "+token)
	q.Header.Set("Content-Type", "application/json")
	return r.h.do(r.h.browser(), q)
}

// holder is the login office's id of the only holder; "" before the first login.
func (h *house) holder() (id string) {
	h.t.Helper()
	err := h.db.View(context.Background(), func(tx *db.Tx) error {
		ids, err := db.Collect(context.Background(), tx, func(scan func(...any) error) (id string, err error) { return id, scan(&id) }, `SELECT id FROM login_holder`)
		if len(ids) == 1 {
			id = ids[0]
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}
