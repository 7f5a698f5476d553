package cardmgmt

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"

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
	PublicKey   *rsa.PublicKey
	Signature   []byte
}

const keyReportLen = 2 + iso7816.RSASize + iso7816.RSASize

// Encode writes application, reference, modulus and signature: 514 bytes.
func (r KeyReport) Encode() []byte {
	out := append(make([]byte, 0, keyReportLen), byte(r.Application), byte(r.Reference))
	out = append(out, r.PublicKey.N.FillBytes(make([]byte, iso7816.RSASize))...)
	return append(out, r.Signature...)
}

// ParseKeyReports reads the answer to Personalise, GenerateKey and SwitchKey:
// one report for each key item of the script, in its order. Signatures are not
// checked: call Verify.
func ParseKeyReports(b []byte) ([]KeyReport, error) {
	if len(b)%keyReportLen != 0 || len(b) > 16*keyReportLen {
		return nil, fmt.Errorf("%w: %d bytes of key reports", ErrReport, len(b))
	}
	var out []KeyReport
	for ; len(b) > 0; b = b[keyReportLen:] {
		pub := &rsa.PublicKey{N: new(big.Int).SetBytes(b[2 : 2+iso7816.RSASize]), E: 65537}
		app, ref := layout.Application(b[0]), layout.Reference(b[1])
		if checkRef(app, ref) != nil || iso7816.CheckPublicKey(pub) != nil {
			return nil, ErrReport
		}
		out = append(out, KeyReport{app, ref, pub, append([]byte(nil), b[2+iso7816.RSASize:keyReportLen]...)})
	}
	return out, nil
}

// PossessionDigest is what the key signs (PKCS#1 v1.5 with SHA-256).
func PossessionDigest(serial string, session Session, challenge Challenge, app layout.Application, ref layout.Reference, pub *rsa.PublicKey) [DigestLen]byte {
	h := sha256.New()
	h.Write([]byte(labelPossess + serial))
	h.Write(session[:])
	h.Write(challenge[:])
	h.Write([]byte{byte(app), byte(ref)})
	h.Write(pub.N.FillBytes(make([]byte, iso7816.RSASize)))
	return [DigestLen]byte(h.Sum(nil))
}

// Verify checks the proof of possession for this card, session and challenge.
func (r KeyReport) Verify(serial string, session Session, challenge Challenge) error {
	d := PossessionDigest(serial, session, challenge, r.Application, r.Reference, r.PublicKey)
	if rsa.VerifyPKCS1v15(r.PublicKey, crypto.SHA256, d[:], r.Signature) != nil {
		return ErrPossession
	}
	return nil
}

// PublicKeyDigest is the digest by which UseKey names a key: SHA-256 of the
// 256-byte modulus (the exponent is always 65537).
func PublicKeyDigest(pub *rsa.PublicKey) [DigestLen]byte {
	if iso7816.CheckPublicKey(pub) != nil {
		return [DigestLen]byte{}
	}
	return sha256.Sum256(pub.N.FillBytes(make([]byte, iso7816.RSASize)))
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
