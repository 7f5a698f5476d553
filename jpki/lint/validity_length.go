package lint

var validityLengthRule = Rule{
	Name:   "validity_length",
	Clause: "R-12, R-16, chapter 8.1: at most six years for a holder, ten for an authority",
	Shapes: []Shape{AuthorityShape, SignatureShape, AuthenticationShape},
	Check: func(c *Certificate, e Expectation) string {
		years := 6 // the sixth birthday at the latest
		if e.Shape == AuthorityShape {
			years = 10
		}
		// The end of the day on which the years are over, wherever in it they began.
		if c.NotAfter.At.After(c.NotBefore.At.AddDate(years, 0, 1)) {
			return "the validity is longer than any of its kind"
		}
		return ""
	},
}
