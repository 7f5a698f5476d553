package oidc

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/mynumber"
)

//go:embed pages/*.html
var pageFiles embed.FS

// Room is the provider's pages for the shell.
func (p *Provider) Room() web.Room {
	own, err := fs.Sub(pageFiles, "pages")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return web.Room{Name: "login", Pages: own, Texts: texts, Stories: stories()}
}

// Machine lists the path prefixes that programs call.
func (p *Provider) Machine() []string { return []string{"/api/"} }

// Mount serves endpoints and pages.
func (p *Provider) Mount(shell *web.Shell, mux *http.ServeMux) {
	mux.HandleFunc("GET "+discoveryPath, p.discovery)
	mux.HandleFunc("GET "+certsPath, p.certs)
	mux.HandleFunc("GET "+authPath, p.authorize(shell))
	mux.HandleFunc("POST "+pushPath, p.push)
	mux.HandleFunc("POST "+tokenPath, p.token)
	mux.HandleFunc("GET "+userinfoPath, p.userinfo)
	mux.HandleFunc("POST "+userinfoPath, p.userinfo)
	mux.HandleFunc("POST "+signPath, p.startSigning)
	mux.HandleFunc("GET "+resultPath, p.signingResult)

	mux.HandleFunc("GET /login/{interaction}", p.showWays(shell))
	mux.HandleFunc("GET /login/{interaction}/next", p.next(shell))
	mux.HandleFunc("POST /login/{interaction}/consent", p.decide(shell))
	mux.HandleFunc("POST /login/{interaction}/cancel", p.cancel(shell))

	mux.HandleFunc("GET /consents", p.showConsents(shell))
	mux.HandleFunc("POST /consents/login", p.visit(shell))
	mux.HandleFunc("POST /consents/withdraw", p.withdraw(shell))
	mux.HandleFunc("POST /consents/verifiers/withdraw", p.withdrawFromVerifier(shell))
	mux.HandleFunc("POST /consents/leave", p.leave(shell))

	if p.d.Sandbox {
		mux.HandleFunc("GET /clients", p.showClients(shell))
		mux.HandleFunc("POST /clients", p.addClient(shell))
		mux.HandleFunc("GET "+clientsPath, p.listClients(shell))
		mux.HandleFunc("POST "+clientsPath, p.postClient(shell))
	}
}

// TileTexts are title and text of the entries that lead to the pages from the first
// page: of the consents and, in a sandbox, of the clients.
func TileTexts() (consents, clients [2]lang.Text) {
	return [2]lang.Text{texts["login.consents.title"], texts["login.consents.tile"]}, [2]lang.Text{texts["login.clients.title"], texts["login.clients.tile"]}
}

type wayView struct {
	Path, Icon  string
	Title, Text lang.Text
}

type waysView struct {
	ID, Client string
	Asked      []lang.Text
	Signs      bool
	Ways       []wayView
}

func (p *Provider) showWays(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		i, c, err := p.open(r.Context(), r.PathValue("interaction"))
		if err == nil {
			err = p.bound(r, i)
		}
		if err != nil {
			shell.Fault(w, r, err)
			return
		}
		if i.state != Waiting {
			http.Redirect(w, r, nextPath(i.id), http.StatusSeeOther)
			return
		}
		v := waysView{ID: i.id, Client: c.Name, Asked: asked(i.request.claims()), Signs: i.request.signs()}
		for _, way := range p.ways {
			if way.Fits != nil && !way.Fits(i.request.claims(), i.request.signs()) {
				continue
			}
			v.Ways = append(v.Ways, wayView{way.Path(i.id), way.Icon, way.Title, way.Text})
		}
		shell.Render(w, r, waysPage(v, p.returns(i, c)))
	}
}

func waysPage(v waysView, targets []string) web.Page {
	t := texts["login.ways.title"]
	return web.Page{Name: "login/ways", Title: filled(t, v.Client), Data: v, FormTargets: targets, Bare: true}
}

// filled is a text with a value that is the same in both languages.
func filled(t lang.Text, v string) lang.Text {
	return lang.Text{JA: strings.Replace(t.JA, "%s", v, 1), EN: strings.Replace(t.EN, "%s", v, 1)}
}

// returns is where forms of an interaction's pages may end.
func (p *Provider) returns(i interaction, c *client) []string {
	if u, ok := checkRedirect(i.request.RedirectURI); ok && c.source != sourceOwn {
		return []string{originOf(u)}
	}
	return nil
}

func asked(claims []Claim) (out []lang.Text) {
	for _, c := range claims {
		out = append(out, claimTexts[c])
	}
	return out
}

type valueView struct {
	Label lang.Text
	Value string
	Day   mynumber.Date // of a date
	Text  lang.Text     // where there is neither
}

type consentView struct {
	ID, Client, Origin string
	Values             []valueView
	Signs              bool
}

