package mynumber

import "time"

// ExpressDays is how many days after the event the express track may still be
// asked for (C-18).
const ExpressDays = 30

// ExpressFrom is the first day of the express track.
var ExpressFrom = Date{2024, time.December, 2}

// ExpressGround is an event that gives the right to the express track (C-18).
type ExpressGround string

// The grounds.
const (
	GroundNewborn       ExpressGround = "newborn"         // the event is the birth
	GroundFromAbroad    ExpressGround = "from_abroad"     // moved in from abroad
	GroundNewResident   ExpressGround = "new_resident"    // first entry into the register
	GroundLost          ExpressGround = "lost"            // the event is the loss
	GroundDamaged       ExpressGround = "damaged"         // burnt, damaged or out of function
	GroundNoteFieldFull ExpressGround = "note_field_full" // the event is the entry that found no room
	GroundNumberChanged ExpressGround = "number_changed"
	GroundOfficeFault   ExpressGround = "office_fault"
)

// Valid reports whether g is one of the constants.
func (g ExpressGround) Valid() bool {
	switch g {
	case GroundNewborn, GroundFromAbroad, GroundNewResident, GroundLost,
		GroundDamaged, GroundNoteFieldFull, GroundNumberChanged, GroundOfficeFault:
		return true
	}
	return false
}

// MayExpress reports whether the express track may be asked for on a day: from
// ExpressFrom, at the earliest on the day of the event and at the latest
// ExpressDays after it.
func MayExpress(ground ExpressGround, event, on Date) bool {
	return ground.Valid() && event.Valid() && on.Valid() &&
		!on.Before(ExpressFrom) && !on.Before(event) && !on.After(event.AddDays(ExpressDays))
}
