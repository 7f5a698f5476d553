package chip_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader"
)

// attempt makes an act with the cryptogram of one set of facts and sends it to
// a card with another.
func attempt(t *testing.T, alter func(f *chiptest.Fixture, a *cardmgmt.Act, ch *cardmgmt.Challenge)) error {
	t.Helper()
	f := chiptest.Operational(t)
	before := snapshot(t, f.Memory)
	issuer, err := f.Reader.Issuer()
	ok(t, err)
	challenge, err := issuer.Challenge()
	ok(t, err)
	script := cardmgmt.Script{cardmgmt.WriteFile{Application: layout.Text, File: layout.TextInfo, Content: []byte{1}}}
	act, err := cardmgmt.NewAct(f.Key, f.Serial, challenge, chiptest.NewSession(t), cardmgmt.Rewrite, script)
	ok(t, err)
	if alter != nil {
		alter(f, &act, &challenge)
	}
	_, err = issuer.Run(act)
	if err != nil && !same(before, snapshot(t, f.Memory)) {
		t.Error("a refused act changed the card")
	}
	return err
}

func remake(f *chiptest.Fixture, a *cardmgmt.Act, key cardmgmt.Key, serial string, ch cardmgmt.Challenge, s cardmgmt.Session, op cardmgmt.Op, script []byte) {
	a.MAC = cardmgmt.Cryptogram(key, serial, ch, s, op, cardmgmt.Digest(script))
}

func TestR22_ValidCryptogramIsTaken(t *testing.T) {
	if err := attempt(t, nil); err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, reader.ErrNotAllowed) {
		t.Errorf("want a refusal 6982, got %v", err)
	}
}

func TestR22_CryptogramForAnotherCard(t *testing.T) {
	other := "400000087654321"
	refused(t, attempt(t, func(f *chiptest.Fixture, a *cardmgmt.Act, ch *cardmgmt.Challenge) {
		key, err := cardmgmt.DeriveKey(chiptest.Master, other)
		ok(t, err)
		remake(f, a, key, other, *ch, a.Session, a.Op, a.Script)
	}))
	// Each half of the binding alone: the key, and the serial under the key.
	refused(t, attempt(t, func(f *chiptest.Fixture, a *cardmgmt.Act, ch *cardmgmt.Challenge) {
		key, err := cardmgmt.DeriveKey(chiptest.Master, other)
		ok(t, err)
		remake(f, a, key, f.Serial, *ch, a.Session, a.Op, a.Script)
	}))
	refused(t, attempt(t, func(f *chiptest.Fixture, a *cardmgmt.Act, ch *cardmgmt.Challenge) {
		remake(f, a, f.Key, other, *ch, a.Session, a.Op, a.Script)
	}))
}

func TestR22_CryptogramForAnotherChallenge(t *testing.T) {
	refused(t, attempt(t, func(f *chiptest.Fixture, a *cardmgmt.Act, ch *cardmgmt.Challenge) {
		ch[15] ^= 1
		remake(f, a, f.Key, f.Serial, *ch, a.Session, a.Op, a.Script)
	}))
}

func TestR22_CryptogramForAnotherSession(t *testing.T) {
	refused(t, attempt(t, func(_ *chiptest.Fixture, a *cardmgmt.Act, _ *cardmgmt.Challenge) { a.Session[0] ^= 1 }))
}

func TestR22_CryptogramForAnotherOperation(t *testing.T) {
	refused(t, attempt(t, func(_ *chiptest.Fixture, a *cardmgmt.Act, _ *cardmgmt.Challenge) { a.Op = cardmgmt.Terminate }))
}

func TestR22_CryptogramForAnotherScript(t *testing.T) {
	refused(t, attempt(t, func(_ *chiptest.Fixture, a *cardmgmt.Act, _ *cardmgmt.Challenge) {
		a.Script = append([]byte(nil), a.Script...)
		a.Script[len(a.Script)-1] ^= 1
	}))
}

