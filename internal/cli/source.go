package cli

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"kado/internal/cardtool"
	"kado/internal/platform/clock"
	"kado/internal/server"
	"kado/reader/trace"
)

// sourceFlags say which card a command works on and what is shown of the
// conversation with it.
type sourceFlags struct {
	Card     string `help:"A virtual card: its file." placeholder:"FILE.card" xor:"source"`
	ID       string `name:"id" help:"A virtual card on the shelf: its id." placeholder:"ID" xor:"source"`
	Data     string `help:"Folder of the kept world whose shelf is meant." placeholder:"DIR" env:"KADO_DATA"`
	Reader   string `help:"A card reader (PC/SC): its name, or its number from 0." placeholder:"NAME" xor:"source"`
	Recorded string `help:"A card that answers as recorded in a saved trace, in the same order." placeholder:"FILE" xor:"source"`
	recordedFlags
	Trace     string `help:"Save the conversation with the card, secrets masked." placeholder:"FILE"`
	Unmasked  bool   `help:"With --trace: mask nothing. The file then holds PINs."`
	replays   bool   // the command takes recordedFlags for another trace
	ShowAPDUs bool   `name:"show-apdus" help:"Show each command and answer with its explanation."`
}

// recordedFlags say how a saved trace is used.
type recordedFlags struct {
	FromUnmasked bool   `help:"Take a trace in which nothing is masked. It holds PINs."`
	Hidden       string `help:"What the trace hides: a file with lines like 5 command text 4126 or 7 response hex 30 82." placeholder:"FILE" xor:"hidden"`
	HiddenFD     *int   `name:"hidden-fd" help:"The same from this file descriptor." placeholder:"N" xor:"hidden"`
}

// given reports whether any of the flags is.
func (r recordedFlags) given() bool { return r.FromUnmasked || r.Hidden != "" || r.HiddenFD != nil }

// values reads the hidden values.
func (r recordedFlags) values() (trace.Hidden, error) {
	var b []byte
	var err error
	switch {
	case r.Hidden != "":
		b, err = readFile(r.Hidden, trace.MaxHidden)
	case r.HiddenFD != nil:
		b, err = readDescriptor(*r.HiddenFD, trace.MaxHidden)
	}
	if err != nil {
		return trace.Hidden{}, err
	}
	defer clear(b)
	h, err := trace.ParseHidden(b)
	var where *trace.ParseError
	if errors.As(err, &where) {
		return h, cardtool.BadHidden.Because(err, where.Line)
	}
	return h, err
}

