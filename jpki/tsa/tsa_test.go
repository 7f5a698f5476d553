package tsa_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/jpki/cms"
	"kado/jpki/internal/testpki"
	"kado/jpki/tsa"

	"github.com/digitorus/timestamp"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"pgregory.net/rapid"
)

var (
	start   = testpki.Now.UTC()
	message = []byte("転入届　令和８年")
)

// clock is moved by the tests.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func authority(t testing.TB) (*tsa.Authority, *clock) {
	t.Helper()
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	return of(t, key)
}

func of(t testing.TB, key crypto.Signer) (*tsa.Authority, *clock) {
	t.Helper()
	cert := must[*x509.Certificate](t)(tsa.NewCertificate("Sandbox TSA", key, start.Add(-time.Hour), start.AddDate(5, 0, 0)))
	c := &clock{t: start}
	return must[*tsa.Authority](t)(tsa.New(cert, key, tsa.DefaultPolicy, c.now)), c
}

func pins(a *tsa.Authority) []*x509.Certificate { return []*x509.Certificate{a.Certificate()} }

func want(t *testing.T, name string, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %v", name, err, kind)
	}
}

func TestStamp_EveryKeyAndDigest(t *testing.T) {
	for name, key := range map[string]crypto.Signer{
		"RSA":   testpki.Key(testpki.ResponderKey),
		"P-256": must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		"P-384": must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)),
	} {
		a, c := of(t, key)
		c.move(345678 * time.Microsecond)
		for _, h := range tsa.Hashes {
			r := must[*tsa.Request](t)(tsa.NewRequest(tsa.ImprintOf(h, message)))
			token, s, err := r.Accept(a.Respond(must[[]byte](t)(r.Marshal())), pins(a))
			if err != nil {
				t.Fatalf("%s %s: %v", name, h, err)
			}
			if !s.Time.Equal(start.Add(345*time.Millisecond)) || s.Accuracy != time.Second || !s.Policy.Equal(tsa.DefaultPolicy) || s.Nonce.Cmp(r.Nonce) != 0 || s.Serial.BitLen() > 160 || s.Authority == nil {
				t.Errorf("%s: %+v", name, s)
			}
			if _, err := tsa.Verify(token, message, pins(a)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			_, err = tsa.Verify(token, append([]byte("x"), message...), pins(a))
			want(t, "other message", err, tsa.ErrImprint)
		}
	}
}

// TestToken_Refused: each row is one thing that makes a token worthless.
func TestToken_Refused(t *testing.T) {
	a, _ := authority(t)
	other, _ := authority(t)
	good := must[[]byte](t)(a.Stamp(tsa.ImprintOf(crypto.SHA256, message)))
	verify := func(token []byte, pinned ...*x509.Certificate) error {
		_, err := tsa.Verify(token, message, pinned)
		return err
	}
	if err := verify(good, a.Certificate()); err != nil {
		t.Fatal(err)
	}
	want(t, "nobody trusted", verify(good), tsa.ErrUntrusted)
	want(t, "another authority trusted", verify(good, other.Certificate()), tsa.ErrUntrusted)
	want(t, "cut", verify(good[:len(good)-1], a.Certificate()), tsa.ErrMalformed)
	want(t, "octet behind", verify(append(bytes.Clone(good), 0), a.Certificate()), tsa.ErrMalformed)
	want(t, "huge", verify(make([]byte, tsa.MaxResponseSize+1), a.Certificate()), tsa.ErrTooLarge)
	last := bytes.Clone(good)
	last[len(last)-1] ^= 1
	if err := verify(last, a.Certificate()); !errors.Is(err, tsa.ErrSignature) {
		t.Errorf("signature changed: %v", err)
	}
	later := bytes.Replace(good, []byte("20260401030000Z"), []byte("20250401030000Z"), 1)
	if bytes.Equal(later, good) {
		t.Fatal("the time is not found")
	}
	want(t, "time changed", verify(later, a.Certificate()), tsa.ErrUntrusted) // before its certificate
	year := bytes.Replace(good, []byte("20260401030000Z"), []byte("20270401030000Z"), 1)
	want(t, "time changed inside the certificate's life", verify(year, a.Certificate()), tsa.ErrSignature)

	// A document that somebody signed is no token, even with the right key.
	signed := must[[]byte](t)(cms.SignContent(mustKey(t), must[*x509.Certificate](t)(tsa.NewCertificate("x", mustKey(t), start.Add(-time.Hour), start.AddDate(1, 0, 0))), asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}, message, cms.Options{}))
	want(t, "a signed document", verify(signed, a.Certificate()), tsa.ErrMalformed)

	// A certificate of the same name and number, with another key.
	twinKey := mustKey(t)
	template := *a.Certificate()
	template.PublicKey = nil
	for _, e := range template.Extensions {
		if e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 37}) {
			template.ExtraExtensions = append(template.ExtraExtensions, e)
		}
	}
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, &template, &template, twinKey.Public(), twinKey))
	twin := must[*x509.Certificate](t)(x509.ParseCertificate(der))
	forged := must[*tsa.Authority](t)(tsa.New(twin, twinKey, tsa.DefaultPolicy, func() time.Time { return start }))
	token := must[[]byte](t)(forged.Stamp(tsa.ImprintOf(crypto.SHA256, message)))
	want(t, "twin of the authority", verify(token, a.Certificate()), tsa.ErrUntrusted)
	want(t, "twin without its certificate", verify(bare(t, forged), a.Certificate()), tsa.ErrSignature)
}