func (p *Provider) consentPage(i interaction, c *client) web.Page {
	origin := c.sector
	if u, ok := checkRedirect(i.request.RedirectURI); ok {
		origin = originOf(u) // a site's pages may lie on further ports of its host
	}
	v := consentView{ID: i.id, Client: c.Name, Origin: origin, Values: valuesOf(i.request.claims(), i.attributes), Signs: i.request.signs()}
	return consentPage(v, p.returns(i, c))
}

func consentPage(v consentView, targets []string) web.Page {
	return web.Page{Name: "login/consent", Title: filled(texts["login.consent.title"], v.Client), Data: v, FormTargets: targets, Bare: true}
}

// valuesOf shows what is given, each item by name.
func valuesOf(claims []Claim, a *mynumber.Attributes) []valueView {
	out := []valueView{{Label: texts["login.consent.id"], Text: texts["login.consent.id.text"]}}
	if a == nil {
		return out
	}
	for _, c := range claims {
		v := valueView{Label: claimTexts[c]}
		switch c {
		case ClaimName:
			v.Value = a.Name
		case ClaimAddress:
			v.Value = a.Address
		case ClaimBirthdate:
			v.Day = a.BirthDate
		case ClaimGender:
			switch v.Text = texts["login.consent.other"]; a.Sex {
			case mynumber.Male:
				v.Text = texts["login.consent.male"]
			case mynumber.Female:
				v.Text = texts["login.consent.female"]
			}
		}
		out = append(out, v)
	}
	return out
}

const visitCookie = "kado_visit"

type consentRow struct {
	Client, Name string
	Asked        []lang.Text
	GivenAt      time.Time
}

type consentsView struct {
	Known     bool
	Consents  []consentRow
	Verifiers []verifierRow
	Uses      []Use
}

// visitor is the holder whose card this browser has shown; NoVisit otherwise.
func (p *Provider) visitor(r *http.Request) (string, error) {
	c, err := r.Cookie(p.cookieName(visitCookie))
	if err != nil {
		return "", NoVisit.New()
	}
	var holder string
	var ends time.Time
	err = p.d.DB.View(r.Context(), func(tx *db.Tx) error {
		return tx.QueryRow(r.Context(), `SELECT holder, ends_at FROM login_oidc_visit WHERE cookie = $1`, digest(c.Value)).Scan(&holder, db.IntoTime(&ends))
	})
	if errors.Is(err, db.ErrNoRows) || err == nil && !p.wire().Before(ends) {
		return "", NoVisit.New()
	}
	return holder, err
}

func (p *Provider) showConsents(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		holder, err := p.visitor(r)
		if err != nil && !NoVisit.Is(err) {
			shell.Fault(w, r, err)
			return
		}
		v := consentsView{Known: err == nil}
		if v.Known {
			all, err := p.ConsentsOf(r.Context(), holder)
			if err != nil {
				shell.Fault(w, r, err)
				return
			}
			if v.Verifiers, err = p.verifiersOf(r.Context(), holder); err != nil {
				shell.Fault(w, r, err)
				return
			}
			if v.Uses, err = p.UsesOf(r.Context(), holder); err != nil {
				shell.Fault(w, r, err)
				return
			}
			for _, c := range all {
				v.Consents = append(v.Consents, consentRow{c.Client, c.Name, append([]lang.Text{texts["login.consent.id"]}, asked(claimsOf(c.Claims))...), c.GivenAt})
			}
		}
		shell.Render(w, r, consentsPage(v))
	}
}

func claimsOf(scopes []string) []Claim { r := request{Scopes: scopes}; return r.claims() }

func consentsPage(v consentsView) web.Page {
	return web.Page{Name: "login/consents", Title: texts["login.consents.title"], Data: v}
}

// visit begins an interaction of the provider's own client: a login whose end is the
// list of consents.
func (p *Provider) visit(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, err := web.Form(r)
		var id string
		if err == nil {
			id, err = p.beginVisit(w, r)
		}
		if err != nil {
			shell.Fault(w, r, err)
			return
		}
		http.Redirect(w, r, p.firstPage(r, id, ""), http.StatusSeeOther)
	}
}

func (p *Provider) beginVisit(w http.ResponseWriter, r *http.Request) (string, error) {
	ctx := r.Context()
	c, err := p.client(ctx, ownClient)
	if UnknownClient.Is(err) {
		own := Client{ID: ownClient, Name: "Kado", RedirectURIs: []string{p.d.Base + "/consents"}, JWKS: jose.JSONWebKeySet{}}
		u, err := url.Parse(p.d.Base)
		if err != nil {
			return "", err
		}
		if err := p.enter(ctx, journal.Actor{Kind: journal.System, ID: "oidc"}, own, originOf(u), sourceOwn); err != nil {
			return "", err
		}
		if c, err = p.client(ctx, ownClient); err != nil {
			return "", err
		}
	} else if err != nil {
		return "", err
	}
	cookie, err := p.browser(w, r)
	if err != nil {
		return "", err
	}
	return p.begin(ctx, c, request{Client: ownClient, RedirectURI: p.d.Base + "/consents", Scopes: []string{"openid"}}, digest(cookie))
}

