package chip_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

func freeArea(t testing.TB, f *chiptest.Fixture) cardmgmt.FreeArea {
	t.Helper()
	area, err := cardmgmt.ParseFreeArea(f.Run(t, cardmgmt.ListApplets, nil))
	ok(t, err)
	return area
}

// TestCHP12_CHP63_MunicipalCard installs a library card without PIN and a card
// with one for both uses, and uses them through the reader.
func TestCHP12_CHP63_MunicipalCard(t *testing.T) {
	f := chiptest.Operational(t)
	library, seal := chiptest.MunicipalApplet(1, 0), chiptest.MunicipalApplet(4, cardmgmt.PINForReading|cardmgmt.PINForSigning)
	libraryKey, sealKey := f.Install(t, library), f.Install(t, seal)

	m, err := f.Reader.MunicipalCard(library.AID)
	ok(t, err)
	record, pub, err := m.Record(f.Root)
	ok(t, err)
	if record != chiptest.LibraryRecord || !pub.Equal(libraryKey) {
		t.Fatalf("record %+v", record)
	}
	ok(t, m.Prove(pub, []byte("challenge 1")))
	if err := m.Prove(sealKey, []byte("challenge 1")); !errors.Is(err, reader.ErrCopy) {
		t.Errorf("proof under another key: %v", err)
	}
	if _, _, err := m.Record(&chiptest.Key(5).PublicKey); !errors.Is(err, files.ErrSignature) {
		t.Errorf("foreign root: %v", err)
	}
	if n, err := m.TriesLeft(); err != nil || n != 0 {
		t.Errorf("tries of no PIN: %d %v", n, err)
	}

	m, err = f.Reader.MunicipalCard(seal.AID)
	ok(t, err)
	if _, _, err := m.Record(f.Root); !errors.Is(err, reader.ErrNotAllowed) {
		t.Errorf("record without PIN: %v", err)
	}
	if err := m.Prove(sealKey, []byte("challenge 2")); !errors.Is(err, reader.ErrNotAllowed) {
		t.Errorf("signature without PIN: %v", err)
	}
	ok(t, m.VerifyPIN(chiptest.AppletPIN))
	_, pub, err = m.Record(f.Root)
	ok(t, err)
	ok(t, m.Prove(pub, []byte("challenge 2")))
	ok(t, m.ChangePIN(chiptest.AppletPIN, mynumber.NewSecret("2851")))
	var wrong *reader.WrongPINError
	if err := m.VerifyPIN(chiptest.AppletPIN); !errors.As(err, &wrong) || wrong.Left != 2 {
		t.Errorf("old PIN: %v", err)
	}

	// The record of one under the AID of the other is no evidence.
	recordFile, err := chiptest.LibraryRecord.Encode()
	ok(t, err)
	evidence, err := files.MunicipalEvidence(library.AID, recordFile, libraryKey, files.Issuer{Key: chiptest.Key(1), CVC: lowerCVC(t, f)})
	ok(t, err)
	if _, _, err := files.ParseMunicipalCard(seal.AID, recordFile, evidence, f.Root); !errors.Is(err, files.ErrSignature) {
		t.Errorf("evidence under another AID: %v", err)
	}
}

func lowerCVC(t *testing.T, f *chiptest.Fixture) []byte {
	t.Helper()
	f.Card.Reset()
	r := send(f.Card, 0, 0xCA, 0x7F, 0x21, 0, 0, 0)
	want(t, "7F21", r, iso7816.OK)
	f.Reader.Reset()
	return r.Data
}

