package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"
	"pgregory.net/rapid"

	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
)

var ctx = context.Background()

func schema() db.Schema {
	return db.Schema{Office: "trial", FS: fstest.MapFS{
		"00001_one.sql": {Data: []byte("-- +goose Up\nCREATE TABLE trial_item (id TEXT PRIMARY KEY, n BIGINT, at TEXT, flag INTEGER, raw BYTEA);\n")},
		"00002_two.sql": {Data: []byte("-- +goose Up\nCREATE TABLE trial_part (item TEXT NOT NULL REFERENCES trial_item(id), name TEXT UNIQUE);\n")},
	}}
}

// each runs f on both engines with the trial tables in place.
func each(t *testing.T, f func(t *testing.T, d *db.DB, open func() *db.DB)) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		d := open()
		if err := d.Migrate(ctx, schema()); err != nil {
			t.Fatal(err)
		}
		f(t, d, open)
	})
}

func put(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	if err := d.Tx(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, query, args...); return err }); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, d *db.DB, table string) (n int) {
	t.Helper()
	if err := d.View(ctx, func(tx *db.Tx) error { return tx.QueryRow(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOpenRefusesOtherAddresses(t *testing.T) {
	for _, u := range []string{"", "sqlite", "sqlite:", "sqlite::memory:", "mysql://root:hunter2@h/db", "some/path.db",
		"postgres:x", "postgres://kado:hunter2@h:notaport/db", "hunter2-hunter2-hunter2:x"} {
		d, err := db.Open(ctx, u)
		if !db.UnknownScheme.Is(err) {
			t.Errorf("Open(%q) = %v, want UnknownScheme", u, err)
		}
		if d != nil {
			t.Errorf("Open(%q) gave a database", u)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error repeats a password: %v", err)
		}
	}
}

func TestOpenUnreachable(t *testing.T) {
	for _, u := range []string{"sqlite:" + filepath.Join(t.TempDir(), "no", "such", "folder.db"), "postgres://x@127.0.0.1:1/x?connect_timeout=2"} {
		if _, err := db.Open(ctx, u); !db.CannotOpen.Is(err) {
			t.Errorf("Open(%q) = %v, want CannotOpen", u, err)
		}
	}
}

func TestSQLiteFileIsForItsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a?b#c%41 日本.db") // no character of the name is an option
	d, err := db.Open(ctx, "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	put(t, d, `CREATE TABLE x (y TEXT)`)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%q has mode %o, want 600", suffix, info.Mode().Perm())
		}
	}
}

func TestSQLiteSettings(t *testing.T) {
	d := dbtest.SQLite(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
		for name, in := range map[string]func(context.Context, func(*db.Tx) error) error{"write": d.Tx, "read": d.View} {
			var got string
			if err := in(ctx, func(tx *db.Tx) error { return tx.QueryRow(ctx, `PRAGMA `+pragma).Scan(&got) }); err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s: %s = %s, want %s", name, pragma, got, want)
			}
		}
	}
}

type label string

func TestValuesComeBackUnchanged(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		at := time.Date(2023, 5, 11, 23, 59, 59, 987654321, time.FixedZone("JST", 9*3600))
		text := "𠮷野家 髙﨑 葛󠄂 'quote' \"double\" $1 ?"
		for i, raw := range [][]byte{nil, {}, {0}, []byte("123456789018"), {0xff, 0, 0x80, 'a', 0}, bytes.Repeat([]byte{0, 1}, 5000)} {
			id := fmt.Sprint("v", i)
			put(t, d, `INSERT INTO trial_item (raw, id, n, at, flag) VALUES ($5, $1, $2, $3, $4)`, label(id), int64(1)<<62, at, i%2 == 0, raw)
			var got struct {
				n    int64
				at   time.Time
				text string
				flag bool
				raw  []byte
			}
			if err := d.View(ctx, func(tx *db.Tx) error {
				return tx.QueryRow(ctx, `SELECT n, at, at, flag, raw FROM trial_item WHERE id = $1`, id).
					Scan(&got.n, db.IntoTime(&got.at), &got.text, &got.flag, &got.raw)
			}); err != nil {
				t.Fatal(err)
			}
			if got.n != 1<<62 || got.flag != (i%2 == 0) || got.text != "2023-05-11T14:59:59.987Z" || !got.at.Equal(at.Truncate(time.Millisecond)) {
				t.Errorf("got %+v", got)
			}
			if !bytes.Equal(got.raw, raw) || (got.raw == nil) != (raw == nil) {
				t.Errorf("bytes %d: got %#v, want %#v", i, got.raw, raw)
			}
		}
		put(t, d, `INSERT INTO trial_item (id, at) VALUES ($1, $2)`, text, (*time.Time)(nil))
		var id string
		at = time.Unix(1, 0)
		if err := d.View(ctx, func(tx *db.Tx) error {
			return tx.QueryRow(ctx, `SELECT id, at FROM trial_item WHERE at IS NULL`).Scan(&id, db.IntoTime(&at))
		}); err != nil || id != text || !at.IsZero() {
			t.Errorf("got %q, %v, %v", id, at, err)
		}
	})
}

