package scenario

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kado/internal/municipality/counter"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/server"
	"kado/mynumber"
	"kado/reader"
)

// TestHolderThinksOfPermittedPINs: whatever the birth date, the PINs a holder
// thinks of are ones that the rule permits, and the birthday is not.
//
// Shows: R-20
func TestHolderThinksOfPermittedPINs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		birth := mynumber.Date{Year: rapid.IntRange(1920, 2010).Draw(t, "year"), Month: time.Month(rapid.IntRange(1, 12).Draw(t, "month")), Day: rapid.IntRange(1, 28).Draw(t, "day")}
		expiry := birth.AddMonths(12 * rapid.IntRange(1, 110).Draw(t, "years"))
		code := rapid.StringMatching(`[0-9]{4}`).Draw(t, "code")
		permitted := mynumber.PINContext{Birth: birth, CardExpiry: expiry, SecurityCode: code}
		p, err := think(entropy.Seeded(rapid.String().Draw(t, "seed")).Stream("pins"), birth, expiry, code)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []mynumber.Secret{p.authentication, p.text, p.register} {
			if err := mynumber.CheckPIN4(s.Reveal(), permitted); err != nil {
				t.Errorf("%v", err)
			}
		}
		for range 3 { // as often as somebody errs
			wrong := other(p.authentication)
			if wrong == p.authentication.Reveal() || len(wrong) != 4 || strings.Trim(wrong, "0123456789") != "" {
				t.Errorf("%q is no wrong PIN", wrong)
			}
		}
	})
	for _, r := range []*bytes.Reader{bytes.NewReader(nil), bytes.NewReader(make([]byte, 40))} {
		if _, err := think(r, mynumber.Date{Year: 1990, Month: 6, Day: 1}, mynumber.Date{Year: 2035, Month: 6, Day: 1}, "1234"); err == nil {
			t.Error("PINs out of a source that has ended")
		}
	}
	if _, err := think(iotest.ErrReader(errors.New("broken")), mynumber.Date{}, mynumber.Date{}, ""); err == nil {
		t.Error("PINs out of a broken source")
	}
}

// TestPad: the birthday is tried once, before the first refusal, and each entry
// is the counter's own to wipe.
func TestPad(t *testing.T) {
	ctx := context.Background()
	p := &pad{birthday: "0601", pins: pins{password: mynumber.NewSecret("KADO123456"), authentication: mynumber.NewSecret("4729"),
		text: mynumber.NewSecret("5830"), register: mynumber.NewSecret("6941")}}
	enter := func(which counter.PIN, refusal error, want string) {
		t.Helper()
		s, err := p.Enter(ctx, which, refusal)
		if err != nil || s.Reveal() != want {
			t.Errorf("%s: %q, %v, want %q", which, s.Reveal(), err, want)
		}
		s.Wipe() // the counter's copy; the holder still knows it
	}
	enter(counter.SignaturePassword, nil, "KADO123456")
	enter(counter.AuthenticationPIN, nil, "0601")
	enter(counter.AuthenticationPIN, errors.New("no"), "4729")
	enter(counter.TextPIN, nil, "5830")
	enter(counter.RegisterPIN, nil, "6941")
	enter(counter.SignaturePassword, nil, "KADO123456")
	if p.refused != 1 {
		t.Errorf("%d refusals", p.refused)
	}
	if _, err := p.Enter(ctx, counter.PIN("other"), nil); err == nil {
		t.Error("a PIN that does not exist")
	}
}

// TestRefusalsAreChecked: a step that expects a refusal fails when nothing is
// refused, or for another reason. Otherwise the play would prove nothing.
func TestRefusalsAreChecked(t *testing.T) {
	s := &step{life: &life{}, result: StepResult{Number: 4, Facts: map[string]string{}}}
	ctx := context.Background()
	for name, err := range map[string]struct {
		got  error
		want *fault.Kind
	}{
		"office, nothing refused":      {s.refused(ctx, nil, NoAdult, sayReplay), NotRefused},
		"office, another refusal":      {s.refused(ctx, NoAdult.New(), DoesNotHold, sayReplay), WrongRefusal},
		"office, no refusal":           {s.refused(ctx, fs.ErrNotExist, NoAdult, sayReplay), WrongRefusal},
		"card, nothing refused":        {s.refusedByCard(ctx, nil, reader.ErrBlocked, sayBlocked), NotRefused},
		"card, another refusal":        {s.refusedByCard(ctx, reader.ErrInert, reader.ErrBlocked, sayBlocked), WrongRefusal},
		"card, no status":              {s.refusedByCard(ctx, reader.ErrBlocked, reader.ErrBlocked, sayBlocked), WrongRefusal},
		"card, a number of an office":  {s.refusedByCard(ctx, NoAdult.New(), reader.ErrBlocked, sayBlocked), WrongRefusal},
		"office, a status of the card": {s.refused(ctx, reader.ErrBlocked, NoAdult, sayReplay), WrongRefusal},
	} {
		if !err.want.Is(err.got) {
			t.Errorf("%s: %v, want %s", name, err.got, err.want.Code())
		}
	}
	if len(s.result.Facts) > 0 {
		t.Errorf("facts of refusals that were none: %v", s.result.Facts)
	}
}

