package custody

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"time"

	"kado/internal/platform/db"
	"kado/mynumber"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is custody's tables.
func Schema() db.Schema {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic("custody: " + err.Error()) // the folder is part of the program
	}
	return db.Schema{Office: "custody", FS: sub}
}

const columns = `card, municipality, branch, state, place, custodian, since, consignment`

func scanItem(scan func(...any) error) (Item, error) {
	var i Item
	return i, scan(&i.Card, &i.Municipality, &i.Branch, &i.State, &i.Place, &i.Custodian, db.IntoTime(&i.Since), &i.Consignment)
}

func load(ctx context.Context, tx *db.Tx, card mynumber.CardID) (Item, error) {
	i, err := scanItem(tx.QueryRow(ctx, `SELECT `+columns+` FROM custody_item WHERE card = $1`, string(card)).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return Item{}, NotHere.New()
	}
	return i, err
}

// present lists what must be scanned at the end of the day: what lies in the
// store, and what a desk holds.
func present(ctx context.Context, tx *db.Tx, branch string) ([]Item, error) {
	return db.Collect(ctx, tx, scanItem, `SELECT `+columns+` FROM custody_item
		WHERE branch = $1 AND state IN ('stored', 'taken_out') ORDER BY card`, branch)
}

func insert(ctx context.Context, tx *db.Tx, i Item) error {
	_, err := tx.Exec(ctx, `INSERT INTO custody_item (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		string(i.Card), string(i.Municipality), i.Branch, string(i.State), i.Place, i.Custodian, i.Since, i.Consignment)
	return err
}

func update(ctx context.Context, tx *db.Tx, i Item, from State) error {
	n, err := tx.Exec(ctx, `UPDATE custody_item SET state = $1, place = $2, custodian = $3, since = $4 WHERE card = $5 AND state = $6`,
		string(i.State), i.Place, i.Custodian, i.Since, string(i.Card), string(from))
	if err == nil && n != 1 {
		err = NotInThisState.New()
	}
	return err
}

func moved(ctx context.Context, tx *db.Tx, card mynumber.CardID, act, giver, taker, reason string, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO custody_move (card, seq, act, giver, taker, reason, moved_at)
		SELECT $1, COUNT(*) + 1, $2, $3, $4, $5, $6 FROM custody_move WHERE card = $1`,
		string(card), act, giver, taker, reason, at)
	return err
}

// slots is how many slots of a branch's store were ever used. None is used
// twice, so that a place in the journal names one card for ever.
func slots(ctx context.Context, tx *db.Tx, branch string) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT COUNT(*) FROM custody_item WHERE branch = $1`, branch).Scan(&n)
	return n, err
}

// stillOpen refuses once the day's closing count was recorded: the store is
// locked, and what moved after it would be in no count of the day.
func stillOpen(ctx context.Context, tx *db.Tx, branch string, day mynumber.Date) error {
	var n int
	err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM custody_count WHERE branch = $1 AND day = $2`, branch, day.String()).Scan(&n)
	if err == nil && n > 0 {
		err = DayClosed.New(day.String())
	}
	return err
}

// givenIn returns the session in which a card was given to its holder.
func givenIn(ctx context.Context, tx *db.Tx, card mynumber.CardID) (session string, err error) {
	err = tx.QueryRow(ctx, `SELECT reason FROM custody_move WHERE card = $1 AND act = 'give'`, string(card)).Scan(&session)
	return session, err
}