// begin sends BEGIN for an act and nothing more.
func begin(t *testing.T, f *chiptest.Fixture, op cardmgmt.Op, script cardmgmt.Script) (cardmgmt.Act, iso7816.Response) {
	t.Helper()
	r := send(f.Card, 0, 0x84, 0, 0, 16)
	act, err := cardmgmt.NewAct(f.Key, f.Serial, cardmgmt.Challenge(r.Data), chiptest.NewSession(t), op, script)
	ok(t, err)
	return act, sendWith(f.Card, 0x80, 0xE0, 0, 0, act.Begin())
}

// TestR22_ScriptSwappedAfterBegin sends another script than the one consented
// to.
func TestR22_ScriptSwappedAfterBegin(t *testing.T) {
	f := chiptest.Operational(t)
	_, r := begin(t, f, cardmgmt.Rewrite, cardmgmt.Script{cardmgmt.WriteFile{Application: layout.Text, File: layout.TextInfo, Content: []byte{1}}})
	want(t, "begin", r, iso7816.OK)
	evil, err := cardmgmt.Script{cardmgmt.WriteFile{Application: layout.Text, File: layout.TextInfo, Content: []byte{2}}}.Encode()
	ok(t, err)
	want(t, "data", sendWith(f.Card, 0x80, 0xE2, 0, 0, evil), iso7816.OK)
	want(t, "commit", send(f.Card, 0x80, 0xE4, 0, 0, 0), iso7816.SecurityNotSatisfied)
	want(t, "commit again", send(f.Card, 0x80, 0xE4, 0, 0, 0), iso7816.ConditionsNotSatisfied)
}

// TestR22_ChallengeIsSingleUse: a challenge does not survive use, a refusal,
// a reset, or a later challenge.
func TestR22_ChallengeIsSingleUse(t *testing.T) {
	for name, between := range map[string]func(f *chiptest.Fixture, act cardmgmt.Act){
		"used":          func(f *chiptest.Fixture, act cardmgmt.Act) { sendWith(f.Card, 0x80, 0xE0, 0, 0, act.Begin()) },
		"refusal":       func(f *chiptest.Fixture, _ cardmgmt.Act) { send(f.Card, 0, 0xB0, 0, 0, 0) },
		"malformed":     func(f *chiptest.Fixture, _ cardmgmt.Act) { send(f.Card, 0, 0xB0) },
		"reset":         func(f *chiptest.Fixture, _ cardmgmt.Act) { f.Card.Reset() },
		"new challenge": func(f *chiptest.Fixture, _ cardmgmt.Act) { send(f.Card, 0, 0x84, 0, 0, 16) },
		"short one":     func(f *chiptest.Fixture, _ cardmgmt.Act) { send(f.Card, 0, 0x84, 0, 0, 8) },
	} {
		f := chiptest.Operational(t)
		r := send(f.Card, 0, 0x84, 0, 0, 16)
		act, err := cardmgmt.NewAct(f.Key, f.Serial, cardmgmt.Challenge(r.Data), chiptest.NewSession(t), cardmgmt.Prove, nil)
		ok(t, err)
		between(f, act)
		if r := sendWith(f.Card, 0x80, 0xE0, 0, 0, act.Begin()); r.SW.OK() {
			t.Errorf("%s: the challenge was taken", name)
		}
	}
}

// TestR22_SessionEndsAtForeignCommand: nothing may come between BEGIN and
// COMMIT.
func TestR22_SessionEndsAtForeignCommand(t *testing.T) {
	for _, foreign := range [][]byte{{0, 0x84, 0, 0, 16}, {0, 0xA4, 4, 0x0C, 2, 0xD3, 0x92}, {0x80, 0xE2, 0, 0}, {0x80, 0xE2, 1, 0, 1, 1}, {0x80, 0xE6, 5, 0x18, 1, 1}, {0}} {
		f := chiptest.Operational(t)
		act, r := begin(t, f, cardmgmt.Rewrite, cardmgmt.Script{cardmgmt.WriteFile{Application: layout.Text, File: layout.TextInfo, Content: []byte{1}}})
		want(t, "begin", r, iso7816.OK)
		send(f.Card, foreign...)
		sendWith(f.Card, 0x80, 0xE2, 0, 0, act.Script)
		want(t, "commit", send(f.Card, 0x80, 0xE4, 0, 0, 0), iso7816.ConditionsNotSatisfied)
	}
}

