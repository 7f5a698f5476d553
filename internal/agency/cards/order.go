package cards

import (
	"context"
	"crypto/cipher"
	"errors"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

// Order implements Keeper: it draws id and security code and records the card.
// An application that has a card which is not spoiled is answered with that
// card.
func (o *Office) Order(ctx context.Context, by journal.Actor, n NewCard) (Card, error) {
	if err := n.check(); err != nil {
		return Card{}, err
	}
	aead, err := o.faceAEAD(ctx)
	if err != nil {
		return Card{}, err
	}
	var got row
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		got, err = ofApplication(ctx, tx, n.Application)
		switch {
		case err == nil && got.answers(n):
			return nil
		case err == nil:
			return malformed("application")
		case !errors.Is(err, db.ErrNoRows):
			return err
		}
		dead, err := isDead(ctx, tx, n.Person)
		if err != nil {
			return err
		}
		if dead {
			return HolderDead.New()
		}
		// An id that belongs to another card is drawn again.
		for fresh := false; !fresh; {
			if got, err = o.draw(n, aead); err != nil {
				return err
			}
			if fresh, err = insert(ctx, tx, got); err != nil {
				return err
			}
		}
		_, err = journal.Write(ctx, tx, got.entry(ActOrdered, by))
		return err
	})
	if err != nil {
		return Card{}, err
	}
	return got.record(aead)
}

// draw makes the row of a new card.
func (o *Office) draw(n NewCard, aead cipher.AEAD) (row, error) {
	id, err := mynumber.DrawCardID(o.entropy.Stream("cards.id"))
	if err != nil {
		return row{}, err
	}
	code, err := mynumber.DrawSecurityCode(o.entropy.Stream("cards.face"))
	if err != nil {
		return row{}, err
	}
	face, err := sealFace(aead, id, code)
	if err != nil {
		return row{}, err
	}
	now := o.clock.Now()
	return row{
		Card: Card{ID: id, Person: n.Person, Application: n.Application, Municipality: n.Municipality, State: Lives.Initial,
			AcceptedOn: n.AcceptedOn, ExpiresOn: n.ExpiresOn, Pinless: n.Pinless, ChangedAt: now},
		version: 1, lastAct: "order", face: face, orderedAt: now,
	}, nil
}

// ofApplication returns the card of an application that is not spoiled, or
// db.ErrNoRows.
func ofApplication(ctx context.Context, tx *db.Tx, a mynumber.ApplicationID) (row, error) {
	return scanRow(tx.QueryRow(ctx, `SELECT `+columns+` FROM cards_card WHERE application = $1 AND state <> 'spoiled'`, a).Scan)
}

// answers reports whether r is what n orders.
func (r row) answers(n NewCard) bool {
	return r.Person == n.Person && r.Municipality == n.Municipality && r.AcceptedOn == n.AcceptedOn &&
		r.ExpiresOn == n.ExpiresOn && r.Pinless == n.Pinless
}

func (n NewCard) check() error {
	switch {
	case n.Person == "" || len(n.Person) > 100:
		return malformed("person")
	case !n.AcceptedOn.Valid():
		return malformed("accepted on")
	case !n.ExpiresOn.Valid() || n.ExpiresOn.Before(n.AcceptedOn):
		return malformed("expires on")
	case !n.Municipality.Valid():
		return malformed("municipality")
	}
	if _, err := mynumber.ParseApplicationID(string(n.Application)); err != nil {
		return malformed("application")
	}
	return nil
}
