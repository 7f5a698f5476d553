package cms

import (
	"bytes"
	"encoding/asn1"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// takeSigned reads the signed attributes: in DER order, each type once.
func (sd *SignedData) takeSigned(s *Signer) error {
	seen := map[string]bool{}
	var previous []byte
	var contentType asn1.ObjectIdentifier
	err := eachAttribute(s.attributes, "signed", func(oid asn1.ObjectIdentifier, element, values cryptobyte.String) error {
		if previous != nil && bytes.Compare(previous, element) >= 0 {
			return malformed("signed attributes are not in DER order")
		}
		if previous = element; seen[oid.String()] {
			return malformed("signed attribute " + oid.String() + " comes twice")
		}
		seen[oid.String()] = true
		ok := true
		switch {
		case oid.Equal(oidContentType):
			ok = values.ReadASN1ObjectIdentifier(&contentType) && values.Empty()
		case oid.Equal(oidMessageDigest):
			var digest cryptobyte.String
			ok = values.ReadASN1(&digest, cbasn1.OCTET_STRING) && values.Empty() && len(digest) > 0
			s.messageDigest = digest
		case oid.Equal(oidSigningTime):
			s.SigningTime, ok = takeTime(values)
		case oid.Equal(oidSigningCertificateV2):
			s.boundV2, ok = firstCertID(values)
		case oid.Equal(oidSigningCertificate):
			s.boundV1, ok = firstCertID(values)
		}
		// Other attributes bind nothing that is used here.
		if !ok {
			return malformed("signed attribute " + oid.String())
		}
		return nil
	})
	if err != nil {
		return err
	}
	if contentType == nil || s.messageDigest == nil {
		return malformed("content type or message digest is missing")
	}
	if !contentType.Equal(sd.ContentType) {
		return malformed("the signed content type differs")
	}
	s.Bound = s.boundV2 != nil
	return nil
}

// firstCertID reads SigningCertificate or SigningCertificateV2. Further ids
// describe the path and policies limit it; the first is the signer's (RFC 5035, 3).
func firstCertID(values cryptobyte.String) ([]byte, bool) {
	var attribute, certs, id cryptobyte.String
	ok := values.ReadASN1(&attribute, cbasn1.SEQUENCE) && values.Empty() &&
		attribute.ReadASN1(&certs, cbasn1.SEQUENCE) && certs.ReadASN1(&id, cbasn1.SEQUENCE)
	return id, ok
}

// takeUnsigned reads what nobody signed: time-stamps over the signature value,
// certificates and revocation data. Everything else is passed over.
func (sd *SignedData) takeUnsigned(s *Signer, in *cryptobyte.String) error {
	var set cryptobyte.String
	if !in.ReadASN1(&set, explicitTag(1)) || !in.Empty() || set.Empty() {
		return malformed("unsigned attributes")
	}
	return eachAttribute(set, "unsigned", func(oid asn1.ObjectIdentifier, _, values cryptobyte.String) error {
		switch {
		case oid.Equal(oidSignatureTimeStamp):
			for !values.Empty() {
				var token cryptobyte.String
				if !values.ReadASN1Element(&token, cbasn1.SEQUENCE) {
					return malformed("time-stamp")
				}
				if len(s.TimeStamps) == MaxTimeStamps {
					return refuse(TooLarge, "time-stamps")
				}
				s.TimeStamps = append(s.TimeStamps, token)
			}
		case oid.Equal(oidCertValues):
			var list cryptobyte.String
			if !values.ReadASN1(&list, cbasn1.SEQUENCE) || !values.Empty() {
				return malformed("certificate values")
			}
			return sd.takeCertificates(list)
		case oid.Equal(oidRevocationValues):
			return s.takeRevocationValues(values)
		}
		return nil
	})
}

// takeRevocationValues reads RevocationValues of RFC 5126, 6.3.4.
func (s *Signer) takeRevocationValues(values cryptobyte.String) error {
	wrong := malformed("revocation values")
	var in cryptobyte.String
	if !values.ReadASN1(&in, cbasn1.SEQUENCE) || !values.Empty() {
		return wrong
	}
	for tag := uint8(0); tag < 2; tag++ {
		if !in.PeekASN1Tag(explicitTag(tag)) {
			continue
		}
		var wrapped, list cryptobyte.String
		if !in.ReadASN1(&wrapped, explicitTag(tag)) || !wrapped.ReadASN1(&list, cbasn1.SEQUENCE) || !wrapped.Empty() {
			return wrong
		}
		for !list.Empty() {
			var der cryptobyte.String
			if !list.ReadASN1Element(&der, cbasn1.SEQUENCE) {
				return wrong
			}
			if len(s.CRLs)+len(s.OCSP) == MaxRevocationData {
				return refuse(TooLarge, "revocation values")
			}
			if tag == 0 {
				s.CRLs = append(s.CRLs, der)
				continue
			}
			response, err := build(func(b *cryptobyte.Builder) { addBasicResponse(b, der) })
			if err != nil {
				return err
			}
			s.OCSP = append(s.OCSP, response)
		}
	}
	if !in.Empty() && (!in.SkipASN1(explicitTag(2)) || !in.Empty()) {
		return wrong
	}
	return nil
}

// addBasicResponse wraps a BasicOCSPResponse into an OCSPResponse.
func addBasicResponse(b *cryptobyte.Builder, basic []byte) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Enum(0)
		b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidBasicResponse)
				b.AddASN1OctetString(basic)
			})
		})
	})
}

// eachAttribute calls f for each Attribute of a SET.
func eachAttribute(set cryptobyte.String, which string, f func(oid asn1.ObjectIdentifier, element, values cryptobyte.String) error) error {
	for n := 0; !set.Empty(); n++ {
		if n == maxAttributes {
			return refuse(TooLarge, which+" attributes")
		}
		var element, attribute, values cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !set.ReadASN1Element(&element, cbasn1.SEQUENCE) {
			return malformed(which + " attributes")
		}
		inner := element
		if !inner.ReadASN1(&attribute, cbasn1.SEQUENCE) || !attribute.ReadASN1ObjectIdentifier(&oid) ||
			!attribute.ReadASN1(&values, cbasn1.SET) || !attribute.Empty() || values.Empty() {
			return malformed(which + " attribute")
		}
		if err := f(oid, element, values); err != nil {
			return err
		}
	}
	return nil
}

// takeTime reads a signing time: UTCTime from 1950 until 2049, GeneralizedTime for
// other years (RFC 5652, 11.3), both in UTC and whole seconds.
func takeTime(values cryptobyte.String) (time.Time, bool) {
	var text cryptobyte.String
	var tag cbasn1.Tag
	if !values.ReadAnyASN1(&text, &tag) || !values.Empty() {
		return time.Time{}, false
	}
	layout := "20060102150405Z"
	switch tag {
	case cbasn1.UTCTime:
		layout = "060102150405Z"
	case cbasn1.GeneralizedTime:
	default:
		return time.Time{}, false
	}
	t, err := time.Parse(layout, string(text))
	if err != nil || t.Format(layout) != string(text) {
		return time.Time{}, false
	}
	if tag == cbasn1.UTCTime && t.Year() >= 2050 {
		t = t.AddDate(-100, 0, 0)
	}
	if tag == cbasn1.GeneralizedTime && t.Year() < 2050 && t.Year() >= 1950 {
		return time.Time{}, false
	}
	return t, true
}
