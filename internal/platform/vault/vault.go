// Package vault is the one room that knows Individual Numbers and resident
// record codes (house rule 5). Everybody else knows a person by an internal id.
//
// A row holds a number sealed with AES-256-GCM, bound to its table, person, kind
// and key, so that rows cannot be swapped; and an HMAC-SHA-256 under a second
// key, by which a number is found and by which one that was ever used is not
// drawn again. Without the key store the table gives away how many people
// there are and when they got their numbers, and nothing else.
//
// Every use names a purpose and is journalled in the same transaction as the
// use. All functions take the caller's write transaction; with a nil one they
// run in their own.
package vault

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"time"

	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/lang"
	"kado/mynumber"
)

//go:embed schema/*.sql
var tables embed.FS

// Schema returns the table vault_item.
func Schema() db.Schema {
	sub, err := fs.Sub(tables, "schema")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return db.Schema{Office: "vault", FS: sub}
}

// The acts of the vault.
var (
	Assigned = journal.DefineAct(journal.Act{Code: "vault.assigned",
		Text: lang.Text{JA: "個人番号と住民票コードが付けられました", EN: "An Individual Number and a resident record code were assigned"}})
	NumberRead = journal.DefineAct(journal.Act{Code: "vault.number_read", Details: []string{"purpose"},
		Text: lang.Text{JA: "個人番号が読み出されました", EN: "The Individual Number was read"}})
	CodeRead = journal.DefineAct(journal.Act{Code: "vault.code_read", Details: []string{"purpose"},
		Text: lang.Text{JA: "住民票コードが読み出されました", EN: "The resident record code was read"}})
	LookedUp = journal.DefineAct(journal.Act{Code: "vault.looked_up", Details: []string{"purpose"},
		Text: lang.Text{JA: "個人番号による検索が行われました", EN: "Somebody was looked up by an Individual Number"}})
	NumberReplaced = journal.DefineAct(journal.Act{Code: "vault.number_replaced",
		Text: lang.Text{JA: "個人番号が変更されました", EN: "The Individual Number was changed"}})
	CodeReplaced = journal.DefineAct(journal.Act{Code: "vault.code_replaced",
		Text: lang.Text{JA: "住民票コードが変更されました", EN: "The resident record code was changed"}})
	Compared = journal.DefineAct(journal.Act{Code: "vault.compared", Details: []string{"purpose", "result"},
		Text: lang.Text{JA: "カードの記載が本人のものか、個人番号と照らし合わせて確かめました（番号は誰にも伝えていません）",
			EN: "It was checked against the Individual Number whether what a card holds is its holder's; nobody was told the number"}})
	KeyRotated = journal.DefineAct(journal.Act{Code: "vault.key_rotated", Details: []string{"key"},
		Text: lang.Text{JA: "番号を保管する鍵が取り替えられました", EN: "The key that seals the numbers was replaced"}})
)

type kind string

const (
	individualNumber kind = "individual_number"
	residentCode     kind = "resident_code"
)

// draws is how many used numbers in a row are taken for a broken source. With
// 125 million of 10^11 numbers in use, twenty in a row happen once in 10^58.
const draws = 20

// Vault is the vault. Safe for concurrent use.
type Vault struct {
	db     *db.DB
	keys   keystore.Store
	clock  clock.Clock
	source entropy.Source
	lookup []byte
}

// Open opens the vault on a migrated database. The first time it makes its keys
// in the key store.
func Open(ctx context.Context, d *db.DB, keys keystore.Store, c clock.Clock, source entropy.Source) (*Vault, error) {
	v := &Vault{db: d, keys: keys, clock: c, source: source}
	var err error
	if v.lookup, err = secret(ctx, keys, lookupKey); err != nil {
		return nil, err
	}
	if _, err = secret(ctx, keys, sealKey(1)); err != nil {
		return nil, err
	}
	return v, nil
}

