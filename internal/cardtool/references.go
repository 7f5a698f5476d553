package cardtool

import (
	"errors"
	"io"
	"strings"

	"kado/cardmgmt/layout"
	"kado/internal/platform/lang"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader"
)

// Reference is one PIN, password or verification number as the commands name
// it.
type Reference struct {
	ID          string
	Name        lang.Text
	Application layout.Application
	Reference   layout.Reference
	Tries       int // when full
	form        form
	// holders is set for those the holder chooses and may change.
	holders bool
}

type form byte

const (
	fourDigits form = iota + 1
	password
	numberA
	numberB
)

// References lists what the commands know, PINs of the holder first.
var References = []Reference{
	{"signature", lang.Text{JA: "署名用パスワード", EN: "signature password"}, layout.JPKI, layout.JPKISignaturePassword, mynumber.SignaturePasswordTries, password, true},
	{"authentication", lang.Text{JA: "利用者証明用の暗証番号", EN: "user authentication PIN"}, layout.JPKI, layout.JPKIAuthenticationPIN, mynumber.PINTries, fourDigits, true},
	{"text", lang.Text{JA: "券面事項入力補助用の暗証番号", EN: "card information input PIN"}, layout.Text, layout.TextPIN, mynumber.PINTries, fourDigits, true},
	{"register", lang.Text{JA: "住民基本台帳用の暗証番号", EN: "residents' register PIN"}, layout.Register, layout.RegisterPIN, mynumber.PINTries, fourDigits, true},
	{"common", lang.Text{JA: "共通カードの暗証番号", EN: "common data PIN"}, layout.Common, layout.CommonPIN, mynumber.PINTries, fourDigits, true},
	{"a", lang.Text{JA: "照合番号A（券面）", EN: "verification number A (card face)"}, layout.Face, layout.FaceA, mynumber.VerificationTries, numberA, false},
	{"b", lang.Text{JA: "照合番号B（券面）", EN: "verification number B (card face)"}, layout.Face, layout.FaceB, mynumber.VerificationTries, numberB, false},
	{"text-a", lang.Text{JA: "照合番号A（入力補助）", EN: "verification number A (card information input)"}, layout.Text, layout.TextA, mynumber.VerificationTries, numberA, false},
	{"text-b", lang.Text{JA: "照合番号B（入力補助）", EN: "verification number B (card information input)"}, layout.Text, layout.TextB, mynumber.VerificationTries, numberB, false},
}

// ReferenceOf finds a reference by its id.
func ReferenceOf(id string) (Reference, bool) {
	for _, r := range References {
		if r.ID == id {
			return r, true
		}
	}
	return Reference{}, false
}

func reference(id string) Reference {
	r, ok := ReferenceOf(id)
	if !ok {
		panic("cardtool: no reference " + id)
	}
	return r
}

