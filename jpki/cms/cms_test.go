package cms_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/cms"
	"kado/jpki/internal/testpki"

	"github.com/smallstep/pkcs7"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"pgregory.net/rapid"
)

var content = []byte("転入届　令和８年４月１日\r\nsecond line")

func holder(t testing.TB) *x509.Certificate { return testpki.Default().IssueSignature(t, 500) }

func must(t testing.TB) func([]byte, error) []byte {
	return func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

func wantCause(t *testing.T, name string, err error, want cms.Cause) {
	t.Helper()
	var e *cms.Error
	if !errors.As(err, &e) || e.Cause != want {
		t.Errorf("%s: %v, want %s", name, err, want)
	}
}

func TestCRT01_SignAndVerify(t *testing.T) {
	cert := holder(t)
	key := testpki.Key(testpki.HolderKey)
	for _, at := range []time.Time{{}, testpki.Now, time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)} {
		o := cms.Options{SigningTime: at, Chain: []*x509.Certificate{testpki.Default().SignatureCA}}
		attached := must(t)(cms.Sign(key, cert, content, o))
		detached := must(t)(cms.SignDetached(key, cert, content, o))
		sum := sha256.Sum256(content)
		byDigest := must(t)(cms.SignDigest(key, cert, sum[:], o))
		if !bytes.Equal(detached, byDigest) {
			t.Error("a signature by digest differs")
		}
		s, err := cms.Verify(attached, cms.VerifyOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(s.Content, content) || !s.Certificate.Equal(cert) || len(s.Certificates) != 2 || !s.Bound || !s.SigningTime.Equal(at) || s.SigningTime.IsZero() != at.IsZero() {
			t.Errorf("%+v", s)
		}
		if _, err := testpki.Default().Pool.Verify(s.Certificate, jpki.Signature, testpki.Now); err != nil {
			t.Error(err)
		}
		if s, err = cms.VerifyDetached(detached, content, cms.VerifyOptions{}); err != nil || !s.SigningTime.Equal(at) {
			t.Errorf("detached: %v", err)
		}
	}
	empty := must(t)(cms.Sign(key, cert, nil, cms.Options{}))
	if s, err := cms.Verify(empty, cms.VerifyOptions{}); err != nil || len(s.Content) != 0 {
		t.Errorf("empty content: %v", err)
	}
}

func TestVerify_EveryCauseIsADifferentAnswer(t *testing.T) {
	cert, key := holder(t), testpki.Key(testpki.HolderKey)
	attached := must(t)(cms.Sign(key, cert, content, cms.Options{}))
	detached := must(t)(cms.SignDetached(key, cert, content, cms.Options{}))
	verify := func(der []byte) error { _, err := cms.Verify(der, cms.VerifyOptions{}); return err }
	verifyDetached := func(der, c []byte) error { _, err := cms.VerifyDetached(der, c, cms.VerifyOptions{}); return err }

	wantCause(t, "empty", verify(nil), cms.Malformed)
	wantCause(t, "octets behind", verify(append(bytes.Clone(attached), 0)), cms.Malformed)
	wantCause(t, "cut", verify(attached[:len(attached)-1]), cms.Malformed)
	wantCause(t, "huge", verify(make([]byte, cms.MaxSize+1)), cms.TooLarge)
	wantCause(t, "detached as attached", verify(detached), cms.NoContent)
	wantCause(t, "attached as detached", verifyDetached(attached, content), cms.NoContent)
	wantCause(t, "other content", verifyDetached(detached, append(bytes.Clone(content), '!')), cms.ContentChanged)
	changed := bytes.Clone(attached)
	changed[bytes.Index(changed, content)+3] ^= 1
	wantCause(t, "content changed", verify(changed), cms.ContentChanged)
	signature := bytes.Clone(attached)
	signature[len(signature)-1] ^= 1
	wantCause(t, "signature changed", verify(signature), cms.BadSignature)

	declared := bytes.Clone(detached)
	sha256OID := []byte{0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1}
	declared[bytes.Index(declared, sha256OID)+8] = 2 // SHA-384 declared, SHA-256 used
	wantCause(t, "another digest declared", verifyDetached(declared, content), cms.Malformed)

	// The message digest lies in the signed attributes: with content and digest
	// both exchanged only the signature tells.
	both := bytes.Clone(detached)
	was, is := sha256.Sum256(content), sha256.Sum256([]byte("other"))
	both = bytes.Replace(both, was[:], is[:], 1)
	wantCause(t, "digest exchanged", verifyDetached(both, []byte("other")), cms.BadSignature)

	// A certificate with the same issuer, serial number and key, but other data:
	// only the signed hash of the certificate tells.
	r := testpki.SignatureRequest(500)
	r.Personal.Address, r.Personal.AddressMap = "東京都千代田区", "0000000"
	twin := testpki.Must(t)(jpki.Issue(r, testpki.Default().Signature, testpki.Key(testpki.SignatureCAKey)))
	wantCause(t, "certificate exchanged", verifyDetached(exchange(t, detached, cert, twin), content), cms.WrongSigner)
	wantCause(t, "another person's certificate", verifyDetached(exchange(t, detached, cert, testpki.Default().IssueSignature(t, 501)), content), cms.NoCertificate)

	if _, err := cms.Sign(testpki.Key(testpki.StrangerKey), cert, content, cms.Options{}); err == nil {
		t.Error("signed with the key of somebody else")
	}
}

// exchange replaces the one certificate in a detached signature, with all lengths
// around it.
func exchange(t *testing.T, der []byte, old, other *x509.Certificate) []byte {
	t.Helper()
	i := bytes.Index(der, old.Raw)
	if i < 0 {
		t.Fatal("no certificate")
	}
	input := cryptobyte.String(der)
	var info, wrapped, sd cryptobyte.String
	var oid, version, digests, encap, certs, signers cryptobyte.String
	explicit := cbasn1.Tag(0).ContextSpecific().Constructed()
	if !input.ReadASN1(&info, cbasn1.SEQUENCE) || !info.ReadASN1Element(&oid, cbasn1.OBJECT_IDENTIFIER) ||
		!info.ReadASN1(&wrapped, explicit) || !wrapped.ReadASN1(&sd, cbasn1.SEQUENCE) || !sd.ReadASN1Element(&version, cbasn1.INTEGER) ||
		!sd.ReadASN1Element(&digests, cbasn1.SET) || !sd.ReadASN1Element(&encap, cbasn1.SEQUENCE) ||
		!sd.ReadASN1(&certs, explicit) || !sd.ReadASN1Element(&signers, cbasn1.SET) {
		t.Fatal("cannot cut the signature")
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(oid)
		b.AddASN1(explicit, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddBytes(version)
				b.AddBytes(digests)
				b.AddBytes(encap)
				b.AddASN1(explicit, func(b *cryptobyte.Builder) { b.AddBytes(other.Raw) })
				b.AddBytes(signers)
			})
		})
	})
	return b.BytesOrPanic()
}

