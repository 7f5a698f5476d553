package chip_test

import (
	"bytes"
	"testing"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/iso7816"
)

// everyCommand is at least one well-formed command of each kind.
func everyCommand() [][]byte {
	return [][]byte{append([]byte{0, 0xA4, 4, 0, 10}, layout.JPKI.AID()...), {0, 0xA4, 4, 0}, {0, 0xB0, 0x8A, 0, 0}, {0, 0xB2, 1, 0x0C, 0}, {0, 0x20, 0, 0x98},
		{0, 0x20, 0, 0x98, 4, '4', '2', '7', '1'}, {0x80, 0x2A, 0, 0x97, 1, 1, 0}, {0, 0x24, 1, 0x98, 4, '1', '3', '5', '7'}, {0, 0x84, 0, 0, 16},
		{0x80, 0xE0, 0, 0, 1, 1}, {0x80, 0xE2, 0, 0, 1, 1}, {0x80, 0xE4, 0, 0, 0}, {0x80, 0xE6, 5, 0x18, 1, 1}, {0, 0xCA, 0, 0x45, 0}, {0, 0xCA, 0, 0xE1, 0},
		{0, 0x88, 0, 0x99, 1, 1, 0}, {0x0C, 0xB0, 0, 0, 0}, {0xF0, 0, 0, 0}}
}

// TestCHP04_CHP05_CHP06_OPS05_P56_Tamper injects each event in each state: the
// chip erases itself for ever, says so in its own way, and neither a reset nor
// a new start brings it back.
func TestCHP04_CHP05_CHP06_OPS05_P56_Tamper(t *testing.T) {
	for _, event := range []chip.TamperEvent{chip.TamperProbing, chip.TamperVoltage, chip.TamperForgedCommand} {
		for _, f := range []*chiptest.Fixture{chiptest.Blank(t), chiptest.Personalised(t), chiptest.Operational(t)} {
			if f.Certificates != nil {
				selectApp(t, f.Card, layout.Master)
			}
			f.Card.Tamper(event)
			dead := func(card *chip.Card) {
				t.Helper()
				for _, c := range everyCommand() {
					want(t, "CHP-04: after the event", send(card, c...), iso7816.SecurityIssue)
				}
				if s, known := card.State(); s != chip.StateTampered || !known || card.Sensed() != event {
					t.Errorf("CHP-05: state %v, sensed %v", s, card.Sensed())
				}
			}
			dead(f.Card)
			f.Card.Reset()
			dead(f.Card)
			m := snapshot(t, f.Memory)
			if len(m) != 2 || !bytes.Equal(m["state"], []byte{4}) || !bytes.Equal(m["tamper"], []byte{byte(event)}) {
				t.Fatalf("OPS-05: %d records are left", len(m))
			}
			f.Open(t, f.Memory)
			dead(f.Card)
			// Another event is no way back, nor a way to another state.
			f.Card.Tamper(chip.TamperVoltage)
			dead(f.Card)
		}
	}
}

// TestCHP05_TamperIsNoTermination: a chip that the office ended keeps that
// state, and answers otherwise.
func TestCHP05_TamperIsNoTermination(t *testing.T) {
	f := chiptest.Operational(t)
	f.Run(t, cardmgmt.Terminate, nil)
	f.Card.Tamper(chip.TamperProbing)
	if s, _ := f.Card.State(); s != chip.StateTerminated || f.Card.Sensed() != 0 {
		t.Errorf("state %v", s)
	}
	want(t, "terminated", send(f.Card, 0, 0xA4, 4, 0), iso7816.ConditionsNotSatisfied)
	states, moves := chip.Lifecycle()
	for _, m := range moves {
		if m.From == chip.StateTampered || m.To == chip.StateTampered {
			t.Errorf("%v leads to or from the tampered state", m.Op)
		}
	}
	if len(states) != 4 {
		t.Errorf("%d states that operations lead to", len(states))
	}
}

// TestP56_TamperSurvivesMemoryFailure: a failing memory gives the attacker no
// answer; the chip erases itself as soon as it can.
func TestP56_TamperSurvivesMemoryFailure(t *testing.T) {
	for _, written := range []bool{false, true} {
		f := chiptest.Operational(t)
		f.Open(t, &chiptest.Faulty{Memory: f.Memory, At: 1, Written: written})
		selectApp(t, f.Card, layout.JPKI)
		f.Card.Tamper(chip.TamperProbing)
		want(t, "first command", send(f.Card, 0, 0xB0, 0x8A, 0, 0), iso7816.SecurityIssue)
		if m := snapshot(t, f.Memory); len(m) != 2 {
			t.Errorf("%d records are left", len(m))
		}
		if s, known := f.Card.State(); s != chip.StateTampered || !known {
			t.Errorf("state %v", s)
		}
	}
}

