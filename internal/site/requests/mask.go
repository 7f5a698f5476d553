package requests

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shown lists the parameters whose values are shown. Every other value could be
// of use to somebody else, or is of a name that nobody foresaw: its length is
// all that is kept.
var shown = map[string]bool{
	"response_type": true, "response_mode": true, "scope": true, "client_id": true, "redirect_uri": true, "code_challenge_method": true,
	"acr_values": true, "prompt": true, "max_age": true, "display": true, "ui_locales": true, "grant_type": true, "client_assertion_type": true,
	"error": true, "error_description": true, "iss": true,
}

const (
	maxFields = 40
	maxShown  = 200 // characters
)

// fields are parameters as they may be kept, by name.
func fields(v url.Values) []Field {
	var out []Field
	for name, values := range v {
		for _, value := range values {
			f := Field{Name: nameOf(name)}
			if shown[name] {
				if f.Value = clip(value); name == "redirect_uri" {
					f.Value = withoutExtras(value)
				}
			} else {
				f.Masked, f.Length = true, utf8.RuneCountInString(value)
			}
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return out[:min(len(out), maxFields)]
}

// paramName is what a name that nobody foresaw may look like: shorter than codes and
// tokens, which are sent in its place where a body is no form or an "=" is missing.
var paramName = regexp.MustCompile(`^[A-Za-z][0-9A-Za-z_.-]{0,39}$`)

// nameOf is a name as it may be kept.
func nameOf(name string) string {
	if !paramName.MatchString(name) {
		return "?"
	}
	return name
}

// withoutExtras is a redirect URI without what may hold secrets: user, query and
// fragment.
func withoutExtras(uri string) string {
	uri, _, _ = strings.Cut(uri, "?")
	uri, _, _ = strings.Cut(uri, "#")
	if scheme, rest, ok := strings.Cut(uri, "//"); ok {
		host, path, slash := strings.Cut(rest, "/")
		if at := strings.LastIndex(host, "@"); at >= 0 {
			host = "…" + host[at:]
		}
		if uri = scheme + "//" + host; slash {
			uri += "/" + path
		}
	}
	return clip(uri)
}

// scheme is the first word of an Authorization header, where it is one: a token that
// stands there alone is not shown.
func scheme(authorization string) string {
	word, _, more := strings.Cut(authorization, " ")
	if !more || !paramName.MatchString(word) {
		return "?"
	}
	return word
}

// clip makes a text of a relying party safe to keep and show: short, on one line,
// and without characters that nobody sees or that turn the order of others.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) && r != '\u3000' || r == utf8.RuneError {
			return '.'
		}
		return r
	}, s)
	if r := []rune(s); len(r) > maxShown {
		s = string(r[:maxShown]) + "…"
	}
	return s
}

// assertion is what an assertion says about itself; it is not believed, and its
// signature is not kept.
type assertion struct {
	Alg, Kid         string
	Issuer, Subject  string
	Audience         []string
	Lifetime         string // exp minus iat, in seconds; "" where one is missing
	HasIssued, HasID bool
	Expires          float64
}

const maxAssertion = 16 << 10

func readAssertion(s string) (assertion, bool) {
	var a assertion
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(s) > maxAssertion {
		return a, false
	}
	var head struct {
		Alg string `json:"alg"`
		Kid string `json:"kid"`
	}
	var claims struct {
		Iss string          `json:"iss"`
		Sub string          `json:"sub"`
		Jti string          `json:"jti"`
		Aud json.RawMessage `json:"aud"`
		Exp json.RawMessage `json:"exp"`
		Iat json.RawMessage `json:"iat"`
	}
	for i, into := range []any{&head, &claims} {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(b, into) != nil {
			return a, false
		}
	}
	a = assertion{Alg: head.Alg, Kid: head.Kid, Issuer: claims.Iss, Subject: claims.Sub, HasID: claims.Jti != ""}
	var one string
	if json.Unmarshal(claims.Aud, &one) == nil {
		a.Audience = []string{one}
	} else if json.Unmarshal(claims.Aud, &a.Audience) != nil {
		a.Audience = nil
	}
	exp, okExp := instant(claims.Exp)
	iat, okIat := instant(claims.Iat)
	a.HasIssued, a.Expires = okIat, exp
	if okExp && okIat {
		a.Lifetime = strconv.FormatFloat(exp-iat, 'f', 0, 64)
	}
	return a, true
}

func instant(raw json.RawMessage) (float64, bool) {
	n, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	return n, err == nil && n > -1e12 && n < 1e12
}

func (a assertion) fields() []Field {
	out := []Field{{Name: "client_assertion · alg", Value: clip(a.Alg)}, {Name: "client_assertion · iss", Value: clip(a.Issuer)}, {Name: "client_assertion · sub", Value: clip(a.Subject)},
		{Name: "client_assertion · aud", Value: clip(strings.Join(a.Audience, " "))}}
	if a.Kid != "" {
		out = append(out, Field{Name: "client_assertion · kid", Value: clip(a.Kid)})
	}
	if a.Lifetime != "" {
		out = append(out, Field{Name: "client_assertion · exp − iat", Value: a.Lifetime + " s"})
	}
	return out
}

// partyOf reads, without believing it, for whom an access token was made.
func partyOf(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > maxAssertion {
		return ""
	}
	var c struct {
		Azp string `json:"azp"`
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(b, &c) != nil {
		return ""
	}
	return c.Azp
}
