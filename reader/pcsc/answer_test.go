//go:build !kado_nopcsc && ((linux && (amd64 || arm64)) || darwin || windows)

package pcsc

import (
	"errors"
	"fmt"
	"testing"
)

// TestRepeatable: what the client library could send a second time is only what
// reads.
func TestRepeatable(t *testing.T) {
	for _, c := range []struct {
		name    string
		command []byte
		want    bool
	}{
		{"query", []byte{0x00, 0x20, 0x00, 0x80}, true},
		{"sign, short answer", []byte{0x80, 0x2A, 0x00, 0x80, 0x01, 0xAA, 0x00}, true},
		{"sign, extended answer", []byte{0x80, 0x2A, 0x00, 0x80, 0x00, 0x00, 0x01, 0xAA, 0x00, 0x00}, false},
		{"read, extended answer", []byte{0x00, 0xB0, 0x00, 0x00, 0x00, 0x00, 0x00}, true},
		{"record, extended answer", []byte{0x00, 0xB2, 0x01, 0x0C, 0x00, 0x00, 0x00}, true},
		{"data object, extended answer", []byte{0x00, 0xCA, 0x7F, 0x21, 0x00, 0x00, 0x00}, true},
		{"challenge, extended answer", []byte{0x00, 0x84, 0x00, 0x00, 0x00, 0x01, 0x2C}, false},
		{"challenge of 256", []byte{0x00, 0x84, 0x00, 0x00, 0x00}, true},
		{"issuer's commit", []byte{0x80, 0xE4, 0x00, 0x00, 0x00, 0x00, 0x00}, false},
		{"issuer's class over a reading instruction", []byte{0x80, 0xB0, 0x00, 0x00, 0x00, 0x00, 0x00}, false},
		{"malformed", []byte{0x00, 0x20, 0x00, 0x80, 0x05, 0x01}, true},
	} {
		if got := repeatable(c.command); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

func FuzzRepeatable(f *testing.F) {
	f.Add([]byte{0x80, 0xE4, 0x00, 0x00, 0x00, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 0 && b[0] == 0x80 && len(b) == 7 && b[4] == 0 && (b[5] > 1 || b[5] == 1 && b[6] > 0 || b[5]|b[6] == 0) && repeatable(b) {
			t.Errorf("%X", b)
		}
	})
}

// TestFailure: codes of the service become the package's errors, also where
// the library forgets to return one, and none passes for success.
func TestFailure(t *testing.T) {
	for code, want := range map[uint64]error{
		0x8010001D: ErrNoService, 0x8010001E: ErrNoService, 0x80100009: ErrNoReader, 0x8010002E: ErrNoReader, 0x8010000C: ErrNoCard,
		0x80100066: ErrNoCard, 0x8010000B: ErrBusy, 0x80100069: ErrRemoved, 0x80100068: ErrRemoved, 0x8010000F: ErrUnsupported,
		0xFFFFFFFF80100069: ErrRemoved,
	} {
		for _, err := range []error{nil, errors.New("library")} {
			if got := failure("testing", code, err); !errors.Is(got, want) {
				t.Errorf("%08X: %v", code, got)
			}
		}
	}
	if err := failure("testing", 0, nil); err != nil {
		t.Error(err)
	}
	if failure("testing", 0x8010001F, nil) == nil || failure("testing", 0, errors.New("library")) == nil {
		t.Error("an unknown failure passed for success")
	}
}

func ExampleOpen() {
	service, err := Open()
	if errors.Is(err, ErrNoService) {
		fmt.Println("no reader service")
		return
	}
	defer service.Close()
}
