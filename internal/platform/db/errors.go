package db

import (
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// ErrNoRows is what Row.Scan returns where no row was found.
var ErrNoRows = sql.ErrNoRows

// Result codes of SQLite (https://www.sqlite.org/rescode.html). The low byte is
// the primary code.
const (
	sqliteBusy             = 5
	sqliteLocked           = 6
	sqliteConstraintPK     = 1555
	sqliteConstraintUnique = 2067
	sqliteConstraintRowid  = 2579
)

// SQLSTATE codes of PostgreSQL (documentation, appendix A).
const (
	pgUniqueViolation      = "23505"
	pgSerializationFailure = "40001"
	pgDeadlock             = "40P01"
	pgFeatureNotSupported  = "0A000" // a cached plan outlived a change of its table
)

// IsDuplicate reports whether err says that a primary key or unique value is
// already there. It goes by the engines' error codes. The transaction can only
// be rolled back after it.
func IsDuplicate(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() {
		case sqliteConstraintPK, sqliteConstraintUnique, sqliteConstraintRowid:
			return true
		}
		return false
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == pgUniqueViolation
}

// ofEngine reports whether an engine refused a statement, and not the way to it.
func ofEngine(err error) bool {
	var refused *pgconn.ConnectError
	if errors.As(err, &refused) {
		return false
	}
	var lite *sqlite.Error
	var pg *pgconn.PgError
	return errors.As(err, &lite) || errors.As(err, &pg)
}

// isRetryable reports whether the same transaction may succeed when run again.
func isRetryable(err error) bool {
	if errors.Is(err, errGroupLost) {
		return true
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		primary := lite.Code() & 0xff
		return primary == sqliteBusy || primary == sqliteLocked
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case pgSerializationFailure, pgDeadlock, pgFeatureNotSupported:
			return true
		}
	}
	return false
}
