package db

import (
	"context"
	"database/sql"
	"io/fs"
	"regexp"

	"github.com/pressly/goose/v3"
)

// Schema is one office's tables: numbered goose files (00001_name.sql, …) at
// the root of FS. Their state is kept in the table <Office>_schema.
type Schema struct {
	Office string // lower-case letters; the prefix of all its tables
	FS     fs.FS
}

var officeName = regexp.MustCompile(`^[a-z]{2,20}$`)

// Migrate brings the tables of all schemas up to date, in the order given.
// Processes that start at once take turns. A failed step is rolled back, the
// steps before it stay.
func (d *DB) Migrate(ctx context.Context, schemas ...Schema) (err error) {
	release, err := d.lockMigration(ctx)
	if err != nil {
		return err
	}
	defer release()
	for _, s := range schemas {
		if !officeName.MatchString(s.Office) {
			return Misuse.New("schema name")
		}
		if err := d.migrateOne(ctx, s); err != nil {
			return MigrationFailed.Because(err, s.Office)
		}
	}
	return nil
}

func (d *DB) migrateOne(ctx context.Context, s Schema) error {
	dialect := goose.DialectSQLite3
	if d.dialect == Postgres {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, d.write, s.FS,
		goose.WithTableName(s.Office+"_schema"),
		goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	// The provider is not closed: that would close the pool.
	_, err = p.Up(ctx)
	return err
}

// lockMigration keeps other processes from migrating until release. On
// PostgreSQL it is a session's advisory lock; on SQLite an exclusive
// transaction on an empty side file, which works on every system and ends with
// the process. The side file stays (removing it would let two processes hold
// two files of one name).
func (d *DB) lockMigration(ctx context.Context) (release func(), err error) {
	pool, begin, end := d.read, `SELECT pg_advisory_lock($1)`, `SELECT pg_advisory_unlock($1)`
	args := []any{int64(migrationLock)}
	if d.dialect == SQLite {
		side, err := openSide(d.path + ".lock")
		if err != nil {
			return nil, CannotOpen.Because(err)
		}
		pool, begin, end, args = side, `BEGIN EXCLUSIVE`, `ROLLBACK`, nil
	}
	closeSide := func() {
		if d.dialect == SQLite {
			_ = pool.Close()
		}
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		closeSide()
		return nil, CannotOpen.Because(err)
	}
	if _, err := conn.ExecContext(ctx, begin, args...); err != nil {
		_ = conn.Close()
		closeSide()
		return nil, Busy.Because(err)
	}
	return func() {
		// The caller's context may have ended; the lock must go all the same.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), end, args...)
		_ = conn.Close()
		closeSide()
	}, nil
}

func openSide(path string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+escapePath(path)+"?_pragma=busy_timeout(60000)")
}