// fits reports whether a value could be right, so that no try is spent on a
// slip of the keyboard.
func (r Reference) fits(v mynumber.Secret) bool {
	s := v.Reveal()
	switch r.form {
	case fourDigits:
		return len(s) == mynumber.PINLength && digits(s)
	case password:
		return len(s) >= mynumber.SignaturePasswordMinLength && len(s) <= mynumber.SignaturePasswordMaxLength &&
			strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
	case numberA:
		_, err := mynumber.ParseIndividualNumber(s)
		return err == nil
	case numberB:
		return len(s) == 14 && digits(s)
	}
	return false
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// normal raises the letters of a signature password (C-02).
func (r Reference) normal(v mynumber.Secret) mynumber.Secret {
	if r.form != password {
		return v
	}
	raised := mynumber.NewSecret(mynumber.NormalisePassword(v.Reveal()))
	v.Wipe()
	return raised
}

// selectApplication makes an application current through its typed client.
func (t *Tool) selectApplication(app layout.Application) error {
	var err error
	switch app {
	case layout.Master:
		_, err = t.card.Issuer()
	case layout.Common:
		_, err = t.card.Common()
	case layout.Register:
		_, err = t.card.Register()
	case layout.Text:
		_, err = t.card.Text()
	case layout.Face:
		_, err = t.card.Face()
	case layout.JPKI:
		_, err = t.card.JPKI()
	}
	return err
}

// send sends one command to the selected application.
func (t *Tool) send(operation string, cmd iso7816.Command) (iso7816.Response, error) {
	b, err := cmd.Encode()
	if err != nil {
		return iso7816.Response{}, err
	}
	raw, err := t.recorder.Transmit(b)
	if err != nil {
		t.card.Reset()
		return iso7816.Response{}, err
	}
	r, err := iso7816.ParseResponse(raw)
	if err != nil {
		t.card.Reset()
		return r, errors.Join(reader.ErrMalformed, err)
	}
	return r, nil
}

func (t *Tool) selectFile(operation string, id uint16) error {
	r, err := t.send(operation, iso7816.Command{INS: 0xA4, P1: 0x02, P2: 0x0C, Data: []byte{byte(id >> 8), byte(id)}})
	if err != nil {
		return err
	}
	if !r.SW.OK() {
		return &reader.StatusError{SW: r.SW, Operation: operation}
	}
	return nil
}

// TriesLeft asks for the tries of a reference; none is spent. ok is false when
// the card does not have it.
func (t *Tool) TriesLeft(r Reference) (left int, ok bool, err error) {
	if err := t.selectApplication(r.Application); err != nil {
		if errors.Is(err, reader.ErrNotFound) {
			return 0, false, nil
		}
		return 0, false, t.refusal(err)
	}
	if err := t.selectFile("tries of "+r.ID, uint16(r.Reference)); err != nil {
		if errors.Is(err, reader.ErrNotFound) {
			return 0, false, nil
		}
		return 0, false, t.refusal(err)
	}
	answer, err := t.send("tries of "+r.ID, iso7816.Command{INS: 0x20, P2: 0x80})
	if err != nil {
		return 0, false, t.refusal(err)
	}
	n, isCount := answer.SW.TriesLeft()
	if !isCount {
		return 0, false, t.refusal(&reader.StatusError{SW: answer.SW, Operation: "tries of " + r.ID})
	}
	return n, true, nil
}

// present presents a value to the card.
func (t *Tool) present(r Reference, v mynumber.Secret) error {
	switch r.ID {
	case "signature", "authentication":
		j, err := t.card.JPKI()
		if err != nil {
			return err
		}
		kind := reader.SignatureKey
		if r.ID == "authentication" {
			kind = reader.AuthenticationKey
		}
		return j.Verify(kind, v)
	case "register":
		c, err := t.card.Register()
		if err != nil {
			return err
		}
		return c.VerifyPIN(v)
	case "common":
		c, err := t.card.Common()
		if err != nil {
			return err
		}
		return c.VerifyPIN(v)
	case "text", "text-a", "text-b":
		c, err := t.card.Text()
		if err != nil {
			return err
		}
		switch r.ID {
		case "text-a":
			return c.VerifyA(v)
		case "text-b":
			return c.VerifyB(v)
		}
		return c.VerifyPIN(v)
	case "a", "b":
		c, err := t.card.Face()
		if err != nil {
			return err
		}
		if r.ID == "a" {
			return c.VerifyA(v)
		}
		return c.VerifyB(v)
	}
	return reader.ErrCaller
}

// Careful says how tries are spent.
type Careful struct {
	// Yes permits to spend the last try.
	Yes bool
}

// mayTry asks how many tries are left, tells the holder, and refuses where the
// reference is blocked or its last try would be spent (CHP-54).
func (t *Tool) mayTry(p Prompt, r Reference, c Careful) error {
	left, ok, err := t.TriesLeft(r)
	switch {
	case err != nil:
		return err
	case !ok:
		return NoReference.New(r.Name)
	case left == 0:
		return Blocked.New(r.Name)
	case left == 1 && !c.Yes:
		return LastTry.New(r.Name)
	case left == 1:
		p.Warn(lang.Text{JA: "%s：最後の1回です。間違えるとロックされます。", EN: "%s: this is the last try. A wrong value blocks it."}, r.Name)
	case left < r.Tries:
		p.Warn(lang.Text{JA: "%s：残り%d回です。間違えると1回減ります。", EN: "%s: %d tries left. A wrong value spends one."}, r.Name, left)
	}
	return nil
}

// Verify asks for a value and presents it. A value of the wrong form is refused
// before a try is spent. Where skip is set, an empty line or the end of the input
// gives skipped.
func (t *Tool) verify(p Prompt, r Reference, c Careful, skip bool) (skipped bool, err error) {
	if err := t.mayTry(p, r, c); err != nil {
		return false, err
	}
	value, err := t.ask(p, r, r.Name, skip)
	if err != nil || value.IsZero() {
		return value.IsZero() && err == nil, err
	}
	defer value.Wipe()
	return false, t.presented(r, t.present(r, value))
}

// Verify asks for the value of a reference and presents it to the card.
func (t *Tool) Verify(p Prompt, r Reference, c Careful) error {
	_, err := t.verify(p, r, c, false)
	return err
}

// ask reads a value and checks its form.
func (t *Tool) ask(p Prompt, r Reference, what lang.Text, skip bool) (mynumber.Secret, error) {
	value, err := p.Ask(what)
	if errors.Is(err, io.EOF) {
		if skip {
			return mynumber.Secret{}, nil
		}
		return mynumber.Secret{}, NoSecret.Because(err)
	}
	if err != nil {
		return mynumber.Secret{}, err
	}
	if value.IsZero() {
		if skip {
			return value, nil
		}
		return value, BadForm.New(r.Name)
	}
	value = r.normal(value)
	if !r.fits(value) {
		value.Wipe()
		return mynumber.Secret{}, BadForm.New(r.Name)
	}
	return value, nil
}

// presented turns the card's answer to a value into what the holder is told.
func (t *Tool) presented(r Reference, err error) error {
	var wrong *reader.WrongPINError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong) && wrong.Left == 0:
		return WrongAndBlocked.Because(err, r.Name)
	case errors.As(err, &wrong):
		return Wrong.Because(err, r.Name, wrong.Left)
	case errors.Is(err, reader.ErrBlocked):
		return Blocked.Because(err, r.Name)
	}
	return t.refusal(err)
}

