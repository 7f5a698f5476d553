package partytest

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kado/internal/platform/web/webtest"
)

// press presses a button of a sample's page and returns the page on which the browser
// ends.
func press(t *testing.T, b *http.Client, base, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("POST", base+path, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", base)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := b.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// authorities saves the certificates of an authority as a developer does.
func authorities(t *testing.T, h *house, kind string) string {
	t.Helper()
	code, body, _ := visit(t, h.browser(t, "adult"), h.base+"/ca/"+kind)
	if code != 200 || !strings.HasPrefix(body, "-----BEGIN CERTIFICATE-----") {
		t.Fatalf("%d %s", code, body)
	}
	path := filepath.Join(t.TempDir(), kind+".pem")
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// signs has the adult log in at a sample, read the attributes again, sign, and log
// out: registered with a key to encrypt to and with the authority's certificate;
// unregistered with neither; and with the certificate of another authority, where the
// signature is refused.
func signs(t *testing.T, client, path string, args ...string) {
	h := open(t)
	start := func(id, ca string) string {
		at := webtest.Address(t)
		program(t, at, t.TempDir(), path, args, "ISSUER="+h.issuer, "CLIENT_ID="+id, "BASE=http://"+at, "LISTEN="+at, "CA="+ca)
		return "http://" + at
	}
	contains := func(what string, code int, page string, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s: %d, no %q in\n%s", what, code, want, page)
			}
		}
	}
	p, err := shared.folk.ByID("adult")
	if err != nil {
		t.Fatal(err)
	}

	base := start(client, authorities(t, h, "signature"))
	_, registration, _ := visit(t, h.browser(t, "adult"), base+"/client.json")
	var told map[string]any
	if err := json.Unmarshal([]byte(registration), &told); err != nil || strings.Contains(registration, `"d"`) {
		t.Fatalf("%v %s", err, registration)
	}
	contains("registration", 200, registration, `"encrypt_to"`) // so that the result comes encrypted
	register(t, h, told)
	b := h.browser(t, "adult")
	if code, page := press(t, b, base, "/sign"); code != 403 {
		t.Errorf("signing without a login: %d\n%s", code, page)
	}
	code, page, _ := visit(t, b, base+"/login")
	contains("login", code, page, p.Name, "この契約書に署名する")
	for range 2 { // a refresh token serves once; the second is the first one's successor
		code, page = press(t, b, base, "/refresh")
		contains("refresh", code, page, p.Name)
	}
	own := b.CheckRedirect
	b.CheckRedirect = h.browser(t, "woman").CheckRedirect // somebody else's card
	if code, page = press(t, b, base, "/sign"); code != 400 || strings.Contains(page, "署名は正しいものです") || !strings.Contains(page, p.Name) {
		t.Errorf("somebody else signs: %d\n%s", code, page)
	}
	b.CheckRedirect = own
	code, page = press(t, b, base, "/sign")
	contains("sign", code, page, p.Name, "署名は正しいものです", "確かめました", "失効していません")
	var steps []string
	for _, e := range h.asked.List(client) {
		if e.Bad() {
			t.Errorf("%s: %s %v", e.Step.ID, e.Number, e.Refusal)
		}
		steps = append(steps, e.Step.ID)
	}
	if got := strings.Join(steps, " "); !strings.HasPrefix(got, "result token answer authorization sign token token answer authorization sign token userinfo token userinfo token userinfo token answer authorization") {
		t.Errorf("the log shows, newest first: %s", got)
	}
	code, page = press(t, b, base, "/logout")
	contains("logout", code, page, "マイナンバーカードでログイン")
	if code, page, _ = visit(t, b, base+"/"); strings.Contains(page, p.Name) {
		t.Errorf("after logging out: %d\n%s", code, page)
	}

	open := start(client+"open", "")
	b = h.browser(t, "adult")
	visit(t, b, open+"/login")
	code, page = press(t, b, open, "/sign")
	contains("unregistered", code, page, "署名は正しいものです", "確かめていません（CA を設定していません）")

	wrong := start(client+"wrong", authorities(t, h, "authentication"))
	b = h.browser(t, "adult")
	visit(t, b, wrong+"/login")
	if code, page = press(t, b, wrong, "/sign"); code != 400 || strings.Contains(page, "署名は正しいものです") {
		t.Errorf("a certificate of another authority: %d\n%s", code, page)
	}
}

// The sample in Go.
func TestSampleInGoSigns(t *testing.T) { signs(t, "gosigns", goSample(t)) }

// The sample in Node.
func TestSampleInNodeSigns(t *testing.T) {
	node, file := nodeSample(t)
	signs(t, "nodesigns", node, file)
}
