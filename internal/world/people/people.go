// Package people makes up the residents of a town from a seed: the
// same seed, municipality and day give the same people byte for byte. Nobody
// in it exists; family and given names are common ones thrown together, and
// the names of quarters are of the kind found anywhere.
package people

import (
	"fmt"

	"kado/internal/world/places"
	"kado/mynumber"
)

// MaxTown is the largest town that Town makes.
const MaxTown = 2_000_000

// Resident is one made-up person in the state the register would hold.
type Resident struct {
	Index        int    // place in the town, from 0
	Name         string // family name, U+3000, given name; of foreign residents in Latin capitals or kanji
	Kana         string // full-width katakana, U+3000 between family and given name
	Latin        string // capitals, family name first, one space: YAMADA HANAKO
	Alias        string // 通名, family name, U+3000, given name; "" without one
	AliasKana    string
	BirthDate    mynumber.Date
	Sex          mynumber.Sex
	Municipality places.Municipality // the body that keeps the register
	Place        places.Municipality // the ward in a designated city, else the municipality
	Address      string              // from the prefecture, full-width digits
	Household    int                 // number of the household in the town, from 0
	Relation     Relation            // to the head of the household
	Residence    mynumber.Residence  // what the card's validity depends on
	StatusName   string              // status of residence as on the residence card, "" for Japanese nationals
	StayUntil    mynumber.Date       // last day of the permitted stay; zero when not limited
}

// Relation is the relation to the head of the household (続柄).
type Relation string

// The relations that occur.
const (
	Head   Relation = "世帯主"
	Wife   Relation = "妻"
	Child  Relation = "子"
	Mother Relation = "母"
	Father Relation = "父"
)

// Foreign reports whether the person is not a Japanese national.
func (r Resident) Foreign() bool { return r.Residence != mynumber.Japanese }

// Attributes returns the four basic attributes.
func (r Resident) Attributes() mynumber.Attributes {
	return mynumber.Attributes{Name: r.Name, Address: r.Address, BirthDate: r.BirthDate, Sex: r.Sex}
}

// AgeOn returns the age in full years on day d, -1 before birth.
func (r Resident) AgeOn(d mynumber.Date) int { return mynumber.AgeOn(r.BirthDate, d) }

// AdultOn reports whether the person is of age for an application accepted on
// day d: 18 from 2022-04-01, 20 before.
func (r Resident) AdultOn(d mynumber.Date) bool { return r.AgeOn(d) >= mynumber.AdultAge(d) }

// Town makes the first n residents of a municipality as of day today. A
// larger n gives the same people and more. The first resident is an adult
// Japanese national, head of a household, whose next birthday is 125 to 240
// days after today, so that a card issued today is nowhere near a renewal.
// Given a ward of a designated city, all live in that ward.
//
// It refuses a body without a code in the built-in table's form, a day before
// 1950, and n outside 0 to MaxTown.
func Town(seed string, m places.Municipality, n int, today mynumber.Date) ([]Resident, error) {
	if n < 0 || n > MaxTown {
		return nil, fmt.Errorf("people: a town has 0 to %d residents, not %d", MaxTown, n)
	}
	b, err := newBuilder(seed, m, today)
	if err != nil {
		return nil, err
	}
	out := make([]Resident, 0, min(n, 4096))
	for household := 0; len(out) < n; household++ {
		for _, r := range b.household(household) {
			if len(out) == n {
				break
			}
			r.Index = len(out)
			r.Household = household
			out = append(out, r)
		}
	}
	if b.dice.err != nil {
		return nil, b.dice.err
	}
	return out, nil
}

// NewAddress returns an address in municipality m for resident r to move to,
// other than the present one. The same seed, resident and municipality give
// the same address.
func NewAddress(seed string, r Resident, m places.Municipality, today mynumber.Date) (string, error) {
	b, err := newBuilder(seed, m, today)
	if err != nil {
		return "", err
	}
	b.dice = newDice(seed, fmt.Sprintf("people/move/%s/%s/%d", m.Code, r.Municipality.Code, r.Index))
	for {
		_, address := b.address()
		if b.dice.err != nil {
			return "", b.dice.err
		}
		if address != r.Address {
			return address, nil
		}
	}
}
