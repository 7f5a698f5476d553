package lint

import "bytes"

var basicConstraintsRule = Rule{
	Name:   "basic_constraints",
	Clause: "chapter 8.1: CA TRUE without path length, critical; none in what a CA issues",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		x, ok := c.Extension(idConstraints)
		if e.Shape != AuthorityShape {
			if ok {
				return "basic constraints in an end-entity certificate"
			}
			return ""
		}
		if !ok || !x.Critical || !bytes.Equal(x.Value, []byte{0x30, 0x03, 0x01, 0x01, 0xFF}) {
			return "basic constraints are missing, not critical or of another value"
		}
		return ""
	},
}
