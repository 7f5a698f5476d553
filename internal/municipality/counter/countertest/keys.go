package countertest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"math/big"
	"sync"
	"sync/atomic"

	"kado/internal/platform/keystore"
)

// primeCount primes give primeCount*(primeCount-1)/2 different moduli.
const primeCount = 80

var primes [primeCount]struct {
	once sync.Once
	p    *big.Int
}

// primeFor returns the i-th prime of 1024 bits that fits the exponent 65537.
func primeFor(i int) *big.Int {
	s := &primes[i]
	s.once.Do(func() {
		for s.p == nil {
			p, err := rand.Prime(rand.Reader, 1024)
			if err != nil {
				panic(err) // no randomness: nothing can be tested
			}
			if new(big.Int).Mod(new(big.Int).Sub(p, big.NewInt(1)), big.NewInt(65537)).Sign() != 0 {
				s.p = p
			}
		}
	})
	return s.p
}

// Key returns the n-th of the shared keys, newly put together each time, since
// offices destroy what they are given.
func Key(n int) *rsa.PrivateKey {
	i := 1
	for n >= i {
		n -= i
		i++
	}
	if i >= primeCount {
		panic("countertest: more keys than the primes give")
	}
	p, q := new(big.Int).Set(primeFor(i)), new(big.Int).Set(primeFor(n))
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537},
		D: new(big.Int).ModInverse(big.NewInt(65537), phi), Primes: []*big.Int{p, q}}
	k.Precompute()
	return k
}

// Pool hands out the shared keys one after the other, none twice.
type Pool struct {
	mu    sync.Mutex
	next  int
	ready []*rsa.PrivateKey
	// Given are copies of all keys so far, for the search for leaks; keys that
	// were made ready before are not among them.
	Given []*rsa.PrivateKey
}

// Ready makes n keys ahead of need, as a pool does between cards.
func (p *Pool) Ready(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range n {
		p.ready = append(p.ready, Key(firstCardKey+p.next))
		p.next++
	}
}

// RSA2048 hands out the next key.
func (p *Pool) RSA2048() (*rsa.PrivateKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ready) > 0 {
		k := p.ready[0]
		p.ready = p.ready[1:]
		return k, nil
	}
	n := firstCardKey + p.next
	p.next++
	p.Given = append(p.Given, Key(n))
	return Key(n), nil
}

// firstCardKey is where the keys of cards begin; lower ones are for the offices.
const firstCardKey = 24

// store is a key store whose signing keys are shared ones.
type store struct {
	*keystore.Memory
	mu      sync.Mutex
	signers map[string]crypto.Signer
	rsa     int // how many of them are RSA
	made    *atomic.Int64
}

// counted counts the signatures of an office's key.
type counted struct {
	crypto.Signer
	made *atomic.Int64
}

func (c counted) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	c.made.Add(1)
	return c.Signer.Sign(r, digest, opts)
}

func (s *store) Signer(_ context.Context, id string) (crypto.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.signers[id]; k != nil {
		return k, nil
	}
	return nil, keystore.UnknownKey.New(id)
}

func (s *store) CreateSigner(ctx context.Context, id string, a keystore.Algorithm) (crypto.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.signers[id] != nil {
		return nil, keystore.KeyExists.New(id)
	}
	switch a {
	case keystore.RSA2048:
		if s.rsa >= firstCardKey {
			panic("countertest: no key of this kind is left for " + id)
		}
		s.signers[id] = counted{Key(s.rsa), s.made}
		s.rsa++
	case keystore.ECDSAP256, keystore.ECDSAP384:
		curve := elliptic.P256()
		if a == keystore.ECDSAP384 {
			curve = elliptic.P384()
		}
		k, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			return nil, err
		}
		s.signers[id] = counted{k, s.made}
	default:
		return nil, keystore.UnfitKey.New(string(a))
	}
	return s.signers[id], nil
}
