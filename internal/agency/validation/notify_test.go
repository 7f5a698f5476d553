package validation_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kado/internal/agency/cards"
	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/mynumber"
)

// notified is a room whose office can notify.
func notified(t testing.TB, d *db.DB, targets ...netip.Prefix) room {
	r := newRoom(t, d)
	r.Office = validation.New(validation.Deps{DB: d, Clock: r.Clock, Entropy: seeded(t), Authority: r.Authority(), Cards: r.Cards(),
		Register: r.Residents(), Settings: r.Settings, Places: r.World, Keys: keystore.NewMemory(), Targets: targets})
	return r
}

// cardEffect does what the courier does after an act on a card.
func (r room) cardEffect(t testing.TB, kind string, card mynumber.CardID) {
	t.Helper()
	payload, err := json.Marshal(cards.CardEffect{Card: card, Person: "per_1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Handlers()[kind](context.Background(), journal.Effect{Kind: kind, Payload: payload}); err != nil {
		t.Fatal(err)
	}
}

// Every change is told once, in order, to whoever watches and may still hear it;
// effects that come twice tell nothing twice.
// Shows: CRT-15, CRT-62, R-41
func TestR41_WatchersHearOfEveryChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), notified(t, open())
		id, other := r.accredit(t, all...), r.accredit(t, all...)
		q := question2(id)
		cert := r.Issue(t, validationtest.Order{})
		for range 2 {
			if out, err := r.Watch(ctx, q, []validation.Ref{ref(cert)}); err != nil || out[0].Verdict != validation.Valid {
				t.Fatalf("%+v, %v", out, err)
			}
		}
		if _, err := r.Watch(ctx, q, []validation.Ref{ref(cert), {Kind: auth, Serial: "77"}}); !validation.Malformed.Is(err) {
			t.Errorf("unknown certificate: %v", err)
		}
		for range 2 {
			r.suspendCard("card-of-per_1")
			r.cardEffect(t, cards.EffectSuspended, "card-of-per_1")
		}
		r.Card("card-of-per_1", func(c *cards.Card) { c.State, c.SuspendedAt = cards.InOperation, time.Time{} })
		r.cardEffect(t, cards.EffectResumed, "card-of-per_1")
		r.revoke(serial(cert), mynumber.KeyCompromise) // no effect tells of it
		for range 2 {
			if err := r.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
		}
		events, err := r.Events(ctx, q, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for i, e := range events {
			said += string(e.Verdict) + " "
			if e.Number != int64(i+1) || e.Ref != ref(cert) {
				t.Errorf("%+v", e)
			}
		}
		if said != "suspended valid revoked " {
			t.Errorf("told: %s", said)
		}
		if again, err := r.Events(ctx, q, 1, 1); err != nil || len(again) != 1 || again[0].Number != 2 {
			t.Errorf("%+v, %v", again, err)
		}
		if none, err := r.Events(ctx, question2(other), 0, 100); err != nil || len(none) != 0 {
			t.Errorf("another verifier hears %+v, %v", none, err)
		}
		if done, _ := r.entries(t, "per_1", validation.ActTold); done != 3 {
			t.Errorf("the holder sees %d notifications", done)
		}
		if done, _ := r.entries(t, "per_1", validation.ActWatched); done != 2 {
			t.Errorf("the holder sees %d watches", done)
		}
		// After the last day nothing more is told.
		fresh := r.Issue(t, validationtest.Order{Card: "new"})
		if _, err := r.Watch(ctx, q, []validation.Ref{ref(fresh)}); err != nil {
			t.Fatal(err)
		}
		v, err := r.Accredit(ctx, operator, validation.Verifier{ID: id, Name: "銀行", Purposes: all, From: mynumber.DateOf(r.Clock.Now()), To: mynumber.DateOf(r.Clock.Now())})
		if err != nil {
			t.Fatal(err, v)
		}
		r.advance(t, 24*time.Hour)
		r.revoke(serial(fresh), mynumber.Superseded)
		if err := r.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if done, _ := r.entries(t, "per_1", validation.ActTold); done != 3 {
			t.Error("told after the last day")
		}
		if _, err := r.Events(ctx, q, 0, 10); !validation.NotAccredited.Is(err) {
			t.Error(err)
		}
	})
}

