package countertest

import (
	"context"
	"errors"
	"sync"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/agency/production"
	"kado/internal/municipality/custody"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/vault"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// ErrCut is what fails on purpose.
var ErrCut = errors.New("countertest: cut")

// Breaker counts the calls to other offices and fails one of them: before it was
// made, or after it was made and its answer lost.
type Breaker struct {
	mu    sync.Mutex
	count int
	at    int
	lost  bool
	// Name is the call that failed.
	Name string
}

// Arm starts the count anew and fails the n-th call from here; n 0 fails none.
func (b *Breaker) Arm(n int, answerLost bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count, b.at, b.lost, b.Name = 0, n, answerLost, ""
}

// Fired reports whether the call was reached.
func (b *Breaker) Fired() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Name != ""
}

func (b *Breaker) hit(name string) (now, lost bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count++
	if b.count != b.at {
		return false, false
	}
	b.Name = name
	return true, b.lost
}

func ask[T any](b *Breaker, name string, f func() (T, error)) (T, error) {
	var none T
	now, lost := b.hit(name)
	if now && !lost {
		return none, ErrCut
	}
	v, err := f()
	if now && err == nil {
		return none, ErrCut
	}
	return v, err
}

func do(b *Breaker, name string, f func() error) error {
	_, err := ask(b, name, func() (struct{}, error) { return struct{}{}, f() })
	return err
}

type brokenRegister struct {
	registry.Register
	t *Town
}

func (r brokenRegister) Person(ctx context.Context, id string) (registry.Person, error) {
	p, err := ask(r.t.Breaker, "Register.Person", func() (registry.Person, error) { return r.Register.Person(ctx, id) })
	if err == nil && r.t.Emigrated[id] {
		p.Standing = registry.Emigrated
	}
	if change := r.t.Corrected[id]; err == nil && change != nil {
		change(&p)
	}
	return p, err
}

type brokenFiles struct {
	intake.Files
	*Breaker
}

func (f brokenFiles) Application(ctx context.Context, id mynumber.ApplicationID) (intake.Application, error) {
	return ask(f.Breaker, "Files.Application", func() (intake.Application, error) { return f.Files.Application(ctx, id) })
}

func (f brokenFiles) Photo(ctx context.Context, id mynumber.ApplicationID) ([]byte, error) {
	return ask(f.Breaker, "Files.Photo", func() ([]byte, error) { return f.Files.Photo(ctx, id) })
}

type brokenNumbers struct {
	production.Numbers
	*Breaker
}

func (n brokenNumbers) Read(ctx context.Context, tx *db.Tx, person string, p vault.Purpose, by journal.Actor) (mynumber.IndividualNumber, error) {
	return ask(n.Breaker, "Numbers.Read", func() (mynumber.IndividualNumber, error) { return n.Numbers.Read(ctx, tx, person, p, by) })
}

func (n brokenNumbers) ReadResidentCode(ctx context.Context, tx *db.Tx, person string, p vault.Purpose, by journal.Actor) (mynumber.ResidentCode, error) {
	return ask(n.Breaker, "Numbers.ReadResidentCode", func() (mynumber.ResidentCode, error) {
		return n.Numbers.ReadResidentCode(ctx, tx, person, p, by)
	})
}

type cardOffice interface {
	cards.Keeper
	cards.Manager
}

type brokenCards struct {
	cardOffice
	*Breaker
}

func (c brokenCards) Card(ctx context.Context, id mynumber.CardID) (cards.Card, error) {
	return ask(c.Breaker, "Cards.Card", func() (cards.Card, error) { return c.cardOffice.Card(ctx, id) })
}

func (c brokenCards) OfPerson(ctx context.Context, person string) ([]cards.Card, error) {
	return ask(c.Breaker, "Cards.OfPerson", func() ([]cards.Card, error) { return c.cardOffice.OfPerson(ctx, person) })
}

func (c brokenCards) Order(ctx context.Context, by journal.Actor, n cards.NewCard) (cards.Card, error) {
	return ask(c.Breaker, "Cards.Order", func() (cards.Card, error) { return c.cardOffice.Order(ctx, by, n) })
}

func (c brokenCards) Personalised(ctx context.Context, by journal.Actor, id mynumber.CardID, key []byte) error {
	return do(c.Breaker, "Cards.Personalised", func() error { return c.cardOffice.Personalised(ctx, by, id, key) })
}

func (c brokenCards) Spoil(ctx context.Context, by journal.Actor, id mynumber.CardID, why string) error {
	return do(c.Breaker, "Cards.Spoil", func() error { return c.cardOffice.Spoil(ctx, by, id, why) })
}

func (c brokenCards) Consigned(ctx context.Context, by journal.Actor, id mynumber.CardID, consignment string) error {
	return do(c.Breaker, "Cards.Consigned", func() error { return c.cardOffice.Consigned(ctx, by, id, consignment) })
}

func (c brokenCards) Activate(ctx context.Context, by journal.Actor, id mynumber.CardID, session string) error {
	return do(c.Breaker, "Cards.Activate", func() error { return c.cardOffice.Activate(ctx, by, id, session) })
}

