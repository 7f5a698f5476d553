package registry

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

// Numbers is the vault's side of an entry: it draws the Individual Number and
// the resident record code in the same transaction.
type Numbers interface {
	Assign(ctx context.Context, tx *db.Tx, person string, by journal.Actor) error
}

// Deps are what the register stands on.
type Deps struct {
	DB      *db.DB
	Clock   clock.Clock
	Entropy entropy.Source
	Numbers Numbers
}

// Office is the register.
type Office struct{ Deps }

var (
	_ Desk   = (*Office)(nil)
	_ Finder = (*Office)(nil)
)

// New returns the register.
func New(d Deps) *Office { return &Office{d} }

// Person implements Register.
func (o *Office) Person(ctx context.Context, id string) (Person, error) {
	var p Person
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		p, err = load(ctx, tx, id)
		return err
	})
	return p, err
}

// Enter implements Desk.
func (o *Office) Enter(ctx context.Context, by journal.Actor, e Entry) (Person, error) {
	now := o.Clock.Now()
	p := Person{
		Version: 1, Standing: Standings.Initial, Municipality: e.Municipality, Attributes: e.Attributes,
		Kana: e.Kana, Latin: e.Latin, Alias: e.Alias, Residence: e.Residence, StayUntil: e.StayUntil,
	}
	if err := check(p, mynumber.DateOf(now)); err != nil {
		return Person{}, err
	}
	var err error
	if p.ID, err = entropy.ID(o.Entropy.Stream("registry.person"), "per"); err != nil {
		return Person{}, err
	}
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := insert(ctx, tx, p, now); err != nil {
			return err
		}
		if err := o.Numbers.Assign(ctx, tx, p.ID, by); err != nil {
			return err
		}
		_, err := journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "registry", Act: actEntered, Subject: p.ID,
			Details: map[string]string{"municipality": string(p.Municipality)}})
		return err
	})
	if err != nil {
		return Person{}, err
	}
	return p, nil
}

// Move implements Desk. Moving to where the person lives already is refused.
func (o *Office) Move(ctx context.Context, by journal.Actor, m Move) (Person, error) {
	return o.change(ctx, by, m.Person, m.On, func(p *Person) (journal.Entry, error) {
		if p.Standing != Resident || (p.Attributes.Address == m.Address && p.Municipality == m.Municipality) {
			return journal.Entry{}, NotInThisStanding.New()
		}
		from := p.Municipality
		p.Municipality, p.Attributes.Address = m.Municipality, m.Address
		return journal.Entry{Act: actMoved, Details: map[string]string{"from": string(from), "to": string(m.Municipality)}}, nil
	})
}

// Rename implements Desk.
func (o *Office) Rename(ctx context.Context, by journal.Actor, person, name, kana, latin string, on mynumber.Date) (Person, error) {
	return o.change(ctx, by, person, on, func(p *Person) (journal.Entry, error) {
		if p.Standing == Dead || p.Attributes.Name == name {
			return journal.Entry{}, NotInThisStanding.New()
		}
		p.Attributes.Name, p.Kana, p.Latin = name, kana, latin
		return journal.Entry{Act: actRenamed}, nil
	})
}

// change runs one change of attributes: the new version, its history, the
// journal and the effect that the certificate of the old attributes must end.
func (o *Office) change(ctx context.Context, by journal.Actor, person string, on mynumber.Date, f func(*Person) (journal.Entry, error)) (Person, error) {
	now := o.Clock.Now()
	if on.IsZero() || on.After(mynumber.DateOf(now)) {
		return Person{}, Malformed.New("on")
	}
	var p Person
	err := o.DB.Tx(ctx, func(tx *db.Tx) error {
		var err error
		if p, err = load(ctx, tx, person); err != nil {
			return err
		}
		e, err := f(&p)
		if err != nil {
			return err
		}
		p.Version++
		if err := check(p, mynumber.DateOf(now)); err != nil {
			return err
		}
		if err := update(ctx, tx, p, now); err != nil {
			return err
		}
		e.At, e.Actor, e.Office, e.Subject = now, by, "registry", p.ID
		if _, err := journal.Write(ctx, tx, e); err != nil {
			return err
		}
		payload, err := json.Marshal(Changed{Person: p.ID, Version: p.Version})
		if err != nil {
			return err
		}
		return journal.Queue(ctx, tx, journal.Effect{Kind: EffectChanged, Key: EffectChanged + "/" + p.ID + "/" + strconv.Itoa(p.Version),
			Lane: p.ID, Payload: payload, NotBefore: now})
	})
	if err != nil {
		return Person{}, err
	}
	return p, nil
}

