package keystore

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func FuzzDecodeEntries(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":{"key":"AAAAAAAAAAAAAAAAAAAAAA=="}}`, `{"a":{"algorithm":"RSA-2048","key":"AAAA"}}`,
		`{"a":{"key":"AAAAAAAAAAAAAAAAAAAAAA=="},"a":{"key":"AAAAAAAAAAAAAAAAAAAAAA=="}}`, `{"a":{"key":"AAAAAAAAAAAAAAAAAAAAAA==","x":1}}`, `{} {}`, `null`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := decodeEntries(b)
		if err != nil && !UnfitFile.Is(err) {
			t.Errorf("unnumbered: %v", err)
		}
		if err == nil && string(b) == "null" && entries != nil {
			t.Error("null is not a set of keys")
		}
	})
}

func TestDecodeEntriesIsStrict(t *testing.T) {
	const secret = `{"a":{"key":"AAAAAAAAAAAAAAAAAAAAAA=="}}`
	if _, err := decodeEntries([]byte(secret)); err != nil {
		t.Errorf("the one spelling: %v", err)
	}
	for _, s := range []string{``, `null`, `[]`, secret + ` `, ` ` + secret, secret + `{}`, `{"a":{"Key":"AAAAAAAAAAAAAAAAAAAAAA=="}}`,
		`{"a":{"key":"AAAAAAAAAAAAAAAAAAAAAA==","x":1}}`, `{"A":{"key":"AAAAAAAAAAAAAAAAAAAAAA=="}}`, `{"a":{"key":"AAAA"}}`,
		`{"a":{"algorithm":"RSA-2048","key":"AAAAAAAAAAAAAAAAAAAAAA=="}}`,
		`{"a":{"key":"AAAAAAAAAAAAAAAAAAAAAA=="},"a":{"key":"AAAAAAAAAAAAAAAAAAAAAA=="}}`} {
		if _, err := decodeEntries([]byte(s)); !UnfitFile.Is(err) {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// smallKey keeps the pool's tests quick; the real generator has its own test.
func smallKey() (*rsa.PrivateKey, error) { return &rsa.PrivateKey{}, nil }

func TestPoolHandsOutEachKeyOnce(t *testing.T) {
	defer goleak.VerifyNone(t)
	p := newPool(4, 2, smallKey)
	var mu sync.Mutex
	seen := map[*rsa.PrivateKey]bool{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				k, err := p.RSA2048()
				mu.Lock()
				if err != nil || seen[k] {
					t.Errorf("twice, or %v", err)
				}
				seen[k] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	p.Close()
	p.Close()
	if _, err := p.RSA2048(); !PoolClosed.Is(err) {
		t.Errorf("after Close: %v", err)
	}
}

func TestPoolStopsAtItsSize(t *testing.T) {
	defer goleak.VerifyNone(t)
	made := make(chan struct{}, 100)
	p := newPool(3, 1, func() (*rsa.PrivateKey, error) { made <- struct{}{}; return smallKey() })
	for range 4 { // three lie ready, the worker holds a fourth
		<-made
	}
	p.Close()
	if n := len(made); n != 0 {
		t.Errorf("%d keys more than there is room for", n)
	}
}

func TestPoolReportsABrokenSource(t *testing.T) {
	defer goleak.VerifyNone(t)
	broken := errors.New("no randomness")
	p := newPool(1, 1, func() (*rsa.PrivateKey, error) { return nil, broken })
	defer p.Close()
	if _, err := p.RSA2048(); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestPoolMakesRealKeys(t *testing.T) {
	defer goleak.VerifyNone(t)
	p := NewPool(0, 1)
	defer p.Close()
	k, err := p.RSA2048()
	if err != nil || k.N.BitLen() != 2048 || k.Validate() != nil {
		t.Errorf("%v", err)
	}
}

func BenchmarkRSA2048(b *testing.B) {
	for b.Loop() {
		if _, err := rsa.GenerateKey(rand.Reader, 2048); err != nil {
			b.Fatal(err)
		}
	}
}
