package oidc

import (
	"context"
	"net/http"
	"time"

	"kado/internal/digital/login"
	"kado/internal/platform/lang"
	"kado/internal/platform/vault/sealed"
	"kado/mynumber"
	"kado/reader/files"
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

// Claims lists them in the order in which they are shown.
var Claims = []Claim{ClaimName, ClaimAddress, ClaimBirthdate, ClaimGender}

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
	Sign []byte
	// SignRaw asks for PKCS#1 v1.5 padding around Sign alone, without the DigestInfo
	// that otherwise stands before it. Only for clients that are set up so.
	SignRaw   bool
	LoginHint string // what the relying party put into login_hint; "" for none
	// Ways is the path of the page on which another way can be chosen.
	Ways string
	// ReturnOrigin is where the browser goes in the end: a page whose form leads
	// there needs it in web.Page.FormTargets. "" for the house's own pages.
	ReturnOrigin string
	ExpiresAt    time.Time // by the house's clock
	// ProofKey is what a way seals a card's proof to (sealed.Target); nil where no
	// claim is wanted.
	ProofKey *sealed.Announcement
}

// Proven is what a way says of the attributes that it read from a card: record, proof
// and issuer are the files 0002, 0003 and 0004 of the text application.
func (i Interaction) Proven(record, proof, issuer []byte) (*CardAttributes, error) {
	read, err := files.ParseAttributes(record)
	if err != nil {
		return nil, BadRecord.Because(err)
	}
	if i.ProofKey == nil {
		return nil, NoAttributes.New()
	}
	envelope, err := sealed.Target{Announcement: *i.ProofKey, Challenge: i.Challenge.ID}.Seal(record, proof, issuer)
	if err != nil {
		return nil, BadRecord.Because(err)
	}
	return &CardAttributes{Attributes: read, Record: record, Sealed: envelope}, nil
}

// Answer is what the holder's card said.
type Answer struct {
	// Login is the proof by the authentication key; its Challenge is the
	// interaction's.
	Login login.Response
	// Attributes are the four basic attributes as read from the card's input-aid
	// application with the text PIN, with the card's proof. Nil when no claim was asked
	// for.
	Attributes *CardAttributes
	// Signature and SigningCertificate answer Interaction.Sign.
	Signature          []byte
	SigningCertificate []byte // DER
	// Consented says that no consent page is wanted: the way plays the holder, too
	// (a test card chosen by a program). It counts in the sandbox only.
	Consented bool
}

// CardAttributes are the attributes as the card holds them.
type CardAttributes struct {
	mynumber.Attributes
	// Record is the file as the card holds it (0002 of the text application), and
	// Sealed what proves it: the files 0003 and 0004, sealed with Interaction.ProofKey
	// for this challenge. The provider cannot open it and has it checked where the
	// Individual Numbers are kept, since the proof gives the number away. Empty where
	// the way vouches for the attributes itself (a test card, in a sandbox).
	Record, Sealed []byte
	// Card is the id of the card that they were read from, where the way knows it:
	// the certificate must then lie on that card.
	Card mynumber.CardID
}

// Desk is what a way uses. KADO-8101 no such interaction, or it is over.
type Desk interface {
	// Interaction returns a waiting interaction. Ask anew after a refusal: a
	// challenge serves once.
	Interaction(ctx context.Context, id string) (Interaction, error)
	// Answer takes the card's answer and returns where the browser goes next: a
	// page of the provider that leads to the consent, or back to the relying party
	// with code or error. A refusal
	// that the holder can mend (a stopped card is none) leaves the interaction
	// waiting and is returned as an error.
	Answer(ctx context.Context, id string, a Answer) (next string, err error)
	// Cancel ends an interaction with an OAuth error code, such as
	// "access_denied", and returns where the browser goes.
	Cancel(ctx context.Context, id, code, description string) (next string, err error)
	// Bound refuses a request that does not come from the browser that began the
	// interaction (KADO-8102). A way calls it on each of its pages, except where
	// another device is the point of the way.
	Bound(r *http.Request, id string) error
}

// Way is one way in which a card gets to the browser.
type Way struct {
	ID          string // "test-card", "shelf", "bridge", "handover", "certificate"
	Icon        string // of the shell's sprite
	Title, Text lang.Text
	// Path is where the holder goes with an interaction.
	Path func(interaction string) string
	// Chosen, where given, tells from an authorization request (a header, a
	// login_hint) that this way is wanted without the list being shown.
	Chosen func(r *http.Request, loginHint string) bool
	// Fits tells whether the way can bring what is asked for; the list shows no other.
	// nil: whatever it is.
	Fits func(claims []Claim, signs bool) bool
}
