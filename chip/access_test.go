package chip_test

import (
	"bytes"
	"fmt"
	"testing"

	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/iso7816"
	"kado/mynumber"
)

// send transmits one raw command.
func send(card *chip.Card, b ...byte) iso7816.Response {
	r, err := iso7816.ParseResponse(card.Transmit(b))
	if err != nil {
		panic(err)
	}
	return r
}

func sendWith(card *chip.Card, cla, ins, p1, p2 byte, data []byte, le ...byte) iso7816.Response {
	b := append([]byte{cla, ins, p1, p2, byte(len(data))}, data...)
	return send(card, append(b, le...)...)
}

func selectApp(t testing.TB, card *chip.Card, app layout.Application) {
	t.Helper()
	if r := sendWith(card, 0, 0xA4, 4, 0x0C, app.AID()); !r.SW.OK() {
		t.Fatalf("select %v: %v", app, r.SW)
	}
}

func want(t testing.TB, what string, got iso7816.Response, sw iso7816.Status) {
	t.Helper()
	if got.SW != sw {
		t.Errorf("%s: %v, want %v", what, got.SW, sw)
	}
	if !sw.OK() && sw != iso7816.EndOfFile && len(got.Data) > 0 {
		t.Errorf("%s: a refusal carries %d bytes", what, len(got.Data))
	}
}

type reference struct {
	ref   layout.Reference
	value mynumber.Secret
	limit int
}

// references of each application with the fixtures' values.
func references(h chiptest.Holder) map[layout.Application][]reference {
	return map[layout.Application][]reference{
		layout.Common:   {{0x1C, chiptest.CommonPIN, 3}},
		layout.Register: {{0x1C, chiptest.RegisterPIN, 3}},
		layout.Text:     {{0x11, chiptest.TextPIN, 3}, {0x14, h.A(), 10}, {0x15, h.B(), 10}},
		layout.Face:     {{0x11, h.BirthDigits(), 10}, {0x12, h.B(), 10}, {0x13, h.A(), 10}},
		layout.JPKI:     {{0x18, chiptest.AuthenticationPIN, 3}, {0x1B, chiptest.SignaturePassword, 5}},
	}
}

// fileRows says by which references a file opens; free needs none. It is
// written from the reference, not from the program's table.
var fileRows = []struct {
	app    layout.Application
	id     byte
	free   bool
	record bool
	by     []layout.Reference
}{
	{app: layout.Common, id: 0x01, free: true, record: true},
	{app: layout.Common, id: 0x02, free: true, record: true},
	{app: layout.Register, id: 0x02, free: true, record: true},
	{app: layout.Register, id: 0x03, by: []layout.Reference{0x1C}},
	{app: layout.Text, id: 0x01, by: []layout.Reference{0x11, 0x14}},
	{app: layout.Text, id: 0x02, by: []layout.Reference{0x11, 0x15}},
	{app: layout.Text, id: 0x03, by: []layout.Reference{0x11, 0x14, 0x15}},
	{app: layout.Text, id: 0x04, free: true},
	{app: layout.Text, id: 0x05, free: true},
	{app: layout.Text, id: 0x07, by: []layout.Reference{0x11, 0x14, 0x15}},
	{app: layout.Text, id: 0x08, free: true},
	{app: layout.Face, id: 0x01, by: []layout.Reference{0x11}},
	{app: layout.Face, id: 0x02, by: []layout.Reference{0x12, 0x13}},
	{app: layout.Face, id: 0x03, free: true},
	{app: layout.Face, id: 0x04, free: true},
	{app: layout.Face, id: 0x05, by: []layout.Reference{0x13}},
	{app: layout.Face, id: 0x06, by: []layout.Reference{0x12, 0x13}},
	{app: layout.JPKI, id: 0x01, by: []layout.Reference{0x1B}},
	{app: layout.JPKI, id: 0x02, free: true},
	{app: layout.JPKI, id: 0x06, free: true},
	{app: layout.JPKI, id: 0x08, free: true},
	{app: layout.JPKI, id: 0x0A, free: true},
	{app: layout.JPKI, id: 0x0B, free: true},
}

