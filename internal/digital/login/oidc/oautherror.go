package oidc

import (
	"encoding/json"
	"net/http"
	"net/url"

	"kado/internal/platform/fault"
)

// oauthCodes are the OAuth names of refusals (RFC 6749, RFC 6750, OpenID Connect
// Core 3.1.2.6).
var oauthCodes = map[*fault.Kind]string{
	BadParameter: "invalid_request", BadRedirect: "invalid_request", PushRequired: "invalid_request",
	BesidePushed: "invalid_request", BadRequestURI: "invalid_request_uri", RequestURIUsed: "invalid_request_uri",
	BadResponseType: "unsupported_response_type", BadScope: "invalid_scope",
	NoRequestObject: "request_not_supported", LoginNeeded: "login_required", BadSigning: "invalid_request", Cancelled: "access_denied",
	TooManyTries: "access_denied", BadTokenRequest: "invalid_request", BadGrantType: "unsupported_grant_type",
	UnknownClient: "invalid_client", NoAssertion: "invalid_client", BadAssertion: "invalid_client", WrongAssertionKey: "invalid_client",
	BadAssertionClaim: "invalid_client", AssertionTime: "invalid_client", AssertionReplayed: "invalid_client",
	BadCode: "invalid_grant", CodeReused: "invalid_grant", CodeOfAnother: "invalid_grant", BadVerifier: "invalid_grant",
	BadRefresh: "invalid_grant", RefreshReused: "invalid_grant", BadToken: "invalid_token", NarrowToken: "insufficient_scope",
	BadSignRequest: "invalid_request", NoSignTransaction: "not_found", NotSigned: "not_ready",
}

// oauthCode is the OAuth name of an error.
func oauthCode(err error) string {
	e := fault.Of(err)
	if code := oauthCodes[e.Kind]; code != "" {
		return code
	}
	if e.Kind.Class == fault.Unavailable {
		return "temporarily_unavailable"
	}
	return "server_error"
}

// redirectTo is where the browser goes with an answer: the target with the answer's
// parameters behind its own.
func redirectTo(target string, answer url.Values) string {
	u, err := url.Parse(target)
	if err != nil {
		return "/" // registered targets parse
	}
	q := u.RawQuery
	if q != "" {
		q += "&"
	}
	u.RawQuery = q + answer.Encode()
	return u.String()
}

// sendBack answers an authorization request with parameters: state, iss (RFC 9207)
// and what is given.
func (p *Provider) sendBack(w http.ResponseWriter, r *http.Request, req request, answer url.Values) {
	if req.State != "" {
		answer.Set("state", req.State)
	}
	answer.Set("iss", p.issuer)
	w.Header().Set("Cache-Control", "no-store")
	// The address of the page before holds an interaction's id.
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, redirectTo(req.RedirectURI, answer), http.StatusSeeOther)
}

// failJSON answers a program with an OAuth error.
func (p *Provider) failJSON(w http.ResponseWriter, r *http.Request, step, client string, err error) {
	e, code := fault.Of(err), oauthCode(err)
	if e.Kind.Class == fault.Internal {
		p.d.Log.ErrorContext(r.Context(), "refused", "code", e.Code(), "path", r.URL.Path, "err", err)
	}
	p.observe(r.Context(), Event{Client: client, Step: step, Fault: e, Error: code, Detail: detailRefused})
	status := http.StatusBadRequest
	switch code {
	case "invalid_client", "invalid_token":
		status = http.StatusUnauthorized
	case "insufficient_scope":
		status = http.StatusForbidden
	case "not_found":
		status = http.StatusNotFound
	case "not_ready":
		status = http.StatusConflict
	case "temporarily_unavailable":
		status = http.StatusServiceUnavailable
	case "server_error":
		status = http.StatusInternalServerError
	}
	h := w.Header()
	switch {
	case NoToken.Is(err):
		// RFC 6750, 3.1: no error code where nothing was sent.
		status = http.StatusUnauthorized
		h.Set("WWW-Authenticate", `Bearer realm="main"`)
		code = "invalid_token"
	case code == "invalid_token" || code == "insufficient_scope":
		h.Set("WWW-Authenticate", `Bearer realm="main", error="`+code+`", error_description="`+describe(err)+`"`)
	}
	writeJSON(w, status, map[string]string{"error": code, "error_description": describe(err)})
}

// writeJSON answers with JSON that nobody keeps.
func writeJSON(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader went away
}

// writePublic answers with JSON that anybody may keep for a minute.
func writePublic(w http.ResponseWriter, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "public, max-age=60")
	_ = json.NewEncoder(w).Encode(v) // the reader went away
}
