package authority

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/notice"
	"kado/jpki"
	"kado/mynumber"
)

// phoneDesk is a desk of the P-384 generation with a card in operation: keys cost
// nothing to make there.
type phoneDesk struct {
	*desk
	cardKey *ecdsa.PrivateKey // of the card's signature certificate
	sig     Certificate
	auth    Certificate
}

func p384() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}

func newPhoneDesk(d *desk) *phoneDesk {
	d.t.Helper()
	d.settings.Algorithm = jpki.ECDSAP384SHA384
	d.Office = d.again()
	p := &phoneDesk{desk: d}
	p.card("per_1", cardNo)
	return p
}

// card gives a person's card its certificates and puts it into operation.
func (d *phoneDesk) card(person string, card mynumber.CardID) {
	d.t.Helper()
	ctx := context.Background()
	d.cardKey = p384()
	issue := func(kind jpki.Kind, key *ecdsa.PrivateKey) Certificate {
		d.n++
		c, err := d.Issue(ctx, clerk, Request{ID: fmt.Sprintf("req_%d", d.n), Kind: kind, Card: card, Person: person, Municipality: "13221",
			PublicKey: &key.PublicKey, ExpiresOn: expiry})
		d.must(err)
		return c
	}
	d.cards.set(card, func(c *cards.Card) { c.State = cards.Personalised })
	d.auth = issue(jpki.Authentication, p384())
	d.sig = issue(jpki.Signature, d.cardKey)
	d.cards.set(card, func(c *cards.Card) { c.State = cards.InOperation })
	d.must(d.Activate(ctx, clerk, card))
}

// phone is a phone with its two keys.
type phone map[jpki.Kind]*ecdsa.PrivateKey

func newPhone() phone { return phone{jpki.Signature: p384(), jpki.Authentication: p384()} }

// ask is a whole and right request for a phone.
func (d *phoneDesk) ask(p phone, replaces bool) PhoneRequest {
	d.t.Helper()
	offer, err := d.OfferPhone(context.Background(), clerk)
	d.must(err)
	return d.answer(offer, p, replaces)
}

func sign384(key *ecdsa.PrivateKey, text []byte) []byte {
	sig, err := ecdsa.SignASN1(rand.Reader, key, jpki.ECDSAP384SHA384.Digest(text))
	if err != nil {
		panic(err)
	}
	return sig
}

func (d *phoneDesk) answer(offer PhoneOffer, p phone, replaces bool) PhoneRequest {
	d.t.Helper()
	r := PhoneRequest{Offer: offer, Certificate: d.sig.DER, Replaces: replaces}
	public := map[jpki.Kind]crypto.PublicKey{}
	for kind, key := range p {
		public[kind] = &key.PublicKey
	}
	statement, err := PhoneStatement(offer, public)
	d.must(err)
	for _, kind := range jpki.Kinds {
		if key := p[kind]; key != nil {
			r.Keys = append(r.Keys, PhoneKey{kind, &key.PublicKey, sign384(key, PhonePossession(kind, statement))})
		}
	}
	r.Signature = sign384(d.cardKey, statement)
	return r
}

func (d *phoneDesk) setUp(replaces bool) Phone {
	d.t.Helper()
	p, err := d.SetUpPhone(context.Background(), clerk, d.ask(newPhone(), replaces))
	d.must(err)
	return p
}

func eachPhone(t *testing.T, f func(t *testing.T, d *phoneDesk)) {
	t.Helper()
	each(t, func(t *testing.T, d *desk) { f(t, newPhoneDesk(d)) })
}

// sound fails on any finding of fsck.
func (d *phoneDesk) sound() {
	d.t.Helper()
	findings, err := d.Check(context.Background())
	d.must(err)
	for _, f := range findings {
		d.t.Error(f)
	}
}

func (d *phoneDesk) letters(person string, kind *notice.Kind) (n int) {
	d.t.Helper()
	all, err := notice.OfPerson(context.Background(), d.db, person)
	d.must(err)
	for _, l := range all {
		if l.Kind == kind {
			n++
		}
	}
	return n
}

func wantFault(t *testing.T, name string, err error, kind *fault.Kind) {
	t.Helper()
	if !kind.Is(err) {
		t.Errorf("%s: %v, want KADO-%04d", name, err, kind.Number)
	}
}

