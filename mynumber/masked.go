package mynumber

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// ErrSecretMarshalled is the answer to every attempt to encode an Individual
// Number, a resident record code or a Secret. Whoever must write one down says
// so with Reveal.
var ErrSecretMarshalled = errors.New("mynumber: a secret value is never encoded")

const mask = "************"

// masked keeps digits away from every accidental way out: fmt with any verb,
// log/slog, JSON, text and binary encoders. The pointer matters: fmt reaches
// unexported fields of other structs without calling methods, and of a pointer
// to a string it then prints the address and not the digits.
type masked struct {
	_      [0]func() // makes == a compile error; use Equal
	digits *string
}

func conceal(digits string) masked { return masked{digits: &digits} }

// Reveal returns the digits, or "" for the zero value. Each caller is a place
// where the value may leave the program; keep them few.
func (m masked) Reveal() string {
	if m.digits == nil {
		return ""
	}
	return *m.digits
}

// IsZero reports whether no value is held.
func (m masked) IsZero() bool { return m.digits == nil }

// String returns asterisks, always as many.
func (masked) String() string { return mask }

// GoString returns asterisks.
func (masked) GoString() string { return mask }

// Format writes asterisks for every verb.
func (masked) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, mask) }

// LogValue returns asterisks.
func (masked) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalJSON always fails with ErrSecretMarshalled.
func (masked) MarshalJSON() ([]byte, error) { return nil, ErrSecretMarshalled }

// MarshalText always fails with ErrSecretMarshalled.
func (masked) MarshalText() ([]byte, error) { return nil, ErrSecretMarshalled }

// MarshalBinary always fails with ErrSecretMarshalled.
func (masked) MarshalBinary() ([]byte, error) { return nil, ErrSecretMarshalled }

// equal compares in constant time. A missing value equals nothing, so that a
// field nobody filled never opens anything.
func (m masked) equal(o masked) bool {
	if m.digits == nil || o.digits == nil {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(*m.digits), []byte(*o.digits)) == 1
}
