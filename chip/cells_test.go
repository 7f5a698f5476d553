package chip_test

import (
	"bytes"
	"errors"
	"testing"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

// TestAccessTable_EveryCell has a line for each cell of the access table: one
// item, one thing presented, opened or not. "Nothing" is a presented thing too.
func TestAccessTable_EveryCell(t *testing.T) {
	const (
		nothing = "nothing"
		a       = "number A"
		b       = "number B"
		textPIN = "text PIN"
		birth   = "birth-date PIN"
		userPIN = "authentication PIN"
		pass    = "signature password"
		regPIN  = "register PIN"
	)
	for _, c := range []struct {
		name string
		app  layout.Application
		file byte // to be read, or
		key  byte // to sign with
		by   string
		open bool
	}{
		{"CHP-26 face image of attributes and photo", layout.Face, 2, 0, a, true},
		{"CHP-26 face image of attributes and photo", layout.Face, 2, 0, b, true},
		{"CHP-26 face image of attributes and photo", layout.Face, 2, 0, birth, false},
		{"CHP-26 face image of attributes and photo", layout.Face, 2, 0, nothing, false},
		{"CHP-27 face image of the number", layout.Face, 5, 0, a, true},
		{"CHP-27 face image of the number", layout.Face, 5, 0, b, false},
		{"CHP-27 face image of the number", layout.Face, 5, 0, birth, false},
		{"CHP-27 face image of the number", layout.Face, 5, 0, nothing, false},
		{"CHP-24 birth date for age checks", layout.Face, 1, 0, birth, true},
		{"CHP-24 birth date for age checks", layout.Face, 1, 0, a, false},
		{"CHP-24 birth date for age checks", layout.Face, 1, 0, b, false},
		{"CHP-24 birth date for age checks", layout.Face, 1, 0, nothing, false},
		{"CHP-28 text of the attributes", layout.Text, 2, 0, textPIN, true},
		{"CHP-28 text of the attributes", layout.Text, 2, 0, b, true},
		{"CHP-33 text of the attributes", layout.Text, 2, 0, a, false},
		{"CHP-28 text of the attributes", layout.Text, 2, 0, nothing, false},
		{"CHP-29 text of the number", layout.Text, 1, 0, textPIN, true},
		{"CHP-29 text of the number", layout.Text, 1, 0, a, true},
		{"CHP-33 text of the number", layout.Text, 1, 0, b, false},
		{"CHP-29 text of the number", layout.Text, 1, 0, nothing, false},
		{"CHP-30 signature of the record set", layout.Text, 3, 0, textPIN, true},
		{"CHP-31 signature of the record set", layout.Text, 3, 0, a, true},
		{"CHP-32 signature of the record set", layout.Text, 3, 0, b, true},
		{"CHP-30 signature of the record set", layout.Text, 3, 0, nothing, false},
		{"CHP-34 authentication key", layout.JPKI, 0, 0x17, userPIN, true},
		{"CHP-34 authentication key", layout.JPKI, 0, 0x17, pass, false},
		{"CHP-34 authentication key", layout.JPKI, 0, 0x17, nothing, false},
		{"CHP-35 signature key", layout.JPKI, 0, 0x1A, pass, true},
		{"CHP-35 signature key", layout.JPKI, 0, 0x1A, userPIN, false},
		{"CHP-35 signature key", layout.JPKI, 0, 0x1A, nothing, false},
		{"CHP-35 signature certificate", layout.JPKI, 1, 0, pass, true},
		{"CHP-35 signature certificate", layout.JPKI, 1, 0, userPIN, false},
		{"CHP-35 signature certificate", layout.JPKI, 1, 0, nothing, false},
		{"CHP-36 resident record code", layout.Register, 3, 0, regPIN, true},
		{"CHP-36 resident record code", layout.Register, 3, 0, nothing, false},
	} {
		t.Run(c.name+" by "+c.by, func(t *testing.T) {
			f := chiptest.Operational(t)
			references := map[string]struct {
				ref   map[layout.Application]byte
				value mynumber.Secret
			}{
				a:       {map[layout.Application]byte{layout.Face: 0x13, layout.Text: 0x14}, f.Holder.A()},
				b:       {map[layout.Application]byte{layout.Face: 0x12, layout.Text: 0x15}, f.Holder.B()},
				textPIN: {map[layout.Application]byte{layout.Text: 0x11}, chiptest.TextPIN},
				birth:   {map[layout.Application]byte{layout.Face: 0x11}, f.Holder.BirthDigits()},
				userPIN: {map[layout.Application]byte{layout.JPKI: 0x18}, chiptest.AuthenticationPIN},
				pass:    {map[layout.Application]byte{layout.JPKI: 0x1B}, chiptest.SignaturePassword},
				regPIN:  {map[layout.Application]byte{layout.Register: 0x1C}, chiptest.RegisterPIN},
			}
			selectApp(t, f.Card, c.app)
			if c.by != nothing {
				r := references[c.by]
				want(t, "verify", sendWith(f.Card, 0, 0x20, 0, 0x80|r.ref[c.app], []byte(r.value.Reveal())), iso7816.OK)
			}
			r := send(f.Card, 0, 0xB0, 0x80|c.file, 0, 0)
			if c.key != 0 {
				r = sendWith(f.Card, 0x80, 0x2A, 0, 0x80|c.key, []byte{1}, 0)
			}
			if c.open {
				want(t, "use", r, iso7816.OK)
			} else {
				want(t, "use", r, iso7816.SecurityNotSatisfied)
			}
		})
	}
}

// TestCHP02_SameRulesOnBothInterfaces runs the file table through contacts; the
// other tests use the contactless interface. Readers take T=1 from either
// answer to reset.
func TestCHP02_SameRulesOnBothInterfaces(t *testing.T) {
	f := chiptest.Operational(t)
	card, err := chip.Open(f.Memory, f.Keys, chip.WithContacts())
	ok(t, err)
	if !bytes.Equal(card.Reset(), chip.ContactATR()) || !bytes.Equal(f.Card.Reset(), chip.ATR()) {
		t.Error("answers to reset")
	}
	for _, row := range fileRows {
		selectApp(t, card, row.app)
		selectApp(t, f.Card, row.app)
		for _, command := range [][]byte{{0, 0xB0, 0x80 | row.id, 0, 0}, {0, 0xB2, 1, row.id<<3 | 4, 0}} {
			if a, b := card.Transmit(command), f.Card.Transmit(command); !bytes.Equal(a, b) {
				t.Errorf("%v %02X: %X on contacts, %X without", row.app, row.id, a, b)
			}
		}
	}
	// TD1 and its followers say the protocols in the order of offer.
	for _, a := range chip.AnswersToReset() {
		c, err := chip.Open(f.Memory, f.Keys, chip.WithAnswerToReset(a))
		ok(t, err)
		if !bytes.Equal(c.Reset(), a.Bytes) || !bytes.Equal(c.ATR(), a.Bytes) {
			t.Errorf("%X is not answered", a.Bytes)
		}
		want(t, "GET DATA 5F51", send(c, 0, 0xCA, 0x5F, 0x51, 0), iso7816.OK)
		if r := send(c, 0, 0xCA, 0x5F, 0x51, 0); a.Contact && !bytes.Equal(r.Data, a.Bytes[1:]) {
			t.Errorf("5F51 of %X is %X", a.Bytes, r.Data)
		}
		protocols, check := protocolsOf(a.Bytes)
		if a.Contact && protocols[0] != 1 || protocols[len(protocols)-1] != 1 {
			t.Errorf("%X offers %v", a.Bytes, protocols)
		}
		if check != 0 {
			t.Errorf("%X: check byte is off by %02X", a.Bytes, check)
		}
	}
}

// protocolsOf reads the interface bytes of an answer to reset (ISO/IEC 7816-3,
// 8.2) and the exclusive-or of all but the first byte, which is zero.
func protocolsOf(atr []byte) (protocols []byte, check byte) {
	for _, b := range atr[1:] {
		check ^= b
	}
	for i, y := 1, atr[1]; ; {
		for bit := byte(0x10); bit <= 0x40; bit <<= 1 {
			if y&bit != 0 {
				i++
			}
		}
		if y&0x80 == 0 {
			return protocols, check
		}
		i++
		y = atr[i]
		protocols = append(protocols, y&0x0F)
	}
}

// TestWhatTheChipHolds reads everything the holder may read.
//
// Shows: CHP-07..11, CHP-17..20, CHP-38
func TestWhatTheChipHolds(t *testing.T) {
	f := chiptest.Operational(t)
	readEverything(t, f)
	signAndVerify(t, f, reader.SignatureKey, chiptest.SignaturePassword)
	signAndVerify(t, f, reader.AuthenticationKey, chiptest.AuthenticationPIN)
	// CHP-11: the alias of a foreign resident stands with the name.
	a := f.Holder.Attributes
	a.Name = "ＳＡＭＰＬＥ　ＪＯＨＮ（試験　太郎）"
	ef, err := files.Attributes(a)
	ok(t, err)
	sig, err := files.TextSignature(files.Number(f.Holder.Number), ef, files.Issuer{Key: chiptest.Key(1)})
	ok(t, err)
	f.Run(t, cardmgmt.Rewrite, cardmgmt.Script{
		cardmgmt.WriteFile{Application: layout.Text, File: layout.TextAttributes, Content: ef},
		cardmgmt.WriteFile{Application: layout.Text, File: layout.TextSignature, Content: sig}})
	text, err := f.Reader.Text()
	ok(t, err)
	ok(t, text.VerifyPIN(chiptest.TextPIN))
	if got, err := text.Attributes(f.Root); err != nil || got.Name != a.Name {
		t.Errorf("alias: %v", err)
	}
	// CHP-10: no command gave any of the PINs away; they are in the memory.
	m := snapshot(t, f.Memory)
	for _, p := range chiptest.AllPINs() {
		v := m[string([]byte{'v', byte(p.Application), byte(p.Reference)})]
		if !bytes.HasPrefix(v[1:], []byte(p.Value.Reveal())) {
			t.Errorf("%v %02X is not in the memory", p.Application, byte(p.Reference))
		}
	}
}

// TestCHP13_CHP14_NoPlaceForOtherRecords tries to write every short identifier
// and many others in every application and slot: only the files of the card
// have a place, and none is for tax, pension or medical records.
func TestCHP13_CHP14_NoPlaceForOtherRecords(t *testing.T) {
	f := chiptest.Operational(t)
	known := map[layout.Application]map[layout.FileID]bool{
		layout.Master: {0x42: true, 0xF0: true, 0xF2: true, 0xF3: true, 0xF7: true, 0xF8: true, 0x7F21: true},
	}
	for _, row := range fileRows {
		if known[row.app] == nil {
			known[row.app] = map[layout.FileID]bool{}
		}
		known[row.app][layout.FileID(row.id)] = true
	}
	known[layout.Text][0x06] = true
	// Every card has these; certificates come with their keys only.
	delete(known[layout.Text], 0x08)
	delete(known[layout.Face], 0x06)
	for _, id := range []layout.FileID{1, 2, 8, 0x0A, 0x0B} {
		delete(known[layout.JPKI], id)
	}
	apps := append([]layout.Application{layout.Master}, layout.Applications()...)
	for n := 1; n <= layout.FreeSlots; n++ {
		apps = append(apps, layout.Slot(n))
	}
	for _, app := range apps {
		ids := []layout.FileID{0x0101, 0x2F00, 0x3F00, 0x5F51, 0x7F21, 0xFFFF}
		for id := layout.FileID(0); id <= 0x100; id++ {
			ids = append(ids, id)
		}
		for _, id := range ids {
			script := cardmgmt.Script{cardmgmt.WriteFile{Application: app, File: id, Content: []byte{1}}}
			if _, err := f.Do(t, cardmgmt.Rewrite, script); (err == nil) != known[app][id] {
				t.Errorf("%v %04X: %v", app, uint16(id), err)
			}
		}
	}
}

// TestCHP15_CHP16_CHP40_Applications: five applications answer besides the
// master level; PINs that a holder can change are in all but the card face.
func TestCHP15_CHP16_CHP40_Applications(t *testing.T) {
	f := chiptest.Operational(t)
	count := 0
	for r := sendWith(f.Card, 0, 0xA4, 4, 0x00, nil); r.SW.OK(); r = sendWith(f.Card, 0, 0xA4, 4, 0x02, nil) {
		count++
	}
	if count != 6 {
		t.Errorf("%d applications with the master level", count)
	}
	pins := map[layout.Application]int{}
	for app, refs := range references(f.Holder) {
		for _, ref := range refs {
			selectApp(t, f.Card, app)
			want(t, "verify", sendWith(f.Card, 0, 0x20, 0, 0x80|byte(ref.ref), []byte(ref.value.Reveal())), iso7816.OK)
			for _, head := range [][]byte{{0x00, 0x24, 0x01}, {0x80, 0x32, 0x00}} {
				if sendWith(f.Card, head[0], head[1], head[2], 0x80|byte(ref.ref), []byte(ref.value.Reveal())).SW.OK() {
					pins[app]++
				}
			}
		}
	}
	if pins[layout.Face] != 0 || pins[layout.JPKI] != 2 || pins[layout.Text] != 1 || pins[layout.Register] != 1 || pins[layout.Common] != 1 {
		t.Errorf("PINs: %v", pins)
	}
}

// TestCHP24_NumberBGivesTheFrontOnly reads through the reader.
func TestCHP24_NumberBGivesTheFrontOnly(t *testing.T) {
	f := chiptest.Operational(t)
	face, err := f.Reader.Face()
	ok(t, err)
	ok(t, face.VerifyB(f.Holder.B()))
	if _, err := face.Card(f.Root); err != nil {
		t.Error(err)
	}
	if _, err := face.NumberImage(f.Root); !errors.Is(err, reader.ErrNotAllowed) {
		t.Errorf("number image by B: %v", err)
	}
}

// TestCHP30_CHP31_CHP32_RecordSets reads the three sets with their signature.
func TestCHP30_CHP31_CHP32_RecordSets(t *testing.T) {
	f := chiptest.Operational(t)
	read := func(open func(*reader.Text) error) (number, attributes error) {
		t.Helper()
		f.Card.Reset()
		f.Reader.Reset()
		text, err := f.Reader.Text()
		ok(t, err)
		ok(t, open(text))
		_, number = text.Number(f.Root)
		_, attributes = text.Attributes(f.Root)
		return number, attributes
	}
	if n, a := read(func(x *reader.Text) error { return x.VerifyPIN(chiptest.TextPIN) }); n != nil || a != nil {
		t.Errorf("by PIN: %v, %v", n, a)
	}
	if n, a := read(func(x *reader.Text) error { return x.VerifyA(f.Holder.A()) }); n != nil || !errors.Is(a, reader.ErrNotAllowed) {
		t.Errorf("by A: %v, %v", n, a)
	}
	if n, a := read(func(x *reader.Text) error { return x.VerifyB(f.Holder.B()) }); !errors.Is(n, reader.ErrNotAllowed) || a != nil {
		t.Errorf("by B: %v, %v", n, a)
	}
}

// TestCHP49_CHP50_CHP55_Limits: three for four digits, five for the password,
// ten for numbers, four for none; each is its own.
func TestCHP49_CHP50_CHP55_Limits(t *testing.T) {
	f := chiptest.Operational(t)
	for app, refs := range references(f.Holder) {
		selectApp(t, f.Card, app)
		for _, ref := range refs {
			limit := map[int]int{4: 3, 10: 5, 12: 10, 14: 10, 6: 10}[len(ref.value.Reveal())]
			want(t, "limit", send(f.Card, 0, 0x20, 0, 0x80|byte(ref.ref)), iso7816.TriesLeft(limit))
		}
	}
}

// TestCHP52_CHP54_LockedPIN: the tries left are told before the last, and when
// none is left the right value gets the answer of a wrong one, without a write
// by which the two could be told apart.
func TestCHP52_CHP54_LockedPIN(t *testing.T) {
	f := chiptest.Operational(t)
	j, err := f.Reader.JPKI()
	ok(t, err)
	for left := 2; left >= 0; left-- {
		var wrong *reader.WrongPINError
		if err := j.Verify(reader.AuthenticationKey, mynumber.NewSecret("0000")); !errors.As(err, &wrong) || wrong.Left != left {
			t.Errorf("wrong PIN: %v", err)
		}
		if n, err := j.TriesLeft(reader.AuthenticationKey); err != nil || n != left {
			t.Errorf("tries left: %d %v", n, err)
		}
	}
	counter := &chiptest.Faulty{Memory: f.Memory}
	f.Open(t, counter)
	selectApp(t, f.Card, layout.JPKI)
	for _, v := range []string{"4271", "0000"} {
		want(t, "locked", sendWith(f.Card, 0, 0x20, 0, 0x98, []byte(v)), iso7816.ReferenceBlocked)
	}
	if counter.Count != 0 {
		t.Errorf("%d commits", counter.Count)
	}
}

// TestGetData_EveryObject reads each data object of the master level, and with
// a short Le those that do not fit one.
func TestGetData_EveryObject(t *testing.T) {
	f := chiptest.Operational(t)
	f.Run(t, cardmgmt.Rewrite, cardmgmt.Script{cardmgmt.WriteFile{Application: layout.Master, File: layout.CardImageNumber, Content: []byte("00000001")}})
	for tag, length := range map[uint16]int{0x0042: 16, 0x0045: 15, 0x0066: 25, 0x00F0: 5, 0x00F2: 8, 0x00F3: 8, 0x00F7: 16, 0x00F8: 563, 0x7F21: 568, 0x5F51: 8} {
		r := send(f.Card, 0, 0xCA, byte(tag>>8), byte(tag), 0, 0, 0)
		want(t, "GET DATA", r, iso7816.OK)
		if len(r.Data) != length {
			t.Errorf("%04X has %d bytes, want %d", tag, len(r.Data), length)
		}
		sw := iso7816.OK
		if length > 256 {
			sw = iso7816.WrongLength
		}
		want(t, "GET DATA with short Le", send(f.Card, 0, 0xCA, byte(tag>>8), byte(tag), 0), sw)
	}
	if r := send(f.Card, 0, 0xCA, 0, 0x66, 0); r.Data[0] != 0x66 || int(r.Data[1]) != len(r.Data)-2 || r.Data[2] != 0x73 || int(r.Data[3]) != len(r.Data)-4 {
		t.Errorf("recognition data %X", r.Data)
	}
}
