package oidc_test

import (
	"net/url"
	"strings"
	"testing"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/fault"
)

// Every refusal of the authorization endpoint by its number, and where the browser goes:
// nowhere while nothing vouches for the target, else back with error,
// error_description, state and iss.
func TestAuthorization_EachRefusal(t *testing.T) {
	h := small(t)
	h.client("narrow", "http://localhost:9100/cb?keep=1", func(c *oidc.Client) { c.Scopes = []string{"name"} })
	set := func(name, value string) func(url.Values) { return func(v url.Values) { v.Set(name, value) } }
	without := func(name string) func(url.Values) { return func(v url.Values) { v.Del(name) } }
	long := strings.Repeat("x", 256)
	for name, c := range map[string]struct {
		change func(url.Values)
		want   *fault.Kind
		code   string // "" for a page
		state  string
	}{
		"no client_id":             {without("client_id"), oidc.UnknownClient, "", ""},
		"client_id with a hyphen":  {set("client_id", "RP-1"), oidc.UnknownClient, "", ""},
		"client_id of 256":         {set("client_id", long), oidc.UnknownClient, "", ""},
		"unknown client_id":        {set("client_id", "RP00000002"), oidc.UnknownClient, "", ""},
		"client_id twice":          {func(v url.Values) { v.Add("client_id", v.Get("client_id")) }, oidc.UnknownClient, "", ""},
		"the provider's own":       {set("client_id", "kado"), oidc.UnknownClient, "", ""},
		"no redirect_uri":          {without("redirect_uri"), oidc.BadRedirect, "", ""},
		"another redirect_uri":     {set("redirect_uri", "http://localhost:9000/callback2"), oidc.BadRedirect, "", ""},
		"redirect_uri with query":  {set("redirect_uri", "http://localhost:9000/callback?x=1"), oidc.BadRedirect, "", ""},
		"redirect_uri in capitals": {set("redirect_uri", "http://LOCALHOST:9000/callback"), oidc.BadRedirect, "", ""},
		"redirect_uri elsewhere":   {set("redirect_uri", "https://evil.example/"), oidc.BadRedirect, "", ""},
		"redirect_uri twice":       {func(v url.Values) { v.Add("redirect_uri", "https://evil.example/") }, oidc.BadRedirect, "", ""},
		"no response_type":         {without("response_type"), oidc.BadResponseType, "unsupported_response_type", "a;state"},
		"implicit":                 {set("response_type", "token"), oidc.BadResponseType, "unsupported_response_type", "a;state"},
		"hybrid":                   {set("response_type", "code id_token"), oidc.BadResponseType, "unsupported_response_type", "a;state"},
		"no state":                 {without("state"), oidc.BadParameter, "invalid_request", ""},
		"state of 256":             {set("state", long), oidc.BadParameter, "invalid_request", ""},
		"state beyond ASCII":       {set("state", "あ"), oidc.BadParameter, "invalid_request", ""},
		"state with a line end":    {set("state", "a\nb"), oidc.BadParameter, "invalid_request", ""},
		"state twice":              {func(v url.Values) { v.Add("state", "b") }, oidc.BadParameter, "invalid_request", ""},
		"no nonce":                 {without("nonce"), oidc.BadParameter, "invalid_request", "a;state"},
		"nonce of 256":             {set("nonce", long), oidc.BadParameter, "invalid_request", "a;state"},
		"nonce with DEL":           {set("nonce", "\x7f"), oidc.BadParameter, "invalid_request", "a;state"},
		"nonce twice":              {func(v url.Values) { v.Add("nonce", "b") }, oidc.BadParameter, "invalid_request", "a;state"},
		"no code_challenge":        {without("code_challenge"), oidc.BadParameter, "invalid_request", "a;state"},
		"challenge in base64":      {set("code_challenge", "ab+/="), oidc.BadParameter, "invalid_request", "a;state"},
		"challenge of 129":         {set("code_challenge", long[:129]), oidc.BadParameter, "invalid_request", "a;state"},
		"no challenge method":      {without("code_challenge_method"), oidc.BadParameter, "invalid_request", "a;state"},
		"plain":                    {set("code_challenge_method", "plain"), oidc.BadParameter, "invalid_request", "a;state"},
		"acr_values of 256":        {set("acr_values", long), oidc.BadParameter, "invalid_request", "a;state"},
		"login_hint beyond ASCII":  {set("login_hint", "花子"), oidc.BadParameter, "invalid_request", "a;state"},
		"no scope":                 {without("scope"), oidc.BadScope, "invalid_scope", "a;state"},
		"without openid":           {set("scope", "name"), oidc.BadScope, "invalid_scope", "a;state"},
		"scope in capitals":        {set("scope", "OpenID"), oidc.BadScope, "invalid_scope", "a;state"},
		"unknown scope":            {set("scope", "openid email"), oidc.BadScope, "invalid_scope", "a;state"},
		"scope word twice":         {set("scope", "openid name name"), oidc.BadScope, "invalid_scope", "a;state"},
		"sign without transaction": {set("scope", "openid sign"), oidc.BadSigning, "invalid_request", "a;state"},
		"transaction without sign": {set("sign_transaction_id", "00000000-0000-4000-8000-000000000000"), oidc.BadSigning, "invalid_request", "a;state"},
		"transaction that is not": {func(v url.Values) {
			v.Set("scope", "openid sign")
			v.Set("sign_transaction_id", "00000000-0000-4000-8000-000000000000")
		}, oidc.BadSigning, "invalid_request", "a;state"},
		"transaction malformed": {func(v url.Values) {
			v.Set("scope", "openid sign")
			v.Set("sign_transaction_id", "1")
		}, oidc.BadParameter, "invalid_request", "a;state"},
		"request object": {set("request", "x.y.z"), oidc.NoRequestObject, "request_not_supported", "a;state"},
		"request_uri":    {set("request_uri", "https://evil.example/"), oidc.NoRequestObject, "request_not_supported", "a;state"},
		"fragment":       {set("response_mode", "fragment"), oidc.BadParameter, "invalid_request", "a;state"},
		"prompt=none":    {set("prompt", "none"), oidc.LoginNeeded, "login_required", "a;state"},
		"scope not permitted": {func(v url.Values) {
			v.Set("client_id", "narrow")
			v.Set("redirect_uri", "http://localhost:9100/cb?keep=1")
			v.Set("scope", "openid address")
		}, oidc.BadScope, "invalid_scope", "a;state"},
	} {
		t.Run(name, func(t *testing.T) {
			v := h.shop.query("openid name")
			c.change(v)
			a := h.authorize(h.browser(), v)
			if c.code == "" {
				if a.status != 400 || a.to != nil || !strings.Contains(a.body, c.want.Code()) {
					t.Fatalf("%d %v, want a page with %s", a.status, a.to, c.want.Code())
				}
				return
			}
			if a.status != 303 || a.to.Host != mustURL(v.Get("redirect_uri")).Host {
				t.Fatalf("%d %v", a.status, a.to)
			}
			q := a.to.Query()
			if q.Get("error") != c.code || !strings.HasPrefix(q.Get("error_description"), c.want.Code()+" ") || q.Get("state") != c.state ||
				q.Get("iss") != h.Issuer() || q.Has("code") {
				t.Errorf("sent back with %v", q)
			}
			if strings.Contains(v.Get("redirect_uri"), "keep=1") && q.Get("keep") != "1" {
				t.Error("the target's own query is lost")
			}
		})
	}
}

