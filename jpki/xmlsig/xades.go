package xmlsig

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kado/jpki/verify"
)

// certID names a certificate by digest (EN 319 132-1, 5.2.2).
type certID struct {
	hash         crypto.Hash
	digest       []byte
	issuerSerial []byte // DER of IssuerSerial (RFC 5035), or nil
}

func (id *certID) names(c *x509.Certificate) bool {
	h := id.hash.New()
	h.Write(c.Raw)
	return bytes.Equal(h.Sum(nil), id.digest)
}

// properties are what a XAdES signature says about itself.
type properties struct {
	signed  *node // SignedProperties
	signer  *certID
	claimed time.Time
	stamps  [][]byte // time-stamp tokens over the signature value
	stampC  []canonical
	lists   [][]byte
	answers [][]byte // OCSP
}

// readProperties reads QualifyingProperties. What stands in the signed part counts
// only if a reference covers it; the caller checks that.
func (s *signature) readProperties() (*properties, error) {
	p := &properties{}
	n := s.properties
	if n == nil {
		return p, nil
	}
	if target, _ := n.attribute("Target"); s.id == "" || target != "#"+s.id {
		return nil, refuse(verify.AmbiguousContent, "properties of another signature")
	}
	children, err := n.elements()
	if err != nil {
		return nil, err
	}
	for _, c := range children {
		switch {
		case c.is(nsXAdES, "SignedProperties") && p.signed == nil:
			p.signed = c
			if err := p.readSigned(c); err != nil {
				return nil, err
			}
		case c.is(nsXAdES, "UnsignedProperties") && p.signed != nil:
			if err := p.readUnsigned(c); err != nil {
				return nil, err
			}
		default:
			return nil, syntax("QualifyingProperties")
		}
	}
	return p, nil
}

func (p *properties) readSigned(n *node) error {
	groups, err := n.elements()
	if err != nil {
		return err
	}
	for _, g := range groups {
		if !g.is(nsXAdES, "SignedSignatureProperties") {
			continue // about the data objects: their kinds
		}
		list, err := g.elements()
		if err != nil {
			return err
		}
		for _, c := range list {
			switch {
			case c.is(nsXAdES, "SigningTime"):
				text, err := c.value()
				if err != nil {
					return err
				}
				if p.claimed, err = time.Parse(time.RFC3339, text); err != nil {
					return syntax("SigningTime")
				}
			case c.is(nsXAdES, "SigningCertificateV2"), c.is(nsXAdES, "SigningCertificate"):
				if p.signer != nil {
					return refuse(verify.AmbiguousContent, "two signing certificates")
				}
				if p.signer, err = readCertID(c); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// readCertID reads the first Cert, which is the signer's; others describe the path.
func readCertID(n *node) (*certID, error) {
	certs, err := n.elements()
	if err != nil {
		return nil, err
	}
	if len(certs) == 0 || len(certs) > MaxCertificates || !certs[0].is(nsXAdES, "Cert") {
		return nil, syntax(n.local)
	}
	parts, err := certs[0].elements()
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 || len(parts) > 2 || !parts[0].is(nsXAdES, "CertDigest") {
		return nil, syntax("Cert")
	}
	digest, err := parts[0].elements()
	if err != nil || len(digest) != 2 || !digest[0].is(nsDSig, "DigestMethod") || !digest[1].is(nsDSig, "DigestValue") {
		return nil, syntax("CertDigest")
	}
	algorithm, err := readAlgorithm(digest[0])
	if err != nil {
		return nil, err
	}
	id := &certID{}
	if id.hash, err = readDigest(algorithm); err != nil {
		return nil, err
	}
	if id.digest, err = octets(digest[1], 64); err != nil {
		return nil, err
	}
	if len(parts) == 2 && parts[1].is(nsXAdES, "IssuerSerialV2") {
		if id.issuerSerial, err = octets(parts[1], 4096); err != nil {
			return nil, err
		}
	}
	return id, nil
}

// checkIssuerSerial holds the optional issuer and serial number against the
// certificate that the digest names.
func (id *certID) checkIssuerSerial(c *x509.Certificate) error {
	if id.issuerSerial == nil {
		return nil
	}
	der := cryptobyte.String(id.issuerSerial)
	var pair, names, name, issuer cryptobyte.String
	serial := new(big.Int)
	if !der.ReadASN1(&pair, cbasn1.SEQUENCE) || !der.Empty() || !pair.ReadASN1(&names, cbasn1.SEQUENCE) ||
		!names.ReadASN1(&name, cbasn1.Tag(4).ContextSpecific().Constructed()) || !names.Empty() ||
		!name.ReadASN1Element(&issuer, cbasn1.SEQUENCE) || !name.Empty() ||
		!pair.ReadASN1Integer(serial) || !pair.Empty() {
		return syntax("IssuerSerialV2")
	}
	if !bytes.Equal(issuer, c.RawIssuer) || serial.Cmp(c.SerialNumber) != 0 {
		return refuse(verify.WrongSigner, "issuer and serial number of another certificate")
	}
	return nil
}

// issuerSerial is the DER that checkIssuerSerial reads.
func issuerSerial(c *x509.Certificate) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.Tag(4).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddBytes(c.RawIssuer) })
		})
		b.AddASN1BigInt(c.SerialNumber)
	})
	return b.Bytes()
}

