package notice

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sort"
	"sync"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/lang"
)

//go:embed schema/*.sql
var files embed.FS

// Schema is the notices' table.
func Schema() db.Schema {
	sub, err := fs.Sub(files, "schema")
	if err != nil {
		panic("notice: embedded schema: " + err.Error()) // the folder is part of the program
	}
	return db.Schema{Office: "notice", FS: sub}
}

// Kind is one kind of letter. Title and Body may hold %s verbs, filled from
// Letter.Args; a Kind is made by Define.
type Kind struct {
	Code        string // "card.ready", "certificate.expires"
	Title, Body lang.Text
}

var (
	mu    sync.Mutex
	kinds = map[string]*Kind{}
)

// Define declares a kind of letter. It panics on a code used twice, which is a
// mistake in the program text.
func Define(k Kind) *Kind {
	mu.Lock()
	defer mu.Unlock()
	if kinds[k.Code] != nil {
		panic("notice: kind defined twice: " + k.Code)
	}
	kinds[k.Code] = &k
	return &k
}

// Kinds returns all kinds by code.
func Kinds() []*Kind {
	mu.Lock()
	defer mu.Unlock()
	out := make([]*Kind, 0, len(kinds))
	for _, k := range kinds {
		out = append(out, k)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Code < out[j].Code })
	return out
}

// Letter is one letter to a holder. Args are shown to the holder: dates, an
// office's name, a certificate's kind; never a number of theirs, a PIN or a
// serial.
type Letter struct {
	Key       string // never written twice, e.g. "certificate.expires/<serial>/3m"
	Person    string
	Kind      *Kind
	Args      []string
	WrittenAt time.Time
}

// In returns title and body in one language.
func (l Letter) In(in lang.Lang) (title, body string) {
	args := make([]any, len(l.Args))
	for i, a := range l.Args {
		args[i] = a
	}
	return l.Kind.Title.In(in), l.Kind.Body.With(in, args...)
}

// Write writes a letter in the transaction of the act it tells of. It reports
// whether it is new: a key that was used before changes nothing.
func Write(ctx context.Context, tx *db.Tx, l Letter) (bool, error) {
	if l.Key == "" || l.Person == "" || l.Kind == nil || l.WrittenAt.IsZero() {
		return false, fmt.Errorf("notice: a letter needs key, person, kind and time")
	}
	mu.Lock()
	defined := kinds[l.Kind.Code] == l.Kind
	mu.Unlock()
	if !defined {
		// Once written it could not be read, and would hide all others of the person.
		return false, fmt.Errorf("notice: kind %s is not made by Define", l.Kind.Code)
	}
	if l.Args == nil {
		l.Args = []string{}
	}
	args, err := json.Marshal(l.Args)
	if err != nil {
		return false, fmt.Errorf("notice: %w", err)
	}
	n, err := tx.Exec(ctx, `INSERT INTO notice_letter (key, person, kind, args, written_at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key) DO NOTHING`,
		l.Key, l.Person, l.Kind.Code, string(args), db.Time(l.WrittenAt))
	if err != nil {
		return false, fmt.Errorf("notice: writing %s: %w", l.Kind.Code, err)
	}
	return n == 1, nil
}

// OfPerson returns a person's letters, oldest first.
func OfPerson(ctx context.Context, d *db.DB, person string) ([]Letter, error) {
	var out []Letter
	err := d.View(ctx, func(tx *db.Tx) error {
		out = nil
		rows, err := tx.Query(ctx, `SELECT key, kind, args, written_at FROM notice_letter
			WHERE person = $1 ORDER BY written_at, key`, person)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			l := Letter{Person: person}
			var code, args string
			if err := rows.Scan(&l.Key, &code, &args, db.IntoTime(&l.WrittenAt)); err != nil {
				return err
			}
			mu.Lock()
			l.Kind = kinds[code]
			mu.Unlock()
			if l.Kind == nil {
				return fmt.Errorf("notice: letter %s is of the unknown kind %s", l.Key, code)
			}
			if err := json.Unmarshal([]byte(args), &l.Args); err != nil {
				return fmt.Errorf("notice: letter %s: %w", l.Key, err)
			}
			out = append(out, l)
		}
		return rows.Err()
	})
	return out, err
}
