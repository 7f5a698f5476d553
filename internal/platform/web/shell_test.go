package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"kado/internal/platform/clock"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
)

var start = time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)

func shell(t *testing.T, log *bytes.Buffer) *web.Shell {
	t.Helper()
	o := web.Options{Clock: clock.NewManual(start), Sandbox: true, Menu: []web.Link{{Path: "/", Text: lang.Text{JA: "最初", EN: "First"}}}}
	if log != nil {
		o.Log = slog.New(slog.NewTextHandler(log, nil))
	}
	s, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func room(page string, texts web.Texts) web.Room {
	return web.Room{Name: "room", Pages: fstest.MapFS{"one.html": {Data: []byte(page)}}, Texts: texts,
		Stories: []web.Story{{Name: "one", Page: web.Page{Name: "room/one"}}}}
}

// A page that is translated by half cannot be served: the shell refuses it when
// it is made.
func TestCataloguesAreWhole(t *testing.T) {
	whole := web.Texts{"room.hello": {JA: "こんにちは、%sさん", EN: "Hello, %s"}}
	if err := shell(t, nil).Add(room(`{{define "content"}}<h1>{{t "room.hello" "x"}}</h1>{{end}}`, whole)); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]web.Room{
		"no such text":       room(`{{define "content"}}{{if true}}{{t "room.other"}}{{end}}{{end}}`, whole),
		"nested":             room(`{{define "content"}}{{range .Data}}{{with .}}{{printf "%s" (t "room.other")}}{{end}}{{end}}{{end}}`, whole),
		"computed key":       room(`{{define "content"}}{{t .Data}}{{end}}`, whole),
		"one language":       room(`{{define "content"}}{{end}}`, web.Texts{"room.hello": {JA: "はい"}}),
		"other verbs":        room(`{{define "content"}}{{end}}`, web.Texts{"room.hello": {JA: "%sさん", EN: "%d"}}),
		"foreign key":        room(`{{define "content"}}{{end}}`, web.Texts{"shell.hello": {JA: "はい", EN: "Yes"}}),
		"text in the page":   room(`{{define "content"}}<p>はい</p>{{end}}`, whole),
		"no content":         room(`<p></p>`, whole),
		"page without story": {Name: "room", Pages: fstest.MapFS{"one.html": {Data: []byte(`{{define "content"}}{{end}}`)}}},
		"story without page": {Name: "room", Stories: []web.Story{{Name: "x", Page: web.Page{Name: "room/none"}}}},
	} {
		if err := shell(t, nil).Add(r); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func served(s *web.Shell, h http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	s.Common(mux)
	s.Storybook(mux)
	if h != nil {
		mux.HandleFunc("/do", h)
	}
	return s.Guard(mux, func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") })
}

func ask(h http.Handler, method, target string, mend func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	if mend != nil {
		mend(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestLanguageIsChosen(t *testing.T) {
	h := served(shell(t, nil), nil)
	for _, c := range []struct{ query, cookie, accept, want string }{
		{"", "", "", "ja"}, {"", "", "de, en;q=0.5", "en"}, {"", "", "en-GB", "en"}, {"", "", "fr", "ja"}, {"", "en", "ja", "en"},
		{"?lang=ja", "en", "en", "ja"}, {"?lang=EN", "", "", "ja"}, {"", "xx", "en", "en"},
	} {
		w := ask(h, "GET", "/storybook"+c.query, func(r *http.Request) {
			r.Header.Set("Accept-Language", c.accept)
			if c.cookie != "" {
				r.AddCookie(&http.Cookie{Name: "kado_lang", Value: c.cookie})
			}
		})
		if got := w.Header().Get("Content-Language"); got != c.want || !strings.Contains(w.Body.String(), `<html lang="`+c.want+`">`) {
			t.Errorf("%+v: %s", c, got)
		}
	}
	w := ask(h, "GET", "/storybook?lang=en", nil)
	if c := w.Result().Cookies(); len(c) != 1 || c[0].Value != "en" || !c[0].HttpOnly {
		t.Errorf("choice not kept: %v", c)
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	h := served(shell(t, nil), nil)
	for _, path := range []string{"/storybook", "/storybook/shell/fault", "/assets/kado.css", "/healthz"} {
		w := ask(h, "GET", path, nil)
		if w.Code != 200 || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
	// What is no page may do nothing, should a browser show it as one.
	for _, path := range []string{"/assets/kado.css", "/assets/icons.svg", "/healthz", "/metrics", "/do", "/a/../b", "//evil.example/x", "/api/none"} {
		w := ask(h, "GET", path, func(r *http.Request) { r.Header.Set("Accept", "application/json") })
		if csp := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'") {
			t.Errorf("%s: %d %q", path, w.Code, csp)
		}
	}
	csp := ask(h, "GET", "/storybook", nil).Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("policy %q lacks %s", csp, want)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	for _, path := range []string{"/assets/..%2fshell.go", "/assets/none.css", "/assets/tokens.LICENSE", "/storybook/shell/none"} {
		if w := ask(h, "GET", path, nil); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	done := 0
	h := served(shell(t, nil), func(w http.ResponseWriter, _ *http.Request) { done++ })
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 200, "none": 200} {
		before := done
		w := ask(h, "POST", "/do", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", site) })
		if w.Code != want || (done > before) != (want == 200) {
			t.Errorf("%s: %d, done %v", site, w.Code, done > before)
		}
		if want == 403 && !strings.Contains(w.Body.String(), "KADO-1601") {
			t.Errorf("%s: no number", site)
		}
	}
}

func TestWritesAreLimited(t *testing.T) {
	now := clock.NewManual(start)
	s, err := web.New(web.Options{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	h := served(s, func(http.ResponseWriter, *http.Request) {})
	post := func(from string) int {
		return ask(h, "POST", "/do", func(r *http.Request) { r.RemoteAddr = from }).Code
	}
	refused := 0
	for range 150 {
		if post("192.0.2.1:1") == 503 {
			refused++
		}
	}
	if refused == 0 || refused > 50 || post("192.0.2.2:1") != 200 {
		t.Fatalf("%d of 150 refused", refused)
	}
	if err := now.Advance(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	if post("192.0.2.1:1") != 200 {
		t.Error("still refused after the wait that the refusal names")
	}
}

// One party is limited by the network that it has to itself, however many addresses
// that holds; and visitors behind a proxy by the proxy, since all have its address.
func TestWrites_LimitedByNetwork(t *testing.T) {
	for name, c := range map[string]struct {
		from    func(n int) string
		header  string
		limited bool
	}{
		"one address":             {func(int) string { return "203.0.113.7:1" }, "", true},
		"one in IPv6 of IPv4":     {func(int) string { return "[::ffff:203.0.113.7]:1" }, "", true},
		"one network of IPv6":     {func(n int) string { return fmt.Sprintf("[2001:db8:1:2::%x]:1", n) }, "", true},
		"many networks":           {func(n int) string { return fmt.Sprintf("[2001:db8:1:%x::1]:1", n) }, "", false},
		"this machine":            {func(int) string { return "127.0.0.1:1" }, "", true},
		"a proxy on this machine": {func(int) string { return "127.0.0.1:1" }, "X-Forwarded-For", false},
		"a proxy in the network":  {func(int) string { return "10.0.0.9:1" }, "Forwarded", false},
		"a stranger's header":     {func(int) string { return "203.0.113.7:1" }, "X-Forwarded-For", true},
	} {
		s, err := web.New(web.Options{Clock: clock.NewManual(start)})
		if err != nil {
			t.Fatal(err)
		}
		h := served(s, func(http.ResponseWriter, *http.Request) {})
		refused := 0
		for n := range 150 {
			w := ask(h, "POST", "/do", func(r *http.Request) {
				if r.RemoteAddr = c.from(n); c.header != "" {
					r.Header.Set(c.header, "192.0.2.1")
				}
			})
			if w.Code == http.StatusServiceUnavailable {
				refused++
			}
		}
		if (refused == 50) != c.limited || !c.limited && refused > 0 {
			t.Errorf("%s: %d of 150 refused", name, refused)
		}
	}
}

var planted = fault.Define(fault.Kind{Number: 1699, Class: fault.Conflict,
	What: lang.Text{JA: "%dは試験です。", EN: "%d is a test."}, Why: lang.Text{JA: "理由", EN: "why"}, Cure: lang.Text{JA: "直し方", EN: "cure"}})

// The same number in page, problem document and log; what lies below only in
// the log.
func TestRefusalsCarryTheirNumber(t *testing.T) {
	var log bytes.Buffer
	s := shell(t, &log)
	h := served(s, func(w http.ResponseWriter, r *http.Request) { s.Fault(w, r, planted.Because(http.ErrNoCookie, 7)) })
	w := ask(h, "GET", "/do?code=secret", nil)
	if w.Code != 409 || !strings.Contains(w.Body.String(), "KADO-1699") || !strings.Contains(w.Body.String(), "7は試験です。") {
		t.Errorf("page: %d %s", w.Code, w.Body)
	}
	w = ask(h, "GET", "/do?lang=en", func(r *http.Request) { r.Header.Set("Accept", "application/json") })
	var p web.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p != (web.Problem{Type: "about:blank", Title: "7 is a test.", Status: 409, Code: "KADO-1699", Detail: "why", Cure: "cure"}) {
		t.Errorf("problem: %v %+v", err, p)
	}
	if !strings.Contains(log.String(), "KADO-1699") || strings.Contains(log.String(), "secret") {
		t.Errorf("log: %s", log.String())
	}
	log.Reset()
	h = served(s, func(w http.ResponseWriter, r *http.Request) { s.Fault(w, r, http.ErrNoCookie) })
	w = ask(h, "GET", "/do", nil)
	if w.Code != 500 || !strings.Contains(w.Body.String(), "KADO-1000") || strings.Contains(w.Body.String(), "cookie") || !strings.Contains(log.String(), "cookie") {
		t.Errorf("unexpected: %d, log %s", w.Code, log.String())
	}
	h = served(s, func(http.ResponseWriter, *http.Request) { panic("planted") })
	if w = ask(h, "GET", "/do", nil); w.Code != 500 || strings.Contains(w.Body.String(), "planted") {
		t.Errorf("panic: %d", w.Code)
	}
}

func TestFormsAreReadStrictly(t *testing.T) {
	read := func(body, kind string) error {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		_, err := web.Form(r, "a", "b")
		return err
	}
	const form = "application/x-www-form-urlencoded"
	for _, good := range []string{"", "a=1", "a=1&b=%E9%AB%99", "a=x%0D%0Ay"} {
		if err := read(good, form); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"c=1", "a=1&a=2", "a=%FF", "a=%00", "a=%zz", "a=1;b=2", "a=" + strings.Repeat("x", 9<<10), strings.Repeat("a", web.MaxBody+1)} {
		if err := read(bad, form); !web.BadForm.Is(err) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	if err := read("a=1", "text/plain"); !web.BadForm.Is(err) {
		t.Errorf("content type: %v", err)
	}
	js := func(body string) error {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		var v struct{ A int }
		return web.JSON(r, 100, &v)
	}
	if err := js(`{"A":1}`); err != nil {
		t.Error(err)
	}
	// Each names the place.
	for bad, place := range map[string]string{``: "end", `{"A":1}{}`: "octet 8", `{"secret":1}`: "secret", `{"A":"x"}`: "A", `{"A":1,}`: "octet 8", `[]`: "octet 1",
		`{"A":1` + strings.Repeat(" ", 100) + `}`: "end", `{"` + strings.Repeat("x", 90) + `":1}`: strings.Repeat("x", 90)} {
		err := js(bad)
		if !web.BadJSON.Is(err) {
			t.Errorf("%q: %v", bad, err)
			continue
		}
		if what, _, _ := fault.Of(err).In(lang.EN); !strings.Contains(what, "("+place+")") {
			t.Errorf("%q: %s", bad, what)
		}
	}
}

// Whoever takes the wrong method or an address that there is not learns so in the
// form that they read: programs as JSON, browsers as a page.
func TestPrograms_WrongMethodAndAddress(t *testing.T) {
	s := shell(t, &bytes.Buffer{})
	mux := http.NewServeMux()
	s.Common(mux)
	mux.HandleFunc("POST /api/token", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /page", func(http.ResponseWriter, *http.Request) {})
	h := s.Guard(mux, func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") })
	for _, c := range []struct {
		method, path, accept, kind, number, allow string
		status                                    int
	}{
		{"GET", "/api/token", "*/*", "application/problem+json", "KADO-1604", "POST", 405},
		{"GET", "/api/token", "text/html,*/*", "text/html; charset=utf-8", "KADO-1604", "POST", 405},
		{"GET", "/api/other", "", "application/problem+json", "KADO-1600", "", 404},
		{"POST", "/page", "", "text/html; charset=utf-8", "KADO-1604", "GET, HEAD", 405},
		{"GET", "/other", "", "text/html; charset=utf-8", "KADO-1600", "", 404},
	} {
		w := ask(h, c.method, c.path, func(r *http.Request) { r.Header.Set("Accept", c.accept) })
		if w.Code != c.status || w.Header().Get("Content-Type") != c.kind || w.Header().Get("Allow") != c.allow || !strings.Contains(w.Body.String(), c.number) {
			t.Errorf("%+v: %d %v %.200s", c, w.Code, w.Header(), w.Body)
		}
	}
}

type inner struct {
	Note string `json:"note"`
	Blob []byte `json:"blob"`
}

type outer struct {
	Name  string    `json:"name"`
	List  []inner   `json:"list"`
	One   *inner    `json:"one"`
	At    time.Time `json:"at"`
	Plain int
}

// JSON has one spelling: what two programs could read differently is refused.
func TestJSON_OneSpelling(t *testing.T) {
	read := func(raw string) error { return web.StrictJSON([]byte(raw), &outer{}) }
	for _, good := range []string{`{}`, ` {"name":"x","list":[{"note":"a","blob":"AA=="},{}],"one":{"note":"b"},"at":"2026-04-01T00:00:00Z","Plain":1}`, `{"one":null,"list":null}`,
		`{"list":[{"note":"a"},{"note":"a"}],"one":{"note":"c"}}`} {
		if err := read(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{``, `null x`, `[]`, `{} {}`, `{"other":1}`, `{"name":"x","name":"x"}`, `{"name":"x","Name":"y"}`, `{"NAME":"x"}`, `{"plain":1}`, `{"one":{"note":"a","note":"b"}}`,
		`{"one":{"Note":"a"}}`, `{"list":[{"note":"a"},{"NOTE":"b"}]}`, `{"list":[{"note":"a","note":"a"}]}`, "{\"name\":\"\xff\"}", `{"name":"x",}`, strings.Repeat("[", 20000)} {
		if err := read(bad); err == nil {
			t.Errorf("%.60q was read", bad)
		}
	}
	var any map[string]json.RawMessage
	if err := web.StrictJSON([]byte(`{"a":{"b":1,"b":2}}`), &any); err == nil {
		t.Error("a member within a member came twice")
	}
}

func FuzzStrictJSON(f *testing.F) {
	for _, s := range []string{`{"name":"x","list":[{"note":"a","blob":"AA=="}],"one":{}}`, `{"NAME":1}`, `{"name":"","name":""}`, `[[[`, `null`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v, again outer
		if web.StrictJSON(raw, &v) != nil {
			return
		}
		b, err := json.Marshal(v)
		if err != nil {
			return // a time beyond what JSON writes
		}
		if err := web.StrictJSON(b, &again); err != nil || !reflect.DeepEqual(v, again) {
			t.Fatalf("%q comes back as %q: %v", raw, b, err)
		}
	})
}

func FuzzForm(f *testing.F) {
	for _, s := range []string{"a=1&b=2", "a=%00", "a=1&a=1", "%", "a=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		v, err := web.Form(r, "a", "b")
		if err == nil {
			again, perr := url.ParseQuery(v.Encode())
			if perr != nil || len(again) != len(v) || len(v) > 2 {
				t.Fatalf("%q: %v", body, v)
			}
		}
	})
}

func TestReadiness(t *testing.T) {
	s := shell(t, nil)
	var broken error
	s.Ready(func(*http.Request) error { return broken })
	h := served(s, nil)
	if w := ask(h, "GET", "/readyz", nil); w.Code != 200 {
		t.Error(w.Code)
	}
	broken = http.ErrServerClosed
	if w := ask(h, "GET", "/readyz", nil); w.Code != 503 || strings.Contains(w.Body.String(), "closed") {
		t.Error(w.Code, w.Body)
	}
	if w := ask(h, "GET", "/healthz", nil); w.Code != 200 {
		t.Error(w.Code)
	}
	w := ask(h, "GET", "/metrics", nil)
	for _, figure := range []string{`kado_http_seconds_count{route="GET /readyz",status="503"} 1`, "go_memstats_heap_inuse_bytes ", "go_goroutines "} {
		if w.Code != 200 || !strings.Contains(w.Body.String(), figure) {
			t.Errorf("%d without %s:\n%s", w.Code, figure, w.Body)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	s, err := web.New(web.Options{Clock: clock.NewManual(start)})
	if err != nil {
		b.Fatal(err)
	}
	h := served(s, nil)
	for b.Loop() {
		if w := ask(h, "GET", "/storybook/shell/fault", nil); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

// Outside a sandbox the figures are for the own machine, whatever a header
// claims of the way.
func TestMetricsAreNotForEverybody(t *testing.T) {
	s, err := web.New(web.Options{Clock: clock.NewManual(start)})
	if err != nil {
		t.Fatal(err)
	}
	h := served(s, nil)
	ask(h, "GET", "/healthz", nil) // so that there are figures
	for from, want := range map[string]int{"127.0.0.1:5": 200, "[::1]:5": 200, "192.0.2.7:5": 404, "": 404} {
		w := ask(h, "GET", "/metrics", func(r *http.Request) {
			r.RemoteAddr = from
			if want != http.StatusOK {
				r.Header.Set("X-Forwarded-For", "127.0.0.1")
			}
		})
		if w.Code != want || strings.Contains(w.Body.String(), "kado_http_seconds") != (want == 200) {
			t.Errorf("%q: %d", from, w.Code)
		}
	}
}

// What a browser names as the host goes into links only if it has the form of
// one.
func TestAddressesToShow(t *testing.T) {
	for host, want := range map[string]string{"127.0.0.1:8080": "http://127.0.0.1:8080", "kado.example": "http://kado.example", "[::1]:80": "http://[::1]:80",
		"evil.example/path": "http://localhost", "user@evil.example": "http://localhost", "EVIL": "http://localhost", "": "http://localhost", "a b": "http://localhost"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		if got := web.Address(r, false, "localhost"); got != want {
			t.Errorf("%q: %s, want %s", host, got, want)
		}
	}
}

// guarded serves pages behind the guard: /one once, /again every second.
func guarded(t *testing.T, o web.Options) http.Handler {
	t.Helper()
	o.Clock = clock.NewManual(start)
	s, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(room(`{{define "content"}}{{end}}`, nil)); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	s.Common(mux)
	for path, every := range map[string]time.Duration{"/one": 0, "/again": time.Second} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			s.Render(w, r, web.Page{Name: "room/one", Refresh: every})
		})
	}
	mux.HandleFunc("GET /api/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	return s.Guard(mux, func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") })
}

// A page that asks every second whether something has changed does not fill the log;
// when it is refused, that is logged.
func TestLog_PollsAreQuiet(t *testing.T) {
	var log bytes.Buffer
	h := guarded(t, web.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	for _, c := range []struct {
		path   string
		htmx   bool
		logged bool
	}{
		{"/one", false, true},
		{"/one?seen=3", false, true},
		{"/one", true, true},
		{"/one?seen=3", true, false},
		{"/again", false, false},
		{"/none?seen=3", true, true},
	} {
		log.Reset()
		r := httptest.NewRequest("GET", c.path, nil)
		if c.htmx {
			r.Header.Set("HX-Request", "true")
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
		if logged := strings.Contains(log.String(), "msg=request"); logged != c.logged {
			t.Errorf("%s (htmx %v): logged %v: %s", c.path, c.htmx, logged, log.String())
		}
	}
}

// A name that leads here and is not this site's is refused on every path, in both
// languages and for programs, before anything is done; addresses have no owner who
// could lead them elsewhere.
func TestHost_RebindingIsRefused(t *testing.T) {
	h := guarded(t, web.Options{Sandbox: true, Hosts: []string{"127.0.0.1", "kado.internal"}})
	get := func(host, path, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.Host = host
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, host := range []string{"localhost", "localhost:8080", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080", "192.0.2.7:8080",
		"kado.internal", "Kado.Internal:8080"} {
		for _, path := range []string{"/one", "/api/x", "/metrics"} {
			if w := get(host, path, ""); w.Code != http.StatusOK {
				t.Errorf("%s%s: %d", host, path, w.Code)
			}
		}
	}
	for _, host := range []string{"", "attacker.example", "attacker.example:8080", "localhost.attacker.example", "127.0.0.1.attacker.example", "localhost.", "kado.internal.example",
		"127.0.0.1@attacker.example", "[::1].attacker.example", "[::1", "::1]:x", "localhost:8080:8080", "2130706433", "0x7f.1", "localhost\x00.example"} {
		for _, path := range []string{"/one", "/api/x", "/metrics", "/assets/kado.css"} {
			if w := get(host, path, "application/json"); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), `"KADO-1605"`) {
				t.Errorf("%q%s: %d %s", host, path, w.Code, w.Body)
			}
		}
		// Who watches over the process names whatever it likes, and learns nothing.
		if w := get(host, "/healthz", ""); w.Code != http.StatusOK {
			t.Errorf("%q/healthz: %d", host, w.Code)
		}
	}
	for language, part := range map[string]string{"ja": "--host 名前", "en": "--host NAME"} {
		if w := get("attacker.example", "/one?lang="+language, "text/html"); !strings.Contains(w.Body.String(), part) || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: %s", language, w.Body)
		}
	}
	free := guarded(t, web.Options{})
	r := httptest.NewRequest("GET", "/one", nil)
	r.Host = "shop.example"
	w := httptest.NewRecorder()
	if free.ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Errorf("without names any is good: %d", w.Code)
	}
}

// Outside a sandbox figures are for the own machine: what a proxy on it passes on is
// somebody else's request.
func TestMetrics_NotThroughAProxy(t *testing.T) {
	h := guarded(t, web.Options{})
	get := func(from, header string) int {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = from
		if header != "" {
			r.Header.Set(header, "127.0.0.1")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	for _, from := range []string{"127.0.0.1:1", "[::1]:1"} {
		if code := get(from, ""); code != http.StatusOK {
			t.Errorf("%s: %d", from, code)
		}
		for _, header := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via", "True-Client-IP"} {
			if code := get(from, header); code != http.StatusNotFound {
				t.Errorf("%s with %s: %d", from, header, code)
			}
		}
	}
	if code := get("192.0.2.7:1", ""); code != http.StatusNotFound {
		t.Errorf("from elsewhere: %d", code)
	}
}
