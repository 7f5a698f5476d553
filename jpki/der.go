package jpki

import (
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// derBytes runs build. The builders of this package write values that were
// checked before, so that an error is a mistake of this package.
func derBytes(build func(b *cryptobyte.Builder)) []byte {
	var b cryptobyte.Builder
	build(&b)
	return b.BytesOrPanic()
}

func addString(b *cryptobyte.Builder, tag cbasn1.Tag, s string) {
	b.AddASN1(tag, func(c *cryptobyte.Builder) { c.AddBytes([]byte(s)) })
}

func addSequence(b *cryptobyte.Builder, build func(c *cryptobyte.Builder)) {
	b.AddASN1(cbasn1.SEQUENCE, build)
}

const sequenceTag = cbasn1.SEQUENCE

func explicitTag(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }

func implicitTag(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific() }

// readString reads one string of exactly the given tag.
func readString(s *cryptobyte.String, tag cbasn1.Tag) (string, bool) {
	var v cryptobyte.String
	if !s.ReadASN1(&v, tag) {
		return "", false
	}
	return string(v), true
}

func readOID(s *cryptobyte.String) (asn1.ObjectIdentifier, bool) {
	var oid asn1.ObjectIdentifier
	ok := s.ReadASN1ObjectIdentifier(&oid)
	return oid, ok
}
