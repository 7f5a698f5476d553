package db

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Dump writes every row of every table as text, one row a line:
//
//	table<TAB>column=value<TAB>…
//
// Tables come by name and rows by their values, so that two databases with the
// same content give the same text. Bytes that are not printable text are
// written as <hh>; thus a run of digits in the dump is a run of digits in the
// database, which the search for leaked numbers relies on (house rule 5). NULL
// is written as <null>. All is one snapshot.
func (d *DB) Dump(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriter(w)
	err := d.View(ctx, func(tx *Tx) error {
		tables, err := tx.tables(ctx)
		if err != nil {
			return err
		}
		for _, name := range tables {
			if err := tx.dumpTable(ctx, out, name); err != nil {
				return fmt.Errorf("db: dumping %s: %w", name, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

func (t *Tx) tables(ctx context.Context) ([]string, error) {
	query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`
	if t.dialect == Postgres {
		query = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename`
	}
	return Collect(ctx, t, func(scan func(...any) error) (s string, err error) {
		return s, scan(&s)
	}, query)
}

func (t *Tx) dumpTable(ctx context.Context, out *bufio.Writer, name string) error {
	quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	empty, err := t.Query(ctx, `SELECT * FROM `+quoted+` LIMIT 0`)
	if err != nil {
		return err
	}
	cols, err := empty.Columns()
	if err != nil {
		return err
	}
	if err := empty.Close(); err != nil {
		return err
	}
	order := make([]string, len(cols))
	for i := range cols {
		order[i] = fmt.Sprint(i + 1)
	}
	query := `SELECT * FROM ` + quoted
	if len(cols) > 0 {
		query += ` ORDER BY ` + strings.Join(order, ", ")
	}
	rows, err := t.Query(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	vals, dest := make([]any, len(cols)), make([]any, len(cols))
	for i := range vals {
		dest[i] = &vals[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		out.WriteString(name)
		for i, c := range cols {
			out.WriteByte('\t')
			out.WriteString(c)
			out.WriteByte('=')
			dumpValue(out, vals[i])
		}
		// A failed write is kept by the bufio.Writer and comes out at Flush.
		out.WriteByte('\n')
	}
	return rows.Err()
}

func dumpValue(out *bufio.Writer, v any) {
	switch v := v.(type) {
	case nil:
		out.WriteString("<null>")
	case []byte:
		dumpText(out, string(v))
	case string:
		dumpText(out, v)
	default:
		dumpText(out, fmt.Sprint(v))
	}
}

func dumpText(out *bufio.Writer, s string) {
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if (r == utf8.RuneError && n <= 1) || !unicode.IsPrint(r) {
			for _, b := range []byte(s[:n]) {
				fmt.Fprintf(out, "<%02x>", b)
			}
		} else {
			out.WriteString(s[:n])
		}
		s = s[n:]
	}
}
