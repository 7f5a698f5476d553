// Package login lets a holder log in at a relying party with the user
// authentication certificate. A relying party gets an id made for it alone,
// the same after renewal and reissue, and never a serial number (P-51).
package login

import (
	"context"
	"time"

	"kado/internal/platform/journal"
)

// Party is a relying party.
type Party struct {
	ID     string // rp_…
	Name   string
	Origin string // e.g. "https://shop.example"; part of what the card signs (P-42)
}

// Challenge is what the holder's card is asked to sign: the SHA-256 of Message
// under the authentication key. Message names party, origin, purpose, nonce and
// end of validity, so that a proof serves one site once (P-42).
type Challenge struct {
	ID        string // chl_…
	Party     string
	Message   []byte
	ExpiresAt time.Time
}

// Response is the card's answer.
type Response struct {
	Challenge   string
	Certificate []byte // DER, user authentication certificate from the card
	Signature   []byte // PKCS#1 v1.5 over SHA-256(Message)
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
// KADO-4210 not yet valid (card not delivered).
type Provider interface {
	Register(ctx context.Context, by journal.Actor, name, origin string) (Party, error)
	Begin(ctx context.Context, party string) (Challenge, error)
	Finish(ctx context.Context, r Response) (Login, error)
}
