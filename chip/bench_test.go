package chip_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"slices"
	"testing"

	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/reader"
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

// BenchmarkMode asks for the mode, which costs a signature.
func BenchmarkMode(b *testing.B) {
	benchmark(b, layout.JPKI, nil, append([]byte{0x80, 0xF2, 0, 0, 0, 0, 16}, make([]byte, 18)...))
}

// BenchmarkSelectApplet selects what stands last in the order.
func BenchmarkSelectApplet(b *testing.B) {
	f := chiptest.Operational(b)
	a := chiptest.MunicipalApplet(8, 0)
	f.Install(b, a)
	command := append([]byte{0, 0xA4, 4, 0x0C, byte(len(a.AID))}, a.AID...)
	b.ReportAllocs()
	for b.Loop() {
		f.Card.Transmit(command)
	}
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

// BenchmarkSignOverhead takes turns between a card and crypto/rsa with the same
// key and reports how many times as long the card takes: x-bare.
func BenchmarkSignOverhead(b *testing.B) {
	f := chiptest.Operational(b)
	selectApp(b, f.Card, layout.JPKI)
	f.Card.Transmit(verifyPIN)
	command := append(append([]byte{0x80, 0x2A, 2, 0x97, 32}, make([]byte, 32)...), 0)
	pub := f.Certificates[reader.AuthenticationKey].PublicKey
	var k *rsa.PrivateKey
	for n := range 8 {
		if chiptest.Key(n).PublicKey.Equal(pub) {
			k = chiptest.Key(n)
		}
	}
	var d [32]byte
	card := func() { f.Card.Transmit(command) }
	bare := func() {
		if _, err := rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, d[:]); err != nil {
			b.Fatal(err)
		}
	}
	ratio(b, card, bare)
}

// ratio reports how many times as long card takes as bare. The median of many
// pairs is not moved by what else the machine does.
func ratio(b *testing.B, card, bare func()) {
	b.Helper()
	var ratios []float64
	took := func(do func()) float64 {
		start := b.Elapsed()
		do()
		return float64(b.Elapsed() - start)
	}
	for b.Loop() {
		// Who begins changes with every pair.
		x, y := took(card), took(bare)
		y2, x2 := took(bare), took(card)
		ratios = append(ratios, (x+x2)/(y+y2))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x-bare")
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

// BenchmarkSignP384Overhead takes turns between a card of the next generation and
// crypto/ecdsa with a key of the same curve: x-bare is how many times as long the
// card takes.
func BenchmarkSignP384Overhead(b *testing.B) {
	f := chiptest.OperationalNext(b)
	selectApp(b, f.Card, layout.JPKI)
	f.Card.Transmit(verifyPIN)
	command := append(append([]byte{0x80, 0x2A, 2, 0x97, 48}, make([]byte, 48)...), 0)
	if out := f.Card.Transmit(command); out[len(out)-2] != 0x90 {
		b.Fatalf("%X", out[len(out)-2:])
	}
	k, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	ok(b, err)
	var d [48]byte
	card := func() { f.Card.Transmit(command) }
	bare := func() {
		if _, err := ecdsa.SignASN1(rand.Reader, k, d[:]); err != nil {
			b.Fatal(err)
		}
	}
	ratio(b, card, bare)
}
