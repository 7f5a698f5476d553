package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/cms"
	"kado/jpki/internal/testpki"
	"kado/jpki/tsa"
	"kado/jpki/verify"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"pgregory.net/rapid"
)

var content = []byte("転入届　令和８年")

// stampKey is the key of the tests' time-stamp authority.
var stampKey = sync.OnceValues(func() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) })

var stampCert = sync.OnceValues(func() (*x509.Certificate, error) {
	key, err := stampKey()
	if err != nil {
		return nil, err
	}
	return tsa.NewCertificate("Test TSA", key, testpki.CAStart, testpki.CAStart.AddDate(20, 0, 0))
})

func stamper(t testing.TB, at time.Time) func(context.Context, []byte) ([]byte, error) {
	t.Helper()
	cert, key := must[*x509.Certificate](t)(stampCert()), must[*ecdsa.PrivateKey](t)(stampKey())
	a := must[*tsa.Authority](t)(tsa.New(cert, key, tsa.DefaultPolicy, func() time.Time { return at }))
	return func(_ context.Context, digest []byte) ([]byte, error) {
		return a.Stamp(tsa.Imprint{Hash: crypto.SHA256, Digest: digest})
	}
}

func stampTrust(t testing.TB) verify.Trust {
	out := trust()
	out.TSA = []*x509.Certificate{must[*x509.Certificate](t)(stampCert())}
	return out
}

func sign(t testing.TB, o cms.Options) []byte {
	t.Helper()
	return must[[]byte](t)(cms.SignDetached(testpki.Key(testpki.HolderKey), holder(t), content, o))
}

func options(t testing.TB, m ...verify.Material) verify.Options {
	return verify.Options{Trust: stampTrust(t), Kind: jpki.Signature, At: now, Material: m}
}

func want(t *testing.T, name string, r *verify.Report, reason verify.Reason, level string) {
	t.Helper()
	if r.Reason != reason || r.Verdict != reason.Verdict() {
		t.Errorf("%s: %s %q (%s), want %q", name, r.Verdict, r.Reason, r.Detail, reason)
	}
	if level != "" && (len(r.Signatures) != 1 || r.Signatures[0].Level != level) {
		t.Errorf("%s: level %+v, want %s", name, r.Signatures, level)
	}
}

// Shows: CRT-01, CRT-56
func TestCMS_Levels(t *testing.T) {
	good := crl(t, now.Add(-time.Hour))
	bb := sign(t, cms.Options{SigningTime: now})
	want(t, "B-B", verify.CMS(bb, content, options(t, good)), verify.NoReason, "B-B")
	attached := must[[]byte](t)(cms.Sign(testpki.Key(testpki.HolderKey), holder(t), content, cms.Options{}))
	want(t, "attached", verify.CMS(attached, nil, options(t, good)), verify.NoReason, "B-B")
	want(t, "attached, same content", verify.CMS(attached, content, options(t, good)), verify.NoReason, "B-B")

	stampedAt := now.Add(-30 * 24 * time.Hour)
	bt := sign(t, cms.Options{SigningTime: stampedAt, TSA: stamper(t, stampedAt)})
	r := verify.CMS(bt, content, options(t, good))
	want(t, "B-T", r, verify.NoReason, "B-T")
	if s := r.Signatures[0]; !s.Stamped.Equal(stampedAt) || !s.CheckedAt.Equal(stampedAt) {
		t.Errorf("stamped %s, judged for %s", s.Stamped, s.CheckedAt)
	}
	for name, revocation := range map[string]func(context.Context) ([][]byte, [][]byte, error){
		"list": func(context.Context) ([][]byte, [][]byte, error) {
			return [][]byte{crl(t, stampedAt.Add(time.Minute)).CRL}, nil, nil
		},
		"answer": func(context.Context) ([][]byte, [][]byte, error) {
			return nil, [][]byte{answer(t, stampedAt.Add(time.Minute), nil).OCSP}, nil
		},
		"both": func(context.Context) ([][]byte, [][]byte, error) {
			return [][]byte{crl(t, stampedAt.Add(time.Minute)).CRL}, [][]byte{answer(t, stampedAt.Add(time.Minute), nil).OCSP}, nil
		},
	} {
		lt := sign(t, cms.Options{TSA: stamper(t, stampedAt), Revocation: revocation, Chain: []*x509.Certificate{testpki.Default().SignatureCA}})
		r := verify.CMS(lt, content, options(t))
		want(t, "B-LT with "+name, r, verify.NoReason, "B-LT")
		// Long after the certificate's end, nothing else given.
		o := options(t)
		o.At = testpki.Ends.AddDate(2, 0, 0)
		want(t, "B-LT later with "+name, verify.CMS(lt, content, o), verify.NoReason, "B-LT")
		// Revoked after the stamp, says a list of today: no harm.
		want(t, "revoked since", verify.CMS(lt, content, options(t, crl(t, now, entry(jpki.KeyCompromise, stampedAt.Add(time.Second))))), verify.NoReason, "B-LT")
		want(t, "revoked before", verify.CMS(lt, content, options(t, crl(t, now, entry(jpki.KeyCompromise, stampedAt.Add(-time.Second))))), verify.CertRevoked, "")
		// The authority is not trusted: the stamp proves nothing.
		o = options(t)
		o.Trust.TSA = nil
		o.At = testpki.Ends.AddDate(2, 0, 0)
		want(t, "B-LT without a trusted authority", verify.CMS(lt, content, o), verify.CertExpired, "")
	}
}

