package cms

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // digests that are read
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// signedData is a SignedData with one signer, cut into its fields.
type signedData struct {
	content      []byte // nil when detached
	certificates []*x509.Certificate

	issuer     []byte
	serial     *big.Int
	hash       crypto.Hash
	algorithm  x509.SignatureAlgorithm
	attributes []byte // the content of the SET OF
	signature  []byte

	contentType        asn1.ObjectIdentifier
	messageDigest      []byte
	signingTime        time.Time
	signingCertificate []byte // content of the ESSCertIDv2; nil when absent
}

func malformed(what string) error { return refuse(Malformed, what) }

func parse(der []byte) (*signedData, error) {
	if len(der) > MaxSize {
		return nil, refuse(TooLarge, "signature")
	}
	input := cryptobyte.String(der)
	var info, wrapped, sd cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !input.ReadASN1(&info, cbasn1.SEQUENCE) || !input.Empty() || !info.ReadASN1ObjectIdentifier(&oid) ||
		!info.ReadASN1(&wrapped, explicitTag(0)) || !info.Empty() {
		return nil, malformed("not a ContentInfo")
	}
	if !oid.Equal(oidSignedData) {
		return nil, refuse(Unsupported, "content type "+oid.String())
	}
	var version int
	if !wrapped.ReadASN1(&sd, cbasn1.SEQUENCE) || !wrapped.Empty() || !sd.ReadASN1Integer(&version) {
		return nil, malformed("SignedData")
	}
	if version != 1 {
		return nil, refuse(Unsupported, "SignedData version")
	}
	out := &signedData{}
	declared, err := readDigestAlgorithms(&sd)
	if err != nil {
		return nil, err
	}
	if err := out.readContent(&sd); err != nil {
		return nil, err
	}
	if err := out.readCertificates(&sd); err != nil {
		return nil, err
	}
	if sd.PeekASN1Tag(explicitTag(1)) {
		// Revocation lists may travel along; they prove nothing here.
		if !sd.SkipASN1(explicitTag(1)) {
			return nil, malformed("revocation lists")
		}
	}
	var signers, signer cryptobyte.String
	if !sd.ReadASN1(&signers, cbasn1.SET) || !sd.Empty() || !signers.ReadASN1(&signer, cbasn1.SEQUENCE) {
		return nil, malformed("signer")
	}
	if !signers.Empty() {
		return nil, refuse(Unsupported, "more than one signer")
	}
	if err := out.readSigner(signer); err != nil {
		return nil, err
	}
	if out.hash != declared {
		return nil, malformed("the signer's digest is not the declared one")
	}
	return out, nil
}

// readDigestAlgorithms wants the one digest of the one signer.
func readDigestAlgorithms(s *cryptobyte.String) (crypto.Hash, error) {
	var set cryptobyte.String
	if !s.ReadASN1(&set, cbasn1.SET) {
		return 0, malformed("digest algorithms")
	}
	hash, err := readDigestAlgorithm(&set)
	if err == nil && !set.Empty() {
		err = refuse(Unsupported, "more than one digest")
	}
	return hash, err
}

func readAlgorithm(s *cryptobyte.String) (asn1.ObjectIdentifier, error) {
	var algorithm cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) {
		return nil, malformed("algorithm")
	}
	if !algorithm.Empty() && oid.Equal(oidECDSAWithSHA384) {
		return nil, malformed("parameters of an ECDSA signature") // RFC 5754, 3.3
	}
	if !algorithm.Empty() {
		var null cryptobyte.String
		if !algorithm.ReadASN1(&null, cbasn1.NULL) || !null.Empty() || !algorithm.Empty() {
			return nil, refuse(Unsupported, "parameters of algorithm "+oid.String())
		}
	}
	return oid, nil
}

func readDigestAlgorithm(s *cryptobyte.String) (crypto.Hash, error) {
	oid, err := readAlgorithm(s)
	if err != nil {
		return 0, err
	}
	switch {
	case oid.Equal(oidSHA256):
		return crypto.SHA256, nil
	case oid.Equal(oidSHA384):
		return crypto.SHA384, nil
	case oid.Equal(oidSHA512):
		return crypto.SHA512, nil
	}
	return 0, refuse(Unsupported, "digest "+oid.String())
}

