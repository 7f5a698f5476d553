package custody

import (
	"context"
	"errors"
	"fmt"

	"kado/internal/agency/cards"
	"kado/internal/platform/db"
	"kado/mynumber"
)

// Check compares custody with the card records: what is in store is held and
// not in operation, what is missing has ended (P-14, P-18),
// and each card is with whoever took it last.
func (o *Office) Check(ctx context.Context) ([]string, error) {
	var items []Item
	var out []string
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		items, err = db.Collect(ctx, tx, scanItem, `SELECT `+columns+` FROM custody_item ORDER BY card`)
		if err != nil {
			return err
		}
		out = nil
		places := map[string]mynumber.CardID{}
		for _, i := range items {
			var taker string
			err := tx.QueryRow(ctx, `SELECT taker FROM custody_move WHERE card = $1 ORDER BY seq DESC LIMIT 1`, string(i.Card)).Scan(&taker)
			switch {
			case errors.Is(err, db.ErrNoRows):
				out = append(out, fmt.Sprintf("custody: card %s has no recorded hand-over", i.Card))
			case err != nil:
				return err
			case taker != i.Custodian:
				out = append(out, fmt.Sprintf("custody: card %s is not with whoever took it last", i.Card))
			}
			if i.State == Stored {
				at := i.Branch + " " + i.Place
				if other, taken := places[at]; taken {
					out = append(out, fmt.Sprintf("custody: cards %s and %s are in one place, %s", other, i.Card, at))
				}
				places[at] = i.Card
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, i := range items {
		c, err := o.Cards.Card(ctx, i.Card)
		if err != nil {
			return nil, err
		}
		switch {
		case !Custody.Known(i.State):
			out = append(out, fmt.Sprintf("custody: card %s is in the unknown state %q", i.Card, i.State))
		case i.State == Missing && !ended(c.State):
			out = append(out, fmt.Sprintf("custody: card %s is missing but its record says %s", i.Card, c.State))
		// A delivery cut off after activation leaves the card taken out: the
		// clerk still has it in hand, and the repeated delivery gives it.
		case i.State == Stored && (c.State == cards.InOperation || c.State == cards.Suspended):
			out = append(out, fmt.Sprintf("custody: card %s lies in the store but its record says %s", i.Card, c.State))
		case i.State == Disposed && !ended(c.State):
			out = append(out, fmt.Sprintf("custody: card %s was destroyed but its record says %s", i.Card, c.State))
		case i.State == Given && (c.State == cards.Held || c.State == cards.Consigned):
			out = append(out, fmt.Sprintf("custody: card %s was given to its holder but its record says %s", i.Card, c.State))
		}
	}
	return out, nil
}