func TestCRT67_CRT68_CRT69_CRT70_PhoneSetUp(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		ctx := context.Background()
		r := d.ask(newPhone(), false)
		p, err := d.SetUpPhone(ctx, clerk, r)
		d.must(err)
		if p.State != PhoneInUse || p.Person != "per_1" || p.Card != cardNo || len(p.Certificates) != 2 {
			t.Fatalf("%+v", p)
		}
		for i, parent := range []Certificate{d.sig, d.auth} {
			c := p.Certificates[i]
			if c.Kind != parent.Kind || c.State != Active || c.Medium != jpki.Phone || c.Parent != parent.Serial || c.Previous != parent.Serial ||
				c.Phone != p.ID || c.KeyPath != BornInPhone || !c.NotAfter.Equal(parent.NotAfter) {
				t.Errorf("%+v", c)
			}
			cert, err := jpki.ParseCertificate(c.DER)
			d.must(err)
			g, err := d.Generations(ctx, c.Kind)
			d.must(err)
			ca, err := jpki.ParseCertificate(g[0].Certificate)
			d.must(err)
			pool, err := jpki.NewPool(d.settings, ca)
			d.must(err)
			chain, err := pool.Verify(cert, c.Kind, d.clock.Now())
			d.must(err)
			if chain.Medium != jpki.Phone {
				t.Error("the policy is not that of phones")
			}
		}
		// The same request again is the same phone (P-20), a changed one is refused.
		again, err := d.SetUpPhone(ctx, clerk, r)
		d.must(err)
		if again.ID != p.ID || len(again.Certificates) != 2 || again.Certificates[0].Serial != p.Certificates[0].Serial {
			t.Errorf("%+v", again)
		}
		_, err = d.SetUpPhone(ctx, clerk, d.answer(r.Offer, newPhone(), false))
		wantFault(t, "another request on the offer", err, OfferTaken)
		if d.letters("per_1", phoneInUse) != 1 {
			t.Error("the holder was not told once")
		}
		// What lies on cards is listed as before.
		for _, list := range []func() ([]Certificate, error){
			func() ([]Certificate, error) { return d.OfCard(ctx, cardNo) },
			func() ([]Certificate, error) { return d.OfPerson(ctx, "per_1") },
		} {
			on, err := list()
			d.must(err)
			for _, c := range on {
				if c.Medium != jpki.Card {
					t.Error("a phone's certificate is listed as the card's")
				}
			}
			if len(on) != 2 {
				t.Errorf("%d certificates on the card", len(on))
			}
		}
		d.sound()
	})
}

