package conform_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kado/internal/conform"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/lang"
	"kado/internal/platform/web/webtest"
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

// sample is a relying party that runs as a process of its own.
type sample struct {
	path string
	args []string
	at   string // host and port
	dir  string
	cmd  *exec.Cmd
	done chan struct{}
	out  bytes.Buffer
}

// options grade a sample, which is started anew where a case wants it.
func (s *sample) options() conform.Options {
	base := "http://" + s.at
	// The samples give up after five seconds.
	return conform.Options{Start: base + "/login", Probe: base + "/", Refresh: base + "/refresh", Restart: s.start, Wait: 30 * time.Second, Slow: 8 * time.Second}
}

// start starts it, or starts it anew, with an issuer.
func (s *sample) start(issuer string) (<-chan struct{}, error) {
	s.stop()
	s.cmd = exec.Command(s.path, s.args...)
	s.cmd.Dir = s.dir
	s.cmd.Env = append(os.Environ(), "ISSUER="+issuer, "BASE=http://"+s.at, "LISTEN="+s.at)
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	cmd, done := s.cmd, make(chan struct{})
	s.done = done
	go func() {
		_ = cmd.Wait() // killed, or ended by itself
		close(done)
	}()
	return done, nil
}

func (s *sample) stop() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill() // it may have ended
		<-s.done
	}
}

// graded runs all cases on a sample.
func graded(t *testing.T, s *sample) *conform.Report {
	t.Helper()
	s.at, s.dir = webtest.Address(t), t.TempDir()
	l := lab(t, s.options())
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("%s said:\n%s", s.path, s.out.String())
		}
	})
	if _, err := s.start(l.Issuer()); err != nil {
		t.Fatal(err)
	}
	return run(t, l)
}

func run(t *testing.T, l *conform.Lab) *conform.Report {
	t.Helper()
	r, err := l.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// flawless fails on anything that a sample does not do as it should.
func flawless(t *testing.T, r *conform.Report) {
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
	if !r.Passed || len(other) > 0 || r.Counts[conform.Pass] < 85 {
		t.Errorf("passed %v, but for %v: %v", r.Passed, other, r.Counts)
	}
}

// The sample with coreos/go-oidc refuses everything that it should.
func TestSampleInGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bin := filepath.Join(dir, "go-rp")
	if out, err := exec.Command("go", "build", "-o", bin, "kado/examples/go-rp").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	flawless(t, graded(t, &sample{path: bin}))
}

// The sample with openid-client refuses everything that it should.
func TestSampleInNode(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	src, _ := filepath.Abs("../../examples/node-rp")
	if _, e := os.Stat(filepath.Join(src, "node_modules", "openid-client")); err != nil || e != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("node or openid-client is missing: make deps")
		}
		t.Skip("SKIPPED: node or openid-client is not installed (make deps, or npm ci in examples/node-rp)")
	}
	flawless(t, graded(t, &sample{path: node, args: []string{filepath.Join(src, "server.js")}}))
}
