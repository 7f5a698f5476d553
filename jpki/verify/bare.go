package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // digests that are taken
	_ "crypto/sha512"
	"crypto/subtle"
	"crypto/x509"
	"time"

	"kado/jpki"
)

// maxValueSize is the longest signature value, in octets: RSA of 4,096 bits.
const maxValueSize = 512

// BareInput is a signature value alone, as a card returns it, with what is needed
// to judge it.
type BareInput struct {
	// Value is the signature: RSA by PKCS#1 v1.5 as long as the modulus, or the DER
	// of ECDSA-Sig-Value.
	Value []byte
	// Certificate is the signer's; a bare value names nobody.
	Certificate *x509.Certificate
	// Exactly one of the three tells what was signed: the content, its digest, or
	// for RSA the whole DigestInfo. Content counts as given when not nil.
	Content    []byte
	Digest     []byte
	DigestInfo []byte
	// Hash is the digest of Content and Digest; zero means the one that goes with
	// the key (SHA-256 for RSA, SHA-384 for P-384).
	Hash crypto.Hash
}

// digestInfoPrefixes are the octets of DigestInfo ahead of the digest: the one DER
// encoding with NULL parameters (RFC 8017, 9.2, note 1).
var digestInfoPrefixes = map[crypto.Hash][]byte{
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

// weakDigestInfos are the beginnings of DigestInfo by SHA-1 and MD5.
var weakDigestInfos = [][]byte{
	{0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a},
	{0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05},
}

// Bare judges a signature value alone. The block that the RSA value opens to is
// compared octet for octet with the only one that PKCS#1 v1.5 permits, so nothing
// of it is parsed: no other padding, no DigestInfo in BER, without NULL or with
// octets behind it. Such a signature names neither its certificate nor a time, so
// it is never more than a plain one (no level).
func Bare(in BareInput, o Options) *Report {
	r := &Report{Format: FormatBare}
	s := Signature{CheckedAt: o.At}
	judgeBare(&s, in, o)
	r.Signatures = []Signature{s}
	r.Conclude()
	return r
}

func judgeBare(s *Signature, in BareInput, o Options) {
	if in.Certificate == nil || len(in.Certificate.Raw) == 0 {
		s.Fail("signer", NoSigner, "a bare signature needs the signer's certificate")
		return
	}
	s.Signer = in.Certificate.Raw
	if len(in.Value) == 0 || len(in.Value) > maxValueSize {
		s.Fail("form", Malformed, "length of the signature value")
		return
	}
	given := 0
	for _, b := range [][]byte{in.Content, in.Digest, in.DigestInfo} {
		if b != nil {
			given++
		}
	}
	switch {
	case given == 0:
		s.Fail("content", ContentMissing, "neither content nor digest was given")
		return
	case given > 1:
		s.Fail("content", AmbiguousContent, "more than one of content, digest and DigestInfo was given")
		return
	}
	algorithm, reason, detail := bareKey(in.Certificate.PublicKey)
	if reason != NoReason {
		s.Fail("form", reason, detail)
		return
	}
	hash := in.Hash
	if hash == 0 {
		hash = algorithm.Hash()
	}
	digest, reason, detail := in.digest(&hash)
	if reason != NoReason {
		s.Fail("content", reason, detail)
		return
	}
	s.Algorithm = algorithmName(in.Certificate.PublicKey, hash)
	if !bareHolds(in.Certificate.PublicKey, hash, digest, in.Value, in.DigestInfo != nil) {
		s.Fail("signature", BadSignature, "not by the key over this content, or not in the one form of the scheme")
		return
	}
	s.Hold("content", "digest")
	s.Hold("signature", s.Algorithm)
	Signer(s, in.Certificate, time.Time{}, o, nil)
}

// bareKey tells whether a key is one that is taken.
func bareKey(key crypto.PublicKey) (jpki.Algorithm, Reason, string) {
	a, err := jpki.AlgorithmOf(key)
	if err == nil {
		return a, NoReason, ""
	}
	if k, ok := key.(*rsa.PublicKey); ok && k.N != nil && (k.N.BitLen() < jpki.MinKeyBits || k.E != jpki.KeyExponent) {
		// With a small exponent blocks can be forged where a reader parses them.
		return 0, WeakAlgorithm, "RSA key under 2,048 bits or of another exponent than 65537"
	}
	return 0, Unsupported, "the signer's key"
}

// digest returns the digest that was signed, and sets the hash that a DigestInfo
// names.
func (in *BareInput) digest(hash *crypto.Hash) ([]byte, Reason, string) {
	if in.DigestInfo != nil {
		for h, prefix := range digestInfoPrefixes {
			if len(in.DigestInfo) == len(prefix)+h.Size() && subtle.ConstantTimeCompare(in.DigestInfo[:len(prefix)], prefix) == 1 {
				*hash = h
				return in.DigestInfo[len(prefix):], NoReason, ""
			}
		}
		for _, weak := range weakDigestInfos {
			if len(in.DigestInfo) > len(weak) && subtle.ConstantTimeCompare(in.DigestInfo[:len(weak)], weak) == 1 {
				return nil, WeakAlgorithm, "DigestInfo by SHA-1 or MD5"
			}
		}
		return nil, Malformed, "not the DER of a DigestInfo by SHA-256, SHA-384 or SHA-512 with NULL parameters"
	}
	switch *hash {
	case crypto.SHA256, crypto.SHA384, crypto.SHA512:
	case crypto.SHA1, crypto.MD5, crypto.SHA224:
		return nil, WeakAlgorithm, "digest " + hash.String()
	default:
		return nil, Unsupported, "digest"
	}
	if in.Digest != nil {
		if len(in.Digest) != hash.Size() {
			return nil, Malformed, "length of the digest"
		}
		return in.Digest, NoReason, ""
	}
	h := hash.New()
	h.Write(in.Content)
	return h.Sum(nil), NoReason, ""
}

func bareHolds(key crypto.PublicKey, hash crypto.Hash, digest, value []byte, info bool) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		// crypto/rsa builds the expected block and compares; it parses nothing.
		return rsa.VerifyPKCS1v15(k, hash, digest, value) == nil
	case *ecdsa.PublicKey:
		fits := k.Curve == elliptic.P384() && hash == crypto.SHA384 || k.Curve == elliptic.P256() && hash == crypto.SHA256
		return fits && !info && ecdsa.VerifyASN1(k, digest, value)
	}
	return false
}