// bare is a token without certificates.
func bare(t testing.TB, a *tsa.Authority) []byte {
	t.Helper()
	r := tsa.Request{Imprint: tsa.ImprintOf(crypto.SHA256, message)}
	return must[[]byte](t)(tsa.ParseResponse(a.Respond(must[[]byte](t)(r.Marshal()))))
}

var theKey = sync.OnceValues(func() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) })

func mustKey(t testing.TB) *ecdsa.PrivateKey { return must[*ecdsa.PrivateKey](t)(theKey()) }

// TestCertificate_TimeStampingAlone: RFC 3161, 2.3.
func TestCertificate_TimeStampingAlone(t *testing.T) {
	key := mustKey(t)
	usage := func(oids ...asn1.ObjectIdentifier) []byte { return must[[]byte](t)(asn1.Marshal(oids)) }
	eku := asn1.ObjectIdentifier{2, 5, 29, 37}
	stamping, email := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4}
	for name, c := range map[string]struct {
		usage    x509.KeyUsage
		ca       bool
		eku      []byte
		critical bool
		want     error
	}{
		"good":           {x509.KeyUsageDigitalSignature, false, usage(stamping), true, nil},
		"not critical":   {x509.KeyUsageDigitalSignature, false, usage(stamping), false, tsa.ErrUntrusted},
		"two usages":     {x509.KeyUsageDigitalSignature, false, usage(stamping, email), true, tsa.ErrUntrusted},
		"another":        {x509.KeyUsageDigitalSignature, false, usage(email), true, tsa.ErrUntrusted},
		"unknown beside": {x509.KeyUsageDigitalSignature, false, usage(stamping, asn1.ObjectIdentifier{2, 999, 7}), true, tsa.ErrUntrusted},
		"none":           {x509.KeyUsageDigitalSignature, false, nil, false, tsa.ErrUntrusted},
		"CA":             {x509.KeyUsageDigitalSignature, true, usage(stamping), true, tsa.ErrUntrusted},
		"cert sign":      {x509.KeyUsageCertSign, false, usage(stamping), true, tsa.ErrUntrusted},
	} {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotBefore: start, NotAfter: start.AddDate(1, 0, 0),
			KeyUsage: c.usage, IsCA: c.ca, BasicConstraintsValid: true}
		if c.eku != nil {
			template.ExtraExtensions = []pkix.Extension{{Id: eku, Critical: c.critical, Value: c.eku}}
		}
		cert := must[*x509.Certificate](t)(x509.ParseCertificate(must[[]byte](t)(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))))
		if err := tsa.CheckCertificate(cert); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := tsa.New(cert, key, tsa.DefaultPolicy, func() time.Time { return start }); (err == nil) != (c.want == nil) {
			t.Errorf("%s as an authority: %v", name, err)
		}
	}
	a, _ := authority(t)
	if _, err := tsa.New(a.Certificate(), mustKey(t), tsa.DefaultPolicy, nil); err == nil {
		t.Error("an authority with another's certificate")
	}
}

