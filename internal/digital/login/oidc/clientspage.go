package oidc

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
)

type clientsView struct {
	Issuer, Discovery string
	Open              bool
	Clients           []clientRow
	Registered        string // the id of the client that was just entered; "" for none
	Form              clientForm
}

// clientRow is a client as the list shows it: what it says beyond the defaults by the
// names of the file.
type clientRow struct {
	Client
	Settings []string
}

func rowOf(c Client) clientRow {
	r := clientRow{Client: c}
	add := func(name string, there bool, value any) {
		if there {
			r.Settings = append(r.Settings, fmt.Sprintf("%s: %v", name, value))
		}
	}
	add("scopes", len(c.Scopes) > 0, strings.Join(c.Scopes, " "))
	if c.Strict != nil {
		add("strict", true, *c.Strict)
	}
	add(fieldPush, c.RequirePushed, true)
	for _, f := range formatFields {
		add(f.name, *f.of(&c.Formats) != "", *f.of(&c.Formats))
	}
	add(fieldEncryptTo, c.Signing.EncryptTo != nil, "JWK")
	add(fieldGovernment, c.Signing.Government, true)
	add(fieldBareHashRaw, c.Signing.BareHashRaw, true)
	return r
}

// The form's fields have the names of the file's members, inner ones behind a point.
const (
	fieldPush        = "require_pushed_authorization_requests"
	fieldEncryptTo   = "signing.encrypt_to"
	fieldGovernment  = "signing.government"
	fieldBareHashRaw = "signing.bare_hash_raw"
	ticked           = "true"
)

// formatField is the choice of one attribute's form, its examples by value.
type formatField struct {
	name    string
	label   lang.Text
	of      func(*Formats) *Format
	choices []formatChoice
}

type formatChoice struct {
	value   Format
	example lang.Text
}

func same(s string) lang.Text { return lang.Text{JA: s, EN: s} }

var formatFields = []formatField{
	{"formats.name", claimTexts[ClaimName], func(f *Formats) *Format { return &f.Name }, []formatChoice{
		{NameAsOnCard, lang.Text{JA: "試験　花子（カードのまま、全角の空白）", EN: "試験　花子 (as on the card, wide space)"}}, {NameSpaced, lang.Text{JA: "試験 花子（半角の空白）", EN: "試験 花子 (ASCII space)"}}}},
	{"formats.address", claimTexts[ClaimAddress], func(f *Formats) *Format { return &f.Address }, []formatChoice{
		{AddressString, lang.Text{JA: "1つの文字列", EN: "one string"}}, {AddressObject, same(`{"formatted": …, "country": "JP"}`)}}},
	{"formats.birthdate", claimTexts[ClaimBirthdate], func(f *Formats) *Format { return &f.Birthdate }, []formatChoice{
		{BirthdateISO, same("1980-02-17")}, {BirthdateCompact, same("19800217")}}},
	{"formats.gender", claimTexts[ClaimGender], func(f *Formats) *Format { return &f.Gender }, []formatChoice{
		{GenderWord, same("male, female")}, {GenderCode, lang.Text{JA: "1、2、9（カードと同じ）", EN: "1, 2, 9 (as in the card)"}}}},
}

// option is one entry of a list to choose from.
type option struct {
	Value string
	Text  lang.Text
	On    bool
}

type choiceField struct {
	Name    string
	Label   lang.Text
	Options []option
}

// clientForm is the form with what was entered.
type clientForm struct {
	ID, Name, Redirects, Keys, EncryptTo string
	Scopes                               []option
	Modes                                []option
	Push, Government, BareHashRaw        bool
	Formats                              []choiceField
	// Refused is the field to which a refusal belongs; "" for none.
	Refused string
	Refusal web.Refusal
	// More opens the settings that may be left alone.
	More bool
}

// clientFields are all fields of the form, in the order in which they stand there.
func clientFields() []string {
	out := []string{"client_id", "name", "redirect_uris", "jwks"}
	for _, s := range scopes[1:] {
		out = append(out, "scopes."+s)
	}
	out = append(out, "strict", fieldPush)
	for _, f := range formatFields {
		out = append(out, f.name)
	}
	return append(out, fieldEncryptTo, fieldGovernment, fieldBareHashRaw)
}

// secretMember finds what only private and symmetric keys have: it is never sent back.
var secretMember = regexp.MustCompile(`"(d|p|q|dp|dq|qi|oth|k)"\s*:`)

func withoutSecrets(s string) string {
	if secretMember.MatchString(s) {
		return ""
	}
	return s
}

