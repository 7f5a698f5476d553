package jpki_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/internal/testpki"
	"kado/jpki/serial"

	"pgregory.net/rapid"
)

// The list that is built octet by octet is the one that crypto/x509 makes of the
// same values: for every number of entries around the borders of DER lengths,
// serial numbers with and without a leading bit, times before and after 2050.
func TestCRLBuilder_SameOctetsAsX509(t *testing.T) {
	h := testpki.Default()
	key := testpki.Key(testpki.SignatureCAKey)
	place := testpki.Place
	rapid.Check(t, func(t *rapid.T) {
		// Only CreateCRL knows the scope's extension; it is taken from its own list.
		r := crlRequest()
		if rapid.Bool().Draw(t, "municipal") {
			r.Place = &place
		}
		r.Number = new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 19).Draw(t, "number"))
		if rapid.Bool().Draw(t, "far") {
			r.ThisUpdate, r.NextUpdate = r.ThisUpdate.AddDate(30, 0, 0), r.NextUpdate.AddDate(30, 0, 0)
		}
		var rows []x509.RevocationListEntry
		used := map[string]bool{}
		for range rapid.SampledFrom([]int{0, 1, 2, 3, 4, 5, 8, 200, 1700}).Draw(t, "entries") {
			b := rapid.SliceOfN(rapid.Byte(), 1, 19).Draw(t, "serial")
			n := new(big.Int).SetBytes(b)
			if n.Sign() == 0 || used[n.String()] {
				continue
			}
			used[n.String()] = true
			at := r.ThisUpdate.Add(-time.Duration(rapid.Int64Range(0, 1<<31).Draw(t, "age")) * time.Second)
			reason := rapid.SampledFrom([]jpki.RevocationReason{0, 1, 2, 3, 4, 5, 6, 8, 9, 10}).Draw(t, "reason")
			r.Entries = append(r.Entries, jpki.RevokedEntry{Serial: n, At: at, Reason: reason})
		}
		der, err := jpki.CreateCRL(h.Signature, r, key)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := jpki.ParseCRL(der)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range parsed.Entries() {
			rows = append(rows, x509.RevocationListEntry{SerialNumber: e.Serial, RevocationTime: e.At, ReasonCode: int(e.Reason)})
		}
		list, err := x509.ParseRevocationList(der)
		if err != nil {
			t.Fatal(err)
		}
		var scope pkix.Extension
		for _, e := range list.Extensions {
			if e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 28}) {
				scope = e
			}
		}
		want, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{SignatureAlgorithm: x509.SHA256WithRSA, RevokedCertificateEntries: rows,
			Number: r.Number, ThisUpdate: r.ThisUpdate.UTC(), NextUpdate: r.NextUpdate.UTC(), ExtraExtensions: []pkix.Extension{scope}}, h.SignatureCA, key)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(der, want) || len(rows) != len(r.Entries) {
			t.Fatalf("%d entries: %d octets, crypto/x509 makes %d", len(rows), len(der), len(want))
		}
		if err := list.CheckSignatureFrom(h.SignatureCA); err != nil {
			t.Fatal(err)
		}
	})
}

// tokenKey signs digests and nothing else, and notes what it was given.
type tokenKey struct {
	crypto.Signer
	digest []byte
}

func (k *tokenKey) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	k.digest = bytes.Clone(digest)
	return k.Signer.Sign(r, digest, opts)
}

// A key in a token sees a digest; a list of the next generation is signed with its
// own algorithm.
func TestCRLBuilder_SignsDigests(t *testing.T) {
	both := testpki.BothGenerations()
	for name, c := range map[string]struct {
		profile *jpki.Profile
		key     crypto.Signer
		ca      *x509.Certificate
		size    int
	}{
		"RSA":   {testpki.Default().Signature, testpki.Key(testpki.SignatureCAKey), testpki.Default().SignatureCA, 32},
		"P-384": {both.NextSignature, testpki.NextKey(testpki.SignatureCAKey), both.NextSignatureCA, 48},
	} {
		token := &tokenKey{Signer: c.key}
		b, err := jpki.NewCRL(c.profile, crlRequest())
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Add([]byte{0x80, 1}, testpki.Now.Add(-2*time.Hour), jpki.Superseded); err != nil {
			t.Fatal(err)
		}
		signed, err := b.Sign(token)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if n, err := signed.WriteTo(&out); err != nil || n != signed.Size() || !bytes.Equal(out.Bytes(), signed.Bytes()) {
			t.Errorf("%s: wrote %d of %d octets, %v", name, n, signed.Size(), err)
		}
		crl, err := jpki.ParseCRL(out.Bytes())
		if err != nil || crl.CheckSignature(c.ca) != nil || crl.Len() != 1 || len(token.digest) != c.size {
			t.Errorf("%s: %v, digest of %d octets", name, err, len(token.digest))
		}
	}
}

