package conform_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kado/internal/conform"
	"kado/internal/platform/lang"
	"kado/internal/platform/web/webtest"
)

// careless is a relying party of the kind that is written in an afternoon: it
// reads the ID token without verifying anything, keeps one session id from the
// first visit on, and shows what it is told.
type careless struct {
	issuer string
	base   string
	in     map[string]string
	// refuses turns it into one that lets nobody in.
	refuses bool
	// button makes the login begin with a click.
	button bool
	// blank shows the same page to everybody.
	blank bool
	// attributes makes it ask for userinfo and show the name, whosever it is.
	attributes bool
	// falls makes it end the connection where it should refuse.
	falls bool
	// anything makes it let everybody in who comes back, with or without an error, and
	// whatever the token endpoint says.
	anything bool
	tokens   map[string]string // refresh tokens by session
}

// remember takes whatever tokens say, and whatever userinfo says on top.
func (c *careless) remember(session string, answer io.Reader) bool {
	var tokens struct {
		ID      string `json:"id_token"`
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	var claims struct{ Sub, Name string }
	if json.NewDecoder(answer).Decode(&tokens) == nil {
		if parts := strings.Split(tokens.ID, "."); len(parts) == 3 {
			if b, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
				_ = json.Unmarshal(b, &claims) // nothing is checked here
			}
		}
	}
	if c.anything && claims.Sub == "" {
		claims.Sub = "somebody"
	}
	if claims.Sub == "" || c.refuses {
		return false
	}
	if c.attributes {
		resp, err := http.Get(c.issuer + "/protocol/openid-connect/userinfo?access_token=" + tokens.Access)
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		_ = json.NewDecoder(resp.Body).Decode(&claims) // whoever it is
	}
	c.in[session], c.tokens[session] = claims.Sub+claims.Name, tokens.Refresh
	return true
}

func (c *careless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	session, err := r.Cookie("sid")
	if err != nil {
		session = &http.Cookie{Name: "sid", Value: rand.Text(), Path: "/"}
		http.SetCookie(w, session)
	}
	_ = r.ParseForm() // wherever it comes from
	q := r.Form
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	switch r.URL.Path {
	case "/login":
		if c.button {
			fmt.Fprint(w, `<a href="/go">login</a>`)
			return
		}
		http.Redirect(w, r, c.issuer+"/protocol/openid-connect/auth?"+url.Values{"response_type": {"code"}, "client_id": {"planted"}, "scope": {"openid"},
			"redirect_uri": {c.base + "/callback"}, "state": {"state"}, "nonce": {"nonce"}}.Encode(), http.StatusFound)
	case "/callback":
		if q.Get("error") != "" && c.falls {
			panic(http.ErrAbortHandler)
		}
		if q.Get("error") != "" && !c.anything {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `%s %s <a href="%s">more</a>`, q.Get("error"), q.Get("error_description"), q.Get("error_uri"))
			return
		}
		resp, err := client.PostForm(c.issuer+"/protocol/openid-connect/token", url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "client_secret": {"x"}})
		if err != nil {
			http.Error(w, "token", 500)
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || !c.remember(session.Value, bytes.NewReader(body)) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(500)
			var why struct {
				Text string `json:"error_description"`
			}
			_ = json.Unmarshal(body, &why)
			fmt.Fprint(w, "no ", why.Text)
			return
		}
		http.Redirect(w, r, "/", http.StatusFound)
	case "/refresh":
		resp, err := client.PostForm(c.issuer+"/protocol/openid-connect/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {c.tokens[session.Value]}, "client_secret": {"x"}})
		if err != nil {
			http.Error(w, "token", 500)
			return
		}
		defer resp.Body.Close()
		c.remember(session.Value, resp.Body)
		http.Redirect(w, r, "/", http.StatusSeeOther)
	default:
		if c.in[session.Value] == "" && !c.blank {
			http.Error(w, "who are you", http.StatusForbidden)
			return
		}
		fmt.Fprint(w, "welcome")
		if c.attributes {
			fmt.Fprint(w, " "+c.in[session.Value])
		}
	}
}

func plant(t *testing.T, c *careless, o conform.Options) *conform.Lab {
	t.Helper()
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	o.Start, o.Refresh, o.Slow = srv.URL+"/login", srv.URL+"/refresh", 100*time.Millisecond
	o.Restart = func(issuer string) (<-chan struct{}, error) {
		// It reads the metadata and never looks at whose they are.
		resp, err := http.Get(issuer + "/.well-known/openid-configuration")
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		var meta struct{ Issuer string }
		err = json.NewDecoder(resp.Body).Decode(&meta)
		c.issuer = meta.Issuer
		return nil, err
	}
	l := lab(t, o)
	c.issuer, c.base, c.in, c.tokens = l.Issuer(), srv.URL, map[string]string{}, map[string]string{}
	return l
}