// TestAuthority_RefusesWithAFailure: a bad request gets the failure that says why.
func TestAuthority_RefusesWithAFailure(t *testing.T) {
	a, c := authority(t)
	sum := sha256.Sum256(message)
	request := func(f func(b *cryptobyte.Builder)) []byte {
		var b cryptobyte.Builder
		b.AddASN1(cbasn1.SEQUENCE, f)
		return b.BytesOrPanic()
	}
	imprint := func(b *cryptobyte.Builder, oid asn1.ObjectIdentifier, digest []byte) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oid); b.AddASN1NULL() })
			b.AddASN1OctetString(digest)
		})
	}
	sha256OID := asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	old := sha1.Sum(message)
	for name, c := range map[string]struct {
		request []byte
		failure string
	}{
		"rubbish":       {[]byte("rubbish"), "badDataFormat"},
		"empty":         {nil, "badDataFormat"},
		"version 2":     {request(func(b *cryptobyte.Builder) { b.AddASN1Int64(2); imprint(b, sha256OID, sum[:]) }), "badDataFormat"},
		"short imprint": {request(func(b *cryptobyte.Builder) { b.AddASN1Int64(1); imprint(b, sha256OID, sum[:31]) }), "badDataFormat"},
		"SHA-1": {request(func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			imprint(b, asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, old[:])
		}), "badAlg"},
		"another policy": {request(func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			imprint(b, sha256OID, sum[:])
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{2, 999, 2})
		}), "unacceptedPolicy"},
		"extension": {request(func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			imprint(b, sha256OID, sum[:])
			b.AddASN1(cbasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {})
		}), "unacceptedExtension"},
		"default written": {request(func(b *cryptobyte.Builder) { b.AddASN1Int64(1); imprint(b, sha256OID, sum[:]); b.AddASN1Boolean(false) }), "badDataFormat"},
		"negative nonce":  {request(func(b *cryptobyte.Builder) { b.AddASN1Int64(1); imprint(b, sha256OID, sum[:]); b.AddASN1Int64(-1) }), "badDataFormat"},
		"huge":            {make([]byte, tsa.MaxRequestSize+1), "badDataFormat"},
	} {
		_, err := tsa.ParseResponse(a.Respond(c.request))
		if !errors.Is(err, tsa.ErrRefused) || !strings.Contains(err.Error(), c.failure) {
			t.Errorf("%s: %v, want %s", name, err, c.failure)
		}
	}
	good := must[[]byte](t)((&tsa.Request{Imprint: tsa.ImprintOf(crypto.SHA256, message)}).Marshal())
	must[[]byte](t)(tsa.ParseResponse(a.Respond(good)))
	c.move(-time.Second)
	_, err := tsa.ParseResponse(a.Respond(good))
	if !errors.Is(err, tsa.ErrRefused) || !strings.Contains(err.Error(), "timeNotAvailable") {
		t.Errorf("clock run back: %v", err)
	}
	c.move(6 * 365 * 24 * time.Hour)
	if _, err := tsa.ParseResponse(a.Respond(good)); !errors.Is(err, tsa.ErrRefused) {
		t.Errorf("certificate over: %v", err)
	}
}

// TestAccept_TheAnswerBelongsToTheRequest: nonce and policy.
func TestAccept_TheAnswerBelongsToTheRequest(t *testing.T) {
	a, _ := authority(t)
	m := tsa.ImprintOf(crypto.SHA256, message)
	first, second := must[*tsa.Request](t)(tsa.NewRequest(m)), must[*tsa.Request](t)(tsa.NewRequest(m))
	answer := a.Respond(must[[]byte](t)(first.Marshal()))
	_, _, err := second.Accept(answer, pins(a))
	want(t, "answer to another request", err, tsa.ErrNonce)
	_, _, err = (&tsa.Request{Imprint: m}).Accept(answer, pins(a))
	want(t, "a nonce nobody sent", err, tsa.ErrNonce)
	plain := &tsa.Request{Imprint: m}
	_, _, err = first.Accept(a.Respond(must[[]byte](t)(plain.Marshal())), pins(a))
	want(t, "nonce left out", err, tsa.ErrNonce)
	if _, _, err = plain.Accept(a.Respond(must[[]byte](t)(plain.Marshal())), pins(a)); err != nil {
		t.Error(err)
	}
	_, _, err = (&tsa.Request{Imprint: tsa.ImprintOf(crypto.SHA256, nil), Nonce: first.Nonce}).Accept(answer, pins(a))
	want(t, "another imprint", err, tsa.ErrImprint)
}

