package middlewaretest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/chip/vpcd/vpcdtest"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/pcsc"
)

// counted is a card that counts what reaches it.
type counted struct {
	answer func(command []byte) []byte
	atr    []byte
	mu     sync.Mutex
	seen   map[string]int
}

func (c *counted) Transmit(command []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[string]int{}
	}
	c.seen[fmt.Sprintf("%X", command)]++
	return c.answer(command)
}

func (c *counted) Reset() []byte { return c.atr }
func (c *counted) ATR() []byte   { return c.atr }

func (c *counted) times(command []byte) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[fmt.Sprintf("%X", command)]
}

func connect(t *testing.T, card *counted) *pcsc.Card {
	t.Helper()
	vpcdtest.Start(t)
	vpcdtest.Insert(t, 0, card)
	service := vpcdtest.Open(t)
	c, err := service.Connect(vpcdtest.Wait(t, service, 1)[0].Name)
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

// TestPCSC_NothingIsSentTwice: answers of every length arrive whole, and the card
// saw each command once, also where the answer is longer than the 264 bytes that
// the client library would offer.
func TestPCSC_NothingIsSentTwice(t *testing.T) {
	card := &counted{atr: chip.ContactATR(), answer: func(command []byte) []byte {
		n := int(command[2])<<8 | int(command[3])
		out := make([]byte, n)
		for i := range out {
			out[i] = byte(i*7 + n)
		}
		return append(out, 0x90, 0x00)
	}}
	c := connect(t, card)
	for _, n := range []int{0, 1, 255, 256, 257, 261, 262, 263, 264, 265, 512, 4096, 32768, 60000} {
		command := []byte{0x80, 0xE4, byte(n >> 8), byte(n), 0, 0, 0}
		got, err := c.Transmit(command)
		if err != nil || !bytes.Equal(got, card.answer(command)) {
			t.Errorf("an answer of %d bytes: %d bytes, %v", n+2, len(got), err)
		}
		if times := card.times(command); times != 1 {
			t.Errorf("an answer of %d bytes: the card saw the command %d times", n+2, times)
		}
	}
}

// TestR22_IssuerActsThroughPCSC: a whole life of issuer acts, each with its
// one-time cryptogram, on a card in a reader: PINs, keys, free area, the proof,
// the mode, the end.
func TestR22_IssuerActsThroughPCSC(t *testing.T) {
	f := chiptest.Personalised(t)
	card := &counted{atr: chip.ContactATR(), answer: f.Card.Transmit}
	connected := connect(t, card)
	c := reader.New(connected)
	act := func(op cardmgmt.Op, script cardmgmt.Script, pins ...reader.PIN) []byte {
		t.Helper()
		issuer, err := c.Issuer()
		must(t, err)
		challenge, err := issuer.Challenge()
		must(t, err)
		a, err := cardmgmt.NewAct(f.Key, f.Serial, challenge, chiptest.NewSession(t), op, script)
		must(t, err)
		answer, err := issuer.Run(a, pins...)
		if err != nil {
			t.Fatalf("%v: %v", op, err)
		}
		return answer
	}
	pins := chiptest.AllPINs()
	act(cardmgmt.Activate, chiptest.ListPINs(pins...), pins...)
	if proof := act(cardmgmt.Prove, nil); len(proof) != 256 {
		t.Errorf("a proof of %d bytes", len(proof))
	}
	// Two key reports are 1,028 bytes: the client library would have sent the act
	// twice, and the second time it would have been refused.
	reports, err := cardmgmt.ParseKeyReports(act(cardmgmt.GenerateKey, cardmgmt.Script{
		cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey},
		cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKIAuthenticationKey}}))
	if err != nil || len(reports) != 2 {
		t.Errorf("%d reports: %v", len(reports), err)
	}
	applet := chiptest.MunicipalApplet(3, cardmgmt.PINForReading)
	record, err := chiptest.LibraryRecord.Encode()
	must(t, err)
	install, appletPINs := chiptest.InstallScript(applet, record)
	act(cardmgmt.InstallApplet, install, appletPINs...)
	area, err := cardmgmt.ParseFreeArea(act(cardmgmt.ListApplets, nil))
	if err != nil || len(area.Applets) != 1 || !bytes.Equal(area.Applets[0].AID, applet.AID) {
		t.Errorf("%+v, %v", area, err)
	}
	m, err := c.MunicipalCard(applet.AID)
	must(t, err)
	must(t, m.VerifyPIN(chiptest.AppletPIN))
	act(cardmgmt.RemoveApplet, cardmgmt.Script{cardmgmt.RemoveAppletItem{Slot: applet.Slot, AID: applet.AID}})
	act(cardmgmt.InitialisePIN, cardmgmt.Script{cardmgmt.ListPIN{Application: layout.JPKI, Reference: layout.JPKIAuthenticationPIN}},
		reader.PIN{Application: layout.JPKI, Reference: layout.JPKIAuthenticationPIN, Value: mynumber.NewSecret("8306")})
	j, err := c.JPKI()
	must(t, err)
	must(t, j.Verify(reader.AuthenticationKey, mynumber.NewSecret("8306")))
	act(cardmgmt.Terminate, nil)
	if _, err := c.JPKI(); !errors.Is(err, reader.ErrInert) {
		t.Errorf("after its end the card answers: %v", err)
	}
	for command, times := range card.seen {
		if commit := command == "80E40000000000"; times != 1 && command[:4] == "80E0" || commit && times != 8 {
			t.Errorf("%s: %d times", command, times)
		}
	}
}
