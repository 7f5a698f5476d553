package requests_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/platform/web/webtest"
	"kado/internal/site/requests"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

const realm = "/api/realms/main"

var start = time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)

// ask sends a request through a log around a handler.
func ask(l *requests.Log, h http.HandlerFunc, method, target, kind, body string, mend func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if mend != nil {
		mend(r)
	}
	w := httptest.NewRecorder()
	l.Around(h).ServeHTTP(w, r)
	return w
}

const form = "application/x-www-form-urlencoded"

func jwt(head, claims string) string {
	e := base64.RawURLEncoding.EncodeToString
	return e([]byte(head)) + "." + e([]byte(claims)) + "." + e([]byte("the signature"))
}

// Whatever a relying party sends, no value that somebody else could use is kept:
// every value here holds the word that is looked for.
func TestNothingThatCouldBeUsedIsKept(t *testing.T) {
	l := requests.New(clock.NewManual(start))
	secret := "SECRET-0123456789"
	back := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // as a handler does
		http.Redirect(w, r, "http://localhost:9000/callback?iss=x&code="+secret+"&state="+secret+"&session_state="+secret, http.StatusSeeOther)
	}
	fail := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"error":"invalid_grant","error_description":"KADO-8130 This code cannot be used.","echo":"%s"}`, secret)
	}
	q := url.Values{"client_id": {"shop"}, "state": {secret}, "nonce": {secret}, "code_challenge": {secret}, "login_hint": {secret}, "unknown": {secret}, "id_token_hint": {secret}, "request": {secret},
		"redirect_uri": {"http://localhost:9000/callback?token=" + secret}, "scope": {"openid"}}
	ask(l, back, "GET", realm+"/protocol/openid-connect/auth?"+q.Encode(), "", "", nil)
	ask(l, back, "GET", "/login/int_abcdefgh12345678/next", "", "", nil)
	f := url.Values{"client_id": {"shop"}, "code": {secret}, "code_verifier": {secret}, "client_secret": {secret}, "refresh_token": {secret}, "grant_type": {"authorization_code"},
		"client_assertion": {jwt(`{"alg":"ES256","kid":"k"}`, `{"iss":"shop","sub":"shop","aud":"http://x`+realm+`","jti":"`+secret+`","exp":1}`) + secret}}
	w := ask(l, fail, "POST", realm+"/protocol/openid-connect/token", form, f.Encode(), func(r *http.Request) { r.SetBasicAuth("shop", secret) })
	if w.Code != 400 || !strings.Contains(w.Body.String(), "KADO-8130") {
		t.Fatal("the answer was changed")
	}
	ask(l, fail, "GET", realm+"/protocol/openid-connect/userinfo?access_token="+secret, "", "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) })
	// Mistakes that put a secret where a name is looked for; codes and tokens have 43 letters
	// or more.
	long := secret + strings.Repeat("x", 43-len(secret))
	ask(l, fail, "GET", realm+"/protocol/openid-connect/userinfo?"+long, "", "", func(r *http.Request) { r.Header.Set("Authorization", secret) })
	ask(l, fail, "GET", realm+"/protocol/openid-connect/userinfo", "", "", func(r *http.Request) { r.Header.Set("Authorization", long+" x") })
	ask(l, fail, "POST", realm+"/protocol/openid-connect/token", "application/json", `{"grant_type":"authorization_code","code":"`+secret+`"}`, nil)
	ask(l, fail, "POST", realm+"/protocol/openid-connect/token", form, url.Values{"redirect_uri": {"http://u:" + secret + "@localhost:9001/callback#" + secret}}.Encode(), nil)
	ask(l, fail, "POST", realm+"/protocol/openid-connect/token", form, url.Values{"scope": {"openid\u202eevil"}, "redirect_url": {secret}}.Encode(), nil)
	all := l.List("")
	if len(all) != 9 {
		t.Fatalf("%d entries", len(all))
	}
	text := fmt.Sprintf("%+v", all)
	if strings.Contains(text, "\u202e") {
		t.Error("a character that turns the order is shown")
	}
	for _, s := range []string{"SECRET", base64.RawURLEncoding.EncodeToString([]byte("the signature")), base64.StdEncoding.EncodeToString([]byte("shop:SECRET"))[:8]} {
		if strings.Contains(text, s) {
			t.Errorf("%q is kept in\n%s", s, text)
		}
	}
	for _, want := range []string{"KADO-8130", "client_assertion · alg", "ES256", "http://localhost:9000/callback", "@localhost:9001/callback", "redirect_url"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// The handler reads the whole body, however long, after the log looked at it.
func TestBodiesPassUnchanged(t *testing.T) {
	l := requests.New(clock.NewManual(start))
	for _, n := range []int{0, 1, 32 << 10, 32<<10 + 1, 100 << 10} {
		body := strings.Repeat("a", n)
		var got string
		ask(l, func(_ http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			got = string(b)
		}, "POST", realm+"/protocol/openid-connect/token", form, body, nil)
		if got != body {
			t.Errorf("of %d octets %d arrive", n, len(got))
		}
	}
}

// What the provider says in a request stands with that request, once, in both
// languages: above all that an open client's assertion was taken unchecked.
func TestWhatTheProviderSaysIsShown(t *testing.T) {
	l := requests.New(clock.NewManual(start))
	unchecked, given := lang.Text{JA: "確かめていません。", EN: "Not checked."}, lang.Text{JA: "渡しました。", EN: "Given."}
	post := func(path, client string, events ...oidc.Event) requests.Entry {
		ask(l, func(w http.ResponseWriter, r *http.Request) {
			for _, e := range events {
				l.Observe(r.Context(), e)
			}
			w.WriteHeader(200)
		}, "POST", realm+"/protocol/openid-connect/"+path, form, "client_id="+client, nil)
		return l.List("")[0]
	}
	if e := post("token", "shop", oidc.Event{Client: "shop", Step: "token", Detail: unchecked}, oidc.Event{Client: "shop", Step: "token", Detail: given}); !slices.Equal(e.Told, []lang.Text{unchecked, given}) {
		t.Errorf("%v", e.Told)
	}
	if e := post("token", "shop"); len(e.Told) != 0 {
		t.Errorf("said again: %v", e.Told)
	}
	// An assertion is looked at in the same words wherever it comes.
	if e := post("ext/par/request", "shop", oidc.Event{Client: "shop", Step: "token", Detail: unchecked}); !slices.Equal(e.Told, []lang.Text{unchecked}) {
		t.Errorf("pushed: %v", e.Told)
	}
	if e := post("token", "shop"); len(e.Told) != 0 {
		t.Errorf("of the pushed one: %v", e.Told)
	}
	if e := post("token", "", oidc.Event{Client: "bank", Step: "token", Detail: given}); e.Client != "bank" {
		t.Errorf("of nobody: %+v", e)
	}
	// What happens in no request of a relying party is an entry by itself.
	l.Observe(t.Context(), oidc.Event{Client: "shop", Step: "interaction", Fault: oidc.Cancelled.New(), Error: "access_denied", Detail: given})
	if e := l.List("shop")[0]; !slices.Equal(e.Told, []lang.Text{given}) || e.Number != oidc.Cancelled.Code() {
		t.Errorf("%+v", e)
	}
	l.Observe(t.Context(), oidc.Event{Client: "shop", Step: "token", Detail: given})
	if e := post("token", "shop"); len(e.Told) != 0 {
		t.Errorf("of no request: %v", e.Told)
	}
}

// Requests that run at the same time, all with one number and most of one client, keep
// each its own explanation: every one of them has been refused before the first is
// answered.
func TestRequestsAtOnceKeepTheirExplanations(t *testing.T) {
	const many = 64
	for _, step := range []string{"token", "auth"} {
		l := requests.New(clock.NewManual(start))
		var refused, answered sync.WaitGroup
		refused.Add(many)
		for n := range many {
			client, field := "shop", fmt.Sprintf("field%d", n)
			if n%4 == 0 {
				client = "bank"
			}
			answered.Go(func() {
				h := func(w http.ResponseWriter, r *http.Request) {
					mistake := oidc.BadTokenRequest.New(field)
					what, _, _ := mistake.In(lang.EN)
					l.Observe(r.Context(), oidc.Event{Client: client, Step: step, Fault: mistake, Error: "invalid_request", Detail: lang.Text{JA: field, EN: field}})
					refused.Done()
					refused.Wait()
					if step == "auth" {
						http.Redirect(w, r, "http://localhost:9000/callback?"+url.Values{"iss": {"x"}, "state": {"same"}, "error": {"invalid_request"}, "error_description": {mistake.Code() + " " + what}}.Encode(), http.StatusSeeOther)
						return
					}
					w.WriteHeader(400)
					fmt.Fprintf(w, `{"error":"invalid_request","error_description":"%s %s"}`, mistake.Code(), what)
				}
				q := url.Values{"client_id": {client}, field: {"1"}, "state": {"same"}}.Encode()
				if step == "auth" {
					ask(l, h, "GET", realm+"/protocol/openid-connect/auth?"+q, "", "", nil)
				} else {
					ask(l, h, "POST", realm+"/protocol/openid-connect/token", form, q, nil)
				}
			})
		}
		answered.Wait()
		all := l.List("")
		if len(all) != many {
			t.Fatalf("%s: %d entries", step, len(all))
		}
		for _, e := range all {
			mine := ""
			for _, f := range e.Sent {
				if strings.HasPrefix(f.Name, "field") {
					mine = f.Name
				}
			}
			if !strings.Contains(e.Refusal.EN, "("+mine+")") || !strings.Contains(e.Refusal.JA, "（"+mine+"）") || !slices.Equal(e.Told, []lang.Text{{JA: mine, EN: mine}}) {
				t.Errorf("%s: a request of %s with %s is explained by %q, told %v", step, e.Client, mine, e.Refusal.EN, e.Told)
			}
		}
	}
}

// A browser that goes back belongs to the client whose login it ends, also where two
// clients chose the same state, and whatever the page's address holds.
func TestBrowsersThatGoBackAtOnceKeepTheirClients(t *testing.T) {
	const many = 32
	l := requests.New(clock.NewManual(start))
	var began, ended, answered sync.WaitGroup
	began.Add(many)
	ended.Add(many)
	for n := range many {
		client := fmt.Sprintf("shop%d", n)
		answered.Go(func() {
			ask(l, func(w http.ResponseWriter, _ *http.Request) {
				began.Done()
				began.Wait()
				w.Header().Set("Location", "/login/int_abcdefgh12345678")
				w.WriteHeader(http.StatusSeeOther)
			}, "GET", realm+"/protocol/openid-connect/auth?state=same&client_id="+client, "", "", nil)
			ask(l, func(w http.ResponseWriter, r *http.Request) {
				l.Observe(r.Context(), oidc.Event{Client: client, Step: "interaction", Interaction: "int_abcdefgh12345678"})
				ended.Done()
				ended.Wait()
				http.Redirect(w, r, "http://localhost:9000/"+client+"?iss=x&state=same&code=c", http.StatusSeeOther)
			}, "GET", "/login/int_abcdefgh12345678/next", "", "", nil)
		})
	}
	answered.Wait()
	back := 0
	for _, e := range l.List("") {
		if e.Step.ID == "answer" {
			if back++; e.Path != "http://localhost:9000/"+e.Client {
				t.Errorf("%s is shown under %q", e.Path, e.Client)
			}
		}
	}
	if back != many {
		t.Errorf("%d of %d went back", back, many)
	}
}

// The number in an answer is explained in both languages, with what the provider
// said of this very refusal.
func TestMistakesCarryTheirNumberAndCure(t *testing.T) {
	l := requests.New(clock.NewManual(start))
	ask(l, func(w http.ResponseWriter, r *http.Request) {
		l.Observe(r.Context(), oidc.Event{Client: "shop", Step: "token", Fault: oidc.BadAssertionClaim.New("aud"), Error: "invalid_client"})
		w.WriteHeader(401)
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"KADO-8125 A claim of the client assertion is wrong (aud)."}`)
	}, "POST", realm+"/protocol/openid-connect/token", form, url.Values{"grant_type": {"authorization_code"}, "client_assertion": {jwt(`{"alg":"HS256"}`, `{"iss":"shop","sub":"other","aud":["http://other/"],"exp":"99"}`)}}.Encode(), nil)
	e := l.List("other")[0]
	if e.Number != "KADO-8125" || e.Error != "invalid_client" || e.Status != 401 || !strings.Contains(e.Refusal.JA, "（aud）") || !strings.Contains(e.Refusal.EN, "(aud)") || e.Cure.JA == "" || e.Why.EN == "" {
		t.Errorf("%+v", e)
	}
	if len(e.Hints) != 5 { // HS256, iss and sub, aud, jti, code_verifier
		t.Errorf("%v", e.Hints)
	}
	// Without the provider's word the catalogue's stands, its gaps marked.
	ask(l, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(401)
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"KADO-8125 …"}`)
	}, "POST", realm+"/protocol/openid-connect/token", form, "client_id=shop", nil)
	if e = l.List("shop")[0]; !strings.Contains(e.Refusal.EN, "wrong (…)") {
		t.Errorf("%+v", e)
	}
	// What the holder's side ended is there, too.
	l.Observe(t.Context(), oidc.Event{Client: "shop", Step: "interaction", Interaction: "int_abcdefgh12345678", Fault: oidc.Cancelled.New(), Error: "access_denied"})
	if e = l.List("shop")[0]; e.Step.ID != "holder" || e.Number != "KADO-8111" || !e.Bad() {
		t.Errorf("%+v", e)
	}
	// The browser that goes back belongs to the client of its interaction.
	ask(l, func(w http.ResponseWriter, r *http.Request) {
		l.Observe(r.Context(), oidc.Event{Client: "shop", Step: "interaction", Interaction: "int_abcdefgh12345678", Error: "access_denied"})
		http.Redirect(w, r, "http://localhost:9000/callback?error=access_denied&error_description=KADO-8111+x&iss=y&state=z", http.StatusSeeOther)
	}, "POST", "/login/int_abcdefgh12345678/cancel", form, "", nil)
	if e = l.List("shop")[0]; e.Step.ID != "answer" || e.Number != "KADO-8111" || e.Path != "http://localhost:9000/callback" {
		t.Errorf("%+v", e)
	}
}

func hintsFor(method, target, kind, body string, mend func(*http.Request)) string {
	l := requests.New(clock.NewManual(start))
	ask(l, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }, method, target, kind, body, mend)
	var out []string
	if list := l.List(""); len(list) == 1 {
		for _, h := range list[0].Hints {
			out = append(out, h.EN)
		}
	}
	return strings.Join(out, "|")
}

// The mistakes that developers are known to make are named.
func TestKnownMistakesAreNamed(t *testing.T) {
	auth := func(change func(url.Values)) string {
		q := url.Values{"response_type": {"code"}, "client_id": {"shop"}, "redirect_uri": {"https://shop.example/"}, "scope": {"openid"}, "state": {"s"}, "nonce": {"n"},
			"code_challenge": {strings.Repeat("a", 43)}, "code_challenge_method": {"S256"}}
		change(q)
		return realm + "/protocol/openid-connect/auth?" + q.Encode()
	}
	if got := hintsFor("GET", auth(func(url.Values) {}), "", "", nil); got != "" {
		t.Errorf("nothing to say, and said: %s", got)
	}
	for want, target := range map[string]string{
		"nonce is missing":          auth(func(q url.Values) { q.Del("nonce") }),
		"not base64":                auth(func(q url.Values) { q.Set("code_challenge", strings.Repeat("a", 43)+"=") }),
		"has 43 characters":         auth(func(q url.Values) { q.Set("code_challenge", "abc") }),
		"never plain":               auth(func(q url.Values) { q.Set("code_challenge_method", "plain") }),
		"two addresses":             auth(func(q url.Values) { q.Set("redirect_uri", "http://localhost:1/") }),
		"separated by spaces":       auth(func(q url.Values) { q.Set("scope", "openid,name") }),
		"comes more than once":      auth(func(q url.Values) { q.Add("state", "t") }),
		"is /api missing":           "/realms/main/.well-known/openid-configuration",
		"none at its end":           "/api/realms/main//.well-known/openid-configuration",
		"There is no Authorization": realm + "/protocol/openid-connect/userinfo",
	} {
		if got := hintsFor("GET", target, "", "", nil); !strings.Contains(got, want) {
			t.Errorf("%s: %q", target, got)
		}
	}
	token := realm + "/protocol/openid-connect/token"
	for want, got := range map[string]string{
		"The body is JSON": hintsFor("POST", token, "application/json", "{}", nil),
		"sent by POST":     hintsFor("GET", token, "", "", nil),
		"private_key_jwt":  hintsFor("POST", token, form, "client_secret=x", nil),
		"is no JWT":        hintsFor("POST", token, form, "client_assertion=x", nil),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
	if got := hintsFor("GET", "/", "", "", nil); got != "" {
		t.Error("a page of the site is taken for a relying party's request")
	}
}

// The ring keeps the last five hundred, and numbers go on.
func TestRing(t *testing.T) {
	l := requests.New(clock.NewManual(start))
	for range 1203 {
		ask(l, func(http.ResponseWriter, *http.Request) {}, "GET", realm+"/protocol/openid-connect/certs", "", "", nil)
	}
	all := l.List("")
	if len(all) != 500 || all[0].N != 1203 || all[499].N != 704 {
		t.Fatalf("%d entries, from %d to %d", len(all), all[0].N, all[len(all)-1].N)
	}
	for n, want := range map[int]bool{0: false, -1: false, 703: false, 704: true, 1203: true, 1204: false} {
		if _, ok := l.Get(n); ok != want {
			t.Errorf("%d: %v", n, ok)
		}
	}
}

// Hostile names and values neither fill the memory nor reach the page as they
// came.
func FuzzRequest(f *testing.F) {
	f.Add("state=1&state=2", "Bearer x", "code=1&client_assertion=a.b.c")
	f.Add("%zz&a=%00%1b[2J", "Basic eA==", "client_assertion="+jwt(`{"alg":"none"}`, `{"aud":[1],"exp":1e400}`))
	f.Add(strings.Repeat("a=1&", 1000), "", strings.Repeat("é", 5000))
	f.Fuzz(func(t *testing.T, query, auth, body string) {
		l := requests.New(clock.NewManual(start))
		r := httptest.NewRequest("POST", realm+"/protocol/openid-connect/token", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Authorization", auth)
		l.Around(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) })).ServeHTTP(httptest.NewRecorder(), r)
		all := l.List("")
		if len(all) != 1 {
			t.Fatal(len(all))
		}
		if n := len(fmt.Sprintf("%+v", all)); n > 100<<10 {
			t.Fatalf("an entry of %d octets", n)
		}
		for _, f := range append(all[0].Sent, all[0].Answer...) {
			if f.Masked && f.Value != "" || strings.ContainsAny(f.Name+f.Value, "\x00\x1b\n\r\x7f") {
				t.Fatalf("%+v", f)
			}
		}
	})
}

// rooms serves the pages alone.
func rooms(t *testing.T, l *requests.Log) (http.Handler, []string) {
	t.Helper()
	s, err := web.New(web.Options{Clock: clock.NewManual(start), Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Part("http://127.0.0.1:8080" + realm)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(p.Room); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	s.Common(mux)
	s.Storybook(mux)
	p.Mount(s, mux)
	var stories []string
	for _, one := range s.StoryPaths() {
		if strings.Contains(one, "/requests/") {
			stories = append(stories, one)
		}
	}
	return s.Guard(mux, nil), stories
}

func TestPages(t *testing.T) {
	l := requests.New(clock.NewManual(start))
	h, stories := rooms(t, l)
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Code, w.Body.String()
	}
	if code, page := get("/requests"); code != 200 || !strings.Contains(page, realm) {
		t.Errorf("empty: %d", code)
	}
	ask(l, func(http.ResponseWriter, *http.Request) {}, "GET", realm+"/protocol/openid-connect/certs", "", "", nil)
	ask(l, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		fmt.Fprint(w, `{"error":"invalid_grant","error_description":"KADO-8130 x"}`)
	}, "POST", realm+"/protocol/openid-connect/token", form, "client_id=%3Cb%3Eshop&code=0123456789", nil)
	for path, want := range map[string]string{"/requests?lang=en": "KADO-8130", "/requests/2?lang=en": "10 characters", "/requests/2": "10文字", "/requests/1": "正常", "/requests?bad=1": "KADO-8130", "/requests?client=nobody": "あてはまる要求はありません", "/requests?client=nobody&lang=en": "No request matches"} {
		if code, page := get(path); code != 200 || !strings.Contains(page, want) || strings.Contains(page, "0123456789") || strings.Contains(page, "<b>shop") {
			t.Errorf("%s: %d, without %q", path, code, want)
		}
	}
	// What the holder's side did is not called the site's mistake.
	l.Observe(t.Context(), oidc.Event{Client: "shop", Step: "interaction", Fault: oidc.Cancelled.New(), Error: "access_denied"})
	for path, want := range map[string]string{"/requests/2?lang=en": "The mistake", "/requests/3?lang=en": "Why the login ended", "/requests/3": "ログインが終わった理由"} {
		if code, page := get(path); code != 200 || !strings.Contains(page, want) {
			t.Errorf("%s: %d, without %q", path, code, want)
		}
	}
	for path, want := range map[string]int{"/requests/4": 404, "/requests/x": 404, "/requests?unknown=1": 400} {
		if code, _ := get(path); code != want {
			t.Errorf("%s: %d", path, code)
		}
	}
	if want := []string{"/storybook/requests/list", "/storybook/requests/list-empty", "/storybook/requests/list-no-match", "/storybook/requests/one-first", "/storybook/requests/one-in-order", "/storybook/requests/one-mistake"}; !reflect.DeepEqual(stories, want) {
		t.Errorf("%v", stories)
	}
}

func TestPagesInABrowser(t *testing.T) {
	ctx := webtest.Browser(t)
	h, stories := rooms(t, requests.New(clock.NewManual(start)))
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	webtest.Look(t, ctx, srv.URL, append(stories, "/requests"))
}

// BenchmarkAround is what the log adds to a token request.
func BenchmarkAround(b *testing.B) {
	l := requests.New(clock.NewManual(start))
	h := l.Around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // as a handler does
	}))
	body := url.Values{"client_id": {"shop"}, "code": {strings.Repeat("c", 43)}, "code_verifier": {strings.Repeat("v", 43)}, "grant_type": {"authorization_code"},
		"client_assertion": {jwt(`{"alg":"ES256","kid":"k"}`, `{"iss":"shop","sub":"shop","aud":"http://x`+realm+`","jti":"1","exp":1}`)}}.Encode()
	for b.Loop() {
		r := httptest.NewRequest("POST", realm+"/protocol/openid-connect/token", strings.NewReader(body))
		r.Header.Set("Content-Type", form)
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
