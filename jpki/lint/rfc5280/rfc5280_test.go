package rfc5280_test

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/internal/testpki"
	"kado/jpki/lint/rfc5280"
)

// every returns one certificate of each kind that the authorities issue, by both
// algorithms.
func every(t testing.TB) map[string]*x509.Certificate {
	t.Helper()
	h, g := testpki.Default(), testpki.BothGenerations()
	phone := testpki.SignatureRequest(41)
	phone.Medium = jpki.Phone
	return map[string]*x509.Certificate{
		"signature": h.IssueSignature(t, 11), "authentication": h.IssueAuthentication(t, 12), "responder": h.IssueResponder(t, 13),
		"signature P-384": g.IssueNextSignature(t, 21), "authentication P-384": g.IssueNextAuthentication(t, 22), "responder P-384": g.IssueNextResponder(t, 23),
		"signature authority":      testpki.CA(t, jpki.DefaultSettings(), jpki.Signature, 0, 31, start),
		"authentication authority": testpki.CA(t, jpki.DefaultSettings(), jpki.Authentication, 0, 32, start),
	}
}

var start = time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)

// zlint, written by others after the standard, finds nothing wrong with any kind.
func TestEveryKindPassesZlint(t *testing.T) {
	for name, cert := range every(t) {
		if err := rfc5280.Run(cert.Raw); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	names, err := rfc5280.Lints()
	if err != nil || len(names) < 100 {
		t.Errorf("%d lints are run: %v", len(names), err)
	}
}

// What breaks the standard is refused, by the lint that is meant.
func TestZlintRefusesTheBad(t *testing.T) {
	h := testpki.Default()
	good := h.IssueSignature(t, 14)
	key := testpki.Key(1)
	base := func() *x509.Certificate {
		return &x509.Certificate{SerialNumber: big.NewInt(77), RawSubject: good.RawSubject, NotBefore: good.NotBefore, NotAfter: good.NotAfter,
			SignatureAlgorithm: x509.SHA256WithRSA, ExtraExtensions: append([]pkix.Extension(nil), good.Extensions...)}
	}
	without := func(c *x509.Certificate, id string) {
		kept := c.ExtraExtensions[:0:0]
		for _, e := range c.ExtraExtensions {
			if e.Id.String() != id {
				kept = append(kept, e)
			}
		}
		c.ExtraExtensions = kept
	}
	for name, c := range map[string]struct {
		change func(c *x509.Certificate)
		lint   string
	}{
		"no authority key identifier": {func(c *x509.Certificate) { without(c, "2.5.29.35") }, "e_ext_authority_key_identifier_no_key_identifier"},
		"no subject key identifier":   {func(c *x509.Certificate) { without(c, "2.5.29.14") }, "w_ext_subject_key_identifier_missing_sub_cert"},
		"an extension twice": {func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, c.ExtraExtensions[len(c.ExtraExtensions)-1])
		}, "e_ext_duplicate_extension"},
		"certificate signing without a CA": {func(c *x509.Certificate) {
			without(c, "2.5.29.15")
			c.KeyUsage = x509.KeyUsageCertSign
		}, "key_usage"},
		"no name at all": {func(c *x509.Certificate) { c.RawSubject = []byte{0x30, 0}; without(c, "2.5.29.17") }, "subject"},
		"OCSP access critical": {func(c *x509.Certificate) {
			for i := range c.ExtraExtensions {
				if c.ExtraExtensions[i].Id.String() == "1.3.6.1.5.5.7.1.1" {
					c.ExtraExtensions[i].Critical = true
				}
			}
		}, "e_ext_aia_marked_critical"},
	} {
		bad := base()
		c.change(bad)
		der, err := x509.CreateCertificate(rand.Reader, bad, &x509.Certificate{RawSubject: good.RawIssuer}, good.PublicKey, key)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var broken *rfc5280.Error
		if err := rfc5280.Run(der); !errors.As(err, &broken) || !strings.Contains(err.Error(), c.lint) {
			t.Errorf("%s: %v, want %s", name, err, c.lint)
		}
	}
	if err := rfc5280.Run([]byte("no certificate")); err == nil {
		t.Error("text passed")
	}
}

// An exemption names a lint that there is, says why, and is needed.
func TestExemptionsAreNeeded(t *testing.T) {
	all := every(t)
	for name, why := range rfc5280.Exempted {
		if len(why) < 40 {
			t.Errorf("%s: no reason", name)
		}
		needed := false
		for _, cert := range all {
			needed = needed || rfc5280.Breaks(name, cert.Raw)
		}
		if !needed {
			t.Errorf("%s: no certificate breaks it", name)
		}
	}
}

func BenchmarkZlint(b *testing.B) {
	cert := testpki.Default().IssueSignature(b, 15)
	for b.Loop() {
		if err := rfc5280.Run(cert.Raw); err != nil {
			b.Fatal(err)
		}
	}
}
