package authority

import (
	"context"
	"errors"
	"math/big"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// row is a certificate as the table holds it.
type row struct {
	Certificate
	version       int64
	request       string
	ordinal       int64 // 1 for the person's first of the kind
	link          int64 // place in the chain of those that became valid; 0 if it never did
	personVersion int   // of the register's entry from which the attributes were taken
	municipality  mynumber.MunicipalityCode
	publicKey     []byte // SubjectPublicKeyInfo
	keyDigest     string // SHA-256 of publicKey in hex
	commonName    string
	expiresOn     mynumber.Date
	tbsDigest     []byte // SHA-256 of the linted TBSCertificate
	preparedAt    time.Time
	activatedAt   time.Time // zero if it never became valid
	notified      int       // notices of expiry written: 0, 1, 2
}

// spent reports whether the row was given up; its serial number stays used.
func (r row) spent() bool { return r.State == Dropped }

// serial is the serial number as a certificate holds it.
func (r row) serial() (*big.Int, error) {
	n, ok := new(big.Int).SetString(r.Serial, 16)
	if !ok {
		return nil, errors.New("authority: a serial number in the table is no hexadecimal number")
	}
	return n, nil
}

const columns = `serial, version, request, kind, generation, person, ordinal, link, person_version, card, municipality, state, reason,
	key_path, public_key, key_digest, common_name, expires_on, tbs_digest, der, not_before, not_after, prepared_at,
	issued_at, activated_at, held_at, ended_at, previous, notified, medium, phone, parent`

func scanRow(scan func(...any) error) (r row, err error) {
	err = scan(&r.Serial, &r.version, &r.request, intoKind{&r.Kind}, &r.Generation, &r.Person, &r.ordinal, &r.link, &r.personVersion, &r.Card,
		&r.municipality, &r.State, &r.Reason, &r.KeyPath, &r.publicKey, &r.keyDigest, &r.commonName, intoDate{&r.expiresOn},
		&r.tbsDigest, &r.DER, db.IntoTime(&r.NotBefore), db.IntoTime(&r.NotAfter), db.IntoTime(&r.preparedAt),
		db.IntoTime(&r.IssuedAt), db.IntoTime(&r.activatedAt), db.IntoTime(&r.HeldAt), db.IntoTime(&r.EndedAt), &r.Previous, &r.notified,
		intoMedium{&r.Medium}, &r.Phone, &r.Parent)
	return r, err
}

// intoKind is a Scan destination for a kind by name.
type intoKind struct{ to *jpki.Kind }

func (d intoKind) Scan(v any) (err error) {
	s, ok := v.(string)
	if !ok {
		return errors.New("authority: a kind is stored as text")
	}
	*d.to, err = jpki.ParseKind(s)
	return err
}

// intoMedium is a Scan destination for a medium by name.
type intoMedium struct{ to *jpki.Medium }

func (d intoMedium) Scan(v any) error {
	for _, m := range []jpki.Medium{jpki.Card, jpki.Phone} {
		if v == m.String() {
			*d.to = m
			return nil
		}
	}
	return errors.New("authority: an unknown medium is stored")
}

// intoDate is a Scan destination for YYYY-MM-DD.
type intoDate struct{ to *mynumber.Date }

func (d intoDate) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return errors.New("authority: a day is stored as text")
	}
	return d.to.UnmarshalText([]byte(s))
}

// one returns the first row of a condition, or db.ErrNoRows.
func one(ctx context.Context, tx *db.Tx, where string, args ...any) (row, error) {
	return scanRow(tx.QueryRow(ctx, `SELECT `+columns+` FROM authority_certificate WHERE `+where, args...).Scan)
}

// all returns the rows of a condition.
func all(ctx context.Context, tx *db.Tx, where string, args ...any) ([]row, error) {
	return db.Collect(ctx, tx, scanRow, `SELECT `+columns+` FROM authority_certificate WHERE `+where, args...)
}

// find returns one certificate, or NoCertificate.
func find(ctx context.Context, tx *db.Tx, kind jpki.Kind, serial string) (row, error) {
	r, err := one(ctx, tx, `kind = $1 AND serial = $2`, kind.String(), serial)
	if errors.Is(err, db.ErrNoRows) {
		return row{}, NoCertificate.New()
	}
	return r, err
}

// onCard returns the certificates on a card, oldest first.
func onCard(ctx context.Context, tx *db.Tx, card mynumber.CardID) ([]row, error) {
	return all(ctx, tx, `card = $1 AND medium = 'card' ORDER BY kind DESC, ordinal`, card)
}

