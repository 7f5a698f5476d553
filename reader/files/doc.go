// Package files writes and reads the contents of a My Number Card's files:
// production builds them, readers take them apart and check who signed them.
//
// Records about a person are signed by an issuing key at municipality level;
// that key is certified by a card-verifiable certificate of a root key, which
// the reader must already trust. Signatures run over data objects as written,
// header included, and over fillers where the card has them.
package files

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"

	"kado/iso7816"
)

// Errors of this package. Texts name the file, never its content.
var (
	ErrMalformed = errors.New("files: malformed card file")
	ErrSignature = errors.New("files: card file not signed by the issuer")
)

func malformed(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrMalformed, what, err)
	}
	return fmt.Errorf("%w: %s", ErrMalformed, what)
}

// Issuer signs records: the issuing key and its certificate.
type Issuer struct {
	Key crypto.Signer // RSA-2048
	CVC []byte        // the file with its certificate
}

func (i Issuer) sign(parts ...[]byte) ([]byte, error) {
	d := hash(parts...)
	return i.signRaw(d[:], crypto.SHA256)
}

func (i Issuer) signRaw(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	sig, err := i.Key.Sign(rand.Reader, digest, opts)
	if err != nil {
		return nil, fmt.Errorf("files: signing a record: %w", err)
	}
	if len(sig) != iso7816.RSASize {
		return nil, iso7816.ErrKeySize
	}
	return sig, nil
}

func hash(parts ...[]byte) [sha256.Size]byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// issuingKey returns the key that the certificate file certifies, if the root
// signed it (CHP-38).
func issuingKey(cvcFile []byte, root *rsa.PublicKey) (*rsa.PublicKey, error) {
	cvc, err := iso7816.ParseCVC(cvcFile)
	if err != nil {
		return nil, malformed("issuer certificate", err)
	}
	if err := cvc.Verify(root); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return cvc.PublicKey, nil
}

func checkSignature(pub *rsa.PublicKey, sig []byte, parts ...[]byte) error {
	d := hash(parts...)
	if rsa.VerifyPKCS1v15(pub, crypto.SHA256, d[:], sig) != nil {
		return ErrSignature
	}
	return nil
}

// Pad appends filler FF up to a physical length; files on the card are longer
// than their values. It returns content unchanged if that is already as long.
func Pad(content []byte, length int) []byte {
	out := append([]byte(nil), content...)
	for len(out) < length {
		out = append(out, 0xFF)
	}
	return out
}

// onlyFiller reports whether b is filler.
func onlyFiller(b []byte) bool {
	for _, c := range b {
		if c != 0xFF {
			return false
		}
	}
	return true
}

// template reads the object a file starts with; what follows must be filler.
func template(file []byte, tag iso7816.Tag, what string) ([]byte, error) {
	t, rest, err := iso7816.ReadTLVTolerant(file)
	if err != nil {
		return nil, malformed(what, err)
	}
	if t.Tag != tag || !onlyFiller(rest) {
		return nil, malformed(what, nil)
	}
	return t.Value, nil
}

func sequence(value []byte, what string, tags ...iso7816.Tag) ([]iso7816.TLV, error) {
	seq, err := iso7816.ReadSequence(value, tags...)
	if err != nil {
		return nil, malformed(what, err)
	}
	return seq, nil
}

// offsets returns the table of 16-bit positions, counted from the start of the
// file, of objects that follow each other from first on.
func offsets(first int, objects [][]byte) []byte {
	var out []byte
	for _, o := range objects {
		out = append(out, byte(first>>8), byte(first))
		first += len(o)
	}
	return out
}

// withOffsets builds tag { table { positions }, objects }. The header's length
// depends on the content's, so it is found by trying.
func withOffsets(tag, table iso7816.Tag, objects [][]byte) []byte {
	body := 0
	for _, o := range objects {
		body += len(o)
	}
	tableLen := len(iso7816.AppendTLV(nil, table, make([]byte, 2*len(objects))))
	head := len(iso7816.AppendTLV(nil, tag, make([]byte, tableLen+body))) - body
	values := append([][]byte{iso7816.AppendTLV(nil, table, offsets(head, objects))}, objects...)
	return iso7816.AppendTLV(nil, tag, values...)
}
