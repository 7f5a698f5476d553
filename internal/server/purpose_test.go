package server_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/purpose"
	"kado/internal/server"
	"kado/jpki"
)

// onBoth runs f with the address of an empty database of each engine.
func onBoth(t *testing.T, f func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) { f(t, dbtest.SQLiteURL(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, dbtest.PostgresURL(t)) })
}

// inProduction opens a database as kado serve --production does, and closes it.
func inProduction(t *testing.T, url string, keys keystore.Store) error {
	t.Helper()
	h, err := server.Open(ctx, server.Config{DB: url, Purpose: purpose.Production, Keys: keys, Clock: clock.NewManual(start), Entropy: entropy.System(),
		Settings: jpki.DefaultSettings(), LoginVerifier: "ver_login"})
	if err != nil {
		return err
	}
	r, err := h.Check(ctx)
	if err != nil || r.Purpose != purpose.Production || len(r.Findings) > 0 {
		t.Errorf("the check of production: %+v, %v", r, err)
	}
	return h.Close()
}

// within runs f in a transaction of the database, beside whoever has it open.
func within(t *testing.T, url string, f func(tx *db.Tx) error) {
	t.Helper()
	d, err := db.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Tx(ctx, f); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// state is what is recorded: the purpose and the journal's end.
func state(t *testing.T, url string) (s string) {
	t.Helper()
	within(t, url, func(tx *db.Tx) error {
		is, err := purpose.Of(ctx, tx)
		if err != nil {
			return err
		}
		head, err := journal.Latest(ctx, tx)
		s = fmt.Sprintf("%q %d %x", is, head.Seq, head.Hash)
		return err
	})
	return s
}

func forget(t *testing.T, url string) {
	t.Helper()
	within(t, url, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM purpose_mark`)
		return err
	})
}

// A sandbox's database is never opened for production, nor one of production for a
// sandbox, whether its purpose is recorded or it is older than the record; what is
// refused stays as it was.
func TestPurpose_NeitherTakesTheOthersDatabase(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		o := options(filepath.Join(t.TempDir(), "world"))
		o.Keys, o.Database = keystore.NewMemory(), url
		shut(t, open(t, o))
		for _, recorded := range []bool{true, false} {
			if !recorded {
				forget(t, url)
			}
			before := state(t, url)
			if err := inProduction(t, url, o.Keys); !server.SandboxDatabase.Is(err) {
				t.Errorf("recorded %v: production on a sandbox's database: %v", recorded, err)
			}
			if got := state(t, url); got != before {
				t.Errorf("recorded %v: the refusal has changed %s into %s", recorded, before, got)
			}
		}
		// Its own sandbox knows it again, and records it.
		box := open(t, o)
		if r, err := box.House.Check(ctx); err != nil || r.Purpose != purpose.Sandbox || len(r.Findings) > 0 {
			t.Errorf("%+v, %v", r, err)
		}
		shut(t, box)
	})
	onBoth(t, func(t *testing.T, url string) {
		keys := keystore.NewMemory()
		if err := inProduction(t, url, keys); err != nil {
			t.Fatal(err)
		}
		dir := kept(t)
		for _, recorded := range []bool{true, false} {
			if !recorded {
				forget(t, url)
			}
			before := state(t, url)
			for _, o := range []server.SandboxOptions{{Dir: dir, MustExist: true, Keys: keys, Database: url}, {Default: start, Municipality: "13221", Keys: keys, Database: url}} {
				if box, err := server.OpenSandbox(ctx, o); !server.ProductionDatabase.Is(err) {
					t.Errorf("recorded %v: a sandbox on a database of production: %v", recorded, err)
					if err == nil {
						shut(t, box)
					}
				}
			}
			if got := state(t, url); got != before {
				t.Errorf("recorded %v: the refusal has changed %s into %s", recorded, before, got)
			}
		}
		// Production goes on with it.
		if err := inProduction(t, url, keys); err != nil {
			t.Error(err)
		}
	})
}
