// Package validationtest is a small world for tests of whoever asks about
// certificates: real certificates of two authorities, the signature one with one
// generation and the authentication one with two, and records of certificates,
// cards and people that a test changes as it likes.
package validationtest

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/jpki"
	"kado/mynumber"
)

// Start is the instant at which the world's clock stands first.
var Start = time.Date(2026, 4, 1, 3, 0, 0, 0, time.UTC)

// Places that certificates of the world are issued through.
var (
	Kiyose = mynumber.MunicipalityCode("13221")
	Chuo   = mynumber.MunicipalityCode("13102")
)

var places = map[mynumber.MunicipalityCode]jpki.Place{
	Kiyose: {Prefecture: "Tokyo-to", Municipality: "Kiyose-shi", Code: "13221"},
	Chuo:   {Prefecture: "Tokyo-to", Municipality: "Chuo-ku", Code: "13102"},
}

// none answers as the authority does about a certificate that it has not.
var none = fault.Kind{Number: 4001, Class: fault.NotFound, What: lang.Text{JA: "証明書がありません。", EN: "no such certificate"}}

// ErrDown is what every record answers while it is Down.
var ErrDown = errors.New("validationtest: the office is down")

// Key returns one of a few keys that are made once a process.
func Key(i int) *rsa.PrivateKey { return keys[i]() }

var keys = func() (out [8]func() *rsa.PrivateKey) {
	for i := range out {
		out[i] = sync.OnceValue(func() *rsa.PrivateKey {
			k, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				panic(err)
			}
			return k
		})
	}
	return out
}()

// responderKey is the key of every responder, of the default algorithm.
var responderKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return k
})

// Numbers of keys. Every holder of the world has the same key.
const (
	HolderKey = iota
	StrangerKey
	signatureCAKey
	authenticationCAKey // and the next, of the second generation
)

type generation struct {
	authority.Generation
	key       *rsa.PrivateKey
	cert      *x509.Certificate
	profile   *jpki.Profile
	responder []byte
}

var hierarchy = sync.OnceValue(func() map[jpki.Kind][]generation {
	s := jpki.DefaultSettings()
	out := map[jpki.Kind][]generation{}
	add := func(k jpki.Kind, key int, start time.Time) {
		g := generation{key: Key(key)}
		var err error
		g.cert, err = jpki.NewCACertificate(s, jpki.AuthorityRequest{Kind: k, Serial: big.NewInt(int64(1000 + key)), NotBefore: start}, g.key)
		must(err)
		g.profile, err = jpki.NewProfile(s, k, g.cert)
		must(err)
		r, err := jpki.IssueResponder(jpki.ResponderRequest{Serial: big.NewInt(int64(2000 + key)), PublicKey: responderKey().Public(),
			NotBefore: start, NotAfter: g.cert.NotAfter, CommonName: fmt.Sprintf("OCSP Responder %02d", key)}, g.profile, g.key)
		must(err)
		g.responder = r.Raw
		g.Generation = authority.Generation{Kind: k, Number: len(out[k]) + 1, Certificate: g.cert.Raw, StartsAt: g.cert.NotBefore, EndsAt: g.cert.NotAfter}
		out[k] = append(out[k], g)
	}
	add(jpki.Signature, signatureCAKey, Start.AddDate(-2, 0, 0))
	add(jpki.Authentication, authenticationCAKey, Start.AddDate(-5, 0, 0))
	add(jpki.Authentication, authenticationCAKey+1, Start.AddDate(-1, 0, 0))
	return out
})

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// World is the records. The maps may be changed directly; a world belongs to one
// test.
type World struct {
	Clock    *clock.Manual
	Settings jpki.Settings

	mu     sync.Mutex
	certs  map[string]*Record
	cards  map[mynumber.CardID]cards.Card
	people map[string]registry.Person
	next   int64
	// Down makes every question to authority, cards and register fail.
	Down bool
	// Hidden holds back generations of the authentication authority from
	// Generations, as before they began.
	Hidden int
}

// Record is the authority's record of a certificate.
type Record struct {
	authority.Certificate
	Municipality mynumber.MunicipalityCode
}

// New makes an empty world.
func New(testing.TB) *World {
	return &World{Clock: clock.NewManual(Start), Settings: jpki.DefaultSettings(), certs: map[string]*Record{},
		cards: map[mynumber.CardID]cards.Card{}, people: map[string]registry.Person{}, next: 0x40000000}
}

// CA returns the certificate of a generation.
func (w *World) CA(k jpki.Kind, number int) *x509.Certificate { return hierarchy()[k][number-1].cert }