func TestCRT68_SetUpRefusals(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		ctx := context.Background()
		stranger, other := p384(), newPhone()
		statement := func(r PhoneRequest, p phone) []byte {
			s, err := PhoneStatement(r.Offer, map[jpki.Kind]crypto.PublicKey{jpki.Signature: &p[jpki.Signature].PublicKey, jpki.Authentication: &p[jpki.Authentication].PublicKey})
			d.must(err)
			return s
		}
		for name, c := range map[string]struct {
			change func(r *PhoneRequest, p phone)
			want   *fault.Kind
		}{
			"no such offer": {func(r *PhoneRequest, _ phone) { r.Offer.ID = "phn_0000" }, PhoneKeyRefused}, // the keys signed another text
			"another nonce": {func(r *PhoneRequest, p phone) { r.Offer.Nonce[0] ^= 1; *r = d.answer(r.Offer, p, false) }, NoOffer},
			"a longer life": {func(r *PhoneRequest, p phone) {
				r.Offer.NotAfter = r.Offer.NotAfter.Add(time.Hour)
				*r = d.answer(r.Offer, p, false)
			}, NoOffer},
			"an offer made up":             {func(r *PhoneRequest, p phone) { r.Offer.ID = "phn_0"; *r = d.answer(r.Offer, p, false) }, NoOffer},
			"signed by a stranger":         {func(r *PhoneRequest, p phone) { r.Signature = sign384(stranger, statement(*r, p)) }, NotSignedByCard},
			"signed by the phone":          {func(r *PhoneRequest, p phone) { r.Signature = sign384(p[jpki.Signature], statement(*r, p)) }, NotSignedByCard},
			"signed for other keys":        {func(r *PhoneRequest, _ phone) { r.Signature = sign384(d.cardKey, statement(*r, other)) }, NotSignedByCard},
			"no signature":                 {func(r *PhoneRequest, _ phone) { r.Signature = nil }, NotSignedByCard},
			"a huge signature":             {func(r *PhoneRequest, _ phone) { r.Signature = make([]byte, 1<<20) }, NotSignedByCard},
			"no certificate":               {func(r *PhoneRequest, _ phone) { r.Certificate = nil }, NotSignedByCard},
			"authentication's certificate": {func(r *PhoneRequest, _ phone) { r.Certificate = d.auth.DER }, CardNotFit},
			"no keys":                      {func(r *PhoneRequest, _ phone) { r.Keys = nil }, PhoneKeyRefused},
			"one kind twice":               {func(r *PhoneRequest, _ phone) { r.Keys[1] = r.Keys[0] }, PhoneKeyRefused},
			"one key for both":             {func(r *PhoneRequest, _ phone) { r.Keys[1].PublicKey = r.Keys[0].PublicKey }, PhoneKeyRefused},
			"keys exchanged":               {func(r *PhoneRequest, _ phone) { r.Keys[0].Kind, r.Keys[1].Kind = r.Keys[1].Kind, r.Keys[0].Kind }, PhoneKeyRefused},
			"a key not held":               {func(r *PhoneRequest, _ phone) { r.Keys[0].PublicKey = &stranger.PublicKey }, PhoneKeyRefused},
			"possession of the other kind": {func(r *PhoneRequest, _ phone) { r.Keys[0].Possession = r.Keys[1].Possession }, PhoneKeyRefused},
			"text for a key":               {func(r *PhoneRequest, _ phone) { r.Keys[0].PublicKey = "key" }, PhoneKeyRefused},
			"the card's own key":           {func(r *PhoneRequest, p phone) { p[jpki.Signature] = d.cardKey; *r = d.answer(r.Offer, p, false) }, KeyRefused},
			"an RSA key":                   {func(r *PhoneRequest, _ phone) { r.Keys[0].PublicKey = &rsaKey(3).PublicKey }, PhoneKeyRefused},
		} {
			p := newPhone()
			r := d.ask(p, false)
			c.change(&r, p)
			_, err := d.SetUpPhone(ctx, clerk, r)
			wantFault(t, name, err, c.want)
		}
		late := d.ask(newPhone(), false)
		d.clock.Advance(offerLife + time.Second)
		_, err := d.SetUpPhone(ctx, clerk, late)
		wantFault(t, "too late", err, NoOffer)
		// A phone derives nothing: only a card does.
		first := newPhone()
		set, err := d.SetUpPhone(ctx, clerk, d.ask(first, false))
		d.must(err)
		keep, sig := d.cardKey, d.sig
		d.cardKey, d.sig = first[jpki.Signature], set.Certificates[0]
		_, err = d.SetUpPhone(ctx, clerk, d.ask(newPhone(), true))
		wantFault(t, "derived from a phone", err, CardNotFit)
		d.cardKey, d.sig = keep, sig
		for _, s := range []cards.State{cards.Held, cards.Suspended, cards.Abolished, cards.Void} {
			d.cards.set(cardNo, func(c *cards.Card) { c.State = s })
			_, err := d.SetUpPhone(ctx, clerk, d.ask(newPhone(), true))
			wantFault(t, "card "+string(s), err, CardNotFit)
		}
		d.cards.set(cardNo, func(c *cards.Card) { c.State = cards.InOperation })
		d.must(d.Hold(ctx, clerk, cardNo))
		_, err = d.SetUpPhone(ctx, clerk, d.ask(newPhone(), true))
		wantFault(t, "certificate on hold", err, CardNotFit)
		d.sound()
	})
}

func TestCRT71_OnePhoneAndItsReplacement(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		ctx := context.Background()
		old := d.setUp(false)
		_, err := d.SetUpPhone(ctx, clerk, d.ask(newPhone(), false))
		wantFault(t, "a second phone", err, OtherPhone)
		next := d.setUp(true)
		old, err = d.Phone(ctx, old.ID)
		d.must(err)
		if old.State != PhoneEnded || old.End != PhoneReplaced || old.Certificates[0].State != Revoked || old.Certificates[1].Reason != mynumber.Superseded {
			t.Errorf("%+v", old)
		}
		if next.State != PhoneInUse {
			t.Errorf("%+v", next)
		}
		// The card is not touched by any of this.
		if d.get(d.sig).State != Active || d.get(d.auth).State != Active {
			t.Error("the card's certificates ended with a phone")
		}
		d.must(d.EndPhone(ctx, clerk, next.ID, PhoneLost))
		d.must(d.EndPhone(ctx, clerk, next.ID, PhoneRemoved)) // the first end stands
		next, err = d.Phone(ctx, next.ID)
		d.must(err)
		if next.State != PhoneEnded || next.End != PhoneLost || next.Certificates[0].Reason != mynumber.CessationOfOperation {
			t.Errorf("%+v", next)
		}
		revoked, err := d.revoked(jpki.Authentication, 1, "", d.clock.Now())
		d.must(err)
		if len(revoked) != 2 {
			t.Errorf("%d of two phones' certificates in the list", len(revoked))
		}
		if d.letters("per_1", phoneEnded) != 2 || d.letters("per_1", phoneInUse) != 2 {
			t.Error("letters are missing or doubled")
		}
		third := d.setUp(false)
		list, err := d.PhonesOf(ctx, "per_1")
		d.must(err)
		inUse := 0
		for _, p := range list {
			if p.State == PhoneInUse {
				inUse++
			}
		}
		if inUse != 1 || third.State != PhoneInUse {
			t.Errorf("%d phones in use", inUse)
		}
		wantFault(t, "no such phone", d.EndPhone(ctx, clerk, "phn_x", PhoneLost), NoPhone)
		wantFault(t, "no such end", d.EndPhone(ctx, clerk, third.ID, PhoneReplaced), Malformed)
		offer, err := d.OfferPhone(ctx, clerk)
		d.must(err)
		wantFault(t, "an offer has no end", d.EndPhone(ctx, clerk, offer.ID, PhoneLost), WrongPhoneState)
		d.sound()
	})
}

