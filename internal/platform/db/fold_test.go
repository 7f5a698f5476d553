package db_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"kado/internal/platform/db"
)

// foldable is a SQLite database and its file.
func foldable(t *testing.T) (*db.DB, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fold.db")
	d, err := db.Open(ctx, "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.Migrate(ctx, schema()); err != nil {
		t.Fatal(err)
	}
	return d, path
}

func write(t *testing.T, d *db.DB, from, n int) {
	t.Helper()
	for i := range n {
		if err := d.Tx(ctx, insertItem(fmt.Sprintf("%06d", from+i))); err != nil {
			t.Fatal(err)
		}
	}
}

// lengthen writes until the log is long, by its file: to ask for its length would fold
// it. It returns how many rows there are.
func lengthen(t *testing.T, d *db.DB, path string) int {
	t.Helper()
	const page = 4096 + 24 // with its header in the log
	for n := 0; ; n += 500 {
		st, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		if st.Size() > (db.LongLog+1)*page {
			return n
		}
		err = d.Tx(ctx, func(tx *db.Tx) error {
			for i := range 500 {
				if err := insertItem(fmt.Sprintf("%06d%s", n+i, strings.Repeat("-", 2000)))(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// What is committed gets into the file while commits go on, though no commit is long
// enough to do it by itself.
func TestFold_BesideCommits(t *testing.T) {
	d, path := foldable(t)
	size := func() int64 {
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return st.Size()
	}
	before := size()
	for n := 0; size() == before; n += 100 {
		if n == 4000 {
			t.Fatalf("%d commits, and nothing of them in the file", n)
		}
		write(t, d, n, 100)
	}
}

// A long log is begun anew, so that it does not grow for as long as the house is open.
func TestFold_LongLogBegunAnew(t *testing.T) {
	d, path := foldable(t)
	n := lengthen(t, d, path)
	d.Fold()
	write(t, d, n, 1)
	length, err := d.LogLength()
	if err != nil {
		t.Fatal(err)
	}
	if length >= db.LongLog {
		t.Errorf("the log has %d pages still", length)
	}
	if got := len(items(t, d)); got != n+1 {
		t.Errorf("%d rows, want %d", got, n+1)
	}
}

// While somebody reads, the log stays as they see it; after that it is begun anew.
func TestFold_ReaderKeepsItsSnapshot(t *testing.T) {
	d, path := foldable(t)
	write(t, d, 900000, 1)
	var n int
	err := d.View(ctx, func(tx *db.Tx) error {
		count := func() int {
			got := 0
			if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM trial_item`).Scan(&got); err != nil {
				t.Fatal(err)
			}
			return got
		}
		if got := count(); got != 1 {
			t.Errorf("%d rows", got)
		}
		n = lengthen(t, d, path)
		d.Fold()
		write(t, d, n, 1)
		if got := count(); got != 1 {
			t.Errorf("%d rows in the same snapshot", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if length, err := d.LogLength(); err != nil || length < db.LongLog {
		t.Errorf("%d pages, %v: the reader's log is gone", length, err)
	}
	d.Fold()
	write(t, d, n+1, 1)
	if length, err := d.LogLength(); err != nil || length >= db.LongLog {
		t.Errorf("%d pages, %v", length, err)
	}
}

// A turn for folding is in the midst of no transaction: the acts before it are
// committed when it comes, and those behind it begin another.
func TestFold_TurnBetweenGroups(t *testing.T) {
	d, path := foldable(t)
	n := lengthen(t, d, path)
	before := d.Commits()
	hold, begun := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := d.Tx(ctx, func(tx *db.Tx) error { close(begun); <-hold; return insertItem("a")(tx) }); err != nil {
			t.Error(err)
		}
	})
	<-begun
	for _, f := range []func(){
		func() {
			if err := d.Tx(ctx, insertItem("b")); err != nil {
				t.Error(err)
			}
		},
		d.Fold,
		func() {
			if err := d.Tx(ctx, insertItem("c")); err != nil {
				t.Error(err)
			}
		},
	} {
		before := d.Queued()
		var over atomic.Bool
		wg.Go(func() { f(); over.Store(true) })
		for d.Queued() == before && !over.Load() {
			runtime.Gosched()
		}
	}
	close(hold)
	wg.Wait()
	if got := d.Commits() - before; got != 2 {
		t.Errorf("%d commits, want one before the fold and one after it", got)
	}
	if got := items(t, d); !slices.Equal(got[n:], []string{"a", "b", "c"}) {
		t.Errorf("%q", got[n:])
	}
	if length, err := d.LogLength(); err != nil || length >= db.LongLog {
		t.Errorf("%d pages, %v", length, err)
	}
}
