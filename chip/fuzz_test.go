package chip_test

import (
	"testing"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/iso7816"
)

// FuzzTransmit sends one hostile command after some that open as much as a
// holder can open; the card answers with a status word, stays sound and never
// gives out a private key.
func FuzzTransmit(f *testing.F) {
	for _, b := range [][]byte{{0, 0xA4, 4, 0x0C, 10, 0xD3, 0x92, 0xF0, 0, 0x26, 1, 0, 0, 0, 1}, {0, 0xB0, 0x8A, 0, 0}, {0, 0xB2, 1, 0x0C, 0},
		{0, 0x20, 0, 0x98, 4, '4', '2', '7', '1'}, {0x80, 0x2A, 0, 0x97, 1, 1, 0}, {0, 0x24, 1, 0x98, 4, '1', '3', '5', '7'}, {0, 0x84, 0, 0, 16},
		{0x80, 0xE0, 0, 0, 1, 1}, {0x80, 0xE2, 0, 0, 1, 1}, {0x80, 0xE4, 0, 0, 0}, {0x80, 0xE6, 5, 0x18, 1, 1}, {0, 0xCA, 0, 0xE1, 0}, {}} {
		f.Add(byte(5), b)
	}
	f.Add(byte(6), append([]byte{0, 0x88, 0, 0x9A, 8}, make([]byte, 9)...))
	f.Add(byte(7), []byte{0, 0x20, 0, 0x91, 4, '6', '1', '9', '4'})
	f.Add(byte(0), append([]byte{0x80, 0xF2, 0, 0, 0, 0, 16}, make([]byte, 18)...))
	withApplets := chiptest.Operational(f)
	var aids [][]byte
	for app := layout.Master; app <= layout.JPKI; app++ {
		aids = append(aids, app.AID())
	}
	for slot := range 2 {
		a := chiptest.MunicipalApplet(1+slot, cardmgmt.PINPolicy(3*slot))
		withApplets.Install(f, a)
		aids = append(aids, a.AID)
	}
	base := withApplets.Memory.(*chip.RAM)
	f.Fuzz(func(t *testing.T, app byte, command []byte) {
		card, err := chip.Open(base.Clone(), &chiptest.Keys{})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "select", sendWith(card, 0, 0xA4, 4, 0x0C, aids[int(app)%len(aids)]), iso7816.OK)
		card.Transmit([]byte{0, 0x20, 0, 0x98, 4, '4', '2', '7', '1'})
		for range 2 {
			out := card.Transmit(command)
			r, err := iso7816.ParseResponse(out)
			if err != nil {
				t.Fatalf("answer %X", out)
			}
			if r.SW == iso7816.NoDiagnosis {
				t.Fatalf("%X: no diagnosis", command)
			}
		}
	})
}

// FuzzAct carries out hostile scripts under the office's own key: whatever the
// office consents to, the card answers with a status word, is as before or
// sound after, and opens again.
func FuzzAct(f *testing.F) {
	add := func(op cardmgmt.Op, script cardmgmt.Script) {
		b, err := script.Encode()
		ok(f, err)
		f.Add(byte(op), b, []byte("1357"))
	}
	install, _ := chiptest.InstallScript(chiptest.MunicipalApplet(2, 3), []byte("record"))
	add(cardmgmt.InstallApplet, install)
	add(cardmgmt.RemoveApplet, cardmgmt.Script{cardmgmt.RemoveAppletItem{Slot: layout.Slot(1), AID: chiptest.MunicipalApplet(1, 0).AID}})
	add(cardmgmt.ListApplets, nil)
	add(cardmgmt.Inspect, cardmgmt.Script{cardmgmt.ListFile{Application: layout.Text, File: 1}})
	add(cardmgmt.InitialisePIN, chiptest.ListPINs(chiptest.AllPINs()[3]))
	add(cardmgmt.LockPINs, append(chiptest.ListPINs(chiptest.AllPINs()...), cardmgmt.DeleteKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey}))
	add(cardmgmt.Rewrite, cardmgmt.Script{cardmgmt.LoadReference{Application: layout.Text, Reference: layout.TextA, Tries: 10, Value: []byte("123456789012")}})
	add(cardmgmt.GenerateKey, cardmgmt.Script{cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey}})
	add(cardmgmt.DeleteKey, cardmgmt.Script{cardmgmt.DeleteKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey}})
	add(cardmgmt.Terminate, nil)
	fixture := chiptest.Operational(f)
	fixture.Install(f, chiptest.MunicipalApplet(1, 0))
	base := fixture.Memory.(*chip.RAM)
	f.Fuzz(func(t *testing.T, op byte, script, pin []byte) {
		if len(script) > cardmgmt.MaxScript || len(pin) > 16 {
			return
		}
		mem := base.Clone()
		card, err := chip.Open(mem, &chiptest.Keys{})
		if err != nil {
			t.Fatal(err)
		}
		before, challenge := snapshot(t, mem), cardmgmt.Challenge(send(card, 0, 0x84, 0, 0, 16).Data)
		act := cardmgmt.Act{Session: cardmgmt.Session{1}, Op: cardmgmt.Op(op), Script: script}
		act.MAC = cardmgmt.Cryptogram(fixture.Key, fixture.Serial, challenge, act.Session, act.Op, cardmgmt.Digest(script))
		if !sendWith(card, 0x80, 0xE0, 0, 0, act.Begin()).SW.OK() {
			return
		}
		if len(script) > 0 {
			data, err := iso7816.Command{CLA: 0x80, INS: 0xE2, Data: script}.Encode()
			if err != nil {
				t.Fatal(err)
			}
			card.Transmit(data)
		}
		if items, err := cardmgmt.ParseScript(script); err == nil && len(pin) > 0 {
			for _, i := range items {
				if l, ok := i.(cardmgmt.ListPIN); ok {
					sendWith(card, 0x80, 0xE6, byte(l.Application), byte(l.Reference), pin)
				}
			}
		}
		r := send(card, 0x80, 0xE4, 0, 0, 0, 0, 0)
		if r.SW == iso7816.NoDiagnosis {
			t.Fatalf("no diagnosis of operation %02X", op)
		}
		if !r.SW.OK() && !same(before, snapshot(t, mem)) {
			t.Fatalf("%v, and the card changed", r.SW)
		}
		if _, err := chip.Open(mem, &chiptest.Keys{}); err != nil {
			t.Fatalf("after operation %02X: %v", op, err)
		}
	})
}
