package oidc

import (
	"net/http"
	"net/url"

	"kado/internal/platform/fault"
	"kado/internal/platform/web"
)

// authorize is the authorization endpoint. A request that is in order becomes an
// interaction; the browser goes on to the list of ways.
func (p *Provider) authorize(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if web.Unseen(r) {
			shell.Fault(w, r, web.CrossOrigin.New())
			return
		}
		// Each request leaves a row behind for an hour. A sandbox's load tests come from
		// one address.
		if !p.d.Sandbox {
			if err := shell.Begins(w, r); err != nil {
				shell.Fault(w, r, err)
				return
			}
		}
		req, c, target, err := p.readRequest(r.Context(), r.URL.RawQuery)
		var id, cookie string
		if err == nil {
			if cookie, err = p.browser(w, r); err == nil {
				id, err = p.begin(r.Context(), c, req, digest(cookie))
			}
		}
		if err != nil {
			p.refuseRequest(shell, w, r, req, target, err)
			return
		}
		p.observe(r.Context(), Event{Client: req.Client, Step: "authorization", Interaction: id, Detail: detailRequestGood})
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, p.firstPage(r, id, req.LoginHint), http.StatusSeeOther)
	}
}

// firstPage is the list of ways, or the way that the request itself chose.
func (p *Provider) firstPage(r *http.Request, id, hint string) string {
	for _, way := range p.ways {
		if way.Chosen != nil && way.Chosen(r, hint) {
			return way.Path(id)
		}
	}
	return "/login/" + id
}

// refuseRequest answers a request that is not in order: with a page where nothing
// vouches for the target, else by sending the browser back.
func (p *Provider) refuseRequest(shell *web.Shell, w http.ResponseWriter, r *http.Request, req request, target bool, err error) {
	e := fault.Of(err)
	if !target {
		p.observe(r.Context(), Event{Client: req.Client, Step: "authorization", Fault: e, Detail: detailRefusedPage})
		shell.Fault(w, r, err)
		return
	}
	if e.Kind.Class == fault.Internal {
		p.d.Log.ErrorContext(r.Context(), "refused", "code", e.Code(), "path", r.URL.Path, "err", err)
	}
	code := oauthCode(err)
	p.observe(r.Context(), Event{Client: req.Client, Step: "authorization", Fault: e, Error: code, Detail: detailRefusedBack})
	p.sendBack(w, r, req, url.Values{"error": {code}, "error_description": {describe(err)}})
}
