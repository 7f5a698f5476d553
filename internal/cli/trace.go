package cli

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"

	"kado/internal/cardtool"
	"kado/internal/platform/lang"
	"kado/reader/trace"
)

type traceCommands struct {
	Show   traceShowCommand   `cmd:"" help:"Show a saved trace."`
	Replay traceReplayCommand `cmd:"" help:"Do a saved trace again on a virtual card and compare the answers."`
	Gotest traceGotestCommand `cmd:"" help:"Turn a saved trace into the source of a Go test."`
}

// traceFile is a saved trace.
type traceFile struct {
	File     string `arg:"" help:"The saved trace."`
	Unmasked bool   `help:"Take a trace in which nothing is masked. It holds PINs."`
}

func (f traceFile) options() []trace.Option {
	if f.Unmasked {
		return []trace.Option{trace.Unmasked}
	}
	return nil
}

func (f traceFile) read() (*trace.Trace, error) {
	b, err := readFile(f.File, trace.MaxSize)
	if err != nil {
		return nil, err
	}
	t, err := trace.Parse(b, f.options()...)
	var where *trace.ParseError
	switch {
	case errors.Is(err, trace.ErrUnmasked):
		return nil, cardtool.UnmaskedTrace.Because(err)
	case errors.As(err, &where):
		return nil, cardtool.BadTrace.Because(err, where.Line)
	}
	return t, err
}

type traceShowCommand struct {
	traceFile
	Failed bool `help:"Only exchanges that failed."`
	JSON   bool `help:"As a JSON document."`
}

// exchangeView is one exchange in JSON.
type exchangeView struct {
	Exchange int    `json:"exchange"`
	Name     string `json:"name"`
	Target   string `json:"target,omitempty"`
	Access   string `json:"access,omitempty"`
	Command  string `json:"command"`
	Response string `json:"response"`
	Status   string `json:"status"`
	Cause    string `json:"cause,omitempty"`
}

func (s traceShowCommand) Run(c *console) error {
	t, err := s.read()
	if err != nil {
		return err
	}
	views := []exchangeView{}
	explained := t.In(c.trace())
	if s.JSON {
		explained = t.In(trace.English)
	}
	for i, x := range explained.Exchanges {
		if s.Failed && x.Cause == "" {
			continue
		}
		if s.JSON {
			views = append(views, exchangeView{i + 1, x.Name, x.Target, x.Access, x.Command.String(), x.Response.String(), x.Status, x.Cause})
			continue
		}
		fmt.Fprintln(c.out, x.Screen(i+1, c.trace()))
	}
	if s.JSON {
		return c.json(views)
	}
	c.printf(lang.Text{JA: "やり取り %d 件", EN: "%d exchanges"}, len(t.Exchanges))
	return nil
}

type traceReplayCommand struct {
	File string `arg:"" help:"The saved trace."`
	sourceFlags
	secretFlags
}

func (r traceReplayCommand) Run(c *console) error {
	if r.Recorded != "" {
		return BadArguments.New("--recorded") // the flags for hidden values are those of FILE
	}
	t, err := traceFile{r.File, r.FromUnmasked}.read()
	if err != nil {
		return err
	}
	hidden, err := r.values()
	if err != nil {
		return err
	}
	r.replays = true
	return onCard(c, r.sourceFlags, r.secretFlags, func(tool *cardtool.Tool, p *prompt) error {
		if err := tool.Replay(t.In(c.trace()), hidden, p); err != nil {
			return err
		}
		c.printf(lang.Text{JA: "%d 件のやり取りが記録どおりでした", EN: "%d exchanges as recorded"}, len(t.Exchanges))
		return nil
	})
}

type traceGotestCommand struct {
	traceFile
	Package  string `default:"cards_test" help:"Package of the test."`
	Name     string `default:"Replay" help:"The test is called Test and this name."`
	Card     string `help:"Replay on a copy of this card file, as it was before the recording; a function openCard of the package by default." placeholder:"FILE.card"`
	Hidden   string `help:"Write what the trace hides of commands into the test, which then holds PINs; see kado trace replay --help." placeholder:"FILE" xor:"hidden"`
	HiddenFD *int   `name:"hidden-fd" help:"The same from this file descriptor." placeholder:"N" xor:"hidden"`
	Out      string `help:"Write it to this file instead of the terminal." placeholder:"FILE"`
}

func (g traceGotestCommand) Run(c *console) error {
	t, err := g.read()
	if err != nil {
		return err
	}
	o := trace.GoTestOptions{Package: g.Package, Name: g.Name}
	if o.Hidden, err = (recordedFlags{Hidden: g.Hidden, HiddenFD: g.HiddenFD}).values(); err != nil {
		return err
	}
	if g.Card != "" {
		if o.Card, err = filepath.Abs(g.Card); err != nil {
			return BadArguments.Because(err, "--card")
		}
	}
	var b bytes.Buffer
	var value *trace.HiddenError
	err = trace.GoTest(&b, t.In(trace.English), o, g.options()...)
	switch {
	case errors.As(err, &value):
		return cardtool.Deviation(err)
	case err != nil:
		return BadArguments.Because(err, "--package, --name")
	}
	if g.Out != "" {
		return writeNew(filepath.Clean(g.Out), b.Bytes(), 0o600, false)
	}
	_, err = c.out.Write(b.Bytes())
	return err
}
