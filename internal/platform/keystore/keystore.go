// Package keystore is the one place where the house's own keys live: those of
// the certification authorities, the validation authority and the vault (house
// rule 8). Holders' keys never come here; they are made for a chip (see Pool)
// and stay in it.
//
// A Store is a passphrase-protected file by default (OpenFile). Offices only
// see the Store interface, so that a hardware token can stand behind it.
package keystore

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"sort"
	"sync"
)

// Algorithm is a kind of signing key.
type Algorithm string

// The algorithms.
const (
	RSA2048   Algorithm = "RSA-2048"
	ECDSAP256 Algorithm = "ECDSA-P256"
	ECDSAP384 Algorithm = "ECDSA-P384"
)

// Store keeps keys under names. Names are lower-case letters, digits and
// . - _ / (80 at most), starting with a letter. Nothing is ever overwritten or
// taken away. Safe for concurrent use.
type Store interface {
	// Signer returns a signing key, or UnknownKey. What it returns signs and
	// shows its public half, and nothing else.
	Signer(ctx context.Context, id string) (crypto.Signer, error)
	// CreateSigner makes a signing key, or fails with KeyExists.
	CreateSigner(ctx context.Context, id string, a Algorithm) (crypto.Signer, error)
	// Secret returns a copy of a secret value, or UnknownKey.
	Secret(ctx context.Context, id string) ([]byte, error)
	// CreateSecret makes a secret value of n bytes (16 to 64), or fails with
	// KeyExists.
	CreateSecret(ctx context.Context, id string, n int) ([]byte, error)
	// List returns what is there, by name.
	List(ctx context.Context) ([]Info, error)
}

// Info describes a key without giving it away.
type Info struct {
	ID        string
	Algorithm Algorithm // "" for a secret value
}

var idForm = regexp.MustCompile(`^[a-z][a-z0-9._/-]{0,79}$`)

const maxKeys = 10000

// entry is one key as it is kept.
type entry struct {
	Algorithm Algorithm `json:"algorithm,omitempty"`
	Key       []byte    `json:"key"` // PKCS #8, or the secret value
}

// signer hides the private key, so that nobody can take it out by a type
// assertion or print it.
type signer struct{ inner crypto.Signer }

func (s *signer) Public() crypto.PublicKey { return s.inner.Public() }

func (s *signer) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.inner.Sign(r, digest, opts)
}

// String names no key material.
func (s *signer) String() string { return "keystore.signer" }

// GoString names no key material.
func (s *signer) GoString() string { return s.String() }

// Memory is a Store that forgets everything; for tests and the sandbox.
type Memory struct {
	mu      sync.Mutex
	entries map[string]entry
	signers map[string]*signer
	// save makes the entries durable before they are used; nil for nothing.
	save func(map[string]entry) error
	// load looks for keys another process has made; nil for nothing.
	load func() (map[string]entry, error)
}

// NewMemory returns an empty store in memory.
func NewMemory() *Memory {
	return &Memory{entries: map[string]entry{}, signers: map[string]*signer{}}
}

// Signer implements Store.
func (m *Memory) Signer(ctx context.Context, id string) (crypto.Signer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.signers[id]; s != nil {
		return s, nil
	}
	e, err := m.find(id, true)
	if err != nil {
		return nil, err
	}
	s, err := e.signer()
	if err != nil {
		return nil, err
	}
	m.signers[id] = s
	return s, nil
}

// CreateSigner implements Store.
func (m *Memory) CreateSigner(ctx context.Context, id string, a Algorithm) (crypto.Signer, error) {
	if !idForm.MatchString(id) {
		return nil, UnfitKey.New("name")
	}
	key, err := generate(a)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.add(id, entry{Algorithm: a, Key: der}); err != nil {
		return nil, err
	}
	m.signers[id] = &signer{key}
	return m.signers[id], nil
}

