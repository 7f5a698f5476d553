package trace_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
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

func write(t testing.TB, tr *trace.Trace, opts ...trace.Option) []byte {
	t.Helper()
	var b bytes.Buffer
	ok(t, trace.Write(&b, tr, opts...))
	return b.Bytes()
}

// visit uses everything of a card and returns what was recorded.
func visit(t testing.TB, f *chiptest.Fixture, opts ...trace.Option) *trace.Trace {
	t.Helper()
	rec := trace.Record(reader.Virtual(f.Card), opts...)
	rec.SetATR(f.Card.ATR())
	card := reader.New(rec)
	h := f.Holder
	j, err := card.JPKI()
	ok(t, err)
	_, err = j.Token()
	ok(t, err)
	_, err = j.Presence()
	ok(t, err)
	_, err = j.Certificate(reader.AuthenticationKey)
	ok(t, err)
	_, err = j.Certificate(reader.SignatureKey)
	if !errors.Is(err, reader.ErrNotAllowed) {
		t.Fatal(err)
	}
	_, err = j.TriesLeft(reader.SignatureKey)
	ok(t, err)
	if err := j.Verify(reader.SignatureKey, mynumber.NewSecret("WRONG99")); err == nil {
		t.Fatal("taken")
	}
	ok(t, j.Verify(reader.SignatureKey, chiptest.SignaturePassword))
	_, err = j.Certificate(reader.SignatureKey)
	ok(t, err)
	_, err = j.Sign(reader.SignatureKey, make([]byte, 32))
	ok(t, err)
	text, err := card.Text()
	ok(t, err)
	ok(t, text.VerifyA(h.A()))
	_, err = text.Number(f.Root)
	ok(t, err)
	ok(t, text.VerifyPIN(chiptest.TextPIN))
	_, err = text.Attributes(f.Root)
	ok(t, err)
	face, err := card.Face()
	ok(t, err)
	ok(t, face.VerifyB(h.B()))
	_, err = face.Card(f.Root)
	ok(t, err)
	register, err := card.Register()
	ok(t, err)
	ok(t, register.ChangePIN(chiptest.RegisterPIN, mynumber.NewSecret("1470")))
	_, err = register.ResidentCode()
	ok(t, err)
	common, err := card.Common()
	ok(t, err)
	_, err = common.Data()
	ok(t, err)
	_, err = common.InternalAuthenticate([]byte("challenge"))
	ok(t, err)
	issuer, err := card.Issuer()
	ok(t, err)
	_, err = issuer.Serial()
	ok(t, err)
	_, err = issuer.Challenge()
	ok(t, err)
	j, err = card.JPKI()
	ok(t, err)
	// The verification went when other applications were selected.
	if _, err = j.Sign(reader.SignatureKey, make([]byte, 32)); !errors.Is(err, reader.ErrNotAllowed) {
		t.Fatal(err)
	}
	return rec.Trace()
}

// TestOPS33_CHP37_TraceHoldsNoSecret looks for everything that a trace must not
// show, as text and as hexadecimal digits.
func TestOPS33_CHP37_TraceHoldsNoSecret(t *testing.T) {
	f := chiptest.Operational(t)
	masked := string(write(t, visit(t, f)))
	if len(masked) < 10_000 {
		t.Fatal("no trace")
	}
	flat := strings.ReplaceAll(masked, " ", "")
	h := f.Holder
	for name, secret := range map[string]string{
		"number": h.Number.Reveal(), "B": h.B().Reveal(), "resident code": h.ResidentCode.Reveal(), "name": h.Attributes.Name,
		"address": h.Attributes.Address, "new PIN": "1470", "wrong password": "WRONG99", "text PIN": chiptest.TextPIN.Reveal(),
		"register PIN": chiptest.RegisterPIN.Reveal(), "password": chiptest.SignaturePassword.Reveal(), "birth date": h.Attributes.BirthDate.Compact(),
		"serial":                  f.Serial,
		"signature certificate":   string(f.Certificates[reader.SignatureKey].Raw[200:220]),
		"authentication ditto":    string(f.Certificates[reader.AuthenticationKey].Raw[200:220]),
		"name image":              string(h.NameImage),
		"photo":                   string(h.Photo[:20]),
		"serial on the token":     "400000012345",
		"signature of the record": string(h.NumberImage),
	} {
		digits := strings.ToUpper(hexOf(secret))
		if strings.Contains(masked, secret) || strings.Contains(flat, digits) {
			t.Errorf("the masked trace shows the %s", name)
		}
	}
	// The same search finds them in an unmasked one, so it can fail.
	plain := strings.ReplaceAll(string(write(t, visit(t, chiptest.Operational(t), trace.Unmasked), trace.Unmasked)), " ", "")
	for _, secret := range []string{h.Number.Reveal(), chiptest.TextPIN.Reveal(), "1470", f.Serial} {
		if !strings.Contains(plain, strings.ToUpper(hexOf(secret))) {
			t.Errorf("the search is blind: a secret of %d bytes is not in an unmasked trace", len(secret))
		}
	}
}

