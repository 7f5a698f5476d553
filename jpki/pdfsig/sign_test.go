package pdfsig_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/cms"
	"kado/jpki/internal/testpki"
	"kado/jpki/pdfsig"
	"kado/jpki/pdfsig/forgery"
	"kado/jpki/tsa"
	"kado/jpki/verify"

	"github.com/smallstep/pkcs7"
	"pgregory.net/rapid"
)

// theTSA tells testpki.Now.
var theTSA = sync.OnceValue(func() *tsa.Authority {
	key := testpki.Key(testpki.StrangerKey)
	cert, err := tsa.NewCertificate("Test TSA", key, testpki.Issued, testpki.Ends)
	if err != nil {
		panic(err)
	}
	a, err := tsa.New(cert, key, asn1.ObjectIdentifier{1, 2, 392, 200149, 9, 1}, func() time.Time { return testpki.Now })
	if err != nil {
		panic(err)
	}
	return a
})

func stamp(_ context.Context, digest []byte) ([]byte, error) {
	return theTSA().Stamp(tsa.Imprint{Hash: crypto.SHA256, Digest: digest})
}

// documents are the forms of file that are signed.
func documents() map[string][]byte {
	return map[string][]byte{
		"table": forgery.Plain().Table(), "stream": forgery.Plain().Streams(false), "packed": forgery.Plain().Streams(true),
		"hybrid": forgery.Plain().Hybrid(nil), "form": forgery.Form().Table(), "form packed": forgery.Form().Streams(true),
	}
}

func wantPassed(t *testing.T, r *verify.Report, levels ...string) {
	t.Helper()
	if r.Verdict != verify.Passed || len(r.Signatures) != len(levels) {
		t.Fatalf("%s (%s): %s", r.Verdict, r.Reason, checks(r))
	}
	for i, l := range levels {
		if r.Signatures[i].Level != l {
			t.Errorf("signature %d has level %q, want %q: %s", i+1, r.Signatures[i].Level, l, checks(r))
		}
	}
}

func signAt(t *testing.T, file []byte, level string) []byte {
	t.Helper()
	k := kit()
	o := pdfsig.SignOptions{Level: level, Chain: k.Chain, Time: testpki.Now, Name: "試験　花子", Reason: "転入届 (1)", Location: "Kiyose"}
	if level != pdfsig.LevelB {
		o.TSA = stamp
	}
	if level == pdfsig.LevelLT {
		o.Revocation = func(context.Context) ([]verify.Material, error) {
			return []verify.Material{list(t, testpki.Now.Add(time.Minute))}, nil
		}
	}
	out, err := pdfsig.Sign(file, k.Key, k.Cert, o)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(out, file) {
		t.Fatal("the document itself was changed")
	}
	return out
}

// Shows: CRT-01, CIT-53
func TestSign_EveryFormOfFileAtEveryLevel(t *testing.T) {
	given := options(t)
	later := given
	later.At, later.Material, later.Trust.TSA = testpki.Now.Add(time.Hour), nil, []*x509.Certificate{theTSA().Certificate()}
	for name, file := range documents() {
		t.Run(name, func(t *testing.T) {
			b := signAt(t, file, pdfsig.LevelB)
			wantPassed(t, pdfsig.Verify(b, given), "B-B")
			stamped := signAt(t, file, pdfsig.LevelT)
			wantPassed(t, pdfsig.Verify(stamped, given), "B-B") // no TSA is trusted: the stamp counts nothing
			long := signAt(t, file, pdfsig.LevelLT)
			r := pdfsig.Verify(long, later)
			wantPassed(t, r, "B-LT")
			if s := r.Signatures[0]; !s.Stamped.Equal(testpki.Now) || !s.Claimed.Equal(testpki.Now) || !s.CheckedAt.Equal(testpki.Now) {
				t.Errorf("stamped %v, claimed %v, checked at %v", s.Stamped, s.Claimed, s.CheckedAt)
			}
			twice := signAt(t, long, pdfsig.LevelLT)
			wantPassed(t, pdfsig.Verify(twice, later), "B-LT", "B-LT")
			thrice := signAt(t, twice, pdfsig.LevelB)
			r = pdfsig.Verify(thrice, later)
			wantPassed(t, r, "B-LT", "B-LT", "B-B")
			if r.Signatures[0].Name != "Signature1" || r.Signatures[2].Name != "Signature3" {
				t.Error("names of fields")
			}
		})
	}
}

