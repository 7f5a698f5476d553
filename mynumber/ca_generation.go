package mynumber

import "time"

// A new generation of each CA starts every CAGenerationYears and lives
// CALifeYears. A certificate lasts six years at most, so one issued on
// the last day of a generation's four years still ends before its CA.
const (
	CAGenerationYears = 4
	CALifeYears       = 10
)

// firstCAGeneration is the day the first generation of both real CAs began.
var firstCAGeneration = Date{2015, time.October, 20}

// CAGeneration is one generation of a CA in the regular rhythm. All
// generations share one name; the key identifier tells them apart.
type CAGeneration struct {
	Number int  // 1 for the first
	Starts Date // first day of life, and of issuing
	Ends   Date // last day of life
}

// CAGenerationFor returns the generation that issues on a day, in the regular
// rhythm counted from 2015-10-20, and false before that. The real CAs kept the
// rhythm of four years, though not to the day.
func CAGenerationFor(on Date) (CAGeneration, bool) {
	if !on.Valid() || on.Before(firstCAGeneration) {
		return CAGeneration{}, false
	}
	n := (on.Year - firstCAGeneration.Year) / CAGenerationYears
	start := firstCAGeneration.AddMonths(12 * CAGenerationYears * n)
	if on.Before(start) {
		n--
		start = firstCAGeneration.AddMonths(12 * CAGenerationYears * n)
	}
	return CAGeneration{Number: n + 1, Starts: start, Ends: CAGenerationEnd(start)}, true
}

// CAGenerationEnd returns the last day of a generation that starts on a day:
// the day before ten years are full (started 2015-10-20, ends 2025-10-19).
func CAGenerationEnd(start Date) Date { return start.AddMonths(12 * CALifeYears).AddDays(-1) }

// CAGenerationSucceeded returns the day on which the next generation takes
// over issuing from one that starts on a day.
func CAGenerationSucceeded(start Date) Date { return start.AddMonths(12 * CAGenerationYears) }
