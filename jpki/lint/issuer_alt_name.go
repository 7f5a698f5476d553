package lint

var issuerAltNameRule = Rule{
	Name:   "issuer_alt_name",
	Clause: "chapter 9.1: issuerAltName is one directoryName, C and O",
	Shapes: holderShape,
	Check: func(c *Certificate, e Expectation) string {
		x, ok := c.Extension(idIssuerAltName)
		if !ok {
			return "no issuerAltName"
		}
		names, ok := directoryNames(x.Value)
		if !ok || len(names) != 1 || !hasTypes(names[0], idCountry, idOrganization) {
			return "issuerAltName is not one directoryName with C and O"
		}
		return ""
	},
}
