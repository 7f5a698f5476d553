package journal

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kado/mynumber"
)

func TestOPS33_HoldsNumber(t *testing.T) {
	const number = "123456789018"
	for s, want := range map[string]bool{
		"":                   false,
		number:               true,
		"(" + number + ")":   true,
		"番号" + number + "です": true,
		"1234 5678 9018":     true,
		"1234-5678-9018":     true,
		"１２３４５６７８９０１８":       true,
		"１２３４－５６７８－９０１８":                true,
		"1234　5678　9018":                true,
		"x: 000000000000, y: " + number: true,
		"123456789012":                  false, // check digit
		"1" + number:                    false, // part of a longer number
		number + "1":                    false,
		"a" + number:                    false, // part of an id
		number + "z":                    false,
		"card_" + number:                false,
		"123 4567 89018":                false,
		"1234 5678 901":                 false,
		"1234  5678 9018":               false,
		"2024-12-02T00:30:00.000Z":      false,
		"09012345678":                   false,
		"12345678901 8":                 false,
		"1234 56789018":                 true,
	} {
		if got := holdsNumber(s); got != want {
			t.Errorf("holdsNumber(%q) = %v, want %v", s, got, want)
		}
	}
}

func TestOPS33_EveryNumberIsFoundInText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, err := mynumber.DrawIndividualNumber(strings.NewReader(rapid.StringMatching(`[0-9]{11}`).Draw(t, "source") + strings.Repeat("5", 800)))
		if err != nil {
			t.Fatal(err)
		}
		d := n.Reveal()
		if rapid.Bool().Draw(t, "grouped") {
			d = d[:4] + "-" + d[4:8] + "-" + d[8:]
		}
		s := rapid.StringMatching(`[あ-ん、。 :/"]{0,20}`).Draw(t, "before") + d + rapid.StringMatching(`[あ-ん、。:/"]{0,20}`).Draw(t, "after")
		if !holdsNumber(s) {
			t.Fatalf("not found in %q", s)
		}
	})
}

func FuzzHoldsNumber(f *testing.F) {
	for _, s := range []string{"123456789018", "1234-5678-9018", "１２３４　５６７８　９０１８", "\xff\xfe", "card_123456789018"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		// A blank line before and after changes nothing.
		if got := holdsNumber("\n" + s + "\n"); got != holdsNumber(s) {
			t.Errorf("%q: %v with line breaks around", s, got)
		}
	})
}
