package lint

var validityInsideCARule = Rule{
	Name:   "validity_inside_ca",
	Clause: "R-16: a certificate never outlives its CA",
	Shapes: issuedShape,
	Check: func(c *Certificate, e Expectation) string {
		if c.NotBefore.At.Before(e.IssuerNotBefore) || c.NotAfter.At.After(e.IssuerNotAfter) {
			return "the validity reaches outside that of the CA"
		}
		return ""
	},
}
