package login

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
)

// maxName is the longest name of a party in characters.
const maxName = 100

// Register implements Provider.
func (o *Office) Register(ctx context.Context, by journal.Actor, name, origin string) (Party, error) {
	if strings.TrimSpace(name) != name || name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName ||
		strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) && r != '\u3000' }) {
		return Party{}, Malformed.New("name")
	}
	if err := checkOrigin(origin); err != nil {
		return Party{}, err
	}
	now := o.clock.Now()
	var p Party
	err := o.db.Tx(ctx, func(tx *db.Tx) error {
		var err error
		p, err = scanParty(tx.QueryRow(ctx, `SELECT id, name, origin FROM login_party WHERE origin = $1`, origin).Scan)
		if err == nil && p.Name != name {
			return OriginTaken.New()
		}
		if !errors.Is(err, db.ErrNoRows) {
			return err // nil where the same party is there already
		}
		id, err := o.draw("rp", func(id string) (int64, error) {
			return tx.Exec(ctx, `INSERT INTO login_party (id, name, origin, registered_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING`,
				id, name, origin, now)
		})
		if err != nil {
			return err
		}
		p = Party{ID: id, Name: name, Origin: origin}
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "login", Act: ActRegistered,
			Details: map[string]string{"party": p.ID, "name": p.Name, "origin": p.Origin}})
		return err
	})
	if err != nil {
		return Party{}, err
	}
	return p, nil
}
