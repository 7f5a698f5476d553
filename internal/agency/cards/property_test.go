package cards

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/cardmgmt"
	"kado/internal/platform/db/dbtest"
	"kado/mynumber"
)

// model is what the office must do, in a few lines.
type model struct {
	state State
	last  string
	used  map[byte]bool
	lines int // journal entries
}

// Random lives: whatever is reported in whatever order, the record is what the
// table says, nothing that ended comes back, a challenge serves once, and each act
// is journalled once.
func TestP18_R22_RandomLives(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t))
	ctx := context.Background()
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		person := fmt.Sprintf("per_r%d", round)
		ids := make([]mynumber.CardID, 2)
		models := map[mynumber.CardID]*model{}
		for i := range ids {
			c, err := d.Order(ctx, maker, d.order(person))
			if err != nil {
				rt.Fatal(err)
			}
			ids[i] = c.ID
			models[c.ID] = &model{state: Ordered, used: map[byte]bool{}, lines: 1}
		}
		step := func(m *model, act string) (ok bool) {
			to, ok := Lives.Next(m.state, act)
			if ok {
				m.state, m.last, m.lines = to, act, m.lines+1
			}
			return ok
		}
		// Steps towards delivery come up more often, or few lives would get there.
		acts := append(Lives.Acts(), "personalise", "consign", "receive", "activate", "resume", "suspend", "authorise", "authorise", "all")
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			id := rapid.SampledFrom(ids).Draw(rt, "card")
			m := models[id]
			act := rapid.SampledFrom(acts).Draw(rt, "act")
			if err := d.clock.Advance(time.Duration(rapid.IntRange(0, 1).Draw(rt, "seconds")) * time.Second); err != nil {
				rt.Fatal(err)
			}
			switch act {
			case "all":
				if rapid.IntRange(0, 4).Draw(rt, "really") > 0 {
					continue
				}
				if err := d.AbolishAll(ctx, clerk, person, EndReturn); err != nil {
					rt.Fatal(err)
				}
				for _, m := range models {
					step(m, "abolish")
				}
			case "authorise":
				op := rapid.SampledFrom(cardmgmt.Ops()).Draw(rt, "op")
				challenge := rapid.ByteRange(0, 5).Draw(rt, "challenge")
				i := slices.IndexFunc(Permissions, func(p Permission) bool { return p.Op == op })
				want := slices.Contains(Permissions[i].States, m.state) && !m.used[challenge]
				mac, err := d.Authorise(ctx, clerk, grant(id, op, challenge))
				if (err == nil) != want || (mac != nil) != want {
					rt.Fatalf("%s with challenge %d in %s: %v", op, challenge, m.state, err)
				}
				if want {
					m.used[challenge], m.lines = true, m.lines+1
				}
			default:
				repeated := m.last == act
				err := d.act(ctx, id, act)
				if ok := step(m, act) || repeated; ok != (err == nil) {
					rt.Fatalf("%s in %s: %v", act, m.state, err)
				}
			}
			for id, m := range models {
				c, err := d.Card(ctx, id)
				if err != nil || c.State != m.state {
					rt.Fatalf("after %s: %s, want %s, %v", act, c.State, m.state, err)
				}
			}
		}
		for id, m := range models {
			if n := len(d.entries(id)); n != m.lines {
				rt.Fatalf("%d journal entries, want %d", n, m.lines)
			}
			if (m.state == InOperation) != (StandingOf(m.state, expiry, d.clock.Now()) == Good) {
				rt.Fatalf("standing in %s", m.state)
			}
		}
	})
	d.sound()
}
