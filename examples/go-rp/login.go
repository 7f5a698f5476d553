package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"
)

// The names of this site's keys. A real site keeps two pairs apart.
const (
	keyID        = "go-rp-1"     // signs assertions
	encryptionID = "go-rp-enc-1" // signatures are encrypted to it
)

// login knows the provider.
type login struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	config   oauth2.Config
	client   *http.Client
	key      *ecdsa.PrivateKey
	issuer   string
	sendsISS bool // the provider announces iss in its answers
}

func newLogin(ctx context.Context, issuer, clientID, callback string, scopes []string, key *ecdsa.PrivateKey) (*login, error) {
	l := &login{issuer: issuer, key: key, client: outward()}
	provider, err := oidc.NewProvider(l.through(ctx), issuer) // compares the issuer it finds with this one
	if err != nil {
		return nil, err
	}
	var more struct {
		ISS bool `json:"authorization_response_iss_parameter_supported"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, err
	}
	l.provider, l.sendsISS = provider, more.ISS
	// Only the algorithm that the service uses: neither none nor HMAC.
	l.verifier = provider.Verifier(&oidc.Config{ClientID: clientID, SupportedSigningAlgs: []string{oidc.ES256}})
	l.config = oauth2.Config{ClientID: clientID, Endpoint: provider.Endpoint(), RedirectURL: callback, Scopes: scopes}
	l.config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	return l, nil
}

// through has requests go out within this site's limits.
func (l *login) through(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, l.client)
}

// attempt is a login under way, kept in the browser's cookie alone.
type attempt struct {
	State, Nonce, Verifier string
	Sign                   string // the signing transaction; "" for a mere login
}

func newAttempt() attempt {
	return attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
}

// origin is the provider's, for which browsers let forms lead on.
func (l *login) origin() string {
	u, err := url.Parse(l.config.Endpoint.AuthURL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// begin is where the browser goes.
func (l *login) begin(a attempt) string {
	c := l.config
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier), oauth2.SetAuthURLParam("acr_values", "aal3 crl")}
	if a.Sign != "" {
		c.Scopes = []string{"openid", "sign"}
		options = append(options, oauth2.SetAuthURLParam("sign_transaction_id", a.Sign))
	}
	return c.AuthCodeURL(a.State, options...)
}

// person is who logged in.
type person struct {
	Subject   string `json:"sub"`
	Name      string `json:"name"`
	Address   string `json:"address"`
	Birthdate string `json:"birthdate"`
	Gender    string `json:"gender"`
}

// refused is why a login did not succeed.
type refused struct{ what, code string }

func (r refused) Error() string { return r.what }

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// finish takes the answer with which the browser came back: who it is, and the
// tokens.
func (l *login) finish(ctx context.Context, a attempt, q url.Values) (subject string, token *oauth2.Token, err error) {
	for _, name := range []string{"state", "iss", "code", "error"} {
		if len(q[name]) > 1 {
			return "", nil, refused{what: name + " comes twice"}
		}
	}
	// state: this browser began this login (login CSRF).
	if a.State == "" || !equal(a.State, q.Get("state")) {
		return "", nil, refused{what: "this login was not begun in this browser"}
	}
	// iss: the answer is of this provider (mix-up, RFC 9207).
	if iss := q.Get("iss"); iss != l.issuer && (l.sendsISS || q.Has("iss")) {
		return "", nil, refused{what: "the answer is not of this provider"}
	}
	if q.Has("error") {
		return "", nil, refused{what: "the provider ended the login", code: q.Get("error")}
	}
	if q.Get("code") == "" {
		return "", nil, refused{what: "the answer has no code"}
	}
	assertion, err := l.assertion()
	if err != nil {
		return "", nil, err
	}
	token, err = l.config.Exchange(l.through(ctx), q.Get("code"), oauth2.VerifierOption(a.Verifier),
		oauth2.SetAuthURLParam("client_assertion_type", assertionType), oauth2.SetAuthURLParam("client_assertion", assertion))
	if err != nil {
		return "", nil, err
	}
	id, err := l.verify(ctx, token)
	if err != nil {
		return "", nil, err
	}
	// nonce: made for this login (a stolen or earlier token or code).
	if !equal(id.Nonce, a.Nonce) {
		return "", nil, refused{what: "the ID token is not of this login"}
	}
	return id.Subject, token, nil
}

// verify checks the ID token that came with an access token.
func (l *login) verify(ctx context.Context, token *oauth2.Token) (*oidc.IDToken, error) {
	if !strings.EqualFold(token.TokenType, "Bearer") {
		return nil, refused{what: "the access token is of another type"}
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := l.verifier.Verify(ctx, raw) // signature, alg, crit, iss, aud, exp, nbf
	if err != nil {
		return nil, err
	}
	var more struct {
		Party *string `json:"azp"`
	}
	if err := id.Claims(&more); err != nil {
		return nil, err
	}
	switch {
	// aud, azp: for this site alone; one among several could be another site's token.
	case !slices.Equal(id.Audience, []string{l.config.ClientID}), more.Party != nil && *more.Party != l.config.ClientID:
		return nil, refused{what: "the ID token is not for this site alone"}
	case id.Subject == "":
		return nil, refused{what: "the ID token names nobody"}
	//kado:wall-clock a site of its own, which has the machine's time
	case id.IssuedAt.After(time.Now().Add(time.Minute)):
		return nil, refused{what: "the ID token is of the future"}
	}
	// at_hash: the access token came with this ID token.
	return id, id.VerifyAccessToken(token.AccessToken)
}

// attributes reads what the holder consented to.
func (l *login) attributes(ctx context.Context, subject string, token *oauth2.Token) (p person, err error) {
	info, err := l.provider.UserInfo(l.through(ctx), oauth2.StaticTokenSource(token))
	if err != nil {
		return p, err
	}
	if err := info.Claims(&p); err != nil {
		return p, err
	}
	// sub: the attributes are this person's.
	if !equal(p.Subject, subject) {
		return p, refused{what: "the attributes are of another person"}
	}
	return p, nil
}

// refresh gets new tokens and reads the attributes again. A refresh token serves
// once; the answer holds the next.
func (l *login) refresh(ctx context.Context, subject, old string) (p person, next string, err error) {
	token, err := l.ask(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old}})
	if err != nil {
		return p, "", err
	}
	id, err := l.verify(ctx, token)
	if err != nil {
		return p, "", err
	}
	// sub: still the same person (OpenID Connect Core, 12.2).
	if !equal(id.Subject, subject) {
		return p, "", refused{what: "the new tokens are of another person"}
	}
	p, err = l.attributes(ctx, subject, token)
	return p, token.RefreshToken, err
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertion is how this site proves who it is: private_key_jwt, good for one use.
func (l *login) assertion() (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: l.key}, (&jose.SignerOptions{}).WithHeader("kid", keyID))
	if err != nil {
		return "", err
	}
	//kado:wall-clock a site of its own, which has the machine's time
	now := time.Now()
	return jwt.Signed(signer).Claims(jwt.Claims{Issuer: l.config.ClientID, Subject: l.config.ClientID, Audience: jwt.Audience{l.config.Endpoint.TokenURL},
		ID: rand.Text(), IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute))}).Serialize()
}

// ask sends a token request other than for a code.
func (l *login) ask(ctx context.Context, form url.Values) (*oauth2.Token, error) {
	assertion, err := l.assertion()
	if err != nil {
		return nil, err
	}
	form.Set("client_assertion_type", assertionType)
	form.Set("client_assertion", assertion)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.config.Endpoint.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var out struct {
		Access  string `json:"access_token"`
		Type    string `json:"token_type"`
		Refresh string `json:"refresh_token"`
		ID      string `json:"id_token"`
	}
	if err := l.call(r, http.StatusOK, &out); err != nil {
		return nil, err
	}
	token := &oauth2.Token{AccessToken: out.Access, TokenType: out.Type, RefreshToken: out.Refresh}
	return token.WithExtra(map[string]any{"id_token": out.ID}), nil
}

// call sends a request and reads JSON.
func (l *login) call(r *http.Request, want int, into any) error {
	resp, err := l.client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != want {
		return fmt.Errorf("%s %s: %d %.200q", r.Method, r.URL.Path, resp.StatusCode, b)
	}
	return json.Unmarshal(b, into)
}

// keys are the public keys with which the provider verifies assertions.
func (l *login) keys() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: l.key.Public(), KeyID: keyID, Use: "sig", Algorithm: string(jose.ES256)}}}
}

// registration is what the provider is told about this site with POST /api/clients.
func (l *login) registration() map[string]any {
	return map[string]any{"client_id": l.config.ClientID, "name": "見本のサイト", "redirect_uris": []string{l.config.RedirectURL},
		"jwks": l.keys(), "signing": map[string]any{"encrypt_to": jose.JSONWebKey{Key: l.key.Public(), KeyID: encryptionID, Use: "enc", Algorithm: string(jose.ECDH_ES_A256KW)}}}
}
