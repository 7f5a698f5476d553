package middlewaretest

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/chip/vpcd/vpcdtest"
	"kado/internal/cli"
	"kado/internal/platform/web/webtest"
)

// desk is a running kado serve with one person, whose card lies on the virtual
// reader, and a relying party: the sample in Go, which asks for no attributes.
type desk struct {
	provider, listener, party string
	ca, pin, dir              string
}

// serves starts all of it as a user does, by commands.
func serves(t *testing.T) *desk {
	t.Helper()
	vpcdtest.Start(t)
	d := &desk{dir: filepath.Join(t.TempDir(), "world")}
	out := starts(t, "--lang=en", "serve", "--listen", "127.0.0.1:0", "--data", d.dir, "--people", "adult", "--open-clients", "--mtls-listen", "127.0.0.1:0")
	opened := out.await(t, regexp.MustCompile(`Mutual TLS: (\S+) \(CA certificate [^:]*: ([^)]+)\)\nOpen (\S+);`))
	d.listener, d.ca, d.provider = opened[1], opened[2], opened[3]
	raw, err := os.ReadFile(filepath.Join(d.dir, "folk.json"))
	must(t, err)
	var known struct {
		People []struct {
			Card string
			PINs struct{ Authentication string }
		}
	}
	must(t, json.Unmarshal(raw, &known))
	if len(known.People) != 1 {
		t.Fatalf("%d people", len(known.People))
	}
	d.pin = known.People[0].PINs.Authentication
	starts(t, "--lang=en", "card", "insert", known.People[0].Card, "--data", d.dir)
	vpcdtest.Wait(t, vpcdtest.Open(t), 1)
	d.party = relies(t, d.provider)
	return d
}

// said is what a running command has written.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits for a line and returns its groups.
func (s *said) await(t *testing.T, line *regexp.Regexp) []string {
	t.Helper()
	limit := time.NewTimer(2 * vpcdtest.Patience)
	defer limit.Stop()
	for {
		if m := line.FindStringSubmatch(s.String()); m != nil {
			return m
		}
		select {
		case <-s.more:
		case <-limit.C:
			t.Fatalf("no %v in\n%s", line, s)
		}
	}
}

// starts runs a command of kado until the end of the test.
func starts(t *testing.T, args ...string) *said {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s, done := &said{more: make(chan struct{}, 1)}, make(chan int, 1)
	go func() { done <- cli.Run(ctx, args, s, s) }()
	t.Cleanup(func() {
		stop()
		if code := <-done; code != 0 || t.Failed() {
			t.Errorf("kado %s: exit %d\n%s", strings.Join(args, " "), code, s)
		}
	})
	return s
}

// built compiles one of the house's own programs.
func built(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), filepath.Base(name))
	if out, err := exec.Command("go", "build", "-o", path, "kado/"+name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// process runs a program of its own until the end of the test.
func process(t *testing.T, env []string, path string, args ...string) *said {
	t.Helper()
	s := &said{more: make(chan struct{}, 1)}
	cmd := exec.Command(path, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = s, s
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		late := time.AfterFunc(vpcdtest.Patience, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // by the signal
		late.Stop()
		if t.Failed() {
			t.Logf("%s %s:\n%s", path, strings.Join(args, " "), s)
		}
	})
	return s
}

// relies starts the sample relying party; env has the last word.
func relies(t *testing.T, provider string, env ...string) string {
	t.Helper()
	at := webtest.Address(t)
	s := process(t, append([]string{"ISSUER=" + provider + "/api/realms/main", "BASE=http://" + at, "LISTEN=" + at, "SCOPE=openid"}, env...), built(t, "examples/go-rp"))
	s.await(t, regexp.MustCompile(`with the provider`))
	return "http://" + at
}
