package journal_test

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

	"pgregory.net/rapid"

	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/journal/journaltest"
	"kado/internal/platform/lang"
)

var ctx = context.Background()

func TestSuite(t *testing.T) { journaltest.Suite(t, dbtest.Each) }

// Entries written together stand in the journal as if written one after another;
// where one is refused, none stands.
func TestRapidWriteAllIsWriteForEach(t *testing.T) {
	d := dbtest.SQLite(t, journal.Schema())
	rapid.Check(t, func(rt *rapid.T) {
		var entries []journal.Entry
		for i := range rapid.IntRange(0, 40).Draw(rt, "n") {
			e := journaltest.Entry(fmt.Sprint("p-", i))
			e.Reason = rapid.StringMatching(`[a-z ]{0,30}`).Draw(rt, "reason")
			entries = append(entries, e)
		}
		spoilt := len(entries) > 0 && rapid.Bool().Draw(rt, "spoilt")
		if spoilt {
			entries[rapid.IntRange(0, len(entries)-1).Draw(rt, "which")].Office = ""
		}
		var before, after journal.Head
		var last int64
		err := d.Tx(ctx, func(tx *db.Tx) (err error) {
			if before, err = journal.Latest(ctx, tx); err != nil {
				return err
			}
			last, err = journal.WriteAll(ctx, tx, entries)
			if journal.UnfitEntry.Is(err) && spoilt {
				err = nil // nothing may have been written
			}
			return err
		})
		if err != nil {
			rt.Fatal(err)
		}
		want := entries
		if spoilt {
			want = nil
		}
		err = d.View(ctx, func(tx *db.Tx) (err error) {
			if after, err = journal.Latest(ctx, tx); err != nil {
				return err
			}
			for i, e := range want {
				got, err := journal.Get(ctx, tx, before.Seq+int64(i)+1)
				if err != nil || got.Subject != e.Subject || got.Reason != e.Reason {
					return fmt.Errorf("entry %d is %+v: %w", i, got, err)
				}
			}
			return journal.Verify(ctx, tx)
		})
		if err != nil {
			rt.Fatal(err)
		}
		if after.Seq != before.Seq+int64(len(want)) || len(want) > 0 && last != after.Seq {
			rt.Fatalf("%d entries written, the last numbered %d of %d", after.Seq-before.Seq, last, after.Seq)
		}
	})
}

// Random histories of queueing, failing, crashing and waiting: in the end every
// effect was delivered, in order within its lane, and a handler that looks at
// the key took effect exactly once.
func TestRapidEffectsAtLeastOnceAndOnceInEffect(t *testing.T) {
	d := dbtest.SQLite(t, journal.Schema())
	rapid.Check(t, func(t *rapid.T) {
		if err := d.Tx(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, `DELETE FROM journal_effect`); return err }); err != nil {
			t.Fatal(err)
		}
		clk := clock.NewManual(journaltest.Start)
		queued, lanes := []string{}, map[string]string{}
		calls, world := map[string]int{}, []string{}
		seen := map[string]bool{}
		mood := "well"
		settle := func() {
			c := journal.NewCourier(d, clk, journal.Options{Lease: time.Minute, MaxAttempts: 1000, Delay: time.Second})
			c.Handle("trial.mail", func(_ context.Context, e journal.Effect) error {
				calls[e.Key]++
				switch mood {
				case "fails":
					return errors.New("no answer")
				case "dies before":
					runtime.Goexit()
				}
				if !seen[e.Key] {
					seen[e.Key] = true
					world = append(world, e.Key)
				}
				switch mood {
				case "fails after":
					return errors.New("the answer was lost")
				case "dies after":
					runtime.Goexit()
				}
				return nil
			})
			var wg sync.WaitGroup
			wg.Go(func() { _, _ = c.Settle(ctx) }) // errors are what this is about
			wg.Wait()
		}
		t.Repeat(map[string]func(*rapid.T){
			"queue": func(t *rapid.T) {
				key := fmt.Sprint("e", rapid.IntRange(0, 9).Draw(t, "key"))
				lane := fmt.Sprint("lane", key[1]%2)
				if key[1]%3 == 0 {
					lane = ""
				}
				if err := d.Tx(ctx, func(tx *db.Tx) error {
					return journal.Queue(ctx, tx, journal.Effect{Kind: "trial.mail", Key: key, Lane: lane, Payload: json.RawMessage(`1`), NotBefore: clk.Now()})
				}); err != nil {
					t.Fatal(err)
				}
				if !slices.Contains(queued, key) {
					queued = append(queued, key)
					lanes[key] = lane
				}
			},
			"undone act": func(t *rapid.T) {
				_ = d.Tx(ctx, func(tx *db.Tx) error {
					if err := journal.Queue(ctx, tx, journal.Effect{Kind: "trial.mail", Key: "ghost", Payload: json.RawMessage(`1`), NotBefore: clk.Now()}); err != nil {
						return err
					}
					return errors.New("undo")
				})
			},
			"settle": func(t *rapid.T) {
				mood = rapid.SampledFrom([]string{"well", "fails", "fails after", "dies before", "dies after"}).Draw(t, "mood")
				settle()
			},
			"wait": func(t *rapid.T) {
				if err := clk.Advance(time.Duration(rapid.IntRange(1, 120).Draw(t, "seconds")) * time.Second); err != nil {
					t.Fatal(err)
				}
			},
		})
		mood = "well"
		for range 20 {
			settle()
			if err := clk.Advance(7 * time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		for _, key := range queued {
			if calls[key] == 0 {
				t.Fatalf("%s was never delivered", key)
			}
		}
		if calls["ghost"] != 0 {
			t.Fatal("an effect of an act that was undone was delivered")
		}
		for _, lane := range []string{"lane0", "lane1"} {
			in := func(keys []string) (out []string) {
				for _, k := range keys {
					if lanes[k] == lane {
						out = append(out, k)
					}
				}
				return out
			}
			if !slices.Equal(in(queued), in(world)) {
				t.Fatalf("%s: queued %v, took effect %v", lane, in(queued), in(world))
			}
		}
		if len(world) != len(queued) {
			t.Fatalf("%d effects took effect %d times", len(queued), len(world))
		}
	})
}

