package cards

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"

	"kado/mynumber"
)

// faceSecret is the key store's name of the key that seals security codes.
const faceSecret = "cards-face"

// The security code stands on the card's face, beside the expiry year the
// greater part of verification number B. Next to names and birth dates of the
// same database it would complete that number, so it is kept sealed with
// AES-256-GCM, bound to its card: 12 bytes of nonce, then ciphertext and tag.

func (o *Office) faceAEAD(ctx context.Context) (cipher.AEAD, error) {
	key, err := o.secret(ctx, faceSecret)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func sealFace(aead cipher.AEAD, id mynumber.CardID, code string) ([]byte, error) {
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return aead.Seal(nonce, nonce, []byte(code), []byte(id)), nil
}

func openFace(aead cipher.AEAD, id mynumber.CardID, sealed []byte) (mynumber.Secret, error) {
	n := aead.NonceSize()
	if len(sealed) < n {
		return mynumber.Secret{}, SecretsUnreadable.New()
	}
	code, err := aead.Open(nil, sealed[:n], sealed[n:], []byte(id))
	if err != nil {
		return mynumber.Secret{}, SecretsUnreadable.New()
	}
	defer clear(code)
	return mynumber.NewSecret(string(code)), nil
}
