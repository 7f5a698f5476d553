package authority

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"math/big"
	"testing"

	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/jpki"
	"kado/mynumber"
)

// BenchmarkIssue is one signature certificate with all that belongs to it: two
// looks at register and card, lint, two transactions with journal entries, one
// signature by a throwaway key and one by the CA's.
func BenchmarkIssue(b *testing.B) {
	dbtest.Bench(b, func(b *testing.B, base *db.DB) {
		d := newDesk(b, base)
		ctx := context.Background()
		d.must(d.EnsureGenerations(ctx, clerk))
		n := 0
		issue := func() {
			n++
			person, card := fmt.Sprintf("per_b%d", n), mynumber.CardID(fmt.Sprintf("6%014d", n))
			d.person(person, card)
			q := Request{ID: fmt.Sprintf("bench_%d", n), Kind: jpki.Signature, Card: card, Person: person, Municipality: "13221",
				PublicKey: publicKey(n), ExpiresOn: expiry}
			if _, err := d.Issue(ctx, clerk, q); err != nil {
				b.Fatal(err)
			}
		}
		issue() // makes the throwaway key
		for b.Loop() {
			issue()
		}
	})
}

// BenchmarkBareCertificate is what the standard library takes for a certificate
// of the same size: the ruler beside BenchmarkIssue.
func BenchmarkBareCertificate(b *testing.B) {
	d := newDesk(b, dbtest.SQLite(b))
	c := d.issue(jpki.Signature, 1)
	issued, err := x509.ParseCertificate(c.DER)
	d.must(err)
	gs, err := d.Generations(context.Background(), jpki.Signature)
	d.must(err)
	ca, err := x509.ParseCertificate(gs[0].Certificate)
	d.must(err)
	var key crypto.Signer = d.keys.signers[generationID{jpki.Signature, 1}.keyName()]
	template := &x509.Certificate{SerialNumber: big.NewInt(1), RawSubject: issued.RawSubject, NotBefore: issued.NotBefore, NotAfter: issued.NotAfter,
		SignatureAlgorithm: x509.SHA256WithRSA, ExtraExtensions: issued.Extensions}
	parent := &x509.Certificate{RawSubject: ca.RawSubject}
	for b.Loop() {
		if _, err := x509.CreateCertificate(rand.Reader, template, parent, publicKey(0), key); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCertificate is the look-up behind a status answer.
func BenchmarkCertificate(b *testing.B) {
	dbtest.Bench(b, func(b *testing.B, base *db.DB) {
		d := newDesk(b, base)
		c := d.issue(jpki.Authentication, 0)
		for b.Loop() {
			if _, err := d.Certificate(context.Background(), c.Kind, c.Serial); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkResponder is asked with every OCSP answer.
func BenchmarkResponder(b *testing.B) {
	d := newDesk(b, dbtest.SQLite(b))
	d.must(d.EnsureGenerations(context.Background(), clerk))
	for b.Loop() {
		if _, _, err := d.Responder(context.Background(), jpki.Signature, 1); err != nil {
			b.Fatal(err)
		}
	}
}
