// Package wanted says in the holder's words what an interaction asks of a card.
// Every way shows the same before it asks for a PIN.
package wanted

import (
	"encoding/hex"

	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/lang"
)

// Asked is what a page or a terminal shows of an interaction.
type Asked struct {
	Client string
	// Origin is the site that the card's signature will be for, as the message
	// that the card signs names it (P-42).
	Origin string
	Claims []lang.Text
	Signs  bool
	// Digest is the beginning of what the signature key is asked to sign, for
	// comparison with what the relying party shows; "" without a signature.
	Digest string
}

var claims = map[oidc.Claim]lang.Text{
	oidc.ClaimName:      {JA: "氏名", EN: "Name"},
	oidc.ClaimAddress:   {JA: "住所", EN: "Address"},
	oidc.ClaimBirthdate: {JA: "生年月日", EN: "Date of birth"},
	oidc.ClaimGender:    {JA: "性別", EN: "Sex"},
}

// Claim is what people call an attribute; its own name where it has no other.
func Claim(c oidc.Claim) lang.Text {
	if t, ok := claims[c]; ok {
		return t
	}
	return lang.Text{JA: string(c), EN: string(c)}
}

// Of reads an interaction. The error is login.ErrStatement where what the card
// would sign is no statement of a login.
func Of(i oidc.Interaction) (Asked, error) {
	s, err := login.ParseStatement(i.Challenge.Message)
	if err != nil {
		return Asked{}, err
	}
	a := Asked{Client: i.ClientName, Origin: s.Origin, Signs: i.Sign != nil}
	for _, c := range i.Claims {
		a.Claims = append(a.Claims, Claim(c))
	}
	if a.Signs {
		a.Digest = hex.EncodeToString(i.Sign[:min(8, len(i.Sign))])
	}
	return a, nil
}
