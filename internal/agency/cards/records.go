package cards

import (
	"context"
	"time"

	"kado/internal/platform/db"
	"kado/mynumber"
)

// Card implements Records.
func (o *Office) Card(ctx context.Context, id mynumber.CardID) (Card, error) {
	aead, err := o.faceAEAD(ctx)
	if err != nil {
		return Card{}, err
	}
	var r row
	err = o.db.View(ctx, func(tx *db.Tx) error {
		r, err = find(ctx, tx, id)
		return err
	})
	if err != nil {
		return Card{}, err
	}
	return r.record(aead)
}

// OfPerson implements Records: all cards, living or not, in the order in which
// they were ordered.
func (o *Office) OfPerson(ctx context.Context, person string) ([]Card, error) {
	aead, err := o.faceAEAD(ctx)
	if err != nil {
		return nil, err
	}
	var rows []row
	err = o.db.View(ctx, func(tx *db.Tx) error {
		rows, err = ofPerson(ctx, tx, person)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]Card, 0, len(rows))
	for _, r := range rows {
		c, err := r.record(aead)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// Standing implements Records.
func (o *Office) Standing(ctx context.Context, id mynumber.CardID) (Standing, error) {
	var s State
	var expires mynumber.Date
	err := o.db.View(ctx, func(tx *db.Tx) error {
		r, err := find(ctx, tx, id)
		s, expires = r.State, r.ExpiresOn
		return err
	})
	if err != nil {
		return "", err
	}
	return StandingOf(s, expires, o.clock.Now()), nil
}

// StandingOf is what a state means at an instant for a card with that last day.
// What has ended stays ended, also after its last day; the last second of that
// day belongs to the validity.
func StandingOf(s State, expires mynumber.Date, at time.Time) Standing {
	switch {
	case ended(s):
		return Ended
	case over(expires, at):
		return Expired
	case s == Suspended:
		return OnHold
	case s == InOperation:
		return Good
	}
	return NotYet
}

func ended(s State) bool { return s == Abolished || s == Void || s == Spoiled }

func over(expires mynumber.Date, at time.Time) bool {
	return !at.Before(expires.EndOfDay().Add(time.Second))
}
