package chip_test

import (
	"testing"

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
	base := chiptest.Operational(f).Memory.(*chip.RAM)
	f.Fuzz(func(t *testing.T, app byte, command []byte) {
		card, err := chip.Open(base.Clone(), &chiptest.Keys{})
		if err != nil {
			t.Fatal(err)
		}
		selectApp(t, card, layout.Application(app%6))
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
