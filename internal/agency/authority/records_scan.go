package authority

import (
	"context"
	"slices"
	"time"

	"kado/internal/platform/db"
	"kado/jpki"
	"kado/mynumber"
)

// statusColumns are what a status rests on: neither octets nor keys nor holders.
const statusColumns = `serial, kind, generation, card, state, reason, not_before, not_after, issued_at, held_at, ended_at`

func scanStatus(scan func(...any) error, c *Certificate, more ...any) error {
	return scan(append([]any{&c.Serial, intoKind{&c.Kind}, &c.Generation, &c.Card, &c.State, &c.Reason, db.IntoTime(&c.NotBefore),
		db.IntoTime(&c.NotAfter), db.IntoTime(&c.IssuedAt), db.IntoTime(&c.HeldAt), db.IntoTime(&c.EndedAt)}, more...)...)
}

// Revoked implements Authority. All pages are of one snapshot, which is kept open
// meanwhile.
func (o *Office) Revoked(ctx context.Context, kind jpki.Kind, generation int, municipality mynumber.MunicipalityCode, t time.Time, each func([]Certificate) error) error {
	if !kind.Valid() {
		return Malformed.New("kind")
	}
	if _, err := o.generation(ctx, generationID{kind, generation}); err != nil {
		return err
	}
	// The last second of a validity belongs to it.
	since := t.Add(-time.Second)
	where := `kind = $1 AND generation = $2 AND not_after > $3 AND state IN ('revoked', 'on_hold')
		AND (state = 'revoked' AND ended_at <= $4 OR state = 'on_hold' AND held_at <= $4)`
	args := []any{kind.String(), generation, since, t}
	if municipality != "" {
		where += ` AND municipality = $5`
		args = append(args, municipality)
	}
	return o.db.View(ctx, func(tx *db.Tx) error {
		// Numbers without leading zeros: the longer is the higher.
		rows, err := tx.Query(ctx, `SELECT `+statusColumns+` FROM authority_certificate WHERE `+where+` ORDER BY length(serial), serial`, args...)
		if err != nil {
			return err
		}
		return pages(rows, each)
	})
}

// pages gives the rows of a query out in pages, without those that were never
// signed.
func pages(rows *db.Rows, each func([]Certificate) error) error {
	defer rows.Close()
	page := make([]Certificate, 0, MaxPage)
	for rows.Next() {
		var c Certificate
		if err := scanStatus(rows.Scan, &c); err != nil {
			return err
		}
		if c.State == Prepared || c.State == Dropped {
			continue
		}
		if page = append(page, c); len(page) == MaxPage {
			if err := each(page); err != nil {
				return err
			}
			page = page[:0]
		}
	}
	if err := rows.Err(); err != nil || len(page) == 0 {
		return err
	}
	return each(page)
}

// Statuses implements Authority. Rows lie in the order in which they were
// prepared, and reading them in that order is one pass over the table. On
// PostgreSQL it is one query. On SQLite an open reader keeps the write-ahead log
// from being folded in, so each page is read by itself.
func (o *Office) Statuses(ctx context.Context, each func([]Certificate) error) error {
	var last int64 // rowid
	var page []Certificate
	for more := true; more; {
		page, more = page[:0], false
		err := o.db.View(ctx, func(tx *db.Tx) error {
			if tx.Dialect() != db.SQLite {
				rows, err := tx.Query(ctx, `SELECT `+statusColumns+` FROM authority_certificate`)
				if err != nil {
					return err
				}
				return pages(rows, each)
			}
			rows, err := tx.Query(ctx, `SELECT `+statusColumns+`, rowid FROM authority_certificate WHERE rowid > $1 ORDER BY rowid LIMIT $2`, last, MaxPage)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var c Certificate
				if err := scanStatus(rows.Scan, &c, &last); err != nil {
					return err
				}
				if more = true; c.State != Prepared && c.State != Dropped {
					page = append(page, c)
				}
			}
			return rows.Err()
		})
		if err == nil && len(page) > 0 {
			err = each(page)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Municipalities implements Authority. Of a generation of millions only one row of
// each code is looked at, through the index.
func (o *Office) Municipalities(ctx context.Context, kind jpki.Kind, generation int) ([]mynumber.MunicipalityCode, error) {
	if !kind.Valid() {
		return nil, Malformed.New("kind")
	}
	if _, err := o.generation(ctx, generationID{kind, generation}); err != nil {
		return nil, err
	}
	var out []mynumber.MunicipalityCode
	err := o.db.View(ctx, func(tx *db.Tx) error {
		out = nil
		for _, s := range []State{Issued, Active, OnHold, Revoked} {
			codes, err := db.Collect(ctx, tx, func(scan func(...any) error) (m mynumber.MunicipalityCode, err error) {
				return m, scan(&m)
			}, `WITH RECURSIVE authority_code (code) AS (
				SELECT MIN(municipality) FROM authority_certificate WHERE kind = $1 AND generation = $2 AND state = $3
				UNION ALL
				SELECT (SELECT MIN(municipality) FROM authority_certificate
					WHERE kind = $1 AND generation = $2 AND state = $3 AND municipality > authority_code.code)
				FROM authority_code WHERE authority_code.code IS NOT NULL)
				SELECT code FROM authority_code WHERE code IS NOT NULL`, kind.String(), generation, s)
			if err != nil {
				return err
			}
			out = append(out, codes...)
		}
		return nil
	})
	slices.Sort(out)
	return slices.Compact(out), err
}
