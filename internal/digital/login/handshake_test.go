package login_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login"
	"kado/internal/platform/journal"
)

// shakes makes a TLS connection with a client's certificate and returns what the
// server saw of it.
func shakes(t *testing.T, cert *x509.Certificate, key any) (tls.ConnectionState, error) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"site"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, own.Public(), own)
	if err != nil {
		t.Fatal(err)
	}
	a, b := net.Pipe()
	client := tls.Client(a, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}})
	server := tls.Server(b, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: own}}, ClientAuth: tls.RequestClientCert, MaxVersion: tls.VersionTLS12, SessionTicketsDisabled: true})
	done := make(chan error, 1)
	go func() { done <- client.Handshake() }()
	err = server.Handshake()
	_ = b.Close() // both ends are this test's
	<-done
	_ = a.Close()
	return server.ConnectionState(), err
}

// A TLS handshake is a proof of its own kind: every other check is the same, the
// challenge serves once, and the journal keeps it apart.
// Shows: CRT-56, P-42
func TestByTLS_HasItsOwnRecord(t *testing.T) {
	r := small(t)
	cert := r.Issue(t, validationtest.Order{Person: "per_7"})
	state, err := shakes(t, cert, validationtest.Key(validationtest.HolderKey))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	c := r.begin(t, r.shop)
	answer, ok := login.ByTLS(c.ID, &state)
	if !ok || answer.Proof() != login.ProofTLS {
		t.Fatal(answer, ok)
	}
	l, err := r.Finish(ctx, answer)
	if err != nil || l.Party != r.shop.ID {
		t.Fatal(l, err)
	}
	if es := r.journalOf(t, "per_7"); len(es) != 1 || es[0].Act != login.ActLoggedInByTLS || es[0].Outcome != journal.Done {
		t.Errorf("%+v", es)
	}
	if again := r.mustLogin(t, r.shop, cert); again != l.Pairwise {
		t.Error("another id than with a signature")
	}
	if _, err := r.Finish(ctx, answer); !login.NoChallenge.Is(err) {
		t.Errorf("a second time: %v", err)
	}
}

// The proof is the connection's certificate and no other; without a handshake
// there is none.
func TestByTLS_ProvesOneCertificate(t *testing.T) {
	r := small(t)
	mine, other := r.Issue(t, validationtest.Order{Person: "per_7"}), r.Issue(t, validationtest.Order{Person: "per_8"})
	state, err := shakes(t, mine, validationtest.Key(validationtest.HolderKey))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for name, change := range map[string]func(*login.Response){
		"another certificate": func(a *login.Response) { a.Certificate = other.Raw },
		"and a signature":     func(a *login.Response) { a.Signature = []byte{1} },
	} {
		answer, ok := login.ByTLS(r.begin(t, r.shop).ID, &state)
		if !ok {
			t.Fatal("no proof")
		}
		change(&answer)
		if _, err := r.Finish(ctx, answer); !login.BadSignature.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Nobody but ByTLS can claim it.
	if _, err := r.Finish(ctx, login.Response{Challenge: r.begin(t, r.shop).ID, Certificate: mine.Raw}); !login.BadSignature.Is(err) {
		t.Errorf("without a proof: %v", err)
	}
	resumed, open, bare := state, state, state
	resumed.DidResume, open.HandshakeComplete, bare.PeerCertificates = true, false, nil
	for name, c := range map[string]*tls.ConnectionState{"resumed": &resumed, "incomplete": &open, "without certificate": &bare, "none": nil} {
		if _, ok := login.ByTLS("chl", c); ok {
			t.Errorf("%s: a proof", name)
		}
	}
	// Another key than the certificate's: TLS itself refuses.
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shakes(t, mine, key); err == nil {
		t.Error("a handshake with another key")
	}
}
