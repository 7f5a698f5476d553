package iso7816

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"sync"
	"testing"
)

var keys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var out [2]*rsa.PrivateKey
	for i := range out {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		out[i] = k
	}
	return out
})

func certificate(t testing.TB) []byte {
	t.Helper()
	issuer, err := NewKeyID(6000033, 1)
	if err != nil {
		t.Fatal(err)
	}
	subject, err := NewKeyID(1322121, 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := CreateCVC(issuer, subject, &keys()[1].PublicKey, keys()[0])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCVC_Bytes(t *testing.T) {
	b := certificate(t)
	if len(b) != 568 || !bytes.HasPrefix(b, []byte{0x7F, 0x21, 0x82, 0x02, 0x33, 0x5F, 0x4E, 0x82, 0x01, 0x29}) {
		t.Fatalf("%d bytes, %X", len(b), b[:10])
	}
	if want := []byte("6000033\x08\x05001\x00\x00\x00\x00"); !bytes.Equal(b[10:26], want) {
		t.Errorf("key id %X", b[10:26])
	}
	c, err := ParseCVC(append(b, 0xFF, 0xFF))
	if err != nil {
		t.Fatal(err)
	}
	if c.Issuer.String() != "6000033/001" || c.Subject.String() != "1322121/000" || !c.PublicKey.Equal(&keys()[1].PublicKey) {
		t.Errorf("%v %v", c.Issuer, c.Subject)
	}
	if err := c.Verify(&keys()[0].PublicKey); err != nil {
		t.Error(err)
	}
	if err := c.Verify(&keys()[1].PublicKey); !errors.Is(err, ErrCVCSignature) {
		t.Errorf("wrong issuer: %v", err)
	}
	if err := c.Verify(nil); !errors.Is(err, ErrKeySize) {
		t.Errorf("no issuer: %v", err)
	}
	for i := range 297 {
		bad := bytes.Clone(b)
		bad[10+i] ^= 1
		if c, err := ParseCVC(bad); err == nil && c.Verify(&keys()[0].PublicKey) == nil {
			t.Fatalf("altered byte %d", i)
		}
	}
}

func TestNewKeyID_Range(t *testing.T) {
	for _, c := range [][2]int{{-1, 0}, {10000000, 0}, {0, -1}, {0, 1000}} {
		if _, err := NewKeyID(c[0], c[1]); err == nil {
			t.Errorf("%v", c)
		}
	}
	if s := (KeyID{1}).String(); s != "01000000000000000000000000000000" {
		t.Error(s)
	}
}

func FuzzParseCVC(f *testing.F) {
	f.Add(certificate(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := ParseCVC(b); err == nil {
			_ = c.Verify(&keys()[0].PublicKey)
			_ = c.Issuer.String()
		}
	})
}
