package oidc

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/validation"
	"kado/internal/digital/login"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/keystore"
	"kado/internal/platform/lang"
	"kado/internal/platform/recent"
	"kado/internal/platform/vault"
	"kado/jpki"
	"kado/mynumber"
)

// Deps is what the provider stands on.
type Deps struct {
	DB    *db.DB
	Clock clock.Clock
	// PartyClock is the time as relying parties have it; nil for Clock.
	PartyClock clock.Clock
	Entropy    entropy.Source
	Keys       keystore.Store
	Login      login.Provider
	// Authority and Validation answer about the certificates of signatures and about
	// whose card attributes came from; Verifier is the id under which the login
	// office is accredited.
	Authority  authority.Authority
	Validation validation.Desk
	Verifier   string
	// Consents are those that holders gave to verifiers; nil for none.
	Consents HolderConsents
	Settings jpki.Settings
	// Proofs is the room that opens what proves a card's attributes.
	Proofs *vault.Proofs
	// Base is the public address, "http://localhost:8080", without a slash at its
	// end. The issuer is Base + "/api/realms/main".
	Base   string
	Secure bool // Base is reached over TLS
	// Sandbox opens the client pages and lets ways vouch for what a card said.
	Sandbox bool
	// OpenClients admits clients that nobody registered, on the own machine; in a
	// sandbox only.
	OpenClients bool
	// Strict is the mode of clients that name none.
	Strict bool
	// Observe, if given, hears of every step of a relying party and every mistake,
	// each with the context of the request in which it happened. It must not block.
	Observe func(context.Context, Event)
	Log     *slog.Logger
}

// Event is one step of a relying party.
type Event struct {
	At          time.Time // by the parties' clock
	Client      string    // as claimed; "" while unknown
	Step        string    // "par", "authorization", "interaction", "token", "userinfo", "sign", "result", "clients"
	Interaction string    // "" where there is none
	Detail      lang.Text // what happened, for developers; no secret and nothing of a holder
	Fault       *fault.Error
	Error       string // the OAuth error that was answered; "" for none
	// Description goes with Error where there is no Fault: a way ended the login, and
	// its words begin with the number.
	Description string
}

// Provider is the OpenID Connect provider. Make it with New; add ways before it
// serves. Safe for concurrent use.
type Provider struct {
	d      Deps
	issuer string
	origin string // of Base
	ways   []Way
	keys   keyring
	// clients are those read so far, *client by id.
	clients sync.Map
	// cards are those of certificates, by serial number.
	cards    recent.Facts[mynumber.CardID]
	sweeping clock.Every
}

// New returns the provider. The tables of the login office must have been brought
// up to date (login.Schema).
func New(d Deps) (*Provider, error) {
	u, err := url.Parse(d.Base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Scheme+"://"+u.Host != d.Base {
		return nil, errors.New("oidc: the base address is scheme and host alone")
	}
	if d.OpenClients && !d.Sandbox {
		return nil, errors.New("oidc: open clients are for a sandbox")
	}
	if d.PartyClock == nil {
		d.PartyClock = d.Clock
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	p := &Provider{sweeping: clock.Every{Period: sweepEvery}, d: d, issuer: d.Base + realmPath, origin: d.Base}
	p.keys.store = d.Keys
	return p, nil
}

// Issuer is the issuer's address.
func (p *Provider) Issuer() string { return p.issuer }

// Offer adds ways in the order in which they are shown.
func (p *Provider) Offer(ways ...Way) { p.ways = append(p.ways, ways...) }

// wire is the parties' time.
func (p *Provider) wire() time.Time { return p.d.PartyClock.Now().UTC() }

func (p *Provider) observe(ctx context.Context, e Event) {
	if p.d.Observe == nil {
		return
	}
	e.At = p.wire()
	p.d.Observe(ctx, e)
}

// digest is how what must stay secret is kept.
func digest(s string) []byte {
	d := sha256.Sum256([]byte(s))
	return d[:]
}

// tooOften bounds how often an id is drawn anew where it is taken, as it is when a
// seeded source repeats itself after a restart.
const tooOften = 100_000

// draw draws ids of a prefix until insert has made a row with one; 0 of insert says
// that the id was taken.
func (p *Provider) draw(prefix string, insert func(id string) (int64, error)) (string, error) {
	for range tooOften {
		id, err := entropy.ID(p.d.Entropy.Stream("login.oidc."+prefix), prefix)
		if err != nil {
			return "", err
		}
		if n, err := insert(id); err != nil || n != 0 {
			return id, err
		}
	}
	return "", errors.New("oidc: the source of ids repeats itself")
}

func words(s string) []string { return strings.Fields(s) }
