package cards

import (
	"context"
	"encoding/json"

	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
)

// Deps is what the office stands on. All are required.
type Deps struct {
	DB      *db.DB
	Keys    keystore.Store
	Clock   clock.Clock
	Entropy entropy.Source
}

// Office is the card record and the card management system. Make it with New.
// Safe for concurrent use.
type Office struct {
	db      *db.DB
	keys    keystore.Store
	clock   clock.Clock
	entropy entropy.Source
}

// New returns the office. Its tables must have been brought up to date (Schema).
func New(d Deps) *Office {
	return &Office{db: d.DB, keys: d.Keys, clock: d.Clock, entropy: d.Entropy}
}

var (
	_ Keeper  = (*Office)(nil)
	_ Manager = (*Office)(nil)

	_ FreeArea = (*Office)(nil)
)

// system is who acts when the office follows another office's act.
var system = journal.Actor{Kind: journal.System, ID: "cards"}

// Handlers returns what the office does about the effects of others, by effect
// kind. Each may see an effect any number of times.
func (o *Office) Handlers() map[string]func(context.Context, journal.Effect) error {
	return map[string]func(context.Context, journal.Effect) error{
		registry.EffectDied: o.onDeath,
	}
}

// onDeath ends the cards of a person who died (R-40, P-29).
func (o *Office) onDeath(ctx context.Context, e journal.Effect) error {
	var p registry.Died
	if err := json.Unmarshal(e.Payload, &p); err != nil || p.Person == "" {
		return Malformed.Because(err, "effect")
	}
	return o.AbolishAll(ctx, system, p.Person, EndDeath)
}

// secret returns a secret value of the office, made at its first use.
func (o *Office) secret(ctx context.Context, id string) ([]byte, error) {
	for {
		s, err := o.keys.Secret(ctx, id)
		if err == nil || !keystore.UnknownKey.Is(err) {
			return s, err
		}
		s, err = o.keys.CreateSecret(ctx, id, secretLen)
		if err == nil || !keystore.KeyExists.Is(err) {
			return s, err
		}
		// Another process made it in between: read that one.
	}
}

// secretLen is the length of the office's secrets in bytes.
const secretLen = 32

func malformed(field string) *fault.Error { return Malformed.New(field) }
