package lint

import (
	"bytes"
	"crypto/sha1"
)

var subjectKeyRule = Rule{
	Name:   "subject_key",
	Clause: "chapters 8.1, 9.1: the subject key identifier is the SHA-1 of the public-key bits",
	Shapes: everyShape,
	Check: func(c *Certificate, e Expectation) string {
		x, ok := c.Extension(idSubjectKey)
		sum := sha1.Sum(c.KeyBits)
		if !ok || !bytes.Equal(x.Value, append([]byte{0x04, 20}, sum[:]...)) {
			return "the subject key identifier is missing or not the SHA-1 of the key"
		}
		return ""
	},
}
