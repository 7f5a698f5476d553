package db_test

import (
	"context"
	"fmt"
	"testing"

	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
)

// Kept statements are only quicker: more of them than are kept, one that failed,
// and a table that changed under them give the same answers.
func TestKeptStatementsChangeNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		d, ctx := open(), context.Background()
		do := func(f func(tx *db.Tx) error) error { t.Helper(); return d.Tx(ctx, f) }
		exec := func(sql string, args ...any) error {
			return do(func(tx *db.Tx) error { _, err := tx.Exec(ctx, sql, args...); return err })
		}
		for _, sql := range []string{`CREATE TABLE kept_t (id BIGINT PRIMARY KEY)`, `INSERT INTO kept_t (id) VALUES (1)`} {
			if err := exec(sql); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			if err := exec(`INSERT INTO kept_t (id) VALUES ($1)`, 1); err == nil {
				t.Fatal("twice the same key")
			}
		}
		for i := range 900 {
			var n int
			err := d.View(ctx, func(tx *db.Tx) error {
				return tx.QueryRow(ctx, fmt.Sprintf(`SELECT id + %d FROM kept_t WHERE id = $1`, i), 1).Scan(&n)
			})
			if err != nil || n != i+1 {
				t.Fatalf("%d: %d, %v", i, n, err)
			}
		}
		if err := exec(`ALTER TABLE kept_t ADD COLUMN more TEXT NOT NULL DEFAULT 'x'`); err != nil {
			t.Fatal(err)
		}
		if err := exec(`INSERT INTO kept_t (id) VALUES ($1)`, 2); err != nil {
			t.Fatal(err)
		}
		var more string
		err := d.View(ctx, func(tx *db.Tx) error {
			return tx.QueryRow(ctx, `SELECT more FROM kept_t WHERE id = $1`, 2).Scan(&more)
		})
		if err != nil || more != "x" {
			t.Errorf("%q, %v", more, err)
		}
	})
}
