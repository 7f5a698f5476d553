package ocsp_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/internal/testpki"
	"kado/jpki/ocsp"

	xocsp "golang.org/x/crypto/ocsp"
	"pgregory.net/rapid"
)

var now = testpki.Now.UTC()

func id(t testing.TB, h crypto.Hash, serial int64) ocsp.CertID {
	t.Helper()
	out, err := ocsp.NewCertID(h, testpki.Default().SignatureCA, big.NewInt(serial))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func answer(i ocsp.CertID, s ocsp.CertStatus, reason jpki.RevocationReason) ocsp.SingleResponse {
	r := ocsp.SingleResponse{ID: i, Status: s, Reason: reason, ThisUpdate: now.Add(-time.Minute), NextUpdate: now.Add(time.Hour)}
	if s == ocsp.Revoked {
		r.RevokedAt = now.Add(-24 * time.Hour)
	}
	return r
}

func respond(t testing.TB, nonce []byte, answers ...ocsp.SingleResponse) []byte {
	t.Helper()
	der, err := ocsp.CreateResponse(ocsp.Template{ProducedAt: now, Responses: answers, Nonce: nonce},
		responder(t), testpki.Key(testpki.ResponderKey))
	if err != nil {
		t.Fatal(err)
	}
	return der
}

var theResponder = sync.OnceValues(func() (*x509.Certificate, error) {
	return jpki.IssueResponder(testpki.ResponderRequest(900), testpki.Default().Signature, testpki.Key(testpki.SignatureCAKey))
})

func responder(t testing.TB) *x509.Certificate {
	t.Helper()
	return testpki.Must(t)(theResponder())
}

func query(i ocsp.CertID, nonce []byte) ocsp.Query {
	return ocsp.Query{ID: i, Authority: testpki.Default().SignatureCA, Nonce: nonce}
}

func wantStatus(t *testing.T, name string, err error, want jpki.Status) {
	t.Helper()
	if want == jpki.Good && err == nil {
		return
	}
	var s *jpki.StatusError
	if !errors.As(err, &s) || s.Status != want {
		t.Errorf("%s: %v, want %s", name, err, want)
	}
}

func TestCRT57_EachStatusIsADifferentAnswer(t *testing.T) {
	nonce := bytes.Repeat([]byte{7}, 32)
	for _, hash := range []crypto.Hash{crypto.SHA1, crypto.SHA256} {
		der := respond(t, nonce,
			answer(id(t, hash, 1), ocsp.Good, 0), answer(id(t, hash, 2), ocsp.Revoked, jpki.KeyCompromise),
			answer(id(t, hash, 3), ocsp.Revoked, jpki.CertificateHold), answer(id(t, hash, 4), ocsp.Unknown, 0),
			answer(id(t, hash, 5), ocsp.Revoked, jpki.Unspecified))
		for serial, want := range map[int64]jpki.Status{1: jpki.Good, 2: jpki.Revoked, 3: jpki.OnHold, 4: jpki.Unknown, 5: jpki.Revoked, 6: jpki.Unavailable} {
			_, err := ocsp.Check(der, query(id(t, hash, serial), nonce), now)
			wantStatus(t, big.NewInt(serial).String(), err, want)
			var s *jpki.StatusError
			if serial == 2 && (!errors.As(err, &s) || s.Reason != jpki.KeyCompromise || !s.At.Equal(now.Add(-24*time.Hour))) {
				t.Errorf("reason or time: %v", err)
			}
		}
	}
}

func TestCRT56_AnswerThatProvesNothingMeansRefusal(t *testing.T) {
	h := testpki.Default()
	i := id(t, crypto.SHA1, 1)
	nonce := []byte("12345678")
	good := respond(t, nonce, answer(i, ocsp.Good, 0))
	check := func(der []byte, change func(q *ocsp.Query), at time.Time) error {
		q := query(i, nonce)
		if change != nil {
			change(&q)
		}
		_, err := ocsp.Check(der, q, at)
		return err
	}
	wantStatus(t, "good", check(good, nil, now), jpki.Good)
	wantStatus(t, "no nonce asked", check(good, func(q *ocsp.Query) { q.Nonce = nil }, now), jpki.Good)
	wantStatus(t, "other nonce", check(good, func(q *ocsp.Query) { q.Nonce = []byte("87654321") }, now), jpki.Unavailable)
	wantStatus(t, "nonce missing", check(respond(t, nil, answer(i, ocsp.Good, 0)), nil, now), jpki.Unavailable)
	wantStatus(t, "other certificate", check(good, func(q *ocsp.Query) { q.ID = id(t, crypto.SHA1, 2) }, now), jpki.Unavailable)
	wantStatus(t, "other hash", check(good, func(q *ocsp.Query) { q.ID = id(t, crypto.SHA256, 1) }, now), jpki.Unavailable)
	wantStatus(t, "other CA", check(good, func(q *ocsp.Query) { q.Authority = h.AuthCA }, now), jpki.Unavailable)
	wantStatus(t, "old generation", check(good, func(q *ocsp.Query) { q.Authority = h.OldSignatureCA }, now), jpki.Unavailable)
	wantStatus(t, "two answers", check(respond(t, nonce, answer(i, ocsp.Good, 0), answer(i, ocsp.Revoked, 1)), nil, now), jpki.Unavailable)
	wantStatus(t, "nothing", check(nil, nil, now), jpki.Unavailable)
	for _, s := range []ocsp.ResponseStatus{ocsp.MalformedRequest, ocsp.InternalError, ocsp.TryLater, ocsp.SigRequired, ocsp.Unauthorized} {
		err := check(ocsp.ErrorResponse(s), nil, now)
		wantStatus(t, s.String(), err, jpki.Unavailable)
		var r *ocsp.ResponderError
		if !errors.As(err, &r) || r.Status != s {
			t.Errorf("%s: %v", s, err)
		}
	}

	// Edges of the period.
	wantStatus(t, "at this update", check(good, nil, now), jpki.Good)
	wantStatus(t, "before it was made", check(good, nil, now.Add(-time.Second)), jpki.Stale)
	wantStatus(t, "within skew", check(good, func(q *ocsp.Query) { q.Skew = 2 * time.Second }, now.Add(-time.Second)), jpki.Good)
	wantStatus(t, "last moment", check(good, nil, now.Add(time.Hour-1)), jpki.Good)
	wantStatus(t, "next update", check(good, nil, now.Add(time.Hour)), jpki.Stale)
	open := answer(i, ocsp.Good, 0)
	open.NextUpdate = time.Time{}
	der := respond(t, nonce, open)
	wantStatus(t, "no next update", check(der, nil, now), jpki.Stale)
	wantStatus(t, "no next update, young", check(der, func(q *ocsp.Query) { q.MaxAge = time.Minute }, now), jpki.Good)
	wantStatus(t, "no next update, old", check(der, func(q *ocsp.Query) { q.MaxAge = time.Minute }, now.Add(time.Second)), jpki.Stale)

	// Responders that nobody delegated.
	tpl := ocsp.Template{ProducedAt: now, Nonce: nonce, Responses: []ocsp.SingleResponse{answer(i, ocsp.Good, 0)}}
	holder, err := ocsp.CreateResponse(tpl, h.IssueSignature(t, 901), testpki.Key(testpki.HolderKey))
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, "a holder answers", check(holder, nil, now), jpki.Unavailable)
	authResponder := testpki.Must(t)(jpki.IssueResponder(testpki.ResponderRequest(902), h.AuthProfile, testpki.Key(testpki.AuthenticationCAKey)))
	other, err := ocsp.CreateResponse(tpl, authResponder, testpki.Key(testpki.ResponderKey))
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, "the other CA's responder", check(other, nil, now), jpki.Unavailable)
	if err := check(other, nil, now); !errors.Is(err, ocsp.ErrNotDelegated) {
		t.Errorf("not ErrNotDelegated: %v", err)
	}
	r := testpki.ResponderRequest(903)
	r.NotBefore, r.NotAfter = h.SignatureCA.NotBefore, testpki.Issued.AddDate(0, 0, -20)
	r.NotAfter = jpki.AuthorityNotAfter(r.NotAfter.AddDate(-10, 0, 0))
	expired := testpki.Must(t)(jpki.IssueResponder(r, h.Signature, testpki.Key(testpki.SignatureCAKey)))
	if other, err = ocsp.CreateResponse(tpl, expired, testpki.Key(testpki.ResponderKey)); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, "expired responder", check(other, nil, now), jpki.Unavailable)
	// A stranger who names himself by the responder's key and certificate.
	if _, err := ocsp.CreateResponse(tpl, responder(t), testpki.Key(testpki.StrangerKey)); err == nil {
		t.Error("signed with another key than the certificate's")
	}
	// The CA itself may answer.
	direct, err := ocsp.CreateResponse(tpl, h.SignatureCA, testpki.Key(testpki.SignatureCAKey))
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, "the CA answers", check(direct, nil, now), jpki.Good)
}