// TestCHP59_PolicyIsFixedAtLoading tries each policy and each use: what the
// policy asks for is asked for, and nothing an applet answers to changes it.
func TestCHP59_PolicyIsFixedAtLoading(t *testing.T) {
	f := chiptest.Operational(t)
	for policy := cardmgmt.PINPolicy(0); policy <= 3; policy++ {
		a := chiptest.MunicipalApplet(1+int(policy), policy)
		f.Install(t, a)
		sw := func(bit cardmgmt.PINPolicy) iso7816.Status {
			if policy&bit != 0 {
				return iso7816.SecurityNotSatisfied
			}
			return iso7816.OK
		}
		want(t, "select", sendWith(f.Card, 0, 0xA4, 4, 0x0C, a.AID), iso7816.OK)
		for _, id := range []byte{0x81, 0x82} {
			want(t, fmt.Sprintf("policy %d, read %02X", policy, id), send(f.Card, 0, 0xB0, id, 0, 0), sw(cardmgmt.PINForReading))
		}
		want(t, fmt.Sprintf("policy %d, sign", policy), sendWith(f.Card, 0, 0x88, 0, 0x9A, make([]byte, 8), 0), sw(cardmgmt.PINForSigning))
		want(t, "challenge of 7 bytes", sendWith(f.Card, 0, 0x88, 0, 0x9A, make([]byte, 7), 0), iso7816.WrongLength)
		want(t, "challenge of 65 bytes", sendWith(f.Card, 0, 0x88, 0, 0x9A, make([]byte, 65), 0), iso7816.WrongLength)
		want(t, "another key", sendWith(f.Card, 0, 0x88, 0, 0x99, make([]byte, 8), 0), iso7816.WrongParameters)
		want(t, "raw signature", sendWith(f.Card, 0x80, 0x2A, 0, 0x9A, []byte{1}, 0), iso7816.InstructionUnknown)
	}
}