// TestOPS05_TamperLeavesNothingInTheImage looks for every secret of the card
// in the bytes of its file.
func TestOPS05_TamperLeavesNothingInTheImage(t *testing.T) {
	path := onDisk(t)
	m, err := chip.OpenFile(path)
	ok(t, err)
	secrets := snapshot(t, m)
	card, err := chip.Open(m, &chiptest.Keys{})
	ok(t, err)
	card.Tamper(chip.TamperVoltage)
	ok(t, m.Close())
	b := readFile(t, path)
	for k, v := range secrets {
		if len(v) > 4 && bytes.Contains(b, v) {
			t.Errorf("record %q is still in the image", k)
		}
	}
}

// TestP46_P47_ModeStatement: the chip says under its own key whether it is
// PIN-less, for this challenge only.
func TestP46_P47_ModeStatement(t *testing.T) {
	f := chiptest.Operational(t)
	challenge := cardmgmt.Challenge{1, 2, 3}
	mode := func() cardmgmt.Mode {
		t.Helper()
		issuer, err := f.Reader.Issuer()
		ok(t, err)
		m, err := issuer.Mode(f.CardKey, f.Serial, challenge)
		ok(t, err)
		return m
	}
	if m := mode(); m.PINless() || m.String() != "ordinary" {
		t.Errorf("an ordinary card says %v", m)
	}
	for _, p := range chiptest.AllPINs() {
		if !mode().Has(p.Application, p.Reference) {
			t.Errorf("%v %02X has a value", p.Application, byte(p.Reference))
		}
	}
	// A PIN blocked by failures is another matter than one that is not there.
	selectApp(t, f.Card, layout.JPKI)
	for range 3 {
		sendWith(f.Card, 0, 0x20, 0, 0x98, []byte("0000"))
	}
	f.Reader.Reset()
	if !mode().Has(layout.JPKI, layout.JPKIAuthenticationPIN) {
		t.Error("CHP-56: a blocked PIN counts as locked on purpose")
	}

	// PIN-less in one transaction: PINs and signature key go together.
	lock := chiptest.ListPINs(chiptest.AllPINs()...)
	key := cardmgmt.DeleteKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey}
	before := snapshot(t, f.Memory)
	for name, script := range map[string]cardmgmt.Script{
		"authentication key":           append(append(cardmgmt.Script{}, lock...), cardmgmt.DeleteKeyItem{Application: layout.JPKI, Reference: layout.JPKIAuthenticationKey}),
		"key alone":                    {key},
		"key, and the password stays":  {lock[0], key},
		"a verification number":        {cardmgmt.ListPIN{Application: layout.Text, Reference: layout.TextA}},
		"file along with the PINs":     append(append(cardmgmt.Script{}, lock...), cardmgmt.WriteFile{Application: layout.Text, File: layout.TextInfo, Content: []byte{1}}),
		"PIN typed by staff (no pad)":  append(append(cardmgmt.Script{}, lock...), cardmgmt.LoadReference{Application: layout.Text, Reference: layout.TextA, Tries: 10, Value: []byte("123456789012")}),
		"an applet that is not there":  {cardmgmt.ListPIN{Application: layout.Slot(1), Reference: layout.AppletPIN}},
		"a reference that has no name": {cardmgmt.ListPIN{Application: layout.JPKI, Reference: 0x05}},
	} {
		if _, err := f.Do(t, cardmgmt.LockPINs, script); err == nil {
			t.Errorf("P-46: %s: taken", name)
		}
		if !same(before, snapshot(t, f.Memory)) {
			t.Fatalf("%s: a refused act changed the card", name)
		}
	}
	counter := &chiptest.Faulty{Memory: f.Memory}
	f.Open(t, counter)
	f.Run(t, cardmgmt.LockPINs, append(append(cardmgmt.Script{}, lock...), key))
	if counter.Count != 1 {
		t.Errorf("P-46: %d commits", counter.Count)
	}
	if m := mode(); !m.PINless() || m.String() != "PIN-less" {
		t.Errorf("a PIN-less card says %v", m)
	}
	after := snapshot(t, f.Memory)
	for _, p := range chiptest.AllPINs() {
		if after[string([]byte{'v', byte(p.Application), byte(p.Reference)})] != nil {
			t.Errorf("P-46: %v %02X still has a value", p.Application, byte(p.Reference))
		}
		for k, v := range after {
			if bytes.Contains(v, []byte(p.Value.Reveal())) && len(v) < 100 {
				t.Errorf("P-46: a PIN is in record %q", k)
			}
		}
	}
	if after["k\x05\x1A"] != nil || after["f\x05\x00\x01"] != nil {
		t.Error("P-46: signature key or certificate is left")
	}
	f.Run(t, cardmgmt.ReleasePINs, lock, chiptest.AllPINs()...)
	if mode().PINless() {
		t.Error("released card says PIN-less")
	}
}

