package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/site/ways/bridge"
	"kado/internal/site/ways/waytest"
	"kado/jpki"
)

const bridged = "int_0123456789abcdefghjkmnpqrs"

// bridgeSite is a login page whose provider checks the signature; everything that
// arrives is kept.
type bridgeSite struct {
	*httptest.Server
	desk *waytest.Desk
	mu   sync.Mutex
	in   bytes.Buffer
}

func newBridgeSite(t *testing.T, now time.Time, claims ...oidc.Claim) *bridgeSite {
	t.Helper()
	c := clock.NewManual(now)
	s := &bridgeSite{desk: &waytest.Desk{Check: checkCard}}
	s.desk.Begin(bridged, now.Add(10*time.Minute), claims...)
	shell, err := web.New(web.Options{Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	way := bridge.New(bridge.Options{Desk: s.desk, Clock: c, Entropy: entropy.Seeded("cli")})
	mux := http.NewServeMux()
	part := way.Part()
	if err := shell.Add(part.Room); err != nil {
		t.Fatal(err)
	}
	part.Mount(shell, mux)
	shell.Common(mux)
	mux.HandleFunc("GET /consent/{id}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>consent</title><main id=consent>consent</main>") // the browser went away
	})
	h := shell.Guard(mux, nil)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body) // what did not arrive is not looked at
		s.mu.Lock()
		_ = r.Header.Write(&s.in) // into memory
		s.in.WriteString(r.URL.String())
		s.in.Write(b)
		s.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(b))
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// checkCard verifies what a provider would.
func checkCard(i oidc.Interaction, a oidc.Answer) error {
	cert, err := jpki.ParseCertificate(a.Login.Certificate)
	if err != nil {
		return err
	}
	algorithm, err := jpki.AlgorithmOf(cert.PublicKey)
	if err != nil {
		return err
	}
	if err := jpki.VerifyDigest(cert.PublicKey, algorithm.Digest(i.Challenge.Message), a.Login.Signature); err != nil {
		return err
	}
	if len(i.Claims) > 0 && (a.Attributes == nil || a.Attributes.Name == "" || len(a.Attributes.Proof) == 0 || len(a.Attributes.Issuer) == 0) {
		return errors.New("no attributes")
	}
	if i.Sign != nil {
		if cert, err = jpki.ParseCertificate(a.SigningCertificate); err != nil {
			return err
		}
		return jpki.VerifyDigest(cert.PublicKey, i.Sign, a.Signature)
	}
	return nil
}

// code opens the login page and reads its code.
func (s *bridgeSite) code(t *testing.T) string {
	t.Helper()
	r, err := http.NewRequest("GET", s.URL+"/bridge/"+bridged, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: waytest.Cookie, Value: bridged})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if l := resp.Header.Get("Location"); l != "" {
		return l
	}
	return regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(string(b))
}

// bridgeCard makes a card of its own in a file.
var bridgeCard = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kado-bridge-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "adult.card")
	var out, errOut bytes.Buffer
	if code := Run(context.Background(), []string{"--lang", "en", "card", "new", "--profile", "adult", "--out", path}, &out, &errOut); code != 0 {
		return "", errors.New(errOut.String())
	}
	return path, nil
})

