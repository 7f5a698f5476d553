package shelf

import (
	_ "embed"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/mynumber"
)

//go:embed pad.js
var padScript []byte

func (s *Shelf) mount(mux *http.ServeMux) {
	mux.HandleFunc("GET /shelf", s.home)
	mux.HandleFunc("GET /shelf/pad.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=60, must-revalidate")
		_, _ = w.Write(padScript) // the reader went away
	})
	mux.HandleFunc("GET /shelf/cards/{card}/face", s.servePicture)
	mux.HandleFunc("POST /shelf/put", s.or(s.put))
	mux.HandleFunc("POST /shelf/take-off", s.or(s.takeOff))
	mux.HandleFunc("GET /shelf/readers/{reader}", s.or(s.reader))
	mux.HandleFunc("GET /shelf/readers/{reader}/signed", s.or(s.signed))
	mux.HandleFunc("POST /shelf/readers/{reader}/look", s.or(s.look))
	mux.HandleFunc("GET /shelf/readers/{reader}/{act}", s.or(s.form))
	mux.HandleFunc("POST /shelf/readers/{reader}/{act}", s.or(s.act))
	if s.o.Desk != nil {
		mux.HandleFunc("GET "+loginPath, s.or(s.login))
		mux.HandleFunc("POST "+loginPath, s.or(s.answer))
		mux.HandleFunc("POST "+loginPath+"/cancel", s.or(s.cancel))
	}
}

// or shows what a handler refuses.
func (s *Shelf) or(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.shell.Fault(w, r, err)
		}
	}
}

func (s *Shelf) device(r *http.Request) (*Device, error) {
	n, err := strconv.Atoi(r.PathValue("reader"))
	if err != nil {
		return nil, NoReader.New()
	}
	return s.readers.Device(n)
}

// count reads a number that a page wrote into its own form.
func count(v url.Values, field string) (int, error) {
	if v.Get(field) == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(v.Get(field))
	if err != nil || n < 0 || n > 1<<30 {
		return 0, web.BadForm.New()
	}
	return n, nil
}

// deskView is the first page.
type deskView struct {
	Readers     []readerView
	Cards       []cardView
	Page, Pages int
	Notes       string
	Seen        string
}

// Previous and Next are the pages beside this one; 0 for none.
func (v deskView) Previous() int { return v.Page - 1 }

// Next is the page behind this one.
func (v deskView) Next() int {
	if v.Page >= v.Pages {
		return 0
	}
	return v.Page + 1
}

// seen tells whether what lies where has changed.
func (s *Shelf) seen() string {
	out := ""
	for _, d := range s.readers.All() {
		v := d.View()
		if v.Card == "" {
			v.Laying = 0
		}
		out += fmt.Sprintf("%d.", v.Laying)
	}
	return out
}

func (s *Shelf) home(w http.ResponseWriter, r *http.Request) {
	q, err := web.Query(r, "page", "seen")
	if err != nil {
		s.shell.Fault(w, r, err)
		return
	}
	v := deskView{Notes: s.o.Notes, Seen: s.seen()}
	if r.Header.Get("HX-Request") != "" && q.Get("seen") != "" {
		unchanged(w, q.Get("seen") == v.Seen)
		return
	}
	if v.Page, err = count(q, "page"); err == nil {
		v.Page = max(v.Page, 1)
		v.Cards, v.Pages, err = s.cardsOf(r.Context(), v.Page)
	}
	for _, d := range s.readers.All() {
		one, e := s.readerView(r.Context(), d)
		if err == nil {
			err = e
		}
		v.Readers = append(v.Readers, one)
	}
	if err != nil {
		s.shell.Fault(w, r, err)
		return
	}
	v.Page = min(v.Page, v.Pages)
	s.shell.Render(w, r, web.Page{Name: "shelf/desk", Title: texts["shelf.title"], Data: v})
}

