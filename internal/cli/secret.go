package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"kado/internal/cardtool"
	"kado/internal/platform/lang"
	"kado/mynumber"
)

// secretFlags say where PINs come from. They never come from an argument or
// the environment, where other programs could see them.
type secretFlags struct {
	PINFD *int `name:"pin-fd" help:"Read PINs from this file descriptor, one on each line, instead of the terminal." placeholder:"N"`
	Yes   bool `help:"Spend the last try as well. A wrong value then blocks the PIN."`
}

func (s secretFlags) careful() cardtool.Careful { return cardtool.Careful{Yes: s.Yes} }

// prompt is a cardtool.Prompt.
type prompt struct {
	c *console
	// lines is where values come from, nil for the terminal.
	lines io.Reader
	given *os.File // the descriptor, which this process now owns
	tty   *os.File
	own   bool // tty was opened here
}

// open finds the descriptor or the terminal. Close gives it back.
func (s secretFlags) open(c *console) (*prompt, error) {
	if s.PINFD != nil {
		n := *s.PINFD
		if n < 0 || n == 1 || n == 2 || n > 1<<20 {
			return nil, BadArguments.New("--pin-fd")
		}
		if n == 0 {
			return &prompt{c: c, lines: os.Stdin}, nil
		}
		f := os.NewFile(uintptr(n), "pin-fd")
		if f == nil {
			return nil, BadArguments.New("--pin-fd")
		}
		return &prompt{c: c, lines: f, given: f}, nil
	}
	return &prompt{c: c}, nil
}

// Close gives the terminal back. A descriptor that was never one is no error
// here: whoever asked for a PIN was told.
func (p *prompt) Close() error {
	if p.given != nil {
		_ = p.given.Close()
	}
	if p.own {
		return p.tty.Close()
	}
	return nil
}

// Warn implements cardtool.Prompt.
func (p *prompt) Warn(what lang.Text, args ...any) {
	fmt.Fprintln(p.c.err, what.With(p.c.lang, args...))
}

// Ask implements cardtool.Prompt.
func (p *prompt) Ask(what lang.Text) (mynumber.Secret, error) {
	if p.lines != nil {
		return cardtool.ReadSecret(p.lines)
	}
	if err := p.terminal(); err != nil {
		return mynumber.Secret{}, err
	}
	fmt.Fprintf(p.c.err, "%s: ", what.In(p.c.lang))
	b, err := readHidden(p.c.ctx, p.tty)
	fmt.Fprintln(p.c.err)
	defer clear(b)
	if err != nil {
		if p.c.ctx.Err() != nil {
			return mynumber.Secret{}, Interrupted.Because(err)
		}
		return mynumber.Secret{}, cardtool.NoSecret.Because(err)
	}
	// With an end, an empty line is told from the end of the input.
	return cardtool.ReadSecret(io.MultiReader(bytes.NewReader(b), strings.NewReader("\n")))
}

// terminal finds a terminal to ask at: standard input, or the controlling one.
func (p *prompt) terminal() error {
	if p.tty != nil {
		return nil
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		p.tty = os.Stdin
		return nil
	}
	f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return cardtool.NoSecret.Because(err)
	}
	if !term.IsTerminal(int(f.Fd())) {
		return cardtool.NoSecret.Because(errors.Join(errors.New("no terminal"), f.Close()))
	}
	p.tty, p.own = f, true
	return nil
}

// readHidden reads a line without echo. When the command is interrupted the
// terminal is put back as it was.
func readHidden(ctx context.Context, tty *os.File) ([]byte, error) {
	fd := int(tty.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	type line struct {
		b   []byte
		err error
	}
	read := make(chan line, 1)
	go func() {
		b, err := term.ReadPassword(fd)
		read <- line{b, err}
	}()
	select {
	case l := <-read:
		return l.b, l.err
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}
