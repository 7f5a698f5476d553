// Package purpose records in a database what it is for. A sandbox's people are
// fictitious, their PINs are listed on a page and its keys lie beside their
// passphrase; served in production, all of it would be taken for real.
package purpose

import (
	"context"
	"embed"
	"errors"
	"io/fs"

	"kado/internal/platform/db"
)

// Purpose is what a database is for.
type Purpose string

// The purposes.
const (
	Sandbox    Purpose = "sandbox"
	Production Purpose = "production"
)

//go:embed schema/*.sql
var files embed.FS

// Schema returns the table purpose_mark.
func Schema() db.Schema {
	sub, err := fs.Sub(files, "schema")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return db.Schema{Office: "purpose", FS: sub}
}

// Of returns what is recorded; "" for a database that is new, or older than the
// record.
func Of(ctx context.Context, tx *db.Tx) (p Purpose, err error) {
	err = tx.QueryRow(ctx, `SELECT purpose FROM purpose_mark WHERE id = 1`).Scan(&p)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return p, err
}

// Record records the purpose, once: there is no way to give a database another.
func Record(ctx context.Context, tx *db.Tx, p Purpose) error {
	_, err := tx.Exec(ctx, `INSERT INTO purpose_mark (id, purpose) VALUES (1, $1)`, p)
	return err
}
