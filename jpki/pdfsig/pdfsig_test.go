package pdfsig_test

import (
	"crypto/x509"
	"math/big"
	"sync"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/internal/testpki"
	"kado/jpki/pdfsig"
	"kado/jpki/pdfsig/forgery"
	"kado/jpki/verify"
)

const holderSerial = 700

var theHolder = sync.OnceValue(func() *x509.Certificate {
	c, err := jpki.Issue(testpki.SignatureRequest(holderSerial), testpki.Default().Signature, testpki.Key(testpki.SignatureCAKey))
	if err != nil {
		panic(err)
	}
	return c
})

func kit() forgery.Kit {
	return forgery.Kit{Key: testpki.Key(testpki.HolderKey), Cert: theHolder(), Chain: []*x509.Certificate{testpki.Default().SignatureCA}, Time: testpki.Now}
}

// list is a complete CRL of the signature CA, made at that time, for a day.
func list(t testing.TB, made time.Time, revoked ...jpki.RevokedEntry) verify.Material {
	t.Helper()
	der, err := jpki.CreateCRL(testpki.Default().Signature, jpki.CRLRequest{Number: big.NewInt(7), ThisUpdate: made,
		NextUpdate: made.Add(24 * time.Hour), Entries: revoked}, testpki.Key(testpki.SignatureCAKey))
	if err != nil {
		t.Fatal(err)
	}
	return verify.Material{Source: "given", Name: "list", CRL: der}
}

func options(t testing.TB) verify.Options {
	return verify.Options{Trust: verify.Trust{Pools: []*jpki.Pool{testpki.Default().Pool}}, Kind: jpki.Signature,
		At: testpki.Now, Material: []verify.Material{list(t, testpki.Now.Add(-time.Hour))}}
}

func must(t testing.TB, b []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func checks(r *verify.Report) string {
	out := r.Detail
	for _, s := range r.Signatures {
		out += "\n  " + s.Name + " " + string(s.Verdict) + " " + string(s.Reason)
		for _, c := range s.Checks {
			mark := "+"
			if !c.Holds {
				mark = "-"
			}
			out += "\n    " + mark + c.Name + " " + string(c.Reason) + " " + c.Detail
		}
	}
	return out
}

// Shows: CRT-01, CIT-53
func TestCases_EveryAttackIsRefusedForItsReason(t *testing.T) {
	o := options(t)
	attacks := 0
	names := map[string]bool{}
	for _, c := range forgery.Cases() {
		if names[c.Name] {
			t.Errorf("two cases have the name %s", c.Name)
		}
		names[c.Name] = true
		if c.Reason != verify.NoReason {
			attacks++
		}
		t.Run(c.Name, func(t *testing.T) {
			file, err := c.File(kit())
			if err != nil {
				t.Fatal(err)
			}
			r := pdfsig.Verify(file, o)
			if r.Reason != c.Reason || r.Verdict != c.Reason.Verdict() {
				t.Errorf("%s (%s), want %q: %s", r.Verdict, r.Reason, c.Reason, checks(r))
			}
		})
	}
	if attacks < 25 {
		t.Errorf("%d attacks", attacks)
	}
}
