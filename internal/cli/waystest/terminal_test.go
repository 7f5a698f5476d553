package waystest

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// terminal is a command that runs beside a page, with what is typed to it.
type terminal struct {
	t    *testing.T
	line string // as it was typed
	in   io.WriteCloser
	done chan error

	mu  sync.Mutex
	out bytes.Buffer
}

// Write keeps what the command says.
func (e *terminal) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.out.Write(b)
}

// terminal starts the binary with arguments.
func (w *town) terminal(t *testing.T, args ...string) *terminal {
	t.Helper()
	e := &terminal{t: t, line: "$ kado " + strings.ReplaceAll(strings.Join(args, " "), w.dir, "~/kado"), done: make(chan error, 1)}
	cmd := exec.Command(w.kado, append([]string{"--lang", "ja"}, args...)...)
	cmd.Stdout, cmd.Stderr = e, e
	var err error
	if e.in, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Signal(os.Kill) }) // it has ended where all went well
	go func() { e.done <- cmd.Wait() }()
	return e
}

// screen is what was typed and said so far.
func (e *terminal) screen() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.line + "\n" + e.out.String()
}

// sees waits until the command says something.
func (e *terminal) sees(words string) {
	e.t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for range int(patience / (50 * time.Millisecond)) {
		if strings.Contains(e.screen(), words) {
			return
		}
		<-again.C
	}
	e.t.Fatalf("the terminal does not say %q:\n%s", words, e.screen())
}

// enter types.
func (e *terminal) enter(lines string) {
	e.t.Helper()
	if _, err := io.WriteString(e.in, lines); err != nil {
		e.t.Fatalf("%v\n%s", err, e.screen())
	}
}

// ends waits until the command has ended well.
func (e *terminal) ends() {
	e.t.Helper()
	select {
	case err := <-e.done:
		if err != nil {
			e.t.Fatalf("%v\n%s", err, e.screen())
		}
	case <-time.After(patience):
		e.t.Fatalf("the command does not end:\n%s", e.screen())
	}
}
