package lint

import (
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var ocspAccessRule = Rule{
	Name:   "ocsp_access",
	Clause: "RFC 5280, 4.2.2.1: authorityInfoAccess, where present, is one OCSP web address",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		x, ok := c.Extension(idAuthorityAccess)
		if !ok {
			return ""
		}
		input := cryptobyte.String(x.Value)
		var list, item, uri cryptobyte.String
		if !input.ReadASN1(&list, cbasn1.SEQUENCE) || !input.Empty() || !list.ReadASN1(&item, cbasn1.SEQUENCE) || !list.Empty() {
			return "not one access description"
		}
		id, ok := readOID(&item)
		if !ok || id != idAccessOCSP || !item.ReadASN1(&uri, cbasn1.Tag(6).ContextSpecific()) || !item.Empty() || !webAddress(string(uri)) {
			return "not the web address of an OCSP responder"
		}
		return ""
	},
}
