package lint

var personalOrderRule = Rule{
	Name:   "personal_order",
	Clause: "chapter 9.3: six otherNames in the order .1 .4 .3 .5 .2 .6",
	Shapes: []Shape{SignatureShape},
	Check: func(c *Certificate, e Expectation) string {
		order := []string{numberName, numberBirthDate, numberSex, numberAddress, numberNameMap, numberAddressMap}
		entries := c.personal()
		if len(entries) != len(order) {
			return "the subjectAltName does not have six entries"
		}
		for i, o := range entries {
			if o.id != idPersonalArc+order[i] {
				return "the entries of the subjectAltName are out of order"
			}
		}
		return ""
	},
}
