package custody

import (
	"context"
	"time"

	"kado/internal/agency/cards"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/staff"
	"kado/mynumber"
)

// handOver is one hand-over of one card.
type handOver struct {
	act     string // of the table Custody
	code    string // of the journal
	by      journal.Actor
	roles   []staff.Role // any of them
	second  *journal.Actor
	taker   string
	reason  string
	session string
	fits    func(cards.State) bool // the record's state; nil: any
}

// witnesses are the roles of a second person: whoever handles cards at a desk
// of the branch.
var witnesses = []staff.Role{staff.Custodian, staff.CounterClerk, staff.IdentityChecker}

// livesOn reports whether a card is in its holder's use.
func livesOn(s cards.State) bool { return s == cards.InOperation || s == cards.Suspended }

// ended reports whether a card has no way back.
func ended(s cards.State) bool { return s == cards.Abolished || s == cards.Void || s == cards.Spoiled }

// TakeOut implements Store.
func (o *Office) TakeOut(ctx context.Context, by, second journal.Actor, card mynumber.CardID, reason string) (Item, error) {
	if !fitText(reason) {
		return Item{}, Malformed.New("reason")
	}
	return o.move(ctx, card, handOver{act: "take_out", code: actTakenOut, by: by, roles: []staff.Role{staff.Custodian}, second: &second,
		taker: by.ID, reason: reason})
}

// PutBack implements Store. A card that is in operation is its holder's and is
// given, not stored.
func (o *Office) PutBack(ctx context.Context, by journal.Actor, card mynumber.CardID) (Item, error) {
	return o.move(ctx, card, handOver{act: "put_back", code: actPutBack, by: by, roles: []staff.Role{staff.Custodian}, taker: by.ID,
		fits: func(s cards.State) bool { return !livesOn(s) }})
}

// Give implements Store. A card given already in the same session is answered as
// it is, so that a delivery cut off here can be repeated. Only a card whose
// record was put into operation is given: no hand-over in the books hides a
// card that was carried off (P-14).
func (o *Office) Give(ctx context.Context, by journal.Actor, card mynumber.CardID, session string) (Item, error) {
	if !fitText(session) {
		return Item{}, Malformed.New("session")
	}
	return o.move(ctx, card, handOver{act: "give", code: actGiven, by: by, roles: []staff.Role{staff.CounterClerk, staff.Custodian},
		taker: "holder", session: session, fits: func(s cards.State) bool { return livesOn(s) || s == cards.Abolished }})
}

// Dispose implements Store.
func (o *Office) Dispose(ctx context.Context, by, second journal.Actor, card mynumber.CardID, reason string) (Item, error) {
	if !fitText(reason) {
		return Item{}, Malformed.New("reason")
	}
	return o.move(ctx, card, handOver{act: "dispose", code: actDisposed, by: by, roles: []staff.Role{staff.Custodian}, second: &second,
		taker: "disposed", reason: reason, fits: ended})
}

// fitText accepts what a member of staff enters: something, and not more than
// the journal takes.
func fitText(s string) bool { return s != "" && len(s) <= journal.MaxText }

// move runs one hand-over. The card's record is asked before the transaction;
// the states that fits tells apart have no way back between them.
func (o *Office) move(ctx context.Context, id mynumber.CardID, h handOver) (Item, error) {
	card, err := o.Cards.Card(ctx, id)
	if err != nil {
		return Item{}, err
	}
	now := o.Clock.Now()
	var i Item
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		m, err := oneOf(ctx, tx, h.by, now, h.roles)
		if err != nil {
			return err
		}
		if i, err = load(ctx, tx, id); err != nil {
			return err
		}
		if m.Branch != i.Branch {
			return OtherBranch.New()
		}
		if err := staff.NotOwnCase(m, card.Person); err != nil {
			return err
		}
		if h.second != nil {
			if err := attends(ctx, tx, now, m, h.by, *h.second, card.Person); err != nil {
				return err
			}
		}
		from, giver := i.State, i.Custodian
		if from == Given && h.act == "give" {
			session, err := givenIn(ctx, tx, id)
			if err == nil && session != h.session {
				err = NotInThisState.New()
			}
			return err
		}
		to, ok := Custody.Next(from, h.act)
		if !ok {
			return NotInThisState.New()
		}
		if h.fits != nil && !h.fits(card.State) {
			return RecordDiffers.New(string(card.State))
		}
		if h.act == "take_out" {
			if err := stillOpen(ctx, tx, i.Branch, mynumber.DateOf(now)); err != nil {
				return err
			}
		}
		i.State, i.Custodian, i.Since = to, h.taker, now
		if err := update(ctx, tx, i, from); err != nil {
			return err
		}
		if err := moved(ctx, tx, id, h.act, giver, h.taker, h.reason+h.session, now); err != nil {
			return err
		}
		e := journal.Entry{At: now, Actor: h.by, Office: "custody", Act: h.code, Subject: card.Person, Card: string(id),
			Reason: h.reason, Session: h.session}
		if h.second != nil {
			e.Details = map[string]string{"second": h.second.ID}
		}
		_, err = journal.Write(ctx, tx, e)
		return err
	})
	if err != nil {
		return Item{}, err
	}
	return i, nil
}

// oneOf is staff.Require for any of several roles.
func oneOf(ctx context.Context, tx *db.Tx, by journal.Actor, now time.Time, roles []staff.Role) (m staff.Member, err error) {
	for _, r := range roles {
		if m, err = staff.Require(ctx, tx, by, now, r); !staff.NoRole.Is(err) {
			return m, err
		}
	}
	return m, err
}

// attends makes sure that a second member of staff of the same branch, another
// person than the first, attends (PRD-26, P-17).
func attends(ctx context.Context, tx *db.Tx, now time.Time, first staff.Member, by, second journal.Actor, holder string) error {
	if second.ID == "" || second.ID == by.ID {
		return NeedsTwo.New()
	}
	m, err := oneOf(ctx, tx, second, now, witnesses)
	if err != nil {
		return err
	}
	if m.Person != "" && m.Person == first.Person {
		return NeedsTwo.New()
	}
	if m.Branch != first.Branch {
		return OtherBranch.New()
	}
	return staff.NotOwnCase(m, holder)
}

// custodianOf makes sure that the actor is a custodian of the branch.
func custodianOf(ctx context.Context, tx *db.Tx, by journal.Actor, now time.Time, branch string) (staff.Member, error) {
	m, err := staff.Require(ctx, tx, by, now, staff.Custodian)
	if err == nil && m.Branch != branch {
		err = OtherBranch.New()
	}
	return m, err
}

// ofMunicipality refuses a member whose branch is not of the municipality that
// a box was sent to.
func ofMunicipality(ctx context.Context, tx *db.Tx, m staff.Member, code mynumber.MunicipalityCode) error {
	b, err := staff.GetBranch(ctx, tx, m.Branch)
	if err == nil && (b.Municipality == "" || b.Municipality != code.WithCheckDigit()) {
		err = OtherBranch.New()
	}
	return err
}
