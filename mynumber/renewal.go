package mynumber

// RenewalMonths is the length of the renewal window before the last day of
// validity.
const RenewalMonths = 3

// RenewalOpens returns the first day on which a renewal may be asked for: the
// day of the same number three months before the last day of validity.
// Where that month has no such day it is the month's last: 31 May opens on 28
// or 29 February. Months of unequal length never move it the other way: 28
// February opens on 28 November.
func RenewalOpens(expiry Date) Date { return expiry.AddMonths(-RenewalMonths) }

// RenewalOpen reports whether a renewal may be asked for on a day because the
// end is near: from RenewalOpens to the last day, both included. A full note
// field gives the right at any time and does not pass here.
func RenewalOpen(expiry, on Date) bool {
	return !on.Before(RenewalOpens(expiry)) && !on.After(expiry)
}

// LessThanThreeMonthsLeft reports whether a renewal of a certificate asked for
// on that day counts to the sixth birthday. On the day exactly three
// months before the end, three months are left and not less: the first day is
// the one after RenewalOpens.
func LessThanThreeMonthsLeft(expiry, on Date) bool {
	return on.After(RenewalOpens(expiry)) && !on.After(expiry)
}

// NoticeDates returns the days on which the expiry notice (有効期限通知書) of a
// card or certificate goes out: three months and one month before its last day
// (C-15), by the same reckoning as RenewalOpens.
func NoticeDates(expiry Date) (first, second Date) {
	return expiry.AddMonths(-3), expiry.AddMonths(-1)
}
