package house

import (
	"bytes"
	"fmt"
)

// Difference tells the first line in which a committed document differs from
// what the generator writes, or "".
func Difference(name string, have, want []byte) string {
	if bytes.Equal(have, want) {
		return ""
	}
	h, w := bytes.Split(have, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := 0; i < max(len(h), len(w)); i++ {
		if i >= len(h) {
			return fmt.Sprintf("%s ends at line %d, the generator goes on: %s", name, i, w[i])
		}
		if i >= len(w) {
			return fmt.Sprintf("%s goes on at line %d where the generator ends: %s", name, i+1, h[i])
		}
		if !bytes.Equal(h[i], w[i]) {
			return fmt.Sprintf("%s:%d:\n  is:     %s\n  should: %s", name, i+1, h[i], w[i])
		}
	}
	return name + " differs"
}
