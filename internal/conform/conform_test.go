package conform_test

import (
	"bytes"
	"context"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kado/internal/conform"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/lang"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// lab starts a bad provider for a relying party at start.
func lab(t *testing.T, o conform.Options) *conform.Lab {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	o.Base = "http://" + srv.Listener.Addr().String()
	o.Clock, o.Entropy = clock.System(), entropy.System()
	l, err := conform.New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler = l.Handler()
	srv.Start()
	t.Cleanup(srv.Close)
	return l
}

// free is an address on which nothing listens.
func free(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// program starts a relying party as a process of its own.
func program(t *testing.T, dir, path string, args []string, env ...string) {
	t.Helper()
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // killed
		if t.Failed() {
			t.Logf("%s said:\n%s", path, out.String())
		}
	})
}

func run(t *testing.T, l *conform.Lab) *conform.Report {
	t.Helper()
	r, err := l.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// flawless fails on anything that a sample does not do as it should, apart from
// the cases named.
func flawless(t *testing.T, r *conform.Report, apart ...string) {
	t.Helper()
	var text strings.Builder
	if err := r.WriteText(&text, lang.EN); err != nil {
		t.Fatal(err)
	}
	t.Log(text.String())
	var other []string
	for _, one := range r.Results {
		if one.Verdict != conform.Pass && one.Verdict != conform.Note {
			other = append(other, one.Case)
		}
	}
	for _, one := range r.Requests {
		if one.Verdict != conform.Pass {
			other = append(other, one.Name)
		}
	}
	if !r.Passed || !slices.Equal(other, apart) || r.Counts[conform.Pass] < 60 {
		t.Errorf("passed %v, but for %v: %v", r.Passed, other, r.Counts)
	}
}

// The sample with coreos/go-oidc refuses everything that it should.
func TestSampleInGo(t *testing.T) {
	dir := t.TempDir()
	bin := filepath.Join(dir, "go-rp")
	if out, err := exec.Command("go", "build", "-o", bin, "kado/examples/go-rp").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	at := free(t)
	o := conform.Options{Start: "http://" + at + "/login", Probe: "http://" + at + "/", Wait: 30 * time.Second}
	l := lab(t, o)
	program(t, dir, bin, nil, "ISSUER="+l.Issuer(), "BASE=http://"+at, "LISTEN="+at)
	flawless(t, run(t, l))
}

// The sample with openid-client refuses everything that it should. It asks for
// keys once a minute at most, so that a key replaced without notice is not seen
// at once, and a withdrawn one not told apart.
func TestSampleInNode(t *testing.T) {
	node, err := exec.LookPath("node")
	src, _ := filepath.Abs("../../examples/node-rp")
	if _, e := os.Stat(filepath.Join(src, "node_modules", "openid-client")); err != nil || e != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("node or openid-client is missing: make deps")
		}
		t.Skip("SKIPPED: node or openid-client is not installed (make deps, or npm ci in examples/node-rp)")
	}
	at := free(t)
	l := lab(t, conform.Options{Start: "http://" + at + "/login", Probe: "http://" + at + "/", Wait: 30 * time.Second})
	program(t, t.TempDir(), node, []string{filepath.Join(src, "server.js")}, "ISSUER="+l.Issuer(), "BASE=http://"+at, "LISTEN="+at)
	flawless(t, run(t, l), "control-key-rotated", "key-withdrawn")
}
