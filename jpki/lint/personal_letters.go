package lint

var personalLettersRule = Rule{
	Name:   "personal_letters",
	Clause: "chapter 9.3: letters inside the Basic Multilingual Plane, no half-width letters, no controls, no variation selectors",
	Shapes: []Shape{SignatureShape},
	Check: func(c *Certificate, e Expectation) string {
		// A coarse net under the exact sets that the builder uses: whatever lies
		// outside it lies outside JIS X 0208 and JIS X 0212 in any case.
		for _, number := range []string{numberName, numberAddress} {
			for _, r := range c.personalValue(number) {
				switch {
				case r < 0xA0, r > 0xFFFF, r >= 0xD800 && r <= 0xF8FF, r >= 0xFE00 && r <= 0xFE0F,
					r >= 0xF900 && r <= 0xFAFF, r >= 0xFF61 && r <= 0xFF9F, r == 0x9AD9, r == 0xFFFD:
					return "name or address holds a letter outside JIS X 0208 and JIS X 0212"
				}
			}
		}
		return ""
	},
}