// TestCHP14_CHP60_CHP65_InstallationRefused: what is not on the allow-list, is
// incomplete, has no room or another's name, stays out, and the card is as it
// was.
func TestCHP14_CHP60_CHP65_InstallationRefused(t *testing.T) {
	f := chiptest.Operational(t)
	f.Install(t, chiptest.MunicipalApplet(1, cardmgmt.PINForSigning))
	before := snapshot(t, f.Memory)
	a := chiptest.MunicipalApplet(2, cardmgmt.PINForSigning)
	good, pins := chiptest.InstallScript(a, []byte{1})
	install := good[0].(cardmgmt.InstallAppletItem)
	with := func(spoil func(*cardmgmt.InstallAppletItem)) cardmgmt.Script {
		i := install
		i.AID = append([]byte(nil), i.AID...)
		spoil(&i)
		return append(cardmgmt.Script{i}, good[1:]...)
	}
	withKey := func(app layout.Application, ref layout.Reference) cardmgmt.Script {
		return cardmgmt.Script{install, cardmgmt.GenerateKeyItem{Application: app, Reference: ref}, good[2]}
	}
	otherPIN := reader.PIN{Application: layout.Slot(1), Reference: layout.AppletPIN, Value: chiptest.AppletPIN}
	for name, c := range map[string]struct {
		op     cardmgmt.Op
		script cardmgmt.Script
		pins   []reader.PIN
	}{
		"slot taken":                {cardmgmt.InstallApplet, with(func(i *cardmgmt.InstallAppletItem) { i.Slot = layout.Slot(1) }), nil},
		"AID taken":                 {cardmgmt.InstallApplet, with(func(i *cardmgmt.InstallAppletItem) { i.AID[6] = 1 }), pins},
		"AID under another":         {cardmgmt.InstallApplet, with(func(i *cardmgmt.InstallAppletItem) { i.AID = append(i.AID[:6], 1, 1) }), pins},
		"no key":                    {cardmgmt.InstallApplet, cardmgmt.Script{good[0], good[2]}, pins},
		"no PIN":                    {cardmgmt.InstallApplet, good[:2], nil},
		"PIN not typed":             {cardmgmt.InstallApplet, good, nil},
		"PIN of an applet without":  {cardmgmt.InstallApplet, with(func(i *cardmgmt.InstallAppletItem) { i.Policy, i.Tries = 0, 0 }), pins},
		"nothing installed":         {cardmgmt.InstallApplet, good[1:], pins},
		"key of another slot":       {cardmgmt.InstallApplet, withKey(layout.Slot(1), layout.AppletKey), pins},
		"key of JPKI":               {cardmgmt.InstallApplet, withKey(layout.JPKI, layout.JPKISignatureKey), pins},
		"another slot's key, too":   {cardmgmt.InstallApplet, append(append(cardmgmt.Script{}, good...), cardmgmt.GenerateKeyItem{Application: layout.Slot(1), Reference: layout.AppletKey}), pins},
		"a JPKI key, too":           {cardmgmt.InstallApplet, append(append(cardmgmt.Script{}, good...), cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey}), pins},
		"another slot's PIN, too":   {cardmgmt.InstallApplet, append(append(cardmgmt.Script{}, good...), chiptest.ListPINs(otherPIN)...), append(pins, otherPIN)},
		"JPKI password, too":        {cardmgmt.InstallApplet, append(append(cardmgmt.Script{}, good...), chiptest.ListPINs(chiptest.AllPINs()[4])...), append(pins, chiptest.AllPINs()[4])},
		"key that is a PIN":         {cardmgmt.InstallApplet, withKey(a.Slot, 0x12), pins},
		"applet by Rewrite":         {cardmgmt.Rewrite, good[:1], nil},
		"file of an empty slot":     {cardmgmt.Rewrite, cardmgmt.Script{cardmgmt.WriteFile{Application: a.Slot, File: layout.AppletRecord, Content: []byte{1}}}, nil},
		"unknown file of an applet": {cardmgmt.Rewrite, cardmgmt.Script{cardmgmt.WriteFile{Application: layout.Slot(1), File: 3, Content: []byte{1}}}, nil},
		"PIN of an empty slot":      {cardmgmt.InitialisePIN, cardmgmt.Script{good[2]}, pins},
		"key of an empty slot":      {cardmgmt.GenerateKey, cardmgmt.Script{good[1]}, nil},
		"new key of an applet":      {cardmgmt.GenerateKey, cardmgmt.Script{cardmgmt.GenerateKeyItem{Application: layout.Slot(1), Reference: layout.AppletKey}}, nil},
		"remove from an empty slot": {cardmgmt.RemoveApplet, cardmgmt.Script{cardmgmt.RemoveAppletItem{Slot: a.Slot, AID: a.AID}}, nil},
		"remove under another AID":  {cardmgmt.RemoveApplet, cardmgmt.Script{cardmgmt.RemoveAppletItem{Slot: layout.Slot(1), AID: a.AID}}, nil},
		"remove nothing":            {cardmgmt.RemoveApplet, nil, nil},
		"list with items":           {cardmgmt.ListApplets, good[:1], nil},
		"too large":                 {cardmgmt.InstallApplet, with(func(i *cardmgmt.InstallAppletItem) { i.Record = make([]byte, chip.DefaultFreeArea) }), pins},
	} {
		if _, err := f.Do(t, c.op, c.script, c.pins...); err == nil {
			t.Errorf("%s: taken", name)
		}
		if !same(before, snapshot(t, f.Memory)) {
			t.Fatalf("%s: a refused act changed the card", name)
		}
	}
	f.Run(t, cardmgmt.InstallApplet, good, pins...)
	// Before delivery there is no free area to install into.
	g := chiptest.Personalised(t)
	if _, err := g.Do(t, cardmgmt.InstallApplet, good, pins...); !errors.Is(err, reader.ErrInert) {
		t.Errorf("before delivery: %v", err)
	}
}

