package xmlsig

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // digests that are read
	_ "crypto/sha512"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"kado/jpki/verify"
)

// Algorithm identifiers (xmldsig-core 1.1, 6; RFC 9231).
const (
	nsMore = "http://www.w3.org/2001/04/xmldsig-more#"
	nsEnc  = "http://www.w3.org/2001/04/xmlenc#"

	digestSHA256 = nsEnc + "sha256"
	digestSHA384 = nsMore + "sha384"
	digestSHA512 = nsEnc + "sha512"
)

var digests = map[string]crypto.Hash{
	digestSHA256: crypto.SHA256, digestSHA384: crypto.SHA384, digestSHA512: crypto.SHA512,
}

// method is a signature algorithm.
type method struct {
	hash crypto.Hash
	ec   bool
}

var methods = map[string]method{
	nsMore + "rsa-sha256":   {crypto.SHA256, false},
	nsMore + "rsa-sha384":   {crypto.SHA384, false},
	nsMore + "rsa-sha512":   {crypto.SHA512, false},
	nsMore + "ecdsa-sha256": {crypto.SHA256, true},
	nsMore + "ecdsa-sha384": {crypto.SHA384, true},
	nsMore + "ecdsa-sha512": {crypto.SHA512, true},
}

// weak are identifiers of algorithms that prove nothing any more: with MD5 or SHA-1.
var weak = map[string]bool{
	nsDSig + "sha1": true, nsMore + "md5": true,
	nsDSig + "rsa-sha1": true, nsDSig + "dsa-sha1": true, nsMore + "rsa-md5": true, nsMore + "ecdsa-sha1": true,
}

func readDigest(uri string) (crypto.Hash, error) {
	if h, ok := digests[uri]; ok {
		return h, nil
	}
	if weak[uri] {
		return 0, refuse(verify.WeakAlgorithm, "a digest by MD5 or SHA-1")
	}
	return 0, refuse(verify.Unsupported, "digest algorithm")
}

func readMethod(uri string) (method, error) {
	if m, ok := methods[uri]; ok {
		return m, nil
	}
	if weak[uri] {
		return method{}, refuse(verify.WeakAlgorithm, "a signature with MD5 or SHA-1")
	}
	if strings.HasPrefix(uri, nsDSig+"hmac-") || strings.HasPrefix(uri, nsMore+"hmac-") {
		return method{}, refuse(verify.Unsupported, "an HMAC is by no certificate's key")
	}
	return method{}, refuse(verify.Unsupported, "signature algorithm")
}

// Key sizes that are read. A larger key would make verification expensive.
const (
	minKeyBits = 2048
	maxKeyBits = 8192
)

// describe names the algorithm for people and refuses keys that do not fit.
func (m method) describe(key crypto.PublicKey) (string, error) {
	hash := "SHA-" + fmt.Sprint(m.hash.Size()*8)
	switch k := key.(type) {
	case *rsa.PublicKey:
		name := fmt.Sprintf("RSA-%d %s", k.N.BitLen(), hash)
		switch {
		case m.ec:
			return "", refuse(verify.BadSignature, "the certificate's key is of another algorithm")
		case k.N.BitLen() < minKeyBits:
			return name, refuse(verify.WeakAlgorithm, "an RSA key under 2,048 bits")
		case k.N.BitLen() > maxKeyBits:
			return name, refuse(verify.Unsupported, "the RSA key is too large")
		}
		return name, nil
	case *ecdsa.PublicKey:
		if !m.ec {
			return "", refuse(verify.BadSignature, "the certificate's key is of another algorithm")
		}
		switch k.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return "ECDSA " + k.Curve.Params().Name + " " + hash, nil
		}
	}
	return "", refuse(verify.Unsupported, "the certificate's key")
}

// check verifies a signature value over a digest. ECDSA values are R and S, each
// as long as the order of the curve (RFC 4050, 3.3; xmldsig-core 1.1, 6.4.3).
func (m method) check(key crypto.PublicKey, digest, value []byte) error {
	wrong := refuse(verify.BadSignature, "")
	switch k := key.(type) {
	case *rsa.PublicKey:
		if m.ec || rsa.VerifyPKCS1v15(k, m.hash, digest, value) != nil {
			return wrong
		}
		return nil
	case *ecdsa.PublicKey:
		size := (k.Curve.Params().N.BitLen() + 7) / 8
		if !m.ec || len(value) != 2*size {
			return wrong
		}
		if !ecdsa.Verify(k, digest, new(big.Int).SetBytes(value[:size]), new(big.Int).SetBytes(value[size:])) {
			return wrong
		}
		return nil
	}
	return wrong
}

// methodFor picks the algorithm with which a key signs.
func methodFor(key crypto.PublicKey) (uri string, m method, err error) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		uri = nsMore + "rsa-sha256"
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			uri = nsMore + "ecdsa-sha256"
		case elliptic.P384():
			uri = nsMore + "ecdsa-sha384"
		case elliptic.P521():
			uri = nsMore + "ecdsa-sha512"
		}
	}
	if uri == "" {
		return "", m, errors.New("xmlsig: the signer's key is neither RSA nor on a NIST curve")
	}
	m = methods[uri]
	_, err = m.describe(key)
	return uri, m, err
}

// rawECDSA turns the DER of a crypto.Signer into R and S.
func rawECDSA(key *ecdsa.PublicKey, der []byte) ([]byte, error) {
	var v struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &v); err != nil || len(rest) > 0 {
		return nil, errors.New("xmlsig: the signer did not give an ECDSA signature in DER")
	}
	size := (key.Curve.Params().N.BitLen() + 7) / 8
	if v.R.Sign() <= 0 || v.S.Sign() <= 0 || v.R.BitLen() > 8*size || v.S.BitLen() > 8*size {
		return nil, errors.New("xmlsig: the ECDSA signature is out of range")
	}
	out := make([]byte, 2*size)
	v.R.FillBytes(out[:size])
	v.S.FillBytes(out[size:])
	return out, nil
}
