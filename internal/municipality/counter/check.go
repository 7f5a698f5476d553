package counter

import (
	"context"
	"fmt"

	"kado/internal/platform/db"
)

// Check looks for what must never be: a session that went on without an
// identity check, or a delivery in which clerk and checker are one.
func (o *Office) Check(ctx context.Context) ([]string, error) {
	var out []string
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		out = nil
		all, err := db.Collect(ctx, tx, scanRow, `SELECT `+columns+` FROM counter_session ORDER BY id`)
		if err != nil {
			return err
		}
		for _, s := range all {
			var docs int
			if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM counter_document WHERE session = $1`, s.ID).Scan(&docs); err != nil {
				return err
			}
			went := s.State == Identified || s.State == Proved || s.State == Done
			switch {
			case !Sessions.Known(s.State):
				out = append(out, fmt.Sprintf("counter: session %s is in the unknown state %q", s.ID, s.State))
			case went && (docs == 0 || s.Checker == ""):
				out = append(out, fmt.Sprintf("counter: session %s is %s without identity documents", s.ID, s.State))
			case went && s.Purpose == Delivery && s.Checker == s.Clerk:
				out = append(out, fmt.Sprintf("counter: session %s delivered by one person alone", s.ID))
			}
		}
		return nil
	})
	return out, err
}
