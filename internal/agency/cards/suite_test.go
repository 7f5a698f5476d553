package cards

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"kado/cardmgmt"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/notice"
	"kado/mynumber"
)

var (
	clerk  = journal.Actor{Kind: journal.Staff, ID: "staff_clerk", Terminal: "term_1"}
	maker  = journal.Actor{Kind: journal.Staff, ID: "staff_maker"}
	start  = time.Date(2026, 4, 1, 1, 2, 3, 0, time.UTC)
	expiry = mynumber.Date{Year: 2036, Month: time.May, Day: 4}
)

// keys are two public keys of cards, made once for the whole package.
var keys = sync.OnceValue(func() (out [2][]byte) {
	for i := range out {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		if out[i], err = x509.MarshalPKIXPublicKey(&k.PublicKey); err != nil {
			panic(err)
		}
	}
	return out
})

// desk is an office with everything around it.
type desk struct {
	*Office
	t     testing.TB
	db    *db.DB
	keys  keystore.Store
	clock *clock.Manual
	n     int
}

func newDesk(t testing.TB, d *db.DB) *desk {
	t.Helper()
	if err := d.Migrate(context.Background(), journal.Schema(), notice.Schema(), Schema()); err != nil {
		t.Fatal(err)
	}
	k, c := keystore.NewMemory(), clock.NewManual(start)
	return &desk{t: t, db: d, keys: k, clock: c,
		Office: New(Deps{DB: d, Keys: k, Clock: c, Entropy: entropy.Seeded(t.Name())})}
}

// each runs f on both engines.
func each(t *testing.T, f func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) { f(t, newDesk(t, open())) })
}

// application returns a new application id.
func (d *desk) application() mynumber.ApplicationID {
	d.t.Helper()
	a, err := mynumber.DrawApplicationID(rand.Reader)
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

func (d *desk) order(person string) NewCard {
	return NewCard{Person: person, Application: d.application(), Municipality: "13221",
		AcceptedOn: mynumber.Date{Year: 2026, Month: time.March, Day: 30}, ExpiresOn: expiry}
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) card(id mynumber.CardID) Card {
	d.t.Helper()
	c, err := d.Card(context.Background(), id)
	d.must(err)
	return c
}

// acts carries out an act of Lives by its name, as the offices would.
func (d *desk) act(ctx context.Context, id mynumber.CardID, act string) error {
	switch act {
	case "personalise":
		return d.Personalised(ctx, maker, id, keys()[0])
	case "spoil":
		return d.Spoil(ctx, maker, id, "chip broken")
	case "consign":
		return d.Consigned(ctx, maker, id, "con_1")
	case "receive":
		return d.Received(ctx, clerk, id, "con_1")
	case "activate":
		return d.Activate(ctx, clerk, id, "ses_1")
	case "suspend":
		return d.Suspend(ctx, clerk, id, "lost")
	case "resume":
		return d.Resume(ctx, clerk, id, "ses_2")
	case "abolish":
		return d.Abolish(ctx, clerk, id, EndReturn)
	case "lose":
		return d.Lose(ctx, clerk, id, "missing at the count")
	}
	return fmt.Errorf("no act %q", act)
}

// ways leads from the order to every state.
var ways = map[State][]string{
	Ordered:      {},
	Personalised: {"personalise"},
	Consigned:    {"personalise", "consign"},
	Held:         {"personalise", "consign", "receive"},
	InOperation:  {"personalise", "consign", "receive", "activate"},
	Suspended:    {"personalise", "consign", "receive", "activate", "suspend"},
	Abolished:    {"abolish"},
	Void:         {"personalise", "lose"},
	Spoiled:      {"spoil"},
}

// in returns a new card in a state.
func (d *desk) in(s State) Card {
	d.t.Helper()
	ctx := context.Background()
	d.n++
	c, err := d.Order(ctx, maker, d.order(fmt.Sprintf("per_%d", d.n)))
	d.must(err)
	for _, act := range ways[s] {
		d.must(d.act(ctx, c.ID, act))
	}
	if c = d.card(c.ID); c.State != s {
		d.t.Fatalf("the way to %s led to %s", s, c.State)
	}
	return c
}

// entries returns the acts in the journal about a card, oldest first.
func (d *desk) entries(id mynumber.CardID) (out []journal.Entry) {
	d.t.Helper()
	d.must(d.db.View(context.Background(), func(tx *db.Tx) error {
		es, err := journal.OfCard(context.Background(), tx, string(id), 0, 1000)
		for i := range es {
			out = append(out, es[len(es)-1-i])
		}
		return err
	}))
	return out
}

// effects returns the undelivered effects, "kind key" each.
func (d *desk) effects() (out []journal.Waiting) {
	d.t.Helper()
	d.must(d.db.View(context.Background(), func(tx *db.Tx) error {
		var err error
		out, err = journal.Pending(context.Background(), tx, 0, 1000)
		return err
	}))
	return out
}

func (d *desk) sound() {
	d.t.Helper()
	findings, err := d.Check(context.Background())
	d.must(err)
	for _, f := range findings {
		d.t.Errorf("fsck: %s", f)
	}
	d.must(d.db.View(context.Background(), func(tx *db.Tx) error { return journal.Verify(context.Background(), tx) }))
}

// wants checks that err is the refusal k.
func wants(t testing.TB, err error, k *fault.Kind) {
	t.Helper()
	if !k.Is(err) {
		t.Fatalf("got %v, want %s", err, k.Code())
	}
}

// brokenKeys is a key store that does not answer.
type brokenKeys struct{ keystore.Store }

var errDown = errors.New("key store down")

func (brokenKeys) Secret(context.Context, string) ([]byte, error) { return nil, errDown }

func masterKey(t testing.TB, d *desk, id mynumber.CardID) cardmgmt.Key {
	t.Helper()
	master, err := d.keys.Secret(context.Background(), masterSecret)
	if err != nil {
		t.Fatal(err)
	}
	k, err := cardmgmt.DeriveKey(master, string(id))
	if err != nil {
		t.Fatal(err)
	}
	return k
}
