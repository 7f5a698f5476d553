package testcard

import (
	"embed"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/scenario/folk"
	"kado/internal/site/ways/wanted"
)

//go:embed pages/*.html
var templates embed.FS

// chooseView is the list of people for one interaction.
type chooseView struct {
	Interaction string
	Ways        string // where another way is chosen
	Asked       wanted.Asked
	Signs       bool
	Search      string
	Ordinary    []row
	Other       []row
	Nobody      bool // lives in this world at all
}

// row is one persona as the list shows it.
type row struct {
	folk.Persona
	Ends string // the number with which this interaction ends; "" when it succeeds
	Link string // to the further manners of answering
}

// oneView is one persona for one interaction.
type oneView struct {
	Interaction string
	Ways        string
	Asked       wanted.Asked
	Back        string
	Persona     row
	Manners     []Manner
	Result      *web.Refusal // of the try before
}

// peopleView is the list of people as such.
type peopleView struct {
	Search   string
	Ordinary []row
	Other    []row
	Missing  []string
	Manners  []Manner
	Header   string
	Nobody   bool
}

// maxSearch bounds what is searched for, in octets.
const maxSearch = 100

// matches looks for a text in what is shown of a persona.
func matches(p folk.Persona, search string) bool {
	if search == "" {
		return true
	}
	search = strings.ToLower(search)
	for _, s := range []string{p.ID, p.Name, strings.ReplaceAll(p.Name, "\u3000", ""), p.Title.JA, p.Title.EN, p.About.JA, p.About.EN, p.Refusal, p.Signing} {
		if strings.Contains(strings.ToLower(s), search) {
			return true
		}
	}
	return false
}

// split sorts people into those whose login (and signature, where one is wanted)
// succeeds and the others.
func split(people []folk.Persona, search string, signs bool, link func(folk.Persona) string) (ordinary, other []row) {
	for _, p := range people {
		if !matches(p, search) {
			continue
		}
		r := row{Persona: p, Ends: p.Refusal, Link: link(p)}
		if r.Ends == "" && signs {
			r.Ends = p.Signing
		}
		if p.Refusal == "" && p.Signing == "" {
			ordinary = append(ordinary, r)
		} else {
			other = append(other, r)
		}
	}
	return ordinary, other
}

func link(interaction, persona, search string) string {
	v := url.Values{"interaction": {interaction}}
	if persona != "" {
		v.Set("persona", persona)
	}
	if search != "" {
		v.Set("q", search)
	}
	return path + "?" + v.Encode()
}

// interaction loads one for the browser that began it.
func (c *Cards) interaction(r *http.Request, id string) (oidc.Interaction, error) {
	if err := c.o.Desk.Bound(r, id); err != nil {
		return oidc.Interaction{}, err
	}
	return c.o.Desk.Interaction(r.Context(), id)
}

// choose shows the people, or one of them; a request that names a persona by
// header, or whose relying party has by login_hint, gets its answer at once.
func (c *Cards) choose(w http.ResponseWriter, r *http.Request) error {
	q, err := web.Query(r, "interaction", "persona", "q")
	if err != nil {
		return err
	}
	if len(q.Get("q")) > maxSearch {
		return web.BadForm.New()
	}
	i, err := c.interaction(r, q.Get("interaction"))
	if err != nil {
		return err
	}
	word := r.Header.Get(Header)
	if word == "" && c.chosen(r, i.LoginHint) && !q.Has("persona") && !q.Has("q") {
		word = i.LoginHint
	}
	if word != "" {
		p, m, err := c.choice(word)
		if err != nil {
			return err
		}
		next, err := c.play(r.Context(), i, p, m, true)
		if err != nil {
			return err
		}
		http.Redirect(w, r, next, http.StatusFound)
		return nil
	}
	if id := q.Get("persona"); id != "" {
		p, err := c.o.Folk.ByID(id)
		if err != nil {
			return err
		}
		return c.one(w, r, i, p, q.Get("q"), nil)
	}
	v := chooseView{Interaction: i.ID, Ways: i.Ways, Search: q.Get("q"), Signs: i.Sign != nil, Nobody: len(c.o.Folk.All) == 0}
	if v.Asked, err = wanted.Of(i); err != nil {
		return err
	}
	v.Ordinary, v.Other = split(c.o.Folk.All, v.Search, v.Signs, func(p folk.Persona) string { return link(i.ID, p.ID, v.Search) })
	c.shell.Render(w, r, web.Page{Name: "testcard/choose", Title: texts["testcard.title"], Data: v, Bare: true, FormTargets: targets(i)})
	return nil
}

func targets(i oidc.Interaction) []string {
	if i.ReturnOrigin == "" {
		return nil
	}
	return []string{i.ReturnOrigin}
}

// mannersOf lists the manners beside the normal one that a persona has.
func mannersOf(p folk.Persona) (out []Manner) {
	for _, m := range manners {
		if m.ID != Normal && (m.ID != phoneManner || p.Phone) {
			out = append(out, m)
		}
	}
	return out
}

