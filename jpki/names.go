package jpki

import (
	"encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Place is the municipality that a certificate is issued through: the names in
// Latin letters as they stand in the certificate, and the five-digit code.
type Place struct {
	Prefecture   string // "Tokyo-to"
	Municipality string // "Kiyose-shi"
	Code         string // "13221", without check digit
}

// Check reports what a certificate could not carry. The names are letters,
// hyphens, apostrophes and spaces (for instance "Kyoto-shi Nakagyo-ku").
func (p Place) Check() error {
	for _, n := range []struct{ what, value string }{{"prefecture", p.Prefecture}, {"municipality", p.Municipality}} {
		// ub-common-name of RFC 5280 is 64; " CRLDP" takes six of them.
		if n.value == "" || len(n.value) > 58 {
			return fmt.Errorf("jpki: the Latin name of the %s must have 1 to 58 letters", n.what)
		}
		for i := 0; i < len(n.value); i++ {
			c := n.value[i]
			letter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
			if !letter && (i == 0 || i == len(n.value)-1 || c != '-' && c != ' ' && c != '\'') {
				return fmt.Errorf("jpki: the Latin name of the %s must be made of ASCII letters, '-', ''' and ' '", n.what)
			}
		}
	}
	if len(p.Code) != 5 || !all(p.Code, isDigit) {
		return fmt.Errorf("jpki: the municipality code must have five digits")
	}
	return nil
}

func isDigit(c byte) bool      { return c >= '0' && c <= '9' }
func isUpperDigit(c byte) bool { return isDigit(c) || c >= 'A' && c <= 'Z' }

func all(s string, ok func(byte) bool) bool {
	for i := 0; i < len(s); i++ {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

// attribute is one AttributeTypeAndValue; every RDN here has exactly one.
type attribute struct {
	oid   asn1.ObjectIdentifier
	value string
}

// encodeName writes a Name with the string types of the profile: country
// PrintableString, everything else UTF8String (chapter 8.1, grade A).
func encodeName(attributes ...attribute) []byte {
	return derBytes(func(b *cryptobyte.Builder) {
		addSequence(b, func(b *cryptobyte.Builder) {
			for _, a := range attributes {
				tag := cbasn1.UTF8String
				if a.oid.Equal(oidCountry) {
					tag = cbasn1.PrintableString
				}
				b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
					addSequence(b, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(a.oid)
						addString(b, tag, a.value)
					})
				})
			}
		})
	})
}

func country() attribute { return attribute{oidCountry, "JP"} }

// AuthorityName returns the DER of the one distinguished name that all
// generations of the CA of kind k share.
func (s *Settings) AuthorityName(k Kind) []byte {
	return encodeName(country(),
		attribute{oidOrganization, s.Organization},
		attribute{oidOrganizationalUnit, s.Of(k).Unit},
		attribute{oidOrganizationalUnit, s.Agency})
}

// authorityAltName is the directoryName in a CA's subjectAltName.
func (s *Settings) authorityAltName(k Kind) []byte {
	return encodeName(country(),
		attribute{oidOrganization, s.OrganizationJa},
		attribute{oidOrganizationalUnit, s.Of(k).UnitJa},
		attribute{oidOrganizationalUnit, s.AgencyJa})
}

// issuerAltName is the directoryName in an end entity's issuerAltName (9.1,
// grade B: no OU).
func (s *Settings) issuerAltName() []byte {
	return encodeName(country(), attribute{oidOrganization, s.OrganizationJa})
}

// DistributionPointName returns the DER of the name under which the CRL of one
// municipality is found (9.5, grade C).
func (s *Settings) DistributionPointName(k Kind, p Place) []byte {
	return encodeName(country(),
		attribute{oidOrganization, s.Organization},
		attribute{oidOrganizationalUnit, s.Of(k).Unit},
		attribute{oidOrganizationalUnit, "CRL Distribution Points"},
		attribute{oidOrganizationalUnit, p.Prefecture},
		attribute{oidCommonName, p.Municipality + " CRLDP"})
}

// subjectName returns the subject of an end entity: C, L, L, CN for signature
// (9.1), C, CN for authentication (9.2).
func subjectName(k Kind, p Place, commonName string) []byte {
	if k == Signature {
		return encodeName(country(),
			attribute{oidLocality, p.Prefecture},
			attribute{oidLocality, p.Municipality},
			attribute{oidCommonName, commonName})
	}
	return encodeName(country(), attribute{oidCommonName, commonName})
}

func (s *Settings) responderName(k Kind, commonName string) []byte {
	return encodeName(country(),
		attribute{oidOrganization, s.Organization},
		attribute{oidOrganizationalUnit, s.Of(k).Unit},
		attribute{oidCommonName, commonName})
}
