package db

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// writerLock is the advisory lock that every write transaction on PostgreSQL
// takes; migrationLock is held while tables are brought up to date. The values
// are arbitrary ("kado" in ASCII, and the next).
const (
	writerLock    = 0x6b61646f
	migrationLock = writerLock + 1
)

// attempts is how often a write transaction is run before Busy is returned.
const attempts = 8

// Tx is one transaction. It belongs to the goroutine of its callback and must
// not be kept after it.
type Tx struct {
	tx      statements
	dialect Dialect
	looks   bool  // for one SELECT alone, see Look
	whole   bool  // a statement that has begun is not broken off: it would take other acts along
	rows    *Rows // being read
	failed  error // of an earlier statement
}

// statements is what runs them: a transaction, or for Look the pool of readers.
type statements interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Tx runs f in a write transaction and commits it when f returns nil; it rolls
// back on an error or a panic of f.
//
// When the engine reports a passing conflict the whole of f runs again, a
// bounded number of times. f must therefore be repeatable: set outer variables
// anew in each run, and do nothing outside the database (that is what
// journal.Queue is for). When nothing helps the error is Busy and nothing was
// changed.
//
// f must not call Tx again: it would wait for itself. Acts that come at the same
// time share a commit (group.go); Tx returns after the commit that holds f. So f must
// not wait for a lock that somebody holds while calling Tx, either: both may be in one
// commit.
func (d *DB) Tx(ctx context.Context, f func(*Tx) error) error {
	var err error
	for n := range attempts {
		if n > 0 {
			// Spread repeated writers of several processes.
			pause := time.NewTimer(time.Duration(1+rand.IntN(min(5<<n, 50))) * time.Millisecond)
			select {
			case <-pause.C:
			case <-ctx.Done():
				pause.Stop()
				return ctx.Err()
			}
		}
		if err = d.once(ctx, f); err == nil || !isRetryable(err) {
			return err
		}
	}
	return Busy.Because(err)
}

// View runs f in a reading transaction: all its queries see one snapshot.
// Writing is refused by the engine. It may be used inside a Tx callback, and
// then does not see what that transaction has written.
func (d *DB) View(ctx context.Context, f func(*Tx) error) error {
	opts := &sql.TxOptions{}
	if d.dialect == Postgres {
		opts.ReadOnly, opts.Isolation = true, sql.LevelRepeatableRead
	}
	t, err := d.read.BeginTx(ctx, opts)
	if err != nil {
		return notBegun(ctx, err)
	}
	defer func() { _ = t.Rollback() }()
	return f(&Tx{tx: t, dialect: d.dialect})
}

// Look is View for one SELECT: a single statement sees one snapshot by itself, and
// beginning and ending a transaction would take as long as the statement. f may run no
// second statement and nothing but a SELECT (Misuse).
func (d *DB) Look(ctx context.Context, f func(*Tx) error) error {
	// The statement ends with its context: it may have to wait for a connection.
	t := &Tx{tx: d.read, dialect: d.dialect, looks: true}
	err := f(t)
	if t.rows != nil {
		_ = t.rows.Close()
	}
	return err
}

// notBegun names the failure of a transaction before its first statement.
func notBegun(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if isRetryable(err) {
		return err
	}
	return CannotOpen.Because(err)
}

// errLooked stands for the one statement of a look.
var errLooked = errors.New("db: a look is one statement")

// Dialect says which engine is behind.
func (t *Tx) Dialect() Dialect { return t.dialect }

// SkipLocked is the clause that makes a SELECT pass over rows another process
// has locked: "FOR UPDATE SKIP LOCKED" on PostgreSQL, nothing on SQLite, which
// has one writer.
func (t *Tx) SkipLocked() string {
	if t.dialect == Postgres {
		return "FOR UPDATE SKIP LOCKED"
	}
	return ""
}

func (t *Tx) begin(ctx *context.Context, query string, args []any) ([]any, error) {
	if t.whole {
		if err := (*ctx).Err(); err != nil {
			t.failed = err
			return nil, err
		}
		*ctx = context.WithoutCancel(*ctx)
	}
	if t.failed != nil {
		return nil, Misuse.Because(t.failed, "statement after a failed one")
	}
	if t.rows != nil {
		return nil, Misuse.New("statement while rows are being read")
	}
	if t.looks {
		if verb, _, _ := strings.Cut(strings.TrimLeft(query, " \t\n"), " "); verb != "SELECT" {
			return nil, Misuse.New("a look that is no SELECT")
		}
		t.failed = errLooked
	}
	return plain(args)
}

// Exec runs a statement and returns how many rows it touched.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	vals, err := t.begin(&ctx, query, args)
	if err != nil {
		return 0, err
	}
	res, err := t.tx.ExecContext(ctx, query, vals...)
	if err != nil {
		t.failed = err
		return 0, err
	}
	n, err := res.RowsAffected()
	if err != nil {
		t.failed = err
	}
	return n, err
}

// Query starts reading rows. Read them to the end or Close them before the next
// statement. Collect does both.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	vals, err := t.begin(&ctx, query, args)
	if err != nil {
		return nil, err
	}
	rows, err := t.tx.QueryContext(ctx, query, vals...)
	if err != nil {
		if t.looks && !ofEngine(err) {
			err = notBegun(ctx, err) // where View would not have begun
		}
		t.failed = err
		return nil, err
	}
	t.rows = &Rows{rows: rows, tx: t}
	return t.rows, nil
}

// QueryRow reads at most one row; errors come from its Scan.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *Row {
	rows, err := t.Query(ctx, query, args...)
	return &Row{rows: rows, err: err}
}

// Rows is the result of Query.
type Rows struct {
	rows *sql.Rows
	tx   *Tx
}

// Next goes to the next row; after the last it closes and returns false.
func (r *Rows) Next() bool {
	if r.rows.Next() {
		return true
	}
	_ = r.Close()
	return false
}

// Scan reads the present row into dest (see sql.Rows.Scan; use IntoTime for
// instants).
func (r *Rows) Scan(dest ...any) error {
	to := slices.Clone(dest)
	for i, d := range to {
		if b, ok := d.(*[]byte); ok {
			to[i] = (*intoBytes)(b)
		}
	}
	return r.rows.Scan(to...)
}

// Columns returns the names of the columns.
func (r *Rows) Columns() ([]string, error) { return r.rows.Columns() }

// Err returns what ended Next early, if anything.
func (r *Rows) Err() error {
	err := r.rows.Err()
	if err != nil {
		r.tx.failed = err
	}
	return err
}

// Close ends reading. Closing twice does nothing.
func (r *Rows) Close() error {
	if r.tx.rows == r {
		r.tx.rows = nil
	}
	if err := r.rows.Err(); err != nil {
		r.tx.failed = err
	}
	return r.rows.Close()
}

// Row is the result of QueryRow.
type Row struct {
	rows *Rows
	err  error
}

// Scan reads the row into dest, or returns ErrNoRows.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	if err := r.rows.Close(); err != nil {
		return err
	}
	return r.rows.Err()
}

// Collect reads all rows of a query with scan:
//
//	ids, err := db.Collect(ctx, tx, scanID, `SELECT id FROM t WHERE x = $1`, x)
//
// where scanID is a func(scan func(dest ...any) error) (string, error).
func Collect[T any](ctx context.Context, tx *Tx, scan func(scan func(dest ...any) error) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
