package conform

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
)

// The paths of the provider below its base, those of the national service.
const (
	realmPath     = "/api/realms/main"
	discoveryPath = realmPath + "/.well-known/openid-configuration"
	authPath      = realmPath + "/protocol/openid-connect/auth"
	tokenPath     = realmPath + "/protocol/openid-connect/token"
	userinfoPath  = realmPath + "/protocol/openid-connect/userinfo"
	certsPath     = realmPath + "/protocol/openid-connect/certs"
	// planted is where a key set lies that no relying party has a reason to read.
	plantedPath = "/planted/keys"
)

// Whom the provider logs in. Every subject begins with subjectPrefix and every
// name is name, so that a page that shows one of them is known.
const (
	subjectPrefix = "conform-"
	holderName    = "適合 花子"
	otherName     = "別人 見本" // never of who logs in
)

// maxForm is the largest body that the provider reads, in octets.
const maxForm = 64 << 10

// maxFlows bounds the logins that one run may start.
const maxFlows = 1000

// flow is one login at the provider.
type flow struct {
	p        *provider
	bend     bend
	ask      url.Values // the authorization request
	code     string
	access   string
	subject  string
	told     string // the subject of the ID token, which userinfo repeats; "" for subject
	idToken  string
	asked    url.Values // the token request; nil for none
	basic    bool       // a password came in the Authorization header
	byGet    bool
	userinfo bool // userinfo was asked for
	bearer   bool // and the token came in the header
	planted  bool // the planted key set was fetched
	now      time.Time
}

// provider is the provider that misbehaves. Logins come one after another; what
// arrives meanwhile is told apart by code and access token.
type provider struct {
	mu      sync.Mutex
	clock   clock.Clock
	entropy entropy.Source
	base    string
	keys    *keyring
	bend    bend // of the next login
	flows   []*flow
	last    *flow
	// earlier is a login that went well, for replays.
	earlier *flow
}

func (p *provider) issuer() string { return p.base + realmPath }

// ServeHTTP answers the relying party and the browser.
func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case r.URL.Path == discoveryPath && r.Method == http.MethodGet:
		write(w, http.StatusOK, p.discovery())
	case r.URL.Path == certsPath && r.Method == http.MethodGet:
		write(w, http.StatusOK, p.keys.published())
	case r.URL.Path == plantedPath && r.Method == http.MethodGet:
		if p.last != nil {
			p.last.planted = true
		}
		write(w, http.StatusOK, p.keys.plantedSet())
	case r.URL.Path == authPath && r.Method == http.MethodGet:
		p.authorize(w, r)
	case r.URL.Path == tokenPath:
		p.token(w, r)
	case r.URL.Path == userinfoPath:
		p.userinfo(w, r)
	default:
		http.NotFound(w, r)
	}
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader went away
}

