// Package journal is the append-only record of acts and the outbox of their
// effects (house rule 6).
//
// Whatever changes a card, a certificate, a number or a right is one
// transaction that changes the office's tables, calls Write, and calls Queue
// for every effect outside the database:
//
//	err := store.Tx(ctx, func(tx *db.Tx) error {
//		... // the office's own rows
//		if _, err := journal.Write(ctx, tx, journal.Entry{At: now, Actor: actor, Office: "cards", Act: Suspended, Card: id, ...}); err != nil {
//			return err
//		}
//		return journal.Queue(ctx, tx, journal.Effect{Kind: "notice.mail", Key: "suspended:" + id, Payload: body, NotBefore: now})
//	})
//
// A Courier delivers the effects afterwards, at least once.
//
// # The chain
//
// Each entry's hash is SHA-256 over the previous hash and the entry's canonical
// form (see chain.go); the head row holds the last one. Verify finds a changed,
// removed, added or reordered entry (OPS-28, OPS-32). Whoever can write the
// whole database could still rewrite the whole chain: therefore Latest is meant
// to be handed to an outside witness from time to time, and Verify takes such a
// Head and checks that it is still part of the chain.
//
// # What an entry may hold
//
// Who, on whose behalf, on what ground, for what purpose, which item, when, at
// which terminal, with what outcome (OPS-31), but no Individual Number, PIN or
// key (OPS-33): texts with an Individual Number are refused, and details are
// limited to keys the act was defined with.
package journal

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"slices"
	"time"
	"unicode/utf8"

	"kado/internal/platform/db"
)

//go:embed schema/*.sql
var files embed.FS

// Schema returns the tables journal_entry, journal_head and journal_effect.
func Schema() db.Schema {
	sub, err := fs.Sub(files, "schema")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return db.Schema{Office: "journal", FS: sub}
}

// ActorKind says in what capacity somebody acts.
type ActorKind string

// The kinds of actors.
const (
	Staff        ActorKind = "staff"         // ID is a staff id
	Holder       ActorKind = "holder"        // ID is the person's id
	Caller       ActorKind = "caller"        // somebody on the hotline, not proven; ID is the call
	RelyingParty ActorKind = "relying_party" // ID is the client
	System       ActorKind = "system"        // ID is the part of Kado
)

func (k ActorKind) known() bool {
	switch k {
	case Staff, Holder, Caller, RelyingParty, System:
		return true
	}
	return false
}

// Actor is who acts, and where.
type Actor struct {
	Kind     ActorKind
	ID       string
	Terminal string // "" where there is none
}

// Outcome is how the act ended.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
	Failed  Outcome = "failed"
)

// Entry is one act. The ids are internal ones; "" where there is none.
type Entry struct {
	Seq int64 // set by Write

	At          time.Time // required; kept to the millisecond (LIF-06 asks for seconds)
	Actor       Actor     // required
	Office      string    // required, for instance "cards"
	Act         string    // required, a code defined with DefineAct
	Subject     string    // the person concerned
	Card        string
	Serial      string // of a certificate
	Application string
	Session     string
	Reason      string            // why, as entered or from a list; at most MaxText bytes
	Ground      string            // legal ground; at most MaxText bytes
	Outcome     Outcome           // Done when empty
	Details     map[string]string // keys the act permits; values at most MaxText bytes
}

// Limits of an entry.
const (
	MaxText = 500 // bytes of a reason, a ground or one detail
	maxID   = 100 // bytes of an id
)

// isID reports whether s looks like an id: printable ASCII without blanks.
func isID(s string) bool {
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= maxID
}

// Write appends e to the journal inside the caller's transaction and returns
// its number. It refuses an entry that is incomplete or malformed
// (UnfitEntry), an act nobody defined (UnknownAct), and texts with an
// Individual Number in them (NumberInText).
func Write(ctx context.Context, tx *db.Tx, e Entry) (int64, error) {
	return WriteAll(ctx, tx, []Entry{e})
}

