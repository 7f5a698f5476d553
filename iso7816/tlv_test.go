package iso7816

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestReadTLV_CardTags(t *testing.T) {
	// FF10 could be written in one byte; the card writes two.
	v, rest, err := ReadTLV([]byte{0xFF, 0x10, 2, 'a', 'b', 0xFF, 0xFF})
	if err != nil || v.Tag != 0xFF10 || string(v.Value) != "ab" || len(v.Raw) != 5 || len(rest) != 2 {
		t.Errorf("%+v %v", v, err)
	}
	for _, n := range []int{0, 127, 128, 255, 256, 65535} {
		b := AppendTLV(nil, 0xDF21, make([]byte, n))
		if v, rest, err := ReadTLV(b); err != nil || len(v.Value) != n || len(rest) != 0 {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestReadTLV_SuperfluousLength(t *testing.T) {
	b := AppendTLVLong(nil, 0xFF40, make([]byte, 0x9F))
	if !bytes.HasPrefix(b, []byte{0xFF, 0x40, 0x82, 0x00, 0x9F}) {
		t.Fatalf("%X", b[:5])
	}
	if _, _, err := ReadTLV(b); !errors.Is(err, ErrMalformedTLV) {
		t.Errorf("strict: %v", err)
	}
	if v, _, err := ReadTLVTolerant(b); err != nil || len(v.Value) != 0x9F {
		t.Errorf("tolerant: %v", err)
	}
}

func TestReadTLV_Malformed(t *testing.T) {
	for _, b := range [][]byte{{}, {0}, {0x90}, {0xFF}, {0xFF, 0x81, 0x01, 0}, {0x90, 2, 1}, {0x90, 0x80}, {0x90, 0x81}, {0x90, 0x81, 5}, {0x90, 0x82, 1}, {0x90, 0x83, 0, 0, 1, 1}} {
		if _, _, err := ReadTLVTolerant(b); !errors.Is(err, ErrMalformedTLV) {
			t.Errorf("%X: %v", b, err)
		}
	}
}

func TestReadSequence(t *testing.T) {
	b := AppendTLV(AppendTLV(nil, 0x90, []byte{1}), 0x91, []byte{2})
	if _, err := ReadSequence(b, 0x90, 0x91); err != nil {
		t.Error(err)
	}
	for _, tags := range [][]Tag{{0x90}, {0x91, 0x90}, {0x90, 0x91, 0x92}} {
		if _, err := ReadSequence(b, tags...); !errors.Is(err, ErrMalformedTLV) {
			t.Errorf("%X: %v", tags, err)
		}
	}
}

func TestTLV_RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tag := rapid.SampledFrom([]Tag{0x90, 0x91, 0xFF10, 0xDF21, 0x7F21, 0x5F4E}).Draw(t, "tag")
		v := rapid.SliceOfN(rapid.Byte(), 0, 700).Draw(t, "value")
		got, rest, err := ReadTLV(AppendTLV(nil, tag, v))
		if err != nil || got.Tag != tag || !bytes.Equal(got.Value, v) || len(rest) != 0 {
			t.Fatal(err)
		}
	})
}

// FuzzReadTLV: what parses strictly encodes to the same bytes.
func FuzzReadTLV(f *testing.F) {
	f.Add([]byte{0xFF, 0x10, 2, 'a', 'b'})
	f.Add([]byte{0xFF, 0x40, 0x82, 0, 1, 1})
	f.Add([]byte{1, 3, 1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, rest, err := ReadTLV(b); err == nil && !bytes.Equal(append(AppendTLV(nil, v.Tag, v.Value), rest...), b) {
			t.Fatal("not the same bytes")
		}
		_, _, _ = ReadTLVTolerant(b)
		if tag, v, rest, err := ReadSimpleTLV(b); err == nil && !bytes.Equal(append(AppendSimpleTLV(nil, tag, v), rest...), b) {
			t.Fatal("not the same simple-TLV bytes")
		}
	})
}

func TestSimpleTLV(t *testing.T) {
	for _, n := range []int{0, 28, 254, 255, 300} {
		tag, v, rest, err := ReadSimpleTLV(append(AppendSimpleTLV(nil, 1, make([]byte, n)), 0xFF))
		if err != nil || tag != 1 || len(v) != n || len(rest) != 1 {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for _, b := range [][]byte{{}, {1}, {0, 0}, {0xFF, 0}, {1, 2, 0}, {1, 0xFF, 0}, {1, 0xFF, 0, 1, 1}} {
		if _, _, _, err := ReadSimpleTLV(b); !errors.Is(err, ErrMalformedTLV) {
			t.Errorf("%X: %v", b, err)
		}
	}
}
