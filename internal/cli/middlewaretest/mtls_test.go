package middlewaretest

import (
	"context"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kado/chip/vpcd/vpcdtest"
	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/site/ways/certificate"
	"kado/internal/site/ways/waytest"
	"kado/internal/world/profiles"
	"kado/jpki"
	"kado/reader"
)

// TestMutualTLS_WithTheCardThroughPKCS11: GnuTLS shows the card's authentication
// certificate through OpenSC's PKCS#11 module; the card itself makes the signature
// of the handshake, which is the proof of the login.
func TestMutualTLS_WithTheCardThroughPKCS11(t *testing.T) {
	card := laid(t, "adult")
	vpcdtest.Need(t, "gnutls-cli")
	const id = "int_0123456789abcdefghjkmnpqrs"
	now := clock.System().Now()
	desk := &waytest.Desk{Check: func(_ oidc.Interaction, a oidc.Answer) error {
		if a.Login.Proof() != login.ProofTLS {
			return login.BadSignature.New()
		}
		return nil
	}}
	desk.Begin(id, now.Add(10*time.Minute))
	site := httptest.NewServer(nil)
	defer site.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	trust, err := maker.Trust()
	must(t, err)
	way, err := certificate.New(certificate.Options{Desk: desk, Site: site.URL, Listener: "https://" + ln.Addr().String(), Authorities: func(context.Context) (out [][]byte, err error) {
		for _, a := range trust.Authorities {
			if a.Kind == jpki.Authentication {
				out = append(out, a.Certificate.Raw)
			}
		}
		return out, nil
	}})
	must(t, err)
	dir := t.TempDir()
	pair, err := certificate.Pair(dir, "127.0.0.1", now)
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- way.Serve(ctx, ln, pair) }()
	defer func() {
		stop()
		must(t, <-done)
	}()
	module := pkcs11(t)
	token := ""
	for line := range strings.Lines(succeeds(t, "p11tool", "--provider", module, "--list-token-urls")) {
		if strings.Contains(line, "Authentication") {
			token = strings.TrimSpace(line)
		}
	}
	if token == "" {
		t.Fatal("no token of user authentication")
	}
	_, port, err := net.SplitHostPort(ln.Addr().String())
	must(t, err)
	limit, enough := context.WithTimeout(ctx, time.Minute)
	defer enough()
	cmd := exec.CommandContext(limit, "gnutls-cli", "--provider", module, "--x509cafile", filepath.Join(dir, certificate.CAFile),
		"--x509certfile", token+";id=%01;type=cert", "--x509keyfile", token+";id=%01;type=private",
		"--port", port, "127.0.0.1")
	cmd.Env = append(os.Environ(), "GNUTLS_PIN="+profiles.DefaultAuthentication)
	cmd.Stdin = strings.NewReader("GET /certificate/" + id + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nCookie: " + waytest.Cookie + "=" + id + "\r\nConnection: close\r\n\r\n")
	out, err := cmd.CombinedOutput()
	if err != nil || desk.Taken() != 1 {
		t.Fatalf("%v, %d answers\n%s", err, desk.Taken(), out)
	}
	contains(t, string(out), "Handshake was completed", "303 See Other", site.URL+"/consent/"+id)
	if string(desk.Answers[0].Login.Certificate) != string(card.Certificates[reader.AuthenticationKey].Raw) {
		t.Error("another certificate than the card's")
	}
}
