package mynumber

import (
	"errors"
	"fmt"
	"time"
)

// Refusals of the validity functions.
var (
	// ErrDates means that a needed date is missing, does not exist or stands
	// in the wrong order.
	ErrDates = errors.New("mynumber: dates missing or out of order")
	// ErrStay means that the end of stay is missing for a status that needs
	// one, or given for a status that has none.
	ErrStay = errors.New("mynumber: end of stay does not fit the residence status")
	// ErrStayOver means that the stay, with any extension of it, has ended
	// before the day of issue.
	ErrStayOver = errors.New("mynumber: the stay has ended before the day of issue")
)

// AdultAge returns the age that decides between ten and five birthdays: 18 for
// applications accepted on or after 2022-04-01, 20 before (R-11, C-12).
func AdultAge(accepted Date) int {
	if accepted.Before(Date{2022, time.April, 1}) {
		return 20
	}
	return 18
}

// Birthdays a card lasts.
const (
	AdultCardBirthdays = 10
	MinorCardBirthdays = 5
)

// StayExtensionMonths is how long a card outlives the end of stay at most
// while a timely application for an extension of stay is pending.
const StayExtensionMonths = 2

// CardValidityInput is what the end of a card depends on.
type CardValidityInput struct {
	Accepted  Date // day the agency accepted the application; decides which age counts as adult
	Issued    Date // day of issue; the holder's age on it decides, and birthdays count after it
	Birth     Date
	Residence Residence
	StayUntil Date // last day of the permitted stay; only for a StayBound residence

	// ExtensionPending: an extension of stay was asked for before StayUntil
	// had passed and is not decided yet.
	ExtensionPending bool

	// Renews is the last day of the card that this one renews; zero if none.
	// Asked for (accepted) inside that card's renewal window, the new card
	// lasts one birthday more.
	Renews Date
}

// CardExpiry returns the last day of a card; its last
// moment is EndOfDay. Errors wrap ErrDates, ErrResidence, ErrStay or
// ErrStayOver.
func CardExpiry(in CardValidityInput) (Date, error) {
	if !in.Accepted.Valid() || !in.Issued.Valid() || !in.Birth.Valid() ||
		in.Issued.Before(in.Accepted) || in.Accepted.Before(in.Birth) ||
		!in.Renews.IsZero() && !in.Renews.Valid() {
		return Date{}, ErrDates
	}
	n := MinorCardBirthdays
	if AgeOn(in.Birth, in.Issued) >= AdultAge(in.Accepted) {
		n = AdultCardBirthdays
	}
	if !in.Renews.IsZero() && RenewalOpen(in.Renews, in.Accepted) {
		n++
	}
	last := NthBirthdayAfter(in.Birth, in.Issued, n)

	switch {
	case !in.Residence.Valid():
		return Date{}, ErrResidence
	case !in.Residence.StayBound():
		if !in.StayUntil.IsZero() || in.ExtensionPending {
			return Date{}, fmt.Errorf("%w: it has none", ErrStay)
		}
		return last, nil
	case !in.StayUntil.Valid():
		return Date{}, fmt.Errorf("%w: it is missing", ErrStay)
	}
	stay := in.StayUntil
	if in.ExtensionPending {
		stay = stay.AddMonths(StayExtensionMonths)
	}
	if stay.Before(in.Issued) {
		return Date{}, ErrStayOver
	}
	return earlier(last, stay), nil
}

// MayExtendCard reports whether the holder of a card may still ask, on that
// day, to have its end moved to a longer stay: until its present last day,
// which is included. No card is extended without being asked for
// (CRT-48).
func MayExtendCard(cardExpiry, on Date) bool { return on.Valid() && !on.After(cardExpiry) }
