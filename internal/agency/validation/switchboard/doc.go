// Package switchboard makes the validation authority misbehave on purpose, for
// people who test their clients: OCSP answers and lists that are late, stale,
// wrongly signed, cut off or contradict each other (docs/ocsp-faults.md).
//
// It stands before the real handlers (Wrap) and alters what they answered; it
// never changes a record. Every answer is genuine unless a switch is on, for one
// certificate, for an authority, or for all. Switches lie in the database, so that
// they hold over a restart and count from the next answer in every process. A
// setting with other names than those of tests has no switchboard at all (New).
package switchboard
