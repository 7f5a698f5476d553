package files

import (
	"encoding/binary"
	"strings"
)

// Token labels by which clients tell devices apart.
const (
	TokenCard    = "JPKIAPICCTOKEN2" // My Number Card
	TokenOldCard = "JPKIAPICCTOKEN"  // 住基カード
	TokenAndroid = "JPKIAPGPSETOKEN"
	TokenIPhone  = "JPKIAPIOSTOKEN"
)

// Token writes file 0006 of the JPKI application, 160 bytes: a token
// description in the fixed layout of PKCS#11. Only the label is known to be
// read; manufacturer, model and serial are this program's own.
func Token(label, serial string) []byte {
	out := make([]byte, 0, tokenLen)
	out = append(out, spaced(label, 32)...)
	out = append(out, spaced("Kado", 32)...)
	out = append(out, spaced("virtual card", 16)...)
	out = append(out, spaced(serial, 16)...)
	// Flags: random generator, login required, user PIN set, token set.
	out = binary.BigEndian.AppendUint32(out, 0x0000040D)
	out = append(out, make([]byte, 16)...) // session counters
	out = binary.BigEndian.AppendUint32(out, 16)
	out = binary.BigEndian.AppendUint32(out, 4)
	out = append(out, make([]byte, 16)...) // memory counters
	out = append(out, "0301"...)           // hardware, firmware
	return append(out, spaced("", 16)...)  // no clock
}

const tokenLen = 160

func spaced(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return s + strings.Repeat(" ", n-len(s))
}

// ParseTokenLabel reads the label at the start of file 0006 (32 bytes are
// enough) without its padding.
func ParseTokenLabel(file []byte) (string, error) {
	if len(file) < 32 {
		return "", malformed("token information", nil)
	}
	label := strings.TrimRight(string(file[:32]), " ")
	for i := range len(label) {
		if label[i] < 0x20 || label[i] > 0x7E {
			return "", malformed("token information", nil)
		}
	}
	return label, nil
}

// Presence is file 0008 of the JPKI application: which certificates the card
// has.
type Presence struct {
	Signature, Authentication bool
}

const present = 0x8F

// Encode writes three bytes: 8F or 00 for each certificate, and one unknown.
func (p Presence) Encode() []byte {
	out := make([]byte, 3)
	if p.Signature {
		out[0] = present
	}
	if p.Authentication {
		out[1] = present
	}
	return out
}

// ParsePresence reads what Encode writes.
func ParsePresence(file []byte) (Presence, error) {
	if len(file) < 3 || !onlyFiller(file[3:]) {
		return Presence{}, malformed("certificate presence", nil)
	}
	for _, b := range file[:2] {
		if b != present && b != 0 {
			return Presence{}, malformed("certificate presence", nil)
		}
	}
	return Presence{file[0] == present, file[1] == present}, nil
}