func TestVerify_NoChangedOctetOfSignerOrContent_Rapid(t *testing.T) {
	cert, key := holder(t), testpki.Key(testpki.HolderKey)
	good := must(t)(cms.Sign(key, cert, content, cms.Options{SigningTime: testpki.Now}))
	rapid.Check(t, func(t *rapid.T) {
		der := bytes.Clone(good)
		n := rapid.IntRange(0, len(der)-1).Draw(t, "octet")
		der[n] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		s, err := cms.Verify(der, cms.VerifyOptions{})
		if err == nil && (!bytes.Equal(s.Content, content) || !s.Certificate.Equal(cert) || !s.SigningTime.Equal(testpki.Now)) {
			t.Fatalf("octet %d may be changed", n)
		}
	})
}

func TestPKCS7_AcceptsOurs(t *testing.T) {
	cert, key := holder(t), testpki.Key(testpki.HolderKey)
	p, err := pkcs7.Parse(must(t)(cms.SignDetached(key, cert, content, cms.Options{SigningTime: testpki.Now})))
	if err != nil {
		t.Fatal(err)
	}
	p.Content = content
	if err := p.Verify(); err != nil {
		t.Error(err)
	}
	p.Content = append(bytes.Clone(content), 0)
	if p.Verify() == nil {
		t.Error("pkcs7 accepts changed content")
	}
	// And theirs, which is not bound to its certificate.
	sd, err := pkcs7.NewSignedData(content)
	if err != nil {
		t.Fatal(err)
	}
	sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := sd.AddSigner(cert, key, pkcs7.SignerInfoConfig{}); err != nil {
		t.Fatal(err)
	}
	theirs := must(t)(sd.Finish())
	_, err = cms.Verify(theirs, cms.VerifyOptions{})
	wantCause(t, "unbound", err, cms.Unbound)
	if s, err := cms.Verify(theirs, cms.VerifyOptions{AllowUnbound: true}); err != nil || s.Bound || !bytes.Equal(s.Content, content) {
		t.Errorf("theirs: %v", err)
	}
}

