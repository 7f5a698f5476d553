package counter

import (
	"context"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"time"

	"kado/cardmgmt"
	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/production"
	"kado/internal/municipality/custody"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/staff"
	"kado/mynumber"
	"kado/reader"
)

// SessionLife is how long a session lasts.
const SessionLife = 30 * time.Minute

// CardOffice is both sides of the cards office.
type CardOffice interface {
	cards.Keeper
	cards.Manager
}

// Deps are what the counter stands on.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	Entropy   entropy.Source
	Keys      keystore.Store
	Register  registry.Register
	Cards     CardOffice
	Authority authority.Issuing
	Records   production.IssuerKeys
	Custody   custody.Store
}

// Office is every counter of every municipality.
type Office struct{ Deps }

var _ Desk = (*Office)(nil)

// New returns the counter.
func New(d Deps) *Office { return &Office{d} }

// Session implements Desk.
func (o *Office) Session(ctx context.Context, id string) (Session, error) {
	r, err := o.row(ctx, id)
	return r.Session, err
}

func (o *Office) row(ctx context.Context, id string) (row, error) {
	var r row
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		r, err = load(ctx, tx, id)
		return err
	})
	return r, err
}

// fits says which card states a purpose is for.
var fits = map[Purpose][]cards.State{
	Delivery:         {cards.Held},
	UnblockPIN:       {cards.InOperation},
	Resume:           {cards.Suspended},
	AttributeChange:  {cards.InOperation},
	CertificateRenew: {cards.InOperation},
}

// subject asks register and card record, on the day of each step (P-29,
// PRD-51, LIF-43).
func (o *Office) subject(ctx context.Context, person string, card mynumber.CardID, p Purpose) (registry.Person, cards.Card, error) {
	who, err := o.Register.Person(ctx, person)
	if err != nil {
		return who, cards.Card{}, err
	}
	c, err := o.Cards.Card(ctx, card)
	if err != nil {
		return who, c, err
	}
	if who.Standing != registry.Resident || c.Person != person || !slices.Contains(fits[p], c.State) ||
		mynumber.DateOf(o.Clock.Now()).After(c.ExpiresOn) {
		return who, c, MayNot.New()
	}
	return who, c, nil
}

// Open implements Desk. A delivery needs the card taken out of the store for
// it, by two persons (PRD-26).
func (o *Office) Open(ctx context.Context, by journal.Actor, person string, card mynumber.CardID, p Purpose) (Session, error) {
	if fits[p] == nil {
		return Session{}, NotCovered.New()
	}
	if _, _, err := o.subject(ctx, person, card, p); err != nil {
		return Session{}, err
	}
	if p == Delivery {
		item, err := o.Custody.Item(ctx, card)
		if err != nil {
			return Session{}, err
		}
		if item.State != custody.TakenOut {
			return Session{}, MayNot.New()
		}
	}
	now := o.Clock.Now()
	s := Session{Person: person, Card: card, Purpose: p, State: Sessions.Initial, Clerk: by.ID, Terminal: by.Terminal,
		OpenedAt: now, ExpiresAt: now.Add(SessionLife)}
	var err error
	if s.ID, err = entropy.ID(o.Entropy.Stream("counter.session"), "ses"); err != nil {
		return Session{}, err
	}
	wire, err := entropy.Bytes(o.Entropy.Stream("counter.wire"), 16)
	if err != nil {
		return Session{}, err
	}
	s.Wire = [16]byte(wire)
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := staff.Require(ctx, tx, by, now, staff.CounterClerk); err != nil {
			return err
		}
		if err := insert(ctx, tx, s); err != nil {
			return err
		}
		return o.write(ctx, tx, s, by, actOpened, map[string]string{"purpose": string(p)})
	})
	if err != nil {
		return Session{}, err
	}
	return s, nil
}

func (o *Office) write(ctx context.Context, tx *db.Tx, s Session, by journal.Actor, act string, details map[string]string) error {
	_, err := journal.Write(ctx, tx, journal.Entry{At: o.Clock.Now(), Actor: by, Office: "counter", Act: act, Subject: s.Person,
		Card: string(s.Card), Session: s.ID, Details: details})
	return err
}

