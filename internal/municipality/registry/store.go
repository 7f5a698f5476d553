package registry

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"kado/internal/platform/db"
	"kado/mynumber"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the register's tables.
func Schema() db.Schema {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic("registry: " + err.Error()) // the folder is part of the program
	}
	return db.Schema{Office: "registry", FS: sub}
}

const columns = `id, version, standing, municipality, name, kana, latin, alias, address, birth_date, sex, residence, stay_until, died_on`

func scanPerson(scan func(...any) error) (Person, error) {
	var p Person
	var sex, birth, stay, died string
	err := scan(&p.ID, &p.Version, &p.Standing, &p.Municipality, &p.Attributes.Name, &p.Kana, &p.Latin, &p.Alias,
		&p.Attributes.Address, &birth, &sex, &p.Residence, &stay, &died)
	if err != nil {
		return Person{}, err
	}
	if len(sex) != 1 {
		return Person{}, fmt.Errorf("registry: person %s has a malformed sex", p.ID)
	}
	p.Attributes.Sex = mynumber.Sex(sex[0])
	return p, errors.Join(p.Attributes.BirthDate.UnmarshalText([]byte(birth)),
		p.StayUntil.UnmarshalText([]byte(stay)), p.DiedOn.UnmarshalText([]byte(died)))
}

func load(ctx context.Context, tx *db.Tx, id string) (Person, error) {
	p, err := scanPerson(tx.QueryRow(ctx, `SELECT `+columns+` FROM registry_person WHERE id = $1`, id).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return Person{}, NoSuchPerson.New()
	}
	return p, err
}

func byBirthAndName(ctx context.Context, tx *db.Tx, birth mynumber.Date, key string) ([]Person, error) {
	return db.Collect(ctx, tx, scanPerson, `SELECT `+columns+` FROM registry_person
		WHERE birth_date = $1 AND name_key = $2 ORDER BY id`, birth.String(), key)
}

func insert(ctx context.Context, tx *db.Tx, p Person, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO registry_person (`+columns+`, name_key, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		p.ID, p.Version, string(p.Standing), string(p.Municipality), p.Attributes.Name, p.Kana, p.Latin, p.Alias,
		p.Attributes.Address, p.Attributes.BirthDate.String(), string(p.Attributes.Sex), string(p.Residence),
		p.StayUntil.String(), p.DiedOn.String(), nameKey(p.Attributes.Name), at)
	if err != nil {
		return err
	}
	return remember(ctx, tx, p, at)
}

// update writes the next version; a version written meanwhile by somebody else
// is a mistake of the caller, since load and update share a transaction.
func update(ctx context.Context, tx *db.Tx, p Person, at time.Time) error {
	n, err := tx.Exec(ctx, `UPDATE registry_person SET version = $1, standing = $2, municipality = $3, name = $4, kana = $5,
		latin = $6, alias = $7, address = $8, residence = $9, stay_until = $10, died_on = $11, name_key = $12, changed_at = $13
		WHERE id = $14 AND version = $15`,
		p.Version, string(p.Standing), string(p.Municipality), p.Attributes.Name, p.Kana, p.Latin, p.Alias, p.Attributes.Address,
		string(p.Residence), p.StayUntil.String(), p.DiedOn.String(), nameKey(p.Attributes.Name), at, p.ID, p.Version-1)
	if err != nil {
		return err
	}
	if n != 1 {
		return fmt.Errorf("registry: person %s changed underfoot", p.ID)
	}
	return remember(ctx, tx, p, at)
}

func remember(ctx context.Context, tx *db.Tx, p Person, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO registry_history (person, version, standing, municipality, name, address, birth_date, sex, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.ID, p.Version, string(p.Standing), string(p.Municipality), p.Attributes.Name, p.Attributes.Address,
		p.Attributes.BirthDate.String(), string(p.Attributes.Sex), at)
	return err
}