func (c brokenCards) Resume(ctx context.Context, by journal.Actor, id mynumber.CardID, session string) error {
	return do(c.Breaker, "Cards.Resume", func() error { return c.cardOffice.Resume(ctx, by, id, session) })
}

func (c brokenCards) Attest(ctx context.Context, by journal.Actor, id mynumber.CardID, key, mac []byte) error {
	return do(c.Breaker, "Cards.Attest", func() error { return c.cardOffice.Attest(ctx, by, id, key, mac) })
}

func (c brokenCards) Authorise(ctx context.Context, by journal.Actor, g cards.Grant) ([]byte, error) {
	return ask(c.Breaker, "Cards.Authorise", func() ([]byte, error) { return c.cardOffice.Authorise(ctx, by, g) })
}

type brokenAuthority struct {
	authority.Issuing
	*Breaker
}

func (a brokenAuthority) Generations(ctx context.Context, kind jpki.Kind) ([]authority.Generation, error) {
	return ask(a.Breaker, "Authority.Generations", func() ([]authority.Generation, error) { return a.Issuing.Generations(ctx, kind) })
}

func (a brokenAuthority) OfCard(ctx context.Context, card mynumber.CardID) ([]authority.Certificate, error) {
	return ask(a.Breaker, "Authority.OfCard", func() ([]authority.Certificate, error) { return a.Issuing.OfCard(ctx, card) })
}

func (a brokenAuthority) NewInjectedKey(ctx context.Context, by journal.Actor, card mynumber.CardID, transport []byte) (authority.InjectedKey, error) {
	return ask(a.Breaker, "Authority.NewInjectedKey", func() (authority.InjectedKey, error) {
		return a.Issuing.NewInjectedKey(ctx, by, card, transport)
	})
}

func (a brokenAuthority) Issue(ctx context.Context, by journal.Actor, r authority.Request) (authority.Certificate, error) {
	return ask(a.Breaker, "Authority.Issue", func() (authority.Certificate, error) { return a.Issuing.Issue(ctx, by, r) })
}

// IssueAll fails every request, or loses every answer.
func (a brokenAuthority) IssueAll(ctx context.Context, by journal.Actor, requests []authority.Request) []authority.Outcome {
	outcomes, err := ask(a.Breaker, "Authority.IssueAll", func() ([]authority.Outcome, error) { return a.Issuing.IssueAll(ctx, by, requests), nil })
	if err != nil {
		outcomes = make([]authority.Outcome, len(requests))
		for i := range outcomes {
			outcomes[i].Err = err
		}
	}
	return outcomes
}

func (a brokenAuthority) Switch(ctx context.Context, by journal.Actor, kind jpki.Kind, serial string) error {
	return do(a.Breaker, "Authority.Switch", func() error { return a.Issuing.Switch(ctx, by, kind, serial) })
}

func (a brokenAuthority) Revoke(ctx context.Context, by journal.Actor, kind jpki.Kind, serial string, why mynumber.RevocationReason) error {
	return do(a.Breaker, "Authority.Revoke", func() error { return a.Issuing.Revoke(ctx, by, kind, serial, why) })
}

type brokenRecords struct {
	production.IssuerKeys
	*Breaker
}

func (r brokenRecords) Rewrite(ctx context.Context, by journal.Actor, card mynumber.CardID, session string) ([]byte, error) {
	return ask(r.Breaker, "Records.Rewrite", func() ([]byte, error) { return r.IssuerKeys.Rewrite(ctx, by, card, session) })
}

type brokenCustody struct {
	custody.Store
	*Breaker
}

func (c brokenCustody) Item(ctx context.Context, card mynumber.CardID) (custody.Item, error) {
	return ask(c.Breaker, "Custody.Item", func() (custody.Item, error) { return c.Store.Item(ctx, card) })
}

func (c brokenCustody) Give(ctx context.Context, by journal.Actor, card mynumber.CardID, session string) (custody.Item, error) {
	return ask(c.Breaker, "Custody.Give", func() (custody.Item, error) { return c.Store.Give(ctx, by, card, session) })
}

// Wire is a card on a reader that can be cut and listened to.
type Wire struct {
	reader.Transport
	// At is the exchange that fails, counted from 1; 0 for none. With Lost the
	// card carries out the command and its answer is lost.
	At   int
	Lost bool
	// Then takes the card's place after exchange At, instead of a failure.
	Then reader.Transport
	// Count and Sent are the exchanges so far.
	Count int
	Sent  [][]byte
}

// Transmit passes a command on unless it is cut here.
func (w *Wire) Transmit(command []byte) ([]byte, error) {
	w.Count++
	w.Sent = append(w.Sent, append([]byte(nil), command...))
	if w.Then != nil && w.Count >= w.At {
		return w.Then.Transmit(command)
	}
	if w.Then != nil || w.Count != w.At {
		return w.Transport.Transmit(command)
	}
	if w.Lost {
		if _, err := w.Transport.Transmit(command); err != nil {
			return nil, err
		}
	}
	return nil, ErrCut
}
