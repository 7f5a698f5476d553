//go:build unix

package partytest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"kado/internal/conform"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/lang"
	"kado/internal/platform/web/webtest"
)

const modules = "/usr/lib/apache2/modules"

// apache starts Apache with mod_auth_openidc in front of one page; it returns
// the page's address and the public key that it signs with.
func apache(t *testing.T, issuer string) (string, jose.JSONWebKey) {
	t.Helper()
	bin, err := exec.LookPath("apache2")
	if err != nil {
		bin = "/usr/sbin/apache2"
	}
	for _, f := range []string{bin, modules + "/mod_auth_openidc.so"} {
		if _, err := os.Stat(f); err != nil {
			missing(t, "apache2 with libapache2-mod-auth-openidc")
		}
	}
	dir, at := t.TempDir(), webtest.Address(t)
	for _, d := range []string{filepath.Dir(dir), dir} { // Apache gives its rights up
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("www/members/index.html", []byte("<p>members only</p>"))
	conf := write("apache.conf", fmt.Appendf(nil, `ServerRoot %[1]s
ServerName %[2]s
Listen %[2]s
PidFile %[1]s/pid
ErrorLog %[1]s/error.log
LogLevel auth_openidc:info
DocumentRoot %[1]s/www
LoadModule mpm_prefork_module %[3]s/mod_mpm_prefork.so
LoadModule authn_core_module %[3]s/mod_authn_core.so
LoadModule authz_core_module %[3]s/mod_authz_core.so
LoadModule authz_user_module %[3]s/mod_authz_user.so
LoadModule dir_module %[3]s/mod_dir.so
LoadModule auth_openidc_module %[3]s/mod_auth_openidc.so
User www-data
Group www-data
StartServers 2
DirectoryIndex index.html
OIDCProviderMetadataURL %[4]s/.well-known/openid-configuration
OIDCClientID apache0001
OIDCPrivateKeyFiles %[5]s
OIDCPublicKeyFiles %[6]s
OIDCProviderTokenEndpointAuth private_key_jwt
OIDCIDTokenSignedResponseAlg ES256
OIDCPKCEMethod S256
OIDCScope "openid name"
OIDCRedirectURI http://%[2]s/members/answer
OIDCCryptoPassphrase of-this-test
OIDCCookieSameSite On
<Location /members>
AuthType openid-connect
Require valid-user
</Location>
`, dir, at, modules, issuer, write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
		write("pub.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))))
	var out bytes.Buffer
	cmd := exec.Command(bin, "-DFOREGROUND", "-f", conf)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it stops its whole group
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // takes its children along
		_ = cmd.Wait()                       // it was told to stop
		if t.Failed() {
			b, err := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Logf("apache said:\n%s%s %v", out.String(), b, err)
		}
	})
	answers(t, at)
	return "http://" + at + "/members/", jose.JSONWebKey{Key: key.Public(), Algorithm: "RS256", Use: "sig"}
}

// Apache with mod_auth_openidc and private_key_jwt (RS256), a registered client,
// logs people in at the provider.
func TestApacheLogsIn(t *testing.T) {
	h := open(t)
	page, key := apache(t, h.issuer)
	client, err := json.Marshal([]map[string]any{{"client_id": "apache0001", "name": "アパッチ", "redirect_uris": []string{page + "answer"}, "jwks": jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.provider.Load(context.Background(), strings.NewReader(string(client))); err != nil {
		t.Fatal(err)
	}
	code, body, at := visit(t, h.browser(t, "adult"), page)
	if code != 200 || !strings.Contains(body, "members only") || at.String() != page {
		t.Errorf("%d at %s\n%s", code, at.Path, body)
	}
	for _, e := range h.asked.List("apache0001") {
		if e.Bad() {
			t.Errorf("%s: %s %v", e.Step.ID, e.Number, e.Refusal)
		}
	}
}

// graded are the warnings that versions of mod_auth_openidc get: 2.4.12.3 takes an
// issuer with a slash behind it, tokens with a status of failure, several
// audiences without azp, an empty subject, a member in crit that it does not know,
// looks neither at nbf nor for a missing iss in the answer, asks for tokens with one of
// two codes, waits a minute for answers, limits those of the token endpoint alone, and
// follows redirects.
var graded = []string{"iss-missing", "parameter-twice", "token-endpoint-down", "issuer-slash", "audience-with-others", "not-yet-valid", "subject-empty", "critical-unknown",
	"userinfo-huge", "token-answer-slow", "token-endpoint-redirect", "userinfo-redirect"}

// kado conform lets Apache with mod_auth_openidc pass: nobody gets in who should
// not.
func TestApacheGraded(t *testing.T) {
	srv := httptest.NewUnstartedServer(nil)
	base := "http://" + srv.Listener.Addr().String()
	page, key := apache(t, base+"/api/realms/main")
	l, err := conform.New(conform.Options{Base: base, Start: page, Slow: time.Second, Keys: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}}, Clock: clock.System(), Entropy: entropy.System()})
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler = l.Handler()
	srv.Start()
	t.Cleanup(srv.Close)
	r, err := l.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := r.WriteText(&text, lang.EN); err != nil {
		t.Fatal(err)
	}
	t.Log(text.String())
	if !r.Passed {
		t.Errorf("%v", r.Counts)
	}
	for _, one := range r.Results {
		if one.Verdict == conform.Warn && !slices.Contains(graded, one.Case) {
			t.Errorf("%s: %s", one.Case, one.Outcome)
		}
	}
	for _, one := range r.Requests {
		if one.Verdict != conform.Pass {
			t.Errorf("%s: %s", one.Name, one.Verdict)
		}
	}
}