func TestOPS35_EveryActReadsInBothLanguages(t *testing.T) {
	if len(journal.Acts()) == 0 {
		t.Fatal("no act is defined")
	}
	for _, a := range journal.Acts() {
		if a.Text.JA == "" || a.Text.EN == "" || a.Text.JA == a.Text.EN {
			t.Errorf("%s: %+v", a.Code, a.Text)
		}
	}
}

func TestDefineActPanicsOnMistakes(t *testing.T) {
	text := lang.Text{JA: "あ", EN: "a"}
	for name, a := range map[string]journal.Act{
		"code":    {Code: "Trial.done", Text: text},
		"no text": {Code: "trial.mute", Text: lang.Text{JA: "あ"}},
		"detail":  {Code: "trial.bad_detail", Text: text, Details: []string{"PIN"}},
		"twice":   {Code: journaltest.Done, Text: text},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			journal.DefineAct(a)
		}()
	}
}

func TestFaultsSpeakBothLanguages(t *testing.T) {
	n := 0
	for _, k := range fault.All() {
		if k.Number < 1500 || k.Number > 1599 {
			continue
		}
		n++
		for _, text := range []lang.Text{k.What, k.Why, k.Cure} {
			if text.JA == "" || text.EN == "" || strings.Count(text.JA, "%") != strings.Count(text.EN, "%") {
				t.Errorf("%s: %+v", k.Code(), text)
			}
		}
	}
	if n == 0 {
		t.Error("no fault found")
	}
}

// What the journal costs: one bare row in a durable transaction, and one entry.
func BenchmarkDurable(b *testing.B) {
	dbtest.Bench(b, func(b *testing.B, d *db.DB) {
		if err := d.Migrate(ctx, journal.Schema()); err != nil {
			b.Fatal(err)
		}
		run := func(name string, f func(tx *db.Tx, i int) error) {
			b.Run(name, func(b *testing.B) {
				i := 0
				for b.Loop() {
					i++
					if err := d.Tx(ctx, func(tx *db.Tx) error { return f(tx, i) }); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		if err := d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `CREATE TABLE journal_bare (id BIGINT, body TEXT)`)
			return err
		}); err != nil {
			b.Fatal(err)
		}
		run("bare row", func(tx *db.Tx, i int) error {
			_, err := tx.Exec(ctx, `INSERT INTO journal_bare (id, body) VALUES ($1, $2)`, i, strings.Repeat("x", 200))
			return err
		})
		run("entry", func(tx *db.Tx, i int) error {
			_, err := journal.Write(ctx, tx, journaltest.Entry("p-1"))
			return err
		})
		run("entry and effect", func(tx *db.Tx, i int) error {
			if _, err := journal.Write(ctx, tx, journaltest.Entry("p-1")); err != nil {
				return err
			}
			return journal.Queue(ctx, tx, journal.Effect{Kind: "trial.mail", Key: fmt.Sprint("b", b.N, "-", i), Payload: json.RawMessage(`{}`), NotBefore: journaltest.Start})
		})
	})
}

// BenchmarkWriteAll is an entry of many that share a transaction; "one by one" is
// the same with Write.
func BenchmarkWriteAll(b *testing.B) {
	const n = 64
	d := dbtest.SQLite(b, journal.Schema())
	entries := slices.Repeat([]journal.Entry{journaltest.Entry("p-1")}, n)
	run := func(name string, f func(tx *db.Tx) error) {
		b.Run(name, func(b *testing.B) {
			err := d.Tx(ctx, func(tx *db.Tx) error {
				for b.Loop() {
					if err := f(tx); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/entry")
		})
	}
	run("one by one", func(tx *db.Tx) error {
		for _, e := range entries {
			if _, err := journal.Write(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	run("together", func(tx *db.Tx) error { _, err := journal.WriteAll(ctx, tx, entries); return err })
}

func BenchmarkVerify(b *testing.B) {
	d := dbtest.SQLite(b, journal.Schema())
	const n = 10000
	if err := d.Tx(ctx, func(tx *db.Tx) error {
		for range n {
			if _, err := journal.Write(ctx, tx, journaltest.Entry("p-1")); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := d.View(ctx, func(tx *db.Tx) error { return journal.Verify(ctx, tx) }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
