// Package cardmgmt is the language in which the card management office speaks
// to a chip: per-card keys, cryptograms, scripts, wrapped private keys and the
// chip's reports. The chip, the reader and the office share it; byte for byte
// it is described in docs/protocols/card-management.md.
//
// An issuer act changes a chip only with the chip's consent to a cryptogram
// that the office makes for one card, one challenge of that card, one session,
// one operation and one script. A terminal carries the bytes and can
// neither make nor alter them.
package cardmgmt
