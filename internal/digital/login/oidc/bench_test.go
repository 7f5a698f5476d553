package oidc_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"net/http"
	"syscall"
	"testing"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
)

// BenchmarkLogin is a complete login over HTTP with its load generator in the same
// process: authorization, the card's answer with a real RSA signature, the way back,
// code, tokens, userinfo. BenchmarkLoginSignatures is the private operations in it and
// nothing else, which bound what one processor can do.
func BenchmarkLogin(b *testing.B) {
	dbtest.Bench(b, func(b *testing.B, d *db.DB) {
		h := open(b, d, func(d *oidc.Deps) { d.Observe = nil })
		cert := h.Issue(b, validationtest.Order{})
		h.shop.tokens(cert, "openid name address birthdate gender") // consented once
		b.SetParallelism(8)
		before := processorTime()
		b.RunParallel(func(pb *testing.PB) {
			c := h.browser()
			for pb.Next() {
				h.oneLogin(c, cert)
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "logins/s")
		b.ReportMetric(float64(processorTime()-before)/float64(b.N)/1e6, "cpu-ms/op")
	})
}

func (h *house) oneLogin(c *http.Client, cert *x509.Certificate) {
	id := h.ask(c, h.shop.query("openid name address birthdate gender"))
	next, err := h.Answer(context.Background(), id, h.card(id, cert))
	if err != nil {
		h.t.Error(err)
		return
	}
	a := h.shop.exchange(h.get(c, next).to.Query().Get("code"))
	if a.status != 200 || h.userinfo(a.json(h.t)["access_token"].(string)).status != 200 {
		h.t.Errorf("%d %s", a.status, a.body)
	}
}

func BenchmarkLoginSignatures(b *testing.B) {
	message := sha256.Sum256([]byte("x"))
	rsaKey, ecKey := validationtest.Key(validationtest.HolderKey), rpEC()
	for b.Loop() {
		for range 2 { // the card, and the access token
			must(rsa.SignPKCS1v15(nil, rsaKey, crypto.SHA256, message[:]))
		}
		for range 3 { // the assertion, the ID token and the OCSP answer
			must(ecKey.Sign(rand.Reader, message[:], crypto.SHA256))
		}
	}
}

// BenchmarkFinishInside is a card's answer at the login office alone, and at the provider around it,
// which saves the interaction in one more transaction.
func BenchmarkFinishInside(b *testing.B) {
	h := small(b, func(d *oidc.Deps) { d.Observe = nil })
	cert := h.Issue(b, validationtest.Order{})
	h.shop.tokens(cert, "openid")
	for _, whole := range []bool{false, true} {
		name := "login office"
		if whole {
			name = "provider"
		}
		b.Run(name, func(b *testing.B) {
			c := h.browser()
			for b.Loop() {
				b.StopTimer()
				id := h.ask(c, h.shop.query("openid"))
				a := h.card(id, cert)
				b.StartTimer()
				var err error
				if whole {
					_, err = h.Answer(context.Background(), id, a)
				} else {
					_, err = h.login.Finish(context.Background(), a.Login)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// processorTime is what this process has used so far, in nanoseconds.
func processorTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