// TestCMS_EachReason: one spoiled thing a row.
func TestCMS_EachReason(t *testing.T) {
	good := crl(t, now.Add(-time.Hour))
	bb := sign(t, cms.Options{SigningTime: now})
	attached := must[[]byte](t)(cms.Sign(testpki.Key(testpki.HolderKey), holder(t), content, cms.Options{}))
	flip := func(der []byte, n int) []byte { out := bytes.Clone(der); out[n] ^= 1; return out }
	bt := sign(t, cms.Options{TSA: stamper(t, now.Add(-time.Minute))})
	over := func(over []byte) func(context.Context, []byte) ([]byte, error) {
		return func(ctx context.Context, _ []byte) ([]byte, error) {
			sum := sha256.Sum256(over)
			return stamper(t, now.Add(-time.Minute))(ctx, sum[:])
		}
	}
	otherKey := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	otherTSA := options(t, good)
	otherTSA.Trust.TSA = []*x509.Certificate{must[*x509.Certificate](t)(tsa.NewCertificate("Test TSA", otherKey, testpki.CAStart, now.AddDate(1, 0, 0)))}
	unbound := options(t, good)
	unbound.AllowUnbound = true
	for _, c := range []struct {
		name    string
		der     []byte
		content []byte
		o       verify.Options
		want    verify.Reason
	}{
		{"empty", nil, content, options(t, good), verify.Malformed},
		{"cut", bb[:len(bb)-1], content, options(t, good), verify.Malformed},
		{"octet behind", append(bytes.Clone(bb), 0), content, options(t, good), verify.Malformed},
		{"BER", append([]byte{0x30, 0x80}, bb[4:]...), content, options(t, good), verify.Malformed},
		{"huge", make([]byte, cms.MaxSize+1), content, options(t, good), verify.TooLarge},
		{"nobody signed", nobody(t, bb), content, options(t, good), verify.NoSignature},
		{"no content", bb, nil, options(t, good), verify.ContentMissing},
		{"other content", bb, []byte("x"), options(t, good), verify.ContentChanged},
		{"empty content", bb, []byte{}, options(t, good), verify.ContentChanged},
		{"other content beside attached", attached, []byte("x"), options(t, good), verify.ContentChanged},
		{"signature", flip(bb, len(bb)-1), content, options(t, good), verify.BadSignature},
		{"digest and content exchanged", bytes.Replace(bb, digestOf(content), digestOf([]byte("x")), 1), []byte("x"), options(t, good), verify.BadSignature},
		{"SHA-1 named", sha1Named(bb), content, options(t, good), verify.WeakAlgorithm},
		{"certificate left out", without(t, bb), content, options(t, good), verify.NoSigner},
		{"stamp over something else", sign(t, cms.Options{TSA: over(content)}), content, options(t, good), verify.BadTimeStamp},
		{"stamp by another authority", bt, content, otherTSA, verify.BadTimeStamp},
		{"stamp of the future", sign(t, cms.Options{TSA: stamper(t, now.Add(time.Minute))}), content, options(t, good), verify.BadTimeStamp},
		{"stamp over something else, nobody trusted", sign(t, cms.Options{TSA: over(content)}), content, verify.Options{Trust: trust(), At: now, Material: []verify.Material{good}}, verify.BadTimeStamp},
		{"not bound", plain(t), content, options(t, good), verify.NotBound},
		{"not bound, permitted", plain(t), content, unbound, verify.NoReason},
		{"another's certificate", signedAs(t), content, options(t, good), verify.WrongSigner},
		{"no trust", bb, content, verify.Options{At: now, Material: []verify.Material{good}}, verify.NoTrust},
	} {
		want(t, c.name, verify.CMS(c.der, c.content, c.o), c.want, "")
	}
	// Content of a type that is not data: a time-stamp is no document.
	token := must[[]byte](t)(stamper(t, now)(context.Background(), digestOf(content)))
	want(t, "a token", verify.CMS(token, nil, options(t, good)), verify.Unsupported, "")
	want(t, "attached where detached is demanded", verify.Detached(attached, func(h crypto.Hash) []byte { return digestOf(content) }, options(t, good), nil), verify.AmbiguousContent, "")
	want(t, "detached by digest", verify.Detached(bb, func(h crypto.Hash) []byte { return digestOf(content) }, options(t), []verify.Material{good}), verify.NoReason, "B-B")
}

