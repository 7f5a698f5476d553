package journal

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"kado/internal/platform/db"
)

const columns = `seq, at, actor_kind, actor_id, terminal, office, act, subject, card, serial, application, session,
	reason, ground, outcome, details`

// maxPage is the most entries one call returns.
const maxPage = 1000

// scanEntry reads one row of columns, then more.
func scanEntry(scan func(...any) error, more ...any) (e Entry, details string, err error) {
	dest := []any{&e.Seq, db.IntoTime(&e.At), &e.Actor.Kind, &e.Actor.ID, &e.Actor.Terminal, &e.Office, &e.Act,
		&e.Subject, &e.Card, &e.Serial, &e.Application, &e.Session, &e.Reason, &e.Ground, &e.Outcome, &details}
	if err := scan(append(dest, more...)...); err != nil {
		return Entry{}, "", err
	}
	if details != "" {
		if err := json.Unmarshal([]byte(details), &e.Details); err != nil {
			return Entry{}, "", err
		}
	}
	return e, details, nil
}

// Get returns one entry, or UnknownEntry.
func Get(ctx context.Context, tx *db.Tx, seq int64) (Entry, error) {
	e, _, err := scanEntry(tx.QueryRow(ctx, `SELECT `+columns+` FROM journal_entry WHERE seq = $1`, seq).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return Entry{}, UnknownEntry.New(seq)
	}
	return e, err
}

// OfPerson returns the entries about a person, newest first: those before the
// entry numbered before (0 for the newest), at most limit (1 to 1000).
func OfPerson(ctx context.Context, tx *db.Tx, person string, before int64, limit int) ([]Entry, error) {
	return page(ctx, tx, `subject <> '' AND subject = $1`, before, limit, person)
}

// OfCard returns the entries about a card, as OfPerson does.
func OfCard(ctx context.Context, tx *db.Tx, card string, before int64, limit int) ([]Entry, error) {
	return page(ctx, tx, `card <> '' AND card = $1`, before, limit, card)
}

// OfActor returns what one actor did, as OfPerson does (P-36: everything one
// staff id ever touched).
func OfActor(ctx context.Context, tx *db.Tx, kind ActorKind, id string, before int64, limit int) ([]Entry, error) {
	return page(ctx, tx, `actor_kind = $1 AND actor_id = $2`, before, limit, kind, id)
}

// Recent returns the entries of everybody, as OfPerson does.
func Recent(ctx context.Context, tx *db.Tx, before int64, limit int) ([]Entry, error) {
	return page(ctx, tx, `1 = 1`, before, limit)
}

func page(ctx context.Context, tx *db.Tx, where string, before int64, limit int, args ...any) ([]Entry, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	args = append(args, before, min(max(limit, 1), maxPage))
	query := `SELECT ` + columns + ` FROM journal_entry WHERE ` + where +
		` AND seq < $` + strconv.Itoa(len(args)-1) + ` ORDER BY seq DESC LIMIT $` + strconv.Itoa(len(args))
	return db.Collect(ctx, tx, func(scan func(...any) error) (Entry, error) {
		e, _, err := scanEntry(scan)
		return e, err
	}, query, args...)
}
