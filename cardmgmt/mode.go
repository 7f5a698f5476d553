package cardmgmt

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"

	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// InsMode asks a chip for its mode (class 80).
const InsMode = 0xF2

// ModeVersion is the first byte of a mode statement.
const ModeVersion = 0x01

// ModeStatementLen is the length of a mode statement: version, PINs, signature.
const ModeStatementLen = 2 + iso7816.RSASize

const (
	labelMode   = "kado card mode\x00"
	labelApplet = "kado applet proof\x00"
)

// ErrMode says that a mode statement is not this card's answer to this
// challenge.
var ErrMode = errors.New("cardmgmt: mode not stated by this card for this challenge")

// Mode says which PINs the chip has a value for. A PIN blocked by failures has
// one; a PIN locked on purpose or never set has none (CHP-56).
type Mode struct{ pins byte }

// ModePINs lists the PINs in the order of the bits of a mode statement.
func ModePINs() []ListPIN {
	return []ListPIN{{layout.Common, layout.CommonPIN}, {layout.Register, layout.RegisterPIN}, {layout.Text, layout.TextPIN},
		{layout.JPKI, layout.JPKIAuthenticationPIN}, {layout.JPKI, layout.JPKISignaturePassword}}
}

// PINless reports whether the card has no PIN at all (顔認証マイナンバーカード).
func (m Mode) PINless() bool { return m.pins == 0 }

// Has reports whether the PIN has a value.
func (m Mode) Has(app layout.Application, ref layout.Reference) bool {
	for i, p := range ModePINs() {
		if p.Application == app && p.Reference == ref {
			return m.pins>>i&1 == 1
		}
	}
	return false
}

// String is "PIN-less" or "ordinary".
func (m Mode) String() string {
	if m.PINless() {
		return "PIN-less"
	}
	return "ordinary"
}

// ModeDigest is what the card's own key signs, PSS with SHA-512 and a salt of
// 64 bytes: label, serial, challenge, version, PINs.
func ModeDigest(serial string, challenge Challenge, pins byte) [sha512.Size]byte {
	h := sha512.New()
	h.Write([]byte(labelMode + serial))
	h.Write(challenge[:])
	h.Write([]byte{ModeVersion, pins})
	return [sha512.Size]byte(h.Sum(nil))
}

// ParseMode checks a mode statement with the card's own key (the one in its
// signed face records, known to the office from production). Errors: ErrReport
// for the form, ErrMode for the signature, iso7816.ErrKeySize.
func ParseMode(pub *rsa.PublicKey, serial string, challenge Challenge, statement []byte) (Mode, error) {
	if err := iso7816.CheckPublicKey(pub); err != nil {
		return Mode{}, err
	}
	if len(statement) != ModeStatementLen || statement[0] != ModeVersion || statement[1] >= 1<<len(ModePINs()) {
		return Mode{}, fmt.Errorf("%w: mode", ErrReport)
	}
	d := ModeDigest(serial, challenge, statement[1])
	if rsa.VerifyPSS(pub, crypto.SHA512, d[:], statement[2:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) != nil {
		return Mode{}, ErrMode
	}
	return Mode{statement[1]}, nil
}

// Bounds of the challenge that an applet signs, in bytes.
const (
	MinAppletChallenge = 8
	MaxAppletChallenge = 64
)

// AppletProofText is what an applet's key signs (PKCS#1 v1.5 with SHA-256):
// label, length of the AID, AID, challenge.
func AppletProofText(aid, challenge []byte) []byte {
	out := append([]byte(labelApplet), byte(len(aid)))
	return append(append(out, aid...), challenge...)
}

// VerifyAppletProof checks the signature of an applet's key; otherwise
// ErrProof.
func VerifyAppletProof(pub *rsa.PublicKey, aid, challenge, signature []byte) error {
	if err := iso7816.CheckPublicKey(pub); err != nil {
		return err
	}
	d := sha256.Sum256(AppletProofText(aid, challenge))
	if rsa.VerifyPKCS1v15(pub, crypto.SHA256, d[:], signature) != nil {
		return ErrProof
	}
	return nil
}