func hexOf(s string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(digits[s[i]>>4])
		b.WriteByte(digits[s[i]&15])
	}
	return b.String()
}

func TestUnmaskedIsRefusedByDefault(t *testing.T) {
	tr := visit(t, chiptest.Operational(t), trace.Unmasked)
	var b bytes.Buffer
	if err := trace.Write(&b, tr); !errors.Is(err, trace.ErrUnmasked) || b.Len() > 0 {
		t.Errorf("Write: %v, %d bytes", err, b.Len())
	}
	if err := trace.GoTest(&b, tr, trace.GoTestOptions{}); !errors.Is(err, trace.ErrUnmasked) || b.Len() > 0 {
		t.Errorf("GoTest: %v, %d bytes", err, b.Len())
	}
	text := write(t, tr, trace.Unmasked)
	if _, err := trace.Parse(text); !errors.Is(err, trace.ErrUnmasked) {
		t.Errorf("Parse: %v", err)
	}
	back, err := trace.Parse(text, trace.Unmasked)
	ok(t, err)
	if d := cmp.Diff(tr, back); d != "" {
		t.Error(d)
	}
	// The head alone does not make a trace a masked one.
	passedOff := bytes.Replace(text, []byte("1 unmasked"), []byte("1 masked"), 1)
	var e *trace.ParseError
	if _, err := trace.Parse(passedOff); !errors.As(err, &e) || e.Line < 2 {
		t.Errorf("an unmasked trace passed for a masked one: %v", err)
	}
}

// TestExplanations holds a few exchanges of a known conversation against what
// has to be said of them.
func TestExplanations(t *testing.T) {
	tr := visit(t, chiptest.Operational(t))
	find := func(name, target, status string) trace.Exchange {
		t.Helper()
		for _, x := range tr.Exchanges {
			if x.Name == name && strings.HasPrefix(x.Target, target) && strings.HasPrefix(x.Status, status) {
				return x
			}
		}
		t.Fatalf("no %s of %s with %s", name, target, status)
		return trace.Exchange{}
	}
	x := find("READ BINARY", "jpki 0001 signature certificate", "6982")
	if !strings.Contains(x.Cause, "the signature password (001B) was not verified since this application was selected") || x.Access != "needs the signature password (001B)" {
		t.Errorf("%+v", x.Explanation)
	}
	if x = find("VERIFY", "jpki 001B signature password", "63C4"); !strings.Contains(x.Cause, "a try was spent") || x.Access != "a wrong value spends a try" {
		t.Errorf("%+v", x.Explanation)
	}
	if x = find("VERIFY (tries left?)", "jpki 001B", "63C5"); x.Cause != "" {
		t.Errorf("%+v", x.Explanation)
	}
	x = tr.Exchanges[len(tr.Exchanges)-1]
	if x.Name != "SIGN" || !strings.Contains(x.Cause, "it was verified in exchange ") || !strings.Contains(x.Cause, "dropped that") {
		t.Errorf("%+v", x.Explanation)
	}
	if x = find("READ BINARY", "text 0001 Individual Number", "9000"); x.Access != "needs the card information input PIN (0011) or the verification number A (0014)" || !x.Response.Masked() {
		t.Errorf("%+v", x.Explanation)
	}
	if x = find("READ BINARY", "jpki 0008 certificate presence", "9000"); x.Response.Masked() || x.Access != "free" {
		t.Errorf("presence: %+v", x)
	}
	if x = find("SELECT application", "JPKI (公的個人認証AP)", "9000"); x.Cause != "" {
		t.Errorf("%+v", x.Explanation)
	}
	find("GET DATA", "master 0045 card serial", "9000")
	find("SIGN", "face 001A the card's own key", "9000")
	find("CHANGE KEY DATA", "register 001C", "9000")
	find("INTERNAL AUTHENTICATE", "common 0019", "9000")
}

