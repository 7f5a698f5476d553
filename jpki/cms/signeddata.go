package cms

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Caps, in counts.
const (
	// MaxSigners is the most signers of one SignedData.
	MaxSigners = 16
	// MaxTimeStamps is the most time-stamps of one signer.
	MaxTimeStamps = 8
	// MaxRevocationData is the most lists and answers that may travel along.
	MaxRevocationData = 64
)

// SignedData is one SignedData in the form that is read: DER throughout, one to
// MaxSigners signers, each named by issuer and serial number and with signed
// attributes. Nothing in it is verified yet.
type SignedData struct {
	ContentType asn1.ObjectIdentifier
	// Content is the attached content; nil when detached.
	Content []byte
	// Certificates travelled along, in the order found.
	Certificates []*x509.Certificate
	// CRLs and OCSP are the revocation data that travelled along: the DER of lists,
	// and of responses (RFC 5652, 10.2.1; RFC 5940).
	CRLs, OCSP [][]byte
	Signers    []*Signer
}

// Signer is one signature in a SignedData.
type Signer struct {
	// Hash is the digest of content and attributes; zero where it is not one that
	// is taken.
	Hash crypto.Hash
	// Algorithm is that of the signature value; zero where it is not one that is
	// taken.
	Algorithm x509.SignatureAlgorithm
	// SigningTime is what the signer claims; zero when not given.
	SigningTime time.Time
	// Bound reports whether the signature names its certificate by digest.
	Bound bool
	// Value is the signature value, over which time-stamps are made.
	Value []byte
	// TimeStamps are the tokens of the signature-time-stamp attributes (EN 319
	// 122-1, 5.3), DER.
	TimeStamps [][]byte
	// CRLs and OCSP come from the revocation-values attribute (RFC 5126, 6.3.4).
	CRLs, OCSP [][]byte

	issuer        []byte
	serial        *big.Int
	attributes    []byte // content of the SET OF
	messageDigest []byte
	boundV2       []byte // content of the first ESSCertIDv2
	boundV1       []byte // content of the first ESSCertID
	refusal       error  // why this signer is not taken whatever its value says
}

// Parse reads one SignedData and nothing behind it. The error is an *Error.
func Parse(der []byte) (*SignedData, error) {
	if len(der) > MaxSize {
		return nil, refuse(TooLarge, "signature")
	}
	input := cryptobyte.String(der)
	var info, wrapped, sd cryptobyte.String
	var oid asn1.ObjectIdentifier
	if len(der) > 1 && der[0] == 0x30 && der[1] == 0x80 {
		return nil, malformed("BER of indefinite length, not DER")
	}
	if !input.ReadASN1(&info, cbasn1.SEQUENCE) || !input.Empty() || !info.ReadASN1ObjectIdentifier(&oid) {
		return nil, malformed("not a ContentInfo")
	}
	if !oid.Equal(oidSignedData) {
		return nil, refuse(Unsupported, "content type "+oid.String())
	}
	if !info.ReadASN1(&wrapped, explicitTag(0)) || !info.Empty() {
		return nil, malformed("not a ContentInfo")
	}
	var version int
	if !wrapped.ReadASN1(&sd, cbasn1.SEQUENCE) || !wrapped.Empty() || !sd.ReadASN1Integer(&version) {
		return nil, malformed("SignedData")
	}
	// 3 and 5 tell of other content and of OCSP answers (RFC 5652, 5.1). Programs
	// differ in what they write, and nothing hangs on it.
	if version != 1 && version != 3 && version != 5 {
		return nil, refuse(Unsupported, "SignedData version")
	}
	out := &SignedData{}
	declared, err := declaredDigests(&sd)
	if err != nil {
		return nil, err
	}
	if err := out.takeContent(&sd); err != nil {
		return nil, err
	}
	if sd.PeekASN1Tag(explicitTag(0)) {
		var set cryptobyte.String
		if !sd.ReadASN1(&set, explicitTag(0)) {
			return nil, malformed("certificates")
		}
		if err := out.takeCertificates(set); err != nil {
			return nil, err
		}
	}
	if sd.PeekASN1Tag(explicitTag(1)) {
		if err := out.takeRevocation(&sd); err != nil {
			return nil, err
		}
	}
	var signers cryptobyte.String
	if !sd.ReadASN1(&signers, cbasn1.SET) || !sd.Empty() {
		return nil, malformed("signers")
	}
	for !signers.Empty() {
		var signer cryptobyte.String
		if !signers.ReadASN1(&signer, cbasn1.SEQUENCE) {
			return nil, malformed("signer")
		}
		if len(out.Signers) == MaxSigners {
			return nil, refuse(TooLarge, "signers")
		}
		s, err := out.takeSigner(signer, declared)
		if err != nil {
			return nil, err
		}
		out.Signers = append(out.Signers, s)
	}
	return out, nil
}