// TestR22_PINOnlyForListedReferences: the pad cannot set what the office did
// not list.
func TestR22_PINOnlyForListedReferences(t *testing.T) {
	pins := chiptest.AllPINs()
	f := chiptest.Operational(t)
	if _, err := f.Do(t, cardmgmt.InitialisePIN, chiptest.ListPINs(pins[3]), pins[3], pins[4]); !errors.Is(err, reader.ErrNotFound) {
		t.Errorf("unlisted PIN: %v", err)
	}
	if _, err := f.Do(t, cardmgmt.InitialisePIN, chiptest.ListPINs(pins[3], pins[4]), pins[3]); !errors.Is(err, reader.ErrInert) {
		t.Errorf("listed PIN not typed: %v", err)
	}
	if _, err := f.Do(t, cardmgmt.Rewrite, cardmgmt.Script{cardmgmt.WriteFile{Application: layout.Text, File: layout.TextInfo, Content: []byte{1}}}, pins[3]); !errors.Is(err, reader.ErrInert) {
		t.Errorf("PIN in an act that sets none: %v", err)
	}
	if _, err := f.Do(t, cardmgmt.InitialisePIN, cardmgmt.Script{cardmgmt.ListPIN{Application: layout.Text, Reference: layout.TextA}}); !errors.Is(err, reader.ErrNotFound) {
		t.Errorf("verification number as PIN: %v", err)
	}
	// A mistyped PIN may be typed again.
	act, r := begin(t, f, cardmgmt.InitialisePIN, chiptest.ListPINs(pins[3]))
	want(t, "begin", r, iso7816.OK)
	want(t, "data", sendWith(f.Card, 0x80, 0xE2, 0, 0, act.Script), iso7816.OK)
	want(t, "mistyped", sendWith(f.Card, 0x80, 0xE6, 5, 0x18, []byte("12")), iso7816.WrongData)
	want(t, "typed again", sendWith(f.Card, 0x80, 0xE6, 5, 0x18, []byte("1357")), iso7816.OK)
	want(t, "script is closed", sendWith(f.Card, 0x80, 0xE2, 0, 0, []byte{1}), iso7816.ConditionsNotSatisfied)
}

// TestP46_PinlessCardHasNoPIN: locked references keep no value, and only
// ReleasePINs or InitialisePIN with the office's consent set one again.
func TestP46_PinlessCardHasNoPIN(t *testing.T) {
	f := chiptest.Operational(t)
	pins := chiptest.AllPINs()
	f.Run(t, cardmgmt.LockPINs, chiptest.ListPINs(pins...))
	j, err := f.Reader.JPKI()
	ok(t, err)
	if err := j.Verify(reader.AuthenticationKey, chiptest.AuthenticationPIN); !errors.Is(err, reader.ErrBlocked) {
		t.Errorf("locked PIN: %v", err)
	}
	face, err := f.Reader.Face()
	ok(t, err)
	ok(t, face.VerifyB(f.Holder.B()))
	f.Run(t, cardmgmt.ReleasePINs, chiptest.ListPINs(pins[3]), pins[3])
	ok(t, j.Verify(reader.AuthenticationKey, chiptest.AuthenticationPIN))
	if _, err := f.Do(t, cardmgmt.ReleasePINs, chiptest.ListPINs(pins[3]), pins[3]); !errors.Is(err, reader.ErrInert) {
		t.Errorf("release of a PIN that is set: %v", err)
	}
}

