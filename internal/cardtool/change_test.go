package cardtool_test

import (
	"errors"
	"testing"

	"kado/chip/chiptest"
	"kado/internal/cardtool"
	"kado/mynumber"
	"kado/reader"
)

// TestChange_CardGoneAtEveryExchange takes the card away at every exchange of a
// change of a PIN, before the command reaches it and after. The holder is never
// told that it was changed; where it may have been, that is what is told; and the
// card has the old value or the new one, with tries left.
func TestChange_CardGoneAtEveryExchange(t *testing.T) {
	for _, reaches := range []bool{false, true} {
		doubtful := 0
		for at := 1; ; at++ {
			f := chiptest.Operational(t)
			n := 0
			source := transport(func(c []byte) ([]byte, error) {
				n++
				if n < at || n == at && reaches {
					answer := f.Card.Transmit(c)
					if n < at {
						return answer, nil
					}
				}
				return nil, errors.New("card removed")
			})
			err := cardtool.New(physical(source)).Change(&typed{values: []string{"3865", "8264", "8264"}}, ref(t, "text"), cardtool.Careful{})
			if err == nil {
				if n >= at {
					t.Fatalf("gone at exchange %d, and told as done", at)
				}
				break
			}
			switch {
			case cardtool.ChangeUnknown.Is(err):
				doubtful++
			case !cardtool.CardGone.Is(err):
				t.Errorf("gone at exchange %d: %v", at, err)
			}
			f.Card.Reset()
			text, err := reader.New(reader.Virtual(f.Card)).Text()
			ok(t, err)
			old, changed := text.VerifyPIN(mynumber.NewSecret("3865")), text.VerifyPIN(mynumber.NewSecret("8264"))
			if (old == nil) == (changed == nil) {
				t.Errorf("gone at exchange %d: old %v, new %v", at, old, changed)
			}
		}
		if doubtful < 2 {
			t.Errorf("doubt was told %d times", doubtful)
		}
	}
}
