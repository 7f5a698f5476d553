package waystest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"kado/internal/platform/web/webtest"
)

// people live in the town of these tests: enough for each way to have its own, and
// for a list that looks like one.
const people = "adult,woman,elderly,teenager,ladder-taka,foreign,phone,moved,one-try-left,lost,authentication-revoked,expired-card"

// town is kado serve, and one relying party for each way, all of them processes.
type town struct {
	kado  string // the binary
	dir   string // the world
	base  string // the site's address
	sites map[string]string
	cards map[string]string // card ids by persona
}

// ways are the client ids of the relying parties, and so their number.
var ways = []string{"testcard1", "shelf1", "bridge1", "handover1", "certificate1"}

// open builds everything and starts it. One world serves all tests.
func open(t *testing.T) *town {
	t.Helper()
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "kado/cmd/kado", "kado/examples/go-rp")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w := &town{kado: filepath.Join(bin, "kado"), dir: filepath.Join(t.TempDir(), "world"), sites: map[string]string{}, cards: map[string]string{}}
	at := address(t, "127.0.0.1:8080")
	w.base = "http://" + at
	key, clients := filepath.Join(bin, "key.pem"), filepath.Join(bin, "clients.json")
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write(t, key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	jwks := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: private.Public(), KeyID: "go-rp-1", Algorithm: "ES256", Use: "sig"}}}
	var list []map[string]any
	for i, id := range ways {
		a := address(t, "localhost:900"+string(rune('0'+i)))
		w.sites[id] = "http://" + a
		list = append(list, map[string]any{"client_id": id, "name": "見本のサイト", "redirect_uris": []string{"http://" + a + "/callback"}, "jwks": jwks})
	}
	b, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	write(t, clients, b)
	run(t, exec.Command(w.kado, "--lang", "en", "serve", "--listen", at, "--data", w.dir, "--people", people, "--clients", clients, "--mtls-listen", "127.0.0.1:0"))
	answers(t, w.base+"/readyz")
	for id, base := range w.sites {
		cmd := exec.Command(filepath.Join(bin, "go-rp"))
		cmd.Env = append(os.Environ(), "ISSUER="+w.base+"/api/realms/main", "CLIENT_ID="+id, "BASE="+base, "LISTEN="+strings.TrimPrefix(base, "http://"), "KEY="+key)
		if id == "certificate1" {
			cmd.Env = append(cmd.Env, "SCOPE=openid") // a certificate for login holds no attributes
		}
		run(t, cmd)
		answers(t, base+"/jwks.json")
	}
	w.folk(t)
	return w
}

// folk reads which card is whose.
func (w *town) folk(t *testing.T) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, "folk.json"))
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		People []struct{ ID, Card string }
	}
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	for _, p := range f.People {
		w.cards[p.ID] = p.Card
	}
}

// address is one on which nothing listens; the usual one where pictures are taken
// and it is free.
func address(t *testing.T, usual string) string {
	t.Helper()
	host, _, err := net.SplitHostPort(usual)
	if err != nil {
		t.Fatal(err)
	}
	if pictures() != "" {
		if ln, err := net.Listen("tcp", usual); err == nil {
			_ = ln.Close() // nothing came to it
			return usual
		}
	}
	_, port, err := net.SplitHostPort(webtest.Address(t))
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort(host, port)
}

// run starts a process that ends with the test.
func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		stuck := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // it was told to end
		stuck.Stop()
		if t.Failed() {
			t.Logf("%s said:\n%s", cmd.Path, out.String())
		}
	})
}

// answers waits until an address answers.
func answers(t *testing.T, address string) {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for range 1200 { // making the people's cards takes a while on a busy machine
		if r, err := client.Get(address); err == nil {
			_ = r.Body.Close() // only looked at
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		<-again.C
	}
	t.Fatalf("nobody answers at %s", address)
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
