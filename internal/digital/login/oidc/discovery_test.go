package oidc_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"kado/internal/agency/validation/validationtest"
)

// The metadata say what is answered: endpoints that are there, every claim that comes
// and no other, algorithms and keys as they are used, and what they list is accepted.
func TestDiscovery_SaysWhatIsAnswered(t *testing.T) {
	h := small(t)
	meta := h.get(h.browser(), "/api/realms/main/.well-known/openid-configuration").json(t)
	list := func(name string) (out []string) {
		for _, v := range meta[name].([]any) {
			out = append(out, v.(string))
		}
		return out
	}
	for name, method := range map[string]string{"authorization_endpoint": "GET", "token_endpoint": "POST", "userinfo_endpoint": "GET", "jwks_uri": "GET",
		"pushed_authorization_request_endpoint": "POST"} {
		address, ok := strings.CutPrefix(meta[name].(string), h.server.URL)
		if a := h.do(h.browser(), must(http.NewRequest(method, h.server.URL+address, nil))); !ok || a.status == 404 || a.status == 405 {
			t.Errorf("%s: %v %d", name, meta[name], a.status)
		}
	}
	tokens := h.shop.tokens(h.Issue(t, validationtest.Order{}), strings.Join(slices.DeleteFunc(list("scopes_supported"), func(s string) bool { return s == "sign" }), " "))
	came := map[string]bool{}
	parts := strings.Split(tokens["id_token"].(string), ".")
	for _, raw := range [][]byte{must(base64.RawURLEncoding.DecodeString(parts[1])), []byte(h.userinfo(tokens["access_token"].(string)).body)} {
		var claims map[string]any
		if err := json.Unmarshal(raw, &claims); err != nil {
			t.Fatal(err)
		}
		for name := range claims {
			came[name] = true
			if !slices.Contains(list("claims_supported"), name) {
				t.Errorf("%s is not announced", name)
			}
		}
		if acr := claims["acr"]; acr != nil && !slices.Contains(list("acr_values_supported"), acr.(string)) {
			t.Errorf("acr %v", acr)
		}
	}
	for _, name := range list("claims_supported") {
		if !came[name] {
			t.Errorf("%s is announced and does not come", name)
		}
	}
	var head struct{ Alg string }
	if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(parts[0])), &head); err != nil || !slices.Equal(list("id_token_signing_alg_values_supported"), []string{head.Alg}) {
		t.Errorf("signed with %s, %v", head.Alg, err)
	}
	for _, grant := range append(list("grant_types_supported"), "password") {
		a := h.post(h.browser(), strings.TrimPrefix(meta["token_endpoint"].(string), h.server.URL), h.shop.form(grant))
		if known := !strings.Contains(a.body, "unsupported_grant_type"); known != (grant != "password") {
			t.Errorf("%s: %d %s", grant, a.status, a.body)
		}
	}
}
