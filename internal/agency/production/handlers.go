package production

import (
	"context"
	"encoding/json"

	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
)

// Handlers are the effects of other offices that production reacts to.
func (o *Office) Handlers() map[string]func(context.Context, journal.Effect) error {
	return map[string]func(context.Context, journal.Effect) error{
		intake.EffectAccepted: o.onAccepted, cards.EffectEnded: o.onEnded, EffectConsigned: o.onConsigned,
	}
}

// self is who acts on an effect.
var self = journal.Actor{Kind: journal.System, ID: "production"}

// onAccepted places the order of an accepted application; Place gives the same
// order the second time. A person who died or left since is no failure: no card
// is made, and that is the end of it.
func (o *Office) onAccepted(ctx context.Context, e journal.Effect) error {
	var a intake.AcceptedEffect
	if err := json.Unmarshal(e.Payload, &a); err != nil {
		return err
	}
	_, err := o.Place(ctx, self, a.Application)
	if NoLonger.Is(err) {
		return nil
	}
	return err
}

// onEnded fails the order of a card that has ended before it was packed: its
// holder has died, or the process was cut off while it failed the order.
func (o *Office) onEnded(ctx context.Context, e journal.Effect) error {
	var c cards.CardEffect
	if err := json.Unmarshal(e.Payload, &c); err != nil {
		return err
	}
	var r row
	var found bool
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		r, found, err = ofCard(ctx, tx, c.Card)
		return err
	})
	if err != nil || !found {
		return err
	}
	if _, ok := Orders.Next(r.State, "fail"); !ok {
		return nil
	}
	return o.failed(ctx, self, r.ID, "card ended: "+string(c.Reason))
}

// onConsigned brings the card records of a consignment up to date.
func (o *Office) onConsigned(ctx context.Context, e journal.Effect) error {
	var p ConsignmentEffect
	if err := json.Unmarshal(e.Payload, &p); err != nil {
		return err
	}
	c, err := o.Consignment(ctx, p.Consignment)
	if err != nil {
		return err
	}
	return o.follow(ctx, self, c)
}
