package xmlsig

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Form says where a signature lies.
type Form uint8

// The forms.
const (
	Enveloped  Form = iota // inside the document, as the last child of its root
	Enveloping             // the document lies inside the signature
	Detached               // beside what it signs
)

// SignOptions say how a document is signed.
type SignOptions struct {
	Form Form
	// ID names the signed element of a detached signature inside the same document;
	// for an enveloped one it may be the root's Id instead of the empty reference,
	// for an enveloping one the Id of the Object ("content" by default).
	ID string
	// URI names the content of a detached signature that lies in another file; then
	// doc is that content, whatever it is, and the result a document of its own.
	URI string
	// SignatureID is the Id of the signature; "signature" by default.
	SignatureID string
	// SigningTime is what the signer claims; it makes a XAdES baseline signature
	// (B-B). With the zero time the signature is XAdES only if XAdES says so.
	SigningTime time.Time
	// XAdES adds the signed properties with the digest of the certificate. Without
	// them verifiers must be told to take a signature that does not name its
	// certificate.
	XAdES bool
	// TSA asks a time-stamp authority for a token (RFC 3161, DER) over the SHA-256
	// digest of the canonical SignatureValue; then the signature is XAdES B-T. nil
	// leaves the time-stamp out.
	TSA func(digest []byte) ([]byte, error)
	// Chain are more certificates that travel along.
	Chain []*x509.Certificate
}

// Sign signs a document with the key of cert: Exclusive C14N, SHA-256 digests,
// RSA with SHA-256 or ECDSA with the digest of its curve.
func Sign(doc []byte, key crypto.Signer, cert *x509.Certificate, o SignOptions) ([]byte, error) {
	equal, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !equal.Equal(cert.PublicKey) {
		return nil, errors.New("xmlsig: the signer does not hold the key of the certificate")
	}
	if len(o.Chain)+1 > MaxCertificates {
		return nil, errors.New("xmlsig: too many certificates")
	}
	uri, m, err := methodFor(key.Public())
	if err != nil {
		return nil, err
	}
	b := &signing{options: o, method: uri, cert: cert}
	if b.options.SignatureID == "" {
		b.options.SignatureID = "signature"
	}
	b.options.XAdES = o.XAdES || !o.SigningTime.IsZero() || o.TSA != nil
	if err := b.place(doc); err != nil {
		return nil, err
	}
	// Two passes: the digests need the document with the signature in its place,
	// the value needs SignedInfo with the digests.
	for range 2 {
		text, err := b.document()
		if err != nil {
			return nil, err
		}
		s, v, err := b.parse(text)
		if err != nil {
			return nil, err
		}
		if b.digests == nil {
			for _, r := range s.references {
				d, _, err := v.digest(s, r)
				if err != nil {
					return nil, fmt.Errorf("xmlsig: %w", err)
				}
				b.digests = append(b.digests, encode(d))
			}
			continue
		}
		digest, err := v.signedInfo(s)
		if err != nil {
			return nil, fmt.Errorf("xmlsig: %w", err)
		}
		value, err := key.Sign(rand.Reader, digest, m.hash)
		if err != nil {
			return nil, fmt.Errorf("xmlsig: signing: %w", err)
		}
		if ec, ok := key.Public().(*ecdsa.PublicKey); ok {
			if value, err = rawECDSA(ec, value); err != nil {
				return nil, err
			}
		}
		if err := m.check(cert.PublicKey, digest, value); err != nil {
			return nil, errors.New("xmlsig: the signer gave a signature that does not hold")
		}
		b.value = encode(value)
	}
	if o.TSA != nil {
		if err := b.askTSA(); err != nil {
			return nil, err
		}
	}
	return b.document()
}

