package folk

import (
	"context"
	"crypto"
	"crypto/rsa"
	"errors"

	"kado/chip"
	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/hotline"
	"kado/internal/agency/intake"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/registry"
	"kado/internal/server"
	"kado/internal/world/people"
	"kado/internal/world/places"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

const (
	lost   = hotline.Lost
	stolen = hotline.Stolen
)

// moveNearby registers a move within the municipality; the card is not rewritten.
func moveNearby(ctx context.Context, m *maker, p *made) error {
	town, _ := places.ByCode(m.box.Municipality)
	return m.move(ctx, p, town)
}

func (m *maker) move(ctx context.Context, p *made, to places.Municipality) error {
	address, err := people.NewAddress(m.box.Seed, people.Resident{Municipality: to, Index: people.MaxTown + p.index, Address: p.person.Attributes.Address}, to, m.today())
	if err != nil {
		return err
	}
	if p.hall, err = m.box.Hall(ctx, to.Code); err != nil {
		return err
	}
	p.person, err = m.box.House.Registry.Move(ctx, p.hall.Registry, registry.Move{Person: p.person.ID, Municipality: to.Code, Address: address, On: m.today()})
	return err
}

// moveAway registers a move into another municipality and has the card rewritten
// there at the same visit.
func moveAway(ctx context.Context, m *maker, p *made) error {
	for _, to := range places.All() {
		if to.Issues() && to.Code != m.box.Municipality && to.ValidOn(m.today()) && to.Kind == places.City {
			if err := m.move(ctx, p, to); err != nil {
				return err
			}
			return m.rewrite(ctx, p)
		}
	}
	return nil
}

// rewrite brings the card to the register's state, with a new signature
// certificate.
func (m *maker) rewrite(ctx context.Context, p *made) error {
	if err := m.box.House.Settle(ctx); err != nil {
		return err
	}
	return m.atCounter(ctx, p, counter.AttributeChange, func(session string, t reader.Transport) error {
		_, err := m.box.House.Counter.Rewrite(ctx, p.hall.Counter, session, t, true)
		return err
	})
}

func marry(ctx context.Context, m *maker, p *made) (err error) {
	const name, kana, latin = "佐野　彩花", "サノ　アヤカ", "SANO AYAKA"
	if p.person, err = m.box.House.Registry.Rename(ctx, p.hall.Registry, p.person.ID, name, kana, latin, m.today()); err != nil {
		return err
	}
	return m.rewrite(ctx, p)
}

func die(ctx context.Context, m *maker, p *made) error {
	_, err := m.box.House.Registry.Die(ctx, p.hall.Registry, p.person.ID, m.today().AddDays(-2))
	return err
}

// stop reports the card to the stop line.
func stop(why hotline.Cause) func(context.Context, *maker, *made) error {
	return func(ctx context.Context, m *maker, p *made) error {
		a := p.person.Attributes
		_, err := m.box.House.Hotline.Suspend(ctx, server.Staff(server.Operator, ""), hotline.Call{Name: a.Name, BirthDate: a.BirthDate, Address: a.Address, Cause: why})
		return err
	}
}

func resume(ctx context.Context, m *maker, p *made) error {
	return m.atCounter(ctx, p, counter.Resume, func(session string, t reader.Transport) error {
		_, err := m.box.House.Counter.Resume(ctx, p.hall.Counter, session, t)
		return err
	})
}

func renew(ctx context.Context, m *maker, p *made) error {
	return m.atCounter(ctx, p, counter.CertificateRenew, func(session string, t reader.Transport) error {
		_, err := m.box.House.Counter.Renew(ctx, p.hall.Counter, session, t)
		return err
	})
}

// abolish ends the card at the counter's word.
func abolish(why cards.EndReason) func(context.Context, *maker, *made) error {
	return func(ctx context.Context, m *maker, p *made) error {
		return m.box.House.Cards.Abolish(ctx, p.hall.Counter, p.card, why)
	}
}

func revokeAuthentication(ctx context.Context, m *maker, p *made) error {
	return m.revoke(ctx, p, jpki.Authentication)
}

func revokeSignature(ctx context.Context, m *maker, p *made) error {
	return m.revoke(ctx, p, jpki.Signature)
}

// revoke ends one certificate, as its holder wishes.
func (m *maker) revoke(ctx context.Context, p *made, kind jpki.Kind) error {
	all, err := m.box.House.Authority.OfCard(ctx, p.card)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Kind == kind && c.State == authority.Active {
			return m.box.House.Authority.Revoke(ctx, server.Staff(server.CAOperator, ""), kind, c.Serial, mynumber.CessationOfOperation)
		}
	}
	return errors.New("folk: no living certificate to revoke")
}

