package authority

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/notice"
	"kado/jpki"
	"kado/mynumber"
)

var (
	clerk  = journal.Actor{Kind: journal.Staff, ID: "staff_clerk", Terminal: "term_1"}
	start  = time.Date(2026, 4, 1, 1, 2, 3, 456e6, time.UTC)
	expiry = mynumber.Date{Year: 2031, Month: time.May, Day: 4}
	cardNo = mynumber.CardID("400000000000001")
)

// made are RSA keys shared by the tests of the package, the CA keys apart.
var (
	madeMu sync.Mutex
	made   []*rsa.PrivateKey
)

func rsaKey(i int) *rsa.PrivateKey {
	madeMu.Lock()
	defer madeMu.Unlock()
	for len(made) <= i {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		made = append(made, k)
	}
	return made[i]
}

// sharedKeys is a key store whose signing keys come from the shared ones, so
// that a test does not wait for key generation.
type sharedKeys struct {
	*keystore.Memory
	mu      sync.Mutex
	signers map[string]crypto.Signer
	down    bool
}

// caKeys is where the shared CA keys begin; lower ones are for holders.
const caKeys = 12

var errDown = errors.New("key store down")

func (s *sharedKeys) Signer(_ context.Context, id string) (crypto.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, errDown
	}
	if k := s.signers[id]; k != nil {
		return k, nil
	}
	return nil, keystore.UnknownKey.New(id)
}

func (s *sharedKeys) CreateSigner(_ context.Context, id string, a keystore.Algorithm) (crypto.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.signers[id] != nil {
		return nil, keystore.KeyExists.New(id)
	}
	switch a {
	case keystore.RSA2048:
		s.signers[id] = rsaKey(caKeys + len(s.signers))
	case keystore.ECDSAP256, keystore.ECDSAP384:
		curve := elliptic.P256()
		if a == keystore.ECDSAP384 {
			curve = elliptic.P384()
		}
		k, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			return nil, err
		}
		s.signers[id] = k
	default:
		return nil, errors.New("no such key here")
	}
	return s.signers[id], nil
}

// fakeRegister and fakeCards answer what the test sets. hook runs before each
// answer.
type fakeRegister struct {
	mu   sync.Mutex
	of   map[string]registry.Person
	hook func()
}