func TestOpenSSL_VerifiesOursAndWeTheirs(t *testing.T) {
	openssl := testpki.OpenSSL(t)
	cert, key := holder(t), testpki.Key(testpki.HolderKey)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	run := func(args ...string) (string, error) {
		out, err := exec.Command(openssl, args...).CombinedOutput()
		return string(out), err
	}
	ca := write("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: testpki.Default().SignatureCA.Raw}))
	data := write("content", content)
	changed := write("changed", append(bytes.Clone(content), '!'))
	// smimesign demands emailProtection only where the certificate has extended
	// usages; "any" leaves the purpose to the JPKI policy.
	common := []string{"-inform", "DER", "-binary", "-CAfile", ca, "-purpose", "any", "-attime", "1775012400", "-cades"}

	detached := write("detached.p7s", must(t)(cms.SignDetached(key, cert, content, cms.Options{SigningTime: testpki.Now})))
	verify := func(in, content string) (string, error) {
		return run(append([]string{"cms", "-verify", "-in", in, "-content", content, "-out", filepath.Join(dir, "out")}, common...)...)
	}
	if out, err := verify(detached, data); err != nil {
		t.Errorf("detached: %v\n%s", err, out)
	}
	if out, err := verify(detached, changed); err == nil {
		t.Errorf("openssl accepts changed content:\n%s", out)
	}
	attached := must(t)(cms.Sign(key, cert, content, cms.Options{}))
	path := write("attached.p7m", attached)
	if out, err := run(append([]string{"cms", "-verify", "-in", path, "-out", filepath.Join(dir, "out")}, common...)...); err != nil {
		t.Errorf("attached: %v\n%s", err, out)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "out")); !bytes.Equal(got, content) {
		t.Errorf("openssl reads %q", got)
	}
	attached[len(attached)-1] ^= 1
	path = write("attached.p7m", attached)
	if out, err := run(append([]string{"cms", "-verify", "-in", path, "-out", filepath.Join(dir, "out")}, common...)...); err == nil {
		t.Errorf("openssl accepts a changed signature:\n%s", out)
	}
	if out, err := run("cms", "-cmsout", "-print", "-inform", "DER", "-in", detached); err != nil || !strings.Contains(out, "signingTime") || !strings.Contains(out, "signing-certificate-v2") && !strings.Contains(out, "signingCertificateV2") {
		t.Errorf("%v\n%s", err, out)
	}

	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	keyPath := write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	certPath := write("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	for _, digest := range []string{"sha256", "sha384", "sha512"} {
		out, err := run("cms", "-sign", "-cades", "-binary", "-nodetach", "-md", digest, "-in", data, "-signer", certPath, "-inkey", keyPath, "-outform", "DER", "-out", filepath.Join(dir, "theirs"))
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		theirs, _ := os.ReadFile(filepath.Join(dir, "theirs"))
		if s, err := cms.Verify(theirs, cms.VerifyOptions{}); err != nil || !s.Bound || !bytes.Equal(s.Content, content) || s.SigningTime.IsZero() {
			t.Errorf("openssl's signature with %s: %v", digest, err)
		}
	}
	out, err := run("cms", "-sign", "-binary", "-nodetach", "-md", "sha1", "-in", data, "-signer", certPath, "-inkey", keyPath, "-outform", "DER", "-out", filepath.Join(dir, "theirs"))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	theirs, _ := os.ReadFile(filepath.Join(dir, "theirs"))
	_, err = cms.Verify(theirs, cms.VerifyOptions{AllowUnbound: true})
	wantCause(t, "SHA-1", err, cms.Weak)
}

func FuzzVerify(f *testing.F) {
	cert, key := holder(f), testpki.Key(testpki.HolderKey)
	f.Add(must(f)(cms.Sign(key, cert, content, cms.Options{SigningTime: testpki.Now})))
	f.Add(must(f)(cms.SignDetached(key, cert, content, cms.Options{})))
	f.Fuzz(func(t *testing.T, der []byte) {
		for _, o := range []cms.VerifyOptions{{}, {AllowUnbound: true}} {
			if s, err := cms.Verify(der, o); err == nil && s.Certificate.Equal(cert) && !bytes.Equal(s.Content, content) {
				t.Fatal("a forged signature was accepted")
			}
			if s, err := cms.VerifyDetached(der, []byte("never signed"), o); err == nil && s.Certificate.Equal(cert) {
				t.Fatal("a forged signature was accepted")
			}
		}
	})
}

func BenchmarkSignDetached(b *testing.B) {
	cert, key := holder(b), testpki.Key(testpki.HolderKey)
	for b.Loop() {
		must(b)(cms.SignDetached(key, cert, content, cms.Options{SigningTime: testpki.Now}))
	}
}

func BenchmarkVerifyDetached(b *testing.B) {
	cert, key := holder(b), testpki.Key(testpki.HolderKey)
	der := must(b)(cms.SignDetached(key, cert, content, cms.Options{SigningTime: testpki.Now}))
	for b.Loop() {
		if _, err := cms.VerifyDetached(der, content, cms.VerifyOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
