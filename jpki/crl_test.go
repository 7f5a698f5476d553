package jpki_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/internal/testpki"

	"pgregory.net/rapid"
)

func crlRequest(entries ...jpki.RevokedEntry) jpki.CRLRequest {
	return jpki.CRLRequest{Number: big.NewInt(7), ThisUpdate: testpki.Now.Add(-time.Hour), NextUpdate: testpki.Now.Add(47 * time.Hour), Entries: entries}
}

func makeCRL(t testing.TB, r jpki.CRLRequest) ([]byte, *jpki.CRL) {
	t.Helper()
	der, err := jpki.CreateCRL(testpki.Default().Signature, r, testpki.Key(testpki.SignatureCAKey))
	if err != nil {
		t.Fatal(err)
	}
	c, err := jpki.ParseCRL(der)
	if err != nil {
		t.Fatal(err)
	}
	return der, c
}

func wantStatus(t *testing.T, name string, err error, want jpki.Status) {
	t.Helper()
	if want == jpki.Good {
		if err != nil {
			t.Errorf("%s: %v, want good", name, err)
		}
		return
	}
	var s *jpki.StatusError
	if !errors.As(err, &s) || s.Status != want {
		t.Errorf("%s: %v, want %s", name, err, want)
	}
}

func TestR40_CRLTellsEachReason(t *testing.T) {
	h := testpki.Default()
	at := testpki.Now.Add(-48 * time.Hour).Truncate(time.Second).UTC()
	place := testpki.Place
	for _, scope := range []*jpki.Place{nil, &place} {
		r := crlRequest()
		r.Place = scope
		want := map[int64]jpki.Status{100: jpki.Good}
		for i, reason := range []jpki.RevocationReason{jpki.Unspecified, jpki.KeyCompromise, jpki.AffiliationChanged, jpki.Superseded,
			jpki.CessationOfOperation, jpki.CertificateHold, jpki.RemoveFromCRL} {
			r.Entries = append([]jpki.RevokedEntry{{Serial: big.NewInt(int64(101 + i)), At: at, Reason: reason}}, r.Entries...)
			want[int64(101+i)] = jpki.Revoked
		}
		want[106], want[107] = jpki.OnHold, jpki.Good
		_, crl := makeCRL(t, r)
		if crl.Complete() != (scope == nil) || crl.Len() != 7 || crl.Number().Int64() != 7 {
			t.Error("scope, length or number")
		}
		for serial, status := range want {
			cert := h.IssueSignature(t, serial)
			err := crl.Check(cert, h.SignatureCA, testpki.Now)
			wantStatus(t, big.NewInt(serial).String(), err, status)
			var s *jpki.StatusError
			if errors.As(err, &s) && (!s.At.Equal(at) || s.Reason != crl.Entries()[serial-101].Reason) {
				t.Errorf("%d: %v since %s", serial, s.Reason, s.At)
			}
		}
	}
}

func TestCRT56_CRLThatProvesNothingMeansRefusal(t *testing.T) {
	h := testpki.Default()
	cert := h.IssueSignature(t, 110)
	der, crl := makeCRL(t, crlRequest())
	wantStatus(t, "good", crl.Check(cert, h.SignatureCA, testpki.Now), jpki.Good)
	wantStatus(t, "at this update", crl.Check(cert, h.SignatureCA, crl.ThisUpdate()), jpki.Good)
	wantStatus(t, "before", crl.Check(cert, h.SignatureCA, crl.ThisUpdate().Add(-1)), jpki.Stale)
	wantStatus(t, "last moment", crl.Check(cert, h.SignatureCA, crl.NextUpdate().Add(-1)), jpki.Good)
	wantStatus(t, "at next update", crl.Check(cert, h.SignatureCA, crl.NextUpdate()), jpki.Stale)
	wantStatus(t, "old generation", crl.Check(cert, h.OldSignatureCA, testpki.Now), jpki.Unavailable)
	wantStatus(t, "other CA", crl.Check(cert, h.AuthCA, testpki.Now), jpki.Unavailable)
	wantStatus(t, "certificate of the other CA", crl.Check(h.IssueAuthentication(t, 111), h.SignatureCA, testpki.Now), jpki.Unavailable)
	wantStatus(t, "CA certificate", crl.Check(h.SignatureCA, h.SignatureCA, testpki.Now), jpki.Unavailable)

	elsewhere := jpki.Place{Prefecture: "Tokyo-to", Municipality: "Chiyoda-ku", Code: "13101"}
	r := crlRequest()
	r.Place = &elsewhere
	_, other := makeCRL(t, r)
	wantStatus(t, "other municipality", other.Check(cert, h.SignatureCA, testpki.Now), jpki.Unavailable)

	forged := bytes.Clone(der)
	forged[len(forged)-1] ^= 1
	c, err := jpki.ParseCRL(forged)
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, "changed signature", c.Check(cert, h.SignatureCA, testpki.Now), jpki.Unavailable)
}

