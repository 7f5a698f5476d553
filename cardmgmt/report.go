package cardmgmt

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"

	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// Errors of the chip's reports.
var (
	ErrReport     = errors.New("cardmgmt: malformed report of a chip")
	ErrProof      = errors.New("cardmgmt: the card did not prove itself")
	ErrPossession = errors.New("cardmgmt: the chip did not prove possession of a key")
)

// KeyReport is what a chip says of one key it made, loaded or took into use:
// its public key and a signature by its private key (proof of possession).
type KeyReport struct {
	Application layout.Application
	Reference   layout.Reference
	PublicKey   crypto.PublicKey // *rsa.PublicKey or *ecdsa.PublicKey, see KeyTypeOf
	Signature   []byte
}

const (
	keyReportLen = 2 + iso7816.RSASize + iso7816.RSASize
	// typedReport in the byte of the reference says that a report is of a P-384
	// key: references end at 1E.
	typedReport = 0x80
	typedHead   = 2 + P384PointLen + 1
)

// Encode writes application, reference, modulus and signature of an RSA key (514
// bytes); of a P-384 key application, reference with bit 8, point, length of the
// signature, signature (up to 204). It is nil for a key that no card can have.
func (r KeyReport) Encode() []byte {
	t, err := KeyTypeOf(r.PublicKey)
	if err != nil {
		return nil
	}
	key, err := KeyBytes(r.PublicKey)
	if err != nil {
		return nil
	}
	out := append(make([]byte, 0, keyReportLen), byte(r.Application), byte(r.Reference))
	if t == P384 {
		out[1] |= typedReport
		key = append(key, byte(len(r.Signature)))
	}
	return append(append(out, key...), r.Signature...)
}

// ParseKeyReports reads the answer to Personalise, GenerateKey and SwitchKey:
// one report for each key item of the script, in its order. Signatures are not
// checked: call Verify.
func ParseKeyReports(b []byte) ([]KeyReport, error) {
	if len(b) > maxReports*keyReportLen {
		return nil, fmt.Errorf("%w: %d bytes of key reports", ErrReport, len(b))
	}
	var out []KeyReport
	for len(b) > 0 {
		r, rest, err := parseKeyReport(b)
		if err != nil {
			return nil, err
		}
		out, b = append(out, r), rest
	}
	return out, nil
}

const maxReports = 16

func parseKeyReport(b []byte) (r KeyReport, rest []byte, err error) {
	short := fmt.Errorf("%w: a key report ends early", ErrReport)
	if len(b) < typedHead {
		return r, nil, short
	}
	t, key, end := RSA2048, 2+iso7816.RSASize, keyReportLen
	if b[1]&typedReport != 0 {
		n := int(b[typedHead-1])
		if n < minP384Signature || n > MaxP384Signature {
			return r, nil, ErrReport
		}
		t, key, end = P384, 2+P384PointLen, typedHead+n
	}
	if len(b) < end {
		return r, nil, short
	}
	signature := b[key:end]
	if t == P384 {
		signature = b[typedHead:end]
	}
	r = KeyReport{Application: layout.Application(b[0]), Reference: layout.Reference(b[1] &^ typedReport), Signature: append([]byte(nil), signature...)}
	if checkRef(r.Application, r.Reference) != nil {
		return r, nil, ErrReport
	}
	if r.PublicKey, err = parseKeyBytes(t, b[2:key]); err != nil {
		return r, nil, ErrReport
	}
	return r, b[end:], nil
}

// PossessionDigest is what the key signs: PKCS#1 v1.5 with SHA-256, or ECDSA with
// SHA-384. It is nil for a key that no card can have.
func PossessionDigest(serial string, session Session, challenge Challenge, app layout.Application, ref layout.Reference, pub crypto.PublicKey) []byte {
	t, err := KeyTypeOf(pub)
	if err != nil {
		return nil
	}
	key, err := KeyBytes(pub)
	if err != nil {
		return nil
	}
	return t.digest([]byte(labelPossess+serial), session[:], challenge[:], []byte{byte(app), byte(ref)}, key)
}

// Verify checks the proof of possession for this card, session and challenge.
func (r KeyReport) Verify(serial string, session Session, challenge Challenge) error {
	d := PossessionDigest(serial, session, challenge, r.Application, r.Reference, r.PublicKey)
	if d == nil || !verifyDigest(r.PublicKey, d, r.Signature) {
		return ErrPossession
	}
	return nil
}

// PublicKeyDigest is the digest by which UseKey names a key: SHA-256 of the
// 256-byte modulus (the exponent is always 65537) or of the 97-byte point.
func PublicKeyDigest(pub crypto.PublicKey) [DigestLen]byte {
	b, err := KeyBytes(pub)
	if err != nil {
		return [DigestLen]byte{}
	}
	return sha256.Sum256(b)
}

// ProofDigest is what the card's own key signs in Prove.
func ProofDigest(serial string, session Session, challenge Challenge) [DigestLen]byte {
	h := sha256.New()
	h.Write([]byte(labelProve + serial))
	h.Write(session[:])
	h.Write(challenge[:])
	return [DigestLen]byte(h.Sum(nil))
}

// VerifyProof checks the answer to Prove with the public key of the card's own
// key (face application, key 1A).
func VerifyProof(pub *rsa.PublicKey, serial string, session Session, challenge Challenge, signature []byte) error {
	if iso7816.CheckPublicKey(pub) != nil {
		return iso7816.ErrKeySize
	}
	d := ProofDigest(serial, session, challenge)
	if rsa.VerifyPKCS1v15(pub, crypto.SHA256, d[:], signature) != nil {
		return ErrProof
	}
	return nil
}

// ParseDigests reads the answer to Inspect: one SHA-256 for each ListFile, in
// the script's order.
func ParseDigests(b []byte, n int) ([][DigestLen]byte, error) {
	if len(b) != n*DigestLen {
		return nil, fmt.Errorf("%w: %d bytes for %d digests", ErrReport, len(b), n)
	}
	out := make([][DigestLen]byte, n)
	for i := range out {
		out[i] = [DigestLen]byte(b[i*DigestLen:])
	}
	return out, nil
}
