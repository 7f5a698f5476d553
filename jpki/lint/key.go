package lint

import (
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var keyRule = Rule{
	Name:   "key",
	Clause: "施行規則 2条, chapter 8.1: RSA of at least 2048 bits, exponent 65537",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		if !rsaAlgorithm(c.KeyAlgorithm, idRSAEncryption) {
			return "the key is not an RSA key"
		}
		input := cryptobyte.String(c.KeyBits)
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
	},
}
