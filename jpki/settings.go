package jpki

import (
	"encoding/asn1"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Settings are the names of a hierarchy and every point that the public
// sources leave open about the real profile. The value of the real system, where
// it is known, stands in the comment with the grade of the evidence: A checked on
// real certificates, B and C reported, D one secondary source, E inferred, X not
// found. The defaults carry test names throughout, so that nothing can be taken
// for real.
type Settings struct {
	// Organization is O of every name. Real: "JPKI" (A). Default "JPKI-TEST".
	Organization string
	// Agency is the last OU of the CA names. Real and default:
	// "Japan Agency for Local Authority Information Systems" (A).
	Agency string
	// OrganizationJa is O of the Japanese alternative names. Real:
	// "公的個人認証サービス" (A). Default "公的個人認証サービス（試験用）".
	OrganizationJa string
	// AgencyJa is the last OU of the Japanese alternative name of a CA. Real and
	// default: "地方公共団体情報システム機構" (A).
	AgencyJa string
	// CPS is the qualifier of the certificate policy. Real:
	// "http://www.jpki.go.jp/cps.html" (B). Default: an address under .test,
	// because nothing here is issued under the real statement.
	CPS string
	// AuthorityKeyID is the form of the authorityKeyIdentifier of end entities
	// and CRLs. Real: present in all likelihood, form unknown (E). Default
	// KeyIDOnly.
	AuthorityKeyID AuthorityKeyIDForm
	// CommonName is the structure of an end entity's CN. Real: 23 characters
	// seen, their meaning inferred (B and E). Default CommonName23.
	CommonName CommonNameForm

	// Algorithm is that of CA generations begun from now on; a generation keeps
	// the one that it began with. Real: RSA2048SHA256 (A), ECDSAP384SHA384 planned
	// for the next card (D). Default RSA2048SHA256.
	Algorithm Algorithm
	// Responder is the algorithm of the keys of OCSP responders. Real: unknown
	// (X). Default ECDSAP256SHA256, which signs ten times as fast as RSA.
	Responder Algorithm

	Signature      KindSettings
	Authentication KindSettings
}

// KindSettings are the settings that differ between the two CAs.
type KindSettings struct {
	// Unit is the first OU of the CA name. Real and default: "JPKI for digital
	// signature" and "JPKI for user authentication" (A).
	Unit string
	// UnitJa is the first OU of the Japanese alternative name. Real and default:
	// "公的個人認証サービス署名用", "公的個人認証サービス利用者証明用" (A).
	UnitJa string
	// CardPolicy is the certificate policy of certificates on cards. Real:
	// 1.2.392.200149.8.5.1.1.20 and 1.2.392.200149.8.5.1.3.30 (C). Defaults: the
	// test policies …8.5.1.0.20 (B) and …8.5.1.2.30 (E: by analogy, the arc
	// below the production one; unconfirmed).
	CardPolicy asn1.ObjectIdentifier
	// PhonePolicy is the same for phones. Real: signature …8.5.1.1.40 (D),
	// authentication unknown (X). Defaults …8.5.1.0.40 and …8.5.1.2.50 (both E).
	PhonePolicy asn1.ObjectIdentifier
	// OCSPURL stands in authorityInfoAccess; empty leaves the extension out.
	// Real: unknown (E). Default: an address under .test.
	OCSPURL string
	// ExtKeyUsage goes after the certificate policies, not critical; empty leaves
	// the extension out. Real: not seen in any source (X). Default: none.
	ExtKeyUsage []asn1.ObjectIdentifier
}

// AuthorityKeyIDForm is what an authorityKeyIdentifier holds.
type AuthorityKeyIDForm uint8

// The forms.
const (
	KeyIDOnly             AuthorityKeyIDForm = iota // [0] keyIdentifier
	KeyIDWithIssuerSerial                           // [0], [1] and [2]
	WithoutAuthorityKeyID                           // no extension
	authorityKeyIDFormLimit
)

// CommonNameForm is the structure demanded of an end entity's CN.
type CommonNameForm uint8

// The forms. CommonName23 is 14 characters of 0-9 and A-Z, the five-digit
// municipality code, and four characters of 0-9 and A-Z; for a signature
// certificate the first 14 are digits (the issue time YYYYMMDDhhmmss in Japan).
// CommonNameFree is any 1 to 64 characters of 0-9, A-Z and '-'.
const (
	CommonName23 CommonNameForm = iota
	CommonNameFree
	commonNameFormLimit
)

// DefaultSettings returns the settings of the test hierarchy.
func DefaultSettings() Settings {
	policy := func(kind, class int) asn1.ObjectIdentifier {
		return asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 5, 1, kind, class}
	}
	return Settings{
		Organization:   "JPKI-TEST",
		Agency:         "Japan Agency for Local Authority Information Systems",
		OrganizationJa: "公的個人認証サービス（試験用）",
		AgencyJa:       "地方公共団体情報システム機構",
		CPS:            "http://www.jpki.test/cps.html",
		Responder:      ECDSAP256SHA256,
		Signature: KindSettings{
			Unit:        "JPKI for digital signature",
			UnitJa:      "公的個人認証サービス署名用",
			CardPolicy:  policy(0, 20),
			PhonePolicy: policy(0, 40),
			OCSPURL:     "http://ocsp.jpki.test/signature",
		},
		Authentication: KindSettings{
			Unit:        "JPKI for user authentication",
			UnitJa:      "公的個人認証サービス利用者証明用",
			CardPolicy:  policy(2, 30),
			PhonePolicy: policy(2, 50),
			OCSPURL:     "http://ocsp.jpki.test/authentication",
		},
	}
}

