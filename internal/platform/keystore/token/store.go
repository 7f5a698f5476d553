//go:build cgo

package token

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"regexp"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/ThalesGroup/crypto11"
	"github.com/miekg/pkcs11"

	"kado/internal/platform/keystore"
)

// Built says whether this binary can open tokens.
const Built = true

// sessionWait is how long a signature waits for a free session.
const sessionWait = 30 * time.Second

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9._/-]{0,79}$`)

// Store is a keystore.Store whose signing keys are in a token. The token is
// logged into at the first use. When it goes away its next use tries once to
// find it again; a PIN that was refused is never tried a second time. Close it
// after use.
type Store struct {
	config  Config
	options Options

	mu      sync.Mutex
	token   *crypto11.Context // nil until used, and after it went away
	pin     []byte
	refused error // by the PIN: final
	pairs   map[string]crypto11.Signer
	epoch   int // counts logins; handles of an earlier one are stale
}

// Open returns the store of a token. It does not touch the token yet.
func Open(c Config, o Options) (*Store, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c.Sessions == 0 {
		c.Sessions = defaultSessions
	}
	return &Store{config: c, options: o, pairs: map[string]crypto11.Signer{}}, nil
}

var _ keystore.Store = (*Store)(nil)

// Where says which store this is: "token".
func (s *Store) Where() string { return "token" }

// Sessions is how many signatures run side by side.
func (s *Store) Sessions() int { return s.config.Sessions }

// Close logs out. The store can be used again afterwards.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop()
	clear(s.pin)
	s.pin = nil
	return nil
}

// drop forgets the token; mu is held.
func (s *Store) drop() {
	if s.token != nil {
		_ = s.token.Close() // it has no errors of its own
	}
	s.token = nil
	clear(s.pairs)
}

// login returns the token, logged in; mu is held.
func (s *Store) login() (*crypto11.Context, error) {
	if s.token != nil {
		return s.token, nil
	}
	if s.refused != nil {
		return nil, s.refused
	}
	if s.pin == nil {
		if s.options.PIN == nil {
			return nil, NoPIN.New()
		}
		pin, err := s.options.PIN()
		if err != nil {
			return nil, err
		}
		s.pin = pin
	}
	t, err := crypto11.Configure(&crypto11.Config{Path: s.config.Module, TokenLabel: s.config.TokenLabel, TokenSerial: s.config.TokenSerial,
		Pin: string(s.pin), MaxSessions: s.config.Sessions + 1, PoolWaitTimeout: sessionWait})
	if err != nil {
		err = refusal(err)
		if WrongPIN.Is(err) || PINLocked.Is(err) {
			s.refused = err
		}
		return nil, err
	}
	s.token = t
	s.epoch++
	return t, nil
}

// label is a key's name in the token.
func (s *Store) label(id string) []byte {
	if s.config.Prefix == "" {
		return []byte("kado/" + id)
	}
	return []byte("kado/" + s.config.Prefix + "/" + id)
}

// Signer implements keystore.Store.
func (s *Store) Signer(_ context.Context, id string) (crypto.Signer, error) {
	if !nameForm.MatchString(id) {
		return nil, keystore.UnknownKey.New("?")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.retried(id)
	if err != nil {
		return nil, err
	}
	return &key{store: s, id: id, public: p.Public()}, nil
}

// retried is pair, a second time where the token has come back; mu is held.
func (s *Store) retried(id string) (crypto11.Signer, error) {
	before := s.epoch
	p, err := s.pair(id)
	if TokenGone.Is(err) && s.epoch == before && s.token != nil {
		s.drop()
		p, err = s.pair(id)
	}
	return p, err
}

// pair finds a key; mu is held.
func (s *Store) pair(id string) (crypto11.Signer, error) {
	t, err := s.login()
	if err != nil {
		return nil, err
	}
	if p := s.pairs[id]; p != nil {
		return p, nil
	}
	found, err := t.FindKeyPairs(nil, s.label(id))
	switch {
	case err != nil:
		return nil, refusal(err)
	case len(found) > 1:
		return nil, AmbiguousKey.New(id)
	case len(found) == 0:
		halves, err := t.FindPrivateKeys(nil, s.label(id))
		if err != nil {
			return nil, refusal(err)
		}
		if len(halves) > 0 {
			return nil, UnfitKey.New(id, "no public key")
		}
		return nil, keystore.UnknownKey.New(id)
	}
	if algorithm(found[0].Public()) == "" {
		return nil, UnfitKey.New(id, "algorithm")
	}
	for _, must := range []struct {
		attribute crypto11.AttributeType
		value     byte
		name      string
	}{{crypto11.CkaSensitive, 1, "not sensitive"}, {crypto11.CkaExtractable, 0, "extractable"},
		{crypto11.CkaNeverExtractable, 1, "was extractable"}, {crypto11.CkaLocal, 1, "imported"}} {
		a, err := t.GetAttribute(found[0], must.attribute)
		if err != nil {
			return nil, refusal(err)
		}
		if a == nil || len(a.Value) != 1 || a.Value[0] != must.value {
			return nil, UnfitKey.New(id, must.name)
		}
	}
	s.pairs[id] = found[0]
	return found[0], nil
}

func algorithm(p crypto.PublicKey) keystore.Algorithm {
	switch p := p.(type) {
	case *rsa.PublicKey:
		if p.N.BitLen() == 2048 && p.E == 65537 {
			return keystore.RSA2048
		}
	case *ecdsa.PublicKey:
		switch p.Curve {
		case elliptic.P256():
			return keystore.ECDSAP256
		case elliptic.P384():
			return keystore.ECDSAP384
		}
	}
	return ""
}

// CreateSigner implements keystore.Store: the key is generated in the token.
func (s *Store) CreateSigner(_ context.Context, id string, a keystore.Algorithm) (crypto.Signer, error) {
	switch {
	case !nameForm.MatchString(id):
		return nil, keystore.UnfitKey.New("name")
	case a != keystore.RSA2048 && a != keystore.ECDSAP256 && a != keystore.ECDSAP384:
		return nil, keystore.UnfitKey.New("algorithm")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	release, err := s.lock()
	if err != nil {
		return nil, err
	}
	defer release()
	switch _, err := s.retried(id); {
	case err == nil:
		return nil, keystore.KeyExists.New(id)
	case !keystore.UnknownKey.Is(err):
		return nil, err
	}
	number := make([]byte, 16) // CKA_ID ties the halves together
	if _, err := rand.Read(number); err != nil {
		return nil, err
	}
	public, err := crypto11.NewAttributeSetWithIDAndLabel(number, s.label(id))
	if err != nil {
		return nil, err
	}
	private := public.Copy()
	for attribute, value := range map[crypto11.AttributeType]any{crypto11.CkaPrivate: true, crypto11.CkaSensitive: true,
		crypto11.CkaExtractable: false, crypto11.CkaSign: true} {
		if err := private.Set(attribute, value); err != nil {
			return nil, err
		}
	}
	switch a {
	case keystore.RSA2048:
		if err := private.Set(crypto11.CkaDecrypt, false); err != nil {
			return nil, err
		}
		_, err = s.token.GenerateRSAKeyPairWithAttributes(public, private, 2048)
	case keystore.ECDSAP256:
		_, err = s.token.GenerateECDSAKeyPairWithAttributes(public, private, elliptic.P256())
	case keystore.ECDSAP384:
		_, err = s.token.GenerateECDSAKeyPairWithAttributes(public, private, elliptic.P384())
	}
	if err != nil {
		return nil, refusal(err)
	}
	p, err := s.pair(id) // with all that a found key must fulfil
	if err != nil {
		return nil, err
	}
	return &key{store: s, id: id, public: p.Public()}, nil
}

// lock keeps other processes of this machine from making keys.
func (s *Store) lock() (release func(), err error) {
	if s.options.Lock == "" {
		return func() {}, nil
	}
	return keystore.LockFile(s.options.Lock)
}

// Secret implements keystore.Store, from the other store.
func (s *Store) Secret(ctx context.Context, id string) ([]byte, error) {
	return s.options.Secrets.Secret(ctx, id)
}

// CreateSecret implements keystore.Store, in the other store.
func (s *Store) CreateSecret(ctx context.Context, id string, n int) ([]byte, error) {
	return s.options.Secrets.CreateSecret(ctx, id, n)
}

// List implements keystore.Store: the token's signing keys and the other
// store's secrets.
func (s *Store) List(ctx context.Context) ([]keystore.Info, error) {
	others, err := s.options.Secrets.List(ctx)
	if err != nil {
		return nil, err
	}
	var out []keystore.Info
	for _, i := range others {
		if i.Algorithm == "" {
			out = append(out, i)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.login()
	if err != nil {
		return nil, err
	}
	prefix := string(s.label(""))
	for _, kind := range []uint{pkcs11.CKK_RSA, pkcs11.CKK_EC} {
		of := crypto11.NewAttributeSet()
		if err := of.Set(crypto11.CkaKeyType, kind); err != nil {
			return nil, err
		}
		found, err := t.FindKeyPairsWithAttributes(of)
		if err != nil {
			return nil, refusal(err)
		}
		for _, p := range found {
			l, err := t.GetAttribute(p, crypto11.CkaLabel)
			if err != nil {
				return nil, refusal(err)
			}
			if l == nil {
				continue
			}
			// Another house's keys, and those of somebody else, are not listed.
			if id, ours := strings.CutPrefix(string(l.Value), prefix); ours && nameForm.MatchString(id) {
				out = append(out, keystore.Info{ID: id, Algorithm: algorithm(p.Public())})
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out, nil
}

// key signs with a key of the token. It stays good when the token went away and
// came back.
type key struct {
	store  *Store
	id     string
	public crypto.PublicKey
}

func (k *key) Public() crypto.PublicKey { return k.public }

// Sign implements crypto.Signer. Several calls run side by side, as many as the
// store has sessions.
func (k *key) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	sig, epoch, err := k.once(r, digest, opts)
	if !TokenGone.Is(err) {
		return sig, err
	}
	k.store.mu.Lock()
	if k.store.epoch == epoch {
		k.store.drop()
	}
	k.store.mu.Unlock()
	sig, _, err = k.once(r, digest, opts)
	return sig, err
}

func (k *key) once(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, int, error) {
	k.store.mu.Lock()
	p, err := k.store.pair(k.id)
	epoch := k.store.epoch
	k.store.mu.Unlock()
	if err != nil {
		return nil, epoch, err
	}
	if own, ok := k.public.(interface{ Equal(crypto.PublicKey) bool }); !ok || !own.Equal(p.Public()) {
		return nil, epoch, UnfitKey.New(k.id, "another key under this name")
	}
	sig, err := p.Sign(r, digest, opts)
	if err != nil {
		return nil, epoch, refusal(err)
	}
	return sig, epoch, nil
}

// String names no key material.
func (k *key) String() string { return "token.key" }

// GoString names no key material.
func (k *key) GoString() string { return k.String() }
