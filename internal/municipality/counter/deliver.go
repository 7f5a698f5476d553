package counter

import (
	"context"
	"errors"
	"slices"
	"strings"

	"kado/cardmgmt"
	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/notice"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// Deliver implements Desk. The order is chosen so that a cut anywhere leaves a
// safe card, and the same call, repeated, finishes:
//
//   - after the chip is operational: its record still says "held", so no status
//     answer is good yet; the repeated call finds the chip operational and sets
//     the PINs anew, whatever the holder remembers of the first ones;
//   - after the record is in operation: the card is the holder's and in the
//     clerk's hand; the repeated call records the hand-over.
//
// A session that ran out in between is opened anew: the card is still out of the
// store.
func (o *Office) Deliver(ctx context.Context, by journal.Actor, session string, t reader.Transport, pad Pad) (Session, error) {
	r, who, c, on, err := o.at(ctx, by, session, Delivery, t)
	if err != nil {
		return Session{}, err
	}
	if r.Checker == "" || r.Checker == by.ID {
		return Session{}, NeedsTwo.New()
	}
	which, err := o.pinsOf(ctx, c)
	if err != nil {
		return Session{}, err
	}
	values, err := o.ask(ctx, pad, which, who, c)
	if err != nil {
		return Session{}, err
	}
	defer values.wipe()
	inert, err := isInert(t)
	if err != nil {
		return Session{}, CardFailed.Because(err)
	}
	op := cardmgmt.InitialisePIN
	if inert {
		op = cardmgmt.Activate
	}
	// A PIN-less card has nothing to be set once it is operational.
	if inert || len(which) > 0 {
		if err := o.set(ctx, by, r.Session, on, op, which, values); err != nil {
			return Session{}, err
		}
	}
	if err := verify(t, which, values); err != nil {
		return Session{}, err
	}
	// The last read: the card that goes over the desk is the one that took the
	// PINs (P-01).
	if _, err := o.proveOn(ctx, by, r.Session, c, t); err != nil {
		return Session{}, err
	}
	if err := o.Cards.Activate(ctx, by, c.ID, r.ID); err != nil {
		return Session{}, err
	}
	if _, err := o.Custody.Give(ctx, by, c.ID, r.ID); err != nil {
		return Session{}, err
	}
	now := o.Clock.Now()
	return o.step(ctx, by, session, "finish", func(tx *db.Tx, r *row) error {
		if err := o.write(ctx, tx, r.Session, by, actDelivered, map[string]string{"pins": names(which)}); err != nil {
			return err
		}
		_, err := notice.Write(ctx, tx, notice.Letter{Key: "counter.delivered/" + string(c.ID), Person: r.Person, Kind: letterDelivered,
			Args: []string{mynumber.DateOf(now).String()}, WrittenAt: now})
		return err
	})
}

// isInert asks whether the chip is not in operation yet; no try is spent.
func isInert(t reader.Transport) (bool, error) {
	j, err := reader.New(t).JPKI()
	if err == nil {
		_, err = j.TriesLeft(reader.AuthenticationKey)
	}
	if errors.Is(err, reader.ErrInert) {
		return true, nil
	}
	return false, err
}

// pinsOf lists the PINs a card needs: none for a certificate that it does not
// have (PRD-62), and none at all on a PIN-less card, which nobody knows a PIN of
// (P-46).
func (o *Office) pinsOf(ctx context.Context, card cards.Card) ([]PIN, error) {
	if card.Pinless {
		return nil, nil
	}
	certs, err := o.Authority.OfCard(ctx, card.ID)
	if err != nil {
		return nil, err
	}
	has := map[jpki.Kind]bool{}
	for _, c := range certs {
		if c.State == authority.Issued || c.State == authority.Active {
			has[c.Kind] = true
		}
	}
	var out []PIN
	if has[jpki.Signature] {
		out = append(out, SignaturePassword)
	}
	if has[jpki.Authentication] {
		out = append(out, AuthenticationPIN)
	}
	return append(out, TextPIN, RegisterPIN), nil
}

func names(which []PIN) string {
	out := make([]string, len(which))
	for i, p := range which {
		out[i] = string(p)
	}
	return strings.Join(out, " ")
}

// Unblock implements Desk.
func (o *Office) Unblock(ctx context.Context, by journal.Actor, session string, t reader.Transport, which []PIN, pad Pad) (Session, error) {
	r, who, c, on, err := o.at(ctx, by, session, UnblockPIN, t)
	if err != nil {
		return Session{}, err
	}
	have, err := o.pinsOf(ctx, c)
	if err != nil {
		return Session{}, err
	}
	if len(which) == 0 || len(which) > len(have) {
		return Session{}, NotCovered.New()
	}
	for i, p := range which {
		if !slices.Contains(have, p) || slices.Contains(which[:i], p) {
			return Session{}, NotCovered.New()
		}
	}
	values, err := o.ask(ctx, pad, which, who, c)
	if err != nil {
		return Session{}, err
	}
	defer values.wipe()
	if err := o.set(ctx, by, r.Session, on, cardmgmt.InitialisePIN, which, values); err != nil {
		return Session{}, err
	}
	if err := verify(t, which, values); err != nil {
		return Session{}, err
	}
	now := o.Clock.Now()
	return o.step(ctx, by, session, "finish", func(tx *db.Tx, r *row) error {
		if err := o.write(ctx, tx, r.Session, by, actUnblocked, map[string]string{"pins": names(which)}); err != nil {
			return err
		}
		_, err := notice.Write(ctx, tx, notice.Letter{Key: "counter.pins/" + r.ID, Person: r.Person, Kind: letterPINs,
			Args: []string{mynumber.DateOf(now).String()}, WrittenAt: now})
		return err
	})
}

// Resume implements Desk.
func (o *Office) Resume(ctx context.Context, by journal.Actor, session string, t reader.Transport) (Session, error) {
	r, _, c, _, err := o.at(ctx, by, session, Resume, t)
	if err != nil {
		return Session{}, err
	}
	// Stopped again since this session began: that call was not heard here, and
	// this session does not speak for it.
	if c.SuspendedAt.After(r.OpenedAt) {
		return Session{}, MayNot.New()
	}
	if err := o.Cards.Resume(ctx, by, c.ID, r.ID); err != nil {
		return Session{}, err
	}
	return o.step(ctx, by, session, "finish", func(tx *db.Tx, r *row) error {
		return o.write(ctx, tx, r.Session, by, actResumed, nil)
	})
}