// Assign draws an Individual Number and a resident record code nobody has ever
// had and gives them to person. A person who has one is refused with HasNumber.
func (v *Vault) Assign(ctx context.Context, tx *db.Tx, person string, actor journal.Actor) error {
	return v.within(ctx, tx, func(tx *db.Tx) error {
		if err := checkPerson(person); err != nil {
			return err
		}
		for _, k := range []kind{individualNumber, residentCode} {
			var n int64
			err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM vault_item WHERE person = $1 AND kind = $2`, person, k).Scan(&n)
			if err != nil {
				return err
			}
			if n > 0 {
				return HasNumber.New()
			}
			if err := v.draw(ctx, tx, person, k); err != nil {
				return err
			}
		}
		return v.record(ctx, tx, journal.Entry{Act: Assigned, Actor: actor, Subject: person, Ground: RegistryNotice.Ground().JA})
	})
}

// Read returns the person's present Individual Number, or NoNumber.
func (v *Vault) Read(ctx context.Context, tx *db.Tx, person string, p Purpose, actor journal.Actor) (n mynumber.IndividualNumber, err error) {
	err = v.within(ctx, tx, func(tx *db.Tx) error {
		digits, err := v.read(ctx, tx, person, individualNumber, p, NumberRead, actor)
		if err != nil {
			return err
		}
		if n, err = mynumber.ParseIndividualNumber(digits); err != nil {
			return Sealed.New()
		}
		return nil
	})
	if err != nil {
		return mynumber.IndividualNumber{}, err
	}
	return n, nil
}

// ReadResidentCode returns the person's present resident record code, or
// NoNumber.
func (v *Vault) ReadResidentCode(ctx context.Context, tx *db.Tx, person string, p Purpose, actor journal.Actor) (c mynumber.ResidentCode, err error) {
	err = v.within(ctx, tx, func(tx *db.Tx) error {
		digits, err := v.read(ctx, tx, person, residentCode, p, CodeRead, actor)
		if err != nil {
			return err
		}
		if c, err = mynumber.ParseResidentCode(digits); err != nil {
			return Sealed.New()
		}
		return nil
	})
	if err != nil {
		return mynumber.ResidentCode{}, err
	}
	return c, nil
}

// FindByNumber returns who has this number at present, or "" when nobody has:
// that is an answer and not an error, since the search is journalled in the
// caller's transaction and an error would undo the entry.
func (v *Vault) FindByNumber(ctx context.Context, tx *db.Tx, n mynumber.IndividualNumber, p Purpose, actor journal.Actor) (person string, err error) {
	if !p.gives() {
		return "", UnknownPurpose.New()
	}
	err = v.within(ctx, tx, func(tx *db.Tx) error {
		person = ""
		err := tx.QueryRow(ctx, `SELECT person FROM vault_item WHERE lookup = $1 AND until = ''`,
			v.index(individualNumber, n.Reveal())).Scan(&person)
		outcome := journal.Done
		if errors.Is(err, db.ErrNoRows) {
			outcome = journal.Refused
		} else if err != nil {
			return err
		}
		return v.record(ctx, tx, journal.Entry{Act: LookedUp, Actor: actor, Subject: person, Outcome: outcome,
			Ground: p.Ground().JA, Details: map[string]string{"purpose": string(p)}})
	})
	if err != nil {
		return "", err
	}
	return person, nil
}

// Replace gives the person a new Individual Number (LIF: change of number on
// suspicion of misuse). The old one is kept, is found no more, and is never
// given to anybody again.
func (v *Vault) Replace(ctx context.Context, tx *db.Tx, person, reason string, actor journal.Actor) error {
	return v.replace(ctx, tx, person, individualNumber, NumberReplaced, reason, actor)
}

// ReplaceResidentCode gives the person a new resident record code, as Replace
// does.
func (v *Vault) ReplaceResidentCode(ctx context.Context, tx *db.Tx, person, reason string, actor journal.Actor) error {
	return v.replace(ctx, tx, person, residentCode, CodeReplaced, reason, actor)
}

func (v *Vault) replace(ctx context.Context, tx *db.Tx, person string, k kind, act, reason string, actor journal.Actor) error {
	return v.within(ctx, tx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE vault_item SET until = $1 WHERE person = $2 AND kind = $3 AND until = ''`, v.clock.Now(), person, k)
		if err != nil {
			return err
		}
		if n == 0 {
			return NoNumber.New()
		}
		if err := v.draw(ctx, tx, person, k); err != nil {
			return err
		}
		return v.record(ctx, tx, journal.Entry{Act: act, Actor: actor, Subject: person, Reason: reason, Ground: RegistryNotice.Ground().JA})
	})
}