func TestCheck_NoChangedOctetIsAccepted_Rapid(t *testing.T) {
	i := id(t, crypto.SHA256, 1)
	nonce := []byte("0123456789abcdef")
	good := respond(t, nonce, answer(i, ocsp.Good, 0))
	cert := bytes.Index(good, responder(t).Raw)
	rapid.Check(t, func(t *rapid.T) {
		der := bytes.Clone(good)
		n := rapid.IntRange(0, len(der)-1).Draw(t, "octet")
		der[n] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := ocsp.Check(der, query(i, nonce), now); err == nil {
			t.Fatalf("octet %d (certificate from %d) may be changed", n, cert)
		}
	})
}

func TestRequest_RoundTrip_Rapid(t *testing.T) {
	h := testpki.Default()
	rapid.Check(t, func(t *rapid.T) {
		r := &ocsp.Request{Nonce: rapid.SliceOfN(rapid.Byte(), 0, ocsp.MaxNonceSize).Draw(t, "nonce")}
		if len(r.Nonce) == 0 {
			r.Nonce = nil
		}
		for range rapid.IntRange(1, 5).Draw(t, "count") {
			hash := rapid.SampledFrom([]crypto.Hash{crypto.SHA1, crypto.SHA256}).Draw(t, "hash")
			serial := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 1, 19).Draw(t, "serial"))
			one, err := ocsp.NewCertID(hash, h.SignatureCA, serial.Add(serial, big.NewInt(1)))
			if err != nil {
				t.Fatal(err)
			}
			r.IDs = append(r.IDs, one)
		}
		der, err := r.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ocsp.ParseRequest(der)
		if err != nil || len(got.IDs) != len(r.IDs) || !bytes.Equal(got.Nonce, r.Nonce) || got.Signature != nil {
			t.Fatalf("%v: %v", got, err)
		}
		for i := range r.IDs {
			if !got.IDs[i].Equal(r.IDs[i]) || !got.IDs[i].IssuedBy(h.SignatureCA) || got.IDs[i].IssuedBy(h.OldSignatureCA) {
				t.Fatalf("certID %d", i)
			}
		}
		again, err := got.Marshal()
		if err != nil || !bytes.Equal(again, der) {
			t.Fatal("read and written again it differs")
		}
	})
}

