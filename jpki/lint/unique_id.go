package lint

var uniqueIDRule = Rule{
	Name:   "unique_id",
	Clause: "RFC 5280, 4.1.2.8: no unique identifiers",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		if c.HasUniqueID {
			return "the certificate has a unique identifier"
		}
		return ""
	},
}
