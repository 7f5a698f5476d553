package conform

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/lang"
)

// Options of a run.
type Options struct {
	// Base is where the relying party reaches the provider, such as
	// http://127.0.0.1:8090; the issuer is Base + /api/realms/main.
	Base string
	// Start is the relying party's address that begins a login.
	Start string
	// Probe is a page that differs for who is logged in; "" for the page on which
	// a login that went well ends.
	Probe string
	// Marker is a text that stands on Probe for who is logged in only. "" leaves
	// it to status and address of the page, and to the name and subject of the
	// provider's holder.
	Marker string
	// Keys are the relying party's public keys, with which its assertions are
	// checked; empty for not at all.
	Keys jose.JSONWebKeySet
	// Only leaves the cases of these names, and the first control.
	Only []string
	// Refresh is an address of the relying party that has new tokens fetched for who
	// is logged in, when a form is sent there; "" for none.
	Refresh string
	// Restart starts the relying party anew with another issuer; nil where that is
	// not possible. What it returns is closed when the relying party has ended, as it
	// does where it finds the provider's metadata wrong.
	Restart func(issuer string) (ended <-chan struct{}, err error)
	// Wait is how long to wait for the relying party to answer at all; 0 is not.
	Wait time.Duration
	// Slow is how long a slow answer takes; 0 for usualSlow. A relying party should
	// give up before.
	Slow time.Duration

	Clock     clock.Clock
	Entropy   entropy.Source
	Transport http.RoundTripper // nil is one of its own
	// Done is told of each result as it comes; nil for nobody.
	Done func(Result)
}

// How long a slow answer takes. The browser waits longer (askFor).
const (
	usualSlow   = 12 * time.Second
	longestSlow = askFor * 3 / 4
)

// Lab is a bad provider with a browser.
type Lab struct {
	o            Options
	start, probe *url.URL
	refresh      *url.URL // nil for none
	p            *provider
	transport    http.RoundTripper
	end          *look // of a login that went well
	asked        bool  // the relying party uses userinfo
	rotated      bool  // and noticed that the keys were replaced
}

// New makes a lab; its Handler has to be served at Base before Run. The errors
// are BadAddress and NoCase.
func New(o Options) (*Lab, error) {
	l := &Lab{o: o, transport: o.Transport}
	var err error
	if l.start, err = address(o.Start); err != nil {
		return nil, err
	}
	if o.Probe != "" {
		if l.probe, err = address(o.Probe); err != nil {
			return nil, err
		}
	}
	if o.Refresh != "" {
		if l.refresh, err = address(o.Refresh); err != nil {
			return nil, err
		}
	}
	if o.Slow <= 0 {
		o.Slow = usualSlow
	}
	if _, err := address(o.Base); err != nil {
		return nil, err
	}
	for _, name := range o.Only {
		if !slices.ContainsFunc(Cases(), func(c Case) bool { return c.Name == name }) {
			return nil, NoCase.New(short(name))
		}
	}
	keys, err := newKeyring()
	if err != nil {
		return nil, err
	}
	l.p = &provider{clock: o.Clock, entropy: o.Entropy, base: strings.TrimRight(o.Base, "/"), keys: keys, slow: min(o.Slow, longestSlow)}
	if l.transport == nil {
		// A server that says more than it was asked cannot confuse the next request.
		l.transport = &http.Transport{DisableKeepAlives: true}
	}
	return l, nil
}

// Issuer is what the relying party has to be configured with.
func (l *Lab) Issuer() string { return l.p.issuer() }

// Handler is the provider.
func (l *Lab) Handler() http.Handler { return l.p }

func address(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || len(s) > 2000 || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return nil, BadAddress.New(short(s))
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

func short(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}

// Run tries every case and returns the report. An error means that nothing can
// be said: NotReached, NotStarted, ControlFailed, CannotTell.
func (l *Lab) Run(ctx context.Context) (*Report, error) {
	if own, ok := l.transport.(*http.Transport); ok && l.o.Transport == nil {
		defer own.CloseIdleConnections()
	}
	if err := l.wait(ctx); err != nil {
		return nil, err
	}
	report := &Report{RP: l.o.Start, Issuer: l.Issuer()}
	for i, c := range Cases() {
		if i > 0 && len(l.o.Only) > 0 && !slices.Contains(l.o.Only, c.Name) {
			continue
		}
		res, err := l.try(ctx, c, i == 0)
		if err != nil {
			return nil, err
		}
		report.Results = append(report.Results, res)
		if l.o.Done != nil {
			l.o.Done(res)
		}
	}
	l.p.mu.Lock()
	report.Requests = inspect(l.p.flows, l.o.Keys, l.p.base+tokenPath, l.p.issuer())
	l.p.mu.Unlock()
	report.sum()
	return report, nil
}

// wait asks until the relying party answers anything.
func (l *Lab) wait(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, max(l.o.Wait, askFor))
	defer stop()
	left := int(l.o.Wait / waitStep)
	again := time.NewTicker(waitStep)
	defer again.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.start.String(), nil)
		if err != nil {
			return BadAddress.New(short(l.o.Start))
		}
		resp, err := l.transport.RoundTrip(req)
		if err == nil {
			return resp.Body.Close()
		}
		if left--; left < 0 {
			return NotReached.Because(err, short(l.o.Start))
		}
		select {
		case <-ctx.Done():
			return NotReached.Because(err, short(l.o.Start))
		case <-again.C:
		}
	}
}

