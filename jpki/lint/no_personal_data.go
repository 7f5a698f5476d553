package lint

var noPersonalDataRule = Rule{
	Name:   "no_personal_data",
	Clause: "CRT-04, chapter 9.2: no personal data in an authentication or responder certificate",
	Shapes: []Shape{AuthenticationShape, ResponderShape},
	Check: func(c *Certificate, e Expectation) string {
		if _, ok := c.Extension(idSubjectAltName); ok {
			return "the certificate has a subjectAltName"
		}
		for _, a := range c.SubjectAttributes {
			for _, r := range a.Value {
				if r > 0x7e || r < 0x20 {
					return "the subject holds letters of a name"
				}
			}
		}
		return ""
	},
}
