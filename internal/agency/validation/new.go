package validation

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"slices"
	"sync"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/keystore"
	"kado/jpki"
	"kado/jpki/ocsp"
	"kado/mynumber"
)

// Places gives the names that stand in distribution points.
type Places interface {
	// Place returns prefecture and municipality in Latin letters, and false for
	// a code that stands for no municipality on that day.
	Place(code mynumber.MunicipalityCode, on mynumber.Date) (jpki.Place, bool)
}

// Deps is what the office stands on. All are required. Settings and Places are
// those of the authorities.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	Entropy   entropy.Source
	Authority authority.Authority
	Cards     cards.Records
	Register  registry.Register
	Settings  jpki.Settings
	Places    Places
	// Settle delivers every effect that waits, so that a list holds all acts
	// acknowledged before it; nil where that is the caller's care.
	Settle func(context.Context) error
	// Answering says how OCSP is answered fast; the zero value keeps nothing.
	Answering Answering
	// Keys holds the secret that authenticates notifications; nil where nobody is
	// notified.
	Keys keystore.Store
	// LinkDepth is how many steps a question about linkage may go; 0 stands for
	// DefaultLinkDepth.
	LinkDepth int
	// Targets are address ranges beside loopback to which notifications may go.
	Targets []netip.Prefix
}

// Office is the validation authority. Make it with New. Safe for concurrent use.
type Office struct {
	db        *db.DB
	clock     clock.Clock
	entropy   entropy.Source
	authority authority.Authority
	cards     cards.Records
	register  registry.Register
	settings  jpki.Settings
	places    Places
	settle    func(context.Context) error
	keys      keystore.Store
	linkDepth int
	targets   []netip.Prefix
	webhooks  *http.Client

	memory    *memory
	signers   *turnstile
	gathering chan struct{} // holds one while a list is gathered

	mu         sync.Mutex // guards issuers and responders
	issuers    map[jpki.Kind][]issuer
	responders map[responderID]*ocsp.Responder
}

// New returns the office. Its tables must have been brought up to date (Schema).
func New(d Deps) *Office {
	o := &Office{db: d.DB, clock: d.Clock, entropy: d.Entropy, authority: d.Authority, cards: d.Cards, register: d.Register,
		settings: d.Settings, places: d.Places, settle: d.Settle, issuers: map[jpki.Kind][]issuer{},
		gathering: make(chan struct{}, 1), keys: d.Keys, linkDepth: cmp.Or(d.LinkDepth, DefaultLinkDepth), targets: slices.Clone(d.Targets)}
	o.webhooks = o.webhookClient()
	o.prepare(d.Answering)
	return o
}

var (
	_ Desk      = (*Office)(nil)
	_ Registrar = (*Office)(nil)
	_ Window    = (*Office)(nil)
)
