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
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/staff"
	"kado/mynumber"
	"kado/reader"
)

// SessionLife is how long a session lasts.
const SessionLife = 30 * time.Minute

// Deps are what the counter stands on.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	Entropy   entropy.Source
	Keys      keystore.Store
	Register  registry.Register
	Cards     cards.Desk
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

// fits says which card states a purpose is for. The second state of a purpose is
// where a session that was cut off may find the card: the repeated act finishes.
var fits = map[Purpose][]cards.State{
	Delivery:         {cards.Held, cards.InOperation},
	UnblockPIN:       {cards.InOperation},
	Resume:           {cards.Suspended, cards.InOperation},
	AttributeChange:  {cards.InOperation},
	CertificateRenew: {cards.InOperation},
}

// subject asks register, card record and, for a delivery, custody, on the day of
// each step (P-29, PRD-51, LIF-43). begun says that the session has been opened
// before.
func (o *Office) subject(ctx context.Context, person string, card mynumber.CardID, p Purpose, begun bool) (registry.Person, cards.Card, error) {
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
	if p == Resume && c.State != cards.Suspended && !begun {
		return who, c, MayNot.New()
	}
	return who, c, nil
}

// released checks that a card to be delivered was taken out of the store of the
// clerk's own branch, by somebody else than the clerk (PRD-26, P-14, P-17). A
// card in operation that is still out of the store is one whose delivery was
// cut off; one in operation that was given is delivered.
func (o *Office) released(ctx context.Context, c cards.Card, clerk staff.Member, begun bool) error {
	item, err := o.Custody.Item(ctx, c.ID)
	if err != nil {
		return err
	}
	switch {
	case item.State == custody.Given && begun && c.State == cards.InOperation:
	case item.State != custody.TakenOut || item.Branch != clerk.Branch:
		return MayNot.New()
	case item.Custodian == clerk.ID:
		return NeedsTwo.New()
	}
	return nil
}

// clerk makes sure that the actor is an active counter clerk at a terminal in
// use, within opening hours, and that the case is not the clerk's own (P-16,
// P-17, P-36).
func (o *Office) clerk(ctx context.Context, tx *db.Tx, by journal.Actor, person string) (staff.Member, error) {
	m, err := staff.Require(ctx, tx, by, o.Clock.Now(), staff.CounterClerk)
	if err != nil {
		return m, err
	}
	return m, staff.NotOwnCase(m, person)
}

// mine is clerk for an act of a session, which stays with who opened it, where
// it was opened.
func (o *Office) mine(ctx context.Context, tx *db.Tx, by journal.Actor, s Session) (staff.Member, error) {
	if by.ID != s.Clerk || by.Terminal != s.Terminal {
		return staff.Member{}, NotCovered.New()
	}
	return o.clerk(ctx, tx, by, s.Person)
}

