package middlewaretest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kado/chip/vpcd/vpcdtest"
)

// cardConf makes OpenSSL sign with PKCS#1 v1.5, the one kind of signature that
// OpenSC's driver knows for this card; of itself it chooses RSA-PSS.
const cardConf = `openssl_conf = openssl
[openssl]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
ClientSignatureAlgorithms = RSA+SHA256
`

// engine skips where OpenSSL has no engine for PKCS#11.
func engine(t *testing.T) {
	t.Helper()
	vpcdtest.Need(t, "curl", "script", "openssl")
	if out, code := vpcdtest.Tool(t, "openssl", "engine", "-t", "pkcs11"); code != 0 || !strings.Contains(out, "[ available ]") {
		vpcdtest.Missing(t, "libengine-pkcs11-openssl is not installed: run make deps")
	}
}

// terminal is a holder at a command line.
type terminal struct{ dir string }

func newTerminal(t *testing.T) terminal {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "card.cnf"), []byte(cardConf), 0o600))
	return terminal{dir}
}

// curl runs curl with one folder's cookies and returns where it ended and the page.
// What is typed goes to its terminal.
func (c terminal) curl(t *testing.T, typed string, args ...string) (at, page string, err error) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), vpcdtest.Patience)
	defer stop()
	line := "exec curl"
	for _, a := range append([]string{"-sSL", "-b", "cookies", "-c", "cookies", "-o", "page", "-w", "%{url_effective}\n"}, args...) {
		line += " '" + a + "'"
	}
	cmd := exec.CommandContext(ctx, "script", "-qec", line, os.DevNull)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "OPENSSL_CONF="+filepath.Join(c.dir, "card.cnf"), "HOME="+c.dir, "LC_ALL=C")
	cmd.Stdin = strings.NewReader(typed)
	out, err := cmd.CombinedOutput()
	said := strings.TrimSpace(strings.ReplaceAll(string(out), "\r", ""))
	t.Log(said)
	b, _ := os.ReadFile(filepath.Join(c.dir, "page")) // none where nothing came
	return said[strings.LastIndexByte(said, '\n')+1:], string(b), err
}

// TestWayByCertificate_Curl: curl with OpenSSL's PKCS#11 engine; the PIN is typed
// at curl's own question. The whole login at a relying party, by the commands of
// docs/howto-certificate.md. A wrong PIN costs a try and logs nobody in.
func TestWayByCertificate_Curl(t *testing.T) {
	engine(t)
	d := serves(t)
	c := newTerminal(t)
	_, page, err := c.curl(t, "", d.party+"/login")
	must(t, err)
	way := regexp.MustCompile(`/certificate/int_[^"]+`).FindString(page)
	if way == "" {
		t.Fatalf("the way is not offered:\n%s", page)
	}
	const object = "pkcs11:token=JPKI%20%28User%20Authentication%20PIN%29;id=%01"
	card := []string{"--cacert", d.ca, "--cert", object + ";type=cert", "--key", object + ";type=private", d.listener + way}
	if at, _, err := c.curl(t, "0000\n", card...); err == nil {
		t.Errorf("with a wrong PIN curl came to %s", at)
	}
	contains(t, succeeds(t, "pkcs15-tool", "--list-pins"), "Tries left     : 2")
	at, page, err := c.curl(t, d.pin+"\n", card...)
	must(t, err)
	if !strings.HasPrefix(at, d.provider+"/login/") || !strings.Contains(page, `value="allow"`) {
		t.Fatalf("after the card curl is at %s:\n%s", at, page)
	}
	consent := regexp.MustCompile(`action="(/login/[^"]+/consent)"`).FindStringSubmatch(page)
	if consent == nil {
		t.Fatalf("no form:\n%s", page)
	}
	at, page, err = c.curl(t, "", "-d", "answer=allow", d.provider+consent[1])
	must(t, err)
	if at != d.party+"/" || !strings.Contains(page, "<dt>sub<dd>") {
		t.Errorf("ended at %s:\n%s", at, page)
	}
	// The right PIN gave the lost try back.
	contains(t, succeeds(t, "pkcs15-tool", "--list-pins"), "Tries left     : 3")
}
