package cards

import (
	"context"
	"testing"

	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
)

// What fsck must see.
func TestCheck_FindsWhatWasAltered(t *testing.T) {
	for name, sql := range map[string]string{
		"unknown state":       `UPDATE cards_card SET state = 'lent'`,
		"ended without cause": `UPDATE cards_card SET state = 'abolished'`,
		"cause without end":   `UPDATE cards_card SET end_reason = 'death'`,
		"suspended since":     `UPDATE cards_card SET suspended_at = changed_at`,
		"suspended not since": `UPDATE cards_card SET state = 'suspended'`,
		"dates turned round":  `UPDATE cards_card SET expires_on = '2020-01-01'`,
		"made too early":      `UPDATE cards_card SET issued_on = '2020-01-01'`,
		"changed too early":   `UPDATE cards_card SET changed_at = '2020-01-01T00:00:00.000Z'`,
		"no key":              `UPDATE cards_card SET card_key = NULL`,
		"junk key":            `UPDATE cards_card SET card_key = 'junk'`,
		"junk transport key":  `UPDATE cards_card SET transport_key = 'junk'`,
		"in no box":           `UPDATE cards_card SET consignment = ''`,
		"another id":          `UPDATE cards_card SET id = '123456789012345'`,
		"another's face":      `UPDATE cards_card SET face = (SELECT face FROM cards_card AS other WHERE other.id <> cards_card.id LIMIT 1)`,
		"grant of no card":    `UPDATE cards_grant SET card = '999'`,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, dbtest.SQLite(t))
			ctx := context.Background()
			c := d.in(InOperation)
			d.in(InOperation)
			_, err := d.Authorise(ctx, clerk, grant(c.ID, 0x03, 1))
			d.must(err)
			d.sound()
			if name == "another id" {
				sql += ` WHERE id = '` + string(c.ID) + `'`
			}
			d.must(d.db.Tx(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, sql)
				return err
			}))
			findings, err := d.Check(ctx)
			if err != nil || len(findings) == 0 {
				t.Errorf("found %v, %v", findings, err)
			}
		})
	}
}
