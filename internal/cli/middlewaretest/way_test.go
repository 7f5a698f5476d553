package middlewaretest

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
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

// relies starts the sample relying party.
func relies(t *testing.T, provider string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "go-rp")
	if out, err := exec.Command("go", "build", "-o", path, "kado/examples/go-rp").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	at := ln.Addr().String()
	must(t, ln.Close())
	s := &said{more: make(chan struct{}, 1)}
	cmd := exec.Command(path)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "ISSUER="+provider+"/api/realms/main", "BASE=http://"+at, "LISTEN="+at, "SCOPE=openid")
	cmd.Stdout, cmd.Stderr = s, s
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(s)
		}
	})
	s.await(t, regexp.MustCompile(`with the provider`))
	return "http://" + at
}
