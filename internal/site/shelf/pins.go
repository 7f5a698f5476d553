package shelf

import (
	"errors"
	"strings"

	"kado/internal/platform/lang"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
	"kado/reader/trace"
)

// PIN is one of the four values that a holder chooses and types on the pad of a
// reader.
type PIN string

// The PINs.
const (
	Signature      PIN = "signature"
	Authentication PIN = "authentication"
	Text           PIN = "text"
	Register       PIN = "register"
)

// PINs lists them.
func PINs() []PIN { return []PIN{Authentication, Signature, Text, Register} }

var pinNames = map[PIN]lang.Text{
	Signature:      {JA: "署名用パスワード", EN: "signature password"},
	Authentication: {JA: "利用者証明用の暗証番号", EN: "user authentication PIN"},
	Text:           {JA: "券面事項入力補助用の暗証番号", EN: "card information input PIN"},
	Register:       {JA: "住民基本台帳用の暗証番号", EN: "residents' register PIN"},
}

// Full is how many tries it has when none is spent.
func (p PIN) Full() int {
	if p == Signature {
		return mynumber.SignaturePasswordTries
	}
	return mynumber.PINTries
}

// Name is what people call it.
func (p PIN) Name() lang.Text { return pinNames[p] }

// parse takes what was typed, if it could be right: what could not is refused
// before it costs a try (CHP-54).
func (p PIN) parse(typed string) (mynumber.Secret, error) {
	ok := len(typed) == mynumber.PINLength && strings.Trim(typed, "0123456789") == ""
	if p == Signature {
		typed = mynumber.NormalisePassword(typed)
		ok = len(typed) >= mynumber.SignaturePasswordMinLength && len(typed) <= mynumber.SignaturePasswordMaxLength &&
			strings.Trim(typed, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
	}
	if !ok {
		return mynumber.Secret{}, NotAPIN.New(p.Name())
	}
	return mynumber.NewSecret(typed), nil
}

// suits applies R-20 to a new value. The cause, which names no value, stays out
// of the refusal.
func (p PIN) suits(v mynumber.Secret, known mynumber.PINContext) error {
	var err error
	if p == Signature {
		err = mynumber.CheckSignaturePassword(v.Reveal())
	} else {
		err = mynumber.CheckPIN4(v.Reveal(), known)
	}
	var broken *mynumber.PINError
	if errors.As(err, &broken) {
		return UnsuitablePIN.New(p.Name(), ruleTexts[broken.Rule])
	}
	return err
}

var ruleTexts = map[mynumber.PINRule]lang.Text{
	mynumber.PINNotFourDigits:    {JA: "数字4桁ではありません", EN: "it does not have four digits"},
	mynumber.PINAllSame:          {JA: "同じ数字の繰り返しです", EN: "its digits are all the same"},
	mynumber.PINRun:              {JA: "続き番号です", EN: "its digits follow one another"},
	mynumber.PINInBirthDate:      {JA: "生年月日に含まれています", EN: "it is part of the birth date"},
	mynumber.PINInExpiryYear:     {JA: "カードの有効期限の年です", EN: "it is the year in which the card ends"},
	mynumber.PINInSecurityCode:   {JA: "セキュリティコードと同じです", EN: "it is the security code"},
	mynumber.PasswordLength:      {JA: "6文字から16文字ではありません", EN: "it does not have 6 to 16 characters"},
	mynumber.PasswordCharacters:  {JA: "英字と数字のほかの文字があります", EN: "it has other characters than letters and digits"},
	mynumber.PasswordNeedsLetter: {JA: "英字がありません", EN: "it has no letter"},
	mynumber.PasswordNeedsDigit:  {JA: "数字がありません", EN: "it has no digit"},
}

// keyKind is the key that a PIN of the JPKI application opens.
func (p PIN) keyKind() reader.KeyKind {
	if p == Signature {
		return reader.SignatureKey
	}
	return reader.AuthenticationKey
}

// triesLeft asks the card; no try is spent.
func (p PIN) triesLeft(c *reader.Card) (int, error) {
	switch p {
	case Text:
		t, err := c.Text()
		if err != nil {
			return 0, err
		}
		return t.TriesLeft()
	case Register:
		r, err := c.Register()
		if err != nil {
			return 0, err
		}
		return r.TriesLeft()
	}
	j, err := c.JPKI()
	if err != nil {
		return 0, err
	}
	return j.TriesLeft(p.keyKind())
}

func (p PIN) verify(c *reader.Card, v mynumber.Secret) error {
	switch p {
	case Text:
		t, err := c.Text()
		if err != nil {
			return err
		}
		return t.VerifyPIN(v)
	case Register:
		r, err := c.Register()
		if err != nil {
			return err
		}
		return r.VerifyPIN(v)
	}
	j, err := c.JPKI()
	if err != nil {
		return err
	}
	return j.Verify(p.keyKind(), v)
}

func (p PIN) change(c *reader.Card, old, v mynumber.Secret) error {
	switch p {
	case Text:
		t, err := c.Text()
		if err != nil {
			return err
		}
		return t.ChangePIN(old, v)
	case Register:
		r, err := c.Register()
		if err != nil {
			return err
		}
		return r.ChangePIN(old, v)
	}
	j, err := c.JPKI()
	if err != nil {
		return err
	}
	return j.Change(p.keyKind(), old, v)
}

// Typed is what was typed on the pad for one PIN.
type Typed struct {
	PIN   PIN
	Value mynumber.Secret
	// Last says that the holder knows this to be the last try.
	Last bool
}

// mayTry asks how many tries are left and refuses where there is none, or where
// the last one would be spent unknowingly (CHP-54).
func (h *hands) mayTry(t Typed) error {
	left, err := t.PIN.triesLeft(h.card)
	if err != nil {
		return refusal(err)
	}
	h.device.note(t.PIN, left)
	switch {
	case left == 0:
		return Blocked.New(t.PIN.Name())
	case left == 1 && !t.Last:
		return LastTry.New(t.PIN.Name())
	}
	return nil
}

// verify presents a value to the card, for which mayTry was asked before.
func (h *hands) verify(t Typed) error { return h.presented(t.PIN, t.PIN.verify(h.card, t.Value)) }

// present is mayTry, then verify.
func (h *hands) present(t Typed) error {
	if err := h.mayTry(t); err != nil {
		return err
	}
	return h.verify(t)
}

// presented keeps the tries that the card told, and turns its answer into what
// the holder is told.
func (h *hands) presented(p PIN, err error) error {
	var wrong *reader.WrongPINError
	switch {
	case err == nil:
		h.device.note(p, p.Full())
		return nil
	case errors.As(err, &wrong):
		h.device.note(p, wrong.Left)
		if wrong.Left == 0 {
			return NowBlocked.New(p.Name())
		}
		return WrongPIN.New(p.Name(), wrong.Left)
	case errors.Is(err, reader.ErrBlocked):
		h.device.note(p, 0)
		return Blocked.New(p.Name())
	}
	return refusal(err)
}

// refusal turns an error of the reader into what the holder is told.
func refusal(err error) error {
	var status *reader.StatusError
	switch {
	case err == nil:
		return nil
	case Removed.Is(err):
		return Removed.New()
	case errors.As(err, &status) && status.SW == iso7816.SecurityIssue, errors.Is(err, reader.ErrInert):
		return NotInOperation.Because(err)
	case errors.As(err, &status):
		word := trace.StatusText(status.SW)
		return CardRefused.Because(err, lang.Text{JA: word.JA, EN: word.EN})
	case errors.Is(err, files.ErrSignature), errors.Is(err, files.ErrMalformed), errors.Is(err, reader.ErrMalformed), errors.Is(err, reader.ErrCopy):
		return RecordForged.Because(err)
	}
	return err
}