// formOf is the form with what f holds; an empty f gives the empty form.
func (p *Provider) formOf(f url.Values) clientForm {
	out := clientForm{ID: f.Get("client_id"), Name: f.Get("name"), Redirects: f.Get("redirect_uris"), Keys: withoutSecrets(f.Get("jwks")), EncryptTo: withoutSecrets(f.Get(fieldEncryptTo)),
		Push: f.Has(fieldPush), Government: f.Has(fieldGovernment), BareHashRaw: f.Has(fieldBareHashRaw)}
	for _, s := range scopes[1:] {
		text, ok := claimTexts[Claim(s)]
		if !ok {
			text = texts["login.clients.scope.sign"]
		}
		out.Scopes = append(out.Scopes, option{s, text, f.Has("scopes." + s)})
	}
	mode := texts["login.clients.lenient"]
	if p.d.Strict {
		mode = texts["login.clients.strict"]
	}
	unsaid := texts["login.clients.unsaid"]
	for _, o := range []option{{"", lang.Text{JA: unsaid.With(lang.JA, mode.JA), EN: unsaid.With(lang.EN, mode.EN)}, false}, {"false", texts["login.clients.lenient"], false}, {"true", texts["login.clients.strict"], false}} {
		o.On = o.Value == f.Get("strict")
		out.Modes = append(out.Modes, o)
	}
	for _, field := range formatFields {
		usual := string(*field.of(&defaultFormats))
		c := choiceField{Name: field.name, Label: field.label, Options: []option{{"", lang.Text{JA: unsaid.With(lang.JA, usual), EN: unsaid.With(lang.EN, usual)}, false}}}
		for _, one := range field.choices {
			c.Options = append(c.Options, option{string(one.value), lang.Text{JA: string(one.value) + "：" + one.example.JA, EN: string(one.value) + ": " + one.example.EN}, string(one.value) == f.Get(field.name)})
		}
		out.Formats = append(out.Formats, c)
	}
	for name := range f {
		out.More = out.More || f.Get(name) != "" && !slices.Contains([]string{"client_id", "name", "redirect_uris", "jwks"}, name)
	}
	return out
}

// clientOfForm reads what was entered. What the form's own fields cannot say is
// BadClient with the field's name; everything else is for check.
func clientOfForm(f url.Values) (Client, error) {
	c := Client{ID: f.Get("client_id"), Name: f.Get("name"), RedirectURIs: strings.Fields(f.Get("redirect_uris"))}
	if web.StrictJSON([]byte(f.Get("jwks")), &c.JWKS) != nil {
		return c, BadClient.New("jwks")
	}
	box := func(name string) (bool, error) {
		if f.Has(name) && f.Get(name) != ticked {
			return false, BadClient.New(name)
		}
		return f.Has(name), nil
	}
	for _, s := range scopes[1:] {
		on, err := box("scopes." + s)
		if err != nil {
			return c, err
		}
		if on {
			c.Scopes = append(c.Scopes, s)
		}
	}
	switch v := f.Get("strict"); v {
	case "":
	case "true", "false":
		strict := v == "true"
		c.Strict = &strict
	default:
		return c, BadClient.New("strict")
	}
	for _, field := range formatFields {
		*field.of(&c.Formats) = Format(f.Get(field.name))
	}
	if raw := strings.TrimSpace(f.Get(fieldEncryptTo)); raw != "" {
		c.Signing.EncryptTo = &jose.JSONWebKey{}
		if web.StrictJSON([]byte(raw), c.Signing.EncryptTo) != nil {
			return c, BadClient.New(fieldEncryptTo)
		}
	}
	for name, to := range map[string]*bool{fieldPush: &c.RequirePushed, fieldGovernment: &c.Signing.Government, fieldBareHashRaw: &c.Signing.BareHashRaw} {
		on, err := box(name)
		if err != nil {
			return c, err
		}
		*to = on
	}
	return c, nil
}

// refusedField is the field of the form that a refusal is about; "" for none.
func refusedField(err error) string {
	e := fault.Of(err)
	if ClientTaken.Is(err) {
		return "client_id"
	}
	if !BadClient.Is(err) || len(e.Args) != 1 {
		return ""
	}
	name, _ := e.Args[0].(string) // whatever is no field has none
	if !slices.Contains(clientFields(), name) {
		return ""
	}
	return name
}

func clientsPage(v clientsView) web.Page {
	return web.Page{Name: "login/clients", Title: texts["login.clients.title"], Data: v}
}

