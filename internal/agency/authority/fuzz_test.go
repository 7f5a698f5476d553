package authority

import (
	"context"
	"testing"

	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/journal"
	"kado/jpki"
)

// FuzzEffects: whatever a message says, the office follows the records of card
// and register and stays sound.
func FuzzEffects(f *testing.F) {
	f.Add(0, []byte(`{"card":"400000000000001","person":"per_1"}`))
	f.Add(3, []byte(`{"card":"400000000000001","person":"per_1","reason":"death"}`))
	f.Add(4, []byte(`{"person":"per_1","version":2}`))
	f.Add(4, []byte(`{"person":"per_2","version":-1}`))
	f.Add(4, []byte(`[]`))
	f.Add(1, []byte(`{"card":"\u0000"}`))
	d := newDesk(f, dbtest.SQLite(f))
	d.issue(jpki.Authentication, 0)
	d.cards.set(cardNo, func(c *cards.Card) { c.State = cards.InOperation })
	d.must(d.deliver(cards.EffectActivated))
	kinds := []string{cards.EffectActivated, cards.EffectSuspended, cards.EffectResumed, cards.EffectEnded, registry.EffectChanged}
	f.Fuzz(func(t *testing.T, kind int, payload []byte) {
		k := kinds[uint(kind)%uint(len(kinds))]
		_ = d.Handlers()[k](context.Background(), journal.Effect{Kind: k, Payload: payload})
		all, err := d.OfCard(context.Background(), cardNo)
		if err != nil || len(all) != 1 || all[0].State != Active {
			t.Errorf("a message ended what the card's record keeps alive: %v", err)
		}
	})
}