// readDescriptor reads all that comes from a descriptor of this process.
func readDescriptor(n, limit int) ([]byte, error) {
	if n < 0 || n == 1 || n == 2 || n > 1<<20 {
		return nil, BadArguments.New("--hidden-fd")
	}
	f := os.NewFile(uintptr(n), "hidden-fd")
	if f == nil {
		return nil, BadArguments.New("--hidden-fd")
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil || len(b) > limit {
		return nil, CannotRead.Because(err, "--hidden-fd")
	}
	return b, nil
}

// openReaders reaches cards in readers; see pcsc.go.
var openReaders cardtool.Opener

// open opens the card. done saves the trace and gives the card back.
func (s sourceFlags) open(c *console) (tool *cardtool.Tool, done func(error) error, err error) {
	given := 0
	for _, v := range []string{s.Card, s.ID, s.Reader, s.Recorded} {
		if v != "" {
			given++
		}
	}
	if given != 1 {
		return nil, nil, cardtool.OneSource.New()
	}
	if s.Unmasked && s.Trace == "" {
		return nil, nil, BadArguments.New("--unmasked")
	}
	if s.Recorded == "" && s.given() && !s.replays {
		return nil, nil, BadArguments.New("--from-unmasked, --hidden, --hidden-fd")
	}
	if s.Trace != "" {
		// Before a try is spent on a conversation that could not be kept.
		if err := mayWrite(s.Trace, false); err != nil {
			return nil, nil, err
		}
	}
	var source *cardtool.Source
	switch {
	case s.Card != "":
		source, err = cardtool.OpenFile(s.Card)
	case s.ID != "":
		var dir string
		if dir, err = (worldFlags{Data: s.Data}).dir(); err == nil {
			source, err = cardtool.OpenShelf(dir, s.ID)
		}
	case s.Recorded != "":
		source, err = s.recorded()
	case openReaders == nil:
		err = cardtool.NoReaderService.New()
	default:
		source, err = openReaders.Open(c.ctx, s.Reader)
	}
	if err != nil {
		return nil, nil, err
	}
	opts := []trace.Option{trace.In(c.trace())}
	if s.Unmasked {
		opts = append(opts, trace.Unmasked)
	}
	if s.ShowAPDUs {
		opts = append(opts, trace.Watch(func(n int, x trace.Exchange) { fmt.Fprintln(c.err, x.Screen(n, c.trace())) }))
	}
	tool = cardtool.New(source, opts...)
	return tool, func(err error) error { return errors.Join(err, s.save(tool), source.Close()) }, nil
}

// recorded is a card that answers as a saved trace says.
func (s sourceFlags) recorded() (*cardtool.Source, error) {
	t, err := traceFile{s.Recorded, s.FromUnmasked}.read()
	if err != nil {
		return nil, err
	}
	h, err := s.values()
	if err != nil {
		return nil, err
	}
	return cardtool.OpenRecorded(t, h, shorten(filepath.Base(s.Recorded)))
}

// trace is the language of explanations.
func (c *console) trace() trace.Language { return trace.Language(c.lang) }

// save writes the trace, also of a conversation that ended badly.
func (s sourceFlags) save(t *cardtool.Tool) error {
	if s.Trace == "" {
		return nil
	}
	var opts []trace.Option
	if s.Unmasked {
		opts = append(opts, trace.Unmasked)
	}
	var b bytes.Buffer
	if err := trace.Write(&b, t.Trace(), opts...); err != nil {
		return err
	}
	return writeNew(s.Trace, b.Bytes(), 0o600, false)
}

// writeNew puts a file in place wholly or not at all; an existing one is
// replaced only by force.
func writeNew(path string, content []byte, mode os.FileMode, force bool) error {
	if err := mayWrite(path, force); err != nil {
		return err
	}
	if err := server.WriteFile(path, content, mode); err != nil {
		return server.CannotWrite.Because(err, shorten(path))
	}
	return nil
}

// trustFlags name the keys that the user trusts.
type trustFlags struct {
	CA []string `name:"ca" help:"CA certificate to trust, PEM or DER; may be repeated." placeholder:"FILE"`
}

const (
	maxCA       = 1 << 20
	maxEvidence = 64 << 20
)

func (f trustFlags) trust() (cardtool.Trust, error) {
	var all []*x509.Certificate
	for _, path := range f.CA {
		b, err := readFile(path, maxCA)
		if err != nil {
			return cardtool.Trust{}, err
		}
		cas, err := cardtool.ParseCA(b)
		if err != nil {
			return cardtool.Trust{}, cardtool.BadCA.Because(err, shorten(path))
		}
		all = append(all, cas...)
	}
	t, err := cardtool.NewTrust(all...)
	if err != nil {
		return t, cardtool.BadCA.Because(err, "--ca")
	}
	return t, nil
}

// roots reads the root keys of card records.
func roots(paths []string) ([]*rsa.PublicKey, error) {
	var all []*rsa.PublicKey
	for _, path := range paths {
		b, err := readFile(path, maxCA)
		if err != nil {
			return nil, err
		}
		keys, err := cardtool.ParseRoot(b)
		if err != nil {
			return nil, cardtool.BadRoot.Because(err, shorten(path))
		}
		all = append(all, keys...)
	}
	return all, nil
}

// at is the instant given, or now.
func at(s string) (time.Time, error) {
	t, err := parseClock(s)
	if err != nil || !t.IsZero() {
		return t, err
	}
	return clock.System().Now(), nil
}

// mayWrite refuses a file that writeNew would refuse, before anything is done
// for it.
func mayWrite(path string, force bool) error {
	info, err := os.Lstat(path)
	switch {
	case err == nil && !force, err == nil && !info.Mode().IsRegular():
		return cardtool.Exists.New(shorten(path))
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return server.CannotWrite.Because(err, shorten(filepath.Dir(path)))
	}
	return nil
}