// lastActive returns the serial of the certificate of a person and kind that
// became valid last and its place in the chain; "" and 0 if none ever did. A
// certificate that never became valid is known to nobody and stands in no chain
// (CRT-17). Certificates on phones hang on the chain's links and are none.
func lastActive(ctx context.Context, tx *db.Tx, person string, kind jpki.Kind) (serial string, link int64, err error) {
	err = tx.QueryRow(ctx, `SELECT serial, link FROM authority_certificate WHERE person = $1 AND kind = $2 AND link > 0 AND medium = 'card'
		ORDER BY link DESC LIMIT 1`, person, kind.String()).Scan(&serial, &link)
	if errors.Is(err, db.ErrNoRows) {
		return "", 0, nil
	}
	return serial, link, err
}

// insert adds a certificate as the person's newest of the kind, behind the one
// that became valid last; a phone's stands behind its parent. It fills ordinal and
// Previous in, and reports false where another row has its serial number, request,
// key or name.
func insert(ctx context.Context, tx *db.Tx, r *row) (bool, error) {
	statement := insertOnCard
	r.Previous = ""
	if r.Medium == jpki.Phone {
		statement, r.Previous = insertOnPhone, r.Parent
	}
	err := tx.QueryRow(ctx, statement,
		r.Serial, r.version, r.request, r.Kind.String(), r.Generation, r.Person, r.link, r.personVersion, r.Card, r.municipality, r.State, r.Reason,
		r.KeyPath, r.publicKey, r.keyDigest, r.commonName, r.expiresOn.String(), r.tbsDigest, r.DER, r.NotBefore, r.NotAfter, r.preparedAt,
		r.IssuedAt, r.activatedAt, r.HeldAt, r.EndedAt, r.Previous, r.notified, r.Medium.String(), r.Phone, r.Parent).Scan(&r.ordinal, &r.Previous)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

var (
	insertOnPhone = insertWith(`$27`)
	insertOnCard  = insertWith(`COALESCE((SELECT serial FROM authority_certificate WHERE person = $6 AND kind = $4 AND link > 0 AND medium = 'card'
		ORDER BY link DESC LIMIT 1), $27)`)
)

func insertWith(previous string) string {
	return `INSERT INTO authority_certificate (` + columns + `) VALUES ($1, $2, $3, $4, $5, $6,
		(SELECT COUNT(*) + 1 FROM authority_certificate WHERE person = $6 AND kind = $4),
		$7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, ` + previous + `,
		$28, $29, $30, $31) ON CONFLICT DO NOTHING RETURNING ordinal, previous`
}

// signRow writes the signature of a row that is still as it was prepared and
// raises the version. It reports false where the row is no longer so.
func signRow(ctx context.Context, tx *db.Tx, r *row) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE authority_certificate SET version = $1, state = $2, der = $3, issued_at = $4
		WHERE serial = $5 AND version = $6 AND state = 'prepared'`, r.version+1, r.State, r.DER, r.IssuedAt, r.Serial, r.version)
	if err != nil || n != 1 {
		return false, err
	}
	r.version++
	return true, nil
}

// update writes what may change and raises the version. The row must be as it
// was read: write transactions run one after another, so anything else is a
// mistake of this office.
func update(ctx context.Context, tx *db.Tx, r *row) error {
	n, err := tx.Exec(ctx, `UPDATE authority_certificate SET version = $1, state = $2, reason = $3, der = $4, issued_at = $5,
		activated_at = $6, held_at = $7, ended_at = $8, previous = $9, notified = $10, link = $11 WHERE serial = $12 AND version = $13`,
		r.version+1, r.State, r.Reason, r.DER, r.IssuedAt, r.activatedAt, r.HeldAt, r.EndedAt, r.Previous, r.notified, r.link, r.Serial, r.version)
	if err != nil {
		return err
	}
	if n != 1 {
		return errors.New("authority: the row changed under its own transaction")
	}
	r.version++
	return nil
}

// entry begins the journal entry of an act on the certificate.
func (r row) entry(act string, by journal.Actor, at time.Time) journal.Entry {
	return journal.Entry{At: at, Actor: by, Office: "authority", Act: act, Subject: r.Person, Card: string(r.Card), Serial: r.Serial,
		Details: map[string]string{"kind": r.Kind.String()}}
}
