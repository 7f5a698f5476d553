package trace_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"kado/chip/chiptest"
	"kado/reader"
	"kado/reader/trace"
)

func TestParseHidden(t *testing.T) {
	h, err := trace.ParseHidden([]byte("3 command text 42 71\n3 response hex 01 02 FF\n10 command hex 30\n"))
	ok(t, err)
	if s := fmt.Sprintf("%v %+v %#v", h, h, h); strings.Contains(s, "42") || !strings.Contains(s, "3 hidden values") {
		t.Error(s)
	}
	value, err := h.Secrets(nil)(3, trace.Exchange{})
	if err != nil || string(value) != "42 71" {
		t.Errorf("%q %v", value, err)
	}
	if _, err := h.Secrets(nil)(4, trace.Exchange{}); !errors.Is(err, trace.ErrNoSecret) {
		t.Error(err)
	}
	asked, err := h.Secrets(func(int, trace.Exchange) ([]byte, error) { return []byte("x"), nil })(4, trace.Exchange{})
	if err != nil || string(asked) != "x" {
		t.Error("the next was not asked")
	}
	for name, c := range map[string]struct {
		text string
		line int
	}{
		"no end":          {"3 command text 4271", 1},
		"no value":        {"3 command text\n", 1},
		"empty value":     {"3 command text \n", 1},
		"number":          {"03 command text 4271\n", 1},
		"zero":            {"0 command text 4271\n", 1},
		"negative":        {"-3 command text 4271\n", 1},
		"huge":            {"999999999 command text 4271\n", 1},
		"what":            {"3 answer text 4271\n", 1},
		"form":            {"3 command base64 4271\n", 1},
		"small letters":   {"3 command hex ff\n", 1},
		"hidden":          {"3 command hex *4\n", 1},
		"none":            {"3 command hex none\n", 1},
		"control":         {"3 command text 42\t71\n", 1},
		"carriage return": {"3 command text 4271\r\n", 1},
		"twice":           {"3 command text 4271\n3 command text 4271\n", 2},
		"order":           {"3 response text 4271\n3 command text 4271\n", 2},
		"empty line":      {"3 command text 4271\n\n", 2},
	} {
		_, err := trace.ParseHidden([]byte(c.text))
		var e *trace.ParseError
		if !errors.As(err, &e) || e.Line != c.line || strings.Contains(err.Error(), "4271") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := trace.ParseHidden(make([]byte, trace.MaxHidden+1)); err == nil {
		t.Error("no cap")
	}
}

// hiddenOf writes all that a masked trace hides as hidden values.
func hiddenOf(masked, plain *trace.Trace, responses bool) []byte {
	var b bytes.Buffer
	for i, x := range masked.Exchanges {
		for _, part := range []struct {
			name          string
			masked, plain trace.Bytes
		}{{"command", x.Command, plain.Exchanges[i].Command}, {"response", x.Response, plain.Exchanges[i].Response}} {
			if !part.masked.Masked() || part.name == "response" && !responses {
				continue
			}
			var value []byte
			for j, h := range part.masked.Hidden {
				if h {
					value = append(value, part.plain.Data[j])
				}
			}
			fmt.Fprintf(&b, "%d %s hex %s\n", i+1, part.name, trace.Bytes{Data: value})
		}
	}
	return b.Bytes()
}

// TestReplay_HiddenValues: a masked trace, with the values that it hides, replays
// as a reader and as a card, binary values too.
func TestReplay_HiddenValues(t *testing.T) {
	f := chiptest.Operational(t)
	plain := visit(t, f, trace.Unmasked)
	var commands, responses [][]byte
	for _, x := range plain.Exchanges {
		commands, responses = append(commands, x.Command.Data), append(responses, x.Response.Data)
	}
	masked, err := trace.Parse(write(t, trace.Explain(commands, responses)))
	ok(t, err)
	h, err := trace.ParseHidden(hiddenOf(masked, plain, false))
	ok(t, err)
	ok(t, trace.Replay(reader.Virtual(chiptest.Operational(t).Card), masked, h.Secrets(nil)))

	// As a reader on a card played from the same trace: order and answers agree.
	all, err := trace.ParseHidden(hiddenOf(masked, plain, true))
	ok(t, err)
	revealed, err := masked.Reveal(all)
	ok(t, err)
	card := trace.NewCard(revealed)
	ok(t, trace.Replay(card, masked, h.Secrets(nil)))
	ok(t, card.Done())
	if !revealed.Unmasked {
		t.Error("with nothing hidden it still counts as masked")
	}
	var b bytes.Buffer
	if err := trace.Write(&b, revealed); !errors.Is(err, trace.ErrUnmasked) {
		t.Error(err)
	}
	// Partly revealed it is for use, not for a file.
	partly, err := masked.Reveal(h)
	ok(t, err)
	if err := trace.Write(&b, partly, trace.Unmasked); err == nil {
		t.Error("a half masked trace was written")
	}
	if err := trace.Replay(reader.Virtual(chiptest.Operational(t).Card), partly, nil); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"1 command text x\n", "99999 command text x\n", "2 response hex 00\n"} {
		h, err := trace.ParseHidden([]byte(bad))
		ok(t, err)
		var e *trace.HiddenError
		if _, err := masked.Reveal(h); !errors.As(err, &e) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	// The trace itself is as it was.
	if again := write(t, masked); !bytes.Contains(again, []byte("*")) {
		t.Error("the masked trace was changed")
	}
}

func FuzzParseHidden(f *testing.F) {
	f.Add([]byte("3 command text 4271\n3 response hex 01 02 FF\n"))
	f.Add([]byte("1 command hex *3\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := trace.ParseHidden(b)
		if err != nil {
			return
		}
		tr := trace.Explain([][]byte{{0x00, 0x20, 0x00, 0x98, 4, 1, 2, 3, 4}}, [][]byte{{0x90, 0x00}})
		if revealed, err := tr.Reveal(h); err == nil && len(revealed.Exchanges) != 1 {
			t.Fatal("another trace")
		}
	})
}
