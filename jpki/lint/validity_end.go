package lint

var validityEndRule = Rule{
	Name:   "validity_end",
	Clause: "R-11, R-12, chapter 8.1: the validity ends at 23:59:59 Japan time",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		// 23:59:59 in Japan is 14:59:59 UTC all year round.
		if h, m, s := c.NotAfter.At.Clock(); h != 14 || m != 59 || s != 59 {
			return "the validity does not end at 23:59:59 Japan time"
		}
		return ""
	},
}
