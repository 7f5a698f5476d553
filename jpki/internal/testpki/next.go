package testpki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"sync"
	"testing"
	"time"

	"kado/jpki"
	"kado/mynumber"
)

// NextStart is when the generations of the next algorithm begin, four years after
// those of CAStart; NextIssued and NextNow lie in their time.
var (
	NextStart  = time.Date(2027, 7, 16, 9, 50, 27, 0, mynumber.JST)
	NextIssued = time.Date(2027, 10, 27, 13, 5, 9, 0, mynumber.JST)
	NextNow    = time.Date(2028, 4, 1, 12, 0, 0, 0, mynumber.JST)
)

var nextKeys [numberOfKeys]func() *ecdsa.PrivateKey

func init() {
	for i := range nextKeys {
		curve := elliptic.P384()
		if i == ResponderKey {
			curve = elliptic.P256()
		}
		nextKeys[i] = sync.OnceValue(func() *ecdsa.PrivateKey {
			key, err := ecdsa.GenerateKey(curve, rand.Reader)
			if err != nil {
				panic(err)
			}
			return key
		})
	}
}

// NextKey returns the elliptic key of that number: P-384, and P-256 for the
// responder.
func NextKey(i int) *ecdsa.PrivateKey { return nextKeys[i]() }

// Generations is a hierarchy in which both CAs have rolled over to P-384 while
// their RSA generations still validate.
type Generations struct {
	*Hierarchy
	NextSignatureCA, NextAuthCA *x509.Certificate
	NextSignature, NextAuth     *jpki.Profile
	Both                        *jpki.Pool // all generations
}

var sharedGenerations = sync.OnceValue(func() *Generations {
	t := silent{}
	g := &Generations{Hierarchy: Default()}
	ca := func(k jpki.Kind, key int, serial int64) (*x509.Certificate, *jpki.Profile) {
		c, err := jpki.NewCACertificate(g.Settings, jpki.AuthorityRequest{Kind: k, Serial: big.NewInt(serial), NotBefore: NextStart}, NextKey(key))
		if err != nil {
			t.Fatal(err)
		}
		p, err := jpki.NewProfile(g.Settings, k, c)
		if err != nil {
			t.Fatal(err)
		}
		return c, p
	}
	g.NextSignatureCA, g.NextSignature = ca(jpki.Signature, SignatureCAKey, 0x0A7C6A21)
	g.NextAuthCA, g.NextAuth = ca(jpki.Authentication, AuthenticationCAKey, 0x0AD18006)
	var err error
	if g.Both, err = jpki.NewPool(g.Settings, g.OldSignatureCA, g.SignatureCA, g.AuthCA, g.NextSignatureCA, g.NextAuthCA); err != nil {
		t.Fatal(err)
	}
	return g
})

// BothGenerations returns the hierarchy with both algorithms alive, made once.
func BothGenerations() *Generations { return sharedGenerations() }

// IssueNextSignature issues a P-384 signature certificate.
func (g *Generations) IssueNextSignature(t testing.TB, serial int64) *x509.Certificate {
	t.Helper()
	r := SignatureRequest(serial)
	r.PublicKey, r.NotBefore, r.CommonName = &NextKey(HolderKey).PublicKey, NextIssued, jpki.SignatureCommonName(NextIssued, Place.Code, "003A")
	return Must(t)(jpki.Issue(r, g.NextSignature, NextKey(SignatureCAKey)))
}

// IssueNextAuthentication issues a P-384 authentication certificate.
func (g *Generations) IssueNextAuthentication(t testing.TB, serial int64) *x509.Certificate {
	t.Helper()
	r := AuthenticationRequest(serial)
	r.PublicKey, r.NotBefore = &NextKey(HolderKey).PublicKey, NextIssued
	return Must(t)(jpki.Issue(r, g.NextAuth, NextKey(AuthenticationCAKey)))
}

// IssueNextResponder issues the certificate of the P-384 signature CA's OCSP
// responder, whose key is P-256.
func (g *Generations) IssueNextResponder(t testing.TB, serial int64) *x509.Certificate {
	t.Helper()
	r := ResponderRequest(serial)
	r.PublicKey, r.NotBefore = &NextKey(ResponderKey).PublicKey, NextIssued
	return Must(t)(jpki.IssueResponder(r, g.NextSignature, NextKey(SignatureCAKey)))
}