func (sd *signedData) readContent(s *cryptobyte.String) error {
	var info, wrapped, octets cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1(&info, cbasn1.SEQUENCE) || !info.ReadASN1ObjectIdentifier(&oid) {
		return malformed("content")
	}
	if !oid.Equal(oidData) {
		return refuse(Unsupported, "signed content of type "+oid.String())
	}
	if info.Empty() {
		return nil
	}
	if !info.ReadASN1(&wrapped, explicitTag(0)) || !info.Empty() || !wrapped.ReadASN1(&octets, cbasn1.OCTET_STRING) || !wrapped.Empty() {
		return malformed("content")
	}
	sd.content = append([]byte{}, octets...)
	return nil
}

func (sd *signedData) readCertificates(s *cryptobyte.String) error {
	if !s.PeekASN1Tag(explicitTag(0)) {
		return nil
	}
	var set cryptobyte.String
	if !s.ReadASN1(&set, explicitTag(0)) {
		return malformed("certificates")
	}
	for !set.Empty() {
		var der cryptobyte.String
		if !set.ReadASN1Element(&der, cbasn1.SEQUENCE) {
			return malformed("certificates")
		}
		if len(sd.certificates) == MaxCertificates {
			return refuse(TooLarge, "certificates")
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return &Error{Cause: Malformed, Detail: "certificate", Err: err}
		}
		sd.certificates = append(sd.certificates, cert)
	}
	return nil
}

func (sd *signedData) readSigner(s cryptobyte.String) error {
	var version int
	if !s.ReadASN1Integer(&version) {
		return malformed("signer")
	}
	// Version 3 names the signer by key identifier, which binds less.
	if version != 1 {
		return refuse(Unsupported, "signer version")
	}
	var id, issuer cryptobyte.String
	sd.serial = new(big.Int)
	if !s.ReadASN1(&id, cbasn1.SEQUENCE) || !id.ReadASN1Element(&issuer, cbasn1.SEQUENCE) ||
		!id.ReadASN1Integer(sd.serial) || !id.Empty() {
		return malformed("signer identifier")
	}
	sd.issuer = issuer
	var err error
	if sd.hash, err = readDigestAlgorithm(&s); err != nil {
		return err
	}
	var attributes, signature cryptobyte.String
	if !s.PeekASN1Tag(explicitTag(0)) {
		return refuse(Unsupported, "a signer without signed attributes")
	}
	if !s.ReadASN1(&attributes, explicitTag(0)) {
		return malformed("signed attributes")
	}
	sd.attributes = attributes
	oid, err := readAlgorithm(&s)
	if err != nil {
		return err
	}
	if sd.algorithm = signatureAlgorithm(oid, sd.hash); sd.algorithm == x509.UnknownSignatureAlgorithm {
		return refuse(Unsupported, "signature algorithm "+oid.String())
	}
	if !s.ReadASN1(&signature, cbasn1.OCTET_STRING) || len(signature) == 0 {
		return malformed("signature")
	}
	sd.signature = signature
	if !s.Empty() {
		if err := skipUnsignedAttributes(&s); err != nil {
			return err
		}
	}
	return sd.readAttributes()
}

// skipUnsignedAttributes passes over what nobody signed, such as time-stamps.
func skipUnsignedAttributes(s *cryptobyte.String) error {
	var set cryptobyte.String
	if !s.ReadASN1(&set, explicitTag(1)) || !s.Empty() || set.Empty() {
		return malformed("unsigned attributes")
	}
	for n := 0; !set.Empty(); n++ {
		if n == maxAttributes {
			return refuse(TooLarge, "unsigned attributes")
		}
		if !set.SkipASN1(cbasn1.SEQUENCE) {
			return malformed("unsigned attributes")
		}
	}
	return nil
}

