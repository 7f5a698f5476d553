package lint

import (
	"errors"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Certificate is a certificate cut into its fields, with nothing interpreted
// that a rule should see in the raw.
type Certificate struct {
	Version            []byte // content of the INTEGER; nil for version 1
	Serial             []byte // content of the INTEGER
	InnerAlgorithm     []byte // AlgorithmIdentifier, whole
	OuterAlgorithm     []byte
	Issuer, Subject    []byte // whole Name
	SubjectAttributes  []Attribute
	IssuerAttributes   []Attribute
	NotBefore          Time
	NotAfter           Time
	KeyAlgorithm       []byte // AlgorithmIdentifier, whole
	KeyBits            []byte // content of the BIT STRING without the count of unused bits
	HasUniqueID        bool
	Extensions         []Extension
	AttributesPerRDNOK bool // every RDN has exactly one attribute

	others []otherName // of the subjectAltName, read when first asked for
	asked  bool
}

// Attribute is one AttributeTypeAndValue.
type Attribute struct {
	Type  string
	Tag   cbasn1.Tag
	Value string
}

// Time is one Time of a Validity.
type Time struct {
	Tag  cbasn1.Tag
	Text string
	At   time.Time
}

// Extension is one Extension.
type Extension struct {
	ID       string
	Critical bool
	Value    []byte
}

// Extension returns the first extension of that id.
func (c *Certificate) Extension(id string) (Extension, bool) {
	for _, e := range c.Extensions {
		if e.ID == id {
			return e, true
		}
	}
	return Extension{}, false
}

// maxSize caps what is read, in octets.
const maxSize = 8 << 10

// Parse cuts a certificate into fields.
func Parse(der []byte) (*Certificate, error) {
	if len(der) > maxSize {
		return nil, errors.New("larger than any certificate of the profile")
	}
	input := cryptobyte.String(der)
	var cert, tbs, signature cryptobyte.String
	c := &Certificate{AttributesPerRDNOK: true}
	if !input.ReadASN1(&cert, cbasn1.SEQUENCE) || !input.Empty() || !cert.ReadASN1(&tbs, cbasn1.SEQUENCE) {
		return nil, errors.New("not a certificate")
	}
	var outer cryptobyte.String
	if !cert.ReadASN1Element(&outer, cbasn1.SEQUENCE) || !cert.ReadASN1(&signature, cbasn1.BIT_STRING) || !cert.Empty() {
		return nil, errors.New("signature part malformed")
	}
	c.OuterAlgorithm = outer

	var version, serial, inner, issuer, validity, subject, key cryptobyte.String
	var hasVersion bool
	if !tbs.ReadOptionalASN1(&version, &hasVersion, cbasn1.Tag(0).ContextSpecific().Constructed()) {
		return nil, errors.New("version malformed")
	}
	if hasVersion {
		var v cryptobyte.String
		if !version.ReadASN1(&v, cbasn1.INTEGER) || !version.Empty() {
			return nil, errors.New("version malformed")
		}
		c.Version = v
	}
	if !tbs.ReadASN1(&serial, cbasn1.INTEGER) || !tbs.ReadASN1Element(&inner, cbasn1.SEQUENCE) ||
		!tbs.ReadASN1Element(&issuer, cbasn1.SEQUENCE) || !tbs.ReadASN1(&validity, cbasn1.SEQUENCE) ||
		!tbs.ReadASN1Element(&subject, cbasn1.SEQUENCE) || !tbs.ReadASN1(&key, cbasn1.SEQUENCE) {
		return nil, errors.New("fields missing or out of order")
	}
	c.Serial, c.InnerAlgorithm, c.Issuer, c.Subject = serial, inner, issuer, subject
	var err error
	if c.NotBefore, err = readTime(&validity); err != nil {
		return nil, err
	}
	if c.NotAfter, err = readTime(&validity); err != nil || !validity.Empty() {
		return nil, errors.New("validity malformed")
	}
	var keyAlgorithm, keyBits cryptobyte.String
	if !key.ReadASN1Element(&keyAlgorithm, cbasn1.SEQUENCE) || !key.ReadASN1(&keyBits, cbasn1.BIT_STRING) || !key.Empty() ||
		len(keyBits) == 0 || keyBits[0] != 0 {
		return nil, errors.New("public key malformed")
	}
	c.KeyAlgorithm, c.KeyBits = keyAlgorithm, keyBits[1:]
	for _, tag := range []uint8{1, 2} {
		if tbs.PeekASN1Tag(cbasn1.Tag(tag).ContextSpecific()) {
			c.HasUniqueID = true
			var skip cryptobyte.String
			if !tbs.ReadASN1(&skip, cbasn1.Tag(tag).ContextSpecific()) {
				return nil, errors.New("unique identifier malformed")
			}
		}
	}
	if c.SubjectAttributes, err = c.readName(subject); err != nil {
		return nil, err
	}
	if c.IssuerAttributes, err = c.readName(issuer); err != nil {
		return nil, err
	}
	return c, c.readExtensions(&tbs)
}

func (c *Certificate) readExtensions(tbs *cryptobyte.String) error {
	if tbs.Empty() {
		return nil
	}
	malformed := errors.New("extensions malformed")
	var wrapped, list cryptobyte.String
	if !tbs.ReadASN1(&wrapped, cbasn1.Tag(3).ContextSpecific().Constructed()) || !tbs.Empty() ||
		!wrapped.ReadASN1(&list, cbasn1.SEQUENCE) || !wrapped.Empty() {
		return malformed
	}
	for !list.Empty() {
		var item, value cryptobyte.String
		var e Extension
		var ok bool
		if !list.ReadASN1(&item, cbasn1.SEQUENCE) {
			return malformed
		}
		if e.ID, ok = readOID(&item); !ok {
			return malformed
		}
		if item.PeekASN1Tag(cbasn1.BOOLEAN) {
			// DER leaves FALSE, the default, out.
			if !item.ReadASN1Boolean(&e.Critical) || !e.Critical {
				return malformed
			}
		}
		if !item.ReadASN1(&value, cbasn1.OCTET_STRING) || !item.Empty() {
			return malformed
		}
		e.Value = value
		c.Extensions = append(c.Extensions, e)
	}
	return nil
}

func (c *Certificate) readName(der cryptobyte.String) ([]Attribute, error) {
	malformed := errors.New("name malformed")
	var rdns cryptobyte.String
	if !der.ReadASN1(&rdns, cbasn1.SEQUENCE) {
		return nil, malformed
	}
	var out []Attribute
	for !rdns.Empty() {
		var rdn cryptobyte.String
		if !rdns.ReadASN1(&rdn, cbasn1.SET) || rdn.Empty() {
			return nil, malformed
		}
		for n := 0; !rdn.Empty(); n++ {
			var pair, value cryptobyte.String
			var a Attribute
			var ok bool
			if !rdn.ReadASN1(&pair, cbasn1.SEQUENCE) {
				return nil, malformed
			}
			if a.Type, ok = readOID(&pair); !ok || !pair.ReadAnyASN1(&value, &a.Tag) || !pair.Empty() {
				return nil, malformed
			}
			if n > 0 {
				c.AttributesPerRDNOK = false
			}
			a.Value = string(value)
			out = append(out, a)
		}
	}
	return out, nil
}

func readTime(s *cryptobyte.String) (Time, error) {
	var v cryptobyte.String
	var t Time
	if !s.ReadAnyASN1(&v, &t.Tag) {
		return t, errors.New("validity malformed")
	}
	t.Text = string(v)
	layout := "20060102150405Z"
	if t.Tag == cbasn1.UTCTime {
		layout = "060102150405Z"
	}
	at, err := time.Parse(layout, t.Text)
	if err != nil {
		return t, errors.New("validity is not in the form of DER")
	}
	if t.Tag == cbasn1.UTCTime && at.Year() >= 2050 {
		at = at.AddDate(-100, 0, 0)
	}
	t.At = at
	return t, nil
}
