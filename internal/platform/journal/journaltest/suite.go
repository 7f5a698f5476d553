// Package journaltest is the conformance suite of the journal and its outbox:
// what must hold on every database engine.
package journaltest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
)

// Done is an act for tests; it permits the detail "colour".
var Done = journal.DefineAct(journal.Act{Code: "trial.done", Details: []string{"colour"},
	Text: lang.Text{JA: "試験をしました", EN: "A trial was made"}})

// Start is the instant at which the suite's clocks stand.
var Start = time.Date(2024, 12, 2, 0, 30, 0, 0, time.UTC)

var ctx = context.Background()

// Entry returns a complete entry about a person.
func Entry(person string) journal.Entry {
	return journal.Entry{At: Start, Actor: journal.Actor{Kind: journal.Staff, ID: "s-1", Terminal: "t-1"}, Office: "trial", Act: Done,
		Subject: person, Card: "card-1", Serial: "0a1b", Application: "app-1", Session: "ses-1", Reason: "理由", Ground: "番号法第17条",
		Details: map[string]string{"colour": "青"}}
}

// Suite runs every test on databases that open opens; all handles of one test
// are on one empty database.
func Suite(t *testing.T, each func(t *testing.T, f func(t *testing.T, open func() *db.DB))) {
	tests := []struct {
		name string
		f    func(t *testing.T, open func() *db.DB)
	}{
		{"OPS31_EntryComesBackWhole", entryComesBack},
		{"OPS31_IncompleteEntriesAreRefused", incompleteRefused},
		{"OPS33_NumbersAreRefused", numbersRefused},
		{"OPS28_OPS32_ChainFindsTampering", chainFindsTampering},
		{"OPS28_ChainFindsAForgedHash", chainFindsForgedHash},
		{"OPS28_WitnessFindsRewriting", witnessFindsRewriting},
		{"OPS35_P36_Pages", pages},
		{"WriteBelongsToTheTransaction", belongsToTransaction},
		{"ConcurrentWritersKeepTheChain", concurrentWriters},
		{"QueueIsIdempotent", queueIdempotent},
		{"QueueRefuses", queueRefuses},
		{"SettleDeliversInOrderAndWhatDeliveriesQueue", settleInOrder},
		{"FailuresWaitLongerEachTimeThenPark", failuresBackOff},
		{"LaneKeepsOrder", laneKeepsOrder},
		{"NotBefore", notBefore},
		{"KillAfterTheEffectRedelivers", killRedelivers},
		{"KillEveryTimeParks", killParks},
		{"HandlerPanicIsAFailure", handlerPanic},
		{"HandleTxIsExactlyOnce", handleTxOnce},
		{"TwoCouriersShareTheWork", twoCouriers},
		{"OverrunLeaseLosesTheRecord", overrunLease},
		{"RunWakes", runWakes},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, open func() *db.DB) { test.f(t, open) })
		})
	}
}

// Ready opens a handle with the journal's tables in place.
func Ready(t testing.TB, open func() *db.DB) *db.DB {
	t.Helper()
	d := open()
	if err := d.Migrate(ctx, journal.Schema()); err != nil {
		t.Fatal(err)
	}
	return d
}

