// Package notice writes to holders: what happened to their card, and what is
// coming (P-31, R-14). A notice is written in the transaction of the act it
// tells of and never twice for one key. It carries no link and asks for no PIN
// (OPS-40).
package notice
