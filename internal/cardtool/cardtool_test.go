package cardtool_test

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"kado/chip/chiptest"
	"kado/internal/cardtool"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/trace"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t testing.TB, k *fault.Kind, err error) {
	t.Helper()
	if !k.Is(err) {
		t.Errorf("%v, want %s", err, k.Code())
	}
}

// typed is a Prompt with what the holder will type.
type typed struct {
	values []string
	asked  []string
	warned []string
}

func (p *typed) Ask(what lang.Text) (mynumber.Secret, error) {
	p.asked = append(p.asked, what.EN)
	if len(p.values) == 0 {
		return mynumber.Secret{}, io.EOF
	}
	v := p.values[0]
	p.values = p.values[1:]
	return mynumber.NewSecret(v), nil
}

func (p *typed) Warn(what lang.Text, args ...any) {
	p.warned = append(p.warned, what.With(lang.EN, args...))
}

// physical makes a source that counts as a card in a reader.
func physical(t reader.Transport) *cardtool.Source {
	return cardtool.NewSource(t, []byte{0x3B, 0x80}, true, "reader", nil)
}

func virtual(t reader.Transport) *cardtool.Source {
	return cardtool.NewSource(t, nil, false, "test", nil)
}

func ref(t testing.TB, id string) cardtool.Reference {
	t.Helper()
	r, found := cardtool.ReferenceOf(id)
	if !found {
		t.Fatal(id)
	}
	return r
}

func left(t testing.TB, f *chiptest.Fixture, id string) int {
	t.Helper()
	n, there, err := cardtool.New(virtual(reader.Virtual(f.Card))).TriesLeft(ref(t, id))
	ok(t, err)
	if !there {
		t.Fatalf("no %s", id)
	}
	return n
}

// TestPhysical_OnlyPINChangeWrites: on a card in a reader nothing passes that
// could write, except a change of a PIN that the holder asked for.
func TestPhysical_OnlyPINChangeWrites(t *testing.T) {
	f := chiptest.Operational(t)
	var sent [][]byte
	spy := transport(func(c []byte) ([]byte, error) {
		sent = append(sent, bytes.Clone(c))
		return f.Card.Transmit(c), nil
	})
	tool := cardtool.New(physical(spy))
	want(t, cardtool.VirtualOnly, tool.Replay(&trace.Trace{}, trace.Hidden{}, &typed{}))
	_, err := tool.Read(cardtool.ReadOptions{At: now})
	ok(t, err)
	ok(t, tool.Change(&typed{values: []string{"3865", "8264", "8264"}}, ref(t, "text"), cardtool.Careful{}))
	_, err = tool.Sign(&typed{values: []string{"KADO77TEST"}}, cardtool.SignRequest{Content: []byte("x"), Kind: reader.SignatureKey, At: now})
	ok(t, err)
	changes := 0
	for _, c := range sent {
		cmd, err := iso7816.ParseCommand(c)
		ok(t, err)
		switch {
		case cmd.INS == 0x24:
			changes++
		case cmd.CLA == 0x80 && cmd.INS != 0x2A, cmd.INS == 0x32, cmd.INS == 0xD6, cmd.INS >= 0xE0:
			t.Errorf("sent %02X %02X", cmd.CLA, cmd.INS)
		}
	}
	if changes != 1 {
		t.Errorf("%d changes", changes)
	}
}

// TestGuard sends every instruction through a tool's transport by replaying it,
// which for a physical card is refused before the first byte.
func TestGuard(t *testing.T) {
	for cla := range 256 {
		for _, ins := range []byte{0x20, 0x24, 0x2A, 0x32, 0xA4, 0xB0, 0xD6, 0xD0, 0xE0, 0xE2, 0xE4, 0xE6, 0x44, 0x8A} {
			reached := false
			_, err := cardtool.Guarded(transport(func([]byte) ([]byte, error) { reached = true; return []byte{0x90, 0}, nil })).Transmit([]byte{byte(cla), ins, 0, 0})
			harmless := cla == 0 && (ins == 0x20 || ins == 0xA4 || ins == 0xB0) || cla == 0x80 && ins == 0x2A
			if reached != harmless || harmless == cardtool.ReadOnly.Is(err) {
				t.Errorf("%02X %02X: reached %v, %v", cla, ins, reached, err)
			}
		}
	}
	for _, malformed := range [][]byte{nil, {0}, {0, 0x20, 0, 0x80, 9, 1}} {
		_, err := cardtool.Guarded(transport(func([]byte) ([]byte, error) { t.Error("reached"); return nil, nil })).Transmit(malformed)
		want(t, cardtool.ReadOnly, err)
	}
}

