package authority

import (
	"context"
	"crypto/rsa"
	"sync"

	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/jpki"
	"kado/mynumber"
)

// Places gives the names that stand in certificates.
type Places interface {
	// Place returns prefecture and municipality in Latin letters, and false for
	// a code that stands for no municipality on that day.
	Place(code mynumber.MunicipalityCode, on mynumber.Date) (jpki.Place, bool)
}

// KeySource makes keys for cards; keystore.Pool is one. Each key is handed out
// once and no copy is kept.
type KeySource interface {
	RSA2048() (*rsa.PrivateKey, error)
}

// Deps is what the office stands on. All are required; Settings that are not
// valid are refused at the first certificate.
type Deps struct {
	DB       *db.DB
	Keys     keystore.Store
	Clock    clock.Clock
	Entropy  entropy.Source
	Settings jpki.Settings
	Register registry.Register
	Cards    cards.Records
	Places   Places
	CardKeys KeySource
	// Signers is how many signatures of a batch run side by side; 0 leaves it to
	// the key store (keystore.Sessions).
	Signers int
	// CeremonyOnly: generations begin by a ceremony alone, never by themselves.
	CeremonyOnly bool
	// SerialKey replaces the key store's secret behind the serial numbers. Only a
	// sandbox gives one, made from its seed, so that the seed repeats a life with
	// its serial numbers; whoever knows the seed can foresee them.
	SerialKey []byte
}

// Office is the two certification authorities. Make it with New. Safe for
// concurrent use.
type Office struct {
	db       *db.DB
	keys     keystore.Store
	clock    clock.Clock
	entropy  entropy.Source
	settings jpki.Settings
	register registry.Register
	cards    cards.Records
	places   Places
	cardKeys KeySource
	parallel int
	byHand   bool // generations begin by a ceremony alone

	shapes       sync.Map           // shapeOf to the count of copies that passed
	ceremonyStep func(string) error // in tests

	serials serials

	mu         sync.Mutex // guards the caches below
	profiles   map[generationID]*jpki.Profile
	responders map[generationID]responder
}

// New returns the office. Its tables must have been brought up to date (Schema).
func New(d Deps) *Office {
	return &Office{db: d.DB, keys: d.Keys, clock: d.Clock, entropy: d.Entropy, settings: d.Settings, register: d.Register,
		cards: d.Cards, places: d.Places, cardKeys: d.CardKeys, parallel: d.Signers, byHand: d.CeremonyOnly, serials: serials{given: d.SerialKey},
		profiles: map[generationID]*jpki.Profile{}, responders: map[generationID]responder{}}
}

var _ Issuing = (*Office)(nil)

// system is who acts when the office follows another office's act or the clock.
var system = journal.Actor{Kind: journal.System, ID: "authority"}

// Handlers returns what the office does about the effects of others, by effect
// kind. Each may see an effect any number of times and in any order.
func (o *Office) Handlers() map[string]func(context.Context, journal.Effect) error {
	return map[string]func(context.Context, journal.Effect) error{
		cards.EffectActivated:  o.onCard,
		cards.EffectSuspended:  o.onCard,
		cards.EffectResumed:    o.onCard,
		cards.EffectEnded:      o.onCard,
		registry.EffectChanged: o.onAttributesChanged,
	}
}