func TestSign_StampedInTime(t *testing.T) {
	o := options(t)
	o.Trust.TSA = []*x509.Certificate{theTSA().Certificate()}
	o.At = testpki.Now.Add(2 * time.Hour)
	file := signAt(t, forgery.Plain().Table(), pdfsig.LevelT)
	after := jpki.RevokedEntry{Serial: theHolder().SerialNumber, Reason: jpki.KeyCompromise, At: testpki.Now.Add(time.Minute)}
	o.Material = []verify.Material{list(t, testpki.Now.Add(time.Hour), after)}
	wantPassed(t, pdfsig.Verify(file, o), "B-T")
	before := after
	before.At = testpki.Now.Add(-time.Minute)
	o.Material = []verify.Material{list(t, testpki.Now.Add(time.Hour), before)}
	if r := pdfsig.Verify(file, o); r.Reason != verify.CertRevoked {
		t.Errorf("revoked before the stamp: %s", checks(r))
	}
	o.Material = []verify.Material{list(t, testpki.Now.Add(time.Hour), after)}
	if r := pdfsig.Verify(signAt(t, forgery.Plain().Table(), pdfsig.LevelB), o); r.Reason != verify.CertRevoked {
		t.Errorf("not stamped: %s", checks(r))
	}
	// A time-stamp over another signature.
	k := kit()
	wrong, err := pdfsig.Sign(forgery.Plain().Table(), k.Key, k.Cert, pdfsig.SignOptions{Level: pdfsig.LevelT, TSA: func(ctx context.Context, digest []byte) ([]byte, error) {
		other := bytes.Clone(digest)
		other[0] ^= 1
		return stamp(ctx, other)
	}})
	if err == nil {
		if r := pdfsig.Verify(wrong, o); r.Reason != verify.BadTimeStamp {
			t.Errorf("a stamp over something else: %s", checks(r))
		}
	}
}

func TestSign_Refusals(t *testing.T) {
	k := kit()
	plain := forgery.Plain().Table()
	sign := func(file []byte, o pdfsig.SignOptions) error {
		_, err := pdfsig.Sign(file, k.Key, k.Cert, o)
		return err
	}
	made := func(name string) []byte {
		for _, c := range forgery.Cases() {
			if c.Name == name {
				file, err := c.File(k)
				return must(t, file, err)
			}
		}
		t.Fatalf("no case %s", name)
		return nil
	}
	certified, err := k.Craft(forgery.Form().Table(), forgery.Certify(1))
	must(t, certified, err)
	locked, err := k.Craft(forgery.Form().Table(), forgery.Locking("/Action /All"))
	must(t, locked, err)
	for name, c := range map[string]struct {
		file []byte
		o    pdfsig.SignOptions
		want verify.Reason
	}{
		"empty":               {nil, pdfsig.SignOptions{}, verify.Malformed},
		"damaged":             {plain[:len(plain)-3], pdfsig.SignOptions{}, verify.Malformed},
		"octets behind":       {append(bytes.Clone(plain), " x"...), pdfsig.SignOptions{}, verify.Malformed},
		"encrypted":           {made("encrypted"), pdfsig.SignOptions{}, verify.Unsupported},
		"drawn by a program":  {made("form-by-program"), pdfsig.SignOptions{}, verify.Unsupported},
		"certified":           {certified, pdfsig.SignOptions{}, verify.ChangedAfter},
		"locked":              {locked, pdfsig.SignOptions{}, verify.ChangedAfter},
		"field of other kind": {forgery.Form().Table(), pdfsig.SignOptions{Field: "amount"}, verify.ChangedAfter},
		"field taken":         {made("good-table"), pdfsig.SignOptions{Field: "Signature1"}, verify.ChangedAfter},
		"point in the name":   {plain, pdfsig.SignOptions{Field: "a.b"}, verify.Malformed},
		"unknown level":       {plain, pdfsig.SignOptions{Level: "B-LTA"}, verify.Unsupported},
		"no authority":        {plain, pdfsig.SignOptions{Level: pdfsig.LevelT}, verify.BadTimeStamp},
		"no evidence":         {plain, pdfsig.SignOptions{Level: pdfsig.LevelLT, TSA: stamp}, verify.NoRevocationData},
		"text too long":       {plain, pdfsig.SignOptions{Reason: strings.Repeat("あ", pdfsig.MaxText+1)}, verify.Malformed},
		"text not UTF-8":      {plain, pdfsig.SignOptions{Name: "\xFF"}, verify.Malformed},
	} {
		if err := sign(c.file, c.o); !errors.Is(err, &pdfsig.Error{Reason: c.want}) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	sorry := errors.New("closed")
	if err := sign(plain, pdfsig.SignOptions{Level: pdfsig.LevelT, TSA: func(context.Context, []byte) ([]byte, error) { return nil, sorry }}); !errors.Is(err, sorry) {
		t.Errorf("the authority's answer is lost: %v", err)
	}
	if _, err := pdfsig.Sign(plain, testpki.Key(testpki.StrangerKey), k.Cert, pdfsig.SignOptions{}); err == nil {
		t.Error("signed with the key of somebody else")
	}
}

// An octet outside the hole cannot change without notice, wherever it stands.
func TestVerify_NoChangedOctet_Rapid(t *testing.T) {
	o := options(t)
	for name, doc := range documents() {
		file := signAt(t, doc, pdfsig.LevelB)
		hole := bytes.LastIndex(file, []byte("/Contents <")) + len("/Contents ")
		end := hole + bytes.IndexByte(file[hole:], '>') + 1
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				out := bytes.Clone(file)
				n := rapid.IntRange(0, len(out)-1-(end-hole)).Draw(t, "octet")
				if n >= hole {
					n += end - hole
				}
				out[n] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
				if r := pdfsig.Verify(out, o); r.Verdict == verify.Passed {
					t.Fatalf("octet %d may be changed", n)
				}
			})
		})
	}
}

