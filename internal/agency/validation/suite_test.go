package validation_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/staff"
	"kado/jpki"
	"kado/jpki/ocsp"
	"kado/mynumber"
)

var operator = journal.Actor{Kind: journal.Staff, ID: "ca-1"}

const auth = jpki.Authentication

// room is the office in its small world.
type room struct {
	*validation.Office
	*validationtest.World
	db *db.DB
}

func newRoom(t testing.TB, d *db.DB) room {
	t.Helper()
	ctx := context.Background()
	if err := d.Migrate(ctx, journal.Schema(), staff.Schema(), validation.Schema()); err != nil {
		t.Fatal(err)
	}
	if err := d.Tx(ctx, hire); err != nil {
		t.Fatal(err)
	}
	return open(t, d, validationtest.New(t))
}

// hire registers the CA operator who acts in the tests, and a member without that
// role.
func hire(tx *db.Tx) error {
	who := staff.Who{Actor: journal.Actor{Kind: journal.System, ID: "test"}, At: validationtest.Start, Reason: "test"}
	ctx := context.Background()
	if err := staff.AddBranch(ctx, tx, staff.Branch{ID: "agency", Name: "機構", Hours: staff.Hours{Weekdays: "1234567", Opens: "00:00", Closes: "23:59"}}, who); err != nil {
		return err
	}
	for id, role := range map[string]staff.Role{operator.ID: staff.CAOperator, "hot-1": staff.HotlineOperator} {
		if err := staff.AddMember(ctx, tx, staff.Member{ID: id, Name: id, Branch: "agency", Employer: "agency", Roles: []staff.Role{role}}, who); err != nil {
			return err
		}
	}
	return nil
}

// open is the office of one more process on the same database.
func open(t testing.TB, d *db.DB, w *validationtest.World) room {
	return room{validation.New(validation.Deps{DB: d, Clock: w.Clock, Entropy: entropy.Seeded(t.Name()), Authority: w.Authority(),
		Cards: w.Cards(), Register: w.Residents(), Settings: w.Settings, Places: w}), w, d}
}

func small(t testing.TB) room { return newRoom(t, dbtest.SQLite(t)) }

// accredit makes a verifier for purposes, from today on.
func (r room) accredit(t testing.TB, purposes ...validation.Purpose) string {
	t.Helper()
	v, err := r.Accredit(context.Background(), operator, validation.Verifier{Name: "銀行", Purposes: purposes, From: mynumber.DateOf(r.Clock.Now())})
	if err != nil {
		t.Fatal(err)
	}
	return v.ID
}

func (r room) advance(t testing.TB, d time.Duration) {
	t.Helper()
	if err := r.Clock.Advance(d); err != nil {
		t.Fatal(err)
	}
}

func serial(c *x509.Certificate) string { return c.SerialNumber.Text(16) }

func ref(c *x509.Certificate) validation.Ref { return validation.Ref{Kind: auth, Serial: serial(c)} }

// serve starts the office's HTTP side on loopback.
func (r room) serve(t testing.TB) string {
	t.Helper()
	s := httptest.NewServer(r.Handler())
	t.Cleanup(s.Close)
	return s.URL
}

func post(t testing.TB, url string, der []byte) (*http.Response, []byte) {
	t.Helper()
	answer, err := http.Post(url, "application/ocsp-request", bytes.NewReader(der))
	return read(t, answer, err)
}

func get(t testing.TB, url string) (*http.Response, []byte) {
	t.Helper()
	answer, err := http.Get(url)
	return read(t, answer, err)
}

func read(t testing.TB, answer *http.Response, err error) (*http.Response, []byte) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, body
}

func certID(t testing.TB, h crypto.Hash, ca, cert *x509.Certificate) ocsp.CertID {
	t.Helper()
	id, err := ocsp.NewCertID(h, ca, cert.SerialNumber)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func question(t testing.TB, nonce []byte, ids ...ocsp.CertID) []byte {
	t.Helper()
	der, err := (&ocsp.Request{IDs: ids, Nonce: nonce}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// told is the status that a client of OCSP understands; Good where there is no
// error.
func told(t testing.TB, err error) jpki.StatusError {
	t.Helper()
	var s *jpki.StatusError
	switch {
	case err == nil:
		return jpki.StatusError{Status: jpki.Good}
	case errors.As(err, &s):
		return *s
	}
	t.Fatal(err)
	return jpki.StatusError{}
}

// askOCSP asks the handler without a network in between.
func (r room) askOCSP(t testing.TB, handler http.Handler, ca, cert *x509.Certificate) jpki.StatusError {
	t.Helper()
	id := certID(t, crypto.SHA256, ca, cert)
	q := httptest.NewRequest(http.MethodPost, "/ocsp/authentication", bytes.NewReader(question(t, []byte("nonce"), id)))
	q.Header.Set("Content-Type", "application/ocsp-request")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, q)
	_, err := ocsp.Check(w.Body.Bytes(), ocsp.Query{ID: id, Authority: ca, Nonce: []byte("nonce")}, r.Clock.Now())
	return told(t, err)
}

func (r room) suspendCard(id mynumber.CardID) {
	r.Card(id, func(c *cards.Card) {
		c.State, c.SuspendedAt, c.ChangedAt = cards.Suspended, r.Clock.Now(), r.Clock.Now()
	})
}

func (r room) endCard(id mynumber.CardID, why cards.EndReason) {
	r.Card(id, func(c *cards.Card) {
		c.State, c.EndReason, c.SuspendedAt, c.ChangedAt = cards.Abolished, why, time.Time{}, r.Clock.Now()
	})
}

func (r room) revoke(serial string, why mynumber.RevocationReason) {
	r.Certificate(serial, func(c *authority.Certificate) {
		c.State, c.Reason, c.EndedAt, c.HeldAt = authority.Revoked, why, r.Clock.Now(), time.Time{}
	})
}

func (r room) hold(serial string) {
	r.Certificate(serial, func(c *authority.Certificate) { c.State, c.HeldAt = authority.OnHold, r.Clock.Now() })
}

func holderOf(person string, state authority.State) validationtest.Order {
	return validationtest.Order{Person: person, State: state}
}
