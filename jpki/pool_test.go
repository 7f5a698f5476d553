package jpki_test

import (
	"bytes"
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

	"pgregory.net/rapid"
)

func wantCause(t *testing.T, name string, err error, want jpki.Cause) {
	t.Helper()
	var v *jpki.VerifyError
	if !errors.As(err, &v) || v.Cause != want {
		t.Errorf("%s: %v, want %s", name, err, want)
	}
}

func TestCRT56_ChainOfEachGeneration(t *testing.T) {
	h := testpki.Default()
	key := testpki.Key(testpki.OldSignatureCAKey)
	r := testpki.SignatureRequest(20)
	r.NotAfter = h.OldSignatureCA.NotAfter
	old := testpki.Must(t)(jpki.Issue(r, h.OldSignature, key))
	for _, c := range []struct {
		cert, ca *x509.Certificate
		kind     jpki.Kind
	}{{h.IssueSignature(t, 21), h.SignatureCA, jpki.Signature}, {old, h.OldSignatureCA, jpki.Signature}, {h.IssueAuthentication(t, 22), h.AuthCA, jpki.Authentication}} {
		chain, err := h.Pool.Verify(c.cert, c.kind, testpki.Now)
		if err != nil {
			t.Fatal(err)
		}
		if !chain.Authority.Equal(c.ca) || chain.Kind != c.kind || chain.Medium != jpki.Card {
			t.Errorf("chain %v", chain)
		}
	}
	r = testpki.SignatureRequest(23)
	r.Medium = jpki.Phone
	chain, err := h.Pool.Verify(testpki.Must(t)(jpki.Issue(r, h.Signature, testpki.Key(testpki.SignatureCAKey))), jpki.Signature, testpki.Now)
	if err != nil || chain.Medium != jpki.Phone {
		t.Errorf("phone: %v %v", chain, err)
	}
}