// Whatever object an update writes anew, it is a change, unless it writes the same.
func TestVerify_NoObjectWrittenAnew_Rapid(t *testing.T) {
	o := options(t)
	objects := forgery.Form()
	file := signAt(t, objects.Table(), pdfsig.LevelB)
	var numbers []int
	for n := range objects {
		numbers = append(numbers, n)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom(numbers).Draw(t, "object")
		body := rapid.SampledFrom([]string{"null", "42", "[]", "<<>>", "(text)", "/Name", "[4 0 R]", "<</Type /Page>>", objects[forgery.Contents1], objects[forgery.Amount]}).Draw(t, "body")
		out := forgery.Append(file, forgery.Update{Objects: forgery.Objects{n: body}})
		r := pdfsig.Verify(out, o)
		if r.Verdict == verify.Passed && objects[n] != body {
			t.Fatalf("object %d may become %s", n, body)
		}
		if objects[n] == body && r.Verdict != verify.Passed {
			t.Fatalf("object %d is the same, and refused: %s", n, checks(r))
		}
	})
}

func TestVerify_DocumentTimeStamp(t *testing.T) {
	k := kit()
	file := signAt(t, forgery.Plain().Table(), pdfsig.LevelB)
	stamped, err := k.Craft(file, forgery.DocumentTimeStamp(file, func(content []byte) ([]byte, error) {
		return theTSA().Stamp(tsa.ImprintOf(crypto.SHA256, content))
	}))
	must(t, stamped, err)
	o := options(t)
	o.Trust.TSA = []*x509.Certificate{theTSA().Certificate()}
	wantPassed(t, pdfsig.Verify(stamped, o), "B-B", "")
	o.Trust.TSA = nil
	if r := pdfsig.Verify(stamped, o); r.Reason != verify.NoTrust || r.Verdict != verify.Indeterminate {
		t.Errorf("no authority is trusted: %s", checks(r))
	}
	other, err := k.Craft(file, forgery.DocumentTimeStamp(file, func([]byte) ([]byte, error) {
		return theTSA().Stamp(tsa.ImprintOf(crypto.SHA256, []byte("another")))
	}))
	o.Trust.TSA = []*x509.Certificate{theTSA().Certificate()}
	if r := pdfsig.Verify(must(t, other, err), o); r.Reason != verify.ContentChanged {
		t.Errorf("a stamp over other content: %s", checks(r))
	}
}

