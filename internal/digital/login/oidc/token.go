package oidc

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
)

// maxForm bounds a token request in octets.
const maxForm = 32 << 10

// formOnce reads a form whose fields come once each. Fields that are not known are
// not looked at (RFC 6749, 3.2).
func formOnce(r *http.Request) (url.Values, error) {
	if t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(t), "application/x-www-form-urlencoded") {
		return nil, BadTokenRequest.New("Content-Type")
	}
	if r.URL.RawQuery != "" {
		return nil, BadTokenRequest.New("query")
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	if err != nil || len(b) > maxForm {
		return nil, BadTokenRequest.New("size")
	}
	v, err := url.ParseQuery(string(b))
	if err != nil {
		return nil, BadTokenRequest.New("form")
	}
	for name, values := range v {
		if len(values) != 1 || !utf8.ValidString(values[0]) {
			return nil, BadTokenRequest.New(plainWord(name))
		}
	}
	return v, nil
}

// token is the token endpoint.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	f, err := formOnce(r)
	if err != nil {
		p.failJSON(w, r, "token", "", err)
		return
	}
	claimed := plainWord(f.Get("client_id"))
	if r.Header.Get("Authorization") != "" || f.Has("client_secret") {
		p.failJSON(w, r, "token", claimed, NoAssertion.New())
		return
	}
	c, used, err := p.authenticate(r.Context(), f, p.d.Base+tokenPath)
	if err != nil {
		p.failJSON(w, r, "token", claimed, err)
		return
	}
	var answer map[string]any
	switch f.Get("grant_type") {
	case "authorization_code":
		answer, err = p.redeemCode(r.Context(), c, f, used)
	case "refresh_token":
		answer, err = p.refresh(r.Context(), c, f, used)
	case "client_credentials":
		answer, err = p.credentials(r.Context(), c, f, used)
	case "":
		err = p.spent(r.Context(), used, BadTokenRequest.New("grant_type"))
	default:
		err = p.spent(r.Context(), used, BadGrantType.New())
	}
	if err != nil {
		p.failJSON(w, r, "token", c.ID, err)
		return
	}
	p.observe(r.Context(), Event{Client: c.ID, Step: "token", Detail: filled(detailTokens, f.Get("grant_type"))})
	writeJSON(w, http.StatusOK, answer)
}

// spend uses an assertion up by itself.
func (p *Provider) spend(ctx context.Context, once use) error {
	return p.d.DB.Tx(ctx, func(tx *db.Tx) error { return once(ctx, tx) })
}

// spent uses an assertion up for a request that is refused anyway.
func (p *Provider) spent(ctx context.Context, once use, refusal error) error {
	if err := p.spend(ctx, once); err != nil {
		return err
	}
	return refusal
}

// redeemCode exchanges a code. A code serves once; its second coming revokes what
// the first one gave (RFC 6749, 4.1.2).
func (p *Provider) redeemCode(ctx context.Context, c *client, f url.Values, once use) (map[string]any, error) {
	code := f.Get("code")
	if code == "" || len(code) > 255 {
		return nil, p.spent(ctx, once, BadTokenRequest.New("code"))
	}
	refresh, err := newSecret()
	if err != nil {
		return nil, err
	}
	now := p.wire()
	var g grant
	var refusal error
	err = p.d.DB.Tx(ctx, func(tx *db.Tx) error {
		refusal = nil
		if err := once(ctx, tx); err != nil {
			return err
		}
		var err error
		g, err = grantOfCode(ctx, tx, code)
		switch {
		case errors.Is(err, db.ErrNoRows):
			refusal = BadCode.New()
			return nil
		case err != nil:
			return err
		case g.client != c.ID:
			// Whoever stole it learns nothing, and the owner's code is left alone.
			refusal = CodeOfAnother.New()
			return nil
		case g.state == InUse:
			refusal = CodeReused.New()
			return p.revoke(ctx, tx, c, g, "code_reused")
		case g.state != CodeIssued:
			refusal = CodeReused.New()
			return nil
		case !now.Before(g.codeEnds):
			refusal = BadCode.New()
			return p.revoke(ctx, tx, c, g, "code_expired")
		case f.Get("redirect_uri") != g.request.RedirectURI:
			refusal = CodeOfAnother.New()
			return p.revoke(ctx, tx, c, g, "wrong_redirect_uri")
		case !verifies(f.Get("code_verifier"), g.request.CodeChallenge):
			// A wrong verifier is somebody else's try: the code is spent.
			refusal = BadVerifier.New()
			return p.revoke(ctx, tx, c, g, "wrong_code_verifier")
		}
		n, err := tx.Exec(ctx, `UPDATE login_oidc_grant SET state = 'in_use' WHERE id = $1 AND state = 'code_issued'`, g.id)
		if err != nil {
			return err
		}
		if n != 1 {
			refusal = CodeReused.New()
			return nil
		}
		return insertRefresh(ctx, tx, refresh, g, now)
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return nil, err
	}
	return p.answerTokens(ctx, c, g, refresh, true)
}

// verifies compares a PKCE verifier with its challenge (RFC 7636, 4.6).
func verifies(verifier, challenge string) bool {
	if len(verifier) < 43 || len(verifier) > 128 {
		return false
	}
	d := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(d[:])), []byte(challenge)) == 1
}