// TestCauses has the card refuse in every way and looks at the likely cause.
func TestCauses(t *testing.T) {
	aid := func(a layout.Application) []byte {
		return append([]byte{0x00, 0xA4, 0x04, 0x0C, byte(len(a.AID()))}, a.AID()...)
	}
	for name, c := range map[string]struct {
		commands [][]byte
		sw       iso7816.Status
		cause    string
	}{
		"no file":           {[][]byte{aid(layout.JPKI), {0x00, 0xB0, 0, 0, 0}}, iso7816.NoCurrentFile, "no file was selected"},
		"no application":    {[][]byte{{0x00, 0xA4, 0x04, 0x0C, 3, 0xD3, 0x92, 0xFF}}, iso7816.FileNotFound, "does not have this application"},
		"no such file":      {[][]byte{aid(layout.JPKI), {0x00, 0xA4, 0x02, 0x0C, 2, 0x00, 0x03}}, iso7816.FileNotFound, "the jpki application of this card does not have it"},
		"beyond":            {[][]byte{aid(layout.JPKI), {0x00, 0xB0, 0x88, 0x20, 0}}, iso7816.WrongOffset, "ends before this offset"},
		"short file":        {[][]byte{aid(layout.JPKI), {0x00, 0xB0, 0x88, 0x00, 9}}, iso7816.EndOfFile, "those sent are complete"},
		"wrong last":        {[][]byte{aid(layout.JPKI), pin("1111"), pin("1112"), pin("1113")}, 0x63C0, "last try"},
		"blocked":           {[][]byte{aid(layout.JPKI), pin("1111"), pin("1112"), pin("1113"), pin("4271")}, iso7816.ReferenceBlocked, "no try is left for the user authentication PIN (0018)"},
		"blocked, asked":    {[][]byte{aid(layout.JPKI), pin("1111"), pin("1112"), pin("1113"), {0x00, 0x20, 0x00, 0x98}}, 0x63C0, "blocked, or never set"},
		"wrong before":      {[][]byte{aid(layout.JPKI), pin("1111"), append([]byte{0x80, 0x2A, 0x02, 0x97, 32}, make([]byte, 32)...)}, iso7816.SecurityNotSatisfied, "the value in exchange 2 was refused"},
		"change unverified": {[][]byte{aid(layout.JPKI), {0x00, 0x24, 0x01, 0x98, 4, '8', '3', '6', '1'}}, iso7816.SecurityNotSatisfied, "the user authentication PIN (0018) was not verified"},
		"bad new value":     {[][]byte{aid(layout.JPKI), pin("4271"), {0x00, 0x24, 0x01, 0x98, 4, 'a', '3', '6', '1'}}, iso7816.WrongData, "breaks the rules"},
		"object in an app":  {[][]byte{aid(layout.JPKI), {0x00, 0xCA, 0x00, 0x45, 0}}, iso7816.ReferenceNotFound, "read at master level"},
		"short Le":          {[][]byte{aid(layout.Common), {0x00, 0xB2, 0x01, 0x0C, 2}}, iso7816.WrongLength, "longer than the answer asked for"},
		"record 2":          {[][]byte{aid(layout.Common), {0x00, 0xB2, 0x02, 0x0C, 0}}, iso7816.RecordNotFound, "one record"},
		"not a file":        {[][]byte{aid(layout.JPKI), {0x00, 0xB0, 0x98, 0x00, 0}}, iso7816.FileTypeMismatch, "another kind"},
		"instruction":       {[][]byte{aid(layout.JPKI), {0x00, 0xD6, 0x00, 0x00, 1, 1}}, iso7816.InstructionUnknown, "does not know this command"},
		"class":             {[][]byte{aid(layout.JPKI), {0xFF, 0xB0, 0x00, 0x00, 1}}, iso7816.ClassUnknown, "class"},
		"parameters":        {[][]byte{aid(layout.JPKI), {0x00, 0x20, 0x01, 0x80}}, iso7816.WrongParameters, "P1 or P2"},
		"malformed":         {[][]byte{{0x00, 0x20, 0x00, 0x80, 9, '1', '2'}}, iso7816.WrongLength, "length fields"},
		"forged act":        {[][]byte{aid(layout.Master), {0x00, 0x84, 0, 0, 16}, append([]byte{0x80, 0xE0, 0, 0, cardmgmt.BeginLen}, append(make([]byte, 16), append([]byte{6}, make([]byte, 48)...)...)...)}, iso7816.SecurityNotSatisfied, "cryptogram"},
	} {
		t.Run(name, func(t *testing.T) {
			rec := trace.Record(reader.Virtual(chiptest.Operational(t).Card))
			var last []byte
			for _, command := range c.commands {
				var err error
				last, err = rec.Transmit(command)
				ok(t, err)
			}
			x := rec.Trace().Exchanges[len(c.commands)-1]
			if r, _ := iso7816.ParseResponse(last); r.SW != c.sw || !strings.Contains(x.Cause, c.cause) {
				t.Errorf("%v, %+v", r.SW, x.Explanation)
			}
			if strings.Contains(x.Block(1), "3 8 ") || strings.Contains(string(write(t, rec.Trace())), "31 31 31") {
				t.Error("a PIN shows")
			}
		})
	}
}

func pin(s string) []byte { return append([]byte{0x00, 0x20, 0x00, 0x98, byte(len(s))}, s...) }