// Every hole of a planted relying party is found, and it is found that it is
// one: the controls go well.
func TestPlantedRelyingPartyFails(t *testing.T) {
	r := run(t, plant(t, &careless{}, conform.Options{}))
	if r.Passed || r.Counts[conform.Fail] < 30 {
		t.Errorf("%v", r.Counts)
	}
	verdicts := map[string]conform.Verdict{}
	for _, one := range r.Results {
		verdicts[one.Case] = one.Verdict
	}
	for _, one := range r.Requests {
		verdicts[one.Name] = one.Verdict
	}
	for name, want := range map[string]conform.Verdict{
		"control": conform.Pass, "control-key-rotated": conform.Pass, "control-at-the-end": conform.Pass,
		"state-missing": conform.Fail, "state-of-another-browser": conform.Fail, "response-replayed": conform.Fail, "mix-up": conform.Fail, "iss-missing": conform.Warn,
		"error-with-markup": conform.Fail, "token-endpoint-down": conform.Warn, "access-token-as-id-token": conform.Fail,
		"audience-other": conform.Fail, "nonce-other": conform.Fail, "id-token-replayed": conform.Fail, "expired": conform.Fail, "issuer-other": conform.Fail,
		"at-hash-other": conform.Warn, "unsigned": conform.Fail, "hmac-with-public-pem": conform.Fail, "key-unknown": conform.Fail, "key-withdrawn": conform.Warn,
		"claims-changed": conform.Fail, "signature-zero": conform.Fail, "session-fixed": conform.Fail, "cookie-readable": conform.Warn,
		// What it happens to do right, or never does.
		"cancelled": conform.Pass, "code-missing": conform.Fail, "id-token-missing": conform.Pass, "id-token-garbage": conform.Pass, "subject-missing": conform.Pass,
		"code-replayed": conform.Pass, "userinfo-other-subject": conform.Skip,
		"error-code-with-markup": conform.Fail, "error-uri-with-script": conform.Fail, "token-error-with-markup": conform.Fail, "parameter-twice": conform.Warn,
		"response-in-fragment": conform.Fail, "response-by-form": conform.Warn, "code-of-another-session": conform.Fail, "token-type-other": conform.Warn,
		"authorized-party-alone": conform.Warn, "issued-tomorrow": conform.Warn, "critical-unknown": conform.Warn, "keys-of-one-name": conform.Note,
		"control-keys-of-one-name": conform.Pass, "control-refresh": conform.Pass, "token-answer-huge": conform.Warn, "token-answer-slow": conform.Warn,
		"token-endpoint-redirect": conform.Warn, "discovery-other-issuer": conform.Fail,
		"state-fresh": conform.Fail, "nonce-fresh": conform.Fail, "pkce-s256": conform.Fail, "private-key-jwt": conform.Fail, "response-type": conform.Pass,
	} {
		if verdicts[name] != want {
			t.Errorf("%s: %q instead of %s", name, verdicts[name], want)
		}
	}
	var text strings.Builder
	if err := r.WriteText(&text, lang.JA); err != nil || !strings.Contains(text.String(), "不合格  unsigned: ログインできた") {
		t.Errorf("%v\n%s", err, text.String())
	}
}

// Attributes of another person are seen where they are shown, and a token in an
// address is told of.
func TestAttributesOfAnotherPerson(t *testing.T) {
	r := run(t, plant(t, &careless{attributes: true}, conform.Options{Only: []string{"userinfo-other-subject", "userinfo-without-subject"}}))
	for _, one := range r.Results[1:] {
		if one.Verdict != conform.Fail || one.Outcome != conform.LoggedIn || len(one.Notes) != 1 {
			t.Errorf("%+v", one)
		}
	}
	if len(r.Results) != 3 || r.Passed {
		t.Errorf("%d results, %v", len(r.Results), r.Counts)
	}
	for _, one := range r.Requests {
		if one.Name == "private-key-jwt" && one.Verdict != conform.Fail {
			t.Error("a client secret is taken for a signed assertion")
		}
	}
}

// Every attack succeeds against some careless relying party: no case passes whatever
// happens.
func TestEachAttackCanSucceed(t *testing.T) {
	succeeded := map[string]bool{}
	for _, c := range []*careless{{}, {attributes: true}, {anything: true}} {
		for _, one := range run(t, plant(t, c, conform.Options{})).Results {
			if one.Verdict == conform.Fail || one.Verdict == conform.Warn || one.Level == conform.May && one.Outcome == conform.LoggedIn {
				succeeded[one.Case] = true
			}
		}
	}
	for _, c := range conform.Cases() {
		if c.Want == conform.Refused && !succeeded[c.Name] && c.Name != "userinfo-refused" {
			t.Errorf("nobody falls for %s", c.Name)
		}
		if c.Want == conform.LoggedIn && succeeded[c.Name] {
			t.Errorf("%s lets a relying party fail that lets everybody in", c.Name)
		}
	}
}

