package authority

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"math/big"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/internal/agency/cards"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// NewInjectedKey implements Issuing. The transport key must be the one that the
// card's chip attested, and the card not yet sent off. The database gets the
// public key and the digest of the wrapped one; the wrapped key itself is
// returned once and is nowhere afterwards (CRT-24, CRT-26). A crash before the
// record leaves nothing: the key is gone and nobody has its wrapped form.
func (o *Office) NewInjectedKey(ctx context.Context, by journal.Actor, card mynumber.CardID, transportKey []byte) (InjectedKey, error) {
	c, err := o.cards.Card(ctx, card)
	if err != nil {
		return InjectedKey{}, err
	}
	if c.State != cards.Ordered && c.State != cards.Personalised {
		return InjectedKey{}, NotPermitted.New(c.State, "make a key")
	}
	if len(c.TransportKey) == 0 || !bytes.Equal(c.TransportKey, transportKey) {
		return InjectedKey{}, KeyRefused.New("transport key")
	}
	private, err := o.cardKey(ctx)
	if err != nil {
		return InjectedKey{}, err
	}
	spki, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return InjectedKey{}, err
	}
	wrapped, err := cardmgmt.WrapKey(transportKey, string(card), layout.JPKI, layout.JPKISignatureKey, private)
	destroy(private)
	if err != nil {
		return InjectedKey{}, KeyRefused.Because(err, "transport key")
	}
	public, err := x509.ParsePKIXPublicKey(spki) // a copy that shares nothing
	if err != nil {
		return InjectedKey{}, err
	}
	digest, now := sha256.Sum256(wrapped), o.clock.Now()
	var id string
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		for fresh := int64(0); fresh == 0; {
			if id, err = entropy.ID(o.entropy.Stream("authority.key"), "key"); err != nil {
				return err
			}
			fresh, err = tx.Exec(ctx, `INSERT INTO authority_injected (id, card, transport_key, public_key, wrapped_digest, destroyed_at)
				VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`, id, card, transportKey, spki, digest, now)
			if err != nil {
				return err
			}
		}
		_, err := journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "authority", Act: ActKeyDestroyed,
			Subject: c.Person, Card: string(card),
			Details: map[string]string{"key": id, "wrapped_sha256": hex.EncodeToString(digest[:])}})
		return err
	})
	if err != nil {
		return InjectedKey{}, err
	}
	return InjectedKey{ID: id, Wrapped: wrapped, PublicKey: public}, nil
}

// cardKey makes a signature key of the kind that the generation in force
// certifies.
func (o *Office) cardKey(ctx context.Context) (crypto.Signer, error) {
	algorithm, err := o.Algorithm(ctx, jpki.Signature)
	if err != nil {
		return nil, err
	}
	if algorithm == jpki.ECDSAP384SHA384 {
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	}
	return o.cardKeys.RSA2048()
}

// destroy overwrites a private key as far as the language permits: the words of
// every number that is reachable (exponent, primes, CRT values). It does not
// reach the copies that crypto/rsa and crypto/ecdsa keep in unexported fields, nor what the
// garbage collector moved or the encoder left behind before; those become
// garbage with the key. An authority whose threat is a reader of this process's
// memory puts the making and wrapping into a hardware module behind KeySource.
func destroy(key crypto.Signer) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		destroyRSA(k)
	case *ecdsa.PrivateKey:
		//lint:ignore SA1019 overwritten, not used
		wipe(k.D)
		*k = ecdsa.PrivateKey{}
	}
}

func destroyRSA(k *rsa.PrivateKey) {
	wipe(k.D)
	for _, p := range k.Primes {
		wipe(p)
	}
	wipe(k.Precomputed.Dp)
	wipe(k.Precomputed.Dq)
	wipe(k.Precomputed.Qinv)
	*k = rsa.PrivateKey{}
}

func wipe(n *big.Int) {
	if n == nil {
		return
	}
	clear(n.Bits())
	n.SetInt64(0)
}

// injectedKey returns the public half of a key made for a card.
func (o *Office) injectedKey(ctx context.Context, id string, card mynumber.CardID) (crypto.PublicKey, error) {
	var spki []byte
	var of mynumber.CardID
	err := o.db.View(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT card, public_key FROM authority_injected WHERE id = $1`, id).Scan(&of, &spki)
	})
	if errors.Is(err, db.ErrNoRows) || err == nil && of != card {
		return nil, KeyRefused.New("not made for this card")
	}
	if err != nil {
		return nil, err
	}
	return x509.ParsePKIXPublicKey(spki)
}