type transport func([]byte) ([]byte, error)

func (f transport) Transmit(c []byte) ([]byte, error) { return f(c) }

var now = time.Date(2026, 4, 1, 12, 0, 0, 0, mynumber.JST)

func TestCHP54_WarnBeforeATryAndNeverTheLastUnasked(t *testing.T) {
	f := chiptest.Operational(t)
	tool := cardtool.New(physical(reader.Virtual(f.Card)))
	pin := ref(t, "authentication")
	p := &typed{values: []string{"9630", "9631"}}
	want(t, cardtool.Wrong, tool.Verify(p, pin, cardtool.Careful{}))
	if len(p.warned) != 0 {
		t.Error(p.warned)
	}
	want(t, cardtool.Wrong, tool.Verify(p, pin, cardtool.Careful{}))
	if len(p.warned) != 1 || !strings.Contains(p.warned[0], "2 tries left") {
		t.Error(p.warned)
	}
	// One is left: nobody is even asked.
	p = &typed{values: []string{"4271"}}
	want(t, cardtool.LastTry, tool.Verify(p, pin, cardtool.Careful{}))
	want(t, cardtool.LastTry, tool.Change(p, pin, cardtool.Careful{}))
	_, err := tool.Sign(p, cardtool.SignRequest{Kind: reader.AuthenticationKey, At: now})
	want(t, cardtool.LastTry, err)
	if len(p.asked) != 0 || left(t, f, "authentication") != 1 {
		t.Errorf("asked %v", p.asked)
	}
	want(t, cardtool.WrongAndBlocked, tool.Verify(&typed{values: []string{"9630"}}, pin, cardtool.Careful{Yes: true}))
	want(t, cardtool.Blocked, tool.Verify(&typed{values: []string{"4271"}}, pin, cardtool.Careful{Yes: true}))
}

func TestR20_C02_FormIsCheckedBeforeATryIsSpent(t *testing.T) {
	f := chiptest.Operational(t)
	tool := cardtool.New(virtual(reader.Virtual(f.Card)))
	for id, bad := range map[string][]string{
		"authentication": {"123", "12345", "12a4", "１２３４", ""},
		"signature":      {"AB12", "ABCDEFGH123456789", "KADO-2580", "kadö2580"},
		"text":           {"", "4 26"},
		"a":              {"123456789012", "12345678901"},
		"b":              {"1234567890123", "1234567890123x"},
	} {
		before := left(t, f, id)
		for _, v := range bad {
			err := tool.Verify(&typed{values: []string{v}}, ref(t, id), cardtool.Careful{})
			want(t, cardtool.BadForm, err)
			if v != "" && strings.Contains(err.Error(), v) {
				t.Errorf("%s: the refusal repeats what was typed", id)
			}
		}
		want(t, cardtool.NoSecret, tool.Verify(&typed{}, ref(t, id), cardtool.Careful{}))
		if left(t, f, id) != before {
			t.Errorf("%s: a try was spent", id)
		}
	}
	ok(t, tool.Verify(&typed{values: []string{"kado77test"}}, ref(t, "signature"), cardtool.Careful{}))
}

