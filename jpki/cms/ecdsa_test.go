package cms_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"kado/jpki"
	"kado/jpki/cms"
	"kado/jpki/internal/testpki"
)

func TestECDSA_SignAndVerify(t *testing.T) {
	g := testpki.BothGenerations()
	cert, key := g.IssueNextSignature(t, 801), testpki.NextKey(testpki.HolderKey)
	if h, err := cms.Hash(cert); err != nil || h != crypto.SHA384 {
		t.Fatal(h, err)
	}
	der := must(t)(cms.SignDetached(key, cert, content, cms.Options{SigningTime: testpki.NextNow}))
	s, err := cms.VerifyDetached(der, content, cms.VerifyOptions{})
	if err != nil || !s.Bound {
		t.Fatalf("%+v %v", s, err)
	}
	if _, err := g.Both.Verify(s.Certificate, jpki.Signature, testpki.NextNow); err != nil {
		t.Error(err)
	}
	byDigest := must(t)(cms.SignDigest(key, cert, jpki.ECDSAP384SHA384.Digest(content), cms.Options{}))
	if _, err := cms.VerifyDetached(byDigest, content, cms.VerifyOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := cms.SignDigest(key, cert, jpki.RSA2048SHA256.Digest(content), cms.Options{}); err == nil {
		t.Error("a SHA-256 digest is signed with P-384")
	}
	if _, err := cms.VerifyDetached(der, append(bytes.Clone(content), 0), cms.VerifyOptions{}); err == nil {
		t.Error("changed content passes")
	} else {
		wantCause(t, "content", err, cms.ContentChanged)
	}
	for i := len(der) - 90; i < len(der); i += 7 { // in the signature value
		changed := bytes.Clone(der)
		changed[i] ^= 1
		if _, err := cms.VerifyDetached(changed, content, cms.VerifyOptions{}); err == nil {
			t.Errorf("octet %d may be changed", i)
		}
	}
	// ECDSA has no parameters: NULL behind the identifier is another spelling.
	id := []byte{0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03}
	if bytes.LastIndex(der, id) < 0 {
		t.Fatal("ecdsa-with-SHA384 without parameters is not there")
	}
	// RSA with the P-384 certificate: the algorithm is not the key's.
	wrong := bytes.Clone(der)
	wrong[bytes.LastIndex(wrong, id)+11] = 2 // ecdsa-with-SHA256
	_, err = cms.VerifyDetached(wrong, content, cms.VerifyOptions{})
	wantCause(t, "algorithm", err, cms.Unsupported)
	if _, err := cms.SignDetached(testpki.NextKey(testpki.StrangerKey), cert, content, cms.Options{}); err == nil {
		t.Error("a stranger signs")
	}
	if _, err := cms.SignDetached(testpki.NextKey(testpki.ResponderKey), g.IssueNextResponder(t, 802), content, cms.Options{}); err == nil {
		t.Error("a P-256 key signs")
	}
}

func TestOpenSSL_ECDSABothWays(t *testing.T) {
	openssl := testpki.OpenSSL(t)
	g := testpki.BothGenerations()
	cert, key := g.IssueNextSignature(t, 811), testpki.NextKey(testpki.HolderKey)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	run := func(args ...string) ([]byte, error) { return exec.Command(openssl, args...).CombinedOutput() }
	pemOf := func(c *x509.Certificate) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	ca, data := write("ca", pemOf(g.NextSignatureCA)), write("content", content)
	verify := func(in, content string) ([]byte, error) {
		return run("cms", "-verify", "-in", in, "-content", content, "-inform", "DER", "-binary", "-CAfile", ca, "-purpose", "any",
			"-attime", big.NewInt(testpki.NextNow.Unix()).String(), "-cades", "-out", filepath.Join(dir, "out"))
	}
	ours := write("ours", must(t)(cms.SignDetached(key, cert, content, cms.Options{SigningTime: testpki.NextNow})))
	if out, err := verify(ours, data); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := verify(ours, write("changed", append(bytes.Clone(content), '!'))); err == nil {
		t.Errorf("openssl accepts changed content\n%s", out)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	theirs := filepath.Join(dir, "theirs")
	if out, err := run("cms", "-sign", "-in", data, "-signer", write("cert", pemOf(cert)), "-inkey", write("key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"-md", "sha384", "-binary", "-cades", "-outform", "DER", "-out", theirs); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	signed, err := os.ReadFile(theirs)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cms.VerifyDetached(signed, content, cms.VerifyOptions{}); err != nil {
		t.Error(err)
	}
}