func TestCRLBuilder_Refuses(t *testing.T) {
	p := testpki.Default().Signature
	at := testpki.Now.Add(-2 * time.Hour)
	for name, add := range map[string]func(b *jpki.CRLBuilder) error{
		"nothing":      func(b *jpki.CRLBuilder) error { return b.Add(nil, at, 0) },
		"leading zero": func(b *jpki.CRLBuilder) error { return b.Add([]byte{0, 1}, at, 0) },
		"too long":     func(b *jpki.CRLBuilder) error { return b.Add(bytes.Repeat([]byte{0x7f}, 21), at, 0) },
		"too long with its sign": func(b *jpki.CRLBuilder) error {
			return b.Add(bytes.Repeat([]byte{0x80}, 20), at, 0)
		},
		"reason 7":   func(b *jpki.CRLBuilder) error { return b.Add([]byte{1}, at, 7) },
		"the future": func(b *jpki.CRLBuilder) error { return b.Add([]byte{1}, testpki.Now, 0) },
		"twice":      func(b *jpki.CRLBuilder) error { return errors.Join(b.Add([]byte{5}, at, 0), b.Add([]byte{5}, at, 0)) },
		"falling":    func(b *jpki.CRLBuilder) error { return errors.Join(b.Add([]byte{5}, at, 0), b.Add([]byte{4}, at, 0)) },
		"shorter": func(b *jpki.CRLBuilder) error {
			return errors.Join(b.Add([]byte{1, 5}, at, 0), b.Add([]byte{9}, at, 0))
		},
	} {
		b, err := jpki.NewCRL(p, crlRequest())
		if err != nil {
			t.Fatal(err)
		}
		if add(b) == nil {
			t.Errorf("%s was taken", name)
		}
	}
	b, err := jpki.NewCRL(p, crlRequest())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Sign(testpki.Key(testpki.AuthenticationCAKey)); !errors.Is(err, jpki.ErrWrongSigner) {
		t.Errorf("another CA's key: %v", err)
	}
	if _, err := jpki.NewCRL(p, crlRequest(jpki.RevokedEntry{Serial: big.NewInt(1), At: at})); err == nil {
		t.Error("entries in the request were taken")
	}
}

func millionth(i int) (number []byte, at time.Time, reason jpki.RevocationReason) {
	var b [serial.Size]byte
	b[0] = 0x4b
	binary.BigEndian.PutUint64(b[1:], uint64(i)<<20)
	binary.BigEndian.PutUint64(b[9:], uint64(i)*0x9e3779b97f4a7c15)
	return b[:], testpki.Now.Add(-2*time.Hour - time.Duration(i%10_000_000)*time.Second), jpki.RevocationReason(i%5 + 1)
}

// BenchmarkCRLDelta measures what a delta could save: the octets of a municipality's
// list and of a complete one against those of one day's news, at a thirtieth of a
// percent of all entries a day.
func BenchmarkCRLDelta(b *testing.B) {
	h, key := testpki.Default(), testpki.Key(testpki.SignatureCAKey)
	size := func(entries int, place *jpki.Place) float64 {
		r := crlRequest()
		r.Place = place
		c, err := jpki.NewCRL(h.Signature, r)
		if err != nil {
			b.Fatal(err)
		}
		for i := range entries {
			if err := c.Add(millionth(i)); err != nil {
				b.Fatal(err)
			}
		}
		s, err := c.Sign(key)
		if err != nil {
			b.Fatal(err)
		}
		return float64(s.Size())
	}
	place := testpki.Place
	var town, news float64
	for b.Loop() {
		town, news = size(574, &place), size(1, &place)
	}
	b.ReportMetric(town, "town-octets")
	b.ReportMetric(news, "town-day-octets")
	b.ReportMetric(size(1_000_000, nil), "complete-octets")
	b.ReportMetric(size(1_000_000/1000, nil), "complete-day-octets")
}

func FuzzCRLBuilder(f *testing.F) {
	f.Add([]byte{1, 2, 3}, int64(0), uint8(1))
	f.Add([]byte{0x80}, int64(1<<33), uint8(0))
	key := testpki.Key(testpki.SignatureCAKey)
	f.Fuzz(func(t *testing.T, number []byte, at int64, reason uint8) {
		b, err := jpki.NewCRL(testpki.Default().Signature, crlRequest())
		if err != nil {
			t.Fatal(err)
		}
		moment := time.Unix(at%(1<<34), 0)
		if y := moment.UTC().Year(); y < 0 || y > 9999 || b.Add(number, moment, jpki.RevocationReason(reason)) != nil {
			return
		}
		s, err := b.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := jpki.ParseCRL(s.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		e := c.Entries()[0]
		if !bytes.Equal(e.Serial.Bytes(), number) || !e.At.Equal(moment) || uint8(e.Reason) != reason {
			t.Fatalf("%x at %s for %d came back as %+v", number, moment, reason, e)
		}
	})
}
