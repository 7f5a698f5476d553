package lint

import (
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

type policyInformation struct {
	id         string
	qualifiers cryptobyte.String
}

func readPolicies(der []byte) ([]policyInformation, bool) {
	input := cryptobyte.String(der)
	var list cryptobyte.String
	if !input.ReadASN1(&list, cbasn1.SEQUENCE) || !input.Empty() {
		return nil, false
	}
	var out []policyInformation
	for !list.Empty() {
		var item cryptobyte.String
		if !list.ReadASN1(&item, cbasn1.SEQUENCE) {
			return nil, false
		}
		id, ok := readOID(&item)
		if !ok {
			return nil, false
		}
		out = append(out, policyInformation{id, item})
	}
	return out, true
}

var policyRule = Rule{
	Name:   "policy",
	Clause: "chapter 9.1: one certificate policy, critical, that of the kind",
	Shapes: holderShape,
	Check: func(c *Certificate, e Expectation) string {
		x, ok := c.Extension(idPolicies)
		if !ok || !x.Critical {
			return "certificate policies are missing or not critical"
		}
		policies, ok := readPolicies(x.Value)
		if !ok || len(policies) != 1 {
			return "not one certificate policy"
		}
		if policies[0].id != e.Policy {
			return "another certificate policy"
		}
		return ""
	},
}
