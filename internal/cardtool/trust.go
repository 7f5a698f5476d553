package cardtool

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"

	"kado/iso7816"
	"kado/jpki"
	"kado/jpki/tsa"
	"kado/jpki/verify"
)

// Trust is the set of CA certificates and time-stamp authorities that the user
// names. The zero Trust trusts nobody.
type Trust = verify.Trust

// NewTrust sorts CA certificates into the hierarchies they belong to: the test
// names of this program and the real ones, never mixed.
func NewTrust(authorities ...*x509.Certificate) (Trust, error) {
	return verify.NewTrust(authorities...)
}

// ParseTSA reads one or more certificates of time-stamp authorities, PEM or DER.
func ParseTSA(b []byte) ([]*x509.Certificate, error) {
	all, err := ParseCA(b)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if err := tsa.CheckCertificate(c); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ParseCA reads one or more CA certificates, PEM or DER.
func ParseCA(b []byte) ([]*x509.Certificate, error) {
	blocks, err := blocks(b, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	var out []*x509.Certificate
	for _, der := range blocks {
		c, err := jpki.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// ParseRoot reads a public RSA key of 2,048 bits as SubjectPublicKeyInfo, PEM or
// DER.
func ParseRoot(b []byte) ([]*rsa.PublicKey, error) {
	blocks, err := blocks(b, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	var out []*rsa.PublicKey
	for _, der := range blocks {
		k, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			return nil, err
		}
		pub, ok := k.(*rsa.PublicKey)
		if !ok {
			return nil, iso7816.ErrKeySize
		}
		if err := iso7816.CheckPublicKey(pub); err != nil {
			return nil, err
		}
		out = append(out, pub)
	}
	return out, nil
}

var errPEM = errors.New("cardtool: not the PEM that is wanted")

// maxBlocks is the most PEM blocks read from one file.
const maxBlocks = 50

// blocks returns the contents of PEM blocks of one of the types, or b itself
// where it is no PEM. Other blocks, and anything behind the last one, are
// refused.
func blocks(b []byte, types ...string) ([][]byte, error) {
	if !bytes.Contains(b, []byte("-----BEGIN ")) {
		return [][]byte{b}, nil
	}
	var out [][]byte
	for len(bytes.TrimSpace(b)) > 0 {
		block, rest := pem.Decode(b)
		if block == nil || len(out) == maxBlocks {
			return nil, errPEM
		}
		known := false
		for _, t := range types {
			known = known || block.Type == t
		}
		if !known || len(block.Headers) > 0 {
			return nil, errPEM
		}
		out, b = append(out, block.Bytes), rest
	}
	return out, nil
}
