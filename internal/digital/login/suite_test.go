package login_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"kado/internal/agency/cards"
	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

var operator = journal.Actor{Kind: journal.Staff, ID: "op-1"}

// room is the office with the real validation authority over HTTP and a small
// world of records behind it.
type room struct {
	*login.Office
	*validationtest.World
	validation *validation.Office
	db         *db.DB
	responder  *httptest.Server
	// wire, when it holds a handler, stands in for the validation authority on the
	// network. Requests may outlive the client's interest in them.
	wire atomic.Value
	// desk, when set, stands in for its status and linkage interface.
	desk     *desk
	verifier string
	shop     login.Party
}

// desk passes questions on unless a test answers them.
type desk struct {
	validation.Desk
	status  func() (validation.Status, error)
	linkage func() (validation.Ref, error)
	links   int // questions about linkage
}

func (d *desk) Status(ctx context.Context, verifier string, r validation.Ref, why string) (validation.Status, error) {
	if d.status != nil {
		return d.status()
	}
	return d.Desk.Status(ctx, verifier, r, why)
}

func (d *desk) Linkage(ctx context.Context, verifier string, r validation.Ref, why string) (validation.Ref, error) {
	d.links++
	if d.linkage != nil {
		return d.linkage()
	}
	return d.Desk.Linkage(ctx, verifier, r, why)
}

func newRoom(t testing.TB, d *db.DB) *room {
	t.Helper()
	ctx := context.Background()
	if err := d.Migrate(ctx, journal.Schema(), validation.Schema(), login.Schema()); err != nil {
		t.Fatal(err)
	}
	w := validationtest.New(t)
	source := entropy.Seeded(t.Name())
	r := &room{World: w, db: d}
	r.validation = validation.New(validation.Deps{DB: d, Clock: w.Clock, Entropy: source, Authority: w.Authority(), Cards: w.Cards(),
		Register: w.Residents(), Settings: w.Settings, Places: w})
	real := r.validation.Handler()
	r.responder = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if h, _ := r.wire.Load().(http.HandlerFunc); h != nil {
			h(w, q)
			return
		}
		real.ServeHTTP(w, q)
	}))
	t.Cleanup(r.responder.Close)
	v, err := r.validation.Accredit(ctx, journal.Actor{Kind: journal.System, ID: "test"}, validation.Verifier{Name: "login", From: mynumber.DateOf(w.Clock.Now()),
		Purposes: []validation.Purpose{validation.PurposeStatus, validation.PurposeLinkage}})
	if err != nil {
		t.Fatal(err)
	}
	r.desk = &desk{Desk: r.validation}
	r.verifier = v.ID
	r.Office = r.with(t, r.responder.Client())
	r.shop = r.register(t, "店", "https://shop.example")
	return r
}

// inside is a room whose office asks the validation authority within the process.
func inside(t testing.TB) *room {
	r := newRoom(t, dbtest.SQLite(t))
	r.Office = login.New(login.Deps{DB: r.db, Clock: r.Clock, Entropy: entropy.Seeded(t.Name()), Authority: r.Authority(), Settings: r.Settings,
		Validation: r.desk, Verifier: r.verifier, Present: r.validation.Present})
	r.wire.Store(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the office asks by OCSP") }))
	return r
}

// with is one more office on the same database, with a client of its own.
func (r *room) with(t testing.TB, client *http.Client) *login.Office {
	return login.New(login.Deps{DB: r.db, Clock: r.Clock, Entropy: entropy.Seeded(t.Name()), Authority: r.Authority(), Settings: r.Settings,
		Validation: r.desk, Verifier: r.verifier, HTTPClient: client,
		ResponderURL: func(k jpki.Kind, _ int) string { return r.responder.URL + "/ocsp/" + k.String() }})
}

func small(t testing.TB) *room { return newRoom(t, dbtest.SQLite(t)) }

func (r *room) register(t testing.TB, name, origin string) login.Party {
	t.Helper()
	p, err := r.Register(context.Background(), operator, name, origin)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (r *room) begin(t testing.TB, p login.Party) login.Challenge {
	t.Helper()
	c, err := r.Begin(context.Background(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sign is what the card does with a message.
func sign(t testing.TB, key *rsa.PrivateKey, message []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(message)
	s, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answer is the card's answer to a challenge.
func answer(t testing.TB, c login.Challenge, cert *x509.Certificate) login.Response {
	t.Helper()
	return login.Response{Challenge: c.ID, Certificate: cert.Raw, Signature: sign(t, validationtest.Key(validationtest.HolderKey), c.Message)}
}

// login goes all the way.
func (r *room) login(t testing.TB, p login.Party, cert *x509.Certificate) (login.Login, error) {
	t.Helper()
	return r.Finish(context.Background(), answer(t, r.begin(t, p), cert))
}

func (r *room) mustLogin(t testing.TB, p login.Party, cert *x509.Certificate) string {
	t.Helper()
	l, err := r.login(t, p, cert)
	if err != nil {
		t.Fatal(err)
	}
	return l.Pairwise
}

func (r *room) advance(t testing.TB, d time.Duration) {
	t.Helper()
	if err := r.Clock.Advance(d); err != nil {
		t.Fatal(err)
	}
}

// journalOf returns a person's entries of the login office, newest first.
func (r *room) journalOf(t testing.TB, person string) (out []journal.Entry) {
	t.Helper()
	ctx := context.Background()
	err := r.db.View(ctx, func(tx *db.Tx) error {
		es, err := journal.OfPerson(ctx, tx, person, 0, 1000)
		out = nil
		for _, e := range es {
			if e.Office == "login" {
				out = append(out, e)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (r *room) ended(id mynumber.CardID, why cards.EndReason) {
	r.Card(id, func(c *cards.Card) { c.State, c.EndReason, c.ChangedAt = cards.Abolished, why, r.Clock.Now() })
}

func serial(c *x509.Certificate) string { return c.SerialNumber.Text(16) }
