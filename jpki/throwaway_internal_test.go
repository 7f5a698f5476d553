package jpki

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"testing"
)

// The quick key's signatures are ordinary ones to whoever verifies them.
func TestThrowawaySignaturesVerify(t *testing.T) {
	k, err := newThrowawayRSA()
	if err != nil {
		t.Fatal(err)
	}
	public := k.Public().(*rsa.PublicKey)
	if public.N.BitLen() != MinKeyBits || public.E != KeyExponent {
		t.Fatalf("%d bits", public.N.BitLen())
	}
	for i := range 20 {
		d := sha256.Sum256([]byte{byte(i)})
		sig, err := k.Sign(rand.Reader, d[:], crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, d[:], sig); err != nil {
			t.Fatal(err)
		}
		d[0] ^= 1
		if rsa.VerifyPKCS1v15(public, crypto.SHA256, d[:], sig) == nil {
			t.Fatal("verifies another hash")
		}
	}
	d := sha256.Sum256(nil)
	for _, opts := range []crypto.SignerOpts{crypto.SHA384, &rsa.PSSOptions{Hash: crypto.SHA256}} {
		if _, err := k.Sign(rand.Reader, d[:], opts); err == nil {
			t.Errorf("signed with %v", opts)
		}
	}
}

func BenchmarkThrowaway(b *testing.B) {
	d := sha256.Sum256(nil)
	slow, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	quick, err := newThrowawayRSA()
	if err != nil {
		b.Fatal(err)
	}
	for name, k := range map[string]crypto.Signer{"quick": quick, "ordinary": slow} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := k.Sign(rand.Reader, d[:], crypto.SHA256); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
