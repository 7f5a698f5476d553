//go:build !kado_nopcsc && ((linux && (amd64 || arm64)) || darwin || windows)

package pcsc

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
)

// TestTaken: an answer is copied out whole, nothing of it stays in the buffer,
// and a length that cannot be is no answer.
func TestTaken(t *testing.T) {
	for _, n := range []int{2, 258, 264, 265, 65537, 65538} {
		buffer := bytes.Repeat([]byte{7}, n)
		buffer = append(buffer, make([]byte, maxAnswer-n)...)
		got, err := taken(buffer, uint64(n))
		if err != nil || !bytes.Equal(got, bytes.Repeat([]byte{7}, n)) || !bytes.Equal(buffer, make([]byte, maxAnswer)) {
			t.Errorf("%d bytes: %d, %v", n, len(got), err)
		}
	}
	for _, n := range []uint64{0, 1, maxAnswer + 1, 1 << 63} {
		buffer := bytes.Repeat([]byte{7}, maxAnswer)
		if got, err := taken(buffer, n); !errors.Is(err, ErrUnsupported) || got != nil || !bytes.Equal(buffer, make([]byte, maxAnswer)) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// TestFailure: codes of the service become the package's errors, also where
// the library forgets to return one, and none passes for success.
func TestFailure(t *testing.T) {
	for code, want := range map[uint64]error{
		0x8010001D: ErrNoService, 0x8010001E: ErrNoService, 0x80100009: ErrNoReader, 0x8010002E: ErrNoReader, 0x8010000C: ErrNoCard,
		0x80100066: ErrNoCard, 0x8010000B: ErrBusy, 0x80100069: ErrRemoved, 0x80100068: ErrRemoved, 0x8010000F: ErrUnsupported,
		0xFFFFFFFF80100069: ErrRemoved, 0x80100008: ErrUnsupported, codeMalformed: ErrUnsupported,
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
