package lint

var subjectShapeRule = Rule{
	Name:   "subject_shape",
	Clause: "chapters 8.1, 9.1, 9.2: attributes of the subject in their order",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		var want []string
		switch e.Shape {
		case AuthorityShape:
			want = []string{idCountry, idOrganization, idUnit, idUnit}
		case SignatureShape:
			want = []string{idCountry, idLocality, idLocality, idCommonName}
		case AuthenticationShape:
			want = []string{idCountry, idCommonName}
		case ResponderShape:
			want = []string{idCountry, idOrganization, idUnit, idCommonName}
		}
		if !hasTypes(c.SubjectAttributes, want...) {
			return "the subject has other attributes or another order"
		}
		return ""
	},
}
