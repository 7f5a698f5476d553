package mynumber_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"kado/mynumber"
)

// seeded returns an endless stream that depends on n only.
func seeded(n uint64) io.Reader {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(n >> (8 * i))
	}
	return rand.NewChaCha8(key)
}

type stuck byte

func (s stuck) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

func TestR01_DrawFailsOnDrySource(t *testing.T) {
	draws := map[string]func(io.Reader) error{
		"Individual Number": func(r io.Reader) error { _, err := mynumber.DrawIndividualNumber(r); return err },
		"resident code":     func(r io.Reader) error { _, err := mynumber.DrawResidentCode(r); return err },
		"application id":    func(r io.Reader) error { _, err := mynumber.DrawApplicationID(r); return err },
		"card id":           func(r io.Reader) error { _, err := mynumber.DrawCardID(r); return err },
		"security code":     func(r io.Reader) error { _, err := mynumber.DrawSecurityCode(r); return err },
	}
	for name, draw := range draws {
		if err := draw(strings.NewReader("ab")); !errors.Is(err, mynumber.ErrDraw) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: short source gave %v", name, err)
		}
		// A source stuck at a byte that is never used must end, not loop.
		if err := draw(stuck(0xFF)); !errors.Is(err, mynumber.ErrDraw) {
			t.Errorf("%s: stuck source gave %v", name, err)
		}
		if err := draw(seeded(1)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each digit is equally likely: over all byte values that are used, each
// digit comes 25 times.
func TestR01_DrawnDigitsAreUniform(t *testing.T) {
	count := map[byte]int{}
	for b := range 250 {
		code, err := mynumber.DrawSecurityCode(bytes.NewReader([]byte{byte(b), 255, 250, 249, 9, 9, 9, 9, 9, 9, 9, 9}))
		if err != nil {
			t.Fatal(err)
		}
		count[code[0]]++
		if code[1] != '9' {
			t.Fatalf("a byte from 250 was used: %s", code)
		}
	}
	for d := byte('0'); d <= '9'; d++ {
		if count[d] != 25 {
			t.Errorf("digit %c comes %d times of 250", d, count[d])
		}
	}
}