// TestCHP26_CHP27_CHP33_CatalogueAgreesWithTheCard asks the card itself, for every
// entry that the catalogue knows, which references open it.
func TestCHP26_CHP27_CHP33_CatalogueAgreesWithTheCard(t *testing.T) {
	h := chiptest.Operational(t).Holder
	refs := map[layout.Application]map[layout.Reference]mynumber.Secret{
		layout.Register: {layout.RegisterPIN: chiptest.RegisterPIN},
		layout.Text:     {layout.TextPIN: chiptest.TextPIN, layout.TextA: h.A(), layout.TextB: h.B()},
		layout.Face:     {layout.FaceA: h.A(), layout.FaceB: h.B(), layout.FaceBirthPIN: h.BirthDigits()},
		layout.JPKI:     {layout.JPKISignaturePassword: chiptest.SignaturePassword, layout.JPKIAuthenticationPIN: chiptest.AuthenticationPIN},
		layout.Common:   {layout.CommonPIN: chiptest.CommonPIN},
	}
	checked := 0
	for _, entry := range trace.Catalogue() {
		if entry.App == layout.Master || entry.App.Slot() > 0 || entry.Kind == "reference" || entry.Kind == "unknown" {
			continue
		}
		try := func(f *chiptest.Fixture, ref layout.Reference) iso7816.Status {
			send := func(b []byte) iso7816.Response {
				r, err := iso7816.ParseResponse(f.Card.Transmit(b))
				ok(t, err)
				return r
			}
			send(append([]byte{0x00, 0xA4, 0x04, 0x0C, 10}, entry.App.AID()...))
			if ref != 0 {
				v := refs[entry.App][ref].Reveal()
				if r := send(append([]byte{0x00, 0x20, 0x00, 0x80 | byte(ref), byte(len(v))}, v...)); !r.SW.OK() {
					t.Fatal(r.SW)
				}
			}
			if entry.Kind == "key" {
				if entry.App == layout.Common {
					return send([]byte{0x00, 0x88, 0x00, 0x80 | byte(entry.ID), 1, 1, 0}).SW
				}
				return send(append([]byte{0x80, 0x2A, 0x02, 0x80 | byte(entry.ID), 32}, append(make([]byte, 32), 0)...)).SW
			}
			r := send([]byte{0x00, 0xB0, 0x80 | byte(entry.ID), 0, 1})
			if r.SW == iso7816.FileTypeMismatch {
				return send([]byte{0x00, 0xB2, 1, byte(entry.ID)<<3 | 4, 0}).SW
			}
			return r.SW
		}
		f := chiptest.Operational(t)
		sw := try(f, 0)
		if sw == iso7816.FileNotFound || sw == iso7816.FileTypeMismatch {
			continue // not on this card, or a key of another kind
		}
		if free := sw.OK(); free != (len(entry.Unlock) == 0) {
			t.Errorf("%v %04X %s: free is %v on the card, the catalogue says %v", entry.App, entry.ID, entry.Name, free, entry.Unlock)
		}
		for ref := range refs[entry.App] {
			want := len(entry.Unlock) == 0
			for _, u := range entry.Unlock {
				want = want || u == ref
			}
			if sw := try(f, ref); sw.OK() != want {
				t.Errorf("%v %04X %s after %02X: %v", entry.App, entry.ID, entry.Name, ref, sw)
			}
			checked++
		}
	}
	if checked < 30 {
		t.Errorf("only %d cells checked", checked)
	}
}

func TestReplayAsCard(t *testing.T) {
	f := chiptest.Operational(t)
	tr := visit(t, f, trace.Unmasked)
	card := trace.NewCard(tr)
	for _, x := range tr.Exchanges {
		got, err := card.Transmit(x.Command.Data)
		ok(t, err)
		if !bytes.Equal(got, x.Response.Data) {
			t.Fatal("another answer")
		}
	}
	ok(t, card.Done())
	if _, err := card.Transmit([]byte{0, 0x84, 0, 0, 8}); !errors.Is(err, &trace.ReplayError{Deviation: trace.AfterEnd}) {
		t.Error(err)
	}

	// A typed client on the replayed card reads what it read on the real one.
	rec := trace.Record(reader.Virtual(f.Card), trace.Unmasked)
	read := func(tr reader.Transport) []byte {
		j, err := reader.New(tr).JPKI()
		ok(t, err)
		b, err := j.Certificate(reader.AuthenticationKey)
		ok(t, err)
		return b
	}
	want := read(rec)
	card = trace.NewCard(rec.Trace())
	if got := read(card); !bytes.Equal(got, want) {
		t.Error("another certificate")
	}
	ok(t, card.Done())
}

