package jpki_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha512"
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
)

func TestAlgorithm_OneSpelling(t *testing.T) {
	for _, a := range []jpki.Algorithm{jpki.RSA2048SHA256, jpki.ECDSAP384SHA384, jpki.ECDSAP256SHA256} {
		if got, err := jpki.ParseAlgorithm(a.String()); err != nil || got != a || !a.Valid() {
			t.Errorf("%s: %v %v", a, got, err)
		}
	}
	for _, s := range []string{"", "RSA-2048-SHA256", "ecdsa-p384", "algorithm(9)"} {
		if _, err := jpki.ParseAlgorithm(s); err == nil {
			t.Errorf("%q is read", s)
		}
	}
	if a := jpki.Algorithm(9); a.Valid() || a.Hash() != 0 || a.Signature() != x509.UnknownSignatureAlgorithm {
		t.Error("an unknown algorithm passes for one")
	}
	if jpki.ECDSAP256SHA256.ForAuthority() || !jpki.ECDSAP384SHA384.ForAuthority() {
		t.Error("wrong algorithms for a CA")
	}
}

func TestAlgorithmOf_Edges(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := testpki.NextKey(testpki.HolderKey)
	off := good.PublicKey
	//lint:ignore SA1019 a key that no constructor would give
	off.Y = new(big.Int).Add(good.Y, big.NewInt(1))
	e3 := testpki.Key(testpki.HolderKey).PublicKey
	e3.E = 3
	for name, key := range map[string]crypto.PublicKey{"nil": nil, "RSA-1024": &weak.PublicKey, "P-521": &p521.PublicKey, "off the curve": &off,
		"e = 3": &e3, "nil RSA": (*rsa.PublicKey)(nil), "nil ECDSA": (*ecdsa.PublicKey)(nil), "empty": &ecdsa.PublicKey{}, "text": "key"} {
		if a, err := jpki.AlgorithmOf(key); err == nil {
			t.Errorf("%s is %s", name, a)
		}
		if jpki.KeyID(key) != nil {
			t.Errorf("%s has a key identifier", name)
		}
	}
	raw, err := good.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(raw)
	if len(raw) != 97 || !bytes.Equal(jpki.KeyID(&good.PublicKey), sum[:]) {
		t.Error("the key identifier is not the SHA-1 of the uncompressed point")
	}
}

