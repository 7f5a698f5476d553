package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
)

// maxStatements bounds how many prepared statements one connection keeps. Kado
// has some hundreds of different ones; what an office spells anew each time would
// push the others out and is bounded all the same.
const maxStatements = 400

// keepStatements opens a SQLite pool whose connections keep their prepared
// statements: parsing and planning an INSERT of thirty columns takes longer than
// carrying it out. PostgreSQL's driver does this by itself.
func keepStatements(url string) (*sql.DB, error) {
	plain, err := sql.Open("sqlite", url)
	if err != nil {
		return nil, err
	}
	d := plain.Driver()
	if err := plain.Close(); err != nil {
		return nil, err
	}
	return sql.OpenDB(connector{d, url}), nil
}

type connector struct {
	driver driver.Driver
	url    string
}

func (c connector) Driver() driver.Driver { return c.driver }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	inner, err := c.driver.Open(c.url)
	if err != nil {
		return nil, err
	}
	whole, ok := inner.(wholeConn)
	if !ok {
		return inner, nil
	}
	return &keeper{wholeConn: whole, kept: map[string]keptStmt{}}, nil
}

// wholeConn is what the driver's connections can do.
type wholeConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type keptStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keeper is a connection with its statements. database/sql uses a connection from
// one goroutine at a time, and Tx reads one set of rows at a time, so a kept
// statement is never run while it still runs.
type keeper struct {
	wholeConn
	kept map[string]keptStmt
}

// statement returns the kept statement of a query; nil where the query is not one
// to be kept (scripts, pragmas, table changes).
func (k *keeper) statement(ctx context.Context, query string) (keptStmt, error) {
	if s := k.kept[query]; s != nil {
		return s, nil
	}
	if !keepable(query) {
		return nil, nil
	}
	if len(k.kept) >= maxStatements {
		if err := k.forget(); err != nil {
			return nil, err
		}
	}
	made, err := k.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s, ok := made.(keptStmt)
	if !ok {
		return nil, made.Close()
	}
	k.kept[query] = s
	return s, nil
}

func keepable(query string) bool {
	if strings.Contains(query, ";") {
		return false
	}
	verb, _, _ := strings.Cut(strings.TrimLeft(query, " \t\n"), " ")
	switch verb {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "SAVEPOINT":
		return true
	}
	return false
}

// forget closes every statement.
func (k *keeper) forget() error {
	for q, s := range k.kept {
		delete(k.kept, q)
		if err := s.Close(); err != nil {
			return err
		}
	}
	return nil
}

// drop closes a statement that failed, whatever state it is in.
func (k *keeper) drop(query string) {
	if s := k.kept[query]; s != nil {
		delete(k.kept, query)
		_ = s.Close() // the failure itself is what is reported
	}
}

// ExecContext implements driver.ExecerContext.
func (k *keeper) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := k.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.wholeConn.ExecContext(ctx, query, args)
	}
	res, err := s.ExecContext(ctx, args)
	if err != nil {
		k.drop(query)
	}
	return res, err
}

// QueryContext implements driver.QueryerContext.
func (k *keeper) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := k.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.wholeConn.QueryContext(ctx, query, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		k.drop(query)
	}
	return rows, err
}

// Close closes the statements first.
func (k *keeper) Close() error {
	if err := k.forget(); err != nil {
		_ = k.wholeConn.Close()
		return err
	}
	return k.wholeConn.Close()
}
