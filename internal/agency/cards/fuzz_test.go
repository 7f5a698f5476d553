package cards

import (
	"crypto/rsa"
	"crypto/x509"
	"testing"

	"kado/cardmgmt"
)

// FuzzCardKey: what is taken as a card's own key is one RSA-2048 key in its one
// spelling.
func FuzzCardKey(f *testing.F) {
	f.Add(keys()[0])
	f.Add(keys()[1][:200])
	f.Add(append([]byte{0x30, 0x80}, keys()[0]...))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if checkCardKey(b) != nil {
			return
		}
		k, err := x509.ParsePKIXPublicKey(b)
		if err != nil {
			t.Fatal(err)
		}
		if r, ok := k.(*rsa.PublicKey); !ok || r.N.BitLen() != 2048 || r.E != 65537 {
			t.Error("not an RSA-2048 key")
		}
	})
}

// FuzzTransportKey: what is taken as a transport key can be wrapped for.
func FuzzTransportKey(f *testing.F) {
	_, key, err := cardmgmt.NewTransportKey()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(key)
	f.Add(key[:33])
	f.Add(make([]byte, 65))
	f.Fuzz(func(t *testing.T, b []byte) {
		if validTransportKey(b) && (len(b) != cardmgmt.TransportKeyLen || b[0] != 4) {
			t.Error("not an uncompressed point")
		}
	})
}
