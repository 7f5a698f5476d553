// Package login lets a holder log in at a relying party with the user
// authentication certificate. A relying party gets an id made for it alone,
// the same after renewal and reissue, and never a serial number (P-51).
package login

import (
	"context"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
)

// Party is a relying party.
type Party struct {
	ID     string // rp_…
	Name   string
	Origin string // e.g. "https://shop.example"; part of what the card signs (P-42)
}

// Challenge is what the holder's card is asked to sign: the digest of Message
// that goes with the authentication key (SHA-256 for RSA, SHA-384 for P-384). Message names party, origin, purpose, nonce and
// end of validity, so that a proof serves one site once (P-42); its text form is
// Statement's.
type Challenge struct {
	ID        string // chl_…
	Party     string
	Message   []byte
	ExpiresAt time.Time
}

// Response is the card's answer. One by a TLS handshake is made by ByTLS and has no
// Signature.
type Response struct {
	Challenge   string
	Certificate []byte // DER, user authentication certificate from the card
	Signature   []byte // over Message: PKCS#1 v1.5 with SHA-256, or the DER of ECDSA with SHA-384
	handshake   *handshake
}

// Login is a successful login.
type Login struct {
	Party    string
	Pairwise string // stable for this person at this party alone
	At       time.Time
}

// Provider is what relying parties use. Each refusal has its own number:
// KADO-4201 no such party, KADO-4202 challenge unknown, expired or used,
// KADO-4203 bad signature, KADO-4204 wrong authority or profile, KADO-4205
// outside its validity, KADO-4206 suspended, KADO-4207 revoked, KADO-4208
// status unknown, KADO-4209 no status answer (refused, never accepted: CRT-56),
// KADO-4210 not yet valid (card not delivered), KADO-4211 name or origin
// malformed, KADO-4212 the origin belongs to another party.
type Provider interface {
	// Register adds a relying party. The same name and origin again give the
	// party that is there. An origin is "https://host", lower case, with a port
	// only where it is not 443; "http" is permitted on the own machine alone.
	Register(ctx context.Context, by journal.Actor, name, origin string) (Party, error)
	// Begin makes a challenge that lives five minutes. Each save runs in the
	// transaction that keeps the challenge.
	Begin(ctx context.Context, party string, save ...func(context.Context, *db.Tx, Challenge) error) (Challenge, error)
	// Finish checks a card's answer. Whatever comes out, the challenge is used up,
	// unless Finish could not decide (an error of class unavailable or internal
	// other than KADO-4209).
	Finish(ctx context.Context, r Response, along ...Along) (Login, error)
}

// Along is what a caller adds to a login, so that both are recorded or neither is.
// Nil functions add nothing.
type Along struct {
	// Check runs when everything else is in order, outside any transaction, and hears
	// whose certificate it is ("" where the records name nobody). What it refuses is
	// recorded as a refused login; an error of class unavailable or internal leaves
	// the challenge as it was.
	Check func(ctx context.Context, person string) error
	// Save runs in the transaction that uses the challenge up and records the login.
	// Its error undoes all of it.
	Save func(ctx context.Context, tx *db.Tx, l Login) error
}
