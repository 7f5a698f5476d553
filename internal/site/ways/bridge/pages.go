package bridge

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"

	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/site/ways/wanted"
	"kado/reader/files"
)

//go:embed pages/*.html
var pages embed.FS

const pagePath = "/bridge/"

// view is what the page shows.
type view struct {
	Asked       wanted.Asked
	Interaction string
	State       State
	Seen        string // see one.seen
	Code        string
	Check       string // in two groups of three
	Server      string // to be typed; "" where it is the bridge's own default
	Listener    string
	What, Cure  string // of a code that ended badly
	Number      string
}

// Waiting reports whether the page has anything to wait for.
func (v view) Waiting() bool { return v.State == Shown || v.State == Taken }

func (b *Bridge) mount(shell *web.Shell, mux *http.ServeMux) {
	handle := func(pattern string, f func(*web.Shell, http.ResponseWriter, *http.Request) error, refuse func(http.ResponseWriter, *http.Request, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := f(shell, w, r); err != nil {
				refuse(w, r, err)
			}
		})
	}
	handle("GET "+pagePath+"{interaction}", b.page, shell.Fault)
	handle("POST "+pagePath+"{interaction}", b.again, shell.Fault)
	handle("POST "+TakePath, b.take, shell.FaultJSON)
	handle("POST "+AnswerPath, b.answer, shell.FaultJSON)
	handle("POST "+DeclinePath, b.decline, shell.FaultJSON)
}

