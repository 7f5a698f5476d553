package db_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
)

// counted is a database with one number in it.
func counted(t testing.TB, address string) *db.DB {
	t.Helper()
	d, err := db.Open(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if err := d.Migrate(ctx, schema()); err != nil {
		t.Fatal(err)
	}
	return d
}

func setNumber(d *db.DB, n int) error {
	return d.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO trial_item (id, n) VALUES ('it', $1) ON CONFLICT (id) DO UPDATE SET n = $1`, n)
		return err
	})
}

func number(d *db.DB) (n int, err error) {
	return n, d.View(ctx, func(tx *db.Tx) error {
		err := tx.QueryRow(ctx, `SELECT n FROM trial_item WHERE id = 'it'`).Scan(&n)
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		return err
	})
}

func watch(t testing.TB, d *db.DB) *db.Watch {
	t.Helper()
	w, ok := d.Watch()
	if !ok {
		t.Skip("no shared mappings here")
	}
	return w
}

// Every commit of any handle gives another version before it is acknowledged, none
// that was there before, through checkpoints that empty the log and begin it anew;
// where nothing is committed the version stays.
// Shows: R-41
func TestR41_WatchSeesEveryCommit(t *testing.T) {
	address := dbtest.SQLiteURL(t)
	own, other := counted(t, address), counted(t, address)
	w, second := watch(t, own), watch(t, other)
	plain, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(address, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	seen := map[uint64]int{w.Version(): -1}
	for i := range 600 {
		by := []*db.DB{own, other}[i%2]
		if err := setNumber(by, i); err != nil {
			t.Fatal(err)
		}
		v := w.Version()
		if before, ok := seen[v]; ok {
			t.Fatalf("after commit %d the version is that of commit %d", i, before)
		}
		seen[v] = i
		if got := second.Version(); got != v {
			t.Fatalf("two watches see %d and %d", v, got)
		}
		if n, err := number(other); err != nil || n != i || w.Version() != v {
			t.Fatalf("reading gave %d, %v, or changed the version", n, err)
		}
		if i%50 == 49 {
			mode := []string{"PASSIVE", "FULL", "RESTART", "TRUNCATE"}[i/50%4]
			var busy, pages, done int
			if err := plain.QueryRow(`PRAGMA wal_checkpoint(`+mode+`)`).Scan(&busy, &pages, &done); err != nil || busy != 0 {
				t.Fatalf("%s: busy %d, %v", mode, busy, err)
			}
			seen[w.Version()] = i // a checkpoint may change it, and needs not
		}
	}
	// What is rolled back is no commit.
	v := w.Version()
	refuse := errors.New("no")
	if err := other.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE trial_item SET n = -1`); err != nil {
			return err
		}
		return refuse
	}); err != refuse || w.Version() != v {
		t.Errorf("a rollback: %v, version changed: %t", err, w.Version() != v)
	}
}

// A database that everybody closed and that was opened again has another log and
// index; a new watch sees those.
func TestWatch_AfterAllHaveClosed(t *testing.T) {
	address := dbtest.SQLiteURL(t)
	for round := range 3 {
		d, err := db.Open(ctx, address)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(ctx, schema()); err != nil {
			t.Fatal(err)
		}
		w := watch(t, d)
		for i := range 5 {
			v := w.Version()
			if err := setNumber(d, 10*round+i); err != nil {
				t.Fatal(err)
			}
			if w.Version() == v {
				t.Fatalf("round %d: commit %d was missed", round, i)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

const watchedFile = "KADO_TEST_WATCHED"

// TestWatchedWriter is the other process of TestR41_WatchNeverMissesAProcess: it
// acknowledges each commit in a line.
func TestWatchedWriter(t *testing.T) {
	address := os.Getenv(watchedFile)
	if address == "" {
		t.Skip("is run by TestR41_WatchNeverMissesAProcess")
	}
	d, err := db.Open(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; ; n++ {
		if err := setNumber(d, n); err != nil {
			t.Fatal(err)
		}
		fmt.Println("N", n)
	}
}

// Another process writes, is killed in the midst and another one goes on. Whoever
// asked for the version, read, and finds the version unchanged holds what includes
// every commit acknowledged by then.
// Shows: R-41
func TestR41_WatchNeverMissesAProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	address := dbtest.SQLiteURL(t)
	d := counted(t, address)
	w := watch(t, d)
	var acknowledged atomic.Int64
	stop := make(chan struct{})
	var readers sync.WaitGroup
	var held atomic.Int64
	for range 2 {
		readers.Add(1)
		go func() {
			defer readers.Done()
			for {
				v := w.Version()
				n, err := number(d)
				if err != nil {
					t.Error(err)
					return
				}
				for range 1000 {
					a := acknowledged.Load()
					if w.Version() != v {
						break
					}
					held.Add(1)
					if int64(n) < a {
						t.Errorf("%d was held while %d was acknowledged", n, a)
						return
					}
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		}()
	}
	for round := range 3 {
		acknowledged.Store(0)
		if err := setNumber(d, 0); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], "-test.run", "^TestWatchedWriter$")
		cmd.Env = append(os.Environ(), watchedFile+"="+address)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			text, ok := strings.CutPrefix(lines.Text(), "N ")
			if !ok {
				continue
			}
			n, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			acknowledged.Store(int64(n))
			if n >= 150+50*round {
				break
			}
		}
		_ = cmd.Process.Kill() // in the midst of a transaction, likely
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	}
	close(stop)
	readers.Wait()
	if held.Load() == 0 {
		t.Error("the version never stayed: nothing was shown")
	}
	if v := w.Version(); setNumber(d, 7) != nil || w.Version() == v {
		t.Error("a commit after the crash was missed")
	}
}

// BenchmarkWatch is what an answer pays for knowing that nothing was committed.
func BenchmarkWatch(b *testing.B) {
	w := watch(b, counted(b, dbtest.SQLiteURL(b)))
	for b.Loop() {
		_ = w.Version()
	}
}
