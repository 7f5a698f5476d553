package cards

import (
	"context"
	"crypto/cipher"
	"errors"
	"time"

	"kado/internal/platform/db"
	"kado/mynumber"
)

// row is a card as the table holds it.
type row struct {
	Card
	version     int64
	ordinal     int64  // 1 for the person's first card
	lastAct     string // the act of Lives that led to the present state; "order" at first
	face        []byte // the security code, sealed
	consignment string
	orderedAt   time.Time
	releasedAt  time.Time // management key given to the chip maker; zero before
	notified    int       // notices of expiry written: 0, 1, 2
}

const columns = `id, version, person, ordinal, application, municipality, state, end_reason, last_act, accepted_on, issued_on,
	expires_on, pinless, face, card_key, transport_key, consignment, ordered_at, changed_at, suspended_at, released_at, notified`

func scanRow(scan func(...any) error) (r row, err error) {
	err = scan(&r.ID, &r.version, &r.Person, &r.ordinal, &r.Application, &r.Municipality, &r.State, &r.EndReason, &r.lastAct,
		intoDate{&r.AcceptedOn}, intoDate{&r.IssuedOn}, intoDate{&r.ExpiresOn}, &r.Pinless, &r.face, &r.CardKey, &r.TransportKey,
		&r.consignment, db.IntoTime(&r.orderedAt), db.IntoTime(&r.ChangedAt), db.IntoTime(&r.SuspendedAt), db.IntoTime(&r.releasedAt), &r.notified)
	return r, err
}

// intoDate is a Scan destination for YYYY-MM-DD; "" is the zero Date.
type intoDate struct{ to *mynumber.Date }

func (d intoDate) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return errors.New("cards: a day is stored as text")
	}
	return d.to.UnmarshalText([]byte(s))
}

// find returns one card, or NoCard.
func find(ctx context.Context, tx *db.Tx, id mynumber.CardID) (row, error) {
	r, err := scanRow(tx.QueryRow(ctx, `SELECT `+columns+` FROM cards_card WHERE id = $1`, id).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return row{}, NoCard.New()
	}
	return r, err
}

// ofPerson returns a person's cards, oldest first.
func ofPerson(ctx context.Context, tx *db.Tx, person string) ([]row, error) {
	return db.Collect(ctx, tx, scanRow, `SELECT `+columns+` FROM cards_card WHERE person = $1 ORDER BY ordinal`, person)
}

// insert adds a card as the person's newest. It reports false where the id is
// taken.
func insert(ctx context.Context, tx *db.Tx, r row) (bool, error) {
	err := tx.QueryRow(ctx, `SELECT COUNT(*) + 1 FROM cards_card WHERE person = $1`, r.Person).Scan(&r.ordinal)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `INSERT INTO cards_card (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
		ON CONFLICT (id) DO NOTHING`, values(r)...)
	return n == 1, err
}

func values(r row) []any {
	return []any{r.ID, r.version, r.Person, r.ordinal, r.Application, r.Municipality, r.State, r.EndReason, r.lastAct,
		r.AcceptedOn.String(), r.IssuedOn.String(), r.ExpiresOn.String(), r.Pinless, r.face, r.CardKey, r.TransportKey,
		r.consignment, r.orderedAt, r.ChangedAt, r.SuspendedAt, r.releasedAt, r.notified}
}

// update writes what may change and raises the version. The row must be as it
// was read: write transactions run one after another, so anything else is a
// mistake of this office.
func update(ctx context.Context, tx *db.Tx, r *row) error {
	n, err := tx.Exec(ctx, `UPDATE cards_card SET version = $1, state = $2, end_reason = $3, last_act = $4, issued_on = $5,
		card_key = $6, transport_key = $7, consignment = $8, changed_at = $9, suspended_at = $10, released_at = $11,
		notified = $12 WHERE id = $13 AND version = $14`,
		r.version+1, r.State, r.EndReason, r.lastAct, r.IssuedOn.String(), r.CardKey, r.TransportKey, r.consignment,
		r.ChangedAt, r.SuspendedAt, r.releasedAt, r.notified, r.ID, r.version)
	if err != nil {
		return err
	}
	if n != 1 {
		return errors.New("cards: the row changed under its own transaction")
	}
	r.version++
	return nil
}

// record opens the sealed part of a row.
func (r row) record(aead cipher.AEAD) (Card, error) {
	c := r.Card
	code, err := openFace(aead, r.ID, r.face)
	c.SecurityCode = code
	return c, err
}

func isDead(ctx context.Context, tx *db.Tx, person string) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM cards_dead WHERE person = $1`, person).Scan(&n)
	return n > 0, err
}
