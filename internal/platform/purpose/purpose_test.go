package purpose_test

import (
	"context"
	"testing"

	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/purpose"
)

// A purpose is recorded once, is read by whoever opens the database next, and is
// replaced neither by the other nor by a word of its own making.
func TestPurposeIsForGood(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, d := context.Background(), open()
		if err := d.Migrate(ctx, purpose.Schema()); err != nil {
			t.Fatal(err)
		}
		is := func(d *db.DB, want purpose.Purpose) {
			t.Helper()
			err := d.View(ctx, func(tx *db.Tx) error {
				got, err := purpose.Of(ctx, tx)
				if got != want {
					t.Errorf("%q is recorded, not %q", got, want)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		record := func(p purpose.Purpose) error {
			return d.Tx(ctx, func(tx *db.Tx) error { return purpose.Record(ctx, tx, p) })
		}
		is(d, "")
		if err := record("rehearsal"); err == nil {
			t.Error("an unknown purpose was recorded")
		}
		is(d, "")
		if err := record(purpose.Sandbox); err != nil {
			t.Fatal(err)
		}
		for _, p := range []purpose.Purpose{purpose.Production, purpose.Sandbox} {
			if err := record(p); err == nil {
				t.Errorf("%s was recorded a second time", p)
			}
		}
		is(open(), purpose.Sandbox)
	})
}