// declaredDigests returns the digest algorithms named ahead of the content.
func declaredDigests(s *cryptobyte.String) (map[string]bool, error) {
	var set cryptobyte.String
	if !s.ReadASN1(&set, cbasn1.SET) {
		return nil, malformed("digest algorithms")
	}
	out := map[string]bool{}
	for !set.Empty() {
		if len(out) == MaxSigners {
			return nil, refuse(TooLarge, "digest algorithms")
		}
		oid, _, err := takeAlgorithm(&set)
		if err != nil {
			return nil, err
		}
		out[oid.String()] = true
	}
	return out, nil
}

// takeAlgorithm reads an AlgorithmIdentifier. plain is false where it has
// parameters other than NULL.
func takeAlgorithm(s *cryptobyte.String) (oid asn1.ObjectIdentifier, p parameters, err error) {
	var algorithm cryptobyte.String
	if !s.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) {
		return nil, 0, malformed("algorithm")
	}
	if algorithm.Empty() {
		return oid, absent, nil
	}
	var value cryptobyte.String
	var tag cbasn1.Tag
	if !algorithm.ReadAnyASN1(&value, &tag) || !algorithm.Empty() || tag == cbasn1.NULL && !value.Empty() {
		return nil, 0, malformed("parameters of an algorithm")
	}
	if tag == cbasn1.NULL {
		return oid, null, nil
	}
	return oid, other, nil
}

// parameters of an algorithm.
type parameters uint8

const (
	absent parameters = iota
	null
	other
)

func (sd *SignedData) takeContent(s *cryptobyte.String) error {
	var info, wrapped, octets cryptobyte.String
	if !s.ReadASN1(&info, cbasn1.SEQUENCE) || !info.ReadASN1ObjectIdentifier(&sd.ContentType) {
		return malformed("content")
	}
	if info.Empty() {
		return nil
	}
	if !info.ReadASN1(&wrapped, explicitTag(0)) || !info.Empty() || !wrapped.ReadASN1(&octets, cbasn1.OCTET_STRING) || !wrapped.Empty() {
		return malformed("content")
	}
	sd.Content = append([]byte{}, octets...)
	return nil
}

func (sd *SignedData) takeCertificates(set cryptobyte.String) error {
	for !set.Empty() {
		var der cryptobyte.String
		if !set.ReadASN1Element(&der, cbasn1.SEQUENCE) {
			return malformed("certificates")
		}
		if len(sd.Certificates) == MaxCertificates {
			return refuse(TooLarge, "certificates")
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return &Error{Cause: Malformed, Detail: "certificate", Err: err}
		}
		sd.Certificates = append(sd.Certificates, cert)
	}
	return nil
}

// takeRevocation reads RevocationInfoChoices: lists and OCSP answers. Data of
// another format are passed over.
func (sd *SignedData) takeRevocation(s *cryptobyte.String) error {
	var set cryptobyte.String
	if !s.ReadASN1(&set, explicitTag(1)) {
		return malformed("revocation data")
	}
	for n := 0; !set.Empty(); n++ {
		if n == MaxRevocationData {
			return refuse(TooLarge, "revocation data")
		}
		if set.PeekASN1Tag(cbasn1.SEQUENCE) {
			var list cryptobyte.String
			if !set.ReadASN1Element(&list, cbasn1.SEQUENCE) {
				return malformed("revocation data")
			}
			sd.CRLs = append(sd.CRLs, list)
			continue
		}
		var choice cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !set.ReadASN1(&choice, explicitTag(1)) || !choice.ReadASN1ObjectIdentifier(&oid) {
			return malformed("revocation data")
		}
		if oid.Equal(oidOCSPResponse) {
			var response cryptobyte.String
			if !choice.ReadASN1Element(&response, cbasn1.SEQUENCE) || !choice.Empty() {
				return malformed("OCSP answer that travels along")
			}
			sd.OCSP = append(sd.OCSP, response)
		}
	}
	return nil
}

