package hotline

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"strconv"
	"unicode/utf8"

	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/notice"
	"kado/internal/platform/staff"
	"kado/mynumber"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the stop line's table.
func Schema() db.Schema {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic("hotline: " + err.Error()) // the folder is part of the program
	}
	return db.Schema{Office: "hotline", FS: sub}
}

// Deps are what the stop line stands on.
type Deps struct {
	DB      *db.DB
	Clock   clock.Clock
	Entropy entropy.Source
	Finder  registry.Finder
	Cards   cards.Keeper
}

// Office is the stop line.
type Office struct{ Deps }

var _ Line = (*Office)(nil)

// New returns the stop line.
func New(d Deps) *Office { return &Office{d} }

// maxPolice bounds a police receipt number, in bytes.
const maxPolice = 40

// Suspend implements Line. The card's record is suspended first: that alone
// makes every later status answer "suspended". Were the process to stop
// before the case is written, the card is stopped without a receipt, and the
// caller, who heard none, calls again and gets one. The same holds where the
// operator is suspended in between: the card stays stopped.
func (o *Office) Suspend(ctx context.Context, by journal.Actor, c Call) (Receipt, error) {
	switch c.Cause {
	case Lost, Stolen, Doubt:
	default:
		return Receipt{}, UnknownCause.New()
	}
	if len(c.Police) > maxPolice || !utf8.ValidString(c.Police) {
		return Receipt{}, UnknownCause.New()
	}
	now := o.Clock.Now()
	permit := func(tx *db.Tx) error {
		_, err := staff.Require(ctx, tx, by, now, staff.HotlineOperator)
		return err
	}
	if err := o.DB.View(ctx, permit); err != nil {
		return Receipt{}, err
	}
	found, err := o.Finder.Match(ctx, by, registry.Items{Name: c.Name, BirthDate: c.BirthDate, Address: c.Address})
	if err != nil {
		return Receipt{}, err
	}
	who, inDoubt, err := single(found)
	if err != nil {
		return Receipt{}, err
	}
	card, err := o.stoppable(ctx, who)
	if err != nil {
		return Receipt{}, err
	}
	if err := o.Cards.Suspend(ctx, by, card.ID, string(c.Cause)); err != nil {
		return Receipt{}, err
	}
	if card, err = o.Cards.Card(ctx, card.ID); err != nil {
		return Receipt{}, err
	}
	r := Receipt{Card: card.ID, SuspendedAt: card.SuspendedAt, InDoubt: inDoubt}
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := permit(tx); err != nil {
			return err
		}
		var err error
		if r.Number, err = o.draw(ctx, tx); err != nil {
			return err
		}
		// What the caller said of the police is kept as a digest: it is proof later
		// and nobody's business now. The receipt keeps equal numbers apart.
		police := ""
		if c.Police != "" {
			sum := sha256.Sum256([]byte(r.Number + "/" + c.Police))
			police = hex.EncodeToString(sum[:])
		}
		_, err = tx.Exec(ctx, `INSERT INTO hotline_case (receipt, card, person, cause, police, in_doubt, operator, reported_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			r.Number, string(r.Card), who, string(c.Cause), police, inDoubt, by.ID, now)
		if err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "hotline", Act: actReported, Subject: who, Card: string(card.ID),
			Details: map[string]string{"cause": string(c.Cause), "in_doubt": strconv.FormatBool(inDoubt), "receipt": r.Number}})
		if err != nil {
			return err
		}
		_, err = notice.Write(ctx, tx, notice.Letter{Key: "hotline.stopped/" + r.Number, Person: who, Kind: letterStopped,
			Args: []string{mynumber.DateOf(now).String(), r.Number}, WrittenAt: now})
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	return r, nil
}

// draw returns a receipt number that nobody has. A seeded source that begins
// anew repeats itself; a few draws pass over what it gave before.
func (o *Office) draw(ctx context.Context, tx *db.Tx) (string, error) {
	for range 100 {
		number, err := entropy.ID(o.Entropy.Stream("hotline.receipt"), "stop")
		if err != nil {
			return "", err
		}
		var n int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM hotline_case WHERE receipt = $1`, number).Scan(&n); err != nil {
			return "", err
		}
		if n == 0 {
			return number, nil
		}
	}
	return "", errors.New("hotline: the source of receipt numbers repeats itself")
}

// single decides who the caller speaks of. One person of that name and birth
// date is enough even where the address differs: in doubt it is suspended
// (LIF-03). Of several, only the one whose address is equal.
func single(found []registry.Candidate) (person string, inDoubt bool, err error) {
	switch len(found) {
	case 0:
		return "", false, NoCard.New()
	case 1:
		return found[0].Person, !found[0].AddressEqual, nil
	}
	for _, c := range found {
		if !c.AddressEqual {
			continue
		}
		if person != "" {
			return "", false, MoreThanOne.New()
		}
		person = c.Person
	}
	if person == "" {
		return "", false, MoreThanOne.New()
	}
	return person, false, nil
}

// stoppable returns the person's card that is in operation, or that was
// suspended before (a second call gets its own receipt).
func (o *Office) stoppable(ctx context.Context, person string) (cards.Card, error) {
	all, err := o.Cards.OfPerson(ctx, person)
	if err != nil {
		return cards.Card{}, err
	}
	for _, c := range all {
		if c.State == cards.InOperation || c.State == cards.Suspended {
			return c, nil
		}
	}
	return cards.Card{}, NoCard.New()
}

// Check looks for a receipt whose card was never stopped.
func (o *Office) Check(ctx context.Context) ([]string, error) {
	type kase struct{ receipt, card string }
	var all []kase
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		all, err = db.Collect(ctx, tx, func(scan func(...any) error) (k kase, err error) {
			return k, scan(&k.receipt, &k.card)
		}, `SELECT receipt, card FROM hotline_case ORDER BY receipt`)
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, k := range all {
		c, err := o.Cards.Card(ctx, mynumber.CardID(k.card))
		if err != nil {
			return nil, err
		}
		switch c.State {
		case cards.InOperation, cards.Suspended, cards.Abolished:
		default:
			out = append(out, "hotline: receipt "+k.receipt+" names a card that is "+string(c.State))
		}
	}
	return out, nil
}
