package partytest

import (
	"bytes"
	"context"
	"testing"

	"kado/internal/cli"
	"kado/internal/platform/web/webtest"
)

// kado conform starts a relying party itself, and anew under another issuer where a
// case wants it; a careful one is told apart from one that runs on.
func TestConformStartsTheRelyingParty(t *testing.T) {
	bin, at, own := goSample(t), webtest.Address(t), webtest.Address(t)
	t.Setenv("LISTEN", at)
	t.Setenv("BASE", "http://"+at)
	t.Setenv("KEY", t.TempDir()+"/key.pem")
	var out, problems bytes.Buffer
	code := cli.Run(context.Background(), []string{"--lang", "en", "conform", "--rp", "http://" + at + "/login", "--probe", "http://" + at + "/", "--refresh", "http://" + at + "/refresh",
		"--listen", own, "--case", "control-refresh", "--case", "refresh-other-subject", "--case", "discovery-other-issuer", "--", bin}, &out, &problems)
	if code != 0 {
		t.Errorf("exit code %d\n%s", code, problems.String())
	}
	for _, want := range []string{"pass  control-refresh: logged in", "pass  refresh-other-subject: refused", "pass  discovery-other-issuer: refused", " 0 failed, 0 warnings, 0 notes, 0 skipped"} {
		if !bytes.Contains(out.Bytes(), []byte(want)) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
