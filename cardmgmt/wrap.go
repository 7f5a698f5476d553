package cardmgmt

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"

	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// TransportKeyLen is the length of a P-256 public key, uncompressed.
const TransportKeyLen = 65

// MaxWrappedKey bounds a wrapped key in bytes: encapsulated key, PKCS#8 of an
// RSA-2048 or P-384 key, tag.
const MaxWrappedKey = 2048

// ErrWrappedKey is wrapped by every error of UnwrapKey: not for this chip, not
// for this reference, altered, or not a key a card can
// have. Which of them is not
// told.
var ErrWrappedKey = errors.New("cardmgmt: wrapped key not for this chip and reference")

// ErrTransportKey says that a transport public key is not a point of P-256.
var ErrTransportKey = errors.New("cardmgmt: not a transport public key")

func suite() (hpke.KEM, hpke.KDF, hpke.AEAD) {
	return hpke.DHKEM(ecdh.P256()), hpke.HKDFSHA256(), hpke.AES256GCM()
}

// wrapInfo binds a ciphertext to one chip and one key reference (CRT-28).
func wrapInfo(serial string, app layout.Application, ref layout.Reference) []byte {
	return append([]byte(labelWrap+serial), byte(app), byte(ref))
}

// NewTransportKey makes the chip's transport key pair. Private and public part
// are in the serialisation of RFC 9180.
func NewTransportKey() (private, public []byte, err error) {
	kem, _, _ := suite()
	k, err := kem.GenerateKey()
	if err != nil {
		return nil, nil, fmt.Errorf("cardmgmt: making a transport key: %w", err)
	}
	if private, err = k.Bytes(); err != nil {
		return nil, nil, fmt.Errorf("cardmgmt: making a transport key: %w", err)
	}
	return private, k.PublicKey().Bytes(), nil
}

// WrapKey encrypts an RSA-2048 or P-384 private key so that only the chip with this
// transport key and serial can load it, and only under this reference
// (CRT-22, CRT-28, P-55). The public key must have been attested first.
func WrapKey(transport []byte, serial string, app layout.Application, ref layout.Reference, key crypto.Signer) ([]byte, error) {
	if !ValidSerial(serial) {
		return nil, ErrSerial
	}
	if !wrappable(key) {
		return nil, ErrKeyType
	}
	kem, kdf, aead := suite()
	pub, err := kem.NewPublicKey(transport)
	if err != nil {
		return nil, ErrTransportKey
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("cardmgmt: encoding a private key: %w", err)
	}
	defer clear(plain)
	return hpke.Seal(pub, kdf, aead, wrapInfo(serial, app, ref), plain)
}

// UnwrapKey is the chip's side of WrapKey.
func UnwrapKey(transportPrivate []byte, serial string, app layout.Application, ref layout.Reference, ciphertext []byte) (crypto.Signer, error) {
	kem, kdf, aead := suite()
	private, err := kem.NewPrivateKey(transportPrivate)
	if err != nil {
		return nil, ErrWrappedKey
	}
	plain, err := hpke.Open(private, kdf, aead, wrapInfo(serial, app, ref), ciphertext)
	if err != nil {
		return nil, ErrWrappedKey
	}
	defer clear(plain)
	parsed, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, ErrWrappedKey
	}
	key, ok := parsed.(crypto.Signer)
	if !ok || !wrappable(key) {
		return nil, ErrWrappedKey
	}
	if r, ok := key.(*rsa.PrivateKey); ok && (len(r.Primes) != 2 || r.Validate() != nil) {
		return nil, ErrWrappedKey
	}
	return key, nil
}

// wrappable reports whether a private key is here itself, not in a token, and one
// that a card can have.
func wrappable(key crypto.Signer) bool {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return k != nil && iso7816.CheckPublicKey(&k.PublicKey) == nil
	case *ecdsa.PrivateKey:
		if k == nil {
			return false
		}
		_, err := KeyTypeOf(&k.PublicKey)
		return err == nil
	}
	return false
}
