package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/subtle"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"
)

// loadKey reads the private key with which this site proves who it is, and
// makes one the first time.
func loadKey(path string) (*ecdsa.PrivateKey, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, err
		}
		return key, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("%s is no PEM file", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s is no ECDSA key", path)
	}
	return ec, nil
}

const keyID = "go-rp-1"

// login knows the provider.
type login struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	config   oauth2.Config
	key      *ecdsa.PrivateKey
	issuer   string
	sendsISS bool // the provider announces iss in its answers
}

func newLogin(ctx context.Context, issuer, clientID, callback string, scopes []string, key *ecdsa.PrivateKey) (*login, error) {
	provider, err := oidc.NewProvider(ctx, issuer) // compares the issuer it finds with this one
	if err != nil {
		return nil, err
	}
	var more struct {
		ISS bool `json:"authorization_response_iss_parameter_supported"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, err
	}
	l := &login{provider: provider, issuer: issuer, key: key, sendsISS: more.ISS,
		// Only the algorithm that the service uses: neither none nor HMAC.
		verifier: provider.Verifier(&oidc.Config{ClientID: clientID, SupportedSigningAlgs: []string{oidc.ES256}}),
		config:   oauth2.Config{ClientID: clientID, Endpoint: provider.Endpoint(), RedirectURL: callback, Scopes: scopes}}
	l.config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	return l, nil
}

// attempt is a login under way, kept in the browser's cookie alone.
type attempt struct {
	State, Nonce, Verifier string
}

func newAttempt() attempt { return attempt{rand.Text(), rand.Text(), oauth2.GenerateVerifier()} }

// begin is where the browser goes.
func (l *login) begin(a attempt) string {
	return l.config.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier), oauth2.SetAuthURLParam("acr_values", "aal3 crl"))
}

// person is who logged in.
type person struct {
	Subject   string `json:"sub"`
	Name      string `json:"name"`
	Address   string `json:"address"`
	Birthdate string `json:"birthdate"`
	Gender    string `json:"gender"`
}

// refused is why a login did not succeed, in words for the holder.
type refused struct{ what, code string }

func (r refused) Error() string { return r.what }

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// finish takes the answer with which the browser came back.
func (l *login) finish(ctx context.Context, a attempt, q url.Values) (person, error) {
	for _, name := range []string{"state", "iss", "code", "error"} {
		if len(q[name]) > 1 {
			return person{}, refused{what: name + " comes twice"}
		}
	}
	// state: this browser began this login (login CSRF).
	if a.State == "" || !equal(a.State, q.Get("state")) {
		return person{}, refused{what: "this login was not begun in this browser"}
	}
	// iss: the answer is of this provider (mix-up, RFC 9207).
	if iss := q.Get("iss"); iss != l.issuer && (l.sendsISS || q.Has("iss")) {
		return person{}, refused{what: "the answer is not of this provider"}
	}
	if q.Has("error") {
		return person{}, refused{what: "the provider ended the login", code: q.Get("error")}
	}
	if q.Get("code") == "" {
		return person{}, refused{what: "the answer has no code"}
	}
	assertion, err := l.assertion()
	if err != nil {
		return person{}, err
	}
	token, err := l.config.Exchange(ctx, q.Get("code"), oauth2.VerifierOption(a.Verifier),
		oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
		oauth2.SetAuthURLParam("client_assertion", assertion))
	if err != nil {
		return person{}, err
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := l.verifier.Verify(ctx, raw) // signature, alg, iss, aud, exp, nbf
	if err != nil {
		return person{}, err
	}
	switch {
	// aud: for this site alone; one among several could be another site's token.
	case !slices.Equal(id.Audience, []string{l.config.ClientID}):
		return person{}, refused{what: "the ID token is not for this site alone"}
	// nonce: made for this login (a stolen or earlier token).
	case !equal(id.Nonce, a.Nonce):
		return person{}, refused{what: "the ID token is not of this login"}
	case id.Subject == "":
		return person{}, refused{what: "the ID token names nobody"}
	}
	// at_hash: the access token came with this ID token.
	if err := id.VerifyAccessToken(token.AccessToken); err != nil {
		return person{}, err
	}
	info, err := l.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return person{}, err
	}
	var p person
	if err := info.Claims(&p); err != nil {
		return person{}, err
	}
	// sub: the attributes are this person's.
	if !equal(p.Subject, id.Subject) {
		return person{}, refused{what: "the attributes are of another person"}
	}
	return p, nil
}

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

// keys is what to register with the provider: the public key.
func (l *login) keys() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: l.key.Public(), KeyID: keyID, Algorithm: string(jose.ES256), Use: "sig"}}}
}