// admitVisitor gives the browser whose card has answered a session for the list of
// consents. The session is a new one each time.
func (p *Provider) admitVisitor(shell *web.Shell, w http.ResponseWriter, r *http.Request, i interaction, c *client) {
	secret, err := newSecret()
	if err == nil {
		err = p.d.DB.Tx(r.Context(), func(tx *db.Tx) error { return p.openVisit(r.Context(), tx, i, c, secret) })
	}
	if err != nil {
		shell.Fault(w, r, err)
		return
	}
	p.setCookie(w, visitCookie, secret)
	http.Redirect(w, r, "/consents", http.StatusSeeOther)
}

func (p *Provider) openVisit(ctx context.Context, tx *db.Tx, i interaction, c *client, secret string) error {
	done := i
	done.state = Granted
	ok, err := done.move(ctx, tx, Answered)
	if err != nil {
		return err
	}
	if !ok {
		return NoInteraction.New()
	}
	holder, _, err := personOf(ctx, tx, c.party, i.pairwise)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO login_oidc_visit (cookie, holder, ends_at) VALUES ($1, $2, $3)`, digest(secret), holder, p.wire().Add(visitLife))
	return err
}

func (p *Provider) withdraw(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		holder, err := p.visitor(r)
		var f url.Values
		if err == nil {
			f, err = web.Form(r, "client")
		}
		if err == nil {
			err = p.Withdraw(r.Context(), holder, f.Get("client"))
		}
		if err != nil {
			shell.Fault(w, r, err)
			return
		}
		http.Redirect(w, r, "/consents", http.StatusSeeOther)
	}
}

func (p *Provider) leave(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie(p.cookieName(visitCookie)); err == nil {
			err := p.d.DB.Tx(r.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(r.Context(), `DELETE FROM login_oidc_visit WHERE cookie = $1`, digest(c.Value))
				return err
			})
			if err != nil {
				shell.Fault(w, r, err)
				return
			}
		}
		http.SetCookie(w, &http.Cookie{Name: p.cookieName(visitCookie), Path: "/", MaxAge: -1, Secure: p.d.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
		http.Redirect(w, r, "/consents", http.StatusSeeOther)
	}
}

// stories are the pages with sample data.
func stories() []web.Story {
	at := time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)
	someone := &mynumber.Attributes{Name: "試験　花子", Address: "東京都清瀬市中里５丁目８４２番地", BirthDate: mynumber.Date{Year: 1980, Month: time.February, Day: 17}, Sex: mynumber.Female}
	ways := waysView{ID: "int_story", Client: "みほん商店", Asked: asked(Claims), Ways: []wayView{
		{"/", "card", lang.Text{JA: "試験用カード", EN: "Test card"}, lang.Text{JA: "用意された人物から選びます。", EN: "Choose one of the people who are ready."}},
		{"/", "reader", lang.Text{JA: "カードリーダー", EN: "Card reader"}, lang.Text{JA: "このパソコンのリーダーを使います。", EN: "Use a reader of this computer."}}}}
	sign := ways
	sign.Asked, sign.Signs = nil, true
	return append(clientStories(), []web.Story{
		{Name: "ways", Page: waysPage(ways, nil)},
		{Name: "ways-sign", Page: waysPage(sign, nil)},
		{Name: "ways-none", Page: waysPage(waysView{ID: "int_story", Client: "みほん商店"}, nil)},
		{Name: "consent", Page: consentPage(consentView{ID: "int_story", Client: "みほん商店", Origin: "https://shop.example", Values: valuesOf(Claims, someone)}, nil)},
		{Name: "consent-sign", Page: consentPage(consentView{ID: "int_story", Client: "みほん銀行", Origin: "https://bank.example", Values: valuesOf(nil, nil), Signs: true}, nil)},
		{Name: "consents-first", Page: consentsPage(consentsView{})},
		{Name: "consents-none", Page: consentsPage(consentsView{Known: true})},
		{Name: "consents", Page: consentsPage(consentsView{Known: true, Verifiers: []verifierRow{sampleVerifier(at)}, Uses: []Use{{at.Add(time.Hour), lang.Text{JA: "サービスにログインし、情報を提供しました", EN: "Logged in at a service and gave it information"}, "みほん商店", ""}, {at, lang.Text{JA: "利用者証明用電子証明書によるログインを断りました", EN: "A login with the user authentication certificate was refused"}, "みほん銀行", "KADO-4203"}}, Consents: []consentRow{{"shop", "みほん商店", append([]lang.Text{texts["login.consent.id"]}, asked(Claims)...), at}, {"bank", "みほん銀行", []lang.Text{texts["login.consent.id"]}, at}}})},
	}...)
}