func (p *Provider) clientsView(r *http.Request, f clientForm) (clientsView, error) {
	all, err := p.Clients(r.Context())
	v := clientsView{Issuer: p.issuer, Discovery: p.d.Base + discoveryPath, Open: p.d.OpenClients, Form: f}
	for _, c := range all {
		v.Clients = append(v.Clients, rowOf(c))
	}
	return v, err
}

func (p *Provider) showClients(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := web.Query(r, "registered")
		var v clientsView
		if err == nil {
			v, err = p.clientsView(r, p.formOf(nil))
		}
		if err != nil {
			shell.Fault(w, r, err)
			return
		}
		for _, c := range v.Clients {
			if c.ID == q.Get("registered") {
				v.Registered = c.ID
			}
		}
		shell.Render(w, r, clientsPage(v))
	}
}

// addClient registers what was entered; what is refused is shown beside its field, with
// everything else as it was entered.
func (p *Provider) addClient(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, err := web.Form(r, clientFields()...)
		if err != nil {
			shell.Fault(w, r, err)
			return
		}
		c, err := clientOfForm(f)
		if err == nil {
			err = p.register(r.Context(), journal.Actor{Kind: journal.System, ID: "clients-page"}, c, sourcePage)
		}
		if err == nil {
			http.Redirect(w, r, "/clients?"+url.Values{"registered": {c.ID}}.Encode(), http.StatusSeeOther)
			return
		}
		form := p.formOf(f)
		if form.Refused = refusedField(err); form.Refused == "" {
			shell.Fault(w, r, err)
			return
		}
		e := fault.Of(err)
		what, why, cure := e.In(web.Language(r))
		form.Refusal = web.Refusal{Code: e.Code(), What: what, Why: why, Cure: cure}
		form.More = form.More || slices.Index(clientFields(), form.Refused) > 3
		v, err := p.clientsView(r, form)
		if err != nil {
			shell.Fault(w, r, err)
			return
		}
		page := clientsPage(v)
		page.Status = web.Status(e.Kind.Class)
		shell.Render(w, r, page)
	}
}

func (p *Provider) listClients(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		all, err := p.Clients(r.Context())
		if err != nil {
			shell.FaultJSON(w, r, err)
			return
		}
		if all == nil {
			all = []Client{}
		}
		writeJSON(w, http.StatusOK, all)
	}
}

// postClient registers one client. The page of another site cannot do so: it cannot
// send this type of content without being asked about first.
func (p *Provider) postClient(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var c writtenClient
		err := web.JSON(r, maxClientFile, &c)
		if err == nil {
			err = p.register(r.Context(), journal.Actor{Kind: journal.System, ID: "clients-api"}, c.Client, sourceAPI)
		}
		if err != nil {
			shell.FaultJSON(w, r, err)
			return
		}
		writeJSON(w, http.StatusCreated, c.Client)
	}
}

// clientStories are the page of clients with sample data.
func clientStories() []web.Story {
	p := &Provider{}
	view := clientsView{Issuer: "http://localhost:8080" + realmPath, Discovery: "http://localhost:8080" + discoveryPath, Form: p.formOf(nil)}
	none, full, refused := view, view, view
	none.Open = true
	strict := true
	full.Registered = "RP00000001"
	full.Clients = []clientRow{rowOf(Client{ID: "RP00000001", Name: "みほん商店", RedirectURIs: []string{"http://localhost:3000/callback"}}),
		rowOf(Client{ID: "bank0001", Name: "みほん銀行", RedirectURIs: []string{"https://bank.example/callback", "https://bank.example/app/callback"}, Scopes: []string{"name", "birthdate", "sign"}, Strict: &strict, RequirePushed: true,
			Formats: Formats{Birthdate: BirthdateCompact, Gender: GenderCode}})}
	refused.Clients = full.Clients
	said := func(l lang.Lang) any {
		v, e := refused, BadClient.New("redirect_uris")
		v.Form = p.formOf(url.Values{"client_id": {"shop0001"}, "name": {"みほん商店"}, "redirect_uris": {"http://shop.example/callback"}, "jwks": {`{"keys":[]}`}, "strict": {"true"}, fieldPush: {ticked}})
		what, why, cure := e.In(l)
		v.Form.Refused, v.Form.Refusal = "redirect_uris", web.Refusal{Code: e.Code(), What: what, Why: why, Cure: cure}
		return v
	}
	return []web.Story{{Name: "clients-none", Page: clientsPage(none)}, {Name: "clients", Page: clientsPage(full)}, {Name: "clients-refused", Page: clientsPage(refused), In: said}}
}
