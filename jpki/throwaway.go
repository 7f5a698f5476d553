package jpki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"math/big"
	"sync"
)

// throwawayKeys sign the copies that are linted, one for each algorithm of a
// generation. They are made once for a process, never leave it, and certify
// nothing: no certificate of them exists. So they are chosen to be quick, not
// strong, and must never be used for anything else. The copy of a certificate by
// a P-384 key is signed with P-256 (and says ecdsa-with-SHA384 all the same, as
// the issued one will).
var throwawayKeys = map[Algorithm]func() (throwaway, error){
	RSA2048SHA256: sync.OnceValues(func() (throwaway, error) { return newThrowawayRSA() }),
	ECDSAP384SHA384: sync.OnceValues(func() (throwaway, error) {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return throwawayECDSA{k}, err
	}),
}

// throwaway signs the digest of a copy to be linted.
type throwaway interface {
	sign(digest []byte) ([]byte, error)
}

type throwawayECDSA struct{ key *ecdsa.PrivateKey }

func (k throwawayECDSA) sign(digest []byte) ([]byte, error) {
	return ecdsa.SignASN1(rand.Reader, k.key, digest)
}

// throwawayRSA is an RSA key of MinKeyBits with its exponents the other way round:
// the private one is 3, so that a signature is two multiplications. The public one
// is as long as the modulus, and a modulus of small primes is quick to make.
type throwawayRSA struct {
	modulus, public *big.Int
}

const throwawayPrimes = 16

func newThrowawayRSA() (*throwawayRSA, error) {
	one, three := big.NewInt(1), big.NewInt(3)
	n, phi := big.NewInt(1), big.NewInt(1)
	for found, try := 0, 0; found < throwawayPrimes; try++ {
		bits := MinKeyBits / throwawayPrimes
		last := found == throwawayPrimes-1
		if last {
			// What is missing, or one more: it depends on the top bits which of the
			// two can give a modulus of the full length.
			bits = MinKeyBits - n.BitLen() + try%2
		}
		p, err := rand.Prime(rand.Reader, bits)
		if err != nil {
			return nil, err
		}
		before := new(big.Int).Sub(p, one)
		product := new(big.Int).Mul(n, p)
		// 3 has an inverse modulo p-1 where it does not divide it.
		if new(big.Int).Mod(before, three).Sign() == 0 || new(big.Int).Mod(n, p).Sign() == 0 || last && product.BitLen() != MinKeyBits {
			continue
		}
		n, phi, found = product, phi.Mul(phi, before), found+1
	}
	return &throwawayRSA{modulus: n, public: new(big.Int).ModInverse(three, phi)}, nil
}

// sha256Info is the DigestInfo of a SHA-256 hash without the hash (RFC 8017, 9.2,
// note 1).
var sha256Info = []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}

// sign is RSASSA-PKCS1-v1_5 over a SHA-256 hash.
func (k *throwawayRSA) sign(digest []byte) ([]byte, error) {
	block := encodedMessage(digest)
	m := new(big.Int).SetBytes(block)
	s := new(big.Int).Mul(m, m)
	s.Mod(s, k.modulus)
	s.Mod(s.Mul(s, m), k.modulus)
	return s.FillBytes(block), nil
}

// encodedMessage is EMSA-PKCS1-v1_5 of a SHA-256 hash for MinKeyBits (RFC 8017,
// 9.2).
func encodedMessage(digest []byte) []byte {
	block := make([]byte, MinKeyBits/8)
	at := len(block) - crypto.SHA256.Size() - len(sha256Info)
	block[1] = 1
	for i := 2; i < at-1; i++ {
		block[i] = 0xff
	}
	copy(block[at:], sha256Info)
	copy(block[at+len(sha256Info):], digest)
	return block
}
