// Package server is the one place that joins offices, database and HTTP.
package server

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/hotline"
	"kado/internal/agency/intake"
	"kado/internal/agency/production"
	"kado/internal/agency/validation"
	"kado/internal/digital/login"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/custody"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/notice"
	"kado/internal/platform/purpose"
	"kado/internal/platform/staff"
	"kado/internal/platform/vault"
	"kado/internal/world/places"
	"kado/jpki"
	"kado/mynumber"
)

// Config is what a house stands on.
type Config struct {
	DB       string          // database URL, see db.Open
	Purpose  purpose.Purpose // what the database has to be for
	Keys     keystore.Store
	Clock    clock.Clock
	Entropy  entropy.Source
	CardKeys authority.KeySource // keys for chips, usually a keystore.Pool
	Settings jpki.Settings
	// SerialKey is authority.Deps.SerialKey: of a sandbox, nil elsewhere.
	SerialKey []byte
	// LoginVerifier is the id under which the login office is accredited with the
	// validation office. One that is not known yet is accredited now; "" under an id
	// of its own (House.LoginVerifier tells it).
	LoginVerifier string
	// StatusURL is where the login office asks for the status of certificates by OCSP, as
	// relying parties do, without a slash at the end. Nil has it ask the validation
	// office of this house within the process.
	StatusURL func() string
}

// House is all offices on one database.
type House struct {
	DB         *db.DB
	Vault      *vault.Vault
	Registry   *registry.Office
	Intake     *intake.Office
	Cards      *cards.Office
	Authority  *authority.Office
	Production *production.Office
	Custody    *custody.Office
	Validation *validation.Office
	Counter    *counter.Office
	Hotline    *hotline.Office
	Login      *login.Office

	LoginVerifier string

	clock    clock.Clock
	settings jpki.Settings
	settling sync.Mutex // a courier is used by one goroutine at a time
	courier  *journal.Courier
	wire     *http.Client // to the responder
}

// system is who acts when the house sets itself up.
var system = journal.Actor{Kind: journal.System, ID: "house"}

// Open opens the database, brings its tables up to date and joins the offices.
func Open(ctx context.Context, c Config) (h *House, err error) {
	d, err := db.Open(ctx, c.DB)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	// No more than is needed to know whether this is the right database.
	if err = d.Migrate(ctx, purpose.Schema(), journal.Schema(), staff.Schema()); err != nil {
		return nil, err
	}
	if err = admit(ctx, d, c.Purpose); err != nil {
		return nil, err
	}
	err = d.Migrate(ctx, notice.Schema(), vault.Schema(), registry.Schema(), intake.Schema(),
		cards.Schema(), authority.Schema(), production.Schema(), custody.Schema(), validation.Schema(), counter.Schema(),
		hotline.Schema(), login.Schema())
	if err != nil {
		return nil, err
	}
	h = &House{DB: d, clock: c.Clock, settings: c.Settings, wire: &http.Client{Timeout: 10 * time.Second, Transport: statusWire()}}
	if h.Vault, err = vault.Open(ctx, d, c.Keys, c.Clock, c.Entropy); err != nil {
		return nil, err
	}
	h.Registry = registry.New(registry.Deps{DB: d, Clock: c.Clock, Entropy: c.Entropy, Numbers: h.Vault})
	h.Cards = cards.New(cards.Deps{DB: d, Keys: c.Keys, Clock: c.Clock, Entropy: c.Entropy})
	h.Intake = intake.New(intake.Deps{DB: d, Clock: c.Clock, Entropy: c.Entropy, Register: h.Registry, Cards: h.Cards, Photos: intake.MachineExaminer{}})
	h.Authority = authority.New(authority.Deps{DB: d, Keys: c.Keys, Clock: c.Clock, Entropy: c.Entropy, Settings: c.Settings, SerialKey: c.SerialKey,
		Register: h.Registry, Cards: h.Cards, Places: gazetteer{}, CardKeys: c.CardKeys})
	h.Production = production.New(production.Deps{DB: d, Clock: c.Clock, Entropy: c.Entropy, Keys: c.Keys, Register: h.Registry,
		Files: h.Intake, Numbers: h.Vault, Cards: h.Cards, Authority: h.Authority})
	h.Custody = custody.New(custody.Deps{DB: d, Clock: c.Clock, Cards: h.Cards, Shipments: h.Production})
	h.Counter = counter.New(counter.Deps{DB: d, Clock: c.Clock, Entropy: c.Entropy, Keys: c.Keys, Register: h.Registry, Cards: h.Cards,
		Authority: h.Authority, Records: h.Production, Custody: h.Custody})
	h.Hotline = hotline.New(hotline.Deps{DB: d, Clock: c.Clock, Entropy: c.Entropy, Finder: h.Registry, Cards: h.Cards})
	numbering, err := h.Authority.Numbering(ctx)
	if err != nil {
		return nil, err
	}
	h.Validation = validation.New(validation.Deps{Answering: validation.Answering{Changes: validation.JournalChanges(d), Numbering: numbering},
		DB: d, Clock: c.Clock, Entropy: c.Entropy, Authority: h.Authority, Cards: h.Cards,
		Register: h.Registry, Settings: c.Settings, Places: gazetteer{}, Settle: h.Settle, Keys: c.Keys})
	if h.LoginVerifier, err = h.accreditLogin(ctx, c.LoginVerifier); err != nil {
		return nil, err
	}
	status := login.Deps{DB: d, Clock: c.Clock, Entropy: c.Entropy, Authority: h.Authority, Validation: h.Validation,
		Verifier: h.LoginVerifier, Settings: c.Settings}
	if c.StatusURL == nil {
		status.Present = h.Validation.Present
	} else {
		status.HTTPClient = h.wire
		status.ResponderURL = func(k jpki.Kind, _ int) string { return c.StatusURL() + "/ocsp/" + k.String() }
	}
	h.Login = login.New(status)
	h.courier = journal.NewCourier(d, c.Clock, journal.Options{})
	h.join(h.Cards.Handlers(), h.Authority.Handlers(), h.Production.Handlers(), h.Validation.Handlers())
	return h, nil
}

