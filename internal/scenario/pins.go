package scenario

import (
	"context"
	"fmt"
	"io"

	"kado/internal/municipality/counter"
	"kado/internal/platform/entropy"
	"kado/mynumber"
)

// pins are what the holder remembers. They exist here, where the holder's head
// would be, and in the chip.
type pins struct {
	password, authentication, text, register mynumber.Secret
}

// think has the holder think of PINs that R-20 permits.
func think(r io.Reader, birth, expiry mynumber.Date, code string) (pins, error) {
	var p pins
	four := func() (mynumber.Secret, error) {
		for {
			s, err := entropy.Digits(r, 4)
			if err != nil {
				return mynumber.Secret{}, err
			}
			if mynumber.CheckPIN4(s, mynumber.PINContext{Birth: birth, CardExpiry: expiry, SecurityCode: code}) == nil {
				return mynumber.NewSecret(s), nil
			}
		}
	}
	var err error
	if p.authentication, err = four(); err != nil {
		return p, err
	}
	if p.text, err = four(); err != nil {
		return p, err
	}
	if p.register, err = four(); err != nil {
		return p, err
	}
	digits, err := entropy.Digits(r, 6)
	if err != nil {
		return p, err
	}
	p.password = mynumber.NewSecret("KADO" + digits)
	return p, nil
}

// pad is the holder's PIN pad. The first authentication PIN tried is the
// birthday, as many people would.
type pad struct {
	pins     pins
	birthday string
	refused  int
}

func (p *pad) Enter(_ context.Context, which counter.PIN, refusal error) (mynumber.Secret, error) {
	if refusal != nil {
		p.refused++
	}
	switch which {
	case counter.SignaturePassword:
		return mynumber.NewSecret(p.pins.password.Reveal()), nil
	case counter.AuthenticationPIN:
		if refusal == nil && p.birthday != "" {
			return mynumber.NewSecret(p.birthday), nil
		}
		return mynumber.NewSecret(p.pins.authentication.Reveal()), nil
	case counter.TextPIN:
		return mynumber.NewSecret(p.pins.text.Reveal()), nil
	case counter.RegisterPIN:
		return mynumber.NewSecret(p.pins.register.Reveal()), nil
	}
	return mynumber.Secret{}, fmt.Errorf("scenario: no PIN called %s", which)
}
