// Package scenario plays a card's life from end to end through the offices:
// the same contracts, the same APDUs, the same OCSP that the servers use. What
// it reports is what the offices answered; nothing is simulated by printing.
package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/digital/login"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/server"
	"kado/internal/world/people"
	"kado/internal/world/places"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// Options are what a person may choose.
type Options struct {
	Photo        []byte // JPEG; nil: the town's own portrait of the resident
	Document     []byte // to be signed; nil: an embedded text
	DocumentName string // shown and used as file name in Out
	Out          *Output
	// Until is the key of the last step before the journal, one of Untils; "" plays
	// the whole life. The holder then lives on, and Result.PINs tells what only the
	// holder knows.
	Until string
}

// Untils are the steps after which a life can stop with a card in use.
var Untils = []string{"delivery", "login", "signature", "lock", "loss", "move", "renewal"}

// Mark says how a line is to be read.
type Mark int

// The marks.
const (
	Done    Mark = iota // an office did something
	Refused             // refused, as it must be
	Note                // told, not done
)

// Line is one thing that happened. Act is the number of the journal's newest
// entry when it was reported: everything up to it is acknowledged and survives
// any crash from here on. 0: nothing was recorded.
type Line struct {
	Mark Mark
	Text lang.Text
	Args []any
	Act  int64
}

// In returns the line's text.
func (l Line) In(in lang.Lang) string {
	args := make([]any, len(l.Args))
	for i, a := range l.Args {
		if t, ok := a.(lang.Text); ok {
			a = t.In(in)
		}
		args[i] = a
	}
	return l.Text.With(in, args...)
}

// Watcher is told of the life as it happens.
type Watcher interface {
	Begin(number int, title lang.Text)
	Line(Line)
	End(number int, took time.Duration)
}

// StepResult is one step's facts. Facts depend on seed and clock alone.
type StepResult struct {
	Number int               `json:"step"`
	Key    string            `json:"key"`
	Title  string            `json:"title"`
	Facts  map[string]string `json:"facts"`
}

// JournalLine is one line of the holder's own journal.
type JournalLine struct {
	At      string `json:"at"`
	Who     string `json:"who"`
	What    string `json:"what"`
	WhatJA  string `json:"what_ja"`
	Why     string `json:"why,omitempty"`
	Outcome string `json:"outcome"`
}

// Result is the whole life. Facts and Journal are the same for the same seed
// and clock; Measured is not.
type Result struct {
	Seed     string        `json:"seed"`
	Clock    string        `json:"clock"`
	Steps    []StepResult  `json:"steps"`
	Journal  []JournalLine `json:"journal"`
	PINs     *PINs         `json:"pins,omitempty"` // of a card that is still in use
	Measured Measured      `json:"measured"`
}

// PINs are what a holder that lives on remembers, for whoever plays the holder
// from then on: no office knows them.
type PINs struct {
	Card           string `json:"card"`
	Signature      string `json:"signature"`
	Authentication string `json:"authentication"`
	Text           string `json:"text"`
	Register       string `json:"register"`
}

// Measured is what differs from run to run.
type Measured struct {
	StepMillis  map[string]float64 `json:"step_ms"`
	TotalMillis float64            `json:"total_ms"`
	Files       []FileInfo         `json:"files"`
	Commands    []string           `json:"commands"`
}

// FileInfo is one file left behind.
type FileInfo struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// life is the play's state: what a person walking through it would carry.
type life struct {
	*server.Sandbox
	opts  Options
	watch Watcher
	clock *clock.Manual

	town     places.Municipality
	hall     server.Hall // where the resident goes
	resident people.Resident
	person   registry.Person
	app      mynumber.ApplicationID
	order    string
	card     mynumber.CardID
	pins     pins
	party    login.Party
	pairwise string

	signature      authority.Certificate // the living one
	authentication authority.Certificate
	signedAt       time.Time

	steps    []StepResult
	commands []string
	millis   map[string]float64
}

type step struct {
	*life
	result StepResult
}

// Run plays the life in a sandbox and returns its facts. On an error the steps
// so far are in the result.
func Run(ctx context.Context, box *server.Sandbox, opts Options, watch Watcher) (Result, error) {
	l := &life{Sandbox: box, opts: opts, watch: watch, clock: box.Clock, millis: map[string]float64{}}
	res := Result{Seed: box.Seed, Clock: box.Clock.Now().Format(time.RFC3339)}
	began := time.Now() //kado:wall-clock time per step is measured, never a fact
	err := l.play(ctx, &res)
	res.Steps = l.steps
	res.Measured.StepMillis = l.millis
	res.Measured.TotalMillis = float64(time.Since(began).Microseconds()) / 1000
	res.Measured.Commands = l.commands
	if err != nil {
		return res, err
	}
	if opts.Until != "" {
		p := l.pins
		res.PINs = &PINs{string(l.card), p.password.Reveal(), p.authentication.Reveal(), p.text.Reveal(), p.register.Reveal()}
	}
	res.Measured.Files = opts.Out.Files()
	return res, nil
}

