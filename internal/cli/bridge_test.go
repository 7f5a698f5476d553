package cli

import (
	"bytes"
	"context"
	"crypto/rsa"
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
	"unicode"

	"kado/chip"
	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/platform/vault/vaulttest"
	"kado/internal/platform/web"
	"kado/internal/site/ways/bridge"
	"kado/internal/site/ways/waytest"
	"kado/internal/world/profiles"
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
	if len(claims) > 0 {
		made, err := bridgeCard()
		if err != nil {
			t.Fatal(err)
		}
		s.announce(t, made.root, s.URL)
	}
	return s
}

// announce has the site show the key for the proof of attributes, signed by a root and
// for a site.
func (s *bridgeSite) announce(t *testing.T, root *rsa.PrivateKey, site string) {
	t.Helper()
	i, err := s.desk.Interaction(t.Context(), bridged)
	if err == nil {
		i.ProofKey, err = waytest.ProofKey(root, site)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.desk.Put(i)
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
	if len(i.Claims) > 0 {
		if a.Attributes == nil || a.Attributes.Name == "" {
			return errors.New("no attributes")
		}
		proof, err := waytest.OpenProof(a.Attributes.Sealed)
		if err != nil || proof.Challenge != i.Challenge.ID {
			return errors.New("no proof")
		}
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

// bridgeCard makes a card of its own in a file; whoever has its root can announce keys
// to which its proof is sealed.
var bridgeCard = sync.OnceValues(func() (made struct {
	path string
	root *rsa.PrivateKey
}, err error) {
	dir, err := os.MkdirTemp("", "kado-bridge-")
	if err != nil {
		return made, err
	}
	made.path = filepath.Join(dir, "adult.card")
	var keys keptKeys
	m := profiles.NewMaker(profiles.Options{Clock: clock.System(), Entropy: entropy.System(), AuthorityKeys: &keys, Draw: drawFace})
	p, err := profiles.ByName("adult")
	if err != nil {
		return made, err
	}
	d, err := p.Describe(m.Today())
	if err != nil {
		return made, err
	}
	if _, err := makeFile(m, d, made.path); err != nil {
		return made, err
	}
	trust, err := m.Trust()
	for _, k := range keys.made {
		if k.PublicKey.Equal(trust.TextRoot) {
			made.root = k
		}
	}
	return made, err
})

// keptKeys keeps what it makes.
type keptKeys struct {
	mu   sync.Mutex
	made []*rsa.PrivateKey
}

func (k *keptKeys) RSA2048() (*rsa.PrivateKey, error) {
	key, err := chip.GenerateKeys{}.RSA2048()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.made = append(k.made, key)
	return key, err
}

func card(t *testing.T) string {
	t.Helper()
	made, err := bridgeCard()
	if err != nil {
		t.Fatal(err)
	}
	return made.path
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
	// P-54: the proof of the attributes, in which the hash of the number stands, was
	// sent in no form but sealed.
	proof, err := waytest.OpenProof(s.desk.Answers[0].Attributes.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	_, hash, ok := bytes.Cut(proof.Proof, []byte{0xDF, 0x31, 0x20})
	if !ok || len(hash) < 32 {
		t.Fatalf("no hash in the proof: %x", proof.Proof[:12])
	}
	hash = hash[:32]
	if vaulttest.Holds(s.in.Bytes(), hash) || vaulttest.Holds(s.in.Bytes(), proof.Proof[len(proof.Proof)-32:]) {
		t.Error("the proof was sent in clear")
	}
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
		case "version", "code", "ticket", "challenge", "certificate", "signature", "record", "sealed", "signing_certificate", "signed", "ok":
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

// Shows: P-42, P-54. A site that does not belong to the system which issued the card,
// or shows a key that is for another site, gets nothing, and no PIN is asked for.
func TestP54_BridgeSealsToTheCardsOwnSystem(t *testing.T) {
	s := newBridgeSite(t, time.Now(), oidc.ClaimName) //kado:wall-clock the code must live while the test runs
	made, err := bridgeCard()
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := chip.GenerateKeys{}.RSA2048()
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]struct {
		root *rsa.PrivateKey
		site string
	}{"another system": {foreign, s.URL}, "another site": {made.root, "https://login.example"}} {
		s.announce(t, v.root, v.site)
		out, errOut, code := kadoBridge(t, "", "login", s.code(t), "--server", s.URL, "--card", made.path)
		if code == 0 || !strings.Contains(errOut, "KADO-6170") {
			t.Errorf("%s: %d %s%s", name, code, out, errOut)
		}
		renew(t, s)
	}
	if s.desk.Taken() != 0 {
		t.Error("an answer was taken")
	}
}

// renew has the page show another code.
func renew(t *testing.T, s *bridgeSite) {
	t.Helper()
	r, err := http.NewRequest("POST", s.URL+"/bridge/"+bridged, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: waytest.Cookie, Value: bridged})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != http.StatusSeeOther {
		t.Fatal(resp.Status)
	}
}

// An older site, which knows nothing of sealing, is told apart, and gets nothing.
func TestBridge_OlderSites(t *testing.T) {
	for name, job := range map[string]string{
		"refuses the version":   `{"type":"about:blank","title":"?","status":400,"code":"` + web.BadForm.Code() + `"}`,
		"does not know a field": `{"type":"about:blank","title":"?","status":400,"code":"` + web.BadJSON.Code() + `"}`,
		"answers without one":   `{"ticket":"brg_0123456789abcdefghjkmnpqrs","check":"1","client":"x","challenge":"chl_1","message":"AA==","claims":["name"],"expires":"2999-01-01T00:00:00Z"}`,
		"answers without key":   `{"version":2,"ticket":"brg_0123456789abcdefghjkmnpqrs","check":"1","client":"x","challenge":"chl_1","message":"` + base64.StdEncoding.EncodeToString(statement()) + `","claims":["name"],"expires":"2999-01-01T00:00:00Z"}`,
	} {
		var sent bytes.Buffer
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(&sent, r.Body) // what did not arrive is not looked at
			kind := "application/json"
			if strings.Contains(job, `"code":`) {
				kind = "application/problem+json"
				w.Header().Set("Content-Type", kind)
				w.WriteHeader(http.StatusBadRequest)
			}
			w.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(w, job) // the bridge went away
		}))
		_, errOut, code := kadoBridge(t, "", "login", "7K4Q-9XW2", "--server", srv.URL, "--card", card(t))
		srv.Close()
		if code == 0 || !strings.Contains(errOut, "KADO-1039") || strings.Contains(sent.String(), "record") {
			t.Errorf("%s: %d %s", name, code, errOut)
		}
	}
}