// TestCHP14_LoaderRefuses whatever the access table has no place for, and
// whatever an operation does not permit.
func TestCHP14_LoaderRefuses(t *testing.T) {
	f := chiptest.Operational(t)
	before := snapshot(t, f.Memory)
	write := func(app layout.Application, id layout.FileID) cardmgmt.Script {
		return cardmgmt.Script{cardmgmt.WriteFile{Application: app, File: id, Content: []byte{1}}}
	}
	load := func(app layout.Application, ref layout.Reference, v string) cardmgmt.Script {
		return cardmgmt.Script{cardmgmt.LoadReference{Application: app, Reference: ref, Tries: 10, Value: []byte(v)}}
	}
	for name, c := range map[string]struct {
		op     cardmgmt.Op
		script cardmgmt.Script
	}{
		"unknown file":          {cardmgmt.Rewrite, write(layout.Text, 0x0099)},
		"fixed file":            {cardmgmt.Rewrite, write(layout.Text, layout.TextReserved)},
		"key as file":           {cardmgmt.Rewrite, write(layout.JPKI, layout.FileID(layout.JPKISignatureKey))},
		"PIN as file":           {cardmgmt.Rewrite, write(layout.JPKI, layout.FileID(layout.JPKIAuthenticationPIN))},
		"certificate alone":     {cardmgmt.Rewrite, write(layout.JPKI, layout.JPKISignatureCertificate)},
		"presence":              {cardmgmt.Rewrite, write(layout.JPKI, layout.JPKIPresence)},
		"serial":                {cardmgmt.Rewrite, write(layout.Master, layout.SerialNumber)},
		"PIN by script":         {cardmgmt.Rewrite, load(layout.JPKI, layout.JPKIAuthenticationPIN, "1234")},
		"A of wrong form":       {cardmgmt.Rewrite, load(layout.Text, layout.TextA, "1234")},
		"reference 0012":        {cardmgmt.Rewrite, load(layout.Text, layout.TextBlockedPIN, "1234")},
		"key in rewrite":        {cardmgmt.Rewrite, cardmgmt.Script{cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey}}},
		"card key again":        {cardmgmt.GenerateKey, cardmgmt.Script{cardmgmt.GenerateKeyItem{Application: layout.Face, Reference: layout.FaceKey}}},
		"key that is a PIN":     {cardmgmt.GenerateKey, cardmgmt.Script{cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKIAuthenticationPIN}}},
		"switch without key":    {cardmgmt.SwitchKey, write(layout.JPKI, layout.JPKISignatureCertificate)},
		"switch without beside": {cardmgmt.SwitchKey, cardmgmt.Script{cardmgmt.UseKey{Application: layout.JPKI, Reference: layout.JPKISignatureKey}}},
		"delete the card key":   {cardmgmt.DeleteKey, cardmgmt.Script{cardmgmt.DeleteKeyItem{Application: layout.Face, Reference: layout.FaceKey}}},
		"inspect a PIN":         {cardmgmt.Inspect, cardmgmt.Script{cardmgmt.ListFile{Application: layout.JPKI, File: 0x18}}},
		"empty rewrite":         {cardmgmt.Rewrite, nil},
		"empty lock":            {cardmgmt.LockPINs, nil},
		"prove with items":      {cardmgmt.Prove, write(layout.Text, layout.TextInfo)},
		"terminate with items":  {cardmgmt.Terminate, write(layout.Text, layout.TextInfo)},
		// The first item is good: all or nothing.
		"second item bad": {cardmgmt.Rewrite, append(write(layout.Text, layout.TextInfo), write(layout.Text, 0x0099)...)},
	} {
		if _, err := f.Do(t, c.op, c.script); err == nil {
			t.Errorf("%s: taken", name)
		}
		if !same(before, snapshot(t, f.Memory)) {
			t.Fatalf("%s: a refused act changed the card", name)
		}
	}
}

