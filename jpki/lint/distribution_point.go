package lint

import (
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

func sameAttributes(a, b []Attribute) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

var distributionPointRule = Rule{
	Name:   "distribution_point",
	Clause: "chapters 8.1 and 9.5: one distribution point, fullName of one directoryName, no address",
	Shapes: []Shape{AuthorityShape, SignatureShape, AuthenticationShape},
	Check: func(c *Certificate, e Expectation) string {
		x, ok := c.Extension(idDistribution)
		if !ok {
			return "no CRL distribution point"
		}
		input := cryptobyte.String(x.Value)
		var points, point, name, full cryptobyte.String
		if !input.ReadASN1(&points, cbasn1.SEQUENCE) || !input.Empty() || !points.ReadASN1(&point, cbasn1.SEQUENCE) || !points.Empty() ||
			!point.ReadASN1(&name, explicitTag(0)) || !point.Empty() || !name.ReadASN1(&full, explicitTag(0)) || !name.Empty() {
			return "not one distribution point with a full name alone"
		}
		attributes, ok := directoryName(&full)
		if !ok || !full.Empty() {
			return "the distribution point is not one directoryName"
		}
		if e.Shape == AuthorityShape {
			if !sameAttributes(attributes, c.SubjectAttributes) {
				return "the distribution point of a CA is not its own name"
			}
			return ""
		}
		if !hasTypes(attributes, idCountry, idOrganization, idUnit, idUnit, idUnit, idCommonName) ||
			attributes[3].Value != "CRL Distribution Points" || !strings.HasSuffix(attributes[5].Value, " CRLDP") {
			return "the distribution point is not that of a municipality"
		}
		return ""
	},
}