func TestCRT68_CRT70_PhoneEndsWithTheCard(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		ctx := context.Background()
		state := func(p Phone) Phone {
			t.Helper()
			p, err := d.Phone(ctx, p.ID)
			d.must(err)
			return p
		}
		p := d.setUp(false)
		// Held and released with the card.
		d.must(d.Hold(ctx, clerk, cardNo))
		for _, c := range state(p).Certificates {
			if c.State != OnHold {
				t.Errorf("%s certificate of a suspended card's phone: %s", c.Kind, c.State)
			}
		}
		d.sound()
		d.must(d.Release(ctx, clerk, cardNo))
		// A change of attributes ends the signature certificates, on both media.
		d.register.set("per_1", func(q *registry.Person) { q.Version = 2 })
		d.must(d.onAttributesChanged(ctx, journal.Effect{Payload: []byte(`{"person":"per_1","version":2}`)}))
		q := state(p)
		if q.State != PhoneInUse || q.Certificates[0].State != Revoked || q.Certificates[0].Reason != mynumber.AffiliationChanged || q.Certificates[1].State != Active {
			t.Errorf("%+v", q)
		}
		d.sound()
		// The end of the other ends the phone.
		d.must(d.RevokeCard(ctx, clerk, cardNo, mynumber.CessationOfOperation))
		q = state(p)
		if q.State != PhoneEnded || q.End != PhoneCertificate || q.Certificates[1].State != Revoked {
			t.Errorf("%+v", q)
		}
		d.sound()
	})
}

// A renewal of the card's certificate ends what came from the old one.
func TestCRT68_RenewalEndsThePhone(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		ctx := context.Background()
		p := d.setUp(false)
		for _, kind := range []jpki.Kind{jpki.Authentication, jpki.Signature} {
			key := p384()
			d.n++
			c, err := d.Issue(ctx, clerk, Request{ID: fmt.Sprintf("req_%d", d.n), Kind: kind, Card: cardNo, Person: "per_1", Municipality: "13221",
				PublicKey: &key.PublicKey, ExpiresOn: expiry})
			d.must(err)
			d.must(d.Switch(ctx, clerk, kind, c.Serial))
			// The chain of the card's certificates leads past the phone's (CRT-17).
			want := map[jpki.Kind]string{jpki.Signature: d.sig.Serial, jpki.Authentication: d.auth.Serial}[kind]
			if got := d.get(c).Previous; got != want {
				t.Errorf("%s: previous %s, want the card's own %s", kind, got, want)
			}
		}
		p, err := d.Phone(ctx, p.ID)
		d.must(err)
		if p.State != PhoneEnded || p.Certificates[0].Reason != mynumber.Superseded {
			t.Errorf("%+v", p)
		}
		d.sound()
	})
}

// A cut anywhere in setting up leaves what the same request finishes.
func TestP20_SetUpPhoneIsResumed(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		ctx := context.Background()
		r := d.ask(newPhone(), false)
		d.keys.down = true // the card's proof is recorded, nothing can be signed
		if _, err := d.SetUpPhone(ctx, clerk, r); err == nil {
			t.Fatal("signed without a key store")
		}
		d.keys.down = false
		p, err := d.Phone(ctx, r.Offer.ID)
		d.must(err)
		if p.State != PhoneProved {
			t.Fatalf("%+v", p)
		}
		d.clock.Advance(time.Hour) // what was proved in time stays proved
		p, err = d.SetUpPhone(ctx, clerk, r)
		d.must(err)
		if p.State != PhoneInUse || len(p.Certificates) != 2 {
			t.Errorf("%+v", p)
		}
		// Where the card ended meanwhile, the phone never comes into use.
		d.person("per_2", "400000000000002")
		d.card("per_2", "400000000000002")
		r = d.ask(newPhone(), false)
		d.keys.down = true
		if _, err := d.SetUpPhone(ctx, clerk, r); err == nil {
			t.Fatal("signed without a key store")
		}
		d.keys.down = false
		d.must(d.RevokeCard(ctx, clerk, "400000000000002", mynumber.CessationOfOperation))
		_, err = d.SetUpPhone(ctx, clerk, r)
		wantFault(t, "the card ended meanwhile", err, CardNotFit)
		p, err = d.Phone(ctx, r.Offer.ID)
		d.must(err)
		if p.State != PhoneEnded {
			t.Errorf("%+v", p)
		}
		d.sound()
	})
}