// Change asks for the old value and twice for the new one, and sets it. The new
// one must keep R-20 before anything is presented to the card.
func (t *Tool) Change(p Prompt, r Reference, c Careful) error {
	if !r.holders {
		return NotChangeable.New(r.Name)
	}
	if err := t.mayTry(p, r, c); err != nil {
		return err
	}
	// The expiry year stands on the card, free to read, and is no PIN.
	var known mynumber.PINContext
	if common, err := t.common(); err == nil {
		known.CardExpiry = common.Expiry
	}
	old, err := t.ask(p, r, lang.Text{JA: "今の" + r.Name.JA, EN: "present " + r.Name.EN}, false)
	if err != nil {
		return err
	}
	defer old.Wipe()
	value, err := t.askNew(p, r, lang.Text{JA: "新しい" + r.Name.JA, EN: "new " + r.Name.EN})
	if err != nil {
		return err
	}
	defer value.Wipe()
	if err := check(r, value, known); err != nil {
		return err
	}
	again, err := t.askNew(p, r, lang.Text{JA: "新しい" + r.Name.JA + "（もう一度）", EN: "new " + r.Name.EN + " (again)"})
	if err != nil {
		return err
	}
	defer again.Wipe()
	if !value.Equal(again) {
		return NotTheSame.New()
	}
	t.guard.armed = true
	defer func() { t.guard.armed = false }()
	err = t.presented(r, t.change(r, old, value))
	if CardGone.Is(err) {
		return ChangeUnknown.Because(err, r.Name)
	}
	return err
}

// askNew reads a new value; its rules are checked by check.
func (t *Tool) askNew(p Prompt, r Reference, what lang.Text) (mynumber.Secret, error) {
	value, err := p.Ask(what)
	if errors.Is(err, io.EOF) {
		return value, NoSecret.Because(err)
	}
	if err != nil {
		return value, err
	}
	if value.IsZero() {
		return value, BadForm.New(r.Name)
	}
	return r.normal(value), nil
}

// check applies R-20 to a new value.
func check(r Reference, v mynumber.Secret, known mynumber.PINContext) error {
	var err error
	if r.form == password {
		err = mynumber.CheckSignaturePassword(v.Reveal())
	} else {
		err = mynumber.CheckPIN4(v.Reveal(), known)
	}
	var broken *mynumber.PINError
	if errors.As(err, &broken) {
		return Unsuitable.Because(err, r.Name, ruleText(broken.Rule))
	}
	return err
}

func (t *Tool) change(r Reference, old, value mynumber.Secret) error {
	switch r.ID {
	case "signature", "authentication":
		j, err := t.card.JPKI()
		if err != nil {
			return err
		}
		kind := reader.SignatureKey
		if r.ID == "authentication" {
			kind = reader.AuthenticationKey
		}
		return j.Change(kind, old, value)
	case "text":
		c, err := t.card.Text()
		if err != nil {
			return err
		}
		return c.ChangePIN(old, value)
	case "register":
		c, err := t.card.Register()
		if err != nil {
			return err
		}
		return c.ChangePIN(old, value)
	case "common":
		c, err := t.card.Common()
		if err != nil {
			return err
		}
		return c.ChangePIN(old, value)
	}
	return reader.ErrCaller
}

// Counter is how many tries a reference has left.
type Counter struct {
	ID      string    `json:"reference"`
	Name    lang.Text `json:"-"`
	Left    int       `json:"left"`
	Full    int       `json:"full"`
	Blocked bool      `json:"blocked"` // or never set
}

// Status asks for the tries of every PIN and number. None is spent.
func (t *Tool) Status() ([]Counter, error) {
	out := []Counter{}
	for _, r := range References {
		left, ok, err := t.TriesLeft(r)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, Counter{r.ID, r.Name, left, r.Tries, left == 0})
		}
	}
	return out, nil
}
