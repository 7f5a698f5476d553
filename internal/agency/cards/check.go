package cards

import (
	"context"
	"fmt"

	"kado/internal/platform/db"
	"kado/mynumber"
)

// Check verifies the office's own invariants for kado fsck and returns what it
// found, in plain English; nothing when all is sound. Cards are named by id.
func (o *Office) Check(ctx context.Context) ([]string, error) {
	aead, err := o.faceAEAD(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	err = o.db.View(ctx, func(tx *db.Tx) error {
		out = nil
		rows, err := db.Collect(ctx, tx, scanRow, `SELECT `+columns+` FROM cards_card ORDER BY id`)
		if err != nil {
			return err
		}
		for _, r := range rows {
			for _, finding := range r.findings() {
				out = append(out, fmt.Sprintf("card %s %s", r.ID, finding))
			}
			if _, err := openFace(aead, r.ID, r.face); err != nil {
				out = append(out, fmt.Sprintf("card %s has a security code that cannot be opened", r.ID))
			}
		}
		more, err := grantFindings(ctx, tx)
		out = append(out, more...)
		return err
	})
	return out, err
}

// findings returns what contradicts itself in a row.
func (r row) findings() (out []string) {
	say := func(wrong bool, what string) {
		if wrong {
			out = append(out, what)
		}
	}
	if !Lives.Known(r.State) {
		return []string{"is in an unknown state"}
	}
	_, err := mynumber.ParseCardID(string(r.ID))
	say(err != nil, "has an id with wrong check digits")
	say(ended(r.State) != (r.EndReason != ""), "has an end reason without having ended, or the other way round")
	say((r.State == Suspended) != !r.SuspendedAt.IsZero(), "has a time of suspension without being suspended, or the other way round")
	say(r.ExpiresOn.Before(r.AcceptedOn), "ends before it was applied for")
	say(!r.IssuedOn.IsZero() && r.IssuedOn.Before(r.AcceptedOn), "was made before it was applied for")
	say(r.ChangedAt.Before(r.orderedAt), "was changed before it was ordered")
	say((r.CardKey == nil) != r.IssuedOn.IsZero(), "has a key but no day of personalisation, or the other way round")
	say(r.State != Ordered && !ended(r.State) && r.CardKey == nil, "was personalised without a key of its own")
	say(r.CardKey != nil && checkCardKey(r.CardKey) != nil, "has an unreadable key")
	say(r.TransportKey != nil && !validTransportKey(r.TransportKey), "has an unreadable transport key")
	say((r.State == Consigned || r.State == Held || r.State == InOperation || r.State == Suspended) && r.consignment == "",
		"reached the municipality in no consignment")
	return out
}

func grantFindings(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.Collect(ctx, tx, func(scan func(...any) error) (string, error) {
		var card string
		err := scan(&card)
		return fmt.Sprintf("a cryptogram was made for card %s, which does not exist", card), err
	}, `SELECT DISTINCT card FROM cards_grant WHERE NOT EXISTS (SELECT 1 FROM cards_card WHERE cards_card.id = cards_grant.card) ORDER BY card`)
}
