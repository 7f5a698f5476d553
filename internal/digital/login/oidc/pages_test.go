package oidc_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/platform/web/webtest"

	"kado/internal/agency/validation/validationtest"
)

// Every page on a phone and a counter terminal, in both languages, with nothing serious
// found by axe-core.
func TestPagesInABrowser(t *testing.T) {
	ctx := webtest.Browser(t)
	shell, err := web.New(web.Options{Clock: clock.NewManual(validationtest.Start), Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	p, err := oidc.New(oidc.Deps{Base: "http://localhost:8080", Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := shell.Add(p.Room()); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	shell.Common(mux)
	shell.Storybook(mux)
	srv := httptest.NewServer(shell.Guard(mux, nil))
	t.Cleanup(srv.Close)
	var own []string
	for _, path := range shell.StoryPaths() {
		if len(path) > 17 && path[:17] == "/storybook/login/" {
			own = append(own, path)
		}
	}
	webtest.Look(t, ctx, srv.URL, own)
}

// A request that chooses a way by itself goes straight to it.
func TestWays_ChosenByTheRequest(t *testing.T) {
	h := small(t)
	h.Offer(oidc.Way{ID: "one", Icon: "card", Title: lang.Text{JA: "一", EN: "One"}, Text: lang.Text{JA: "一", EN: "One"}, Path: func(id string) string { return "/one/" + id }},
		oidc.Way{ID: "two", Icon: "card", Title: lang.Text{JA: "二", EN: "Two"}, Text: lang.Text{JA: "二", EN: "Two"}, Path: func(id string) string { return "/two/" + id },
			Chosen: func(r *http.Request, hint string) bool { return hint == "adult" || r.Header.Get("Kado-Persona") != "" }})
	v := h.shop.query("openid")
	if a := h.authorize(h.browser(), v); a.to.Path[:7] != "/login/" {
		t.Errorf("without a choice: %v", a.to)
	} else if i, err := h.Interaction(t.Context(), strings.TrimPrefix(a.to.Path, "/login/")); err != nil || i.Ways != a.to.Path {
		t.Errorf("another way is chosen at %q, %v", i.Ways, err)
	}
	v.Set("login_hint", "adult")
	if a := h.authorize(h.browser(), v); a.to.Path[:9] != "/two/int_" {
		t.Errorf("by login_hint: %v", a.to)
	}
	v.Del("login_hint")
	r := must(http.NewRequest("GET", h.server.URL+connect+"auth?"+v.Encode(), nil))
	r.Header.Set("Kado-Persona", "adult")
	if a := h.do(h.browser(), r); a.to.Path[:9] != "/two/int_" {
		t.Errorf("by header: %v", a.to)
	}
}

// A way that cannot bring what is asked for is not in the list.
func TestWays_WhatFits(t *testing.T) {
	h := small(t)
	h.Offer(oidc.Way{ID: "bare", Icon: "key", Title: lang.Text{JA: "裸", EN: "Bare"}, Text: lang.Text{JA: "裸", EN: "Bare"}, Path: func(id string) string { return "/bare/" + id },
		Fits: func(claims []oidc.Claim, signs bool) bool { return len(claims) == 0 && !signs }})
	for scope, want := range map[string]bool{"openid": true, "openid name": false} {
		c := h.browser()
		page := h.get(c, h.authorize(c, h.shop.query(scope)).to.Path)
		if got := strings.Contains(page.body, "/bare/int_"); page.status != http.StatusOK || got != want {
			t.Errorf("%s: %d, listed: %v", scope, page.status, got)
		}
	}
}
