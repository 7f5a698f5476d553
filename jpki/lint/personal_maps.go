package lint

import (
	"strings"
	"unicode/utf8"
)

var personalMapsRule = Rule{
	Name:   "personal_maps",
	Clause: "chapter 9.3: substitution maps with one digit 0 or 1 per character",
	Shapes: []Shape{SignatureShape},
	Check: func(c *Certificate, e Expectation) string {
		for _, pair := range [][2]string{{numberName, numberNameMap}, {numberAddress, numberAddressMap}} {
			text, marks := c.personalValue(pair[0]), c.personalValue(pair[1])
			if utf8.RuneCountInString(text) != len(marks) || strings.Trim(marks, "01") != "" {
				return "a substitution map does not fit its text"
			}
		}
		return ""
	},
}