// Of returns the settings of kind k. It returns the zero value for no kind.
func (s *Settings) Of(k Kind) KindSettings {
	switch k {
	case Signature:
		return s.Signature
	case Authentication:
		return s.Authentication
	}
	return KindSettings{}
}

// Policy returns the certificate policy of a kind and medium.
func (s *Settings) Policy(k Kind, m Medium) asn1.ObjectIdentifier {
	if m == Phone {
		return s.Of(k).PhonePolicy
	}
	return s.Of(k).CardPolicy
}

// MediumOf returns the medium whose policy of kind k is oid.
func (s *Settings) MediumOf(k Kind, oid asn1.ObjectIdentifier) (Medium, bool) {
	for _, m := range []Medium{Card, Phone} {
		if p := s.Policy(k, m); len(p) > 0 && p.Equal(oid) {
			return m, true
		}
	}
	return 0, false
}

// Validate reports the first setting that no certificate could carry, or two
// settings that would make different things look alike.
func (s *Settings) Validate() error {
	names := []struct{ field, value string }{
		{"Organization", s.Organization}, {"Agency", s.Agency},
		{"OrganizationJa", s.OrganizationJa}, {"AgencyJa", s.AgencyJa},
		{"Signature.Unit", s.Signature.Unit}, {"Signature.UnitJa", s.Signature.UnitJa},
		{"Authentication.Unit", s.Authentication.Unit}, {"Authentication.UnitJa", s.Authentication.UnitJa},
	}
	for _, n := range names {
		// 64 characters is ub-organization-name of RFC 5280.
		if n.value == "" || !utf8.ValidString(n.value) || utf8.RuneCountInString(n.value) > 64 {
			return fmt.Errorf("jpki: setting %s must have 1 to 64 characters", n.field)
		}
	}
	if s.Signature.Unit == s.Authentication.Unit {
		return fmt.Errorf("jpki: both CAs would have the name %q", s.Signature.Unit)
	}
	if s.AuthorityKeyID >= authorityKeyIDFormLimit {
		return fmt.Errorf("jpki: setting AuthorityKeyID %d is not known", s.AuthorityKeyID)
	}
	if s.CommonName >= commonNameFormLimit {
		return fmt.Errorf("jpki: setting CommonName %d is not known", s.CommonName)
	}
	if !s.Algorithm.ForAuthority() {
		return fmt.Errorf("jpki: setting Algorithm %s is not for a CA", s.Algorithm)
	}
	if !s.Responder.Valid() {
		return fmt.Errorf("jpki: setting Responder %s is not known", s.Responder)
	}
	if err := checkURL("CPS", s.CPS); err != nil {
		return err
	}
	seen := map[string]string{}
	for _, k := range Kinds {
		ks := s.Of(k)
		if ks.OCSPURL != "" {
			if err := checkURL(k.String()+" OCSPURL", ks.OCSPURL); err != nil {
				return err
			}
		}
		for _, oid := range ks.ExtKeyUsage {
			if !encodableOID(oid) {
				return fmt.Errorf("jpki: %s ExtKeyUsage holds an impossible object identifier", k)
			}
		}
		for _, m := range []Medium{Card, Phone} {
			oid := s.Policy(k, m)
			what := k.String() + " policy of the " + m.String()
			if len(oid) == 0 && m == Phone {
				continue
			}
			if !encodableOID(oid) {
				return fmt.Errorf("jpki: %s is an impossible object identifier", what)
			}
			if other, dup := seen[oid.String()]; dup {
				return fmt.Errorf("jpki: %s equals %s", what, other)
			}
			seen[oid.String()] = what
		}
	}
	return nil
}

func checkURL(field, s string) error {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || len(s) > 256 {
		return fmt.Errorf("jpki: setting %s must be an http or https address of at most 256 octets", field)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("jpki: setting %s must be ASCII, since it becomes an IA5String", field)
	}
	return nil
}

func encodableOID(oid asn1.ObjectIdentifier) bool {
	_, err := asn1.Marshal(oid)
	return err == nil
}
