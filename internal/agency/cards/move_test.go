package cards

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"kado/internal/municipality/registry"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

func TestPRD01_Order_DrawsIdAndCode_OncePerApplication(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		n := d.order("per_a")
		c, err := d.Order(ctx, maker, n)
		d.must(err)
		if _, err := mynumber.ParseCardID(string(c.ID)); err != nil || c.State != Ordered || len(c.SecurityCode.Reveal()) != 4 {
			t.Fatalf("ordered %+v, %v", c, err)
		}
		again, err := d.Order(ctx, maker, n)
		d.must(err)
		if again.ID != c.ID || again.SecurityCode.Reveal() != c.SecurityCode.Reveal() {
			t.Fatalf("the same order gave %s and %s", c.ID, again.ID)
		}
		other := n
		other.Person = "per_b"
		_, err = d.Order(ctx, maker, other)
		wants(t, err, Malformed)
		if es := d.entries(c.ID); len(es) != 1 || es[0].Act != ActOrdered || es[0].Application != string(n.Application) {
			t.Fatalf("journal %+v", es)
		}
		// A spoiled card is replaced under the same application (PRD-10) …
		d.must(d.Spoil(ctx, maker, c.ID, "chip broken"))
		second, err := d.Order(ctx, maker, n)
		d.must(err)
		if second.ID == c.ID {
			t.Fatal("the spoiled card was ordered again")
		}
		// … a card that ended otherwise is not.
		d.must(d.Abolish(ctx, maker, second.ID, EndReturn))
		third, err := d.Order(ctx, maker, n)
		d.must(err)
		if third.ID != second.ID || third.State != Abolished {
			t.Fatalf("after the abolition the order gave %s in %s", third.ID, third.State)
		}
		all, err := d.OfPerson(ctx, "per_a")
		d.must(err)
		if len(all) != 2 || all[0].ID != c.ID || all[1].ID != second.ID {
			t.Fatalf("cards of the person: %+v", all)
		}
		d.sound()
	})
}

func TestOrder_RefusesMalformed(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for name, spoil := range map[string]func(n *NewCard){
			"person":       func(n *NewCard) { n.Person = "" },
			"long person":  func(n *NewCard) { n.Person = strings.Repeat("x", 101) },
			"application":  func(n *NewCard) { n.Application = "123" },
			"municipality": func(n *NewCard) { n.Municipality = "1322" },
			"accepted":     func(n *NewCard) { n.AcceptedOn = mynumber.Date{} },
			"expires":      func(n *NewCard) { n.ExpiresOn = mynumber.Date{Year: 2026, Month: 2, Day: 30} },
			"order":        func(n *NewCard) { n.ExpiresOn = n.AcceptedOn.AddDays(-1) },
		} {
			n := d.order("per_x")
			spoil(&n)
			if _, err := d.Order(context.Background(), maker, n); !Malformed.Is(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Every act in every state: what the table permits leads where it says and is
// journalled once; the act that led here is answered as it is; everything else is
// refused and changes nothing (P-18).
func TestP18_LIF_EveryEdgeOfLives(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		for _, s := range Lives.States {
			for _, act := range Lives.Acts() {
				c := d.in(s.ID)
				before, effects := d.entries(c.ID), len(d.effects())
				d.must(d.clock.Advance(time.Second))
				err := d.act(ctx, c.ID, act)
				after, now := d.card(c.ID), d.entries(c.ID)
				to, permitted := Lives.Next(s.ID, act)
				way := ways[s.ID]
				switch {
				case permitted:
					if err != nil || after.State != to || len(now) != len(before)+1 || now[len(now)-1].Act != actOf[act] {
						t.Fatalf("%s in %s: %v, state %s, journal %d", act, s.ID, err, after.State, len(now))
					}
					if want := effectOf[act] != ""; (len(d.effects()) == effects+1) != want {
						t.Fatalf("%s in %s queued %d effects", act, s.ID, len(d.effects())-effects)
					}
					d.must(d.act(ctx, c.ID, act)) // once more
				case len(way) > 0 && way[len(way)-1] == act:
					d.must(err)
				default:
					wants(t, err, NotPermitted)
				}
				if !permitted && (after.State != s.ID || !after.ChangedAt.Equal(c.ChangedAt) || len(now) != len(before) || len(d.effects()) != effects) {
					t.Fatalf("%s in %s changed something: %+v", act, s.ID, after)
				}
				if permitted && len(d.entries(c.ID)) != len(now) {
					t.Fatalf("%s in %s was journalled twice", act, s.ID)
				}
			}
		}
		d.sound()
	})
}

func TestNoSuchCard_KADO3201(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		id, err := mynumber.DrawCardID(strings.NewReader(strings.Repeat("\x01\x02\x03", 100)))
		d.must(err)
		for _, act := range Lives.Acts() {
			wants(t, d.act(ctx, id, act), NoCard)
		}
		_, err = d.Card(ctx, id)
		wants(t, err, NoCard)
		_, err = d.Standing(ctx, id)
		wants(t, err, NoCard)
		_, err = d.ReleaseChipKey(ctx, maker, id)
		wants(t, err, NoCard)
		_, err = d.ReleaseChipKey(ctx, maker, "not an id")
		wants(t, err, NoCard)
		wants(t, d.Attest(ctx, maker, "not an id", nil, nil), NoCard)
		g := grant(id, 0x02, 1)
		_, err = d.Authorise(ctx, maker, g)
		wants(t, err, NoCard)
		if cs, err := d.OfPerson(ctx, "per_nobody"); err != nil || len(cs) != 0 {
			t.Fatalf("cards of nobody: %v, %v", cs, err)
		}
	})
}

