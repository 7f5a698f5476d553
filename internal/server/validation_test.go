package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"kado/internal/agency/validation"
	"kado/internal/server"
	"kado/jpki"
	"kado/mynumber"
)

// The listeners serve a kept world, the switchboard counts from the next answer,
// the TLS certificate stays the same over a restart, and stopping waits for nobody.
func TestServeValidation_FromOutside(t *testing.T) {
	dir := t.TempDir()
	box := open(t, options(dir))
	if err := box.House.Daily(ctx); err != nil { // the authorities begin
		t.Fatal(err)
	}
	cert, file, err := box.VerifierCertificate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := box.VerifierCertificate(ctx); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(file); err != nil || string(again) != string(first) {
		t.Error("another certificate", err)
	}
	if p, err := box.House.PublishLists(ctx, false, ""); err != nil || p.Issued != 0 {
		t.Fatalf("on the same day again: %+v, %v", p, err)
	}
	board, err := box.Switchboard()
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "c"}, NotAfter: start}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	by := server.Staff(server.CAOperator, "")
	v, err := box.House.Validation.Accredit(ctx, by, validation.Verifier{Name: "銀行", From: mynumber.DateOf(box.Clock.Now()),
		Purposes: []validation.Purpose{validation.PurposeStatus, validation.PurposeFaults}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := box.House.Validation.BindKey(ctx, by, v.ID, der); err != nil {
		t.Fatal(err)
	}
	listeners := make([]net.Listener, 2)
	for i := range listeners {
		if listeners[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() {
		served <- box.House.ServeValidation(running, server.ValidationListeners{Public: listeners[0], Verifiers: listeners[1], Board: board,
			TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, Report: func(err error) { t.Error(err) }})
	}()
	block, _ := pem.Decode(first)
	trusted, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(trusted)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}}
	client := &http.Client{Transport: transport}
	secure, plain := "https://"+listeners[1].Addr().String(), "http://"+listeners[0].Addr().String()
	fetch := func(method, url, doc string) (int, string) {
		r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(doc))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(body)
	}
	var me struct{ ID string }
	if code, body := fetch("GET", secure+"/v1/me", ""); code != 200 || json.Unmarshal([]byte(body), &me) != nil || me.ID != v.ID {
		t.Errorf("%d %s", code, body)
	}
	ask := `{"for":"` + v.ID + `","reason":"w","certificates":[{"kind":"signature","serial":"77"}]}`
	if code, body := fetch("POST", secure+"/v1/status", ask); code != 200 || !strings.Contains(body, `"verdict":"unknown"`) {
		t.Errorf("%d %s", code, body)
	}
	list := plain + "/crl/signature/1"
	if code, _ := fetch("GET", list, ""); code != 200 {
		t.Errorf("list: %d", code)
	}
	if code, body := fetch("POST", secure+"/v1/faults/set", `{"fault":"http-500","kind":"signature"}`); code != 200 {
		t.Errorf("%d %s", code, body)
	}
	if code, _ := fetch("GET", list, ""); code != 500 {
		t.Errorf("list under a fault: %d", code)
	}
	if code, _ := fetch("POST", secure+"/v1/faults/clear", `{"all":true}`); code != 200 {
		t.Error(code)
	}
	if code, _ := fetch("GET", list, ""); code != 200 {
		t.Errorf("list after it: %d", code)
	}
	transport.CloseIdleConnections()
	stop()
	select {
	case err := <-served:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("does not stop")
	}
	if err := box.Close(); err != nil {
		t.Error(err)
	}
}

// Every day brings new lists, once however often it is asked; between them there are
// none.
// Shows: R-41
func TestR41_DailyPublishesWhatIsDue(t *testing.T) {
	box := open(t, options(t.TempDir()))
	defer shut(t, box)
	number := func() (out [2]int64) {
		t.Helper()
		for i, kind := range jpki.Kinds {
			l, err := box.House.Validation.CRL(ctx, kind, 1, "")
			if err != nil || box.Clock.Now().After(l.NextUpdate) {
				t.Fatalf("%s: until %s, %v", kind, l.NextUpdate, err)
			}
			out[i] = l.Number
		}
		return out
	}
	for day := range int64(3) {
		for range 2 {
			if err := box.House.Daily(ctx); err != nil {
				t.Fatal(err)
			}
			if got := number(); got != [2]int64{day + 1, day + 1} {
				t.Errorf("day %d: lists %v", day, got)
			}
		}
		if err := box.Clock.Advance(validation.ListInterval); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := box.House.PublishLists(ctx, true, ""); err != nil || p.Issued != 2 {
		t.Errorf("%+v, %v", p, err)
	}
}