// Die implements Desk.
func (o *Office) Die(ctx context.Context, by journal.Actor, person string, diedOn mynumber.Date) (Person, error) {
	now := o.Clock.Now()
	if diedOn.IsZero() || diedOn.After(mynumber.DateOf(now)) {
		return Person{}, Malformed.New("died_on")
	}
	var p Person
	err := o.DB.Tx(ctx, func(tx *db.Tx) error {
		var err error
		if p, err = load(ctx, tx, person); err != nil {
			return err
		}
		to, ok := Standings.Next(p.Standing, "die")
		if !ok || diedOn.Before(p.Attributes.BirthDate) {
			return NotInThisStanding.New()
		}
		p.Standing, p.DiedOn = to, diedOn
		p.Version++
		if err := update(ctx, tx, p, now); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "registry", Act: actDied, Subject: p.ID,
			Details: map[string]string{"died_on": diedOn.String()}})
		if err != nil {
			return err
		}
		payload, err := json.Marshal(Died{Person: p.ID, DiedOn: diedOn.String()})
		if err != nil {
			return err
		}
		return journal.Queue(ctx, tx, journal.Effect{Kind: EffectDied, Key: EffectDied + "/" + p.ID, Lane: p.ID, Payload: payload, NotBefore: now})
	})
	if err != nil {
		return Person{}, err
	}
	return p, nil
}

// Match implements Finder.
func (o *Office) Match(ctx context.Context, by journal.Actor, i Items) ([]Candidate, error) {
	key := nameKey(i.Name)
	if key == "" || i.BirthDate.IsZero() || len(i.Name) > maxText || len(i.Address) > maxText {
		return nil, Malformed.New("items")
	}
	now := o.Clock.Now()
	var out []Candidate
	err := o.DB.Tx(ctx, func(tx *db.Tx) error {
		out = nil
		found, err := byBirthAndName(ctx, tx, i.BirthDate, key)
		if err != nil {
			return err
		}
		for _, p := range found {
			c := Candidate{Person: p.ID, AddressEqual: nameKey(p.Attributes.Address) == nameKey(i.Address)}
			_, err := journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "registry", Act: actMatched, Subject: p.ID,
				Details: map[string]string{"address_equal": strconv.FormatBool(c.AddressEqual)}})
			if err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	return out, err
}

// maxText bounds names and addresses, in bytes.
const maxText = 800

// nameKey folds what a caller cannot say: width, spaces, letter case. It is
// used for comparing only; the register keeps names untouched, since
// normalisation would change some characters of legal names.
func nameKey(s string) string {
	s = norm.NFKC.String(s)
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

func check(p Person, today mynumber.Date) error {
	text := func(what, s string, required bool) error {
		switch {
		case s == "" && !required:
			return nil
		case s == "" || len(s) > maxText || !utf8.ValidString(s) || strings.TrimSpace(s) != s:
			return Malformed.New(what)
		}
		for _, r := range s {
			if unicode.IsControl(r) {
				return Malformed.New(what)
			}
		}
		return nil
	}
	for _, e := range []error{
		text("name", p.Attributes.Name, true), text("address", p.Attributes.Address, true),
		text("kana", p.Kana, true), text("latin", p.Latin, false), text("alias", p.Alias, false),
	} {
		if e != nil {
			return e
		}
	}
	if _, err := mynumber.ParseMunicipalityCode(string(p.Municipality)); err != nil {
		return Malformed.Because(err, "municipality")
	}
	if p.Attributes.BirthDate.IsZero() || p.Attributes.BirthDate.After(today) {
		return Malformed.New("birth_date")
	}
	if !p.Attributes.Sex.Valid() {
		return Malformed.New("sex")
	}
	if _, err := mynumber.ParseResidence(string(p.Residence)); err != nil {
		return Malformed.Because(err, "residence")
	}
	return nil
}