func digestOf(b []byte) []byte { sum := sha256.Sum256(b); return sum[:] }

func sha1Named(der []byte) []byte {
	sha256OID := []byte{0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0}
	// SHA-224, which has an identifier of the same length and is as little taken.
	return bytes.ReplaceAll(der, sha256OID, append(bytes.Clone(sha256OID[:12]), 4, 5, 0))
}

// fields are the elements of a SignedData.
type fields struct{ version, digests, encap, certs, signers cryptobyte.String }

var tag0 = cbasn1.Tag(0).ContextSpecific().Constructed()

func cut(t testing.TB, der []byte) fields {
	t.Helper()
	var f fields
	input := cryptobyte.String(der)
	var info, wrapped, sd cryptobyte.String
	if !input.ReadASN1(&info, cbasn1.SEQUENCE) || !info.SkipASN1(cbasn1.OBJECT_IDENTIFIER) || !info.ReadASN1(&wrapped, tag0) || !wrapped.ReadASN1(&sd, cbasn1.SEQUENCE) ||
		!sd.ReadASN1Element(&f.version, cbasn1.INTEGER) || !sd.ReadASN1Element(&f.digests, cbasn1.SET) || !sd.ReadASN1Element(&f.encap, cbasn1.SEQUENCE) ||
		!sd.ReadASN1(&f.certs, tag0) || !sd.ReadASN1(&f.signers, cbasn1.SET) {
		t.Fatal("cannot cut")
	}
	return f
}

func (f fields) join() []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2})
		b.AddASN1(tag0, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddBytes(f.version)
				b.AddBytes(f.digests)
				b.AddBytes(f.encap)
				if f.certs != nil {
					b.AddASN1(tag0, func(b *cryptobyte.Builder) { b.AddBytes(f.certs) })
				}
				b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(f.signers) })
			})
		})
	})
	return b.BytesOrPanic()
}

func nobody(t testing.TB, der []byte) []byte {
	f := cut(t, der)
	f.signers = nil
	return f.join()
}

func without(t testing.TB, der []byte) []byte {
	f := cut(t, der)
	f.certs = nil
	return f.join()
}

// signedAs is the holder's signature with a certificate of the same issuer, number
// and key, but other data, in place of the signed one.
func signedAs(t testing.TB) []byte {
	r := testpki.SignatureRequest(holderSerial)
	r.Personal.Address, r.Personal.AddressMap = "東京都千代田区", "0000000"
	twin := testpki.Must(t)(jpki.Issue(r, testpki.Default().Signature, testpki.Key(testpki.SignatureCAKey)))
	f := cut(t, sign(t, cms.Options{}))
	f.certs = twin.Raw
	return f.join()
}