// Random histories of a card and phones: at every moment a person has at most one
// phone in use, no phone certificate is valid while the card's of its kind is not,
// none outlasts it, and what ended stays ended (CRT-68, CRT-70, CRT-71).
func TestCRT68_CRT70_CRT71_RandomHistories(t *testing.T) {
	d := newPhoneDesk(newDesk(t, dbtest.SQLite(t)))
	ctx := context.Background()
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		person, card := fmt.Sprintf("per_p%d", round), mynumber.CardID(fmt.Sprintf("6%013d1", round))
		d.person(person, card)
		d.card(person, card)
		version := 1
		var all []string
		ended := map[string]PhoneEnd{}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			step := rapid.SampledFrom([]string{"set up", "replace", "lose", "remove", "hold", "release", "move house", "renew", "end card"}).Draw(rt, "step")
			var err error
			switch step {
			case "set up", "replace":
				var p Phone
				if p, err = d.SetUpPhone(ctx, clerk, d.ask(newPhone(), step == "replace")); err == nil {
					all = append(all, p.ID)
				}
			case "lose", "remove":
				if len(all) > 0 {
					why := map[string]PhoneEnd{"lose": PhoneLost, "remove": PhoneRemoved}[step]
					err = d.EndPhone(ctx, clerk, rapid.SampledFrom(all).Draw(rt, "phone"), why)
				}
			case "hold":
				d.cards.set(card, func(c *cards.Card) { c.State = cards.Suspended })
				err = d.Hold(ctx, clerk, card)
			case "release":
				d.cards.set(card, func(c *cards.Card) { c.State = cards.InOperation })
				err = d.Release(ctx, clerk, card)
			case "move house":
				version++
				d.register.set(person, func(q *registry.Person) { q.Version = version })
				err = d.onAttributesChanged(ctx, journal.Effect{Payload: fmt.Appendf(nil, `{"person":%q,"version":%d}`, person, version)})
			case "renew":
				key := p384()
				d.n++
				var c Certificate
				if c, err = d.Issue(ctx, clerk, Request{ID: fmt.Sprintf("req_%d", d.n), Kind: jpki.Signature, Card: card, Person: person, Municipality: "13221",
					PublicKey: &key.PublicKey, ExpiresOn: expiry}); err == nil {
					if err = d.Switch(ctx, clerk, jpki.Signature, c.Serial); err == nil {
						d.sig, d.cardKey = c, key
					}
				}
			case "end card":
				d.cards.set(card, func(c *cards.Card) { c.State = cards.Abolished })
				err = d.RevokeCard(ctx, clerk, card, mynumber.CessationOfOperation)
			}
			if err != nil && fault.Of(err).Kind.Class == fault.Internal {
				rt.Fatalf("%s: %v", step, err)
			}
			list, err := d.PhonesOf(ctx, person)
			d.must(err)
			inUse := 0
			for _, p := range list {
				if p.State == PhoneInUse {
					inUse++
				}
				if was, ok := ended[p.ID]; ok && (p.State != PhoneEnded || p.End != was) {
					rt.Fatalf("after %s: a phone that ended %s is %s, %s", step, was, p.State, p.End)
				}
				if p.State == PhoneEnded {
					ended[p.ID] = p.End
				}
				for _, c := range p.Certificates {
					parent, err := d.Certificate(ctx, c.Kind, c.Parent)
					d.must(err)
					if c.State == Active && parent.State != Active || c.State == OnHold && parent.State != OnHold || c.NotAfter.After(parent.NotAfter) {
						rt.Fatalf("after %s: a phone's %s certificate is %s, its card's %s", step, c.Kind, c.State, parent.State)
					}
				}
			}
			if inUse > 1 {
				rt.Fatalf("after %s: %d phones in use", step, inUse)
			}
		}
		findings, err := d.Check(ctx)
		d.must(err)
		if len(findings) > 0 {
			rt.Fatal(findings)
		}
	})
}