// readUnsigned reads what was added after signing: time-stamps and revocation
// data. Nothing else is accepted there, because nobody signed it.
func (p *properties) readUnsigned(n *node) error {
	groups, err := n.elements()
	if err != nil {
		return err
	}
	if len(groups) != 1 || !groups[0].is(nsXAdES, "UnsignedSignatureProperties") {
		return syntax("UnsignedProperties")
	}
	list, err := groups[0].elements()
	if err != nil {
		return err
	}
	if len(list) > MaxCertificates {
		return refuse(verify.TooLarge, "unsigned properties")
	}
	for _, c := range list {
		switch {
		case c.is(nsXAdES, "SignatureTimeStamp"):
			err = p.readStamp(c)
		case c.is(nsXAdES, "RevocationValues"):
			err = p.readRevocation(c)
		case c.is(nsXAdES, "CertificateValues"):
		default:
			err = refuse(verify.Unsupported, "an unsigned property that is not read")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *properties) readStamp(n *node) error {
	list, err := n.elements()
	if err != nil {
		return err
	}
	c := canonical{}
	if len(list) > 0 && list[0].is(nsDSig, "CanonicalizationMethod") {
		var ok bool
		if c, ok, err = readCanonical(list[0]); err != nil {
			return err
		}
		if !ok {
			return refuse(verify.Unsupported, "canonicalization of a time-stamp")
		}
		list = list[1:]
	}
	if len(list) != 1 || !list[0].is(nsXAdES, "EncapsulatedTimeStamp") {
		return syntax("SignatureTimeStamp")
	}
	token, err := octets(list[0], maxToken)
	if err != nil {
		return err
	}
	p.stamps, p.stampC = append(p.stamps, token), append(p.stampC, c)
	return nil
}

func (p *properties) readRevocation(n *node) error {
	groups, err := n.elements()
	if err != nil {
		return err
	}
	for _, g := range groups {
		list, err := g.elements()
		if err != nil {
			return err
		}
		for _, c := range list {
			if len(p.lists)+len(p.answers) == MaxCertificates {
				return refuse(verify.TooLarge, "revocation data")
			}
			der, err := octets(c, MaxSize)
			if err != nil {
				return err
			}
			switch {
			case g.is(nsXAdES, "CRLValues") && c.is(nsXAdES, "EncapsulatedCRLValue"):
				p.lists = append(p.lists, der)
			case g.is(nsXAdES, "OCSPValues") && c.is(nsXAdES, "EncapsulatedOCSPValue"):
				p.answers = append(p.answers, der)
			default:
				return syntax("RevocationValues")
			}
		}
	}
	return nil
}

// binding tells which certificate the signature itself names: by signed
// properties, or because a reference covers the KeyInfo that holds it.
func (s *signature) binding(p *properties) (byProperties *certID, byKeyInfo bool, err error) {
	for _, r := range s.references {
		if r.external || r.target == nil || r.whole {
			continue
		}
		if r.target == s.keyInfo && s.keyInfo != nil {
			byKeyInfo = true
		}
		if p.signed != nil && r.target == p.signed {
			byProperties = p.signer
		} else if r.kind == typeSignedProperties {
			return nil, false, refuse(verify.AmbiguousContent, "a reference to signed properties that are not this signature's")
		}
	}
	return byProperties, byKeyInfo, nil
}
