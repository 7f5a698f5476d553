package oidc_test

import (
	"testing"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
)

// From the authorization request to the attributes, on both engines.
func TestFlow_AuthorizationToUserinfo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		cert := h.Issue(t, validationtest.Order{})
		tokens := h.shop.tokens(cert, "openid name address birthdate gender")
		a := h.userinfo(tokens["access_token"].(string))
		if a.status != 200 {
			t.Fatalf("userinfo: %d %s", a.status, a.body)
		}
		got := a.json(t)
		for k, want := range map[string]any{"name": hanako.Name, "address": hanako.Address, "birthdate": "1980-02-17", "gender": "female"} {
			if got[k] != want {
				t.Errorf("%s is %v", k, got[k])
			}
		}
		again := h.userinfo(h.shop.tokens(cert, "openid")["access_token"].(string)).json(t)
		if len(again) != 1 || again["sub"] != got["sub"] {
			t.Errorf("the second time %v, the first %v", again, got)
		}
	})
}
