package registry

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/staff"
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
	err := o.DB.Tx(ctx, func(tx *db.Tx) error {
		m, err := staff.Require(ctx, tx, by, now, staff.RegistryClerk)
		if err != nil {
			return err
		}
		if err := ofMunicipality(ctx, tx, m, p.Municipality); err != nil {
			return err
		}
		if p.ID, err = o.draw(ctx, tx); err != nil {
			return err
		}
		if err := insert(ctx, tx, p, now); err != nil {
			return err
		}
		if err := o.Numbers.Assign(ctx, tx, p.ID, by); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "registry", Act: actEntered, Subject: p.ID,
			Details: map[string]string{"municipality": string(p.Municipality)}})
		return err
	})
	if err != nil {
		return Person{}, err
	}
	return p, nil
}

// Move implements Desk. Moving to where the person lives already is refused. A
// move is registered where the person comes to live, so the clerk is of the new
// municipality.
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
		if p.Standing == Dead || (p.Attributes.Name == name && p.Kana == kana && p.Latin == latin) {
			return journal.Entry{}, NotInThisStanding.New()
		}
		p.Attributes.Name, p.Kana, p.Latin = name, kana, latin
		return journal.Entry{Act: actRenamed, Details: map[string]string{}}, nil
	})
}

// change runs one change of attributes: the new version, its history, the
// journal and the effect that the certificate of the old attributes must end. A
// change of none of the four attributes (kana alone) ends no certificate.
func (o *Office) change(ctx context.Context, by journal.Actor, person string, on mynumber.Date, f func(*Person) (journal.Entry, error)) (Person, error) {
	now := o.Clock.Now()
	if on.IsZero() || on.After(mynumber.DateOf(now)) {
		return Person{}, Malformed.New("on")
	}
	var p Person
	err := o.DB.Tx(ctx, func(tx *db.Tx) error {
		m, err := staff.Require(ctx, tx, by, now, staff.RegistryClerk)
		if err != nil {
			return err
		}
		if p, err = load(ctx, tx, person); err != nil {
			return err
		}
		before := p
		e, err := f(&p)
		if err != nil {
			return err
		}
		p.Version++
		if err := check(p, mynumber.DateOf(now)); err != nil {
			return err
		}
		if on.Before(p.Attributes.BirthDate) {
			return Malformed.New("on")
		}
		if err := staff.NotOwnCase(m, p.ID); err != nil {
			return err
		}
		if err := ofMunicipality(ctx, tx, m, p.Municipality); err != nil {
			return err
		}
		if err := update(ctx, tx, p, now); err != nil {
			return err
		}
		e.At, e.Actor, e.Office, e.Subject = now, by, "registry", p.ID
		e.Details["on"] = on.String()
		if _, err := journal.Write(ctx, tx, e); err != nil {
			return err
		}
		if p.Attributes == before.Attributes && p.Municipality == before.Municipality {
			return nil
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
		m, err := staff.Require(ctx, tx, by, now, staff.RegistryClerk)
		if err != nil {
			return err
		}
		if p, err = load(ctx, tx, person); err != nil {
			return err
		}
		to, ok := Standings.Next(p.Standing, "die")
		if !ok {
			return NotInThisStanding.New()
		}
		if diedOn.Before(p.Attributes.BirthDate) {
			return Malformed.New("died_on")
		}
		if err := staff.NotOwnCase(m, p.ID); err != nil {
			return err
		}
		if err := ofMunicipality(ctx, tx, m, p.Municipality); err != nil {
			return err
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
		return journal.Queue(ctx, tx, journal.Effect{Kind: EffectDied, Key: EffectDied + "/" + p.ID, Payload: payload, NotBefore: now})
	})
	if err != nil {
		return Person{}, err
	}
	return p, nil
}

// ofMunicipality refuses a clerk whose branch does not keep the register of a
// municipality.
func ofMunicipality(ctx context.Context, tx *db.Tx, m staff.Member, code mynumber.MunicipalityCode) error {
	b, err := staff.GetBranch(ctx, tx, m.Branch)
	if err != nil {
		return err
	}
	if b.Municipality == "" || b.Municipality != code.WithCheckDigit() {
		return OtherMunicipality.New(string(code))
	}
	return nil
}

// draw returns an id that nobody has. A seeded source that begins anew repeats
// itself; a few draws pass over what it gave before.
func (o *Office) draw(ctx context.Context, tx *db.Tx) (string, error) {
	for range 100 {
		id, err := entropy.ID(o.Entropy.Stream("registry.person"), "per")
		if err != nil {
			return "", err
		}
		if _, err := load(ctx, tx, id); !NoSuchPerson.Is(err) {
			if err != nil {
				return "", err
			}
			continue
		}
		return id, nil
	}
	return "", errors.New("registry: the source of ids repeats itself")
}

// Match implements Finder. A question that fits nobody is recorded too, so that
// probing for names shows in the journal of whoever asks (OPS-37).
func (o *Office) Match(ctx context.Context, by journal.Actor, i Items) ([]Candidate, error) {
	if i.BirthDate.IsZero() {
		return nil, Malformed.New("birth_date")
	}
	if err := fit("name", i.Name, true); err != nil {
		return nil, err
	}
	if err := fit("address", i.Address, false); err != nil {
		return nil, err
	}
	key := nameKey(i.Name)
	if key == "" {
		return nil, Malformed.New("name")
	}
	now := o.Clock.Now()
	var out []Candidate
	err := o.DB.Tx(ctx, func(tx *db.Tx) error {
		out = nil
		if _, err := staff.Require(ctx, tx, by, now, staff.HotlineOperator); err != nil {
			return err
		}
		found, err := byBirthAndName(ctx, tx, i.BirthDate, key)
		if err != nil {
			return err
		}
		e := journal.Entry{At: now, Actor: by, Office: "registry", Act: actMatched, Details: map[string]string{"found": strconv.Itoa(len(found))}}
		if len(found) == 0 {
			_, err := journal.Write(ctx, tx, e)
			return err
		}
		for _, p := range found {
			c := Candidate{Person: p.ID, AddressEqual: nameKey(p.Attributes.Address) == nameKey(i.Address)}
			e.Subject, e.Details["address_equal"] = p.ID, strconv.FormatBool(c.AddressEqual)
			if _, err := journal.Write(ctx, tx, e); err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
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

// fit accepts one line of text.
func fit(what, s string, required bool) error {
	if (s == "" && required) || len(s) > maxText || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return Malformed.New(what)
	}
	return nil
}

func check(p Person, today mynumber.Date) error {
	text := func(what, s string, required bool) error {
		if strings.TrimSpace(s) != s {
			return Malformed.New(what)
		}
		return fit(what, s, required)
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
	if p.Residence.StayBound() == p.StayUntil.IsZero() {
		return Malformed.New("stay_until")
	}
	return nil
}