// TestCHP26_to_CHP36_FileAccess tries every file with nothing verified and
// with each reference of its application alone.
func TestCHP26_to_CHP36_FileAccess(t *testing.T) {
	f := chiptest.Operational(t)
	read := func(app layout.Application, id byte, record bool) iso7816.Response {
		if record {
			return send(f.Card, 0, 0xB2, 1, id<<3|4, 0)
		}
		return send(f.Card, 0, 0xB0, 0x80|id, 0, 0)
	}
	expect := func(free bool) iso7816.Status {
		if free {
			return iso7816.OK
		}
		return iso7816.SecurityNotSatisfied
	}
	for _, row := range fileRows {
		selectApp(t, f.Card, row.app)
		want(t, fmt.Sprintf("%v %02X with nothing", row.app, row.id), read(row.app, row.id, row.record), expect(row.free))
		for _, ref := range references(f.Holder)[row.app] {
			selectApp(t, f.Card, row.app)
			want(t, "verify", sendWith(f.Card, 0, 0x20, 0, 0x80|byte(ref.ref), []byte(ref.value.Reveal())), iso7816.OK)
			opens := row.free
			for _, by := range row.by {
				opens = opens || by == ref.ref
			}
			want(t, fmt.Sprintf("%v %02X with %02X", row.app, row.id, byte(ref.ref)), read(row.app, row.id, row.record), expect(opens))
		}
	}
}

// keyRows says which reference a key wants.
var keyRows = []struct {
	app layout.Application
	key byte
	by  layout.Reference
}{
	{layout.Text, 0x13, 0}, {layout.Face, 0x1A, 0}, {layout.JPKI, 0x17, 0x18}, {layout.JPKI, 0x1A, 0x1B},
}

// TestCHP34_CHP35_KeyAccess tries every key with nothing and with each
// reference alone: the password never opens the authentication key, nor the
// other way.
func TestCHP34_CHP35_KeyAccess(t *testing.T) {
	f := chiptest.Operational(t)
	for _, row := range keyRows {
		selectApp(t, f.Card, row.app)
		sw := iso7816.SecurityNotSatisfied
		if row.by == 0 {
			sw = iso7816.OK
		}
		want(t, fmt.Sprintf("%v key %02X with nothing", row.app, row.key), sendWith(f.Card, 0x80, 0x2A, 0, 0x80|row.key, []byte{1}, 0), sw)
		for _, ref := range references(f.Holder)[row.app] {
			selectApp(t, f.Card, row.app)
			want(t, "verify", sendWith(f.Card, 0, 0x20, 0, 0x80|byte(ref.ref), []byte(ref.value.Reveal())), iso7816.OK)
			sw := iso7816.SecurityNotSatisfied
			if row.by == 0 || row.by == ref.ref {
				sw = iso7816.OK
			}
			want(t, fmt.Sprintf("%v key %02X with %02X", row.app, row.key, byte(ref.ref)), sendWith(f.Card, 0x80, 0x2A, 0, 0x80|row.key, []byte{1}, 0), sw)
		}
	}
}

// TestCHP37_NoCommandReadsKeysOrPINs selects every entry that is not a file
// and reads it.
func TestCHP37_NoCommandReadsKeysOrPINs(t *testing.T) {
	f := chiptest.Operational(t)
	for _, app := range layout.Applications() {
		files := map[byte]bool{}
		for _, row := range fileRows {
			files[row.id] = files[row.id] || row.app == app
		}
		for id := byte(1); id <= 0x1E; id++ {
			if files[id] {
				continue
			}
			selectApp(t, f.Card, app)
			for _, ref := range references(f.Holder)[app] {
				sendWith(f.Card, 0, 0x20, 0, 0x80|byte(ref.ref), []byte(ref.value.Reveal()))
			}
			if r := send(f.Card, 0, 0xB0, 0x80|id, 0, 0); r.SW != iso7816.FileNotFound && r.SW != iso7816.FileTypeMismatch {
				t.Errorf("%v %02X: READ BINARY %v", app, id, r.SW)
			}
			if r := send(f.Card, 0, 0xB2, 1, id<<3|4, 0); r.SW != iso7816.FileNotFound && r.SW != iso7816.FileTypeMismatch {
				t.Errorf("%v %02X: READ RECORD %v", app, id, r.SW)
			}
		}
	}
}