// TestCHP68_CapacityIsAParameter fills a free area of given size to the last
// byte and refuses one more, also where a file grows later.
func TestCHP68_CapacityIsAParameter(t *testing.T) {
	a := chiptest.MunicipalApplet(1, 0)
	install := func(f *chiptest.Fixture, n int) error {
		script, _ := chiptest.InstallScript(a, make([]byte, n))
		_, err := f.Do(t, cardmgmt.InstallApplet, script)
		return err
	}
	f := chiptest.Operational(t)
	ok(t, install(f, 100))
	overhead := freeArea(t, f).Used - 100
	for _, capacity := range []int{2000, 5000} {
		f := chiptest.Operational(t)
		ok(t, f.Memory.Commit([]chip.Record{{Key: "freearea", Value: []byte{0, 0, byte(capacity >> 8), byte(capacity)}}}))
		f.Open(t, f.Memory)
		// Keys of the stock differ by a byte or two in length.
		room := capacity - overhead - 20
		if err := install(f, room+40); err == nil {
			t.Errorf("capacity %d: %d bytes fitted", capacity, room+40)
		}
		ok(t, install(f, room-200))
		area := freeArea(t, f)
		if area.Capacity != capacity || len(area.Applets) != 1 || area.Applets[0].Size != area.Used {
			t.Fatalf("%+v", area)
		}
		left := capacity - area.Used - 4
		write := func(n int) error {
			_, err := f.Do(t, cardmgmt.Rewrite, cardmgmt.Script{cardmgmt.WriteFile{Application: a.Slot, File: layout.AppletEvidence, Content: make([]byte, n)}})
			return err
		}
		var refusal *reader.StatusError
		if err := write(left + 1); !errors.As(err, &refusal) || refusal.SW != iso7816.NotEnoughMemory {
			t.Errorf("one byte too many: %v", err)
		}
		ok(t, write(left))
		if area := freeArea(t, f); area.Used != capacity {
			t.Errorf("used %d of %d", area.Used, capacity)
		}
		ok(t, write(1))
	}
	key, err := cardmgmt.DeriveKey(chiptest.Master, chiptest.Serial)
	ok(t, err)
	for _, n := range []int{-1, chip.MaxFreeArea + 1} {
		if _, err := chip.Manufacture(chip.NewRAM(), chip.Blank{Serial: chiptest.Serial, ManagementKey: key, FreeArea: n}, &chiptest.Keys{}); err == nil {
			t.Errorf("a free area of %d bytes was made", n)
		}
	}
	mem := chip.NewRAM()
	_, err = chip.Manufacture(mem, chip.Blank{Serial: chiptest.Serial, ManagementKey: key, FreeArea: 0x1234}, &chiptest.Keys{})
	ok(t, err)
	if b := snapshot(t, mem)["freearea"]; !bytes.Equal(b, []byte{0, 0, 0x12, 0x34}) {
		t.Errorf("capacity %X", b)
	}
}

// TestCHP61_CHP66_CHP67_RemovedAndLost: the list says area and provider, so
// that an office knows what ends with a move and what to load again on a new
// card; removal leaves nothing; the end of the card takes all.
func TestCHP61_CHP66_CHP67_RemovedAndLost(t *testing.T) {
	f := chiptest.Operational(t)
	empty := snapshot(t, f.Memory)
	first, second := chiptest.MunicipalApplet(2, 3), chiptest.MunicipalApplet(7, 0)
	second.Area, second.Provider, second.Basis = cardmgmt.ExtendedArea, "00001", "rules of the ministers"
	f.Install(t, first)
	f.Install(t, second)
	area := freeArea(t, f)
	if len(area.Applets) != 2 || fmt.Sprint(area.Applets[0].Applet) != fmt.Sprint(first) || fmt.Sprint(area.Applets[1].Applet) != fmt.Sprint(second) {
		t.Fatalf("%+v", area)
	}
	f.Run(t, cardmgmt.RemoveApplet, cardmgmt.Script{cardmgmt.RemoveAppletItem{Slot: first.Slot, AID: first.AID}})
	want(t, "removed", sendWith(f.Card, 0, 0xA4, 4, 0x0C, first.AID), iso7816.FileNotFound)
	want(t, "not removed", sendWith(f.Card, 0, 0xA4, 4, 0x0C, second.AID), iso7816.OK)
	f.Reader.Reset()
	f.Run(t, cardmgmt.RemoveApplet, cardmgmt.Script{cardmgmt.RemoveAppletItem{Slot: second.Slot, AID: second.AID}})
	if !same(empty, snapshot(t, f.Memory)) {
		t.Error("removal left something behind")
	}
	f.Install(t, first)
	f.Run(t, cardmgmt.Terminate, nil)
	if m := snapshot(t, f.Memory); len(m) != 1 {
		t.Errorf("a terminated card keeps %d records", len(m))
	}
}

