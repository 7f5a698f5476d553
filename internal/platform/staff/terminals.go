package staff

import (
	"context"

	"kado/internal/platform/db"
)

// AddTerminal registers a terminal at a branch.
func AddTerminal(ctx context.Context, tx *db.Tx, id, branch string, who Who) error {
	if !idForm.MatchString(id) {
		return Malformed.New("id")
	}
	if _, err := GetBranch(ctx, tx, branch); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO staff_terminal (id, branch, state, since) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING`,
		id, branch, Terminals.Initial, who.At)
	if err != nil {
		return err
	}
	if n == 0 {
		return Exists.New(id)
	}
	return who.write(ctx, tx, TerminalChanged, map[string]string{"terminal": id, "act": "add"})
}

// GetTerminal returns a terminal, or Unknown.
func GetTerminal(ctx context.Context, tx *db.Tx, id string) (t Terminal, err error) {
	err = tx.QueryRow(ctx, `SELECT id, branch, state, since FROM staff_terminal WHERE id = $1`, id).
		Scan(&t.ID, &t.Branch, &t.State, db.IntoTime(&t.Since))
	return t, missing(err, id)
}

// MoveTerminal applies an act of Terminals ("report_missing", "find",
// "retire"), or refuses it with NotNow.
func MoveTerminal(ctx context.Context, tx *db.Tx, id, act string, who Who) error {
	t, err := GetTerminal(ctx, tx, id)
	if err != nil {
		return err
	}
	to, ok := Terminals.Next(t.State, act)
	if !ok {
		return NotNow.New(string(t.State))
	}
	if _, err := tx.Exec(ctx, `UPDATE staff_terminal SET state = $1, since = $2 WHERE id = $3`, to, who.At, id); err != nil {
		return err
	}
	return who.write(ctx, tx, TerminalChanged, map[string]string{"terminal": id, "act": act})
}