// Open implements Desk. A delivery needs the card taken out of the store for
// it, by two persons (PRD-26).
func (o *Office) Open(ctx context.Context, by journal.Actor, person string, card mynumber.CardID, p Purpose) (Session, error) {
	if fits[p] == nil {
		return Session{}, NotCovered.New()
	}
	var clerk staff.Member
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		clerk, err = o.clerk(ctx, tx, by, person)
		return err
	})
	if err != nil {
		return Session{}, err
	}
	_, c, err := o.subject(ctx, person, card, p, false)
	if err == nil && p == Delivery {
		err = o.released(ctx, c, clerk, false)
	}
	if err != nil {
		return Session{}, err
	}
	now := o.Clock.Now()
	s := Session{Person: person, Card: card, Purpose: p, State: Sessions.Initial, Clerk: by.ID, Terminal: by.Terminal,
		OpenedAt: now, ExpiresAt: now.Add(SessionLife)}
	if s.ID, err = entropy.ID(o.Entropy.Stream("counter.session"), "ses"); err != nil {
		return Session{}, err
	}
	wire, err := entropy.Bytes(o.Entropy.Stream("counter.wire"), 16)
	if err != nil {
		return Session{}, err
	}
	s.Wire = [16]byte(wire)
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := o.clerk(ctx, tx, by, person); err != nil {
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

// step makes one move of a session in one transaction, by whoever may make it.
func (o *Office) step(ctx context.Context, by journal.Actor, id, act string, change func(*db.Tx, *row) error) (Session, error) {
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
		if err := o.mayStep(ctx, tx, by, r.Session, act); err != nil {
			return err
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

func (o *Office) mayStep(ctx context.Context, tx *db.Tx, by journal.Actor, s Session, act string) (err error) {
	switch act {
	case "identify":
		return o.checker(ctx, tx, by, s)
	case "break_off":
		if by.Terminal != s.Terminal {
			return NotCovered.New()
		}
		_, err = o.clerk(ctx, tx, by, "")
	default:
		_, err = o.mine(ctx, tx, by, s)
	}
	return err
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

// maxDocument bounds the number of a document, in bytes.
const maxDocument = 60

// Identify implements Desk. Every paper shown is recorded, also one that does
// not count; a kind that no list names is refused.
func (o *Office) Identify(ctx context.Context, by journal.Actor, session string, docs []Document) (Session, error) {
	now := o.Clock.Now()
	if len(docs) == 0 || len(docs) > 5 {
		return Session{}, DocumentsShort.New()
	}
	var shown []mynumber.IdentityDocument
	var macs [][]byte
	var kinds []string
	for _, d := range docs {
		if d.Number == "" || len(d.Number) > maxDocument || !known(d) {
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
	return o.step(ctx, by, session, "identify", func(tx *db.Tx, r *row) error {
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

// known reports whether a document is of a listed kind and its dates are none or
// days of the calendar.
func known(d Document) bool {
	_, listed := mynumber.DefaultDocuments()[d.Kind]
	return listed && (d.Issued.IsZero() || d.Issued.Valid()) && (d.Expires.IsZero() || d.Expires.Valid())
}

// checker makes sure that whoever looked at the documents may, works where the
// clerk does, and, for a delivery, is another person than the clerk, whatever
// their staff ids are (P-17).
func (o *Office) checker(ctx context.Context, tx *db.Tx, by journal.Actor, s Session) error {
	if s.Purpose == Delivery && by.ID == s.Clerk {
		return NeedsTwo.New()
	}
	m, err := staff.Require(ctx, tx, by, o.Clock.Now(), staff.IdentityChecker)
	if err != nil {
		return err
	}
	if err := staff.NotOwnCase(m, s.Person); err != nil {
		return err
	}
	clerk, err := staff.GetMember(ctx, tx, s.Clerk)
	switch {
	case err != nil:
		return err
	case m.Branch != clerk.Branch:
		return NotCovered.New()
	case s.Purpose == Delivery && m.Person != "" && m.Person == clerk.Person:
		return NeedsTwo.New()
	}
	return nil
}

// ready loads a session for an act of its clerk, with person and card as they
// are now.
func (o *Office) ready(ctx context.Context, by journal.Actor, session string, in State, p Purpose) (row, registry.Person, cards.Card, error) {
	var r row
	var clerk staff.Member
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		if r, err = load(ctx, tx, session); err != nil {
			return err
		}
		switch {
		case r.State != in:
			return NotInThisState.New()
		case !o.Clock.Now().Before(r.ExpiresAt):
			return SessionExpired.New()
		case p != "" && r.Purpose != p:
			return NotCovered.New()
		}
		clerk, err = o.mine(ctx, tx, by, r.Session)
		return err
	})
	if err != nil {
		return row{}, registry.Person{}, cards.Card{}, err
	}
	who, c, err := o.subject(ctx, r.Person, r.Card, r.Purpose, true)
	if err == nil && r.Purpose == Delivery {
		err = o.released(ctx, c, clerk, true)
	}
	return r, who, c, err
}

// Prove implements Desk.
func (o *Office) Prove(ctx context.Context, by journal.Actor, session string, t reader.Transport) (Session, error) {
	r, _, c, err := o.ready(ctx, by, session, Identified, "")
	if err != nil {
		return Session{}, err
	}
	if _, err := o.proveOn(ctx, by, r.Session, c, t); err != nil {
		return Session{}, err
	}
	return o.step(ctx, by, session, "prove", func(tx *db.Tx, r *row) error {
		return o.write(ctx, tx, r.Session, by, actProved, nil)
	})
}

// proveOn has the card on the reader prove that it is c, and returns its issuer
// client. A wrong card sees two read commands and nothing else, and that it was
// there is recorded (P-01).
func (o *Office) proveOn(ctx context.Context, by journal.Actor, s Session, c cards.Card, t reader.Transport) (*reader.Issuer, error) {
	on, err := o.identityOf(ctx, by, s, c, t)
	if !OtherCard.Is(err) && !NotProved.Is(err) {
		return on, err
	}
	recordErr := o.DB.Tx(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		_, err := journal.Write(ctx, tx, journal.Entry{At: o.Clock.Now(), Actor: by, Office: "counter", Act: actCardRefused, Subject: s.Person,
			Card: string(s.Card), Session: s.ID, Outcome: journal.Refused, Reason: fault.Of(err).Code()})
		return err
	})
	if recordErr != nil {
		err = errors.Join(err, recordErr)
	}
	return nil, err
}

func (o *Office) identityOf(ctx context.Context, by journal.Actor, s Session, c cards.Card, t reader.Transport) (*reader.Issuer, error) {
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
	signature, challenge, err := o.perform(ctx, by, on, s, cardmgmt.Prove, nil)
	var status *reader.StatusError
	if errors.As(err, &status) && errors.Is(err, reader.ErrNotAllowed) {
		// It does not have this card's management key.
		return nil, NotProved.Because(err)
	}
	if err != nil {
		return nil, err
	}
	if err := cardmgmt.VerifyProof(pub, string(c.ID), cardmgmt.Session(s.Wire), challenge, signature); err != nil {
		return nil, NotProved.Because(err)
	}
	return on, nil
}

// officeError marks what the card management system refused, so that the rest
// of what cards.Perform returns is known to come from the card.
type officeError struct{ error }

func (e officeError) Unwrap() error { return e.error }

type marked struct{ cards.Manager }

func (m marked) Authorise(ctx context.Context, by journal.Actor, g cards.Grant) ([]byte, error) {
	mac, err := m.Manager.Authorise(ctx, by, g)
	if err != nil {
		err = officeError{err}
	}
	return mac, err
}

// perform carries out one issuer act of a session. An office's refusal is
// returned as it is; everything else came from card or reader.
func (o *Office) perform(ctx context.Context, by journal.Actor, on *reader.Issuer, s Session, op cardmgmt.Op, script cardmgmt.Script, pins ...reader.PIN) ([]byte, cardmgmt.Challenge, error) {
	grant := cards.Grant{Card: s.Card, Session: s.Wire, SessionID: s.ID, Op: op, Second: s.Checker}
	answer, challenge, err := cards.Perform(ctx, marked{o.Cards}, by, on, grant, script, pins...)
	var refused officeError
	switch {
	case errors.As(err, &refused):
		return nil, challenge, refused.error
	case err != nil:
		return nil, challenge, CardFailed.Because(err)
	}
	return answer, challenge, nil
}

// at loads a proved session for an act of its purpose and has the card prove
// itself once more: it may have been swapped since (P-01).
func (o *Office) at(ctx context.Context, by journal.Actor, session string, p Purpose, t reader.Transport) (row, registry.Person, cards.Card, *reader.Issuer, error) {
	r, who, c, err := o.ready(ctx, by, session, Proved, p)
	if err != nil {
		return row{}, registry.Person{}, cards.Card{}, nil, err
	}
	on, err := o.proveOn(ctx, by, r.Session, c, t)
	if err != nil {
		return row{}, registry.Person{}, cards.Card{}, nil, err
	}
	return r, who, c, on, nil
}

// BreakOff implements Desk. Any clerk at the session's terminal may: it takes
// nothing from anybody.
func (o *Office) BreakOff(ctx context.Context, by journal.Actor, session, why string) (Session, error) {
	return o.step(ctx, by, session, "break_off", func(tx *db.Tx, r *row) error {
		_, err := journal.Write(ctx, tx, journal.Entry{At: o.Clock.Now(), Actor: by, Office: "counter", Act: actBrokenOff, Subject: r.Person,
			Card: string(r.Card), Session: r.ID, Reason: why})
		return err
	})
}
