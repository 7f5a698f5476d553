package conform

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Limits of the browser.
const (
	maxHops = 20
	maxPage = 1 << 20 // octets of a page that are looked at
	// askFor is how long one request may take.
	askFor = 20 * time.Second
)

// browser follows redirects and keeps cookies, and does nothing else a browser
// does: no scripts, no forms.
type browser struct {
	client *http.Client
	seen   map[string]*http.Cookie // by name, as last set by the relying party
}

func newBrowser(transport http.RoundTripper) *browser {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &browser{&http.Client{Transport: transport, Jar: jar, Timeout: askFor,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, map[string]*http.Cookie{}}
}

// page is where the browser ended.
type page struct {
	url    *url.URL
	status int
	body   string
	header http.Header
	// stopped is an address that the browser was told not to go to.
	stopped *url.URL
}

var errTooManyHops = errors.New("too many redirects")

// open goes to an address and follows redirects until a page comes, or an
// address that stop names.
func (b *browser) open(ctx context.Context, address *url.URL, stop func(*url.URL) bool) (page, error) {
	return b.follow(ctx, address, stop, nil)
}

// press sends a form, as a button on a page of the site from does, and goes on
// like open. Cookies that are not for forms of other sites stay behind where from
// is another.
func (b *browser) press(ctx context.Context, address *url.URL, form url.Values, from string, stop func(*url.URL) bool) (page, error) {
	site := "same-origin"
	if from != address.Scheme+"://"+address.Host {
		site = "cross-site"
		other := newBrowser(b.client.Transport)
		var sent []*http.Cookie
		for _, c := range b.cookies() {
			if c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode {
				sent = append(sent, c)
			}
		}
		other.client.Jar.SetCookies(address, sent)
		got, err := other.follow(ctx, address, stop, func(r *http.Request) { asForm(r, form, from, site) })
		// What comes back to a form of another site is kept like any other cookie.
		b.client.Jar.SetCookies(address, other.cookies())
		return got, err
	}
	return b.follow(ctx, address, stop, func(r *http.Request) { asForm(r, form, from, site) })
}

func asForm(r *http.Request, form url.Values, from, site string) {
	body := form.Encode()
	r.Method, r.Body, r.ContentLength = http.MethodPost, io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", from)
	r.Header.Set("Sec-Fetch-Site", site)
}

// follow begins with a request that first may change, and goes on by GET.
func (b *browser) follow(ctx context.Context, address *url.URL, stop func(*url.URL) bool, first func(*http.Request)) (page, error) {
	at := address
	for hop := range maxHops {
		if stop != nil && stop(at) {
			return page{stopped: at}, nil
		}
		// A fragment is not sent (RFC 9110, 7.1).
		bare := *at
		bare.Fragment, bare.RawFragment = "", ""
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, bare.String(), nil)
		if err != nil {
			return page{}, err
		}
		req.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
		req.Header.Set("Accept-Language", "ja")
		req.Header.Set("User-Agent", "Mozilla/5.0 (kado conform)")
		// What a browser says of a click on a link; sites with protection against
		// requests from elsewhere look at it.
		req.Header.Set("Sec-Fetch-Mode", "navigate")
		req.Header.Set("Sec-Fetch-Dest", "document")
		if hop == 0 && first != nil {
			first(req)
		}
		resp, err := b.client.Do(req)
		if err != nil {
			return page{}, err
		}
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
		if e := resp.Body.Close(); err == nil {
			err = e
		}
		if err != nil {
			return page{}, err
		}
		for _, c := range resp.Cookies() {
			b.seen[c.Name] = c
		}
		to := resp.Header.Get("Location")
		if resp.StatusCode < 300 || resp.StatusCode > 399 || to == "" {
			return page{url: at, status: resp.StatusCode, body: string(body), header: resp.Header}, nil
		}
		if at, err = at.Parse(to); err != nil {
			return page{}, err
		}
		if at.Scheme != "http" && at.Scheme != "https" {
			return page{stopped: at}, nil
		}
	}
	return page{}, errTooManyHops
}

// twin is another browser with the cookies that this one would send to an
// address.
func (b *browser) twin(at *url.URL) *browser {
	out := newBrowser(b.client.Transport)
	out.client.Jar.SetCookies(at, b.client.Jar.Cookies(at))
	return out
}

// cookies lists the cookies that the relying party set, as it set them.
func (b *browser) cookies() []*http.Cookie {
	return slices.Collect(maps.Values(b.seen))
}

// look is what is compared to tell whether a browser is logged in.
type look struct {
	status   int
	path     string
	provider bool // the way led to the provider
	shows    bool // the page shows the holder or the marker
	name     bool // the page shows the holder's name, which userinfo alone tells
	other    bool // the page shows the name of somebody else
}

func lookAt(p page, marker string) look {
	if p.stopped != nil {
		return look{provider: true}
	}
	l := look{status: p.status, path: p.url.Host + p.url.Path, name: strings.Contains(p.body, holderName), other: strings.Contains(p.body, otherName)}
	l.shows = l.name || l.other || strings.Contains(p.body, subjectPrefix)
	if marker != "" {
		l.shows = strings.Contains(p.body, marker)
	}
	return l
}

// same reports whether two looks are of the same state, logged in or not.
func (l look) same(m look) bool {
	return l.status == m.status && l.path == m.path && l.provider == m.provider && l.shows == m.shows
}
