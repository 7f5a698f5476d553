package next

import (
	"net/http"
	"strings"
	"time"

	"kado/internal/platform/lang"
)

// Endpoint is a part of the provider that can be asked to fail.
type Endpoint string

// The endpoints.
const (
	Authorization Endpoint = "auth"
	Push          Endpoint = "par"
	Token         Endpoint = "token"
	Userinfo      Endpoint = "userinfo"
	Certs         Endpoint = "certs"
	Discovery     Endpoint = "discovery"
	Sign          Endpoint = "sign"
)

// Answer is one way in which a request can be answered on purpose. The table of
// all of them is what pages, programs and documents show.
type Answer struct {
	ID       string // "token-invalid_grant"; login_hint "fail-" + ID asks for it
	Endpoint Endpoint
	Error    string        // the OAuth error; "" for none
	Status   int           // of HTTP; 0 where the browser is sent back, or where the real answer follows
	Wait     time.Duration // before anything is answered
	Page     bool          // the body is a page of a proxy, not JSON
	Cut      bool          // the connection ends without an answer
	Retry    bool          // Retry-After: 1
	Text     lang.Text
}

// slow is longer than relying parties should wait, shorter than their users do.
const slow = 5 * time.Second

var (
	sentBack   = lang.Text{JA: "ブラウザーがこのエラーで事業者へ戻ります。", EN: "The browser goes back with this error."}
	asError    = lang.Text{JA: "このエラーを JSON で返します。", EN: "This error as JSON."}
	broken     = lang.Text{JA: "サーバー内部の故障です。", EN: "A fault within the server."}
	proxyPage  = lang.Text{JA: "途中の中継装置が HTML の画面を返します。", EN: "A proxy on the way answers with a page of HTML."}
	comeLater  = lang.Text{JA: "混雑しています。1秒後にやり直せます（Retry-After）。", EN: "Busy; may be tried again after a second (Retry-After)."}
	takesLong  = lang.Text{JA: "5秒待ってから、本来の答えを返します。", EN: "The real answer, after five seconds."}
	cutOff     = lang.Text{JA: "答えずに接続を切ります。", EN: "The connection ends without an answer."}
	notReady   = lang.Text{JA: "署名がまだ済んでいません。", EN: "Nothing was signed yet."}
	tooOften   = lang.Text{JA: "回数が多すぎます（Retry-After）。", EN: "Too many requests (Retry-After)."}
	wrongToken = lang.Text{JA: "アクセストークンが使えません。", EN: "The access token is not good."}
)

// answers is the table.
var answers = table()

func table() (out []Answer) {
	for _, code := range []string{"access_denied", "login_required", "interaction_required", "consent_required", "invalid_request", "invalid_scope",
		"unauthorized_client", "unsupported_response_type", "request_not_supported", "server_error", "temporarily_unavailable"} {
		out = append(out, Answer{ID: "auth-" + code, Endpoint: Authorization, Error: code, Text: sentBack})
	}
	out = append(out, Answer{ID: "auth-slow", Endpoint: Authorization, Wait: slow, Text: takesLong})
	for _, code := range []string{"invalid_request", "invalid_client", "invalid_scope"} {
		status := http.StatusBadRequest
		if code == "invalid_client" {
			status = http.StatusUnauthorized
		}
		out = append(out, Answer{ID: "par-" + code, Endpoint: Push, Error: code, Status: status, Text: asError})
	}
	for _, code := range []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"} {
		status := http.StatusBadRequest
		if code == "invalid_client" {
			status = http.StatusUnauthorized
		}
		out = append(out, Answer{ID: "token-" + code, Endpoint: Token, Error: code, Status: status, Text: asError})
	}
	out = append(out,
		Answer{ID: "userinfo-invalid_token", Endpoint: Userinfo, Error: "invalid_token", Status: http.StatusUnauthorized, Text: wrongToken},
		Answer{ID: "userinfo-insufficient_scope", Endpoint: Userinfo, Error: "insufficient_scope", Status: http.StatusForbidden, Text: asError},
		Answer{ID: "sign-invalid_request", Endpoint: Sign, Error: "invalid_request", Status: http.StatusBadRequest, Text: asError},
		Answer{ID: "sign-invalid_token", Endpoint: Sign, Error: "invalid_token", Status: http.StatusUnauthorized, Text: wrongToken},
		Answer{ID: "sign-not_found", Endpoint: Sign, Error: "not_found", Status: http.StatusNotFound, Text: asError},
		Answer{ID: "sign-not_ready", Endpoint: Sign, Error: "not_ready", Status: http.StatusConflict, Text: notReady},
	)
	for _, e := range []Endpoint{Push, Token, Userinfo, Certs, Discovery, Sign} {
		out = append(out,
			Answer{ID: string(e) + "-429", Endpoint: e, Error: "slow_down", Status: http.StatusTooManyRequests, Retry: true, Text: tooOften},
			Answer{ID: string(e) + "-500", Endpoint: e, Error: "server_error", Status: http.StatusInternalServerError, Text: broken},
			Answer{ID: string(e) + "-502", Endpoint: e, Status: http.StatusBadGateway, Page: true, Text: proxyPage},
			Answer{ID: string(e) + "-503", Endpoint: e, Error: "temporarily_unavailable", Status: http.StatusServiceUnavailable, Retry: true, Text: comeLater},
			Answer{ID: string(e) + "-slow", Endpoint: e, Wait: slow, Text: takesLong},
			Answer{ID: string(e) + "-cut", Endpoint: e, Cut: true, Text: cutOff},
		)
	}
	return out
}

// Answers lists the table.
func Answers() []Answer { return append([]Answer(nil), answers...) }

func answerOf(id string) (Answer, bool) {
	for _, a := range answers {
		if a.ID == id {
			return a, true
		}
	}
	return Answer{}, false
}

// hintPrefix is what a magic value of login_hint begins with.
const hintPrefix = "fail-"

// ofHint finds what a login_hint asks for: "fail-token-503", and for the errors of
// the authorization request itself without the endpoint, "fail-access_denied". ok is
// false where it asks for nothing. A name that is not in the table is NoSuchAnswer:
// whoever wrote it believes that something fails.
func ofHint(hint string) (a Answer, ok bool, err error) {
	id, ok := strings.CutPrefix(hint, hintPrefix)
	if !ok {
		return Answer{}, false, nil
	}
	for _, name := range []string{id, "auth-" + id} {
		if a, ok := answerOf(name); ok {
			return a, true, nil
		}
	}
	return Answer{}, false, NoSuchAnswer.New()
}
