// Package mynumber holds the rules of the My Number Card system: numbers and
// their check digits, civil dates and eras, validity of cards and
// certificates, PIN rules, fees and documents. It is pure: no I/O, no clock,
// no randomness, and nothing but the standard library.
package mynumber
