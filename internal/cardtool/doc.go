// Package cardtool is what the commands on a card do (kado read, pin, sign,
// verify, cert, trace), without a terminal: it opens a card, spends tries only
// when that is safe, reads, signs, and says what it checked. Nothing here writes
// to a card except a change of a PIN.
package cardtool
