package server

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"

	"kado/internal/agency/authority"
	"kado/internal/platform/journal"
	"kado/jpki"
)

// PhoneKeys are the keys that a phone of the sandbox made for its certificates.
type PhoneKeys map[jpki.Kind]crypto.Signer

// NewPhoneKeys makes a key of each kind: RSA of 2,048 bits, or ECDSA on P-384.
func NewPhoneKeys(a jpki.Algorithm) (PhoneKeys, error) {
	keys := PhoneKeys{}
	for _, kind := range jpki.Kinds {
		var key crypto.Signer
		var err error
		if a == jpki.ECDSAP384SHA384 {
			key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		} else {
			key, err = rsa.GenerateKey(rand.Reader, 2048)
		}
		if err != nil {
			return nil, err
		}
		keys[kind] = key
	}
	return keys, nil
}

// CardAlgorithm is that of the cards and phones that are made from now on.
func (h *House) CardAlgorithm() jpki.Algorithm { return h.settings.Algorithm }

// SetUpPhone plays the phone's part in getting certificates (CRT-68): it takes an
// offer and answers it. card signs the statement with the card's signature key and
// returns that key's certificate (DER) and the value. replaces permits that the
// holder's present phone ends.
func (h *House) SetUpPhone(ctx context.Context, by journal.Actor, keys PhoneKeys, replaces bool,
	card func(statement []byte) (certificate, value []byte, err error)) (authority.Phone, error) {
	offer, err := h.Authority.OfferPhone(ctx, by)
	if err != nil {
		return authority.Phone{}, err
	}
	return h.AnswerOffer(ctx, by, offer, keys, replaces, card)
}

// AnswerOffer proves a phone's keys, has the card sign, and asks for the
// certificates. The same offer may be answered again with the same keys, where it
// is not known whether the first answer came through.
func (h *House) AnswerOffer(ctx context.Context, by journal.Actor, offer authority.PhoneOffer, keys PhoneKeys, replaces bool,
	card func(statement []byte) (certificate, value []byte, err error)) (authority.Phone, error) {
	r := authority.PhoneRequest{Offer: offer, Replaces: replaces}
	public := map[jpki.Kind]crypto.PublicKey{}
	for kind, key := range keys {
		public[kind] = key.Public()
	}
	statement, err := authority.PhoneStatement(offer, public)
	if err != nil {
		return authority.Phone{}, err
	}
	for _, kind := range jpki.Kinds {
		key := keys[kind]
		if key == nil {
			continue
		}
		a, err := jpki.AlgorithmOf(key.Public())
		if err != nil {
			return authority.Phone{}, err
		}
		proof, err := key.Sign(rand.Reader, a.Digest(authority.PhonePossession(kind, statement)), a.Hash())
		if err != nil {
			return authority.Phone{}, err
		}
		r.Keys = append(r.Keys, authority.PhoneKey{Kind: kind, PublicKey: key.Public(), Possession: proof})
	}
	if r.Certificate, r.Signature, err = card(statement); err != nil {
		return authority.Phone{}, err
	}
	return h.Authority.SetUpPhone(ctx, by, r)
}
