// Package vpcdtest runs tests against the real pcscd and its virtual reader. A
// test program that calls Main starts itself again in network, mount and
// process namespaces of its own, so that suites never meet on one socket or
// port; where there are none it takes turns behind a lock.
//
// Nothing here is for use outside tests.
package vpcdtest

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kado/chip/vpcd"
	"kado/reader/pcsc"
)

// Patience bounds every wait for the daemon, the reader and the tools.
const Patience = 60 * time.Second

// Need skips the test, loudly, when a tool is missing, and fails it where CI is
// set: there `make deps` has installed all of them.
func Need(tb testing.TB, tools ...string) {
	tb.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			Missing(tb, tool+" is not installed: run make deps")
		}
	}
}

// Missing skips or fails as Need does, for another reason.
func Missing(tb testing.TB, why string) {
	tb.Helper()
	if os.Getenv("CI") != "" {
		tb.Fatal(why)
	}
	tb.Skip("SKIPPED: " + why)
}

// Daemon is a pcscd with two virtual slots.
type Daemon struct {
	cmd  *exec.Cmd
	done chan struct{}
	log  *logWatch
}

// Start runs pcscd until the end of the test. It returns when the daemon takes
// clients.
func Start(tb testing.TB) *Daemon {
	tb.Helper()
	Need(tb, "pcscd")
	if _, err := os.Stat("/usr/lib/pcsc/drivers/serial/libifdvpcd.so"); err != nil {
		if _, err := os.Stat("/etc/reader.conf.d/vpcd"); err != nil {
			Missing(tb, "vsmartcard-vpcd is not installed: run make deps")
		}
	}
	takeTurn(tb)
	d := &Daemon{}
	d.start(tb)
	tb.Cleanup(d.stop)
	return d
}

// Restart ends the daemon and starts another.
func (d *Daemon) Restart(tb testing.TB) {
	tb.Helper()
	d.Stop()
	d.start(tb)
}

// Stop ends the daemon; Restart or the end of the test may follow.
func (d *Daemon) Stop() { d.stop() }

func (d *Daemon) start(tb testing.TB) {
	tb.Helper()
	d.log = &logWatch{ready: make(chan struct{})}
	d.cmd = exec.Command("pcscd", "-f", "-i")
	d.cmd.Stdout, d.cmd.Stderr = d.log, d.log
	if err := d.cmd.Start(); err != nil {
		Missing(tb, "pcscd does not start: "+err.Error())
	}
	d.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait()
		close(done)
	}(d.cmd, d.done)
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	select {
	case <-d.log.ready:
		d.listens(tb)
	case <-d.done:
		Missing(tb, "pcscd ended at once:\n"+d.log.String())
	case <-timer.C:
		d.stop()
		tb.Fatal("pcscd is not ready:\n" + d.log.String())
	}
}

// socket is where pcscd takes clients.
const socket = "/run/pcscd/pcscd.comm"

// listens waits for the socket, which the daemon opens after it has called
// itself ready.
func (d *Daemon) listens(tb testing.TB) {
	tb.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range Patience / (5 * time.Millisecond) {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-d.done:
			Missing(tb, "pcscd ended:\n"+d.log.String())
		case <-tick.C:
		}
	}
	tb.Fatal("pcscd opens no socket:\n" + d.log.String())
}

func (d *Daemon) stop() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	select {
	case <-d.done:
	case <-timer.C:
		_ = d.cmd.Process.Kill()
		<-d.done
	}
	d.cmd = nil
}

// logWatch keeps what pcscd says and notices that it is ready.
type logWatch struct {
	mu    sync.Mutex
	text  bytes.Buffer
	found bool
	ready chan struct{}
}

func (l *logWatch) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(b)
	if !l.found && strings.Contains(l.text.String(), "daemon ready") {
		l.found = true
		close(l.ready)
	}
	return len(b), nil
}

func (l *logWatch) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Insert lays a card in a slot until the end of the test, or until remove is
// called, which returns when the card is out of the reader.
func Insert(tb testing.TB, slot int, card vpcd.Card) (remove func()) {
	tb.Helper()
	address, err := vpcd.Address(slot)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- vpcd.Slot{Address: address, Retry: 10 * time.Millisecond}.Serve(ctx, card) }()
	var once sync.Once
	remove = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				tb.Errorf("the card's side: %v", err)
			}
		})
	}
	tb.Cleanup(remove)
	return remove
}

// Open connects to the reader service until the end of the test.
func Open(tb testing.TB) *pcsc.Service {
	tb.Helper()
	s, err := pcsc.Open()
	if err != nil {
		Missing(tb, err.Error())
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// Wait returns the readers as soon as n of them hold a card.
func Wait(tb testing.TB, s *pcsc.Service, n int) []pcsc.Reader {
	tb.Helper()
	var found []pcsc.Reader
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	err := s.Wait(ctx, func(all []pcsc.Reader) bool {
		found = found[:0]
		for _, r := range all {
			if r.Present && !r.Mute && len(r.ATR) > 0 {
				found = append(found, r)
			}
		}
		return len(found) == n
	})
	if err != nil {
		tb.Fatalf("waiting for %d cards: %v", n, err)
	}
	return found
}

// Tool runs a program to its end and returns what it said on both outputs and
// its exit code.
func Tool(tb testing.TB, name string, args ...string) (out string, code int) {
	tb.Helper()
	Need(tb, name)
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	// No settings or caches of the person who runs the tests.
	cmd.Env = append(os.Environ(), "HOME="+tb.TempDir(), "LC_ALL=C")
	b, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		tb.Fatalf("%s: %v", name, err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}
