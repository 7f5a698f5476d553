// Package registry is the basic resident register (住民基本台帳) of every
// municipality: people, their four basic attributes, moves and deaths. It is
// the only source of attributes for cards and certificates (CRT-32); nobody
// types them again. People are known by an internal id; their Individual
// Number and resident record code lie in the vault.
package registry

import (
	"context"

	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/states"
	"kado/mynumber"
)

// Standing is where a person stands in the register.
type Standing string

// The standings.
const (
	Resident  Standing = "resident"
	Emigrated Standing = "emigrated"
	Dead      Standing = "dead"
)

// Standings is the table of a person's standing. Acts: emigrate, return, die.
var Standings = states.New(states.Machine[Standing]{
	Name: "resident", Title: lang.Text{JA: "住民", EN: "Resident"}, Initial: Resident,
	States: []states.State[Standing]{
		{ID: Resident, Text: lang.Text{JA: "住民", EN: "resident"}},
		{ID: Emigrated, Text: lang.Text{JA: "国外転出", EN: "emigrated"}},
		{ID: Dead, Text: lang.Text{JA: "死亡", EN: "dead"}, End: true},
	},
	Moves: []states.Move[Standing]{
		{Act: "emigrate", From: Resident, To: Emigrated},
		{Act: "return", From: Emigrated, To: Resident},
		{Act: "die", From: Resident, To: Dead},
		{Act: "die", From: Emigrated, To: Dead},
	},
})

// Person is one person as the register holds them now.
type Person struct {
	ID           string // per_…
	Version      int    // rises by one with every change
	Standing     Standing
	Municipality mynumber.MunicipalityCode
	Attributes   mynumber.Attributes
	Kana         string // full-width katakana, family U+3000 given
	Latin        string // as in the passport or residence card; may be ""
	Alias        string // 通名 of a foreign resident; may be ""
	Residence    mynumber.Residence
	StayUntil    mynumber.Date // zero unless Residence is limited in time
	DiedOn       mynumber.Date // zero while alive
}

// Japanese reports whether birth dates are printed in the Japanese era (C-11).
func (p Person) Japanese() bool { return p.Residence == mynumber.Japanese }

// Entry is a person who comes into the register (birth, first arrival).
type Entry struct {
	Municipality mynumber.MunicipalityCode
	Attributes   mynumber.Attributes
	Kana         string
	Latin        string
	Alias        string
	Residence    mynumber.Residence
	StayUntil    mynumber.Date
}

// Move is a change of address, within or into a municipality.
type Move struct {
	Person       string
	Municipality mynumber.MunicipalityCode
	Address      string
	On           mynumber.Date
}

// Effects that the register queues. Payloads are the types below, as JSON.
const (
	EffectChanged = "registry.attributes_changed" // Changed
	EffectDied    = "registry.died"               // Died
)

// Changed says that one of the four basic attributes changed (R-40:
// affiliationChanged for the signature certificate).
type Changed struct {
	Person  string `json:"person"`
	Version int    `json:"version"`
}

// Died says that a death was registered.
type Died struct {
	Person string `json:"person"`
	DiedOn string `json:"died_on"` // YYYY-MM-DD
}

// Register is what other offices may ask.
type Register interface {
	// Person returns a person as registered now. KADO-2001 if there is none.
	Person(ctx context.Context, id string) (Person, error)
}

// Items are what a caller at the stop line can give.
type Items struct {
	Name      string
	BirthDate mynumber.Date
	Address   string
}

// Candidate is a person whose name and birth date equal the given ones.
type Candidate struct {
	Person       string
	AddressEqual bool
}

// Finder is for the stop line alone: the one place where a person is looked up
// by what a caller can say, since all it can do is stop a card. Equality after
// folding width and spaces, no similarity; journalled on every candidate, and
// once where there is none. Only a hotline operator may ask (staff.Require).
type Finder interface {
	Match(ctx context.Context, by journal.Actor, i Items) ([]Candidate, error)
}

// Desk is what the municipality's staff do: registry clerks at a terminal of a
// branch of the municipality where the person lives or comes to live, within
// opening hours (OPS-34, P-17, P-36; KADO-14nn), and never in their own case.
// Every method is one transaction: the change, its journal entry and its
// effects. KADO-2001 no such person, KADO-2002 an item is malformed or a date is
// out of order, KADO-2003 not permitted in this standing or changes nothing,
// KADO-2004 the clerk is of another municipality.
type Desk interface {
	Register
	// Enter registers a person and has the vault draw an Individual Number and
	// a resident record code.
	Enter(ctx context.Context, by journal.Actor, e Entry) (Person, error)
	Move(ctx context.Context, by journal.Actor, m Move) (Person, error)
	// Rename changes name, kana and Latin name at once.
	Rename(ctx context.Context, by journal.Actor, person, name, kana, latin string, on mynumber.Date) (Person, error)
	// Die registers a death; diedOn may lie in the past (P-29).
	Die(ctx context.Context, by journal.Actor, person string, diedOn mynumber.Date) (Person, error)
}