func TestVerifyDigest_TheOneFormOfEachKey(t *testing.T) {
	data := []byte("data")
	for _, key := range []crypto.Signer{testpki.Key(testpki.HolderKey), testpki.NextKey(testpki.HolderKey), testpki.NextKey(testpki.ResponderKey)} {
		a, err := jpki.AlgorithmOf(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		digest := a.Digest(data)
		sig, err := key.Sign(rand.Reader, digest, a.Hash())
		if err != nil {
			t.Fatal(err)
		}
		if err := jpki.VerifyDigest(key.Public(), digest, sig); err != nil {
			t.Errorf("%s: %v", a, err)
		}
		changed := bytes.Clone(sig)
		changed[len(changed)-1] ^= 1
		for name, s := range map[string][]byte{"changed": changed, "cut": sig[:len(sig)-1], "longer": append(bytes.Clone(sig), 0), "empty": nil} {
			if err := jpki.VerifyDigest(key.Public(), digest, s); !errors.Is(err, jpki.ErrSignature) {
				t.Errorf("%s, %s: %v", a, name, err)
			}
		}
		if err := jpki.VerifyDigest(key.Public(), digest[:len(digest)-1], sig); !errors.Is(err, jpki.ErrDigest) {
			t.Errorf("%s, short digest: %v", a, err)
		}
	}
	if err := jpki.VerifyDigest("key", make([]byte, 32), nil); err == nil {
		t.Error("no key verifies")
	}
}

// Shows: CRT-12, R-16: generations of both algorithms validate side by side under
// one name.
func TestR16_BothAlgorithmsAliveAtOnce(t *testing.T) {
	g := testpki.BothGenerations()
	if !bytes.Equal(g.NextSignatureCA.RawSubject, g.SignatureCA.RawSubject) {
		t.Fatal("the generations have different names")
	}
	for name, c := range map[string]struct {
		cert      *x509.Certificate
		kind      jpki.Kind
		algorithm jpki.Algorithm
		ca        *x509.Certificate
	}{
		"RSA signature":        {g.IssueSignature(t, 701), jpki.Signature, jpki.RSA2048SHA256, g.SignatureCA},
		"P-384 signature":      {g.IssueNextSignature(t, 702), jpki.Signature, jpki.ECDSAP384SHA384, g.NextSignatureCA},
		"RSA authentication":   {g.IssueAuthentication(t, 703), jpki.Authentication, jpki.RSA2048SHA256, g.AuthCA},
		"P-384 authentication": {g.IssueNextAuthentication(t, 704), jpki.Authentication, jpki.ECDSAP384SHA384, g.NextAuthCA},
	} {
		chain, err := g.Both.Verify(c.cert, c.kind, testpki.NextNow)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if chain.Algorithm != c.algorithm || !chain.Authority.Equal(c.ca) {
			t.Errorf("%s: %+v", name, chain)
		}
	}
	// What knows the old generations alone refuses the new one, and says so.
	if _, err := g.Pool.Verify(g.IssueNextSignature(t, 705), jpki.Signature, testpki.NextNow); !errors.Is(err, &jpki.VerifyError{Cause: jpki.WrongAuthority}) {
		t.Error(err)
	}
	c := g.IssueNextSignature(t, 706)
	want := []byte{0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03}
	if n := bytes.Count(c.Raw, want); n != 2 || bytes.Contains(c.Raw, append([]byte{0x30, 0x0C}, want[2:]...)) {
		t.Errorf("ecdsa-with-SHA384 without parameters stands %d times", n)
	}
}

// TestPool_AnAlgorithmBelongsToItsGeneration plants each way of mixing them.
func TestPool_AnAlgorithmBelongsToItsGeneration(t *testing.T) {
	g := testpki.BothGenerations()
	rsaCert, ecCert := g.IssueSignature(t, 711), g.IssueNextSignature(t, 712)
	// The RSA CA certifies a P-384 key, the P-384 CA an RSA key: right signatures
	// by right CAs, and yet no certificates of theirs.
	mixed := func(like *x509.Certificate, ca *x509.Certificate, key crypto.Signer, public crypto.PublicKey, a x509.SignatureAlgorithm) *x509.Certificate {
		tpl := *like
		tpl.SignatureAlgorithm, tpl.PublicKey = a, nil
		tpl.ExtraExtensions = nil
		for _, e := range like.Extensions {
			if e.Id.String() == "2.5.29.35" {
				e.Value = append([]byte{0x30, 22, 0x80, 20}, ca.SubjectKeyId...)
			}
			tpl.ExtraExtensions = append(tpl.ExtraExtensions, e)
		}
		der, err := x509.CreateCertificate(rand.Reader, &tpl, &x509.Certificate{RawSubject: ca.RawSubject}, public, key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := jpki.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ecKey, rsaKey := &testpki.NextKey(testpki.HolderKey).PublicKey, &testpki.Key(testpki.HolderKey).PublicKey
	for name, c := range map[string]*x509.Certificate{
		"P-384 key by the RSA CA":   mixed(rsaCert, g.SignatureCA, testpki.Key(testpki.SignatureCAKey), ecKey, x509.SHA256WithRSA),
		"RSA key by the P-384 CA":   mixed(ecCert, g.NextSignatureCA, testpki.NextKey(testpki.SignatureCAKey), rsaKey, x509.ECDSAWithSHA384),
		"P-256 key by the P-384 CA": mixed(ecCert, g.NextSignatureCA, testpki.NextKey(testpki.SignatureCAKey), &testpki.NextKey(testpki.ResponderKey).PublicKey, x509.ECDSAWithSHA384),
		"says RSA CA, signed by a P-384 key": mixed(ecCert, g.SignatureCA, testpki.NextKey(testpki.SignatureCAKey), ecKey,
			x509.ECDSAWithSHA384),
		"says P-384 CA, signed by an RSA key": mixed(rsaCert, g.NextSignatureCA, testpki.Key(testpki.SignatureCAKey), rsaKey, x509.SHA256WithRSA),
	} {
		_, err := g.Both.Verify(c, jpki.Signature, testpki.NextNow)
		if !errors.Is(err, &jpki.VerifyError{Cause: jpki.WrongAlgorithm}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// ECDSA with another digest is nobody's algorithm.
	odd := mixed(ecCert, g.NextSignatureCA, testpki.NextKey(testpki.SignatureCAKey), ecKey, x509.ECDSAWithSHA256)
	if _, err := g.Both.Verify(odd, jpki.Signature, testpki.NextNow); !errors.Is(err, &jpki.VerifyError{Cause: jpki.Malformed}) {
		t.Error(err)
	}
	forged := mixed(ecCert, g.NextSignatureCA, testpki.NextKey(testpki.StrangerKey), ecKey, x509.ECDSAWithSHA384)
	if _, err := g.Both.Verify(forged, jpki.Signature, testpki.NextNow); !errors.Is(err, &jpki.VerifyError{Cause: jpki.BadSignature}) {
		t.Error(err)
	}
}

func TestPrepare_CertifiesKeysOfItsAlgorithmAlone(t *testing.T) {
	g := testpki.BothGenerations()
	r := testpki.SignatureRequest(721)
	r.NotBefore, r.CommonName = testpki.NextIssued, jpki.SignatureCommonName(testpki.NextIssued, testpki.Place.Code, "003A")
	if _, err := jpki.Prepare(r, g.NextSignature); err == nil {
		t.Error("the P-384 generation prepares for an RSA key")
	}
	r.PublicKey = &testpki.NextKey(testpki.HolderKey).PublicKey
	if _, err := jpki.Prepare(r, g.Signature); err == nil {
		t.Error("the RSA generation prepares for a P-384 key")
	}
	p, err := jpki.Prepare(r, g.NextSignature)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Lint(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Issue(testpki.Key(testpki.SignatureCAKey)); !errors.Is(err, jpki.ErrWrongSigner) {
		t.Error(err)
	}
	if _, err := p.Issue(testpki.NextKey(testpki.SignatureCAKey)); err != nil {
		t.Error(err)
	}
	// A CA on P-256 is none.
	if _, err := jpki.NewCACertificate(g.Settings, jpki.AuthorityRequest{Kind: jpki.Signature, Serial: big.NewInt(1), NotBefore: testpki.NextStart},
		testpki.NextKey(testpki.ResponderKey)); err == nil {
		t.Error("a CA has a P-256 key")
	}
	s := jpki.DefaultSettings()
	s.Algorithm = jpki.ECDSAP256SHA256
	if s.Validate() == nil {
		t.Error("the settings take P-256 for CAs")
	}
}

func nextCRL(t *testing.T, g *testpki.Generations, entries ...jpki.RevokedEntry) []byte {
	t.Helper()
	der, err := jpki.CreateCRL(g.NextSignature, jpki.CRLRequest{Number: big.NewInt(7), ThisUpdate: testpki.NextNow.Add(-time.Hour),
		NextUpdate: testpki.NextNow.Add(23 * time.Hour), Entries: entries}, testpki.NextKey(testpki.SignatureCAKey))
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestCRL_OfAP384Generation(t *testing.T) {
	g := testpki.BothGenerations()
	good, ended := g.IssueNextSignature(t, 731), g.IssueNextSignature(t, 732)
	crl, err := jpki.ParseCRL(nextCRL(t, g, jpki.RevokedEntry{Serial: ended.SerialNumber, At: testpki.NextNow.Add(-2 * time.Hour), Reason: jpki.Superseded}))
	if err != nil {
		t.Fatal(err)
	}
	if err := crl.Check(good, g.NextSignatureCA, testpki.NextNow); err != nil {
		t.Error(err)
	}
	if err := crl.Check(ended, g.NextSignatureCA, testpki.NextNow); !errors.Is(err, &jpki.StatusError{Status: jpki.Revoked}) {
		t.Error(err)
	}
	if err := crl.CheckSignature(g.SignatureCA); err == nil {
		t.Error("the list passes for the RSA generation's")
	}
}

// Shows: CRT-56: openssl judges chain and list of a P-384 generation as we do, and
// an RSA leaf beside it.
func TestOpenSSL_P384ChainAndCRL(t *testing.T) {
	openssl := testpki.OpenSSL(t)
	g := testpki.BothGenerations()
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
	good, ended := g.IssueNextSignature(t, 741), g.IssueNextSignature(t, 742)
	ca := write("ca", "CERTIFICATE", g.SignatureCA.Raw, g.NextSignatureCA.Raw)
	crl := write("crl", "X509 CRL", nextCRL(t, g, jpki.RevokedEntry{Serial: ended.SerialNumber, At: testpki.NextNow.Add(-2 * time.Hour), Reason: jpki.KeyCompromise}))
	at := big.NewInt(testpki.NextNow.Unix()).String()
	verify := func(cert string, more ...string) (string, error) {
		out, err := exec.Command(openssl, append(append([]string{"verify", "-attime", at, "-CAfile", ca}, more...), cert)...).CombinedOutput()
		return string(out), err
	}
	if out, err := verify(write("good", "CERTIFICATE", good.Raw), "-crl_check", "-CRLfile", crl, "-x509_strict"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := verify(write("ended", "CERTIFICATE", ended.Raw), "-crl_check", "-CRLfile", crl); err == nil || !strings.Contains(out, "revoked") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := verify(write("old", "CERTIFICATE", g.IssueSignature(t, 743).Raw)); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	changed := bytes.Clone(good.Raw)
	changed[len(changed)-3] ^= 1
	if out, err := verify(write("changed", "CERTIFICATE", changed)); err == nil {
		t.Errorf("openssl accepts a changed signature\n%s", out)
	}
	out, err := exec.Command(openssl, "x509", "-in", filepath.Join(dir, "good"), "-noout", "-text").CombinedOutput()
	for _, want := range []string{"ecdsa-with-SHA384", "id-ecPublicKey", "ASN1 OID: secp384r1", "Digital Signature, Non Repudiation"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%v: %q is missing in\n%s", err, want, out)
		}
	}
}

// BenchmarkAlgorithm measures issuing with both algorithms; "raw" is the CA's
// signature alone.
func BenchmarkAlgorithm(b *testing.B) {
	g := testpki.BothGenerations()
	sum := sha512.Sum384([]byte("tbs"))
	b.Run("ecdsa-p384/raw", func(b *testing.B) {
		for b.Loop() {
			if _, err := ecdsa.SignASN1(rand.Reader, testpki.NextKey(testpki.SignatureCAKey), sum[:]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ecdsa-p384/issue", func(b *testing.B) {
		for b.Loop() {
			g.IssueNextSignature(b, 751)
		}
	})
	cert := g.IssueNextSignature(b, 752)
	b.Run("ecdsa-p384/verify", func(b *testing.B) {
		for b.Loop() {
			if _, err := g.Both.Verify(cert, jpki.Signature, testpki.NextNow); err != nil {
				b.Fatal(err)
			}
		}
	})
}