// TestP46_P47_PINlessFromDelivery: a card activated without PINs says so from
// its first moment in operation.
func TestP46_P47_PINlessFromDelivery(t *testing.T) {
	f := chiptest.Personalised(t)
	f.Run(t, cardmgmt.Activate, nil)
	issuer, err := f.Reader.Issuer()
	ok(t, err)
	m, err := issuer.Mode(f.CardKey, f.Serial, cardmgmt.Challenge{4})
	ok(t, err)
	if !m.PINless() || m.Has(layout.JPKI, layout.JPKIAuthenticationPIN) {
		t.Errorf("it says %v", m)
	}
	selectApp(t, f.Card, layout.JPKI)
	for _, v := range []string{"0000", "1234", "4271"} {
		want(t, "any PIN", sendWith(f.Card, 0, 0x20, 0, 0x98, []byte(v)), iso7816.ReferenceBlocked)
	}
	want(t, "authentication without PIN", sendWith(f.Card, 0x80, 0x2A, 0, 0x97, []byte{1}, 0), iso7816.SecurityNotSatisfied)
}

// TestP47_ModeCannotBeForged: the statement of another card, challenge or
// content fails, and the card's free signature command cannot make one.
func TestP47_ModeCannotBeForged(t *testing.T) {
	f := chiptest.Operational(t)
	challenge := cardmgmt.Challenge{9}
	r := send(f.Card, append(append([]byte{0x80, 0xF2, 0, 0, 0, 0, 16}, challenge[:]...), 0, 0)...)
	want(t, "mode", r, iso7816.OK)
	check := func(what string, serial string, ch cardmgmt.Challenge, b []byte) {
		t.Helper()
		if _, err := cardmgmt.ParseMode(f.CardKey, serial, ch, b); err == nil {
			t.Error(what, "was believed")
		}
	}
	if _, err := cardmgmt.ParseMode(f.CardKey, f.Serial, challenge, r.Data); err != nil {
		t.Fatal(err)
	}
	check("another serial", "400000087654321", challenge, r.Data)
	check("another challenge", f.Serial, cardmgmt.Challenge{8}, r.Data)
	forged := append([]byte(nil), r.Data...)
	forged[1] = 0
	check("another mode", f.Serial, challenge, forged)
	check("a short statement", f.Serial, challenge, r.Data[:257])
	forged[1] = 0xFF
	check("an unknown PIN", f.Serial, challenge, forged)
	// 80 2A of the card face application signs anything with the same key.
	d := cardmgmt.ModeDigest(f.Serial, challenge, 0)
	selectApp(t, f.Card, layout.Face)
	for p1 := byte(0); p1 <= 5; p1++ {
		for _, data := range [][]byte{d[:], d[:32]} {
			if sig := sendWith(f.Card, 0x80, 0x2A, p1, 0x9A, data, 0); sig.SW.OK() {
				check("a signature by 80 2A", f.Serial, challenge, append([]byte{1, 0}, sig.Data...))
			}
		}
	}
	for what, b := range map[string][]byte{"P1": {0x80, 0xF2, 1, 0, 0}, "short": {0x80, 0xF2, 0, 0, 1, 1, 0}, "short Le": append(append([]byte{0x80, 0xF2, 0, 0, 16}, challenge[:]...), 0)} {
		if r := send(f.Card, b...); r.SW != iso7816.WrongParameters && r.SW != iso7816.WrongLength {
			t.Errorf("%s: %v", what, r.SW)
		}
	}
	// Before delivery the card says nothing of itself.
	g := chiptest.Personalised(t)
	want(t, "P-15: before delivery", send(g.Card, append(append([]byte{0x80, 0xF2, 0, 0, 0, 0, 16}, challenge[:]...), 0, 0)...), iso7816.ConditionsNotSatisfied)
}
