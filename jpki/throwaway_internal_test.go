package jpki

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
	"testing"
)

// The quick key's signatures are those of RFC 8017, by a key of the full length:
// only that its public exponent is the long one.
func TestThrowawaySignaturesVerify(t *testing.T) {
	k, err := newThrowawayRSA()
	if err != nil {
		t.Fatal(err)
	}
	if k.modulus.BitLen() != MinKeyBits {
		t.Fatalf("%d bits", k.modulus.BitLen())
	}
	// The encoding is the standard library's.
	ordinary := mustKey(t)
	for i := range 20 {
		d := sha256.Sum256([]byte{byte(i)})
		theirs, err := rsa.SignPKCS1v15(nil, ordinary, crypto.SHA256, d[:])
		if err != nil {
			t.Fatal(err)
		}
		opened := new(big.Int).Exp(new(big.Int).SetBytes(theirs), big.NewInt(KeyExponent), ordinary.N).FillBytes(make([]byte, MinKeyBits/8))
		sig, err := k.sign(d[:])
		if err != nil {
			t.Fatal(err)
		}
		got := new(big.Int).Exp(new(big.Int).SetBytes(sig), k.public, k.modulus).FillBytes(make([]byte, MinKeyBits/8))
		if len(sig) != MinKeyBits/8 || !bytes.Equal(got, opened) {
			t.Fatal("does not verify")
		}
	}
}

func BenchmarkThrowaway(b *testing.B) {
	d := sha256.Sum256(nil)
	slow, err := rsa.GenerateKey(rand.Reader, MinKeyBits)
	if err != nil {
		b.Fatal(err)
	}
	quick, err := newThrowawayRSA()
	if err != nil {
		b.Fatal(err)
	}
	for name, sign := range map[string]func() ([]byte, error){
		"quick":    func() ([]byte, error) { return quick.sign(d[:]) },
		"ordinary": func() ([]byte, error) { return rsa.SignPKCS1v15(nil, slow, crypto.SHA256, d[:]) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := sign(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
