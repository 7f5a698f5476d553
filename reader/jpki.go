package reader

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"io"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader/files"
)

// KeyKind is one of the two certificates with its key and PIN.
type KeyKind int

// The two kinds.
const (
	SignatureKey      KeyKind = 1 // 署名用
	AuthenticationKey KeyKind = 2 // 利用者証明用
)

// String is the English name.
func (k KeyKind) String() string {
	switch k {
	case SignatureKey:
		return "signature"
	case AuthenticationKey:
		return "authentication"
	}
	return "unknown kind"
}

type keyPlace struct {
	certificate, ca layout.FileID
	key, pin        layout.Reference
}

var keyPlaces = map[KeyKind]keyPlace{
	SignatureKey: {layout.JPKISignatureCertificate, layout.JPKISignatureCA,
		layout.JPKISignatureKey, layout.JPKISignaturePassword},
	AuthenticationKey: {layout.JPKIAuthenticationCertificate, layout.JPKIAuthenticationCA,
		layout.JPKIAuthenticationKey, layout.JPKIAuthenticationPIN},
}

func placeOf(kind KeyKind) (keyPlace, error) {
	p, ok := keyPlaces[kind]
	if !ok {
		return p, fmt.Errorf("%w: no such kind of key", ErrCaller)
	}
	return p, nil
}

// JPKI is the client of the JPKI application (公的個人認証AP).
type JPKI struct{ app application }

// JPKI selects the application.
func (c *Card) JPKI() (*JPKI, error) {
	a, err := c.application(layout.JPKI)
	if err != nil {
		return nil, err
	}
	return &JPKI{a}, nil
}

// Certificate returns the holder's certificate as DER. The one for signatures
// names the holder and needs the signature password first (ErrNotAllowed). The
// chip vouches for nothing here: build and check the chain.
func (j *JPKI) Certificate(kind KeyKind) ([]byte, error) {
	p, err := placeOf(kind)
	if err != nil {
		return nil, err
	}
	return j.app.readObject(kind.String()+" certificate", p.certificate, 4, privacy(kind == SignatureKey))
}

// CACertificate returns the CA certificate stored beside the holder's, as DER.
// It is a hint for building a chain and never a reason to trust it.
func (j *JPKI) CACertificate(kind KeyKind) ([]byte, error) {
	p, err := placeOf(kind)
	if err != nil {
		return nil, err
	}
	return j.app.readObject(kind.String()+" CA certificate", p.ca, 4, public)
}

// Presence says which certificates the card has.
func (j *JPKI) Presence() (files.Presence, error) {
	b, err := j.app.readAll("certificate presence", layout.JPKIPresence, public)
	if err != nil {
		return files.Presence{}, err
	}
	return files.ParsePresence(b)
}

// Token returns the token label (files.TokenCard for a My Number Card).
func (j *JPKI) Token() (string, error) {
	if err := j.app.selectFile("token information", uint16(layout.JPKIToken)); err != nil {
		return "", err
	}
	b, err := j.app.read("token information", 0, 32, public)
	if err != nil {
		return "", err
	}
	return files.ParseTokenLabel(b)
}

// TriesLeft asks for the tries of the kind's PIN; no try is spent. Zero means
// blocked or never set.
func (j *JPKI) TriesLeft(kind KeyKind) (int, error) {
	p, err := placeOf(kind)
	if err != nil {
		return 0, err
	}
	return j.app.triesLeft(kind.String()+" PIN", p.pin)
}

// Verify presents the authentication PIN or the signature password, byte for
// byte: capitals are the caller's care (mynumber.NormalisePassword). Errors:
// *WrongPINError, ErrBlocked, ErrInert.
func (j *JPKI) Verify(kind KeyKind, value mynumber.Secret) error {
	p, err := placeOf(kind)
	if err != nil {
		return err
	}
	return j.app.verify(kind.String()+" PIN", p.pin, value)
}

// Change presents the old value and sets a new one (CHP-43).
func (j *JPKI) Change(kind KeyKind, old, value mynumber.Secret) error {
	p, err := placeOf(kind)
	if err != nil {
		return err
	}
	return j.app.change(kind.String()+" PIN", p.pin, old, value)
}

// sha256Info is the DigestInfo of a SHA-256 hash, without the hash.
var sha256Info = []byte{0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}

// Sign signs a SHA-256 digest with an RSA key, PKCS#1 v1.5. The kind's PIN must
// have been verified (ErrNotAllowed).
func (j *JPKI) Sign(kind KeyKind, digest []byte) ([]byte, error) {
	if len(digest) != sha256.Size {
		return nil, fmt.Errorf("%w: digest of %d bytes", ErrCaller, len(digest))
	}
	sig, err := j.compute(kind, 0x00, append(append([]byte(nil), sha256Info...), digest...))
	if err == nil && len(sig) != iso7816.RSASize {
		return nil, fmt.Errorf("%w: signature", ErrMalformed)
	}
	return sig, err
}