// signatureAlgorithm accepts the combined identifier of the same digest or the
// bare rsaEncryption that many programs write.
func signatureAlgorithm(oid asn1.ObjectIdentifier, hash crypto.Hash) x509.SignatureAlgorithm {
	bare := oid.Equal(oidRSAEncryption)
	switch {
	case hash == crypto.SHA256 && (bare || oid.Equal(oidSHA256WithRSA)):
		return x509.SHA256WithRSA
	case hash == crypto.SHA384 && (bare || oid.Equal(oidSHA384WithRSA)):
		return x509.SHA384WithRSA
	case hash == crypto.SHA512 && (bare || oid.Equal(oidSHA512WithRSA)):
		return x509.SHA512WithRSA
	case hash == crypto.SHA384 && oid.Equal(oidECDSAWithSHA384):
		return x509.ECDSAWithSHA384
	}
	return x509.UnknownSignatureAlgorithm
}

// readAttributes wants DER order, each type once, each with one value.
func (sd *signedData) readAttributes() error {
	set := cryptobyte.String(sd.attributes)
	seen := map[string]bool{}
	var previous []byte
	for !set.Empty() {
		var element, attribute, values cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !set.ReadASN1Element(&element, cbasn1.SEQUENCE) {
			return malformed("signed attributes")
		}
		if len(seen) == maxAttributes {
			return refuse(TooLarge, "signed attributes")
		}
		if previous != nil && bytes.Compare(previous, element) >= 0 {
			return malformed("signed attributes are not in DER order")
		}
		previous = element
		inner := element
		if !inner.ReadASN1(&attribute, cbasn1.SEQUENCE) || !attribute.ReadASN1ObjectIdentifier(&oid) ||
			!attribute.ReadASN1(&values, cbasn1.SET) || !attribute.Empty() || values.Empty() || seen[oid.String()] {
			return malformed("signed attribute")
		}
		seen[oid.String()] = true
		if err := sd.readAttribute(oid, values); err != nil {
			return err
		}
	}
	if sd.contentType == nil || sd.messageDigest == nil {
		return malformed("content type or message digest is missing")
	}
	if !sd.contentType.Equal(oidData) {
		return malformed("the signed content type differs")
	}
	return nil
}

func (sd *signedData) readAttribute(oid asn1.ObjectIdentifier, values cryptobyte.String) error {
	wrong := malformed("signed attribute " + oid.String())
	switch {
	case oid.Equal(oidContentType):
		if !values.ReadASN1ObjectIdentifier(&sd.contentType) || !values.Empty() {
			return wrong
		}
	case oid.Equal(oidMessageDigest):
		var digest cryptobyte.String
		if !values.ReadASN1(&digest, cbasn1.OCTET_STRING) || !values.Empty() || len(digest) == 0 {
			return wrong
		}
		sd.messageDigest = digest
	case oid.Equal(oidSigningTime):
		return sd.readSigningTime(values, wrong)
	case oid.Equal(oidSigningCertificateV2):
		var attribute, certs, id cryptobyte.String
		// Further ESSCertIDv2 describe the path and policies limit it; the first
		// is the signer's (RFC 5035, 3).
		if !values.ReadASN1(&attribute, cbasn1.SEQUENCE) || !values.Empty() ||
			!attribute.ReadASN1(&certs, cbasn1.SEQUENCE) || !certs.ReadASN1(&id, cbasn1.SEQUENCE) {
			return wrong
		}
		sd.signingCertificate = id
	}
	// Other attributes bind nothing that is used here.
	return nil
}

func (sd *signedData) readSigningTime(values cryptobyte.String, wrong error) error {
	var text cryptobyte.String
	var tag cbasn1.Tag
	if !values.ReadAnyASN1(&text, &tag) || !values.Empty() {
		return wrong
	}
	layout := "20060102150405Z"
	switch tag {
	case cbasn1.UTCTime:
		layout = "060102150405Z"
	case cbasn1.GeneralizedTime:
	default:
		return wrong
	}
	t, err := time.Parse(layout, string(text))
	if err != nil || t.Format(layout) != string(text) {
		return wrong
	}
	if tag == cbasn1.UTCTime && t.Year() >= 2050 {
		t = t.AddDate(-100, 0, 0)
	}
	if tag == cbasn1.GeneralizedTime && t.Year() < 2050 && t.Year() >= 1950 {
		return wrong // RFC 5652, 11.3: UTCTime until 2049
	}
	sd.signingTime = t
	return nil
}
