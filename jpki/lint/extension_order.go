package lint

type expectedExtension struct {
	id     string
	needed bool
}

// extensionOrder is the order seen in real certificates (CA: grade A, signature: C,
// authentication: by analogy); that of the responder is ours.
var extensionOrder = map[Shape][]expectedExtension{
	AuthorityShape: {{idKeyUsage, true}, {idSubjectAltName, true}, {idConstraints, true},
		{idDistribution, true}, {idSubjectKey, true}},
	SignatureShape: {{idKeyUsage, true}, {idSubjectAltName, true}, {idPolicies, true}, {idExtKeyUsage, false},
		{idIssuerAltName, true}, {idDistribution, true}, {idAuthorityAccess, false}, {idAuthorityKey, false},
		{idSubjectKey, true}},
	AuthenticationShape: {{idKeyUsage, true}, {idPolicies, true}, {idExtKeyUsage, false},
		{idIssuerAltName, true}, {idDistribution, true}, {idAuthorityAccess, false}, {idAuthorityKey, false},
		{idSubjectKey, true}},
	ResponderShape: {{idKeyUsage, true}, {idExtKeyUsage, true}, {idOCSPNoCheck, true},
		{idAuthorityKey, false}, {idSubjectKey, true}},
}

var extensionOrderRule = Rule{
	Name:   "extension_order",
	Clause: "chapters 8.1, 9.1, 9.2: the extensions in their order, each once, no other",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		next := 0
		order := extensionOrder[e.Shape]
		for _, x := range c.Extensions {
			for next < len(order) && order[next].id != x.ID {
				if order[next].needed {
					return "extension " + order[next].id + " is missing or out of order"
				}
				next++
			}
			if next == len(order) {
				return "extension " + x.ID + " is out of order, twice or not of the profile"
			}
			next++
		}
		for ; next < len(order); next++ {
			if order[next].needed {
				return "extension " + order[next].id + " is missing"
			}
		}
		return ""
	},
}