// SignRaw signs octets as they are with an RSA key: PKCS#1 v1.5 padding around them
// alone, so that a signature over a bare hash has no DigestInfo and ordinary
// verifiers refuse it. The kind's PIN must have been verified (ErrNotAllowed).
func (j *JPKI) SignRaw(kind KeyKind, octets []byte) ([]byte, error) {
	if len(octets) == 0 || len(octets) > maxRaw {
		return nil, fmt.Errorf("%w: %d bytes", ErrCaller, len(octets))
	}
	sig, err := j.compute(kind, 0x00, octets)
	if err == nil && len(sig) != iso7816.RSASize {
		return nil, fmt.Errorf("%w: signature", ErrMalformed)
	}
	return sig, err
}

// maxRaw is what fits into an RSA-2048 block beside eleven octets of padding.
const maxRaw = iso7816.RSASize - 11

// SignP384 signs a SHA-384 digest with a P-384 key; the signature is the DER of
// ECDSA-Sig-Value. The kind's PIN must have been verified (ErrNotAllowed). A card
// with an RSA key refuses.
func (j *JPKI) SignP384(kind KeyKind, digest []byte) ([]byte, error) {
	if len(digest) != cardmgmt.P384DigestLen {
		return nil, fmt.Errorf("%w: digest of %d bytes", ErrCaller, len(digest))
	}
	sig, err := j.compute(kind, 0x02, digest)
	if err == nil && (len(sig) > cardmgmt.MaxP384Signature || len(sig) == 0 || sig[0] != 0x30) {
		return nil, fmt.Errorf("%w: signature", ErrMalformed)
	}
	return sig, err
}

func (j *JPKI) compute(kind KeyKind, p1 byte, data []byte) ([]byte, error) {
	p, err := placeOf(kind)
	if err != nil {
		return nil, err
	}
	if err := j.app.selectFile(kind.String()+" key", uint16(p.key)); err != nil {
		return nil, err
	}
	return j.app.command("sign with "+kind.String()+" key", iso7816.Command{CLA: 0x80, INS: 0x2A, P1: p1, P2: 0x80, Data: data, Le: iso7816.MaxShortLe}, public)
}

func (a application) signature(operation string, p1, p2 byte, data []byte) ([]byte, error) {
	sig, err := a.command(operation, iso7816.Command{CLA: 0x80, INS: 0x2A, P1: p1, P2: p2, Data: data, Le: iso7816.MaxShortLe}, public)
	if err != nil {
		return nil, err
	}
	if len(sig) != iso7816.RSASize {
		return nil, fmt.Errorf("%w: %s", ErrMalformed, operation)
	}
	return sig, nil
}

// Signer returns the key as a crypto.Signer. An RSA key signs SHA-256 digests,
// PKCS#1 v1.5 or PSS with a salt of 32 bytes, a P-384 key SHA-384 digests. pub is
// the key of the certificate; every signature is checked with it before it is
// returned.
func (j *JPKI) Signer(kind KeyKind, pub crypto.PublicKey) crypto.Signer { return signer{j, kind, pub} }

type signer struct {
	jpki *JPKI
	kind KeyKind
	pub  crypto.PublicKey
}

func (s signer) Public() crypto.PublicKey { return s.pub }

func (s signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	t, err := cardmgmt.KeyTypeOf(s.pub)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCaller, err)
	}
	if opts == nil || opts.HashFunc() != t.Hash() || len(digest) != t.Hash().Size() {
		return nil, fmt.Errorf("%w: the card's %v key signs %v digests", ErrCaller, t, t.Hash())
	}
	if t == cardmgmt.P384 {
		return s.signP384(digest)
	}
	return s.signRSA(digest, opts)
}

func (s signer) signP384(digest []byte) ([]byte, error) {
	pub, ok := s.pub.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: key type", ErrCaller)
	}
	sig, err := s.jpki.SignP384(s.kind, digest)
	if err == nil && !ecdsa.VerifyASN1(pub, digest, sig) {
		return nil, errWrongKey
	}
	return sig, err
}

func (s signer) signRSA(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	pub, ok := s.pub.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: key type", ErrCaller)
	}
	pss, ok := opts.(*rsa.PSSOptions)
	if !ok {
		sig, err := s.jpki.Sign(s.kind, digest)
		if err == nil && rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest, sig) != nil {
			return nil, errWrongKey
		}
		return sig, err
	}
	switch pss.SaltLength {
	case rsa.PSSSaltLengthAuto, rsa.PSSSaltLengthEqualsHash, sha256.Size:
	default:
		return nil, fmt.Errorf("%w: the card salts PSS with 32 bytes", ErrCaller)
	}
	sig, err := s.jpki.compute(s.kind, 0x04, digest)
	if err == nil && rsa.VerifyPSS(pub, crypto.SHA256, digest, sig, nil) != nil {
		return nil, errWrongKey
	}
	return sig, err
}

var errWrongKey = fmt.Errorf("%w: signature not by the key of the certificate", ErrMalformed)