func TestUnfitValuesAreRefusedAlike(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		for _, v := range []any{1.5, struct{}{}, map[string]string{}, []string{"a"}, uint64(1) << 63, func() {}} {
			err := d.Tx(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO trial_item (id) VALUES ($1)`, v)
				return err
			})
			if !db.UnfitArgument.Is(err) {
				t.Errorf("%T: %v, want UnfitArgument", v, err)
			}
		}
		for _, s := range []string{"a\x00b", "\xff", "\xed\xa0\x80"} {
			err := d.Tx(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO trial_item (id) VALUES ($1)`, s)
				return err
			})
			if !db.UnfitText.Is(err) {
				t.Errorf("%q: %v, want UnfitText", s, err)
			}
		}
		if n := count(t, d, "trial_item"); n != 0 {
			t.Errorf("%d rows stored", n)
		}
	})
}

func TestTxRollsBack(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		insert := func(tx *db.Tx) {
			if _, err := tx.Exec(ctx, `INSERT INTO trial_item (id) VALUES ('x')`); err != nil {
				t.Fatal(err)
			}
		}
		boom := errors.New("boom")
		if err := d.Tx(ctx, func(tx *db.Tx) error { insert(tx); return boom }); !errors.Is(err, boom) {
			t.Errorf("got %v", err)
		}
		func() {
			defer func() {
				if recover() != "boom" {
					t.Error("the panic was swallowed")
				}
			}()
			_ = d.Tx(ctx, func(tx *db.Tx) error { insert(tx); panic("boom") })
		}()
		gone, cancel := context.WithCancel(ctx)
		err := d.Tx(gone, func(tx *db.Tx) error { insert(tx); cancel(); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: got %v", err)
		}
		if n := count(t, d, "trial_item"); n != 0 {
			t.Errorf("%d rows survived", n)
		}
		if err := d.Tx(ctx, func(tx *db.Tx) error { insert(tx); return nil }); err != nil {
			t.Fatalf("the pool is stuck: %v", err)
		}
	})
}

func TestAfterAFailedStatementNothingCommits(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		put(t, d, `INSERT INTO trial_item (id) VALUES ('a')`)
		err := d.Tx(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO trial_item (id) VALUES ('b')`); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO trial_item (id) VALUES ('a')`)
			if !db.IsDuplicate(err) {
				t.Errorf("IsDuplicate(%v) = false", err)
			}
			if _, err := tx.Exec(ctx, `SELECT 1`); !db.Misuse.Is(err) {
				t.Errorf("a further statement: %v", err)
			}
			return nil // forgets the error
		})
		if !db.Misuse.Is(err) || count(t, d, "trial_item") != 1 {
			t.Errorf("got %v and %d rows", err, count(t, d, "trial_item"))
		}
		err = d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO trial_part (item, name) VALUES ('nobody', 'n')`)
			return err
		})
		if err == nil || db.IsDuplicate(err) {
			t.Errorf("foreign key: %v", err)
		}
		put(t, d, `INSERT INTO trial_part (item, name) VALUES ('a', 'n')`)
		err = d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO trial_part (item, name) VALUES ('a', 'n')`)
			return err
		})
		if !db.IsDuplicate(err) {
			t.Errorf("unique column: %v", err)
		}
	})
}