// plain is a signature without signing-certificate-v2, made by hand.
func plain(t testing.TB) []byte {
	t.Helper()
	attribute := func(oid asn1.ObjectIdentifier, value func(*cryptobyte.Builder)) []byte {
		var b cryptobyte.Builder
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oid)
			b.AddASN1(cbasn1.SET, value)
		})
		return b.BytesOrPanic()
	}
	attributes := append(attribute(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1})
	}), attribute(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}, func(b *cryptobyte.Builder) { b.AddASN1OctetString(digestOf(content)) })...)
	var set cryptobyte.Builder
	set.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(attributes) })
	value := must[[]byte](t)(rsa.SignPKCS1v15(rand.Reader, testpki.Key(testpki.HolderKey), crypto.SHA256, digestOf(set.BytesOrPanic())))
	algorithm := func(b *cryptobyte.Builder, oid asn1.ObjectIdentifier) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oid); b.AddASN1NULL() })
	}
	var signer cryptobyte.Builder
	signer.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(holder(t).RawIssuer); b.AddASN1BigInt(holder(t).SerialNumber) })
		algorithm(b, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1})
		b.AddASN1(tag0, func(b *cryptobyte.Builder) { b.AddBytes(attributes) })
		algorithm(b, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1})
		b.AddASN1OctetString(value)
	})
	f := cut(t, sign(t, cms.Options{}))
	f.signers = signer.BytesOrPanic()
	return f.join()
}

// TestCMS_EverySignerIsJudged: the worst of several counts.
func TestCMS_EverySignerIsJudged(t *testing.T) {
	h := testpki.Default()
	good := crl(t, now.Add(-time.Hour))
	other := h.IssueSignature(t, 777)
	first, second := cut(t, sign(t, cms.Options{})), cut(t, must[[]byte](t)(cms.SignDetached(testpki.Key(testpki.HolderKey), other, content, cms.Options{})))
	both := first
	both.certs = append(bytes.Clone(first.certs), second.certs...)
	both.signers = append(bytes.Clone(first.signers), second.signers...)
	r := verify.CMS(both.join(), content, options(t, good))
	want(t, "both good", r, verify.NoReason, "")
	if len(r.Signatures) != 2 || r.Signatures[0].Name == r.Signatures[1].Name {
		t.Fatalf("%+v", r)
	}
	r = verify.CMS(both.join(), content, options(t, crl(t, now, jpki.RevokedEntry{Serial: big.NewInt(777), At: now, Reason: jpki.Superseded})))
	want(t, "one revoked", r, verify.CertRevoked, "")
	if r.Signatures[0].Verdict != verify.Passed || r.Signatures[1].Verdict != verify.Failed {
		t.Errorf("%s %s", r.Signatures[0].Verdict, r.Signatures[1].Verdict)
	}
	both.signers = bytes.Repeat(first.signers, cms.MaxSigners+1)
	want(t, "too many", verify.CMS(both.join(), content, options(t, good)), verify.TooLarge, "")
}

// crafted is a certificate that the CA signed against its own rules.
func crafted(t testing.TB, change func(c *x509.Certificate)) *x509.Certificate {
	t.Helper()
	c := *holder(t)
	c.ExtraExtensions = append([]pkix.Extension{}, c.Extensions...)
	c.KeyUsage, c.SubjectKeyId, c.AuthorityKeyId, c.OCSPServer, c.Policies, c.PolicyIdentifiers = 0, nil, nil, nil, nil, nil
	change(&c)
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, &c, &x509.Certificate{RawSubject: testpki.Default().SignatureCA.RawSubject}, c.PublicKey, testpki.Key(testpki.SignatureCAKey)))
	return must[*x509.Certificate](t)(x509.ParseCertificate(der))
}

func exchangeExtension(oid asn1.ObjectIdentifier, value []byte) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		for i, e := range c.ExtraExtensions {
			if e.Id.Equal(oid) {
				c.ExtraExtensions[i].Value = value
			}
		}
	}
}

