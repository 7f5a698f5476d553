package pdfsig_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kado/jpki/internal/testpki"
	"kado/jpki/pdfsig"
	"kado/jpki/pdfsig/forgery"
	"kado/jpki/verify"
)

// tool finds a program. A machine without it skips the test, but never in
// continuous integration.
func tool(t *testing.T, name, install string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed, and CI=true forbids to go on without the cross-check", name)
	}
	t.Skipf("SKIPPED CROSS-CHECK: %s is not installed (package %s)", name, install)
	return ""
}

func run(path string, args ...string) (string, error) {
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// trusting makes an NSS store that trusts a CA.
func trusting(t *testing.T, ca *x509.Certificate) string {
	t.Helper()
	certutil := tool(t, "certutil", "libnss3-tools")
	dir := t.TempDir()
	if out, err := run(certutil, "-N", "-d", "sql:"+dir, "--empty-password"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	path := write(t, dir, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}))
	if out, err := run(certutil, "-A", "-d", "sql:"+dir, "-n", "CA", "-t", "CT,C,C", "-i", path); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// simplePair is a CA and a holder's certificate without critical policies: NSS,
// on which pdfsig stands, refuses those of the JPKI profile as an unknown critical
// extension, whatever it trusts. They name no OCSP responder, so that pdfsig asks
// nobody (its -no-ocsp makes it trust nothing).
func simplePair(t *testing.T) (ca, holder *x509.Certificate) {
	t.Helper()
	issue := func(template, parent *x509.Certificate, public crypto.PublicKey) *x509.Certificate {
		template.NotBefore, template.NotAfter = testpki.CAStart, testpki.Ends
		der, err := x509.CreateCertificate(rand.Reader, template, parent, public, testpki.Key(testpki.SignatureCAKey))
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Simple CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	ca = issue(root, root, testpki.Key(testpki.SignatureCAKey).Public())
	holder = issue(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Holder"},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, EmailAddresses: []string{"holder@example.test"}}, ca, testpki.Key(testpki.HolderKey).Public())
	return ca, holder
}

// pdfsig of Poppler accepts ours, trusts the CA where it was told to and not where
// it was not, and refuses a changed document.
func TestPDFSig_AcceptsOursAndRefusesTheChanged(t *testing.T) {
	pdfsigPath := tool(t, "pdfsig", "poppler-utils")
	dir := t.TempDir()
	for name, doc := range documents() {
		for _, level := range []string{pdfsig.LevelB, pdfsig.LevelLT} {
			file := signAt(t, doc, level)
			out, err := run(pdfsigPath, "-nocert", write(t, dir, strings.ReplaceAll(name, " ", "-")+level+".pdf", file))
			want := forgery.Accepts
			if level == pdfsig.LevelLT {
				want = forgery.Partial // the security store lies behind the signature
			}
			if got := forgery.PDFSigAnswer(out); err != nil || got != want {
				t.Errorf("%s %s: %s, %v\n%s", name, level, got, err, out)
			}
			changed := bytes.Clone(file)
			changed[bytes.LastIndex(changed, []byte("/M (D:20"))+8] ^= 1
			out, _ = run(pdfsigPath, "-nocert", write(t, dir, "changed.pdf", changed))
			if forgery.PDFSigAnswer(out) != forgery.Refuses {
				t.Errorf("%s %s: pdfsig accepts a changed document\n%s", name, level, out)
			}
		}
	}
	ca, cert := simplePair(t)
	file, err := pdfsig.Sign(forgery.Plain().Table(), testpki.Key(testpki.HolderKey), cert, pdfsig.SignOptions{Chain: []*x509.Certificate{ca}, Time: testpki.Now})
	path := write(t, dir, "simple.pdf", must(t, file, err))
	out, err := run(pdfsigPath, "-nssdir", "sql:"+trusting(t, ca), path)
	if err != nil || !strings.Contains(out, "Signature is Valid.") || !strings.Contains(out, "Certificate is Trusted.") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, _ := run(pdfsigPath, "-nssdir", "sql:"+trusting(t, testpki.Default().AuthCA), path); strings.Contains(out, "Certificate is Trusted.") {
		t.Errorf("trusted without the CA\n%s", out)
	}
}

// What pdfsig answers to every case is written beside it, and its misses are
// listed in testdata/pdfsig.tsv.
func TestPDFSig_AnswersAsListed(t *testing.T) {
	golden := filepath.Join("testdata", "pdfsig.tsv")
	if os.Getenv("KADO_UPDATE") == "true" {
		if err := os.WriteFile(golden, []byte(forgery.Table()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != forgery.Table() {
		t.Errorf("testdata/pdfsig.tsv is not the table of the cases (KADO_UPDATE=true writes it): %v", err)
	}
	path := tool(t, "pdfsig", "poppler-utils")
	version, _ := run(path, "-v")
	if !strings.Contains(version, "version 22.12.") {
		t.Skipf("SKIPPED CROSS-CHECK: the answers are those of pdfsig 22.12, here is another: %.40q", version)
	}
	dir := t.TempDir()
	misses := 0
	for _, c := range forgery.Cases() {
		file, err := c.File(kit())
		out, _ := run(path, "-nocert", write(t, dir, c.Name+".pdf", must(t, file, err)))
		if got := forgery.PDFSigAnswer(out); got != c.PDFSig {
			t.Errorf("%s: pdfsig answers %q, listed is %q\n%s", c.Name, got, c.PDFSig, out)
		}
		if c.Missed() {
			misses++
		}
	}
	t.Logf("pdfsig calls %d of the documents valid that have to be refused", misses)
}

func TestQPDF_ReadsOurs(t *testing.T) {
	qpdf := tool(t, "qpdf", "qpdf")
	dir := t.TempDir()
	for name, doc := range documents() {
		for _, level := range []string{pdfsig.LevelB, pdfsig.LevelLT} {
			path := write(t, dir, "signed.pdf", signAt(t, doc, level))
			if out, err := run(qpdf, "--check", path); err != nil {
				t.Errorf("%s %s: %v\n%s", name, level, err, out)
			}
		}
	}
}

// Documents as other programs write them are signed and verified.
func TestSign_DocumentsOfOtherPrograms(t *testing.T) {
	qpdf := tool(t, "qpdf", "qpdf")
	cairo := tool(t, "pdftocairo", "poppler-utils")
	dir := t.TempDir()
	in := write(t, dir, "in.pdf", forgery.Form().Table())
	plain := write(t, dir, "plain.pdf", forgery.Plain().Table())
	o := options(t)
	for _, args := range [][]string{
		{qpdf, "--linearize", in, "linear"}, {qpdf, "--linearize", "--object-streams=generate", in, "linear-packed"},
		{qpdf, "--object-streams=generate", in, "packed"}, {qpdf, "--object-streams=generate", "--compress-streams=n", in, "packed-open"},
		{qpdf, "--qdf", in, "qdf"}, {qpdf, "--qdf", "--object-streams=generate", in, "qdf-packed"},
		{qpdf, "--newline-before-endstream", "--object-streams=disable", in, "newline"}, {qpdf, "--force-version=1.4", in, "old"},
		{cairo, "-pdf", plain, "cairo"},
	} {
		name := args[len(args)-1]
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(dir, name+".pdf")
			args[len(args)-1] = out
			if text, err := run(args[0], args[1:]...); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			file, err := os.ReadFile(out)
			file = signAt(t, must(t, file, err), pdfsig.LevelB)
			wantPassed(t, pdfsig.Verify(file, o), "B-B")
			twice := signAt(t, file, pdfsig.LevelB)
			wantPassed(t, pdfsig.Verify(twice, o), "B-B", "B-B")
			if text, err := run(qpdf, "--check", write(t, dir, "check.pdf", twice)); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
		})
	}
}

// A file that qpdf wrote anew is another document, however alike it looks.
func TestVerify_WrittenAnewByQPDF(t *testing.T) {
	qpdf := tool(t, "qpdf", "qpdf")
	dir := t.TempDir()
	in := write(t, dir, "in.pdf", signAt(t, forgery.Plain().Table(), pdfsig.LevelB))
	out := filepath.Join(dir, "out.pdf")
	if text, err := run(qpdf, in, out); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	file, err := os.ReadFile(out)
	if r := pdfsig.Verify(must(t, file, err), options(t)); r.Reason != verify.NotAllSigned {
		t.Errorf("%s", checks(r))
	}
}

// The value in the hole is plain CMS that openssl verifies over both ranges.
func TestOpenSSL_VerifiesTheValue(t *testing.T) {
	openssl := testpki.OpenSSL(t)
	dir := t.TempDir()
	file := signAt(t, forgery.Plain().Table(), pdfsig.LevelT)
	hole := bytes.LastIndex(file, []byte("/Contents <")) + len("/Contents ")
	end := hole + bytes.IndexByte(file[hole:], '>') + 1
	content := append(bytes.Clone(file[:hole]), file[end:]...)
	data := write(t, dir, "content", content)
	der := make([]byte, (end-hole-2)/2)
	if _, err := hex.Decode(der, file[hole+1:end-1]); err != nil {
		t.Fatal(err)
	}
	var raw asn1.RawValue
	if _, err := asn1.Unmarshal(der, &raw); err != nil {
		t.Fatal(err)
	}
	ca := write(t, dir, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: testpki.Default().SignatureCA.Raw}))
	args := []string{"cms", "-verify", "-inform", "DER", "-binary", "-cades", "-CAfile", ca, "-purpose", "any", "-attime", "1775012400", "-in", write(t, dir, "der", raw.FullBytes), "-out", filepath.Join(dir, "out"), "-content"}
	if out, err := run(openssl, append(args, data)...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	content[100] ^= 1
	if out, err := run(openssl, append(args, write(t, dir, "changed", content))...); err == nil {
		t.Errorf("openssl accepts changed content\n%s", out)
	}
}
