package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
)

// together runs acts so that all but the first wait while the first runs, in the order of
// the list, and returns what became of each. A panic of an act is its value.
func together(d *db.DB, acts ...func(*db.Tx) error) []any {
	out := make([]any, len(acts))
	var wg sync.WaitGroup
	begun, all := make(chan struct{}), make(chan struct{})
	run := func(n int, f func(*db.Tx) error) {
		defer func() {
			if p := recover(); p != nil {
				out[n] = p
			}
		}()
		if err := d.Tx(ctx, f); err != nil {
			out[n] = err
		}
	}
	for n, f := range acts {
		if n == 0 {
			wg.Go(func() {
				first := true
				run(n, func(tx *db.Tx) error {
					if first {
						first = false
						close(begun)
						<-all
					}
					return f(tx)
				})
			})
			<-begun
			continue
		}
		wg.Go(func() { run(n, f) })
		for d.Queued() < n {
			runtime.Gosched()
		}
	}
	close(all)
	wg.Wait()
	return out
}

func insertItem(id string) func(*db.Tx) error {
	return func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO trial_item (id) VALUES ($1)`, id)
		return err
	}
}

func items(t testing.TB, d *db.DB) []string {
	t.Helper()
	var out []string
	err := d.View(ctx, func(tx *db.Tx) (err error) {
		out, err = db.Collect(ctx, tx, func(scan func(...any) error) (id string, err error) { return id, scan(&id) }, `SELECT id FROM trial_item ORDER BY id`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestGroup_ActsShareACommit(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		before := d.Commits()
		var acts []func(*db.Tx) error
		for n := range db.MaxGroup + 3 {
			acts = append(acts, insertItem(fmt.Sprintf("%03d", n)))
		}
		for n, err := range together(d, acts...) {
			if err != nil {
				t.Errorf("act %d: %v", n, err)
			}
		}
		if n := d.Commits() - before; n != 2 {
			t.Errorf("%d acts took %d commits, want 2 groups", len(acts), n)
		}
		if n := len(items(t, d)); n != len(acts) {
			t.Errorf("%d rows of %d acts", n, len(acts))
		}
	})
}

// Whatever the acts of a group do, each is there whole when it was answered with nil, and
// not at all otherwise; each saw what those before it wrote.
func TestGroup_EachActStandsAlone(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		boom := errors.New("boom")
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			prefix := fmt.Sprintf("r%05d-", round)
			kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"write", "write", "fail", "duplicate", "swallow", "panic", "cancel", "rows", "rowsfail", "read"}), 1, 9).Draw(rt, "acts")
			var acts []func(*db.Tx) error
			var want []string
			for n, kind := range kinds {
				id := fmt.Sprintf("%s%d", prefix, n)
				seen := len(want) // rows of this round that the act must find
				write := func(tx *db.Tx) error {
					var before int
					if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM trial_item WHERE id LIKE $1`, prefix+"%").Scan(&before); err != nil {
						return err
					}
					if before != seen {
						rt.Errorf("%s sees %d rows, want %d", id, before, seen)
					}
					return insertItem(id)(tx)
				}
				f := write
				switch kind {
				case "write":
					want = append(want, id)
				case "read":
					f = func(tx *db.Tx) error { return tx.QueryRow(ctx, `SELECT COUNT(*) FROM trial_item`).Scan(new(int)) }
				case "fail":
					f = func(tx *db.Tx) error { return errors.Join(write(tx), boom) }
				case "duplicate", "swallow":
					f = func(tx *db.Tx) error {
						if err := write(tx); err != nil {
							return err
						}
						if err := insertItem(id)(tx); kind == "duplicate" {
							return err
						}
						return nil
					}
				case "panic":
					f = func(tx *db.Tx) error { _ = write(tx); panic("boom") }
				case "cancel":
					gone, cancel := context.WithCancel(ctx)
					f = func(tx *db.Tx) error {
						err := write(tx)
						cancel()
						_, after := tx.Exec(gone, `SELECT 1`)
						return errors.Join(err, after)
					}
				case "rows", "rowsfail":
					f = func(tx *db.Tx) error {
						if err := write(tx); err != nil {
							return err
						}
						rows, err := tx.Query(ctx, `SELECT id FROM trial_item`)
						if err != nil {
							return err
						}
						rows.Next()
						if kind == "rowsfail" {
							return boom
						}
						return nil // rows left open
					}
				}
				acts = append(acts, f)
			}
			for n, got := range together(d, acts...) {
				if ok := kinds[n] == "write" || kinds[n] == "read"; ok != (got == nil) {
					rt.Errorf("act %d (%s) of %v: %v", n, kinds[n], kinds, got)
				}
			}
			var have []string
			for _, id := range items(t, d) {
				if len(id) > len(prefix) && id[:len(prefix)] == prefix {
					have = append(have, id)
				}
			}
			if !slices.Equal(have, want) {
				rt.Errorf("after %v: %v, want %v", kinds, have, want)
			}
		})
	})
}

