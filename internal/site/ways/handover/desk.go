package handover

import (
	"context"
	"net/http"

	"kado/internal/digital/login/oidc"
)

// desk is the provider's desk, which a phone may come to as well. The phone's name
// of the interaction serves while its card is awaited and never leads to the
// relying party: what the provider says next is for the computer.
type desk struct {
	oidc.Desk
	book *book
}

// Interaction implements oidc.Desk.
func (d desk) Interaction(ctx context.Context, id string) (oidc.Interaction, error) {
	if !isAlias(id) {
		return d.Desk.Interaction(ctx, id)
	}
	o, err := d.book.resolve(id)
	if err != nil {
		return oidc.Interaction{}, err
	}
	i, err := d.Desk.Interaction(ctx, o.interaction)
	i.ID, i.ReturnOrigin, i.Ways = id, "", phonePath+o.code+"/card"
	return i, err
}

// Answer implements oidc.Desk. The consent is given on the computer, whose holder
// sees there who is about to be logged in.
func (d desk) Answer(ctx context.Context, id string, a oidc.Answer) (string, error) {
	if !isAlias(id) {
		return d.Desk.Answer(ctx, id, a)
	}
	a.Consented = false
	code, err := d.book.end(id, actAnswer, func(interaction string) (string, error) { return d.Desk.Answer(ctx, interaction, a) })
	return donePath(code), err
}

// Cancel implements oidc.Desk.
func (d desk) Cancel(ctx context.Context, id, code, description string) (string, error) {
	if !isAlias(id) {
		return d.Desk.Cancel(ctx, id, code, description)
	}
	ended, err := d.book.end(id, actCancel, func(interaction string) (string, error) {
		return d.Desk.Cancel(ctx, interaction, code, description)
	})
	return donePath(ended), err
}

// Bound implements oidc.Desk.
func (d desk) Bound(r *http.Request, id string) error {
	if !isAlias(id) {
		return d.Desk.Bound(r, id)
	}
	o, err := d.book.resolve(id)
	if err != nil {
		return err
	}
	if !o.isPhone(cookieOf(r)) {
		return OtherPhone.New()
	}
	return nil
}
