package conform

import (
	"context"
	"errors"
	"net/url"
)

// visit is one login as the browser sees it.
type visit struct {
	ctx      context.Context
	lab      *Lab
	b        *browser // the holder's
	before   *browser // another one, with the holder's cookies from before the answer
	callback *url.URL // where the provider sends the browser
	f        *flow
	who      *browser // the one that should not be logged in, or should
	end      page
	seen     look // the page that tells who is logged in, when it was last looked at
}

var errNotStarted = errors.New("the start address does not lead to the provider")

// begin starts a login at the relying party and stops before the answer.
func (v *visit) begin(b bend) error {
	p := v.lab.p
	p.mu.Lock()
	p.bend = b
	p.last = nil
	p.mu.Unlock()
	got, err := v.b.open(v.ctx, v.lab.start, v.atProvider)
	if err != nil {
		return err
	}
	v.end = got
	if got.stopped == nil || !v.atProvider(got.stopped) {
		return errNotStarted
	}
	asking := got.stopped
	if got, err = v.b.open(v.ctx, asking, func(u *url.URL) bool { return u != asking }); err != nil {
		return err
	}
	p.mu.Lock()
	v.f = p.last
	p.mu.Unlock()
	if got.stopped == nil || v.f == nil {
		return errNotStarted
	}
	v.callback = got.stopped
	return nil
}

// atProvider reports whether an address is where logins begin at the provider.
func (v *visit) atProvider(u *url.URL) bool {
	return u.Scheme+"://"+u.Host == v.lab.p.base && u.Path == authPath
}

// goOn opens the answer in a browser.
func (v *visit) goOn(b *browser) (err error) {
	v.end, err = b.open(v.ctx, v.callback, v.atProvider)
	return err
}

// probing is the page that tells who is logged in; before the first login the
// start address stands for it.
func (v *visit) probing() *url.URL {
	if v.lab.probe != nil {
		return v.lab.probe
	}
	return v.lab.start
}

func (v *visit) look(b *browser) (look, error) {
	p, err := b.open(v.ctx, v.probing(), v.atProvider)
	if err != nil {
		return look{}, err
	}
	return lookAt(p, v.lab.o.Marker), nil
}

func (v *visit) loggedIn(b *browser) (bool, error) {
	at, err := v.look(b)
	if err != nil {
		return false, err
	}
	v.seen = at
	if v.lab.o.Marker != "" {
		return at.shows, nil
	}
	return at.same(*v.lab.end), nil
}

// withoutQuery is the callback with the answer's parameters behind it taken off, and
// those parameters.
func (v *visit) withoutQuery() (*url.URL, url.Values) {
	at := *v.callback
	q := at.Query()
	own, err := url.Parse(v.f.ask.Get("redirect_uri"))
	if err != nil {
		return &at, q // it was parsed before
	}
	at.RawQuery = own.RawQuery
	for name := range own.Query() {
		q.Del(name)
	}
	return &at, q
}

// inFragment opens the answer with its parameters in the fragment, which browsers do
// not send.
func (v *visit) inFragment() error {
	at, q := v.withoutQuery()
	at.Fragment = q.Encode()
	v.callback = at
	return v.goOn(v.b)
}

// byForm brings the answer as a form that a page of the provider sends.
func (v *visit) byForm() (err error) {
	at, q := v.withoutQuery()
	v.end, err = v.b.press(v.ctx, at, q, v.lab.p.base, v.atProvider)
	return err
}

// withStolenCode opens the answer with the code that somebody else's login brought.
func (v *visit) withStolenCode() error {
	victim := &visit{ctx: v.ctx, lab: v.lab, b: newBrowser(v.lab.transport)}
	if err := victim.begin(v.f.bend); err != nil {
		return err
	}
	p := v.lab.p
	p.mu.Lock()
	victim.f.stolen = true
	p.mu.Unlock()
	at := *v.callback
	q := at.Query()
	q.Set("code", victim.f.code)
	at.RawQuery = q.Encode()
	v.callback = &at
	return v.goOn(v.b)
}

// thenRefresh lets the browser in and presses what has new tokens fetched.
func (v *visit) thenRefresh() (err error) {
	if err := v.mustGoOn(); err != nil {
		return err
	}
	at := v.lab.refresh
	v.end, err = v.b.press(v.ctx, at, url.Values{}, at.Scheme+"://"+at.Host, v.atProvider)
	return err
}

// inAnotherBrowser opens the answer where nobody started a login.
func (v *visit) inAnotherBrowser() error {
	v.who = newBrowser(v.lab.transport)
	return v.goOn(v.who)
}

// twice opens the answer in the right browser, then in another.
func (v *visit) twice() error {
	if err := v.mustGoOn(); err != nil {
		return err
	}
	return v.inAnotherBrowser()
}

// withOldCookies looks for the login in a browser that has only the cookies
// from before.
func (v *visit) withOldCookies() error {
	v.who = v.before
	return v.mustGoOn()
}

// readCookies looks for the login in a browser that has only the cookies that a
// script could have read.
func (v *visit) readCookies() error {
	if err := v.mustGoOn(); err != nil {
		return err
	}
	v.who = newBrowser(v.lab.transport)
	readable := v.b.cookies()
	kept := readable[:0]
	for _, c := range readable {
		if !c.HttpOnly {
			kept = append(kept, c)
		}
	}
	v.who.client.Jar.SetCookies(v.probing(), kept)
	return nil
}

var errHonestRefused = errors.New("a login in order was refused")

// mustGoOn lets the right browser in; what follows says nothing otherwise.
func (v *visit) mustGoOn() error {
	if err := v.goOn(v.b); err != nil {
		return err
	}
	in, err := v.loggedIn(v.b)
	if err == nil && !in {
		err = errHonestRefused
	}
	return err
}
