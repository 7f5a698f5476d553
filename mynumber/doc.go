// Package mynumber holds the rules of the My Number Card system: numbers and
// their check digits, civil dates and eras, validity of cards and
// certificates, PIN rules, fees and documents. It is pure: no I/O, no clock,
// no randomness of its own (whoever draws a number passes the reader), and
// nothing but the standard library.
//
// Each rule is one constant, one table or one function, with the id of the
// rule (R-nn), decision (C-nn) or requirement in its comment. Text parsers
// accept exactly one spelling of each value.
//
// Two kinds of error come back: sentinels and small typed errors that name the
// broken rule. None of them repeats the value it refuses, because the value
// may be a PIN or an Individual Number.
package mynumber