// revoke ends a grant and notes why, where the holder sees it.
func (p *Provider) revoke(ctx context.Context, tx *db.Tx, c *client, g grant, why string) error {
	ended, err := endGrant(ctx, tx, g.id)
	if err != nil || !ended {
		return err
	}
	_, person, err := personOf(ctx, tx, c.party, g.pairwise)
	if err != nil {
		return err
	}
	return p.note(ctx, tx, ActGrantRevoked, journal.Actor{Kind: journal.RelyingParty, ID: c.party}, person, map[string]string{"client": c.ID, "why": why})
}

// refreshEnds is until when a refresh token that is given now is good: never longer
// than its grant.
func refreshEnds(g grant, now time.Time) time.Time {
	if ends := now.Add(refreshLife); ends.Before(g.endsAt) {
		return ends
	}
	return g.endsAt
}

func insertRefresh(ctx context.Context, tx *db.Tx, token string, g grant, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO login_oidc_refresh (token, grant_id, ends_at, used_at) VALUES ($1, $2, $3, '')`, digest(token), g.id, refreshEnds(g, now))
	return err
}

// refresh exchanges a refresh token for a new one and new tokens. One that was
// exchanged before ends everything (RFC 9700, 4.14).
func (p *Provider) refresh(ctx context.Context, c *client, f url.Values, once use) (map[string]any, error) {
	old := f.Get("refresh_token")
	if old == "" || len(old) > 255 {
		return nil, p.spent(ctx, once, BadTokenRequest.New("refresh_token"))
	}
	if s := f.Get("scope"); len(s) > 255 {
		return nil, p.spent(ctx, once, BadTokenRequest.New("scope"))
	}
	fresh, err := newSecret()
	if err != nil {
		return nil, err
	}
	now := p.wire()
	var g grant
	var refusal error
	err = p.d.DB.Tx(ctx, func(tx *db.Tx) error {
		refusal = BadRefresh.New()
		if err := once(ctx, tx); err != nil {
			return err
		}
		var id string
		var ends, used time.Time
		err := tx.QueryRow(ctx, `SELECT grant_id, ends_at, used_at FROM login_oidc_refresh WHERE token = $1`, digest(old)).Scan(&id, db.IntoTime(&ends), db.IntoTime(&used))
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		g, err = loadGrant(ctx, tx, id)
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if g.client != c.ID {
			return nil
		}
		if !used.IsZero() {
			refusal = RefreshReused.New()
			return p.revoke(ctx, tx, c, g, "refresh_token_reused")
		}
		if g.state != InUse || !now.Before(ends) || !now.Before(g.endsAt) {
			return nil
		}
		for _, s := range words(f.Get("scope")) {
			// A narrower scope would need a grant of its own; more is never given.
			if !strings.Contains(" "+strings.Join(g.request.Scopes, " ")+" ", " "+s+" ") {
				refusal = BadScope.New(plainWord(s))
				return nil
			}
		}
		n, err := tx.Exec(ctx, `UPDATE login_oidc_refresh SET used_at = $1 WHERE token = $2 AND used_at = ''`, now, digest(old))
		if err != nil {
			return err
		}
		if n != 1 {
			refusal = RefreshReused.New()
			return p.revoke(ctx, tx, c, g, "refresh_token_reused")
		}
		refusal = nil
		return insertRefresh(ctx, tx, fresh, g, now)
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return nil, err
	}
	return p.answerTokens(ctx, c, g, fresh, false)
}

// accessClaims are the claims of an access token. Relying parties take it as it is.
type accessClaims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"` // the issuer's own interfaces
	Party    string `json:"azp"`
	Scope    string `json:"scope"`
	Type     string `json:"typ"` // "Bearer"
	ID       string `json:"jti"`
	Session  string `json:"sid,omitempty"` // the grant; "" for a client's own token
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

func (p *Provider) accessToken(ctx context.Context, c *client, subject, scope, session string) (string, error) {
	_, key, err := p.keys.current(ctx)
	if err != nil {
		return "", err
	}
	id, err := newSecret()
	if err != nil {
		return "", err
	}
	now := p.wire()
	return key.sign(accessClaims{Issuer: p.issuer, Subject: subject, Audience: p.issuer, Party: c.ID, Scope: scope, Type: "Bearer", ID: id[:22],
		Session: session, IssuedAt: now.Unix(), Expires: now.Add(accessLife).Unix()})
}

// idClaims are the claims of an ID token.
type idClaims struct {
	Issuer     string   `json:"iss"`
	Subject    string   `json:"sub"`
	Audience   string   `json:"aud"`
	Party      string   `json:"azp"`
	Expires    int64    `json:"exp"`
	IssuedAt   int64    `json:"iat"`
	AuthTime   int64    `json:"auth_time"`
	Nonce      string   `json:"nonce,omitempty"`
	AccessHash string   `json:"at_hash"`
	ACR        string   `json:"acr"`
	AMR        []string `json:"amr"`
	Session    string   `json:"sid"`
}

// answerTokens makes the tokens of a grant. The nonce is of the first ID token alone
// (OpenID Connect Core, 12.2).
func (p *Provider) answerTokens(ctx context.Context, c *client, g grant, refresh string, first bool) (map[string]any, error) {
	scope := strings.Join(g.request.Scopes, " ")
	access, err := p.accessToken(ctx, c, g.pairwise, scope, g.id)
	if err != nil {
		return nil, err
	}
	key, _, err := p.keys.current(ctx)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256([]byte(access))
	now := p.wire()
	claims := idClaims{Issuer: p.issuer, Subject: g.pairwise, Audience: c.ID, Party: c.ID, Expires: now.Add(idLife).Unix(), IssuedAt: now.Unix(),
		AuthTime: g.authTime.Unix(), AccessHash: base64.RawURLEncoding.EncodeToString(hash[:16]), ACR: acrCard, AMR: amrCard, Session: g.id}
	if first {
		claims.Nonce = g.request.Nonce
	}
	id, err := key.sign(claims)
	if err != nil {
		return nil, err
	}
	return map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": int(accessLife / time.Second), "id_token": id,
		"refresh_token": refresh, "refresh_expires_in": int(refreshEnds(g, now).Sub(now) / time.Second), "scope": scope, "session_state": g.id}, nil
}

// credentials gives a client a token of its own, for the signing interface.
func (p *Provider) credentials(ctx context.Context, c *client, f url.Values, once use) (map[string]any, error) {
	for _, s := range words(f.Get("scope")) {
		if s != "sign" {
			return nil, p.spent(ctx, once, BadScope.New(plainWord(s)))
		}
	}
	if err := p.spend(ctx, once); err != nil {
		return nil, err
	}
	access, err := p.accessToken(ctx, c, c.ID, "sign", "")
	if err != nil {
		return nil, err
	}
	return map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": int(accessLife / time.Second), "scope": "sign"}, nil
}
