package fault_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

func text(s string) lang.Text { return lang.Text{JA: "日" + s, EN: s} }

var (
	small = fault.Define(fault.Kind{Number: 9001, Class: fault.Invalid, What: text("small %d"), Why: text("why"), Cure: text("cure")})
	other = fault.Define(fault.Kind{Number: 9002, Class: fault.Invalid, What: text("other"), Why: text("why"), Cure: text("cure")})
)

func TestKindIsFindsItselfAnywhere(t *testing.T) {
	inner := small.Because(io.EOF, 3)
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"itself":          {inner, true},
		"wrapped":         {fmt.Errorf("reading: %w", inner), true},
		"under another":   {other.Because(inner), true},
		"second of two":   {errors.Join(other.New(), inner), true},
		"deep in a join":  {fmt.Errorf("x: %w", errors.Join(io.EOF, other.Because(inner))), true},
		"another":         {other.New(), false},
		"nil":             {nil, false},
		"no fault at all": {io.EOF, false},
	} {
		if got := small.Is(c.err); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !errors.Is(inner, io.EOF) {
		t.Error("the cause is lost")
	}
}

func TestOfGivesEveryErrorANumber(t *testing.T) {
	if fault.Of(nil) != nil {
		t.Error("nil became an error")
	}
	if got := fault.Of(fmt.Errorf("x: %w", small.New(1))); got.Code() != "KADO-9001" {
		t.Errorf("got %s", got.Code())
	}
	got := fault.Of(io.ErrUnexpectedEOF)
	if got.Code() != "KADO-1000" || !errors.Is(got, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", got)
	}
	what, _, _ := got.In(lang.EN)
	if what != fault.Unexpected.What.EN {
		t.Errorf("an inner cause reached the user: %q", what)
	}
}

func TestNumberTwicePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("taken")
		}
	}()
	fault.Define(fault.Kind{Number: 9001})
}

// What a user reads is the kind's text and its arguments; the cause is for the
// log alone.
func TestCauseStaysInTheLog(t *testing.T) {
	err := small.Because(errors.New("inner cause"), 7)
	for _, l := range []lang.Lang{lang.JA, lang.EN} {
		what, why, cure := err.In(l)
		for _, s := range []string{what, why, cure} {
			if s == "" || strings.Contains(s, "inner") || strings.Contains(s, "%") {
				t.Errorf("%s reads %q", l, s)
			}
		}
		if !strings.Contains(what, "small 7") {
			t.Errorf("%s reads %q", l, what)
		}
	}
	if got := err.Error(); got != "KADO-9001: small 7: inner cause" {
		t.Errorf("the log reads %q", got)
	}
}

// The catalogue is in the order of the numbers, each once, and its rows cannot be
// changed through what was given to Define.
func TestCatalogueIsOrderedAndItsOwn(t *testing.T) {
	mine := fault.Kind{Number: 9003, Class: fault.Conflict, What: text("mine"), Why: text("why"), Cure: text("cure")}
	kept := fault.Define(mine)
	mine.Number = 9001
	if kept.Number != 9003 || kept.Code() != "KADO-9003" {
		t.Errorf("the row became %d", kept.Number)
	}
	all := fault.All()
	if !slices.IsSortedFunc(all, func(a, b *fault.Kind) int { return a.Number - b.Number }) || !slices.Contains(all, kept) {
		t.Error("the catalogue is out of order")
	}
	seen := map[int]bool{}
	for _, k := range all {
		if seen[k.Number] || k.Number < 1000 || k.Number > 9999 {
			t.Errorf("number %d", k.Number)
		}
		seen[k.Number] = true
	}
	all[0] = nil
	if fault.All()[0] == nil {
		t.Error("a caller changed the catalogue")
	}
}

// Of finds the outermost number, however errors are wrapped and joined.
func TestOfFindsTheOutermost(t *testing.T) {
	kinds := []*fault.Kind{small, other}
	rapid.Check(t, func(t *rapid.T) {
		var err error = io.EOF
		var want *fault.Kind
		for range rapid.IntRange(0, 6).Draw(t, "layers") {
			switch rapid.IntRange(0, 2).Draw(t, "layer") {
			case 0:
				want = rapid.SampledFrom(kinds).Draw(t, "kind")
				err = want.Because(err)
			case 1:
				err = fmt.Errorf("at %d: %w", 1, err)
			case 2:
				err = errors.Join(io.ErrClosedPipe, err)
			}
		}
		got := fault.Of(err)
		if want == nil {
			want = fault.Unexpected
		} else if !want.Is(err) {
			t.Fatalf("%v is not %s", err, want.Code())
		}
		if got.Kind != want || !errors.Is(got, io.EOF) {
			t.Fatalf("%v is %s, want %s", err, got.Code(), want.Code())
		}
	})
}
