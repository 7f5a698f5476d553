package partytest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/keystore"
	"kado/internal/scenario/folk"
	"kado/internal/server"
	"kado/internal/site"
	"kado/internal/site/requests"
	"kado/internal/site/ways/testcard"
	"kado/jpki"
)

// shared is the one small world of this package's tests.
var shared struct {
	once sync.Once
	box  *server.Sandbox
	folk *folk.Folk
	err  error
}

type suite struct{ m *testing.M }

// Run closes the world before leaks are looked for.
func (s suite) Run() int {
	code := s.m.Run()
	if shared.box != nil {
		if err := shared.box.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return max(code, 1)
		}
	}
	return code
}

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(suite{m}, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

// house is a site with the provider, test cards and the request log.
type house struct {
	issuer, base string
	provider     *oidc.Provider
	asked        *requests.Log
}

// open serves the site; clients are admitted without registration.
func open(t *testing.T) *house {
	t.Helper()
	s := &shared
	s.once.Do(func() {
		now := clock.System().Now()
		s.box, s.err = server.OpenSandbox(context.Background(), server.SandboxOptions{Default: now, Past: folk.Past, Municipality: "13221", NewRun: true, Cost: keystore.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
		if s.err == nil {
			s.folk, s.err = folk.Open(context.Background(), s.box, folk.Options{Now: now, Only: []string{"adult", "woman", "elderly", "eighteen"}})
		}
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{base: "http://" + ln.Addr().String(), asked: requests.New(clock.System())}
	h.provider, err = site.NewProvider(s.box.House, s.box.Keys, s.box.Entropy, jpki.DefaultSettings(), oidc.Deps{Clock: s.box.Clock, PartyClock: clock.System(),
		Base: h.base, Sandbox: true, OpenClients: true, Observe: h.asked.Observe})
	if err != nil {
		t.Fatal(err)
	}
	h.issuer = h.provider.Issuer()
	cards := testcard.New(testcard.Options{Desk: h.provider, Folk: s.folk, Shelf: s.box.Shelf})
	h.provider.Offer(cards.Way())
	log, err := h.asked.Part(h.issuer)
	if err != nil {
		t.Fatal(err)
	}
	place, err := site.New(site.Options{House: s.box.House, Clock: s.box.Clock, Sandbox: s.box, Around: h.asked.Around,
		Parts: append(site.LoginParts(h.provider, true), cards.Part(), log)})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(place.Handler())
	srv.Listener.Close() // the one above is used
	srv.Listener = ln
	srv.Start()
	t.Cleanup(srv.Close)
	return h
}

// browser keeps cookies and names the test card to the provider.
func (h *house) browser(t *testing.T, card string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 15 {
				return http.ErrUseLastResponse
			}
			r.Header.Del(testcard.Header)
			if strings.HasPrefix(r.URL.String(), h.base) {
				r.Header.Set(testcard.Header, card)
			}
			return nil
		}}
}

// visit opens an address and returns the page on which the browser ends.
func visit(t *testing.T, b *http.Client, address string) (int, string, *url.URL) {
	t.Helper()
	req, err := http.NewRequest("GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html") // programs get no redirect from mod_auth_openidc
	resp, err := b.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Request.URL
}

// missing skips loudly, or fails where everything has to be installed.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing: make deps", what)
	}
	t.Skipf("SKIPPED: %s is not installed (make deps)", what)
}

// program starts a relying party as a process of its own and waits until it
// answers at an address.
func program(t *testing.T, address, dir, path string, args []string, env ...string) {
	t.Helper()
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // killed
		if t.Failed() {
			t.Logf("%s said:\n%s", path, out.String())
		}
	})
	if address == "" {
		return
	}
	answers(t, address)
}

// answers waits until an address accepts connections.
func answers(t *testing.T, address string) {
	t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for range 200 {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close() // only looked at
			return
		}
		<-again.C
	}
	t.Fatalf("nobody answers at %s", address)
}

// goSample builds the sample with coreos/go-oidc.
func goSample(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "go-rp")
	if out, err := exec.Command("go", "build", "-o", bin, "kado/examples/go-rp").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// nodeSample finds node and the sample with openid-client.
func nodeSample(t *testing.T) (node, file string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "node")
	}
	src, err := filepath.Abs("../../../examples/node-rp")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(src, "node_modules", "openid-client")); err != nil {
		missing(t, "openid-client (npm ci in examples/node-rp)")
	}
	return node, filepath.Join(src, "server.js")
}
