package lint

import (
	"bytes"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var authorityKeyRule = Rule{
	Name:   "authority_key",
	Clause: "R-16, RFC 5280, 4.2.1.1: the authority key identifier is the key identifier of the CA",
	Shapes: issuedShape,
	Check: func(c *Certificate, e Expectation) string {
		x, ok := c.Extension(idAuthorityKey)
		if ok != e.WantsAuthorityKey {
			return "the authority key identifier is missing or not wanted"
		}
		if !ok {
			return ""
		}
		input := cryptobyte.String(x.Value)
		var seq, id cryptobyte.String
		if !input.ReadASN1(&seq, cbasn1.SEQUENCE) || !input.Empty() || !seq.ReadASN1(&id, cbasn1.Tag(0).ContextSpecific()) {
			return "the authority key identifier is malformed"
		}
		if !bytes.Equal(id, e.IssuerKeyID) {
			return "the authority key identifier is that of another key"
		}
		return ""
	},
}
