// Package shelf is the desk of a sandbox: the cards of its shelf, and card readers
// with a slot and a PIN pad. A card is put on a reader, used and taken off, as
// with plastic; everything that reader and chip say to each other is shown and
// explained while it happens.
//
// It is also one of the ways in which a card gets to the browser at a login: the
// holder puts a card on a reader and types the PIN there. PINs go from the pad to
// the reader side and no further: neither the site nor a relying party sees them.
package shelf

import (
	"context"
	"crypto/rsa"
	"embed"
	"io/fs"
	"net/http"
	"net/url"

	"kado/internal/agency/production/cardface"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/scenario/folk"
	"kado/internal/site"
	plastic "kado/internal/world/shelf"
	"kado/mynumber"
)

//go:embed pages/*.html
var pages embed.FS

// Cards is where virtual cards lie.
type Cards interface {
	List() ([]mynumber.CardID, error)
	// Take gives a card power. KADO-7101 no such card, KADO-7102 in use elsewhere.
	Take(id mynumber.CardID) (*plastic.Card, error)
}

// Record is what the offices know of a card.
type Record struct {
	Holder    string    // name, "" where nobody's
	State     lang.Text // of the card record; zero where there is none
	Usable    bool      // delivered and neither stopped nor ended
	ExpiresOn mynumber.Date
	// Face is what is printed on it; nil on a card that nothing is printed on.
	Face *cardface.Face
}

// Records tells what the offices know of a card. A card of which nothing is known
// gives the zero Record.
type Records interface {
	Record(ctx context.Context, id mynumber.CardID) (Record, error)
	// Printed is Record with the photo in its Face.
	Printed(ctx context.Context, id mynumber.CardID) (Record, error)
}

// Options of the desk.
type Options struct {
	Cards   Cards
	Records Records
	Clock   clock.Clock
	// TextRoot is the key up to which the records of cards are checked.
	TextRoot func(ctx context.Context) (*rsa.PublicKey, error)
	// Desk is the provider's; without one there is no login.
	Desk oidc.Desk
	// Personas are people with ready cards; may be nil.
	Personas func() []folk.Persona
	// Notes is a page that tells the PINs of these people; "" for none.
	Notes string
}

// Shelf serves the desk.
type Shelf struct {
	o       Options
	readers *Readers
	faces   faces
	shell   *web.Shell
}

// New makes the desk with three empty readers.
func New(o Options) *Shelf {
	return &Shelf{o: o, readers: NewReaders(o.Cards, o.Clock, 3)}
}

// Readers are the readers on the desk.
func (s *Shelf) Readers() *Readers { return s.readers }

// Close takes every card off its reader.
func (s *Shelf) Close() error { return s.readers.Close() }

const (
	homePath  = "/shelf"
	loginPath = "/shelf/login"
)

// Part is the desk's pages.
func (s *Shelf) Part() site.Part {
	own, err := fs.Sub(pages, "pages")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return site.Part{
		Room: web.Room{Name: "shelf", Pages: own, Texts: texts, Stories: stories()},
		Tile: site.Tile{Path: homePath, Icon: "reader", Title: texts["shelf.tile"], Text: texts["shelf.about"], Menu: true},
		Mount: func(shell *web.Shell, mux *http.ServeMux) {
			s.shell = shell
			s.mount(mux)
		},
	}
}

// Way is the desk as a way to log in.
func (s *Shelf) Way() oidc.Way {
	return oidc.Way{ID: "shelf", Icon: "reader", Title: texts["shelf.way"], Text: texts["shelf.way.about"],
		Path: func(interaction string) string {
			return loginPath + "?" + url.Values{"interaction": {interaction}}.Encode()
		}}
}
