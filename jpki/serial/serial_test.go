package serial_test

import (
	"bytes"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kado/jpki/serial"
)

func numbering(t testing.TB, fill byte) *serial.Numbering {
	t.Helper()
	n, err := serial.New(bytes.Repeat([]byte{fill}, serial.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Every place has one number and every number one place, at the edges too; the form
// is what a certificate may carry.
// Shows: CRT-12
func TestCRT12_NumbersAreAPermutation(t *testing.T) {
	n := numbering(t, 7)
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1<<32 - 1, 1 << 32, 1<<64 - 1})).Draw(t, "counter")
		b := n.Bytes(c)
		if back, ok := n.Counter(b[:]); !ok || back != c {
			t.Fatalf("%d read back as %d, %v", c, back, ok)
		}
		v := n.At(c)
		if v.Sign() <= 0 || len(v.Bytes()) != serial.Size || serial.Size < 16 || serial.Size > 20 || b[0]&0x80 != 0 || !bytes.Equal(v.Bytes(), b[:]) {
			t.Fatalf("%x", v)
		}
	})
	seen := map[[serial.Size]byte]bool{}
	for c := range uint64(100_000) {
		b := n.Bytes(c)
		if seen[b] {
			t.Fatal("a number came twice")
		}
		seen[b] = true
	}
}

// Numbers side by side look unrelated, and another key makes another series.
// Shows: CRT-11
func TestCRT11_NothingYieldsTheNextNumber(t *testing.T) {
	n, other := numbering(t, 7), numbering(t, 8)
	ones := 0
	for c := range uint64(1000) {
		a, b := n.Bytes(c), n.Bytes(c+1)
		for i := 1; i < serial.Size; i++ {
			for x := a[i] ^ b[i]; x != 0; x &= x - 1 {
				ones++
			}
		}
		if _, ok := other.Counter(a[:]); ok {
			t.Fatal("another key's number was read back")
		}
	}
	if mean := ones / 1000; mean < 60 || mean > 68 {
		t.Errorf("neighbours differ in %d of 128 bits on average", mean)
	}
}

// What is not of the series has no place: older numbers, other lengths, a changed
// bit.
func TestCounter_Refuses(t *testing.T) {
	n := numbering(t, 7)
	good := n.Bytes(5)
	for name, b := range map[string][]byte{
		"nothing": nil, "ten octets": good[:10], "zero before": append([]byte{0}, good[:]...), "octet behind": append(good[:], 0),
		"another lead": append([]byte{0x4c}, good[1:]...), "one": big.NewInt(1).Bytes(),
	} {
		if _, ok := n.Counter(b); ok {
			t.Errorf("%s was read back", name)
		}
	}
	for i := range 8 * serial.Size {
		b := good
		b[i/8] ^= 1 << (i % 8)
		if _, ok := n.Counter(b[:]); ok {
			t.Errorf("bit %d changed and read back", i)
		}
	}
	if _, err := serial.New(make([]byte, 16)); err == nil {
		t.Error("a short key was taken")
	}
	if s := fmt.Sprintf("%v %+v %#v", n, n, n); strings.Contains(s, "7") {
		t.Errorf("printed: %s", s)
	}
}

func FuzzCounter(f *testing.F) {
	n := numbering(f, 7)
	b := n.Bytes(1 << 40)
	f.Add(b[:])
	f.Add([]byte{0x4b})
	f.Fuzz(func(t *testing.T, number []byte) {
		c, ok := n.Counter(number)
		if b := n.Bytes(c); ok && !bytes.Equal(b[:], number) {
			t.Fatalf("%x has place %d, which has %x", number, c, b)
		}
	})
}

func BenchmarkCounter(b *testing.B) {
	n := numbering(b, 7)
	number := n.Bytes(123456789)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := n.Counter(number[:]); !ok {
			b.Fatal("lost")
		}
	}
}
