package jpki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"math/big"
	"sync"
)

// throwawayKeys sign the copies that are linted, one for each algorithm of a
// generation. They are made once for a process, never leave it, and certify
// nothing: no certificate of them exists. So they are chosen to be quick, not
// strong, and must never be used for anything else: the RSA modulus is a product
// of sixteen small primes, the curve P-256 (the copy says ecdsa-with-SHA384 all
// the same, as the issued certificate will).
var throwawayKeys = map[Algorithm]func() (crypto.Signer, error){
	RSA2048SHA256: sync.OnceValues(newThrowawayRSA),
	ECDSAP384SHA384: sync.OnceValues(func() (crypto.Signer, error) {
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}),
}

// throwawayRSA is an RSA key of MinKeyBits whose signature costs a tenth of an
// ordinary one's, by the Chinese remainder theorem over many small primes.
type throwawayRSA struct {
	public  rsa.PublicKey
	primes  []*big.Int
	d       []*big.Int // the private exponent modulo each prime less one
	weights []*big.Int // 1 modulo one prime, 0 modulo the others
}

const throwawayPrimes = 16

func newThrowawayRSA() (crypto.Signer, error) {
	one, e := big.NewInt(1), big.NewInt(KeyExponent)
	k := &throwawayRSA{}
	n := big.NewInt(1)
	for try := 0; len(k.primes) < throwawayPrimes; try++ {
		bits := MinKeyBits / throwawayPrimes
		if len(k.primes) == throwawayPrimes-1 {
			// What is missing, or one more: it depends on the top bits which of the
			// two can give a modulus of the full length.
			bits = MinKeyBits - n.BitLen() + try%2
		}
		p, err := rand.Prime(rand.Reader, bits)
		if err != nil {
			return nil, err
		}
		d := new(big.Int).ModInverse(e, new(big.Int).Sub(p, one))
		product := new(big.Int).Mul(n, p)
		last := len(k.primes) == throwawayPrimes-1
		if d == nil || new(big.Int).Mod(n, p).Sign() == 0 || last && product.BitLen() != MinKeyBits {
			continue
		}
		n = product
		k.primes, k.d = append(k.primes, p), append(k.d, d)
	}
	for _, p := range k.primes {
		rest := new(big.Int).Quo(n, p)
		k.weights = append(k.weights, rest.Mul(rest, new(big.Int).ModInverse(rest, p)))
	}
	k.public = rsa.PublicKey{N: n, E: KeyExponent}
	return k, nil
}

func (k *throwawayRSA) Public() crypto.PublicKey { return &k.public }

// sha256Info is the DigestInfo of a SHA-256 hash without the hash (RFC 8017, 9.2,
// note 1).
var sha256Info = []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}

// Sign implements crypto.Signer for RSASSA-PKCS1-v1_5 with SHA-256 alone.
func (k *throwawayRSA) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if _, pss := opts.(*rsa.PSSOptions); pss || opts.HashFunc() != crypto.SHA256 || len(digest) != crypto.SHA256.Size() {
		return nil, errors.New("jpki: the throwaway key signs SHA-256 hashes")
	}
	block := make([]byte, MinKeyBits/8)
	at := len(block) - len(digest) - len(sha256Info)
	block[1] = 1
	for i := 2; i < at-1; i++ {
		block[i] = 0xff
	}
	copy(block[at:], sha256Info)
	copy(block[at+len(sha256Info):], digest)
	m, s, r := new(big.Int).SetBytes(block), new(big.Int), new(big.Int)
	for i, p := range k.primes {
		r.Mod(m, p)
		r.Exp(r, k.d[i], p)
		s.Add(s, r.Mul(r, k.weights[i]))
	}
	return s.Mod(s, k.public.N).FillBytes(block), nil
}
