// Package dbtest runs store suites on both engines.
//
// PostgreSQL is taken from KADO_TEST_POSTGRES (the URL of a server where the
// tests may create databases), or else a private cluster is started once per
// test binary from the installed programs. Without either the PostgreSQL half is
// skipped, and fails where CI=true.
package dbtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"kado/internal/platform/db"
)

// Each runs f twice, as subtests "sqlite" and "postgres". open returns a new
// handle on the subtest's own empty database each time it is called, so that a
// test can play several processes; handles are closed when the subtest ends.
func Each(t *testing.T, f func(t *testing.T, open func() *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, opener(t, SQLiteURL(t))) })
	t.Run("postgres", func(t *testing.T) { f(t, opener(t, PostgresURL(t))) })
}

// SQLite returns a handle on a new SQLite database with the schemas applied,
// for tests of pages and rules that need a database but not both.
func SQLite(t testing.TB, schemas ...db.Schema) *db.DB {
	t.Helper()
	d := opener(t, SQLiteURL(t))()
	if err := d.Migrate(context.Background(), schemas...); err != nil {
		t.Fatal(err)
	}
	return d
}

// Bench returns handles on new databases on both engines for benchmarks, with
// fsync as the machine has it on SQLite and as the cluster has it (off for the
// private one) on PostgreSQL.
func Bench(b *testing.B, f func(b *testing.B, d *db.DB)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { f(b, opener(b, SQLiteURL(b))()) })
	b.Run("postgres", func(b *testing.B) { f(b, opener(b, PostgresURL(b))()) })
}

// SQLiteURL returns the address of a new database in the test's folder.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "kado.db")
}

// PostgresURL returns the address of a new database that is dropped when the
// test ends.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("KADO_TEST_POSTGRES")
	if server == "" {
		c, err := cluster()
		switch {
		case err == nil:
			server = c
		case os.Getenv("CI") == "true":
			t.Fatalf("PostgreSQL is needed where CI=true: %v", err)
		default:
			t.Skipf("NOT TESTED ON POSTGRESQL: %v", err)
		}
	}
	var raw [8]byte
	if _, err := rand.Read(raw[:]); err != nil {
		t.Fatal(err)
	}
	name := "kado_test_" + hex.EncodeToString(raw[:])
	admin(t, server, fmt.Sprintf(`CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`, name))
	t.Cleanup(func() { admin(t, server, fmt.Sprintf(`DROP DATABASE %s WITH (FORCE)`, name)) })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("KADO_TEST_POSTGRES is not a URL")
	}
	u.Path = "/" + name
	return u.String()
}

func admin(t testing.TB, server, statement string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatalf("connecting to the test server: %v", err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func opener(t testing.TB, address string) func() *db.DB {
	return func() *db.DB {
		t.Helper()
		d, err := db.Open(context.Background(), address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
		return d
	}
}
