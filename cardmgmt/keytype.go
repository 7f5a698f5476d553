package cardmgmt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"math/big"

	"kado/iso7816"
)

// KeyType is the kind of a key on a card. The zero KeyType is RSA of 2,048 bits,
// which every card has. The two keys of the JPKI application may instead be P-384:
// the next card generation.
type KeyType byte

// The kinds.
const (
	RSA2048 KeyType = iota
	P384
)

// What the public sources leave open about the next generation (they name ECDSA
// on P-384 with SHA-384 and no more) is decided here and nowhere else: 80 2A takes
// the digest, 48 bytes, under P1 = 02, or data to hash under P1 = 03, and answers
// with the DER of ECDSA-Sig-Value (RFC 3279, 2.2.3), so that no terminal needs
// another encoding than certificates have. P1 = 00 is not taken: an RSA key pads
// whatever comes under it, and a digest meant for one key type must never be
// signed by the other.
const (
	P384DigestLen    = sha512.Size384
	P384PointLen     = 97  // 04, x, y
	MaxP384Signature = 104 // two INTEGERs of up to 49 bytes, with heads
	minP384Signature = 8
)

// ErrKeyType says that a key is neither RSA-2048 with exponent 65537 nor a point
// of P-384.
var ErrKeyType = errors.New("cardmgmt: not a key a card can have")

// Valid reports whether t is one of the constants.
func (t KeyType) Valid() bool { return t <= P384 }

// String is the English name.
func (t KeyType) String() string {
	switch t {
	case RSA2048:
		return "RSA-2048"
	case P384:
		return "ECDSA P-384"
	}
	return fmt.Sprintf("key type %d", byte(t))
}

// Hash is the digest that a key of this type signs.
func (t KeyType) Hash() crypto.Hash {
	if t == P384 {
		return crypto.SHA384
	}
	return crypto.SHA256
}

func (t KeyType) digest(parts ...[]byte) []byte {
	h := sha256.New()
	if t == P384 {
		h = sha512.New384()
	}
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// KeyTypeOf returns the type of a public key, or ErrKeyType.
func KeyTypeOf(pub crypto.PublicKey) (KeyType, error) {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		if iso7816.CheckPublicKey(k) == nil {
			return RSA2048, nil
		}
	case *ecdsa.PublicKey:
		//lint:ignore SA1019 without coordinates Bytes would panic
		if k == nil || k.Curve != elliptic.P384() || k.X == nil || k.Y == nil {
			break
		}
		if _, err := k.Bytes(); err == nil {
			return P384, nil
		}
	}
	return 0, ErrKeyType
}

// KeyBytes are the bytes of a public key that formats of this package hold: the
// modulus (256), or the uncompressed point (97). Errors: ErrKeyType.
func KeyBytes(pub crypto.PublicKey) ([]byte, error) {
	t, err := KeyTypeOf(pub)
	if err != nil {
		return nil, err
	}
	if t == P384 {
		return pub.(*ecdsa.PublicKey).Bytes()
	}
	return pub.(*rsa.PublicKey).N.FillBytes(make([]byte, iso7816.RSASize)), nil
}

// parseKeyBytes reads what KeyBytes wrote.
func parseKeyBytes(t KeyType, b []byte) (crypto.PublicKey, error) {
	if t == P384 {
		k, err := ecdsa.ParseUncompressedPublicKey(elliptic.P384(), b)
		if err != nil {
			return nil, ErrKeyType
		}
		return k, nil
	}
	k := &rsa.PublicKey{N: new(big.Int).SetBytes(b), E: 65537}
	if iso7816.CheckPublicKey(k) != nil {
		return nil, ErrKeyType
	}
	return k, nil
}

// verifyDigest checks a signature in the form that goes with the key: PKCS#1 v1.5
// or the DER of ECDSA-Sig-Value.
func verifyDigest(pub crypto.PublicKey, digest, signature []byte) bool {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return iso7816.CheckPublicKey(k) == nil && rsa.VerifyPKCS1v15(k, crypto.SHA256, digest, signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(k, digest, signature)
	}
	return false
}

// SameKey reports whether two public keys of a card are one.
func SameKey(a, b crypto.PublicKey) bool {
	x, err := KeyBytes(a)
	if err != nil {
		return false
	}
	y, err := KeyBytes(b)
	return err == nil && bytes.Equal(x, y)
}