// page shows the code, and leads on when the card has answered. It asks again
// every two seconds where scripts run; "seen" is what it shows already.
func (b *Bridge) page(shell *web.Shell, w http.ResponseWriter, r *http.Request) error {
	q, err := web.Query(r, "seen")
	if err != nil {
		return err
	}
	id := r.PathValue("interaction")
	if err := b.o.Desk.Bound(r, id); err != nil {
		return err
	}
	o, there := b.book.current(id)
	if there && o.next != "" {
		web.GoOn(w, r, o.next)
		return nil
	}
	i, err := b.o.Desk.Interaction(r.Context(), id)
	if err != nil {
		return err
	}
	if !there {
		if err := shell.Begins(w, r); err != nil {
			return err
		}
		if o, err = b.book.begin(id, i.ExpiresAt); err != nil {
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
	v := view{Asked: asked, Interaction: id, State: o.state, Seen: o.seen(), Check: o.check[:3] + " " + o.check[3:], Server: b.base(r), Listener: Listener}
	if v.Server == DefaultServer {
		v.Server = ""
	}
	l := web.Language(r)
	switch o.state {
	case Shown:
		v.Code = o.code
	case Refused:
		e := fault.Of(o.refusal)
		v.Number = e.Code()
		v.What, _, v.Cure = e.In(l)
	case Declined:
		v.What = texts["bridge.page.declined"].In(l)
	case Expired, Replaced:
		v.What, _, v.Cure = fault.Of(ended(o.state)).In(l)
	}
	// The button goes to another origin, the holder's own machine, which has to see
	// where it comes from. The path, which names the interaction, stays here.
	w.Header().Set("Referrer-Policy", "origin")
	shell.Render(w, r, web.Page{Name: "bridge/page", Title: texts["bridge.page.title"], Data: v, Bare: true, FormTargets: []string{"http://" + Listener}})
	return nil
}

// DefaultServer is the site that kado bridge speaks to unless told otherwise.
const DefaultServer = "http://127.0.0.1:8080"

// base is where the holder's own machine reaches this site.
func (b *Bridge) base(r *http.Request) string {
	if b.o.Base != "" {
		return b.o.Base
	}
	return web.Address(r, b.o.Secure, strings.TrimPrefix(DefaultServer, "http://"))
}

// again makes a new code.
func (b *Bridge) again(_ *web.Shell, w http.ResponseWriter, r *http.Request) error {
	if _, err := web.Form(r); err != nil {
		return err
	}
	id := r.PathValue("interaction")
	if err := b.o.Desk.Bound(r, id); err != nil {
		return err
	}
	i, err := b.o.Desk.Interaction(r.Context(), id)
	if err != nil {
		return err
	}
	if _, err := b.book.begin(id, i.ExpiresAt); err != nil {
		return err
	}
	http.Redirect(w, r, pagePath+id, http.StatusSeeOther)
	return nil
}

// take tells a bridge what the card is to do.
func (b *Bridge) take(_ *web.Shell, w http.ResponseWriter, r *http.Request) error {
	var m Take
	if err := web.JSON(r, 1<<10, &m); err != nil {
		return err
	}
	if m.Version != Version {
		return OtherVersion.New() // the code still serves a bridge of this version
	}
	id, err := b.book.interactionOf(m.Code)
	if err != nil {
		return err
	}
	i, err := b.o.Desk.Interaction(r.Context(), id)
	if err != nil {
		return err
	}
	if _, err := login.ParseStatement(i.Challenge.Message); err != nil {
		return err
	}
	o, ticket, err := b.book.take(m.Code, i.Challenge.ID)
	if err != nil {
		return err
	}
	job := Job{Version: Version, Ticket: ticket, Check: o.check, Client: i.ClientName, Challenge: i.Challenge.ID, Message: i.Challenge.Message,
		Claims: []string{}, Sign: i.Sign, SignRaw: i.SignRaw, Expires: o.ends.UTC(), ProofKey: i.ProofKey}
	for _, c := range i.Claims {
		job.Claims = append(job.Claims, string(c))
	}
	return send(w, job)
}

// answer takes what the card said.
func (b *Bridge) answer(_ *web.Shell, w http.ResponseWriter, r *http.Request) error {
	var m Answer
	if err := web.JSON(r, MaxMessage, &m); err != nil {
		return err
	}
	err := b.book.end(m.Ticket, actAnswer, func(o one) (string, error) {
		if m.Challenge != o.challenge {
			return "", OtherChallenge.New()
		}
		a, err := m.answer()
		if err != nil {
			return "", err
		}
		return b.o.Desk.Answer(context.WithoutCancel(r.Context()), o.interaction, a)
	})
	if err != nil {
		return err
	}
	return send(w, Accepted{true})
}

// answer is the message as the provider takes it.
func (m Answer) answer() (oidc.Answer, error) {
	a := oidc.Answer{Login: login.Response{Challenge: m.Challenge, Certificate: m.Certificate, Signature: m.Signature},
		Signature: m.Signed, SigningCertificate: m.SigningCertificate}
	if len(m.Record) == 0 && len(m.Sealed) == 0 {
		return a, nil
	}
	// The provider must never take an unproven record for one that this way vouches
	// for: it vouches for nothing.
	if len(m.Record) == 0 || len(m.Sealed) == 0 {
		return a, web.BadForm.New()
	}
	attributes, err := files.ParseAttributes(m.Record)
	if err != nil {
		return a, web.BadForm.Because(err)
	}
	a.Attributes = &oidc.CardAttributes{Attributes: attributes, Record: m.Record, Sealed: m.Sealed}
	return a, nil
}

// decline ends a code because the holder does not want it.
func (b *Bridge) decline(_ *web.Shell, w http.ResponseWriter, r *http.Request) error {
	var m Decline
	if err := web.JSON(r, 1<<10, &m); err != nil {
		return err
	}
	if err := b.book.end(m.Ticket, actDecline, func(one) (string, error) { return "", nil }); err != nil {
		return err
	}
	return send(w, Accepted{true})
}

func send(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b) // the reader went away
	return nil
}

func room() web.Room {
	own, err := fs.Sub(pages, "pages")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	story := func(name string, v view) web.Story {
		v.Asked = wanted.Asked{Client: "見本商店", Origin: "https://shop.example", Claims: []lang.Text{wanted.Claim("name"), wanted.Claim("address")}}
		v.Interaction, v.Check, v.Listener = "int_sample", "482 913", Listener
		return web.Story{Name: name, Page: web.Page{Name: "bridge/page", Title: texts["bridge.page.title"], Data: v, Bare: true}}
	}
	expired := story("expired", view{State: Expired})
	expired.In = func(l lang.Lang) any {
		v := expired.Page.Data.(view)
		v.What, _, v.Cure = TooLate.New().In(l)
		return v
	}
	return web.Room{Name: "bridge", Pages: own, Texts: texts, Stories: []web.Story{
		story("shown", view{State: Shown, Code: "7K4Q-9XW2"}),
		story("shown-elsewhere", view{State: Shown, Code: "7K4Q-9XW2", Server: "https://login.example"}),
		story("taken", view{State: Taken}),
		expired,
	}}
}