// Shows: CRT-56, CRT-57
func TestCRT57_CertificatesThatTheCAShouldNotHaveSigned(t *testing.T) {
	good := crl(t, now.Add(-time.Hour))
	policy := must[[]byte](t)(asn1.Marshal([]struct{ ID asn1.ObjectIdentifier }{{asn1.ObjectIdentifier{2, 999}}}))
	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		want   verify.Reason
	}{
		"as it should be": {func(*x509.Certificate) {}, verify.NoReason},
		"policy":          {exchangeExtension(asn1.ObjectIdentifier{2, 5, 29, 32}, policy), verify.CertPolicy},
		"key usage":       {exchangeExtension(asn1.ObjectIdentifier{2, 5, 29, 15}, []byte{3, 2, 7, 0x80}), verify.CertUsage},
		"outlives":        {func(c *x509.Certificate) { c.NotAfter = testpki.Default().SignatureCA.NotAfter.Add(time.Second) }, verify.CertOutlivesCA},
		"critical extension": {func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 999, 1}, Critical: true, Value: []byte{5, 0}})
		}, verify.CertMalformed},
	} {
		s := judgement{cert: crafted(t, c.change), given: []verify.Material{good}}.run(t)
		if s.Reason != c.want {
			t.Errorf("%s: %q (%s), want %q", name, s.Reason, s.Detail, c.want)
		}
	}
}

