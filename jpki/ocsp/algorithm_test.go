package ocsp_test

import (
	"crypto"
	"crypto/x509"
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
	"kado/jpki/ocsp"
)

func nextAnswer(t *testing.T, cert *x509.Certificate, status ocsp.CertStatus) ocsp.SingleResponse {
	t.Helper()
	id, err := ocsp.NewCertID(crypto.SHA256, testpki.BothGenerations().NextSignatureCA, cert.SerialNumber)
	if err != nil {
		t.Fatal(err)
	}
	return ocsp.SingleResponse{ID: id, Status: status, RevokedAt: testpki.NextNow.Add(-time.Hour), Reason: jpki.Superseded,
		ThisUpdate: testpki.NextNow, NextUpdate: testpki.NextNow.Add(time.Hour)}
}

// TestResponse_EveryAlgorithm: a P-384 CA answers by itself and through P-256 and
// RSA responders; what is signed with another algorithm than its key's is refused.
func TestResponse_EveryAlgorithm(t *testing.T) {
	g := testpki.BothGenerations()
	cert := g.IssueNextSignature(t, 901)
	r := testpki.ResponderRequest(903)
	r.NotBefore = testpki.NextIssued
	rsaResponder := testpki.Must(t)(jpki.IssueResponder(r, g.NextSignature, testpki.NextKey(testpki.SignatureCAKey)))
	for name, by := range map[string]struct {
		cert *x509.Certificate
		key  crypto.Signer
	}{
		"P-384 CA":        {g.NextSignatureCA, testpki.NextKey(testpki.SignatureCAKey)},
		"P-256 responder": {g.IssueNextResponder(t, 902), testpki.NextKey(testpki.ResponderKey)},
		"RSA responder":   {rsaResponder, testpki.Key(testpki.ResponderKey)},
	} {
		answer := nextAnswer(t, cert, ocsp.Good)
		der, err := ocsp.CreateResponse(ocsp.Template{ProducedAt: testpki.NextNow, Responses: []ocsp.SingleResponse{answer}}, by.cert, by.key)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		q := ocsp.Query{ID: answer.ID, Authority: g.NextSignatureCA}
		if _, err := ocsp.Check(der, q, testpki.NextNow); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i := 0; i < len(der); i += 11 {
			changed := append([]byte(nil), der...)
			changed[i] ^= 0x10
			if got, err := ocsp.Check(changed, q, testpki.NextNow); err == nil && (got.Status != ocsp.Good || !got.ThisUpdate.Equal(answer.ThisUpdate)) {
				t.Errorf("%s: octet %d may be changed", name, i)
			}
		}
	}
	// The delegation of an RSA generation does not reach into the P-384 one.
	answer := nextAnswer(t, cert, ocsp.Good)
	der, err := ocsp.CreateResponse(ocsp.Template{ProducedAt: testpki.NextNow, Responses: []ocsp.SingleResponse{answer}},
		g.IssueResponder(t, 904), testpki.Key(testpki.ResponderKey))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ocsp.Check(der, ocsp.Query{ID: answer.ID, Authority: g.NextSignatureCA}, testpki.NextNow); !errors.Is(err, ocsp.ErrNotDelegated) {
		t.Error(err)
	}
}

func TestOpenSSL_ChecksAnswersOfAP384Generation(t *testing.T) {
	openssl := testpki.OpenSSL(t)
	g := testpki.BothGenerations()
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certPEM := func(name string, c *x509.Certificate) string {
		return write(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	ca := certPEM("ca", g.NextSignatureCA)
	good, ended := g.IssueNextSignature(t, 911), g.IssueNextSignature(t, 912)
	goodPath, endedPath := certPEM("good", good), certPEM("ended", ended)
	at := big.NewInt(testpki.NextNow.Unix()).String()
	for name, by := range map[string]struct {
		cert *x509.Certificate
		key  crypto.Signer
	}{
		"P-384 CA":        {g.NextSignatureCA, testpki.NextKey(testpki.SignatureCAKey)},
		"P-256 responder": {g.IssueNextResponder(t, 913), testpki.NextKey(testpki.ResponderKey)},
	} {
		der, err := ocsp.CreateResponse(ocsp.Template{ProducedAt: testpki.NextNow,
			Responses: []ocsp.SingleResponse{nextAnswer(t, good, ocsp.Good), nextAnswer(t, ended, ocsp.Revoked)}}, by.cert, by.key)
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(openssl, "ocsp", "-sha256", "-issuer", ca, "-cert", goodPath, "-cert", endedPath, "-respin", write("resp", der),
			"-CAfile", ca, "-no_nonce", "-attime", at, "-validity_period", "999999999").CombinedOutput()
		for _, want := range []string{"Response verify OK", "good: good", "ended: revoked"} {
			if err != nil || !strings.Contains(string(out), want) {
				t.Errorf("%s: %v: no %q in\n%s", name, err, want, out)
			}
		}
	}
}

func BenchmarkCreateResponse_Algorithms(b *testing.B) {
	g := testpki.BothGenerations()
	cert := g.IssueNextSignature(b, 921)
	id, err := ocsp.NewCertID(crypto.SHA256, g.NextSignatureCA, cert.SerialNumber)
	if err != nil {
		b.Fatal(err)
	}
	answer := ocsp.SingleResponse{ID: id, Status: ocsp.Good, ThisUpdate: testpki.NextNow, NextUpdate: testpki.NextNow.Add(time.Hour)}
	responder := g.IssueNextResponder(b, 922)
	b.Run("ecdsa-p256", func(b *testing.B) {
		for b.Loop() {
			if _, err := ocsp.CreateResponse(ocsp.Template{ProducedAt: testpki.NextNow, Responses: []ocsp.SingleResponse{answer}}, responder, testpki.NextKey(testpki.ResponderKey)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
