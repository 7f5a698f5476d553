package pdfsig_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"math/rand/v2"
	"testing"

	"kado/jpki/internal/testpki"
	"kado/jpki/pdfsig"
	"kado/jpki/pdfsig/forgery"
	"kado/jpki/verify"
)

// megabyte is a document of a megabyte: 200 objects with text, and pictures.
func megabyte() []byte {
	o := forgery.Plain()
	octets := rand.NewChaCha8([32]byte{1})
	for n := 1000; n < 1016; n++ {
		raw := make([]byte, 60<<10)
		_, _ = octets.Read(raw)
		o[n] = forgery.Stream("/Type /XObject /Subtype /Image /Width 240 /Height 256 /ColorSpace /DeviceGray /BitsPerComponent 8", string(raw))
	}
	for n := 20; n < 200; n++ {
		o[n] = forgery.Stream("", forgery.Text("住民票の写し"))
	}
	return o.Table()
}

// BenchmarkVerify judges a signed document of a megabyte; BenchmarkFloor is what
// nobody can do without: its digest and the verification of three RSA signatures
// (the holder's, the CA's under the certificate and under the list).
func BenchmarkVerify(b *testing.B) {
	k := kit()
	file, err := pdfsig.Sign(megabyte(), k.Key, k.Cert, pdfsig.SignOptions{Chain: k.Chain})
	if err != nil {
		b.Fatal(err)
	}
	o := options(b)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if r := pdfsig.Verify(file, o); r.Verdict != verify.Passed {
			b.Fatal(checks(r))
		}
	}
}

func BenchmarkFloor(b *testing.B) {
	file := megabyte()
	key := testpki.Key(testpki.HolderKey)
	sum := sha256.Sum256(file)
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		sum := sha256.Sum256(file)
		for range 3 {
			if rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature) != nil {
				b.Fatal("the signature is wrong")
			}
		}
	}
}

// BenchmarkSign signs a document of a megabyte; BenchmarkSignFloor is its digest
// and the signature.
func BenchmarkSign(b *testing.B) {
	k, file := kit(), megabyte()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if out, err := pdfsig.Sign(file, k.Key, k.Cert, pdfsig.SignOptions{}); err != nil || !bytes.HasPrefix(out, file[:16]) {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignFloor(b *testing.B) {
	file, key := megabyte(), testpki.Key(testpki.HolderKey)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		sum := sha256.Sum256(file)
		if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:]); err != nil {
			b.Fatal(err)
		}
	}
}
