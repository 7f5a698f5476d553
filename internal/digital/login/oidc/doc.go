// Package oidc is the OpenID Connect side of the login office: authorization,
// token, userinfo and signing endpoints compatible with the national digital
// authentication service, so that a relying party moves there by changing the
// host name. What is not confirmed about that service is in one file, names.go.
//
// The provider never sees a card. An authorization request that is in order
// becomes an Interaction; a Way (a test card, the shelf, a reader of the user, another
// device, mutual TLS) brings the holder's card to it and hands in an Answer; the
// holder consents; the relying party gets its code.
//
// # What is told to whom
//
// The browser that asked is known by a cookie; only that browser gets the code,
// whoever brought the card (session fixation, login CSRF). A relying party gets a
// pairwise id, the attributes that the holder consented to, and nothing that another
// one gets too (P-51). Codes, refresh tokens, cookies and the ids of assertions are kept as
// digests; attributes are kept until the grant ends.
//
// # Two clocks
//
// The sandbox's clock can be moved years ahead, a relying party's cannot. Whatever
// a party is told or tells (assertions, codes, tokens) is measured by the parties'
// clock, certificates and the journal by the house's.
//
// # Why the endpoints are written here
//
// github.com/luikyv/go-oidc is a certified provider and was weighed first. It asks
// the machine's clock, keeps its clients, sessions and grants through separate saves
// (here a code, its grant, the consent and the journal entry are one transaction, and a
// used code or refresh token is decided by one UPDATE), reads exp only as a number
// (relying parties of the national service send digit strings), and has its own
// character classes and texts. What remained of it was less than the
// adapters. JOSE itself is go-jose's: signatures and keys of clients and JWE are
// read and written by it alone.
package oidc