// step makes one move of a session in one transaction.
func (o *Office) step(ctx context.Context, id, act string, change func(*db.Tx, *row) error) (Session, error) {
	var r row
	err := o.DB.Tx(ctx, func(tx *db.Tx) error {
		var err error
		if r, err = load(ctx, tx, id); err != nil {
			return err
		}
		to, ok := Sessions.Next(r.State, act)
		if !ok {
			return NotInThisState.New()
		}
		if act != "break_off" && !o.Clock.Now().Before(r.ExpiresAt) {
			return SessionExpired.New()
		}
		r.State = to
		if err := change(tx, &r); err != nil {
			return err
		}
		return update(ctx, tx, r)
	})
	if err != nil {
		return Session{}, err
	}
	return r.Session, nil
}

// documentSecret keys the digests of document numbers, which are too short to be
// hidden by a plain hash.
const documentSecret = "counter-documents"

func (o *Office) documentMAC(ctx context.Context, d Document) ([]byte, error) {
	key, err := o.Keys.Secret(ctx, documentSecret)
	if keystore.UnknownKey.Is(err) {
		key, err = o.Keys.CreateSecret(ctx, documentSecret, 32)
		if keystore.KeyExists.Is(err) {
			key, err = o.Keys.Secret(ctx, documentSecret)
		}
	}
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(string(d.Kind) + "\x00" + d.Number))
	return h.Sum(nil), nil
}