func mustURL(s string) *url.URL { return must(url.Parse(s)) }

// The whole classes of the table are accepted, both spellings of a space too.
func TestAuthorization_EveryCharacterOfTheTable(t *testing.T) {
	h := small(t)
	all := ""
	for c := byte(0x20); c <= 0x7E; c++ {
		all += string(rune(c))
	}
	v := h.shop.query("openid name")
	v.Set("state", all)
	v.Set("nonce", strings.Repeat("~", 255))
	v.Set("code_challenge", strings.Repeat("-_", 64))
	v.Set("ui_locales", "ja") // not of the table: not looked at
	c := h.browser()
	id := h.ask(c, v)
	a := h.post(c, "/login/"+id+"/cancel", url.Values{})
	if a.to == nil || a.to.Query().Get("state") != all {
		t.Errorf("%d %v", a.status, a.to)
	}
	for _, space := range []string{"%20", "+"} {
		q := strings.ReplaceAll(h.shop.query("openid name").Encode(), "openid+name", "openid"+space+"name")
		if a := h.get(h.browser(), connect+"auth?"+q); a.status != 303 || !strings.HasPrefix(a.to.Path, "/login/") {
			t.Errorf("%s: %d", space, a.status)
		}
	}
}

// A signing transaction of one client serves no other.
func TestAuthorization_OtherClientsTransaction(t *testing.T) {
	h := small(t)
	other := h.client("RP2", "http://localhost:9200/cb", nil)
	v := h.shop.query("openid sign")
	v.Set("sign_transaction_id", other.begin(make([]byte, 32)))
	if q := h.authorize(h.browser(), v).to.Query(); !strings.HasPrefix(q.Get("error_description"), "KADO-8110 ") {
		t.Errorf("%v", q)
	}
}
