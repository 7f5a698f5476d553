package lint

import (
	"bytes"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var extKeyUsageRule = Rule{
	Name:   "ext_key_usage",
	Clause: "RFC 6960, 4.2.2.2: a responder has OCSPSigning alone and ocsp-nocheck; holders have only what the settings give",
	Shapes: issuedShape,
	Check: func(c *Certificate, e Expectation) string {
		x, ok := c.Extension(idExtKeyUsage)
		noCheck, hasNoCheck := c.Extension(idOCSPNoCheck)
		want := e.ExtKeyUsage
		if e.Shape == ResponderShape {
			want = []string{idOCSPSigning}
			if !hasNoCheck || !bytes.Equal(noCheck.Value, []byte{0x05, 0x00}) {
				return "ocsp-nocheck is missing or not NULL"
			}
		} else if hasNoCheck {
			return "ocsp-nocheck in the certificate of a holder"
		}
		if ok != (len(want) > 0) {
			return "extended key usage is missing or not wanted"
		}
		if !ok {
			return ""
		}
		input := cryptobyte.String(x.Value)
		var list cryptobyte.String
		if !input.ReadASN1(&list, cbasn1.SEQUENCE) || !input.Empty() {
			return "extended key usage is malformed"
		}
		for _, w := range want {
			if id, ok := readOID(&list); !ok || id != w {
				return "another extended key usage"
			}
		}
		if !list.Empty() {
			return "another extended key usage"
		}
		return ""
	},
}
