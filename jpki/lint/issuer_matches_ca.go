package lint

import "bytes"

var issuerMatchesCARule = Rule{
	Name:   "issuer_matches_ca",
	Clause: "RFC 5280, 7.1; R-16: the issuer is the subject of the CA octet for octet",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		want := e.IssuerSubject
		if e.Shape == AuthorityShape {
			want = c.Subject
		}
		if !bytes.Equal(c.Issuer, want) {
			return "the issuer differs from the subject of the CA"
		}
		return ""
	},
}