// TestR20_ChangeRules: the rules are held against the new value before the card
// sees anything; both inputs of it must agree.
func TestR20_ChangeRules(t *testing.T) {
	f := chiptest.Operational(t)
	tool := cardtool.New(physical(reader.Virtual(f.Card)))
	for name, c := range map[string]struct {
		id     string
		values []string
		want   *fault.Kind
	}{
		"run":               {"text", []string{"3865", "2345", "2345"}, cardtool.Unsuitable},
		"same":              {"text", []string{"3865", "7777", "7777"}, cardtool.Unsuitable},
		"expiry year":       {"text", []string{"3865", "2035", "2035"}, cardtool.Unsuitable},
		"letters":           {"text", []string{"3865", "82a4", "82a4"}, cardtool.Unsuitable},
		"two inputs differ": {"text", []string{"3865", "8264", "8265"}, cardtool.NotTheSame},
		"second missing":    {"text", []string{"3865", "8264"}, cardtool.NoSecret},
		"new empty":         {"text", []string{"3865", ""}, cardtool.BadForm},
		"old malformed":     {"text", []string{"386", "8264", "8264"}, cardtool.BadForm},
		"only letters":      {"signature", []string{"KADO77TEST", "ABCDEFGH", "ABCDEFGH"}, cardtool.Unsuitable},
		"too short":         {"signature", []string{"KADO77TEST", "AB12", "AB12"}, cardtool.Unsuitable},
		"not the holder's":  {"a", []string{"1", "2", "2"}, cardtool.NotChangeable},
	} {
		before := left(t, f, c.id)
		err := tool.Change(&typed{values: c.values}, ref(t, c.id), cardtool.Careful{})
		if !c.want.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
		if left(t, f, c.id) != before {
			t.Errorf("%s: a try was spent", name)
		}
	}
	want(t, cardtool.Wrong, tool.Change(&typed{values: []string{"9999", "8264", "8264"}}, ref(t, "text"), cardtool.Careful{}))
	for id, values := range map[string][]string{"text": {"3865", "8264", "8264"}, "authentication": {"4271", "8264", "8264"}, "register": {"9042", "8264", "8264"},
		"common": {"7158", "8264", "8264"}, "signature": {"kado77test", "new2580pass", "NEW2580PASS"}} {
		ok(t, tool.Change(&typed{values: values}, ref(t, id), cardtool.Careful{}))
		ok(t, tool.Verify(&typed{values: values[1:]}, ref(t, id), cardtool.Careful{}))
	}
}

func roots(f *chiptest.Fixture) []*rsa.PublicKey {
	return []*rsa.PublicKey{&chiptest.Key(5).PublicKey, f.Root}
}

func TestCHP38_CHP39_Read(t *testing.T) {
	f := chiptest.Operational(t)
	h := f.Holder
	read := func(o cardtool.ReadOptions, values ...string) (*cardtool.Report, error) {
		o.Secrets, o.Prompt, o.At = true, &typed{values: values}, now
		return cardtool.New(virtual(reader.Virtual(f.Card))).Read(o)
	}
	// Without a ground the number is not read, nor its image, nor the code.
	r, err := read(cardtool.ReadOptions{Roots: roots(f)}, "KADO77TEST", "3865", h.B().Reveal())
	ok(t, err)
	if r.Attributes.Name != h.Attributes.Name || r.Attributes.Check.State != cardtool.Holds || r.Face.Check.State != cardtool.Holds || r.Number != nil || r.ResidentCode != nil {
		t.Errorf("%+v", r)
	}
	for _, i := range r.Face.Images {
		if strings.HasPrefix(i.Name, "number") {
			t.Error("the image of the number without a ground")
		}
	}
	// With one it is read, and masked unless asked.
	r, err = read(cardtool.ReadOptions{Roots: roots(f), Ground: cardtool.GroundHolder}, "", "3865", h.A().Reveal(), "9042")
	ok(t, err)
	b, err := json.Marshal(r)
	ok(t, err)
	if bytes.Contains(b, []byte(h.Number.Reveal())) || bytes.Contains(b, []byte(h.ResidentCode.Reveal())) || r.Number == nil || r.ResidentCode == nil {
		t.Errorf("%s", b)
	}
	r, err = read(cardtool.ReadOptions{Ground: cardtool.GroundHolder, ShowNumber: true}, "", "3865", h.A().Reveal(), "9042")
	ok(t, err)
	if r.Number.Value != h.Number.Reveal() || r.ResidentCode.Value != h.ResidentCode.Reveal() || r.Number.Check.State != cardtool.NotChecked || r.Face.Check.State != cardtool.NotChecked || len(r.Face.Images) != 5 {
		t.Errorf("%+v", r)
	}
	_, err = read(cardtool.ReadOptions{ShowNumber: true})
	want(t, cardtool.NoGround, err)
	// A wrong PIN ends the reading; a blocked one is passed over.
	_, err = read(cardtool.ReadOptions{}, "", "9999")
	want(t, cardtool.Wrong, err)
}