// TestP56_AppletPowerCut: an installation cut by a power failure is whole or
// has not happened.
func TestP56_AppletPowerCut(t *testing.T) {
	for _, written := range []bool{false, true} {
		f := chiptest.Operational(t)
		before := snapshot(t, f.Memory)
		f.Open(t, &chiptest.Faulty{Memory: f.Memory, At: 1, Written: written})
		script, pins := chiptest.InstallScript(chiptest.MunicipalApplet(1, 3), []byte{1})
		if _, err := f.Do(t, cardmgmt.InstallApplet, script, pins...); !errors.Is(err, reader.ErrMemory) {
			t.Errorf("cut: %v", err)
		}
		if area := freeArea(t, f); written != (len(area.Applets) == 1) || same(before, snapshot(t, f.Memory)) == written {
			t.Errorf("written %v: %d applets", written, len(area.Applets))
		}
	}
}

// TestCHP57_CHP58_Firewall carries out random commands in one application and
// compares what all others answer before and after: no applet and no built-in
// application reaches another's data, PIN state or counters.
func TestCHP57_CHP58_Firewall(t *testing.T) {
	base := chiptest.Operational(t)
	aids := [][]byte{}
	for _, app := range layout.Applications() {
		aids = append(aids, app.AID())
	}
	for slot := 1; slot <= 4; slot++ {
		a := chiptest.MunicipalApplet(slot, cardmgmt.PINPolicy(slot-1))
		base.Install(t, a)
		aids = append(aids, a.AID)
	}
	ram := base.Memory.(*chip.RAM)
	// view is all that a holder without PINs can learn of an application:
	// tries of every reference, and what of every file and key.
	view := func(card *chip.Card, aid []byte) string {
		var out bytes.Buffer
		want(t, "select", sendWith(card, 0, 0xA4, 4, 0x0C, aid), iso7816.OK)
		for id := byte(1); id <= 0x1E; id++ {
			fmt.Fprintf(&out, "%02X %v %v ", id, send(card, 0, 0x20, 0, 0x80|id).SW, send(card, 0, 0xB2, 1, id<<3|4, 0).SW)
			r := send(card, 0, 0xB0, 0x80|id, 0, 0, 0, 0)
			fmt.Fprintf(&out, "%v %X ", r.SW, r.Data)
		}
		return out.String()
	}
	values := [][]byte{[]byte(chiptest.AppletPIN.Reveal()), []byte(chiptest.AuthenticationPIN.Reveal()), []byte(chiptest.TextPIN.Reveal()),
		[]byte(base.Holder.A().Reveal()), []byte("0000"), []byte("1357")}
	rapid.Check(t, func(rt *rapid.T) {
		card, err := chip.Open(ram.Clone(), &chiptest.Keys{})
		if err != nil {
			rt.Fatal(err)
		}
		inside := rapid.IntRange(0, len(aids)-1).Draw(rt, "application")
		before := map[int]string{}
		for i, aid := range aids {
			before[i] = view(card, aid)
		}
		send(card, append([]byte{0, 0xA4, 4, 0x0C, byte(len(aids[inside]))}, aids[inside]...)...)
		for range rapid.IntRange(1, 12).Draw(rt, "commands") {
			id := rapid.ByteRange(0, 0x1F).Draw(rt, "id")
			v := rapid.SampledFrom(values).Draw(rt, "value")
			switch rapid.IntRange(0, 5).Draw(rt, "command") {
			case 0, 1:
				sendWith(card, 0, 0x20, 0, 0x80|id, v)
			case 2:
				sendWith(card, 0, 0x24, 1, 0x80|id, v)
			case 3:
				sendWith(card, 0x80, 0x32, 0, 0x80|id, v)
			case 4:
				sendWith(card, 0, 0xA4, 2, 0x0C, []byte{0, id})
			case 5:
				sendWith(card, rapid.SampledFrom([]byte{0, 0x80}).Draw(rt, "class"), rapid.Byte().Filter(func(b byte) bool { return b != 0xA4 }).Draw(rt, "instruction"),
					rapid.Byte().Draw(rt, "p1"), rapid.Byte().Draw(rt, "p2"), v, 0)
			}
		}
		for i, aid := range aids {
			if i != inside && view(card, aid) != before[i] {
				rt.Fatalf("commands in %X changed %X", aids[inside], aid)
			}
		}
	})
}
