// Package forgery makes signed XML documents that try to deceive a verifier, and
// good ones beside them. It writes signatures by hand, in canonical form, so that
// it can sign what package xmlsig would not.
package forgery

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	_ "crypto/sha1" // what attacks use
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"strings"

	"kado/jpki/xmlsig"
)

// Algorithm identifiers.
const (
	DSig      = "http://www.w3.org/2000/09/xmldsig#"
	Exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
	Inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	Enveloped = DSig + "enveloped-signature"
	SHA256    = "http://www.w3.org/2001/04/xmlenc#sha256"
	SHA1      = DSig + "sha1"
	more      = "http://www.w3.org/2001/04/xmldsig-more#"
	RSASHA256 = more + "rsa-sha256"
	xades     = "http://uri.etsi.org/01903/v1.3.2#"
)

// Reference is one ds:Reference.
type Reference struct {
	URI        string
	NoURI      bool
	Type       string
	Transforms []string // algorithm identifiers, or whole ds:Transform elements
	Method     string   // SHA256 by default
	Over       []byte   // the octets to digest
}

// Forgery is one ds:Signature.
type Forgery struct {
	ID         string
	Method     string // RSASHA256 by default
	Hash       crypto.Hash
	Secret     []byte // signs by HMAC instead of by the key
	References []Reference
	KeyInfo    string // what stands in KeyInfo; the certificate by default
	NoKeyInfo  bool
	Objects    string
	// Change alters the text after it was signed.
	Change func(string) string
}

// Text signs and returns the element.
func (f Forgery) Text(key crypto.Signer, cert *x509.Certificate) (string, error) {
	if f.Method == "" {
		f.Method = RSASHA256
	}
	if f.Hash == 0 {
		f.Hash = crypto.SHA256
	}
	var w strings.Builder
	p := func(parts ...string) {
		for _, s := range parts {
			w.WriteString(s)
		}
	}
	p(`<ds:CanonicalizationMethod Algorithm="`, Exclusive, `"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="`, f.Method, `"></ds:SignatureMethod>`)
	for _, r := range f.References {
		p("<ds:Reference")
		if r.Type != "" {
			p(` Type="`, r.Type, `"`)
		}
		if !r.NoURI {
			p(` URI="`, r.URI, `"`)
		}
		p(">")
		if len(r.Transforms) > 0 {
			p("<ds:Transforms>")
			for _, t := range r.Transforms {
				if strings.HasPrefix(t, "<") {
					p(t)
					continue
				}
				p(`<ds:Transform Algorithm="`, t, `"></ds:Transform>`)
			}
			p("</ds:Transforms>")
		}
		method, hash := SHA256, crypto.SHA256
		if r.Method == SHA1 {
			method, hash = SHA1, crypto.SHA1
		}
		h := hash.New()
		h.Write(r.Over)
		p(`<ds:DigestMethod Algorithm="`, method, `"></ds:DigestMethod><ds:DigestValue>`, base64.StdEncoding.EncodeToString(h.Sum(nil)), "</ds:DigestValue></ds:Reference>")
	}
	p("</ds:SignedInfo>")
	signedInfo := w.String()
	canonical := `<ds:SignedInfo xmlns:ds="` + DSig + `">` + signedInfo
	value, err := f.value(key, []byte(canonical))
	if err != nil {
		return "", err
	}
	id := f.ID
	if id == "" {
		id = "signature"
	}
	keyInfo := f.KeyInfo
	if keyInfo == "" {
		keyInfo = X509Data(cert)
	}
	text := `<ds:Signature xmlns:ds="` + DSig + `" Id="` + id + `"><ds:SignedInfo>` + signedInfo +
		"<ds:SignatureValue>" + base64.StdEncoding.EncodeToString(value) + "</ds:SignatureValue>"
	if !f.NoKeyInfo {
		text += `<ds:KeyInfo Id="` + id + `-key">` + keyInfo + "</ds:KeyInfo>"
	}
	text += f.Objects + "</ds:Signature>"
	if f.Change != nil {
		text = f.Change(text)
	}
	return text, nil
}

func (f Forgery) value(key crypto.Signer, over []byte) ([]byte, error) {
	if f.Secret != nil {
		m := hmac.New(f.Hash.New, f.Secret)
		m.Write(over)
		return m.Sum(nil), nil
	}
	h := f.Hash.New()
	h.Write(over)
	return key.Sign(nil, h.Sum(nil), f.Hash) // RSA by PKCS#1 v1.5 draws nothing
}

// X509Data is key information with these certificates.
func X509Data(certs ...*x509.Certificate) string {
	s := "<ds:X509Data>"
	for _, c := range certs {
		s += "<ds:X509Certificate>" + base64.StdEncoding.EncodeToString(c.Raw) + "</ds:X509Certificate>"
	}
	return s + "</ds:X509Data>"
}

// KeyValue is key information with a bare RSA key.
func KeyValue(key *rsa.PublicKey) string {
	return "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>" + base64.StdEncoding.EncodeToString(key.N.Bytes()) + "</ds:Modulus><ds:Exponent>" +
		base64.StdEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()) + "</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"
}

// properties is a ds:Object with signed properties that name a certificate by
// SHA-256, and the octets over which a reference to them digests.
func properties(id string, cert *x509.Certificate, unsigned string) (object string, over []byte) {
	h := crypto.SHA256.New()
	h.Write(cert.Raw)
	inner := `<xades:SignedSignatureProperties><xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod NS Algorithm="` + SHA256 +
		`"></ds:DigestMethod><ds:DigestValue NS>` + base64.StdEncoding.EncodeToString(h.Sum(nil)) +
		`</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties>`
	object = `<ds:Object><xades:QualifyingProperties xmlns:xades="` + xades + `" Target="#` + id + `"><xades:SignedProperties Id="` + id + `-properties">` +
		strings.ReplaceAll(inner, " NS", "") + unsigned + `</xades:QualifyingProperties></ds:Object>`
	over = []byte(`<xades:SignedProperties xmlns:xades="` + xades + `" Id="` + id + `-properties">` + strings.ReplaceAll(inner, " NS", ` xmlns:ds="`+DSig+`"`))
	return object, over
}

// canonical is the exclusive canonical form; what is given is well-formed.
func canonical(doc string) []byte {
	b, err := xmlsig.Canonicalize([]byte(doc), true, false)
	if err != nil {
		panic(err) // a mistake in this package
	}
	return b
}