// TestCHP38_OPS12_ForgedAndCopiedRecords: a record by another issuer, and one
// copied from another card, are reported and not shown.
func TestCHP38_OPS12_ForgedAndCopiedRecords(t *testing.T) {
	f := chiptest.Operational(t)
	other := []*rsa.PublicKey{&chiptest.Key(5).PublicKey}
	tool := cardtool.New(virtual(reader.Virtual(f.Card)))
	r, err := tool.Read(cardtool.ReadOptions{Secrets: true, Prompt: &typed{values: []string{"", "3865", f.Holder.B().Reveal()}}, Roots: other, At: now})
	want(t, cardtool.Forged, err)
	b, jerr := json.Marshal(r)
	ok(t, jerr)
	if r.Attributes.Check.State != cardtool.Fails || r.Face.Check.State != cardtool.Fails || bytes.Contains(b, []byte(f.Holder.Attributes.Name)) || len(r.Face.Images) != 0 {
		t.Errorf("%s", b)
	}
	// The card's own key signs wrongly: the record was copied.
	copied := transport(func(c []byte) ([]byte, error) {
		answer := f.Card.Transmit(c)
		if cmd, err := iso7816.ParseCommand(c); err == nil && cmd.CLA == 0x80 && cmd.INS == 0x2A {
			answer[0] ^= 1
		}
		return answer, nil
	})
	r, err = cardtool.New(virtual(copied)).Read(cardtool.ReadOptions{Secrets: true, Prompt: &typed{values: []string{"", "3865", f.Holder.B().Reveal()}}, Roots: roots(f), At: now})
	want(t, cardtool.Forged, err)
	if r.Attributes.Check.State != cardtool.Holds || r.Face.Check.State != cardtool.Fails || !strings.Contains(r.Face.Check.Reason, "copied") {
		t.Errorf("%+v", r.Face)
	}
}

func TestCHP53_BlockedPINLeavesTheRest(t *testing.T) {
	f := chiptest.Operational(t)
	tool := cardtool.New(virtual(reader.Virtual(f.Card)))
	for range 3 {
		_ = tool.Verify(&typed{values: []string{"9999"}}, ref(t, "text"), cardtool.Careful{Yes: true})
	}
	r, err := tool.Read(cardtool.ReadOptions{Secrets: true, Prompt: &typed{values: []string{"KADO77TEST", f.Holder.B().Reveal()}}, At: now})
	ok(t, err)
	if r.Attributes != nil || r.Face == nil || len(r.Certificates) != 2 {
		t.Errorf("%+v", r)
	}
}

func TestMuteCard(t *testing.T) {
	tool := cardtool.New(virtual(reader.Virtual(chiptest.Personalised(t).Card)))
	_, err := tool.Status()
	want(t, cardtool.NotInOperation, err)
	_, err = tool.Read(cardtool.ReadOptions{At: now})
	want(t, cardtool.NotInOperation, err)
}

// TestHostileCard: whatever a card answers, every command ends with a numbered
// refusal or a report, and no PIN shows.
func TestHostileCard(t *testing.T) {
	cards := map[string]transport{
		"nothing":    func([]byte) ([]byte, error) { return nil, nil },
		"one byte":   func([]byte) ([]byte, error) { return []byte{0x90}, nil },
		"empty OK":   func([]byte) ([]byte, error) { return []byte{0x90, 0}, nil },
		"FF forever": func([]byte) ([]byte, error) { return append(bytes.Repeat([]byte{0xFF}, 256), 0x90, 0), nil },
		"gone":       func([]byte) ([]byte, error) { return nil, errors.New("removed") },
		"not a card": func([]byte) ([]byte, error) { return []byte{0x6A, 0x82}, nil },
		"other card": func([]byte) ([]byte, error) { return []byte{0x6D, 0x00}, nil },
		"tries 15":   func([]byte) ([]byte, error) { return []byte{0x63, 0xCF}, nil },
	}
	for name, card := range cards {
		for _, p := range []bool{true, false} {
			tool := cardtool.New(cardtool.NewSource(card, nil, p, name, nil))
			_, statusErr := tool.Status()
			_, readErr := tool.Read(cardtool.ReadOptions{Secrets: true, Prompt: &typed{values: []string{"KADO77TEST", "3865", "", ""}}, Ground: cardtool.GroundHolder, At: now})
			_, signErr := tool.Sign(&typed{values: []string{"KADO77TEST"}}, cardtool.SignRequest{Kind: reader.SignatureKey, At: now})
			_, certErr := tool.Certificate(reader.AuthenticationKey, cardtool.Trust{}, now)
			verifyErr := tool.Verify(&typed{values: []string{"KADO77TEST"}}, ref(t, "signature"), cardtool.Careful{})
			if signErr == nil || certErr == nil {
				t.Errorf("%s: a signature or certificate", name)
			}
			for _, err := range []error{statusErr, readErr, signErr, certErr, verifyErr} {
				if err == nil {
					continue
				}
				var e *fault.Error
				if !errors.As(err, &e) || fault.Unexpected.Is(err) {
					t.Errorf("%s: no number: %v", name, err)
				}
				if strings.Contains(err.Error(), "KADO77TEST") {
					t.Errorf("%s: the password shows", name)
				}
			}
		}
	}
}

