package lint

import (
	"crypto/ecdh"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var keyRule = Rule{
	Name:   "key",
	Clause: "施行規則 2条, chapters 8.1 and 13, RFC 5480, 2: RSA of at least 2048 bits with exponent 65537, or a point of P-384 on a named curve, as the generation has it; a responder also P-256",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		curve, elliptic := namedCurve(c.KeyAlgorithm)
		// A responder's key is its own matter and not its generation's.
		free := e.Shape == ResponderShape
		switch {
		case elliptic && curve == idP384 && (free || e.Algorithm == ECDSAP384SHA384):
			return pointFinding(ecdh.P384(), c.KeyBits)
		case elliptic && curve == idP256 && free:
			return pointFinding(ecdh.P256(), c.KeyBits)
		case rsaAlgorithm(c.KeyAlgorithm, idRSAEncryption) && (free || e.Algorithm == RSASHA256):
			return rsaFinding(c.KeyBits)
		}
		return "the key is not of the algorithm of the generation"
	},
}

func rsaFinding(bits []byte) string {
	input := cryptobyte.String(bits)
	var seq cryptobyte.String
	n, exponent := new(big.Int), 0
	if !input.ReadASN1(&seq, cbasn1.SEQUENCE) || !input.Empty() || !seq.ReadASN1Integer(n) ||
		!seq.ReadASN1Integer(&exponent) || !seq.Empty() {
		return "the key is malformed"
	}
	if n.Sign() <= 0 || n.BitLen() < 2048 || n.Bit(0) == 0 {
		return "the modulus has fewer than 2048 bits or is even"
	}
	if exponent != 65537 {
		return "the exponent is not 65537"
	}
	return ""
}

// pointFinding wants an uncompressed point on the curve.
func pointFinding(curve ecdh.Curve, bits []byte) string {
	if _, err := curve.NewPublicKey(bits); err != nil {
		return "the key is no uncompressed point of its curve"
	}
	return ""
}
