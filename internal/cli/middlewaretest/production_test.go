package middlewaretest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"kado/chip/vpcd/vpcdtest"
	"kado/internal/platform/clock"
	"kado/internal/platform/keystore"
	"kado/internal/platform/web/webtest"
	"kado/internal/scenario/folk"
	"kado/internal/server"
	"kado/internal/site/ways/bridge"
	"kado/internal/site/ways/certificate"
)

// plant is what an operator has before kado serve --production: a database with
// one holder in it, a key file, a TLS certificate, a list of clients. The holder
// has a card.
type plant struct {
	dir, ca, card string
	pin, text     string // of user authentication, and for the attributes
	client        string // the private key of the relying party, a file
}

const passphrase = "correct horse battery staple"

func newPlant(t *testing.T, redirects ...string) *plant {
	t.Helper()
	ctx, now := context.Background(), clock.System().Now()
	p := &plant{dir: t.TempDir()}
	must(t, os.WriteFile(p.file("passphrase"), []byte(passphrase+"\n"), 0o600))
	keys, err := keystore.CreateFile(p.file("keys.kado"), []byte(passphrase), keystore.CheapCost)
	must(t, err)
	box, err := server.OpenSandbox(ctx, server.SandboxOptions{Dir: p.file("town"), Default: now, Past: folk.Past, Municipality: "13221", NewRun: true,
		Keys: keys, ForProduction: true, Database: "sqlite:" + p.file("house.db")})
	must(t, err)
	all, err := folk.Open(ctx, box, folk.Options{Now: now, Only: []string{"adult"}})
	if err == nil {
		var one folk.Persona
		one, err = all.ByID("adult")
		p.pin, p.text = one.PINs.Authentication, one.PINs.Text
		p.card = filepath.Join(box.Dir(), "shelf", string(one.Card)+".card")
	}
	must(t, box.Close())
	must(t, err)
	_, err = certificate.Pair(p.dir, "localhost", now) // mtls.pem and mtls-key.pem
	must(t, err)
	p.ca = p.file(certificate.CAFile)
	p.client = p.file("client.pem")
	p.registers(t, redirects)
	return p
}

func (p *plant) file(name string) string { return filepath.Join(p.dir, name) }

