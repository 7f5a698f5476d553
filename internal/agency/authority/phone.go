package authority

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/jpki"
)

// offerLife is how long the challenge for a phone can be answered.
const offerLife = 10 * time.Minute

// phoneStatement is what the card signs: which keys it lends its standing to, for
// which offer. Nothing in it says who the holder is (CRT-69).
const phoneStatement = "kado-phone/1\noffer: %s\npurpose: certificates on this phone\nnonce: %x\nnot-after: %s\n" +
	"signature-key: %s\nauthentication-key: %s\n"

// phonePossession is what stands before the statement when a phone's key signs
// it, so that no key's signature serves for another kind, or for the card's.
const phonePossession = "kado-phone-key/1\nkind: %s\n"

// PhoneStatement returns the text that the card's signature key signs (SHA-256
// for RSA, SHA-384 for P-384). Keys are named by the SHA-256 of their
// SubjectPublicKeyInfo.
func PhoneStatement(o PhoneOffer, keys map[jpki.Kind]crypto.PublicKey) ([]byte, error) {
	names := map[jpki.Kind]string{}
	for _, k := range jpki.Kinds {
		names[k] = "none"
		if key := keys[k]; key != nil {
			spki, err := x509.MarshalPKIXPublicKey(key)
			if err != nil {
				return nil, err
			}
			sum := sha256.Sum256(spki)
			names[k] = hex.EncodeToString(sum[:])
		}
	}
	return fmt.Appendf(nil, phoneStatement, o.ID, o.Nonce, o.NotAfter.UTC().Format(time.RFC3339), names[jpki.Signature], names[jpki.Authentication]), nil
}

// PhonePossession returns the text that a phone's key signs to prove itself.
func PhonePossession(kind jpki.Kind, statement []byte) []byte {
	return append(fmt.Appendf(nil, phonePossession, kind), statement...)
}

// OfferPhone implements Phones. It promises nothing: who the holder is, and with
// which card, shows when the card has signed.
func (o *Office) OfferPhone(ctx context.Context, by journal.Actor) (PhoneOffer, error) {
	now := o.clock.Now()
	offer := PhoneOffer{NotAfter: now.UTC().Truncate(time.Second).Add(offerLife)}
	err := o.db.Tx(ctx, func(tx *db.Tx) error {
		nonce, err := entropy.Bytes(o.entropy.Stream("authority.phone"), len(offer.Nonce))
		if err != nil {
			return err
		}
		copy(offer.Nonce[:], nonce)
		for used := true; used; {
			if offer.ID, err = entropy.ID(o.entropy.Stream("authority.phone"), "phn"); err != nil {
				return err
			}
			if used, err = exists(ctx, tx, `SELECT COUNT(*) FROM authority_phone WHERE id = $1`, offer.ID); err != nil {
				return err
			}
		}
		return insertPhone(ctx, tx, phoneRow{Phone: Phone{ID: offer.ID, State: PhoneLives.Initial, OfferedAt: now}, version: 1,
			nonce: hex.EncodeToString(offer.Nonce[:]), notAfter: offer.NotAfter})
	})
	return offer, err
}

// Phone implements Phones.
func (o *Office) Phone(ctx context.Context, id string) (p Phone, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		r, err := findPhone(ctx, tx, id)
		if err != nil {
			return err
		}
		p, err = r.full(ctx, tx)
		return err
	})
	return p, err
}

// PhonesOf implements Phones.
func (o *Office) PhonesOf(ctx context.Context, person string) (out []Phone, err error) {
	if person == "" {
		return nil, nil
	}
	err = o.db.View(ctx, func(tx *db.Tx) error {
		out = nil
		rows, err := phones(ctx, tx, `person = $1 ORDER BY proved_at, id`, person)
		if err != nil {
			return err
		}
		for _, r := range rows {
			p, err := r.full(ctx, tx)
			if err != nil {
				return err
			}
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

var _ Phones = (*Office)(nil)
