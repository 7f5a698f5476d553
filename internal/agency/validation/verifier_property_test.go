package validation_test

import (
	"context"
	"crypto/x509"
	"testing"

	"pgregory.net/rapid"

	"kado/internal/agency/cards"
	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

// modelVerifier is what the register must say of one verifier.
type modelVerifier struct {
	id       string
	purposes []validation.Purpose
	from, to mynumber.Date
}

func (v modelVerifier) refuses(p validation.Purpose, on mynumber.Date) *fault.Kind {
	if on.Before(v.from) || !v.to.IsZero() && on.After(v.to) {
		return validation.NotAccredited
	}
	for _, o := range v.purposes {
		if o == p {
			return nil
		}
	}
	return validation.NotCovered
}

// Whatever the order of accrediting, asking, consenting, withdrawing, death and
// the passing of days: exactly those questions are answered that the model
// permits, and every one stands in the holder's journal.
// Shows: CRT-19, CRT-20, CRT-62, CIT-31, P-51, P-52
func TestCRT62_P52_SequencesAgainstAModel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		r := newRoom(t, open())
		people := 0
		rapid.Check(t, func(t *rapid.T) { sequence(t, r, &people) })
	})
}

func sequence(t *rapid.T, r room, people *int) {
	ctx := context.Background()
	*people++
	person := "per_model_" + string(rune('a'+*people%26)) + hexText([]byte{byte(*people >> 8), byte(*people)})
	card := mynumber.CardID("card-of-" + person)
	outer := &testing.T{}
	first := r.Issue(outer, validationtest.Order{Person: person, Kind: sig})
	second := r.Issue(outer, validationtest.Order{Person: person, Kind: sig, Previous: serial(first)})
	r.live(person, nil)
	refOf := func(c *x509.Certificate) validation.Ref { return validation.Ref{Kind: sig, Serial: serial(c)} }
	var verifiers []modelVerifier
	type modelConsent struct {
		id, verifier string
		from, to     mynumber.Date
		withdrawn    bool
	}
	var consents []modelConsent
	dead, severed := false, false
	seen := map[string]int{} // questions by act that the holder must see
	pick := func(t *rapid.T) modelVerifier {
		if len(verifiers) == 0 {
			t.Skip("none yet")
		}
		return rapid.SampledFrom(verifiers).Draw(t, "verifier")
	}
	verify := func(t *rapid.T, what string, err error, want *fault.Kind) {
		t.Helper()
		if want == nil && err != nil || want != nil && !want.Is(err) {
			t.Fatalf("%s: %v, want %v", what, err, want)
		}
	}
	today := func() mynumber.Date { return mynumber.DateOf(r.Clock.Now()) }
	t.Repeat(map[string]func(*rapid.T){
		"accredit": func(t *rapid.T) {
			v := modelVerifier{from: today().AddDays(rapid.IntRange(-1, 1).Draw(t, "from"))}
			if rapid.Bool().Draw(t, "dated") {
				v.to = today().AddDays(rapid.IntRange(-1, 2).Draw(t, "to"))
			}
			for _, p := range all {
				if rapid.IntRange(0, 3).Draw(t, string(p)) > 0 {
					v.purposes = append(v.purposes, p)
				}
			}
			if len(v.purposes) == 0 {
				v.purposes = all[:1]
			}
			got, err := r.Accredit(ctx, operator, validation.Verifier{Name: "銀行", Purposes: v.purposes, From: v.from, To: v.to})
			verify(t, "accredit", err, nil)
			v.id = got.ID
			verifiers = append(verifiers, v)
		},
		"withdraw": func(t *rapid.T) {
			v := pick(t)
			_, err := r.Withdraw(ctx, operator, v.id)
			verify(t, "withdraw", err, nil)
			for i := range verifiers {
				if yesterday := today().AddDays(-1); verifiers[i].id == v.id && (v.to.IsZero() || v.to.After(yesterday)) {
					verifiers[i].to = yesterday
				}
			}
		},
		"day": func(*rapid.T) {
			if err := r.Clock.Advance(24 * 3600e9); err != nil {
				t.Fatal(err)
			}
		},
		"status": func(t *rapid.T) {
			v := pick(t)
			_, err := r.StatusOf(ctx, question2(v.id), []validation.Item{{Ref: refOf(first)}, {Ref: refOf(second)}})
			verify(t, "status", err, v.refuses(validation.PurposeStatus, today()))
			seen[validation.ActStatusAsked] += 2
		},
		"links": func(t *rapid.T) {
			v := pick(t)
			_, err := r.Links(ctx, question2(v.id), refOf(second), validation.Older, 1)
			want := v.refuses(validation.PurposeLinkage, today())
			if want == nil && (dead || severed) {
				want = validation.NoLink
			}
			verify(t, "links", err, want)
			seen[validation.ActLinkageAsked]++
		},
		"consent": func(t *rapid.T) {
			v := pick(t)
			terms := r.terms(outer)
			terms.To = terms.From.AddDays(rapid.IntRange(0, 3).Draw(t, "days"))
			text, err := r.ConsentText(ctx, question2(v.id), terms)
			want := v.refuses(validation.PurposeAttributes, today())
			verify(t, "text", err, want)
			if want != nil {
				return
			}
			c, err := r.Consent(ctx, question2(v.id), terms, signed(outer, validationtest.HolderKey, second, text))
			if severed {
				want = validation.ConsentRevoked
			}
			verify(t, "consent", err, want)
			if want == nil {
				consents = append(consents, modelConsent{id: c.ID, verifier: v.id, from: terms.From, to: terms.To})
			}
		},
		"end consent": func(t *rapid.T) {
			if len(consents) == 0 {
				t.Skip("none yet")
			}
			i := rapid.IntRange(0, len(consents)-1).Draw(t, "consent")
			_, err := r.WithdrawConsent(ctx, journal.Actor{Kind: journal.Holder, ID: person}, consents[i].id)
			verify(t, "end", err, nil)
			consents[i].withdrawn = true
		},
		"attributes": func(t *rapid.T) {
			if len(consents) == 0 {
				t.Skip("none yet")
			}
			c, v := rapid.SampledFrom(consents).Draw(t, "consent"), pick(t)
			_, err := r.Latest(ctx, question2(v.id), c.id)
			want := v.refuses(validation.PurposeAttributes, today())
			switch {
			case want != nil:
			case v.id != c.verifier:
				want = validation.NoConsent
			case c.withdrawn || dead || severed || today().Before(c.from) || today().After(c.to):
				want = validation.ConsentOver
			}
			verify(t, "attributes", err, want)
			if v.id == c.verifier {
				seen[validation.ActAttributesAsked]++
			}
		},
		"die": func(*rapid.T) {
			dead = true
			r.Person(person, func(p *registry.Person) { p.Standing = registry.Dead })
		},
		"return": func(*rapid.T) {
			severed = true
			r.endCard(card, cards.EndReturn)
		},
		"": func(t *rapid.T) {
			for _, act := range []string{validation.ActStatusAsked, validation.ActLinkageAsked, validation.ActAttributesAsked} {
				if done, refused := r.entries(outer, person, act); done+refused != seen[act] {
					t.Fatalf("%s: the holder sees %d and %d, want %d", act, done, refused, seen[act])
				}
			}
		},
	})
}