func TestBare_OneForm(t *testing.T) {
	good := crl(t, now.Add(-time.Hour))
	key := testpki.Key(testpki.HolderKey)
	prefix := []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20}
	digest := digestOf(content)
	info := append(bytes.Clone(prefix), digest...)
	value := must[[]byte](t)(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest))
	// raw signs any block, as a card that pads itself would not.
	raw := func(block []byte) []byte {
		m := new(big.Int).SetBytes(block)
		return m.Exp(m, key.D, key.N).FillBytes(make([]byte, key.Size()))
	}
	pad := func(kind, fill byte, info []byte) []byte {
		block := append([]byte{0, kind}, bytes.Repeat([]byte{fill}, key.Size()-3-len(info))...)
		return append(append(block, 0), info...)
	}
	noNull := append([]byte{0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 4, 0x20}, digest...)
	longForm := append([]byte{0x30, 0x81, 0x31}, info[2:]...)
	garbage := append(append(bytes.Clone([]byte{0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0}), info...), make([]byte, key.Size()-11-len(info))...)
	small := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 1024))
	certOf := func(pub crypto.PublicKey) *x509.Certificate {
		c := *holder(t)
		c.PublicKey = pub
		return &c
	}
	p384 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	sum384 := crypto.SHA384.New()
	sum384.Write(content)
	curve := must[[]byte](t)(ecdsa.SignASN1(rand.Reader, p384, sum384.Sum(nil)))
	for _, c := range []struct {
		name string
		in   verify.BareInput
		want verify.Reason
	}{
		{"content", verify.BareInput{Value: value, Content: content}, verify.NoReason},
		{"digest", verify.BareInput{Value: value, Digest: digest}, verify.NoReason},
		{"DigestInfo", verify.BareInput{Value: value, DigestInfo: info}, verify.NoReason},
		{"made by hand", verify.BareInput{Value: raw(pad(1, 0xFF, info)), Content: content}, verify.NoReason},
		{"nothing", verify.BareInput{Value: value}, verify.ContentMissing},
		{"two", verify.BareInput{Value: value, Content: content, Digest: digest}, verify.AmbiguousContent},
		{"other content", verify.BareInput{Value: value, Content: []byte("x")}, verify.BadSignature},
		{"empty content", verify.BareInput{Value: value, Content: []byte{}}, verify.BadSignature},
		{"other hash", verify.BareInput{Value: value, Content: content, Hash: crypto.SHA512}, verify.BadSignature},
		{"SHA-1", verify.BareInput{Value: value, Content: content, Hash: crypto.SHA1}, verify.WeakAlgorithm},
		{"no such hash", verify.BareInput{Value: value, Content: content, Hash: 99}, verify.Unsupported},
		{"short digest", verify.BareInput{Value: value, Digest: digest[:31]}, verify.Malformed},
		{"empty value", verify.BareInput{Content: content}, verify.Malformed},
		{"long value", verify.BareInput{Value: make([]byte, 513), Content: content}, verify.Malformed},
		{"zero ahead", verify.BareInput{Value: append([]byte{0}, value...), Content: content}, verify.BadSignature},
		{"cut", verify.BareInput{Value: value[:255], Content: content}, verify.BadSignature},
		{"DigestInfo without NULL", verify.BareInput{Value: value, DigestInfo: noNull}, verify.Malformed},
		{"DigestInfo by SHA-1", verify.BareInput{Value: value, DigestInfo: append([]byte{0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 5, 0, 4, 20}, digest[:20]...)}, verify.WeakAlgorithm},
		{"DigestInfo with an octet behind", verify.BareInput{Value: value, DigestInfo: append(bytes.Clone(info), 0)}, verify.Malformed},
		{"signed without NULL", verify.BareInput{Value: raw(pad(1, 0xFF, noNull)), Content: content}, verify.BadSignature},
		{"signed with a long length", verify.BareInput{Value: raw(pad(1, 0xFF, longForm)), Content: content}, verify.BadSignature},
		{"signed with the digest alone", verify.BareInput{Value: raw(pad(1, 0xFF, digest)), Content: content}, verify.BadSignature},
		{"block type 2", verify.BareInput{Value: raw(pad(2, 0xFF, info)), Content: content}, verify.BadSignature},
		{"other padding", verify.BareInput{Value: raw(pad(1, 0xFE, info)), Content: content}, verify.BadSignature},
		{"garbage behind a short padding", verify.BareInput{Value: raw(garbage), Content: content}, verify.BadSignature},
		{"exponent 3", verify.BareInput{Value: value, Content: content, Certificate: certOf(&rsa.PublicKey{N: key.N, E: 3})}, verify.WeakAlgorithm},
		{"1,024 bits", verify.BareInput{Value: value[:128], Content: content, Certificate: certOf(&small.PublicKey)}, verify.WeakAlgorithm},
		{"no certificate", verify.BareInput{Value: value, Content: content, Certificate: &x509.Certificate{}}, verify.NoSigner},
		{"curve, RSA wanted", verify.BareInput{Value: curve, Content: content}, verify.BadSignature},
		{"curve", verify.BareInput{Value: curve, Content: content, Certificate: certOf(&p384.PublicKey)}, verify.CertMalformed}, // the value holds; the certificate is not of that key
		{"curve, other content", verify.BareInput{Value: curve, Content: []byte("x"), Certificate: certOf(&p384.PublicKey)}, verify.BadSignature},
		{"curve with SHA-256", verify.BareInput{Value: curve, Digest: digest, Hash: crypto.SHA256, Certificate: certOf(&p384.PublicKey)}, verify.BadSignature},
	} {
		if c.in.Certificate == nil {
			c.in.Certificate = holder(t)
		}
		r := verify.Bare(c.in, options(t, good))
		if c.name == "curve" {
			if s := r.Signatures[0]; len(s.Checks) < 2 || !s.Checks[1].Holds || s.Checks[1].Name != "signature" || r.Verdict == verify.Passed {
				t.Errorf("curve: %+v", s)
			}
			continue
		}
		want(t, c.name, r, c.want, "")
	}
}

func TestReport_WorstSignatureCounts_Rapid(t *testing.T) {
	reasons := []verify.Reason{verify.NoReason, verify.NoTrust, verify.CertRevoked, verify.NoRevocationData, verify.BadSignature}
	worse := map[verify.Verdict]int{verify.Passed: 0, verify.Indeterminate: 1, verify.Failed: 2}
	rapid.Check(t, func(t *rapid.T) {
		r := verify.Report{}
		worst := verify.Passed
		for range rapid.IntRange(0, 4).Draw(t, "signatures") {
			var s verify.Signature
			own := verify.Passed
			for range rapid.IntRange(0, 3).Draw(t, "checks") {
				if reason := rapid.SampledFrom(reasons).Draw(t, "reason"); reason == verify.NoReason {
					s.Hold("x", "")
				} else {
					s.Fail("x", reason, "")
					if worse[reason.Verdict()] > worse[own] {
						own = reason.Verdict()
					}
				}
			}
			if worse[own] > worse[worst] {
				worst = own
			}
			r.Signatures = append(r.Signatures, s)
		}
		r.Conclude()
		if len(r.Signatures) == 0 {
			worst = verify.Failed
		}
		if r.Verdict != worst || r.Reason.Verdict() != worst {
			t.Fatalf("%s because of %q, want %s", r.Verdict, r.Reason, worst)
		}
	})
}

