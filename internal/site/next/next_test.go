package next

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/web"
	"kado/internal/platform/web/webtest"
	"kado/internal/site/ways/waytest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

// stand is the queue around a provider that says yes to everything.
type stand struct {
	*Next
	desk    *waytest.Desk
	handler http.Handler
	shell   *web.Shell
	waited  time.Duration
	rotated int
}

const full = `{"b":1,"a":{"y":[1,2.50,{"q":null,"p":"<x>"}],"x":true},"c":"ü"}`

func open(t *testing.T, chaos bool) *stand {
	t.Helper()
	s := &stand{desk: &waytest.Desk{}}
	o := Options{Desk: s.desk, Wait: func(_ context.Context, d time.Duration) { s.waited += d }}
	if chaos {
		o.Chaos = &Chaos{Entropy: entropy.Seeded(t.Name()), Rotate: func(context.Context) error { s.rotated++; return nil }}
	}
	s.Next = New(o)
	shell, err := web.New(web.Options{Clock: clock.NewManual(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)), Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	part := s.Part()
	if err := shell.Add(part.Room); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	shell.Common(mux)
	shell.Storybook(mux)
	part.Mount(shell, mux)
	mux.HandleFunc("GET "+realm+"/protocol/openid-connect/auth", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("client_id") {
		case "unknown":
			http.Error(w, "unknown client", http.StatusBadRequest)
		case "wrong":
			http.Redirect(w, r, "https://shop.example/cb?error=invalid_scope&state=int_x", http.StatusSeeOther)
		default:
			http.SetCookie(w, &http.Cookie{Name: "browser", Value: "1"})
			s.desk.Begin("int_1", time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
			http.Redirect(w, r, "/login/int_1", http.StatusSeeOther)
		}
	})
	mux.HandleFunc(realm+"/", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" {
			if err := r.ParseForm(); err != nil || r.Form.Get("grant_type") != "authorization_code" {
				http.Error(w, "the body was eaten", http.StatusBadRequest)
				return
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(full))
	})
	mux.HandleFunc("/api/sign-transactions/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(full))
	})
	s.shell = shell
	s.handler = shell.Guard(s.Around(mux), func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") })
	return s
}

func (s *stand) do(r *http.Request) (w *httptest.ResponseRecorder, cut bool) {
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			cut = true
		}
	}()
	w = httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w, false
}

