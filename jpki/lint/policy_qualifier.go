package lint

import (
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// webAddress: http or https, ASCII without spaces.
func webAddress(s string) bool {
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= 0x20 || r > 0x7e })
}

var policyQualifierRule = Rule{
	Name:   "policy_qualifier",
	Clause: "chapter 9.1: the policy has one CPS qualifier, IA5String, a web address",
	Shapes: holderShape,
	Check: func(c *Certificate, e Expectation) string {
		x, _ := c.Extension(idPolicies)
		policies, ok := readPolicies(x.Value)
		if !ok || len(policies) == 0 {
			return "no certificate policy to qualify"
		}
		var list, item, text cryptobyte.String
		rest := policies[0].qualifiers
		if !rest.ReadASN1(&list, cbasn1.SEQUENCE) || !rest.Empty() || !list.ReadASN1(&item, cbasn1.SEQUENCE) || !list.Empty() {
			return "not one policy qualifier"
		}
		id, ok := readOID(&item)
		if !ok || id != idCPS || !item.ReadASN1(&text, cbasn1.IA5String) || !item.Empty() || !webAddress(string(text)) {
			return "the qualifier is not a CPS address as IA5String"
		}
		return ""
	},
}