// TestP55_SwitchWantsTheKeysOwnCertificate: key, certificate and CA
// certificate come together or not at all.
func TestP55_SwitchWantsTheKeysOwnCertificate(t *testing.T) {
	f := chiptest.Operational(t)
	old := f.Certificates[reader.AuthenticationKey]
	f.GenerateJPKI(t, reader.AuthenticationKey)
	pub := f.GenerateJPKI(t, reader.AuthenticationKey)
	good := f.SwitchScript(t, reader.AuthenticationKey, pub)
	foreign := append(cardmgmt.Script{cardmgmt.WriteFile{Application: layout.JPKI, File: layout.JPKIAuthenticationCertificate, Content: old.Raw}}, good[1:]...)
	extra := append(append(cardmgmt.Script{}, good...), cardmgmt.WriteFile{Application: layout.JPKI, File: layout.JPKISignatureCA, Content: []byte{1}})
	for name, script := range map[string]cardmgmt.Script{
		"no certificate": good[1:], "no CA": {good[0], good[2]}, "no key": good[:2], "another key's certificate": foreign, "a file of the other key": extra,
	} {
		if _, err := f.Do(t, cardmgmt.SwitchKey, script); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	f.Run(t, cardmgmt.SwitchKey, good)
	if _, err := f.Do(t, cardmgmt.SwitchKey, good); !errors.Is(err, reader.ErrNotFound) {
		t.Errorf("the key beside outlived the switch: %v", err)
	}
}

// TestCRT28_WrappedKeyOnlyForItsCardAndReference loads a wrapped key where it
// belongs and where it does not.
func TestCRT28_WrappedKeyOnlyForItsCardAndReference(t *testing.T) {
	script := func(f *chiptest.Fixture, ref layout.Reference, ct []byte) cardmgmt.Script {
		return cardmgmt.Script{cardmgmt.GenerateKeyItem{Application: layout.Face, Reference: layout.FaceKey},
			cardmgmt.LoadWrappedKey{Application: layout.Common, Reference: ref, Ciphertext: ct}}
	}
	wrap := func(f *chiptest.Fixture, serial string, app layout.Application, ref layout.Reference) []byte {
		issuer, err := f.Reader.Issuer()
		ok(t, err)
		pub, mac, err := issuer.TransportKey()
		ok(t, err)
		ok(t, cardmgmt.AttestTransportKey(f.Key, f.Serial, pub, mac))
		ct, err := cardmgmt.WrapKey(pub, serial, app, ref, chiptest.Key(6))
		ok(t, err)
		return ct
	}
	x, y := chiptest.Blank(t), chiptest.BlankIn(t, "400000087654321", chip.NewRAM())
	ct := wrap(x, x.Serial, layout.Common, layout.CommonKey)
	tampered := append([]byte(nil), ct...)
	tampered[len(tampered)-1] ^= 1
	for name, c := range map[string]struct {
		f  *chiptest.Fixture
		ct []byte
	}{
		"card X's key in card Y":  {y, ct},
		"sealed for Y's serial":   {x, wrap(x, y.Serial, layout.Common, layout.CommonKey)},
		"for another reference":   {x, wrap(x, x.Serial, layout.Common, layout.CommonPIN)},
		"for another application": {x, wrap(x, x.Serial, layout.Text, layout.CommonKey)},
		"altered":                 {x, tampered},
	} {
		if _, err := c.f.Do(t, cardmgmt.Personalise, script(c.f, layout.CommonKey, c.ct)); err == nil {
			t.Errorf("CRT-28: %s: loaded", name)
		}
	}
	reports, err := cardmgmt.ParseKeyReports(x.Run(t, cardmgmt.Personalise, script(x, layout.CommonKey, ct)))
	ok(t, err)
	if len(reports) != 2 || !cardmgmt.SameKey(reports[1].PublicKey, &chiptest.Key(6).PublicKey) {
		t.Error("report of the loaded key")
	}
}

// TestP55_ReportsProvePossession checks the signature of each report and its
// bindings.
func TestP55_ReportsProvePossession(t *testing.T) {
	f := chiptest.Operational(t)
	issuer, err := f.Reader.Issuer()
	ok(t, err)
	ch, err := issuer.Challenge()
	ok(t, err)
	s := chiptest.NewSession(t)
	act, err := cardmgmt.NewAct(f.Key, f.Serial, ch, s, cardmgmt.GenerateKey, cardmgmt.Script{
		cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey},
		cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKIAuthenticationKey}})
	ok(t, err)
	b, err := issuer.Run(act)
	ok(t, err)
	reports, err := cardmgmt.ParseKeyReports(b)
	ok(t, err)
	for _, r := range reports {
		ok(t, r.Verify(f.Serial, s, ch))
		if r.Verify("400000087654321", s, ch) == nil || r.Verify(f.Serial, cardmgmt.Session{}, ch) == nil || r.Verify(f.Serial, s, cardmgmt.Challenge{}) == nil {
			t.Error("a report holds for another card, session or challenge")
		}
	}
	if cardmgmt.SameKey(reports[0].PublicKey, reports[1].PublicKey) {
		t.Error("both keys are one")
	}
}

