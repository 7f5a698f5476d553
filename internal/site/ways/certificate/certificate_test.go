package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/web"
	"kado/internal/platform/web/webtest"
	"kado/internal/site/ways/waytest"
	"kado/jpki"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

const interaction = "int_0123456789abcdefghjkmnpqrs"

// scene is a site and the listener beside it, both on loopback.
type scene struct {
	desk  *waytest.Desk
	way   *Certificate
	site  *httptest.Server
	base  string // of the listener
	dir   string
	roots *x509.CertPool
	world *validationtest.World
}

func newScene(t *testing.T, claims ...oidc.Claim) *scene {
	t.Helper()
	now := clock.System().Now()
	s := &scene{desk: &waytest.Desk{Check: proven}, dir: t.TempDir(), world: validationtest.New(t)}
	s.desk.Begin(interaction, now.Add(10*time.Minute), claims...)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.base = "https://" + ln.Addr().String()
	mux := http.NewServeMux()
	s.site = httptest.NewServer(mux)
	t.Cleanup(s.site.Close)
	ca := s.world.CA(jpki.Authentication, 1)
	s.way, err = New(Options{Desk: s.desk, Site: s.site.URL, Listener: s.base, Authorities: func(context.Context) ([][]byte, error) { return [][]byte{ca.Raw}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	shell, err := web.New(web.Options{Clock: clock.System(), Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	shell.Common(mux)
	part := s.way.Part()
	if err := shell.Add(part.Room); err != nil {
		t.Fatal(err)
	}
	shell.Storybook(mux)
	part.Mount(shell, mux)
	pair, err := Pair(s.dir, "127.0.0.1", now)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(s.dir, CAFile))
	if err != nil {
		t.Fatal(err)
	}
	s.roots = x509.NewCertPool()
	if !s.roots.AppendCertsFromPEM(b) {
		t.Fatal("no CA in " + CAFile)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.way.Serve(ctx, ln, pair) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

// proven is what a provider and the login office look at: the proof's kind.
func proven(_ oidc.Interaction, a oidc.Answer) error {
	if a.Login.Proof() != login.ProofTLS || len(a.Login.Certificate) == 0 {
		return login.BadSignature.New()
	}
	return nil
}

// come opens the listener's address as the holder's browser does.
func (s *scene) come(t *testing.T, cookie string, certs ...tls.Certificate) (status int, location string) {
	t.Helper()
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.roots, Certificates: certs}}
	defer tr.CloseIdleConnections()
	client := &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequest("GET", s.base+path+interaction, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: waytest.Cookie, Value: cookie})
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Location")
}

func (s *scene) holder(t *testing.T) tls.Certificate {
	t.Helper()
	cert := s.world.Issue(t, validationtest.Order{Person: "per_7"})
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: validationtest.Key(validationtest.HolderKey)}
}

func (s *scene) page(t *testing.T) string {
	t.Helper()
	r, err := http.NewRequest("GET", s.site.URL+path+interaction+"?lang=en", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: waytest.Cookie, Value: interaction})
	resp, err := s.site.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The handshake is the proof; the browser goes on at the site.
func TestHandshakeLogsIn(t *testing.T) {
	s := newScene(t)
	if p := s.page(t); !strings.Contains(p, s.base+path+interaction) || !strings.Contains(p, waytest.Origin) {
		t.Errorf("the page: %s", p)
	}
	h := s.holder(t)
	status, to := s.come(t, interaction, h)
	if status != 303 || to != s.site.URL+"/consent/"+interaction {
		t.Errorf("%d %s", status, to)
	}
	if s.desk.Taken() != 1 || string(s.desk.Answers[0].Login.Certificate) != string(h.Certificate[0]) || s.desk.Answers[0].Consented {
		t.Errorf("%+v", s.desk.Answers)
	}
}

// Whoever is lured to the listener with somebody else's login brings no card to
// it: the browser is another one.
func TestListenerIsBoundToTheBrowser(t *testing.T) {
	s := newScene(t)
	if status, to := s.come(t, "another", s.holder(t)); status != 303 || to != s.site.URL+path+interaction || s.desk.Taken() != 0 {
		t.Errorf("%d %s", status, to)
	}
	if err := s.way.said(interaction); err != nil {
		t.Errorf("a stranger's refusal is shown: %v", err)
	}
}

func TestRefusalsAreToldOnTheSite(t *testing.T) {
	s := newScene(t)
	if status, to := s.come(t, interaction); status != 303 || to != s.site.URL+path+interaction {
		t.Errorf("%d %s", status, to)
	}
	if p := s.page(t); !strings.Contains(p, "KADO-8340") {
		t.Errorf("the page: %s", p)
	}
	s.desk.Refuse(func(oidc.Interaction, oidc.Answer) error { return login.NoStatus.New() })
	s.come(t, interaction, s.holder(t))
	if p := s.page(t); !strings.Contains(p, "KADO-4209") {
		t.Errorf("the page: %s", p)
	}
	s.desk.Refuse(nil)
	s.come(t, interaction, s.holder(t))
	if s.desk.Taken() != 1 || s.way.said(interaction) != nil {
		t.Error("the refusal stays")
	}
}

func TestAttributesAndSignaturesNeedAnotherWay(t *testing.T) {
	s := newScene(t, oidc.ClaimName)
	if p := s.page(t); !strings.Contains(p, "KADO-8341") || strings.Contains(p, s.base) {
		t.Errorf("the page: %s", p)
	}
	s.come(t, interaction, s.holder(t))
	if s.desk.Taken() != 0 {
		t.Error("taken")
	}
}

// A certificate without its key ends the handshake; nothing newer than TLS 1.2 is
// spoken, and no session resumed; the client is told whose certificate is wanted.
func TestHandshakeIsStrict(t *testing.T) {
	s := newScene(t)
	h := s.holder(t)
	h.PrivateKey = validationtest.Key(validationtest.HolderKey + 1)
	var asked *tls.CertificateRequestInfo
	addr := strings.TrimPrefix(s.base, "https://")
	if c, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: s.roots, Certificates: []tls.Certificate{h}}); err == nil {
		_, err = io.ReadAll(c)
		_ = c.Close()
		if err == nil {
			t.Error("another key than the certificate's was taken")
		}
	}
	c, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: s.roots, ClientSessionCache: tls.NewLRUClientSessionCache(2),
		GetClientCertificate: func(i *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = i
			return &tls.Certificate{}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	if v := c.ConnectionState().Version; v != tls.VersionTLS12 {
		t.Errorf("version %x", v)
	}
	_ = c.Close()
	ca := s.world.CA(jpki.Authentication, 1)
	if asked == nil || len(asked.AcceptableCAs) != 1 || string(asked.AcceptableCAs[0]) != string(ca.RawSubject) {
		t.Errorf("asked for %v", asked)
	}
}

// curl with a key in a file, as a program that has no PKCS#11.
func TestCurl(t *testing.T) {
	tool, err := exec.LookPath("curl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("curl is missing: apt-get install curl")
		}
		t.Skip("SKIPPED: curl is not installed")
	}
	s := newScene(t)
	h := s.holder(t)
	key, err := x509.MarshalPKCS8PrivateKey(h.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, keyPath := filepath.Join(s.dir, "holder.pem"), filepath.Join(s.dir, "holder-key.pem")
	for name, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: h.Certificate[0]}, keyPath: {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(tool, "-sS", "-m", "30", "--noproxy", "*", "--cacert", filepath.Join(s.dir, CAFile), "--cert", cert, "--key", keyPath,
		"--cookie", waytest.Cookie+"="+interaction, "-o", os.DevNull, "-w", "%{http_code} %{redirect_url}", s.base+path+interaction).CombinedOutput()
	if err != nil || string(out) != "303 "+s.site.URL+"/consent/"+interaction || s.desk.Taken() != 1 {
		t.Errorf("%s, %v", out, err)
	}
}

// The listener's certificate: kept while it is good, trusted through its CA only,
// which may sign for this machine alone and whose key is nowhere.
func TestPair(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	first, err := Pair(dir, "127.0.0.1", now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Pair(dir, "localhost", now.Add(pairLife-renewBefore-2*time.Hour))
	if err != nil || !first.Leaf.Equal(again.Leaf) {
		t.Error("made anew though it is good", err)
	}
	for name, make := range map[string]func() (tls.Certificate, error){
		"old":        func() (tls.Certificate, error) { return Pair(dir, "127.0.0.1", now.Add(pairLife-renewBefore)) },
		"other host": func() (tls.Certificate, error) { return Pair(dir, "kado.example", now) },
	} {
		p, err := make()
		if err != nil || p.Leaf.Equal(first.Leaf) {
			t.Errorf("%s: not made anew: %v", name, err)
		}
	}
	ca, cert, _, err := makePair("kado.example", now)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(ca)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	for _, host := range []string{"kado.example", "localhost", "127.0.0.1", "[::1]"} {
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: host, CurrentTime: now}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if len(root.PermittedDNSDomains) != 2 || len(root.PermittedIPRanges) != 2 || !root.MaxPathLenZero {
		t.Errorf("limits %v %v", root.PermittedDNSDomains, root.PermittedIPRanges)
	}
	info, err := os.Stat(filepath.Join(dir, keyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("%v %v", entries, err)
	}
}

// Only names of this machine take each other's place.
func TestAddresses(t *testing.T) {
	for _, v := range []struct{ site, came, want string }{
		{"http://127.0.0.1:8080", "localhost:8443", "http://localhost:8080/x"},
		{"http://localhost:8080", "[::1]:8443", "http://[::1]:8080/x"},
		{"https://login.example", "evil.example:8443", "https://login.example/x"},
		{"https://login.example", "localhost:8443", "https://login.example/x"},
		{"http://localhost:8080", "evil.example", "http://localhost:8080/x"},
	} {
		c, err := New(Options{Site: v.site, Listener: "https://localhost:1"})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = v.came
		if got := at(c.site, r, "/x"); got != v.want {
			t.Errorf("%s from %s: %s", v.site, v.came, got)
		}
	}
}

func TestPagesInABrowser(t *testing.T) {
	ctx := webtest.Browser(t)
	s := newScene(t)
	webtest.Look(t, ctx, s.site.URL, []string{"/storybook/certificate/page", "/storybook/certificate/refused", "/storybook/certificate/not-this-way"})
}
