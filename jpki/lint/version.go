package lint

var versionRule = Rule{
	Name:   "version",
	Clause: "chapter 8.1: version 3",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		if len(c.Version) != 1 || c.Version[0] != 2 {
			return "not version 3"
		}
		return ""
	},
}