// TestReplayAsCard_OrderIsSecurity: a command out of its place kills the card.
func TestReplayAsCard_OrderIsSecurity(t *testing.T) {
	tr := visit(t, chiptest.Operational(t), trace.Unmasked)
	want := func(err error, d trace.Deviation) {
		t.Helper()
		if !errors.Is(err, &trace.ReplayError{Deviation: d}) {
			t.Errorf("%v, want %s", err, d)
		}
	}
	for i := range tr.Exchanges {
		card := trace.NewCard(tr)
		for _, x := range tr.Exchanges[:i] {
			_, err := card.Transmit(x.Command.Data)
			ok(t, err)
		}
		want(card.Done(), trace.Unfinished)
		// Any other command of the trace, unless it has the same bytes.
		for _, j := range []int{i + 1, i + 2, i - 1} {
			if j < 0 || j >= len(tr.Exchanges) || bytes.Equal(tr.Exchanges[j].Command.Data, tr.Exchanges[i].Command.Data) {
				continue
			}
			_, err := card.Transmit(tr.Exchanges[j].Command.Data)
			want(err, trace.OutOfOrder)
			// From then on not even the right one is answered.
			_, err = card.Transmit(tr.Exchanges[i].Command.Data)
			want(err, trace.OutOfOrder)
			want(card.Done(), trace.OutOfOrder)
			break
		}
	}
	card := trace.NewCard(tr)
	_, err := card.Transmit([]byte{0x00, 0xD6, 0, 0, 1, 1})
	want(err, trace.Unknown)

	masked := visit(t, chiptest.Operational(t))
	card = trace.NewCard(masked)
	for i, x := range masked.Exchanges {
		filled, err := x.Command.Fill(make([]byte, hiddenLen(x.Command)))
		ok(t, err)
		if _, err := card.Transmit(filled); x.Response.Masked() {
			want(err, trace.HiddenReply)
			break
		} else if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
}

func hiddenLen(b trace.Bytes) int {
	n := 0
	for _, h := range b.Hidden {
		if h {
			n++
		}
	}
	return n
}

// secretsOf fills the hidden parts of a masked trace from an unmasked one.
func secretsOf(plain *trace.Trace) trace.Secrets {
	return func(n int, x trace.Exchange) ([]byte, error) {
		var out []byte
		for i, h := range x.Command.Hidden {
			if h {
				out = append(out, plain.Exchanges[n-1].Command.Data[i])
			}
		}
		return out, nil
	}
}

func TestReplayAsReader(t *testing.T) {
	plain := visit(t, chiptest.Operational(t), trace.Unmasked)
	// The card changed its register PIN on the way: a fresh copy is as it was.
	ok(t, trace.Replay(reader.Virtual(chiptest.Operational(t).Card), plain, nil))

	var commands, responses [][]byte
	for _, x := range plain.Exchanges {
		commands, responses = append(commands, x.Command.Data), append(responses, x.Response.Data)
	}
	masked, err := trace.Parse(write(t, trace.Explain(commands, responses)))
	ok(t, err)
	ok(t, trace.Replay(reader.Virtual(chiptest.Operational(t).Card), masked, secretsOf(plain)))
	if err := trace.Replay(reader.Virtual(chiptest.Operational(t).Card), masked, nil); !errors.Is(err, trace.ErrNoSecret) {
		t.Error(err)
	}
	if err := trace.Replay(reader.Virtual(chiptest.Operational(t).Card), masked, func(int, trace.Exchange) ([]byte, error) { return []byte("1"), nil }); err == nil || strings.Contains(err.Error(), "\"1\"") {
		t.Error(err)
	}
	// The card's PIN is now another one: the second run deviates, and stops.
	f := chiptest.Operational(t)
	ok(t, trace.Replay(reader.Virtual(f.Card), plain, nil))
	sent := 0
	counting := counter{reader.Virtual(f.Card), &sent}
	var e *trace.ReplayError
	if err := trace.Replay(counting, plain, nil); !errors.As(err, &e) || e.Deviation != trace.OtherAnswer || sent != e.Exchange {
		t.Errorf("%v after %d commands", err, sent)
	}
	if err := trace.Replay(reader.Virtual(chiptest.Personalised(t).Card), plain, nil); !errors.As(err, &e) || e.Exchange > 2 {
		t.Errorf("a mute card: %v", err)
	}
}

type counter struct {
	reader.Transport
	n *int
}

func (c counter) Transmit(b []byte) ([]byte, error) { *c.n++; return c.Transport.Transmit(b) }

type gone struct{}

func (gone) Transmit([]byte) ([]byte, error) { return nil, errors.New("card removed") }

func TestNoAnswer(t *testing.T) {
	rec := trace.Record(gone{})
	if _, err := rec.Transmit([]byte{0, 0x84, 0, 0, 8}); err == nil {
		t.Fatal("no error")
	}
	tr := rec.Trace()
	text := write(t, tr)
	if !strings.Contains(string(text), "response: none\nstatus: no answer\n") {
		t.Errorf("%s", text)
	}
	back, err := trace.Parse(text)
	ok(t, err)
	if _, err := trace.NewCard(back).Transmit([]byte{0, 0x84, 0, 0, 8}); !errors.Is(err, &trace.ReplayError{Deviation: trace.NoReply}) {
		t.Error(err)
	}
	ok(t, trace.Replay(gone{}, back, nil))
	if err := trace.Replay(reader.Virtual(chiptest.Operational(t).Card), back, nil); !errors.Is(err, &trace.ReplayError{Deviation: trace.OtherAnswer}) {
		t.Error(err)
	}
}

func TestWatchSeesMaskedExchanges(t *testing.T) {
	f := chiptest.Operational(t)
	for _, opts := range [][]trace.Option{nil, {trace.Unmasked}} {
		var seen bytes.Buffer
		rec := trace.Record(reader.Virtual(f.Card), append(opts, trace.Watch(func(n int, x trace.Exchange) { seen.WriteString(x.Block(n)) }))...)
		j, err := reader.New(rec).JPKI()
		ok(t, err)
		ok(t, j.Verify(reader.AuthenticationKey, chiptest.AuthenticationPIN))
		if !strings.Contains(seen.String(), "command: 00 20 00 80 04 *4\n") || strings.Contains(seen.String(), "34 32 37 31") {
			t.Errorf("%s", seen.String())
		}
	}
}

func TestRoundTrip(t *testing.T) {
	tr := visit(t, chiptest.Operational(t))
	text := write(t, tr)
	back, err := trace.Parse(text)
	ok(t, err)
	if d := cmp.Diff(tr, back); d != "" {
		t.Error(d)
	}
	if again := write(t, back); !bytes.Equal(again, text) {
		t.Error("another spelling")
	}
	b, err := json.Marshal(back.Exchanges[0])
	if err != nil || !bytes.Contains(b, []byte("SELECT application")) {
		t.Errorf("%s %v", b, err)
	}
}

// TestRoundTrip_AnyConversation: whatever reader and card say to each other, the
// trace saves, and reads back as it was.
func TestRoundTrip_AnyConversation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		aids := append(layout.Applications(), layout.Master)
		command := rapid.OneOf(
			rapid.SliceOfN(rapid.Byte(), 1, 300),
			rapid.Custom(func(t *rapid.T) []byte {
				return append([]byte{0x00, 0xA4, 0x04, 0x0C, 10}, rapid.SampledFrom(aids).Draw(t, "app").AID()...)
			}),
			rapid.Custom(func(t *rapid.T) []byte {
				ins := rapid.SampledFrom([]byte{0x20, 0x24, 0x32, 0xA4, 0xB0, 0xB2, 0xCA, 0x84, 0x88, 0x2A, 0xE0, 0xE2, 0xE4, 0xE6}).Draw(t, "ins")
				c := iso7816.Command{CLA: rapid.SampledFrom([]byte{0, 0x80}).Draw(t, "cla"), INS: ins, P1: rapid.SampledFrom([]byte{0, 1, 2, 3, 4, 0x80, 0x81, 0x86}).Draw(t, "p1"),
					P2: rapid.SampledFrom([]byte{0, 4, 0x0C, 0x80, 0x98, 0x9B}).Draw(t, "p2"), Data: rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "data"),
					Le: rapid.IntRange(0, 300).Draw(t, "le"), Extended: rapid.Bool().Draw(t, "extended")}
				b, err := c.Encode()
				if err != nil {
					t.Fatal(err)
				}
				return b
			}),
		)
		response := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 80), rapid.Custom(func(t *rapid.T) []byte {
			return append(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "data"), 0x90, 0x00)
		}))
		n := rapid.IntRange(0, 12).Draw(t, "n")
		var commands, responses [][]byte
		for range n {
			commands = append(commands, command.Draw(t, "command"))
			responses = append(responses, response.Draw(t, "response"))
		}
		tr := trace.Explain(commands, responses)
		var text bytes.Buffer
		if err := trace.Write(&text, tr); err != nil {
			t.Fatal(err)
		}
		back, err := trace.Parse(text.Bytes())
		if err != nil {
			t.Fatalf("%v\n%s", err, text.Bytes())
		}
		var again bytes.Buffer
		if err := trace.Write(&again, back); err != nil || !bytes.Equal(again.Bytes(), text.Bytes()) {
			t.Fatalf("another spelling: %v", err)
		}
		for i, x := range back.Exchanges {
			if !x.Command.Matches(commands[i]) || !x.Response.Matches(responses[i]) {
				t.Fatal("the trace does not match what was said")
			}
		}
	})
}

