package chip_test

import (
	"bytes"
	"testing"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader"
)

func snapshot(t *testing.T, m chip.Memory) map[string][]byte {
	t.Helper()
	out, err := m.Load()
	ok(t, err)
	return out
}

func same(a, b map[string][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || !bytes.Equal(v, w) {
			return false
		}
	}
	return true
}

// TestCHP51_P56_CounterLoweredBeforeComparison watches the memory: a wrong and
// a right value both begin with the same lowering commit, and cutting the
// power there gives no answer about the value.
func TestCHP51_P56_CounterLoweredBeforeComparison(t *testing.T) {
	for _, written := range []bool{false, true} {
		for _, value := range []string{"4271", "0000"} {
			f := chiptest.Operational(t)
			faulty := &chiptest.Faulty{Memory: f.Memory, At: 1, Written: written}
			f.Open(t, faulty)
			selectApp(t, f.Card, layout.JPKI)
			want(t, "verify at the cut", sendWith(f.Card, 0, 0x20, 0, 0x98, []byte(value)), iso7816.MemoryFailure)
			left := 3
			if written {
				left = 2
			}
			selectApp(t, f.Card, layout.JPKI)
			want(t, "tries after the cut", send(f.Card, 0, 0x20, 0, 0x98), iso7816.TriesLeft(left))
			want(t, "not verified", sendWith(f.Card, 0x80, 0x2A, 0, 0x97, []byte{1}, 0), iso7816.SecurityNotSatisfied)
		}
	}
}

// TestR21_P56_PowerCutGainsNoTry cuts the power at every commit of a guessing
// attack, both ways; never are there more tries than the limit in all, and
// never is more than one lost by a cut.
func TestR21_P56_PowerCutGainsNoTry(t *testing.T) {
	for _, written := range []bool{false, true} {
		for at := 1; at <= 8; at++ {
			f := chiptest.Operational(t)
			faulty := &chiptest.Faulty{Memory: f.Memory, At: at, Written: written}
			f.Open(t, faulty)
			answered := 0
			for range 12 {
				f.Open(t, faulty)
				selectApp(t, f.Card, layout.JPKI)
				r := sendWith(f.Card, 0, 0x20, 0, 0x9B, []byte("WRONG1"))
				if _, counted := r.SW.TriesLeft(); counted {
					answered++
				}
			}
			if answered > 5 || answered < 4 {
				t.Errorf("cut at %d, written %v: %d guesses answered", at, written, answered)
			}
		}
		// A success whose raising is cut loses one try at most.
		f := chiptest.Operational(t)
		f.Open(t, &chiptest.Faulty{Memory: f.Memory, At: 2, Written: written})
		selectApp(t, f.Card, layout.JPKI)
		want(t, "cut while raising", sendWith(f.Card, 0, 0x20, 0, 0x98, []byte("4271")), iso7816.MemoryFailure)
		selectApp(t, f.Card, layout.JPKI)
		left := map[bool]int{false: 2, true: 3}[written]
		want(t, "tries", send(f.Card, 0, 0x20, 0, 0x98), iso7816.TriesLeft(left))
		want(t, "not verified", sendWith(f.Card, 0x80, 0x2A, 0, 0x97, []byte{1}, 0), iso7816.SecurityNotSatisfied)
	}
}