// A card may be held up by somebody else's report about it: other key, other
// box, acts that were not done on it.
func TestP14_ReportsThatContradictTheRecord(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		c := d.in(Personalised)
		if d.card(c.ID).IssuedOn != mynumber.DateOf(start) {
			t.Error("the day of personalisation is not the clock's day in Japan")
		}
		wants(t, d.Personalised(ctx, maker, c.ID, keys()[1]), NotPermitted)
		for name, key := range map[string][]byte{"nil": nil, "junk": []byte("junk"), "tail": append(append([]byte{}, keys()[0]...), 0), "long": make([]byte, 5000)} {
			if err := d.Personalised(ctx, maker, c.ID, key); !Malformed.Is(err) {
				t.Errorf("key %s: %v", name, err)
			}
		}
		wants(t, d.Consigned(ctx, maker, c.ID, ""), Malformed)
		d.must(d.Consigned(ctx, maker, c.ID, "con_1"))
		wants(t, d.Consigned(ctx, maker, c.ID, "con_2"), NotPermitted)
		wants(t, d.Received(ctx, clerk, c.ID, "con_2"), Malformed)
		d.must(d.Received(ctx, clerk, c.ID, "con_1"))
		wants(t, d.Received(ctx, clerk, c.ID, "con_2"), NotPermitted)
		d.must(d.Activate(ctx, clerk, c.ID, "ses_1"))
		wants(t, d.Suspend(ctx, clerk, c.ID, strings.Repeat("x", 501)), Malformed)
		d.must(d.Suspend(ctx, clerk, c.ID, "lost"))
		d.must(d.Resume(ctx, clerk, c.ID, "ses_2"))
		// In operation, but not by this act.
		wants(t, d.Activate(ctx, clerk, c.ID, "ses_1"), NotPermitted)
		for _, why := range []EndReason{"", EndMissing, EndSpoiled, "whim"} {
			wants(t, d.Abolish(ctx, clerk, c.ID, why), Malformed)
			wants(t, d.AbolishAll(ctx, clerk, c.Person, why), Malformed)
		}
		wants(t, d.AbolishAll(ctx, clerk, "", EndDeath), Malformed)
		d.must(d.Abolish(ctx, clerk, c.ID, EndLoss))
		d.must(d.Abolish(ctx, clerk, c.ID, EndDeath))
		if got := d.card(c.ID).EndReason; got != EndLoss {
			t.Errorf("the first reason did not stand: %s", got)
		}
		d.sound()
	})
}

func TestLIF06_TimeOfSuspensionToTheSecond(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		c := d.in(InOperation)
		d.must(d.clock.Advance(12*time.Hour + 7*time.Second))
		at := d.clock.Now()
		d.must(d.Suspend(ctx, clerk, c.ID, "lost"))
		d.must(d.clock.Advance(time.Hour))
		d.must(d.Suspend(ctx, clerk, c.ID, "reported again"))
		if got := d.card(c.ID).SuspendedAt; !got.Equal(at) {
			t.Errorf("suspended at %v, want %v", got, at)
		}
		d.must(d.Resume(ctx, clerk, c.ID, "ses_9"))
		if !d.card(c.ID).SuspendedAt.IsZero() {
			t.Error("a resumed card is still suspended since some time")
		}
	})
}

