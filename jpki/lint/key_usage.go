package lint

import "bytes"

var keyUsageRule = Rule{
	Name:   "key_usage",
	Clause: "chapters 8.1, 9.1, 9.2: key usage critical and exact",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		want := []byte{0x03, 0x02, 0x07, 0x80} // digitalSignature
		switch e.Shape {
		case AuthorityShape:
			want = []byte{0x03, 0x02, 0x01, 0x06} // keyCertSign, cRLSign
		case SignatureShape:
			want = []byte{0x03, 0x02, 0x06, 0xC0} // digitalSignature, nonRepudiation
		}
		x, ok := c.Extension(idKeyUsage)
		if !ok || !x.Critical || !bytes.Equal(x.Value, want) {
			return "key usage is missing, not critical or of another value"
		}
		return ""
	},
}