// TestLifecycle_IllegalEdges tries every operation in every state.
func TestLifecycle_IllegalEdges(t *testing.T) {
	states, moves := chip.Lifecycle()
	permitted := map[chip.State]map[cardmgmt.Op]bool{}
	for _, s := range states {
		permitted[s] = map[cardmgmt.Op]bool{}
	}
	for _, m := range moves {
		permitted[m.From][m.Op] = true
		if m.To < m.From {
			t.Errorf("%v goes back to %v", m.From, m.To)
		}
		if m.From == chip.StateTerminated {
			t.Error("a way out of terminated")
		}
	}
	for _, s := range states {
		for _, op := range cardmgmt.Ops() {
			var f *chiptest.Fixture
			switch s {
			case chip.StateBlank:
				f = chiptest.Blank(t)
			case chip.StatePersonalised:
				f = chiptest.Personalised(t)
			default:
				f = chiptest.Operational(t)
			}
			if s == chip.StateTerminated {
				f.Run(t, cardmgmt.Terminate, nil)
			}
			// A script that is no reason for a refusal of BEGIN.
			r := send(f.Card, 0, 0x84, 0, 0, 16)
			if s == chip.StateTerminated {
				want(t, "challenge of a terminated card", r, iso7816.ConditionsNotSatisfied)
				continue
			}
			act, err := cardmgmt.NewAct(f.Key, f.Serial, cardmgmt.Challenge(r.Data), chiptest.NewSession(t), op, nil)
			ok(t, err)
			r = sendWith(f.Card, 0x80, 0xE0, 0, 0, act.Begin())
			if r.SW.OK() != permitted[s][op] {
				t.Errorf("%v on a %v card: %v", op, s, r.SW)
			}
		}
	}
}

