package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// Dialect is one of the two engines. SQL is the same for both; the few places
// that need to know ask Tx.Dialect.
type Dialect string

// The engines.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// readers is how many reading transactions one process runs at once.
const readers = 8

// DB is one open database. Safe for concurrent use.
type DB struct {
	dialect Dialect
	path    string  // SQLite only
	write   *sql.DB // one connection
	read    *sql.DB
	writers writers // of this process queue here
}

// Open opens the database at url: "sqlite:PATH" (made if it does not exist,
// readable by its owner only) or "postgres://…" (must exist, encoding UTF8,
// collation C). Other schemes are refused with UnknownScheme. Close it after
// use.
func Open(ctx context.Context, url string) (*DB, error) {
	scheme, rest, ok := strings.Cut(url, ":")
	switch {
	case ok && scheme == "sqlite" && rest != "" && !strings.HasPrefix(rest, ":") && !strings.Contains(rest, "\x00"):
		return openSQLite(ctx, rest)
	case ok && (scheme == "postgres" || scheme == "postgresql") && strings.HasPrefix(rest, "//"):
		return openPostgres(ctx, url)
	case ok && len(scheme) <= 20:
		return nil, UnknownScheme.New(scheme)
	}
	// The rest of the address may hold a password and is not repeated.
	return nil, UnknownScheme.New("?")
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	// SQLite gives its side files the permissions of the main file.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, CannotOpen.Because(err)
	}
	if err := f.Close(); err != nil {
		return nil, CannotOpen.Because(err)
	}
	base := "file:" + escapePath(path) +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=case_sensitive_like(1)"
	d := &DB{dialect: SQLite, path: path}
	if d.write, err = keepStatements(base + "&_txlock=immediate"); err == nil {
		d.read, err = keepStatements(base + "&_pragma=query_only(1)")
	}
	return d.ready(ctx, err)
}

// escapePath keeps SQLite's URI syntax from reading a file name as options.
func escapePath(path string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}

func openPostgres(ctx context.Context, url string) (*DB, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		// The driver's error repeats parts of the address; its text stays out.
		return nil, UnknownScheme.New("postgres")
	}
	cfg.RuntimeParams["timezone"] = "UTC"
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "kado"
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 10 * time.Second
	}
	d := &DB{dialect: Postgres, write: stdlib.OpenDB(*cfg), read: stdlib.OpenDB(*cfg)}
	if d, err = d.ready(ctx, nil); err != nil {
		return nil, err
	}
	var encoding, collation string
	err = d.read.QueryRowContext(ctx, `SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = current_database()`).
		Scan(&encoding, &collation)
	if err != nil {
		return nil, errors.Join(CannotOpen.Because(err), d.Close())
	}
	switch collation {
	case "C", "POSIX", "C.UTF-8", "C.utf8":
	default:
		return nil, errors.Join(UnfitServer.New(encoding, collation), d.Close())
	}
	if encoding != "UTF8" {
		return nil, errors.Join(UnfitServer.New(encoding, collation), d.Close())
	}
	return d, nil
}

// ready sets the pools up and makes sure that both answer.
func (d *DB) ready(ctx context.Context, err error) (*DB, error) {
	if err == nil {
		d.write.SetMaxOpenConns(1)
		d.read.SetMaxOpenConns(readers)
		d.read.SetMaxIdleConns(readers)
		// The writer comes first: it turns a new SQLite file to WAL.
		if err = d.write.PingContext(ctx); err == nil {
			err = d.read.PingContext(ctx)
		}
	}
	if err != nil {
		return nil, errors.Join(CannotOpen.Because(err), d.Close())
	}
	return d, nil
}

// Dialect says which engine is behind.
func (d *DB) Dialect() Dialect { return d.dialect }

// Close waits for running transactions and closes all connections.
func (d *DB) Close() error {
	var errs []error
	// The writer closes last, so that SQLite folds its log into the file.
	for _, p := range []*sql.DB{d.read, d.write} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("db: closing: %w", err)
	}
	return nil
}

// Ping reports whether the database answers (for /readyz).
func (d *DB) Ping(ctx context.Context) error {
	if err := d.read.PingContext(ctx); err != nil {
		return CannotOpen.Because(err)
	}
	return nil
}