func TestR11_P15_P18_Standing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		want := map[State]Standing{Ordered: NotYet, Personalised: NotYet, Consigned: NotYet, Held: NotYet,
			InOperation: Good, Suspended: OnHold, Abolished: Ended, Void: Ended, Spoiled: Ended}
		ids := map[State]mynumber.CardID{}
		for _, s := range Lives.States {
			ids[s.ID] = d.in(s.ID).ID
			if got, err := d.Standing(ctx, ids[s.ID]); err != nil || got != want[s.ID] {
				t.Errorf("%s: %s, %v", s.ID, got, err)
			}
		}
		// The last second of the last day in Japan still belongs to it.
		d.must(d.clock.Set(time.Date(2036, 5, 4, 14, 59, 59, 999e6, time.UTC)))
		if got, _ := d.Standing(ctx, ids[InOperation]); got != Good {
			t.Errorf("in the last second: %s", got)
		}
		d.must(d.clock.Advance(time.Millisecond))
		for s, id := range ids {
			w := Expired
			if want[s] == Ended {
				w = Ended
			}
			if got, _ := d.Standing(ctx, id); got != w {
				t.Errorf("%s after the end: %s", s, got)
			}
		}
	})
}

func TestR40_P29_DeathEndsAllAndBarsOrders(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		var ids []mynumber.CardID
		for range 3 {
			c, err := d.Order(ctx, maker, d.order("per_dead"))
			d.must(err)
			ids = append(ids, c.ID)
		}
		d.must(d.Spoil(ctx, maker, ids[0], "chip broken"))
		d.must(d.Personalised(ctx, maker, ids[1], keys()[0]))
		other := d.in(InOperation)
		payload, _ := json.Marshal(registry.Died{Person: "per_dead", DiedOn: "2026-03-31"})
		died := d.Handlers()[registry.EffectDied]
		for range 3 { // delivered at least once
			d.must(died(ctx, journal.Effect{Kind: registry.EffectDied, Payload: payload}))
		}
		for i, want := range []EndReason{EndSpoiled, EndDeath, EndDeath} {
			if c := d.card(ids[i]); c.EndReason != want || !ended(c.State) {
				t.Errorf("card %d: %s for %q", i, c.State, c.EndReason)
			}
		}
		if c := d.card(other.ID); c.State != InOperation {
			t.Error("somebody else's card ended")
		}
		if es := d.entries(ids[2]); len(es) != 2 {
			t.Errorf("three deliveries wrote %d entries", len(es)-1)
		}
		_, err := d.Order(ctx, maker, d.order("per_dead"))
		wants(t, err, HolderDead)
		wants(t, died(ctx, journal.Effect{Payload: []byte(`{}`)}), Malformed)
		d.sound()
	})
}

// A reissued or renewed card in its holder's hand ends the one before it, in one
// transaction: a finder's card never works beside the new.
func TestAPP07_LIF19_P18_NewCardEndsTheOld(t *testing.T) {
	for _, old := range []string{"activate", "suspend"} {
		each(t, func(t *testing.T, d *desk) {
			ctx := context.Background()
			var ids []mynumber.CardID
			for range 2 {
				c, err := d.Order(ctx, maker, d.order("per_twice"))
				d.must(err)
				ids = append(ids, c.ID)
			}
			for _, act := range ways[Held] {
				d.must(d.act(ctx, ids[0], act))
				d.must(d.act(ctx, ids[1], act))
			}
			stranger := d.in(InOperation)
			d.must(d.act(ctx, ids[0], "activate"))
			if old == "suspend" {
				d.must(d.act(ctx, ids[0], "suspend"))
			}
			for range 2 { // the second time changes nothing
				d.must(d.act(ctx, ids[1], "activate"))
			}
			if c := d.card(ids[0]); c.State != Abolished || c.EndReason != EndReissue {
				t.Errorf("the old card is %s for %q", c.State, c.EndReason)
			}
			if c := d.card(ids[1]); c.State != InOperation {
				t.Errorf("the new card is %s", c.State)
			}
			if c := d.card(stranger.ID); c.State != InOperation {
				t.Error("somebody else's card ended")
			}
			d.sound()
		})
	}
}

func TestEffects_KeysAndLanes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		c := d.in(InOperation)
		for range 2 { // suspended twice in its life: two effects
			d.must(d.Suspend(ctx, clerk, c.ID, "lost"))
			d.must(d.Resume(ctx, clerk, c.ID, "ses"))
		}
		d.must(d.Abolish(ctx, clerk, c.ID, EndRenewal))
		var kinds []string
		for _, e := range d.effects() {
			kinds = append(kinds, e.Kind)
			if e.Lane != "card/"+string(c.ID) || !strings.HasPrefix(e.Key, fmt.Sprintf("%s/%s/", e.Kind, c.ID)) {
				t.Errorf("effect %+v", e)
			}
		}
		if got, want := strings.Join(kinds, " "), "cards.activated cards.suspended cards.resumed cards.suspended cards.resumed cards.ended"; got != want {
			t.Errorf("effects %s, want %s", got, want)
		}
	})
}
