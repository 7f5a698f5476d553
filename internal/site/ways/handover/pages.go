package handover

import (
	"embed"
	"html/template"
	"io/fs"
	"net/http"

	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/site/ways/wanted"
)

//go:embed pages/*.html
var pages embed.FS

const (
	pcPath    = "/handover/"
	phonePath = "/h/"
)

func donePath(code string) string { return phonePath + code + "/done" }

// pcView is what the computer's page shows.
type pcView struct {
	Asked       wanted.Asked
	Interaction string
	State       State
	Seen        string       // see one.seen
	Code        template.URL // the QR code
	Link        string       // its address, in a sandbox only
	Number      string       // in two groups of three
	Why, Cure   string       // of a handover that ended badly
}

// Waiting reports whether the page has anything to wait for.
func (v pcView) Waiting() bool { return v.State == Shown || v.State == Matched }

// phoneView is what the phone's pages show.
type phoneView struct {
	Asked   wanted.Asked
	Code    string
	Numbers []choice
	Ways    []wayLink
}

type choice struct{ Value, Shown string }

type wayLink struct {
	Path, Icon  string
	Title, Text lang.Text
}

func grouped(number string) string {
	if len(number) != digits {
		return number
	}
	return number[:3] + " " + number[3:]
}

func (h *Handover) mount(shell *web.Shell, mux *http.ServeMux) {
	handle := func(pattern string, f func(*web.Shell, http.ResponseWriter, *http.Request) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := f(shell, w, r); err != nil {
				shell.Fault(w, r, err)
			}
		})
	}
	handle("GET "+pcPath+"{interaction}", h.pc)
	handle("POST "+pcPath+"{interaction}", h.again)
	handle("GET "+phonePath+"{code}", h.phone)
	handle("POST "+phonePath+"{code}", h.pick)
	handle("GET "+phonePath+"{code}/card", h.card)
	handle("GET "+phonePath+"{code}/done", h.done)
}

