package lint

// hasRunOfTwelveDigits looks for exactly twelve digits, half or full width,
// with no digit before or behind. Longer runs, such as the time in a common name,
// are something else.
func hasRunOfTwelveDigits(s string) bool {
	run := 0
	for _, r := range s {
		if r >= 0x30 && r <= 0x39 || r >= 0xFF10 && r <= 0xFF19 {
			run++
			continue
		}
		if run == 12 {
			return true
		}
		run = 0
	}
	return run == 12
}

var noIndividualNumberRule = Rule{
	Name:   "no_individual_number",
	Clause: "CRT-05: no certificate holds an Individual Number",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		values := []string{}
		for _, a := range c.SubjectAttributes {
			values = append(values, a.Value)
		}
		for _, o := range c.personal() {
			// The maps are digits by nature.
			if o.id != idPersonalArc+numberNameMap && o.id != idPersonalArc+numberAddressMap {
				values = append(values, o.value)
			}
		}
		for _, v := range values {
			if hasRunOfTwelveDigits(v) {
				return "a field holds twelve digits in a row"
			}
		}
		return ""
	},
}
