package login_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login"
	"kado/jpki"
	"kado/mynumber"
)

// Two parties with fifty common users hold nothing by which their stores could be
// joined: no id of one is an id, or a part of one, at the other; ids say nothing
// of serial numbers, and their order nothing of the order of the users.
// Shows: P-51, CRT-16
func TestP51_TwoStoresCannotBeJoined(t *testing.T) {
	r := small(t)
	library := r.register(t, "図書館", "https://library.example")
	const users = 50
	shop, other := make([]string, users), make([]string, users)
	var certs []*x509.Certificate
	for i := range users {
		certs = append(certs, r.Issue(t, validationtest.Order{Person: fmt.Sprintf("per_%02d", i)}))
	}
	for i, c := range certs {
		shop[i] = r.mustLogin(t, r.shop, c)
		other[i] = r.mustLogin(t, library, c)
	}
	seen := map[string]bool{}
	var fragments []string
	for i := range users {
		for _, id := range []string{shop[i], other[i]} {
			if seen[id] {
				t.Fatal("an id came twice")
			}
			seen[id] = true
			if len(id) != 30 || strings.Contains(id, serial(certs[i])) {
				t.Errorf("id %s", id)
			}
		}
		// Eight of thirty-two characters in common would be chance once in 2^40.
		for at := len("sub_"); at+8 <= len(shop[i]); at++ {
			fragments = append(fragments, shop[i][at:at+8])
		}
	}
	all := strings.Join(other, " ")
	for _, f := range fragments {
		if strings.Contains(all, f) {
			t.Errorf("a part %s of an id of the shop stands in one of the library", f)
		}
	}
	// Sorting both stores does not line the users up.
	byShop, byOther := slices.Sorted(slices.Values(shop)), slices.Sorted(slices.Values(other))
	lined := 0
	for i := range users {
		if slices.Index(shop, byShop[i]) == slices.Index(other, byOther[i]) {
			lined++
		}
	}
	if lined > users/4 {
		t.Errorf("%d of %d users stand at the same place of both stores", lined, users)
	}
}

// renewed issues the certificate that replaces another one.
func (r *room) renewed(t testing.TB, old *x509.Certificate, o validationtest.Order) *x509.Certificate {
	t.Helper()
	o.Previous = serial(old)
	cert := r.Issue(t, o)
	r.Certificate(serial(old), func(c *authority.Certificate) {
		c.State, c.Reason, c.EndedAt, c.HeldAt = authority.Revoked, mynumber.Superseded, r.Clock.Now(), time.Time{}
	})
	return cert
}

// Renewal and reissue keep the id at each party, also when some certificates in
// between were never used; the walk back is done once.
// Shows: P-51, CRT-17, CRT-18
func TestP51_RenewalAndReissueKeepTheID(t *testing.T) {
	r := small(t)
	library := r.register(t, "図書館", "https://library.example")
	first := r.Issue(t, validationtest.Order{Card: "card-1"})
	shop := r.mustLogin(t, r.shop, first)
	second := r.renewed(t, first, validationtest.Order{Card: "card-1"}) // on the same card
	if got := r.mustLogin(t, r.shop, second); got != shop {
		t.Error("another id after the renewal of the certificate")
	}
	inLibrary := r.mustLogin(t, library, second)
	r.ended("card-1", cards.EndLoss)
	third := r.renewed(t, second, validationtest.Order{Card: "card-2"}) // never used here
	r.ended("card-2", cards.EndRenewal)
	fourth := r.renewed(t, third, validationtest.Order{Card: "card-3"})
	r.desk.links = 0
	if got := r.mustLogin(t, library, fourth); got != inLibrary {
		t.Error("another id at the library after loss and renewal of the card")
	}
	if r.desk.links != 2 {
		t.Errorf("%d questions about linkage, want 2", r.desk.links)
	}
	if got := r.mustLogin(t, r.shop, fourth); got != shop || r.desk.links != 2 {
		t.Errorf("at the shop: same id %v after %d questions", got == shop, r.desk.links)
	}
	if _, err := r.login(t, r.shop, second); !login.Revoked.Is(err) {
		t.Errorf("the old certificate: %v", err)
	}
}

// After a return without another card in its place the chain has ended: the same
// person comes as a new one.
// Shows: CRT-20, P-51
func TestCRT20_ReturnEndsTheID(t *testing.T) {
	r := small(t)
	first := r.Issue(t, validationtest.Order{Card: "card-1"})
	before := r.mustLogin(t, r.shop, first)
	r.ended("card-1", cards.EndReturn)
	second := r.renewed(t, first, validationtest.Order{Card: "card-2"})
	if after := r.mustLogin(t, r.shop, second); after == before {
		t.Error("the id outlived the return of the card")
	}
}

// A chain longer than the limit, or one that runs in a circle, ends the walk.
func TestP51_TheWalkBackHasAnEnd(t *testing.T) {
	r := small(t)
	cert := r.Issue(t, validationtest.Order{})
	r.desk.linkage = func() (validation.Ref, error) {
		return validation.Ref{Kind: jpki.Authentication, Serial: "7777"}, nil
	}
	r.mustLogin(t, r.shop, cert)
	if r.desk.links != 20 {
		t.Errorf("%d questions", r.desk.links)
	}
}

// Over random lives of several people at two parties: one id a person and party
// for as long as the chain holds, never the same for two.
// Shows: P-51
func TestP51_RandomLives(t *testing.T) {
	r := small(t)
	parties := []login.Party{r.shop, r.register(t, "図書館", "https://library.example")}
	type person struct {
		cert *x509.Certificate
		card int
		ids  map[string]string // by party
	}
	people := map[int]*person{}
	owner := map[string]int{} // of each id
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 3).Draw(rt, "person")
		p := people[n]
		card := func() mynumber.CardID { return mynumber.CardID(fmt.Sprintf("card-%d-%d", n, p.card)) }
		name := fmt.Sprintf("per_%d", n)
		if p == nil {
			p = &person{ids: map[string]string{}}
			people[n] = p
			p.cert = r.Issue(t, validationtest.Order{Person: name, Card: card()})
		}
		switch rapid.SampledFrom([]string{"login", "login", "login", "renew", "reissue", "return"}).Draw(rt, "act") {
		case "login":
			party := rapid.SampledFrom(parties).Draw(rt, "party")
			id := r.mustLogin(t, party, p.cert)
			if before := p.ids[party.ID]; before != "" && before != id {
				rt.Fatalf("person %d has another id", n)
			}
			if who, taken := owner[id]; taken && (who != n || p.ids[party.ID] != id) {
				rt.Fatalf("the id of person %d is given to %d", who, n)
			}
			p.ids[party.ID], owner[id] = id, n
		case "renew":
			p.cert = r.renewed(t, p.cert, validationtest.Order{Person: name, Card: card()})
		case "reissue":
			r.ended(card(), cards.EndReissue)
			p.card++
			p.cert = r.renewed(t, p.cert, validationtest.Order{Person: name, Card: card()})
		case "return":
			r.ended(card(), cards.EndReturn)
			p.card++
			p.cert = r.renewed(t, p.cert, validationtest.Order{Person: name, Card: card()})
			maps.DeleteFunc(p.ids, func(string, string) bool { return true })
		}
	})
	if found, err := r.Check(context.Background()); err != nil || len(found) > 0 {
		t.Errorf("check: %v, %v", found, err)
	}
}
