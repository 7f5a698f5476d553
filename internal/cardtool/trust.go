package cardtool

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"time"

	"kado/iso7816"
	"kado/jpki"
)

// realSettings are the names and policies of the real JPKI as publicly known
// (jpki.Settings gives the grade of each). They serve to check real
// certificates; nothing is issued under them here.
func realSettings() jpki.Settings {
	s := jpki.DefaultSettings()
	s.Organization, s.OrganizationJa = "JPKI", "公的個人認証サービス"
	s.CPS = "http://www.jpki.go.jp/cps.html"
	arc := asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 5, 1}
	policy := func(a, b int) asn1.ObjectIdentifier { return append(append(asn1.ObjectIdentifier(nil), arc...), a, b) }
	s.Signature.CardPolicy, s.Signature.PhonePolicy = policy(1, 20), policy(1, 40)
	s.Authentication.CardPolicy = policy(3, 30)
	s.Signature.OCSPURL, s.Authentication.OCSPURL = "", ""
	return s
}

// Trust is the set of CA certificates that the user names. The zero Trust
// trusts nobody.
type Trust struct{ pools []*jpki.Pool }

// NewTrust sorts CA certificates into the hierarchies they belong to: the test
// names of this program and the real ones, never mixed.
func NewTrust(authorities ...*x509.Certificate) (Trust, error) {
	var t Trust
	test := jpki.DefaultSettings()
	var byName [2][]*x509.Certificate
	for _, ca := range authorities {
		which := 1
		for _, k := range jpki.Kinds {
			if bytes.Equal(ca.RawSubject, test.AuthorityName(k)) {
				which = 0
			}
		}
		byName[which] = append(byName[which], ca)
	}
	for i, settings := range []jpki.Settings{test, realSettings()} {
		if len(byName[i]) == 0 {
			continue
		}
		p, err := jpki.NewPool(settings, byName[i]...)
		if err != nil {
			return Trust{}, err
		}
		t.pools = append(t.pools, p)
	}
	return t, nil
}

// Has reports whether a CA of that kind is trusted.
func (t Trust) Has(k jpki.Kind) bool {
	for _, p := range t.pools {
		if len(p.Authorities(k)) > 0 {
			return true
		}
	}
	return false
}

// Verify checks a certificate as jpki.Pool.Verify does.
func (t Trust) Verify(cert *x509.Certificate, k jpki.Kind, at time.Time) (*jpki.Chain, error) {
	err := error(&jpki.VerifyError{Cause: jpki.WrongAuthority, Detail: "no CA was given"})
	for _, p := range t.pools {
		var c *jpki.Chain
		if c, err = p.Verify(cert, k, at); err == nil {
			return c, nil
		}
		if !errors.Is(err, &jpki.VerifyError{Cause: jpki.WrongAuthority}) {
			return nil, err
		}
	}
	return nil, err
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
