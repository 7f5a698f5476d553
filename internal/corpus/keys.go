package corpus

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math/big"
	"sync"
)

// Names of the keys that cases are made with.
const (
	signatureCA = iota
	oldSignatureCA
	authenticationCA
	rogueCA // the same name as a CA, another key
	holderKey
	otherKey
	responderKey
	authorityTSA
	rogueTSA
	numberOfKeys
)

// keyring makes keys when they are needed and keeps them.
type keyring struct {
	keys [numberOfKeys]*rsa.PrivateKey
	weak *rsa.PrivateKey // 1,024 bits
	e3   *rsa.PrivateKey // exponent 3
}

// newKeyring makes all keys, two at a time.
func newKeyring() (*keyring, error) {
	r := &keyring{}
	errs := make([]error, numberOfKeys+2)
	var wait sync.WaitGroup
	limit := make(chan struct{}, 2)
	for i := range errs {
		wait.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			switch i {
			case numberOfKeys:
				r.weak, errs[i] = rsa.GenerateKey(rand.Reader, 1024)
			case numberOfKeys + 1:
				r.e3, errs[i] = exponentThree()
			default:
				r.keys[i], errs[i] = rsa.GenerateKey(rand.Reader, 2048)
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("corpus: keys: %w", err)
		}
	}
	return r, nil
}

// exponentThree makes a key that crypto/rsa does not: of exponent 3.
func exponentThree() (*rsa.PrivateKey, error) {
	three, one := big.NewInt(3), big.NewInt(1)
	prime := func() (*big.Int, error) {
		for {
			p, err := rand.Prime(rand.Reader, 1024)
			if err != nil {
				return nil, err
			}
			if new(big.Int).Mod(p, three).Int64() == 2 {
				return p, nil
			}
		}
	}
	p, err := prime()
	if err != nil {
		return nil, err
	}
	q, err := prime()
	if err != nil {
		return nil, err
	}
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 3},
		D: new(big.Int).ModInverse(three, phi), Primes: []*big.Int{p, q}}, nil
}

// rawSign is the RSA private operation over a block that the caller made up.
func rawSign(key *rsa.PrivateKey, block []byte) []byte {
	m := new(big.Int).SetBytes(block)
	return m.Exp(m, key.D, key.N).FillBytes(make([]byte, key.Size()))
}

// block is EMSA-PKCS1-v1_5 around a DigestInfo, or around whatever stands for it.
func block(size int, info []byte) []byte {
	b := make([]byte, size)
	b[1] = 1
	for i := 2; i < size-len(info)-1; i++ {
		b[i] = 0xFF
	}
	copy(b[size-len(info):], info)
	return b
}

// cubeRootForgery makes a value whose cube begins like a padded DigestInfo with
// eight octets of padding: what passes a verifier that does not look at what
// follows. No private key is needed (Bleichenbacher, 2006).
func cubeRootForgery(size int, info []byte) []byte {
	b := make([]byte, size)
	b[1] = 1
	for i := 2; i < 10; i++ {
		b[i] = 0xFF
	}
	copy(b[11:], info)
	target := new(big.Int).SetBytes(b)
	// The least s with s³ >= target; its cube keeps the leading octets.
	low, high := big.NewInt(0), new(big.Int).Lsh(big.NewInt(1), uint(size*8/3+1))
	three := big.NewInt(3)
	for low.Cmp(high) < 0 {
		mid := new(big.Int).Rsh(new(big.Int).Add(low, high), 1)
		if new(big.Int).Exp(mid, three, nil).Cmp(target) < 0 {
			low = mid.Add(mid, big.NewInt(1))
		} else {
			high = mid
		}
	}
	return low.FillBytes(make([]byte, size))
}