// forge signs any extensions with any key, past every check of the library.
func forge(t *testing.T, key crypto.Signer, issuer []byte, from *x509.Certificate, change func(tpl *x509.Certificate)) *x509.Certificate {
	t.Helper()
	tpl := &x509.Certificate{SerialNumber: from.SerialNumber, NotBefore: from.NotBefore, NotAfter: from.NotAfter,
		RawSubject: from.RawSubject, SignatureAlgorithm: x509.SHA256WithRSA, ExtraExtensions: append([]pkix.Extension{}, from.Extensions...)}
	if change != nil {
		change(tpl)
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, &x509.Certificate{RawSubject: issuer}, from.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := jpki.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func replaceExtension(id asn1.ObjectIdentifier, critical bool, value []byte) func(*x509.Certificate) {
	return func(tpl *x509.Certificate) {
		for i, e := range tpl.ExtraExtensions {
			if e.Id.Equal(id) {
				tpl.ExtraExtensions[i] = pkix.Extension{Id: id, Critical: critical, Value: value}
				return
			}
		}
		tpl.ExtraExtensions = append(tpl.ExtraExtensions, pkix.Extension{Id: id, Critical: critical, Value: value})
	}
}

func TestCRT57_EveryCauseIsADifferentAnswer(t *testing.T) {
	h := testpki.Default()
	good := h.IssueSignature(t, 30)
	auth := h.IssueAuthentication(t, 31)
	caKey, authKey := testpki.Key(testpki.SignatureCAKey), testpki.Key(testpki.AuthenticationCAKey)
	stranger := testpki.Key(testpki.StrangerKey)
	name := h.SignatureCA.RawSubject
	ku := asn1.ObjectIdentifier{2, 5, 29, 15}
	verify := func(c *x509.Certificate, k jpki.Kind, at time.Time) error {
		_, err := h.Pool.Verify(c, k, at)
		return err
	}
	oldOnly, err := jpki.NewPool(h.Settings, h.OldSignatureCA)
	if err != nil {
		t.Fatal(err)
	}

	wantCause(t, "nil", verify(nil, jpki.Signature, testpki.Now), jpki.Malformed)
	wantCause(t, "CA", verify(h.SignatureCA, jpki.Signature, testpki.Now), jpki.IsAuthority)
	wantCause(t, "other kind", verify(auth, jpki.Signature, testpki.Now), jpki.WrongAuthority)
	wantCause(t, "other kind", verify(good, jpki.Authentication, testpki.Now), jpki.WrongAuthority)
	wantCause(t, "other name", verify(forge(t, caKey, good.RawSubject, good, nil), jpki.Signature, testpki.Now), jpki.WrongAuthority)
	_, err = oldOnly.Verify(good, jpki.Signature, testpki.Now)
	wantCause(t, "generation not in the pool", err, jpki.WrongAuthority)
	wantCause(t, "stranger's signature", verify(forge(t, stranger, name, good, nil), jpki.Signature, testpki.Now), jpki.BadSignature)
	wantCause(t, "no policy", verify(forge(t, caKey, name, good, func(tpl *x509.Certificate) {
		tpl.ExtraExtensions = append(tpl.ExtraExtensions[:2:2], tpl.ExtraExtensions[3:]...)
	}), jpki.Signature, testpki.Now), jpki.WrongPolicy)
	wantCause(t, "policy of the other kind", verify(forge(t, caKey, name, good,
		replaceExtension(asn1.ObjectIdentifier{2, 5, 29, 32}, true, auth.Extensions[1].Value)), jpki.Signature, testpki.Now), jpki.WrongPolicy)
	wantCause(t, "policy not critical", verify(forge(t, caKey, name, good,
		replaceExtension(asn1.ObjectIdentifier{2, 5, 29, 32}, false, good.Extensions[2].Value)), jpki.Signature, testpki.Now), jpki.WrongPolicy)
	wantCause(t, "usage of the other kind", verify(forge(t, caKey, name, good, replaceExtension(ku, true, []byte{3, 2, 7, 0x80})), jpki.Signature, testpki.Now), jpki.WrongUsage)
	wantCause(t, "usage not critical", verify(forge(t, caKey, name, good, replaceExtension(ku, false, []byte{3, 2, 6, 0xC0})), jpki.Signature, testpki.Now), jpki.WrongUsage)
	wantCause(t, "may sign certificates", verify(forge(t, caKey, name, good, replaceExtension(ku, true, []byte{3, 2, 1, 6})), jpki.Signature, testpki.Now), jpki.IsAuthority)
	wantCause(t, "may sign OCSP", verify(forge(t, authKey, h.AuthCA.RawSubject, auth,
		replaceExtension(asn1.ObjectIdentifier{2, 5, 29, 37}, false, []byte{0x30, 0x0a, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 9})), jpki.Authentication, testpki.Now), jpki.WrongUsage)
	wantCause(t, "CA flag", verify(forge(t, caKey, name, good, replaceExtension(asn1.ObjectIdentifier{2, 5, 29, 19}, true, []byte{0x30, 3, 1, 1, 0xFF})), jpki.Signature, testpki.Now), jpki.IsAuthority)
	wantCause(t, "unknown critical", verify(forge(t, caKey, name, good, replaceExtension(asn1.ObjectIdentifier{1, 2, 3}, true, []byte{5, 0})), jpki.Signature, testpki.Now), jpki.Malformed)
	wantCause(t, "outlives its CA", verify(forge(t, caKey, name, good, func(tpl *x509.Certificate) { tpl.NotAfter = h.SignatureCA.NotAfter.Add(time.Second) }), jpki.Signature, testpki.Now), jpki.OutlivesCA)

	// Edges of the validity: the last second counts in full.
	for _, c := range []struct {
		at   time.Time
		want jpki.Cause
	}{
		{good.NotBefore.Add(-time.Nanosecond), jpki.NotYetValid}, {good.NotBefore, 0},
		{good.NotAfter.Add(time.Second - time.Nanosecond), 0}, {good.NotAfter.Add(time.Second), jpki.Expired},
	} {
		if err := verify(good, jpki.Signature, c.at); c.want == 0 && err != nil {
			t.Errorf("at %s: %v", c.at, err)
		} else if c.want != 0 {
			wantCause(t, c.at.String(), err, c.want)
		}
	}
}

func TestNewPool_RefusesWhatIsNoCA(t *testing.T) {
	h := testpki.Default()
	other := jpki.DefaultSettings()
	other.Organization = "JPKI-OTHER"
	foreign := testpki.CA(t, other, jpki.Signature, testpki.StrangerKey, 1, testpki.CAStart)
	for name, cas := range map[string][]*x509.Certificate{
		"nothing": {nil}, "twice": {h.SignatureCA, h.SignatureCA}, "end entity": {h.IssueSignature(t, 40)}, "other names": {foreign},
		"not self-signed": {forge(t, testpki.Key(testpki.StrangerKey), h.SignatureCA.RawSubject, h.SignatureCA, nil)},
	} {
		if _, err := jpki.NewPool(h.Settings, cas...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := jpki.NewProfile(h.Settings, jpki.Authentication, h.SignatureCA); err == nil {
		t.Error("the signature CA passes for the authentication CA")
	}
}

// TestCRT56_NoChangedOctetIsAccepted flips bits anywhere in a certificate.
func TestCRT56_NoChangedOctetIsAccepted_Rapid(t *testing.T) {
	h := testpki.Default()
	good := h.IssueSignature(t, 50)
	rapid.Check(t, func(t *rapid.T) {
		der := bytes.Clone(good.Raw)
		i := rapid.IntRange(0, len(der)-1).Draw(t, "octet")
		der[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		c, err := jpki.ParseCertificate(der)
		if err != nil {
			return
		}
		if _, err := h.Pool.Verify(c, jpki.Signature, testpki.Now); err == nil {
			t.Fatalf("octet %d may be changed", i)
		}
	})
}

func TestParseCertificate_OneCertificateAndNothingElse(t *testing.T) {
	c := testpki.Default().SignatureCA
	for name, der := range map[string][]byte{"empty": nil, "behind": append(bytes.Clone(c.Raw), 0), "cut": c.Raw[:len(c.Raw)-1], "huge": make([]byte, jpki.MaxCertificateSize+1)} {
		_, err := jpki.ParseCertificate(der)
		wantCause(t, name, err, jpki.Malformed)
	}
}

func FuzzVerify(f *testing.F) {
	h := testpki.Default()
	good := h.IssueSignature(f, 60)
	f.Add(good.Raw)
	f.Add(h.IssueAuthentication(f, 61).Raw)
	f.Add(h.SignatureCA.Raw)
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := jpki.ParseCertificate(der)
		if err != nil {
			return
		}
		if _, err := h.Pool.Verify(c, jpki.Signature, testpki.Now); err == nil && !bytes.Equal(der, good.Raw) {
			t.Fatal("a forged certificate was accepted")
		}
		_, _ = jpki.ParsePersonal(c)
		_, _ = jpki.DistributionPoint(c)
	})
}

// BenchmarkIssue is the whole way of a certificate; BenchmarkBareCreate is the one
// call of crypto/x509 inside it.
func BenchmarkIssue(b *testing.B) {
	h := testpki.Default()
	h.IssueSignature(b, 1)
	for b.Loop() {
		r := testpki.SignatureRequest(70)
		p, err := jpki.Prepare(r, h.Signature)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.Lint(); err != nil {
			b.Fatal(err)
		}
		if _, err := p.Issue(testpki.Key(testpki.SignatureCAKey)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBareCreate(b *testing.B) {
	h := testpki.Default()
	good := h.IssueSignature(b, 1)
	tpl := &x509.Certificate{SerialNumber: big.NewInt(70), NotBefore: good.NotBefore, NotAfter: good.NotAfter,
		RawSubject: good.RawSubject, SignatureAlgorithm: x509.SHA256WithRSA, ExtraExtensions: good.Extensions}
	for b.Loop() {
		if _, err := x509.CreateCertificate(rand.Reader, tpl, &x509.Certificate{RawSubject: h.SignatureCA.RawSubject}, good.PublicKey, testpki.Key(testpki.SignatureCAKey)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyChain(b *testing.B) {
	h := testpki.Default()
	good := h.IssueSignature(b, 1)
	for b.Loop() {
		if _, err := h.Pool.Verify(good, jpki.Signature, testpki.Now); err != nil {
			b.Fatal(err)
		}
	}
}

// Octets inside a certificate behind the CA's signature are nobody's: a digest
// that names the certificate would name what the CA never saw. crypto/x509 passes
// over them.
func TestCRT56_NothingBehindTheSignature(t *testing.T) {
	h := testpki.Default()
	var whole asn1.RawValue
	if _, err := asn1.Unmarshal(h.IssueSignature(t, 31).Raw, &whole); err != nil {
		t.Fatal(err)
	}
	longer, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: append(bytes.Clone(whole.Bytes), 5, 0)})
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(longer)
	if err != nil {
		t.Skip("crypto/x509 refuses it by itself")
	}
	_, err = h.Pool.Verify(cert, jpki.Signature, testpki.Now)
	wantCause(t, "pool", err, jpki.Malformed)
	_, err = jpki.ParseCertificate(longer)
	wantCause(t, "parse", err, jpki.Malformed)
}