const small = "kado-apdu-trace 1 masked\natr: 3B 00\n\nexchange 1\n"

func TestParse_Refusals(t *testing.T) {
	good := "kado-apdu-trace 1 masked\natr: 3B 80\n\nexchange: 1\nname: GET CHALLENGE\ntarget: 8 random bytes\ncommand: 00 84 00 00 08\nresponse: 01 02 90 00\nstatus: 9000 (done)\n" +
		"\nexchange: 2\nname: VERIFY\ncommand: 00 20 00 80 04 *4\nresponse: 63 C2\nstatus: 63C2 (2 tries left)\ncause: wrong\n"
	if _, err := trace.Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	change := func(from, to string) string {
		if !strings.Contains(good, from) {
			t.Fatalf("no %q", from)
		}
		return strings.Replace(good, from, to, 1)
	}
	for name, c := range map[string]struct {
		text string
		line int
	}{
		"empty":                 {"", 1},
		"another format":        {small, 4},
		"another version":       {change("trace 1", "trace 2"), 1},
		"no line end":           {strings.TrimSuffix(good, "\n"), 16},
		"carriage return":       {change("masked\n", "masked\r\n"), 1},
		"ATR hidden":            {change("atr: 3B 80", "atr: *2"), 2},
		"ATR empty":             {change("atr: 3B 80", "atr: none"), 2},
		"small letters":         {change("3B", "3b"), 2},
		"two blanks":            {change("00 84", "00  84"), 7},
		"trailing blank":        {change("00 08\n", "00 08 \n"), 7},
		"no blank line":         {change("(done)\n\n", "(done)\n"), 10},
		"two blank lines":       {change("(done)\n\n", "(done)\n\n\n"), 11},
		"another number":        {change("exchange: 2", "exchange: 3"), 11},
		"number with zero":      {change("exchange: 2", "exchange: 02"), 11},
		"name missing":          {change("name: VERIFY\n", ""), 12},
		"name empty":            {change("name: VERIFY", "name: "), 12},
		"order":                 {change("response: 63 C2\nstatus: 63C2 (2 tries left)", "status: 63C2 (2 tries left)\nresponse: 63 C2"), 14},
		"unknown line":          {change("cause: wrong", "because: wrong"), 16},
		"status missing":        {change("status: 9000 (done)\n", ""), 9},
		"no command":            {change("00 84 00 00 08", "none"), 9},
		"PIN in the clear":      {change("*4", "31 32 33 34"), 16},
		"half a PIN":            {change("*4", "31 *3"), 16},
		"run split":             {change("*4", "*2 *2"), 13},
		"run of none":           {change("*4", "*0"), 13},
		"run spelled otherwise": {change("*4", "*04"), 13},
		"endless run":           {change("*4", "*999999999"), 13},
		"control character":     {change("wrong", "wr\x1bong"), 16},
		"not UTF-8":             {change("wrong", "wr\xffong"), 16},
		"long text":             {change("wrong", strings.Repeat("w", 1100)), 16},
		"blank at the end":      {change("wrong", "wrong "), 16},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := trace.Parse([]byte(c.text))
			var e *trace.ParseError
			if !errors.As(err, &e) || !errors.Is(err, trace.ErrTrace) {
				t.Fatalf("%v", err)
			}
			if e.Line != c.line {
				t.Errorf("line %d, want %d: %v", e.Line, c.line, err)
			}
			if strings.Contains(err.Error(), "31 32") {
				t.Error("the error repeats a PIN")
			}
		})
	}
	if _, err := trace.Parse(make([]byte, trace.MaxSize+1)); !errors.Is(err, trace.ErrTrace) {
		t.Error("no cap")
	}
}