// plainCMS is a signature as programs write it that know nothing of ESS.
func plainCMS(t *testing.T) func([]byte) ([]byte, error) {
	return func(content []byte) ([]byte, error) {
		sd, err := pkcs7.NewSignedData(content)
		if err != nil {
			return nil, err
		}
		sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
		if err := sd.AddSigner(theHolder(), testpki.Key(testpki.HolderKey), pkcs7.SignerInfoConfig{}); err != nil {
			return nil, err
		}
		sd.Detach()
		return sd.Finish()
	}
}

func TestVerify_SignatureNotBoundToItsCertificate(t *testing.T) {
	k, o := kit(), options(t)
	craft := func(subFilter string) []byte {
		file, err := k.Craft(forgery.Plain().Table(), forgery.Craft{Value: plainCMS(t),
			Dict: "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /" + subFilter + " /ByteRange @RANGE@ /Contents @VALUE@>>"})
		return must(t, file, err)
	}
	adobe, pades := craft("adbe.pkcs7.detached"), craft("ETSI.CAdES.detached")
	for _, file := range [][]byte{adobe, pades} {
		if r := pdfsig.Verify(file, o); r.Reason != verify.NotBound {
			t.Errorf("%s", checks(r))
		}
	}
	o.AllowUnbound = true
	wantPassed(t, pdfsig.Verify(adobe, o), "")
	if r := pdfsig.Verify(pades, o); r.Reason != verify.NotBound {
		t.Errorf("PAdES always binds: %s", checks(r))
	}
}

// A signing time in the value does not make a signature wrong, but is no baseline.
func TestVerify_SigningTimeInTheValue(t *testing.T) {
	k := kit()
	at := testpki.Now.Add(-time.Hour)
	file, err := k.Craft(forgery.Plain().Table(), forgery.Craft{Value: func(content []byte) ([]byte, error) {
		return cms.SignDetached(k.Key, k.Cert, content, cms.Options{SigningTime: at})
	}})
	r := pdfsig.Verify(must(t, file, err), options(t))
	wantPassed(t, r, "")
	if !r.Signatures[0].Claimed.Equal(at) {
		t.Errorf("claimed %v", r.Signatures[0].Claimed)
	}
}

// What is wrong with the signer is told as for every other format.
func TestVerify_SignerIsJudged(t *testing.T) {
	file := signAt(t, forgery.Plain().Table(), pdfsig.LevelB)
	for name, c := range map[string]struct {
		change func(o *verify.Options)
		want   verify.Reason
	}{
		"no trust":   {func(o *verify.Options) { o.Trust.Pools = nil }, verify.NoTrust},
		"no list":    {func(o *verify.Options) { o.Material = nil }, verify.NoRevocationData},
		"other kind": {func(o *verify.Options) { o.Kind = jpki.Authentication }, verify.CertWrongCA},
		"not yet":    {func(o *verify.Options) { o.At = testpki.Issued.Add(-time.Hour) }, verify.CertNotYet},
		"expired":    {func(o *verify.Options) { o.At = testpki.Ends.Add(time.Hour) }, verify.CertExpired},
		"revoked": {func(o *verify.Options) {
			o.Material = []verify.Material{list(t, testpki.Now.Add(-time.Hour), jpki.RevokedEntry{Serial: theHolder().SerialNumber, Reason: jpki.KeyCompromise, At: testpki.Issued})}
		}, verify.CertRevoked},
		"on hold": {func(o *verify.Options) {
			o.Material = []verify.Material{list(t, testpki.Now.Add(-time.Hour), jpki.RevokedEntry{Serial: theHolder().SerialNumber, Reason: jpki.CertificateHold, At: testpki.Issued})}
		}, verify.CertOnHold},
	} {
		o := options(t)
		c.change(&o)
		if r := pdfsig.Verify(file, o); r.Reason != c.want {
			t.Errorf("%s: %s (%s), want %s: %s", name, r.Verdict, r.Reason, c.want, checks(r))
		}
	}
}