// Identify implements Desk.
func (o *Office) Identify(ctx context.Context, by journal.Actor, session string, docs []Document) (Session, error) {
	now := o.Clock.Now()
	if len(docs) == 0 || len(docs) > 5 {
		return Session{}, DocumentsShort.New()
	}
	var shown []mynumber.IdentityDocument
	var macs [][]byte
	var kinds []string
	for _, d := range docs {
		if d.Number == "" || len(d.Number) > 60 {
			return Session{}, DocumentsShort.New()
		}
		shown = append(shown, mynumber.IdentityDocument{Kind: d.Kind, Issued: d.Issued, Expires: d.Expires})
		kinds = append(kinds, string(d.Kind))
		mac, err := o.documentMAC(ctx, d)
		if err != nil {
			return Session{}, err
		}
		macs = append(macs, mac)
	}
	if err := mynumber.SufficientDocuments(shown, mynumber.DateOf(now)); err != nil {
		return Session{}, DocumentsShort.Because(err)
	}
	return o.step(ctx, session, "identify", func(tx *db.Tx, r *row) error {
		if r.Purpose == Delivery && by.ID == r.Clerk {
			return NeedsTwo.New()
		}
		if _, err := staff.Require(ctx, tx, by, now, staff.IdentityChecker); err != nil {
			return err
		}
		r.Checker = by.ID
		for i, d := range docs {
			_, err := tx.Exec(ctx, `INSERT INTO counter_document (session, line, kind, number_mac, issued, expires, checker, checked_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
				r.ID, i+1, string(d.Kind), macs[i], d.Issued.String(), d.Expires.String(), by.ID, now)
			if err != nil {
				return err
			}
		}
		return o.write(ctx, tx, r.Session, by, actIdentified, map[string]string{"documents": strings.Join(kinds, " ")})
	})
}

// Prove implements Desk.
func (o *Office) Prove(ctx context.Context, by journal.Actor, session string, t reader.Transport) (Session, error) {
	r, err := o.row(ctx, session)
	if err != nil {
		return Session{}, err
	}
	if _, ok := Sessions.Next(r.State, "prove"); !ok {
		return Session{}, NotInThisState.New()
	}
	if !o.Clock.Now().Before(r.ExpiresAt) {
		return Session{}, SessionExpired.New()
	}
	_, c, err := o.subject(ctx, r.Person, r.Card, r.Purpose)
	if err != nil {
		return Session{}, err
	}
	if _, err := o.proveOn(ctx, by, r.Session, c, t); err != nil {
		return Session{}, err
	}
	return o.step(ctx, session, "prove", func(tx *db.Tx, r *row) error {
		return o.write(ctx, tx, r.Session, by, actProved, nil)
	})
}

// proveOn has the card on the reader prove that it is c, and returns its issuer
// client. A wrong card sees two read commands and nothing else.
func (o *Office) proveOn(ctx context.Context, by journal.Actor, s Session, c cards.Card, t reader.Transport) (*reader.Issuer, error) {
	on, err := reader.New(t, reader.WithExtendedLength(4096)).Issuer()
	if err != nil {
		return nil, CardFailed.Because(err)
	}
	serial, err := on.Serial()
	if err != nil {
		return nil, CardFailed.Because(err)
	}
	if serial != string(c.ID) {
		return nil, OtherCard.New()
	}
	key, err := x509.ParsePKIXPublicKey(c.CardKey)
	if err != nil {
		return nil, NotProved.Because(err)
	}
	pub, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, NotProved.New()
	}
	signature, challenge, err := cards.Perform(ctx, o.Cards, by, on, o.grant(s, cardmgmt.Prove), nil)
	if err != nil {
		return nil, o.chipError(err)
	}
	if err := cardmgmt.VerifyProof(pub, string(c.ID), cardmgmt.Session(s.Wire), challenge, signature); err != nil {
		return nil, NotProved.Because(err)
	}
	return on, nil
}

func (o *Office) grant(s Session, op cardmgmt.Op) cards.Grant {
	return cards.Grant{Card: s.Card, Session: s.Wire, SessionID: s.ID, Op: op, Second: s.Checker}
}

// chipError keeps an office's refusal and names everything that came from the
// card.
func (o *Office) chipError(err error) error {
	var status *reader.StatusError
	var pin *reader.WrongPINError
	if errors.As(err, &status) || errors.As(err, &pin) || errors.Is(err, reader.ErrMalformed) {
		return CardFailed.Because(err)
	}
	return err
}

// at loads a proved session for an act of one of its purposes, with person and
// card as they are now, and has the card prove itself once more: it may have
// been swapped since (P-01).
func (o *Office) at(ctx context.Context, by journal.Actor, session string, p Purpose, t reader.Transport) (row, registry.Person, cards.Card, *reader.Issuer, error) {
	fail := func(err error) (row, registry.Person, cards.Card, *reader.Issuer, error) {
		return row{}, registry.Person{}, cards.Card{}, nil, err
	}
	r, err := o.row(ctx, session)
	if err != nil {
		return fail(err)
	}
	if r.State != Proved {
		return fail(NotInThisState.New())
	}
	if !o.Clock.Now().Before(r.ExpiresAt) {
		return fail(SessionExpired.New())
	}
	if r.Purpose != p {
		return fail(NotCovered.New())
	}
	if by.ID != r.Clerk || by.Terminal != r.Terminal {
		return fail(NotCovered.New())
	}
	who, c, err := o.subject(ctx, r.Person, r.Card, p)
	if err != nil {
		// A delivery cut off after the record went into operation is finished.
		if p == Delivery && c.State == cards.InOperation && c.Person == r.Person && who.Standing == registry.Resident {
			err = nil
		}
	}
	if err != nil {
		return fail(err)
	}
	on, err := o.proveOn(ctx, by, r.Session, c, t)
	if err != nil {
		return fail(err)
	}
	return r, who, c, on, nil
}

// BreakOff implements Desk.
func (o *Office) BreakOff(ctx context.Context, by journal.Actor, session, why string) (Session, error) {
	return o.step(ctx, session, "break_off", func(tx *db.Tx, r *row) error {
		_, err := journal.Write(ctx, tx, journal.Entry{At: o.Clock.Now(), Actor: by, Office: "counter", Act: actBrokenOff, Subject: r.Person,
			Card: string(r.Card), Session: r.ID, Reason: why})
		return err
	})
}
