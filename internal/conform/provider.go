package conform

import (
	"crypto/sha256"
	"encoding/base64"
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
	// Where redirects of endpoints lead that no relying party has a reason to follow.
	movedTokenPath    = "/planted/token"
	movedUserinfoPath = "/planted/userinfo"
	// astrayBase is below which a second provider lies, whose metadata names the
	// issuer of the first.
	astrayBase = "/astray"
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
	followed bool // a redirect of an endpoint was followed
	// stolen marks a flow whose code another one brought.
	stolen    bool
	refresh   string       // the refresh token
	refreshes []url.Values // the requests that brought it
	now       time.Time
}

// provider is the provider that misbehaves. Logins come one after another; what
// arrives meanwhile is told apart by code and access token.
type provider struct {
	mu      sync.Mutex
	clock   clock.Clock
	entropy entropy.Source
	base    string
	keys    *keyring
	slow    time.Duration // how long a slow answer takes
	bend    bend          // of the next login
	flows   []*flow
	last    *flow
	// earlier is a login that went well, for replays.
	earlier *flow
}

func (p *provider) issuer() string { return p.base + realmPath }

// astrayIssuer is the address of the second provider.
func (p *provider) astrayIssuer() string { return p.base + astrayBase + realmPath }

// ServeHTTP answers the relying party and the browser.
func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.URL.Path == authPath && r.Method == http.MethodGet {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.authorize(w, r)
		return
	}
	a := p.answer(w, r)
	if a.status == http.StatusNotFound {
		http.NotFound(w, r)
		return
	}
	a.send(w, r)
}

// answer is what a program gets; it is sent without the lock, since some take long.
func (p *provider) answer(w http.ResponseWriter, r *http.Request) answer {
	// A body is read before the lock is taken: who sends it may be slow, too.
	form, ok := readForm(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch path := r.URL.Path; {
	case (path == discoveryPath || path == astrayBase+discoveryPath) && r.Method == http.MethodGet:
		return answer{status: http.StatusOK, body: p.discovery()}
	case path == certsPath && r.Method == http.MethodGet:
		return answer{status: http.StatusOK, body: p.keys.published()}
	case path == plantedPath && r.Method == http.MethodGet:
		if p.last != nil {
			p.last.planted = true
		}
		return answer{status: http.StatusOK, body: p.keys.plantedSet()}
	case path == tokenPath || path == movedTokenPath:
		if !ok {
			return answer{status: http.StatusBadRequest, body: map[string]any{"error": "invalid_request", "error_description": "the body is no form"}}
		}
		return p.token(r, form)
	case path == userinfoPath || path == movedUserinfoPath:
		return p.userinfo(w, r)
	}
	return answer{status: http.StatusNotFound}
}

// readForm reads the form of a request that has one.
func readForm(r *http.Request) (url.Values, bool) {
	if r.Method == http.MethodGet {
		return r.URL.Query(), true
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	if err != nil || len(b) > maxForm {
		return nil, false
	}
	form, err := url.ParseQuery(string(b))
	return form, err == nil
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
		"grant_types_supported":                            []string{"authorization_code", "refresh_token"},
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
	f.refresh, e2 = p.value("refresh")
	e3 = p.newAccess(f)
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

// newAccess gives a login another access token.
func (p *provider) newAccess(f *flow) error {
	id, err := p.value("token")
	if err != nil {
		return err
	}
	f.access, err = p.keys.access(f, id)
	return err
}

func (p *provider) token(r *http.Request, form url.Values) answer {
	refresh := form.Get("grant_type") == "refresh_token"
	var f *flow
	for _, one := range p.flows {
		if !refresh && one.code == form.Get("code") || refresh && one.refresh == form.Get("refresh_token") {
			f = one
		}
	}
	if f == nil { // a code that the provider never gave, as the cases about codes want it
		if p.last != nil && !refresh {
			p.last.asked = form
		}
		return answer{status: http.StatusBadRequest, body: map[string]any{"error": "invalid_grant", "error_description": "no such code"}}
	}
	var err error
	if refresh {
		f.refreshes = append(f.refreshes, form)
		err = p.newAccess(f)
	} else {
		f.asked, f.byGet = form, r.Method != http.MethodPost
		_, _, f.basic = r.BasicAuth()
	}
	body := map[string]any{"access_token": f.access, "token_type": "Bearer", "expires_in": 300, "scope": f.ask.Get("scope"), "refresh_token": f.refresh}
	if err == nil {
		f.idToken, err = p.idToken(f)
	}
	if err != nil {
		return answer{status: http.StatusInternalServerError, body: map[string]any{"error": "server_error"}}
	}
	body["id_token"] = f.idToken
	a := answer{status: http.StatusOK, body: body, over: p.slow}
	if f.bend.token != nil {
		a.status = f.bend.token(f, body)
	}
	if r.URL.Path == movedTokenPath {
		f.followed = true
	} else {
		a.manner, a.to = f.bend.tokenManner, p.base+movedTokenPath
	}
	return a
}

// idToken makes the ID token of a login.
func (p *provider) idToken(f *flow) (string, error) {
	now := f.now.Unix()
	sum := sha256.Sum256([]byte(f.access))
	c := map[string]any{"iss": p.issuer(), "sub": f.subject, "aud": f.ask.Get("client_id"), "iat": now, "exp": now + 300, "auth_time": now,
		"acr": "aal3", "at_hash": base64.RawURLEncoding.EncodeToString(sum[:16])}
	if n := f.ask.Get("nonce"); n != "" && len(f.refreshes) == 0 {
		c["nonce"] = n // of the first ID token alone (OpenID Connect Core, 12.2)
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

func (p *provider) userinfo(w http.ResponseWriter, r *http.Request) answer {
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
		return answer{status: http.StatusUnauthorized, body: map[string]any{"error": "invalid_token"}}
	}
	f.userinfo = true
	body := map[string]any{"sub": f.subject, "name": holderName, "address": "東京都架空市見本町一丁目1番1号", "birthdate": "19900401", "gender": "2"}
	if f.told != "" {
		body["sub"] = f.told // so that no other check stands before the one that is tried
	}
	a := answer{status: http.StatusOK, body: body, over: p.slow}
	if f.bend.userinfo != nil {
		a.status = f.bend.userinfo(f, body)
	}
	if r.URL.Path == movedUserinfoPath {
		f.followed = true
	} else {
		a.manner, a.to = f.bend.infoManner, p.base+movedUserinfoPath
	}
	return a
}
