package corpus

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
)

// lower writes the ASCII letters of the values in a name small; letters of DER's
// own octets are not touched, because the tags and lengths here are no capitals.
func lower(name []byte) []byte {
	out := append([]byte{}, name...)
	i := bytes.Index(out, []byte("JPKI for"))
	if i < 0 {
		return out
	}
	copy(out[i:], bytes.ToLower(out[i:i+len("JPKI for")]))
	return out
}

func indexOf(b, part []byte) int {
	i := bytes.Index(b, part)
	if i < 0 {
		panic("corpus: a certificate of its own lacks " + string(part))
	}
	return i
}

// pkixExtension is an extension of a certificate or list.
type pkixExtension = pkix.Extension

func extensionOf(id asn1.ObjectIdentifier, critical bool, value []byte) pkixExtension {
	return pkix.Extension{Id: id, Critical: critical, Value: value}
}