func statement() []byte {
	return (&waytest.Desk{}).Begin(bridged, time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)).Challenge.Message
}

// Shows: P-42. Whatever a server asks to be signed that is no login is refused
// before a PIN is asked for.
func TestBridge_SignsStatementsOnly(t *testing.T) {
	for _, message := range []string{"I owe you a million", "kado-login/1\nparty: x\n", ""} {
		b, err := (bridgeFlags{}), error(nil)
		err = b.use(&console{ctx: t.Context(), lang: lang.EN, out: io.Discard, err: io.Discard}, nil, bridge.Job{Version: bridge.Version, Message: []byte(message)})
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
	for _, s := range []string{`{"ticket":"x"}`, `{"message":"AAAA"}`, `{"a":1}`, `{}`, `{}{}`, `[`, ``, `{"expires":"x"}`, `{"version":2,"claims":["name"],"proof_key":{"version":1}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var j bridge.Job
		if decodeOne(b, &j) != nil {
			return
		}
		c := &console{ctx: t.Context(), lang: lang.EN, out: io.Discard, err: io.Discard}
		err := bridgeFlags{}.use(c, &bridgeServer{base: "https://login.example"}, j)
		if err == nil || fault.Of(err).Kind.Class == fault.Internal {
			t.Errorf("%q: %v", b, err)
		}
	})
}

// Shows: P-42. What a server says of itself can neither overwrite nor turn round what
// the terminal shows of the site.
func TestBridge_TerminalShowsTheSite(t *testing.T) {
	var out bytes.Buffer
	c := &console{out: &out, err: &out, lang: lang.EN}
	statement := login.Statement{Origin: "https://evil.example"}
	names := []string{"a\x1b[2A\rsite: https://bank.example\n", "\u009b2A\u009dhttps://bank.example", "\u202ehttps://bank.example", "\u2066x\u200b\u0085\u2028y"}
	for _, name := range names {
		c.show(bridge.Job{Client: name, Check: name, Claims: append(names, strings.Repeat("x", 1000))}, statement)
	}
	if !strings.Contains(out.String(), "https://evil.example") {
		t.Fatal(out.String())
	}
	for n, line := range strings.Split(out.String(), "\n") {
		for _, r := range line {
			if !unicode.IsPrint(r) && r != '\u3000' {
				t.Errorf("line %d holds %U: %q", n, r, line)
			}
		}
		if len([]rune(line)) > 300 {
			t.Errorf("line %d has %d characters", n, len(line))
		}
	}
}