// askTSA gets the time-stamp over the finished value.
func (b *signing) askTSA() error {
	text, err := b.document()
	if err != nil {
		return err
	}
	s, v, err := b.parse(text)
	if err != nil {
		return err
	}
	over, err := v.stamped(s, canonical{exclusive: true})
	if err != nil {
		return fmt.Errorf("xmlsig: %w", err)
	}
	h := crypto.SHA256.New()
	h.Write(over)
	token, err := b.options.TSA(h.Sum(nil))
	if err != nil {
		return fmt.Errorf("xmlsig: time-stamp: %w", err)
	}
	if len(token) == 0 || len(token) > maxToken {
		return errors.New("xmlsig: the time-stamp is empty or too large")
	}
	b.token = encode(token)
	return nil
}

// signing builds one signature.
type signing struct {
	options       SignOptions
	method        string
	cert          *x509.Certificate
	before, after []byte // of the document around the signature
	object        []byte // of an enveloping one
	external      []byte // content beside the document
	digests       []string
	value         string
	token         string // a time-stamp, once there is one
}

// place decides where the signature goes.
func (b *signing) place(doc []byte) error {
	o := &b.options
	if o.Form == Detached && o.URI != "" {
		if o.ID != "" || strings.HasPrefix(o.URI, "#") || len(doc) > MaxSize {
			return errors.New("xmlsig: a detached signature is over an element or over a file")
		}
		b.external = doc
		return nil
	}
	if o.URI != "" {
		return errors.New("xmlsig: a URI is for a detached signature only")
	}
	parsed, err := parse(doc)
	if err != nil {
		return fmt.Errorf("xmlsig: the document: %w", err)
	}
	switch o.Form {
	case Enveloping:
		if o.ID == "" {
			o.ID = "content"
		}
		if instructions(parsed) {
			return errors.New("xmlsig: an enveloping signature would lose the instructions beside the root element")
		}
		b.object = slice(doc, parsed)
		return nil
	case Enveloped:
		if o.ID != "" && parsed.ids[o.ID] != parsed.root {
			return errors.New("xmlsig: that Id is not the root's")
		}
	case Detached:
		if parsed.ids[o.ID] == nil || parsed.ids[o.ID] == parsed.root {
			return errors.New("xmlsig: a detached signature needs the Id of an element below the root")
		}
	default:
		return errors.New("xmlsig: no such form of signature")
	}
	at := parsed.rootEnd
	if !parsed.rootEmpty {
		b.before, b.after = doc[:at], doc[at:]
		return nil
	}
	b.before = append(append([]byte{}, doc[:at]...), '>')
	b.after = append([]byte("</"+qualified(parsed.root.prefix, parsed.root.local)+">"), doc[at+2:]...)
	return nil
}

// slice cuts the root element out of a document.
func slice(doc []byte, parsed *document) []byte {
	end := parsed.rootEnd + bytes.IndexByte(doc[parsed.rootEnd:], '>') + 1
	return doc[parsed.rootStart:end]
}

func (b *signing) document() ([]byte, error) {
	text, err := b.signature()
	if err != nil {
		return nil, err
	}
	out := append(append(append([]byte{}, b.before...), text...), b.after...)
	if len(out) > MaxSize {
		return nil, errors.New("xmlsig: the signed document would be too large")
	}
	return out, nil
}

// parse reads the document with the unfinished signature back.
func (b *signing) parse(text []byte) (*signature, *verifier, error) {
	parsed, err := parse(text)
	if err != nil {
		return nil, nil, fmt.Errorf("xmlsig: the document with its signature: %w", err)
	}
	n := parsed.ids[b.options.SignatureID]
	if n == nil || !n.is(nsDSig, "Signature") {
		return nil, nil, errors.New("xmlsig: the Id of the signature is taken")
	}
	s, err := readSignature(n)
	if err != nil {
		return nil, nil, fmt.Errorf("xmlsig: %w", err)
	}
	v := &verifier{doc: parsed, work: maxWork}
	if b.external != nil {
		v.detached = map[string][]byte{b.options.URI: b.external}
	}
	return s, v, nil
}

