// Package profiles makes ready cards for whoever tests card software: a maker,
// a town hall and two test authorities in memory, without server, database or
// key file. A card is made by the same acts and files as production and counter
// use, so nothing tells it from one that went the long way.
//
// A card follows from a Description. The named profiles are descriptions too:
// written out as JSON and changed by hand, each is the start of a card of one's
// own. Everything on these cards is fictitious, and their authorities bear the
// names of the test hierarchy.
package profiles

import (
	"cmp"
	"slices"

	"kado/internal/platform/lang"
	"kado/mynumber"
)

// Profile is a named description.
type Profile struct {
	Name  string
	About lang.Text // one line, with what is unusual about its PINs
	// describe writes the card for a day, so that a valid card is valid and an
	// expired one expired on any day.
	describe func(today mynumber.Date) Description
}

// Describe returns the profile's card as it is made on a day in Japan, with
// every default filled in.
func (p Profile) Describe(today mynumber.Date) (Description, error) {
	return p.describe(today).Complete(today)
}

// All returns the profiles by name.
func All() []Profile {
	out := slices.Clone(catalogue)
	slices.SortFunc(out, func(a, b Profile) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// ByName finds a profile. Error: KADO-6001.
func ByName(name string) (Profile, error) {
	for _, p := range catalogue {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, NoProfile.New()
}