// one shows a persona with every manner of answering.
func (c *Cards) one(w http.ResponseWriter, r *http.Request, i oidc.Interaction, p folk.Persona, search string, refusal error) error {
	v := oneView{Interaction: i.ID, Ways: i.Ways, Back: link(i.ID, "", search), Manners: mannersOf(p)}
	var err error
	if v.Asked, err = wanted.Of(i); err != nil {
		return err
	}
	ordinary, other := split([]folk.Persona{p}, "", i.Sign != nil, func(folk.Persona) string { return "" })
	v.Persona = append(ordinary, other...)[0]
	page := web.Page{Name: "testcard/one", Title: p.Title, Data: &v, Bare: true, FormTargets: targets(i)}
	if refusal != nil {
		e := fault.Of(refusal)
		what, why, cure := e.In(web.Language(r))
		v.Result = &web.Refusal{Code: e.Code(), What: what, Why: why, Cure: cure}
		page.Status = web.Status(e.Kind.Class)
	}
	c.shell.Render(w, r, page)
	return nil
}

// use answers with the persona and in the manner chosen. What the holder could
// mend is shown beside the persona; the login goes on waiting.
func (c *Cards) use(w http.ResponseWriter, r *http.Request) error {
	f, err := web.Form(r, "interaction", "persona", "manner")
	if err != nil {
		return err
	}
	i, err := c.interaction(r, f.Get("interaction"))
	if err != nil {
		return err
	}
	p, err := c.o.Folk.ByID(f.Get("persona"))
	if err != nil {
		return err
	}
	m, err := manner(f.Get("manner"))
	if err != nil {
		return err
	}
	next, err := c.play(r.Context(), i, p, m, false)
	if err != nil {
		if k := fault.Of(err).Kind; k.Class == fault.Internal || k.Class == fault.NotFound {
			return err
		}
		// A challenge serves once: the page is of the interaction as it is now.
		if i, again := c.o.Desk.Interaction(r.Context(), i.ID); again == nil {
			return c.one(w, r, i, p, "", err)
		}
		return err
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// people shows who there is, with PINs and what programs write.
func (c *Cards) people(w http.ResponseWriter, r *http.Request) error {
	q, err := web.Query(r, "q")
	if err != nil {
		return err
	}
	if len(q.Get("q")) > maxSearch {
		return web.BadForm.New()
	}
	v := peopleView{Search: q.Get("q"), Missing: c.o.Folk.Missing, Manners: manners, Header: Header, Nobody: len(c.o.Folk.All) == 0}
	v.Ordinary, v.Other = split(c.o.Folk.All, v.Search, false, func(folk.Persona) string { return "" })
	c.shell.Render(w, r, web.Page{Name: "testcard/people", Title: texts["testcard.people.title"], Data: v})
	return nil
}

func room() web.Room {
	own, err := fs.Sub(templates, "pages")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return web.Room{Name: "testcard", Pages: own, Texts: texts, Stories: stories()}
}

func stories() []web.Story {
	people := folk.Described()
	for i := range people {
		people[i].PINs = folk.PINs{Signature: "KADO3141", Authentication: "3141", Text: "3141", Register: "3141"}
	}
	asked := wanted.Asked{Client: "見本商店", Origin: "https://shop.example", Claims: []lang.Text{wanted.Claim(oidc.ClaimName), wanted.Claim(oidc.ClaimAddress)}}
	signing := asked
	signing.Signs, signing.Digest = true, "9f86d081884c7d65"
	at := func(p folk.Persona) string { return link("int_sample", p.ID, "") }
	list := chooseView{Interaction: "int_sample", Ways: "/login/int_sample", Asked: asked}
	list.Ordinary, list.Other = split(people, "", false, at)
	found := chooseView{Interaction: "int_sample", Ways: "/login/int_sample", Asked: signing, Signs: true, Search: "在留"}
	found.Ordinary, found.Other = split(people, found.Search, true, at)
	all := peopleView{Manners: manners, Header: Header, Missing: []string{"expired-card"}}
	all.Ordinary, all.Other = split(people, "", false, at)
	one := oneView{Interaction: "int_sample", Ways: "/login/int_sample", Asked: asked, Back: link("int_sample", "", ""), Persona: list.Ordinary[0], Manners: mannersOf(list.Ordinary[0].Persona)}
	refused := func(l lang.Lang) any {
		v, e := one, WrongPIN.New(2)
		what, why, cure := e.In(l)
		v.Result = &web.Refusal{Code: e.Code(), What: what, Why: why, Cure: cure}
		return &v
	}
	page := func(name string, title lang.Text, data any) web.Page {
		return web.Page{Name: "testcard/" + name, Title: title, Data: data, Bare: name != "people"}
	}
	return []web.Story{
		{Name: "choose", Page: page("choose", texts["testcard.title"], list)},
		{Name: "choose-found", Page: page("choose", texts["testcard.title"], found)},
		{Name: "choose-nobody", Page: page("choose", texts["testcard.title"], chooseView{Interaction: "int_sample", Ways: "/login/int_sample", Asked: asked, Nobody: true})},
		{Name: "one", Page: page("one", one.Persona.Title, &one)},
		{Name: "one-refused", Page: page("one", one.Persona.Title, nil), In: refused},
		{Name: "people", Page: page("people", texts["testcard.people.title"], all)},
		{Name: "people-none-found", Page: page("people", texts["testcard.people.title"], peopleView{Manners: manners, Header: Header, Search: "？"})},
	}
}
