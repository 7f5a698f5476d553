// Package folk is the people of a sandbox's town who hold a card that is ready to
// be used: each got it through the offices, as everybody does, and each differs in
// the one thing that a relying party's developer has to see. Their PINs are
// written down here, since they are nobody's.
package folk

import (
	"kado/internal/platform/lang"
	"kado/mynumber"
)

// PINs are what a persona remembers; "" where it has none.
type PINs struct {
	Signature      string `json:"signature,omitempty"`      // 6 to 16 characters
	Authentication string `json:"authentication,omitempty"` // 4 digits
	Text           string `json:"text,omitempty"`           // 4 digits, input aid
	Register       string `json:"register,omitempty"`       // 4 digits
}

// Persona is one of them.
type Persona struct {
	ID    string          `json:"id"` // "adult", "moved-yesterday": one word of a URL, stable
	Title lang.Text       `json:"-"`  // "Moved yesterday"
	About lang.Text       `json:"-"`  // what happens with this card and why
	Card  mynumber.CardID `json:"card"`
	Owner string          `json:"person"` // internal id
	Name  string          `json:"name"`
	PINs  PINs            `json:"pins"`
	// Refusal is the number that a login with this card ends with ("KADO-4207"),
	// or "" when it succeeds; Signing the same for a signature.
	Refusal string `json:"refusal,omitempty"`
	Signing string `json:"signing,omitempty"`
	Phone   bool   `json:"phone,omitempty"` // has a phone certificate, too
}