func TestCreateCRL_Refuses(t *testing.T) {
	one := jpki.RevokedEntry{Serial: big.NewInt(1), At: testpki.Now.Add(-2 * time.Hour)}
	for name, change := range map[string]func(r *jpki.CRLRequest){
		"no number": func(r *jpki.CRLRequest) { r.Number = nil }, "negative": func(r *jpki.CRLRequest) { r.Number = big.NewInt(-1) },
		"backwards": func(r *jpki.CRLRequest) { r.NextUpdate = r.ThisUpdate }, "twice": func(r *jpki.CRLRequest) { r.Entries = []jpki.RevokedEntry{one, one} },
		"serial": func(r *jpki.CRLRequest) { r.Entries = []jpki.RevokedEntry{{At: one.At}} },
		"reason": func(r *jpki.CRLRequest) { r.Entries = []jpki.RevokedEntry{{Serial: one.Serial, At: one.At, Reason: 7}} },
		"future": func(r *jpki.CRLRequest) { r.Entries = []jpki.RevokedEntry{{Serial: one.Serial, At: testpki.Now}} },
		"place":  func(r *jpki.CRLRequest) { r.Place = &jpki.Place{} },
	} {
		r := crlRequest()
		change(&r)
		if _, err := jpki.CreateCRL(testpki.Default().Signature, r, testpki.Key(testpki.SignatureCAKey)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := jpki.CreateCRL(testpki.Default().Signature, crlRequest(), testpki.Key(testpki.StrangerKey)); err == nil {
		t.Error("a stranger's key signs the list")
	}
}

func TestParseCRL_RefusesForeignKinds(t *testing.T) {
	h := testpki.Default()
	idp := func(value ...byte) pkix.Extension {
		return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: append([]byte{0x30, byte(len(value))}, value...)}
	}
	userOnly := idp(0x81, 1, 0xff)
	notCritical := userOnly
	notCritical.Critical = false
	for name, ext := range map[string][]pkix.Extension{
		"no scope": {}, "indirect": {idp(0x81, 1, 0xff, 0x84, 1, 0xff)}, "CA list": {idp(0x82, 1, 0xff)}, "reasons": {idp(0x81, 1, 0xff, 0x83, 2, 1, 6)},
		"scope not critical": {notCritical}, "delta": {userOnly, {Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}},
		"boolean of BER": {idp(0x81, 1, 1)}, "scope twice": {userOnly, userOnly},
	} {
		der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{SignatureAlgorithm: x509.SHA256WithRSA, Number: big.NewInt(1),
			ThisUpdate: testpki.Now, NextUpdate: testpki.Now.Add(time.Hour), ExtraExtensions: ext}, h.SignatureCA, testpki.Key(testpki.SignatureCAKey))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jpki.ParseCRL(der); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	der, _ := makeCRL(t, crlRequest())
	if _, err := jpki.ParseCRL(append(der, 0)); err == nil {
		t.Error("octets behind the list are accepted")
	}
}

func TestCRL_SaysWhatWasPutIn_Rapid(t *testing.T) {
	h := testpki.Default()
	base := h.IssueSignature(t, 120)
	rapid.Check(t, func(rt *rapid.T) {
		r := crlRequest()
		want := map[int64]jpki.RevocationReason{}
		for _, n := range rapid.SliceOfNDistinct(rapid.Int64Range(1, 60), 0, 40, rapid.ID).Draw(rt, "serials") {
			want[n] = rapid.SampledFrom([]jpki.RevocationReason{0, 1, 3, 4, 5, 6, 8}).Draw(rt, "reason")
			r.Entries = append(r.Entries, jpki.RevokedEntry{Serial: big.NewInt(n), At: testpki.Now.Add(-3 * time.Hour), Reason: want[n]})
		}
		_, crl := makeCRL(t, r)
		if err := crl.CheckSignature(h.SignatureCA); err != nil {
			rt.Fatal(err)
		}
		for n := int64(1); n <= 60; n++ {
			cert := *base
			cert.SerialNumber = big.NewInt(n)
			err := crl.CheckVerified(&cert, h.SignatureCA, testpki.Now)
			reason, listed := want[n]
			good := !listed || reason == jpki.RemoveFromCRL
			if good != (err == nil) || (reason == jpki.CertificateHold) != errors.Is(err, &jpki.StatusError{Status: jpki.OnHold}) {
				rt.Fatalf("%d with %s: %v", n, reason, err)
			}
		}
	})
}

// TestOpenSSL_ChecksTheCRL lets openssl decide with our lists.
func TestOpenSSL_ChecksTheCRL(t *testing.T) {
	openssl := testpki.OpenSSL(t)
	h := testpki.Default()
	dir := t.TempDir()
	write := func(name, kind string, ders ...[]byte) string {
		var out []byte
		for _, der := range ders {
			out = append(out, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, out, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ca := write("ca.pem", "CERTIFICATE", h.SignatureCA.Raw)
	certs := map[int64]string{}
	for _, n := range []int64{200, 201, 202} {
		certs[n] = write("cert"+big.NewInt(n).String(), "CERTIFICATE", h.IssueSignature(t, n).Raw)
	}
	at := testpki.Now.Add(-5 * time.Hour)
	place := testpki.Place
	elsewhere := jpki.Place{Prefecture: "Tokyo-to", Municipality: "Chiyoda-ku", Code: "13101"}
	for name, scope := range map[string]*jpki.Place{"complete": nil, "municipality": &place, "elsewhere": &elsewhere} {
		r := crlRequest(jpki.RevokedEntry{Serial: big.NewInt(201), At: at, Reason: jpki.AffiliationChanged},
			jpki.RevokedEntry{Serial: big.NewInt(202), At: at, Reason: jpki.RemoveFromCRL})
		r.Place = scope
		der, _ := makeCRL(t, r)
		crl := write(name, "X509 CRL", der)
		for n, cert := range certs {
			out, err := exec.Command(openssl, "verify", "-crl_check", "-attime", "1775012400", "-CAfile", ca, "-CRLfile", crl, cert).CombinedOutput()
			want := n != 201 && name != "elsewhere"
			if (err == nil) != want {
				t.Errorf("%s, certificate %d: %v\n%s", name, n, err, out)
			}
			if n == 201 && name != "elsewhere" && !strings.Contains(string(out), "revoked") {
				t.Errorf("%s: %s", name, out)
			}
		}
		out, err := exec.Command(openssl, "crl", "-in", crl, "-noout", "-text").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "X509v3 Issuing Distribution Point: critical") || !strings.Contains(string(out), "Affiliation Changed") {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

func FuzzParseCRL(f *testing.F) {
	h := testpki.Default()
	cert := h.IssueSignature(f, 130)
	der, _ := makeCRL(f, crlRequest(jpki.RevokedEntry{Serial: big.NewInt(130), At: testpki.Now.Add(-2 * time.Hour), Reason: jpki.Superseded}))
	f.Add(der)
	r := crlRequest()
	r.Place = &testpki.Place
	der, _ = makeCRL(f, r)
	f.Add(der)
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := jpki.ParseCRL(der)
		if err != nil {
			return
		}
		_ = c.Check(cert, h.SignatureCA, testpki.Now)
		_ = c.Entries()
	})
}

func BenchmarkParseCRL10000(b *testing.B) {
	r := crlRequest()
	for i := range int64(10000) {
		r.Entries = append(r.Entries, jpki.RevokedEntry{Serial: big.NewInt(1000000 + i*37), At: testpki.Now.Add(-2 * time.Hour), Reason: jpki.CessationOfOperation})
	}
	der, _ := makeCRL(b, r)
	b.SetBytes(int64(len(der)))
	for b.Loop() {
		if _, err := jpki.ParseCRL(der); err != nil {
			b.Fatal(err)
		}
	}
}