// TestP15_MuteBeforeOperational sends 100,000 commands, most of them nearly
// right, to a personalised chip: nothing is read, signed or changed.
func TestP15_MuteBeforeOperational(t *testing.T) {
	f := chiptest.Personalised(t)
	before := snapshot(t, f.Memory)
	r := rand.New(rand.NewPCG(15, 15))
	pick := func(b ...byte) byte { return b[r.IntN(len(b))] }
	values := [][]byte{nil, []byte(f.Holder.A().Reveal()), []byte(f.Holder.B().Reveal()), []byte(f.Holder.BirthDigits().Reveal()), []byte("4271"), {0, 1}, {0, 0x0A}, {0, 0x17}}
	for _, a := range layout.Applications() {
		values = append(values, a.AID())
	}
	values = append(values, layout.Master.AID())
	for range 100_000 {
		cmd := iso7816.Command{CLA: pick(0, 0, 0, 0x80, 0x80, 0x08, byte(r.IntN(256))),
			INS: pick(0xA4, 0xB0, 0xB2, 0x20, 0x24, 0x32, 0x2A, 0x88, 0x84, 0xCA, 0xE0, 0xE2, 0xE4, 0xE6, 0xAE, 0xA2, byte(r.IntN(256))),
			P1:  pick(0, 0, 0x5F, 0x7F, 1, 2, 4, 0x80|byte(r.IntN(32)), byte(r.IntN(256))),
			P2:  pick(0, 0x80, 0x0C, 0x45, 0xE1, 0x42, 0xF0, 0xF2, 0x21, 0x51, 0x80|byte(r.IntN(32)), byte(r.IntN(256))),
			Le:  []int{0, 16, 256, 65536}[r.IntN(4)]}
		switch r.IntN(3) {
		case 0:
			cmd.Data = values[r.IntN(len(values))]
		case 1:
			cmd.Data = make([]byte, r.IntN(120))
			for i := range cmd.Data {
				cmd.Data[i] = byte(r.IntN(256))
			}
		}
		b, err := cmd.Encode()
		ok(t, err)
		resp, err := iso7816.ParseResponse(f.Card.Transmit(b))
		ok(t, err)
		if len(resp.Data) == 0 {
			continue
		}
		tag := uint16(cmd.P1)<<8 | uint16(cmd.P2)
		switch {
		case cmd.CLA == 0 && cmd.INS == 0xA4 && cmd.P1 == 4:
		case cmd.CLA == 0 && cmd.INS == 0x84:
		case cmd.CLA == 0 && cmd.INS == 0xCA && (tag == 0x0045 || tag == 0x00E1):
		default:
			t.Fatalf("%02X %02X %02X %02X answered %d bytes", cmd.CLA, cmd.INS, cmd.P1, cmd.P2, len(resp.Data))
		}
	}
	if !same(before, snapshot(t, f.Memory)) {
		t.Error("something changed")
	}
}

// TestR21_TriesModel runs random sequences of right and wrong values, queries,
// resets and initialisations against a counter kept beside.
func TestR21_TriesModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := chiptest.Operational(t)
		left, verified := mynumber.PINTries, false
		selectApp(t, f.Card, layout.JPKI)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"right", "wrong", "query", "select", "sign", "initialise"}).Draw(rt, "step") {
			case "right":
				r := sendWith(f.Card, 0, 0x20, 0, 0x98, []byte("4271"))
				verified = left > 0
				if r.SW.OK() != verified {
					rt.Fatalf("right value with %d left: %v", left, r.SW)
				}
				if verified {
					left = mynumber.PINTries
				}
			case "wrong":
				r := sendWith(f.Card, 0, 0x20, 0, 0x98, []byte("4272"))
				expected := iso7816.ReferenceBlocked
				if left > 0 {
					left--
					expected = iso7816.TriesLeft(left)
				}
				verified = false
				if r.SW != expected {
					rt.Fatalf("wrong value: %v, want %v", r.SW, expected)
				}
			case "query":
				if r := send(f.Card, 0, 0x20, 0, 0x98); r.SW != iso7816.TriesLeft(left) {
					rt.Fatalf("query: %v, want %d", r.SW, left)
				}
			case "select":
				selectApp(t, f.Card, layout.JPKI)
				verified = false
			case "sign":
				if r := sendWith(f.Card, 0x80, 0x2A, 0, 0x97, []byte{1}, 0); r.SW.OK() != verified {
					rt.Fatalf("sign: %v, verified %v", r.SW, verified)
				}
			case "initialise":
				pin := chiptest.AllPINs()[3]
				f.Run(t, cardmgmt.InitialisePIN, chiptest.ListPINs(pin), pin)
				left, verified = mynumber.PINTries, false
				selectApp(t, f.Card, layout.JPKI)
			}
		}
	})
}

