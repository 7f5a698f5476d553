package bridge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/web"
	"kado/internal/platform/web/webtest"
	"kado/internal/site/ways/waytest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

var start = time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)

const interaction = "int_0123456789abcdefghjkmnpqrs"

type scene struct {
	clock   *clock.Manual
	desk    *waytest.Desk
	way     *Bridge
	shell   *web.Shell
	handler http.Handler
}

type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func newScene(t failer) *scene {
	t.Helper()
	s := &scene{clock: clock.NewManual(start), desk: &waytest.Desk{}}
	s.way = New(Options{Desk: s.desk, Clock: s.clock, Entropy: entropy.Seeded("bridge")})
	s.desk.Begin(interaction, start.Add(10*time.Minute), oidc.ClaimName)
	var err error
	if s.shell, err = web.New(web.Options{Clock: s.clock, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	s.shell.Common(mux)
	s.shell.Storybook(mux)
	part := s.way.Part()
	if err := s.shell.Add(part.Room); err != nil {
		t.Fatal(err)
	}
	part.Mount(s.shell, mux)
	s.handler = s.shell.Guard(mux, nil)
	return s
}

func (s *scene) browser(method, path string, bound bool) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(""))
	r.Header.Set("Accept-Language", "en")
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if bound {
		r.AddCookie(&http.Cookie{Name: waytest.Cookie, Value: interaction})
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func (s *scene) send(path string, message any) *httptest.ResponseRecorder {
	b, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest("POST", path, bytes.NewReader(b))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func want(t *testing.T, w *httptest.ResponseRecorder, status int, text string) {
	t.Helper()
	if w.Code != status || !strings.Contains(w.Body.String(), text) {
		t.Errorf("%d, want %d with %q: %s", w.Code, status, text, w.Body)
	}
}

// show opens the page and returns its code.
func (s *scene) show(t failer) one {
	t.Helper()
	w := s.browser("GET", pagePath+interaction, true)
	o, ok := s.way.book.current(interaction)
	if w.Code != 200 || !ok || !strings.Contains(w.Body.String(), o.code) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return o
}

func (s *scene) take(t failer, code string) Job {
	t.Helper()
	w := s.send(TakePath, Take{Version, code})
	var j Job
	if err := json.Unmarshal(w.Body.Bytes(), &j); err != nil || w.Code != 200 {
		t.Fatalf("%d %s %v", w.Code, w.Body, err)
	}
	return j
}

// A page that stands open while the server is started anew, or while another tab shows a
// new code, gets the code that counts by itself; the old one is refused with its number.
func TestPageFollowsTheCodeThatCounts(t *testing.T) {
	s := newScene(t)
	s.show(t)
	asks := func() string {
		t.Helper()
		m := regexp.MustCompile(`hx-get="([^"]+)"`).FindStringSubmatch(s.browser("GET", pagePath+interaction, true).Body.String())
		if m == nil {
			t.Fatal("the page does not ask again")
		}
		return m[1]
	}
	for name, changes := range map[string]func(){
		"restart":     func() { s.way.book = newBook(s.clock, entropy.System()) },
		"another tab": func() { s.browser("POST", pagePath+interaction, true) },
	} {
		open, old := asks(), s.show(t)
		want(t, s.browser("GET", open, true), 204, "")
		changes()
		w := s.browser("GET", open, true)
		if o, ok := s.way.book.current(interaction); !ok || o.code == old.code || w.Code != 200 || !strings.Contains(w.Body.String(), o.code) {
			t.Errorf("%s: the open page gets %d", name, w.Code)
		}
		w = s.send(TakePath, Take{Version: Version, Code: old.code})
		if w.Code < 400 || !strings.Contains(w.Body.String(), "KADO-83") {
			t.Errorf("%s: the old code: %d %s", name, w.Code, w.Body)
		}
	}
}

// Shows: P-42. Page, bridge, card, page.
func TestBridgeAnswersByTheCode(t *testing.T) {
	s := newScene(t)
	o := s.show(t)
	want(t, s.browser("GET", pagePath+interaction+"?seen="+o.seen(), true), 204, "")
	j := s.take(t, o.code)
	if j.Client != "見本商店" || !bytes.Contains(j.Message, []byte("origin: https://shop.example\n")) || len(j.Claims) != 1 || j.Check != o.check {
		t.Errorf("%+v", j)
	}
	want(t, s.browser("GET", pagePath+interaction+"?seen="+o.seen(), true), 200, o.check[:3]+" "+o.check[3:])
	want(t, s.send(AnswerPath, Answer{Ticket: j.Ticket, Challenge: j.Challenge, Certificate: []byte{1}, Signature: []byte{2}}), 200, `{"ok":true}`)
	if s.desk.Taken() != 1 || s.desk.Answers[0].Login.Challenge != j.Challenge || s.desk.Answers[0].Attributes != nil || s.desk.Answers[0].Consented {
		t.Errorf("%+v", s.desk.Answers)
	}
	w := s.browser("GET", pagePath+interaction, true)
	if want(t, w, 303, ""); w.Header().Get("Location") != "/consent/"+interaction {
		t.Error(w.Header())
	}
	want(t, s.send(AnswerPath, Answer{Ticket: j.Ticket, Challenge: j.Challenge}), 409, "KADO-8332")
}

func TestCodeServesOneBridgeOnce(t *testing.T) {
	s := newScene(t)
	o := s.show(t)
	s.take(t, o.code)
	want(t, s.send(TakePath, Take{Version, o.code}), 409, "KADO-8332")
	// The code is no ticket, and neither is a guess.
	want(t, s.send(AnswerPath, Answer{Ticket: o.code}), 404, "KADO-8330")
	want(t, s.send(AnswerPath, Answer{Ticket: "brg_0123456789abcdefghjkmnpqrs"}), 404, "KADO-8330")
	want(t, s.send(DeclinePath, Decline{"brg_0123456789abcdefghjkmnpqrs"}), 404, "KADO-8330")
	for _, code := range []string{"", "0000-0000", strings.ToLower(o.code), o.code + " ", "7K4Q9XW2"} {
		want(t, s.send(TakePath, Take{Version, code}), 404, "KADO-8330")
	}
	// A new code ends the old one, and its ticket.
	want(t, s.browser("POST", pagePath+interaction, true), 303, "")
	fresh := s.show(t)
	if fresh.code == o.code {
		t.Error("the same code")
	}
	want(t, s.send(TakePath, Take{Version, o.code}), 409, "KADO-8332")
}

// Shows: P-54. A bridge of another version gets no login: the first one sent the proof
// of the attributes in clear. The code is not used up.
func TestP54_OtherVersionsAreRefused(t *testing.T) {
	s := newScene(t)
	o := s.show(t)
	for _, v := range []int{0, 1, Version + 1} {
		want(t, s.send(TakePath, Take{v, o.code}), 409, "KADO-8336")
	}
	want(t, s.send(TakePath, map[string]string{"code": o.code}), 409, "KADO-8336") // as the first version asked
	if j := s.take(t, o.code); j.Version != Version {
		t.Errorf("version %d", j.Version)
	}
	// The fields in which the first version sent the proof are unknown.
	for _, field := range []string{"proof", "issuer"} {
		want(t, s.send(AnswerPath, map[string]string{"ticket": "brg_0123456789abcdefghjkmnpqrs", field: "AAAA"}), 400, "KADO-1606")
	}
}

func TestPageIsBoundToTheBrowser(t *testing.T) {
	s := newScene(t)
	want(t, s.browser("GET", pagePath+interaction, false), 403, "KADO-1601")
	want(t, s.browser("POST", pagePath+interaction, false), 403, "KADO-1601")
	if _, there := s.way.book.current(interaction); there {
		t.Error("another browser made a code")
	}
}

func TestAnswerToAnotherChallengeOrRefused(t *testing.T) {
	s := newScene(t)
	j := s.take(t, s.show(t).code)
	want(t, s.send(AnswerPath, Answer{Ticket: j.Ticket, Challenge: "chl_other"}), 409, "KADO-8335")
	want(t, s.browser("GET", pagePath+interaction, true), 200, "KADO-8335")
	want(t, s.browser("POST", pagePath+interaction, true), 303, "")
	s.desk.Refuse(func(oidc.Interaction, oidc.Answer) error { return web.TooMany.New() })
	j = s.take(t, s.show(t).code)
	want(t, s.send(AnswerPath, Answer{Ticket: j.Ticket, Challenge: j.Challenge}), 503, "KADO-1602")
	want(t, s.browser("GET", pagePath+interaction, true), 200, "KADO-1602")
	want(t, s.browser("POST", pagePath+interaction, true), 303, "")
	j = s.take(t, s.show(t).code)
	want(t, s.send(DeclinePath, Decline{j.Ticket}), 200, "true")
	want(t, s.browser("GET", pagePath+interaction, true), 200, "without an answer")
	if s.desk.Taken() != 0 {
		t.Error("an answer was taken")
	}
}

// This way vouches for no attributes: without their proof they are refused here,
// before a provider of a sandbox could take the way's word for them.
func TestAttributesWithoutProofAreRefused(t *testing.T) {
	for _, m := range []Answer{{Record: []byte{1}}, {Sealed: []byte{1}}, {Record: []byte{1}, Sealed: []byte{1}}} {
		if a, err := m.answer(); !web.BadForm.Is(err) || a.Attributes != nil {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestTimesOver(t *testing.T) {
	s := newScene(t)
	o := s.show(t)
	advance(t, s, codeLife)
	want(t, s.send(TakePath, Take{Version, o.code}), 409, "KADO-8331")
	want(t, s.browser("GET", pagePath+interaction, true), 200, "The time is over")
	want(t, s.browser("POST", pagePath+interaction, true), 303, "")
	j := s.take(t, s.show(t).code)
	advance(t, s, ticketLife) // and the interaction's own end
	want(t, s.send(AnswerPath, Answer{Ticket: j.Ticket, Challenge: j.Challenge}), 409, "KADO-8331")
	want(t, s.browser("POST", pagePath+interaction, true), 409, "KADO-8331")
	if s.desk.Taken() != 0 {
		t.Error("an answer was taken too late")
	}
}

func advance(t *testing.T, s *scene, d time.Duration) {
	t.Helper()
	if err := s.clock.Advance(d); err != nil {
		t.Fatal(err)
	}
}

// What the page may do: send its form to the holder's own machine, and nothing
// else anywhere; its path, which names the interaction, is told to nobody.
func TestPolicyOfThePage(t *testing.T) {
	s := newScene(t)
	w := s.browser("GET", pagePath+interaction, true)
	csp := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(csp, "form-action 'self' http://"+Listener) || !strings.Contains(csp, "connect-src 'self';") || w.Header().Get("Referrer-Policy") != "origin" {
		t.Error(w.Header())
	}
}

func TestTidyCode(t *testing.T) {
	for typed, want := range map[string]string{"7k4q9xw2": "7K4Q-9XW2", " 7K4Q 9XW2 ": "7K4Q-9XW2", "oil0-0000": "0110-0000", "short": "short", "": ""} {
		if got := TidyCode(typed); got != want {
			t.Errorf("%q: %q", typed, got)
		}
	}
}

// Bridges, page and clock in any order: an answer is taken only with the ticket of
// the code then shown, in time, to the challenge given, and once.
func TestBridgeInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := clock.NewManual(start)
		b := newBook(c, entropy.Seeded("any"))
		ends := start.Add(20 * time.Minute)
		o, err := b.begin(interaction, ends)
		if err != nil {
			rt.Fatal(err)
		}
		codes, done := 1, false
		tickets := []string{"brg_0123456789abcdefghjkmnpqrs"}
		good, goodEnds := -1, time.Time{} // the ticket that counts now
		codeEnds := start.Add(codeLife)
		rt.Repeat(map[string]func(*rapid.T){
			"time": func(rt *rapid.T) {
				if err := c.Advance(time.Duration(rapid.IntRange(1, 300).Draw(rt, "seconds")) * time.Second); err != nil {
					rt.Fatal(err)
				}
			},
			"new code": func(rt *rapid.T) {
				n, err := b.begin(interaction, ends)
				if want := !done && codes < maxCodes && c.Now().Before(ends); (err == nil) != want {
					rt.Fatalf("%v", err)
				}
				if err == nil {
					o, good, codeEnds = n, -1, earlier(c.Now().Add(codeLife), ends)
					codes++
				}
			},
			"take": func(rt *rapid.T) {
				before, _ := b.current(interaction)
				_, ticket, err := b.take(o.code, "chl")
				if want := before.state == Shown && c.Now().Before(codeEnds); (err == nil) != want {
					rt.Fatalf("%s: %v", before.state, err)
				}
				if err == nil {
					tickets = append(tickets, ticket)
					good, goodEnds = len(tickets)-1, earlier(c.Now().Add(ticketLife), ends)
				}
			},
			"answer": func(rt *rapid.T) {
				n := rapid.IntRange(0, len(tickets)-1).Draw(rt, "ticket")
				err := b.end(tickets[n], actAnswer, func(one) (string, error) { return "/next", nil })
				if want := n == good && !done && c.Now().Before(goodEnds); (err == nil) != want {
					rt.Fatalf("ticket %d, good %d: %v", n, good, err)
				}
				if err == nil {
					done = true
				}
			},
		})
	})
}

func FuzzCode(f *testing.F) {
	for _, s := range []string{"7K4Q-9XW2", "7k4q9xw2", "", "----", "OIL0 0000", "７K4Q-9XW2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tidy := TidyCode(s)
		c, err := ParseCode(tidy)
		if err == nil && (c != tidy || len(c) != 9 || TidyCode(c) != c) {
			t.Errorf("%q: %q", s, c)
		}
	})
}

// Whatever is sent to the interface, nothing is taken and nothing breaks.
func FuzzMessages(f *testing.F) {
	for _, s := range []string{`{"code":"7K4Q-9XW2"}`, `{"version":2,"code":"7K4Q-9XW2"}`, `{"ticket":"brg_0123456789abcdefghjkmnpqrs","record":"AA==","sealed":"AA=="}`, `{"ticket":"brg_0123456789abcdefghjkmnpqrs","challenge":"x","certificate":"AA==","signature":"AA=="}`,
		`{"ticket":1}`, `{"code":"7K4Q-9XW2","pin":"1234"}`, `[]`, ``, `{}{}`, `{"certificate":"***"}`} {
		f.Add(s)
	}
	s := newScene(f)
	s.show(f)
	n := 0
	f.Fuzz(func(t *testing.T, body string) {
		n++
		for _, p := range []string{TakePath, AnswerPath, DeclinePath} {
			r := httptest.NewRequest("POST", p, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", n>>16&255, n>>8&255, n&255) // one address is limited
			w := httptest.NewRecorder()
			s.handler.ServeHTTP(w, r)
			if w.Code == 200 && p != TakePath || w.Code >= 500 {
				t.Errorf("%s %q: %d", p, body, w.Code)
			}
		}
		if s.desk.Taken() != 0 {
			t.Error("taken")
		}
	})
}

func TestPagesInABrowser(t *testing.T) {
	ctx := webtest.Browser(t)
	s := newScene(t)
	srv := httptest.NewServer(s.handler)
	t.Cleanup(srv.Close)
	var own []string
	for _, p := range s.shell.StoryPaths() {
		if strings.HasPrefix(p, "/storybook/bridge/") {
			own = append(own, p)
		}
	}
	webtest.Look(t, ctx, srv.URL, own)
}

// Codes for visitors who only open pages are limited like writes are: one of them can
// neither fill the book nor lock the others out.
func TestBridge_OneVisitorDoesNotFillTheBook(t *testing.T) {
	s := newScene(t)
	open := func(n int, from string) int {
		id := fmt.Sprintf("int_%026d", n)
		s.desk.Begin(id, s.clock.Now().Add(10*time.Minute), oidc.ClaimName)
		r := httptest.NewRequest("GET", pagePath+id, nil)
		r.AddCookie(&http.Cookie{Name: waytest.Cookie, Value: id})
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		return w.Code
	}
	shown := 0
	for n := range 150 {
		if open(n, "[2001:db8::1]:1") == http.StatusOK {
			shown++
		}
	}
	if shown > 100 || len(s.way.book.shown) != shown {
		t.Errorf("%d codes for one visitor at once, %d kept", shown, len(s.way.book.shown))
	}
	if open(1000, "[2001:db8:1::1]:1") != http.StatusOK {
		t.Error("another visitor is locked out")
	}
	const perSecond, life = 20, 600 // web's limit, and an interaction's life in seconds
	if perSecond*life+100 > maxLogins/2 {
		t.Error("one network can fill the book")
	}
	if err := s.clock.Advance(11 * time.Minute); err != nil {
		t.Fatal(err)
	}
	if open(1001, "[2001:db8:1::1]:1") != http.StatusOK || len(s.way.book.shown) != 1 || len(s.way.book.byCode) != 1 {
		t.Errorf("%d logins and %d codes are kept after their end", len(s.way.book.shown), len(s.way.book.byCode))
	}
}