func (f *fakeRegister) Person(_ context.Context, id string) (registry.Person, error) {
	if f.hook != nil {
		f.hook()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, ok := f.of[id]
	if !ok {
		return registry.Person{}, errNobody
	}
	return p, nil
}

var errNobody = errors.New("nobody")

func (f *fakeRegister) set(id string, change func(p *registry.Person)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.of[id]
	change(&p)
	f.of[id] = p
}

type fakeCards struct {
	mu   sync.Mutex
	of   map[mynumber.CardID]cards.Card
	hook func()
}

func (f *fakeCards) Card(_ context.Context, id mynumber.CardID) (cards.Card, error) {
	if f.hook != nil {
		f.hook()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.of[id]
	if !ok {
		return cards.Card{}, errNobody
	}
	return c, nil
}

func (f *fakeCards) OfPerson(context.Context, string) ([]cards.Card, error) { return nil, errNobody }
func (f *fakeCards) Standing(context.Context, mynumber.CardID) (cards.Standing, error) {
	return "", errNobody
}

func (f *fakeCards) Statuses(context.Context, []mynumber.CardID) ([]cards.CardStatus, error) {
	return nil, errNobody
}

func (f *fakeCards) set(id mynumber.CardID, change func(c *cards.Card)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.of[id]
	change(&c)
	f.of[id] = c
}

type fakePlaces struct{}

func (fakePlaces) Place(code mynumber.MunicipalityCode, _ mynumber.Date) (jpki.Place, bool) {
	switch code {
	case "13221":
		return jpki.Place{Prefecture: "Tokyo-to", Municipality: "Kiyose-shi", Code: "13221"}, true
	case "14100":
		return jpki.Place{Prefecture: "Kanagawa-ken", Municipality: "Yokohama-shi", Code: "14100"}, true
	}
	return jpki.Place{}, false
}

// copies hands out fresh copies of one shared key, as the office destroys what
// it is given.
type copies struct{ last *rsa.PrivateKey }

func (c *copies) RSA2048() (*rsa.PrivateKey, error) {
	b := x509.MarshalPKCS1PrivateKey(rsaKey(11))
	k, err := x509.ParsePKCS1PrivateKey(b)
	c.last = k
	return k, err
}

// desk is an office with everything around it.
type desk struct {
	*Office
	t        testing.TB
	db       *db.DB
	keys     *sharedKeys
	clock    *clock.Manual
	register *fakeRegister
	cards    *fakeCards
	pool     *copies
	n        int
	settings jpki.Settings // of the offices that again makes
}

func newDesk(t testing.TB, d *db.DB) *desk {
	t.Helper()
	if err := d.Migrate(context.Background(), journal.Schema(), notice.Schema(), Schema()); err != nil {
		t.Fatal(err)
	}
	k := &desk{t: t, db: d, clock: clock.NewManual(start), pool: &copies{}, settings: jpki.DefaultSettings(),
		keys:     &sharedKeys{Memory: keystore.NewMemory(), signers: map[string]crypto.Signer{}},
		register: &fakeRegister{of: map[string]registry.Person{}}, cards: &fakeCards{of: map[mynumber.CardID]cards.Card{}}}
	k.Office = k.again()
	k.person("per_1", cardNo)
	return k
}

// again returns a second office on the same data, as after a restart.
func (d *desk) again() *Office {
	return New(Deps{DB: d.db, Keys: d.keys, Clock: d.clock, Entropy: entropy.Seeded(d.t.Name()), Settings: d.settings,
		Register: d.register, Cards: d.cards, Places: fakePlaces{}, CardKeys: d.pool})
}

// person puts a resident of 35 years with one card into the fakes.
func (d *desk) person(id string, card mynumber.CardID) {
	d.register.of[id] = registry.Person{ID: id, Version: 1, Standing: registry.Resident, Municipality: "13221", Residence: mynumber.Japanese,
		Attributes: mynumber.Attributes{Name: "清瀬\u3000花子", Address: "東京都清瀬市中里５丁目８４２番地",
			BirthDate: mynumber.Date{Year: 1991, Month: time.May, Day: 4}, Sex: mynumber.Female}}
	d.cards.of[card] = cards.Card{ID: card, Person: id, State: cards.Ordered, ExpiresOn: expiry.AddMonths(60)}
}

func each(t *testing.T, f func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) { f(t, newDesk(t, open())) })
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// request asks for a certificate with the i-th holder's key.
func (d *desk) request(kind jpki.Kind, i int) Request {
	d.n++
	return Request{ID: fmt.Sprintf("req_%d", d.n), Kind: kind, Card: cardNo, Person: "per_1", Municipality: "13221",
		PublicKey: &rsaKey(i).PublicKey, ExpiresOn: expiry}
}

func (d *desk) issue(kind jpki.Kind, i int) Certificate {
	d.t.Helper()
	c, err := d.Issue(context.Background(), clerk, d.request(kind, i))
	d.must(err)
	return c
}

func (d *desk) get(c Certificate) Certificate {
	d.t.Helper()
	got, err := d.Certificate(context.Background(), c.Kind, c.Serial)
	d.must(err)
	return got
}

// state puts the card into a state and tells the office, as the card record does.
func (d *desk) state(s cards.State, why cards.EndReason) {
	d.t.Helper()
	d.cards.set(cardNo, func(c *cards.Card) { c.State, c.EndReason = s, why })
	kind := map[cards.State]string{cards.InOperation: cards.EffectActivated, cards.Suspended: cards.EffectSuspended}[s]
	if kind == "" {
		kind = cards.EffectEnded
	}
	d.must(d.deliver(kind))
}

func (d *desk) deliver(kind string) error {
	payload, err := json.Marshal(cards.CardEffect{Card: cardNo, Person: "per_1"})
	d.must(err)
	return d.Handlers()[kind](context.Background(), journal.Effect{Kind: kind, Payload: payload})
}

// entries returns the journal, oldest first.
func (d *desk) entries() (out []journal.Entry) {
	d.t.Helper()
	d.must(d.db.View(context.Background(), func(tx *db.Tx) error {
		es, err := journal.Recent(context.Background(), tx, 0, 1000)
		for i := range es {
			out = append(out, es[len(es)-1-i])
		}
		return err
	}))
	return out
}

func (d *desk) count(act string) (n int) {
	for _, e := range d.entries() {
		if e.Act == act {
			n++
		}
	}
	return n
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

func wants(t testing.TB, err error, k *fault.Kind) {
	t.Helper()
	if !k.Is(err) {
		t.Fatalf("got %v, want %s", err, k.Code())
	}
}

// pool is what a relying party trusts.
func (d *desk) trust() *jpki.Pool {
	d.t.Helper()
	var cas []*x509.Certificate
	for _, k := range jpki.Kinds {
		gs, err := d.Generations(context.Background(), k)
		d.must(err)
		for _, g := range gs {
			ca, err := x509.ParseCertificate(g.Certificate)
			d.must(err)
			cas = append(cas, ca)
		}
	}
	p, err := jpki.NewPool(jpki.DefaultSettings(), cas...)
	d.must(err)
	return p
}

// transport returns a chip's transport key, attested on the card's record.
func (d *desk) transport() (private, public []byte) {
	d.t.Helper()
	private, public, err := cardmgmt.NewTransportKey()
	d.must(err)
	d.cards.set(cardNo, func(c *cards.Card) { c.TransportKey = public })
	return private, public
}

// brokenSigner holds the CA's key and does not sign.
type brokenSigner struct{ crypto.Signer }

func (brokenSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errDown }

// hookedSigner runs before each signature.
type hookedSigner struct {
	crypto.Signer
	before func()
}

func (s hookedSigner) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s.before()
	return s.Signer.Sign(r, digest, opts)
}

// unwrap is the chip's side of an injected key.
func unwrap(private, wrapped []byte) (crypto.Signer, error) {
	return cardmgmt.UnwrapKey(private, string(cardNo), layout.JPKI, layout.JPKISignatureKey, wrapped)
}

// containsBytes looks for secret in a dump of the database, as raw octets and in
// the dump's own spelling.
func containsBytes(dump, secret []byte) bool {
	var spelt strings.Builder
	for _, b := range secret[:16] {
		if b >= 0x20 && b < 0x7f {
			spelt.WriteByte(b)
		} else {
			fmt.Fprintf(&spelt, "<%02x>", b)
		}
	}
	return bytes.Contains(dump, secret) || bytes.Contains(dump, []byte(spelt.String()))
}

// row returns a certificate's row.
func (d *desk) row(c Certificate) (r row) {
	d.t.Helper()
	d.must(d.db.View(context.Background(), func(tx *db.Tx) error {
		var err error
		r, err = find(context.Background(), tx, c.Kind, c.Serial)
		return err
	}))
	return r
}