// reissue is a loss and the new card after it, a few days later.
func reissue(ctx context.Context, m *maker, p *made) error {
	if err := stop(lost)(ctx, m, p); err != nil {
		return err
	}
	photo, err := m.portrait(p.spec, mynumber.DateOf(m.now), m.today())
	if err != nil {
		return err
	}
	if err := m.apply(ctx, p, intake.Reissue, photo); err != nil {
		return err
	}
	if err := m.officeHours(ctx, m.box.Clock.Now().Add(day)); err != nil {
		return err
	}
	if err := m.produce(ctx, p); err != nil {
		return err
	}
	if err := m.consign(ctx, []*made{p}); err != nil {
		return err
	}
	return m.deliver(ctx, p)
}

// spend presents wrong PINs to the card.
func spend(authentication, signature int) func(context.Context, *maker, *made) error {
	return func(_ context.Context, m *maker, p *made) error {
		return m.withCard(p, func(t reader.Transport) error {
			j, err := reader.New(t).JPKI()
			if err != nil {
				return err
			}
			for range authentication {
				if err := j.Verify(reader.AuthenticationKey, mynumber.NewSecret("0007")); !errors.As(err, new(*reader.WrongPINError)) {
					return errors.Join(errors.New("folk: a wrong PIN was not refused"), err)
				}
			}
			for range signature {
				if err := j.Verify(reader.SignatureKey, mynumber.NewSecret("WRONG07")); !errors.As(err, new(*reader.WrongPINError)) {
					return errors.Join(errors.New("folk: a wrong password was not refused"), err)
				}
			}
			return nil
		})
	}
}

// setUpPhone derives certificates on a phone from the card's (CRT-68).
func setUpPhone(ctx context.Context, m *maker, p *made) error {
	h := m.box.House
	offer, err := h.Authority.OfferPhone(ctx, p.holder())
	if err != nil {
		return err
	}
	r := authority.PhoneRequest{Offer: offer}
	phone, public := Phone{}, map[jpki.Kind]crypto.PublicKey{}
	private := map[jpki.Kind]*rsa.PrivateKey{}
	for _, kind := range jpki.Kinds {
		key, err := chip.GenerateKeys{}.RSA2048()
		if err != nil {
			return err
		}
		private[kind], public[kind] = key, &key.PublicKey
		if err := phone.keep(kind, key); err != nil {
			return err
		}
	}
	statement, err := authority.PhoneStatement(offer, public)
	if err != nil {
		return err
	}
	for _, kind := range jpki.Kinds {
		digest := jpki.RSA2048SHA256.Digest(authority.PhonePossession(kind, statement))
		proof, err := rsa.SignPKCS1v15(nil, private[kind], crypto.SHA256, digest)
		if err != nil {
			return err
		}
		r.Keys = append(r.Keys, authority.PhoneKey{Kind: kind, PublicKey: public[kind], Possession: proof})
	}
	err = m.withCard(p, func(t reader.Transport) error {
		r.Certificate, r.Signature, err = SignOnCard(t, reader.SignatureKey, mynumber.NewSecret(p.pins.Signature), statement)
		return err
	})
	if err != nil {
		return err
	}
	set, err := h.Authority.SetUpPhone(ctx, p.holder(), r)
	if err != nil {
		return err
	}
	for _, c := range set.Certificates {
		phone.certify(c.Kind, c.DER)
	}
	if m.known.Phones == nil {
		m.known.Phones = map[string]Phone{}
	}
	m.known.Phones[p.id] = phone
	return nil
}
