package jpki

import "encoding/asn1"

// Object identifiers of X.520, RFC 5280 and RFC 6960.
var (
	oidCountry            = asn1.ObjectIdentifier{2, 5, 4, 6}
	oidLocality           = asn1.ObjectIdentifier{2, 5, 4, 7}
	oidOrganization       = asn1.ObjectIdentifier{2, 5, 4, 10}
	oidOrganizationalUnit = asn1.ObjectIdentifier{2, 5, 4, 11}
	oidCommonName         = asn1.ObjectIdentifier{2, 5, 4, 3}

	oidSubjectKeyID             = asn1.ObjectIdentifier{2, 5, 29, 14}
	oidKeyUsage                 = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidSubjectAltName           = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidIssuerAltName            = asn1.ObjectIdentifier{2, 5, 29, 18}
	oidBasicConstraints         = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidCRLNumber                = asn1.ObjectIdentifier{2, 5, 29, 20}
	oidReasonCode               = asn1.ObjectIdentifier{2, 5, 29, 21}
	oidIssuingDistributionPoint = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidCRLDistributionPoints    = asn1.ObjectIdentifier{2, 5, 29, 31}
	oidCertificatePolicies      = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidAuthorityKeyID           = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidExtKeyUsage              = asn1.ObjectIdentifier{2, 5, 29, 37}

	oidAuthorityInfoAccess = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 1}
	oidCPSQualifier        = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 2, 1}
	oidOCSPSigning         = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 9}
	oidAccessOCSP          = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1}
	oidOCSPNoCheck         = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}
)

// Object identifiers of the personal data in the subjectAltName of a signature
// certificate (chapter 9.3 of the profile notes, grade C).
var (
	oidPersonalName       = asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 5, 5, 1}
	oidPersonalNameMap    = asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 5, 5, 2}
	oidPersonalSex        = asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 5, 5, 3}
	oidPersonalBirthDate  = asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 5, 5, 4}
	oidPersonalAddress    = asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 5, 5, 5}
	oidPersonalAddressMap = asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 5, 5, 6}
)
