package mynumber

// Birthday returns the birthday in the given year. Born on 29 February, it is
// 28 February in years without one.
func Birthday(birth Date, year int) Date { return birth.AddMonths(12 * (year - birth.Year)) }

// NthBirthdayAfter returns the nth birthday strictly after the day from
// issued on a birthday, that birthday does not count. The day of birth
// is no birthday. For n < 1 or a date that is not Valid it is the zero Date.
func NthBirthdayAfter(birth, from Date, n int) Date {
	if n < 1 || !birth.Valid() || !from.Valid() {
		return Date{}
	}
	year := max(from.Year, birth.Year+1)
	if !Birthday(birth, year).After(from) {
		year++
	}
	return Birthday(birth, year+n-1)
}

// AgeOn returns the full years on a day, and -1 before birth or where a date is
// not Valid, so that a missing birth date never passes for an adult.
//
// The age rises on the birthday itself, and for those born on 29 February on
// 28 February in other years, so that age and birthday never disagree.
// The Act on Calculation of Ages lets a year of life end with the day before;
// for rights that begin with a whole day, as all of the card do, that is the
// birthday at 00:00. Only for those born on 29 February does this choice give
// a day more than the Act, and then in the holder's favour.
func AgeOn(birth, on Date) int {
	if !birth.Valid() || !on.Valid() || on.Before(birth) {
		return -1
	}
	age := on.Year - birth.Year
	if on.Before(Birthday(birth, on.Year)) {
		age--
	}
	return age
}
