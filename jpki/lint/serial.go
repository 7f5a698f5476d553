package lint

var serialRule = Rule{
	Name:   "serial",
	Clause: "RFC 5280, 4.1.2.2: positive, at most 20 octets",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		n := c.Serial
		switch {
		case len(n) == 0 || len(n) > 20:
			return "serial number is not of 1 to 20 octets"
		case n[0]&0x80 != 0:
			return "serial number is negative"
		case len(n) == 1 && n[0] == 0:
			return "serial number is zero"
		case len(n) > 1 && n[0] == 0 && n[1]&0x80 == 0:
			return "serial number has a needless leading zero"
		}
		return ""
	},
}