// TestR20_TryLimits blocks every reference and counts; others keep theirs.
func TestR20_TryLimits(t *testing.T) {
	for app, refs := range references(chiptest.NewHolder(1)) {
		for _, ref := range refs {
			f := chiptest.Operational(t)
			selectApp(t, f.Card, app)
			p2 := 0x80 | byte(ref.ref)
			want(t, "query", send(f.Card, 0, 0x20, 0, p2), iso7816.TriesLeft(ref.limit))
			for left := ref.limit - 1; left >= 0; left-- {
				want(t, "wrong value", sendWith(f.Card, 0, 0x20, 0, p2, []byte("000000")), iso7816.TriesLeft(left))
			}
			want(t, "blocked, right value", sendWith(f.Card, 0, 0x20, 0, p2, []byte(ref.value.Reveal())), iso7816.ReferenceBlocked)
			want(t, "blocked, query", send(f.Card, 0, 0x20, 0, p2, 0), iso7816.TriesLeft(0))
			for otherApp, others := range references(f.Holder) {
				for _, o := range others {
					if otherApp == app && o.ref == ref.ref {
						continue
					}
					selectApp(t, f.Card, otherApp)
					want(t, "CHP-41, CHP-53: another reference", send(f.Card, 0, 0x20, 0, 0x80|byte(o.ref)), iso7816.TriesLeft(o.limit))
				}
			}
		}
	}
}

// TestCHP25_CHP57_VerificationStaysInItsApplication verifies everything in one
// application and finds the others closed, and the same one after selecting it
// again or a reset.
func TestCHP25_CHP57_VerificationStaysInItsApplication(t *testing.T) {
	f := chiptest.Operational(t)
	open := func(app layout.Application) {
		selectApp(t, f.Card, app)
		for _, ref := range references(f.Holder)[app] {
			want(t, "verify", sendWith(f.Card, 0, 0x20, 0, 0x80|byte(ref.ref), []byte(ref.value.Reveal())), iso7816.OK)
		}
	}
	closed := func(app layout.Application) {
		t.Helper()
		selectApp(t, f.Card, app)
		for _, row := range fileRows {
			if row.app == app && !row.free {
				want(t, fmt.Sprintf("%v %02X", app, row.id), send(f.Card, 0, 0xB0, 0x80|row.id, 0, 0), iso7816.SecurityNotSatisfied)
			}
		}
	}
	for _, app := range layout.Applications() {
		for _, other := range layout.Applications() {
			open(app)
			closed(other)
		}
		open(app)
		f.Card.Reset()
		closed(app)
	}
}

// TestCHP33_ABSwap presents A and B at each other's places in both
// applications.
func TestCHP33_ABSwap(t *testing.T) {
	f := chiptest.Operational(t)
	a, b := []byte(f.Holder.A().Reveal()), []byte(f.Holder.B().Reveal())
	for _, c := range []struct {
		app            layout.Application
		placeA, placeB byte
	}{{layout.Text, 0x94, 0x95}, {layout.Face, 0x93, 0x92}} {
		selectApp(t, f.Card, c.app)
		want(t, "A at A", sendWith(f.Card, 0, 0x20, 0, c.placeA, a), iso7816.OK)
		want(t, "B at B", sendWith(f.Card, 0, 0x20, 0, c.placeB, b), iso7816.OK)
		want(t, "A at B", sendWith(f.Card, 0, 0x20, 0, c.placeB, a), iso7816.TriesLeft(9))
		want(t, "B at A", sendWith(f.Card, 0, 0x20, 0, c.placeA, b), iso7816.TriesLeft(9))
	}
}

