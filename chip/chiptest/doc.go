// Package chiptest makes cards for tests: blank, personalised or operational,
// with a fictitious holder, a test hierarchy (O=JPKI-TEST) and RSA keys that
// all cards of one test program share, so that a card costs no key generation.
// Nothing here is for use outside tests.
package chiptest

import (
	"crypto/rand"
	"crypto/rsa"
	"sync"
)

// keyCount is how many keys the stock holds.
const keyCount = 8

var stock [keyCount]struct {
	once sync.Once
	key  *rsa.PrivateKey
}

// Key returns the n-th key of the shared stock; it is made at the first call.
// Keys 0 and 1 are the root and the issuing key of the fixtures.
func Key(n int) *rsa.PrivateKey {
	s := &stock[n%keyCount]
	s.once.Do(func() {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err) // no randomness: nothing can be tested
		}
		s.key = k
	})
	return s.key
}

// Keys is a chip.KeySource that hands out keys 2 to 7 of the stock in turn.
// Several cards get the same keys.
type Keys struct {
	mu   sync.Mutex
	next int
}

// RSA2048 hands out the next key.
func (k *Keys) RSA2048() (*rsa.PrivateKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 2 + k.next%(keyCount-2)
	k.next++
	return Key(n), nil
}
