package cards

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/iso7816"
	"kado/mynumber"
)

// effectOf names the effect that an act of Lives queues; acts without one
// concern only the office that did them.
var effectOf = map[string]string{
	"activate": EffectActivated, "suspend": EffectSuspended, "resume": EffectResumed,
	"abolish": EffectEnded, "lose": EffectEnded, "spoil": EffectEnded,
}

// move is one act of Lives on one card.
type move struct {
	act     string
	session string
	why     string    // ground or reason as given, for the journal
	reason  EndReason // of acts that end a card
	detail  map[string]string
	// repeats says whether an act on a card that is already where the act leads
	// is the same act once more. nil: it always is.
	repeats func(r row) bool
	// admits checks what the table of states does not know. nil: nothing.
	admits func(r row) error
	// change sets what belongs to the act beside the state. nil: nothing.
	change func(r *row, now time.Time)
}

// do carries out m in one transaction of change, journal entry and effect.
func (o *Office) do(ctx context.Context, by journal.Actor, id mynumber.CardID, m move) error {
	if len(m.why) > journal.MaxText {
		return malformed("reason")
	}
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		return o.step(ctx, tx, by, r, m)
	})
}

// step is do inside a transaction.
func (o *Office) step(ctx context.Context, tx *db.Tx, by journal.Actor, r row, m move) error {
	to, ok := Lives.Next(r.State, m.act)
	if !ok {
		if r.lastAct == m.act && (m.repeats == nil || m.repeats(r)) {
			return nil // done before, and answered as it is
		}
		return NotPermitted.New(r.State, m.act)
	}
	if m.admits != nil {
		if err := m.admits(r); err != nil {
			return err
		}
	}
	now := o.clock.Now()
	r.State, r.lastAct, r.ChangedAt, r.SuspendedAt, r.EndReason = to, m.act, now, time.Time{}, m.reason
	if to == Suspended {
		r.SuspendedAt = now
	}
	if m.change != nil {
		m.change(&r, now)
	}
	if err := update(ctx, tx, &r); err != nil {
		return err
	}
	e := r.entry(actOf[m.act], by)
	e.Session, e.Reason, e.Details = m.session, m.why, m.detail
	if _, err := journal.Write(ctx, tx, e); err != nil {
		return err
	}
	return o.queue(ctx, tx, r, m)
}

// queue tells the other offices. The lane keeps the effects of one card in
// order.
func (o *Office) queue(ctx context.Context, tx *db.Tx, r row, m move) error {
	kind := effectOf[m.act]
	if kind == "" {
		return nil
	}
	payload, err := json.Marshal(CardEffect{Card: r.ID, Person: r.Person, Reason: r.EndReason})
	if err != nil {
		return err
	}
	return journal.Queue(ctx, tx, journal.Effect{
		Kind: kind, Key: fmt.Sprintf("%s/%s/%d", kind, r.ID, r.version), Lane: "card/" + string(r.ID),
		Payload: payload, NotBefore: r.ChangedAt,
	})
}

// entry begins the journal entry of an act on the card.
func (r row) entry(act string, by journal.Actor) journal.Entry {
	return journal.Entry{At: r.ChangedAt, Actor: by, Office: "cards", Act: act, Subject: r.Person,
		Card: string(r.ID), Application: string(r.Application)}
}

// Personalised implements Keeper. The key must be a SubjectPublicKeyInfo of an
// RSA-2048 key, as the card will prove itself with it for life; a report of
// another key for a card that has one is refused.
func (o *Office) Personalised(ctx context.Context, by journal.Actor, id mynumber.CardID, cardKey []byte) error {
	if err := checkCardKey(cardKey); err != nil {
		return err
	}
	return o.do(ctx, by, id, move{act: "personalise",
		repeats: func(r row) bool { return bytes.Equal(r.CardKey, cardKey) },
		change: func(r *row, now time.Time) {
			r.CardKey, r.IssuedOn = bytes.Clone(cardKey), mynumber.DateOf(now)
		},
	})
}

func checkCardKey(spki []byte) error {
	if len(spki) > 1024 {
		return malformed("card key")
	}
	parsed, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return malformed("card key")
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok || iso7816.CheckPublicKey(key) != nil {
		return malformed("card key")
	}
	if again, err := x509.MarshalPKIXPublicKey(key); err != nil || !bytes.Equal(again, spki) {
		return malformed("card key") // one accepted spelling
	}
	return nil
}

