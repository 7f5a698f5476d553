package token_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kado/internal/platform/keystore/token"
)

const good = `{"module":"/usr/lib/softhsm/libsofthsm2.so","token_label":"kado","sessions":4}`

func TestConfigIsStrict(t *testing.T) {
	if c, err := token.Decode([]byte(good)); err != nil || c.TokenLabel != "kado" || c.Sessions != 4 {
		t.Errorf("the example: %+v, %v", c, err)
	}
	for _, s := range []string{``, `null`, `[]`, `{}`, good + `{}`, strings.Replace(good, "label", "name", 1),
		`{"module":"/m","token_label":"a","pin":"1234"}`, `{"module":"m.so","token_label":"a"}`, `{"module":"/m"}`,
		`{"module":"/m","token_label":"a","token_serial":"b"}`, `{"module":"/m","token_label":"` + strings.Repeat("a", 33) + `"}`,
		`{"module":"/m","token_serial":"01234567890123456"}`, `{"module":"/m","token_label":"a","sessions":-1}`,
		`{"module":"/m","token_label":"a","sessions":257}`, `{"module":"/m","token_label":"a","sessions":"4"}`,
		`{"module":"/m","token_label":"a","prefix":"A"}`, `{"module":"/m\u0000","token_label":"a"}`,
		`{"module":"/m","token_label":"a","prefix":"` + strings.Repeat("a", 33) + `"}`, good + strings.Repeat(" ", 4096)} {
		if _, err := token.Decode([]byte(s)); !token.UnfitConfig.Is(err) {
			t.Errorf("%.80s: %v", s, err)
		}
	}
	if _, err := token.Load(filepath.Join(t.TempDir(), "none")); !token.UnfitConfig.Is(err) {
		t.Errorf("no file: %v", err)
	}
	path := filepath.Join(t.TempDir(), "token.json")
	if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := token.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := token.Decode(raw); err != nil || again != c {
		t.Errorf("written and read: %+v, %v", again, err)
	}
}

func TestPINIsOneLine(t *testing.T) {
	for in, want := range map[string]string{"1234": "1234", "1234\n": "1234", "1234\r\n": "1234", "暗証\n": "暗証", strings.Repeat("a", 255): strings.Repeat("a", 255)} {
		if got, err := token.ReadPIN(strings.NewReader(in)); err != nil || string(got) != want {
			t.Errorf("%d bytes: %v", len(in), err)
		}
	}
	for _, in := range []string{"", "\n", "1\n2\n", "1\n2", strings.Repeat("a", 256), "a\x00b", "\xff"} {
		if _, err := token.ReadPIN(strings.NewReader(in)); !token.NoPIN.Is(err) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"module":"/m","token_serial":"1","prefix":"a-b"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := token.Decode(raw)
		if err != nil {
			if !token.UnfitConfig.Is(err) {
				t.Errorf("unnumbered: %v", err)
			}
			return
		}
		out, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := token.Decode(out); err != nil || again != c {
			t.Errorf("%+v became %+v, %v", c, again, err)
		}
	})
}