// A webhook gets each event at least once, authenticated; a redirect is not
// followed, and failures are tried again.
func TestNotify_WebhookAtLeastOnce(t *testing.T) {
	ctx, r := context.Background(), notified(t, dbtest.SQLite(t))
	id := r.accredit(t, all...)
	var status atomic.Int64
	status.Store(http.StatusFound)
	var got []string
	var strayed atomic.Bool
	stray := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Store(true) }))
	t.Cleanup(stray.Close)
	var secret []byte
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		at, _, _ := strings.Cut(strings.TrimPrefix(q.Header.Get(validation.SignatureHeader), "t="), ",")
		seconds, err := strconv.ParseInt(at, 10, 64)
		if err != nil || q.Header.Get(validation.SignatureHeader) != validation.SignNotification(secret, time.Unix(seconds, 0), body) {
			t.Error("wrongly signed")
		}
		if code := int(status.Load()); code != http.StatusOK {
			w.Header().Set("Location", stray.URL)
			w.WriteHeader(code)
			return
		}
		got = append(got, string(body))
	}))
	t.Cleanup(hook.Close)
	var err error
	if secret, err = r.SetWebhook(ctx, operator, id, hook.URL+"/told"); err != nil || len(secret) != 32 {
		t.Fatal(err)
	}
	cert := r.Issue(t, validationtest.Order{})
	if _, err := r.Watch(ctx, question2(id), []validation.Ref{ref(cert)}); err != nil {
		t.Fatal(err)
	}
	r.revoke(serial(cert), mynumber.KeyCompromise)
	if err := r.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	courier := journal.NewCourier(r.db, r.Clock, journal.Options{Lease: time.Minute})
	courier.Handle(validation.EffectNotify, r.Deliver)
	for _, code := range []int{http.StatusFound, http.StatusInternalServerError} {
		status.Store(int64(code))
		if _, err := courier.Settle(ctx); !journal.NotDelivered.Is(err) {
			t.Errorf("HTTP %d: %v", code, err)
		}
		r.advance(t, time.Hour)
	}
	status.Store(http.StatusOK)
	if n, err := courier.Settle(ctx); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if len(got) != 1 || !strings.Contains(got[0], `"verdict":"revoked","reason":"keyCompromise"`) || strings.Contains(got[0], "per_1") || strayed.Load() {
		t.Errorf("%q, strayed %v", got, strayed.Load())
	}
	// Withdrawn meanwhile: what waits is not told any more.
	two := r.Issue(t, validationtest.Order{Card: "b"})
	if _, err := r.Watch(ctx, question2(id), []validation.Ref{ref(two)}); err != nil {
		t.Fatal(err)
	}
	r.revoke(serial(two), mynumber.KeyCompromise)
	if err := r.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Withdraw(ctx, operator, id); err != nil {
		t.Fatal(err)
	}
	if _, err := courier.Settle(ctx); err != nil || len(got) != 1 {
		t.Errorf("told after the withdrawal: %q, %v", got, err)
	}
}

// Notifications go to this machine or to permitted ranges, and nowhere else.
func TestNotify_TargetsThatAreRefused(t *testing.T) {
	ctx, r := context.Background(), notified(t, dbtest.SQLite(t), netip.MustParsePrefix("10.1.0.0/16"))
	id := r.accredit(t, all...)
	for target, want := range map[string]bool{
		"http://127.0.0.1:8080/told": true, "https://localhost:8443/": true, "http://[::1]:8080/x": true, "http://10.1.2.3:8080/x": true, "": true,
		"http://10.2.0.1:8080/x": false, "http://169.254.169.254:8080/latest": false, "http://example.com:8080/x": false,
		"http://127.0.0.1/x": false, "http://127.0.0.1:22/x": false, "http://127.0.0.1:70000/x": false, "ftp://127.0.0.1:8080/x": false,
		"http://u:p@127.0.0.1:8080/x": false, "http://127.0.0.1:8080/x?y": false, "http://127.0.0.1:8080/x#y": false, "http://127.0.0.1:8080": false,
		"HTTP://127.0.0.1:8080/x": false, "http://127.1:8080/x": false, "http://0x7f000001:8080/x": false, "http://0.0.0.0:8080/x": false,
		"http://[::ffff:10.1.2.3]:8080/x": false, "file:///etc/passwd": false, "http://127.0.0.1:8080/" + strings.Repeat("x", 300): false,
	} {
		_, err := r.SetWebhook(ctx, operator, id, target)
		if (err == nil) != want || err != nil && !validation.TargetRefused.Is(err) {
			t.Errorf("%s: %v", target, err)
		}
	}
}
