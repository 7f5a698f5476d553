package mynumber

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Secret holds a PIN, a password or a verification number. It never prints;
// Reveal is the only way to its text. Copies of a Secret share one memory, so
// Wipe empties them all. The zero Secret holds nothing.
type Secret struct {
	_ [0]func() // makes == a compile error; use Equal

	// Why two pointers: where fmt reaches an unexported field it calls no
	// method, and with a verb that does not fit, such as %s, it follows one
	// pointer to a slice and prints the bytes. It never follows two.
	text **[]byte
}

// NewSecret keeps a copy of s. "" gives the zero Secret.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	b := []byte(s)
	p := &b
	return Secret{text: &p}
}

func (s Secret) bytes() []byte {
	if s.text == nil {
		return nil
	}
	return **s.text
}

// Reveal returns the text, or "" if nothing is held. The string it makes
// cannot be wiped; keep it short-lived.
func (s Secret) Reveal() string { return string(s.bytes()) }

// IsZero reports whether nothing is held, also after Wipe.
func (s Secret) IsZero() bool { return len(s.bytes()) == 0 }

// Equal compares in constant time for texts of equal length. An empty Secret
// equals nothing, also not another empty one.
func (s Secret) Equal(o Secret) bool {
	if s.IsZero() || o.IsZero() {
		return false
	}
	return subtle.ConstantTimeCompare(s.bytes(), o.bytes()) == 1
}

// Wipe overwrites the text in this Secret and in all its copies. What Reveal
// returned before is not reached. Not for use while another goroutine reads.
func (s Secret) Wipe() {
	if s.text == nil {
		return
	}
	clear(**s.text)
	**s.text = nil
}

// String returns asterisks, always as many.
func (Secret) String() string { return mask }

// GoString returns asterisks.
func (Secret) GoString() string { return mask }

// Format writes asterisks for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask) }

// LogValue returns asterisks.
func (Secret) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalJSON always fails with ErrSecretMarshalled.
func (Secret) MarshalJSON() ([]byte, error) { return nil, ErrSecretMarshalled }

// MarshalText always fails with ErrSecretMarshalled.
func (Secret) MarshalText() ([]byte, error) { return nil, ErrSecretMarshalled }

// MarshalBinary always fails with ErrSecretMarshalled.
func (Secret) MarshalBinary() ([]byte, error) { return nil, ErrSecretMarshalled }
