// Package cli is the command line of kado: each subcommand a small file.
//
// House rules of its voice: results go to standard output, everything else to
// standard error; a refusal shows its number, what happened, why, and what to do
// next, in the chosen language; exit code 0 means that everything held, 1 that
// something went wrong, 2 that the input was refused and nothing was done.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"

	"kado/internal/agency/intake/photo"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailed  = 1
	exitRefused = 2
)

// commands is the whole command line.
type commands struct {
	Lang string `enum:"ja,en" default:"${lang}" env:"KADO_LANG" help:"Language of messages: ja or en (${env})."`

	Demo       demoCommand        `cmd:"" help:"Play a card's whole life, from application to death."`
	Serve      serveCommand       `cmd:"" help:"Serve the pages and interfaces of the whole system on one port."`
	Card       cardCommands       `cmd:"" help:"Look at cards."`
	Phone      phoneCommands      `cmd:"" help:"Certificates on a holder's phone, derived from the card."`
	Read       readCommand        `cmd:"" help:"Show what is on a card."`
	PIN        pinCommands        `cmd:"" name:"pin" help:"Tries, check and change of PINs."`
	Sign       signCommand        `cmd:"" help:"Sign a file with a card."`
	Verify     verifyCommand      `cmd:"" help:"Verify a signature of a file."`
	TSA        tsaCommand         `cmd:"" name:"tsa" help:"Serve time-stamps (RFC 3161) with an authority of a sandbox."`
	Cert       certCommand        `cmd:"" help:"Show a certificate of a card."`
	CA         caCommands         `cmd:"" name:"ca" help:"The certification authorities: generations and ceremonies."`
	Trace      traceCommands      `cmd:"" help:"Show, replay and reuse saved conversations with a card."`
	Validation validationCommands `cmd:"" help:"OCSP, revocation lists, accredited verifiers, faults on purpose."`
	Keys       keyfileCommands    `cmd:"" help:"The key file of what is served in production."`
	Fsck       fsckCommand        `cmd:"" help:"Check every invariant of a kept world."`
	Bridge     bridgeCommands     `cmd:"" help:"Let a card in this computer's reader answer a login in the browser."`
	Corpus     corpusCommands     `cmd:"" help:"Documents that try to deceive verifiers, and verifiers run on them."`
	Conform    conformCommand     `cmd:"" help:"Play a bad provider against a relying party of yours, and grade it."`
	Version    versionCommand     `cmd:"" help:"Show the version."`
}

// console is where a command speaks.
type console struct {
	ctx      context.Context
	lang     lang.Lang
	out, err io.Writer
	colour   bool
}

func (c *console) printf(t lang.Text, args ...any) {
	fmt.Fprintln(c.out, t.With(c.lang, args...))
}

// json prints one document.
func (c *console) json(v any) error {
	enc := json.NewEncoder(c.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

type exitSignal int

// Run runs one command and returns the exit code.
func Run(ctx context.Context, args []string, out, errOut io.Writer) (code int) {
	said := &output{Writer: out}
	c := &console{ctx: ctx, lang: defaultLang(args), out: said, err: errOut, colour: isTerminal(out)}
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	var cmd commands
	parser, err := kong.New(&cmd, kong.Name("kado"), kong.Writers(out, errOut), kong.Vars{"lang": string(c.lang)},
		kong.Description("The whole My Number Card system (マイナンバーカード) in one program. Everything in it is fictitious."),
		kong.Exit(func(n int) { panic(exitSignal(n)) }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return c.fail(err)
	}
	defer func() {
		if r := recover(); r != nil {
			n, ok := r.(exitSignal)
			if !ok {
				panic(r)
			}
			code = int(n)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return c.fail(BadArguments.Because(err, shorten(err.Error())))
	}
	if c.lang, err = lang.Parse(cmd.Lang); err != nil {
		return c.fail(BadArguments.Because(err, "--lang"))
	}
	err = parsed.Run(c)
	// A result that nobody got is none, and a full disk is no defect of Kado.
	if said.err != nil && (err == nil || errors.Is(err, said.err)) {
		err = OutputLost.Because(said.err)
	}
	return c.fail(err)
}

// output remembers that something could not be written to standard output.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.Writer.Write(b)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// defaultLang finds the language before the arguments are parsed, so that a
// refusal of the arguments is in the right one already.
func defaultLang(args []string) lang.Lang {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			if l, err := lang.Parse(v); err == nil {
				return l
			}
		}
		if a == "--lang" && i+1 < len(args) {
			if l, err := lang.Parse(args[i+1]); err == nil {
				return l
			}
		}
	}
	for _, name := range []string{"KADO_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		v := os.Getenv(name)
		switch {
		case v == "":
		case strings.HasPrefix(v, "ja"):
			return lang.JA
		default:
			return lang.EN
		}
	}
	return lang.JA
}

// shorten keeps an argument that was echoed by the parser from filling the
// screen, and from carrying control characters to the terminal.
func shorten(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) && r != '\u3000' {
			return ' ' // U+009B begins a command to terminals, U+202E turns what follows
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	return s
}

// fail reports an error and returns the exit code it calls for.
func (c *console) fail(err error) int {
	if err == nil {
		return exitOK
	}
	if c.ctx.Err() != nil {
		err = Interrupted.Because(err)
	}
	for _, f := range faults(err) {
		what, why, cure := f.In(c.lang)
		fmt.Fprintf(c.err, "%s %s\n  %s%s\n  %s%s\n", f.Code(), what, labelWhy.In(c.lang), why, labelCure.In(c.lang), cure)
	}
	f := fault.Of(err)
	if f.Kind.Class == fault.Internal || os.Getenv("KADO_DEBUG") != "" {
		fmt.Fprintf(c.err, "  (%v)\n", err)
	}
	switch f.Kind.Class {
	case fault.Invalid, fault.NotFound, fault.Conflict:
		return exitRefused
	}
	return exitFailed
}

var (
	labelWhy  = lang.Text{JA: "理由：", EN: "why: "}
	labelCure = lang.Text{JA: "次に：", EN: "next: "}
)

// faults lists every numbered refusal to be shown: all findings of a photo, or
// the outermost one.
func faults(err error) []*fault.Error {
	if found := photo.Findings(err); len(found) > 0 {
		return found
	}
	return []*fault.Error{fault.Of(err)}
}

// openRegular opens a user's file, which is no pipe, folder or device.
func openRegular(path string) (*os.File, error) {
	// Looked at before it is opened too: opening a pipe waits for a writer.
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, CannotRead.Because(err, shorten(path))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, CannotRead.Because(err, shorten(path))
	}
	if info, err = f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, CannotRead.Because(errors.Join(err, errors.New("not a regular file"), f.Close()), shorten(path))
	}
	return f, nil
}

// readFile reads a user's file up to a limit.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, CannotRead.Because(err, shorten(path))
	}
	if int64(len(b)) > limit {
		return nil, TooLarge.New(shorten(path), limit)
	}
	return b, nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
