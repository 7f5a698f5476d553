package lint

// Rules are all rules in the order in which they run.
var Rules = []Rule{
	versionRule,
	serialRule,
	signatureAlgorithmRule,
	issuerMatchesCARule,
	nameTypesRule,
	subjectShapeRule,
	validityEncodingRule,
	validityEndRule,
	validityInsideCARule,
	validityLengthRule,
	keyRule,
	uniqueIDRule,
	extensionOrderRule,
	keyUsageRule,
	basicConstraintsRule,
	policyRule,
	policyQualifierRule,
	issuerAltNameRule,
	distributionPointRule,
	ocspAccessRule,
	authorityKeyRule,
	subjectKeyRule,
	extKeyUsageRule,
	criticalityRule,
	personalOrderRule,
	personalEncodingRule,
	personalMapsRule,
	personalCodesRule,
	personalLettersRule,
	noPersonalDataRule,
	noIndividualNumberRule,
}

// Object identifiers, dotted.
const (
	idCountry         = "2.5.4.6"
	idLocality        = "2.5.4.7"
	idOrganization    = "2.5.4.10"
	idUnit            = "2.5.4.11"
	idCommonName      = "2.5.4.3"
	idSubjectKey      = "2.5.29.14"
	idKeyUsage        = "2.5.29.15"
	idSubjectAltName  = "2.5.29.17"
	idIssuerAltName   = "2.5.29.18"
	idConstraints     = "2.5.29.19"
	idDistribution    = "2.5.29.31"
	idPolicies        = "2.5.29.32"
	idAuthorityKey    = "2.5.29.35"
	idExtKeyUsage     = "2.5.29.37"
	idAuthorityAccess = "1.3.6.1.5.5.7.1.1"
	idCPS             = "1.3.6.1.5.5.7.2.1"
	idOCSPSigning     = "1.3.6.1.5.5.7.3.9"
	idAccessOCSP      = "1.3.6.1.5.5.7.48.1"
	idOCSPNoCheck     = "1.3.6.1.5.5.7.48.1.5"
	idPersonalArc     = "1.2.392.200149.8.5.5."
	idSHA256WithRSA   = "1.2.840.113549.1.1.11"
	idECDSAWithSHA384 = "1.2.840.10045.4.3.3"
	idECPublicKey     = "1.2.840.10045.2.1"
	idP256            = "1.2.840.10045.3.1.7"
	idP384            = "1.3.132.0.34"
	idRSAEncryption   = "1.2.840.113549.1.1.1"
)
