package oidc

import (
	"context"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
)

// scopes are all that may be asked for.
var scopes = []string{"openid", string(ClaimName), string(ClaimAddress), string(ClaimBirthdate), string(ClaimGender), "sign"}

// request is an authorization request in order.
type request struct {
	Client          string   `json:"client"`
	RedirectURI     string   `json:"redirect_uri"`
	State           string   `json:"state"`
	Nonce           string   `json:"nonce"`
	Scopes          []string `json:"scopes"`
	CodeChallenge   string   `json:"code_challenge"`
	ACRValues       []string `json:"acr_values,omitempty"`
	LoginHint       string   `json:"login_hint,omitempty"`
	SignTransaction string   `json:"sign_transaction,omitempty"`
	AskConsent      bool     `json:"ask_consent,omitempty"` // prompt=consent
}

func (r *request) claims() (out []Claim) {
	for _, c := range Claims {
		if slices.Contains(r.Scopes, string(c)) {
			out = append(out, c)
		}
	}
	return out
}

func (r *request) signs() bool { return slices.Contains(r.Scopes, "sign") }

// maxQuery bounds an authorization request in octets.
const maxQuery = 8 << 10

// readRequest reads an authorization request. The client and where errors go come
// first: a refusal without a target must not redirect (RFC 9700, 4.11). A refusal
// with a target comes with what of the request can be relied upon.
func (p *Provider) readRequest(ctx context.Context, query string) (r request, c *client, target bool, err error) {
	if len(query) > maxQuery {
		return r, nil, false, BadParameter.New("query")
	}
	v, err := url.ParseQuery(query)
	if err != nil {
		return r, nil, false, BadParameter.New("query")
	}
	r.Client = once(v, "client_id")
	if r.Client == "" || len(r.Client) > 255 || !alphanumeric(r.Client) {
		return r, nil, false, UnknownClient.New()
	}
	redirect := once(v, "redirect_uri")
	if strings.HasPrefix(once(v, "request_uri"), pushedPrefix) {
		return p.readNamed(ctx, r.Client, v)
	}
	if c, err = p.knownOrOpen(ctx, r.Client, redirect); err != nil {
		return r, nil, false, err
	}
	if !c.returnsTo(redirect) {
		return r, c, false, BadRedirect.New()
	}
	r.RedirectURI = redirect
	err = p.readRest(ctx, &r, c, v)
	if err == nil && c.RequirePushed {
		err = PushRequired.New()
	}
	return r, c, true, err
}

// readNamed takes the pushed request that a browser names, and checks again what may
// have changed since.
func (p *Provider) readNamed(ctx context.Context, id string, v url.Values) (r request, c *client, target bool, err error) {
	r.Client = id
	if c, err = p.client(ctx, id); err != nil {
		return r, nil, false, err
	}
	if r, err = p.readPushed(ctx, c, v); err != nil {
		return r, c, false, err
	}
	return r, c, true, p.signingWaits(ctx, &r)
}

// knownOrOpen returns a registered client, or makes one where nobody has to register.
func (p *Provider) knownOrOpen(ctx context.Context, id, redirect string) (*client, error) {
	c, err := p.client(ctx, id)
	if UnknownClient.Is(err) && p.d.OpenClients {
		if err = p.openClient(ctx, id, redirect); err == nil {
			c, err = p.client(ctx, id)
		}
	}
	return c, err
}

// returnsTo reports whether the browser may go back to an address.
func (c *client) returnsTo(redirect string) bool {
	return slices.Contains(c.RedirectURIs, redirect) && c.source != sourceOwn || c.source == sourceOpen && sameOrigin(c.sector, redirect)
}

// once returns a parameter's only value, "" where it is missing or comes twice.
func once(v url.Values, name string) string {
	if len(v[name]) != 1 {
		return ""
	}
	return v[name][0]
}

func sameOrigin(origin, redirect string) bool {
	u, ok := checkRedirect(redirect)
	return ok && originOf(u) == origin
}

// printable is the class of state and nonce: octets 20 to 7E.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7E })
}

func urlSafe(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !alphanumeric(string(r)) && r != '-' && r != '_' })
}

