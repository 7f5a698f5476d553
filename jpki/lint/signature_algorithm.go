package lint

import "bytes"

var signatureAlgorithmRule = Rule{
	Name:   "signature_algorithm",
	Clause: "chapters 8.1 and 9.1: sha256WithRSAEncryption, the same inside and outside",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		if !rsaAlgorithm(c.InnerAlgorithm, idSHA256WithRSA) || !bytes.Equal(c.InnerAlgorithm, c.OuterAlgorithm) {
			return "not sha256WithRSAEncryption inside and outside"
		}
		return ""
	},
}