// TestCHP43_ChangeReferenceData covers both forms of the instruction.
func TestCHP43_ChangeReferenceData(t *testing.T) {
	f := chiptest.Operational(t)
	for _, c := range []struct {
		app      layout.Application
		ref      byte
		head     []byte
		old, new string
		wrong    []string
	}{
		{layout.JPKI, 0x98, []byte{0x00, 0x24, 0x01}, chiptest.AuthenticationPIN.Reveal(), "5555", []string{"555", "55555", "555A"}},
		{layout.JPKI, 0x9B, []byte{0x00, 0x24, 0x01}, chiptest.SignaturePassword.Reveal(), "NEW123", []string{"ABCDEF", "123456", "new123", "NEW12", "NEW 123"}},
		{layout.Text, 0x91, []byte{0x00, 0x24, 0x01}, chiptest.TextPIN.Reveal(), "5555", []string{"12"}},
		{layout.Common, 0x9C, []byte{0x80, 0x32, 0x00}, chiptest.CommonPIN.Reveal(), "5555", []string{"12"}},
		{layout.Register, 0x9C, []byte{0x80, 0x32, 0x00}, chiptest.RegisterPIN.Reveal(), "5555", []string{"12"}},
	} {
		change := func(v string) iso7816.Response {
			return sendWith(f.Card, c.head[0], c.head[1], c.head[2], c.ref, []byte(v))
		}
		selectApp(t, f.Card, c.app)
		want(t, "change without old", change(c.new), iso7816.SecurityNotSatisfied)
		want(t, "verify old", sendWith(f.Card, 0, 0x20, 0, c.ref, []byte(c.old)), iso7816.OK)
		for _, w := range c.wrong {
			want(t, "malformed new "+w, change(w), iso7816.WrongData)
		}
		want(t, "17 bytes", change("ABCDEFGH123456789"), iso7816.WrongLength)
		want(t, "change", change(c.new), iso7816.OK)
		selectApp(t, f.Card, c.app)
		if r := sendWith(f.Card, 0, 0x20, 0, c.ref, []byte(c.old)); r.SW.OK() {
			t.Errorf("%v: old value still works", c.app)
		}
		want(t, "verify new", sendWith(f.Card, 0, 0x20, 0, c.ref, []byte(c.new)), iso7816.OK)
	}
	// A and B are the issuer's to change.
	selectApp(t, f.Card, layout.Text)
	want(t, "verify A", sendWith(f.Card, 0, 0x20, 0, 0x94, []byte(f.Holder.A().Reveal())), iso7816.OK)
	want(t, "change A", sendWith(f.Card, 0, 0x24, 1, 0x94, []byte("123456789012")), iso7816.SecurityNotSatisfied)
	// Each form belongs to its applications.
	want(t, "80 32 in text", sendWith(f.Card, 0x80, 0x32, 0, 0x91, []byte("1234")), iso7816.InstructionUnknown)
	selectApp(t, f.Card, layout.Face)
	want(t, "00 24 in face", sendWith(f.Card, 0, 0x24, 1, 0x93, []byte("1234")), iso7816.InstructionUnknown)
}

