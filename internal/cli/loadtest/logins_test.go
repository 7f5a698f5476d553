package loadtest

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"kado/internal/platform/clock"
	"kado/internal/platform/web/webtest"
)

const (
	client   = "load1"
	redirect = "http://localhost:9000/callback"
	// crowd is how many browsers log in at once.
	crowd = 96
	// verifier is the PKCE secret of every login: making one is no work of the provider's.
	verifier = "a-verifier-of-at-least-forty-three-characters-0123456789"
)

// BenchmarkLogins is whole logins at a running kado serve: authorization with a test card
// (its chip signs, its attributes are read), code, tokens, userinfo.
//
// flat-out: as many as go, by 16 browsers at once. half: at a steady half of that, whether
// or not the one before has ended; p99-ms is the time of a whole login.
func BenchmarkLogins(b *testing.B) {
	t := open(b)
	var best float64
	b.Run("flat-out", func(b *testing.B) {
		t.warm(b)
		before, memory := t.processorTime(b), t.memory(b)
		highest := memory
		var n atomic.Int64
		var wg sync.WaitGroup
		b.ResetTimer()
		for range crowd {
			wg.Go(func() {
				w := t.browser()
				defer w.close()
				for {
					i := n.Add(1)
					if i > int64(b.N) || b.Failed() {
						return
					}
					if err := w.login(); err != nil {
						b.Error(err)
						return
					}
					if step := int64(max(b.N/20, 1000)); i%step == 0 {
						now := t.memory(b)
						b.Logf("%d logins: %.1f/s, %.0f MB", i, float64(i)/b.Elapsed().Seconds(), now)
					}
				}
			})
		}
		wg.Wait()
		b.StopTimer()
		highest = max(highest, t.memory(b))
		best = float64(b.N) / b.Elapsed().Seconds()
		b.ReportMetric(best, "logins/s")
		b.ReportMetric((t.processorTime(b)-before).Seconds()*1e3/float64(b.N), "server-cpu-ms/op")
		b.ReportMetric(memory, "MB-before")
		b.ReportMetric(highest, "MB-after")
		b.ReportMetric(0, "ns/op")
	})
	b.Run("half", func(b *testing.B) {
		if best == 0 {
			b.Skip("run with flat-out, which says how much half is")
		}
		t.warm(b)
		took := make([]time.Duration, b.N)
		elapsed := clock.Elapsed()
		free := make(chan *browser, b.N)
		var wg sync.WaitGroup
		b.ResetTimer()
		for i := range b.N {
			due := time.Duration(float64(i) / (best / 2) * float64(time.Second))
			if wait := due - elapsed(); wait > 0 {
				<-time.After(wait)
			}
			wg.Go(func() {
				var w *browser
				select {
				case w = <-free:
				default:
					w = t.browser()
				}
				if err := w.login(); err != nil {
					b.Error(err)
				}
				free <- w
				took[i] = elapsed() - due // a login that began late because the generator was late counts as slow
			})
		}
		wg.Wait()
		b.StopTimer()
		close(free)
		for w := range free {
			w.close()
		}
		slices.Sort(took)
		at := func(q float64) float64 { return took[int(q*float64(len(took)-1))].Seconds() * 1e3 }
		b.ReportMetric(best/2, "logins/s")
		b.ReportMetric(at(0.5), "p50-ms")
		b.ReportMetric(at(0.99), "p99-ms")
		b.ReportMetric(at(1), "max-ms")
		b.ReportMetric(0, "ns/op")
	})
}

// town is a running kado serve and a relying party of it.
type town struct {
	base string
	host string // and port
	pid  int
	key  *ecdsa.PrivateKey
	jti  atomic.Int64
}

func open(b *testing.B) *town {
	b.Helper()
	dir := b.TempDir()
	kado, clients := filepath.Join(dir, "kado"), filepath.Join(dir, "clients.json")
	if out, err := exec.Command("go", "build", "-o", kado, "kado/cmd/kado").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	list, err := json.Marshal([]map[string]any{{"client_id": client, "name": "試験の店", "redirect_uris": []string{redirect},
		"jwks": jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "one", Algorithm: "ES256", Use: "sig"}}}}})
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(clients, list, 0o600); err != nil {
		b.Fatal(err)
	}
	address := webtest.Address(b)
	cmd := exec.Command(kado, "--lang", "en", "serve", "--listen", address, "--data", filepath.Join(dir, "world"), "--people", "adult", "--clients", clients)
	var said bytes.Buffer
	cmd.Stdout = &said // its log goes nowhere, as behind a service manager
	if log := os.Getenv("KADO_LOG"); log != "" {
		f, err := os.Create(log)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		cmd.Stderr = f
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = cmd.Wait()
	})
	t := &town{base: "http://" + address, host: address, pid: cmd.Process.Pid, key: key}
	for range 600 {
		if resp, err := http.Get(t.base + "/readyz"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return t
			}
		}
		<-time.After(100 * time.Millisecond)
	}
	b.Fatalf("kado serve does not answer:\n%s", said.String())
	return nil
}

// warm logs in until everything that is made once is made.
func (t *town) warm(b *testing.B) {
	b.Helper()
	w := t.browser()
	defer w.close()
	for range 20 {
		if err := w.login(); err != nil {
			b.Fatal(err)
		}
	}
}

