package authority

import (
	"context"
	"errors"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
)

// phoneRow is a phone as the table holds it.
type phoneRow struct {
	Phone
	version  int64
	nonce    string // hex
	notAfter time.Time
	replaces string // "yes" where the holder permitted it
	proof    string // SHA-256 of the request that the card signed, hex
	provedAt time.Time
}

const phoneColumns = `id, version, state, nonce, not_after, offered_at, person, card, replaces, proof, proved_at, in_use_at, end_reason, ended_at`

func scanPhone(scan func(...any) error) (r phoneRow, err error) {
	err = scan(&r.ID, &r.version, &r.State, &r.nonce, db.IntoTime(&r.notAfter), db.IntoTime(&r.OfferedAt), &r.Person, &r.Card, &r.replaces,
		&r.proof, db.IntoTime(&r.provedAt), db.IntoTime(&r.InUseAt), &r.End, db.IntoTime(&r.EndedAt))
	return r, err
}

func phones(ctx context.Context, tx *db.Tx, where string, args ...any) ([]phoneRow, error) {
	return db.Collect(ctx, tx, scanPhone, `SELECT `+phoneColumns+` FROM authority_phone WHERE `+where, args...)
}

// findPhone returns one phone, or NoPhone.
func findPhone(ctx context.Context, tx *db.Tx, id string) (phoneRow, error) {
	r, err := scanPhone(tx.QueryRow(ctx, `SELECT `+phoneColumns+` FROM authority_phone WHERE id = $1`, id).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return phoneRow{}, NoPhone.New()
	}
	return r, err
}

// full adds the certificates.
func (r phoneRow) full(ctx context.Context, tx *db.Tx) (Phone, error) {
	rows, err := inPhone(ctx, tx, r.ID)
	if err != nil {
		return Phone{}, err
	}
	p := r.Phone
	for _, c := range rows {
		p.Certificates = append(p.Certificates, c.Certificate)
	}
	return p, nil
}

// inPhone returns the certificates of a phone, signature first.
func inPhone(ctx context.Context, tx *db.Tx, id string) ([]row, error) {
	return all(ctx, tx, `phone = $1 AND state <> 'dropped' ORDER BY kind DESC, ordinal`, id)
}

// derivedFrom returns the certificates on phones that came from one on a card.
func derivedFrom(ctx context.Context, tx *db.Tx, r row) ([]row, error) {
	if r.Medium != jpki.Card {
		return nil, nil
	}
	return all(ctx, tx, `parent = $1 ORDER BY ordinal`, r.Serial)
}

func insertPhone(ctx context.Context, tx *db.Tx, r phoneRow) error {
	_, err := tx.Exec(ctx, `INSERT INTO authority_phone (`+phoneColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		r.ID, r.version, r.State, r.nonce, r.notAfter, r.OfferedAt, r.Person, r.Card, r.replaces, r.proof, r.provedAt, r.InUseAt, r.End, r.EndedAt)
	return err
}

// movePhone carries out one act of PhoneLives: state, row, journal. WrongPhoneState
// where the table has no such move.
func movePhone(ctx context.Context, tx *db.Tx, by journal.Actor, r *phoneRow, act string, at time.Time) error {
	to, ok := PhoneLives.Next(r.State, act)
	if !ok {
		return WrongPhoneState.New(r.State, act)
	}
	r.State = to
	switch act {
	case "prove":
		r.provedAt = at
	case "take_up":
		r.InUseAt = at
	case "end":
		r.EndedAt = at
	}
	n, err := tx.Exec(ctx, `UPDATE authority_phone SET version = $1, state = $2, person = $3, card = $4, replaces = $5, proof = $6, proved_at = $7,
		in_use_at = $8, end_reason = $9, ended_at = $10 WHERE id = $11 AND version = $12`,
		r.version+1, r.State, r.Person, r.Card, r.replaces, r.proof, r.provedAt, r.InUseAt, r.End, r.EndedAt, r.ID, r.version)
	if err != nil {
		return err
	}
	if n != 1 {
		return errors.New("authority: the phone changed under its own transaction")
	}
	r.version++
	_, err = journal.Write(ctx, tx, journal.Entry{At: at, Actor: by, Office: "authority", Act: phoneActOf[act], Subject: r.Person, Card: string(r.Card),
		Reason: string(r.End), Details: map[string]string{"phone": r.ID}})
	return err
}
