package cards

import (
	"context"
	"strconv"
	"strings"
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

// statusQuery asks for n cards: few different numbers of them, so that the
// statements are prepared once.
func statusQuery(n int) string {
	var q strings.Builder
	q.WriteString(`SELECT id, state, end_reason, expires_on, changed_at, suspended_at FROM cards_card WHERE id IN ($1`)
	for i := 2; i <= n; i++ {
		q.WriteString(`, $` + strconv.Itoa(i))
	}
	return q.String() + `)`
}

var statusQueries = []struct {
	cards int
	query string
}{{1, statusQuery(1)}, {32, statusQuery(32)}, {MaxStatuses, statusQuery(MaxStatuses)}}

// Statuses implements Records.
func (o *Office) Statuses(ctx context.Context, ids []mynumber.CardID) ([]CardStatus, error) {
	if len(ids) < 1 || len(ids) > MaxStatuses {
		return nil, Malformed.New("ids")
	}
	found := make(map[mynumber.CardID]CardStatus, len(ids))
	now := o.clock.Now()
	err := o.db.View(ctx, func(tx *db.Tx) error {
		clear(found)
		var args []any
		query := ""
		for _, q := range statusQueries {
			if query = q.query; len(ids) <= q.cards {
				args = make([]any, q.cards)
				break
			}
		}
		for i := range args {
			args[i] = ids[min(i, len(ids)-1)]
		}
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id mynumber.CardID
			var state State
			var s CardStatus
			if err := rows.Scan(&id, &state, &s.EndReason, intoDate{&s.ExpiresOn}, db.IntoTime(&s.ChangedAt), db.IntoTime(&s.SuspendedAt)); err != nil {
				return err
			}
			s.Standing = StandingOf(state, s.ExpiresOn, now)
			found[id] = s
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	out := make([]CardStatus, len(ids))
	for i, id := range ids {
		s, ok := found[id]
		if !ok {
			return nil, NoCard.New()
		}
		out[i] = s
	}
	return out, nil
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
