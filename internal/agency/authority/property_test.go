package authority

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// publicKey returns the n-th of many public keys that look right; nobody holds
// their private halves.
func publicKey(n int) *rsa.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).Add(rsaKey(0).N, big.NewInt(int64(2*n))), E: 65537}
}

// Random histories: certificates are issued, switched and revoked while cards
// live and end and the register changes, and the effects of all this arrive late,
// twice and out of order. At every moment a card has at most one valid
// certificate of a kind (CRT-55), what ended stays ended for its first reason,
// and a chain has no fork (CRT-17); once everything has been delivered, the
// certificates say what cards and register say.
func TestCRT55_CRT17_R41_RandomHistories(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t))
	ctx := context.Background()
	round, keys := 0, 1000
	rapid.Check(t, func(rt *rapid.T) {
		round++
		must := func(err error) {
			rt.Helper()
			if err != nil {
				rt.Fatal(err)
			}
		}
		person := fmt.Sprintf("per_r%d", round)
		ids := []mynumber.CardID{mynumber.CardID(fmt.Sprintf("5%013d1", round)), mynumber.CardID(fmt.Sprintf("5%013d2", round))}
		for _, id := range ids {
			d.person(person, id)
		}
		var waiting []journal.Effect // told, not delivered yet
		tell := func(kind string, payload any) {
			b, err := json.Marshal(payload)
			must(err)
			waiting = append(waiting, journal.Effect{Kind: kind, Payload: b})
		}
		deliver := func(i int) { must(d.Handlers()[waiting[i].Kind](ctx, waiting[i])) }
		ends := map[string]mynumber.RevocationReason{}
		effects := map[string]string{"activate": cards.EffectActivated, "suspend": cards.EffectSuspended, "resume": cards.EffectResumed,
			"abolish": cards.EffectEnded, "lose": cards.EffectEnded, "spoil": cards.EffectEnded}
		reasons := map[string]cards.EndReason{"abolish": cards.EndReturn, "lose": cards.EndMissing, "spoil": cards.EndSpoiled}

		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			id := rapid.SampledFrom(ids).Draw(rt, "card")
			must(d.clock.Advance(time.Duration(rapid.IntRange(0, 1).Draw(rt, "seconds")) * time.Second))
			switch act := rapid.SampledFrom([]string{"issue", "issue", "switch", "live", "live", "live", "live", "move", "deliver", "deliver", "again"}).Draw(rt, "act"); act {
			case "issue":
				keys++
				q := Request{ID: fmt.Sprintf("%s/%d", person, keys), Kind: rapid.SampledFrom(jpki.Kinds[:]).Draw(rt, "kind"), Card: id, Person: person,
					Municipality: "13221", PublicKey: publicKey(keys), ExpiresOn: expiry}
				if _, err := d.Issue(ctx, clerk, q); (err == nil) != issuable(d.cards.of[id], d.clock.Now()) {
					rt.Fatalf("issue in %s: %v", d.cards.of[id].State, err)
				}
			case "switch":
				if d.cards.of[id].State != cards.InOperation {
					continue
				}
				all, err := d.OfCard(ctx, id)
				must(err)
				for _, c := range all {
					if c.State == Issued {
						if err := d.Switch(ctx, clerk, c.Kind, c.Serial); err != nil && !NotPermitted.Is(err) {
							rt.Fatal(err)
						}
						break
					}
				}
			case "live":
				c := d.cards.of[id]
				// Steps towards delivery come up more often than ends.
				act := rapid.SampledFrom(append(onwards[c.State], cards.Lives.Acts()...)).Draw(rt, "life")
				if to, ok := cards.Lives.Next(c.State, act); ok {
					c.State, c.EndReason = to, reasons[act]
					d.cards.of[id] = c
					if effects[act] != "" {
						tell(effects[act], cards.CardEffect{Card: id, Person: person, Reason: c.EndReason})
					}
				}
			case "move":
				d.register.set(person, func(p *registry.Person) {
					p.Version++
					p.Attributes.Address = fmt.Sprintf("東京都清瀬市中里%d番地", p.Version)
				})
				tell(registry.EffectChanged, registry.Changed{Person: person, Version: d.register.of[person].Version})
			case "deliver", "again":
				if len(waiting) > 0 {
					i := rapid.IntRange(0, len(waiting)-1).Draw(rt, "effect")
					deliver(i)
					if act == "deliver" {
						waiting = append(waiting[:i], waiting[i+1:]...)
					}
				}
			}
			checkHistory(rt, d, person, ends)
		}
		for i := range waiting {
			deliver(i)
		}
		checkHistory(rt, d, person, ends)
		for _, id := range ids {
			all, err := d.OfCard(ctx, id)
			must(err)
			card := d.cards.of[id]
			for _, c := range all {
				old := c.Kind == jpki.Signature && d.row(c).personVersion < d.register.of[person].Version
				switch {
				case (c.State == Active || c.State == OnHold) && old:
					rt.Fatalf("a valid certificate shows old attributes")
				case c.State == Active && card.State != cards.InOperation, c.State == OnHold && card.State != cards.Suspended:
					rt.Fatalf("%s on a card that is %s", c.State, card.State)
				case (c.State == Issued || c.State == Prepared) && card.EndReason != "":
					rt.Fatalf("%s on a card that has ended", c.State)
				}
			}
		}
	})
	d.sound()
}

// onwards are the acts that keep a card going, as often as all others together.
var onwards = map[cards.State][]string{
	cards.Ordered:      many("personalise"),
	cards.Personalised: many("consign"),
	cards.Consigned:    many("receive"),
	cards.Held:         many("activate"),
	cards.InOperation:  many("suspend"),
	cards.Suspended:    many("resume"),
}

func many(act string) []string { return slices.Repeat([]string{act}, 40) }

// checkHistory holds what must be true at every moment.
func checkHistory(rt *rapid.T, d *desk, person string, ends map[string]mynumber.RevocationReason) {
	all, err := d.OfPerson(context.Background(), person)
	if err != nil {
		rt.Fatal(err)
	}
	valid, previous := map[string]bool{}, map[string]bool{}
	for _, c := range all {
		if why, ended := ends[c.Serial]; ended && (c.State != Revoked || c.Reason != why) {
			rt.Fatalf("an ended certificate is %s for %s", c.State, c.Reason)
		}
		switch c.State {
		case Revoked:
			ends[c.Serial] = c.Reason
		case Active, OnHold:
			k := string(c.Card) + c.Kind.String()
			if valid[k] {
				rt.Fatalf("two valid %s certificates on one card", c.Kind)
			}
			valid[k] = true
		}
		if d.row(c).link > 0 {
			if previous[c.Kind.String()+c.Previous] {
				rt.Fatal("the chain has a fork")
			}
			previous[c.Kind.String()+c.Previous] = true
		}
	}
}