// Order is what Issue makes a certificate from; zero fields have defaults.
type Order struct {
	Kind         jpki.Kind // Authentication
	Generation   int       // the newest
	Person       string    // "per_1"
	Card         mynumber.CardID
	Municipality mynumber.MunicipalityCode // Kiyose
	NotAfter     time.Time                 // five years from now, end of day
	Previous     string
	State        authority.State // Active
}

// Issue makes a certificate with its record; card and person are recorded in good
// standing if they are new.
func (w *World) Issue(t testing.TB, o Order) *x509.Certificate {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	o.Kind = cmp.Or(o.Kind, jpki.Authentication)
	o.Generation = cmp.Or(o.Generation, len(hierarchy()[o.Kind]))
	o.Person = cmp.Or(o.Person, "per_1")
	o.Card = cmp.Or(o.Card, mynumber.CardID("card-of-"+o.Person))
	o.Municipality = cmp.Or(o.Municipality, Kiyose)
	o.State = cmp.Or(o.State, authority.Active)
	now := w.Clock.Now().UTC().Truncate(time.Second)
	if o.NotAfter.IsZero() {
		o.NotAfter = mynumber.DateOf(now.AddDate(4, 0, 0)).EndOfDay()
	}
	w.next++
	g := hierarchy()[o.Kind][o.Generation-1]
	r := jpki.Request{Serial: big.NewInt(w.next), PublicKey: Key(HolderKey).Public(), NotBefore: now, NotAfter: o.NotAfter, Place: places[o.Municipality]}
	if o.Kind == jpki.Signature {
		p := jpki.PersonalOf(mynumber.Attributes{Name: "試験　花子", Address: "東京都清瀬市中里５丁目８４２番地",
			BirthDate: mynumber.Date{Year: 1980, Month: time.February, Day: 17}, Sex: mynumber.Female})
		r.Personal, r.CommonName = &p, jpki.SignatureCommonName(now, string(o.Municipality), fmt.Sprintf("%04d", w.next%10000))
	} else {
		r.CommonName = jpki.AuthenticationCommonName(fmt.Sprintf("%014d", w.next), string(o.Municipality), "003A")
	}
	cert, err := jpki.Issue(r, g.profile, g.key)
	if err != nil {
		t.Fatal(err)
	}
	w.certs[cert.SerialNumber.Text(16)] = &Record{authority.Certificate{Kind: o.Kind, Serial: cert.SerialNumber.Text(16), Generation: o.Generation,
		Person: o.Person, Card: o.Card, State: o.State, DER: cert.Raw, NotBefore: cert.NotBefore, NotAfter: cert.NotAfter, IssuedAt: now,
		Previous: o.Previous}, o.Municipality}
	if _, ok := w.cards[o.Card]; !ok {
		w.cards[o.Card] = cards.Card{ID: o.Card, Person: o.Person, State: cards.InOperation, ChangedAt: now,
			ExpiresOn: mynumber.DateOf(now.AddDate(10, 0, 0))}
	}
	if _, ok := w.people[o.Person]; !ok {
		w.people[o.Person] = registry.Person{ID: o.Person, Standing: registry.Resident}
	}
	return cert
}

// Certificate changes the authority's record of a certificate.
func (w *World) Certificate(serial string, change func(*authority.Certificate)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.certs[serial].Certificate)
}

// Forget takes a certificate out of the authority's records.
func (w *World) Forget(serial string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.certs, serial)
}

// Card changes a card's record.
func (w *World) Card(id mynumber.CardID, change func(*cards.Card)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.cards[id]
	change(&c)
	w.cards[id] = c
}

// Person changes a person's entry.
func (w *World) Person(id string, change func(*registry.Person)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.people[id]
	change(&p)
	w.people[id] = p
}

// Authority is the contract of the authorities over the world.
func (w *World) Authority() authority.Authority { return theAuthority{w} }

// Cards is the card records.
func (w *World) Cards() cards.Records { return theCards{w} }

// Residents is the resident register.
func (w *World) Residents() registry.Register { return theRegister{w} }

// Place gives the names of the world's two places.
func (w *World) Place(code mynumber.MunicipalityCode, _ mynumber.Date) (jpki.Place, bool) {
	p, ok := places[code]
	return p, ok
}

func (w *World) ask() error {
	if w.Down {
		return ErrDown
	}
	return nil
}

type theAuthority struct{ w *World }

func (a theAuthority) Generations(_ context.Context, k jpki.Kind) (out []authority.Generation, err error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	gs := hierarchy()[k]
	if k == jpki.Authentication {
		gs = gs[:len(gs)-a.w.Hidden]
	}
	for _, g := range gs {
		out = append(out, g.Generation)
	}
	return out, a.w.ask()
}