func jws(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

// pushing is a pushed authorization request with a hint.
func pushing(client, hint string) *http.Request {
	// The stand's endpoints look for grant_type to see that the body is whole.
	r := httptest.NewRequest("POST", realm+"/protocol/openid-connect/ext/par/request", strings.NewReader(url.Values{"grant_type": {"authorization_code"},
		"client_id": {client}, "login_hint": {hint}, "client_assertion": {jws(`{"sub":"` + client + `"}`)}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// request is a right request to an endpoint by a client.
func request(at Endpoint, client string) *http.Request {
	connect := realm + "/protocol/openid-connect/"
	switch at {
	case Authorization:
		return httptest.NewRequest("GET", connect+"auth?client_id="+client, nil)
	case Push:
		return pushing(client, "")
	case Token:
		r := httptest.NewRequest("POST", connect+"token", strings.NewReader(url.Values{"grant_type": {"authorization_code"},
			"client_assertion": {jws(`{"sub":"` + client + `"}`)}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r
	case Userinfo, Sign:
		r := httptest.NewRequest("GET", connect+"userinfo", nil)
		if at == Sign {
			r = httptest.NewRequest("GET", "/api/sign-transactions/x/result", nil)
		}
		r.Header.Set("Authorization", "Bearer "+jws(`{"azp":"`+client+`"}`))
		return r
	case Certs:
		return httptest.NewRequest("GET", connect+"certs", nil)
	}
	return httptest.NewRequest("GET", realm+"/.well-known/openid-configuration", nil)
}

// Every answer of the table happens once, to the request that it was meant for,
// and the request after it is answered as it should be.
func TestEachAnswerHappensOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range Answers() {
		if seen[a.ID] || a.Text.JA == "" || !strings.HasPrefix(a.ID, string(a.Endpoint)+"-") {
			t.Errorf("%s stands wrongly in the table", a.ID)
		}
		seen[a.ID] = true
		s := open(t, false)
		client := "shop"
		if a.Endpoint == Certs || a.Endpoint == Discovery {
			client = ""
		}
		if _, err := s.queue.add(a.ID, client, 1); err != nil {
			t.Fatal(err)
		}
		if client != "" { // another's request is left alone
			if w, cut := s.do(request(a.Endpoint, "other")); cut || w.Code != 200 && w.Code != 303 || s.waited > 0 || len(s.desk.Ended) > 0 {
				t.Errorf("%s: another client's request got it", a.ID)
			}
		}
		w, cut := s.do(request(a.Endpoint, "shop"))
		switch {
		case a.Cut:
			if !cut {
				t.Errorf("%s was answered", a.ID)
			}
		case a.Endpoint == Authorization && a.Error != "":
			if w.Code != 303 || s.desk.Ended["int_1"] != a.Error || w.Header().Get("Location") != "/cancelled/int_1" || w.Header().Get("Set-Cookie") == "" {
				t.Errorf("%s: %d %v, ended %v", a.ID, w.Code, w.Header(), s.desk.Ended)
			}
		case a.Wait > 0:
			if s.waited != a.Wait || w.Code != 200 && w.Code != 303 {
				t.Errorf("%s: %d after %s", a.ID, w.Code, s.waited)
			}
		default:
			if w.Code != a.Status || (w.Header().Get("Retry-After") != "") != a.Retry || !a.Page && !strings.Contains(w.Body.String(), `"error":"`+a.Error+`"`) {
				t.Errorf("%s: %d %v %s", a.ID, w.Code, w.Header(), w.Body)
			}
		}
		if w, cut := s.do(request(a.Endpoint, "shop")); cut || w.Code != 200 && w.Code != 303 || a.Endpoint != Authorization && strings.TrimSpace(w.Body.String()) != full {
			t.Errorf("%s happened twice: %d %s", a.ID, w.Code, w.Body)
		}
	}
}

// An error is sent to a relying party only where the provider has admitted the
// request: neither an unknown client nor a request that is refused anyway gets
// another answer than the provider's.
func TestP51_NoErrorToAnUnknownTarget(t *testing.T) {
	for _, client := range []string{"unknown", "wrong"} {
		s := open(t, false)
		if _, err := s.queue.add("auth-access_denied", "", 1); err != nil {
			t.Fatal(err)
		}
		w, _ := s.do(request(Authorization, client))
		if len(s.desk.Ended) > 0 || client == "unknown" && w.Code != 400 || client == "wrong" && !strings.Contains(w.Header().Get("Location"), "invalid_scope") {
			t.Errorf("%s: %d %v", client, w.Code, w.Header())
		}
	}
}

// A hint that is pushed serves as one that the browser carries: at once for this
// endpoint, queued for the client for the others.
func TestMagicHintsThatArePushed(t *testing.T) {
	s := open(t, false)
	if w, _ := s.do(pushing("shop", "fail-par-invalid_scope")); w.Code != 400 || !strings.Contains(w.Body.String(), `"error":"invalid_scope"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w, _ := s.do(pushing("shop", "fail-auth-access_denied")); w.Code != 200 || strings.TrimSpace(w.Body.String()) != full {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w, _ := s.do(request(Authorization, "other")); w.Header().Get("Location") != "/login/int_1" {
		t.Errorf("another client got it: %v", w.Header())
	}
	if s.do(request(Authorization, "shop")); s.desk.Ended["int_1"] != "access_denied" {
		t.Errorf("%v", s.desk.Ended)
	}
	if w, _ := s.do(pushing("shop", "adult:wrong-pin")); w.Code != 200 {
		t.Errorf("an ordinary hint: %d %s", w.Code, w.Body)
	}
}

// login_hint asks for an answer at once or, for a later endpoint, queues it for
// the client.
func TestMagicHints(t *testing.T) {
	s := open(t, false)
	hinted := func(hint string) *httptest.ResponseRecorder {
		w, _ := s.do(httptest.NewRequest("GET", realm+"/protocol/openid-connect/auth?client_id=shop&login_hint="+hint, nil))
		return w
	}
	if hinted("fail-access_denied"); s.desk.Ended["int_1"] != "access_denied" {
		t.Error("fail-access_denied did not")
	}
	if hinted("fail-auth-login_required"); s.desk.Ended["int_1"] != "login_required" {
		t.Error("the whole id did not")
	}
	if w := hinted("fail-token-503"); w.Header().Get("Location") != "/login/int_1" {
		t.Error("the login itself goes on", w.Header())
	}
	if w, _ := s.do(request(Token, "other")); w.Code != 200 {
		t.Error("another client failed")
	}
	if w, _ := s.do(request(Token, "shop")); w.Code != 503 {
		t.Errorf("the token request got %d", w.Code)
	}
	// A misspelt one would let a test pass that proves nothing.
	if w := hinted("fail-nonsense"); w.Code != 400 || !strings.Contains(w.Body.String(), NoSuchAnswer.Code()) {
		t.Errorf("a failure that there is not: %d", w.Code)
	}
	if w := hinted("tanaka@example.com"); w.Header().Get("Location") != "/login/int_1" {
		t.Error("another hint is the provider's affair")
	}
	// Nobody says who asks for keys and configuration.
	for hint, at := range map[string]Endpoint{"fail-certs-500": Certs, "fail-discovery-502": Discovery} {
		if w := hinted(hint); w.Header().Get("Location") != "/login/int_1" {
			t.Error(hint, w.Header())
		}
		if w, _ := s.do(request(at, "")); w.Code < 500 || len(s.queue.list()) != 0 {
			t.Errorf("%s: %d, waiting %v", hint, w.Code, s.queue.list())
		}
	}
}

// The interface for programs: strict, bounded, and its list is the table.
func TestInterface(t *testing.T) {
	s := open(t, false)
	call := func(method, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/api/sandbox/next", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w, _ := s.do(r)
		return w
	}
	if w := call("POST", `{"answer":"token-500","client_id":"shop","times":2}`); w.Code != 201 {
		t.Fatal(w.Code, w.Body)
	}
	for _, bad := range []string{``, `{}`, `{"answer":"token-418"}`, `{"answer":"token-500","times":-1}`, `{"answer":"token-500","times":1001}`,
		`{"answer":"token-500","client_id":"a b"}`, `{"answer":"token-500","more":1}`, `{"answer":"token-500"} {}`} {
		if w := call("POST", bad); w.Code != 400 || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", bad, w.Code, w.Header())
		}
	}
	var got listing
	if err := json.Unmarshal(call("GET", "").Body.Bytes(), &got); err != nil || len(got.Queue) != 1 || got.Queue[0].Left != 2 || len(got.Answers) != len(Answers()) {
		t.Errorf("%+v %v", got, err)
	}
	if w := call("DELETE", ""); w.Code != 204 || len(s.queue.list()) != 0 {
		t.Error("was not cleared")
	}
	for range maxQueue {
		if _, err := s.queue.add("certs-500", "", 1); err != nil {
			t.Fatal(err)
		}
	}
	if w := call("POST", `{"answer":"token-500"}`); w.Code != 409 {
		t.Errorf("an endless queue: %d", w.Code)
	}
}

func TestPageQueuesAndRemoves(t *testing.T) {
	s := open(t, false)
	post := func(f url.Values) int {
		r := httptest.NewRequest("POST", "/sandbox/next", strings.NewReader(f.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w, _ := s.do(r)
		return w.Code
	}
	for range 2 {
		if code := post(url.Values{"answer": {"token-500"}, "client_id": {""}, "times": {"3"}}); code != 303 {
			t.Fatal(code)
		}
	}
	if post(url.Values{"remove": {"1"}}); len(s.queue.list()) != 1 {
		t.Error("one entry was not removed")
	}
	if post(url.Values{"remove": {"all"}}); len(s.queue.list()) != 0 {
		t.Error("not all were removed")
	}
	for _, bad := range []url.Values{{"answer": {"x"}, "times": {"1"}}, {"answer": {"token-500"}, "times": {"x"}}, {"other": {"1"}}} {
		if code := post(bad); code != 400 {
			t.Errorf("%v: %d", bad, code)
		}
	}
}

// The queue as a model: whatever is queued, each request gets the first entry that
// was meant for it, each as often as was asked for.
func TestRapidQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		type entry struct {
			answer, client string
			left           int
		}
		var model []*entry
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			client := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "client")
			if rapid.Bool().Draw(t, "queue") {
				e := &entry{rapid.SampledFrom([]string{"token-500", "token-503", "certs-500"}).Draw(t, "answer"), client, rapid.IntRange(1, 3).Draw(t, "times")}
				if _, err := q.add(e.answer, e.client, e.left); err != nil {
					t.Fatal(err)
				}
				if strings.HasPrefix(e.answer, "certs") {
					e.client = "" // nobody says there who asks
				}
				model = append(model, e)
				continue
			}
			at := rapid.SampledFrom([]Endpoint{Token, Certs}).Draw(t, "endpoint")
			want := ""
			for _, e := range model {
				if e.left > 0 && strings.HasPrefix(e.answer, string(at)) && (e.client == "" || e.client == client) {
					want, e.left = e.answer, e.left-1
					break
				}
			}
			if got, _ := q.take(at, client); got.ID != want {
				t.Fatalf("%s for %q: got %q, want %q", at, client, got.ID, want)
			}
		}
		for _, at := range []Endpoint{Token, Certs} {
			waiting := false
			for _, e := range model {
				waiting = waiting || e.left > 0 && strings.HasPrefix(e.answer, string(at))
			}
			if q.waits(at) != waiting {
				t.Fatalf("%s waits: %t", at, !waiting)
			}
		}
	})
}

// Chaos: about five refusals in a hundred, each of them retryable; JSON in many
// orders with the same content; keys rotated now and then; delays within bounds.
func TestChaos(t *testing.T) {
	s := open(t, true)
	const n = 2000
	refused := 0
	orders := map[string]bool{}
	for range n {
		w, cut := s.do(request(Token, "shop"))
		switch {
		case cut:
			t.Fatal("cut")
		case w.Code == 503:
			refused++
			if w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "temporarily_unavailable") || !strings.Contains(w.Body.String(), "KADO-8405") {
				t.Fatal(w.Header(), w.Body)
			}
		case w.Code == 200:
			orders[w.Body.String()] = true
			var got, want any
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err, w.Body)
			}
			if err := json.Unmarshal([]byte(full), &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) || !strings.Contains(w.Body.String(), "2.50") || !strings.Contains(w.Body.String(), "<x>") {
				t.Fatalf("%s is not %s", w.Body, full)
			}
		default:
			t.Fatal(w.Code)
		}
	}
	if refused < n*2/100 || refused > n*8/100 {
		t.Errorf("%d of %d refused", refused, n)
	}
	if len(orders) != 6*2*2 {
		t.Errorf("%d orders, not 24", len(orders))
	}
	if s.rotated < n/200 || s.rotated > n*4/100 {
		t.Errorf("keys rotated %d times", s.rotated)
	}
	if s.waited < n*jitter/4 || s.waited > n*jitter {
		t.Errorf("waited %s", s.waited)
	}
	ended := 0
	for range 400 {
		delete(s.desk.Ended, "int_1")
		if s.do(request(Authorization, "shop")); s.desk.Ended["int_1"] == "temporarily_unavailable" {
			ended++
		}
	}
	if ended == 0 || ended > 60 {
		t.Errorf("%d of 400 authorizations ended", ended)
	}
	quiet := open(t, false)
	for range 100 {
		if w, _ := quiet.do(request(Token, "shop")); w.Code != 200 || strings.TrimSpace(w.Body.String()) != full || quiet.waited != 0 {
			t.Fatal("chaos without being asked for")
		}
	}
}

func FuzzShuffle(f *testing.F) {
	for _, s := range []string{full, `[]`, `1`, `{"a":1,"a":2}`, `{`, `{} {}`, `"\ud800"`, `1e400`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c := &Chaos{Entropy: entropy.Seeded("fuzz")}
		out, err := c.shuffle(raw)
		if err != nil {
			return
		}
		if !json.Valid(out) || !json.Valid(raw) {
			t.Fatalf("%q became %q", raw, out)
		}
		again, err := c.shuffle(out)
		if err != nil || len(again) != len(out) {
			t.Fatalf("%q became %q: %v", out, again, err)
		}
	})
}

func FuzzClaims(f *testing.F) {
	f.Add(jws(`{"sub":"shop"}`))
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		r := httptest.NewRequest("POST", "/x", bytes.NewReader([]byte("client_assertion="+url.QueryEscape(token))))
		claimedClient(r, Token)
	})
}

func TestPagesInABrowser(t *testing.T) {
	browser := webtest.Browser(t)
	s := open(t, true)
	srv := httptest.NewServer(s.handler)
	t.Cleanup(srv.Close)
	webtest.Look(t, browser, srv.URL, []string{"/storybook/next/empty", "/storybook/next/queued", "/sandbox/next"})
}

// The page of another site plans no failure by an image that nobody sees.
func TestHintsOfUnseenRequestsAreNotTaken(t *testing.T) {
	s := open(t, false)
	r := httptest.NewRequest("GET", realm+"/protocol/openid-connect/auth?client_id=shop&login_hint=fail-token-503", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Sec-Fetch-Mode", "no-cors")
	if s.do(r); len(s.queue.list()) != 0 {
		t.Errorf("%v waits", s.queue.list())
	}
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	if s.do(r); len(s.queue.list()) != 1 {
		t.Error("a visitor's request plans none")
	}
}
