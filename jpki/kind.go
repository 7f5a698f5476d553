package jpki

import "fmt"

// Kind tells the two certificates of a card, and the two CAs, apart (CRT-10).
type Kind uint8

// The kinds. The zero Kind is no kind.
const (
	Signature      Kind = iota + 1 // 署名用
	Authentication                 // 利用者証明用
)

// Kinds are both kinds in the order in which offices list them.
var Kinds = [...]Kind{Signature, Authentication}

// Valid reports whether k is one of the two kinds.
func (k Kind) Valid() bool { return k == Signature || k == Authentication }

// String returns "signature" or "authentication".
func (k Kind) String() string {
	switch k {
	case Signature:
		return "signature"
	case Authentication:
		return "authentication"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// ParseKind reads what String wrote.
func ParseKind(s string) (Kind, error) {
	for _, k := range Kinds {
		if k.String() == s {
			return k, nil
		}
	}
	return 0, fmt.Errorf("jpki: %q is neither signature nor authentication", s)
}

// Medium tells what holds the private key. Only the certificate policy shows
// it in a certificate (CRT-67).
type Medium uint8

// The media. The zero Medium is the card.
const (
	Card Medium = iota
	Phone
)

// String returns "card" or "phone".
func (m Medium) String() string {
	switch m {
	case Card:
		return "card"
	case Phone:
		return "phone"
	}
	return fmt.Sprintf("medium(%d)", uint8(m))
}
