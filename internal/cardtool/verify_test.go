package cardtool_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/chip/chiptest"
	"kado/internal/cardtool"
	"kado/jpki"
	"kado/jpki/cms"
	"kado/jpki/ocsp"
	"kado/jpki/verify"
	"kado/mynumber"
)

// world is a hierarchy with one holder. The CAs have keys 2 and 3, the holder
// 4, the responder 5, a stranger 6.
type world struct {
	profiles            map[jpki.Kind]*jpki.Profile
	sign, auth          *x509.Certificate
	responder           *x509.Certificate
	trust               cardtool.Trust
	signature, attached []byte
	byAuth              []byte
}

var content = []byte("転入届　令和８年")

var theWorld = sync.OnceValues(func() (*world, error) {
	w := &world{profiles: map[jpki.Kind]*jpki.Profile{}}
	s := jpki.DefaultSettings()
	start := time.Date(2025, 4, 1, 0, 0, 0, 0, mynumber.JST)
	end := time.Date(2030, 3, 31, 23, 59, 59, 0, mynumber.JST)
	var cas []*x509.Certificate
	for i, k := range jpki.Kinds {
		ca, err := jpki.NewCACertificate(s, jpki.AuthorityRequest{Kind: k, Serial: big.NewInt(int64(10 + i)), NotBefore: start}, chiptest.Key(2+i))
		if err != nil {
			return nil, err
		}
		if w.profiles[k], err = jpki.NewProfile(s, k, ca); err != nil {
			return nil, err
		}
		cas = append(cas, ca)
	}
	place := jpki.Place{Prefecture: "Tokyo-to", Municipality: "Chiyoda-ku", Code: "13101"}
	personal := jpki.PersonalOf(mynumber.Attributes{Name: "試験　花子", Address: "東京都千代田区試験町１丁目", BirthDate: mynumber.Date{Year: 1989, Month: 3, Day: 31}, Sex: mynumber.Female})
	pub := &chiptest.Key(4).PublicKey
	var err error
	if w.sign, err = jpki.Issue(jpki.Request{Serial: big.NewInt(500), PublicKey: pub, NotBefore: start, NotAfter: end, Place: place,
		CommonName: jpki.SignatureCommonName(start, "13101", "003A"), Personal: &personal}, w.profiles[jpki.Signature], chiptest.Key(2)); err != nil {
		return nil, err
	}
	if w.auth, err = jpki.Issue(jpki.Request{Serial: big.NewInt(501), PublicKey: pub, NotBefore: start, NotAfter: end, Place: place,
		CommonName: jpki.AuthenticationCommonName("997794E9AGCIEG", "13101", "003A")}, w.profiles[jpki.Authentication], chiptest.Key(3)); err != nil {
		return nil, err
	}
	if w.responder, err = jpki.IssueResponder(jpki.ResponderRequest{Serial: big.NewInt(502), PublicKey: &chiptest.Key(5).PublicKey, NotBefore: start, NotAfter: end,
		CommonName: "OCSP Responder 01"}, w.profiles[jpki.Signature], chiptest.Key(2)); err != nil {
		return nil, err
	}
	if w.trust, err = cardtool.NewTrust(cas...); err != nil {
		return nil, err
	}
	o := cms.Options{SigningTime: now}
	if w.signature, err = cms.SignDetached(chiptest.Key(4), w.sign, content, o); err != nil {
		return nil, err
	}
	if w.attached, err = cms.Sign(chiptest.Key(4), w.sign, content, o); err != nil {
		return nil, err
	}
	w.byAuth, err = cms.SignDetached(chiptest.Key(4), w.auth, content, o)
	return w, err
})

func hierarchy(t testing.TB) *world {
	t.Helper()
	w, err := theWorld()
	ok(t, err)
	return w
}

// crl is a list made an hour before now, valid for a day.
func (w *world) crl(t testing.TB, entries ...jpki.RevokedEntry) cardtool.Evidence {
	t.Helper()
	b, err := jpki.CreateCRL(w.profiles[jpki.Signature], jpki.CRLRequest{Number: big.NewInt(1), ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(23 * time.Hour), Entries: entries}, chiptest.Key(2))
	ok(t, err)
	return cardtool.Evidence{Name: "list", DER: b}
}