// browser is a user's browser and the relying party's server in one, over one connection. It
// writes its requests itself, so that the machine works for the server and not for the
// generator.
type browser struct {
	*town
	conn net.Conn
	read *bufio.Reader
}

func (t *town) browser() *browser { return &browser{town: t} }

func (w *browser) close() {
	if w.conn != nil {
		_ = w.conn.Close()
	}
}

// answer is what the generator looks at in an HTTP answer.
type answer struct {
	status           string
	location, cookie string
	body             []byte
}

// ask sends a request and reads the answer with its body.
func (w *browser) ask(method, target, header, body string) (a answer, err error) {
	if w.conn == nil {
		if w.conn, err = net.Dial("tcp", w.host); err != nil {
			return a, err
		}
		w.read = bufio.NewReader(w.conn)
	}
	if _, err := io.WriteString(w.conn, method+" "+target+" HTTP/1.1\r\nHost: "+w.host+"\r\n"+header+"\r\n"+body); err != nil {
		return a, err
	}
	length := 0
	for first := true; ; first = false {
		raw, err := w.read.ReadSlice('\n')
		if err != nil {
			return a, err
		}
		line := strings.TrimRight(string(raw), "\r\n")
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case first:
			_, a.status, _ = strings.Cut(line, " ")
			continue
		case line == "":
			a.body = make([]byte, length)
			_, err := io.ReadFull(w.read, a.body)
			return a, err
		}
		switch name {
		case "Content-Length":
			if length, err = strconv.Atoi(value); err != nil || length > 1<<20 {
				return a, fmt.Errorf("a body of %q octets", value)
			}
		case "Transfer-Encoding":
			return a, errors.New("the generator reads no chunks")
		case "Location":
			a.location = value
		case "Set-Cookie":
			a.cookie, _, _ = strings.Cut(value, ";")
		}
	}
}

const connect = "/api/realms/main/protocol/openid-connect/"

// request is the authorization request of every login.
var request = func() string {
	sum := sha256.Sum256([]byte(verifier))
	return connect + "auth?" + url.Values{"response_type": {"code"}, "client_id": {client}, "redirect_uri": {redirect}, "scope": {"openid name address birthdate gender"},
		"state": {"s"}, "nonce": {"n"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}, "login_hint": {"adult"}}.Encode()
}()

// login goes all the way.
func (w *browser) login() error {
	at, cookie := request, ""
	for range 5 {
		a, err := w.ask("GET", at, cookie, "")
		if err != nil {
			return err
		}
		if a.cookie != "" {
			cookie = "Cookie: " + a.cookie + "\r\n"
		}
		if back, ok := strings.CutPrefix(a.location, redirect+"?"); ok {
			return w.redeem(back)
		}
		if at = strings.TrimPrefix(a.location, w.base); !strings.HasPrefix(at, "/") {
			return fmt.Errorf("%s, to %q: %.500s", a.status, at, a.body)
		}
	}
	return errors.New("the browser went round in circles")
}

// fixed is what does not change in a token request.
var fixed = url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {redirect}, "code_verifier": {verifier},
	"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}.Encode()

func (w *browser) redeem(back string) error {
	q, err := url.ParseQuery(back)
	if err != nil || q.Get("code") == "" {
		return fmt.Errorf("no code: %s", q.Get("error_description"))
	}
	assertion, err := w.assertion()
	if err != nil {
		return err
	}
	form := fixed + "&code=" + q.Get("code") + "&client_assertion=" + assertion // both are safe in a form as they are
	a, err := w.ask("POST", connect+"token", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "+strconv.Itoa(len(form))+"\r\n", form)
	if err != nil {
		return err
	}
	var tokens struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal(a.body, &tokens); err != nil || tokens.Access == "" {
		return fmt.Errorf("token: %s %.500s", a.status, a.body)
	}
	if a, err = w.ask("GET", connect+"userinfo", "Authorization: Bearer "+tokens.Access+"\r\n", ""); err != nil {
		return err
	}
	var who struct{ Sub, Name, Address string }
	if err := json.Unmarshal(a.body, &who); err != nil || !strings.HasPrefix(a.status, "200") || who.Sub == "" || who.Name == "" || who.Address == "" {
		return fmt.Errorf("userinfo: %s %.500s", a.status, a.body)
	}
	return nil
}

// assertion is a client assertion with ES256 (RFC 7523).
func (t *town) assertion() (string, error) {
	now := clock.System().Now().Unix()
	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(`{"alg":"ES256","kid":"one","typ":"JWT"}`)) + "." + encode(fmt.Appendf(nil,
		`{"iss":%q,"sub":%q,"aud":%q,"jti":"%d","iat":%d,"exp":%d}`, client, client, t.base+connect+"token", t.jti.Add(1), now, now+50))
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, t.key, sum[:])
	if err != nil {
		return "", err
	}
	var sig [64]byte
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return input + "." + encode(sig[:]), nil
}

// processorTime is what the server has used so far (Linux alone: /proc).
func (t *town) processorTime(b *testing.B) time.Duration {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", t.pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	f := strings.Fields(rest)
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100
}

// memory is the server's resident memory in MB.
func (t *town) memory(b *testing.B) float64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	kb, _ := strconv.Atoi(strings.Fields(rest)[0])
	return float64(kb) / 1e3
}
