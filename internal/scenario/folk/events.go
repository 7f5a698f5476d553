package folk

import (
	"context"
	"errors"
	"slices"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/hotline"
	"kado/internal/agency/intake"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/registry"
	"kado/internal/platform/journal"
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
	first, err := m.entry(p)
	if err != nil || p.person.Attributes.Address != first.Attributes.Address {
		return err // moved already, by a process that was cut off
	}
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
	if p.person.Municipality != m.box.Municipality {
		return m.rewrite(ctx, p) // moved already, by a process that was cut off
	}
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
	if p.person.Attributes.Name != name {
		if p.person, err = m.box.House.Registry.Rename(ctx, p.hall.Registry, p.person.ID, name, kana, latin, m.today()); err != nil {
			return err
		}
	}
	return m.rewrite(ctx, p)
}

func die(ctx context.Context, m *maker, p *made) error {
	if p.person.Standing == registry.Dead {
		return nil
	}
	_, err := m.box.House.Registry.Die(ctx, p.hall.Registry, p.person.ID, m.today().AddDays(-2))
	return err
}

// stop reports the card to the stop line.
func stop(why hotline.Cause) func(context.Context, *maker, *made) error {
	return func(ctx context.Context, m *maker, p *made) error {
		entries, err := m.ofCard(ctx, p.card)
		if err != nil || slices.ContainsFunc(entries, func(e journal.Entry) bool { return e.Office == "hotline" }) {
			return err // reported already, by a process that was cut off
		}
		a := p.person.Attributes
		_, err = m.box.House.Hotline.Suspend(ctx, server.Staff(server.Operator, ""), hotline.Call{Name: a.Name, BirthDate: a.BirthDate, Address: a.Address, Cause: why})
		return err
	}
}

// is tells whether a persona's card stands so.
func (m *maker) is(ctx context.Context, p *made, state cards.State) (bool, error) {
	c, err := m.box.House.Cards.Card(ctx, p.card)
	return c.State == state, err
}

func resume(ctx context.Context, m *maker, p *made) error {
	resumed, err := m.is(ctx, p, cards.InOperation)
	session, lost := m.unfinished(ctx, p.card, counter.Resume)
	if err := errors.Join(err, lost); err != nil || resumed && session == "" {
		return err
	}
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
		if ended, err := m.is(ctx, p, cards.Abolished); err != nil || ended {
			return err
		}
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
	revoked := false
	for _, c := range all {
		if c.Kind == kind && c.State == authority.Active {
			return m.box.House.Authority.Revoke(ctx, server.Staff(server.CAOperator, ""), kind, c.Serial, mynumber.CessationOfOperation)
		}
		revoked = revoked || c.Kind == kind && c.State == authority.Revoked
	}
	if !revoked {
		return errors.New("folk: no living certificate to revoke")
	}
	return nil
}

// reissue is a loss and the new card after it, a few days later.
func reissue(ctx context.Context, m *maker, p *made) error {
	first := p.card
	at, err := m.look(ctx, p, intake.Reissue)
	if err != nil {
		return err
	}
	if at < opened {
		p.card = first
		if err := stop(lost)(ctx, m, p); err != nil {
			return err
		}
	}
	// The steps of a card are counted once, with the first.
	counted := m.progress
	m.progress = nil
	done := m.done
	defer func() { m.progress, m.done = counted, done }()
	whom, stages := []*made{p}, map[*made]stage{p: at}
	if err := m.apply(ctx, whom, stages, intake.Reissue, m.box.Clock.Now()); err != nil {
		return err
	}
	return m.supply(ctx, whom, stages)
}

// spend presents wrong PINs to the card, as many as leave so many tries spent.
func spend(authentication, signature int) func(context.Context, *maker, *made) error {
	return func(_ context.Context, m *maker, p *made) error {
		return m.withCard(p, func(t reader.Transport) error {
			j, err := reader.New(t).JPKI()
			if err != nil {
				return err
			}
			for _, w := range []struct {
				kind       reader.KeyKind
				spent, all int
				wrong      string
			}{{reader.AuthenticationKey, authentication, mynumber.PINTries, "0007"}, {reader.SignatureKey, signature, mynumber.SignaturePasswordTries, "WRONG07"}} {
				if w.spent == 0 {
					continue
				}
				for {
					left, err := j.TriesLeft(w.kind)
					if err != nil {
						return err
					}
					if w.all-left >= w.spent {
						break
					}
					if err := j.Verify(w.kind, mynumber.NewSecret(w.wrong)); !errors.As(err, new(*reader.WrongPINError)) {
						return errors.Join(errors.New("folk: a wrong PIN was not refused"), err)
					}
				}
			}
			return nil
		})
	}
}

// setUpPhone derives certificates on a phone from the card's (CRT-68). Offer and
// keys are written down before they are used, so that one answer is given twice
// rather than two phones set up.
func setUpPhone(ctx context.Context, m *maker, p *made) error {
	h, making := m.box.House, m.known.Making
	o, taken := making.Phones[p.id]
	if !taken {
		offered, err := h.Authority.OfferPhone(ctx, p.holder())
		if err != nil {
			return err
		}
		keys, err := server.NewPhoneKeys(h.CardAlgorithm())
		if err != nil {
			return err
		}
		o = offer{ID: offered.ID, Nonce: offered.Nonce[:], NotAfter: offered.NotAfter}
		if err := o.Keys.keep(keys); err != nil {
			return err
		}
		if making.Phones == nil {
			making.Phones = map[string]offer{}
		}
		making.Phones[p.id] = o
		if err := m.save(); err != nil {
			return err
		}
	}
	keys, err := o.Keys.keys()
	if err != nil {
		return err
	}
	set, err := h.AnswerOffer(ctx, p.holder(), o.taken(), keys, false, func(statement []byte) (certificate, value []byte, err error) {
		err = m.withCard(p, func(t reader.Transport) error {
			certificate, value, err = SignOnCard(t, reader.SignatureKey, mynumber.NewSecret(p.pins.Signature), statement)
			return err
		})
		return certificate, value, err
	})
	if err != nil {
		return err
	}
	phone := o.Keys
	for _, c := range set.Certificates {
		phone.certify(c.Kind, c.DER)
	}
	if m.known.Phones == nil {
		m.known.Phones = map[string]Phone{}
	}
	m.known.Phones[p.id] = phone
	return nil
}