// Secret implements Store.
func (m *Memory) Secret(ctx context.Context, id string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, err := m.find(id, false)
	if err != nil {
		return nil, err
	}
	return slices.Clone(e.Key), nil
}

// CreateSecret implements Store.
func (m *Memory) CreateSecret(ctx context.Context, id string, n int) ([]byte, error) {
	if !idForm.MatchString(id) {
		return nil, UnfitKey.New("name")
	}
	if n < 16 || n > 64 {
		return nil, UnfitKey.New("length")
	}
	key := make([]byte, n)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.add(id, entry{Key: key}); err != nil {
		return nil, err
	}
	return slices.Clone(key), nil
}

// List implements Store.
func (m *Memory) List(ctx context.Context) ([]Info, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refresh(); err != nil {
		return nil, err
	}
	out := make([]Info, 0, len(m.entries))
	for id, e := range m.entries {
		out = append(out, Info{id, e.Algorithm})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out, nil
}

func (m *Memory) find(id string, signing bool) (entry, error) {
	e, ok := m.entries[id]
	if !ok {
		if err := m.refresh(); err != nil {
			return entry{}, err
		}
		e, ok = m.entries[id]
	}
	if !ok || (e.Algorithm != "") != signing {
		if !idForm.MatchString(id) {
			id = "?"
		}
		return entry{}, UnknownKey.New(id)
	}
	return e, nil
}

func (m *Memory) refresh() error {
	if m.load == nil {
		return nil
	}
	fresh, err := m.load()
	if err == nil {
		m.entries = fresh
	}
	return err
}

func (m *Memory) add(id string, e entry) error {
	if err := m.refresh(); err != nil {
		return err
	}
	if _, taken := m.entries[id]; taken {
		return KeyExists.New(id)
	}
	if len(m.entries) >= maxKeys {
		return UnfitKey.New("number of keys")
	}
	next := make(map[string]entry, len(m.entries)+1)
	for k, v := range m.entries {
		next[k] = v
	}
	next[id] = e
	if m.save != nil {
		if err := m.save(next); err != nil {
			return err
		}
	}
	m.entries = next
	return nil
}

func generate(a Algorithm) (crypto.Signer, error) {
	switch a {
	case RSA2048:
		return rsa.GenerateKey(rand.Reader, 2048)
	case ECDSAP256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case ECDSAP384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	}
	return nil, UnfitKey.New("algorithm")
}

// signer parses the key and makes sure it is what the entry says.
func (e entry) signer() (*signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(e.Key)
	if err != nil {
		return nil, UnfitFile.New("key")
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if e.Algorithm == RSA2048 && k.N.BitLen() == 2048 {
			return &signer{k}, nil
		}
	case *ecdsa.PrivateKey:
		if e.Algorithm == ECDSAP256 && k.Curve == elliptic.P256() || e.Algorithm == ECDSAP384 && k.Curve == elliptic.P384() {
			return &signer{k}, nil
		}
	}
	return nil, UnfitFile.New("key")
}

// decodeEntries reads the JSON inside a key file strictly.
func decodeEntries(b []byte) (map[string]entry, error) {
	entries := map[string]entry{}
	if err := strictJSON(b, &entries); err != nil || entries == nil { // nil after "null"
		return nil, UnfitFile.New("content")
	}
	if len(entries) > maxKeys {
		return nil, UnfitFile.New("number of keys")
	}
	for id, e := range entries {
		if !idForm.MatchString(id) {
			return nil, UnfitFile.New("key name")
		}
		if e.Algorithm == "" {
			if len(e.Key) < 16 || len(e.Key) > 64 {
				return nil, UnfitFile.New("length of a secret")
			}
		} else if _, err := e.signer(); err != nil {
			return nil, err
		}
	}
	// One accepted spelling: what Kado wrote, byte for byte.
	again, err := json.Marshal(entries)
	if err != nil || string(again) != string(b) {
		return nil, UnfitFile.New("content")
	}
	return entries, nil
}
