package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"regexp"
	"time"

	"kado/internal/platform/db"
)

// MaxPayload is the most bytes an effect's payload may have.
const MaxPayload = 64 << 10

// Effect is something to be done outside the transaction that caused it: a
// mail, a notice, a consignment.
type Effect struct {
	Seq int64 // set by Queue

	Kind string // "notice.mail"; a Courier delivers the kinds it has handlers for
	Key  string // names this effect for ever; handlers use it to recognise a repetition
	// Lane, when not empty, keeps order: an effect is not delivered before
	// all earlier ones of its lane are. A parked effect holds its lane.
	Lane      string
	Payload   json.RawMessage // JSON, at most MaxPayload bytes, without an Individual Number
	NotBefore time.Time       // required: the present, or later

	Attempt int // set by the courier: 1 for the first
}

var kindForm = regexp.MustCompile(`^[a-z]{2,20}\.[a-z0-9_]{2,60}$`)

// Queue puts an effect into the outbox inside the caller's transaction. Queueing
// the same effect again (same key, kind and payload) does nothing; another one
// under a used key is refused with KeyTaken.
func Queue(ctx context.Context, tx *db.Tx, e Effect) error {
	switch {
	case !kindForm.MatchString(e.Kind):
		return UnfitEffect.New("kind")
	case !isID(e.Key) || holdsNumber(e.Key):
		return UnfitEffect.New("key")
	case e.Lane != "" && (!isID(e.Lane) || holdsNumber(e.Lane)):
		return UnfitEffect.New("lane")
	case e.NotBefore.IsZero():
		return UnfitEffect.New("not before")
	case len(e.Payload) > MaxPayload || !json.Valid(e.Payload):
		return UnfitEffect.New("payload")
	case holdsNumber(string(e.Payload)):
		return NumberInText.New("payload")
	}
	digest := sha256.Sum256(e.Payload)
	var kind string
	var before []byte
	err := tx.QueryRow(ctx, `SELECT kind, payload_digest FROM journal_effect WHERE key = $1`, e.Key).Scan(&kind, &before)
	if err == nil {
		if kind == e.Kind && bytes.Equal(before, digest[:]) {
			return nil
		}
		return KeyTaken.New()
	}
	if !errors.Is(err, db.ErrNoRows) {
		return err
	}
	err = tx.QueryRow(ctx, `UPDATE journal_head SET effects = effects + 1 WHERE id = 1 RETURNING effects`).Scan(&e.Seq)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO journal_effect (seq, kind, key, lane, payload, payload_digest, state, due, attempts,
		lease, fault, queued_at, delivered_at) VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, 0, '', 0, $7, '')`,
		e.Seq, e.Kind, e.Key, e.Lane, string(e.Payload), digest[:], e.NotBefore)
	return err
}

// EffectState is where an effect stands.
type EffectState string

// The states. A delivered effect keeps its key, and loses its payload.
const (
	Queued    EffectState = "queued"
	Leased    EffectState = "leased" // being delivered until Due
	Delivered EffectState = "delivered"
	Parked    EffectState = "parked" // given up until Retry
)

// Waiting is an effect that is not delivered yet.
type Waiting struct {
	Seq       int64
	Kind, Key string
	Lane      string
	State     EffectState
	Due       time.Time // next attempt, or end of the lease
	Attempts  int
	Fault     int // KADO number of the last failure, 0 for none
}

// Pending returns up to limit (1 to 1000) undelivered effects after the one
// numbered after, in queue order.
func Pending(ctx context.Context, tx *db.Tx, after int64, limit int) ([]Waiting, error) {
	return db.Collect(ctx, tx, func(scan func(...any) error) (w Waiting, err error) {
		return w, scan(&w.Seq, &w.Kind, &w.Key, &w.Lane, &w.State, db.IntoTime(&w.Due), &w.Attempts, &w.Fault)
	}, `SELECT seq, kind, key, lane, state, due, attempts, fault FROM journal_effect
		WHERE state <> 'delivered' AND seq > $1 ORDER BY seq LIMIT $2`, after, min(max(limit, 1), maxPage))
}

// Retry takes a parked effect up again, due at once, with its attempts
// forgotten.
func Retry(ctx context.Context, tx *db.Tx, seq int64, now time.Time) error {
	n, err := tx.Exec(ctx, `UPDATE journal_effect SET state = 'queued', due = $1, attempts = 0
		WHERE seq = $2 AND state = 'parked'`, now, seq)
	if err == nil && n == 0 {
		return NotParked.New(seq)
	}
	return err
}
