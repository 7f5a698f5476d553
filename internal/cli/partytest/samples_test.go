package partytest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kado/internal/platform/web/webtest"
	"kado/internal/site/ways/testcard"
)

// logsIn logs the adult in at a sample and reads the four attributes from its
// page.
func logsIn(t *testing.T, h *house, base, client string) {
	t.Helper()
	b := h.browser(t, "adult")
	code, page, at := visit(t, b, base+"/login")
	p, err := shared.folk.ByID("adult")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{p.Name, "<dt>sub<dd>", "<dt>address<dd>", "<dt>birthdate<dd>", "<dt>gender<dd>"} {
		if code != 200 || !strings.Contains(page, want) {
			t.Fatalf("at %s: %d, no %q in\n%s", at.Host, code, want, page)
		}
	}
	var steps []string
	for _, e := range h.asked.List(client) {
		if e.Bad() {
			t.Errorf("%s: %s %v", e.Step.ID, e.Number, e.Refusal)
		}
		steps = append(steps, e.Step.ID)
	}
	if got := strings.Join(steps, " "); got != "userinfo token answer authorization" {
		t.Errorf("the log shows, newest first: %s", got)
	}
}

// cancels ends a login as the holder who cancels does: the site shows a page of
// its own from which the login can begin again.
func cancels(t *testing.T, h *house, base, client string) {
	t.Helper()
	code, page, _ := visit(t, h.browser(t, "adult:cancel"), base+"/login")
	if code != 400 || !strings.Contains(page, "中止しました") || !strings.Contains(page, `href="/login"`) {
		t.Errorf("%d\n%s", code, page)
	}
	last := h.asked.List(client)[0]
	if !last.Bad() || last.Error != "access_denied" {
		t.Errorf("the log ends with %+v", last)
	}
}

// The sample in Go, unregistered, against the provider.
func TestSampleInGoLogsIn(t *testing.T) {
	h, at := open(t), webtest.Address(t)
	program(t, at, t.TempDir(), goSample(t), nil, "ISSUER="+h.issuer, "BASE=http://"+at, "LISTEN="+at)
	logsIn(t, h, "http://"+at, "gorp0001")
	cancels(t, h, "http://"+at, "gorp0001")
}

// The sample in Node, unregistered, against the provider.
func TestSampleInNodeLogsIn(t *testing.T) {
	node, file := nodeSample(t)
	h, at := open(t), webtest.Address(t)
	program(t, at, t.TempDir(), node, []string{file}, "ISSUER="+h.issuer, "BASE=http://"+at, "LISTEN="+at)
	logsIn(t, h, "http://"+at, "noderp0001")
	cancels(t, h, "http://"+at, "noderp0001")
}

// The sample of curl and openssl: a login, new tokens, a signature that both verify;
// who cancels, or is sent back by somebody else than the provider, gets nowhere.
func TestSampleInCurlLogsInAndSigns(t *testing.T) {
	for _, tool := range []string{"curl", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing(t, tool)
		}
	}
	script, err := filepath.Abs("../../../examples/curl-rp/login.sh")
	if err != nil {
		t.Fatal(err)
	}
	h, key := open(t), filepath.Join(t.TempDir(), "key.pem")
	run := func(issuer string, args ...string) (out, complaints string, err error) {
		cmd := exec.Command("sh", append([]string{script}, args...)...)
		cmd.Env = append(os.Environ(), "ISSUER="+issuer, "KEY="+key)
		var said, wrong strings.Builder
		cmd.Stdout, cmd.Stderr = &said, &wrong
		err = cmd.Run()
		return said.String(), wrong.String(), err
	}
	p, err := shared.folk.ByID("adult")
	if err != nil {
		t.Fatal(err)
	}
	out, complaints, err := run(h.issuer, "adult", "sign")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, complaints)
	}
	for _, want := range []string{`"name":"` + p.Name + `"`, `"sub":"`, "new tokens: Bearer", "Verified OK", "certificate: OK"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for _, e := range h.asked.List("curlrp0001") {
		if e.Bad() {
			t.Errorf("%s: %s %v", e.Step.ID, e.Number, e.Refusal)
		}
	}
	if out, complaints, err := run(h.issuer, "adult:cancel"); err == nil || out != "" || !strings.Contains(complaints, testcard.Cancelled.Code()) {
		t.Errorf("cancelled: %v %s%s", err, out, complaints)
	}
	if out, complaints, err := run(h.base+"/elsewhere"+"/api/realms/main", "adult"); err == nil || out != "" {
		t.Errorf("another issuer: %s%s", out, complaints)
	}
}
