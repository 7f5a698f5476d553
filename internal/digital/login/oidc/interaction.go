// Package oidc is the OpenID Connect side of the login office: authorization,
// token, userinfo and signing endpoints compatible with the national digital
// authentication service, so that a relying party moves there by changing the
// host name. What is not confirmed about that service is in one file, names.go.
//
// The provider never sees a card. An authorization request that is in order
// becomes an Interaction; a Way (a test card, the shelf, a reader of the user, another
// device, mutual TLS) brings the holder's card to it and hands in an Answer; the
// holder consents; the relying party gets its code.
package oidc

import (
	"context"
	"time"

	"kado/internal/digital/login"
	"kado/internal/platform/lang"
	"kado/mynumber"
)

// Claim is an attribute that a relying party may ask for: name, address,
// birthdate, gender (the scopes of the same names).
type Claim string

// The claims.
const (
	ClaimName      Claim = "name"
	ClaimAddress   Claim = "address"
	ClaimBirthdate Claim = "birthdate"
	ClaimGender    Claim = "gender"
)

// Interaction is an authorization request that waits for a card.
type Interaction struct {
	ID         string // int_…; unguessable, bound to the browser by a cookie
	ClientID   string
	ClientName string
	Claims     []Claim // wanted; each is shown to the holder by name before anything is read
	// Challenge is what the authentication key has to sign.
	Challenge login.Challenge
	// Sign is the digest that the signature key has to sign; nil without scope
	// "sign". It goes to the card as it is (SHA-256, 32 bytes).
	Sign      []byte
	LoginHint string // what the relying party put into login_hint; "" for none
	ExpiresAt time.Time
}

// Answer is what the holder's card said.
type Answer struct {
	// Login is the proof by the authentication key; its Challenge is the
	// interaction's.
	Login login.Response
	// Attributes are the four basic attributes as read from the card's input-aid
	// application with the text PIN, with its proof: the record and the
	// municipality's signature over it. Nil when no claim was asked for.
	Attributes *CardAttributes
	// Signature and SigningCertificate answer Interaction.Sign.
	Signature          []byte
	SigningCertificate []byte // DER
}

// CardAttributes are the attributes as the card holds them.
type CardAttributes struct {
	mynumber.Attributes
	// Record and Proof are the file and the signature record of the card, so that
	// the provider need not believe whoever read it. Empty where the way vouches
	// for them itself (a card of the sandbox's own shelf).
	Record, Proof []byte
}

// Desk is what a way uses. KADO-8101 no such interaction, or it is over.
type Desk interface {
	// Interaction returns a waiting interaction.
	Interaction(ctx context.Context, id string) (Interaction, error)
	// Answer takes the card's answer and returns where the browser goes next: the
	// consent page, or back to the relying party with code or error. A refusal
	// that the holder can mend (a stopped card is none) leaves the interaction
	// waiting and is returned as an error.
	Answer(ctx context.Context, id string, a Answer) (next string, err error)
	// Cancel ends an interaction with an OAuth error code, such as
	// "access_denied", and returns where the browser goes.
	Cancel(ctx context.Context, id, code, description string) (next string, err error)
}

// Way is one way in which a card gets to the browser.
type Way struct {
	ID          string // "test-card", "shelf", "bridge", "handover", "certificate"
	Icon        string // of the shell's sprite
	Title, Text lang.Text
	// Path is where the holder goes with an interaction.
	Path func(interaction string) string
}
