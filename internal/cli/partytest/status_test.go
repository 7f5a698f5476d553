package partytest

import (
	"crypto"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"kado/internal/agency/authority"
	"kado/internal/agency/hotline"
	"kado/internal/digital/login"
	"kado/internal/platform/clock"
	"kado/internal/platform/web/webtest"
	"kado/internal/scenario/folk"
	"kado/internal/server"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// living is the signature certificate of a persona, and its authority's.
func living(t *testing.T, p folk.Persona) (record authority.Certificate, own, ca *x509.Certificate) {
	t.Helper()
	all, err := shared.box.House.Authority.OfCard(t.Context(), p.Card)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Kind == jpki.Signature && c.State == authority.Active {
			record = c
		}
	}
	if own, err = x509.ParseCertificate(record.DER); err != nil {
		t.Fatal(err)
	}
	generations, err := shared.box.House.Authority.Generations(t.Context(), jpki.Signature)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range generations {
		if c, err := x509.ParseCertificate(g.Certificate); err == nil && own.CheckSignatureFrom(c) == nil {
			return record, own, c
		}
	}
	t.Fatal("nobody has issued the certificate")
	return record, own, nil
}

// selfMade is a responder that stands between a site and the authority: whoever holds
// the card answers about it, with the card's own key and certificate.
func selfMade(t *testing.T, p folk.Persona) string {
	t.Helper()
	_, own, ca := living(t, p)
	answer := func() (out []byte, err error) {
		card, err := shared.box.Shelf.Take(p.Card)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, card.Close()) }()
		j, err := reader.New(card.Transport()).JPKI()
		if err != nil {
			return nil, err
		}
		if err := j.Verify(reader.SignatureKey, mynumber.NewSecret(p.PINs.Signature)); err != nil {
			return nil, err
		}
		now := shared.box.Clock.Now()
		return ocsp.CreateResponse(ca, own, ocsp.Response{Status: ocsp.Good, SerialNumber: own.SerialNumber, ThisUpdate: now, NextUpdate: now.Add(time.Hour), Certificate: own,
			IssuerHash: crypto.SHA1}, j.Signer(reader.SignatureKey, own.PublicKey))
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		out, err := answer()
		if err != nil {
			t.Errorf("the card does not answer: %v", err)
		}
		w.Header().Set("Content-Type", "application/ocsp-response")
		_, _ = w.Write(out) // the site may have gone
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// looksForTheEnd has a holder sign at a sample whose authority does not answer, for whom
// the holder answers, whose authority says good, and whose certificate ends, or is stopped,
// between the signature and the site's question.
func looksForTheEnd(t *testing.T, end func(*testing.T, folk.Persona), persona, client, path string, args ...string) {
	h := open(t)
	p, err := shared.folk.ByID(persona)
	if err != nil {
		t.Fatal(err)
	}
	ca := authorities(t, h, "signature")
	sign := func(client, responder string, meanwhile func()) (int, string) {
		at := webtest.Address(t)
		program(t, at, t.TempDir(), path, args, "ISSUER="+h.issuer, "CLIENT_ID="+client, "BASE=http://"+at, "LISTEN="+at, "CA="+ca, "OCSP="+responder)
		b := h.browser(t, persona)
		if code, page, _ := visit(t, b, "http://"+at+"/login"); !strings.Contains(page, p.Name) {
			t.Fatalf("%d\n%s", code, page)
		}
		next := b.CheckRedirect
		b.CheckRedirect = func(r *http.Request, via []*http.Request) error {
			if r.URL.Path == "/callback" {
				meanwhile() // the signature is made, the site has not seen it
			}
			return next(r, via)
		}
		return press(t, b, "http://"+at, "/sign")
	}
	const valid, ended = "署名は正しいものです", "失効しているか、一時停止中です"
	nothing := func() {}
	for _, c := range []struct{ what, id, responder string }{
		{"nobody answers", "silent", "http://" + webtest.Address(t)},
		{"another page answers", "page", h.base + "/"},
		{"the other authority answers", "other", h.base + "/ocsp/authentication"},
		{"the holder answers", "self", selfMade(t, p)},
	} {
		if code, page := sign(client+c.id, c.responder, nothing); code != 400 || strings.Contains(page, valid) || strings.Contains(page, ended) {
			t.Errorf("%s: %d\n%s", c.what, code, page)
		}
	}
	if code, page := sign(client+"good", "", nothing); code != 200 || !strings.Contains(page, valid) || !strings.Contains(page, "失効していません") {
		t.Errorf("the authority answers: %d\n%s", code, page)
	}
	once := sync.OnceFunc(func() { end(t, p) })
	if code, page := sign(client+"ended", "", once); code != 400 || strings.Contains(page, valid) || !strings.Contains(page, ended) {
		t.Errorf("ended since: %d\n%s", code, page)
	}
}

// revoked is the end that a holder wishes for.
func revoked(t *testing.T, p folk.Persona) {
	record, _, _ := living(t, p)
	if err := shared.box.House.Authority.Revoke(t.Context(), server.Staff(server.CAOperator, ""), jpki.Signature, record.Serial, mynumber.CessationOfOperation); err != nil {
		t.Error(err)
	}
}

// stopped is a call at the stop line.
func stopped(t *testing.T, p folk.Persona) {
	owner, err := shared.box.House.Registry.Person(t.Context(), p.Owner)
	if err == nil {
		a := owner.Attributes
		_, err = shared.box.House.Hotline.Suspend(t.Context(), server.Staff(server.Operator, ""), hotline.Call{Name: a.Name, BirthDate: a.BirthDate, Address: a.Address, Cause: hotline.Lost})
	}
	if err != nil {
		t.Error(err)
	}
}

// The sample in Go: four attributes of the card and a contract signed with it, as far as
// the certificate counts.
//
// Shows: CIT-71
func TestSampleInGoLooksForTheEndOfACertificate(t *testing.T) {
	looksForTheEnd(t, revoked, "elderly", "gostatus", goSample(t))
}

// The sample in Node, while its visitor calls the stop line: the next question of anybody
// is answered with the stop, and so is the next login.
//
// Shows: OPS-06
func TestSampleInNodeLooksForTheEndOfACertificate(t *testing.T) {
	node, file := nodeSample(t)
	elapsed := clock.Elapsed()
	var called time.Duration
	looksForTheEnd(t, func(t *testing.T, p folk.Persona) { stopped(t, p); called = elapsed() }, "eighteen", "nodestatus", node, file)
	t.Logf("the site knew %.2f s after the call was recorded", (elapsed() - called).Seconds())
	h, at := open(t), webtest.Address(t)
	program(t, at, t.TempDir(), node, []string{file}, "ISSUER="+h.issuer, "CLIENT_ID=nodestatuslater", "BASE=http://"+at, "LISTEN="+at)
	if code, page, _ := visit(t, h.browser(t, "eighteen"), "http://"+at+"/login"); code != 400 || !strings.Contains(page, "中止しました") {
		t.Errorf("a login after the call: %d\n%s", code, page)
	}
	if last := h.asked.List("nodestatuslater")[0]; last.Number != login.Suspended.Code() {
		t.Errorf("the log ends with %+v", last)
	}
}