// accreditLogin makes sure that the login office is accredited and returns under
// which id. What is recorded of a known one stays as it is, an end of it, too.
func (h *House) accreditLogin(ctx context.Context, id string) (string, error) {
	if id != "" {
		all, err := h.Validation.Verifiers(ctx, system)
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(all, func(r validation.Registration) bool { return r.ID == id }) {
			return id, nil
		}
	}
	v, err := h.Validation.Accredit(ctx, system, validation.Verifier{ID: id, Name: "login",
		Purposes: []validation.Purpose{validation.PurposeStatus, validation.PurposeLinkage}, From: mynumber.DateOf(h.clock.Now())})
	return v.ID, err
}

// join gives every effect to all offices that react to it, one after the other.
// Each handler does nothing the second time, so a failure of the last one
// repeats the first ones harmlessly.
func (h *House) join(offices ...map[string]func(context.Context, journal.Effect) error) {
	all := map[string][]func(context.Context, journal.Effect) error{}
	for _, o := range offices {
		for kind, f := range o {
			all[kind] = append(all[kind], f)
		}
	}
	for kind, fs := range all {
		h.courier.Handle(kind, func(ctx context.Context, e journal.Effect) error {
			for _, f := range fs {
				if err := f(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// Settle delivers every effect that is due.
func (h *House) Settle(ctx context.Context) error {
	h.settling.Lock()
	defer h.settling.Unlock()
	_, err := h.courier.Settle(ctx)
	return err
}

// Daily is what has to happen each day, and does nothing where it has happened:
// CA generations that are due begin, expiry notices are written, effects
// delivered, and the revocation lists that are due are published.
func (h *House) Daily(ctx context.Context) error {
	if err := h.Authority.EnsureGenerations(ctx, system); err != nil {
		return err
	}
	if _, err := h.Cards.NotifyExpiring(ctx); err != nil {
		return err
	}
	if _, err := h.Authority.NotifyExpiring(ctx); err != nil {
		return err
	}
	_, err := h.PublishLists(ctx, false, "") // which delivers the effects first
	return err
}

// Close closes the database and what is connected.
func (h *House) Close() error {
	h.wire.CloseIdleConnections()
	return h.DB.Close()
}

// statusConnections is how many connections to the responder are kept open: logins come
// in crowds, and a new connection costs more than a question.
const statusConnections = 64

// statusWire is the process's transport with more connections kept; that itself where
// a test has put another in its place.
func statusWire() http.RoundTripper {
	usual, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t := usual.Clone()
	t.MaxIdleConnsPerHost = statusConnections
	return t
}

// gazetteer answers for the authorities out of the built-in table of places.
type gazetteer struct{}

func (gazetteer) Place(code mynumber.MunicipalityCode, _ mynumber.Date) (jpki.Place, bool) {
	m, ok := places.ByCode(code)
	if !ok {
		return jpki.Place{}, false
	}
	return jpki.Place{Prefecture: m.Prefecture.Latin, Municipality: m.Latin, Code: string(code)}, true
}

// Recent returns the journal's newest number: everything up to it is
// acknowledged.
func (h *House) Recent(ctx context.Context) (int64, error) {
	var seq int64
	err := h.DB.View(ctx, func(tx *db.Tx) error {
		head, err := journal.Latest(ctx, tx)
		seq = head.Seq
		return err
	})
	return seq, err
}