// TestCMS_NoChangedOctetSaysMore: whatever octet changes, a report that passes
// says what the unchanged one said.
func TestCMS_NoChangedOctetSaysMore_Rapid(t *testing.T) {
	at := now.Add(-24 * time.Hour)
	good := sign(t, cms.Options{SigningTime: at, TSA: stamper(t, at), Revocation: func(context.Context) ([][]byte, [][]byte, error) {
		return [][]byte{crl(t, at.Add(time.Minute)).CRL}, nil, nil
	}})
	o := options(t)
	whole := verify.CMS(good, content, o).Signatures[0]
	rapid.Check(t, func(t *rapid.T) {
		der := bytes.Clone(good)
		n := rapid.IntRange(0, len(der)-1).Draw(t, "octet")
		der[n] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		r := verify.CMS(der, content, o)
		if r.Verdict != verify.Passed {
			return
		}
		s := r.Signatures[0]
		if !bytes.Equal(s.Signer, whole.Signer) || !s.Claimed.Equal(whole.Claimed) || !s.Stamped.IsZero() && !s.Stamped.Equal(whole.Stamped) || strings.Compare(s.Level, whole.Level) > 0 {
			t.Fatalf("octet %d may be changed: %+v", n, s)
		}
	})
}

func FuzzCMS(f *testing.F) {
	f.Add(sign(f, cms.Options{SigningTime: now}))
	f.Add(sign(f, cms.Options{TSA: stamper(f, now.Add(-time.Hour)), Revocation: func(context.Context) ([][]byte, [][]byte, error) {
		return nil, [][]byte{answer(f, now.Add(-time.Minute), nil).OCSP}, nil
	}}))
	o := options(f, crl(f, now.Add(-time.Hour)))
	f.Fuzz(func(t *testing.T, der []byte) {
		if r := verify.CMS(der, []byte("never signed"), o); r.Verdict == verify.Passed {
			t.Fatal("a forged signature passed")
		}
		_ = verify.CMS(der, nil, o)
	})
}

func FuzzBare(f *testing.F) {
	value := must[[]byte](f)(rsa.SignPKCS1v15(rand.Reader, testpki.Key(testpki.HolderKey), crypto.SHA256, digestOf(content)))
	f.Add(value, digestOf(content))
	f.Add(value, []byte{0x30, 0x31})
	o := options(f, crl(f, now.Add(-time.Hour)))
	f.Fuzz(func(t *testing.T, value, info []byte) {
		for _, in := range []verify.BareInput{{Value: value, DigestInfo: info}, {Value: value, Digest: info}, {Value: value, Content: []byte("never signed")}} {
			in.Certificate = holder(t)
			if r := verify.Bare(in, o); r.Verdict == verify.Passed && !bytes.Contains(info, digestOf(content)) {
				t.Fatal("a forged value passed")
			}
		}
	})
}

// BenchmarkCMS is one B-B signature judged with a list; its limit is
// BenchmarkRawVerifications, the three RSA verifications in it.
func BenchmarkCMS(b *testing.B) {
	der, o := sign(b, cms.Options{SigningTime: now}), options(b, crl(b, now.Add(-time.Hour)))
	for b.Loop() {
		if verify.CMS(der, content, o).Verdict != verify.Passed {
			b.Fatal("not passed")
		}
	}
}

func BenchmarkRawVerifications(b *testing.B) {
	key := testpki.Key(testpki.HolderKey)
	value := must[[]byte](b)(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digestOf(content)))
	for b.Loop() {
		for range 3 {
			if rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digestOf(content), value) != nil {
				b.Fatal("not verified")
			}
		}
	}
}
