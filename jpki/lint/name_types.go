package lint

var nameTypesRule = Rule{
	Name:   "name_types",
	Clause: "chapter 8.1: country PrintableString JP, all other attributes UTF8String, one attribute per RDN",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		if !c.AttributesPerRDNOK {
			return "an RDN has several attributes"
		}
		if !typesOK(c.SubjectAttributes) || !typesOK(c.IssuerAttributes) {
			return "an attribute has another string type, or the country is not JP"
		}
		return ""
	},
}