// Who gives up while waiting leaves the others their turns.
func TestGroup_GivenUpWhileWaiting(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		gone, cancel := context.WithCancel(ctx)
		hold, begun := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := d.Tx(ctx, func(tx *db.Tx) error { close(begun); <-hold; return insertItem("first")(tx) }); err != nil {
				t.Error(err)
			}
		})
		<-begun
		left := make(chan error, 1)
		go func() { left <- d.Tx(gone, insertItem("gone")) }()
		for d.Queued() < 1 {
			runtime.Gosched()
		}
		wg.Go(func() {
			if err := d.Tx(ctx, insertItem("last")); err != nil {
				t.Error(err)
			}
		})
		for d.Queued() < 2 {
			runtime.Gosched()
		}
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		close(hold)
		wg.Wait()
		if got := items(t, d); !slices.Equal(got, []string{"first", "last"}) {
			t.Errorf("%v", got)
		}
		if err := d.Tx(gone, insertItem("gone")); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// BenchmarkTx is one small act, by one writer and by sixteen at once.
func BenchmarkTx(b *testing.B) {
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			dbtest.Bench(b, func(b *testing.B, d *db.DB) {
				if err := d.Migrate(ctx, schema()); err != nil {
					b.Fatal(err)
				}
				var next sync.Mutex
				n := 0
				b.SetParallelism(writers)
				if writers == 1 {
					for b.Loop() {
						n++
						if err := d.Tx(ctx, insertItem(fmt.Sprint(n))); err != nil {
							b.Fatal(err)
						}
					}
					return
				}
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						next.Lock()
						n++
						id := fmt.Sprint(n)
						next.Unlock()
						if err := d.Tx(ctx, insertItem(id)); err != nil {
							b.Error(err)
						}
					}
				})
			})
		})
	}
}

// An act that takes the whole transaction down with it takes nobody else's work along:
// the others run again.
func TestGroup_LostTransactionIsRunAgain(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		boom := errors.New("boom")
		got := together(d, insertItem("a"), func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `ROLLBACK`)
			return errors.Join(boom, err)
		}, insertItem("b"))
		if err, _ := got[1].(error); got[0] != nil || got[2] != nil || !errors.Is(err, boom) {
			t.Errorf("%v", got)
		}
		if have := items(t, d); !slices.Equal(have, []string{"a", "b"}) {
			t.Errorf("%v", have)
		}
	})
}

// The turn comes at the very moment at which the act gives up: it is handed on.
func TestGroup_GivenUpAsTheTurnComes(t *testing.T) {
	// On one processor the waiting act does not run between the two.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		gone, cancel := context.WithCancel(ctx)
		left := make(chan error, 1)
		err := d.Tx(ctx, func(tx *db.Tx) error {
			if err := insertItem("first")(tx); err != nil {
				return err
			}
			go func() { left <- d.Tx(gone, insertItem("gone")) }()
			for d.Queued() < 1 {
				runtime.Gosched()
			}
			cancel()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if err := d.Tx(ctx, insertItem("last")); err != nil {
			t.Error(err)
		}
		if got := items(t, d); !slices.Equal(got, []string{"first", "last"}) {
			t.Errorf("%v", got)
		}
	})
}

// A refusal that rests on another act's work comes when that work is there for all, and
// not before: whoever is told "it is there already" finds it.
func TestGroup_RefusalsComeAfterWhatTheyRestOn(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		begun, all := make(chan struct{}), make(chan struct{})
		var told atomic.Bool
		var wg sync.WaitGroup
		wg.Go(func() {
			err := d.Tx(ctx, func(tx *db.Tx) error { close(begun); <-all; return insertItem("a")(tx) })
			if err != nil {
				t.Error(err)
			}
		})
		<-begun
		wg.Go(func() {
			err := d.Tx(ctx, insertItem("a"))
			told.Store(true)
			if !db.IsDuplicate(err) {
				t.Errorf("got %v", err)
			}
			if got := items(t, d); !slices.Contains(got, "a") {
				t.Errorf("it is there already, and only %v is", got)
			}
		})
		for d.Queued() < 1 {
			runtime.Gosched()
		}
		wg.Go(func() {
			err := d.Tx(ctx, func(tx *db.Tx) error {
				for range 10_000 { // time enough for a refusal that comes too early
					if told.Load() {
						break
					}
					runtime.Gosched()
				}
				return insertItem("b")(tx)
			})
			if err != nil {
				t.Error(err)
			}
		})
		for d.Queued() < 2 {
			runtime.Gosched()
		}
		close(all)
		wg.Wait()
	})
}

// The act behind one that ended the transaction unnoticed does not pay for it.
func TestGroup_TransactionEndedBeneath(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		got := together(d, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `ROLLBACK`) // and says nothing
			return err
		}, insertItem("b"))
		if got[1] != nil {
			t.Errorf("%v", got)
		}
		if have := items(t, d); !slices.Equal(have, []string{"b"}) {
			t.Errorf("%v", have)
		}
	})
}