// registers writes the key of a relying party and the file that makes it known.
func (p *plant) registers(t *testing.T, redirects []string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	must(t, os.WriteFile(p.client, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	point, err := key.PublicKey.Bytes()
	must(t, err)
	b64 := base64.RawURLEncoding.EncodeToString
	jwk := map[string]string{"kty": "EC", "crv": "P-256", "kid": "go-rp-1", "x": b64(point[1:33]), "y": b64(point[33:])}
	clients, err := json.Marshal([]map[string]any{{"client_id": "gorp0001", "name": "見本商店", "redirect_uris": redirects, "jwks": map[string]any{"keys": []any{jwk}}}})
	must(t, err)
	must(t, os.WriteFile(p.file("clients.json"), clients, 0o600))
}

// command is kado serve --production with everything that it needs.
func (p *plant) command(listen, mutual string) []string {
	_, port, _ := strings.Cut(listen, ":")
	return []string{"--lang=en", "serve", "--production", "--db", "sqlite:" + p.file("house.db"), "--keys", p.file("keys.kado"), "--passphrase-file", p.file("passphrase"),
		"--tls-cert", p.file("mtls.pem"), "--tls-key", p.file("mtls-key.pem"), "--base", "https://localhost:" + port, "--listen", listen, "--mtls-listen", mutual,
		"--clients", p.file("clients.json")}
}

// TestProduction_WaysOfACard: the real program in production, with a card in a
// PC/SC reader. The holder logs in by kado bridge, with attributes that the card
// proves, and then by curl with the card's certificate; both are one account. No
// page of the sandbox is there.
func TestProduction_WaysOfACard(t *testing.T) {
	engine(t)
	vpcdtest.Start(t)
	listen, mutual, parties := webtest.Address(t), webtest.Address(t), []string{webtest.Address(t), webtest.Address(t)}
	p := newPlant(t, "http://"+parties[0]+"/callback", "http://"+parties[1]+"/callback")
	kado, trust := built(t, "cmd/kado"), "SSL_CERT_FILE="+p.ca
	serving := process(t, nil, kado, p.command(listen, mutual)...)
	said := serving.await(t, regexp.MustCompile(`Mutual TLS: (\S+)\nServing (https://\S+)\.\n`))
	listener, provider := said[1], said[2]
	process(t, nil, kado, "--lang=en", "card", "insert", "--card", p.card)
	vpcdtest.Wait(t, vpcdtest.Open(t), 1)

	sandboxIsAbsent(t, p.ca, provider)

	// By the bridge, with attributes.
	relies(t, provider, trust, "KEY="+p.client, "SCOPE=openid name birthdate", "BASE=http://"+parties[0], "LISTEN="+parties[0])
	c := newTerminal(t)
	_, page, err := c.curl(t, "", "--cacert", p.ca, "http://"+parties[0]+"/login")
	must(t, err)
	if got := offered(page); !slices.Equal(got, []string{"/bridge/"}) { // a handshake brings no attributes
		t.Errorf("the ways for attributes are %q", got)
	}
	way := regexp.MustCompile(`/bridge/int_[^"]+`).FindString(page)
	_, page, err = c.curl(t, "", "--cacert", p.ca, provider+way)
	must(t, err)
	code := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(page)
	bridge := exec.Command(kado, "--lang=en", "bridge", "login", code, "--server", provider, "--pin-fd", "0")
	bridge.Env, bridge.Stdin = append(os.Environ(), trust), strings.NewReader(p.pin+"\n"+p.text+"\n")
	if out, err := bridge.CombinedOutput(); err != nil {
		t.Fatalf("the bridge: %v\n%s", err, out)
	}
	first := c.consents(t, p, provider, provider+way, "http://"+parties[0]+"/")
	if !strings.Contains(first, "<dt>birthdate<dd>") {
		t.Errorf("no attributes:\n%s", first)
	}

	// By the certificate, in a browser of its own.
	relies(t, provider, trust, "KEY="+p.client, "BASE=http://"+parties[1], "LISTEN="+parties[1])
	c = newTerminal(t)
	_, page, err = c.curl(t, "", "--cacert", p.ca, "http://"+parties[1]+"/login")
	must(t, err)
	if got := offered(page); !slices.Equal(got, []string{"/bridge/", "/certificate/"}) {
		t.Errorf("the ways are %q", got)
	}
	way = regexp.MustCompile(`/certificate/int_[^"]+`).FindString(page)
	const object = "pkcs11:token=JPKI%20%28User%20Authentication%20PIN%29;id=%01"
	at, _, err := c.curl(t, p.pin+"\n", "--cacert", p.ca, "--cert", object+";type=cert", "--key", object+";type=private", listener+way)
	must(t, err)
	second := c.consents(t, p, provider, at, "http://"+parties[1]+"/")
	if a, b := subject(first), subject(second); a == "" || a != b {
		t.Errorf("one holder is two accounts: %q, %q", a, b)
	}
	if log := serving.String(); strings.Contains(log, p.pin) {
		t.Errorf("the PIN is in the log:\n%s", log)
	}
}

// TestProduction_ButtonOfTheBridge: in Chromium, over TLS, the page's button reaches
// the bridge that waits on the holder's own machine; the browser stays on the page
// and goes on by itself to the relying party.
func TestProduction_ButtonOfTheBridge(t *testing.T) {
	vpcdtest.Need(t, "chromium", "certutil", "modutil")
	vpcdtest.Start(t)
	listen, party := webtest.Address(t), webtest.Address(t)
	p := newPlant(t, "http://"+party+"/callback")
	kado, trust := built(t, "cmd/kado"), "SSL_CERT_FILE="+p.ca
	provider := process(t, nil, kado, p.command(listen, "127.0.0.1:0")...).await(t, regexp.MustCompile(`Serving (https://\S+)\.\n`))[1]
	pins := p.file("pins")
	must(t, os.WriteFile(pins, []byte(p.pin+"\n"), 0o600))
	webtest.Free(t, bridge.Listener)
	waiting := process(t, []string{trust}, "sh", "-c", "exec \"$0\" --lang=en bridge --card \"$1\" --server \"$2\" --pin-fd 3 3<\"$3\"", kado, p.card, provider, pins)
	waiting.await(t, regexp.MustCompile(`Waiting at`))
	relies(t, provider, trust, "KEY="+p.client, "BASE=http://"+party, "LISTEN="+party)
	ctx, stop := browser(t, pocket(t, p.ca))
	t.Cleanup(stop)
	must(t, chromedp.Do(ctx, chromedp.Navigate("http://"+party+"/login"), chromedp.Click(chromedp.CSS("a[href^='/bridge/']")),
		chromedp.Click(chromedp.CSS("form[action^='http://127.0.0.1'] button")), chromedp.WaitReady(chromedp.CSS("button[value=allow]")),
		chromedp.Click(chromedp.CSS("button[value=allow]")), chromedp.WaitReady(chromedp.CSS("form[action='/logout']"))))
	if at, err := chromedp.Run(ctx, chromedp.Location()); err != nil || at != "http://"+party+"/" {
		t.Errorf("ended at %s: %v", at, err)
	}
	waiting.await(t, regexp.MustCompile(`The card's answer was sent`))
}

// consents goes on at the provider, allows what is asked where it is asked, and
// returns the relying party's page.
func (c terminal) consents(t *testing.T, p *plant, provider, from, home string) string {
	t.Helper()
	at, page, err := c.curl(t, "", "--cacert", p.ca, from)
	must(t, err)
	if form := regexp.MustCompile(`action="(/login/[^"]+/consent)"`).FindStringSubmatch(page); form != nil {
		at, page, err = c.curl(t, "", "--cacert", p.ca, "-d", "answer=allow", provider+form[1])
		must(t, err)
	}
	if at != home {
		t.Fatalf("ended at %s:\n%s", at, page)
	}
	return page
}

func subject(page string) string {
	if m := regexp.MustCompile(`<dt>sub<dd>([^<]+)`).FindStringSubmatch(page); m != nil {
		return m[1]
	}
	return ""
}

// offered are the pages to which the page of ways leads.
func offered(page string) (out []string) {
	for _, m := range regexp.MustCompile(`class="tile" href="(/[^"]*?)(int_|\?)`).FindAllStringSubmatch(page, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return out
}

// sandboxIsAbsent asks for every page and interface that only a sandbox has.
func sandboxIsAbsent(t *testing.T, ca, provider string) {
	t.Helper()
	raw, err := os.ReadFile(ca)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(raw)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, route := range []string{"GET /sandbox/people", "GET /sandbox/clock", "POST /sandbox/clock", "GET /sandbox/next", "POST /sandbox/next",
		"GET /api/sandbox/next", "POST /api/sandbox/next", "DELETE /api/sandbox/next", "GET /requests", "GET /requests/1", "GET /clients", "POST /clients",
		"GET /api/clients", "POST /api/clients", "GET /storybook", "GET /storybook/shell/fault", "GET /shelf", "GET /shelf/pad.js", "GET /shelf/cards/x/face",
		"POST /shelf/put", "POST /shelf/take-off", "GET /shelf/readers/1", "GET /shelf/readers/1/signed", "POST /shelf/readers/1/look", "GET /shelf/readers/1/sign",
		"POST /shelf/readers/1/sign", "GET /shelf/login?interaction=int_x", "POST /shelf/login", "POST /shelf/login/cancel", "GET /login/test-card?interaction=int_x",
		"POST /login/test-card", "GET /handover/int_x", "POST /handover/int_x", "GET /h/qr_x", "POST /h/qr_x", "GET /h/qr_x/card", "GET /h/qr_x/done", "GET /v1/faults"} {
		method, path, _ := strings.Cut(route, " ")
		r, err := http.NewRequest(method, provider+path, nil)
		must(t, err)
		r.Header.Set("Kado-Test-Card", "adult")
		resp, err := client.Do(r)
		must(t, err)
		body, err := io.ReadAll(resp.Body)
		must(t, err)
		must(t, resp.Body.Close())
		absent := resp.StatusCode == http.StatusNotFound
		if strings.HasPrefix(path, "/login/") { // where a login's own page would be
			absent = resp.StatusCode == http.StatusConflict && strings.Contains(string(body), "KADO-8101") ||
				method == http.MethodPost && resp.StatusCode == http.StatusMethodNotAllowed && strings.Contains(string(body), "KADO-1604")
		}
		if !absent || strings.Contains(string(body), "練習") {
			t.Errorf("%s: %d\n%s", route, resp.StatusCode, body)
		}
	}
	resp, err := client.Get(provider + "/")
	must(t, err)
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	must(t, resp.Body.Close())
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Strict-Transport-Security") == "" || strings.Contains(string(body), "練習") {
		t.Errorf("the first page: %d %v\n%s", resp.StatusCode, resp.Header, body)
	}
}