func (p *provider) discovery() map[string]any {
	return map[string]any{
		"issuer":                                           p.issuer(),
		"authorization_endpoint":                           p.base + authPath,
		"token_endpoint":                                   p.base + tokenPath,
		"userinfo_endpoint":                                p.base + userinfoPath,
		"jwks_uri":                                         p.base + certsPath,
		"response_types_supported":                         []string{"code"},
		"response_modes_supported":                         []string{"query"},
		"grant_types_supported":                            []string{"authorization_code"},
		"subject_types_supported":                          []string{"pairwise"},
		"id_token_signing_alg_values_supported":            []string{"ES256"},
		"token_endpoint_auth_methods_supported":            []string{"private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"RS256", "ES256"},
		"scopes_supported":                                 []string{"openid", "name", "address", "birthdate", "gender"},
		"code_challenge_methods_supported":                 []string{"S256"},
		"authorization_response_iss_parameter_supported":   true,
	}
}

// value draws an unguessable value.
func (p *provider) value(stream string) (string, error) {
	b, err := entropy.Bytes(p.entropy.Stream(stream), 24)
	return base64.RawURLEncoding.EncodeToString(b), err
}

// authorize takes a request as it comes and sends the browser back; what is
// wrong with the request is found later from what was kept of it.
func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	ask := r.URL.Query()
	back, err := url.Parse(ask.Get("redirect_uri"))
	if err != nil || (back.Scheme != "http" && back.Scheme != "https") || back.Host == "" || len(p.flows) >= maxFlows {
		http.Error(w, "redirect_uri", http.StatusBadRequest)
		return
	}
	f := &flow{p: p, bend: p.bend, ask: ask, now: p.clock.Now(), subject: subjectPrefix + strconv.Itoa(len(p.flows)+1)}
	var e1, e2, e3 error
	f.code, e1 = p.value("code")
	var id string
	id, e2 = p.value("token")
	f.access, e3 = p.keys.access(f, id)
	if e1 != nil || e2 != nil || e3 != nil {
		http.Error(w, "value", http.StatusInternalServerError)
		return
	}
	p.flows = append(p.flows, f)
	p.last = f
	q := url.Values{"code": {f.code}, "state": {ask.Get("state")}, "session_state": {"00000000-0000-4000-8000-" + fmt.Sprintf("%012d", len(p.flows))}, "iss": {p.issuer()}}
	if ask.Get("state") == "" {
		q.Del("state")
	}
	if f.bend.response != nil {
		f.bend.response(f, q)
	}
	all := back.Query()
	maps.Copy(all, q)
	back.RawQuery = all.Encode()
	w.Header().Set("Location", back.String())
	w.WriteHeader(http.StatusFound)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	form, perr := url.ParseQuery(string(b))
	if err != nil || perr != nil || len(b) > maxForm {
		write(w, http.StatusBadRequest, map[string]any{"error": "invalid_request", "error_description": "the body is no form"})
		return
	}
	byGet := r.Method != http.MethodPost
	if byGet {
		form = r.URL.Query()
	}
	var f *flow
	for _, one := range p.flows {
		if one.code == form.Get("code") {
			f = one
		}
	}
	if f == nil { // a code that the provider never gave, as the cases about codes want it
		if p.last != nil {
			p.last.asked = form
		}
		write(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "no such code"})
		return
	}
	f.asked, f.byGet = form, byGet
	_, _, f.basic = r.BasicAuth()
	body := map[string]any{"access_token": f.access, "token_type": "Bearer", "expires_in": 300, "scope": f.ask.Get("scope")}
	if f.idToken, err = p.idToken(f); err != nil {
		http.Error(w, "token", http.StatusInternalServerError)
		return
	}
	body["id_token"] = f.idToken
	status := http.StatusOK
	if f.bend.token != nil {
		status = f.bend.token(f, body)
	}
	write(w, status, body)
}

// idToken makes the ID token of a login.
func (p *provider) idToken(f *flow) (string, error) {
	now := f.now.Unix()
	sum := sha256.Sum256([]byte(f.access))
	c := map[string]any{"iss": p.issuer(), "sub": f.subject, "aud": f.ask.Get("client_id"), "iat": now, "exp": now + 300, "auth_time": now,
		"acr": "aal3", "at_hash": base64.RawURLEncoding.EncodeToString(sum[:16])}
	if n := f.ask.Get("nonce"); n != "" {
		c["nonce"] = n
	}
	if f.bend.claims != nil {
		f.bend.claims(f, c)
	}
	f.told, _ = c["sub"].(string)
	if f.bend.sign != nil {
		return f.bend.sign(f, c)
	}
	return p.keys.signed(c)
}

func (p *provider) userinfo(w http.ResponseWriter, r *http.Request) {
	auth := r.Header.Get("Authorization")
	var f *flow
	for _, one := range p.flows {
		if auth == "Bearer "+one.access || r.URL.Query().Get("access_token") == one.access {
			f = one
			f.bearer = auth != ""
		}
	}
	if f == nil {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		write(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	f.userinfo = true
	body := map[string]any{"sub": f.subject, "name": holderName, "address": "東京都架空市見本町一丁目1番1号", "birthdate": "19900401", "gender": "2"}
	if f.told != "" {
		body["sub"] = f.told // so that no other check stands before the one that is tried
	}
	status := http.StatusOK
	if f.bend.userinfo != nil {
		status = f.bend.userinfo(f, body)
	}
	write(w, status, body)
}