func TestReadSecret(t *testing.T) {
	r := strings.NewReader("4126\n\nlast")
	for _, want := range []string{"4126", "", "last"} {
		s, err := cardtool.ReadSecret(iotest.OneByteReader(r))
		if err != nil || s.Reveal() != want {
			t.Errorf("%q: %v", want, err)
		}
	}
	if _, err := cardtool.ReadSecret(r); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	for name, text := range map[string]string{"too long": strings.Repeat("1", cardtool.MaxSecret+1), "tab": "41\t26\n", "carriage return": "4126\r\n", "not ASCII": "４１２６\n", "nul": "\x004126\n"} {
		_, err := cardtool.ReadSecret(strings.NewReader(text))
		if !cardtool.NoSecret.Is(err) || strings.Contains(err.Error(), "26") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := cardtool.ReadSecret(iotest.ErrReader(errors.New("closed"))); !cardtool.NoSecret.Is(err) {
		t.Error(err)
	}
	s, err := cardtool.ReadSecret(strings.NewReader(strings.Repeat("1", cardtool.MaxSecret) + "\n"))
	if err != nil || len(s.Reveal()) != cardtool.MaxSecret {
		t.Error(err)
	}
}

func FuzzReadSecret(f *testing.F) {
	f.Add([]byte("4126\n"))
	f.Add([]byte("KADO2580"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := cardtool.ReadSecret(bytes.NewReader(b))
		line, _, ended := bytes.Cut(b, []byte("\n"))
		switch {
		case err == nil:
			if s.Reveal() != string(line) || len(line) > cardtool.MaxSecret {
				t.Fatal("another value")
			}
		case errors.Is(err, io.EOF):
			if len(b) > 0 {
				t.Fatal("end where there was input")
			}
		case len(line) <= cardtool.MaxSecret && ended && strings.Trim(string(line), " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~") == "":
			t.Fatal("a proper line was refused")
		}
	})
}

func FuzzParseFiles(f *testing.F) {
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"))
	f.Add([]byte{0x30, 0x03, 0x02, 0x01, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = cardtool.ParseCA(b)
		_, _ = cardtool.ParseRoot(b)
		_, _ = cardtool.ParseCRLFile(b)
		_, _ = cardtool.ParseOCSPFile(b)
		v, err := cardtool.VerifySignature(cardtool.VerifyRequest{Signature: b, At: now})
		if err == nil || v.Outcome == cardtool.Valid {
			t.Fatal("valid without any trust")
		}
	})
}

// TestEveryRefusalIsTold: the numbers of this package are whole in both
// languages and none names a value.
func TestEveryRefusalIsTold(t *testing.T) {
	n := 0
	for _, k := range fault.All() {
		if k.Number < 6100 || k.Number > 6199 {
			continue
		}
		n++
		for _, s := range []lang.Text{k.What, k.Why, k.Cure} {
			if s.JA == "" || s.EN == "" {
				t.Errorf("%s is not told", k.Code())
			}
		}
	}
	if n < 30 {
		t.Errorf("%d refusals", n)
	}
}

// TestOPS33_NoSecretInAnyTrace: whatever is done in whatever order, no secret of the
// card stands in the trace.
func TestOPS33_NoSecretInAnyTrace(t *testing.T) {
	h := chiptest.Operational(t).Holder
	secrets := []string{"4271", "3865", "9042", "7158", "KADO77TEST", h.Number.Reveal(), h.B().Reveal(), h.ResidentCode.Reveal(), h.Attributes.Name}
	rapid.Check(t, func(rt *rapid.T) {
		f := chiptest.Operational(t)
		tool := cardtool.New(virtual(reader.Virtual(f.Card)))
		for range rapid.IntRange(1, 4).Draw(rt, "acts") {
			switch rapid.IntRange(0, 3).Draw(rt, "act") {
			case 0:
				_ = tool.Verify(&typed{values: []string{rapid.SampledFrom(secrets[:5]).Draw(rt, "value")}}, rapid.SampledFrom(cardtool.References).Draw(rt, "reference"), cardtool.Careful{Yes: true})
			case 1:
				_, _ = tool.Read(cardtool.ReadOptions{Secrets: true, Ground: cardtool.GroundHolder, Prompt: &typed{values: []string{"KADO77TEST", "3865", h.A().Reveal(), "9042"}}, At: now})
			case 2:
				_ = tool.Change(&typed{values: []string{"3865", "8264", "8264"}}, ref(t, "text"), cardtool.Careful{Yes: true})
			case 3:
				_, _ = tool.Sign(&typed{values: []string{"KADO77TEST"}}, cardtool.SignRequest{Content: []byte("x"), Kind: reader.SignatureKey, At: now})
			}
		}
		var b bytes.Buffer
		if err := trace.Write(&b, tool.Trace()); err != nil {
			rt.Fatal(err)
		}
		flat := strings.ReplaceAll(b.String(), " ", "")
		for _, s := range append(secrets, "8264") {
			if strings.Contains(b.String(), s) || strings.Contains(flat, fmt.Sprintf("%X", s)) {
				rt.Fatalf("a secret of %d bytes", len(s))
			}
		}
	})
}

// TestOddCards: what is wrong with a card has its own number.
func TestOddCards(t *testing.T) {
	f := chiptest.Operational(t)
	// changed answers certain commands otherwise than the card does.
	changed := func(when func(iso7816.Command) bool, answer []byte) transport {
		return func(c []byte) ([]byte, error) {
			if cmd, err := iso7816.ParseCommand(c); err == nil && when(cmd) {
				return answer, nil
			}
			return f.Card.Transmit(c), nil
		}
	}
	selects := func(id byte) func(iso7816.Command) bool {
		return func(c iso7816.Command) bool { return c.INS == 0xA4 && c.P1 == 2 && c.Data[1] == id }
	}
	reads := func(c iso7816.Command) bool { return c.INS == 0xB0 }
	cert := func(card transport) error {
		_, err := cardtool.New(virtual(card)).Certificate(reader.AuthenticationKey, cardtool.Trust{}, now)
		return err
	}
	verify := func(card transport) error {
		return cardtool.New(virtual(card)).Verify(&typed{values: []string{"4271"}}, ref(t, "authentication"), cardtool.Careful{})
	}
	want(t, cardtool.CardGone, cert(func([]byte) ([]byte, error) { return nil, errors.New("removed") }))
	want(t, cardtool.NotThisCard, cert(func([]byte) ([]byte, error) { return []byte{0x6A, 0x82}, nil }))
	want(t, cardtool.NotThisCard, cert(func([]byte) ([]byte, error) { return []byte{0x6D, 0x00}, nil }))
	want(t, cardtool.CardRefused, cert(func([]byte) ([]byte, error) { return []byte{0x6F, 0x00}, nil }))
	want(t, cardtool.CardRefused, cert(changed(reads, []byte{0x65, 0x81})))
	want(t, cardtool.NoReference, verify(changed(selects(0x18), []byte{0x6A, 0x82})))
	want(t, cardtool.CardRefused, verify(changed(func(c iso7816.Command) bool { return c.INS == 0x20 && len(c.Data) == 0 }, []byte{0x90, 0x00})))
	n := 0
	rubbish := transport(func(c []byte) ([]byte, error) {
		answer := f.Card.Transmit(c)
		if cmd, err := iso7816.ParseCommand(c); err == nil && cmd.INS == 0xB0 {
			// The certificate's first bytes tell its length; the rest is spoilt.
			if n++; n > 2 && len(answer) > 100 {
				answer[60] ^= 0xFF
				clear(answer[10:40])
			}
		}
		return answer, nil
	})
	want(t, cardtool.BadCertificate, cert(rubbish))
}