// What is told of a relying party that falls: cause and cure.
func TestReportSaysCauseAndCure(t *testing.T) {
	r := run(t, plant(t, &careless{}, conform.Options{Only: []string{"token-endpoint-redirect", "error-uri-with-script"}}))
	for l, want := range map[lang.Lang][]string{
		lang.JA: {"転送先のアドレスへ、コードやトークンを送っています", "直し方：トークンと userinfo の要求では", "error_uri のスクリプトがリンクになっています"},
		lang.EN: {"It sent code or token on", "Cure: Configure token and userinfo requests not to follow", "The script in error_uri became a link"},
	} {
		var text strings.Builder
		if err := r.WriteText(&text, l); err != nil {
			t.Fatal(err)
		}
		for _, s := range want {
			if !strings.Contains(text.String(), s) {
				t.Errorf("no %q in\n%s", s, text.String())
			}
		}
	}
}

// A relying party that falls where it should refuse learns that, and not what it
// would have been for an attacker.
func TestNoAnswerSaysSo(t *testing.T) {
	r := run(t, plant(t, &careless{falls: true}, conform.Options{Only: []string{"cancelled"}}))
	one := r.Results[len(r.Results)-1]
	if one.Case != "cancelled" || one.Outcome != conform.NoAnswer || one.Verdict != conform.Fail || !strings.Contains(one.Why.EN, "nobody knows whether it refused") || !strings.Contains(one.Cure.EN, "4xx") {
		t.Errorf("%+v", one)
	}
}

// A case that lacks what it needs says how it can be tried.
func TestWhatIsLeftOutSaysWhy(t *testing.T) {
	srv := httptest.NewServer(nil)
	defer srv.Close()
	c := &careless{}
	srv.Config.Handler = c
	l := lab(t, conform.Options{Start: srv.URL + "/login", Only: []string{"control-refresh", "refresh-other-subject", "discovery-other-issuer"}})
	c.issuer, c.base, c.in, c.tokens = l.Issuer(), srv.URL, map[string]string{}, map[string]string{}
	for _, one := range run(t, l).Results[1:] {
		if one.Verdict != conform.Skip || len(one.Notes) != 1 || !strings.Contains(one.Notes[0].EN, "--") {
			t.Errorf("%+v", one)
		}
	}
}

// Refusing everybody is no way to pass.
func TestRefusingEverybodyIsNoPass(t *testing.T) {
	_, err := plant(t, &careless{refuses: true}, conform.Options{}).Run(context.Background())
	if !conform.ControlFailed.Is(err) {
		t.Errorf("%v", err)
	}
}

// A run that can say nothing says so.
func TestRunsThatCannotTell(t *testing.T) {
	_, err := plant(t, &careless{button: true}, conform.Options{}).Run(context.Background())
	if !conform.NotStarted.Is(err) {
		t.Errorf("a button: %v", err)
	}
	_, err = plant(t, &careless{blank: true}, conform.Options{}).Run(context.Background())
	if !conform.CannotTell.Is(err) {
		t.Errorf("the same page for everybody: %v", err)
	}
	_, err = plant(t, &careless{}, conform.Options{Marker: "not there"}).Run(context.Background())
	if !conform.CannotTell.Is(err) {
		t.Errorf("a marker that never shows: %v", err)
	}
	l := lab(t, conform.Options{Start: "http://" + webtest.Address(t) + "/login"})
	if _, err = l.Run(context.Background()); !conform.NotReached.Is(err) {
		t.Errorf("nobody there: %v", err)
	}
	for _, bad := range []string{"", "localhost:9000", "ftp://x/", "http://u:p@x/", "http://"} {
		if _, err := conform.New(conform.Options{Base: "http://127.0.0.1:1", Start: bad}); !conform.BadAddress.Is(err) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := conform.New(conform.Options{Base: "http://127.0.0.1:1", Start: "http://x/", Only: []string{"none"}}); !conform.NoCase.Is(err) {
		t.Errorf("%v", err)
	}
}

// The marker decides alone where it is given; single cases can be asked for.
func TestMarkerAndSingleCases(t *testing.T) {
	r := run(t, plant(t, &careless{}, conform.Options{Marker: "welcome", Only: []string{"unsigned", "subject-missing"}}))
	var names []string
	for _, one := range r.Results {
		names = append(names, one.Case+" "+string(one.Outcome))
	}
	if want := []string{"control logged_in", "subject-missing refused", "unsigned logged_in"}; !slices.Equal(names, want) {
		t.Errorf("%v", names)
	}
}

// The table of cases is complete: names of their own, texts in both languages,
// nothing accepted that is not a control.
func TestCasesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range conform.Cases() {
		if c.Name == "" || seen[c.Name] || c.About.JA == "" || c.About.EN == "" || c.Why.JA == "" || c.Why.EN == "" || c.Group == "" || c.Level == "" {
			t.Errorf("%+v", c)
		}
		seen[c.Name] = true
		if c.Group != "control" && (c.Cure.JA == "" || c.Cure.EN == "") {
			t.Errorf("%s has no cure", c.Name)
		}
		if (c.Want == conform.LoggedIn) != (c.Group == "control") {
			t.Errorf("%s wants %s in group %s", c.Name, c.Want, c.Group)
		}
	}
	if len(seen) < 75 {
		t.Errorf("%d cases", len(seen))
	}
}
