package validation

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

// Limits of notifications.
const (
	MaxEvents     = 200                 // in one answer
	eventLife     = 90 * 24 * time.Hour // how long an event can be fetched
	maxWatches    = 1_000_000           // of one verifier
	sweepPageSize = 500
)

// watch is one row of what verifiers want to hear of.
type watch struct {
	verifier, firm string
	ref            Ref
	person         string
	card           mynumber.CardID
	verdict        Verdict
	reason         mynumber.RevocationReason
	since          time.Time
}

const watchColumns = `verifier, firm, kind, serial, person, card, verdict, reason, since`

func scanWatch(scan func(...any) error) (w watch, err error) {
	var reason int64
	err = scan(&w.verifier, &w.firm, intoKind{&w.ref.Kind}, &w.ref.Serial, &w.person, &w.card, &w.verdict, &reason, db.IntoTime(&w.since))
	w.reason = mynumber.RevocationReason(reason)
	return w, err
}

// Watch implements Window. Certificates that are not on record are refused as a
// whole: nothing could be told of them.
func (o *Office) Watch(ctx context.Context, q Question, refs []Ref) ([]Status, error) {
	rows, entries, out, err := o.watches(ctx, q, refs, "begin")
	if err != nil {
		return nil, err
	}
	now := o.clock.Now()
	err = o.ask(ctx, q, PurposeNotify, now, entries, func(tx *db.Tx) error {
		// Everything that can be refused comes before the first change.
		for _, s := range out {
			if s.Verdict == Unknown {
				return Malformed.New("certificates")
			}
		}
		var n int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM validation_watch WHERE verifier = $1`, q.Verifier).Scan(&n); err != nil {
			return err
		}
		if n+len(rows) > maxWatches {
			return Malformed.New("certificates")
		}
		for _, w := range rows {
			_, err := tx.Exec(ctx, `INSERT INTO validation_watch (`+watchColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
				ON CONFLICT (verifier, firm, kind, serial) DO NOTHING`, w.verifier, w.firm, w.ref.Kind.String(), w.ref.Serial, w.person, w.card,
				w.verdict, int64(w.reason), w.since)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Unwatch implements Window.
func (o *Office) Unwatch(ctx context.Context, q Question, refs []Ref) error {
	rows, entries, _, err := o.watches(ctx, q, refs, "end")
	if err != nil {
		return err
	}
	return o.ask(ctx, q, PurposeNotify, o.clock.Now(), entries, func(tx *db.Tx) error {
		for _, w := range rows {
			_, err := tx.Exec(ctx, `DELETE FROM validation_watch WHERE verifier = $1 AND firm = $2 AND kind = $3 AND serial = $4`,
				w.verifier, w.firm, w.ref.Kind.String(), w.ref.Serial)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// watches looks up what a question names.
func (o *Office) watches(ctx context.Context, q Question, refs []Ref, act string) (rows []watch, entries []journal.Entry, out []Status, err error) {
	if err := q.check(); err != nil {
		return nil, nil, nil, err
	}
	if len(refs) == 0 || len(refs) > MaxItems {
		return nil, nil, nil, Malformed.New("certificates")
	}
	now := o.clock.Now()
	for i, r := range refs {
		if err := r.check(); err != nil {
			return nil, nil, nil, err
		}
		if slices.Contains(refs[:i], r) {
			return nil, nil, nil, Malformed.New("certificates")
		}
		j, err := o.bySerial(ctx, r.Kind, r.Serial, now)
		if err != nil {
			return nil, nil, nil, err
		}
		w := watch{verifier: q.Verifier, firm: q.For, ref: r, person: j.Person, verdict: j.Verdict, reason: j.Reason, since: j.At}
		if c, found, err := o.find(ctx, r.Kind, r.Serial); err != nil {
			return nil, nil, nil, err
		} else if found {
			w.card = c.Card
		}
		rows, out = append(rows, w), append(out, j.Status)
		entries = append(entries, journal.Entry{Act: ActWatched, Subject: j.Person, Serial: r.Serial,
			Details: map[string]string{"kind": r.Kind.String(), "act": act}})
	}
	return rows, entries, out, nil
}

// Handlers returns what this office does on effects of others: whoever watches a
// certificate of the card or person is told what became of it. They come after
// the authority's own, so that its records have followed.
func (o *Office) Handlers() map[string]func(context.Context, journal.Effect) error {
	onCard := func(ctx context.Context, e journal.Effect) error {
		var p cards.CardEffect
		if err := json.Unmarshal(e.Payload, &p); err != nil || p.Card == "" {
			return Malformed.Because(err, "effect")
		}
		return o.sweep(ctx, `card = $1`, string(p.Card))
	}
	onPerson := func(ctx context.Context, e journal.Effect) error {
		var p struct {
			Person string `json:"person"`
		}
		if err := json.Unmarshal(e.Payload, &p); err != nil || p.Person == "" {
			return Malformed.Because(err, "effect")
		}
		return o.sweep(ctx, `person = $1`, p.Person)
	}
	return map[string]func(context.Context, journal.Effect) error{
		cards.EffectActivated: onCard, cards.EffectSuspended: onCard, cards.EffectResumed: onCard, cards.EffectEnded: onCard,
		registry.EffectChanged: onPerson, registry.EffectDied: onPerson,
	}
}

// Sweep compares every watched certificate with what was told of it, and tells
// what changed: also expiry, and acts of the authority that have no effect of
// their own. Twice does no harm.
func (o *Office) Sweep(ctx context.Context) error {
	return o.sweep(ctx, `'' = $1`, "")
}

// sweep does the same for some of the watches, page by page. The verdict in the
// row tells what is news, so that effects that come twice, late or out of order
// all lead to the same end.
func (o *Office) sweep(ctx context.Context, where, arg string) error {
	last := watch{}
	for {
		var page []watch
		err := o.db.View(ctx, func(tx *db.Tx) (err error) {
			kind := ""
			if last.ref.Kind.Valid() {
				kind = last.ref.Kind.String()
			}
			page, err = db.Collect(ctx, tx, scanWatch, `SELECT `+watchColumns+` FROM validation_watch
				WHERE `+where+` AND (verifier > $2 OR verifier = $2 AND (firm > $3 OR firm = $3 AND (kind > $4 OR kind = $4 AND serial > $5)))
				ORDER BY verifier, firm, kind, serial LIMIT $6`, arg, last.verifier, last.firm, kind, last.ref.Serial, sweepPageSize)
			return err
		})
		if err != nil {
			return err
		}
		for _, w := range page {
			if err := o.tellIfNew(ctx, w); err != nil {
				return err
			}
		}
		if len(page) < sweepPageSize {
			return nil
		}
		last = page[len(page)-1]
	}
}

// tellIfNew makes an event of a status that is not what was told last. A
// verifier whose accreditation is over hears nothing (CRT-62); the row stays for
// the case that it is renewed.
func (o *Office) tellIfNew(ctx context.Context, w watch) error {
	now := o.clock.Now()
	j, err := o.bySerial(ctx, w.ref.Kind, w.ref.Serial, now)
	if err != nil {
		return err
	}
	if j.Verdict == w.verdict && (j.Verdict != Revoked || j.Reason == w.reason) {
		return nil
	}
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		v, found, err := loadVerifier(ctx, tx, w.verifier)
		if err != nil || !found {
			return err
		}
		q := Question{Verifier: w.verifier, For: w.firm}
		if refusal, err := q.permitted(ctx, tx, v, PurposeNotify, now); err != nil || refusal != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE validation_watch SET verdict = $1, reason = $2, since = $3
			WHERE verifier = $4 AND firm = $5 AND kind = $6 AND serial = $7 AND verdict = $8 AND reason = $9`,
			j.Verdict, int64(j.Reason), j.At, w.verifier, w.firm, w.ref.Kind.String(), w.ref.Serial, w.verdict, int64(w.reason))
		if err != nil || n == 0 {
			return err // somebody else told it
		}
		ev := Event{For: w.firm, Ref: w.ref, Verdict: j.Verdict, Reason: j.Reason, Since: j.At, ToldAt: now}
		if ev.Number, err = nextEvent(ctx, tx, w.verifier); err != nil {
			return err
		}
		if err := insertEvent(ctx, tx, w.verifier, ev); err != nil {
			return err
		}
		target, err := webhookOf(ctx, tx, w.verifier)
		if err != nil {
			return err
		}
		number := strconv.FormatInt(ev.Number, 10)
		if target != "" {
			payload, err := json.Marshal(notification{w.verifier, ev.Number})
			if err != nil {
				return err
			}
			err = journal.Queue(ctx, tx, journal.Effect{Kind: EffectNotify, Key: EffectNotify + "/" + w.verifier + "/" + number, Payload: payload, NotBefore: now})
			if err != nil {
				return err
			}
		}
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: journal.Actor{Kind: journal.System, ID: "validation"}, Office: "validation",
			Act: ActTold, Subject: w.person, Serial: w.ref.Serial, Details: map[string]string{"verifier": w.verifier, "kind": w.ref.Kind.String(),
				"for": w.firm, "verdict": string(j.Verdict), "number": number}})
		return err
	})
}

// notification is the payload of EffectNotify.
type notification struct {
	Verifier string `json:"verifier"`
	Number   int64  `json:"number"`
}

func nextEvent(ctx context.Context, tx *db.Tx, verifier string) (n int64, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO validation_event_last (verifier, number) VALUES ($1, 1)
		ON CONFLICT (verifier) DO UPDATE SET number = validation_event_last.number + 1 RETURNING number`, verifier).Scan(&n)
	return n, err
}

const eventColumns = `number, firm, kind, serial, verdict, reason, since, told_at`

func scanEvent(scan func(...any) error) (e Event, err error) {
	var reason int64
	err = scan(&e.Number, &e.For, intoKind{&e.Ref.Kind}, &e.Ref.Serial, &e.Verdict, &reason, db.IntoTime(&e.Since), db.IntoTime(&e.ToldAt))
	e.Reason = mynumber.RevocationReason(reason)
	return e, err
}

// insertEvent adds an event and drops the verifier's old ones; numbers are never
// used again.
func insertEvent(ctx context.Context, tx *db.Tx, verifier string, e Event) error {
	_, err := tx.Exec(ctx, `INSERT INTO validation_event (verifier, `+eventColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		verifier, e.Number, e.For, e.Ref.Kind.String(), e.Ref.Serial, e.Verdict, int64(e.Reason), e.Since, e.ToldAt)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM validation_event WHERE verifier = $1 AND told_at < $2`, verifier, e.ToldAt.Add(-eventLife))
	return err
}

// Events implements Window: those of whom the question is for. Fetching again
// from the same number gives the same events.
func (o *Office) Events(ctx context.Context, q Question, after int64, limit int) ([]Event, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	if after < 0 {
		return nil, Malformed.New("after")
	}
	if limit < 1 || limit > MaxEvents {
		return nil, Malformed.New("limit")
	}
	var out []Event
	err := o.db.View(ctx, func(tx *db.Tx) (err error) {
		out, err = db.Collect(ctx, tx, scanEvent, `SELECT `+eventColumns+` FROM validation_event
			WHERE verifier = $1 AND firm = $2 AND number > $3 ORDER BY number LIMIT $4`, q.Verifier, q.For, after, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	// Each event stands in its holder's journal already, from when it was told.
	e := journal.Entry{Act: ActEventsAsked, Details: map[string]string{"events": strconv.Itoa(len(out))}}
	if err := o.ask(ctx, q, PurposeNotify, o.clock.Now(), []journal.Entry{e}, nil); err != nil {
		return nil, err
	}
	return out, nil
}

func loadEvent(ctx context.Context, tx *db.Tx, verifier string, number int64) (Event, bool, error) {
	e, err := scanEvent(tx.QueryRow(ctx, `SELECT `+eventColumns+` FROM validation_event WHERE verifier = $1 AND number = $2`, verifier, number).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return Event{}, false, nil
	}
	return e, err == nil, err
}
