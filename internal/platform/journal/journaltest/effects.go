package journaltest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
)

func effect(key string) journal.Effect {
	return journal.Effect{Kind: "trial.mail", Key: key, Payload: json.RawMessage(`{"to":"` + key + `"}`), NotBefore: Start}
}

func queue(t testing.TB, d *db.DB, effects ...journal.Effect) {
	t.Helper()
	if err := d.Tx(ctx, func(tx *db.Tx) error {
		for _, e := range effects {
			if err := journal.Queue(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func pending(t testing.TB, d *db.DB) (w []journal.Waiting) {
	t.Helper()
	if err := d.View(ctx, func(tx *db.Tx) (err error) { w, err = journal.Pending(ctx, tx, 0, 1000); return err }); err != nil {
		t.Fatal(err)
	}
	return w
}

func settle(t testing.TB, c *journal.Courier, want int) {
	t.Helper()
	if n, err := c.Settle(ctx); n != want || err != nil {
		t.Errorf("Settle = %d, %v; want %d", n, err, want)
	}
}

func advance(t testing.TB, c *clock.Manual, d time.Duration) {
	t.Helper()
	if err := c.Advance(d); err != nil {
		t.Fatal(err)
	}
}

// kill runs f as a process that may be killed: a handler that calls die never
// returns, and nothing after it runs, as after kill -9.
func kill(f func(die func())) {
	var wg sync.WaitGroup
	wg.Go(func() { f(runtime.Goexit) })
	wg.Wait()
}

func queueIdempotent(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	queue(t, d, effect("a"), effect("a"))
	queue(t, d, effect("a"))
	if n := len(pending(t, d)); n != 1 {
		t.Errorf("%d effects, want 1", n)
	}
	other := effect("a")
	other.Payload = json.RawMessage(`{}`)
	err := d.Tx(ctx, func(tx *db.Tx) error { return journal.Queue(ctx, tx, other) })
	if !journal.KeyTaken.Is(err) {
		t.Errorf("another effect under a used key: %v", err)
	}
	delivered := 0
	c := journal.NewCourier(d, newClock(), journal.Options{})
	c.Handle("trial.mail", func(context.Context, journal.Effect) error { delivered++; return nil })
	settle(t, c, 1)
	queue(t, d, effect("a")) // also after delivery, when the payload is gone
	settle(t, c, 0)
	if delivered != 1 {
		t.Errorf("delivered %d times", delivered)
	}
	var dump strings.Builder
	if err := d.Dump(ctx, &dump); err != nil || strings.Contains(dump.String(), `{"to"`) {
		t.Errorf("a delivered payload is kept: %v", err)
	}
}

func queueRefuses(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	for name, c := range map[string]struct {
		kind   *fault.Kind
		change func(*journal.Effect)
	}{
		"no kind":           {journal.UnfitEffect, func(e *journal.Effect) { e.Kind = "" }},
		"kind":              {journal.UnfitEffect, func(e *journal.Effect) { e.Kind = "Mail" }},
		"no key":            {journal.UnfitEffect, func(e *journal.Effect) { e.Key = "" }},
		"number as key":     {journal.UnfitEffect, func(e *journal.Effect) { e.Key = "m:123456789018" }},
		"number as lane":    {journal.UnfitEffect, func(e *journal.Effect) { e.Lane = "123456789018" }},
		"no time":           {journal.UnfitEffect, func(e *journal.Effect) { e.NotBefore = time.Time{} }},
		"no payload":        {journal.UnfitEffect, func(e *journal.Effect) { e.Payload = nil }},
		"not JSON":          {journal.UnfitEffect, func(e *journal.Effect) { e.Payload = json.RawMessage(`{`) }},
		"too long":          {journal.UnfitEffect, func(e *journal.Effect) { e.Payload = json.RawMessage(`"` + strings.Repeat("x", 65535) + `"`) }},
		"number in payload": {journal.NumberInText, func(e *journal.Effect) { e.Payload = json.RawMessage(`{"n":"1234 5678 9018"}`) }},
	} {
		e := effect("a")
		c.change(&e)
		if err := d.Tx(ctx, func(tx *db.Tx) error { return journal.Queue(ctx, tx, e) }); !c.kind.Is(err) {
			t.Errorf("%s: %v, want %s", name, err, c.kind.Code())
		}
	}
	longest := effect("a")
	longest.Payload = json.RawMessage(`"` + strings.Repeat("x", 65534) + `"`)
	queue(t, d, longest)
}

func settleInOrder(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	queue(t, d, effect("c"), effect("a"), effect("b"))
	var got []string
	c := journal.NewCourier(d, newClock(), journal.Options{})
	c.Handle("trial.mail", func(ctx context.Context, e journal.Effect) error {
		got = append(got, e.Key)
		if e.Attempt != 1 || string(e.Payload) != string(effect(e.Key).Payload) {
			t.Errorf("got %+v", e)
		}
		if e.Key == "a" {
			return d.Tx(ctx, func(tx *db.Tx) error { return journal.Queue(ctx, tx, effect("d")) })
		}
		return nil
	})
	unhandled := effect("x")
	unhandled.Kind = "trial.nobody_cares"
	queue(t, d, unhandled)
	settle(t, c, 4)
	if fmt.Sprint(got) != "[c a b d]" {
		t.Errorf("order %v", got)
	}
	if w := pending(t, d); len(w) != 1 || w[0].Kind != "trial.nobody_cares" || w[0].Attempts != 0 {
		t.Errorf("waiting: %+v", w)
	}
}

func failuresBackOff(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	clk := newClock()
	fails, tries := true, 0
	var reported []error
	c := journal.NewCourier(d, clk, journal.Options{MaxAttempts: 4, Delay: time.Second,
		Report: func(_ journal.Effect, err error) { reported = append(reported, err) }})
	c.Handle("trial.mail", func(context.Context, journal.Effect) error {
		tries++
		if fails {
			return journal.UnknownEntry.New(7)
		}
		return nil
	})
	queue(t, d, effect("a"))
	for i, wait := range []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second} {
		if wait > 0 {
			advance(t, clk, wait-time.Millisecond)
			settle(t, c, 0)
			advance(t, clk, time.Millisecond)
		}
		if tries != i {
			t.Fatalf("attempt %d came early", tries)
		}
		if n, err := c.Settle(ctx); n != 0 || !journal.NotDelivered.Is(err) || !journal.UnknownEntry.Is(err) {
			t.Fatalf("Settle = %d, %v", n, err)
		}
	}
	w := pending(t, d)
	if len(w) != 1 || w[0].State != journal.Parked || w[0].Attempts != 4 || w[0].Fault != journal.UnknownEntry.Number || len(reported) != 4 {
		t.Fatalf("waiting %+v after %d reports", w, len(reported))
	}
	advance(t, clk, 1000*time.Hour)
	settle(t, c, 0)
	fails = false
	retry := func() error {
		return d.Tx(ctx, func(tx *db.Tx) error { return journal.Retry(ctx, tx, w[0].Seq, clk.Now()) })
	}
	if err := retry(); err != nil {
		t.Fatal(err)
	}
	settle(t, c, 1)
	if err := retry(); !journal.NotParked.Is(err) {
		t.Errorf("Retry of a delivered effect: %v", err)
	}
}

func laneKeepsOrder(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	clk := newClock()
	in := func(lane, key string) journal.Effect { e := effect(key); e.Lane = lane; return e }
	queue(t, d, in("card-1", "1a"), in("card-2", "2a"), in("card-1", "1b"), in("", "free"), in("card-2", "2b"))
	var got []string
	broken := true
	c := journal.NewCourier(d, clk, journal.Options{MaxAttempts: 2, Delay: time.Second})
	c.Handle("trial.mail", func(_ context.Context, e journal.Effect) error {
		if e.Key == "1a" && broken {
			return errors.New("no answer")
		}
		got = append(got, e.Key)
		return nil
	})
	if n, err := c.Settle(ctx); n != 3 || !journal.NotDelivered.Is(err) {
		t.Errorf("Settle = %d, %v", n, err)
	}
	advance(t, clk, time.Hour)
	if n, err := c.Settle(ctx); n != 0 || !journal.NotDelivered.Is(err) {
		t.Errorf("Settle = %d, %v", n, err)
	}
	settle(t, c, 0) // parked, and its lane stands
	broken = false
	if err := d.Tx(ctx, func(tx *db.Tx) error { return journal.Retry(ctx, tx, 1, clk.Now()) }); err != nil {
		t.Fatal(err)
	}
	settle(t, c, 2)
	if fmt.Sprint(got) != "[2a free 2b 1a 1b]" {
		t.Errorf("order %v", got)
	}
}

func notBefore(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	clk := newClock()
	late := effect("late")
	late.NotBefore = Start.Add(time.Hour)
	queue(t, d, late, effect("now"))
	c := journal.NewCourier(d, clk, journal.Options{})
	c.Handle("trial.mail", func(context.Context, journal.Effect) error { return nil })
	settle(t, c, 1)
	advance(t, clk, time.Hour-time.Millisecond)
	settle(t, c, 0)
	advance(t, clk, time.Millisecond)
	settle(t, c, 1)
}

func killRedelivers(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	clk := newClock()
	effects := []string{} // what the outside world saw
	queue(t, d, effect("a"), effect("b"))
	kill(func(die func()) {
		c := journal.NewCourier(open(), clk, journal.Options{Lease: time.Minute})
		c.Handle("trial.mail", func(_ context.Context, e journal.Effect) error {
			effects = append(effects, e.Key)
			die() // after the effect, before its recording
			return nil
		})
		_, _ = c.Settle(ctx)
		t.Error("the process lived on")
	})
	c := journal.NewCourier(d, clk, journal.Options{Lease: time.Minute})
	c.Handle("trial.mail", func(_ context.Context, e journal.Effect) error {
		effects = append(effects, e.Key)
		return nil
	})
	settle(t, c, 1) // b; the lease on a still stands
	advance(t, clk, time.Minute-time.Millisecond)
	settle(t, c, 0)
	advance(t, clk, time.Millisecond)
	settle(t, c, 1)
	if fmt.Sprint(effects) != "[a b a]" {
		t.Errorf("effects %v", effects)
	}
}

func killParks(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	clk := newClock()
	queue(t, d, effect("poison"), effect("good"))
	handle := func(die func()) func(context.Context, journal.Effect) error {
		return func(_ context.Context, e journal.Effect) error {
			if e.Key == "poison" {
				die()
			}
			return nil
		}
	}
	for range 3 {
		kill(func(die func()) {
			c := journal.NewCourier(d, clk, journal.Options{Lease: time.Minute, MaxAttempts: 3})
			c.Handle("trial.mail", handle(die))
			_, _ = c.Settle(ctx)
			t.Error("the process lived on")
		})
		advance(t, clk, time.Minute)
	}
	c := journal.NewCourier(d, clk, journal.Options{Lease: time.Minute, MaxAttempts: 3})
	c.Handle("trial.mail", handle(func() { t.Error("tried a fourth time") }))
	if n, err := c.Settle(ctx); n != 1 || !journal.HandlerCrashed.Is(err) {
		t.Errorf("Settle = %d, %v", n, err)
	}
	if w := pending(t, d); len(w) != 1 || w[0].State != journal.Parked || w[0].Fault != journal.HandlerCrashed.Number {
		t.Errorf("waiting %+v", w)
	}
}

func handlerPanic(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	queue(t, d, effect("a"), effect("b"))
	c := journal.NewCourier(d, newClock(), journal.Options{})
	c.Handle("trial.mail", func(_ context.Context, e journal.Effect) error {
		if e.Key == "a" {
			panic("boom")
		}
		return nil
	})
	if n, err := c.Settle(ctx); n != 1 || !journal.HandlerCrashed.Is(err) {
		t.Errorf("Settle = %d, %v", n, err)
	}
}

func handleTxOnce(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	clk := newClock()
	put := func(die func()) func(context.Context, *db.Tx, journal.Effect) error {
		return func(ctx context.Context, tx *db.Tx, e journal.Effect) error {
			next := effect("of-" + e.Key)
			next.Kind = "trial.result"
			if err := journal.Queue(ctx, tx, next); err != nil {
				return err
			}
			if die != nil {
				die()
			}
			return nil
		}
	}
	queue(t, d, effect("a"))
	kill(func(die func()) {
		c := journal.NewCourier(d, clk, journal.Options{Lease: time.Minute})
		c.HandleTx("trial.mail", put(die))
		_, _ = c.Settle(ctx)
		t.Error("the process lived on")
	})
	if w := pending(t, d); len(w) != 1 || w[0].Key != "a" {
		t.Errorf("half an effect is there: %+v", w)
	}
	advance(t, clk, time.Minute)
	c := journal.NewCourier(d, clk, journal.Options{Lease: time.Minute})
	c.HandleTx("trial.mail", put(nil))
	settle(t, c, 1)
	if w := pending(t, d); len(w) != 1 || w[0].Key != "of-a" {
		t.Errorf("waiting %+v", w)
	}
}

func twoCouriers(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	const n = 24
	for i := range n {
		queue(t, d, effect(fmt.Sprint("e", i)))
	}
	var mu sync.Mutex
	var got []string
	busy := map[string]bool{}
	var wg sync.WaitGroup
	for range 3 {
		own := open()
		wg.Go(func() {
			c := journal.NewCourier(own, newClock(), journal.Options{})
			c.Handle("trial.mail", func(_ context.Context, e journal.Effect) error {
				mu.Lock()
				defer mu.Unlock()
				if busy[e.Key] {
					t.Errorf("%s is delivered by two at a time", e.Key)
				}
				busy[e.Key] = true
				got = append(got, e.Key)
				return nil
			})
			if _, err := c.Settle(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	slices.Sort(got)
	if len(got) != n || len(slices.Compact(got)) != n {
		t.Errorf("%d deliveries of %d effects", len(got), n)
	}
}

func overrunLease(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	clk := newClock()
	queue(t, d, effect("slow"))
	second := journal.NewCourier(d, clk, journal.Options{Lease: time.Minute})
	second.Handle("trial.mail", func(context.Context, journal.Effect) error { return errors.New("no answer") })
	first := journal.NewCourier(d, clk, journal.Options{Lease: time.Minute})
	first.Handle("trial.mail", func(ctx context.Context, _ journal.Effect) error {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("the handler may run for ever")
		}
		advance(t, clk, time.Minute) // too slow: the lease goes to another
		if _, err := second.Settle(ctx); !journal.NotDelivered.Is(err) {
			t.Errorf("the second courier: %v", err)
		}
		return nil
	})
	if _, err := first.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if w := pending(t, d); len(w) != 1 || w[0].State != journal.Queued || w[0].Attempts != 2 {
		t.Errorf("the first courier overwrote the second's record: %+v", w)
	}
}

func runWakes(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	wake, got := make(chan struct{}), make(chan string)
	c := journal.NewCourier(d, newClock(), journal.Options{})
	c.Handle("trial.mail", func(_ context.Context, e journal.Effect) error { got <- e.Key; return nil })
	stop, cancel := context.WithCancel(ctx)
	ended := make(chan error)
	queue(t, d, effect("a"))
	go func() { ended <- c.Run(stop, wake) }()
	if k := <-got; k != "a" {
		t.Errorf("got %s", k)
	}
	wake <- struct{}{} // taken only after the first settling is over
	queue(t, d, effect("b"))
	select {
	case wake <- struct{}{}:
		<-got
	case <-got: // the first wake found it
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
}
