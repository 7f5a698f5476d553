package reader

import (
	"crypto/rsa"

	"kado/cardmgmt/layout"
	"kado/mynumber"
	"kado/reader/files"
)

// Text is the client of the card information input application
// (券面事項入力補助AP).
type Text struct{ app application }

// Text selects the application.
func (c *Card) Text() (*Text, error) {
	a, err := c.application(layout.Text)
	if err != nil {
		return nil, err
	}
	return &Text{a}, nil
}

// VerifyPIN opens both number and attributes.
func (t *Text) VerifyPIN(pin mynumber.Secret) error {
	return t.app.verify("text PIN", layout.TextPIN, pin)
}

// VerifyA presents verification number A, which opens the number only.
func (t *Text) VerifyA(a mynumber.Secret) error {
	return t.app.verify("verification number A", layout.TextA, a)
}

// VerifyB presents verification number B, which opens the attributes only.
func (t *Text) VerifyB(b mynumber.Secret) error {
	return t.app.verify("verification number B", layout.TextB, b)
}

// TriesLeft asks for the tries of the PIN.
func (t *Text) TriesLeft() (int, error) { return t.app.triesLeft("text PIN", layout.TextPIN) }

// ChangePIN presents the old PIN and sets a new one.
func (t *Text) ChangePIN(old, pin mynumber.Secret) error {
	return t.app.change("text PIN", layout.TextPIN, old, pin)
}

// evidence reads what proves the record: signature and issuer's certificate.
func (t *Text) evidence() (signature, cvc []byte, err error) {
	if signature, err = t.app.readObject("text signature", layout.TextSignature, 7, private); err != nil {
		return nil, nil, err
	}
	cvc, err = t.app.readObject("issuer certificate", layout.TextCVC, 7, public)
	return signature, cvc, err
}

// Number returns the Individual Number, after PIN or A, with the issuer's
// signature checked up to root (CHP-38). It may be used only for work under
// the number law (CHP-39).
func (t *Text) Number(root *rsa.PublicKey) (mynumber.IndividualNumber, error) {
	file, err := t.app.readAll("number", layout.TextNumber, private)
	if err != nil {
		return mynumber.IndividualNumber{}, err
	}
	signature, cvc, err := t.evidence()
	if err != nil {
		return mynumber.IndividualNumber{}, err
	}
	if err := files.VerifyText(file, nil, signature, cvc, root); err != nil {
		return mynumber.IndividualNumber{}, err
	}
	return files.ParseNumber(file)
}

// Attributes returns the four basic attributes, after PIN or B, with the
// issuer's signature checked up to root (CHP-38).
func (t *Text) Attributes(root *rsa.PublicKey) (mynumber.Attributes, error) {
	file, err := t.app.readObject("attributes", layout.TextAttributes, 7, private)
	if err != nil {
		return mynumber.Attributes{}, err
	}
	signature, cvc, err := t.evidence()
	if err != nil {
		return mynumber.Attributes{}, err
	}
	if err := files.VerifyText(nil, file, signature, cvc, root); err != nil {
		return mynumber.Attributes{}, err
	}
	return files.ParseAttributes(file)
}
