package lint

var criticalityRule = Rule{
	Name:   "criticality",
	Clause: "chapters 8.1, 9.1, 9.2: key usage, constraints and policies are critical, nothing else",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		for _, x := range c.Extensions {
			want := x.ID == idKeyUsage || x.ID == idConstraints || x.ID == idPolicies
			if x.Critical && !want {
				return "extension " + x.ID + " is critical"
			}
		}
		return ""
	},
}
