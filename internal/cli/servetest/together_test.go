package servetest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"kado/internal/platform/clock"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/keystore"
	"kado/internal/platform/web/webtest"
	"kado/internal/scenario/folk"
	house "kado/internal/server"
	"kado/internal/site/ways/certificate"
)

// cluster is two of kado serve --production behind one public address, on one PostgreSQL.
type cluster struct {
	at   [2]string // where each listens
	next atomic.Int64
	// only is the one that gets everything; below zero, they take turns.
	only int
}

func (c *cluster) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	to := c.only
	if to < 0 {
		to = int(c.next.Add(1) % 2)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", c.at[to])
}

// TestServe_TwoOnOneDatabase: each request of a login goes to another server than the one
// before, and the login comes to its end, once. Only the codes for kado bridge are of the
// server that has shown them: the other one refuses them with their number.
func TestServe_TwoOnOneDatabase(t *testing.T) {
	ctx, now, dir, url0 := t.Context(), clock.System().Now(), t.TempDir(), dbtest.PostgresURL(t)
	file := func(name string) string { return filepath.Join(dir, name) }
	const passphrase = "correct horse battery staple"
	if err := os.WriteFile(file("passphrase"), []byte(passphrase+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := keystore.CreateFile(file("keys.kado"), []byte(passphrase), keystore.CheapCost)
	if err != nil {
		t.Fatal(err)
	}
	box, err := house.OpenSandbox(ctx, house.SandboxOptions{Dir: file("town"), Default: now, Past: folk.Past, Municipality: "13221", NewRun: true, Keys: keys, ForProduction: true, Database: url0})
	if err != nil {
		t.Fatal(err)
	}
	_, err = folk.Open(ctx, box, folk.Options{Now: now, Only: []string{"adult"}})
	if e := box.Close(); err != nil || e != nil {
		t.Fatal(err, e)
	}
	if _, err := certificate.Pair(dir, "localhost", now); err != nil {
		t.Fatal(err)
	}
	c := &cluster{only: -1}
	var servers [2]*server
	for i := range servers {
		c.at[i] = webtest.Address(t)
		servers[i] = serve(t, "--production", "--db", url0, "--keys", file("keys.kado"), "--passphrase-file", file("passphrase"), "--tls-cert", file("mtls.pem"),
			"--tls-key", file("mtls-key.pem"), "--base", "https://localhost", "--listen", c.at[i])
	}
	ca, err := os.ReadFile(file(certificate.CAFile))
	if err != nil {
		t.Fatal(err)
	}
	trust := x509.NewCertPool()
	trust.AppendCertsFromPEM(ca)
	// No connection is kept, so that each request may go elsewhere.
	front := &server{base: "https://localhost", http: &http.Transport{DialContext: c.dial, DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: trust}}}
	b := front.browser(t)
	b.scope = "openid" // attributes go to the public address alone, which only a balancer has

	page, _, err := b.begin("")
	if err != nil {
		t.Fatal(err)
	}
	id := find(t, page, `/bridge/(int_[0-9A-Za-z_-]+)`)
	c.only = 0
	page = b.get(t, "/bridge/"+id)
	c.only = -1
	one := adult(t, file("town"))
	bridge := func(at string) (string, error) {
		_, port, _ := net.SplitHostPort(at) // it was listened at
		cmd := exec.Command(shared.kado, "--lang", "en", "bridge", "login", find(t, page, `<strong class="bridge-code">([^<]+)<`), "--server", "https://localhost:"+port,
			"--card", one.card, "--pin-fd", "0")
		cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+file(certificate.CAFile))
		cmd.Stdin = strings.NewReader(one.authentication + "\n" + one.text + "\n")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := bridge(c.at[1]); err == nil || !strings.Contains(out, "KADO-8330") {
		t.Errorf("the code of the other server: %v\n%s", err, out)
	}
	if out, err := bridge(c.at[0]); err != nil {
		t.Fatalf("the server's own code: %v\n%s", err, out)
	}
	_, page, back, err := b.ask("POST", "/login/"+id+"/consent", url.Values{"answer": {"allow"}})
	if err != nil || back.Get("code") == "" {
		t.Fatalf("%v %v\n%s", back, err, page)
	}
	got, err := b.redeem(code(back))
	if err != nil {
		t.Fatal(err)
	}
	for range 4 { // each is the one before's successor, at the other server
		if got, err = b.redeem(refresh(got.Refresh)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if again, err := b.redeem(code(back)); err == nil {
			t.Errorf("the code served again: %v", again != tokens{})
		}
	}
	for _, s := range servers {
		if err := s.end(t, syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}
}