// unchanged answers a page that asks whether it is still right: nothing to do, or
// load anew.
func unchanged(w http.ResponseWriter, same bool) {
	if !same {
		w.Header().Set("HX-Refresh", "true")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

// put lays a card on a reader: the one named, or the first that is empty.
func (s *Shelf) put(w http.ResponseWriter, r *http.Request) error {
	f, err := web.Form(r, "card", "reader", "interaction")
	if err != nil {
		return err
	}
	n, err := count(f, "reader")
	if err != nil {
		return err
	}
	if n == 0 {
		n = 1
		for _, d := range slices.Backward(s.readers.All()) {
			if d.Card() == "" {
				n = d.Number
			}
		}
	}
	if err := s.readers.Put(n, mynumber.CardID(f.Get("card"))); err != nil {
		return err
	}
	s.back(w, r, n, f.Get("interaction"))
	return nil
}

func (s *Shelf) takeOff(w http.ResponseWriter, r *http.Request) error {
	f, err := web.Form(r, "reader", "laying", "interaction")
	if err != nil {
		return err
	}
	n, err := count(f, "reader")
	if err != nil {
		return err
	}
	laying, err := count(f, "laying")
	if err != nil {
		return err
	}
	if err := s.readers.TakeOff(n, laying); err != nil {
		return err
	}
	if i := f.Get("interaction"); i != "" {
		s.back(w, r, 0, i)
		return nil
	}
	http.Redirect(w, r, homePath, http.StatusSeeOther)
	return nil
}

// back leads to a reader, within a login if there is one.
func (s *Shelf) back(w http.ResponseWriter, r *http.Request, n int, interaction string) {
	to := fmt.Sprintf("/shelf/readers/%d", n)
	if interaction != "" {
		to = loginPath + "?" + url.Values{"interaction": {interaction}, "reader": {strconv.Itoa(n)}}.Encode()
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// reader shows one reader, its card and the conversation, which a page with
// scripts asks for every second.
func (s *Shelf) reader(w http.ResponseWriter, r *http.Request) error {
	d, err := s.device(r)
	if err != nil {
		return err
	}
	q, err := web.Query(r, "seen", "laying", "watch")
	if err != nil {
		return err
	}
	if r.Header.Get("HX-Request") != "" {
		seen, e1 := count(q, "seen")
		laying, e2 := count(q, "laying")
		if e1 != nil || e2 != nil {
			return web.BadForm.New()
		}
		v := d.View()
		if v.Card == "" {
			v.Laying = 0
		}
		if v.Laying != laying || v.Version == seen {
			unchanged(w, v.Laying == laying)
			return nil
		}
	}
	v, err := s.readerView(r.Context(), d)
	if err != nil {
		return err
	}
	p := web.Page{Name: "shelf/reader", Title: title("shelf.reader.title", d.Number)}
	if v.Watch = q.Get("watch") != ""; v.Watch {
		p.Refresh = 2 * time.Second
	}
	p.Data = v
	s.shell.Render(w, r, p)
	return nil
}

// title fills a text of the catalogue in for a page's title.
func title(key string, args ...any) lang.Text {
	t := texts[key]
	return lang.Text{JA: t.With(lang.JA, args...), EN: t.With(lang.EN, args...)}
}

func (s *Shelf) look(w http.ResponseWriter, r *http.Request) error {
	d, err := s.device(r)
	if err != nil {
		return err
	}
	if _, err := web.Form(r); err != nil {
		return err
	}
	if err := d.Look(); err != nil {
		return err
	}
	s.back(w, r, d.Number, "")
	return nil
}

// signed gives what was signed last, as a file.
func (s *Shelf) signed(w http.ResponseWriter, r *http.Request) error {
	d, err := s.device(r)
	if err != nil {
		return err
	}
	v := d.View()
	if v.Result == nil || len(v.Result.Signed) == 0 {
		return NothingToShow.New()
	}
	h := w.Header()
	h.Set("Content-Type", "application/pkcs7-mime; smime-type=signed-data")
	h.Set("Content-Disposition", `attachment; filename="signed.p7m"`)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(v.Result.Signed) // the reader went away
	return nil
}