// readRest checks everything behind client and target, in the order in which a
// developer reads the table of parameters.
func (p *Provider) readRest(ctx context.Context, r *request, c *client, v url.Values) error {
	// First of all what the answer repeats.
	if s := once(v, "state"); s != "" && len(s) <= 255 && printable(s) {
		r.State = s
	}
	for name, values := range v {
		if len(values) > 1 && known[name] {
			return BadParameter.New(name)
		}
	}
	if once(v, "response_type") != "code" {
		return BadResponseType.New()
	}
	if v.Has("request") || v.Has("request_uri") {
		return NoRequestObject.New()
	}
	if m := v.Get("response_mode"); m != "" && m != "query" {
		return BadParameter.New("response_mode")
	}
	if r.State == "" {
		return BadParameter.New("state")
	}
	if r.Nonce = v.Get("nonce"); r.Nonce == "" || len(r.Nonce) > 255 || !printable(r.Nonce) {
		return BadParameter.New("nonce")
	}
	if r.CodeChallenge = v.Get("code_challenge"); r.CodeChallenge == "" || len(r.CodeChallenge) > 128 || !urlSafe(r.CodeChallenge) {
		return BadParameter.New("code_challenge")
	}
	if v.Get("code_challenge_method") != "S256" {
		return BadParameter.New("code_challenge_method")
	}
	if acr := v.Get("acr_values"); len(acr) > 255 || !printable(acr) {
		return BadParameter.New("acr_values")
	} else {
		r.ACRValues = words(acr)
	}
	if r.LoginHint = v.Get("login_hint"); len(r.LoginHint) > 255 || !printable(r.LoginHint) {
		return BadParameter.New("login_hint")
	}
	for _, word := range words(v.Get("prompt")) {
		switch word {
		case "none":
			return LoginNeeded.New()
		case "consent":
			r.AskConsent = true
		}
	}
	if err := r.readScopes(c, v.Get("scope")); err != nil {
		return err
	}
	return p.readSigning(ctx, r, v)
}

// known are the parameters that may come once; others are not looked at.
var known = map[string]bool{"response_type": true, "scope": true, "client_id": true, "redirect_uri": true, "state": true, "nonce": true,
	"code_challenge": true, "code_challenge_method": true, "acr_values": true, "sign_transaction_id": true, "login_hint": true,
	"response_mode": true, "prompt": true, "request": true, "request_uri": true}

func (r *request) readScopes(c *client, raw string) error {
	if len(raw) > 255 || !printable(raw) {
		return BadParameter.New("scope")
	}
	for _, s := range words(raw) {
		if !slices.Contains(scopes, s) || slices.Contains(r.Scopes, s) {
			return BadScope.New(plainWord(s))
		}
		if len(c.Scopes) > 0 && s != "openid" && !slices.Contains(c.Scopes, s) {
			return BadScope.New(s)
		}
		r.Scopes = append(r.Scopes, s)
	}
	if !slices.Contains(r.Scopes, "openid") {
		return BadScope.New("openid")
	}
	return nil
}

// plainWord is a word of a request as it may be shown again.
func plainWord(s string) string {
	if len(s) > 40 || !urlSafe(s) {
		return "?"
	}
	return s
}

// readSigning checks that a signing transaction waits for this client.
func (p *Provider) readSigning(ctx context.Context, r *request, v url.Values) error {
	id := v.Get("sign_transaction_id")
	if r.signs() != (id != "") {
		return BadSigning.New()
	}
	if id == "" {
		return nil
	}
	if !isUUID(id) {
		return BadParameter.New("sign_transaction_id")
	}
	r.SignTransaction = id
	return p.signingWaits(ctx, r)
}

// signingWaits checks that the signing transaction of a request, if it has one, is
// the client's and not signed yet.
func (p *Provider) signingWaits(ctx context.Context, r *request) error {
	if r.SignTransaction == "" {
		return nil
	}
	return p.d.DB.View(ctx, func(tx *db.Tx) error {
		t, err := loadTransaction(ctx, tx, r.SignTransaction)
		if NoSignTransaction.Is(err) || err == nil && (t.client != r.Client || t.state != SigningOpen || !p.wire().Before(t.endsAt)) {
			return BadSigning.New()
		}
		return err
	})
}

// isUUID accepts the lower-case form of RFC 9562.
func isUUID(s string) bool {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' || strings.ToLower(s) != s {
		return false
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	return err == nil && len(raw) == 16
}

// openClient makes a client that nobody registered, for a redirect URI on the own
// machine.
func (p *Provider) openClient(ctx context.Context, id, redirect string) error {
	u, ok := checkRedirect(redirect)
	if !ok || !loopback(u) {
		return UnknownClient.New()
	}
	err := p.register(ctx, journal.Actor{Kind: journal.System, ID: "open-clients"}, Client{ID: id, Name: u.Host, RedirectURIs: []string{redirect}}, sourceOpen)
	if BadClient.Is(err) {
		return UnknownClient.New()
	}
	return err
}
