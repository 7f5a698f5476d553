package vault

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
)

// lookupKey names the key of the lookup values. It is never rotated: all values
// ever used must stay comparable. Whoever had it could try all 10^11 numbers
// against a copy of the table, so it is as secret as the sealing keys.
const lookupKey = "vault/lookup-1"

const sealPrefix = "vault/seal-"

func sealKey(n int) string { return sealPrefix + strconv.Itoa(n) }

// secret returns a 32-byte key, made if nobody has made it yet.
func secret(ctx context.Context, keys keystore.Store, id string) ([]byte, error) {
	b, err := keys.Secret(ctx, id)
	if !keystore.UnknownKey.Is(err) {
		return b, err
	}
	b, err = keys.CreateSecret(ctx, id, 32)
	if keystore.KeyExists.Is(err) { // another process was faster
		return keys.Secret(ctx, id)
	}
	return b, err
}

// newest returns the number of the newest sealing key.
func (v *Vault) newest(ctx context.Context) (int, error) { return newestOf(ctx, v.keys, sealPrefix) }

func (v *Vault) cipher(ctx context.Context, keyID string) (cipher.AEAD, error) {
	key, err := v.keys.Secret(ctx, keyID)
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

// seal encrypts under the newest key. Nonces are random; at twice the
// population of Japan per key a repetition has a chance below 10^-12.
func (v *Vault) seal(ctx context.Context, person string, k kind, digits string) (nonce, sealed []byte, keyID string, err error) {
	n, err := v.newest(ctx)
	if err != nil {
		return nil, nil, "", err
	}
	keyID = sealKey(n)
	aead, err := v.cipher(ctx, keyID)
	if err != nil {
		return nil, nil, "", err
	}
	nonce = make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, nil, "", err
	}
	return nonce, aead.Seal(nil, nonce, []byte(digits), bound(person, k, keyID)), keyID, nil
}

func (v *Vault) unseal(ctx context.Context, person string, k kind, keyID string, nonce, sealed []byte) (string, error) {
	if !strings.HasPrefix(keyID, sealPrefix) {
		return "", Sealed.New()
	}
	aead, err := v.cipher(ctx, keyID)
	if err != nil {
		return "", err
	}
	if len(nonce) != aead.NonceSize() {
		return "", Sealed.New()
	}
	plain, err := aead.Open(nil, nonce, sealed, bound(person, k, keyID))
	if err != nil {
		return "", Sealed.New()
	}
	return string(plain), nil
}

// bound is the additional data: a row moved to another person, kind or key does
// not open.
func bound(person string, k kind, keyID string) []byte {
	var b []byte
	for _, s := range []string{"vault_item", person, string(k), keyID} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	return b
}

// Rotate makes a new sealing key and seals every row under it, old numbers too,
// in transactions of a few hundred rows. A crash in between leaves rows under
// both keys, all readable; calling Rotate with fresh false goes on without
// making another key. It returns how many rows were sealed anew.
func (v *Vault) Rotate(ctx context.Context, fresh bool, actor journal.Actor) (rows int, err error) {
	n, err := v.newest(ctx)
	if err != nil {
		return 0, err
	}
	if fresh {
		n++
		if _, err := v.keys.CreateSecret(ctx, sealKey(n), 32); err != nil {
			return 0, err
		}
		err := v.db.Tx(ctx, func(tx *db.Tx) error {
			return v.record(ctx, tx, journal.Entry{Act: KeyRotated, Actor: actor, Details: map[string]string{"key": sealKey(n)}})
		})
		if err != nil {
			return 0, err
		}
	}
	for {
		done := 0
		err := v.db.Tx(ctx, func(tx *db.Tx) (err error) {
			done, err = v.reseal(ctx, tx, sealKey(n))
			return err
		})
		if err != nil {
			return rows, fmt.Errorf("vault: after %d rows: %w", rows, err)
		}
		if done == 0 {
			return rows, nil
		}
		rows += done
	}
}

type row struct {
	lookup, nonce, sealed []byte
	person, keyID         string
	kind                  kind
}

func (v *Vault) reseal(ctx context.Context, tx *db.Tx, newest string) (int, error) {
	old, err := db.Collect(ctx, tx, func(scan func(...any) error) (r row, err error) {
		return r, scan(&r.lookup, &r.kind, &r.person, &r.keyID, &r.nonce, &r.sealed)
	}, `SELECT lookup, kind, person, seal_key, nonce, sealed FROM vault_item WHERE seal_key <> $1 LIMIT 500`, newest)
	if err != nil {
		return 0, err
	}
	for _, r := range old {
		digits, err := v.unseal(ctx, r.person, r.kind, r.keyID, r.nonce, r.sealed)
		if err != nil {
			return 0, err
		}
		nonce, sealed, keyID, err := v.seal(ctx, r.person, r.kind, digits)
		if err != nil {
			return 0, err
		}
		_, err = tx.Exec(ctx, `UPDATE vault_item SET seal_key = $1, nonce = $2, sealed = $3 WHERE lookup = $4`, keyID, nonce, sealed, r.lookup)
		if err != nil {
			return 0, err
		}
	}
	return len(old), nil
}
