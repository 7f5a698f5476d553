package cards

import (
	"context"
	"testing"

	"kado/mynumber"
)

// What many cards are asked for at a time is what each is asked for alone.
// Shows: R-41
func TestR41_StatusesSayWhatEachCardSays(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		var ids []mynumber.CardID
		for _, s := range Lives.States {
			ids = append(ids, d.in(s.ID).ID)
		}
		for _, n := range []int{1, 2, len(ids), 32, 33, MaxStatuses} {
			asked := make([]mynumber.CardID, n)
			for i := range asked {
				asked[i] = ids[(i*7)%len(ids)] // with repetitions
			}
			got, err := d.Statuses(ctx, asked)
			d.must(err)
			for i, id := range asked {
				c := d.card(id)
				standing, err := d.Standing(ctx, id)
				d.must(err)
				if want := (CardStatus{standing, c.EndReason, c.ExpiresOn, c.ChangedAt, c.SuspendedAt}); got[i] != want {
					t.Fatalf("%d of %d: %+v, want %+v", i, n, got[i], want)
				}
			}
		}
		_, err := d.Statuses(ctx, []mynumber.CardID{ids[0], "900000000000009"})
		wants(t, err, NoCard)
		for _, n := range []int{0, MaxStatuses + 1} {
			_, err = d.Statuses(ctx, make([]mynumber.CardID, n))
			wants(t, err, Malformed)
		}
	})
}
