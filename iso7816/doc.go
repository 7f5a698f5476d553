// Package iso7816 is the language of smart cards: command and response APDUs
// (ISO/IEC 7816-3 and -4), status words, BER-TLV and simple-TLV data objects,
// and the card-verifiable certificates of the My Number Card.
//
// Everything decoded here is hostile until proved otherwise: lengths are
// checked before use, one spelling is accepted per value, and the only
// tolerance (a superfluous length byte, seen on real cards) has its own
// function.
package iso7816