// draw stores a number nobody has ever had.
func (v *Vault) draw(ctx context.Context, tx *db.Tx, person string, k kind) error {
	r := v.source.Stream("vault." + string(k))
	for range draws {
		digits, err := drawDigits(r, k)
		if err != nil {
			return err
		}
		nonce, sealed, keyID, err := v.seal(ctx, person, k, digits)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `INSERT INTO vault_item (lookup, kind, person, seal_key, nonce, sealed, since, until)
			VALUES ($1, $2, $3, $4, $5, $6, $7, '') ON CONFLICT (lookup) DO NOTHING`,
			v.index(k, digits), k, person, keyID, nonce, sealed, v.clock.Now())
		if err != nil {
			return err
		}
		if n == 1 {
			return nil
		}
	}
	return NoneLeft.New()
}

func drawDigits(r io.Reader, k kind) (string, error) {
	if k == residentCode {
		c, err := mynumber.DrawResidentCode(r)
		return c.Reveal(), err
	}
	n, err := mynumber.DrawIndividualNumber(r)
	return n.Reveal(), err
}

func (v *Vault) read(ctx context.Context, tx *db.Tx, person string, k kind, p Purpose, act string, actor journal.Actor) (string, error) {
	if !p.gives() {
		return "", UnknownPurpose.New()
	}
	var keyID string
	var nonce, sealed []byte
	err := tx.QueryRow(ctx, `SELECT seal_key, nonce, sealed FROM vault_item WHERE person = $1 AND kind = $2 AND until = ''`, person, k).
		Scan(&keyID, &nonce, &sealed)
	if errors.Is(err, db.ErrNoRows) {
		return "", NoNumber.New()
	}
	if err != nil {
		return "", err
	}
	digits, err := v.unseal(ctx, person, k, keyID, nonce, sealed)
	if err != nil {
		return "", err
	}
	return digits, v.record(ctx, tx, journal.Entry{Act: act, Actor: actor, Subject: person,
		Ground: p.Ground().JA, Details: map[string]string{"purpose": string(p)}})
}

func (v *Vault) record(ctx context.Context, tx *db.Tx, e journal.Entry) error {
	e.At, e.Office = v.clock.Now(), "vault"
	_, err := journal.Write(ctx, tx, e)
	return err
}

func (v *Vault) within(ctx context.Context, tx *db.Tx, f func(*db.Tx) error) error {
	if tx != nil {
		return f(tx)
	}
	return v.db.Tx(ctx, f)
}

// index is how a number is found without being stored.
func (v *Vault) index(k kind, digits string) []byte {
	m := hmac.New(sha256.New, v.lookup)
	m.Write([]byte(k))
	m.Write([]byte{0})
	m.Write([]byte(digits))
	return m.Sum(nil)
}

var personForm = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,80}$`)

func checkPerson(id string) error {
	if !personForm.MatchString(id) {
		return UnfitPerson.New()
	}
	return nil
}

// Since returns from when the person's present Individual Number counts, or
// NoNumber; it reads no number and is not journalled.
func (v *Vault) Since(ctx context.Context, tx *db.Tx, person string) (t time.Time, err error) {
	err = tx.QueryRow(ctx, `SELECT since FROM vault_item WHERE person = $1 AND kind = $2 AND until = ''`, person, individualNumber).
		Scan(db.IntoTime(&t))
	if errors.Is(err, db.ErrNoRows) {
		err = NoNumber.New()
	}
	return t, err
}
