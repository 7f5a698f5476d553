package notice_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/lang"
	"kado/internal/platform/notice"
)

var ready = notice.Define(notice.Kind{
	Code:  "test.ready",
	Title: lang.Text{JA: "できあがりました", EN: "Ready"},
	Body:  lang.Text{JA: "%sまでにお越しください。", EN: "Please come by %s."},
})

// Shows: P-31, OPS-39
func TestLetters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx := context.Background()
		d := open()
		if err := d.Migrate(ctx, notice.Schema()); err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
		write := func(key, person string, after error) (isNew bool, err error) {
			err = d.Tx(ctx, func(tx *db.Tx) error {
				var err error
				isNew, err = notice.Write(ctx, tx, notice.Letter{Key: key, Person: person, Kind: ready, Args: []string{"2026-05-01"}, WrittenAt: at})
				return errors.Join(err, after)
			})
			return isNew, err
		}
		if isNew, err := write("a", "per_1", nil); err != nil || !isNew {
			t.Fatalf("first letter: new %v, %v", isNew, err)
		}
		if isNew, err := write("a", "per_1", nil); err != nil || isNew {
			t.Fatalf("same key again: new %v, %v", isNew, err)
		}
		if _, err := write("b", "per_1", errors.New("the act failed")); err == nil {
			t.Fatal("a failed act reported no error")
		}
		if _, err := write("c", "per_2", nil); err != nil {
			t.Fatal(err)
		}
		got, err := notice.OfPerson(ctx, d, "per_1")
		if err != nil || len(got) != 1 {
			t.Fatalf("letters of per_1: %v, %v", got, err)
		}
		if title, body := got[0].In(lang.EN); title != "Ready" || body != "Please come by 2026-05-01." || !got[0].WrittenAt.Equal(at) {
			t.Errorf("read back %q %q %v", title, body, got[0].WrittenAt)
		}
		if _, body := got[0].In(lang.JA); body != "2026-05-01までにお越しください。" {
			t.Errorf("Japanese body %q", body)
		}
		if _, err := write("", "per_1", nil); err == nil {
			t.Error("a letter without key was taken")
		}
	})
}

// A letter that lacks something, or is of a kind nobody defined, is an error and
// never a letter half written.
func TestLettersThatLackSomething(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, d := context.Background(), open()
		if err := d.Migrate(ctx, notice.Schema()); err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
		for name, l := range map[string]notice.Letter{
			"key":    {Person: "per_1", Kind: ready, WrittenAt: at},
			"person": {Key: "k", Kind: ready, WrittenAt: at},
			"kind":   {Key: "k", Person: "per_1", WrittenAt: at},
			"time":   {Key: "k", Person: "per_1", Kind: ready},
		} {
			err := d.Tx(ctx, func(tx *db.Tx) error { _, err := notice.Write(ctx, tx, l); return err })
			if err == nil {
				t.Errorf("no %s: written", name)
			}
		}
		if got, err := notice.OfPerson(ctx, d, "per_1"); err != nil || len(got) != 0 {
			t.Errorf("letters %v, %v", got, err)
		}
		stranger := notice.Letter{Key: "k", Person: "per_1", Kind: &notice.Kind{Code: "test.nobody_defined"}, WrittenAt: at}
		if err := d.Tx(ctx, func(tx *db.Tx) error { _, err := notice.Write(ctx, tx, stranger); return err }); err == nil {
			t.Error("a letter of an unknown kind was written")
		}
		// One that a later version wrote is named, not passed over.
		if err := d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO notice_letter (key, person, kind, args, written_at) VALUES ('k', 'per_1', 'later.kind', '[]', $1)`, at)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := notice.OfPerson(ctx, d, "per_1"); err == nil || !strings.Contains(err.Error(), "later.kind") {
			t.Errorf("a letter of an unknown kind was read: %v", err)
		}
	})
}

// Two processes tell of one thing at once: one letter.
func TestP31_OneLetterForOneKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, a, b := context.Background(), open(), open()
		if err := a.Migrate(ctx, notice.Schema()); err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
		const n = 8
		done := make(chan bool, n)
		for i := range n {
			go func() {
				isNew := false
				err := []*db.DB{a, b}[i%2].Tx(ctx, func(tx *db.Tx) (err error) {
					isNew, err = notice.Write(ctx, tx, notice.Letter{Key: "one", Person: "per_1", Kind: ready, Args: []string{"2026-05-01"}, WrittenAt: at})
					return err
				})
				if err != nil {
					t.Error(err)
				}
				done <- isNew
			}()
		}
		written := 0
		for range n {
			if <-done {
				written++
			}
		}
		if got, err := notice.OfPerson(ctx, b, "per_1"); err != nil || len(got) != 1 || written != 1 {
			t.Errorf("%d written, %d read, %v", written, len(got), err)
		}
	})
}

// Letters come in the order in which they were written, whatever their keys.
func TestLettersInOrder(t *testing.T) {
	d := dbtest.SQLite(t, notice.Schema())
	ctx, run := context.Background(), 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		person := fmt.Sprintf("per_%d", run)
		minutes := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 8).Draw(rt, "minutes")
		err := d.Tx(ctx, func(tx *db.Tx) error {
			for i, m := range minutes {
				_, err := notice.Write(ctx, tx, notice.Letter{Key: fmt.Sprintf("%d/%d", run, i), Person: person, Kind: ready, Args: []string{"x"},
					WrittenAt: time.Date(2026, 4, 1, 0, m, 0, 0, time.UTC)})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		got, err := notice.OfPerson(ctx, d, person)
		if err != nil || len(got) != len(minutes) {
			rt.Fatalf("%d of %d letters, %v", len(got), len(minutes), err)
		}
		for i := 1; i < len(got); i++ {
			if got[i].WrittenAt.Before(got[i-1].WrittenAt) {
				rt.Fatalf("letter %d is older than the one before", i)
			}
		}
	})
}

func TestKindsOnceAndInOrder(t *testing.T) {
	all := notice.Kinds()
	if !slices.Contains(all, ready) || !slices.IsSortedFunc(all, func(a, b *notice.Kind) int { return strings.Compare(a.Code, b.Code) }) {
		t.Errorf("kinds %v", all)
	}
	defer func() {
		if recover() == nil {
			t.Error("a code was taken twice")
		}
	}()
	notice.Define(notice.Kind{Code: ready.Code})
}
