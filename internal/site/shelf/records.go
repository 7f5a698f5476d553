package shelf

import (
	"context"
	"crypto/rsa"
	"crypto/x509"

	"kado/internal/agency/cards"
	"kado/internal/agency/production/cardface"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/server"
	"kado/mynumber"
)

// RecordsOf asks the offices of a house.
func RecordsOf(h *server.House) Records { return records{h} }

type records struct{ house *server.House }

// Record implements Records.
func (r records) Record(ctx context.Context, id mynumber.CardID) (Record, error) {
	out, _, err := r.find(ctx, id)
	return out, err
}

// Printed implements Records.
func (r records) Printed(ctx context.Context, id mynumber.CardID) (Record, error) {
	out, card, err := r.find(ctx, id)
	if err != nil || out.Face == nil {
		return out, err
	}
	// A card without photo, as for an infant, has none to ask for.
	photo, err := r.house.Intake.Photo(ctx, card.Application)
	if err == nil {
		out.Face.Photo = photo
	} else if f := fault.Of(err); f.Kind.Class == fault.Internal {
		return out, err
	}
	return out, nil
}

func (r records) find(ctx context.Context, id mynumber.CardID) (Record, cards.Card, error) {
	card, err := r.house.Cards.Card(ctx, id)
	if cards.NoCard.Is(err) {
		return Record{}, card, nil
	}
	if err != nil {
		return Record{}, card, err
	}
	person, err := r.house.Registry.Person(ctx, card.Person)
	if err != nil {
		return Record{}, card, err
	}
	standing, err := r.house.Cards.Standing(ctx, id)
	if err != nil {
		return Record{}, card, err
	}
	out := Record{Holder: person.Attributes.Name, State: cards.Lives.Text(card.State), Usable: standing == cards.Good, ExpiresOn: card.ExpiresOn}
	if standing == cards.Expired {
		out.State = texts["shelf.state.expired"]
	}
	if card.State != cards.Ordered && card.State != cards.Spoiled {
		out.Face = &cardface.Face{Name: person.Attributes.Name, Alias: person.Alias, Address: person.Attributes.Address,
			BirthDate: person.Attributes.BirthDate, Residence: person.Residence, Sex: person.Attributes.Sex, Expiry: card.ExpiresOn,
			SecurityCode: card.SecurityCode.Reveal()}
	}
	return out, card, nil
}

// TextRootOf is the root of a house's text records.
func TextRootOf(h *server.House) func(context.Context) (*rsa.PublicKey, error) {
	return func(ctx context.Context) (*rsa.PublicKey, error) {
		roots, err := h.Production.Root(ctx)
		if err != nil {
			return nil, err
		}
		key, err := x509.ParsePKIXPublicKey(roots.Text)
		if err != nil {
			return nil, err
		}
		pub, ok := key.(*rsa.PublicKey)
		if !ok {
			return nil, fault.Unexpected.New()
		}
		return pub, nil
	}
}

// nobody is the record of a card of which nothing is known.
var nobody = lang.Text{JA: "記録なし", EN: "no record"}
