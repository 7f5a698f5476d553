package counter

import (
	"context"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/journal"
	"kado/mynumber"
	"kado/reader"
)

// maxEntries is how often the pad asks for one PIN before the counter gives up.
const maxEntries = 5

// places are the references one holder's PIN stands for. The common data PIN
// follows the register PIN: holders know one of the two.
var places = map[PIN][]cardmgmt.ListPIN{
	SignaturePassword: {{Application: layout.JPKI, Reference: layout.JPKISignaturePassword}},
	AuthenticationPIN: {{Application: layout.JPKI, Reference: layout.JPKIAuthenticationPIN}},
	TextPIN:           {{Application: layout.Text, Reference: layout.TextPIN}},
	RegisterPIN:       {{Application: layout.Register, Reference: layout.RegisterPIN}, {Application: layout.Common, Reference: layout.CommonPIN}},
}

// entered are values on their way from the pad to the chip. They live for one
// act, in no record, and are wiped after it.
type entered map[PIN]mynumber.Secret

func (e entered) wipe() {
	for _, s := range e {
		s.Wipe()
	}
}

// ask has the holder enter the PINs, each until it passes R-20. What a pad says
// of a failure is not passed on: a careless one might quote what was typed.
func (o *Office) ask(ctx context.Context, pad Pad, which []PIN, who registry.Person, c cards.Card) (out entered, err error) {
	out = entered{}
	defer func() {
		if err != nil {
			out.wipe()
			out = nil
		}
	}()
	printed := mynumber.PINContext{Birth: who.Attributes.BirthDate, CardExpiry: c.ExpiresOn, SecurityCode: c.SecurityCode.Reveal()}
	for _, pin := range which {
		if out[pin], err = one(ctx, pad, pin, printed); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// one has the holder enter one PIN.
func one(ctx context.Context, pad Pad, pin PIN, printed mynumber.PINContext) (mynumber.Secret, error) {
	var refusal error
	for range maxEntries {
		value, err := pad.Enter(ctx, pin, refusal)
		if err != nil {
			return mynumber.Secret{}, NoPIN.New()
		}
		if pin == SignaturePassword {
			refusal = mynumber.CheckSignaturePassword(value.Reveal())
		} else {
			refusal = mynumber.CheckPIN4(value.Reveal(), printed)
		}
		if refusal == nil {
			return value, nil
		}
		value.Wipe()
	}
	return mynumber.Secret{}, NoPIN.Because(refusal)
}

// set runs an act that sets the entered PINs.
func (o *Office) set(ctx context.Context, by journal.Actor, s Session, on *reader.Issuer, op cardmgmt.Op, which []PIN, values entered) error {
	var script cardmgmt.Script
	var pins []reader.PIN
	for _, pin := range which {
		for _, p := range places[pin] {
			script = append(script, p)
			pins = append(pins, reader.PIN{Application: p.Application, Reference: p.Reference, Value: values[pin]})
		}
	}
	_, _, err := o.perform(ctx, by, on, s, op, script, pins...)
	return err
}

// verify presents each PIN once to the card, as its holder will (P-01).
func verify(t reader.Transport, which []PIN, values entered) error {
	card := reader.New(t)
	for _, pin := range which {
		if err := present(card, pin, values[pin]); err != nil {
			return CardFailed.Because(err)
		}
	}
	return nil
}

func present(card *reader.Card, pin PIN, value mynumber.Secret) error {
	switch pin {
	case SignaturePassword, AuthenticationPIN:
		j, err := card.JPKI()
		if err != nil {
			return err
		}
		kind := reader.AuthenticationKey
		if pin == SignaturePassword {
			kind = reader.SignatureKey
		}
		return j.Verify(kind, value)
	case TextPIN:
		a, err := card.Text()
		if err != nil {
			return err
		}
		return a.VerifyPIN(value)
	default:
		a, err := card.Register()
		if err != nil {
			return err
		}
		if err := a.VerifyPIN(value); err != nil {
			return err
		}
		b, err := card.Common()
		if err != nil {
			return err
		}
		return b.VerifyPIN(value)
	}
}
