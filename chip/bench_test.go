package chip_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"testing"

	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
)

func benchmark(b *testing.B, app layout.Application, prepare, command []byte) {
	f := chiptest.Operational(b)
	selectApp(b, f.Card, app)
	if prepare != nil {
		f.Card.Transmit(prepare)
	}
	out := f.Card.Transmit(command)
	if n := len(out); out[n-2] != 0x90 {
		b.Fatalf("%X", out[n-2:])
	}
	b.ReportAllocs()
	for b.Loop() {
		f.Card.Transmit(command)
	}
}

var verifyPIN = []byte{0, 0x20, 0, 0x98, 4, '4', '2', '7', '1'}

func BenchmarkSelect(b *testing.B) {
	benchmark(b, layout.JPKI, nil, append([]byte{0, 0xA4, 4, 0x0C, 10}, layout.JPKI.AID()...))
}

func BenchmarkVerify(b *testing.B) { benchmark(b, layout.JPKI, nil, verifyPIN) }

func BenchmarkReadBinary(b *testing.B) { benchmark(b, layout.JPKI, nil, []byte{0, 0xB0, 0x8A, 0, 0}) }

func BenchmarkSign(b *testing.B) {
	benchmark(b, layout.JPKI, verifyPIN, append(append([]byte{0x80, 0x2A, 2, 0x97, 32}, make([]byte, 32)...), 0))
}

// BenchmarkSignBare is what BenchmarkSign costs without a card around it.
func BenchmarkSignBare(b *testing.B) {
	k, d := chiptest.Key(6), sha256.Sum256(nil)
	for b.Loop() {
		if _, err := rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, d[:]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyOnDisk flushes the disk twice a round.
func BenchmarkVerifyOnDisk(b *testing.B) {
	m, err := chip.OpenFile(onDisk(b))
	ok(b, err)
	defer m.Close()
	card, err := chip.Open(m, &chiptest.Keys{})
	ok(b, err)
	selectApp(b, card, layout.JPKI)
	for b.Loop() {
		card.Transmit(verifyPIN)
	}
}

func BenchmarkOpen(b *testing.B) {
	mem := chiptest.Operational(b).Memory
	for b.Loop() {
		if _, err := chip.Open(mem, &chiptest.Keys{}); err != nil {
			b.Fatal(err)
		}
	}
}
