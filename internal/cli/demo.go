package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"

	"kado/internal/platform/lang"
	"kado/internal/scenario"
	"kado/internal/server"
	"kado/internal/world/places"
	"kado/jpki"
	"kado/mynumber"
)

type demoCommand struct {
	Seed  string `help:"The town grows from this seed; the same seed and clock give the same facts." placeholder:"TEXT"`
	Photo string `help:"A JPEG to apply with; without it the town's own portrait is used." placeholder:"FILE"`
	Sign  string `help:"A file to sign; without it an embedded text." placeholder:"FILE"`
	Out   string `help:"Where the files are left." default:"./kado-demo" placeholder:"DIR"`
	Data  string `help:"Keep the world in this folder; without it the world is gone afterwards." placeholder:"DIR"`
	Town  string `help:"Municipality code, five digits." default:"13221" placeholder:"CODE"`
	Clock string `help:"Start of the life, e.g. 2026-04-01T10:00:00+09:00; ten o'clock on the last weekday by default." placeholder:"TIME"`
	// Algorithm is the card generation that is played.
	Algorithm string `help:"Algorithm of the CA generations that begin from now on: rsa-2048-sha256, or ecdsa-p384-sha384 for the next card generation." placeholder:"NAME"`
	Until     string `help:"Stop after this step, while the holder lives, and tell the PINs: delivery, login, signature, lock, loss, move or renewal. Needs --data." placeholder:"STEP"`
	JSON      bool   `help:"The whole life as one JSON document."`
	keysFlags
}

// maxDocument bounds the file to be signed.
const maxDocument = 64 << 20

func (d demoCommand) Run(c *console) error {
	opts, box, err := d.prepare(c)
	if err != nil {
		return err
	}
	var w scenario.Watcher = silent{}
	if !d.JSON {
		w = newTeller(c)
	}
	res, err := scenario.Run(c.ctx, box, opts, w)
	if closed := box.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return errors.Join(err, opts.Out.Discard())
	}
	if d.JSON {
		return c.json(res)
	}
	w.(*teller).summary(res, opts.Out.Dir(), d.Data)
	return nil
}

// prepare checks every input before anything is made.
func (d demoCommand) prepare(c *console) (scenario.Options, *server.Sandbox, error) {
	var opts scenario.Options
	var err error
	start, err := parseClock(d.Clock)
	if err != nil {
		return opts, nil, err
	}
	if len(d.Seed) > server.MaxSeed || !utf8.ValidString(d.Seed) {
		return opts, nil, BadArguments.New("--seed")
	}
	code, err := mynumber.ParseMunicipalityCode(d.Town)
	if err != nil {
		return opts, nil, BadArguments.Because(err, "--town")
	}
	if m, ok := places.ByCode(code); !ok || !m.Issues() {
		return opts, nil, BadArguments.New("--town")
	}
	if a, err := jpki.ParseAlgorithm(d.Algorithm); d.Algorithm != "" && (err != nil || !a.ForAuthority()) {
		return opts, nil, BadArguments.New("--algorithm")
	}
	// Without a kept world nobody could use the card that is left.
	if d.Until != "" && (d.Data == "" || !slices.Contains(scenario.Untils, d.Until)) {
		return opts, nil, BadArguments.New("--until")
	}
	opts.Until = d.Until
	if d.Photo != "" {
		// One byte over the photo's own limit, so that the photo rule refuses it.
		if opts.Photo, err = readFile(d.Photo, mynumber.PhotoMaxBytes+1); err != nil && !TooLarge.Is(err) {
			return opts, nil, err
		}
		if err := scenario.CheckPhoto(opts.Photo, err != nil); err != nil {
			return opts, nil, err
		}
	}
	if d.Sign != "" {
		if opts.Document, err = readFile(d.Sign, maxDocument); err != nil {
			return opts, nil, err
		}
		if opts.Document == nil {
			opts.Document = []byte{}
		}
		opts.DocumentName = filepath.Base(d.Sign)
	}
	if err := apart(d.Out, d.Data); err != nil {
		return opts, nil, err
	}
	place, err := d.place()
	if err != nil {
		return opts, nil, err
	}
	if opts.Out, err = scenario.NewOutput(d.Out); err != nil {
		return opts, nil, err
	}
	//kado:wall-clock the default start of a life
	now := time.Now()
	box, err := server.OpenSandbox(c.ctx, server.SandboxOptions{Dir: d.Data, Seed: d.Seed, Start: start, Default: lastWeekday(now),
		Municipality: code, NewRun: true, Algorithm: d.Algorithm, Token: place, TokenPIN: d.pin()})
	if err != nil {
		return opts, nil, errors.Join(err, opts.Out.Discard())
	}
	return opts, box, nil
}

var clockForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$`)

// parseClock accepts one spelling, within the years the rules cover.
func parseClock(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	// time.Parse also takes fractions of seconds and hours of one digit.
	if err != nil || !clockForm.MatchString(s) || t.Year() < 2022 || t.Year() > 2090 {
		return time.Time{}, BadClock.Because(err)
	}
	return t.UTC(), nil
}

// lastWeekday is ten in the morning, Japan time, of the newest weekday on which
// that hour has passed.
func lastWeekday(now time.Time) time.Time {
	j := now.In(mynumber.JST)
	t := time.Date(j.Year(), j.Month(), j.Day(), 10, 0, 0, 0, mynumber.JST)
	for t.After(j) || t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		t = t.AddDate(0, 0, -1)
	}
	return t.UTC()
}

type silent struct{}

func (silent) Begin(int, lang.Text)   {}
func (silent) Line(scenario.Line)     {}
func (silent) End(int, time.Duration) {}

// teller tells the life on a terminal as it happens.
type teller struct{ c *console }

func newTeller(c *console) *teller {
	fmt.Fprintln(c.out, lang.Text{
		JA: "Kado：一枚のマイナンバーカードの一生（人も町も架空です）",
		EN: "Kado: the life of one My Number Card (people and events are fictitious)",
	}.In(c.lang))
	return &teller{c}
}

func (t *teller) paint(code, s string) string {
	if !t.c.colour {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t *teller) Begin(n int, title lang.Text) {
	fmt.Fprintf(t.c.out, "\n%s\n", t.paint("1;34", fmt.Sprintf("%2d  %s", n, title.In(t.c.lang))))
}

func (t *teller) Line(l scenario.Line) {
	mark := t.paint("32", "✓")
	switch l.Mark {
	case scenario.Refused:
		mark = t.paint("31", "✗")
	case scenario.Note:
		mark = "·"
	}
	act := ""
	if l.Act > 0 {
		act = t.paint("2", fmt.Sprintf(" #%d", l.Act))
	}
	fmt.Fprintf(t.c.out, "    %s %s%s\n", mark, l.In(t.c.lang), act)
}

func (t *teller) End(_ int, took time.Duration) {
	fmt.Fprintf(t.c.out, "    %s\n", t.paint("2", fmt.Sprintf("%.0f ms", float64(took.Microseconds())/1000)))
}

// summary ends the telling with what the holder can look up later.
func (t *teller) summary(res scenario.Result, dir, data string) {
	out := t.c.out
	fmt.Fprintf(out, "\n%s\n", t.paint("1;34", lang.Text{JA: "本人の記録", EN: "The holder's journal"}.In(t.c.lang)))
	for _, e := range res.Journal {
		what := e.WhatJA
		if t.c.lang == lang.EN {
			what = e.What
		}
		at, err := time.Parse(time.RFC3339, e.At)
		if err != nil {
			continue
		}
		why := ""
		if e.Why != "" {
			why = "（" + e.Why + "）"
			if t.c.lang == lang.EN {
				why = " (" + e.Why + ")"
			}
		}
		fmt.Fprintf(out, "    %s  %s %s%s\n", at.In(mynumber.JST).Format("2006-01-02 15:04"), pad(e.Who, 26), what, why)
	}
	fmt.Fprintf(out, "\n%s\n", t.paint("1;34", lang.Text{JA: "外から確かめる", EN: "Check it from outside"}.In(t.c.lang)))
	for _, cmd := range res.Measured.Commands {
		fmt.Fprintf(out, "    %s\n", cmd)
	}
	fmt.Fprintf(out, "\n%s\n", t.paint("1;34", lang.Text{JA: "残したファイル", EN: "Files"}.In(t.c.lang)))
	for _, f := range res.Measured.Files {
		fmt.Fprintf(out, "    %8d  %s\n", f.Bytes, filepath.Join(dir, f.Name))
	}
	if p := res.PINs; p != nil {
		fmt.Fprintf(out, "\n%s\n", t.paint("1;34", lang.Text{JA: "本人だけが知っていること", EN: "What only the holder knows"}.In(t.c.lang)))
		for _, line := range []struct {
			text  lang.Text
			value string
		}{
			{lang.Text{JA: "カード", EN: "card"}, p.Card},
			{lang.Text{JA: "署名用パスワード", EN: "signature password"}, p.Signature},
			{lang.Text{JA: "利用者証明用暗証番号", EN: "authentication PIN"}, p.Authentication},
			{lang.Text{JA: "券面事項入力補助用暗証番号", EN: "card information PIN"}, p.Text},
			{lang.Text{JA: "住民基本台帳用暗証番号", EN: "residents' register PIN"}, p.Register},
		} {
			fmt.Fprintf(out, "    %s %s\n", pad(line.text.In(t.c.lang), 27), line.value)
		}
		fmt.Fprintf(out, "    kado read --id %s --data %s\n    kado validation serve --data %s\n", p.Card, shellQuote(data), shellQuote(data))
	}
	if data != "" {
		fmt.Fprintf(out, "\n%s\n    kado card list --data %s\n    kado fsck --data %s\n", t.paint("1;34", lang.Text{JA: "町を見る", EN: "Look at the world"}.In(t.c.lang)), shellQuote(data), shellQuote(data))
	}
	fmt.Fprintf(out, "\n%s\n", lang.Text{JA: "すべての段階が成り立ちました（%.2f 秒）", EN: "Every step held (%.2f s)"}.With(t.c.lang, res.Measured.TotalMillis/1000))
}

// pad fills s up to a width in terminal columns; Japanese characters take two.
func pad(s string, columns int) string {
	w := text.StringWidthWithoutEscSequences(s)
	return s + strings.Repeat(" ", max(columns-w, 0))
}

func shellQuote(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