func card(t *testing.T) string {
	t.Helper()
	path, err := bridgeCard()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// kadoBridge runs the command with lines typed.
func kadoBridge(t *testing.T, lines string, args ...string) (out, errOut string, code int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd, err := syscall.Dup(int(f.Fd())) // the command owns what it is given
	if err != nil {
		t.Fatal(err)
	}
	var o, e bytes.Buffer
	code = Run(context.Background(), append(append([]string{"--lang", "en", "bridge"}, args...), "--pin-fd", strconv.Itoa(fd)), &o, &e)
	return o.String(), e.String(), code
}

// Shows: P-42. A card answers the login of a code; the terminal names the site and
// shows the page's number; the PINs are in nothing that was sent.
func TestBridge_PINStaysOnTheReaderSide(t *testing.T) {
	s := newBridgeSite(t, time.Now(), oidc.ClaimName, oidc.ClaimAddress) //kado:wall-clock the code must live while the test runs
	i, err := s.desk.Interaction(t.Context(), bridged)
	if err != nil {
		t.Fatal(err)
	}
	i.Sign = bytes.Repeat([]byte{0xA5}, 32)
	s.desk.Put(i)
	const auth, text, sign = "4126", "5137", "KADO2580"
	out, errOut, code := kadoBridge(t, auth+"\n"+text+"\n"+strings.ToLower(sign)+"\n", "login", strings.ToLower(s.code(t)), "--server", s.URL, "--card", card(t))
	if code != 0 || s.desk.Taken() != 1 {
		t.Fatalf("%d\n%s%s", code, out, errOut)
	}
	for _, want := range []string{waytest.Origin, "見本商店", "Name / Address", "SHA-256 a5a5", "check number"} {
		if !strings.Contains(out, want) {
			t.Errorf("the terminal does not show %q:\n%s", want, out)
		}
	}
	if got := s.code(t); got != "/consent/"+bridged {
		t.Errorf("the page goes to %q", got)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := s.in.String()
	for _, pin := range []string{text, auth, sign, strings.ToLower(sign)} {
		for _, form := range []string{pin, hex.EncodeToString([]byte(pin)), base64.RawStdEncoding.EncodeToString([]byte(pin))} {
			// Four digits may stand in any base64 by chance: look at the parts that are text.
			for _, part := range regexp.MustCompile(`"[a-z_]+":"[^"]*"`).FindAllString(sent, -1) {
				if len(part) < 100 && strings.Contains(part, `"`+form+`"`) {
					t.Errorf("sent: %s", part)
				}
			}
			if len(pin) > 4 && strings.Contains(sent, form) {
				t.Errorf("the password was sent as %q", form)
			}
		}
	}
	for _, field := range regexp.MustCompile(`"([a-z_]+)":`).FindAllStringSubmatch(sent, -1) {
		switch field[1] {
		case "code", "ticket", "challenge", "certificate", "signature", "record", "proof", "issuer", "signing_certificate", "signed", "ok":
		default:
			t.Errorf("a field %q was sent", field[1])
		}
	}
}

func TestBridge_Refusals(t *testing.T) {
	s := newBridgeSite(t, time.Now()) //kado:wall-clock the code must live while the test runs
	path := card(t)
	for _, v := range []struct {
		name, lines, want string
		args              []string
	}{
		{"not https", "", "KADO-1030", []string{"login", "7K4Q-9XW2", "--server", "http://login.example", "--card", path}},
		{"a path", "", "KADO-1030", []string{"login", "7K4Q-9XW2", "--server", s.URL + "/x", "--card", path}},
		{"no code", "", "KADO-1031", []string{"login", "7K4Q", "--server", s.URL, "--card", path}},
		{"unknown code", "", "KADO-8330", []string{"login", "7K4Q-9XW2", "--server", s.URL, "--card", path}},
		{"nobody there", "", "KADO-1032", []string{"login", "7K4Q-9XW2", "--server", "http://127.0.0.1:1", "--card", path}},
		{"other site", "", "KADO-1035", []string{"login", s.code(t), "--server", s.URL, "--site", "https://bank.example", "--card", path}},
		{"open listener", "", "KADO-1001", []string{"--listen", "0.0.0.0:0", "--server", s.URL, "--card", path}},
	} {
		if _, errOut, code := kadoBridge(t, v.lines, v.args...); code == 0 || !strings.Contains(errOut, v.want) {
			t.Errorf("%s: %d %s, want %s", v.name, code, errOut, v.want)
		}
	}
	// An empty line declines, and the page is told.
	s = newBridgeSite(t, time.Now()) //kado:wall-clock the code must live while the test runs
	if _, errOut, code := kadoBridge(t, "\n", "login", s.code(t), "--server", s.URL, "--card", path); code == 0 || !strings.Contains(errOut, "KADO-1036") {
		t.Errorf("%d %s", code, errOut)
	}
	if got := s.code(t); got != "" {
		t.Errorf("the page still shows %q", got)
	}
	if s.desk.Taken() != 0 {
		t.Error("an answer was taken")
	}
}

// Shows: P-42. Whatever a server asks to be signed that is no login is refused
// before a PIN is asked for.
func TestBridge_SignsStatementsOnly(t *testing.T) {
	for _, message := range []string{"I owe you a million", "kado-login/1\nparty: x\n", ""} {
		b, err := (bridgeFlags{}), error(nil)
		err = b.use(&console{ctx: t.Context(), lang: lang.EN, out: io.Discard, err: io.Discard}, nil, bridge.Job{Message: []byte(message)})
		if !BridgeStatement.Is(err) {
			t.Errorf("%q: %v", message, err)
		}
	}
}

// The listener takes codes from the site's own page and from nothing else.
func TestBridge_ListenerKnowsItsSite(t *testing.T) {
	codes := make(chan string, 1)
	l := bridgeListener{host: "127.0.0.1:35980", origin: "https://login.example", codes: codes, lang: lang.EN}
	for _, v := range []struct {
		name, method, host, origin, path, body string
		status                                 int
		taken                                  bool
	}{
		{"the page", "POST", "127.0.0.1:35980", "https://login.example", "/login", "code=7K4Q-9XW2", 204, true},
		{"another site", "POST", "127.0.0.1:35980", "https://evil.example", "/login", "code=7K4Q-9XW2", 403, false},
		{"no origin", "POST", "127.0.0.1:35980", "", "/login", "code=7K4Q-9XW2", 403, false},
		{"null origin", "POST", "127.0.0.1:35980", "null", "/login", "code=7K4Q-9XW2", 403, false},
		{"rebound name", "POST", "evil.example:35980", "https://login.example", "/login", "code=7K4Q-9XW2", 403, false},
		{"another path", "POST", "127.0.0.1:35980", "https://login.example", "/", "code=7K4Q-9XW2", 403, false},
		{"reading", "GET", "127.0.0.1:35980", "https://login.example", "/login", "", 403, false},
		{"asking beforehand", "OPTIONS", "127.0.0.1:35980", "https://login.example", "/login", "", 204, false},
		{"asking from elsewhere", "OPTIONS", "127.0.0.1:35980", "https://evil.example", "/login", "", 403, false},
		{"no code", "POST", "127.0.0.1:35980", "https://login.example", "/login", "code=x", 400, false},
		{"more than a code", "POST", "127.0.0.1:35980", "https://login.example", "/login", "code=7K4Q-9XW2&pin=1234", 400, false},
		{"too much", "POST", "127.0.0.1:35980", "https://login.example", "/login", "code=" + strings.Repeat("x", 2000), 400, false},
	} {
		r := httptest.NewRequest(v.method, "http://"+v.host+v.path, strings.NewReader(v.body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if v.origin != "" {
			r.Header.Set("Origin", v.origin)
		}
		w := httptest.NewRecorder()
		l.ServeHTTP(w, r)
		if w.Code != v.status || (w.Header().Get("Access-Control-Allow-Origin") != "") != (v.origin == l.origin && v.status != 403 || v.name == "reading") {
			t.Errorf("%s: %d %v", v.name, w.Code, w.Header())
		}
		if got := len(codes) == 1; got != v.taken {
			t.Errorf("%s: taken %v", v.name, got)
		}
		if v.taken {
			<-codes
		}
	}
	codes <- "full"
	r := httptest.NewRequest("POST", "http://127.0.0.1:35980/login", strings.NewReader(url.Values{"code": {"7K4Q-9XW2"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", l.origin)
	w := httptest.NewRecorder()
	if l.ServeHTTP(w, r); w.Code != 409 || !strings.Contains(w.Body.String(), "KADO-1038") {
		t.Errorf("busy: %d %s", w.Code, w.Body)
	}
}

// Whatever a server answers, the bridge does not break and takes nothing of
// another form.
func FuzzBridgeJob(f *testing.F) {
	for _, s := range []string{`{"ticket":"x"}`, `{"message":"AAAA"}`, `{"a":1}`, `{}`, `{}{}`, `[`, ``, `{"expires":"x"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var j bridge.Job
		if decodeOne(b, &j) != nil {
			return
		}
		c := &console{ctx: t.Context(), lang: lang.EN, out: io.Discard, err: io.Discard}
		err := bridgeFlags{}.use(c, nil, j)
		if err == nil || fault.Of(err).Kind.Class == fault.Internal {
			t.Errorf("%q: %v", b, err)
		}
	})
}