func (w *world) ocsp(t testing.TB, hash crypto.Hash, key int, change func(*ocsp.SingleResponse)) cardtool.Evidence {
	t.Helper()
	id, err := ocsp.NewCertID(hash, w.profiles[jpki.Signature].CA(), w.sign.SerialNumber)
	ok(t, err)
	one := ocsp.SingleResponse{ID: id, Status: ocsp.Good, ThisUpdate: now.Add(-time.Minute).UTC(), NextUpdate: now.Add(time.Hour).UTC()}
	if change != nil {
		change(&one)
	}
	b, err := ocsp.CreateResponse(ocsp.Template{ProducedAt: now.Add(-time.Minute).UTC(), Responses: []ocsp.SingleResponse{one}}, w.responder, chiptest.Key(key))
	ok(t, err)
	return cardtool.Evidence{Name: "answer", DER: b}
}

// asked is a request with everything that makes it valid.
func (w *world) asked(t testing.TB) cardtool.VerifyRequest {
	return cardtool.VerifyRequest{Signature: w.signature, Content: content, Kind: jpki.Signature, Trust: w.trust,
		CRLs: []cardtool.Evidence{w.crl(t)}, OCSPs: []cardtool.Evidence{w.ocsp(t, crypto.SHA256, 5, nil), w.ocsp(t, crypto.SHA1, 5, nil)}, At: now}
}

func entry(serial *big.Int, reason jpki.RevocationReason) jpki.RevokedEntry {
	return jpki.RevokedEntry{Serial: serial, At: now.Add(-2 * time.Hour).UTC(), Reason: reason}
}

// TestCRT56_CRT57_OnlyWhatWasCheckedIsValid: each row spoils one thing, and the
// verdict names it.
func TestCRT56_CRT57_OnlyWhatWasCheckedIsValid(t *testing.T) {
	w := hierarchy(t)
	v, err := cardtool.VerifySignature(w.asked(t))
	if err != nil || v.Outcome != cardtool.Valid || v.Report.Verdict != verify.Passed || v.Signers[0].Personal.Name != "試験　花子" || v.Signatures[0].Claimed.IsZero() {
		t.Fatalf("%+v %v", v, err)
	}
	checks := cardtool.ChecksOf(&v.Signatures[0], nil)
	for _, c := range checks {
		if c.State != cardtool.Holds || (c.Name == "chain" || c.Name == "status") && (c.At == "" || len(c.Evidence) == 0) {
			t.Errorf("%+v", c)
		}
	}
	if len(checks) != 6 {
		t.Errorf("%+v", checks)
	}
	other, err := jpki.NewCACertificate(jpki.DefaultSettings(), jpki.AuthorityRequest{Kind: jpki.Signature, Serial: big.NewInt(77), NotBefore: time.Date(2025, 4, 1, 0, 0, 0, 0, mynumber.JST)}, chiptest.Key(6))
	ok(t, err)
	strangers, err := cardtool.NewTrust(other)
	ok(t, err)
	for name, c := range map[string]struct {
		change  func(*cardtool.VerifyRequest)
		outcome cardtool.Outcome
		check   string
		reason  string
	}{
		"no CA":              {func(r *cardtool.VerifyRequest) { r.Trust = cardtool.Trust{} }, cardtool.NotEstablished, "chain", "no CA"},
		"another CA":         {func(r *cardtool.VerifyRequest) { r.Trust = strangers }, cardtool.Invalid, "chain", "not by a CA that is trusted"},
		"no status":          {func(r *cardtool.VerifyRequest) { r.CRLs, r.OCSPs = nil, nil }, cardtool.NotEstablished, "status", "no revocation data"},
		"content changed":    {func(r *cardtool.VerifyRequest) { r.Content = []byte("別の文書") }, cardtool.Invalid, "content", "content changed"},
		"no content":         {func(r *cardtool.VerifyRequest) { r.Content = nil }, cardtool.NotEstablished, "", "detached"},
		"rubbish":            {func(r *cardtool.VerifyRequest) { r.Signature = []byte("rubbish") }, cardtool.Invalid, "", "not a ContentInfo"},
		"authentication key": {func(r *cardtool.VerifyRequest) { r.Signature = w.byAuth }, cardtool.Invalid, "chain", "authentication CA"},
		"expired":            {func(r *cardtool.VerifyRequest) { r.At = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC) }, cardtool.NotEstablished, "chain", "expired since"},
		"not yet valid":      {func(r *cardtool.VerifyRequest) { r.At = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC) }, cardtool.Invalid, "chain", "not yet valid"},
		"stale list": {func(r *cardtool.VerifyRequest) {
			r.CRLs, r.OCSPs = []cardtool.Evidence{w.crl(t)}, nil
			r.At = now.Add(24 * time.Hour)
		}, cardtool.NotEstablished, "status", "list: "},
		"the only answer stale": {func(r *cardtool.VerifyRequest) {
			r.CRLs, r.OCSPs = nil, []cardtool.Evidence{w.ocsp(t, crypto.SHA256, 5, func(s *ocsp.SingleResponse) { s.NextUpdate = now.Add(-time.Second).UTC() })}
		}, cardtool.NotEstablished, "status", "answer: "},
		"revoked in the list": {func(r *cardtool.VerifyRequest) {
			r.CRLs = []cardtool.Evidence{w.crl(t, entry(w.sign.SerialNumber, jpki.KeyCompromise))}
		}, cardtool.Invalid, "status", "keyCompromise"},
		"on hold": {func(r *cardtool.VerifyRequest) {
			r.CRLs = []cardtool.Evidence{w.crl(t, entry(w.sign.SerialNumber, jpki.CertificateHold))}
		}, cardtool.Invalid, "status", "certificateHold"},
		"revoked in the answer": {func(r *cardtool.VerifyRequest) {
			r.OCSPs = []cardtool.Evidence{w.ocsp(t, crypto.SHA256, 5, func(s *ocsp.SingleResponse) {
				s.Status, s.RevokedAt, s.Reason = ocsp.Revoked, now.Add(-time.Hour).UTC(), jpki.Superseded
			})}
		}, cardtool.Invalid, "status", "superseded"},
		"unknown": {func(r *cardtool.VerifyRequest) {
			r.OCSPs = []cardtool.Evidence{w.ocsp(t, crypto.SHA256, 5, func(s *ocsp.SingleResponse) { s.Status = ocsp.Unknown })}
		}, cardtool.Invalid, "status", "unknown"},
		"answer about another": {func(r *cardtool.VerifyRequest) {
			r.CRLs, r.OCSPs = nil, []cardtool.Evidence{w.ocsp(t, crypto.SHA256, 5, func(s *ocsp.SingleResponse) { s.ID.Serial = big.NewInt(9) })}
		}, cardtool.NotEstablished, "status", "no answer about the certificate"},
		"list not for it": {func(r *cardtool.VerifyRequest) {
			r.CRLs, r.OCSPs = []cardtool.Evidence{{Name: "x", DER: []byte{0x30, 0}}}, nil
		}, cardtool.NotEstablished, "status", "not a revocation list"},
	} {
		r := w.asked(t)
		c.change(&r)
		v, err := cardtool.VerifySignature(r)
		kind := cardtool.NotValid
		if c.outcome == cardtool.NotEstablished {
			kind = cardtool.NotEstablishedFault
		}
		if v.Outcome != c.outcome || !kind.Is(err) {
			t.Errorf("%s: %s, %v", name, v.Outcome, err)
		}
		found := c.check == "" && strings.Contains(v.Detail, c.reason)
		var checks []cardtool.Check
		for i := range v.Signatures {
			checks = append(checks, cardtool.ChecksOf(&v.Signatures[i], nil)...)
		}
		for _, k := range checks {
			found = found || k.Name == c.check && k.State != cardtool.Holds && strings.Contains(k.Reason, c.reason)
		}
		if !found {
			t.Errorf("%s: no %s because of %q in %+v %s", name, c.check, c.reason, checks, v.Detail)
		}
	}
}

