package authority

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"testing"

	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/keystore"
	"kado/internal/platform/keystore/token/tokentest"
	"kado/jpki"
)

// onToken is a desk whose keys are in a SoftHSM token.
func onToken(t testing.TB) *desk {
	t.Helper()
	d := newDesk(t, dbtest.SQLite(t))
	store := tokentest.Open(t, tokentest.New(t), keystore.NewMemory())
	d.Office.keys = store
	return d
}

// A small world whose authorities hold their keys in a token: certificates one by
// one and in a batch, the key of the lists, the responder, and a roll-over to P-384
// with both generations alive.
func TestWorldOnAToken(t *testing.T) {
	d := onToken(t)
	ctx := context.Background()
	d.hire()
	d.must(d.EnsureGenerations(ctx, clerk))
	all := []Certificate{d.issue(jpki.Authentication, 0), d.issue(jpki.Signature, 1)}
	for _, o := range d.IssueAll(ctx, clerk, d.many(10, "hsm")) {
		d.must(o.Err)
		all = append(all, o.Certificate)
	}
	for _, k := range jpki.Kinds {
		s, err := d.CRLSigner(ctx, k, 1)
		d.must(err)
		digest := sha256.Sum256([]byte("list"))
		if _, err := s.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
			t.Error(err)
		}
		gs, err := d.Generations(ctx, k)
		d.must(err)
		ca, err := x509.ParseCertificate(gs[0].Certificate)
		d.must(err)
		list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: ca.SerialNumber, ThisUpdate: start, NextUpdate: start.AddDate(0, 0, 1),
			SignatureAlgorithm: x509.SHA256WithRSA}, ca, s)
		d.must(err)
		parsed, err := x509.ParseRevocationList(list)
		d.must(err)
		d.must(parsed.CheckSignatureFrom(ca))
		r, der, err := d.Responder(ctx, k, 1)
		d.must(err)
		cert, err := x509.ParseCertificate(der)
		d.must(err)
		if !jpki.SameKey(r.Public(), cert.PublicKey) {
			t.Error("the responder's key is not that of its certificate")
		}
	}
	p := d.plan(RollOver, 2)
	later(&p, 1e9)
	d.must(d.clock.Advance(1e9))
	p.KeyStore, p.Algorithm = "token", "ecdsa-p384-sha384"
	d.celebrate(p)
	pool := d.trust()
	for _, c := range all {
		cert, err := x509.ParseCertificate(c.DER)
		d.must(err)
		if _, err := pool.Verify(cert, c.Kind, d.clock.Now()); err != nil {
			t.Errorf("%s: %v", c.Kind, err)
		}
	}
	d.sound()
}

// The token is gone: what was recorded waits, and is finished when it is back.
func TestTokenGoneWhileIssuing(t *testing.T) {
	d := onToken(t)
	ctx := context.Background()
	d.must(d.EnsureGenerations(ctx, clerk))
	good := d.Office.keys
	d.Office.keys = d.keys
	d.keys.down = true
	requests := d.many(4, "gone")
	for _, o := range d.IssueAll(ctx, clerk, requests) {
		if o.Err == nil {
			t.Error("issued without a key")
		}
	}
	d.Office.keys = good
	for _, o := range d.IssueAll(ctx, clerk, requests) {
		d.must(o.Err)
	}
	d.sound()
}

// BenchmarkIssueAllOnAToken is BenchmarkIssueAll with SoftHSM, raw being the
// token's own rate over the same sessions.
func BenchmarkIssueAllOnAToken(b *testing.B) {
	for _, signers := range []int{1, 2} {
		b.Run(fmt.Sprintf("raw-%d", signers), func(b *testing.B) {
			d := onToken(b)
			k, err := d.Office.keys.CreateSigner(context.Background(), "raw", keystore.RSA2048)
			d.must(err)
			rawSigning(b, k, signers)
		})
		b.Run(fmt.Sprintf("token-%d", signers), func(b *testing.B) {
			d := onToken(b)
			d.parallel = signers
			issueMany(b, d)
		})
	}
}

// BenchmarkIssueAllRatioOnAToken is BenchmarkIssueAllRatio with SoftHSM.
func BenchmarkIssueAllRatioOnAToken(b *testing.B) {
	for _, signers := range []int{1, 2} {
		b.Run(fmt.Sprintf("token-%d", signers), func(b *testing.B) { againstRaw(b, onToken(b), signers) })
	}
}

// A refused shape is refused every time.
func TestZlintRefusesAShapeEachTime(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t))
	s := shapeOf{generationID{jpki.Signature, 1}, jpki.Card}
	for range 3 {
		if err := d.zlint(s, []byte("no certificate")); !LintFailed.Is(err) {
			t.Errorf("passed: %v", err)
		}
	}
	c := d.issue(jpki.Authentication, 0)
	for range 2 * zlintEvery {
		d.must(d.zlint(s, c.DER))
	}
}
