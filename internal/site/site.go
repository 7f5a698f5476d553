// Package site is what a browser and a relying party see of the house: one set
// of pages and interfaces on one port. In the sandbox it opens with a choice of
// roles and a clock that can be moved; in production neither exists.
package site

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"kado/internal/platform/clock"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/server"
	"kado/mynumber"
)

//go:embed pages/*.html
var pages embed.FS

// Part is a set of pages or an interface that the site serves.
type Part struct {
	Room  web.Room // Name "" if it has no pages
	Mount func(s *web.Shell, mux *http.ServeMux)
	// Tile leads to it from the first page; Path "" for none.
	Tile Tile
	// Machine lists path prefixes that programs call, without cookies.
	Machine []string
}

// Tile is an entry of the first page.
type Tile struct {
	Path, Icon  string
	Title, Text lang.Text
	Menu        bool // also in the menu at the top
}

// Options of a site.
type Options struct {
	House *server.House
	Clock clock.Clock
	// Sandbox is nil in production.
	Sandbox *server.Sandbox
	Log     *slog.Logger
	Secure  bool // reached over TLS
	// Hosts are the names, beside localhost, by which the site may be reached; empty
	// for any (web.Options).
	Hosts []string
	Parts []Part
	// Around, if given, is put around everything that is served, within the
	// shell's guard; a sandbox watches the requests of relying parties so.
	Around func(http.Handler) http.Handler
}

// Site serves everything.
type Site struct {
	o       Options
	shell   *web.Shell
	handler http.Handler
}

// New joins the parts.
func New(o Options) (*Site, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Site{o: o}
	parts := append([]Part{s.validation(), s.authorities()}, o.Parts...)
	if o.Sandbox != nil {
		parts = append(parts, s.clockPart())
	}
	var menu []web.Link
	var tiles []Tile
	machine := []string{"/healthz", "/readyz", "/metrics"}
	for _, p := range parts {
		if p.Tile.Path != "" {
			tiles = append(tiles, p.Tile)
		}
		if p.Tile.Menu {
			menu = append(menu, web.Link{Path: p.Tile.Path, Text: p.Tile.Title})
		}
		machine = append(machine, p.Machine...)
	}
	var err error
	if s.shell, err = web.New(web.Options{Clock: o.Clock, Log: o.Log, Sandbox: o.Sandbox != nil, Secure: o.Secure, Hosts: o.Hosts, Menu: menu}); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	s.shell.Common(mux)
	own, err := fs.Sub(pages, "pages")
	if err != nil {
		return nil, err
	}
	if err := s.shell.Add(web.Room{Name: "site", Pages: own, Texts: texts, Stories: stories(tiles)}); err != nil {
		return nil, err
	}
	for _, p := range parts {
		if p.Room.Name != "" {
			if err := s.shell.Add(p.Room); err != nil {
				return nil, err
			}
		}
		if p.Mount != nil {
			p.Mount(s.shell, mux)
		}
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s.shell.Render(w, r, web.Page{Name: "site/home", Title: texts["site.home.title"], Data: home{tiles, o.Sandbox != nil}})
	})
	if o.Sandbox != nil {
		s.shell.Storybook(mux)
	}
	s.shell.Ready(func(r *http.Request) error {
		_, err := o.House.Recent(r.Context())
		return err
	})
	var served http.Handler = mux
	if o.Around != nil {
		served = o.Around(mux)
	}
	s.handler = s.shell.Guard(served, func(r *http.Request) bool {
		for _, p := range machine {
			if strings.HasPrefix(r.URL.Path, p) {
				return true
			}
		}
		return false
	})
	return s, nil
}

// Handler serves the site.
func (s *Site) Handler() http.Handler { return s.handler }

// Stories lists the paths of every page with sample data.
func (s *Site) Stories() []string { return s.shell.StoryPaths() }

// validation serves OCSP and revocation lists.
func (s *Site) validation() Part {
	h := s.o.House.Validation.Handler()
	return Part{Machine: []string{"/ocsp/", "/crl/"}, Mount: func(_ *web.Shell, mux *http.ServeMux) {
		mux.Handle("/ocsp/", h)
		mux.Handle("/crl/", h)
	}}
}

// settleEvery is how often effects that nobody waits for are delivered.
const settleEvery = time.Second

// Serve answers on a listener until the context ends, then lets the requests
// under way finish. Beside it the house does what each day brings, and effects
// are delivered. What a crash here leaves behind: effects not yet delivered,
// which the next start delivers.
func (s *Site) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{Handler: s.handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 90 * time.Second, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(s.o.Log.Handler(), slog.LevelWarn)}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	var workers sync.WaitGroup
	workers.Go(func() { s.work(work) })
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		s.o.Log.Info("stopping")
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		err = srv.Shutdown(last)
		cancel()
		if e := <-served; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}
	stop()
	workers.Wait()
	if s.o.Sandbox != nil {
		err = errors.Join(err, s.o.Sandbox.SaveWorld())
	}
	return err
}

func (s *Site) work(ctx context.Context) {
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	var done mynumber.Date
	for {
		var err error
		if today := mynumber.DateOf(s.o.Clock.Now()); today != done {
			if err = s.o.House.Daily(ctx); err == nil {
				done = today
			}
		} else {
			err = s.o.House.Settle(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.o.Log.Error("daily work", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

type home struct {
	Tiles   []Tile
	Sandbox bool
}
