package conform

import (
	"encoding/base64"
	"testing"
)

func FuzzAssertion(f *testing.F) {
	e := base64.RawURLEncoding.EncodeToString
	for _, s := range []string{"", "..", "a.b.c", e([]byte(`{"alg":"ES256"}`)) + "." + e([]byte(`{"iss":"a","sub":"a","aud":["x","y"],"exp":"99","jti":"j"}`)) + ".x",
		e([]byte(`{"alg":"none"}`)) + "." + e([]byte(`{"aud":1,"exp":1e999}`)) + "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, ok := readAssertion(s)
		if ok && (len(s) > maxAssertion || a.exp < 0 || a.exp > 1e12) {
			t.Fatalf("%+v", a)
		}
		if ok {
			a.verify(keysOfTests(t).published())
		}
	})
}

// Digits in a string and a list of one are read, as clients of the national
// service are known to send them.
func TestAssertionsOfKnownClients(t *testing.T) {
	e := base64.RawURLEncoding.EncodeToString
	a, ok := readAssertion(e([]byte(`{"alg":"RS256"}`)) + "." + e([]byte(`{"iss":"rp","sub":"rp","aud":["t"],"exp":"1795434105","jti":"1"}`)) + ".c2ln")
	if !ok || a.alg != "RS256" || a.exp != 1795434105 || len(a.aud) != 1 || a.aud[0] != "t" || a.jti != "1" {
		t.Errorf("%v %+v", ok, a)
	}
	for _, bad := range []string{`{"aud":1,"exp":1}`, `{"aud":"x","exp":"x"}`, `{"aud":"x"}`, `{"aud":"x","exp":-1}`, `[]`} {
		if _, ok := readAssertion(e([]byte(`{"alg":"RS256"}`)) + "." + e([]byte(bad)) + ".c2ln"); ok {
			t.Errorf("%s is read", bad)
		}
	}
}

var shared *keyring

// keysOfTests is one keyring for all runs of a fuzz target.
func keysOfTests(t *testing.T) *keyring {
	if shared == nil {
		k, err := newKeyring()
		if err != nil {
			t.Fatal(err)
		}
		shared = k
	}
	return shared
}

// Every cure is of a case that is there.
func TestCuresNameCases(t *testing.T) {
	names := map[string]bool{}
	for _, c := range Cases() {
		names[c.Name] = true
	}
	for name := range cures {
		if !names[name] {
			t.Errorf("no case is named %s", name)
		}
	}
}