const waitStep = 200 * time.Millisecond

// try plays one case.
func (l *Lab) try(ctx context.Context, c Case, first bool) (Result, error) {
	res := Result{Case: c.Name, Group: c.Group, Level: c.Level, Want: c.Want, About: c.About, Why: c.Why, Cure: c.Cure}
	if l.lacks(c.bend.needs) {
		res.Outcome, res.Verdict = NotApplicable, Skip
		if how, ok := howToTry[c.bend.needs]; ok {
			res.Notes = []lang.Text{how}
		}
		return res, nil
	}
	if c.bend.astray {
		gone, err := l.goAstray(ctx)
		if err != nil {
			return res, err
		}
		if gone {
			res.Outcome, res.Verdict = Refused, Pass
			res.Notes = []lang.Text{text("動きません。", "It does not run.")}
			return res, nil
		}
	}
	if c.bend.before != nil {
		l.p.mu.Lock()
		err := c.bend.before(l.p.keys)
		l.p.mu.Unlock()
		if err != nil {
			return res, err
		}
	}
	v := &visit{ctx: ctx, lab: l, b: newBrowser(l.transport)}
	err := v.begin(c.bend)
	if err == nil {
		v.before = v.b.twin(v.probing())
		v.who = v.b
		if c.bend.play != nil {
			err = c.bend.play(v)
		} else {
			err = v.goOn(v.b)
		}
	}
	if first {
		switch {
		case ctx.Err() != nil:
			return res, ctx.Err()
		case err != nil && errors.Is(err, errNotStarted):
			return res, NotStarted.New(short(l.o.Start), l.Issuer())
		case err != nil:
			return res, NotReached.Because(err, short(l.o.Start))
		}
		if err := l.learn(v); err != nil {
			return res, err
		}
	}
	if c.bend.astray && err != nil && ctx.Err() == nil {
		// It sends nobody to the provider, or ended once it had read the metadata.
		res.Outcome, res.Verdict = Refused, Pass
		return res, nil
	}
	in := false
	if err == nil {
		in, err = v.loggedIn(v.who)
	}
	if ctx.Err() != nil {
		return res, ctx.Err()
	}
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	if c.bend.needs == needsRefresh && err == nil && len(v.f.refreshes) == 0 {
		res.Outcome, res.Verdict = NotApplicable, Skip
		return res, nil
	}
	l.grade(&res, c, v, in, err)
	switch {
	case first && v.f != nil:
		l.p.earlier, l.asked = v.f, v.f.userinfo
	case c.Name == keyRotated && in:
		l.rotated = true
	case c.bend.before != nil && !in:
		l.p.keys.back()
	}
	return res, nil
}

// howToTry says how a case that was left out can be tried.
var howToTry = map[string]lang.Text{
	needsRefresh: text("トークンを取り直すアドレスを --refresh に指定すると調べます。", "Name with --refresh the address that has new tokens fetched, to have it tried."),
	needsRestart: text("サイトを起動するコマンドを -- の後ろに指定すると調べます。", "Give the command that starts the relying party behind --, to have it tried."),
}

// lacks reports whether a case cannot be tried.
func (l *Lab) lacks(need string) bool {
	switch need {
	case needsUserinfo:
		return !l.asked
	case needsRotation:
		return !l.rotated
	case needsRefresh:
		return l.refresh == nil
	case needsRestart:
		return l.o.Restart == nil
	}
	return false
}

