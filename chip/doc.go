// Package chip is the IC of a My Number Card: command bytes in, answer bytes
// out. It holds the files, PINs and keys of the card's applications, keeps
// them in a non-volatile memory that changes only by atomic batches, and obeys
// an issuer only by cryptogram (package cardmgmt).
//
// Who may use what is one table (access.go); what the issuer may do when is
// another (lifecycle.go). The applications' own commands are in one file each.
// Byte values follow what is publicly known of the real card; what is not
// known is one named constant with the word "unconfirmed" beside it.
//
// A Card is safe for concurrent use: commands are carried out one at a time.
package chip
