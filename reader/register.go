package reader

import (
	"kado/cardmgmt/layout"
	"kado/mynumber"
	"kado/reader/files"
)

// Register is the client of the residents' register application (住基AP).
type Register struct{ app application }

// Register selects the application.
func (c *Card) Register() (*Register, error) {
	a, err := c.application(layout.Register)
	if err != nil {
		return nil, err
	}
	return &Register{a}, nil
}

// VerifyPIN presents the residents' register PIN.
func (r *Register) VerifyPIN(pin mynumber.Secret) error {
	return r.app.verify("register PIN", layout.RegisterPIN, pin)
}

// TriesLeft asks for the tries of the PIN.
func (r *Register) TriesLeft() (int, error) {
	return r.app.triesLeft("register PIN", layout.RegisterPIN)
}

// ChangePIN presents the old PIN and sets a new one.
func (r *Register) ChangePIN(old, pin mynumber.Secret) error {
	return r.app.change("register PIN", layout.RegisterPIN, old, pin)
}

// ResidentCode returns the resident record code after the PIN (CHP-36).
func (r *Register) ResidentCode() (mynumber.ResidentCode, error) {
	b, err := r.app.readObject("resident record code", layout.ResidentCode, 7, private)
	if err != nil {
		return mynumber.ResidentCode{}, err
	}
	return files.ParseResidentCode(b)
}