func TestNoStatementWhileRowsAreRead(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		put(t, d, `INSERT INTO trial_item (id) VALUES ('a'), ('b')`)
		err := d.Tx(ctx, func(tx *db.Tx) error {
			rows, err := tx.Query(ctx, `SELECT id FROM trial_item`)
			if err != nil {
				return err
			}
			rows.Next()
			if _, err := tx.Exec(ctx, `DELETE FROM trial_item`); !db.Misuse.Is(err) {
				t.Errorf("got %v", err)
			}
			if err := rows.Close(); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `DELETE FROM trial_item WHERE id = 'a'`)
			return err
		})
		if err != nil || count(t, d, "trial_item") != 1 {
			t.Error(err)
		}
		err = d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Query(ctx, `SELECT id FROM trial_item`)
			return err
		})
		if !db.Misuse.Is(err) {
			t.Errorf("rows left open: %v", err)
		}
	})
}

func TestQueryRow(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		err := d.Tx(ctx, func(tx *db.Tx) error {
			var id string
			if err := tx.QueryRow(ctx, `SELECT id FROM trial_item`).Scan(&id); !errors.Is(err, db.ErrNoRows) {
				t.Errorf("got %v", err)
			}
			// An absent row is an answer, not a failure of the transaction.
			if err := tx.QueryRow(ctx, `INSERT INTO trial_item (id, n) VALUES ($2, $1) RETURNING id`, 1, "r").Scan(&id); err != nil || id != "r" {
				t.Errorf("RETURNING: %q, %v", id, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestViewIsOneSnapshotAndReadsOnly(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		put(t, d, `INSERT INTO trial_item (id) VALUES ('a')`)
		err := d.View(ctx, func(tx *db.Tx) error {
			for i := range 2 {
				var n int
				if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM trial_item`).Scan(&n); err != nil {
					return err
				}
				if n != 1 {
					t.Errorf("reading %d sees %d rows", i, n)
				}
				put(t, d, `INSERT INTO trial_item (id) VALUES ($1)`, fmt.Sprint("later", i))
			}
			_, err := tx.Exec(ctx, `INSERT INTO trial_item (id) VALUES ('b')`)
			return err
		})
		if err == nil {
			t.Error("a reading transaction wrote")
		}
		err = d.Tx(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `DELETE FROM trial_item`); err != nil {
				return err
			}
			if n := count(t, d, "trial_item"); n != 3 {
				t.Errorf("a View inside Tx sees %d rows, want the 3 committed", n)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Read, think, write back, from several goroutines and two handles: nothing is
// lost, though no statement locks anything.
func TestWritersTakeTurns(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, open func() *db.DB) {
		put(t, d, `INSERT INTO trial_item (id, n) VALUES ('counter', 0)`)
		handles := []*db.DB{d, open()}
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				for range 25 {
					err := handles[g%2].Tx(ctx, func(tx *db.Tx) error {
						var n int64
						if err := tx.QueryRow(ctx, `SELECT n FROM trial_item WHERE id = 'counter'`).Scan(&n); err != nil {
							return err
						}
						_, err := tx.Exec(ctx, `UPDATE trial_item SET n = $1 WHERE id = 'counter'`, n+1)
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		var n int
		if err := d.View(ctx, func(tx *db.Tx) error {
			return tx.QueryRow(ctx, `SELECT n FROM trial_item WHERE id = 'counter'`).Scan(&n)
		}); err != nil || n != 100 {
			t.Errorf("counter = %d, %v; want 100", n, err)
		}
	})
}

func TestTxRunsAgainAfterAPassingConflict(t *testing.T) {
	d := dbtest.SQLite(t, schema())
	conflict := fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: "40001"})
	runs := 0
	err := d.Tx(ctx, func(tx *db.Tx) error {
		runs++
		if _, err := tx.Exec(ctx, `INSERT INTO trial_item (id) VALUES ('x')`); err != nil {
			return err
		}
		if runs < 3 {
			return conflict
		}
		return nil
	})
	if err != nil || runs != 3 || count(t, d, "trial_item") != 1 {
		t.Errorf("%v after %d runs", err, runs)
	}
	runs = 0
	err = d.Tx(ctx, func(*db.Tx) error { runs++; return conflict })
	if !db.Busy.Is(err) || runs < 3 || runs > 20 {
		t.Errorf("a lasting conflict: %v after %d runs", err, runs)
	}
}

func TestMigrate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		// Several processes start at once.
		var wg sync.WaitGroup
		for range 4 {
			d := open()
			wg.Go(func() {
				if err := d.Migrate(ctx, schema(), db.Schema{Office: "other", FS: fstest.MapFS{
					"00001_x.sql": {Data: []byte("-- +goose Up\nCREATE TABLE other_x (y TEXT);\nINSERT INTO other_x VALUES ('once');\n")}}}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		d := open()
		if n := count(t, d, "other_x"); n != 1 {
			t.Errorf("a step ran %d times", n)
		}
		// A newer binary adds a step that fails, then one that works.
		broken := fstest.MapFS{"00001_x.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")},
			"00002_y.sql": {Data: []byte("-- +goose Up\nINSERT INTO other_x VALUES ('half');\nINSERT INTO nowhere VALUES (1);\n")}}
		if err := d.Migrate(ctx, db.Schema{Office: "other", FS: broken}); !db.MigrationFailed.Is(err) {
			t.Errorf("got %v", err)
		}
		if n := count(t, d, "other_x"); n != 1 {
			t.Errorf("a failed step left %d rows", n)
		}
		broken["00002_y.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nINSERT INTO other_x VALUES ('whole');\n")}
		if err := d.Migrate(ctx, db.Schema{Office: "other", FS: broken}); err != nil || count(t, d, "other_x") != 2 {
			t.Errorf("mended step: %v", err)
		}
		// The old binary still starts on the newer tables.
		if err := d.Migrate(ctx, schema()); err != nil {
			t.Error(err)
		}
		if err := d.Migrate(ctx, db.Schema{Office: `x"; DROP`, FS: broken}); !db.Misuse.Is(err) {
			t.Errorf("office name: %v", err)
		}
	})
}

func TestTextRulesAreAlike(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		put(t, d, `INSERT INTO trial_item (id) VALUES ('b'), ('B'), ('a'), ('_'), ('あ'), ('Z')`)
		if err := d.View(ctx, func(tx *db.Tx) error {
			scan := func(scan func(...any) error) (s string, err error) { return s, scan(&s) }
			got, err := db.Collect(ctx, tx, scan, `SELECT id FROM trial_item ORDER BY id`)
			if diff := cmp.Diff([]string{"B", "Z", "_", "a", "b", "あ"}, got); diff != "" {
				t.Error(diff)
			}
			if err != nil {
				return err
			}
			got, err = db.Collect(ctx, tx, scan, `SELECT id FROM trial_item WHERE id LIKE 'b%'`)
			if diff := cmp.Diff([]string{"b"}, got); diff != "" {
				t.Error(diff)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestDumpShowsEveryValue(t *testing.T) {
	var dumps []string
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		put(t, d, `INSERT INTO trial_item (id, n, raw) VALUES ('b', -7, $1), ('a', NULL, $2)`, []byte("x123456789018\x00\x123456"), []byte{})
		var b strings.Builder
		if err := d.Dump(ctx, &b); err != nil {
			t.Fatal(err)
		}
		var rows []string
		for line := range strings.Lines(b.String()) {
			if strings.HasPrefix(line, "trial_item\t") {
				rows = append(rows, line)
			}
		}
		want := []string{"trial_item\tid=a\tn=<null>\tat=<null>\tflag=<null>\traw=\n",
			"trial_item\tid=b\tn=-7\tat=<null>\tflag=<null>\traw=x123456789018<00><12>3456\n"}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Error(diff)
		}
		if !strings.Contains(b.String(), "trial_schema\t") {
			t.Error("the version table is missing")
		}
		dumps = append(dumps, strings.Join(rows, ""))
	})
	if len(dumps) == 2 && dumps[0] != dumps[1] {
		t.Error("the engines' dumps differ")
	}
}

func TestTimeOrderIsTextOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) time.Time {
			return time.UnixMilli(rapid.Int64Range(-2208988800000, 253402300799999).Draw(t, name)).UTC()
		}
		a, b := draw("a"), draw("b")
		if got, want := strings.Compare(db.Time(a), db.Time(b)), a.Compare(b); got != want {
			t.Fatalf("%s and %s compare %d as text and %d as instants", db.Time(a), db.Time(b), got, want)
		}
		if back, err := db.ParseTime(db.Time(a)); err != nil || !back.Equal(a) {
			t.Fatalf("%s came back as %v, %v", db.Time(a), back, err)
		}
	})
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2023-05-11T14:59:59.987Z", "", "2023-05-11T14:59:59Z", "2023-05-11T14:59:59.9870Z", "2023-02-29T00:00:00.000Z",
		"2023-05-11T14:59:59.987+09:00", "2023-05-11t14:59:59.987z", "2016-12-31T23:59:60.000Z", "2023-05-11T14:59:59,987Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := db.ParseTime(s)
		if err == nil && db.Time(got) != s {
			t.Errorf("%q was read and is written %q", s, db.Time(got))
		}
	})
}