// signature writes ds:Signature with what is known by now.
func (b *signing) signature() (string, error) {
	o := b.options
	var w strings.Builder
	p := func(parts ...string) {
		for _, s := range parts {
			w.WriteString(s)
		}
	}
	id := attributeEscapes.Replace(o.SignatureID)
	p(`<ds:Signature xmlns:ds="`, nsDSig, `" Id="`, id, `"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="`, c14nExclusive,
		`"/><ds:SignatureMethod Algorithm="`, b.method, `"/>`)
	n := 0
	reference := func(attributes string, transforms ...string) {
		p("<ds:Reference", attributes, ">")
		if len(transforms) > 0 {
			p("<ds:Transforms>")
			for _, t := range transforms {
				p(`<ds:Transform Algorithm="`, t, `"/>`)
			}
			p("</ds:Transforms>")
		}
		digest := encode(make([]byte, 32))
		if b.digests != nil {
			digest = b.digests[n]
		}
		n++
		p(`<ds:DigestMethod Algorithm="`, digestSHA256, `"/><ds:DigestValue>`, digest, "</ds:DigestValue></ds:Reference>")
	}
	dataID := attributeEscapes.Replace(o.SignatureID + "-data")
	uri, transforms := "#"+o.ID, []string{c14nExclusive}
	mime := "text/xml"
	switch {
	case b.external != nil:
		uri, transforms, mime = o.URI, nil, "application/octet-stream"
	case o.Form == Enveloped:
		transforms = []string{transformEnveloped, c14nExclusive}
		if o.ID == "" {
			uri = ""
		}
	}
	reference(` Id="`+dataID+`" URI="`+attributeEscapes.Replace(uri)+`"`, transforms...)
	propertiesID := attributeEscapes.Replace(o.SignatureID + "-properties")
	if o.XAdES {
		reference(` Type="`+typeSignedProperties+`" URI="#`+propertiesID+`"`, c14nExclusive)
	}
	value := b.value
	if value == "" {
		value = encode([]byte{0})
	}
	p("</ds:SignedInfo><ds:SignatureValue>", fold(value), "</ds:SignatureValue><ds:KeyInfo><ds:X509Data>")
	for _, c := range append([]*x509.Certificate{b.cert}, o.Chain...) {
		p("<ds:X509Certificate>", fold(encode(c.Raw)), "</ds:X509Certificate>")
	}
	p("</ds:X509Data></ds:KeyInfo>")
	if o.Form == Enveloping {
		p(`<ds:Object Id="`, attributeEscapes.Replace(o.ID), `">`, string(b.object), "</ds:Object>")
	}
	if o.XAdES {
		if err := b.properties(p, id, propertiesID, dataID, mime); err != nil {
			return "", err
		}
	}
	p("</ds:Signature>")
	return w.String(), nil
}

// properties writes the signed properties of a baseline signature (EN 319 132-1,
// 6.3, B-B).
func (b *signing) properties(p func(...string), id, propertiesID, dataID, mime string) error {
	pair, err := issuerSerial(b.cert)
	if err != nil {
		return fmt.Errorf("xmlsig: %w", err)
	}
	h := crypto.SHA256.New()
	h.Write(b.cert.Raw)
	p(`<ds:Object><xades:QualifyingProperties xmlns:xades="`, nsXAdES, `" Target="#`, id, `"><xades:SignedProperties Id="`, propertiesID, `"><xades:SignedSignatureProperties>`)
	if t := b.options.SigningTime; !t.IsZero() {
		p("<xades:SigningTime>", t.UTC().Truncate(time.Second).Format(time.RFC3339), "</xades:SigningTime>")
	}
	p(`<xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="`, digestSHA256, `"/><ds:DigestValue>`, encode(h.Sum(nil)),
		`</ds:DigestValue></xades:CertDigest><xades:IssuerSerialV2>`, encode(pair), `</xades:IssuerSerialV2></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>`,
		`<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#`, dataID, `"><xades:MimeType>`, mime,
		`</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties></xades:SignedProperties>`)
	if b.token != "" {
		p(`<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp><ds:CanonicalizationMethod Algorithm="`, c14nExclusive,
			`"/><xades:EncapsulatedTimeStamp>`, fold(b.token), `</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp></xades:UnsignedSignatureProperties></xades:UnsignedProperties>`)
	}
	p(`</xades:QualifyingProperties></ds:Object>`)
	return nil
}
