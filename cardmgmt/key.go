package cardmgmt

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
)

// Sizes in bytes.
const (
	SerialLen    = 15 // ASCII digits
	KeyLen       = 32
	MACLen       = 16
	ChallengeLen = 16
	SessionLen   = 16
	DigestLen    = sha256.Size
)

// Errors of keys and cryptograms. None carries a secret.
var (
	ErrSerial      = errors.New("cardmgmt: a card serial is 15 digits")
	ErrMasterKey   = errors.New("cardmgmt: a master key has 32 bytes or more")
	ErrAttestation = errors.New("cardmgmt: the transport key is not attested by this card")
)

// Domain labels. Each ends in a zero byte, so none is the start of another.
const (
	labelKey       = "kado card management key\x00"
	labelAct       = "kado issuer act\x00"
	labelTransport = "kado transport key\x00"
	labelWrap      = "kado wrapped key\x00"
	labelProve     = "kado card proof\x00"
	labelPossess   = "kado key possession\x00"
)

// Key is a card's management key: a secret shared by one chip and the card
// management office.
type Key [KeyLen]byte

// String hides the key.
func (Key) String() string { return "[management key]" }

// GoString hides the key.
func (Key) GoString() string { return "[management key]" }

// Format hides the key under every verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[management key]")) }

// LogValue hides the key.
func (Key) LogValue() slog.Value { return slog.StringValue("[management key]") }

// MAC is a truncated HMAC-SHA256.
type MAC [MACLen]byte

// Challenge is what the chip answered to GET CHALLENGE.
type Challenge [ChallengeLen]byte

// Session names one counter or production session. The office draws it and
// never uses it twice.
type Session [SessionLen]byte

// ValidSerial reports whether s is a card serial (製造番号 with its prefix).
func ValidSerial(s string) bool {
	if len(s) != SerialLen {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// DeriveKey derives a card's management key from the office's master key with
// HKDF-SHA256, the serial in the info field.
func DeriveKey(master []byte, serial string) (Key, error) {
	if len(master) < KeyLen {
		return Key{}, ErrMasterKey
	}
	if !ValidSerial(serial) {
		return Key{}, ErrSerial
	}
	b, err := hkdf.Key(sha256.New, master, nil, labelKey+serial, KeyLen)
	if err != nil {
		return Key{}, fmt.Errorf("cardmgmt: deriving a management key: %w", err)
	}
	return Key(b), nil
}

func (k Key) mac(parts ...[]byte) MAC {
	h := hmac.New(sha256.New, k[:])
	for _, p := range parts {
		h.Write(p)
	}
	return MAC(h.Sum(nil)[:MACLen])
}

// Equal compares in constant time.
func (m MAC) Equal(n MAC) bool { return hmac.Equal(m[:], n[:]) }

// Cryptogram is the office's consent to one act. All inputs have fixed
// lengths, so their concatenation is unambiguous.
func Cryptogram(key Key, serial string, challenge Challenge, session Session, op Op, digest [DigestLen]byte) MAC {
	return key.mac([]byte(labelAct), []byte(serial), challenge[:], session[:], []byte{byte(op)}, digest[:])
}

// TransportKeyMAC is what the chip returns beside its transport public key.
func TransportKeyMAC(key Key, serial string, pub []byte) MAC {
	return key.mac([]byte(labelTransport), []byte(serial), pub)
}

// AttestTransportKey reports whether the chip with this serial and management
// key vouches for the transport public key; otherwise ErrAttestation.
func AttestTransportKey(key Key, serial string, pub []byte, mac MAC) error {
	if !ValidSerial(serial) {
		return ErrSerial
	}
	if len(pub) != TransportKeyLen || !TransportKeyMAC(key, serial, pub).Equal(mac) {
		return ErrAttestation
	}
	return nil
}