// TestAuthority_NumbersNeverRepeat: with eight clients at once, and in the next
// process with the same key.
func TestAuthority_NumbersNeverRepeat(t *testing.T) {
	a, c := authority(t)
	restarted := must[*tsa.Authority](t)(tsa.New(a.Certificate(), must[crypto.Signer](t)(keyOf(a)), tsa.DefaultPolicy, c.now))
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for i := range 8 {
		server := []*tsa.Authority{a, restarted}[i%2]
		wg.Go(func() {
			for range 25 {
				token, err := server.Stamp(tsa.ImprintOf(crypto.SHA256, message))
				if err != nil {
					t.Error(err)
					return
				}
				s, err := tsa.Parse(token)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if seen[s.Serial.String()] {
					t.Errorf("number %s came twice", s.Serial)
				}
				seen[s.Serial.String()] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 200 {
		t.Errorf("%d numbers", len(seen))
	}
}

func keyOf(a *tsa.Authority) (crypto.Signer, error) { return tsa.KeyForTest(a), nil }

func TestTimeStamps_Order(t *testing.T) {
	a, c := authority(t)
	stamp := func() *tsa.TimeStamp {
		return must[*tsa.TimeStamp](t)(tsa.Verify(must[[]byte](t)(a.Stamp(tsa.ImprintOf(crypto.SHA256, message))), message, pins(a)))
	}
	first := stamp()
	c.move(2 * time.Second)
	within := stamp()
	c.move(time.Millisecond)
	beyond := stamp()
	if first.Before(within) || !first.Before(beyond) || beyond.Before(first) {
		t.Error("order within the accuracy of one second each")
	}
	first.Ordering, within.Ordering = true, true
	if !first.Before(within) {
		t.Error("ordering by time alone")
	}
}

func TestHandler_HTTP(t *testing.T) {
	a, _ := authority(t)
	server := httptest.NewServer(a.Handler())
	defer server.Close()
	client := &tsa.Client{URL: server.URL, Pinned: pins(a), HTTP: server.Client()}
	sum := sha256.Sum256(message)
	token := must[[]byte](t)(client.Stamp(context.Background(), sum[:]))
	if _, err := tsa.Verify(token, message, pins(a)); err != nil {
		t.Error(err)
	}
	other, _ := authority(t)
	client.Pinned = pins(other)
	_, err := client.Stamp(context.Background(), sum[:])
	want(t, "untrusted", err, tsa.ErrUntrusted)
	if _, err := client.Stamp(context.Background(), sum[:31]); err == nil {
		t.Error("a short digest")
	}
	good := must[[]byte](t)((&tsa.Request{Imprint: tsa.Imprint{Hash: crypto.SHA256, Digest: sum[:]}}).Marshal())
	for name, c := range map[string]struct {
		method, content string
		body            []byte
		status          int
	}{
		"good":          {"POST", "application/timestamp-query", good, 200},
		"parameter":     {"POST", "application/timestamp-query; x=y", good, 200},
		"bad request":   {"POST", "application/timestamp-query", []byte("x"), 200}, // refused inside
		"GET":           {"GET", "application/timestamp-query", nil, 405},
		"another type":  {"POST", "application/ocsp-request", good, 415},
		"no type":       {"POST", "", good, 415},
		"too large":     {"POST", "application/timestamp-query", make([]byte, tsa.MaxRequestSize+1), 413},
		"largest taken": {"POST", "application/timestamp-query", make([]byte, tsa.MaxRequestSize), 200},
	} {
		r := must[*http.Request](t)(http.NewRequest(c.method, server.URL, bytes.NewReader(c.body)))
		r.Header.Set("Content-Type", c.content)
		answer := must[*http.Response](t)(server.Client().Do(r))
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode != c.status || c.status == 200 && answer.Header.Get("Content-Type") != "application/timestamp-reply" {
			t.Errorf("%s: %d %s", name, answer.StatusCode, answer.Header.Get("Content-Type"))
		}
	}
	// What is no answer of an authority.
	for name, h := range map[string]http.HandlerFunc{
		"error":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"another": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) },
		"redirection": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, server.URL, http.StatusTemporaryRedirect)
		},
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/timestamp-reply")
			for range 40 {
				_, _ = w.Write(make([]byte, 4096))
			}
		},
	} {
		s := httptest.NewServer(h)
		c := &tsa.Client{URL: s.URL, Pinned: pins(a), HTTP: s.Client()}
		if _, err := c.Stamp(context.Background(), sum[:]); err == nil {
			t.Errorf("%s: taken", name)
		}
		s.Close()
	}
}

