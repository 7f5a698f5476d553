package xmlsig_test

import (
	"crypto"
	"crypto/x509"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/internal/testpki"
	"kado/jpki/verify"
	"kado/jpki/xmlsig"
)

const holderSerial = 500

var theHolder = sync.OnceValues(func() (*x509.Certificate, error) {
	return jpki.Issue(testpki.SignatureRequest(holderSerial), testpki.Default().Signature, testpki.Key(testpki.SignatureCAKey))
})

var theList = sync.OnceValues(func() ([]byte, error) {
	return jpki.CreateCRL(testpki.Default().Signature, jpki.CRLRequest{Number: big.NewInt(1),
		ThisUpdate: testpki.Now, NextUpdate: testpki.Now.Add(24 * time.Hour)}, testpki.Key(testpki.SignatureCAKey))
})

func holder(t testing.TB) *x509.Certificate { t.Helper(); return testpki.Must(t)(theHolder()) }

// options trust the test hierarchy and know that nothing is revoked.
func options(t testing.TB) verify.Options {
	t.Helper()
	list, err := theList()
	if err != nil {
		t.Fatal(err)
	}
	return verify.Options{Trust: verify.Trust{Pools: []*jpki.Pool{testpki.Default().Pool}}, At: testpki.Now.Add(time.Minute),
		Material: []verify.Material{{Source: "given", Name: "list", CRL: list}}}
}

func unbound(o verify.Options) verify.Options { o.AllowUnbound = true; return o }

func sign(t testing.TB, doc string, o xmlsig.SignOptions) []byte {
	t.Helper()
	return signAs(t, doc, testpki.Key(testpki.HolderKey), holder(t), o)
}

func signAs(t testing.TB, doc string, key crypto.Signer, cert *x509.Certificate, o xmlsig.SignOptions) []byte {
	t.Helper()
	out, err := xmlsig.Sign([]byte(doc), key, cert, o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// xmlsec returns the path of xmlsec1. A machine without it skips the test, but
// never in continuous integration.
func xmlsec(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("xmlsec1")
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("xmlsec1 is not installed, and CI=true forbids to go on without the cross-check")
	}
	t.Skip("SKIPPED CROSS-CHECK: install xmlsec1")
	return ""
}

func write(t testing.TB, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pass(t testing.TB, r *verify.Report) {
	t.Helper()
	if r.Verdict != verify.Passed {
		t.Errorf("%s %s %s: %+v", r.Verdict, r.Reason, r.Detail, r.Signatures)
	}
}

func want(t testing.TB, name string, r *verify.Report, reason verify.Reason) {
	t.Helper()
	if r.Reason != reason || r.Verdict != reason.Verdict() {
		t.Errorf("%s: %s %q (%s), want %q", name, r.Verdict, r.Reason, r.Detail, reason)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
