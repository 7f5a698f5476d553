package countertest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
)

var escaped = regexp.MustCompile(`<[0-9a-f]{2}>`)

// Stored is the content of all tables as bytes, for searches.
func (t *Town) Stored() []byte {
	t.TB.Helper()
	return escaped.ReplaceAllFunc([]byte(t.Dump()), func(m []byte) []byte {
		n, err := strconv.ParseUint(string(m[1:3]), 16, 8)
		t.Must(err)
		return []byte{byte(n)}
	})
}

// Holds reports whether a secret stands in stored, as it is, in hex or in base64.
func Holds(stored, secret []byte) bool {
	if bytes.Contains(stored, secret) {
		return true
	}
	h := hex.EncodeToString(secret)
	if bytes.Contains(stored, []byte(h)) || bytes.Contains(stored, []byte(strings.ToUpper(h))) {
		return true
	}
	for skip := range 3 {
		if len(secret) < skip+6 {
			continue
		}
		whole := secret[skip : len(secret)-(len(secret)-skip)%3]
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if bytes.Contains(stored, []byte(e.EncodeToString(whole))) {
				return true
			}
		}
	}
	return false
}
