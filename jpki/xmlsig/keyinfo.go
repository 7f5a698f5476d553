package xmlsig

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"strings"

	"kado/jpki"
	"kado/jpki/verify"
)

// keyInfo is what a KeyInfo carries.
type keyInfo struct {
	certificates []*x509.Certificate // each once
	broken       bool                // a certificate that cannot be read
	lists        [][]byte            // CRLs
	value        *node               // KeyValue, or nil
}

// readKeyInfo accepts certificates, revocation lists, and hints that nothing
// depends on. It fetches nothing.
func readKeyInfo(n *node) (*keyInfo, error) {
	k := &keyInfo{}
	if n == nil {
		return k, nil
	}
	if err := onlyAttributes(n, "Id"); err != nil {
		return nil, err
	}
	children, err := n.elements()
	if err != nil {
		return nil, err
	}
	for _, c := range children {
		switch {
		case c.is(nsDSig, "X509Data"):
			if err := k.readX509(c); err != nil {
				return nil, err
			}
		case c.is(nsDSig, "KeyValue"):
			if k.value != nil {
				return nil, refuse(verify.AmbiguousContent, "two key values")
			}
			k.value = c
		case c.is(nsDSig, "KeyName"):
		default:
			return nil, refuse(verify.Unsupported, "a kind of key information that is not read")
		}
	}
	return k, nil
}

func (k *keyInfo) readX509(n *node) error {
	children, err := n.elements()
	if err != nil {
		return err
	}
	for _, c := range children {
		switch {
		case c.is(nsDSig, "X509Certificate"):
			der, err := octets(c, 4*jpki.MaxCertificateSize)
			if err != nil {
				return err
			}
			cert, err := x509.ParseCertificate(der)
			if err != nil || !bytes.Equal(cert.Raw, der) || !jpki.Whole(cert) {
				k.broken = true
				continue
			}
			known := false
			for _, other := range k.certificates {
				known = known || other.Equal(cert)
			}
			if known {
				continue
			}
			if len(k.certificates) == MaxCertificates {
				return refuse(verify.TooLarge, "certificates")
			}
			k.certificates = append(k.certificates, cert)
		case c.is(nsDSig, "X509CRL"):
			der, err := octets(c, MaxSize)
			if err != nil {
				return err
			}
			if len(k.lists) == MaxCertificates {
				return refuse(verify.TooLarge, "revocation lists")
			}
			k.lists = append(k.lists, der)
		case c.is(nsDSig, "X509IssuerSerial"), c.is(nsDSig, "X509SKI"), c.is(nsDSig, "X509SubjectName"):
			// Hints: the certificate itself decides.
		default:
			return refuse(verify.Unsupported, "certificate data that is not read")
		}
	}
	return nil
}

// signer picks the signer's certificate: the one that the signed properties name
// by digest, or else the only one that is no CA's.
func (k *keyInfo) signer(named *certID) (*x509.Certificate, error) {
	if k.broken {
		return nil, refuse(verify.CertMalformed, "a certificate that cannot be read")
	}
	if len(k.certificates) == 0 {
		return nil, refuse(verify.NoSigner, "no certificate came along")
	}
	var found *x509.Certificate
	for _, c := range k.certificates {
		if named != nil {
			if named.names(c) {
				return c, nil
			}
			continue
		}
		if c.IsCA && len(k.certificates) > 1 {
			continue
		}
		if found != nil {
			return nil, refuse(verify.AmbiguousContent, "several certificates could be the signer's")
		}
		found = c
	}
	switch {
	case named != nil:
		return nil, refuse(verify.WrongSigner, "the signed properties name another certificate")
	case found == nil:
		return nil, refuse(verify.NoSigner, "only certificates of CAs came along")
	}
	return found, nil
}

// agrees reports whether a KeyValue beside the certificate holds its key. Programs
// that take the first key they find would otherwise check with another one.
func (k *keyInfo) agrees(key crypto.PublicKey) error {
	if k.value == nil {
		return nil
	}
	differs := refuse(verify.AmbiguousContent, "the key value is not the certificate's key")
	list, err := k.value.elements()
	if err != nil {
		return err
	}
	if len(list) != 1 {
		return syntax("KeyValue")
	}
	switch v := list[0]; {
	case v.is(nsDSig, "RSAKeyValue"):
		parts, err := v.elements()
		if err != nil || len(parts) != 2 || !parts[0].is(nsDSig, "Modulus") || !parts[1].is(nsDSig, "Exponent") {
			return syntax("RSAKeyValue")
		}
		modulus, err := octets(parts[0], maxKeyBits/8+8)
		if err != nil {
			return err
		}
		exponent, err := octets(parts[1], 8)
		if err != nil {
			return err
		}
		public, ok := key.(*rsa.PublicKey)
		if !ok || new(big.Int).SetBytes(modulus).Cmp(public.N) != 0 || new(big.Int).SetBytes(exponent).Cmp(big.NewInt(int64(public.E))) != 0 {
			return differs
		}
		return nil
	case v.is("http://www.w3.org/2009/xmldsig11#", "ECKeyValue"):
		parts, err := v.elements()
		if err != nil || len(parts) != 2 || parts[0].local != "NamedCurve" || parts[1].local != "PublicKey" {
			return syntax("ECKeyValue")
		}
		point, err := octets(parts[1], 256)
		if err != nil {
			return err
		}
		public, ok := key.(*ecdsa.PublicKey)
		if !ok {
			return differs
		}
		if want, err := public.Bytes(); err != nil || !bytes.Equal(point, want) {
			return differs
		}
		return nil
	}
	return refuse(verify.Unsupported, "a kind of key value that is not read")
}

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// fold breaks base64 into lines of 76 characters.
func fold(s string) string {
	var b strings.Builder
	for len(s) > 76 {
		b.WriteString(s[:76] + "\n")
		s = s[76:]
	}
	return b.String() + s
}