func (l *life) play(ctx context.Context, res *Result) error {
	acts := []struct {
		key  string
		text lang.Text
		do   func(context.Context, *step) error
	}{
		{"town", titleTown, l.townAndResident},
		{"application", titleApplication, l.application},
		{"production", titleProduction, l.production},
		{"delivery", titleDelivery, l.delivery},
		{"login", titleLogin, l.firstLogin},
		{"signature", titleSignature, l.sign},
		{"lock", titleLock, l.lockAndUnblock},
		{"loss", titleLoss, l.lossAndFinding},
		{"move", titleMove, l.move},
		{"renewal", titleRenewal, l.renewal},
		{"death", titleDeath, l.death},
		{"journal", titleJournal, func(ctx context.Context, s *step) error { return l.ownJournal(ctx, s, res) }},
	}
	if l.opts.Until != "" {
		if !slices.Contains(Untils, l.opts.Until) {
			return fmt.Errorf("scenario: no life stops after %q", l.opts.Until)
		}
		// The journal is read at the end of any life.
		for i, a := range acts {
			if a.key == l.opts.Until {
				acts = append(acts[:i+1:i+1], acts[len(acts)-1])
				break
			}
		}
	}
	for i, a := range acts {
		s := &step{life: l, result: StepResult{Number: i + 1, Key: a.key, Title: a.text.EN, Facts: map[string]string{}}}
		l.watch.Begin(i+1, a.text)
		began := time.Now() //kado:wall-clock
		err := a.do(ctx, s)
		took := time.Since(began)
		l.millis[a.key] = float64(took.Microseconds()) / 1000
		l.steps = append(l.steps, s.result)
		if err != nil {
			return fmt.Errorf("step %d (%s): %w", i+1, a.key, err)
		}
		l.watch.End(i+1, took)
	}
	return nil
}

func (s *step) fact(key, value string) { s.result.Facts[key] = value }

// say reports a line together with the newest journal number. Each line takes a
// minute of the town's time, so that the journal reads as it would.
func (s *step) say(ctx context.Context, m Mark, t lang.Text, args ...any) error {
	if err := s.clock.Advance(time.Minute); err != nil {
		return err
	}
	seq, err := s.House.Recent(ctx)
	if err != nil {
		return err
	}
	s.watch.Line(Line{Mark: m, Text: t, Args: args, Act: seq})
	return nil
}

func (s *step) done(ctx context.Context, t lang.Text, args ...any) error {
	return s.say(ctx, Done, t, args...)
}

// refused checks that err is the numbered refusal it must be, and reports it
// with the number.
func (s *step) refused(ctx context.Context, err error, want *fault.Kind, t lang.Text) error {
	if err == nil {
		return NotRefused.New(s.result.Number)
	}
	if !want.Is(err) {
		return WrongRefusal.Because(err, s.result.Number)
	}
	s.fact("refused_"+want.Code(), want.What.EN)
	return s.sayCode(ctx, t, want.Code())
}

// sayCode reports a refusal together with its number.
func (s *step) sayCode(ctx context.Context, t lang.Text, code string) error {
	return s.say(ctx, Refused, sayRefusal, t, code)
}

// refusedByCard does the same for a refusal of the chip.
func (s *step) refusedByCard(ctx context.Context, err, want error, t lang.Text) error {
	var status *reader.StatusError
	var pin *reader.WrongPINError
	if err == nil {
		return NotRefused.New(s.result.Number)
	}
	if !errors.Is(err, want) {
		return WrongRefusal.Because(err, s.result.Number)
	}
	switch {
	case errors.As(err, &status):
		return s.sayCode(ctx, t, fmt.Sprintf("SW %04X", uint16(status.SW)))
	case errors.As(err, &pin):
		return s.sayCode(ctx, t, fmt.Sprintf("SW 63C%X", pin.Left))
	}
	return WrongRefusal.Because(err, s.result.Number)
}

// later moves the clock.
func (l *life) later(ctx context.Context, d time.Duration) error {
	return l.until(ctx, l.clock.Now().Add(d))
}

func (l *life) until(ctx context.Context, t time.Time) error {
	if t.After(l.clock.Now()) {
		if err := l.clock.Set(t); err != nil {
			return err
		}
		if err := l.SaveWorld(); err != nil {
			return err
		}
	}
	return l.House.Daily(ctx)
}

func today(l *life) mynumber.Date { return mynumber.DateOf(l.clock.Now()) }

// living returns the card's active certificate of a kind.
func (l *life) living(ctx context.Context, kind jpki.Kind) (authority.Certificate, error) {
	all, err := l.House.Authority.OfCard(ctx, l.card)
	if err != nil {
		return authority.Certificate{}, err
	}
	for _, c := range all {
		if c.Kind == kind && c.State == authority.Active {
			return c, nil
		}
	}
	return authority.Certificate{}, NoLivingCertificate.New(kind.String())
}
