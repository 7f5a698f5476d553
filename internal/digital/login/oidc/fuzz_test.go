package oidc

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A request is read without a panic, and one that is accepted keeps to the table.
func FuzzReadRest(f *testing.F) {
	const good = "response_type=code&client_id=RP1&redirect_uri=http%3A%2F%2Flocalhost%2Fcb&scope=openid+name&state=a%3Bb&nonce=n&code_challenge=abc&code_challenge_method=S256&acr_values=aal3+crl"
	for _, s := range []string{good, good + "&state=b", strings.Replace(good, "S256", "plain", 1), good + "&request=x", good + "&prompt=none", good + "&scope=openid",
		"%", "a;b", good + "&login_hint=%E3%81%82", good + "&response_mode=form_post", ""} {
		f.Add(s)
	}
	p := &Provider{}
	f.Fuzz(func(t *testing.T, query string) {
		v, err := url.ParseQuery(query)
		if err != nil || v.Get("sign_transaction_id") != "" {
			return
		}
		var r request
		if p.readRest(context.Background(), &r, &client{}, v) != nil {
			return
		}
		if len(r.State) < 1 || len(r.State) > 255 || len(r.Nonce) < 1 || len(r.Nonce) > 255 || len(r.CodeChallenge) < 1 || len(r.CodeChallenge) > 128 ||
			!printable(r.State) || !printable(r.Nonce) || v.Get("code_challenge_method") != "S256" || v.Get("response_type") != "code" || r.Scopes[0] == "" || r.signs() {
			t.Errorf("%q was accepted as %+v", query, r)
		}
	})
}

// An assertion is read without a panic; only the two algorithms are read at all.
func FuzzParseAssertion(f *testing.F) {
	for _, s := range []string{"", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA", "eyJhbGciOiJSUzI1NiIsImNyaXQiOlsieCJdfQ.e30.AAAA",
		"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhIiwic3ViIjoiYSIsImF1ZCI6WyJ4Il0sImV4cCI6IjEyMyIsImlhdCI6MX0.AAAA", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := parseAssertion(raw)
		if err != nil {
			return
		}
		if alg := a.jws.Signatures[0].Protected.Algorithm; alg != "ES256" && alg != "RS256" {
			t.Errorf("%s was read", alg)
		}
		for _, strict := range []bool{false, true} {
			instant(a.claims.Expires, strict)
		}
	})
}

// exp is read from numbers, and from digits in lenient mode alone.
func FuzzInstant(f *testing.F) {
	for _, s := range []string{"1", "1.5", `"1"`, `"-1"`, "-1", "1e3", "null", "[]", `""`, "99999999999999999999", `"0x1"`, "NaN", "Inf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		lenient, ok := instant([]byte(raw), false)
		strict, also := instant([]byte(raw), true)
		if also && (!ok || !strict.Equal(lenient)) {
			t.Errorf("%q: strict mode accepts more", raw)
		}
		if ok && (lenient.Before(time.Unix(0, 0)) || lenient.After(time.Unix(1e11, 0))) {
			t.Errorf("%q: %v", raw, lenient)
		}
	})
}

// A signing request is read without a panic and gives 32 bytes.
func FuzzParseSignRequest(f *testing.F) {
	for _, s := range []string{`{"digest":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}`, `{"digest":"MDEwDQYJYIZIAWUDBAIBBQAEIOOwxEKY/BwUmvv0yJlvuSQnrkHkZJuTTKSVmRt4UrhV"}`,
		`{}`, `null`, `{"digest":null}`, `{"digest":"x","digest":"y"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if d, _, err := parseSignRequest(raw); err == nil && len(d) != 32 {
			t.Errorf("%q gave %d bytes", raw, len(d))
		}
	})
}

// A clients file is read without a panic, and whatever it holds is in order.
func FuzzReadClients(f *testing.F) {
	f.Add(`[{"client_id":"a","name":"b","redirect_uris":["http://localhost:1/"],"jwks":{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}}]`)
	f.Add(`[]`)
	f.Add(`[null]`)
	f.Fuzz(func(t *testing.T, s string) {
		all, err := ReadClients(strings.NewReader(s))
		if err != nil {
			return
		}
		for _, c := range all {
			if sector, err := c.check(); err != nil || sector == "" || len(c.JWKS.Keys) == 0 {
				t.Errorf("%+v: %v", c, err)
			}
		}
	})
}

// A request_uri has one spelling: whatever is read is written the same again.
func FuzzPushedSecret(f *testing.F) {
	good := pushedPrefix + strings.Repeat("aZ0-_", 9)[:43]
	for _, s := range []string{good, "", pushedPrefix, good + "A", good[:len(good)-1], strings.ToUpper(good), good + "\n", " " + good, pushedPrefix + strings.Repeat("あ", 43), "https://evil.example/" + good} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		secret, ok := pushedSecret(uri)
		if ok && (pushedPrefix+secret != uri || len(secret) != 43 || strings.ContainsAny(secret, "+/= .%")) {
			t.Errorf("%q was read as %q", uri, secret)
		}
	})
}
