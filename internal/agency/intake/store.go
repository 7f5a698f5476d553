package intake

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"kado/internal/platform/db"
	"kado/mynumber"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the intake's tables.
func Schema() db.Schema {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic("intake: " + err.Error()) // the folder is part of the program
	}
	return db.Schema{Office: "intake", FS: sub}
}

const columns = `id, person, municipality, state, channel, delivery, reason, wishes, photo_digest, defects, accepted_at, version`

type row struct {
	Application
	version int
}

func scanRow(scan func(...any) error) (row, error) {
	var r row
	var wishes, defects string
	var digest []byte
	err := scan(&r.ID, &r.Person, &r.Municipality, &r.State, &r.Channel, &r.Delivery, &r.Reason, &wishes, &digest, &defects,
		db.IntoTime(&r.AcceptedAt), &r.version)
	if err != nil {
		return row{}, err
	}
	if len(digest) != 0 && len(digest) != len(r.PhotoDigest) {
		return row{}, fmt.Errorf("intake: application %s has a digest of %d bytes", r.ID, len(digest))
	}
	copy(r.PhotoDigest[:], digest)
	if defects != "" {
		r.Defects = strings.Split(defects, " ")
	}
	if err := json.Unmarshal([]byte(wishes), &r.Wishes); err != nil {
		return row{}, fmt.Errorf("intake: application %s: %w", r.ID, err)
	}
	return r, nil
}

func load(ctx context.Context, tx *db.Tx, id mynumber.ApplicationID) (Application, int, error) {
	r, err := scanRow(tx.QueryRow(ctx, `SELECT `+columns+` FROM intake_application WHERE id = $1`, string(id)).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return Application{}, 0, NoSuchApplication.New()
	}
	return r.Application, r.version, err
}

func hasOpen(ctx context.Context, tx *db.Tx, person string) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM intake_application
		WHERE person = $1 AND state NOT IN ('accepted', 'withdrawn')`, person).Scan(&n)
	return n > 0, err
}

// values encodes what changes in an application's life.
func values(a Application) (wishes, defects string, digest []byte, err error) {
	b, err := json.Marshal(a.Wishes)
	if a.PhotoDigest != [32]byte{} {
		digest = a.PhotoDigest[:]
	} else {
		digest = []byte{}
	}
	return string(b), strings.Join(a.Defects, " "), digest, err
}

func insert(ctx context.Context, tx *db.Tx, a Application, at time.Time) error {
	wishes, defects, digest, err := values(a)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO intake_application (`+columns+`, opened_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12)`,
		string(a.ID), a.Person, string(a.Municipality), string(a.State), string(a.Channel), string(a.Delivery), string(a.Reason),
		wishes, digest, defects, a.AcceptedAt, at)
	return err
}

func update(ctx context.Context, tx *db.Tx, a Application, version int) error {
	wishes, defects, digest, err := values(a)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE intake_application SET state = $1, delivery = $2, wishes = $3, photo_digest = $4, defects = $5,
		accepted_at = $6, municipality = $7, version = $8 WHERE id = $9 AND version = $10`,
		string(a.State), string(a.Delivery), wishes, digest, defects, a.AcceptedAt, string(a.Municipality), version+1, string(a.ID), version)
	if err == nil && n != 1 {
		err = errUnderfoot
	}
	return err
}

// errUnderfoot cannot happen as long as load and update share a transaction.
var errUnderfoot = errors.New("intake: the application changed underfoot")

// acceptedOf lists a person's accepted applications.
func acceptedOf(ctx context.Context, tx *db.Tx, person string) ([]mynumber.ApplicationID, error) {
	return db.Collect(ctx, tx, func(scan func(...any) error) (id mynumber.ApplicationID, err error) {
		return id, scan(&id)
	}, `SELECT id FROM intake_application WHERE person = $1 AND state = 'accepted' ORDER BY id`, person)
}

func samePhoto(ctx context.Context, tx *db.Tx, digest [32]byte, notOf string) (int, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM intake_application WHERE photo_digest = $1 AND person <> $2`, digest[:], notOf).Scan(&n)
	return n, err
}

func storePhoto(ctx context.Context, tx *db.Tx, id mynumber.ApplicationID, jpeg []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO intake_photo (application, jpeg) VALUES ($1, $2)
		ON CONFLICT (application) DO UPDATE SET jpeg = excluded.jpeg`, string(id), jpeg)
	return err
}

// dropPhoto forgets a photo that nobody needs any more, and its digest.
func dropPhoto(ctx context.Context, tx *db.Tx, a *Application) error {
	a.PhotoDigest = [32]byte{}
	_, err := tx.Exec(ctx, `DELETE FROM intake_photo WHERE application = $1`, string(a.ID))
	return err
}

func loadPhoto(ctx context.Context, tx *db.Tx, id mynumber.ApplicationID) ([]byte, error) {
	var jpeg []byte
	err := tx.QueryRow(ctx, `SELECT jpeg FROM intake_photo WHERE application = $1`, string(id)).Scan(&jpeg)
	if errors.Is(err, db.ErrNoRows) {
		return nil, PhotoChanged.New()
	}
	return jpeg, err
}