func TestOutcomeOfPartsLeftOut(t *testing.T) {
	w := hierarchy(t)
	r := w.asked(t)
	r.CRLs, r.OCSPs, r.Without = nil, nil, []cardtool.Part{cardtool.PartStatus}
	v, err := cardtool.VerifySignature(r)
	if err != nil || v.Outcome != cardtool.AsAsked || len(v.LeftOut) != 1 {
		t.Errorf("%+v %v", v, err)
	}
	r.Without = []cardtool.Part{cardtool.PartChain}
	if v, err = cardtool.VerifySignature(r); !cardtool.NotEstablishedFault.Is(err) {
		t.Errorf("status without a chain: %+v %v", v, err)
	}
	r.Without, r.Trust = []cardtool.Part{cardtool.PartChain, cardtool.PartStatus}, cardtool.Trust{}
	if v, err = cardtool.VerifySignature(r); err != nil || v.Outcome != cardtool.AsAsked {
		t.Errorf("%+v %v", v, err)
	}
	r.Signature, r.Content = w.attached, nil
	if v, err = cardtool.VerifySignature(r); err != nil || !bytes.Equal(v.Content, content) {
		t.Errorf("attached: %v", err)
	}
}

// TestVerdictIsTheWorstCheck: whatever is given or left away, a verdict is valid
// exactly when nothing was left out and every check holds.
func TestVerdictIsTheWorstCheck(t *testing.T) {
	w := hierarchy(t)
	good, revoked := w.crl(t), w.crl(t, entry(w.sign.SerialNumber, jpki.Superseded))
	answers := []cardtool.Evidence{w.ocsp(t, crypto.SHA256, 5, nil), w.ocsp(t, crypto.SHA1, 5, func(s *ocsp.SingleResponse) { s.Status = ocsp.Unknown }), {Name: "x", DER: []byte{1}}}
	rapid.Check(t, func(t *rapid.T) {
		r := cardtool.VerifyRequest{Signature: rapid.SampledFrom([][]byte{w.signature, w.byAuth, w.attached, nil}).Draw(t, "signature"),
			Content: rapid.SampledFrom([][]byte{content, {}, nil}).Draw(t, "content"),
			Kind:    rapid.SampledFrom(jpki.Kinds[:]).Draw(t, "kind"), At: rapid.SampledFrom([]time.Time{now, now.AddDate(0, 0, 5), now.AddDate(10, 0, 0)}).Draw(t, "at"),
			CRLs:    rapid.SliceOfN(rapid.SampledFrom([]cardtool.Evidence{good, revoked}), 0, 2).Draw(t, "lists"),
			OCSPs:   rapid.SliceOfN(rapid.SampledFrom(answers), 0, 2).Draw(t, "answers"),
			Without: rapid.SampledFrom([][]cardtool.Part{nil, {cardtool.PartStatus}, {cardtool.PartChain}, {cardtool.PartChain, cardtool.PartStatus}}).Draw(t, "without")}
		if rapid.Bool().Draw(t, "trust") {
			r.Trust = w.trust
		}
		v, err := cardtool.VerifySignature(r)
		fails, unchecked := len(v.Signatures) == 0 && v.Reason.Verdict() == verify.Failed, len(v.Signatures) == 0
		for i := range v.Signatures {
			for _, c := range cardtool.ChecksOf(&v.Signatures[i], r.Without) {
				fails, unchecked = fails || c.State == cardtool.Fails, unchecked || c.State == cardtool.NotChecked
			}
		}
		want := cardtool.Valid
		switch {
		case fails:
			want = cardtool.Invalid
		case unchecked:
			want = cardtool.NotEstablished
		case len(r.Without) > 0:
			want = cardtool.AsAsked
		}
		if v.Outcome != want || (err == nil) != (want == cardtool.Valid || want == cardtool.AsAsked) || (v.Report.Verdict == verify.Passed) != (want == cardtool.Valid) {
			t.Fatalf("%s, want %s with %+v, %v", v.Outcome, want, v.Report, err)
		}
		if v.Outcome == cardtool.Valid && (len(r.CRLs)+len(r.OCSPs) == 0 || !bytes.Equal(r.Signature, w.signature) && !bytes.Equal(r.Signature, w.attached) && r.Kind != jpki.Authentication) {
			t.Fatal("valid without evidence, or by the wrong kind of key")
		}
	})
}

