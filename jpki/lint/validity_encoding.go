package lint

import cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

var validityEncodingRule = Rule{
	Name:   "validity_encoding",
	Clause: "RFC 5280, 4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		for _, t := range []Time{c.NotBefore, c.NotAfter} {
			want := cbasn1.UTCTime
			if t.At.Year() >= 2050 {
				want = cbasn1.GeneralizedTime
			}
			if t.Tag != want {
				return "a time of the validity is in the wrong form"
			}
		}
		if !c.NotBefore.At.Before(c.NotAfter.At) {
			return "the validity ends before it begins"
		}
		return ""
	},
}