func TestRequest_SignedByAVerifier(t *testing.T) {
	h := testpki.Default()
	cert := h.IssueAuthentication(t, 905)
	r := &ocsp.Request{IDs: []ocsp.CertID{id(t, crypto.SHA1, 1)}, Nonce: []byte{1}}
	der, err := r.MarshalSigned(cert, testpki.Key(testpki.HolderKey))
	if err != nil {
		t.Fatal(err)
	}
	got, err := ocsp.ParseRequest(der)
	if err != nil || got.Signature == nil || !got.Signature.Certificate.Equal(cert) {
		t.Fatalf("%v", err)
	}
	if err := got.Signature.Check(); err != nil {
		t.Error(err)
	}
	i := bytes.Index(der, []byte{0x04, 0x03, 0x04, 0x01, 0x01}) // the nonce
	if i < 0 {
		der[60] ^= 1
	} else {
		der[i+4] ^= 1
	}
	if got, err = ocsp.ParseRequest(der); err == nil && got.Signature.Check() == nil {
		t.Error("a changed request keeps its signature")
	}
}

func TestParseRequest_Refuses(t *testing.T) {
	i := id(t, crypto.SHA1, 1)
	good, err := (&ocsp.Request{IDs: []ocsp.CertID{i}, Nonce: []byte("nonce")}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	many := &ocsp.Request{}
	for range ocsp.MaxRequests {
		many.IDs = append(many.IDs, i)
	}
	if der, err := many.Marshal(); err != nil {
		t.Error(err)
	} else if _, err := ocsp.ParseRequest(der); err != nil {
		t.Error(err)
	}
	many.IDs = append(many.IDs, i)
	if _, err := many.Marshal(); err == nil {
		t.Error("too many certIDs are written")
	}
	for name, c := range map[string]struct {
		der  []byte
		want error
	}{
		"empty": {nil, ocsp.ErrMalformed}, "behind": {append(bytes.Clone(good), 0), ocsp.ErrMalformed}, "cut": {good[:len(good)-1], ocsp.ErrMalformed},
		"huge": {make([]byte, ocsp.MaxRequestSize+1), ocsp.ErrTooLarge}, "no list": {[]byte{0x30, 2, 0x30, 0}, ocsp.ErrMalformed},
		"empty list": {[]byte{0x30, 4, 0x30, 2, 0x30, 0}, ocsp.ErrMalformed},
		"MD5":        {bytes.Replace(good, []byte{0x06, 5, 0x2b, 0x0e, 3, 2, 0x1a}, []byte{0x06, 5, 0x2b, 0x0e, 3, 2, 0x1b}, 1), ocsp.ErrUnsupported},
	} {
		if _, err := ocsp.ParseRequest(c.der); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for n, ok := range map[int]bool{1: true, 32: true, 33: false} {
		_, err := (&ocsp.Request{IDs: []ocsp.CertID{i}, Nonce: make([]byte, n)}).Marshal()
		if (err == nil) != ok {
			t.Errorf("nonce of %d octets: %v", n, err)
		}
	}
	// The same edges in what is read: a nonce of 32 octets grown to 33, and 0.
	with32, _ := (&ocsp.Request{IDs: []ocsp.CertID{i}, Nonce: bytes.Repeat([]byte{0xAA}, 32)}).Marshal()
	if _, err := ocsp.ParseRequest(with32); err != nil {
		t.Error(err)
	}
	grown := growNonce(t, with32)
	if _, err := ocsp.ParseRequest(grown); !errors.Is(err, ocsp.ErrMalformed) || !strings.Contains(err.Error(), "a nonce has") {
		t.Errorf("nonce of 33 octets read: %v", err)
	}
}

// growNonce adds an octet to the nonce at the end of a request and to every length
// around it; all lengths here are in the short form.
func growNonce(t *testing.T, der []byte) []byte {
	t.Helper()
	out := append(bytes.Clone(der), 0xAA)
	nonce := len(out) - 33
	// From the inside: nonce, extnValue, Extension (11 octets of OID between),
	// Extensions, [2], then from the outside request and tbsRequest.
	for _, length := range []int{nonce - 1, nonce - 3, nonce - 16, nonce - 18, nonce - 20, 1, 3} {
		if out[length] >= 0x7F {
			t.Fatalf("length at %d is in the long form", length)
		}
		out[length]++
	}
	return out
}

func TestXCrypto_ReadsOursAndWeReadTheirs(t *testing.T) {
	h := testpki.Default()
	ca := h.SignatureCA
	cert := h.IssueSignature(t, 42)
	for _, hash := range []crypto.Hash{crypto.SHA1, crypto.SHA256} {
		theirs, err := xocsp.CreateRequest(cert, ca, &xocsp.RequestOptions{Hash: hash})
		if err != nil {
			t.Fatal(err)
		}
		ours, err := (&ocsp.Request{IDs: []ocsp.CertID{id(t, hash, 42)}}).Marshal()
		if err != nil || !bytes.Equal(ours, theirs) {
			t.Errorf("requests differ: %v\n%x\n%x", err, ours, theirs)
		}
		if req, err := xocsp.ParseRequest(ours); err != nil || req.SerialNumber.Int64() != 42 {
			t.Errorf("x/crypto reads our request: %v", err)
		}
		got, err := ocsp.ParseRequest(theirs)
		if err != nil || !got.IDs[0].IssuedBy(ca) {
			t.Errorf("we read theirs: %v", err)
		}

		der := respond(t, []byte("nonce"), answer(id(t, hash, 42), ocsp.Revoked, jpki.Superseded), answer(id(t, hash, 43), ocsp.Good, 0))
		resp, err := xocsp.ParseResponseForCert(der, cert, ca)
		if err != nil || resp.Status != xocsp.Revoked || resp.RevocationReason != xocsp.Superseded || !resp.RevokedAt.Equal(now.Add(-24*time.Hour)) {
			t.Errorf("x/crypto reads our response: %+v %v", resp, err)
		}

		made, err := xocsp.CreateResponse(ca, responder(t), xocsp.Response{Status: xocsp.Revoked, SerialNumber: big.NewInt(42), IssuerHash: hash,
			RevokedAt: now.Add(-24 * time.Hour), RevocationReason: xocsp.CertificateHold, ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(time.Hour),
			Certificate: responder(t), SignatureAlgorithm: x509.SHA256WithRSA}, testpki.Key(testpki.ResponderKey))
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := ocsp.ParseResponse(made)
		if err != nil {
			t.Fatal(err)
		}
		_, err = ocsp.Check(made, query(id(t, hash, 42), nil), parsed.ProducedAt.Add(time.Second))
		if parsed.ProducedAt.After(now.Add(time.Hour)) || parsed.ProducedAt.Before(now) {
			// x/crypto stamps the machine's time, which is not the tests'.
			wantStatus(t, "theirs", err, jpki.Stale)
		} else {
			wantStatus(t, "theirs", err, jpki.OnHold)
		}
		if err := parsed.CheckSignature(ca, now); err != nil || parsed.Responses[0].Reason != jpki.CertificateHold || !parsed.Responses[0].ID.Equal(id(t, hash, 42)) {
			t.Errorf("we read their response: %v %+v", err, parsed.Responses)
		}
	}
}

func TestCreateResponse_Refuses(t *testing.T) {
	i := id(t, crypto.SHA1, 1)
	for name, change := range map[string]func(tpl *ocsp.Template){
		"no answer": func(tpl *ocsp.Template) { tpl.Responses = nil }, "no time": func(tpl *ocsp.Template) { tpl.ProducedAt = time.Time{} },
		"long nonce": func(tpl *ocsp.Template) { tpl.Nonce = make([]byte, 33) }, "empty nonce": func(tpl *ocsp.Template) { tpl.Nonce = []byte{} },
		"status": func(tpl *ocsp.Template) { tpl.Responses[0].Status = 3 }, "reason": func(tpl *ocsp.Template) { tpl.Responses[0].Reason = 7 },
		"removeFromCRL":      func(tpl *ocsp.Template) { tpl.Responses[0] = answer(i, ocsp.Revoked, jpki.RemoveFromCRL) },
		"revoked, no time":   func(tpl *ocsp.Template) { tpl.Responses[0].Status = ocsp.Revoked },
		"period backwards":   func(tpl *ocsp.Template) { tpl.Responses[0].NextUpdate = now.Add(-time.Hour) },
		"no serial":          func(tpl *ocsp.Template) { tpl.Responses[0].ID.Serial = nil },
		"hash of wrong size": func(tpl *ocsp.Template) { tpl.Responses[0].ID.Hash = crypto.SHA256 },
	} {
		tpl := ocsp.Template{ProducedAt: now, Responses: []ocsp.SingleResponse{answer(i, ocsp.Good, 0)}}
		change(&tpl)
		if _, err := ocsp.CreateResponse(tpl, responder(t), testpki.Key(testpki.ResponderKey)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestR40_ArchiveCutoffTravels(t *testing.T) {
	a := answer(id(t, crypto.SHA1, 1), ocsp.Good, 0)
	a.ArchiveCutoff = now.AddDate(-10, 0, 0)
	r, err := ocsp.ParseResponse(respond(t, nil, a))
	if err != nil || !r.Responses[0].ArchiveCutoff.Equal(a.ArchiveCutoff) {
		t.Errorf("%v", err)
	}
}

// TestOpenSSL_BothWays: openssl asks, we answer, openssl checks.
func TestOpenSSL_BothWays(t *testing.T) {
	openssl := testpki.OpenSSL(t)
	h := testpki.Default()
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
	ca := certPEM("ca.pem", h.SignatureCA)
	names := map[int64]string{}
	for _, n := range []int64{300, 301, 302} {
		names[n] = certPEM("cert"+big.NewInt(n).String()+".pem", h.IssueSignature(t, n))
	}
	for _, hash := range []string{"-sha1", "-sha256"} {
		reqPath := filepath.Join(dir, "req.der")
		out, err := exec.Command(openssl, "ocsp", hash, "-issuer", ca, "-cert", names[300], "-cert", names[301], "-cert", names[302], "-reqout", reqPath).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		der, err := os.ReadFile(reqPath)
		if err != nil {
			t.Fatal(err)
		}
		req, err := ocsp.ParseRequest(der)
		if err != nil || len(req.IDs) != 3 || len(req.Nonce) == 0 {
			t.Fatalf("%v %v", req, err)
		}
		resp := write("resp.der", respond(t, req.Nonce, answer(req.IDs[0], ocsp.Good, 0),
			answer(req.IDs[1], ocsp.Revoked, jpki.CessationOfOperation), answer(req.IDs[2], ocsp.Unknown, 0)))
		args := []string{"ocsp", hash, "-issuer", ca, "-cert", names[300], "-cert", names[301], "-cert", names[302],
			"-reqin", reqPath, "-respin", resp, "-CAfile", ca, "-no_nonce", "-attime", "1775012400", "-validity_period", "999999999"}
		out, err = exec.Command(openssl, args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Response verify OK") || strings.Contains(string(out), "Nonce Verify error") {
			t.Errorf("%v\n%s", err, out)
		}
		for _, want := range []string{"cert300.pem: good", "cert301.pem: revoked", "Reason: cessationOfOperation", "cert302.pem: unknown"} {
			if !strings.Contains(string(out), want) {
				t.Errorf("openssl does not say %q:\n%s", want, out)
			}
		}
		data, _ := os.ReadFile(resp)
		data[len(data)-len(responder(t).Raw)-40] ^= 1 // in the signature
		write("resp.der", data)
		if out, err := exec.Command(openssl, args...).CombinedOutput(); err == nil && strings.Contains(string(out), "Response verify OK") {
			t.Errorf("openssl accepts a changed response:\n%s", out)
		}
	}
	// openssl signs a request, we check it.
	key, err := x509.MarshalPKCS8PrivateKey(testpki.Key(testpki.HolderKey))
	if err != nil {
		t.Fatal(err)
	}
	keyPath := write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	reqPath := filepath.Join(dir, "signed.der")
	out, err := exec.Command(openssl, "ocsp", "-issuer", ca, "-cert", names[300], "-signer", names[300], "-signkey", keyPath, "-reqout", reqPath).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	der, _ := os.ReadFile(reqPath)
	req, err := ocsp.ParseRequest(der)
	if err != nil || req.Signature == nil || req.Signature.Check() != nil {
		t.Errorf("openssl's signed request: %v", err)
	}
}

func FuzzParseRequest(f *testing.F) {
	h := testpki.Default()
	for _, hash := range []crypto.Hash{crypto.SHA1, crypto.SHA256} {
		der, err := (&ocsp.Request{IDs: []ocsp.CertID{id(f, hash, 1), id(f, hash, 2)}, Nonce: []byte("nonce")}).Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(der)
	}
	signed, err := (&ocsp.Request{IDs: []ocsp.CertID{id(f, crypto.SHA1, 1)}}).MarshalSigned(h.IssueAuthentication(f, 1), testpki.Key(testpki.HolderKey))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Fuzz(func(t *testing.T, der []byte) {
		r, err := ocsp.ParseRequest(der)
		if err != nil {
			return
		}
		if r.Signature != nil {
			_ = r.Signature.Check()
		}
		again, err := r.Marshal()
		if err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		if _, err := ocsp.ParseRequest(again); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzCheck(f *testing.F) {
	i := id(f, crypto.SHA1, 1)
	a := answer(i, ocsp.Good, 0)
	a.ArchiveCutoff = now
	good := respond(f, []byte("nonce"), a)
	f.Add(good)
	f.Add(respond(f, nil, answer(id(f, crypto.SHA256, 1), ocsp.Revoked, jpki.KeyCompromise), answer(i, ocsp.Unknown, 0)))
	f.Add(ocsp.ErrorResponse(ocsp.TryLater))
	f.Fuzz(func(t *testing.T, der []byte) {
		if _, err := ocsp.Check(der, query(i, []byte("nonce")), now); err == nil && !bytes.Equal(der, good) {
			t.Fatal("a forged response was accepted")
		}
	})
}

// BenchmarkLogin is what a relying party does at a login after the challenge: the
// chain and the status. BenchmarkLoginBareRSA is the three RSA verifications
// inside it (certificate, responder certificate, response).
func BenchmarkLogin(b *testing.B) {
	h := testpki.Default()
	cert := h.IssueSignature(b, 1)
	nonce := []byte("0123456789abcdef")
	der := respond(b, nonce, answer(id(b, crypto.SHA1, 1), ocsp.Good, 0))
	for b.Loop() {
		c, err := jpki.ParseCertificate(cert.Raw)
		if err != nil {
			b.Fatal(err)
		}
		chain, err := h.Pool.Verify(c, jpki.Signature, now)
		if err != nil {
			b.Fatal(err)
		}
		i, err := ocsp.NewCertID(crypto.SHA1, chain.Authority, c.SerialNumber)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := ocsp.Check(der, ocsp.Query{ID: i, Authority: chain.Authority, Nonce: nonce}, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoginBareRSA(b *testing.B) {
	h := testpki.Default()
	cert := h.IssueSignature(b, 1)
	for b.Loop() {
		for range 3 {
			if err := h.SignatureCA.CheckSignature(x509.SHA256WithRSA, cert.RawTBSCertificate, cert.Signature); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkCreateResponse(b *testing.B) {
	for b.Loop() {
		respond(b, []byte("0123456789abcdef"), answer(id(b, crypto.SHA1, 1), ocsp.Good, 0))
	}
}
