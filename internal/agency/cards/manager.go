package cards

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"encoding/hex"

	"kado/cardmgmt"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

// masterSecret is the key store's name of the master key, from which the key of
// every chip is derived.
const masterSecret = "cards-master"

// chipKey derives the management key of one chip.
func (o *Office) chipKey(ctx context.Context, id mynumber.CardID) (cardmgmt.Key, error) {
	if _, err := mynumber.ParseCardID(string(id)); err != nil {
		return cardmgmt.Key{}, NoCard.New()
	}
	master, err := o.secret(ctx, masterSecret)
	if err != nil {
		return cardmgmt.Key{}, err
	}
	defer clear(master)
	return cardmgmt.DeriveKey(master, string(id))
}

// ReleaseChipKey implements Manager. The release is recorded before the key is
// handed out: a crash in between leaves a card whose chip cannot be made, and
// production spoils it. KADO-3207 on every further call.
func (o *Office) ReleaseChipKey(ctx context.Context, by journal.Actor, id mynumber.CardID) ([]byte, error) {
	key, err := o.chipKey(ctx, id)
	if err != nil {
		return nil, err
	}
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if !r.releasedAt.IsZero() {
			return ChipKeyReleased.New()
		}
		if r.State != Ordered {
			return OperationNotPermitted.New(r.State, "release of the management key")
		}
		now := o.clock.Now()
		r.releasedAt, r.ChangedAt = now, now
		if err := update(ctx, tx, &r); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, r.entry(ActChipKeyReleased, by))
		return err
	})
	if err != nil {
		return nil, err
	}
	return key[:], nil
}

// Attest implements Manager. A card has one transport key for life; the same
// one may be reported again.
func (o *Office) Attest(ctx context.Context, by journal.Actor, id mynumber.CardID, transportKey, mac []byte) error {
	key, err := o.chipKey(ctx, id)
	if err != nil {
		return err
	}
	if len(mac) != cardmgmt.MACLen || cardmgmt.AttestTransportKey(key, string(id), transportKey, cardmgmt.MAC(mac)) != nil ||
		!validTransportKey(transportKey) {
		return AttestationFalse.New()
	}
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := find(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case bytes.Equal(r.TransportKey, transportKey):
			return nil
		case r.TransportKey != nil:
			return AttestationFalse.New()
		case r.State != Ordered:
			return OperationNotPermitted.New(r.State, "attestation")
		}
		r.TransportKey, r.ChangedAt = bytes.Clone(transportKey), o.clock.Now()
		if err := update(ctx, tx, &r); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, r.entry(ActAttested, by))
		return err
	})
}

// validTransportKey reports whether b is an uncompressed point of P-256.
func validTransportKey(b []byte) bool {
	_, err := ecdh.P256().NewPublicKey(b)
	return err == nil && len(b) == cardmgmt.TransportKeyLen
}

// Authorise implements Manager. The grant and its journal entry are committed
// before the cryptogram exists; a crash in between costs a challenge, and the
// terminal begins again with a fresh one.
func (o *Office) Authorise(ctx context.Context, by journal.Actor, g Grant) ([]byte, error) {
	switch {
	case !g.Op.Valid():
		return nil, malformed("operation")
	case g.Challenge == [16]byte{}:
		return nil, malformed("challenge")
	case g.Session == [16]byte{}, g.SessionID == "":
		return nil, malformed("session")
	case g.Script == [32]byte{}:
		return nil, malformed("script")
	}
	key, err := o.chipKey(ctx, g.Card)
	if err != nil {
		return nil, err
	}
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := find(ctx, tx, g.Card)
		if err != nil {
			return err
		}
		now := o.clock.Now()
		p, ok := permission(g.Op, r.State, r.ExpiresOn, now)
		if !ok {
			return OperationNotPermitted.New(r.State, g.Op.String())
		}
		if p.TwoPersons && (by.Kind != journal.Staff || g.Second == "" || g.Second == by.ID) {
			return SecondPersonNeeded.New(g.Op.String())
		}
		details := map[string]string{"operation": g.Op.String(), "script": hex.EncodeToString(g.Script[:])}
		if p.FreeArea {
			if err := o.checkFreeArea(ctx, tx, r, by, g, details); err != nil {
				return err
			}
		}
		n, err := tx.Exec(ctx, `INSERT INTO cards_grant (card, challenge, session, session_id, op, script, by_kind, by_id, terminal, second, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (card, challenge) DO NOTHING`,
			g.Card, g.Challenge, g.Session, g.SessionID, byte(g.Op), g.Script, by.Kind, by.ID, by.Terminal, g.Second, now)
		if err != nil {
			return err
		}
		if n == 0 {
			return ChallengeUsed.New()
		}
		e := r.entry(ActGranted, by)
		e.At, e.Session = now, g.SessionID
		e.Details = details
		if g.Second != "" {
			e.Details["second"] = g.Second
		}
		_, err = journal.Write(ctx, tx, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	mac := cardmgmt.Cryptogram(key, string(g.Card), g.Challenge, g.Session, g.Op, g.Script)
	return mac[:], nil
}
