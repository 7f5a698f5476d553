package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

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
