// Package entropy is where unpredictable values come from.
//
// Two kinds of values are told apart. Facts (numbers, serials, ids,
// challenges) come from a Source: the machine's generator in production, a
// seed in the sandbox, so that the same seed gives the same town and the same
// life. Keys and the nonces of ciphers never come from a Source: they are
// drawn from crypto/rand where they are used, since a repeated nonce under one
// key would be a breach and not a convenience.
package entropy

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"strings"
	"sync"
)

// Source hands out named streams of random bytes. Asking twice for one name
// continues the same stream. Safe for concurrent use.
type Source interface {
	Stream(name string) io.Reader
}

// System draws from the operating system; every stream is rand.Reader.
func System() Source { return system{} }

type system struct{}

func (system) Stream(string) io.Reader { return rand.Reader }

// Seeded returns a Source whose streams depend only on the seed, the stream's
// name and how much of it was read. For the sandbox and tests only.
func Seeded(seed string) Source {
	return &seeded{seed: seed, streams: map[string]*stream{}}
}

type seeded struct {
	seed    string
	mu      sync.Mutex
	streams map[string]*stream
}

type stream struct {
	mu  sync.Mutex
	gen *mrand.ChaCha8
}

func (s *seeded) Stream(name string) io.Reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.streams[name]
	if st == nil {
		// The length prefix keeps ("a", "bc") apart from ("ab", "c").
		key := sha256.Sum256(fmt.Appendf(nil, "kado stream\x00%d\x00%s\x00%s", len(s.seed), s.seed, name))
		st = &stream{gen: mrand.NewChaCha8(key)}
		s.streams[name] = st
	}
	return st
}

func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gen.Read(p)
}

// Bytes reads n bytes.
func Bytes(r io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("entropy: %w", err)
	}
	return b, nil
}

// Digits returns n decimal digits, each uniform.
func Digits(r io.Reader, n int) (string, error) {
	var out strings.Builder
	var buf [32]byte
	for out.Len() < n {
		if _, err := io.ReadFull(r, buf[:]); err != nil {
			return "", fmt.Errorf("entropy: %w", err)
		}
		for _, b := range buf {
			if b >= 250 { // 250 = 25*10; the rest would favour 0..5
				continue
			}
			if out.Len() == n {
				break
			}
			out.WriteByte('0' + b%10)
		}
	}
	return out.String(), nil
}

var idAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// ID returns prefix_ and 26 characters (128 bits). Ids carry no meaning and no
// time, so that they can be shown to other offices.
func ID(r io.Reader, prefix string) (string, error) {
	b, err := Bytes(r, 16)
	if err != nil {
		return "", err
	}
	return prefix + "_" + idAlphabet.EncodeToString(b), nil
}

// Int returns a uniform integer in [0, n). It panics if n <= 0, which is a
// mistake of the caller and not an input.
func Int(r io.Reader, n int) (int, error) {
	if n <= 0 {
		panic("entropy: Int needs n > 0")
	}
	limit := uint64(1<<63) - uint64(1<<63)%uint64(n)
	for {
		b, err := Bytes(r, 8)
		if err != nil {
			return 0, err
		}
		var v uint64
		for _, c := range b {
			v = v<<8 | uint64(c)
		}
		v >>= 1
		if v < limit {
			return int(v % uint64(n)), nil
		}
	}
}
