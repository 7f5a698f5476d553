package login_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/jpki"
	"kado/jpki/ocsp"
)

// BenchmarkFinish is a login of a known holder on both engines, with the question
// to the validation authority over loopback HTTP: verification, status, database.
func BenchmarkFinish(b *testing.B) {
	dbtest.Bench(b, func(b *testing.B, d *db.DB) {
		r := newRoom(b, d)
		cert := r.Issue(b, validationtest.Order{})
		r.mustLogin(b, r.shop, cert)
		for b.Loop() {
			b.StopTimer()
			a := answer(b, r.begin(b, r.shop), cert)
			b.StartTimer()
			if _, err := r.Finish(context.Background(), a); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkVerifyInside is the verification of a login in one process (certificate, chain,
// the card's signature, status, whose it is) against the two RSA verifications in it,
// in turns; "ratio" is the one by the other. Nothing moves meanwhile in the records.
func BenchmarkVerifyInside(b *testing.B) {
	ctx := context.Background()
	d := dbtest.SQLite(b)
	r := newRoom(b, d)
	cert := r.Issue(b, validationtest.Order{})
	desk := validation.New(validation.Deps{Answering: validation.Answering{Changes: validation.JournalChanges(d)}, DB: d, Clock: r.Clock, Entropy: entropy.Seeded("inside"),
		Authority: r.Authority(), Cards: r.Cards(), Register: r.Residents(), Settings: r.Settings, Places: r.World})
	o := login.New(login.Deps{DB: d, Clock: r.Clock, Entropy: entropy.Seeded("inside"), Authority: r.Authority(), Settings: r.Settings,
		Validation: r.desk, Verifier: r.verifier, Present: desk.Present})
	c := r.begin(b, r.shop)
	a := answer(b, c, cert)
	l, err := o.Finish(ctx, a)
	if err != nil {
		b.Fatal(err)
	}
	key, digest := cert.PublicKey.(*rsa.PublicKey), sha256.Sum256(c.Message)
	elapsed := clock.Elapsed()
	var whole, bare time.Duration
	for b.Loop() {
		start := elapsed()
		for range 16 {
			if id, err := o.VerifyInside(ctx, c, r.shop, a); err != nil || id != l.Pairwise {
				b.Fatal(id, err)
			}
		}
		whole += elapsed() - start
		start = elapsed()
		for range 2 * 16 {
			if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], a.Signature); err != nil {
				b.Fatal(err)
			}
		}
		bare += elapsed() - start
	}
	b.ReportMetric(whole.Seconds()/bare.Seconds(), "ratio")
	b.ReportMetric(whole.Seconds()/float64(b.N)/16*1e6, "µs/login")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkVerify is the verification inside Finish without database and network:
// certificate, card signature and the OCSP answer. BenchmarkVerifyBareRSA is the
// four RSA verifications of it and nothing else.
func BenchmarkVerify(b *testing.B) {
	r := small(b)
	cert := r.Issue(b, validationtest.Order{})
	a := answer(b, r.begin(b, r.shop), cert)
	ca := r.CA(jpki.Authentication, 2)
	pool, err := jpki.NewPool(r.Settings, r.CA(jpki.Authentication, 1), ca)
	if err != nil {
		b.Fatal(err)
	}
	message := []byte(example)
	a.Signature = sign(b, validationtest.Key(validationtest.HolderKey), message)
	id, question := oneQuestion(b, ca, cert)
	told := r.ask(b, question)
	for b.Loop() {
		c, err := jpki.ParseCertificate(a.Certificate)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := pool.Verify(c, jpki.Authentication, r.Clock.Now()); err != nil {
			b.Fatal(err)
		}
		digest := sha256.Sum256(message)
		if err := rsa.VerifyPKCS1v15(c.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], a.Signature); err != nil {
			b.Fatal(err)
		}
		if _, err := ocsp.Check(told, ocsp.Query{ID: id, Authority: ca, Nonce: []byte("nonce")}, r.Clock.Now()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyBareRSA verifies four RSA-2048 signatures: of the certificate, of
// the card, of the responder's certificate and of its answer.
func BenchmarkVerifyBareRSA(b *testing.B) {
	r := small(b)
	cert := r.Issue(b, validationtest.Order{})
	key := r.CA(jpki.Authentication, 2).PublicKey.(*rsa.PublicKey)
	for b.Loop() {
		for range 4 {
			digest := sha256.Sum256(cert.RawTBSCertificate)
			if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], cert.Signature); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkStatus is one question to the validation authority and its answer, by
// a direct call and over loopback HTTP. The responder's RSA signature is most of
// the former.
func BenchmarkStatus(b *testing.B) {
	r := small(b)
	ca, cert := r.CA(jpki.Authentication, 2), r.Issue(b, validationtest.Order{})
	id, question := oneQuestion(b, ca, cert)
	check := func(b *testing.B, answer []byte) {
		if _, err := ocsp.Check(answer, ocsp.Query{ID: id, Authority: ca, Nonce: []byte("nonce")}, r.Clock.Now()); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("direct", func(b *testing.B) {
		for b.Loop() {
			check(b, r.ask(b, question))
		}
	})
	b.Run("http", func(b *testing.B) {
		for b.Loop() {
			answer, err := r.responder.Client().Post(r.responder.URL+"/ocsp/authentication", "application/ocsp-request", bytes.NewReader(question))
			if err != nil {
				b.Fatal(err)
			}
			var body bytes.Buffer
			if _, err := body.ReadFrom(answer.Body); err != nil {
				b.Fatal(err)
			}
			_ = answer.Body.Close()
			check(b, body.Bytes())
		}
	})
}

func oneQuestion(b *testing.B, ca, cert *x509.Certificate) (ocsp.CertID, []byte) {
	b.Helper()
	id, err := ocsp.NewCertID(crypto.SHA256, ca, cert.SerialNumber)
	if err != nil {
		b.Fatal(err)
	}
	der, err := (&ocsp.Request{IDs: []ocsp.CertID{id}, Nonce: []byte("nonce")}).Marshal()
	if err != nil {
		b.Fatal(err)
	}
	return id, der
}

// ask puts a question to the validation authority without a network.
func (r *room) ask(b *testing.B, question []byte) []byte {
	q := httptest.NewRequest(http.MethodPost, "/ocsp/authentication", bytes.NewReader(question))
	q.Header.Set("Content-Type", "application/ocsp-request")
	w := httptest.NewRecorder()
	r.validation.Handler().ServeHTTP(w, q)
	return w.Body.Bytes()
}
