package production_test

import (
	"context"

	"kado/internal/municipality/counter/countertest"
	"kado/internal/platform/db"
)

func stateOf(town *countertest.Town, order, column string) (v string) {
	town.Tx(func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT `+column+` FROM production_order WHERE id = $1`, order).Scan(&v)
	})
	return v
}

func set(town *countertest.Town, order, column, v string) {
	town.Tx(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE production_order SET `+column+` = $1 WHERE id = $2`, v, order)
		return err
	})
}