// pc shows code and number on the computer, and leads on when the card has
// answered. The page asks again every two seconds where scripts run; "seen" is
// what it shows already.
func (h *Handover) pc(shell *web.Shell, w http.ResponseWriter, r *http.Request) error {
	q, err := web.Query(r, "seen")
	if err != nil {
		return err
	}
	id := r.PathValue("interaction")
	if isAlias(id) {
		return NoCode.New() // a phone is not handed over once more
	}
	if err := h.o.Desk.Bound(r, id); err != nil {
		return err
	}
	o, there := h.book.current(id)
	if there && o.next != "" {
		web.GoOn(w, r, o.next)
		return nil
	}
	i, err := h.o.Desk.Interaction(r.Context(), id)
	if err != nil {
		return err
	}
	if !there {
		if err := shell.Begins(w, r); err != nil {
			return err
		}
		if o, err = h.book.begin(id, i.ExpiresAt); err != nil {
			return err
		}
	}
	if q.Get("seen") == o.seen() {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	asked, err := wanted.Of(i)
	if err != nil {
		return err
	}
	v := pcView{Asked: asked, Interaction: id, State: o.state, Seen: o.seen()}
	switch o.state {
	case Shown:
		link := h.base(r) + phonePath + o.code
		if v.Code, err = qrImage(link); err != nil {
			return err
		}
		v.Number = grouped(o.number)
		if h.o.Sandbox {
			v.Link = link
		}
	case Wrong, Expired, Cancelled, Replaced:
		if e, ok := ended(o.state).(interface {
			In(lang.Lang) (string, string, string)
		}); ok {
			_, v.Why, v.Cure = e.In(web.Language(r))
		}
	}
	shell.Render(w, r, web.Page{Name: "handover/computer", Title: texts["handover.computer.title"], Data: v, Bare: true})
	return nil
}

// base is the site's public address.
func (h *Handover) base(r *http.Request) string {
	if h.o.Base != "" {
		return h.o.Base
	}
	return web.Address(r, h.o.Secure, "localhost")
}

// again makes a new code.
func (h *Handover) again(_ *web.Shell, w http.ResponseWriter, r *http.Request) error {
	if _, err := web.Form(r); err != nil {
		return err
	}
	id := r.PathValue("interaction")
	if isAlias(id) {
		return NoCode.New()
	}
	if err := h.o.Desk.Bound(r, id); err != nil {
		return err
	}
	i, err := h.o.Desk.Interaction(r.Context(), id)
	if err != nil {
		return err
	}
	if _, err := h.book.begin(id, i.ExpiresAt); err != nil {
		return err
	}
	http.Redirect(w, r, pcPath+id, http.StatusSeeOther)
	return nil
}

// phone shows who asks for what, and the numbers to pick from. Reading it binds
// nothing: whatever looks at addresses before a person does uses nothing up.
func (h *Handover) phone(shell *web.Shell, w http.ResponseWriter, r *http.Request) error {
	o, err := h.book.byQR(r.PathValue("code"))
	if err != nil {
		return err
	}
	switch {
	case o.state == Matched && o.isPhone(cookieOf(r)):
		http.Redirect(w, r, phonePath+o.code+"/card", http.StatusSeeOther)
		return nil
	case o.state != Shown:
		return ended(o.state)
	}
	asked, err := h.asked(r, o)
	if err != nil {
		return err
	}
	v := phoneView{Asked: asked, Code: o.code}
	for _, n := range o.offered {
		v.Numbers = append(v.Numbers, choice{n, grouped(n)})
	}
	shell.Render(w, r, web.Page{Name: "handover/phone", Title: texts["handover.phone.title"], Data: v, Bare: true})
	return nil
}

func (h *Handover) asked(r *http.Request, o one) (wanted.Asked, error) {
	i, err := h.o.Desk.Interaction(r.Context(), o.interaction)
	if err != nil {
		return wanted.Asked{}, err
	}
	return wanted.Of(i)
}

// none is what is sent instead of a number by who sees no such number.
const none = "none"

// pick takes the number that was picked.
func (h *Handover) pick(_ *web.Shell, w http.ResponseWriter, r *http.Request) error {
	f, err := web.Form(r, "number")
	if err != nil {
		return err
	}
	o, err := h.book.byQR(r.PathValue("code"))
	if err != nil {
		return err
	}
	i, err := h.o.Desk.Interaction(r.Context(), o.interaction)
	if err != nil {
		return err
	}
	number := f.Get("number")
	if number == none {
		number = o.other()
	}
	o, cookie, err := h.book.pick(o.code, number, i.ExpiresAt)
	if err != nil {
		return err
	}
	h.setCookie(w, cookie)
	http.Redirect(w, r, phonePath+o.code+"/card", http.StatusSeeOther)
	return nil
}

// other is a number that is not the right one.
func (o one) other() string {
	if o.offered[0] != o.number {
		return o.offered[0]
	}
	return o.offered[1]
}

// mine returns the handover of a code for the phone that matched it.
func (h *Handover) mine(r *http.Request) (one, error) {
	o, err := h.book.byQR(r.PathValue("code"))
	if err == nil && !o.isPhone(cookieOf(r)) {
		err = OtherPhone.New()
	}
	return o, err
}

// card lists the phone's ways of using a card.
func (h *Handover) card(shell *web.Shell, w http.ResponseWriter, r *http.Request) error {
	o, err := h.mine(r)
	if err != nil {
		return err
	}
	switch o.state {
	case Done, Cancelled:
		http.Redirect(w, r, donePath(o.code), http.StatusSeeOther)
		return nil
	case Matched:
	default:
		return ended(o.state)
	}
	asked, err := h.asked(r, o)
	if err != nil {
		return err
	}
	v := phoneView{Asked: asked, Code: o.code}
	for _, way := range h.ways {
		v.Ways = append(v.Ways, wayLink{way.Path(o.alias), way.Icon, way.Title, way.Text})
	}
	shell.Render(w, r, web.Page{Name: "handover/card", Title: texts["handover.card.title"], Data: v, Bare: true})
	return nil
}

// done sends the holder back to the computer.
func (h *Handover) done(shell *web.Shell, w http.ResponseWriter, r *http.Request) error {
	o, err := h.mine(r)
	if err != nil {
		return err
	}
	switch o.state {
	case Done:
		shell.Render(w, r, web.Page{Name: "handover/done", Title: texts["handover.done.title"], Bare: true})
	case Cancelled:
		shell.Render(w, r, web.Page{Name: "handover/stopped", Title: texts["handover.stopped.title"], Bare: true})
	default:
		return ended(o.state)
	}
	return nil
}

func room() web.Room {
	own, err := fs.Sub(pages, "pages")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	asked := wanted.Asked{Client: "見本商店", Origin: "https://shop.example", Claims: []lang.Text{wanted.Claim("name"), wanted.Claim("address")}, Signs: true, Digest: "9f86d081884c7d65"}
	code, err := qrImage("http://192.0.2.1:8080/h/qr_0123456789abcdefghjkmnpqrs")
	if err != nil {
		panic(err) // a fixed text
	}
	pc := func(name string, v pcView) web.Story {
		v.Asked, v.Interaction = asked, "int_0123456789abcdefghjkmnpqrs"
		return web.Story{Name: name, Page: web.Page{Name: "handover/computer", Title: texts["handover.computer.title"], Data: v, Bare: true}}
	}
	phone := func(name, title string, v phoneView) web.Story {
		v.Asked, v.Code = asked, "qr_0123456789abcdefghjkmnpqrs"
		return web.Story{Name: name, Page: web.Page{Name: "handover/" + name, Title: texts[title], Data: v, Bare: true}}
	}
	wrong := pc("computer-wrong", pcView{State: Wrong})
	wrong.In = func(l lang.Lang) any {
		v := wrong.Page.Data.(pcView)
		_, v.Why, v.Cure = WrongNumber.New().In(l)
		return v
	}
	return web.Room{Name: "handover", Pages: own, Texts: texts, Stories: []web.Story{
		pc("computer", pcView{State: Shown, Code: code, Number: "482 913", Link: "http://192.0.2.1:8080/h/qr_0123456789abcdefghjkmnpqrs"}),
		pc("computer-matched", pcView{State: Matched}),
		wrong,
		phone("phone", "handover.phone.title", phoneView{Numbers: []choice{{"170264", "170 264"}, {"482913", "482 913"}, {"935521", "935 521"}}}),
		phone("card", "handover.card.title", phoneView{Ways: []wayLink{{"/storybook", "card", lang.Text{JA: "見本のカード", EN: "A sample card"}, lang.Text{JA: "棚にあるカードを使います。", EN: "A card from the shelf."}}}}),
		phone("done", "handover.done.title", phoneView{}),
		phone("stopped", "handover.stopped.title", phoneView{}),
	}}
}
