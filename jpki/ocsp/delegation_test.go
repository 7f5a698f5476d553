package ocsp_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/internal/testpki"
	"kado/jpki/ocsp"
)

// TestCRT56_DelegationInEveryPart: responder certificates that the CA did sign and
// that lack one thing each.
func TestCRT56_DelegationInEveryPart(t *testing.T) {
	h := testpki.Default()
	good := responder(t)
	find := func(exts []pkix.Extension, id string) int {
		for i, e := range exts {
			if e.Id.String() == id {
				return i
			}
		}
		t.Fatalf("no extension %s", id)
		return 0
	}
	forge := func(signer int, change func(exts []pkix.Extension) []pkix.Extension) *x509.Certificate {
		exts := append([]pkix.Extension{}, good.Extensions...)
		if change != nil {
			exts = change(exts)
		}
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(950), NotBefore: good.NotBefore, NotAfter: good.NotAfter,
			RawSubject: good.RawSubject, SignatureAlgorithm: x509.SHA256WithRSA, ExtraExtensions: exts},
			&x509.Certificate{RawSubject: h.SignatureCA.RawSubject}, good.PublicKey, testpki.Key(signer))
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	set := func(id string, value []byte) func([]pkix.Extension) []pkix.Extension {
		return func(exts []pkix.Extension) []pkix.Extension {
			exts[find(exts, id)].Value = value
			return exts
		}
	}
	drop := func(id string) func([]pkix.Extension) []pkix.Extension {
		return func(exts []pkix.Extension) []pkix.Extension {
			i := find(exts, id)
			return append(exts[:i:i], exts[i+1:]...)
		}
	}
	ca := testpki.SignatureCAKey
	i := id(t, crypto.SHA1, 1)
	known := new(ocsp.Delegates)
	for name, c := range map[string]struct {
		cert *x509.Certificate
		good bool
	}{
		"as issued":                    {forge(ca, nil), true},
		"no ocsp-nocheck":              {forge(ca, drop("1.3.6.1.5.5.7.48.1.5")), false},
		"no extended key usage":        {forge(ca, drop("2.5.29.37")), false},
		"clientAuth":                   {forge(ca, set("2.5.29.37", []byte{0x30, 0x0a, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2})), false},
		"clientAuth too":               {forge(ca, set("2.5.29.37", []byte{0x30, 0x14, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 9, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2})), false},
		"non-repudiation":              {forge(ca, set("2.5.29.15", []byte{3, 2, 6, 0xC0})), false},
		"no key usage":                 {forge(ca, drop("2.5.29.15")), false},
		"key id of the old generation": {forge(ca, set("2.5.29.35", append([]byte{0x30, 22, 0x80, 20}, h.OldSignatureCA.SubjectKeyId...))), false},
		"signed by a stranger":         {forge(testpki.StrangerKey, nil), false},
		"unknown critical extension": {forge(ca, func(exts []pkix.Extension) []pkix.Extension {
			return append(exts, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}})
		}), false},
	} {
		der, err := ocsp.CreateResponse(ocsp.Template{ProducedAt: now, Responses: []ocsp.SingleResponse{answer(i, ocsp.Good, 0)}}, c.cert, testpki.Key(testpki.ResponderKey))
		if err != nil {
			t.Fatal(err)
		}
		_, err = ocsp.Check(der, query(i, nil), now)
		q := query(i, nil)
		q.Delegates = known
		for range 2 { // remembered or not, every other check is made each time
			if _, again := ocsp.Check(der, q, now); (again == nil) != (err == nil) {
				t.Errorf("%s: %v with a memory of responders, %v without", name, again, err)
			}
		}
		if c.good != (err == nil) || !c.good && !errors.Is(err, ocsp.ErrNotDelegated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCRT56_ResponderOfOneCACannotSpeakForAnother: the signature CA's responder
// signs an answer about a certificate of the authentication CA.
func TestCRT56_ResponderOfOneCACannotSpeakForAnother(t *testing.T) {
	foreign, err := ocsp.NewCertID(crypto.SHA1, testpki.Default().AuthCA, big.NewInt(1))
	if err != nil {
		t.Fatal(err)
	}
	_, err = ocsp.Check(respond(t, nil, answer(foreign, ocsp.Good, 0)), query(foreign, nil), now)
	wantStatus(t, "about another CA", err, jpki.Unavailable)
}

// TestDelegates_ValidityIsLookedAtEachTime: a responder that is remembered ends like any
// other, and is another CA's no sooner.
func TestDelegates_ValidityIsLookedAtEachTime(t *testing.T) {
	i := id(t, crypto.SHA1, 1)
	q := query(i, nil)
	q.Delegates = new(ocsp.Delegates)
	der := respond(t, nil, answer(i, ocsp.Good, 0))
	if _, err := ocsp.Check(der, q, now); err != nil {
		t.Fatal(err)
	}
	if _, err := ocsp.Check(der, q, responder(t).NotAfter.Add(time.Hour)); !errors.Is(err, ocsp.ErrNotDelegated) {
		t.Errorf("after its end: %v", err)
	}
	q.Authority = testpki.Default().OldSignatureCA
	if _, err := ocsp.Check(der, q, now); !errors.Is(err, ocsp.ErrNotDelegated) {
		t.Errorf("of another generation: %v", err)
	}
}
