package registry

import (
	"context"
	"errors"
	"fmt"

	"kado/internal/platform/db"
	"kado/mynumber"
)

// Check looks for what must never be: a person in no known standing, a death
// without date, a version whose history has gaps or ends differently.
func (o *Office) Check(ctx context.Context) ([]string, error) {
	var out []string
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		out = nil
		people, err := db.Collect(ctx, tx, scanPerson, `SELECT `+columns+` FROM registry_person ORDER BY id`)
		if err != nil {
			return err
		}
		for _, p := range people {
			if !Standings.Known(p.Standing) {
				out = append(out, fmt.Sprintf("registry: person %s is in the unknown standing %q", p.ID, p.Standing))
			}
			if (p.Standing == Dead) == p.DiedOn.IsZero() {
				out = append(out, fmt.Sprintf("registry: person %s: standing %s and date of death disagree", p.ID, p.Standing))
			}
			if err := check(p, mynumber.Date{Year: 9999, Month: 12, Day: 31}); err != nil {
				out = append(out, fmt.Sprintf("registry: person %s: %v", p.ID, err))
			}
			var n int
			err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM registry_history WHERE person = $1 AND version BETWEEN 1 AND $2`, p.ID, p.Version).Scan(&n)
			if err != nil {
				return err
			}
			last := p
			err = tx.QueryRow(ctx, `SELECT standing, municipality, name, address FROM registry_history WHERE person = $1 AND version = $2`, p.ID, p.Version).
				Scan(&last.Standing, &last.Municipality, &last.Attributes.Name, &last.Attributes.Address)
			if err != nil && !errors.Is(err, db.ErrNoRows) {
				return err
			}
			if last != p {
				out = append(out, fmt.Sprintf("registry: person %s is not as the last change left them", p.ID))
			}
			if n != p.Version {
				out = append(out, fmt.Sprintf("registry: person %s is at version %d with a history of %d", p.ID, p.Version, n))
			}
		}
		return nil
	})
	return out, err
}

// IDs returns every person's id, for checks over the whole house.
func (o *Office) IDs(ctx context.Context) ([]string, error) {
	var out []string
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		out, err = db.Collect(ctx, tx, func(scan func(...any) error) (id string, err error) { return id, scan(&id) },
			`SELECT id FROM registry_person ORDER BY id`)
		return err
	})
	return out, err
}
