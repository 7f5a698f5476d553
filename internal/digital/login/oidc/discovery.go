package oidc

import "net/http"

// discovery serves the metadata of the provider (OpenID Connect Discovery 1.0, RFC
// 8414): what is there, and nothing that is not.
func (p *Provider) discovery(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	writePublic(w, map[string]any{
		"issuer": p.issuer, "authorization_endpoint": p.d.Base + authPath, "token_endpoint": p.d.Base + tokenPath,
		"userinfo_endpoint": p.d.Base + userinfoPath, "jwks_uri": p.d.Base + certsPath,
		"response_types_supported": []string{"code"}, "response_modes_supported": []string{"query"},
		"grant_types_supported":                            []string{"authorization_code", "refresh_token", "client_credentials"},
		"subject_types_supported":                          []string{"pairwise"},
		"id_token_signing_alg_values_supported":            []string{"ES256"},
		"scopes_supported":                                 scopes,
		"claims_supported":                                 claimsSupported,
		"acr_values_supported":                             []string{acrCard},
		"code_challenge_methods_supported":                 []string{"S256"},
		"token_endpoint_auth_methods_supported":            []string{"private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"RS256", "ES256"},
		"authorization_response_iss_parameter_supported":   true,
		"claims_parameter_supported":                       false,
		"request_parameter_supported":                      false,
		"request_uri_parameter_supported":                  false, // but for those of pushed requests
		"pushed_authorization_request_endpoint":            p.d.Base + pushPath,
		"require_pushed_authorization_requests":            false, // a client may be set up so
		"ui_locales_supported":                             []string{"ja", "en"},
	})
}

// claimsSupported are all that ID tokens and userinfo hold.
var claimsSupported = []string{"sub", "name", "address", "birthdate", "gender", "iss", "aud", "azp", "exp", "iat", "auth_time", "nonce", "at_hash", "acr", "amr", "sid"}

// certs serves the key set.
func (p *Provider) certs(w http.ResponseWriter, r *http.Request) {
	set, err := p.KeySet(r.Context())
	if err != nil {
		p.failJSON(w, r, "certs", "", err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("Access-Control-Allow-Origin", "*")
	_, _ = w.Write(set) // the reader went away
}