// TestBytes walks through the documented answers, byte by byte.
func TestBytes_DocumentedAnswers(t *testing.T) {
	f := chiptest.Operational(t)
	card := f.Card
	jpki := layout.JPKI.AID()
	check := func(what string, sw iso7816.Status, b ...byte) { t.Helper(); want(t, what, send(card, b...), sw) }

	// After reset nothing is selected.
	check("select nothing", iso7816.WrongParameters, 0, 0xA4, 0, 0)
	check("3F00", iso7816.FileNotFound, 0, 0xA4, 0, 0, 2, 0x3F, 0)
	check("EF 2F10", iso7816.FileNotFound, 0, 0xA4, 2, 0x0C, 2, 0x2F, 0x10)
	check("EF 001E", iso7816.OK, 0, 0xA4, 2, 0x0C, 2, 0, 0x1E)
	check("read 001E", iso7816.FileTypeMismatch, 0, 0xB0, 0, 0, 0)

	// SELECT.
	want(t, "unknown AID", sendWith(card, 0, 0xA4, 4, 0x0C, []byte{1, 2, 3}), iso7816.FileNotFound)
	if r := sendWith(card, 0, 0xA4, 4, 0x0C, jpki); !r.SW.OK() || len(r.Data) != 0 {
		t.Error("rule 1: P2 0C answers data")
	}
	if r := sendWith(card, 0, 0xA4, 4, 0x00, jpki, 0); !r.SW.OK() || !bytes.Contains(r.Data, jpki) || r.Data[0] != 0x6F {
		t.Errorf("rule 1: FCI %X", r.Data)
	}
	check("select nothing in an application", iso7816.OK, 0, 0xA4, 0, 0)
	// A prefix meets the applications one after the other.
	prefix := []byte{0xD3, 0x92, 0x10, 0x00}
	seen := map[string]bool{}
	r := sendWith(card, 0, 0xA4, 4, 0x00, prefix)
	for r.SW.OK() {
		seen[string(r.Data)] = true
		r = sendWith(card, 0, 0xA4, 4, 0x02, prefix)
	}
	if len(seen) != 4 || r.SW != iso7816.FileNotFound {
		t.Errorf("prefix met %d applications, then %v", len(seen), r.SW)
	}

	// No current file.
	selectApp(t, card, layout.JPKI)
	check("read without EF", iso7816.NoCurrentFile, 0, 0xB0, 0, 0, 0)
	check("verify without EF", iso7816.NoCurrentFile, 0, 0x20, 0, 0x80)
	check("unknown EF", iso7816.FileNotFound, 0, 0xA4, 2, 0x0C, 2, 0, 3)

	// Rule 2, rule 10: the query in all spellings, selected or by short id.
	check("select PIN", iso7816.OK, 0, 0xA4, 2, 0x0C, 2, 0, 0x18)
	for _, q := range [][]byte{{0, 0x20, 0, 0x80}, {0, 0x20, 0, 0x80, 0}, {0, 0x20, 0, 0x80, 0, 0}, {0, 0x20, 0, 0x80, 0, 0, 0}, {0, 0x20, 0, 0x98}} {
		check(fmt.Sprintf("query %X", q), iso7816.TriesLeft(3), q...)
	}
	want(t, "verify", sendWith(card, 0, 0x20, 0, 0x80, []byte("4271")), iso7816.OK)
	check("rule 2: query after success", iso7816.TriesLeft(3), 0, 0x20, 0, 0x80)

	// Reading: lengths and ends.
	cert := f.Certificates[2].Raw
	check("select 000A", iso7816.OK, 0, 0xA4, 2, 0x0C, 2, 0, 0x0A)
	if r := send(card, 0, 0xB0, 0, 0, 4); !bytes.Equal(r.Data, cert[:4]) {
		t.Errorf("first part %X", r.Data)
	}
	if r := send(card, 0, 0xB0, 0, 0, 0); len(r.Data) != 256 {
		t.Errorf("Le 00 gives %d bytes", len(r.Data))
	}
	if r := send(card, 0, 0xB0, 0x8A, 0, 0, 0, 0); !r.SW.OK() || !bytes.Equal(r.Data, cert) {
		t.Errorf("rule 11: extended Le gives %d bytes, %v", len(r.Data), r.SW)
	}
	n := len(cert) - 2
	if r := send(card, 0, 0xB0, byte(n>>8), byte(n), 0); !r.SW.OK() || !bytes.Equal(r.Data, cert[n:]) {
		t.Errorf("rule 11: last bytes %X %v", r.Data, r.SW)
	}
	if r := send(card, 0, 0xB0, byte(n>>8), byte(n), 9); r.SW != iso7816.EndOfFile || len(r.Data) != 2 {
		t.Errorf("rule 11: Le past the end %v", r.SW)
	}
	check("rule 11: offset beyond", iso7816.WrongOffset, 0, 0xB0, 0x7F, 0xFF, 0)
	check("read without Le", iso7816.WrongLength, 0, 0xB0, 0, 0)
	check("read a PIN", iso7816.FileTypeMismatch, 0, 0xB0, 0x98, 0, 0)

	// Records.
	selectApp(t, card, layout.Common)
	if r := send(card, 0, 0xB2, 1, 0x0C, 0); !r.SW.OK() || len(r.Data) != 30 || r.Data[0] != 1 || r.Data[1] != 0x1C {
		t.Errorf("record %X %v", r.Data, r.SW)
	}
	check("select 0001", iso7816.OK, 0, 0xA4, 2, 0x0C, 2, 0, 1)
	check("record of current EF", iso7816.OK, 0, 0xB2, 1, 4, 0)
	check("record 2", iso7816.RecordNotFound, 0, 0xB2, 2, 4, 0)
	check("binary of a record file", iso7816.FileTypeMismatch, 0, 0xB0, 0, 0, 0)
	check("internal authenticate, other P2", iso7816.WrongParameters, 0, 0x88, 0, 0x80, 1, 1, 0)
	check("internal authenticate", iso7816.OK, 0, 0x88, 0, 0x99, 1, 1, 0)
	check("session key", iso7816.SessionKeyUnsupported, 0x80, 0xAE, 0, 0)

	// Signing.
	selectApp(t, card, layout.JPKI)
	check("no default key in JPKI", iso7816.ReferenceNotFound, 0x80, 0x2A, 0, 0, 1, 1, 0)
	want(t, "verify", sendWith(card, 0, 0x20, 0, 0x98, []byte("4271")), iso7816.OK)
	for _, c := range []struct {
		p1 byte
		n  int
		sw iso7816.Status
	}{{0, 1, iso7816.OK}, {0, 245, iso7816.OK}, {0, 246, iso7816.WrongLength}, {1, 7, iso7816.OK}, {2, 32, iso7816.OK}, {2, 31, iso7816.WrongLength},
		{3, 200, iso7816.OK}, {4, 32, iso7816.OK}, {4, 33, iso7816.WrongLength}, {5, 1, iso7816.OK}, {6, 32, iso7816.WrongParameters}} {
		want(t, fmt.Sprintf("rule 12: 80 2A %02X with %d bytes", c.p1, c.n), sendWith(card, 0x80, 0x2A, c.p1, 0x97, make([]byte, c.n), 0), c.sw)
	}
	check("sign nothing", iso7816.WrongLength, 0x80, 0x2A, 0, 0x97, 0)
	check("sign with a PIN", iso7816.FileTypeMismatch, 0x80, 0x2A, 0, 0x98, 1, 1, 0)
	check("terminal authentication", iso7816.WrongLength, 0x80, 0xA2, 6, 0xC1, 1, 1)
	check("terminal authentication P1", iso7816.WrongParameters, 0x80, 0xA2, 5, 0xC1, 1, 1)
	check("80 FC", iso7816.WrongLength, 0x80, 0xFC, 0, 0)
	check("session key", iso7816.SecurityNotSatisfied, 0x80, 0xAE, 0, 0)
	check("class 08", iso7816.SecureMessagingLost, 0x08, 0xB0, 0, 0, 0)
	check("class 0C", iso7816.SecureMessagingMissing, 0x0C, 0xB0, 0, 0, 0)
	check("secure SELECT", iso7816.SecureMessagingRefused, 0x0C, 0xA4, 4, 0)
	check("channel 1", iso7816.ChannelUnsupported, 0x01, 0xB0, 0, 0, 0)
	check("class", iso7816.ClassUnknown, 0xF0, 0xB0, 0, 0, 0)
	check("instruction", iso7816.InstructionUnknown, 0, 0x77, 0, 0)

	// Rule 13 on the reference that is blocked from issue.
	selectApp(t, card, layout.Text)
	check("0012 query", iso7816.TriesLeft(0), 0, 0x20, 0, 0x92)
	want(t, "0012 verify", sendWith(card, 0, 0x20, 0, 0x92, []byte("1234")), iso7816.ReferenceBlocked)
	check("default key of text", iso7816.OK, 0x80, 0x2A, 0, 0, 1, 1, 0)
	check("session key without PIN", iso7816.SecurityNotSatisfied, 0x80, 0xAE, 0, 0)
	// Rule 7: filler is kept.
	want(t, "PIN", sendWith(card, 0, 0x20, 0, 0x91, []byte("3865")), iso7816.OK)
	if r := send(card, 0, 0xB0, 0x81, 0, 0); len(r.Data) != 17 || r.Data[15] != 0xFF || r.Data[16] != 0xFF {
		t.Errorf("rule 7: %d bytes", len(r.Data))
	}

	// Challenges.
	selectApp(t, card, layout.Face)
	check("challenge 1", iso7816.OK, 0, 0x84, 0, 0, 1)
	if r := send(card, 0, 0x84, 0, 0, 0); len(r.Data) != 256 {
		t.Errorf("challenge of %d bytes", len(r.Data))
	}
	check("extended challenge", iso7816.ConditionsNotSatisfied, 0, 0x84, 0, 0, 0, 0, 16)
	check("contact ATR", iso7816.OK, 0, 0xCA, 0x5F, 0x51, 0)
	check("serial inside an application", iso7816.ReferenceNotFound, 0, 0xCA, 0, 0x45, 0)

	// Data objects.
	card.Reset()
	check("serial", iso7816.OK, 0, 0xCA, 0, 0x45, 0)
	check("no such object", iso7816.ReferenceNotFound, 0, 0xCA, 0, 0xF3, 0)
	check("short Le on a long object", iso7816.WrongLength, 0, 0xCA, 0x7F, 0x21, 0)
	check("extended Le on a long object", iso7816.OK, 0, 0xCA, 0x7F, 0x21, 0, 0, 0)
	check("malformed", iso7816.WrongLength, 0, 0xCA, 0)
}
