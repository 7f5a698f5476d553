package certificate

import (
	"embed"
	"io/fs"
	"net/http"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/site/ways/wanted"
)

//go:embed pages/*.html
var pages embed.FS

const path = "/certificate/"

type view struct {
	Interaction        string
	Asked              wanted.Asked
	Possible           bool
	Link               string
	Number, What, Cure string // of what the listener refused last; "" for nothing
}

func (c *Certificate) mount(shell *web.Shell, mux *http.ServeMux) {
	mux.HandleFunc("GET "+path+"{interaction}", func(w http.ResponseWriter, r *http.Request) {
		v, err := c.look(r)
		if err != nil {
			shell.Fault(w, r, err)
			return
		}
		shell.Render(w, r, web.Page{Name: "certificate/page", Title: texts["certificate.page.title"], Data: v, Bare: true})
	})
}

func (c *Certificate) look(r *http.Request) (view, error) {
	id := r.PathValue("interaction")
	if err := c.o.Desk.Bound(r, id); err != nil {
		return view{}, err
	}
	i, err := c.o.Desk.Interaction(r.Context(), id)
	if err != nil {
		return view{}, err
	}
	asked, err := wanted.Of(i)
	if err != nil {
		return view{}, err
	}
	v := view{Interaction: id, Asked: asked, Possible: possible(i), Link: at(c.listener, r, path+id)}
	said := c.said(id)
	if !v.Possible {
		said = NotThisWay.New()
	}
	if said != nil {
		e := fault.Of(said)
		v.Number = e.Code()
		v.What, _, v.Cure = e.In(web.Language(r))
	}
	return v, nil
}

func room() web.Room {
	own, err := fs.Sub(pages, "pages")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	asked := wanted.Asked{Client: "見本商店", Origin: "https://shop.example"}
	story := func(name string, v view) web.Story {
		v.Asked, v.Link = asked, "https://127.0.0.1:8443/certificate/int_sample"
		return web.Story{Name: name, Page: web.Page{Name: "certificate/page", Title: texts["certificate.page.title"], Data: v, Bare: true}}
	}
	refused := func(name string, e *fault.Error, v view) web.Story {
		s := story(name, v)
		s.In = func(l lang.Lang) any {
			v := s.Page.Data.(view)
			v.Number = e.Code()
			v.What, _, v.Cure = e.In(l)
			return v
		}
		return s
	}
	return web.Room{Name: "certificate", Pages: own, Texts: texts, Stories: []web.Story{
		story("page", view{Possible: true}),
		refused("refused", NoCertificate.New(), view{Possible: true}),
		refused("not-this-way", NotThisWay.New(), view{}),
	}}
}