// TestLineInBothLanguages: texts inside a text follow its language.
func TestLineInBothLanguages(t *testing.T) {
	l := Line{Text: sayRefusal, Args: []any{sayReplay, "KADO-4202"}}
	for in, want := range map[lang.Lang]string{lang.JA: sayReplay.JA, lang.EN: sayReplay.EN} {
		if got := l.In(in); !strings.HasPrefix(got, want) || !strings.Contains(got, "KADO-4202") {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// TestOutput: nothing is put before everything is there, and a folder made for
// nothing goes again.
func TestOutput(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "a", "b", "c")
	o, err := NewOutput(dir)
	if err != nil {
		t.Fatal(err)
	}
	content := []byte("first")
	o.Add("x", content)
	content[0] = 'X' // the caller's own again
	o.Add("w", nil)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("before Put: %v, %v", entries, err)
	}
	if err := o.Put(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "x")); err != nil || string(b) != "first" {
		t.Errorf("%q, %v", b, err)
	}
	if files := o.Files(); len(files) != 2 || files[0].Name != "w" || files[1].Bytes != 5 || len(files[1].SHA256) != 64 {
		t.Errorf("%+v", files)
	}
	if err := o.Discard(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "x")); err != nil {
		t.Errorf("Discard removed a file: %v", err)
	}

	there := filepath.Join(base, "there")
	if err := os.Mkdir(there, 0o700); err != nil {
		t.Fatal(err)
	}
	for dir, left := range map[string]string{filepath.Join(base, "new", "it"): "new", there: "", filepath.Join(there, "it"): "there/it"} {
		o, err := NewOutput(dir)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := o.Discard(); err != nil {
				t.Error(err)
			}
		}
		if left != "" {
			if _, err := os.Stat(filepath.Join(base, left)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s is left (%v)", left, err)
			}
		}
	}
	if _, err := os.Stat(there); err != nil {
		t.Errorf("a folder that was there is gone: %v", err)
	}
	for _, bad := range []string{"", filepath.Join(dir, "x"), filepath.Join(dir, "x", "below"), "a\x00b"} {
		if _, err := NewOutput(bad); !server.CannotWrite.Is(err) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// FuzzSafeName: whatever a user's file is called, its copy is one file in the
// folder, takes the place of none of ours, and is printed as it is.
func FuzzSafeName(f *testing.F) {
	for _, s := range []string{"letter.txt", "", ".", "..", "/", "../x", "/etc/passwd", ".hidden", "photo.jpg", "signature-ca.pem", "a b", "it's", "日本.txt",
		"a\nb", "a\x1b[31mb", "\xff", strings.Repeat("x", 200), "card-front.png", "life.json", "a/../..", "-rf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := safeName(name)
		if got == "" || got == "." || got == ".." || filepath.Base(got) != got || strings.HasPrefix(got, ".") || len(got) > 140 ||
			!utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q became %q", name, got)
		}
		for _, ours := range []string{"photo.jpg", "card-front.png", "card-back.png", "life.json"} {
			if got == ours {
				t.Errorf("%q takes the place of %s", name, ours)
			}
		}
		if strings.HasPrefix(got, "signature-") || strings.HasPrefix(got, "authentication-") {
			t.Errorf("%q became %q, which could be one of ours", name, got)
		}
		if safeName(got) != got {
			t.Errorf("%q became %q, and that %q", name, got, safeName(got))
		}
		quoted := quote(got)
		if quoted != got && (quoted[0] != '\'' || strings.Count(quoted, "'")%2 != 0 && !strings.Contains(got, "'")) {
			t.Errorf("%q is quoted as %s", got, quoted)
		}
	})
}
