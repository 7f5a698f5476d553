package production

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"kado/internal/platform/db"
	"kado/mynumber"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is production's tables.
func Schema() db.Schema {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic("production: " + err.Error()) // the folder is part of the program
	}
	return db.Schema{Office: "production", FS: sub}
}

// row is an order with what only this office needs.
type row struct {
	Order
	digests   map[string]string // "application/file" to SHA-256 in hex, as written
	session   [16]byte
	startedAt time.Time // zero until keys were made for it
	writtenBy string
	version   int
}

const columns = `id, application, person, card, state, photo_digest, chip_photo, keys, digests, session, started_at, written_by, consignment, placed_at, version`

func scanRow(scan func(...any) error) (row, error) {
	var r row
	var photo, chip, session []byte
	var keys, digests string
	err := scan(&r.ID, &r.Application, &r.Person, &r.Card, &r.State, &photo, &chip, &keys, &digests, &session,
		db.IntoTime(&r.startedAt), &r.writtenBy, &r.Consignment, db.IntoTime(&r.PlacedAt), &r.version)
	if err != nil {
		return row{}, err
	}
	if len(photo) != 32 || len(chip) != 32 || len(session) != 16 {
		return row{}, fmt.Errorf("production: order %s has a digest or session of the wrong length", r.ID)
	}
	r.PhotoDigest, r.ChipPhoto, r.session = [32]byte(photo), [32]byte(chip), [16]byte(session)
	return r, errors.Join(json.Unmarshal([]byte(keys), &r.Keys), json.Unmarshal([]byte(digests), &r.digests))
}

func load(ctx context.Context, tx *db.Tx, id string) (row, error) {
	r, err := scanRow(tx.QueryRow(ctx, `SELECT `+columns+` FROM production_order WHERE id = $1`, id).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return row{}, NoSuchOrder.New()
	}
	return r, err
}

// living returns the application's order that has not failed.
func living(ctx context.Context, tx *db.Tx, a mynumber.ApplicationID) (row, bool, error) {
	r, err := scanRow(tx.QueryRow(ctx, `SELECT `+columns+` FROM production_order WHERE application = $1 AND state <> 'failed'`, string(a)).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return row{}, false, nil
	}
	return r, err == nil, err
}

// ofCard returns the order that made a card.
func ofCard(ctx context.Context, tx *db.Tx, c mynumber.CardID) (row, bool, error) {
	r, err := scanRow(tx.QueryRow(ctx, `SELECT `+columns+` FROM production_order WHERE card = $1`, string(c)).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return row{}, false, nil
	}
	return r, err == nil, err
}

func insert(ctx context.Context, tx *db.Tx, r row) error {
	_, err := tx.Exec(ctx, `INSERT INTO production_order (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '{}', '{}', $8, '', '', '', $9, 1)`,
		r.ID, string(r.Application), r.Person, string(r.Card), string(r.State), r.PhotoDigest[:], r.ChipPhoto[:], r.session[:], r.PlacedAt)
	return err
}

func update(ctx context.Context, tx *db.Tx, r row) error {
	keys, err := json.Marshal(r.Keys)
	if err != nil {
		return err
	}
	digests, err := json.Marshal(r.digests)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE production_order SET state = $1, chip_photo = $2, keys = $3, digests = $4, started_at = $5,
		written_by = $6, consignment = $7, version = $8 WHERE id = $9 AND version = $10`,
		string(r.State), r.ChipPhoto[:], string(keys), string(digests), r.startedAt, r.writtenBy, r.Consignment, r.version+1, r.ID, r.version)
	if err == nil && n != 1 {
		err = fmt.Errorf("production: order %s changed underfoot", r.ID)
	}
	return err
}

func loadConsignment(ctx context.Context, tx *db.Tx, id string) (Consignment, error) {
	c := Consignment{ID: id}
	err := tx.QueryRow(ctx, `SELECT municipality, state, sent_at FROM production_consignment WHERE id = $1`, id).
		Scan(&c.Municipality, &c.State, db.IntoTime(&c.SentAt))
	if errors.Is(err, db.ErrNoRows) {
		return Consignment{}, NoSuchConsignment.New()
	}
	if err != nil {
		return Consignment{}, err
	}
	c.Cards, err = db.Collect(ctx, tx, func(scan func(...any) error) (id mynumber.CardID, err error) { return id, scan(&id) },
		`SELECT card FROM production_manifest WHERE consignment = $1 ORDER BY line`, id)
	return c, err
}
