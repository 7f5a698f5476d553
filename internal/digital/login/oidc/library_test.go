package oidc_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	rpoidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"kado/internal/agency/validation/validationtest"
)

// A relying party on coreos/go-oidc and x/oauth2 finds the provider by discovery, logs
// in and reads the attributes.
func TestLibrary_CoreosGoOIDC(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	ctx := rpoidc.ClientContext(context.Background(), &http.Client{Transport: h.server.Client().Transport})
	provider, err := rpoidc.NewProvider(ctx, h.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{ClientID: h.shop.id, RedirectURL: h.shop.redirect, Endpoint: provider.Endpoint(), Scopes: []string{"openid", "name", "address"}}
	b := h.browser()
	secret := oauth2.GenerateVerifier()
	a := h.get(b, config.AuthCodeURL("the;state", rpoidc.Nonce("the;nonce"), oauth2.S256ChallengeOption(secret)))
	id := strings.TrimPrefix(a.to.Path, "/login/")
	v := h.back(b, h.mustAnswer(id, h.card(id, cert)))
	if v.Get("state") != "the;state" || v.Get("iss") != h.Issuer() {
		t.Fatalf("sent back with %v", v)
	}
	token, err := config.Exchange(ctx, v.Get("code"), oauth2.VerifierOption(secret),
		oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), oauth2.SetAuthURLParam("client_assertion", h.shop.assertion()))
	if err != nil {
		t.Fatal(err)
	}
	verifier := provider.VerifierContext(ctx, &rpoidc.Config{ClientID: h.shop.id, SupportedSigningAlgs: []string{"ES256"}, Now: h.party.Now})
	identity, err := verifier.Verify(ctx, token.Extra("id_token").(string))
	if err != nil {
		t.Fatal(err)
	}
	if identity.Nonce != "the;nonce" || len(identity.Audience) != 1 || identity.Subject == "" {
		t.Errorf("%+v", identity)
	}
	if err := identity.VerifyAccessToken(token.AccessToken); err != nil {
		t.Errorf("at_hash: %v", err)
	}
	var claims struct {
		Audience any   `json:"aud"`
		AuthTime int64 `json:"auth_time"`
	}
	if err := identity.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if claims.Audience != h.shop.id || claims.AuthTime != h.party.Now().Unix() {
		t.Errorf("%+v", claims)
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		t.Fatal(err)
	}
	var person struct{ Name, Address, Birthdate string }
	if err := info.Claims(&person); err != nil {
		t.Fatal(err)
	}
	if info.Subject != identity.Subject || person.Name != hanako.Name || person.Address != hanako.Address || person.Birthdate != "" {
		t.Errorf("%s %+v", info.Subject, person)
	}
}

// A relying party on x/oauth2, which knows nothing of pushing, pushes what it would
// have the browser carry.
func TestPAR_LibraryOAuth2ByHand(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	ctx := rpoidc.ClientContext(context.Background(), &http.Client{Transport: h.server.Client().Transport})
	provider, err := rpoidc.NewProvider(ctx, h.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	var more struct {
		Push string `json:"pushed_authorization_request_endpoint"`
	}
	if err := provider.Claims(&more); err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{ClientID: h.shop.id, RedirectURL: h.shop.redirect, Endpoint: provider.Endpoint(), Scopes: []string{"openid", "name"}}
	secret := oauth2.GenerateVerifier()
	form := mustURL(config.AuthCodeURL("the;state", rpoidc.Nonce("the;nonce"), oauth2.S256ChallengeOption(secret))).Query()
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", h.shop.assertion())
	pushed := h.post(h.browser(), strings.TrimPrefix(more.Push, h.server.URL), form)
	if pushed.status != 201 {
		t.Fatal(pushed.body)
	}
	b := h.browser()
	id := h.ask(b, named(h.shop.id, pushed.json(t)["request_uri"].(string)))
	v := h.back(b, h.mustAnswer(id, h.card(id, cert)))
	if v.Get("state") != "the;state" || v.Get("iss") != h.Issuer() {
		t.Fatalf("sent back with %v", v)
	}
	token, err := config.Exchange(ctx, v.Get("code"), oauth2.VerifierOption(secret),
		oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), oauth2.SetAuthURLParam("client_assertion", h.shop.assertion()))
	if err != nil {
		t.Fatal(err)
	}
	verifier := provider.VerifierContext(ctx, &rpoidc.Config{ClientID: h.shop.id, SupportedSigningAlgs: []string{"ES256"}, Now: h.party.Now})
	identity, err := verifier.Verify(ctx, token.Extra("id_token").(string))
	if err != nil || identity.Nonce != "the;nonce" {
		t.Errorf("%+v %v", identity, err)
	}
}