// TestDigitorus_AcceptsOurs: another implementation reads requests and tokens. It
// takes much that is refused here; see docs/signatures.md.
func TestDigitorus_AcceptsOurs(t *testing.T) {
	a, _ := of(t, testpki.Key(testpki.ResponderKey))
	r := must[*tsa.Request](t)(tsa.NewRequest(tsa.ImprintOf(crypto.SHA256, message)))
	theirs := must[*timestamp.Request](t)(timestamp.ParseRequest(must[[]byte](t)(r.Marshal())))
	if theirs.Nonce.Cmp(r.Nonce) != 0 || !theirs.Certificates {
		t.Errorf("%+v", theirs)
	}
	s := must[*timestamp.Timestamp](t)(timestamp.ParseResponse(a.Respond(must[[]byte](t)(r.Marshal()))))
	if !s.Time.Equal(start) || s.Accuracy != time.Second || s.Nonce.Cmp(r.Nonce) != 0 {
		t.Errorf("%+v", s)
	}
	// And theirs is taken, with the certificate that is pinned.
	made := timestamp.Timestamp{HashAlgorithm: crypto.SHA256, HashedMessage: r.Imprint.Digest, Time: start, Nonce: r.Nonce,
		Policy: tsa.DefaultPolicy, AddTSACertificate: true}
	der := must[[]byte](t)(made.CreateResponseWithOpts(a.Certificate(), testpki.Key(testpki.ResponderKey), crypto.SHA256))
	if _, _, err := r.Accept(der, pins(a)); err != nil {
		t.Error(err)
	}
}

