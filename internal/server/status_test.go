package server_test

import (
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/purpose"
	"kado/internal/server"
	"kado/jpki"
	"kado/mynumber"
)

// A house that starts again accredits its login office no second time, and leaves
// an end of the accreditation as it is.
func TestLoginOfficeIsAccreditedOnce(t *testing.T) {
	const id = "ver_login"
	config := server.Config{DB: "sqlite:" + filepath.Join(t.TempDir(), "house.db"), Purpose: purpose.Production, Keys: keystore.NewMemory(), Clock: clock.NewManual(start), Entropy: entropy.System(),
		Settings: jpki.DefaultSettings(), LoginVerifier: id, StatusURL: func() string { return "http://127.0.0.1" }}
	by := journal.Actor{Kind: journal.System, ID: "test"}
	end := mynumber.DateOf(start)
	for n := range 3 {
		h, err := server.Open(ctx, config)
		if err != nil {
			t.Fatal(err)
		}
		all, err := h.Validation.Verifiers(ctx, by)
		if err != nil {
			t.Fatal(err)
		}
		if h.LoginVerifier != id || len(all) != 1 || all[0].ID != id || (n == 2) != (all[0].To == end) {
			t.Errorf("start %d: %q, %+v", n, h.LoginVerifier, all)
		}
		if n == 1 {
			v := all[0].Verifier
			v.To = end
			if _, err := h.Validation.Accredit(ctx, by, v); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The status desk answers until it is stopped.
func TestServeStatus(t *testing.T) {
	box := open(t, options(""))
	defer shut(t, box)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop := box.House.ServeStatus(ln)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Post("http://"+ln.Addr().String()+"/ocsp/authentication", "application/ocsp-request", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close() // only that somebody answers
	if got := resp.Header.Get("Content-Type"); got != "application/ocsp-response" {
		t.Errorf("answered as %q", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, err := client.Get("http://" + ln.Addr().String() + "/ocsp/authentication"); err == nil {
		t.Error("still answers")
	}
}
