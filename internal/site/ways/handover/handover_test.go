package handover

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/site/ways/waytest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

var start = time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)

const interaction = "int_0123456789abcdefghjkmnpqrs"

// scene is the way with a provider's desk, and a phone way that answers at once.
type scene struct {
	clock   *clock.Manual
	desk    *waytest.Desk
	way     *Handover
	handler http.Handler
	shell   *web.Shell
}

// failer is what a test and a property test have in common.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func newScene(t failer) *scene {
	t.Helper()
	s := &scene{clock: clock.NewManual(start), desk: &waytest.Desk{}}
	s.way = New(Options{Desk: s.desk, Clock: s.clock, Entropy: entropy.Seeded("handover"), Sandbox: true})
	s.desk.Begin(interaction, start.Add(10*time.Minute), oidc.ClaimName, oidc.ClaimAddress)
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
	// A way that the phone has: one button, no PIN, through the phone's desk.
	d := s.way.Desk()
	s.way.Phone(oidc.Way{ID: "test", Icon: "card", Title: lang.Text{JA: "試し", EN: "Try"}, Text: lang.Text{JA: "試しのカード", EN: "A card to try"},
		Path: func(id string) string { return "/tryway/" + id }})
	mux.HandleFunc("GET /tryway/{id}", func(w http.ResponseWriter, r *http.Request) {
		if err := d.Bound(r, r.PathValue("id")); err != nil {
			s.shell.Fault(w, r, err)
			return
		}
		next, err := d.Answer(r.Context(), r.PathValue("id"), oidc.Answer{})
		if err != nil {
			s.shell.Fault(w, r, err)
			return
		}
		http.Redirect(w, r, next, http.StatusSeeOther)
	})
	// A browser gets the provider's cookie here.
	mux.HandleFunc("GET /begin/{id}", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: waytest.Cookie, Value: r.PathValue("id"), Path: "/"})
		http.Redirect(w, r, pcPath+r.PathValue("id"), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /consent/{id}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>consent</title><main id=consent>consent</main>")
	})
	s.handler = s.shell.Guard(mux, nil)
	return s
}

// device is a browser with its cookies.
type device struct {
	h       http.Handler
	cookies map[string]string
}

func (s *scene) computer() *device {
	return &device{s.handler, map[string]string{waytest.Cookie: interaction}}
}
func (s *scene) phone() *device { return &device{s.handler, map[string]string{}} }

func (d *device) do(method, path string, form url.Values) (int, http.Header, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Accept-Language", "en")
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range d.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		d.cookies[c.Name] = c.Value
	}
	return w.Code, w.Header(), w.Body.String()
}

func (d *device) get(path string) (int, http.Header, string) { return d.do("GET", path, nil) }

func (d *device) post(path string, pairs ...string) (int, http.Header, string) {
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return d.do("POST", path, f)
}

// show opens the computer's page and returns the code and the number on it.
func show(t failer, s *scene, pc *device) (code, number string) {
	t.Helper()
	status, _, page := pc.get(pcPath + interaction)
	if status != 200 {
		t.Fatalf("the computer's page: %d %s", status, page)
	}
	o, ok := s.way.book.current(interaction)
	if !ok || !strings.Contains(page, grouped(o.number)) || !strings.Contains(page, o.code) {
		t.Fatalf("the page does not show code and number: %s", page)
	}
	return o.code, o.number
}