// Spoil implements Keeper.
func (o *Office) Spoil(ctx context.Context, by journal.Actor, id mynumber.CardID, why string) error {
	return o.do(ctx, by, id, move{act: "spoil", why: why, reason: EndSpoiled})
}

// Consigned implements Keeper. A card lies in one consignment only: the report
// of another is refused.
func (o *Office) Consigned(ctx context.Context, by journal.Actor, id mynumber.CardID, consignment string) error {
	if consignment == "" {
		return malformed("consignment")
	}
	return o.do(ctx, by, id, move{act: "consign", detail: map[string]string{"consignment": consignment},
		repeats: func(r row) bool { return r.consignment == consignment },
		change:  func(r *row, _ time.Time) { r.consignment = consignment },
	})
}

// Received implements Keeper. The consignment must be the one the card was sent
// in (P-14).
func (o *Office) Received(ctx context.Context, by journal.Actor, id mynumber.CardID, consignment string) error {
	same := func(r row) bool { return r.consignment == consignment }
	return o.do(ctx, by, id, move{act: "receive", detail: map[string]string{"consignment": consignment},
		repeats: same,
		admits: func(r row) error {
			if !same(r) {
				return malformed("consignment")
			}
			return nil
		},
	})
}

// Activate implements Keeper. A person has one living card: whatever card they
// held until then ends in the same transaction, and neither a lost one nor a
// renewed one works beside the new (APP-07, LIF-19, P-18).
func (o *Office) Activate(ctx context.Context, by journal.Actor, id mynumber.CardID, session string) error {
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := o.step(ctx, tx, by, r, move{act: "activate", session: session}); err != nil {
			return err
		}
		all, err := ofPerson(ctx, tx, r.Person)
		if err != nil {
			return err
		}
		for _, old := range all {
			if old.ID == id || (old.State != InOperation && old.State != Suspended) {
				continue
			}
			if err := o.step(ctx, tx, by, old, abolition(EndReissue)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Suspend implements Keeper.
func (o *Office) Suspend(ctx context.Context, by journal.Actor, id mynumber.CardID, ground string) error {
	return o.do(ctx, by, id, move{act: "suspend", why: ground})
}

// Resume implements Keeper.
func (o *Office) Resume(ctx context.Context, by journal.Actor, id mynumber.CardID, session string) error {
	return o.do(ctx, by, id, move{act: "resume", session: session})
}

// abolitions are the reasons of Abolish; the others belong to Spoil and Lose.
var abolitions = map[EndReason]bool{
	EndDeath: true, EndEmigration: true, EndReturn: true, EndLoss: true, EndReissue: true, EndRenewal: true, EndLeak: true,
}

// Abolish implements Keeper. The first reason stands.
func (o *Office) Abolish(ctx context.Context, by journal.Actor, id mynumber.CardID, why EndReason) error {
	if !abolitions[why] {
		return malformed("reason")
	}
	return o.do(ctx, by, id, abolition(why))
}

func abolition(why EndReason) move {
	return move{act: "abolish", why: string(why), reason: why}
}

// Lose implements Keeper.
func (o *Office) Lose(ctx context.Context, by journal.Actor, id mynumber.CardID, ground string) error {
	return o.do(ctx, by, id, move{act: "lose", why: ground, reason: EndMissing})
}

// AbolishAll implements Keeper: all living cards in one transaction. A death
// also bars every later order for the person (P-29).
func (o *Office) AbolishAll(ctx context.Context, by journal.Actor, person string, why EndReason) error {
	if !abolitions[why] {
		return malformed("reason")
	}
	if person == "" || len(person) > 100 {
		return malformed("person")
	}
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		if why == EndDeath {
			if err := o.bar(ctx, tx, by, person); err != nil {
				return err
			}
		}
		rows, err := ofPerson(ctx, tx, person)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if ended(r.State) {
				continue
			}
			if err := o.step(ctx, tx, by, r, abolition(why)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (o *Office) bar(ctx context.Context, tx *db.Tx, by journal.Actor, person string) error {
	now := o.clock.Now()
	n, err := tx.Exec(ctx, `INSERT INTO cards_dead (person, at) VALUES ($1, $2) ON CONFLICT (person) DO NOTHING`, person, now)
	if err != nil || n == 0 {
		return err
	}
	_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "cards", Act: ActHolderDead, Subject: person})
	return err
}
