package lint

import (
	"unicode/utf8"

	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var personalEncodingRule = Rule{
	Name:   "personal_encoding",
	Clause: "chapter 9.3: otherName [0] with [0] EXPLICIT UTF8String",
	Shapes: []Shape{SignatureShape},
	Check: func(c *Certificate, e Expectation) string {
		for _, o := range c.personal() {
			if o.general != explicitTag(0) || !o.wellSet || o.tag != cbasn1.UTF8String || o.value == "" || !utf8.ValidString(o.value) {
				return "an entry of the subjectAltName is not an otherName with one UTF8String"
			}
		}
		return ""
	},
}