// WriteAll appends entries in their order and returns the number of the last. It
// is Write for many acts of one transaction, with one look at the chain's head;
// where it refuses one of them, none is written.
func WriteAll(ctx context.Context, tx *db.Tx, entries []Entry) (last int64, err error) {
	if len(entries) == 0 {
		return 0, nil
	}
	details := make([]string, len(entries))
	entries = slices.Clone(entries)
	for i := range entries {
		e := &entries[i]
		if e.Outcome == "" {
			e.Outcome = Done
		}
		e.At = e.At.UTC().Truncate(time.Millisecond)
		if err := e.check(); err != nil {
			return 0, err
		}
		if details[i], err = encodeDetails(e.Details); err != nil {
			return 0, err
		}
	}
	var hash []byte
	if err := tx.QueryRow(ctx, `SELECT seq, hash FROM journal_head WHERE id = 1`).Scan(&last, &hash); err != nil {
		return 0, err
	}
	for i := range entries {
		e := &entries[i]
		last++
		e.Seq = last
		hash = link(hash, *e, details[i])
		// Rows one by one: SQLite takes no less for many in one statement.
		_, err = tx.Exec(ctx, `INSERT INTO journal_entry (`+columns+`, hash)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
			e.Seq, e.At, e.Actor.Kind, e.Actor.ID, e.Actor.Terminal, e.Office, e.Act, e.Subject, e.Card,
			e.Serial, e.Application, e.Session, e.Reason, e.Ground, e.Outcome, details[i], hash)
		if err != nil {
			return 0, err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE journal_head SET seq = $1, hash = $2 WHERE id = 1`, last, hash); err != nil {
		return 0, err
	}
	return last, nil
}

func (e Entry) check() error {
	switch {
	case e.At.IsZero() || e.At.Year() < 1900 || e.At.Year() > 9999:
		return UnfitEntry.New("at")
	case !e.Actor.Kind.known():
		return UnfitEntry.New("actor kind")
	case e.Outcome != Done && e.Outcome != Refused && e.Outcome != Failed:
		return UnfitEntry.New("outcome")
	}
	required := []struct{ name, v string }{{"actor", e.Actor.ID}, {"office", e.Office}, {"act", e.Act}}
	optional := []struct{ name, v string }{{"terminal", e.Actor.Terminal}, {"subject", e.Subject}, {"card", e.Card},
		{"serial", e.Serial}, {"application", e.Application}, {"session", e.Session}}
	for _, f := range required {
		if !isID(f.v) {
			return UnfitEntry.New(f.name)
		}
	}
	for _, f := range optional {
		if f.v != "" && !isID(f.v) {
			return UnfitEntry.New(f.name)
		}
	}
	for _, f := range append(required, optional...) {
		if holdsNumber(f.v) {
			return NumberInText.New(f.name)
		}
	}
	if err := checkText("reason", e.Reason); err != nil {
		return err
	}
	if err := checkText("ground", e.Ground); err != nil {
		return err
	}
	act, ok := ActOf(e.Act)
	if !ok {
		return UnknownAct.New(e.Act)
	}
	for k, v := range e.Details {
		if !act.permits(k) {
			return UnfitEntry.New("details")
		}
		if err := checkText("details", v); err != nil {
			return err
		}
	}
	return nil
}

func checkText(name, s string) error {
	if len(s) > MaxText || !utf8.ValidString(s) {
		return UnfitEntry.New(name)
	}
	if holdsNumber(s) {
		return NumberInText.New(name)
	}
	return nil
}

// encodeDetails gives the one JSON form of details: keys sorted, "" for none.
func encodeDetails(d map[string]string) (string, error) {
	if len(d) == 0 {
		return "", nil
	}
	b, err := json.Marshal(d) // sorts the keys of maps
	return string(b), err
}