func (sd *SignedData) takeSigner(in cryptobyte.String, declared map[string]bool) (*Signer, error) {
	s := &Signer{serial: new(big.Int)}
	var version int
	if !in.ReadASN1Integer(&version) {
		return nil, malformed("signer")
	}
	var id, issuer, attributes, value cryptobyte.String
	switch version {
	case 1:
		if !in.ReadASN1(&id, cbasn1.SEQUENCE) || !id.ReadASN1Element(&issuer, cbasn1.SEQUENCE) ||
			!id.ReadASN1Integer(s.serial) || !id.Empty() {
			return nil, malformed("signer identifier")
		}
		s.issuer = issuer
	case 3:
		if !in.SkipASN1(cbasn1.Tag(0).ContextSpecific()) {
			return nil, malformed("signer identifier")
		}
		s.refuse(refuse(Unsupported, "the signer is named by a key identifier"))
	default:
		return nil, refuse(Unsupported, "signer version")
	}
	digest, p, err := takeAlgorithm(&in)
	if err != nil {
		return nil, err
	}
	if !declared[digest.String()] {
		return nil, malformed("the signer's digest is not a declared one")
	}
	var refusal error
	if s.Hash, refusal = digestAlgorithm(digest, p); refusal != nil {
		s.refuse(refusal)
	}
	signed := in.PeekASN1Tag(explicitTag(0))
	if signed && !in.ReadASN1(&attributes, explicitTag(0)) {
		return nil, malformed("signed attributes")
	}
	if !signed {
		// Without attributes the value is over the content alone, and one who
		// has a signature over attributes could present these as the content.
		s.refuse(refuse(Unsupported, "a signer without signed attributes"))
	}
	s.attributes = attributes
	algorithm, p, err := takeAlgorithm(&in)
	if err != nil {
		return nil, err
	}
	if s.Algorithm, refusal = valueAlgorithm(algorithm, p, s.Hash); refusal != nil {
		s.refuse(refusal)
	}
	if !in.ReadASN1(&value, cbasn1.OCTET_STRING) || len(value) == 0 {
		return nil, malformed("signature")
	}
	s.Value = value
	if !in.Empty() {
		if err := sd.takeUnsigned(s, &in); err != nil {
			return nil, err
		}
	}
	if !signed {
		return s, nil
	}
	return s, sd.takeSigned(s)
}

// refuse keeps the first reason against a signer.
func (s *Signer) refuse(err error) {
	if s.refusal == nil {
		s.refusal = err
	}
}

// digestAlgorithm takes SHA-256, SHA-384 and SHA-512.
func digestAlgorithm(oid asn1.ObjectIdentifier, p parameters) (crypto.Hash, error) {
	if p == other {
		return 0, refuse(Unsupported, "parameters of digest "+oid.String())
	}
	switch {
	case oid.Equal(oidSHA256):
		return crypto.SHA256, nil
	case oid.Equal(oidSHA384):
		return crypto.SHA384, nil
	case oid.Equal(oidSHA512):
		return crypto.SHA512, nil
	case oid.Equal(oidSHA1), oid.Equal(oidMD5), oid.Equal(oidSHA224):
		return 0, refuse(Weak, "digest "+oid.String())
	}
	return 0, refuse(Unsupported, "digest "+oid.String())
}

// valueAlgorithm takes PKCS#1 v1.5 and ECDSA with the same digest as the
// attributes, and the bare rsaEncryption that many programs write.
func valueAlgorithm(oid asn1.ObjectIdentifier, p parameters, hash crypto.Hash) (x509.SignatureAlgorithm, error) {
	for _, weak := range []asn1.ObjectIdentifier{oidSHA1WithRSA, oidMD5WithRSA, oidECDSAWithSHA1} {
		if oid.Equal(weak) {
			return 0, refuse(Weak, "signature algorithm "+oid.String())
		}
	}
	known := false
	for _, a := range []struct {
		oid       asn1.ObjectIdentifier
		hash      crypto.Hash // 0: any
		algorithm map[crypto.Hash]x509.SignatureAlgorithm
		ecdsa     bool
	}{
		{oidRSAEncryption, 0, rsaAlgorithms, false},
		{oidSHA256WithRSA, crypto.SHA256, rsaAlgorithms, false},
		{oidSHA384WithRSA, crypto.SHA384, rsaAlgorithms, false},
		{oidSHA512WithRSA, crypto.SHA512, rsaAlgorithms, false},
		{oidECDSAWithSHA256, crypto.SHA256, ecdsaAlgorithms, true},
		{oidECDSAWithSHA384, crypto.SHA384, ecdsaAlgorithms, true},
	} {
		if !oid.Equal(a.oid) {
			continue
		}
		known = true
		// RFC 5754, 3.2 and 3.3: NULL (often left out) for RSA, nothing for ECDSA.
		if p == other || a.ecdsa && p != absent {
			return 0, malformed("parameters of signature algorithm " + oid.String())
		}
		if out := a.algorithm[hash]; out != 0 && (a.hash == 0 || a.hash == hash) {
			return out, nil
		}
	}
	if known && hash != 0 {
		return 0, refuse(Unsupported, "the signature is by another digest than the attributes")
	}
	return 0, refuse(Unsupported, "signature algorithm "+oid.String())
}

var (
	rsaAlgorithms = map[crypto.Hash]x509.SignatureAlgorithm{
		crypto.SHA256: x509.SHA256WithRSA, crypto.SHA384: x509.SHA384WithRSA, crypto.SHA512: x509.SHA512WithRSA,
	}
	ecdsaAlgorithms = map[crypto.Hash]x509.SignatureAlgorithm{
		crypto.SHA256: x509.ECDSAWithSHA256, crypto.SHA384: x509.ECDSAWithSHA384,
	}
)