func TestOpenSSL_TimeStampsBothWays(t *testing.T) {
	openssl := testpki.OpenSSL(t)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	run := func(args ...string) (string, error) {
		cmd := exec.Command(openssl, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	data := write("data", message)
	for name, key := range map[string]crypto.Signer{"RSA": testpki.Key(testpki.ResponderKey), "P-256": mustKey(t)} {
		a, c := of(t, key)
		c.move(340 * time.Millisecond)
		ca := write("tsa.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw}))
		for _, digest := range []string{"-sha256", "-sha384", "-sha512"} {
			if out, err := run("ts", "-query", "-data", data, digest, "-cert", "-out", "q.tsq"); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			query := must[[]byte](t)(os.ReadFile(filepath.Join(dir, "q.tsq")))
			answer := a.Respond(query)
			write("a.tsr", answer)
			verify := []string{"ts", "-verify", "-in", "a.tsr", "-CAfile", ca, "-attime", "1775012400"}
			if out, err := run(append(verify, "-queryfile", "q.tsq")...); err != nil || !strings.Contains(out, "Verification: OK") {
				t.Errorf("%s %s: %v\n%s", name, digest, err, out)
			}
			if out, err := run(append(verify, "-data", data)...); err != nil {
				t.Errorf("%s %s with data: %v\n%s", name, digest, err, out)
			}
			if out, err := run(append(verify, "-data", ca)...); err == nil {
				t.Errorf("%s: openssl takes other data\n%s", name, out)
			}
			answer[len(answer)-1] ^= 1
			write("a.tsr", answer)
			if out, err := run(append(verify, "-queryfile", "q.tsq")...); err == nil {
				t.Errorf("%s: openssl takes a changed signature\n%s", name, out)
			}
		}
	}
	// openssl's own authority, for us to check.
	a, _ := of(t, testpki.Key(testpki.ResponderKey))
	write("tsa.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw}))
	pkcs8 := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(testpki.Key(testpki.ResponderKey)))
	write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
	write("serial", []byte("01\n"))
	write("tsa.cnf", []byte("[tsa]\ndefault_tsa = t\n[t]\nserial = serial\nsigner_cert = tsa.pem\nsigner_key = key.pem\nsigner_digest = sha256\ndefault_policy = 2.999.1\ndigests = sha256, sha512\naccuracy = secs:1, millisecs:500\nordering = yes\ness_cert_id_alg = sha256\n"))
	r := must[*tsa.Request](t)(tsa.NewRequest(tsa.ImprintOf(crypto.SHA512, message)))
	write("ours.tsq", must[[]byte](t)(r.Marshal()))
	out, err := run("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "ours.tsq", "-out", "theirs.tsr")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	theirs := must[[]byte](t)(os.ReadFile(filepath.Join(dir, "theirs.tsr")))
	_, s, err := r.Accept(theirs, pins(a))
	if err != nil || s.Accuracy != 1500*time.Millisecond || !s.Ordering || s.Serial.Int64() != 2 {
		t.Errorf("openssl's token: %v %+v", err, s)
	}
}

// TestToken_NoChangedOctetPasses: whatever octet changes, no token says another
// time, number or imprint.
func TestToken_NoChangedOctetPasses_Rapid(t *testing.T) {
	a, _ := authority(t)
	good := must[[]byte](t)(a.Stamp(tsa.ImprintOf(crypto.SHA256, message)))
	s := must[*tsa.TimeStamp](t)(tsa.Verify(good, message, pins(a)))
	rapid.Check(t, func(t *rapid.T) {
		token := bytes.Clone(good)
		n := rapid.IntRange(0, len(token)-1).Draw(t, "octet")
		token[n] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		got, err := tsa.Verify(token, message, pins(a))
		if err == nil && (!got.Time.Equal(s.Time) || got.Serial.Cmp(s.Serial) != 0) {
			t.Fatalf("octet %d may be changed", n)
		}
	})
}

func FuzzParseRequest(f *testing.F) {
	r := must[*tsa.Request](f)(tsa.NewRequest(tsa.ImprintOf(crypto.SHA256, message)))
	f.Add(must[[]byte](f)(r.Marshal()))
	f.Add(must[[]byte](f)((&tsa.Request{Imprint: tsa.ImprintOf(crypto.SHA512, nil), Policy: tsa.DefaultPolicy}).Marshal()))
	f.Fuzz(func(t *testing.T, der []byte) {
		r, err := tsa.ParseRequest(der)
		if err != nil {
			return
		}
		again, err := r.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		// One spelling, but for the NULL of the digest, which may be left out.
		if !bytes.Equal(again, der) && len(again) != len(der)+2 {
			t.Fatalf("%x\n%x", der, again)
		}
	})
}

func FuzzToken(f *testing.F) {
	a, _ := authority(f)
	token := must[[]byte](f)(a.Stamp(tsa.ImprintOf(crypto.SHA256, message)))
	r := must[*tsa.Request](f)(tsa.NewRequest(tsa.ImprintOf(crypto.SHA256, message)))
	f.Add(token)
	f.Add(a.Respond(must[[]byte](f)(r.Marshal())))
	f.Add(a.Respond(nil))
	f.Fuzz(func(t *testing.T, der []byte) {
		if _, err := tsa.Verify(der, []byte("never stamped"), pins(a)); err == nil {
			t.Fatal("a forged token was accepted")
		}
		if token, err := tsa.ParseResponse(der); err == nil {
			if _, err := tsa.Verify(token, []byte("never stamped"), pins(a)); err == nil {
				t.Fatal("a forged response was accepted")
			}
		}
	})
}

func BenchmarkStamp(b *testing.B) {
	a, _ := authority(b)
	m := tsa.ImprintOf(crypto.SHA256, message)
	for b.Loop() {
		must[[]byte](b)(a.Stamp(m))
	}
}

// BenchmarkRawSignature is the limit of BenchmarkStamp.
func BenchmarkRawSignature(b *testing.B) {
	key := mustKey(b)
	sum := sha256.Sum256(message)
	for b.Loop() {
		must[[]byte](b)(key.Sign(rand.Reader, sum[:], crypto.SHA256))
	}
}
