package login

import (
	"context"
	"fmt"
	"slices"

	"kado/internal/platform/db"
)

// Check verifies the office's own invariants for kado fsck and returns what it
// found, in plain English; nothing when all is sound.
func (o *Office) Check(ctx context.Context) ([]string, error) {
	var out []string
	err := o.db.View(ctx, func(tx *db.Tx) error {
		out = nil
		challenges, err := db.Collect(ctx, tx, scanChallenge, `SELECT `+challengeColumns+` FROM login_challenge ORDER BY id`)
		if err != nil {
			return err
		}
		for _, c := range challenges {
			for _, f := range c.findings() {
				out = append(out, fmt.Sprintf("challenge %s %s", c.ID, f))
			}
		}
		for what, query := range orphans {
			ids, err := db.Collect(ctx, tx, func(scan func(...any) error) (id string, err error) { return id, scan(&id) }, query)
			if err != nil {
				return err
			}
			for _, id := range ids {
				out = append(out, fmt.Sprintf(what, id))
			}
		}
		return nil
	})
	slices.Sort(out)
	return out, err
}

// orphans finds rows that point nowhere, by what is said of each.
var orphans = map[string]string{
	"challenge %s is of no party": `SELECT id FROM login_challenge WHERE NOT EXISTS
		(SELECT 1 FROM login_party WHERE login_party.id = login_challenge.party)`,
	"the holder %s of a certificate does not exist": `SELECT holder FROM login_certificate WHERE NOT EXISTS
		(SELECT 1 FROM login_holder WHERE login_holder.id = login_certificate.holder)`,
	"the holder %s of an id does not exist": `SELECT holder FROM login_subject WHERE NOT EXISTS
		(SELECT 1 FROM login_holder WHERE login_holder.id = login_subject.holder)`,
	"the party %s of an id does not exist": `SELECT party FROM login_subject WHERE NOT EXISTS
		(SELECT 1 FROM login_party WHERE login_party.id = login_subject.party)`,
	"holder %s has no certificate": `SELECT id FROM login_holder WHERE NOT EXISTS
		(SELECT 1 FROM login_certificate WHERE login_certificate.holder = login_holder.id)`,
}

func (c challengeRow) findings() (out []string) {
	s, err := ParseStatement(c.Message)
	switch {
	case err != nil:
		out = append(out, "holds a message that cannot be read")
	case s.Party != c.Party || s.Purpose != purpose || !s.NotAfter.Equal(c.ExpiresAt):
		out = append(out, "holds a message that says something else than its record")
	}
	if c.usedAt.IsZero() != (c.outcome == "") {
		out = append(out, "is used without an outcome, or the other way round")
	}
	if !c.usedAt.IsZero() && c.usedAt.Before(c.begunAt) {
		out = append(out, "was used before it began")
	}
	return out
}
