package mynumber_test

import (
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"testing"

	"kado/mynumber"
)

type secretive interface {
	fmt.Stringer
	fmt.Formatter
	fmt.GoStringer
	slog.LogValuer
	Reveal() string
	MarshalJSON() ([]byte, error)
	MarshalText() ([]byte, error)
	MarshalBinary() ([]byte, error)
}

// carrier has the values where formatting cannot call their methods.
type carrier struct {
	Name   string
	number mynumber.IndividualNumber
	code   mynumber.ResidentCode
	pin    mynumber.Secret
	Inner  struct {
		Number mynumber.IndividualNumber
		PIN    mynumber.Secret
		list   []mynumber.Secret
		table  map[string]mynumber.IndividualNumber
	}
}

// No way of printing, logging or encoding shows a number, a code or a PIN.
func TestR01_R20_NothingEverPrintsASecret(t *testing.T) {
	n, err := mynumber.ParseIndividualNumber("123456789018")
	if err != nil {
		t.Fatal(err)
	}
	c, err := mynumber.ParseResidentCode("12345678903")
	if err != nil {
		t.Fatal(err)
	}
	// Long enough that no address in memory looks like a piece of it.
	const password = "KQ7VXW93ZJ4MTR58"
	pin := mynumber.NewSecret(password)
	var needles []string
	for _, secret := range []string{n.Reveal(), c.Reveal(), password} {
		needles = append(needles, secret, hex.EncodeToString([]byte(secret)))
		for _, form := range []string{"%d", "% x", "%#v", "%#o", "%b"} { // as a slice of bytes
			needles = append(needles, strings.Trim(fmt.Sprintf(form, []byte(secret)), "[]byte{}"))
		}
	}
	leaks := func(how, out string) {
		t.Helper()
		for _, needle := range needles {
			if strings.Contains(strings.ToLower(out), strings.ToLower(needle)) {
				t.Errorf("%s shows %q: %s", how, needle, out)
			}
		}
	}
	var all carrier
	all.number, all.code, all.pin = n, c, pin
	all.Inner.Number, all.Inner.PIN = n, pin
	all.Inner.list = []mynumber.Secret{pin}
	all.Inner.table = map[string]mynumber.IndividualNumber{"n": n}

	for _, v := range []secretive{n, c, pin} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%o", "%b", "%c", "%U", "%t", "%p", "%5.2s", "%020d"} {
			out := fmt.Sprintf(verb, v)
			leaks("verb "+verb, out)
			if verb != "%p" && out != "************" { // %p asks no method and prints an address
				t.Errorf("%s of %T gives %q", verb, v, out)
			}
			leaks("pointer "+verb, fmt.Sprintf(verb, &v))
		}
		if v.String() != "************" || v.GoString() != "************" || v.LogValue().String() != "************" {
			t.Errorf("%T shows itself", v)
		}
		for how, marshal := range map[string]func() ([]byte, error){
			"JSON": v.MarshalJSON, "text": v.MarshalText, "binary": v.MarshalBinary,
			"json.Marshal": func() ([]byte, error) { return json.Marshal(map[string]any{"v": v}) },
			"xml.Marshal":  func() ([]byte, error) { return xml.Marshal(v) },
			"gob": func() ([]byte, error) {
				var b bytes.Buffer
				err := gob.NewEncoder(&b).Encode(v)
				return b.Bytes(), err
			},
		} {
			out, err := marshal()
			if !errors.Is(err, mynumber.ErrSecretMarshalled) {
				t.Errorf("%s of %T: %q, %v", how, v, out, err)
			}
			leaks(how, string(out))
		}
		var page bytes.Buffer
		if err := template.Must(template.New("").Parse("{{.}} <a title='{{.}}'>")).Execute(&page, v); err != nil {
			t.Error(err)
		}
		leaks("template", page.String())
	}

	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t", "%p", "%U", "%o", "%c", "%X", "%#x"} {
		leaks("struct "+verb, fmt.Sprintf(verb, all))
		leaks("struct pointer "+verb, fmt.Sprintf(verb, &all))
		leaks("slice "+verb, fmt.Sprintf(verb, []any{n, c, pin, all}))
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "n", n, "c", c, "p", pin, "all", all, "ptr", &all)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "n", n, "c", c, "p", pin, "all", all, "ptr", &all)
	leaks("slog", log.String())
	out, err := json.Marshal(all)
	if !errors.Is(err, mynumber.ErrSecretMarshalled) {
		t.Errorf("JSON of a struct: %q, %v", out, err)
	}
	leaks("JSON of a struct", string(out))
}

func TestR20_SecretEqualAndWipe(t *testing.T) {
	a, b := mynumber.NewSecret("4729"), mynumber.NewSecret("4729")
	other, longer := mynumber.NewSecret("4728"), mynumber.NewSecret("47290")
	var zero mynumber.Secret
	if !a.Equal(b) || a.Equal(other) || a.Equal(longer) || a.Equal(zero) || zero.Equal(a) {
		t.Error("Equal does not compare")
	}
	if zero.Equal(mynumber.NewSecret("")) || !mynumber.NewSecret("").IsZero() {
		t.Error("two empty secrets are equal")
	}
	copied := a
	a.Wipe()
	if copied.Reveal() != "" || !copied.IsZero() || !a.IsZero() || copied.Equal(b) || copied.Equal(a) {
		t.Error("Wipe left a copy")
	}
	if b.Reveal() != "4729" {
		t.Error("Wipe reached another secret")
	}
	zero.Wipe()
	a.Wipe()
}
