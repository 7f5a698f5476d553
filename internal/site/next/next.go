// Package next lets the developer of a relying party say how the provider answers
// the next requests: with each of its errors, slowly, with the page of a broken
// proxy, or not at all. Answers are queued on a page, by programs, or by a magic
// value of login_hint; all come from one table (Answers). Beside it stands chaos,
// which makes failures by chance that a sound relying party survives.
//
// It stands around the provider's endpoints and knows none of its insides: a
// request that is to fail at the authorization endpoint is first admitted by the
// provider, which knows where errors may go, and then ended through oidc.Desk.
// It exists in a sandbox only.
package next

import (
	"context"
	"net/http"
	"time"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/web"
	"kado/internal/site"
)

const (
	pagePath = "/sandbox/next"
	apiPath  = "/api/sandbox/next"

	realm = "/api/realms/main"
)

// Options of the queue.
type Options struct {
	Desk oidc.Desk
	// Wait waits, or until the context ends; nil for real time. Tests count.
	Wait  func(context.Context, time.Duration)
	Chaos *Chaos // nil without
}

// Next is the queue. Make it with New. Safe for concurrent use.
type Next struct {
	o     Options
	queue queue
	shell *web.Shell
}

// New returns an empty queue.
func New(o Options) *Next {
	if o.Wait == nil {
		o.Wait = wait
	}
	return &Next{o: o}
}

// wait waits for real.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Part is the page and the interface of the queue.
func (n *Next) Part() site.Part {
	return site.Part{Room: room(), Machine: []string{apiPath},
		Tile: site.Tile{Path: pagePath, Icon: "warning", Title: texts["next.tile"], Text: texts["next.about"]},
		Mount: func(shell *web.Shell, mux *http.ServeMux) {
			n.shell = shell
			type act = func(http.ResponseWriter, *http.Request) error
			mount := func(pattern string, h act, refuse func(http.ResponseWriter, *http.Request, error)) {
				mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
					if err := h(w, r); err != nil {
						refuse(w, r, err)
					}
				})
			}
			for pattern, h := range map[string]act{"GET " + pagePath: n.page, "POST " + pagePath: n.change} {
				mount(pattern, h, shell.Fault)
			}
			for pattern, h := range map[string]act{"GET " + apiPath: n.listAPI, "POST " + apiPath: n.addAPI, "DELETE " + apiPath: n.clearAPI} {
				mount(pattern, h, shell.FaultJSON)
			}
		}}
}
