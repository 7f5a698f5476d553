package partytest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/lang"
	"kado/internal/site/requests"
	"kado/internal/site/ways/testcard"
)

// Many logins of one client run at the same time, every one with mistakes of its own
// and all of them with the same state. The request log shows under each request what
// was wrong with that one, and nothing of another.
func TestRequestLog_ManyLoginsAtOnce(t *testing.T) {
	const many = 24
	const client, callback = "atonce0001", "http://127.0.0.1:9/atonce"
	h := open(t)
	verifier := strings.Repeat("v", 43)
	digest := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(digest[:])
	auth := func(change func(url.Values)) string {
		q := url.Values{"response_type": {"code"}, "client_id": {client}, "redirect_uri": {callback}, "scope": {"openid"}, "state": {"same"}, "nonce": {"n"},
			"code_challenge": {challenge}, "code_challenge_method": {"S256"}}
		change(q)
		return h.issuer + "/protocol/openid-connect/auth?" + q.Encode()
	}
	// goes opens an address with a card and returns the query with which the browser is sent back.
	goes := func(address, card string) (url.Values, error) {
		b := h.browser(t, card)
		b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
			if !strings.HasPrefix(r.URL.String(), h.base) {
				return http.ErrUseLastResponse
			}
			return nil
		}
		req, err := http.NewRequest("GET", address, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set(testcard.Header, card)
		resp, err := b.Do(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		u, err := url.Parse(resp.Header.Get("Location"))
		return u.Query(), err
	}
	sends := func(change func(url.Values), aud, id string) (string, error) {
		e := base64.RawURLEncoding.EncodeToString
		// Nobody registered a key of this client: its assertions are read, and believed.
		assertion := e([]byte(`{"alg":"ES256"}`)) + "." + e([]byte(fmt.Sprintf(`{"iss":%q,"sub":%q,"aud":%q,"jti":%q,"exp":%d}`, client, client, aud, id, time.Now().Add(time.Minute).Unix()))) + "." + e(make([]byte, 64)) //kado:wall-clock relying parties have the machine's time
		f := url.Values{"grant_type": {"authorization_code"}, "client_id": {client}, "redirect_uri": {callback}, "code_verifier": {verifier},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion}}
		change(f)
		resp, err := (&http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}).PostForm(h.issuer+"/protocol/openid-connect/token", f)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
		return string(body), err
	}
	var all sync.WaitGroup
	for n := range many {
		mark := fmt.Sprintf("field%d", n)
		all.Go(func() {
			if q, err := goes(auth(func(q url.Values) { q.Set("scope", "openid "+mark) }), "adult"); err != nil || q.Get("error") != "invalid_scope" {
				t.Errorf("%s: bad scope: %v %v", mark, q, err)
			}
			card := []string{"adult:cancel", "adult:suspended", "adult:revoked", "adult:time-out"}[n%4]
			if q, err := goes(auth(func(q url.Values) { q.Set("acr_values", mark) }), card); err != nil || q.Get("error") != "access_denied" {
				t.Errorf("%s: %s: %v %v", mark, card, q, err)
			}
			q, err := goes(auth(func(url.Values) {}), "adult")
			if err != nil || q.Get("code") == "" {
				t.Errorf("%s: no code: %v %v", mark, q, err)
			}
			if body, err := sends(func(f url.Values) { f[mark] = []string{"1", "2"} }, h.issuer, "a"+mark); err != nil || !strings.Contains(body, "invalid_request") {
				t.Errorf("%s: sent twice: %s %v", mark, body, err)
			}
			if body, err := sends(func(url.Values) {}, "http://"+mark, "b"+mark); err != nil || !strings.Contains(body, "invalid_client") {
				t.Errorf("%s: wrong audience: %s %v", mark, body, err)
			}
			if body, err := sends(func(f url.Values) { f.Set("code", q.Get("code")) }, h.issuer+"/protocol/openid-connect/token", "c"+mark); err != nil || !strings.Contains(body, "id_token") {
				t.Errorf("%s: good: %s %v", mark, body, err)
			}
		})
	}
	all.Wait()
	seen := map[string]int{}
	for _, e := range h.asked.List(client) {
		seen[e.Step.ID+" "+e.Number]++
		if n := len(e.Told); n > 2 || e.Number != "" && e.Step.ID != "answer" && n == 0 {
			t.Errorf("%d, %s: told %v", e.N, e.Step.ID, e.Told)
		}
		mark := markOf(e)
		if mark == "" || !e.Bad() {
			continue
		}
		want := "(" + mark + ")"
		if e.Number == oidc.BadAssertionClaim.Code() {
			want = "(aud)"
		}
		if !strings.Contains(e.Refusal.EN, want) {
			t.Errorf("%d, %s with %s is explained by %s %q", e.N, e.Step.ID, mark, e.Number, e.Refusal.In(lang.EN))
		}
	}
	for what, want := range map[string]int{
		"authorization ": 2 * many, "authorization " + oidc.BadScope.Code(): many, "token " + oidc.BadTokenRequest.Code(): many, "token " + oidc.BadAssertionClaim.Code(): many,
		"answer ": many, "answer " + testcard.Cancelled.Code(): many / 4, "answer " + testcard.TimedOut.Code(): many / 4, "answer " + login.Suspended.Code(): many / 4, "answer " + login.Revoked.Code(): many / 4,
		"holder " + testcard.Cancelled.Code(): many / 4, "holder " + testcard.TimedOut.Code(): many / 4, "holder " + login.Suspended.Code(): many / 4, "holder " + login.Revoked.Code(): many / 4,
	} {
		if seen[what] != want {
			t.Errorf("%q is there %d times, not %d", what, seen[what], want)
		}
	}
	if t.Failed() {
		t.Log(seen)
	}
}

// markOf is by which word a request was made to differ from the others.
func markOf(e requests.Entry) string {
	for _, f := range e.Sent {
		for _, s := range []string{f.Name, f.Value} {
			if at := strings.Index(s, "field"); at >= 0 {
				return s[at:]
			}
		}
	}
	return ""
}
