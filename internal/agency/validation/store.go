package validation

import (
	"context"
	"errors"
	"strings"
	"time"

	"kado/internal/platform/db"
	"kado/jpki"
	"kado/mynumber"
)

// intoDate is a Scan destination for YYYY-MM-DD; "" is the zero Date.
type intoDate struct{ to *mynumber.Date }

func (d intoDate) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return errors.New("validation: a day is stored as text")
	}
	return d.to.UnmarshalText([]byte(s))
}

// intoKind is a Scan destination for a kind by name.
type intoKind struct{ to *jpki.Kind }

func (d intoKind) Scan(v any) (err error) {
	s, ok := v.(string)
	if !ok {
		return errors.New("validation: a kind is stored as text")
	}
	*d.to, err = jpki.ParseKind(s)
	return err
}

// intoPurposes is a Scan destination for purposes parted by blanks.
type intoPurposes struct{ to *[]Purpose }

func (d intoPurposes) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return errors.New("validation: purposes are stored as text")
	}
	*d.to = nil
	for _, p := range strings.Fields(s) {
		*d.to = append(*d.to, Purpose(p))
	}
	return nil
}

func joinPurposes(ps []Purpose) string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = string(p)
	}
	return strings.Join(out, " ")
}

// dayText is a day as stored; the zero Date is "".
func dayText(d mynumber.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

const verifierColumns = `id, name, purposes, from_day, to_day`

func scanVerifier(scan func(...any) error) (v Verifier, err error) {
	err = scan(&v.ID, &v.Name, intoPurposes{&v.Purposes}, intoDate{&v.From}, intoDate{&v.To})
	return v, err
}

// loadVerifier returns a verifier; false where there is none.
func loadVerifier(ctx context.Context, tx *db.Tx, id string) (Verifier, bool, error) {
	v, err := scanVerifier(tx.QueryRow(ctx, `SELECT `+verifierColumns+` FROM validation_verifier WHERE id = $1`, id).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return Verifier{}, false, nil
	}
	return v, err == nil, err
}

func putVerifier(ctx context.Context, tx *db.Tx, v Verifier, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO validation_verifier (id, name, purposes, from_day, to_day, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET name = $2, purposes = $3, from_day = $4, to_day = $5, changed_at = $6`,
		v.ID, v.Name, joinPurposes(v.Purposes), dayText(v.From), dayText(v.To), at)
	return err
}

const listColumns = `kind, generation, municipality, number, this_update, next_update, der`

func scanList(scan func(...any) error) (l List, err error) {
	err = scan(intoKind{&l.Kind}, &l.Generation, &l.Municipality, &l.Number, db.IntoTime(&l.ThisUpdate), db.IntoTime(&l.NextUpdate), &l.DER)
	return l, err
}

// scope is what one series of list numbers belongs to.
type scope struct {
	kind         jpki.Kind
	generation   int
	municipality mynumber.MunicipalityCode
}

// newest returns the newest list of a scope, or NoList.
func (s scope) newest(ctx context.Context, tx *db.Tx) (List, error) {
	l, err := scanList(tx.QueryRow(ctx, `SELECT `+listColumns+` FROM validation_list
		WHERE kind = $1 AND generation = $2 AND municipality = $3 ORDER BY number DESC LIMIT 1`,
		s.kind.String(), s.generation, s.municipality).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return List{}, NoList.New()
	}
	return l, err
}

// lastNumber returns the number of the newest list of a scope; 0 if there is
// none.
func (s scope) lastNumber(ctx context.Context, tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(ctx, `SELECT COALESCE(MAX(number), 0) FROM validation_list WHERE kind = $1 AND generation = $2 AND municipality = $3`,
		s.kind.String(), s.generation, s.municipality).Scan(&n)
	return n, err
}

// insertList adds a list and removes those of its scope that have run out; the
// journal keeps their numbers and digests.
func insertList(ctx context.Context, tx *db.Tx, l List) error {
	_, err := tx.Exec(ctx, `INSERT INTO validation_list (`+listColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		l.Kind.String(), l.Generation, l.Municipality, l.Number, l.ThisUpdate, l.NextUpdate, l.DER)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM validation_list WHERE kind = $1 AND generation = $2 AND municipality = $3 AND number < $4 AND next_update < $5`,
		l.Kind.String(), l.Generation, l.Municipality, l.Number, l.ThisUpdate)
	return err
}