// asksAgain is where the computer's page looks for what is new.
func asksAgain(t *testing.T, pc *device) string {
	t.Helper()
	_, _, page := pc.get(pcPath + interaction)
	m := regexp.MustCompile(`hx-get="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page does not ask again: %s", page)
	}
	return m[1]
}

// A page that stands open while the server is started anew, or while another tab shows a
// new code, gets the code that counts by itself; a phone with the old one is told what to
// do.
func TestPageFollowsTheCodeThatCounts(t *testing.T) {
	s := newScene(t)
	pc := s.computer()
	show(t, s, pc)
	for name, changes := range map[string]func(){
		"restart":     func() { s.way.book = newBook(s.clock, entropy.System()) },
		"another tab": func() { pc.post(pcPath + interaction) },
	} {
		asks := asksAgain(t, pc)
		old, number := show(t, s, pc)
		has(t, 204, "")(pc.get(asks))
		changes()
		status, _, page := pc.get(asks)
		if o, ok := s.way.book.current(interaction); !ok || o.code == old || status != 200 || !strings.Contains(page, o.code) {
			t.Errorf("%s: the open page gets %d", name, status)
		}
		for _, get := range []func() (int, http.Header, string){
			func() (int, http.Header, string) { return s.phone().get(phonePath + old) },
			func() (int, http.Header, string) { return s.phone().post(phonePath+old, "number", number) },
		} {
			if status, _, page := get(); status < 400 || status >= 500 || !strings.Contains(page, "KADO-83") {
				t.Errorf("%s: a phone with the old code: %d %s", name, status, page)
			}
		}
	}
}

func has(t *testing.T, want int, code string) func(int, http.Header, string) {
	t.Helper()
	return func(status int, _ http.Header, body string) {
		t.Helper()
		if status != want || !strings.Contains(body, code) {
			t.Errorf("got %d, want %d with %q: %s", status, want, code, body)
		}
	}
}

// Shows: P-42. The whole way: computer, phone, card, computer.
func TestPhoneBringsTheCardToTheComputer(t *testing.T) {
	s := newScene(t)
	pc, phone := s.computer(), s.phone()
	code, number := show(t, s, pc)
	asks := asksAgain(t, pc)
	status, _, page := phone.get(phonePath + code)
	for _, want := range []string{grouped(number), "見本商店", "https://shop.example", "Name", "Address"} {
		if status != 200 || !strings.Contains(page, want) {
			t.Errorf("the phone's page (%d) lacks %q", status, want)
		}
	}
	if n := strings.Count(page, "handover-choice"); n != choices {
		t.Errorf("%d numbers to pick from", n)
	}
	// The computer waits.
	has(t, 204, "")(pc.get(asks))
	status, h, _ := phone.post(phonePath+code, "number", number)
	if status != 303 || h.Get("Location") != phonePath+code+"/card" {
		t.Fatalf("picking the number: %d %s", status, h.Get("Location"))
	}
	has(t, 200, "The numbers match")(pc.get(asks))
	_, _, page = phone.get(phonePath + code + "/card")
	link := regexp.MustCompile(`/tryway/hnd_[0-9a-z]+`).FindString(page)
	if link == "" || strings.Contains(page, interaction) {
		t.Fatalf("the phone's ways: %s", page)
	}
	// Whoever changes their mind there comes back to the phone's ways, not the computer's.
	if i, err := s.way.Desk().Interaction(t.Context(), strings.TrimPrefix(link, "/tryway/")); err != nil || i.Ways != phonePath+code+"/card" {
		t.Errorf("another way is chosen at %s, %v", i.Ways, err)
	}
	if status, h, _ = phone.get(link); status != 303 || h.Get("Location") != donePath(code) {
		t.Fatalf("the card's answer: %d %s", status, h.Get("Location"))
	}
	has(t, 200, "Go back to your computer")(phone.get(donePath(code)))
	// Only the computer goes on, and the phone never learns where.
	if status, h, _ = pc.get(pcPath + interaction); status != 303 || h.Get("Location") != "/consent/"+interaction {
		t.Errorf("the computer: %d %s", status, h.Get("Location"))
	}
	has(t, 409, "KADO-8323")(phone.get(link))
}

// Who has the address from the QR code alone, or guesses wrong, gets nothing.
func TestAddressAloneOpensNothing(t *testing.T) {
	s := newScene(t)
	pc, thief := s.computer(), s.phone()
	code, number := show(t, s, pc)
	has(t, 403, "KADO-8324")(thief.get(phonePath + code + "/card"))
	has(t, 403, "KADO-8324")(thief.get(donePath(code)))
	has(t, 400, "KADO-8326")(thief.post(phonePath+code, "number", "12345"))
	o, _ := s.way.book.current(interaction)
	has(t, 403, "KADO-8322")(thief.post(phonePath+code, "number", o.other()))
	// One wrong number and it is over, for the right one as well.
	has(t, 403, "KADO-8322")(s.phone().post(phonePath+code, "number", number))
	has(t, 200, "This code is over")(pc.get(pcPath + interaction))
	// A further code is another one; the old one stays dead.
	has(t, 303, "")(pc.post(pcPath + interaction))
	fresh, second := show(t, s, pc)
	if fresh == code {
		t.Error("the new code is the old one")
	}
	phone := s.phone()
	has(t, 303, "")(phone.post(phonePath+fresh, "number", second))
	// The phone's cookie is not another phone's.
	alias, _ := s.way.book.current(interaction)
	has(t, 403, "KADO-8324")(thief.get("/tryway/" + alias.alias))
	has(t, 409, "KADO-8323")(thief.post(phonePath+fresh, "number", second))
	has(t, 409, "KADO-8323")(thief.get(phonePath + fresh))
	if s.desk.Taken() != 0 {
		t.Error("an answer was taken")
	}
}

// "None of these" stops it, whichever of the numbers is the right one.
func TestNoneOfTheNumbersStops(t *testing.T) {
	s := newScene(t)
	pc := s.computer()
	for range maxCodes {
		code, number := show(t, s, pc)
		has(t, 403, "KADO-8322")(s.phone().post(phonePath+code, "number", none))
		has(t, 403, "KADO-8322")(s.phone().post(phonePath+code, "number", number))
		_, _, _ = pc.post(pcPath + interaction)
	}
	has(t, 409, "KADO-8325")(pc.post(pcPath + interaction))
}

// The computer's page belongs to the browser that began the login.
func TestComputerIsBoundToTheBrowser(t *testing.T) {
	s := newScene(t)
	show(t, s, s.computer())
	has(t, 403, "KADO-1601")(s.phone().get(pcPath + interaction))
	has(t, 403, "KADO-1601")(s.phone().post(pcPath + interaction))
	o, _ := s.way.book.current(interaction)
	has(t, 404, "KADO-8320")(s.phone().get(pcPath + o.alias))
	has(t, 404, "KADO-8320")(s.phone().post(pcPath + o.alias))
}

func TestTimesOver(t *testing.T) {
	s := newScene(t)
	pc, phone := s.computer(), s.phone()
	code, number := show(t, s, pc)
	advance(t, s, matchLife-time.Second)
	has(t, 200, grouped(number))(phone.get(phonePath + code))
	advance(t, s, time.Second)
	has(t, 409, "KADO-8321")(phone.get(phonePath + code))
	has(t, 409, "KADO-8321")(phone.post(phonePath+code, "number", number))
	has(t, 303, "")(pc.post(pcPath + interaction))
	code, number = show(t, s, pc)
	has(t, 303, "")(phone.post(phonePath+code, "number", number))
	o, _ := s.way.book.current(interaction)
	advance(t, s, cardLife)
	has(t, 409, "KADO-8321")(phone.get(phonePath + code + "/card"))
	has(t, 409, "KADO-8321")(phone.get("/tryway/" + o.alias))
	if s.desk.Taken() != 0 {
		t.Error("an answer came too late and was taken")
	}
}

func advance(t *testing.T, s *scene, d time.Duration) {
	t.Helper()
	if err := s.clock.Advance(d); err != nil {
		t.Fatal(err)
	}
}

// A refusal that the holder can mend leaves the handover waiting.
func TestRefusedCardMayBeTriedAgain(t *testing.T) {
	s := newScene(t)
	pc, phone := s.computer(), s.phone()
	code, number := show(t, s, pc)
	has(t, 303, "")(phone.post(phonePath+code, "number", number))
	o, _ := s.way.book.current(interaction)
	s.desk.Refuse(func(oidc.Interaction, oidc.Answer) error { return waytest.NotBound.New() })
	has(t, 403, "KADO-1601")(phone.get("/tryway/" + o.alias))
	s.desk.Refuse(nil)
	has(t, 303, "")(phone.get("/tryway/" + o.alias))
}

// The phone can stop the login; the computer is led on with the refusal.
func TestCancelledOnThePhone(t *testing.T) {
	s := newScene(t)
	pc, phone := s.computer(), s.phone()
	code, number := show(t, s, pc)
	has(t, 303, "")(phone.post(phonePath+code, "number", number))
	o, _ := s.way.book.current(interaction)
	next, err := s.way.Desk().Cancel(t.Context(), o.alias, "access_denied", "")
	if err != nil || next != donePath(code) {
		t.Fatal(next, err)
	}
	has(t, 200, "stopped")(phone.get(donePath(code)))
	if status, h, _ := pc.get(pcPath + interaction); status != 303 || h.Get("Location") != "/cancelled/"+interaction {
		t.Error(status, h.Get("Location"))
	}
}

// The phone's desk changes nothing for names that are not a phone's.
func TestDeskForComputers(t *testing.T) {
	s := newScene(t)
	d := s.way.Desk()
	if i, err := d.Interaction(t.Context(), interaction); err != nil || i.ID != interaction || i.ReturnOrigin == "" {
		t.Error(i, err)
	}
	if err := d.Bound(httptest.NewRequest("GET", "/", nil), interaction); !waytest.NotBound.Is(err) {
		t.Error(err)
	}
	if _, err := d.Interaction(t.Context(), "hnd_0123456789abcdefghjkmnpqrs"); !NoCode.Is(err) {
		t.Error(err)
	}
	if _, err := d.Answer(t.Context(), "hnd_0123456789abcdefghjkmnpqrs", oidc.Answer{}); !NoCode.Is(err) {
		t.Error(err)
	}
	if next, err := d.Cancel(t.Context(), interaction, "access_denied", ""); err != nil || next != "/cancelled/"+interaction {
		t.Error(next, err)
	}
}

// Two answers at once: one is taken.
func TestOneAnswerAtATime(t *testing.T) {
	s := newScene(t)
	pc, phone := s.computer(), s.phone()
	code, number := show(t, s, pc)
	has(t, 303, "")(phone.post(phonePath+code, "number", number))
	o, _ := s.way.book.current(interaction)
	d := s.way.Desk()
	var inner error
	if _, err := s.way.book.end(o.alias, actAnswer, func(string) (string, error) {
		_, inner = d.Answer(t.Context(), o.alias, oidc.Answer{})
		if _, err := s.way.book.begin(interaction, start.Add(time.Minute)); !Used.Is(err) {
			t.Error("a new code while the card's answer is decided over:", err)
		}
		advance(t, s, cardLife) // it lasts, and counts
		s.way.book.current(interaction)
		return "/next", nil
	}); err != nil || !Used.Is(inner) {
		t.Error(err, inner)
	}
	if o, _ := s.way.book.current(interaction); o.state != Done || o.next != "/next" {
		t.Errorf("%s %s", o.state, o.next)
	}
}

// The QR code holds the address and nothing else: read by zbarimg.
func TestCodeIsReadByAScanner(t *testing.T) {
	tool, err := exec.LookPath("zbarimg")
	convert, err2 := exec.LookPath("rsvg-convert")
	if err != nil || err2 != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("zbarimg or rsvg-convert is missing: make deps")
		}
		t.Skip("SKIPPED: zbarimg and rsvg-convert are not both installed (apt-get install zbar-tools librsvg2-bin); the browser's test reads the code, too, if zbarimg is there")
	}
	text := "http://192.0.2.1:8080/h/qr_0123456789abcdefghjkmnpqrs"
	u, err := qrImage(text)
	if err != nil {
		t.Fatal(err)
	}
	svg, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(u), "data:image/svg+xml;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "q.svg"), filepath.Join(dir, "q.png")
	if err := os.WriteFile(in, svg, 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := exec.Command(convert, in, "-o", out).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, b)
	}
	b, err := exec.Command(tool, "-q", "--raw", out).Output()
	if err != nil || string(bytes.TrimSpace(b)) != text {
		t.Errorf("zbarimg read %q, %v", b, err)
	}
}

// Whatever host the browser names, only a host gets into the QR code.
func TestAddressInTheCode(t *testing.T) {
	h := New(Options{Clock: clock.NewManual(start), Entropy: entropy.Seeded("x")})
	for host, want := range map[string]string{"127.0.0.1:8080": "http://127.0.0.1:8080", "[::1]:80": "http://[::1]:80", "a.example": "http://a.example",
		"evil/@x": "http://localhost", "": "http://localhost", "a b": "http://localhost"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		if got := h.base(r); got != want {
			t.Errorf("%q: %s", host, got)
		}
	}
	h.o.Base = "https://login.example"
	if got := h.base(httptest.NewRequest("GET", "/", nil)); got != "https://login.example" {
		t.Error(got)
	}
}

// Every way through the handover, by the right phone, another one, the computer
// and the clock, in any order: an answer is taken only from the phone that picked
// the right number of the code then shown, in time, and at most once; nothing
// leaves an end state; no illegal move of the table happens.
func TestHandoverInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := clock.NewManual(start)
		provider := &waytest.Desk{}
		way := New(Options{Desk: provider, Clock: c, Entropy: entropy.Seeded("any")})
		ends := start.Add(10 * time.Minute)
		provider.Begin(interaction, ends)
		d := way.Desk()
		cookies := [2]string{"ph_none", "ph_other"}
		matched := -1 // the phone that may answer now
		var matchEnds, cardEnds time.Time
		codes, taken := 0, 0
		last, err := way.book.begin(interaction, ends)
		if err != nil {
			rt.Fatal(err)
		}
		codes, matchEnds = 1, start.Add(matchLife)
		rt.Repeat(map[string]func(*rapid.T){
			"": func(rt *rapid.T) {
				o, ok := way.book.current(interaction)
				if !ok {
					rt.Fatal("nothing shown")
				}
				if o.code == last.code && o.state != last.state {
					legal := false
					for _, m := range Lives.Moves {
						legal = legal || m.From == last.state && m.To == o.state
					}
					if !legal {
						rt.Fatalf("from %s to %s", last.state, o.state)
					}
				}
				last = o
				if provider.Taken() != taken || taken > 1 || codes > maxCodes {
					rt.Fatalf("%d answers, %d expected; %d codes", provider.Taken(), taken, codes)
				}
			},
			"time": func(rt *rapid.T) {
				if err := c.Advance(time.Duration(rapid.IntRange(1, 200).Draw(rt, "seconds")) * time.Second); err != nil {
					rt.Fatal(err)
				}
			},
			"new code": func(rt *rapid.T) {
				_, err := way.book.begin(interaction, ends)
				if want := c.Now().Before(ends) && codes < maxCodes && taken == 0; (err == nil) != want {
					rt.Fatalf("a new code: %v", err)
				}
				if err == nil {
					matched, matchEnds = -1, c.Now().Add(matchLife)
					codes++
				}
			},
			"pick": func(rt *rapid.T) {
				who := rapid.IntRange(0, 1).Draw(rt, "phone")
				o, _ := way.book.current(interaction)
				number := rapid.SampledFrom([]string{o.number, o.other(), "000000", "x"}).Draw(rt, "number")
				_, cookie, err := way.book.pick(o.code, number, ends)
				if want := number == o.number && o.state == Shown && c.Now().Before(matchEnds) && c.Now().Before(ends); (err == nil) != want {
					rt.Fatalf("phone %d picked %s in %s: %v", who, number, o.state, err)
				}
				if err == nil {
					cookies[who], matched = cookie, who
					cardEnds = earlier(c.Now().Add(cardLife), ends)
				}
			},
			"answer": func(rt *rapid.T) {
				who := rapid.IntRange(0, 1).Draw(rt, "phone")
				o, _ := way.book.current(interaction)
				r := httptest.NewRequest("GET", "/", nil)
				r.AddCookie(&http.Cookie{Name: cookieName, Value: cookies[who]})
				err := d.Bound(r, o.alias)
				if err == nil {
					_, err = d.Answer(t.Context(), o.alias, oidc.Answer{})
				}
				if want := who == matched && c.Now().Before(cardEnds) && taken == 0; (err == nil) != want {
					rt.Fatalf("phone %d answered in %s: %v", who, o.state, err)
				}
				if err == nil {
					taken++
				}
			},
		})
	})
}

func FuzzCode(f *testing.F) {
	for _, s := range []string{"qr_0123456789abcdefghjkmnpqrs", "QR_0123456789abcdefghjkmnpqrs", "qr_", "", "qr_0123456789abcdefghjkmnpqrs\n", "482913", "４８２９１３", "hnd_0123456789abcdefghjkmnpqrs"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := parseCode(s); err == nil && (c != s || len(s) != 29 || strings.ToLower(s) != s) {
			t.Errorf("%q is a code", s)
		} else if err != nil && !NoCode.Is(err) {
			t.Error(err)
		}
		if n, err := parseNumber(s); err == nil && (n != s || len(s) != digits || strings.Trim(s, "0123456789") != "") {
			t.Errorf("%q is a number", s)
		}
		if isAlias(s) && len(s) != 30 {
			t.Errorf("%q is an alias", s)
		}
	})
}

// Whatever a phone sends, the answer is a page, and nothing is taken.
func FuzzPick(f *testing.F) {
	for _, s := range []string{"number=482913", "number=none", "", "number=1&number=2", "other=1", "number=%zz", "number=" + strings.Repeat("9", 9000)} {
		f.Add(s)
	}
	s := newScene(f)
	n := 0
	f.Fuzz(func(t *testing.T, body string) {
		n++
		id := fmt.Sprint("int_", n)
		s.desk.Begin(id, start.Add(10*time.Minute))
		o, err := s.way.book.begin(id, start.Add(10*time.Minute))
		if err != nil {
			t.Skip(err) // the book is full
		}
		r := httptest.NewRequest("POST", phonePath+o.code, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", n>>16&255, n>>8&255, n&255) // one address is limited
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if w.Code >= 500 || w.Code == 303 && !strings.Contains(body, o.number) {
			t.Errorf("%q: %d", body, w.Code)
		}
	})
}

func BenchmarkCode(b *testing.B) {
	for b.Loop() {
		if _, err := qrImage("https://login.example/h/qr_0123456789abcdefghjkmnpqrs"); err != nil {
			b.Fatal(err)
		}
	}
}
