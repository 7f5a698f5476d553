package login

import (
	"context"
	"errors"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
)

// draws bounds how often an id is drawn anew where it is taken, as it is when a
// seeded source repeats itself after a restart.
const draws = 100_000

// draw draws ids of a prefix until insert has made a row with one; 0 of insert says
// that the id was taken.
func (o *Office) draw(prefix string, insert func(id string) (int64, error)) (string, error) {
	for range draws {
		id, err := entropy.ID(o.entropy.Stream("login."+prefix), prefix)
		if err != nil {
			return "", err
		}
		if n, err := insert(id); err != nil || n != 0 {
			return id, err
		}
	}
	return "", errors.New("login: the source of ids repeats itself")
}

func scanParty(scan func(...any) error) (p Party, err error) {
	err = scan(&p.ID, &p.Name, &p.Origin)
	return p, err
}

// loadParty returns a party, or NoParty.
func loadParty(ctx context.Context, tx *db.Tx, id string) (Party, error) {
	p, err := scanParty(tx.QueryRow(ctx, `SELECT id, name, origin FROM login_party WHERE id = $1`, id).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return Party{}, NoParty.New()
	}
	return p, err
}

// party is loadParty, from memory where it was read before.
func (o *Office) party(ctx context.Context, id string) (Party, error) {
	if p, ok := o.parties.Load(id); ok {
		return p.(Party), nil
	}
	var p Party
	err := o.db.View(ctx, func(tx *db.Tx) (err error) {
		p, err = loadParty(ctx, tx, id)
		return err
	})
	if err == nil {
		o.parties.Store(id, p)
	}
	return p, err
}

// challengeRow is a challenge as the table holds it.
type challengeRow struct {
	Challenge
	begunAt time.Time
	usedAt  time.Time // zero while it can be answered
	outcome string
}

const challengeColumns = `id, party, message, begun_at, expires_at, used_at, outcome`

func scanChallenge(scan func(...any) error) (c challengeRow, err error) {
	err = scan(&c.ID, &c.Party, &c.Message, db.IntoTime(&c.begunAt), db.IntoTime(&c.ExpiresAt), db.IntoTime(&c.usedAt), &c.outcome)
	return c, err
}

// loadChallenge returns a challenge, or NoChallenge.
func loadChallenge(ctx context.Context, tx *db.Tx, id string) (challengeRow, error) {
	c, err := scanChallenge(tx.QueryRow(ctx, `SELECT `+challengeColumns+` FROM login_challenge WHERE id = $1`, id).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return challengeRow{}, NoChallenge.New()
	}
	return c, err
}

// insertChallenge returns 0 where the id is taken.
func insertChallenge(ctx context.Context, tx *db.Tx, c challengeRow) (int64, error) {
	return tx.Exec(ctx, `INSERT INTO login_challenge (`+challengeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING`,
		c.ID, c.Party, c.Message, c.begunAt, c.ExpiresAt, c.usedAt, c.outcome)
}

// useChallenge uses a challenge up. It reports false where somebody else did.
func useChallenge(ctx context.Context, tx *db.Tx, id, outcome string, at time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE login_challenge SET used_at = $1, outcome = $2 WHERE id = $3 AND used_at = ''`, at, outcome, id)
	return n == 1, err
}

// holder is a chain of linked certificates.
type holder struct {
	id     string
	person string // for the journal alone
}

// holderOf returns the holder of a certificate that was seen before; false if it
// was not.
func holderOf(ctx context.Context, tx *db.Tx, serial string) (h holder, found bool, err error) {
	err = tx.QueryRow(ctx, `SELECT login_holder.id, login_holder.person FROM login_certificate
		JOIN login_holder ON login_holder.id = login_certificate.holder WHERE login_certificate.serial = $1`, serial).Scan(&h.id, &h.person)
	if errors.Is(err, db.ErrNoRows) {
		return holder{}, false, nil
	}
	return h, err == nil, err
}

// pairwiseOf returns the id by which a party knows a holder; "" if it does not.
func pairwiseOf(ctx context.Context, tx *db.Tx, party, holder string) (id string, err error) {
	err = tx.QueryRow(ctx, `SELECT pairwise FROM login_subject WHERE party = $1 AND holder = $2`, party, holder).Scan(&id)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return id, err
}