// goAstray starts the relying party under the issuer whose metadata is another's, and
// reports whether it ended by itself.
func (l *Lab) goAstray(ctx context.Context) (gone bool, err error) {
	ended, err := l.o.Restart(l.p.astrayIssuer())
	if err != nil {
		return false, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	up := make(chan error, 1)
	go func() { up <- l.wait(ctx) }()
	select {
	case <-ended:
		stop()
		<-up
		return true, nil
	case err := <-up:
		if NotReached.Is(err) { // it may run on without serving anybody
			return true, nil
		}
		return false, err
	}
}

// learn remembers what a login that went well looks like, and makes sure that
// somebody who is not logged in sees something else.
func (l *Lab) learn(v *visit) error {
	if l.probe == nil {
		if v.end.url == nil || v.end.status >= 400 {
			return ControlFailed.New(v.end.status)
		}
		at := *v.end.url
		at.RawQuery, at.Fragment = "", ""
		l.probe = &at
	}
	with, err := v.look(v.b)
	if err != nil {
		return NotReached.Because(err, short(l.probe.String()))
	}
	without, err := v.look(newBrowser(l.transport))
	if err != nil {
		return NotReached.Because(err, short(l.probe.String()))
	}
	switch {
	case with.provider || with.status >= 400:
		return ControlFailed.New(with.status)
	case l.o.Marker != "" && (!with.shows || without.shows), with.same(without):
		l.p.mu.Lock()
		spent := v.f.asked != nil
		l.p.mu.Unlock()
		if !spent {
			return ControlFailed.New(with.status)
		}
		return CannotTell.New(short(l.probe.String()))
	}
	l.end = &with
	return nil
}

// grade fills in what came of a case; the caller holds the provider's lock.
func (l *Lab) grade(res *Result, c Case, v *visit, in bool, err error) {
	res.Status = v.end.status
	var notes []lang.Text
	bad, unseen := false, false
	switch {
	case errors.Is(err, errHonestRefused):
		res.Outcome, bad = Refused, true
		notes = append(notes, text("正しいログインが断られたため、その先を調べられません。", "A login in order was refused, so that what follows cannot be tried."))
	case err != nil:
		res.Outcome, bad = NoAnswer, true
		// Whether it refused cannot be known, so that what the case warns of is beside the point.
		res.Why = text("応答がないので、断ったのかどうか分かりません。扱われない例外で接続が切れたか、止まったか、転送を繰り返しています。",
			"There is no answer, so that nobody knows whether it refused: the connection was cut by an error that nothing handles, it stopped, or it redirects in a circle.")
		res.Cure = text("断るときも、状態コードが 4xx の画面を返してください。", "Refuse with a page, and a status of 4xx.")
	case in && c.bend.canary != "":
		res.Outcome, bad = LoggedIn, v.seen.other
		switch {
		case bad:
			notes = append(notes, text("別の人の名前を表示しています。", "The other person's name is shown."))
		case l.end.name:
			notes = append(notes, text("別の人の属性は捨てています。", "The other person's attributes were dropped."))
		default:
			unseen = true
			notes = append(notes, text("ログインはできました。別の人の属性を捨てたかどうかは、このページからは分かりません。", "It logged in; whether the other person's attributes were dropped cannot be seen on this page."))
		}
	case in:
		res.Outcome, bad = LoggedIn, c.Want != LoggedIn
	default:
		res.Outcome, bad = Refused, c.Want != Refused
	}
	if c.bend.unspent && v.f != nil && v.f.asked != nil {
		bad = true
		notes = append(notes, text("断る前に、コードをトークンの窓口へ送っています。", "The code was sent to the token endpoint before anything was refused."))
	}
	if v.f != nil && v.f.followed {
		bad = true
		notes = append(notes, text("転送先のアドレスへ、コードやトークンを送っています。", "It sent code or token on to the address of the redirect."))
	}
	if v.f != nil && v.f.planted {
		bad = true
		notes = append(notes, text("トークンが指すアドレスへ鍵を取りに行っています。", "It fetched the address that the token names."))
	}
	if strings.Contains(v.end.body, markup) && !strings.Contains(v.end.header.Get("Content-Type"), "text/plain") {
		bad = true
		notes = append(notes, text("error_description をそのまま画面に出しています。", "error_description stands on the page as it came."))
	}
	if strings.Contains(v.end.body, `"`+scriptAddress) || strings.Contains(v.end.body, `'`+scriptAddress) {
		bad = true
		notes = append(notes, text("error_uri のスクリプトがリンクになっています。", "The script in error_uri became a link."))
	}
	if res.Outcome == Refused && !bad && v.end.status >= 500 {
		notes = append(notes, text("断り方が 5xx です。理由とやり直し方を書いた画面が望まれます。", "It refuses with a 5xx; a page that says why and how to start again would be better."))
	}
	res.Notes = notes
	switch {
	case c.Level == May, unseen:
		res.Verdict = Note
	case !bad:
		res.Verdict = Pass
	case c.Level == Should:
		res.Verdict = Warn
	default:
		res.Verdict = Fail
	}
}
