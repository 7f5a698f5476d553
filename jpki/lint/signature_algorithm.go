package lint

import "bytes"

var signatureAlgorithmRule = Rule{
	Name:   "signature_algorithm",
	Clause: "chapters 8.1, 9.1, 13; RFC 4055, 5, RFC 5758, 3.2: the algorithm of the generation, RSA with NULL, ECDSA without parameters, the same inside and outside",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		ok := rsaAlgorithm(c.InnerAlgorithm, idSHA256WithRSA)
		if e.Algorithm == ECDSAP384SHA384 {
			ok = bareAlgorithm(c.InnerAlgorithm, idECDSAWithSHA384)
		}
		if !ok || !bytes.Equal(c.InnerAlgorithm, c.OuterAlgorithm) {
			return "not the algorithm of the generation inside and outside"
		}
		return ""
	},
}