func BenchmarkTxOneRow(b *testing.B) {
	dbtest.Bench(b, func(b *testing.B, d *db.DB) {
		if err := d.Migrate(ctx, schema()); err != nil {
			b.Fatal(err)
		}
		n := 0
		for b.Loop() {
			n++
			if err := d.Tx(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO trial_item (id, n) VALUES ($1, $2)`, fmt.Sprint(n), n)
				return err
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestLookWithoutDatabase(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, open func() *db.DB) {
		look := func(ctx context.Context, d *db.DB) error {
			return d.Look(ctx, func(tx *db.Tx) error { return tx.QueryRow(ctx, `SELECT COUNT(*) FROM trial_item`).Scan(new(int)) })
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if err := look(gone, d); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		if err := d.Look(ctx, func(tx *db.Tx) error { return tx.QueryRow(ctx, `SELECT nothing FROM nowhere`).Scan(new(int)) }); err == nil || db.CannotOpen.Is(err) {
			t.Errorf("a wrong statement: %v", err)
		}
		closed := open()
		if err := closed.Close(); err != nil {
			t.Fatal(err)
		}
		if err := look(ctx, closed); !db.CannotOpen.Is(err) {
			t.Errorf("closed: %v", err)
		}
	})
}

func TestLookIsOneSelect(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ func() *db.DB) {
		put(t, d, `INSERT INTO trial_item (id) VALUES ('a'), ('b')`)
		for range 20 { // more than there are connections: each gives its own back
			err := d.Look(ctx, func(tx *db.Tx) error {
				var n int
				if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM trial_item`).Scan(&n); err != nil || n != 2 {
					t.Errorf("%d rows, %v", n, err)
				}
				if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM trial_item`).Scan(&n); !db.Misuse.Is(err) {
					t.Errorf("a second statement: %v", err)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			err = d.Look(ctx, func(tx *db.Tx) error {
				rows, err := tx.Query(ctx, `SELECT id FROM trial_item`)
				if err != nil {
					return err
				}
				rows.Next()
				return nil // left open
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, write := range []string{`INSERT INTO trial_item (id) VALUES ('c')`, `INSERT INTO trial_item (id) VALUES ('c') RETURNING id`, ` DELETE FROM trial_item`, `WITH x AS (SELECT 1) DELETE FROM trial_item`} {
			err := d.Look(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, write); return err })
			if !db.Misuse.Is(err) {
				t.Errorf("%s: %v", write, err)
			}
			err = d.Look(ctx, func(tx *db.Tx) error { return tx.QueryRow(ctx, write).Scan(new(string)) })
			if !db.Misuse.Is(err) {
				t.Errorf("%s: %v", write, err)
			}
		}
		if n := count(t, d, "trial_item"); n != 2 {
			t.Errorf("%d rows", n)
		}
	})
}
