package servetest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"kado/internal/platform/clock"
)

const (
	client   = "servetest1"
	redirect = "http://localhost:9000/callback"
	verifier = "a-verifier-of-at-least-forty-three-characters-0123456789"
	// patience is when a process or an answer that does not come is given up.
	patience = 2 * time.Minute
)

// shared is the program, and a client that it is told of.
var shared struct {
	dir, kado, clients string
	key                *ecdsa.PrivateKey
}

func TestMain(m *testing.M) {
	code, err := func() (int, error) {
		s := &shared
		var err error
		if s.dir, err = os.MkdirTemp("", "kado-servetest-"); err != nil {
			return 1, err
		}
		defer os.RemoveAll(s.dir)
		s.kado, s.clients = filepath.Join(s.dir, "kado"), filepath.Join(s.dir, "clients.json")
		if out, err := exec.Command("go", "build", "-o", s.kado, "kado/cmd/kado").CombinedOutput(); err != nil {
			return 1, fmt.Errorf("%w\n%s", err, out)
		}
		if s.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return 1, err
		}
		list, err := json.Marshal([]map[string]any{{"client_id": client, "name": "試験の店", "redirect_uris": []string{redirect},
			"jwks": jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key.Public(), KeyID: "one", Algorithm: "ES256", Use: "sig"}}}}})
		if err != nil {
			return 1, err
		}
		if err := os.WriteFile(s.clients, list, 0o600); err != nil {
			return 1, err
		}
		return m.Run(), nil
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// said is what a program says, and may be read while it speaks.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// server is a running kado serve.
type server struct {
	base string
	http *http.Transport
	cmd  *exec.Cmd
	said *said
	done chan error
}

var opened = regexp.MustCompile(`(?:Open|Serving) (https?://[^;\s]+?)[.;]\s`)

// serve starts kado serve and waits until it serves.
func serve(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{said: &said{}, done: make(chan error, 1), http: &http.Transport{}}
	s.cmd = exec.Command(shared.kado, append([]string{"--lang", "en", "serve", "--clients", shared.clients}, args...)...)
	s.cmd.Stdout, s.cmd.Stderr = s.said, s.said
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.done <- s.cmd.Wait() }()
	t.Cleanup(func() {
		s.http.CloseIdleConnections()
		_ = s.cmd.Process.Kill() // it may have ended
		if t.Failed() {
			t.Logf("kado serve said:\n%s", tail(s.said.String()))
		}
	})
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		if m := opened.FindStringSubmatch(s.said.String()); m != nil {
			s.base = m[1]
			return s
		}
		select {
		case err := <-s.done:
			t.Fatalf("kado serve has ended: %v\n%s", err, s.said)
		case <-late.C:
			t.Fatalf("kado serve does not begin:\n%s", s.said)
		case <-again.C:
		}
	}
}

func tail(s string) string { return s[max(0, len(s)-4000):] }

// sandbox serves a world with one person. Each time it is at another port, which browsers'
// cookies do not look at.
func sandbox(t *testing.T, dir string) *server {
	t.Helper()
	return serve(t, "--data", dir, "--people", "adult", "--listen", "127.0.0.1:0")
}

// end sends a signal and waits; it returns how the process has ended.
func (s *server) end(t *testing.T, how syscall.Signal) error {
	t.Helper()
	if err := s.cmd.Process.Signal(how); err != nil {
		t.Fatal(err)
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case err := <-s.done:
		return err
	case <-late.C:
		t.Fatalf("kado serve does not end:\n%s", tail(s.said.String()))
		return nil
	}
}

// whole runs kado fsck on a kept world.
func whole(t *testing.T, dir string) {
	t.Helper()
	if out, err := exec.Command(shared.kado, "--lang", "en", "fsck", "--data", dir).CombinedOutput(); err != nil {
		t.Errorf("kado fsck: %v\n%s", err, out)
	}
}

// browser is a user's browser and the relying party's server in one.
type browser struct {
	*server
	c     *http.Client
	scope string
}

// comesBack ends the redirects where the relying party begins.
var errComesBack = errors.New("back at the relying party")

func (s *server) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{server: s, scope: "openid name"}
	b.c = &http.Client{Jar: jar, Transport: s.http, Timeout: patience, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), redirect) || len(via) > 10 {
			return errComesBack
		}
		return nil
	}}
	return b
}

const connect = "/api/realms/main/protocol/openid-connect/"

// begin sends an authorization request and returns the page or the address at the relying
// party on which the browser ends.
func (b *browser) begin(hint string) (page string, back url.Values, err error) {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{"response_type": {"code"}, "client_id": {client}, "redirect_uri": {redirect}, "scope": {b.scope}, "state": {"s"}, "nonce": {"n"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	if hint != "" {
		q.Set("login_hint", hint)
	}
	_, page, back, err = b.ask("GET", connect+"auth?"+q.Encode(), nil)
	return page, back, err
}

// ask sends a request; back is what the relying party was told, if it was.
func (b *browser) ask(method, path string, form url.Values) (status int, page string, back url.Values, err error) {
	r, err := http.NewRequestWithContext(context.Background(), method, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", nil, err
	}
	r.Header.Set("Accept-Language", "en")
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", b.base)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	resp, err := b.c.Do(r)
	if errors.Is(err, errComesBack) {
		to, e := resp.Location()
		if e != nil {
			return 0, "", nil, e
		}
		return resp.StatusCode, "", to.Query(), nil
	}
	if err != nil {
		return 0, "", nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, string(body), nil, err
}

// tokens is what a login has brought.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

// refusedBy is an answer that is none of the wanted.
type refusedBy struct {
	status int
	body   string
}

func (r refusedBy) Error() string { return fmt.Sprintf("%d %.500s", r.status, r.body) }

// redeem asks for tokens as the relying party.
func (b *browser) redeem(form url.Values) (out tokens, err error) {
	if err := b.assert(form); err != nil {
		return out, err
	}
	status, body, _, err := b.ask("POST", connect+"token", form)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil || status != 200 || out.Access == "" || out.Refresh == "" {
		return out, refusedBy{status, body}
	}
	return out, nil
}

// assert puts a client assertion into a form (RFC 7523).
func (b *browser) assert(form url.Values) error {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: shared.key}, (&jose.SignerOptions{}).WithHeader("kid", "one"))
	if err != nil {
		return err
	}
	now := clock.System().Now().Unix()
	claims, err := json.Marshal(map[string]any{"iss": client, "sub": client, "aud": b.base + connect + "token", "jti": rand.Text(), "iat": now, "exp": now + 50})
	if err != nil {
		return err
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return err
	}
	compact, err := signed.CompactSerialize()
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", compact)
	return err
}

func code(back url.Values) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {back.Get("code")}, "redirect_uri": {redirect}, "code_verifier": {verifier}}
}

func refresh(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
}

// login goes all the way with the adult's test card.
func (b *browser) login() (tokens, error) {
	page, back, err := b.begin("adult")
	if err != nil {
		return tokens{}, err
	}
	if back.Get("code") == "" {
		return tokens{}, refusedBy{0, fmt.Sprintf("%v %s", back, page)}
	}
	return b.redeem(code(back))
}
