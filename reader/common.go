package reader

import (
	"fmt"

	"kado/cardmgmt/layout"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader/files"
)

// Common is the client of the common data application (共通カードAP).
type Common struct{ app application }

// Common selects the application.
func (c *Card) Common() (*Common, error) {
	a, err := c.application(layout.Common)
	if err != nil {
		return nil, err
	}
	return &Common{a}, nil
}

// Data returns serial, municipality code and expiry, which anybody may read.
func (c *Common) Data() (files.CommonData, error) {
	b, err := c.app.readRecord("common data", layout.CommonData)
	if err != nil {
		return files.CommonData{}, err
	}
	return files.ParseCommonData(b)
}

// InternalAuthenticate has the card sign a challenge of 1 to 255 bytes with
// its key 19: PKCS#1 v1.5 with SHA-256.
func (c *Common) InternalAuthenticate(challenge []byte) ([]byte, error) {
	if len(challenge) == 0 || len(challenge) > 255 {
		return nil, fmt.Errorf("%w: challenge of %d bytes", ErrCaller, len(challenge))
	}
	return c.app.command("internal authenticate", iso7816.Command{INS: 0x88, P2: 0x80 | byte(layout.CommonKey), Data: challenge, Le: iso7816.MaxShortLe}, public)
}

// VerifyPIN presents the common data PIN.
func (c *Common) VerifyPIN(pin mynumber.Secret) error {
	return c.app.verify("common PIN", layout.CommonPIN, pin)
}

// ChangePIN presents the old PIN and sets a new one.
func (c *Common) ChangePIN(old, pin mynumber.Secret) error {
	return c.app.change("common PIN", layout.CommonPIN, old, pin)
}