func TestWrite_Refusals(t *testing.T) {
	x := trace.Exchange{Explanation: trace.Explanation{Name: "n", Status: "s"}, Command: trace.Bytes{Data: []byte{0, 0x84, 0, 0}}}
	for name, change := range map[string]func(*trace.Exchange){
		"line break":       func(x *trace.Exchange) { x.Cause = "a\nexchange: 2" },
		"no name":          func(x *trace.Exchange) { x.Name = "" },
		"no command":       func(x *trace.Exchange) { x.Command = trace.Bytes{} },
		"marks too short":  func(x *trace.Exchange) { x.Command.Hidden = []bool{true} },
		"marks for nought": func(x *trace.Exchange) { x.Command.Hidden = make([]bool, 4) },
		"hidden but there": func(x *trace.Exchange) { x.Command.Hidden = []bool{false, true, false, false} },
		"huge":             func(x *trace.Exchange) { x.Response.Data = make([]byte, 70_000) },
	} {
		y := x
		change(&y)
		if err := trace.Write(&bytes.Buffer{}, &trace.Trace{Exchanges: []trace.Exchange{y}}); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	ok(t, trace.Write(&bytes.Buffer{}, &trace.Trace{Exchanges: []trace.Exchange{x}}))
}

func TestFill(t *testing.T) {
	b := trace.Bytes{Data: []byte{1, 0, 3, 0}, Hidden: []bool{false, true, false, true}}
	got, err := b.Fill([]byte{8, 9})
	if err != nil || !bytes.Equal(got, []byte{1, 8, 3, 9}) {
		t.Errorf("%X %v", got, err)
	}
	for _, n := range []int{0, 1, 3} {
		if _, err := b.Fill(make([]byte, n)); err == nil {
			t.Errorf("%d bytes taken", n)
		}
	}
	if b.String() != "01 *1 03 *1" || !b.Matches([]byte{1, 5, 3, 6}) || b.Matches([]byte{1, 5, 4, 6}) || b.Matches([]byte{1, 5, 3}) {
		t.Error("Matches")
	}
}

// TestGoTest has the generated test compiled and run, against a card that gives
// the recorded answers and against one that does not.
func TestGoTest(t *testing.T) {
	f := chiptest.Operational(t)
	rec := trace.Record(reader.Virtual(f.Card))
	j, err := reader.New(rec).JPKI()
	ok(t, err)
	ok(t, j.Verify(reader.AuthenticationKey, chiptest.AuthenticationPIN))
	_, err = j.Sign(reader.AuthenticationKey, make([]byte, 32))
	ok(t, err)
	var source bytes.Buffer
	ok(t, trace.GoTest(&source, rec.Trace(), trace.GoTestOptions{Package: "trace_test", Name: "Recorded"}))
	if _, err := parser.ParseFile(token.NewFileSet(), "x_test.go", source.Bytes(), 0); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(source.String(), "34 32 37 31") || !strings.Contains(source.String(), `3: "", // VERIFY jpki 0018 user authentication PIN: 4 bytes`) {
		t.Errorf("%s", source.Bytes())
	}
	for _, bad := range []trace.GoTestOptions{{Package: "a b"}, {Name: "x\ny"}, {Name: "small"}} {
		if err := trace.GoTest(&bytes.Buffer{}, rec.Trace(), bad); err == nil {
			t.Errorf("%+v taken", bad)
		}
	}
	if testing.Short() {
		t.Skip("compiling takes seconds")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go tool")
	}
	// The generated file and its openCard are laid over an empty package.
	dir := t.TempDir()
	support := "package trace_test\n\nimport (\n\t\"testing\"\n\n\t\"kado/chip/chiptest\"\n\t\"kado/reader\"\n)\n\n" +
		"func openCard(t *testing.T) reader.Transport { return reader.Virtual(chiptest.Operational(t).Card) }\n"
	// Signatures differ with the keys of another process, so the test's card is
	// asked up to the signature only.
	tr := rec.Trace()
	tr.Exchanges = tr.Exchanges[:3]
	source.Reset()
	ok(t, trace.GoTest(&source, tr, trace.GoTestOptions{Package: "trace_test", Name: "Recorded"}))
	run := func(source string) (string, error) {
		here, err := os.Getwd()
		ok(t, err)
		overlay := map[string]string{}
		for name, text := range map[string]string{"overlay_recorded_test.go": source, "overlay_support_test.go": support} {
			ok(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
			overlay[filepath.Join(here, name)] = filepath.Join(dir, name)
		}
		b, err := json.Marshal(map[string]any{"Replace": overlay})
		ok(t, err)
		ok(t, os.WriteFile(filepath.Join(dir, "overlay.json"), b, 0o600))
		cmd := exec.Command(goTool, "test", "-short", "-vet=off", "-overlay", filepath.Join(dir, "overlay.json"), "-run", "^TestRecorded$", ".")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(source.String()); err == nil || !strings.Contains(out, "exchange 3: a hidden value of 4 bytes is needed") {
		t.Errorf("without the PIN: %v\n%s", err, out)
	}
	filled := strings.Replace(source.String(), `3: ""`, `3: "4271"`, 1)
	if out, err := run(filled); err != nil {
		t.Errorf("%v\n%s", err, out)
	}

	// On a copy of a card file, with the value given.
	path := filepath.Join(dir, "given.card")
	mem, err := chip.OpenFile(path)
	ok(t, err)
	onFile := chiptest.BlankIn(t, "400000012345678", mem)
	onFile.Personalise(t)
	onFile.Activate(t)
	rec = trace.Record(reader.Virtual(onFile.Card))
	j, err = reader.New(rec).JPKI()
	ok(t, err)
	ok(t, j.Verify(reader.AuthenticationKey, chiptest.AuthenticationPIN))
	_, err = j.Sign(reader.AuthenticationKey, make([]byte, 32))
	ok(t, err)
	ok(t, mem.Close())
	before, err := os.ReadFile(path)
	ok(t, err)
	h, err := trace.ParseHidden([]byte("3 command text 4271\n"))
	ok(t, err)
	source.Reset()
	ok(t, trace.GoTest(&source, rec.Trace(), trace.GoTestOptions{Package: "trace_test", Name: "Recorded", Card: path, Hidden: h}))
	if out, err := run(source.String()); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Error("the test changed the card file")
	}
	h, err = trace.ParseHidden([]byte("3 command text 4272\n"))
	ok(t, err)
	source.Reset()
	ok(t, trace.GoTest(&source, rec.Trace(), trace.GoTestOptions{Package: "trace_test", Name: "Recorded", Card: path, Hidden: h}))
	if out, err := run(source.String()); err == nil || !strings.Contains(out, "63C2 (2 tries left) instead of 9000 (done)") {
		t.Errorf("with the wrong PIN: %v\n%s", err, out)
	}
}

func FuzzParse(f *testing.F) {
	tr := visit(f, chiptest.Operational(f))
	for _, part := range [][]trace.Exchange{tr.Exchanges[:6], tr.Exchanges[len(tr.Exchanges)-6:]} {
		var b bytes.Buffer
		if err := trace.Write(&b, &trace.Trace{ATR: tr.ATR, Exchanges: part}); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte("kado-apdu-trace 1 masked\n\nexchange: 1\nname: n\ncommand: 00 20 00 80 04 *4\nresponse: none\nstatus: s\n"))
	f.Add([]byte("kado-apdu-trace 1 unmasked\natr: 3B\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		tr, err := trace.Parse(text, trace.Unmasked)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := trace.Write(&b, tr, trace.Unmasked); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), text) {
			t.Fatal("two spellings")
		}
		card := trace.NewCard(tr)
		for _, x := range tr.Exchanges {
			if _, err := card.Transmit(x.Command.Data); err != nil {
				break
			}
		}
	})
}

func FuzzExplain(f *testing.F) {
	f.Add([]byte{0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01}, []byte{0x90, 0x00}, []byte{0x00, 0xB0, 0x86, 0x00, 0x00}, []byte{1, 2, 3, 0x90, 0x00})
	f.Fuzz(func(t *testing.T, c1, r1, c2, r2 []byte) {
		if len(c1) == 0 || len(c2) == 0 || len(c1)+len(r1)+len(c2)+len(r2) > 10_000 {
			return
		}
		tr := trace.Explain([][]byte{c1, c2}, [][]byte{r1, r2})
		var b bytes.Buffer
		if err := trace.Write(&b, tr); err != nil {
			t.Fatal(err)
		}
		if _, err := trace.Parse(b.Bytes()); err != nil {
			t.Fatal(err)
		}
	})
}
