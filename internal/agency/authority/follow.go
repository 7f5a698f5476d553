package authority

import (
	"context"
	"encoding/json"
	"time"

	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// reasonOf is the revocation reason that the end of a card gives its
// certificates; both kinds get the same one.
func reasonOf(end cards.EndReason) (mynumber.RevocationReason, error) {
	event, ok := end.Event()
	if !ok {
		return 0, Malformed.New("end reason")
	}
	why, _, err := mynumber.RevocationFor(event, mynumber.AuthenticationCertificate)
	return why, err
}

// onCard brings a card's certificates to what the card's record says now. It
// does not go by which effect arrived, so that effects that come twice, late or
// out of order all lead to the same end.
func (o *Office) onCard(ctx context.Context, e journal.Effect) error {
	var p cards.CardEffect
	if err := json.Unmarshal(e.Payload, &p); err != nil {
		return Malformed.Because(err, "effect")
	}
	c, err := o.cards.Card(ctx, p.Card)
	if err != nil {
		return err
	}
	switch c.State {
	case cards.InOperation, cards.Suspended:
		return o.onAll(ctx, c.ID, func(tx *db.Tx, rows []row, at time.Time) error {
			if err := activateFirst(ctx, tx, system, rows, at); err != nil {
				return err
			}
			if c.State == cards.Suspended {
				return shiftAll(ctx, tx, system, rows, Active, "hold", at)
			}
			return shiftAll(ctx, tx, system, rows, OnHold, "release", at)
		})
	case cards.Abolished, cards.Void, cards.Spoiled:
		why, err := reasonOf(c.EndReason)
		if err != nil {
			return err
		}
		return o.RevokeCard(ctx, system, c.ID, why)
	}
	return nil
}

// onAttributesChanged ends the signature certificates that show attributes from
// before a change (R-40, CRT-41). Those taken from the register at or after the
// change's version live on.
func (o *Office) onAttributesChanged(ctx context.Context, e journal.Effect) error {
	var p registry.Changed
	if err := json.Unmarshal(e.Payload, &p); err != nil || p.Person == "" {
		return Malformed.Because(err, "effect")
	}
	why, _, err := mynumber.RevocationFor(mynumber.AttributesChanged, mynumber.SignatureCertificate)
	if err != nil {
		return err
	}
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		// What came from them on a phone ends with them.
		rows, err := all(ctx, tx, `person = $1 AND kind = $2 AND person_version < $3 AND medium = 'card' ORDER BY ordinal`,
			p.Person, jpki.Signature.String(), p.Version)
		if err != nil {
			return err
		}
		return revokeAll(ctx, tx, system, rows, why, o.clock.Now())
	})
}
