package conform

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	jose "github.com/go-jose/go-jose/v4"

	"kado/internal/platform/lang"
)

// Check is one thing looked for in the requests of the relying party, over all
// its logins.
type Check struct {
	Name    string    `json:"name"`
	Level   Level     `json:"level"`
	Verdict Verdict   `json:"verdict"`
	About   lang.Text `json:"about"`
	Why     lang.Text `json:"why"`
}

var (
	challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	verifierForm  = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)
	printable     = regexp.MustCompile(`^[\x20-\x7e]{1,255}$`)
)

// farExpiry is how long an assertion of a client may be good, in seconds, before
// it is remarked on.
const farExpiry = 600

// inspect looks through the requests of all logins.
func inspect(flows []*flow, keys jose.JSONWebKeySet, tokenURL, issuer string) []Check {
	var asked []*flow
	var states, nonces, challenges, jtis []string
	for _, f := range flows {
		states = append(states, f.ask.Get("state"))
		nonces = append(nonces, f.ask.Get("nonce"))
		challenges = append(challenges, f.ask.Get("code_challenge"))
		// A stolen code comes with the verifier of whoever brought it.
		if f.asked != nil && f.asked.Get("code") == f.code && !f.stolen {
			asked = append(asked, f)
		}
	}
	var list []Check
	add := func(name string, level Level, held bool, about, why lang.Text) {
		c := Check{Name: name, Level: level, Verdict: Pass, About: about, Why: why}
		if !held {
			c.Verdict = Fail
			if level == Should {
				c.Verdict = Warn
			}
		}
		list = append(list, c)
	}
	every := func(of []*flow, held func(*flow) bool) bool {
		return !slices.ContainsFunc(of, func(f *flow) bool { return !held(f) })
	}
	is := func(name, value string) func(*flow) bool {
		return func(f *flow) bool { return f.ask.Get(name) == value }
	}
	once := func(f *flow) bool {
		for _, v := range f.ask {
			if len(v) != 1 {
				return false
			}
		}
		return true
	}
	add("response-type", Must, every(flows, is("response_type", "code")), text("response_type は code です。", "response_type is code."),
		text("国のサービスは認可コードフローだけを受け付けます。", "The national service takes the authorization code flow only."))
	add("scope-openid", Must, every(flows, func(f *flow) bool { return slices.Contains(strings.Fields(f.ask.Get("scope")), "openid") }), text("scope に openid があります。", "scope has openid."),
		text("openid がないと、IDトークンは返りません。", "Without openid there is no ID token."))
	add("parameters-once", Must, every(flows, once), text("同じ名前の項目を二度送りません。", "No parameter comes twice."),
		text("二度送ると、受け取る側ごとに読み方が変わります（RFC 6749, 3.1）。", "Each reader may take another one of them (RFC 6749, 3.1)."))
	add("state-fresh", Must, every(flows, func(f *flow) bool { return printable.MatchString(f.ask.Get("state")) && len(f.ask.Get("state")) >= 16 }) && distinct(states),
		text("state は毎回違い、推測できない長さです。", "state is another each time, and long enough not to be guessed."), text("16文字以上の乱数を毎回作り、ブラウザのセッションに結び付けてください。", "Make at least 16 random characters for each login and tie them to the browser's session."))
	add("nonce-fresh", Must, every(flows, func(f *flow) bool { return printable.MatchString(f.ask.Get("nonce")) && len(f.ask.Get("nonce")) >= 16 }) && distinct(nonces),
		text("nonce は毎回違い、推測できない長さです。", "nonce is another each time, and long enough not to be guessed."), text("国のサービスでは nonce は必須です。16文字以上の乱数を毎回作ってください。", "The national service requires it. Make at least 16 random characters for each login."))
	add("pkce-s256", Must, every(flows, func(f *flow) bool {
		return f.ask.Get("code_challenge_method") == "S256" && challengeForm.MatchString(f.ask.Get("code_challenge"))
	}) && distinct(challenges), text("PKCE の S256 を使い、code_challenge は毎回違います。", "PKCE with S256, and another code_challenge each time."),
		text("code_challenge は SHA-256 の base64url で43文字です（= を付けない）。", "code_challenge is 43 characters: base64url of SHA-256, without =."))
	if len(asked) == 0 {
		return list
	}
	add("verifier", Must, every(asked, func(f *flow) bool {
		sum := sha256.Sum256([]byte(f.asked.Get("code_verifier")))
		return verifierForm.MatchString(f.asked.Get("code_verifier")) && base64.RawURLEncoding.EncodeToString(sum[:]) == f.ask.Get("code_challenge")
	}), text("code_verifier は code_challenge に合います。", "code_verifier answers code_challenge."), text("合わないと、国のサービスは invalid_grant と答えます。", "Otherwise the national service answers invalid_grant."))
	add("token-by-post", Must, every(asked, func(f *flow) bool { return !f.byGet }), text("トークンは POST で求めます。", "Tokens are asked for by POST."), text("GET では、コードがアドレスの記録に残ります。", "With GET the code stays in logs of addresses."))
	add("grant", Must, every(asked, func(f *flow) bool {
		return f.asked.Get("grant_type") == "authorization_code" && f.asked.Get("redirect_uri") == f.ask.Get("redirect_uri")
	}), text("grant_type と redirect_uri は決まりどおりです。", "grant_type and redirect_uri are as they have to be."), text("redirect_uri は、最初の要求と一字も違わず同じにします。", "redirect_uri is the same as in the first request, to the letter."))
	used := every(asked, func(f *flow) bool {
		return f.asked.Get("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" && f.asked.Get("client_assertion") != "" && !f.basic && f.asked.Get("client_secret") == ""
	})
	add("private-key-jwt", Must, used, text("署名した JWT（private_key_jwt）で名乗り、合言葉は使いません。", "It proves itself by a signed JWT (private_key_jwt), without any secret."),
		text("国のサービスは client_secret を受け付けません。", "The national service takes no client_secret."))
	if !used {
		return list
	}
	good, signed, near := true, true, true
	for _, f := range asked {
		a, ok := readAssertion(f.asked.Get("client_assertion"))
		id := f.ask.Get("client_id")
		if !ok || !slices.Contains([]string{"RS256", "ES256", "PS256"}, a.alg) || a.iss != id || a.sub != id || !slices.ContainsFunc(a.aud, func(s string) bool { return s == tokenURL || s == issuer }) || a.exp <= f.now.Unix()-60 {
			good = false
			continue
		}
		near = near && a.exp <= f.now.Unix()+farExpiry
		jtis = append(jtis, a.jti)
		for _, form := range f.refreshes {
			again, _ := readAssertion(form.Get("client_assertion")) // one that cannot be read has no jti
			jtis = append(jtis, again.jti)
		}
		if len(keys.Keys) > 0 && !a.verify(keys) {
			signed = false
		}
	}
	add("assertion", Must, good, text("JWT の alg、iss、sub、aud、exp は決まりどおりです。", "alg, iss, sub, aud and exp of the JWT are as they have to be."),
		text("alg は RS256 か ES256、iss と sub は client_id、aud はトークンの窓口のアドレスです。", "alg is RS256 or ES256, iss and sub are the client_id, aud is the address of the token endpoint."))
	add("assertion-once", Must, distinct(jtis) && !slices.Contains(jtis, ""), text("jti は毎回違います。", "jti is another each time."), text("同じ JWT は一度しか使えません。", "A JWT is good for one use."))
	add("assertion-short", Should, near, text("JWT の期限は10分以内です。", "The JWT is good for ten minutes at most."), text("長いと、記録から漏れたときに使われます。60秒ほどが普通です。", "A longer one is of use to whoever finds it in a log. About 60 seconds is usual."))
	if len(keys.Keys) > 0 {
		add("assertion-signature", Must, signed, text("JWT の署名は、届け出た鍵のものです。", "The JWT is signed by a registered key."), text("届け出た公開鍵と、署名に使った秘密鍵を確かめてください。", "Compare the registered public key with the private key that signs."))
	}
	add("userinfo-header", Must, every(asked, func(f *flow) bool { return !f.userinfo || f.bearer }), text("アクセストークンは Authorization で送ります。", "The access token travels in Authorization."),
		text("アドレスに書くと、記録に残ります。", "In an address it stays in logs."))
	return list
}

func distinct(list []string) bool {
	seen := map[string]bool{}
	for _, s := range list {
		if seen[s] {
			return false
		}
		seen[s] = true
	}
	return true
}

// assertion is what a client says of itself.
type assertion struct {
	raw                string
	alg, iss, sub, jti string
	aud                []string
	exp                int64
}

// maxAssertion is the longest assertion that is read, in octets.
const maxAssertion = 16 << 10

// readAssertion reads header and claims without believing them. aud may be a
// string or a list, exp a number or a string of digits.
func readAssertion(s string) (assertion, bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(s) > maxAssertion {
		return assertion{}, false
	}
	var h struct {
		Alg string `json:"alg"`
	}
	var c struct {
		Iss string          `json:"iss"`
		Sub string          `json:"sub"`
		Jti string          `json:"jti"`
		Aud json.RawMessage `json:"aud"`
		Exp json.RawMessage `json:"exp"`
	}
	for i, into := range []any{&h, &c} {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(b, into) != nil {
			return assertion{}, false
		}
	}
	a := assertion{raw: s, alg: h.Alg, iss: c.Iss, sub: c.Sub, jti: c.Jti}
	var one string
	if json.Unmarshal(c.Aud, &one) == nil {
		a.aud = []string{one}
	} else if json.Unmarshal(c.Aud, &a.aud) != nil {
		return assertion{}, false
	}
	var n float64
	if json.Unmarshal([]byte(strings.Trim(string(c.Exp), `"`)), &n) != nil || n < 0 || n > 1e12 {
		return assertion{}, false
	}
	a.exp = int64(n)
	return a, true
}

func (a assertion) verify(keys jose.JSONWebKeySet) bool {
	sig, err := jose.ParseSignedCompact(a.raw, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.PS256})
	if err != nil {
		return false
	}
	for _, k := range keys.Keys {
		if _, err := sig.Verify(k); err == nil {
			return true
		}
	}
	return false
}
