package shelf_test

import (
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"kado/chip/chiptest"
	"kado/internal/site/shelf"
	plastic "kado/internal/world/shelf"
	"kado/mynumber"
	"kado/reader"
)

// Random acts of two browsers on three readers: a card is in one place, and the
// tries that a page shows are those of the chip.
// Shows: CHP-51, P-56
func TestRandomActsKeepOneCardInOnePlace(t *testing.T) {
	// RSA is kept out of the acts, so that many sequences can be played.
	rapid.Check(t, func(rt *rapid.T) {
		r := newRoom(t)
		defer func() {
			if err := r.desk.Close(); err != nil {
				rt.Error(err)
			}
		}()
		where := map[mynumber.CardID]int{}    // the model: 0 for the shelf
		left := map[mynumber.CardID]int{}     // tries of the text PIN
		right := map[mynumber.CardID]string{} // the text PIN
		pages := map[string]map[int]string{}  // per browser: the laying its page shows
		byLaying := map[int]map[string]mynumber.CardID{1: {}, 2: {}, 3: {}}
		for _, id := range ids {
			left[id], right[id] = 3, chiptest.TextPIN.Reveal()
		}
		on := func(n int) mynumber.CardID {
			for id, place := range where {
				if place == n {
					return id
				}
			}
			return ""
		}
		rt.Repeat(map[string]func(*rapid.T){
			"put": func(rt *rapid.T) {
				id, n := rapid.SampledFrom(ids).Draw(rt, "card"), rapid.IntRange(1, 3).Draw(rt, "reader")
				w := r.post("/shelf/put", "card", string(id), "reader", fmt.Sprint(n))
				free := where[id] == 0 && on(n) == "" || where[id] == n
				if (w.Code == 303) != free {
					rt.Fatalf("put %s on %d: %d, where %v", id, n, w.Code, where)
				}
				if free {
					where[id] = n
					byLaying[n][r.laying(n)] = id
				}
			},
			"look": func(rt *rapid.T) {
				b, n := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "browser"), rapid.IntRange(1, 3).Draw(rt, "reader")
				if pages[b] == nil {
					pages[b] = map[int]string{}
				}
				if l := r.laying(n); l != "" {
					pages[b][n] = l
				}
			},
			"take off": func(rt *rapid.T) {
				b, n := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "browser"), rapid.IntRange(1, 3).Draw(rt, "reader")
				l := pages[b][n]
				if l == "" {
					rt.Skip("has not seen a card there")
				}
				w := r.post("/shelf/take-off", "reader", fmt.Sprint(n), "laying", l)
				current := on(n) != "" && l == r.laying(n)
				switch {
				case w.Code == 303:
					where[byLaying[n][l]] = 0
				case current:
					rt.Fatalf("taking off %d: %d", n, w.Code)
				}
			},
			"type": func(rt *rapid.T) {
				b, n := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "browser"), rapid.IntRange(1, 3).Draw(rt, "reader")
				l := pages[b][n]
				if l == "" {
					rt.Skip("has not seen a card there")
				}
				id := byLaying[n][l]
				pin := rapid.SampledFrom([]string{right[id], "0000", "12"}).Draw(rt, "pin")
				form := []string{"laying", l, "which", "text", "pin", pin, "value", "8051", "again", "8051"}
				last := rapid.Bool().Draw(rt, "last")
				if last {
					form = append(form, "last", "yes")
				}
				there := on(n) == id && r.laying(n) == l
				r.post(fmt.Sprintf("/shelf/readers/%d/change", n), form...)
				switch {
				case !there || pin == "12" || left[id] == 0 || left[id] == 1 && !last:
				case pin == right[id]:
					left[id], right[id] = 3, "8051"
				default:
					left[id]--
				}
			},
			"": func(rt *rapid.T) {
				seen := map[mynumber.CardID]int{}
				for _, d := range r.desk.Readers().All() {
					v := d.View()
					if v.Card != on(d.Number) {
						rt.Fatalf("reader %d holds %q, want %q", d.Number, v.Card, on(d.Number))
					}
					if v.Card == "" {
						continue
					}
					seen[v.Card]++
					if v.Tries[shelf.Text] != left[v.Card] {
						rt.Fatalf("%d tries are shown, %d are left", v.Tries[shelf.Text], left[v.Card])
					}
				}
				for _, id := range ids {
					card, err := r.plastic.Take(id)
					switch {
					case seen[id] > 1:
						rt.Fatalf("%s is on %d readers", id, seen[id])
					case seen[id] == 1 && !plastic.Taken.Is(err), seen[id] == 0 && err != nil:
						rt.Fatalf("%s, on %d readers: %v", id, seen[id], err)
					}
					if err == nil {
						text, err := reader.New(card.Transport()).Text()
						if err != nil {
							rt.Fatal(err)
						}
						if n, err := text.TriesLeft(); err != nil || n != left[id] {
							rt.Fatalf("the chip has %d tries (%v), want %d", n, err, left[id])
						}
						if err := card.Close(); err != nil {
							rt.Fatal(err)
						}
					}
				}
			},
		})
	})
}

// Browsers that act at the same time: no card is on two readers, and no try is
// lost or spent twice.
func TestAtTheSameTime(t *testing.T) {
	r := newRoom(t)
	var all sync.WaitGroup
	for b := range 4 {
		all.Go(func() {
			for i := range 12 {
				n := 1 + (b+i)%3
				id := ids[(b*i)%3]
				_ = r.desk.Readers().Put(n, id)
				d, err := r.desk.Readers().Device(n)
				if err != nil {
					t.Error(err)
					return
				}
				switch i % 3 {
				case 0:
					_ = d.Look()
				case 1:
					_ = d.View()
				default:
					_ = r.desk.Readers().TakeOff(n, 0)
				}
			}
		})
	}
	all.Wait()
	on := map[mynumber.CardID]int{}
	for _, d := range r.desk.Readers().All() {
		if id := d.Card(); id != "" {
			if on[id] != 0 {
				t.Errorf("%s is on readers %d and %d", id, on[id], d.Number)
			}
			on[id] = d.Number
		}
	}
	for _, id := range ids {
		if on[id] == 0 {
			card, err := r.plastic.Take(id)
			if err != nil {
				t.Errorf("%s is nowhere: %v", id, err)
				continue
			}
			if err := card.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	// Wrong PINs from four browsers at once cost exactly as many tries as the chip
	// has but the last.
	for _, d := range r.desk.Readers().All() {
		_ = r.desk.Readers().TakeOff(d.Number, 0)
	}
	r.put(1, ids[0])
	d, err := r.desk.Readers().Device(1)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	count := map[string]int{}
	for range 6 {
		all.Go(func() {
			_, err := d.Attributes(0, shelf.Typed{PIN: shelf.Text, Value: mynumber.NewSecret("0000")}, &chiptest.Key(0).PublicKey)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case shelf.WrongPIN.Is(err):
				count["wrong"]++
			case shelf.LastTry.Is(err):
				count["last"]++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if count["wrong"] != 2 || count["last"] != 4 || d.View().Tries[shelf.Text] != 1 {
		t.Errorf("%v, %d left", count, d.View().Tries[shelf.Text])
	}
}
