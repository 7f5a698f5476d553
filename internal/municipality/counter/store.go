package counter

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"kado/internal/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the counter's tables.
func Schema() db.Schema {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic("counter: " + err.Error()) // the folder is part of the program
	}
	return db.Schema{Office: "counter", FS: sub}
}

const columns = `id, wire, person, card, purpose, state, clerk, checker, terminal, opened_at, expires_at, version`

type row struct {
	Session
	version int
}

func scanRow(scan func(...any) error) (row, error) {
	var r row
	var wire []byte
	err := scan(&r.ID, &wire, &r.Person, &r.Card, &r.Purpose, &r.State, &r.Clerk, &r.Checker, &r.Terminal,
		db.IntoTime(&r.OpenedAt), db.IntoTime(&r.ExpiresAt), &r.version)
	if err != nil {
		return row{}, err
	}
	if len(wire) != len(r.Wire) {
		return row{}, fmt.Errorf("counter: session %s has a wire id of %d bytes", r.ID, len(wire))
	}
	r.Wire = [16]byte(wire)
	return r, nil
}

func load(ctx context.Context, tx *db.Tx, id string) (row, error) {
	r, err := scanRow(tx.QueryRow(ctx, `SELECT `+columns+` FROM counter_session WHERE id = $1`, id).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return row{}, NoSuchSession.New()
	}
	return r, err
}

func insert(ctx context.Context, tx *db.Tx, s Session) error {
	_, err := tx.Exec(ctx, `INSERT INTO counter_session (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)`,
		s.ID, s.Wire[:], s.Person, string(s.Card), string(s.Purpose), string(s.State), s.Clerk, s.Checker, s.Terminal, s.OpenedAt, s.ExpiresAt)
	return err
}

func update(ctx context.Context, tx *db.Tx, r row) error {
	n, err := tx.Exec(ctx, `UPDATE counter_session SET state = $1, checker = $2, version = $3 WHERE id = $4 AND version = $5`,
		string(r.State), r.Checker, r.version+1, r.ID, r.version)
	if err == nil && n != 1 {
		err = fmt.Errorf("counter: session %s changed underfoot", r.ID)
	}
	return err
}
