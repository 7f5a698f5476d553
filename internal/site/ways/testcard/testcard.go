// Package testcard is the way of logging in for whoever develops a relying party:
// no card and no reader, but a list of people (internal/scenario/folk) whose cards
// answer at a click, as they should or in one of the ways in which things go
// wrong. Programs choose without a page, by the header Kado-Test-Card or by
// login_hint.
//
// What is used is a copy of the persona's card, made for this one login: the card
// on the shelf keeps its tries, so that a test meets the same card every time.
//
// It exists in a sandbox only.
package testcard

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/scenario/folk"
	"kado/internal/site"
	"kado/internal/world/shelf"
)

// Header names the persona to a program's authorization request: "adult", or with
// a manner of answering behind a colon, "adult:wrong-pin". login_hint takes the
// same.
const Header = "Kado-Test-Card"

const (
	path       = "/login/test-card"
	peoplePath = "/sandbox/people"
)

// Options of the way.
type Options struct {
	Desk  oidc.Desk
	Folk  *folk.Folk
	Shelf *shelf.Shelf
}

// Cards is this way. Make it with New. Safe for concurrent use.
type Cards struct {
	o     Options
	shell *web.Shell

	mu     sync.Mutex
	copies map[string]*shelf.Copy // by persona
}

// New returns the way.
func New(o Options) *Cards { return &Cards{o: o, copies: map[string]*shelf.Copy{}} }

// Way is what the provider offers.
func (c *Cards) Way() oidc.Way {
	return oidc.Way{ID: "test-card", Icon: "person",
		Title:  lang.Text{JA: "テストカードを選ぶ", EN: "Choose a test card"},
		Text:   lang.Text{JA: "架空の住民のカードで、正常な答えも異常な答えも一度の操作で試せます。", EN: "Cards of fictitious people, which answer rightly or wrongly at a click."},
		Path:   func(interaction string) string { return path + "?interaction=" + interaction },
		Chosen: c.chosen}
}

// chosen reports whether a request names a persona.
func (c *Cards) chosen(r *http.Request, hint string) bool {
	if r.Header.Get(Header) != "" {
		return true
	}
	id, _, _ := strings.Cut(hint, ":")
	return id != "" && slices.Contains(folk.IDs(), id)
}

// choice reads "adult" or "adult:wrong-pin".
func (c *Cards) choice(word string) (folk.Persona, Manner, error) {
	id, how, _ := strings.Cut(word, ":")
	p, err := c.o.Folk.ByID(id)
	if err != nil {
		return p, Manner{}, err
	}
	m, err := manner(how)
	return p, m, err
}

// play answers an interaction with a persona's card and returns where the browser
// goes. alone says that no holder is there who could mend a refusal: it then ends
// the login at the relying party, with its number in the description.
func (c *Cards) play(ctx context.Context, i oidc.Interaction, p folk.Persona, m Manner, alone bool) (string, error) {
	if m.cancels != nil {
		return c.cancel(ctx, i.ID, m.cancels.New())
	}
	// What does not say whom it is for is signed by no card (P-42).
	if _, err := login.ParseStatement(i.Challenge.Message); err != nil {
		return "", err
	}
	a, err := m.do(ctx, c, i, p)
	if err == nil {
		a.Consented = alone
		var next string
		if next, err = c.o.Desk.Answer(ctx, i.ID, a); err == nil {
			return next, nil
		}
	}
	if k := fault.Of(err).Kind; !alone || k.Class == fault.Internal || k.Class == fault.NotFound {
		return "", err
	}
	return c.cancel(ctx, i.ID, err)
}

// cancel ends an interaction for a numbered reason.
func (c *Cards) cancel(ctx context.Context, id string, why error) (string, error) {
	e := fault.Of(why)
	what, _, _ := e.In(lang.EN)
	return c.o.Desk.Cancel(ctx, id, "access_denied", e.Code()+" "+what)
}

// Part is what the site serves.
func (c *Cards) Part() site.Part {
	return site.Part{Room: room(),
		Tile: site.Tile{Path: peoplePath, Icon: "person", Title: texts["testcard.people.tile"], Text: texts["testcard.people.about"]},
		Mount: func(shell *web.Shell, mux *http.ServeMux) {
			c.shell = shell
			for pattern, h := range map[string]func(http.ResponseWriter, *http.Request) error{
				"GET " + path: c.choose, "POST " + path: c.use, "GET " + peoplePath: c.people,
			} {
				mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
					if err := h(w, r); err != nil {
						shell.Fault(w, r, err)
					}
				})
			}
		}}
}
