package custody

import (
	"context"
	"fmt"

	"kado/internal/agency/cards"
	"kado/internal/platform/db"
)

// Check compares custody with the card records: what is in store is held and
// not in operation, what is missing is void (P-14, P-18).
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
		for _, i := range items {
			var n int
			if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM custody_move WHERE card = $1`, string(i.Card)).Scan(&n); err != nil {
				return err
			}
			if n == 0 {
				out = append(out, fmt.Sprintf("custody: card %s has no recorded hand-over", i.Card))
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
		case i.State == Missing && c.State != cards.Void:
			out = append(out, fmt.Sprintf("custody: card %s is missing but its record says %s", i.Card, c.State))
		// A delivery cut off after activation leaves the card taken out: the
		// clerk still has it in hand, and the repeated delivery gives it.
		case i.State == Stored && (c.State == cards.InOperation || c.State == cards.Suspended):
			out = append(out, fmt.Sprintf("custody: card %s lies in the store but its record says %s", i.Card, c.State))
		case i.State == Given && (c.State == cards.Held || c.State == cards.Consigned):
			out = append(out, fmt.Sprintf("custody: card %s was given to its holder but its record says %s", i.Card, c.State))
		}
	}
	return out, nil
}
