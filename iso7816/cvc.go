package iso7816

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
)

// Tags of a card-verifiable certificate and of the public key inside it.
const (
	tagCertificate Tag = 0x7F21
	tagBody        Tag = 0x5F4E
	tagSignature   Tag = 0x5F37
	tagExponent    Tag = 0x90
	tagModulus     Tag = 0x91
)

// RSASize is the length in bytes of every modulus and signature on the card.
const RSASize = 256

// Errors of card-verifiable certificates.
var (
	ErrMalformedCVC = errors.New("iso7816: malformed card-verifiable certificate")
	ErrCVCSignature = errors.New("iso7816: card-verifiable certificate not signed by this key")
	ErrKeySize      = errors.New("iso7816: not an RSA key of 2,048 bits with exponent 65537")
)

// KeyID names a key of the issuing side: seven ASCII digits, 08 05, three
// ASCII digits of version, four zero bytes.
type KeyID [16]byte

// NewKeyID builds a key id from a number of up to seven digits and a version
// of up to three.
func NewKeyID(number, version int) (KeyID, error) {
	if number < 0 || number > 9999999 || version < 0 || version > 999 {
		return KeyID{}, fmt.Errorf("iso7816: key id %d/%d out of range", number, version)
	}
	var id KeyID
	copy(id[:], fmt.Sprintf("%07d\x08\x05%03d", number, version))
	return id, nil
}

// Number and Version of a key id; ok is false when it is not of the usual form.
func (id KeyID) Number() (number, version int, ok bool) {
	n, err1 := digits(id[:7])
	v, err2 := digits(id[9:12])
	if err1 != nil || err2 != nil || id[7] != 8 || id[8] != 5 {
		return 0, 0, false
	}
	return n, v, true
}

func digits(b []byte) (int, error) {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, errors.New("iso7816: not a digit")
		}
		n = n*10 + int(c-'0')
	}
	return n, nil
}

// String is number/version, or hexadecimal for other forms.
func (id KeyID) String() string {
	if n, v, ok := id.Number(); ok {
		return fmt.Sprintf("%07d/%03d", n, v)
	}
	return fmt.Sprintf("%X", id[:])
}

// CVC is a card-verifiable certificate: an issuing key's statement that a
// public key belongs to a key id.
type CVC struct {
	Issuer, Subject KeyID
	PublicKey       *rsa.PublicKey
	Body            []byte // the 297 signed bytes
	Signature       []byte // 256 bytes, PKCS#1 v1.5 with SHA-256
}

// AppendPublicKey appends the 265-byte form 90 03 010001, 91 82 0100 modulus.
func AppendPublicKey(dst []byte, pub *rsa.PublicKey) ([]byte, error) {
	if err := CheckPublicKey(pub); err != nil {
		return nil, err
	}
	dst = AppendTLV(dst, tagExponent, []byte{1, 0, 1})
	return AppendTLV(dst, tagModulus, pub.N.FillBytes(make([]byte, RSASize))), nil
}

// ParsePublicKey reads exactly the form AppendPublicKey writes.
func ParsePublicKey(b []byte) (*rsa.PublicKey, error) {
	seq, err := ReadSequence(b, tagExponent, tagModulus)
	if err != nil {
		return nil, err
	}
	if string(seq[0].Value) != "\x01\x00\x01" || len(seq[1].Value) != RSASize {
		return nil, ErrKeySize
	}
	pub := &rsa.PublicKey{N: new(big.Int).SetBytes(seq[1].Value), E: 65537}
	if err := CheckPublicKey(pub); err != nil {
		return nil, err
	}
	return pub, nil
}

// CheckPublicKey returns ErrKeySize unless pub is RSA-2048 with exponent 65537
// and an odd modulus.
func CheckPublicKey(pub *rsa.PublicKey) error {
	if pub == nil || pub.N == nil || pub.E != 65537 || pub.N.BitLen() != 8*RSASize || pub.N.Bit(0) == 0 {
		return ErrKeySize
	}
	return nil
}

// CreateCVC certifies pub for subject with the issuer's key.
func CreateCVC(issuer, subject KeyID, pub *rsa.PublicKey, signer crypto.Signer) ([]byte, error) {
	body := append(append(make([]byte, 0, 297), issuer[:]...), subject[:]...)
	body, err := AppendPublicKey(body, pub)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(body)
	sig, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("iso7816: signing a card-verifiable certificate: %w", err)
	}
	if len(sig) != RSASize {
		return nil, ErrKeySize
	}
	inner := AppendTLV(nil, tagBody, body)
	inner = AppendTLV(inner, tagSignature, sig)
	return AppendTLV(nil, tagCertificate, inner), nil
}

// ParseCVC reads a certificate; filler after it is ignored. The signature is
// not checked: call Verify.
func ParseCVC(b []byte) (*CVC, error) {
	inner, err := ReadTemplate(b, tagCertificate)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformedCVC, err)
	}
	seq, err := ReadSequence(inner, tagBody, tagSignature)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformedCVC, err)
	}
	body, sig := seq[0].Value, seq[1].Value
	if len(body) < 32 || len(sig) != RSASize {
		return nil, ErrMalformedCVC
	}
	pub, err := ParsePublicKey(body[32:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformedCVC, err)
	}
	return &CVC{Issuer: KeyID(body[:16]), Subject: KeyID(body[16:32]), PublicKey: pub, Body: body, Signature: sig}, nil
}

// Verify checks the signature with the issuer's public key.
func (c *CVC) Verify(issuer *rsa.PublicKey) error {
	if err := CheckPublicKey(issuer); err != nil {
		return err
	}
	digest := sha256.Sum256(c.Body)
	if rsa.VerifyPKCS1v15(issuer, crypto.SHA256, digest[:], c.Signature) != nil {
		return ErrCVCSignature
	}
	return nil
}
