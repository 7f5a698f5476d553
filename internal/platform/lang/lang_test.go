package lang_test

import (
	"testing"

	"kado/internal/platform/lang"
)

func TestParseAcceptsOneSpelling(t *testing.T) {
	for _, l := range []lang.Lang{lang.JA, lang.EN} {
		if got, err := lang.Parse(string(l)); err != nil || got != l {
			t.Errorf("Parse(%q) = %q, %v", l, got, err)
		}
	}
	for _, s := range []string{"", "JA", "En", "ja ", " en", "ja_JP", "en-GB", "jp", "日本語", "\xff"} {
		if got, err := lang.Parse(s); err == nil {
			t.Errorf("Parse(%q) = %q", s, got)
		}
	}
}

func TestTextSpeaksBoth(t *testing.T) {
	text := lang.Text{JA: "%[2]sの%[1]d枚、100%%", EN: "%d of %s, 100%%"}
	for l, want := range map[lang.Lang]string{lang.JA: "箱の3枚、100%", lang.EN: "3 of 箱, 100%"} {
		if got := text.With(l, 3, "箱"); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
	// A text without arguments is not a format.
	plain := lang.Text{JA: "100%", EN: "100% sure"}
	for l, want := range map[lang.Lang]string{lang.JA: "100%", lang.EN: "100% sure"} {
		if plain.With(l) != want || plain.In(l) != want {
			t.Errorf("%s: %q, %q, want %q", l, plain.With(l), plain.In(l), want)
		}
	}
	// Japanese comes first: whoever chose nothing reads it.
	if got := plain.In(""); got != plain.JA {
		t.Errorf("no choice: %q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"ja", "en", "", "ja\x00", "EN"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := lang.Parse(s); (err == nil) != (s == "ja" || s == "en") || (err == nil && string(got) != s) {
			t.Fatalf("Parse(%q) = %q, %v", s, got, err)
		}
	})
}
