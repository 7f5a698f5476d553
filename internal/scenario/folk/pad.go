package folk

import (
	"context"

	"kado/internal/municipality/counter"
	"kado/mynumber"
)

// The PINs that personas choose: the first that their cards permit. Most have the
// same, so that a developer need not look them up.
var (
	fours    = []string{"3141", "2718", "1618", "6174", "1729"}
	password = "KADO3141"
)

// pad is a persona's PIN pad.
type pad struct {
	four string
	set  PINs
	note func(PINs) error // writes down what has been entered
}

func newPad(c mynumber.PINContext, note func(PINs) error) *pad {
	p := &pad{note: note}
	for _, s := range fours {
		if mynumber.CheckPIN4(s, c) == nil {
			p.four = s
			break
		}
	}
	return p
}

// Enter implements counter.Pad.
func (p *pad) Enter(_ context.Context, which counter.PIN, refusal error) (mynumber.Secret, error) {
	if refusal != nil {
		return mynumber.Secret{}, refusal
	}
	value := p.four
	switch which {
	case counter.SignaturePassword:
		p.set.Signature, value = password, password
	case counter.AuthenticationPIN:
		p.set.Authentication = p.four
	case counter.TextPIN:
		p.set.Text = p.four
	case counter.RegisterPIN:
		p.set.Register = p.four
	}
	return mynumber.NewSecret(value), p.note(p.set)
}
