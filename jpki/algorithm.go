package jpki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // digests of Hash
	_ "crypto/sha512"
	"crypto/x509"
	"errors"
	"fmt"
)

// Algorithm is a way of signing together with the keys that go with it. A CA
// generation has one for its life: it signs with it, and certifies keys of it
// alone. The zero Algorithm is that of the generations in force today.
type Algorithm uint8

// The algorithms. RSA2048SHA256 is the present generation's (施行規則 2条,
// grade A), ECDSAP384SHA384 the one planned for the next card (grade D).
// ECDSAP256SHA256 is for OCSP responders alone, which live a year.
const (
	RSA2048SHA256 Algorithm = iota
	ECDSAP384SHA384
	ECDSAP256SHA256
	algorithmLimit
)

var algorithms = [...]struct {
	name      string
	hash      crypto.Hash
	signature x509.SignatureAlgorithm
}{
	RSA2048SHA256:   {"rsa-2048-sha256", crypto.SHA256, x509.SHA256WithRSA},
	ECDSAP384SHA384: {"ecdsa-p384-sha384", crypto.SHA384, x509.ECDSAWithSHA384},
	ECDSAP256SHA256: {"ecdsa-p256-sha256", crypto.SHA256, x509.ECDSAWithSHA256},
}

// Valid reports whether a is one of the constants.
func (a Algorithm) Valid() bool { return a < algorithmLimit }

// ForAuthority reports whether a CA generation, and therefore the certificates
// of holders, may have it.
func (a Algorithm) ForAuthority() bool { return a == RSA2048SHA256 || a == ECDSAP384SHA384 }

// String returns for instance "ecdsa-p384-sha384".
func (a Algorithm) String() string {
	if a.Valid() {
		return algorithms[a].name
	}
	return fmt.Sprintf("algorithm(%d)", uint8(a))
}

// ParseAlgorithm reads what String wrote.
func ParseAlgorithm(s string) (Algorithm, error) {
	for a := range algorithms {
		if algorithms[a].name == s {
			return Algorithm(a), nil
		}
	}
	return 0, fmt.Errorf("jpki: %q is no algorithm", s)
}

// Hash returns the digest that is signed.
func (a Algorithm) Hash() crypto.Hash {
	if a.Valid() {
		return algorithms[a].hash
	}
	return 0
}

// Signature returns the identifier of signatures in certificates and lists.
func (a Algorithm) Signature() x509.SignatureAlgorithm {
	if a.Valid() {
		return algorithms[a].signature
	}
	return x509.UnknownSignatureAlgorithm
}

// AlgorithmOf returns the algorithm that a public key is for: RSA of 2048 to
// 4096 bits with exponent 65537, or a point of P-384 or P-256. Any other key is
// an error.
func AlgorithmOf(key crypto.PublicKey) (Algorithm, error) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k == nil || k.N == nil {
			break
		}
		if n := k.N.BitLen(); n < MinKeyBits || n > MaxKeyBits {
			return 0, fmt.Errorf("jpki: the RSA key has %d bits, not %d to %d", n, MinKeyBits, MaxKeyBits)
		}
		if k.E != KeyExponent || k.N.Bit(0) == 0 {
			return 0, fmt.Errorf("jpki: the RSA key needs an odd modulus and the exponent %d", KeyExponent)
		}
		return RSA2048SHA256, nil
	case *ecdsa.PublicKey:
		//lint:ignore SA1019 without coordinates Bytes would panic
		if k == nil || k.Curve == nil || k.X == nil || k.Y == nil {
			break
		}
		var a Algorithm
		switch k.Curve {
		case elliptic.P384():
			a = ECDSAP384SHA384
		case elliptic.P256():
			a = ECDSAP256SHA256
		default:
			return 0, errors.New("jpki: the key is on a curve that is not used")
		}
		if _, err := k.Bytes(); err != nil {
			return 0, errors.New("jpki: the key is no point of its curve")
		}
		return a, nil
	}
	return 0, errors.New("jpki: the key is neither RSA nor ECDSA")
}

// Errors of VerifyDigest.
var (
	ErrDigest    = errors.New("jpki: the digest has not the length that goes with the key")
	ErrSignature = errors.New("jpki: the signature is not by the key")
)

// VerifyDigest checks a signature over a digest in the one form that goes with
// the key: PKCS#1 v1.5 with SHA-256 for RSA, the DER of ECDSA-Sig-Value with
// SHA-384 for P-384 and with SHA-256 for P-256. Errors: ErrDigest, ErrSignature,
// those of AlgorithmOf.
func VerifyDigest(key crypto.PublicKey, digest, signature []byte) error {
	a, err := AlgorithmOf(key)
	if err != nil {
		return err
	}
	if len(digest) != a.Hash().Size() {
		return ErrDigest
	}
	ok := false
	switch k := key.(type) {
	case *rsa.PublicKey:
		ok = rsa.VerifyPKCS1v15(k, a.Hash(), digest, signature) == nil
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(k, digest, signature)
	}
	if !ok {
		return ErrSignature
	}
	return nil
}

// Digest returns the digest of data that goes with a.
func (a Algorithm) Digest(data []byte) []byte {
	h := a.Hash().New()
	h.Write(data)
	return h.Sum(nil)
}

// SameKey reports whether two public keys are one.
func SameKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && b != nil && k.Equal(b)
}

// authorityAlgorithm is AlgorithmOf for the key of a CA.
func authorityAlgorithm(key crypto.PublicKey) (Algorithm, error) {
	a, err := AlgorithmOf(key)
	if err == nil && !a.ForAuthority() {
		err = fmt.Errorf("jpki: %s is not for a CA", a)
	}
	return a, err
}