// TestFilesArePEMOrDER: anything before, between or behind the wanted
// blocks is refused.
func TestFilesArePEMOrDER(t *testing.T) {
	w := hierarchy(t)
	ca := w.profiles[jpki.Signature].CA()
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw})
	for name, b := range map[string][]byte{"DER": ca.Raw, "PEM": block, "two": append(bytes.Clone(block), block...)} {
		if _, err := cardtool.ParseCA(b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, b := range map[string][]byte{"empty": nil, "text behind": append(bytes.Clone(block), "text"...), "another block": append(bytes.Clone(block), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}})...),
		"DER with more": append(bytes.Clone(ca.Raw), 0), "many": bytes.Repeat(block, 60)} {
		if _, err := cardtool.ParseCA(b); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := cardtool.NewTrust(ca, ca); err == nil {
		t.Error("one CA twice")
	}
	if _, err := cardtool.NewTrust(w.sign); err == nil {
		t.Error("a holder's certificate as CA")
	}
	key, err := x509.MarshalPKIXPublicKey(&chiptest.Key(1).PublicKey)
	ok(t, err)
	if k, err := cardtool.ParseRoot(key); err != nil || len(k) != 1 {
		t.Error(err)
	}
	if _, err := cardtool.ParseRoot(ca.Raw); err == nil {
		t.Error("a certificate as root key")
	}
	list := w.crl(t).DER
	for name, b := range map[string][]byte{"DER": list, "PEM": pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list})} {
		if got, err := cardtool.ParseCRLFile(b); err != nil || !bytes.Equal(got, list) {
			t.Errorf("list as %s: %v", name, err)
		}
	}
	if _, err := cardtool.ParseOCSPFile(ocsp.ErrorResponse(ocsp.TryLater)); err != nil {
		t.Errorf("an unsuccessful answer is still an answer: %v", err)
	}
}