func (a theAuthority) Certificate(_ context.Context, k jpki.Kind, serial string) (authority.Certificate, error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	r := a.w.certs[serial]
	if r == nil || r.Kind != k {
		return authority.Certificate{}, cmp.Or(a.w.ask(), error(none.New()))
	}
	return r.Certificate, a.w.ask()
}

func (a theAuthority) list(keep func(*Record) bool) (out []authority.Certificate, err error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	for _, r := range a.w.certs {
		if keep(r) {
			out = append(out, r.Certificate)
		}
	}
	slices.SortFunc(out, func(x, y authority.Certificate) int { return cmp.Compare(x.Serial, y.Serial) })
	return out, a.w.ask()
}

func (a theAuthority) OfCard(_ context.Context, id mynumber.CardID) ([]authority.Certificate, error) {
	return a.list(func(r *Record) bool { return r.Card == id })
}

func (a theAuthority) UnderCard(ctx context.Context, id mynumber.CardID) ([]authority.Certificate, error) {
	return a.OfCard(ctx, id)
}

func (a theAuthority) OfPerson(_ context.Context, person string) ([]authority.Certificate, error) {
	return a.list(func(r *Record) bool { return r.Person == person })
}

func (a theAuthority) Revoked(_ context.Context, k jpki.Kind, generation int, m mynumber.MunicipalityCode, t time.Time, each func([]authority.Certificate) error) error {
	list, err := a.list(func(r *Record) bool {
		return r.Kind == k && r.Generation == generation && (m == "" || r.Municipality == m) && t.Before(r.NotAfter.Add(time.Second)) &&
			(r.State == authority.Revoked && !r.EndedAt.After(t) || r.State == authority.OnHold && !r.HeldAt.After(t))
	})
	slices.SortFunc(list, func(x, y authority.Certificate) int {
		return cmp.Or(cmp.Compare(len(x.Serial), len(y.Serial)), cmp.Compare(x.Serial, y.Serial))
	})
	return cmp.Or(err, pages(list, each))
}

func (a theAuthority) Statuses(_ context.Context, each func([]authority.Certificate) error) error {
	list, err := a.list(func(r *Record) bool { return r.State != authority.Prepared && r.State != authority.Dropped })
	return cmp.Or(err, pages(list, each))
}

// pages gives few at a time, so that tests meet the border between two pages.
func pages(list []authority.Certificate, each func([]authority.Certificate) error) error {
	for page := range slices.Chunk(list, 3) {
		for i := range page {
			page[i].DER, page[i].Person, page[i].Previous = nil, "", ""
		}
		if err := each(page); err != nil {
			return err
		}
	}
	return nil
}

func (a theAuthority) Municipalities(_ context.Context, k jpki.Kind, generation int) (out []mynumber.MunicipalityCode, err error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	for _, r := range a.w.certs {
		if r.Kind == k && r.Generation == generation && r.State != authority.Prepared && r.State != authority.Dropped {
			out = append(out, r.Municipality)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), a.w.ask()
}

func (a theAuthority) Responder(_ context.Context, k jpki.Kind, number int) (crypto.Signer, []byte, error) {
	return responderKey(), hierarchy()[k][number-1].responder, a.w.ask()
}

func (a theAuthority) CRLSigner(_ context.Context, k jpki.Kind, number int) (crypto.Signer, error) {
	if number > len(hierarchy()[k]) {
		return nil, none.New()
	}
	return hierarchy()[k][number-1].key, a.w.ask()
}

type theCards struct{ w *World }

func (c theCards) Card(_ context.Context, id mynumber.CardID) (cards.Card, error) {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	return c.w.cards[id], c.w.ask()
}

func (c theCards) OfPerson(_ context.Context, person string) (out []cards.Card, err error) {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	for _, card := range c.w.cards {
		if card.Person == person {
			out = append(out, card)
		}
	}
	return out, c.w.ask()
}

func (c theCards) Standing(_ context.Context, id mynumber.CardID) (cards.Standing, error) {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	card := c.w.cards[id]
	return cards.StandingOf(card.State, card.ExpiresOn, c.w.Clock.Now()), c.w.ask()
}

func (c theCards) Statuses(_ context.Context, ids []mynumber.CardID) (out []cards.CardStatus, err error) {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	for _, id := range ids {
		card := c.w.cards[id]
		out = append(out, cards.CardStatus{Standing: cards.StandingOf(card.State, card.ExpiresOn, c.w.Clock.Now()), EndReason: card.EndReason,
			ExpiresOn: card.ExpiresOn, ChangedAt: card.ChangedAt, SuspendedAt: card.SuspendedAt})
	}
	return out, c.w.ask()
}

type theRegister struct{ w *World }

func (r theRegister) Person(_ context.Context, id string) (registry.Person, error) {
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	return r.w.people[id], r.w.ask()
}
