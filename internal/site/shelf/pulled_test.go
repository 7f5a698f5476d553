package shelf

import (
	"testing"

	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	plastic "kado/internal/world/shelf"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader"
)

// pulling is a shelf whose card is pulled off reader 1 when it gets a command of
// this instruction.
func pulling(t *testing.T, ins byte) (*Readers, *Device) {
	t.Helper()
	const id = mynumber.CardID("123456789012334")
	dir := t.TempDir()
	f, err := chip.OpenFile(dir + "/" + string(id) + ".card")
	if err != nil {
		t.Fatal(err)
	}
	content, err := chiptest.Operational(t).Memory.Load()
	if err != nil {
		t.Fatal(err)
	}
	var batch []chip.Record
	for k, v := range content {
		batch = append(batch, chip.Record{Key: k, Value: v})
	}
	if err := f.Commit(batch); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	cards, err := plastic.Open(dir, &chiptest.Keys{}, entropy.System())
	if err != nil {
		t.Fatal(err)
	}
	r := NewReaders(cards, clock.System(), 1)
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := r.Put(1, id); err != nil {
		t.Fatal(err)
	}
	d, err := r.Device(1)
	if err != nil {
		t.Fatal(err)
	}
	d.on.before = func(command []byte) {
		if c, err := iso7816.ParseCommand(command); err == nil && c.INS == ins {
			if err := r.TakeOff(1, 0); err != nil {
				t.Error(err)
			}
		}
	}
	return r, d
}

// A card pulled off in the middle of something answers no more: the act is
// refused by its number, the reader shows it, and the card is free for others.
func TestPulledOnTheWay(t *testing.T) {
	text := Typed{PIN: Text, Value: chiptest.TextPIN}
	for name, c := range map[string]struct {
		ins  byte
		act  func(*Device) error
		want interface{ Is(error) bool }
	}{
		"while reading": {0xB0, func(d *Device) error { _, err := d.Attributes(0, text, &chiptest.Key(0).PublicKey); return err }, Removed},
		"at the PIN":    {0x20, func(d *Device) error { _, err := d.Attributes(0, text, &chiptest.Key(0).PublicKey); return err }, Removed},
		"while signing": {0x2A, func(d *Device) error {
			_, _, err := d.Sign(0, Typed{PIN: Signature, Value: chiptest.SignaturePassword}, "x", d.clock.Now())
			return err
		}, Removed},
		"while asking": {0x20, func(d *Device) error { return d.Look() }, Removed},
		"during a change": {0x24, func(d *Device) error {
			return d.Change(0, text, mynumber.NewSecret("8051"), mynumber.NewSecret("8051"))
		}, ChangeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			r, d := pulling(t, c.ins)
			if err := c.act(d); !c.want.Is(err) {
				t.Errorf("%v", err)
			}
			v := d.View()
			if v.Card != "" || len(v.Tries) > 0 {
				t.Errorf("the reader still shows a card: %+v", v)
			}
			last := v.Talks[0].Exchanges[len(v.Talks[0].Exchanges)-1]
			if last.Response.Len() != 0 || v.Talks[0].Running {
				t.Errorf("the trace does not show that no answer came: %+v", last)
			}
			card, err := r.cards.Take("123456789012334")
			if err != nil {
				t.Fatal(err)
			}
			// It works on, and what had been verified is forgotten.
			on := reader.New(card.Transport())
			if n, err := Text.triesLeft(on); err != nil || n != 3 {
				t.Errorf("tries %d, %v", n, err)
			}
			if err := card.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Nothing that one conversation selected or verified counts in the next.
func TestConversationsBeginAnew(t *testing.T) {
	_, d := pulling(t, 0xFF)
	err := d.converse(0, texts["shelf.act.sign"], func(h *hands) error {
		return h.present(Typed{PIN: Authentication, Value: chiptest.AuthenticationPIN})
	})
	if err != nil {
		t.Fatal(err)
	}
	// The application is selected no more: without it the PIN's file is not there.
	selectPIN := []byte{0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x18}
	for _, when := range []string{"after", "before"} {
		answer, err := d.on.Transmit(selectPIN)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := iso7816.ParseResponse(answer); err != nil || r.SW.OK() {
			t.Errorf("%s: the chip still knows the application: % X, %v", when, answer, err)
		}
		// Something that was left selected by whatever means is dropped, too.
		if _, err := d.on.Transmit(append([]byte{0x00, 0xA4, 0x04, 0x0C, 0x0A}, layout.JPKI.AID()...)); err != nil {
			t.Fatal(err)
		}
		if err := d.converse(0, texts["shelf.act.sign"], func(*hands) error {
			answer, err := d.on.Transmit(selectPIN)
			if r, _ := iso7816.ParseResponse(answer); err == nil && r.SW.OK() {
				t.Error("a conversation begins with what was selected before")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// What a reader remembers is bounded.
func TestMemoryOfAReaderIsBounded(t *testing.T) {
	_, d := pulling(t, 0xFF)
	err := d.converse(0, texts["shelf.act.sign"], func(h *hands) error {
		for range maxExchanges + 10 {
			if _, err := Register.triesLeft(h.card); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if v := d.View(); len(v.Talks[0].Exchanges) != maxExchanges || v.Talks[0].Left == 0 {
		t.Errorf("%d exchanges kept, %d left out", len(v.Talks[0].Exchanges), v.Talks[0].Left)
	}
	for range maxTalks + 5 {
		if err := d.Look(); err != nil {
			t.Fatal(err)
		}
	}
	if v := d.View(); len(v.Talks) != maxTalks || v.Talks[0].Number != maxTalks+7 {
		t.Errorf("%d conversations kept, the newest is no. %d", len(v.Talks), v.Talks[0].Number)
	}
}