// TestP56_PowerCutAtEveryCommit cuts the power at each commit of each act; the
// card is then exactly as before or exactly as after, and goes on working.
func TestP56_PowerCutAtEveryCommit(t *testing.T) {
	pin := reader.PIN{Application: layout.JPKI, Reference: layout.JPKIAuthenticationPIN, Value: mynumber.NewSecret("8642")}
	file := cardmgmt.WriteFile{Application: layout.Text, File: layout.TextInfo, Content: []byte{1, 2, 3}}
	file2 := cardmgmt.WriteFile{Application: layout.Face, File: layout.FaceInfo, Content: []byte{4, 5, 6}}
	type step struct {
		name string
		make func(*testing.T) *chiptest.Fixture
		op   cardmgmt.Op
		do   func(*testing.T, *chiptest.Fixture) (cardmgmt.Script, []reader.PIN)
	}
	fixed := func(s cardmgmt.Script, pins ...reader.PIN) func(*testing.T, *chiptest.Fixture) (cardmgmt.Script, []reader.PIN) {
		return func(*testing.T, *chiptest.Fixture) (cardmgmt.Script, []reader.PIN) { return s, pins }
	}
	operational := func(t *testing.T) *chiptest.Fixture { return chiptest.Operational(t) }
	locked := func(t *testing.T) *chiptest.Fixture {
		f := chiptest.Operational(t)
		f.Run(t, cardmgmt.LockPINs, chiptest.ListPINs(chiptest.AllPINs()...))
		return f
	}
	for _, s := range []step{
		{"activate", func(t *testing.T) *chiptest.Fixture { return chiptest.Personalised(t) }, cardmgmt.Activate,
			fixed(chiptest.ListPINs(chiptest.AllPINs()...), chiptest.AllPINs()...)},
		{"personalise", func(t *testing.T) *chiptest.Fixture { return chiptest.Blank(t) }, cardmgmt.Personalise, fixed(cardmgmt.Script{
			file, file2, cardmgmt.GenerateKeyItem{Application: layout.Face, Reference: layout.FaceKey}})},
		{"initialise", operational, cardmgmt.InitialisePIN, fixed(chiptest.ListPINs(pin), pin)},
		{"rewrite", operational, cardmgmt.Rewrite, fixed(cardmgmt.Script{file, file2})},
		{"generate", operational, cardmgmt.GenerateKey, fixed(cardmgmt.Script{
			cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey},
			cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKIAuthenticationKey}})},
		{"generate P-384", operational, cardmgmt.GenerateKey, fixed(cardmgmt.Script{
			cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKIAuthenticationKey, Type: cardmgmt.P384}})},
		{"delete", operational, cardmgmt.DeleteKey, fixed(cardmgmt.Script{
			cardmgmt.DeleteKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey}})},
		{"lock", operational, cardmgmt.LockPINs, fixed(chiptest.ListPINs(chiptest.AllPINs()...))},
		{"release", locked, cardmgmt.ReleasePINs, fixed(chiptest.ListPINs(pin), pin)},
		{"terminate", operational, cardmgmt.Terminate, fixed(nil)},
		{"switch", func(t *testing.T) *chiptest.Fixture {
			f := chiptest.Operational(t)
			f.GenerateJPKI(t, reader.SignatureKey)
			f.GenerateJPKI(t, reader.SignatureKey)
			return f
		}, cardmgmt.SwitchKey, func(t *testing.T, f *chiptest.Fixture) (cardmgmt.Script, []reader.PIN) {
			pub := f.GenerateJPKI(t, reader.SignatureKey)
			return f.SwitchScript(t, reader.SignatureKey, pub), nil
		}},
	} {
		for _, written := range []bool{false, true} {
			f := s.make(t)
			script, pins := s.do(t, f)
			before := snapshot(t, f.Memory)
			// The same act without a cut, on a copy, shows the commits and the
			// state after.
			after := f.Memory.(*chip.RAM).Clone()
			counter := &chiptest.Faulty{Memory: after}
			g := *f
			g.Open(t, counter)
			g.Run(t, s.op, script, pins...)
			if counter.Count != 1 {
				t.Errorf("%s: %d commits, want one atomic one", s.name, counter.Count)
			}
			faulty := &chiptest.Faulty{Memory: f.Memory, At: 1, Written: written}
			f.Open(t, faulty)
			if _, err := f.Do(t, s.op, script, pins...); err == nil {
				t.Errorf("%s: a lost commit was answered as done", s.name)
			}
			got := snapshot(t, f.Memory)
			switch {
			case !written && !same(got, before):
				t.Errorf("%s: cut before writing changed the card", s.name)
			case written && s.op != cardmgmt.GenerateKey && !same(got, snapshot(t, after)):
				t.Errorf("%s: cut after writing is not the state after", s.name)
			case written && len(got) != len(snapshot(t, after)):
				t.Errorf("%s: cut after writing is not the state after", s.name)
			}
			if _, err := chip.Open(f.Memory, &chiptest.Keys{}); err != nil {
				t.Errorf("%s: card does not open after the cut: %v", s.name, err)
			}
			// The same chip, still powered, carries on from what is written.
			if !written {
				f.Run(t, s.op, script, pins...)
			}
		}
	}
}

// TestP56_ChangePINPowerCut: the PIN is the old one or the new one.
func TestP56_ChangePINPowerCut(t *testing.T) {
	for _, written := range []bool{false, true} {
		f := chiptest.Operational(t)
		// Commits: lower, raise, change.
		f.Open(t, &chiptest.Faulty{Memory: f.Memory, At: 3, Written: written})
		selectApp(t, f.Card, layout.JPKI)
		want(t, "verify", sendWith(f.Card, 0, 0x20, 0, 0x98, []byte("4271")), iso7816.OK)
		want(t, "change", sendWith(f.Card, 0, 0x24, 1, 0x98, []byte("5555")), iso7816.MemoryFailure)
		selectApp(t, f.Card, layout.JPKI)
		now := map[bool]string{false: "4271", true: "5555"}[written]
		want(t, "verify after the cut", sendWith(f.Card, 0, 0x20, 0, 0x98, []byte(now)), iso7816.OK)
	}
}
