package waytest

import (
	"crypto"
	"time"

	"kado/internal/platform/vault/sealed"
)

// ProofKey announces, for a site, the key that OpenProof opens with, on behalf of
// whoever holds the root of a card's records. It is valid for long.
func ProofKey(root crypto.Signer, site string) (*sealed.Announcement, error) {
	k, err := proofKey()
	if err != nil {
		return nil, err
	}
	a, err := sealed.Announce(root, site, k.Public(), time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC))
	return &a, err
}

// OpenProof is what only the room of the proofs can do.
func OpenProof(envelope []byte) (sealed.Content, error) {
	k, err := proofKey()
	if err != nil {
		return sealed.Content{}, err
	}
	return k.Open(envelope)
}

func proofKey() (sealed.Key, error) { return sealed.NewKey(make([]byte, sealed.SeedLen)) }
