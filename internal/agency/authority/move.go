package authority

import (
	"context"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// move carries out one act of Certificates on a row: state, times, journal.
// NotPermitted where the table has no such move.
func move(ctx context.Context, tx *db.Tx, by journal.Actor, r *row, act string, at time.Time, details map[string]string) error {
	to, ok := Certificates.Next(r.State, act)
	if !ok {
		return NotPermitted.New(r.State, act)
	}
	r.State = to
	r.HeldAt = time.Time{}
	switch act {
	case "activate":
		r.activatedAt = at
	case "hold":
		r.HeldAt = at
	case "revoke", "drop":
		r.EndedAt = at
	}
	if err := update(ctx, tx, r); err != nil {
		return err
	}
	e := r.entry(actOf[act], by, at)
	if act == "revoke" {
		e.Reason = r.Reason.String()
	}
	for k, v := range details {
		e.Details[k] = v
	}
	_, err := journal.Write(ctx, tx, e)
	return err
}

// activate makes an issued certificate valid and puts it at the end of its
// person's chain.
func activate(ctx context.Context, tx *db.Tx, by journal.Actor, r *row, at time.Time) error {
	previous, link, err := lastActive(ctx, tx, r.Person, r.Kind)
	if err != nil {
		return err
	}
	r.Previous, r.link = previous, link+1
	return move(ctx, tx, by, r, "activate", at, nil)
}

// revoke ends a row for a reason; one that was never signed is dropped. The
// first end stands.
func revoke(ctx context.Context, tx *db.Tx, by journal.Actor, r *row, why mynumber.RevocationReason, at time.Time) error {
	switch r.State {
	case Revoked, Dropped:
		return nil
	case Prepared:
		return move(ctx, tx, by, r, "drop", at, nil)
	}
	r.Reason = why
	if err := move(ctx, tx, by, r, "revoke", at, nil); err != nil {
		return err
	}
	return revokeDerived(ctx, tx, by, *r, at)
}

// onAll runs f on the certificates of a card, oldest first, in one transaction.
func (o *Office) onAll(ctx context.Context, card mynumber.CardID, f func(tx *db.Tx, rows []row, at time.Time) error) error {
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		rows, err := onCard(ctx, tx, card)
		if err != nil {
			return err
		}
		return f(tx, rows, o.clock.Now())
	})
}

// Activate implements Issuing. It is for the first certificates of a card: a
// kind of which the card has had a valid certificate is left to Switch, so that
// a late repetition never makes a second one valid beside it (CRT-55).
func (o *Office) Activate(ctx context.Context, by journal.Actor, card mynumber.CardID) error {
	return o.onAll(ctx, card, func(tx *db.Tx, rows []row, at time.Time) error {
		return activateFirst(ctx, tx, by, rows, at)
	})
}

// activateFirst is Activate inside a transaction. rows are all of the card's.
func activateFirst(ctx context.Context, tx *db.Tx, by journal.Actor, rows []row, at time.Time) error {
	for _, kind := range jpki.Kinds {
		var first *row // the newest issued one
		had := false
		for i := range rows {
			r := &rows[i]
			if r.Kind != kind {
				continue
			}
			had = had || !r.activatedAt.IsZero()
			if r.State == Issued {
				first = r
			}
		}
		if first == nil || had {
			continue
		}
		if err := activate(ctx, tx, by, first, at); err != nil {
			return err
		}
	}
	return nil
}

// Switch implements Issuing. It is refused while the card's certificate of that
// kind is on hold: a suspended card is resumed first.
func (o *Office) Switch(ctx context.Context, by journal.Actor, kind jpki.Kind, serial string) error {
	if !kind.Valid() {
		return Malformed.New("kind")
	}
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := find(ctx, tx, kind, serial)
		if err != nil {
			return err
		}
		if r.State == Active {
			return nil // switched before
		}
		if r.State != Issued {
			return NotPermitted.New(r.State, "activate")
		}
		rows, err := onCard(ctx, tx, r.Card)
		if err != nil {
			return err
		}
		at := o.clock.Now()
		if err := activate(ctx, tx, by, &r, at); err != nil {
			return err
		}
		for i := range rows {
			old := &rows[i]
			switch {
			case old.Kind != kind || old.Serial == serial:
			case old.State == OnHold:
				return NotPermitted.New(old.State, "revoke")
			case old.State == Active:
				if err := revoke(ctx, tx, by, old, mynumber.Superseded, at); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Hold implements Issuing: every valid certificate of the card.
func (o *Office) Hold(ctx context.Context, by journal.Actor, card mynumber.CardID) error {
	return o.onAll(ctx, card, func(tx *db.Tx, rows []row, at time.Time) error {
		return shiftAll(ctx, tx, by, rows, Active, "hold", at)
	})
}

// Release implements Issuing: every held certificate of the card.
func (o *Office) Release(ctx context.Context, by journal.Actor, card mynumber.CardID) error {
	return o.onAll(ctx, card, func(tx *db.Tx, rows []row, at time.Time) error {
		return shiftAll(ctx, tx, by, rows, OnHold, "release", at)
	})
}

// shiftAll does one act to all rows in a state. What is there already stays as
// it is, which makes the act repeatable.
func shiftAll(ctx context.Context, tx *db.Tx, by journal.Actor, rows []row, from State, act string, at time.Time) error {
	for i := range rows {
		if rows[i].State != from {
			continue
		}
		if err := move(ctx, tx, by, &rows[i], act, at, nil); err != nil {
			return err
		}
		// What came from a certificate is held and released with it.
		derived, err := derivedFrom(ctx, tx, rows[i])
		if err != nil {
			return err
		}
		if err := shiftAll(ctx, tx, by, derived, from, act, at); err != nil {
			return err
		}
	}
	return nil
}

// Revoke implements Issuing. A certificate that is revoked already stays so for
// its first reason.
func (o *Office) Revoke(ctx context.Context, by journal.Actor, kind jpki.Kind, serial string, why mynumber.RevocationReason) error {
	if !kind.Valid() {
		return Malformed.New("kind")
	}
	if !endsFor(why) {
		return Malformed.New("reason")
	}
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := find(ctx, tx, kind, serial)
		if err != nil {
			return err
		}
		return revoke(ctx, tx, by, &r, why, o.clock.Now())
	})
}

// RevokeCard implements Issuing: everything on the card that lives.
func (o *Office) RevokeCard(ctx context.Context, by journal.Actor, card mynumber.CardID, why mynumber.RevocationReason) error {
	if !endsFor(why) {
		return Malformed.New("reason")
	}
	return o.onAll(ctx, card, func(tx *db.Tx, rows []row, at time.Time) error {
		return revokeAll(ctx, tx, by, rows, why, at)
	})
}

func revokeAll(ctx context.Context, tx *db.Tx, by journal.Actor, rows []row, why mynumber.RevocationReason, at time.Time) error {
	for i := range rows {
		if err := revoke(ctx, tx, by, &rows[i], why, at); err != nil {
			return err
		}
	}
	return nil
}

// endsFor reports whether a reason ends a certificate: a hold does not, and
// removeFromCRL stands only in lists.
func endsFor(why mynumber.RevocationReason) bool {
	return why.Valid() && why.Final() && why != mynumber.RemoveFromCRL
}