// TestR22_AnswerMustFit: a COMMIT that asks for too little changes nothing.
func TestR22_AnswerMustFit(t *testing.T) {
	f := chiptest.Operational(t)
	before := snapshot(t, f.Memory)
	act, r := begin(t, f, cardmgmt.GenerateKey, cardmgmt.Script{cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey}})
	want(t, "begin", r, iso7816.OK)
	want(t, "data", sendWith(f.Card, 0x80, 0xE2, 0, 0, act.Script), iso7816.OK)
	want(t, "commit with Le 00", send(f.Card, 0x80, 0xE4, 0, 0, 0), iso7816.WrongLength)
	if !same(before, snapshot(t, f.Memory)) {
		t.Error("the card changed")
	}
}

// TestP55_UnusedKeysDoNotStayBehind: a key born for production and not used
// is gone after personalisation.
func TestP55_UnusedKeysDoNotStayBehind(t *testing.T) {
	f := chiptest.Blank(t)
	f.Run(t, cardmgmt.GenerateKey, cardmgmt.Script{
		cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey},
		cardmgmt.GenerateKeyItem{Application: layout.Text, Reference: layout.TextKey}})
	f.Run(t, cardmgmt.Personalise, cardmgmt.Script{cardmgmt.GenerateKeyItem{Application: layout.Face, Reference: layout.FaceKey}})
	for k := range snapshot(t, f.Memory) {
		if k[0] == 'n' && len(k) == 3 {
			t.Errorf("a key is left beside %X", k)
		}
	}
	if _, err := f.Do(t, cardmgmt.Personalise, nil); err == nil {
		t.Error("personalised twice")
	}
}

// TestP15_PersonaliseWantsTheCardsOwnKey: without it a card could not prove
// itself.
func TestP15_PersonaliseWantsTheCardsOwnKey(t *testing.T) {
	f := chiptest.Blank(t)
	if _, err := f.Do(t, cardmgmt.Personalise, cardmgmt.Script{cardmgmt.WriteFile{Application: layout.Text, File: layout.TextInfo, Content: []byte{1}}}); err == nil {
		t.Error("personalised without its own key")
	}
}

// TestManufacture_Refused covers what a maker can do wrong.
func TestManufacture_Refused(t *testing.T) {
	key := cardmgmt.Key{1}
	if _, err := chip.Manufacture(chip.NewRAM(), chip.Blank{Serial: "1", ManagementKey: key}, chip.GenerateKeys{}); !errors.Is(err, cardmgmt.ErrSerial) {
		t.Error(err)
	}
	if _, err := chip.Manufacture(chip.NewRAM(), chip.Blank{Serial: chiptest.Serial}, chip.GenerateKeys{}); err == nil {
		t.Error("no management key")
	}
	f := chiptest.Blank(t)
	if _, err := chip.Manufacture(f.Memory, chip.Blank{Serial: chiptest.Serial, ManagementKey: key}, chip.GenerateKeys{}); !errors.Is(err, chip.ErrNotEmpty) {
		t.Error(err)
	}
	if _, err := chip.Open(chip.NewRAM(), chip.GenerateKeys{}); !errors.Is(err, chip.ErrEmpty) {
		t.Error(err)
	}
	for _, record := range []chip.Record{{Key: "state", Value: []byte{4}}, {Key: "state"}, {Key: "serial", Value: []byte("x")}, {Key: "t\x05\x18", Value: []byte{4, 3}}, {Key: "v\x05\x18", Value: []byte{1}}} {
		m := chiptest.Operational(t).Memory.(*chip.RAM)
		ok(t, m.Commit([]chip.Record{record}))
		if _, err := chip.Open(m, chip.GenerateKeys{}); !errors.Is(err, chip.ErrDamaged) {
			t.Errorf("%q: %v", record.Key, err)
		}
	}
}
