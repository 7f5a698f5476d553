package production

import (
	"context"
	"encoding/json"

	"kado/internal/agency/intake"
	"kado/internal/platform/journal"
)

// Handlers are the effects of other offices that production reacts to.
func (o *Office) Handlers() map[string]func(context.Context, journal.Effect) error {
	return map[string]func(context.Context, journal.Effect) error{intake.EffectAccepted: o.onAccepted}
}

// onAccepted places the order of an accepted application; Place gives the same
// order the second time. A person who died or left since is no failure: no card
// is made, and that is the end of it.
func (o *Office) onAccepted(ctx context.Context, e journal.Effect) error {
	var a intake.AcceptedEffect
	if err := json.Unmarshal(e.Payload, &a); err != nil {
		return err
	}
	_, err := o.Place(ctx, journal.Actor{Kind: journal.System, ID: "production"}, a.Application)
	if NoLonger.Is(err) {
		return nil
	}
	return err
}