func write(t *testing.T, d *db.DB, entries ...journal.Entry) {
	t.Helper()
	if err := d.Tx(ctx, func(tx *db.Tx) error {
		for _, e := range entries {
			if _, err := journal.Write(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func verify(d *db.DB, witnessed ...journal.Head) error {
	return d.View(ctx, func(tx *db.Tx) error { return journal.Verify(ctx, tx, witnessed...) })
}

func entryComesBack(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	want := Entry("p-1")
	want.At = time.Date(2024, 12, 2, 9, 30, 1, 234567890, time.FixedZone("JST", 9*3600))
	bare := journal.Entry{At: Start, Actor: journal.Actor{Kind: journal.System, ID: "demo"}, Office: "trial", Act: Done, Outcome: journal.Refused}
	write(t, d, want, bare)
	want.Seq, want.Outcome, want.At = 1, journal.Done, time.Date(2024, 12, 2, 0, 30, 1, 234000000, time.UTC)
	bare.Seq = 2
	for _, w := range []journal.Entry{want, bare} {
		var got journal.Entry
		if err := d.View(ctx, func(tx *db.Tx) (err error) { got, err = journal.Get(ctx, tx, w.Seq); return err }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w, got); diff != "" {
			t.Error(diff)
		}
	}
	if err := d.View(ctx, func(tx *db.Tx) error { _, err := journal.Get(ctx, tx, 3); return err }); !journal.UnknownEntry.Is(err) {
		t.Errorf("entry 3: %v", err)
	}
}

func refuse(t *testing.T, d *db.DB, name string, kind *fault.Kind, change func(*journal.Entry)) {
	t.Helper()
	e := Entry("p-1")
	change(&e)
	err := d.Tx(ctx, func(tx *db.Tx) error { _, err := journal.Write(ctx, tx, e); return err })
	if !kind.Is(err) {
		t.Errorf("%s: %v, want %s", name, err, kind.Code())
	}
}

func incompleteRefused(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	for name, change := range map[string]func(*journal.Entry){
		"no time":         func(e *journal.Entry) { e.At = time.Time{} },
		"no actor":        func(e *journal.Entry) { e.Actor.ID = "" },
		"unknown kind":    func(e *journal.Entry) { e.Actor.Kind = "ghost" },
		"no office":       func(e *journal.Entry) { e.Office = "" },
		"no act":          func(e *journal.Entry) { e.Act = "" },
		"blank in an id":  func(e *journal.Entry) { e.Card = "a b" },
		"long id":         func(e *journal.Entry) { e.Subject = strings.Repeat("x", 101) },
		"unknown outcome": func(e *journal.Entry) { e.Outcome = "perhaps" },
		"long reason":     func(e *journal.Entry) { e.Reason = strings.Repeat("あ", 167) },
		"not UTF-8":       func(e *journal.Entry) { e.Ground = "\xff" },
		"unknown detail":  func(e *journal.Entry) { e.Details = map[string]string{"pin": "1234"} },
		"long detail":     func(e *journal.Entry) { e.Details = map[string]string{"colour": strings.Repeat("x", 501)} },
	} {
		refuse(t, d, name, journal.UnfitEntry, change)
	}
	refuse(t, d, "undefined act", journal.UnknownAct, func(e *journal.Entry) { e.Act = "trial.never_defined" })
	if err := verify(d); err != nil {
		t.Errorf("refused entries left a trace: %v", err)
	}
}

func numbersRefused(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	const number = "123456789018" // a right check digit
	for name, change := range map[string]func(*journal.Entry){
		"reason":   func(e *journal.Entry) { e.Reason = "番号は" + number + "です" },
		"grouped":  func(e *journal.Entry) { e.Reason = "1234-5678-9018" },
		"wide":     func(e *journal.Entry) { e.Ground = "１２３４　５６７８　９０１８" },
		"detail":   func(e *journal.Entry) { e.Details["colour"] = number },
		"subject":  func(e *journal.Entry) { e.Subject = number },
		"card":     func(e *journal.Entry) { e.Card = number },
		"actor":    func(e *journal.Entry) { e.Actor.ID = number },
		"terminal": func(e *journal.Entry) { e.Actor.Terminal = "t:" + number },
	} {
		refuse(t, d, name, journal.NumberInText, change)
	}
	ok := Entry("p-1")
	ok.Reason = "123456789012 has a wrong check digit"
	write(t, d, ok)
}

func chainFindsTampering(t *testing.T, open func() *db.DB) {
	tamper := map[string]struct {
		at         int64 // the first entry that does not fit
		statements []string
	}{
		"changed":         {2, []string{`UPDATE journal_entry SET reason = 'another' WHERE seq = 2`}},
		"removed":         {2, []string{`DELETE FROM journal_entry WHERE seq = 2`}},
		"first removed":   {1, []string{`DELETE FROM journal_entry WHERE seq = 1`}},
		"last removed":    {4, []string{`DELETE FROM journal_entry WHERE seq = 4`}},
		"all removed":     {1, []string{`DELETE FROM journal_entry`}},
		"gap closed":      {2, []string{`DELETE FROM journal_entry WHERE seq = 2`, `UPDATE journal_entry SET seq = 2 WHERE seq = 3`, `UPDATE journal_entry SET seq = 3 WHERE seq = 4`}},
		"reordered":       {2, []string{`UPDATE journal_entry SET seq = 99 WHERE seq = 2`, `UPDATE journal_entry SET seq = 2 WHERE seq = 3`, `UPDATE journal_entry SET seq = 3 WHERE seq = 99`}},
		"added":           {5, []string{`INSERT INTO journal_entry SELECT 5, at, actor_kind, actor_id, terminal, office, act, subject, card, serial, application, session, reason, ground, outcome, details, hash FROM journal_entry WHERE seq = 4`}},
		"head cut":        {5, []string{`UPDATE journal_head SET seq = 3`}},
		"text moved over": {3, []string{`UPDATE journal_entry SET reason = ground, ground = reason WHERE seq = 3`}},
		"time":            {1, []string{`UPDATE journal_entry SET at = '2024-12-02T00:30:00.001Z' WHERE seq = 1`}},
		"not a time":      {1, []string{`UPDATE journal_entry SET at = 'yesterday' WHERE seq = 1`}},
		"details":         {4, []string{`UPDATE journal_entry SET details = '{"colour":"赤"}' WHERE seq = 4`}},
		"details broken":  {4, []string{`UPDATE journal_entry SET details = '{' WHERE seq = 4`}},
	}
	d := Ready(t, open)
	if err := verify(d); err != nil {
		t.Fatalf("an empty journal: %v", err)
	}
	write(t, d, Entry("p-1"), Entry("p-2"), Entry("p-3"), Entry("p-4"))
	if err := verify(d); err != nil {
		t.Fatal(err)
	}
	undo := errors.New("undo")
	for name, c := range tamper {
		err := d.Tx(ctx, func(tx *db.Tx) error {
			for _, s := range c.statements {
				if n, err := tx.Exec(ctx, s); err != nil || n == 0 {
					t.Fatalf("%s: %d rows, %v", name, n, err)
				}
			}
			err := journal.Verify(ctx, tx)
			var f *fault.Error
			if !journal.Broken.Is(err) || !errors.As(err, &f) || f.Args[0] != c.at {
				t.Errorf("%s: %v, want a break at %d", name, err, c.at)
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatal(err)
		}
	}
	if err := verify(d); err != nil {
		t.Fatal(err)
	}
}

// A forger who knows how hashes are made gives the changed entry the right one:
// then the next entry no longer fits.
func chainFindsForgedHash(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	write(t, d, Entry("p-1"), Entry("forged"))
	var forged []byte
	if err := d.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT hash FROM journal_entry WHERE seq = 2`).Scan(&forged); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM journal_entry`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE journal_head SET seq = 0, hash = $1`, []byte{})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	write(t, d, Entry("p-1"), Entry("p-2"), Entry("p-3"))
	if err := d.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE journal_entry SET subject = 'forged', hash = $1 WHERE seq = 2`, forged)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	err := verify(d)
	var f *fault.Error
	if !journal.Broken.Is(err) || !errors.As(err, &f) || f.Args[0] != int64(3) {
		t.Errorf("%v, want a break at 3", err)
	}
}

func witnessFindsRewriting(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	latest := func() (h journal.Head) {
		if err := d.View(ctx, func(tx *db.Tx) (err error) { h, err = journal.Latest(ctx, tx); return err }); err != nil {
			t.Fatal(err)
		}
		return h
	}
	write(t, d, Entry("p-1"), Entry("p-2"))
	witness := latest()
	write(t, d, Entry("p-3"))
	if err := verify(d, witness, latest()); err != nil {
		t.Fatal(err)
	}
	// Somebody with the whole database in hand writes a new history.
	if err := d.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM journal_entry`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE journal_head SET seq = 0, hash = $1`, []byte{})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := verify(d, witness); !journal.Broken.Is(err) {
		t.Errorf("everything gone: %v", err)
	}
	write(t, d, Entry("p-1"), Entry("p-X"), Entry("p-3"))
	if err := verify(d); err != nil {
		t.Errorf("the new history is whole in itself: %v", err)
	}
	if err := verify(d, witness); !journal.Broken.Is(err) {
		t.Errorf("against the witness: %v", err)
	}
}

func pages(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	for i := range 6 {
		e := Entry(fmt.Sprint("p-", i%2))
		e.Card = fmt.Sprint("card-", i%3)
		e.Actor.ID = fmt.Sprint("s-", i%2)
		write(t, d, e)
	}
	write(t, d, journal.Entry{At: Start, Actor: journal.Actor{Kind: journal.System, ID: "demo"}, Office: "trial", Act: Done})
	for _, c := range []struct {
		name string
		get  func(*db.Tx) ([]journal.Entry, error)
		want string
	}{
		{"person", func(tx *db.Tx) ([]journal.Entry, error) { return journal.OfPerson(ctx, tx, "p-1", 0, 10) }, "[6 4 2]"},
		{"person, second page", func(tx *db.Tx) ([]journal.Entry, error) { return journal.OfPerson(ctx, tx, "p-1", 6, 1) }, "[4]"},
		{"nobody", func(tx *db.Tx) ([]journal.Entry, error) { return journal.OfPerson(ctx, tx, "", 0, 10) }, "[]"},
		{"card", func(tx *db.Tx) ([]journal.Entry, error) { return journal.OfCard(ctx, tx, "card-2", 0, 10) }, "[6 3]"},
		{"actor", func(tx *db.Tx) ([]journal.Entry, error) {
			return journal.OfActor(ctx, tx, journal.Staff, "s-0", 0, 10)
		}, "[5 3 1]"},
		{"recent", func(tx *db.Tx) ([]journal.Entry, error) { return journal.Recent(ctx, tx, 0, 0) }, "[7]"},
	} {
		if err := d.View(ctx, func(tx *db.Tx) error {
			entries, err := c.get(tx)
			seqs := []int64{}
			for _, e := range entries {
				seqs = append(seqs, e.Seq)
			}
			if got := fmt.Sprint(seqs); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func belongsToTransaction(t *testing.T, open func() *db.DB) {
	d := Ready(t, open)
	undo := errors.New("undo")
	err := d.Tx(ctx, func(tx *db.Tx) error {
		if _, err := journal.Write(ctx, tx, Entry("p-1")); err != nil {
			return err
		}
		if err := journal.Queue(ctx, tx, effect("a")); err != nil {
			return err
		}
		return undo
	})
	if !errors.Is(err, undo) {
		t.Fatal(err)
	}
	if n := len(pending(t, d)); n != 0 {
		t.Errorf("%d effects of an act that was undone", n)
	}
	var seq int64
	if err := d.Tx(ctx, func(tx *db.Tx) (err error) { seq, err = journal.Write(ctx, tx, Entry("p-1")); return err }); err != nil || seq != 1 {
		t.Errorf("entry %d, %v; want 1 without a gap", seq, err)
	}
}

func concurrentWriters(t *testing.T, open func() *db.DB) {
	handles := []*db.DB{Ready(t, open), open()}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for range 15 {
				if err := handles[g%2].Tx(ctx, func(tx *db.Tx) error {
					_, err := journal.Write(ctx, tx, Entry(fmt.Sprint("p-", g)))
					return err
				}); err != nil {
					t.Error(err)
					return
				}
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	if err := verify(handles[0]); err != nil {
		t.Error(err)
	}
	if err := handles[0].View(ctx, func(tx *db.Tx) error {
		h, err := journal.Latest(ctx, tx)
		if h.Seq != 60 {
			t.Errorf("%d entries, want 60", h.Seq)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func newClock() *clock.Manual { return clock.NewManual(Start) }
