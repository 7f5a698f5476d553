package iso7816

import (
	"bytes"
	"errors"
	"testing"
)

func TestParseCommand_Cases(t *testing.T) {
	long := bytes.Repeat([]byte{0xAB}, 300)
	for _, c := range []struct {
		name     string
		in       []byte
		data     []byte
		le       int
		extended bool
	}{
		{"case 1", []byte{0, 0x20, 0, 0x80}, nil, 0, false},
		{"case 2 short", []byte{0, 0xB0, 0, 0, 4}, nil, 4, false},
		{"case 2 short, 256", []byte{0, 0xB0, 0, 0, 0}, nil, 256, false},
		{"case 3 short", []byte{0, 0xA4, 2, 12, 2, 0, 1}, []byte{0, 1}, 0, false},
		{"case 4 short", []byte{0, 0x88, 0, 0x99, 1, 7, 0}, []byte{7}, 256, false},
		{"zero Lc and Le", []byte{0, 0x20, 0, 0x80, 0, 0}, nil, 256, false},
		{"case 2 extended", []byte{0, 0xB0, 0, 0, 0, 0x01, 0x00}, nil, 256, true},
		{"case 2 extended, 65536", []byte{0, 0xB0, 0, 0, 0, 0, 0}, nil, 65536, true},
		{"case 3 extended", append([]byte{0, 0xE2, 0, 0, 0, 1, 44}, long...), long, 0, true},
		{"case 4 extended", append(append([]byte{0, 0xE2, 0, 0, 0, 1, 44}, long...), 0, 0), long, 65536, true},
		{"extended zero Lc and Le", []byte{0, 0x20, 0, 0x80, 0, 0, 0, 0, 0}, nil, 65536, true},
	} {
		cmd, err := ParseCommand(c.in)
		if err != nil || !bytes.Equal(cmd.Data, c.data) || cmd.Le != c.le || cmd.Extended != c.extended {
			t.Errorf("%s: %+v, %v", c.name, cmd, err)
		}
	}
}

func TestParseCommand_Malformed(t *testing.T) {
	for _, b := range [][]byte{{}, {0}, {0, 0xA4, 4}, {0, 0xA4, 4, 0, 2, 1}, {0, 0xA4, 4, 0, 1, 1, 0, 0}, {0, 0, 0, 0, 0, 0, 2, 1},
		{0, 0, 0, 0, 0, 0, 1, 1, 0}, {0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0}} {
		if _, err := ParseCommand(b); !errors.Is(err, ErrMalformedCommand) {
			t.Errorf("%X: %v", b, err)
		}
	}
}

func TestEncodeCommand_Limits(t *testing.T) {
	for _, c := range []Command{{Le: -1}, {Le: 65537}, {Data: make([]byte, 65536)}} {
		if _, err := c.Encode(); !errors.Is(err, ErrMalformedCommand) {
			t.Errorf("Le %d, %d bytes: %v", c.Le, len(c.Data), err)
		}
	}
}

// FuzzParseCommand: what parses encodes to something that parses to the same.
func FuzzParseCommand(f *testing.F) {
	f.Add([]byte{0, 0x20, 0, 0x80})
	f.Add([]byte{0, 0x88, 0, 0x99, 1, 7, 0})
	f.Add([]byte{0, 0xB0, 0, 0, 0, 0, 0})
	f.Add([]byte{0, 0xE2, 0, 0, 0, 0, 2, 1, 1, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseCommand(b)
		if err != nil {
			return
		}
		out, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		d, err := ParseCommand(out)
		if err != nil || d.CLA != c.CLA || d.INS != c.INS || d.P1 != c.P1 || d.P2 != c.P2 || !bytes.Equal(c.Data, d.Data) || c.Le != d.Le {
			t.Fatalf("%X became %X", b, out)
		}
	})
}

func TestResponse_RoundTrip(t *testing.T) {
	r, err := ParseResponse(Response{Data: []byte{1, 2}, SW: FileNotFound}.Encode())
	if err != nil || r.SW != FileNotFound || !bytes.Equal(r.Data, []byte{1, 2}) {
		t.Errorf("%+v %v", r, err)
	}
	for _, n := range []int{0, 1, MaxExtendedLe + 3} {
		if _, err := ParseResponse(make([]byte, n)); !errors.Is(err, ErrMalformedResponse) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func FuzzParseResponse(f *testing.F) {
	f.Add([]byte{0x90, 0})
	f.Add([]byte{1, 2, 0x6A, 0x82})
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ParseResponse(b); err == nil && !bytes.Equal(r.Encode(), b) {
			t.Fatal("not the same bytes")
		}
	})
}

func TestStatus_Names(t *testing.T) {
	for s, want := range map[Status]string{OK: "9000 (done)", 0x63C3: "63C3 (3 tries left)", FileNotFound: "6A82 (file or application not found)", 0x1234: "1234 (unknown status)"} {
		if s.String() != want {
			t.Errorf("%v, want %s", s, want)
		}
	}
	if TriesLeft(10) != 0x63CA || TriesLeft(99) != 0x63CF || TriesLeft(-1) != 0x63C0 {
		t.Error("TriesLeft")
	}
	if _, ok := WrongValue.TriesLeft(); ok {
		t.Error("6300 is no counter")
	}
}
