package partytest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"kado/internal/site/ways/testcard"
)

// openid-client pushes its authorization request and logs in, as a client that has to
// push, in lenient and in strict mode.
func TestPAR_OpenIDClient(t *testing.T) {
	node, file := nodeSample(t)
	h := open(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	for id, strict := range map[string]bool{"lenientpar": false, "strictpar": true} {
		callback := "http://127.0.0.1:9/" + id
		register(t, h, map[string]any{"client_id": id, "name": "前もって預ける店", "redirect_uris": []string{callback}, "strict": strict, "require_pushed_authorization_requests": true,
			"jwks": jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public()}}}})
		script, err := filepath.Abs("testdata/par.mjs")
		if err != nil {
			t.Fatal(err)
		}
		to, person := converses(t, h, exec.Command(node, script), "CLIENT_ID="+id, "CALLBACK="+callback, "KEY="+path, "MODULES="+filepath.Dir(file))
		if len(to.Query()) != 2 || !strings.HasPrefix(to.Query().Get("request_uri"), "urn:ietf:params:oauth:request_uri:") {
			t.Errorf("%s: sent to %v", id, to)
		}
		isAdult(t, h, id, person, "userinfo token answer authorization par")
	}
}

// person is what a script prints in the end.
type person struct{ Sub, Name string }

// isAdult checks who was logged in, and by which steps, newest first.
func isAdult(t *testing.T, h *house, client string, got person, want string) {
	t.Helper()
	if p, err := shared.folk.ByID("adult"); err != nil || got.Name != p.Name || got.Sub == "" {
		t.Errorf("%s: %+v %v", client, got, err)
	}
	var steps []string
	for _, e := range h.asked.List(client) {
		if e.Bad() {
			t.Errorf("%s: %s %v", e.Step.ID, e.Number, e.Refusal)
		}
		steps = append(steps, e.Step.ID)
	}
	if got := strings.Join(steps, " "); got != want {
		t.Errorf("%s: the log shows, newest first: %s", client, got)
	}
}

// converses runs a script that prints where the browser goes, reads where it came
// back to, and prints who it is.
func converses(t *testing.T, h *house, cmd *exec.Cmd, env ...string) (to *url.URL, who person) {
	t.Helper()
	cmd.Env = append(append(os.Environ(), "ISSUER="+h.issuer), env...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has ended, unless something failed
		if _ = cmd.Wait(); t.Failed() {
			t.Logf("%s said:\n%s", cmd.Path, complaints.String())
		}
	})
	lines := bufio.NewScanner(out)
	lines.Scan()
	if to, err = url.Parse(lines.Text()); err != nil || to.Host == "" {
		t.Fatalf("sent to %q %v", lines.Text(), err)
	}
	if _, err := in.Write([]byte(comesBack(t, h, to.String()) + "\n")); err != nil {
		t.Fatal(err)
	}
	lines.Scan()
	if err := json.Unmarshal(lines.Bytes(), &who); err != nil {
		t.Fatalf("%q %v", lines.Text(), err)
	}
	return to, who
}

// comesBack has a browser log the adult in and returns where it is sent in the end.
func comesBack(t *testing.T, h *house, address string) string {
	t.Helper()
	b := h.browser(t, "adult")
	b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), h.base) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	req, err := http.NewRequest("GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(testcard.Header, "adult")
	resp, err := b.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.Header.Get("Location")
}

// register enters a client as a developer's script does.
func register(t *testing.T, h *house, client any) {
	t.Helper()
	body, err := json.Marshal(client)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, "POST", h.base+"/api/clients", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("registration: %d", resp.StatusCode)
	}
}
