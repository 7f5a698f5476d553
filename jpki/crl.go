package jpki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
)

// Caps for revocation lists. A complete list of a CA with two million entries
// has about 80 MB.
const (
	MaxCRLSize    = 256 << 20
	maxCRLNumber  = 20 // octets, RFC 5280, 5.2.3
	maxCRLEntries = 8 << 20
)

// RevokedEntry is one line of a revocation list.
type RevokedEntry struct {
	Serial *big.Int
	At     time.Time // whole seconds
	Reason RevocationReason
}

// CRLRequest describes one issue of a revocation list.
type CRLRequest struct {
	// Place limits the list to the certificates whose distribution point is that
	// municipality's (9.5); nil makes the complete list of the CA.
	Place      *Place
	Number     *big.Int
	ThisUpdate time.Time
	NextUpdate time.Time
	// Entries come in any order; none may come twice. An entry with
	// RemoveFromCRL tells that a suspension was lifted since the last issue.
	Entries []RevokedEntry
}

// CreateCRL makes a version 2 list: cRLNumber, authorityKeyIdentifier, critical
// issuingDistributionPoint with onlyContainsUserCerts and, for a municipality, its
// directoryName; entries in the order of serial numbers with reasonCode (left out
// for unspecified, RFC 5280, 5.3.1). The real profile is unknown (X). The key
// must be that of the profile's CA.
func CreateCRL(p *Profile, r CRLRequest, key crypto.Signer) ([]byte, error) {
	if !SameKey(p.ca.PublicKey, key.Public()) {
		return nil, ErrWrongSigner
	}
	entries := slices.Clone(r.Entries)
	for _, e := range entries {
		if err := checkSerial(e.Serial); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(entries, func(x, y RevokedEntry) int { return x.Serial.Cmp(y.Serial) })
	r.Entries = nil
	b, err := NewCRL(p, r)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if err := b.Add(e.Serial.Bytes(), e.At, e.Reason); err != nil {
			return nil, err
		}
	}
	signed, err := b.Sign(key)
	if err != nil {
		return nil, err
	}
	return signed.Bytes(), nil
}

// issuingDistributionPointExtension leaves the name out of a complete list. With
// the CA's own name in it, no end entity's distribution point would match (RFC
// 5280, 6.3.3 (b)(2)(i)) and verifiers would have to ignore the list.
func issuingDistributionPointExtension(name []byte) pkix.Extension {
	return pkix.Extension{Id: oidIssuingDistributionPoint, Critical: true, Value: derBytes(func(b *cryptobyte.Builder) {
		addSequence(b, func(b *cryptobyte.Builder) {
			if name != nil {
				addDistributionPointName(b, name)
			}
			addString(b, implicitTag(1), "\xff") // onlyContainsUserCerts TRUE
		})
	})}
}

// CRL is a parsed revocation list. Its signature is not checked yet; Check does
// that. Safe for concurrent use.
type CRL struct {
	list     *x509.RevocationList
	place    []byte // DER of the distribution point's name; nil in a complete list
	bySerial map[string]int
}

// ParseCRL reads one list and nothing behind it. It refuses indirect, partitioned
// by reason, delta and attribute lists, unknown critical extensions, and a serial
// number that comes twice.
func ParseCRL(der []byte) (*CRL, error) {
	if len(der) > MaxCRLSize {
		return nil, fmt.Errorf("jpki: the CRL is larger than %d octets", MaxCRLSize)
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, fmt.Errorf("jpki: not a CRL: %w", err)
	}
	if !bytes.Equal(list.Raw, der) {
		return nil, fmt.Errorf("jpki: octets behind the CRL")
	}
	if !known(list.SignatureAlgorithm) {
		return nil, fmt.Errorf("jpki: the CRL is signed with an algorithm of no generation")
	}
	if list.Number == nil || len(list.AuthorityKeyId) == 0 || list.NextUpdate.IsZero() {
		return nil, fmt.Errorf("jpki: the CRL lacks its number, authority key identifier or next update")
	}
	c := &CRL{list: list, bySerial: make(map[string]int, len(list.RevokedCertificateEntries))}
	scoped := false
	seen := map[string]bool{}
	for _, e := range list.Extensions {
		if seen[e.Id.String()] {
			return nil, fmt.Errorf("jpki: an extension comes twice in the CRL")
		}
		seen[e.Id.String()] = true
		switch {
		case e.Id.Equal(oidIssuingDistributionPoint):
			if c.place, err = parseIssuingDistributionPoint(e.Value); err != nil {
				return nil, err
			}
			scoped = e.Critical
		case e.Id.Equal(oidCRLNumber), e.Id.Equal(oidAuthorityKeyID):
		case e.Critical:
			return nil, fmt.Errorf("jpki: the CRL holds the unknown critical extension %s", e.Id)
		}
	}
	if !scoped {
		return nil, fmt.Errorf("jpki: the CRL lacks a critical issuingDistributionPoint")
	}
	for i, e := range list.RevokedCertificateEntries {
		if checkSerial(e.SerialNumber) != nil || e.ReasonCode < 0 || e.ReasonCode > 255 || !RevocationReason(e.ReasonCode).Valid() {
			return nil, fmt.Errorf("jpki: CRL entry %d has an impossible serial number or reason", i+1)
		}
		for _, x := range e.Extensions {
			if x.Critical && !x.Id.Equal(oidReasonCode) {
				return nil, fmt.Errorf("jpki: CRL entry %d holds an unknown critical extension", i+1)
			}
		}
		key := string(e.SerialNumber.Bytes())
		if _, dup := c.bySerial[key]; dup {
			return nil, fmt.Errorf("jpki: a serial number comes twice in the CRL")
		}
		c.bySerial[key] = i
	}
	return c, nil
}

// parseIssuingDistributionPoint accepts exactly what CreateCRL writes.
func parseIssuingDistributionPoint(der []byte) (place []byte, err error) {
	malformed := fmt.Errorf("jpki: the issuingDistributionPoint is malformed or of a kind that is not used")
	input := cryptobyte.String(der)
	var idp cryptobyte.String
	if !input.ReadASN1(&idp, sequenceTag) || !input.Empty() {
		return nil, malformed
	}
	if idp.PeekASN1Tag(explicitTag(0)) {
		if place, err = readDistributionPointName(&idp); err != nil {
			return nil, malformed
		}
	}
	if only, ok := readString(&idp, implicitTag(1)); !ok || only != "\xff" || !idp.Empty() {
		return nil, malformed
	}
	return place, nil
}

// readDistributionPointName reads [0] { [0] { [4] { Name } } } and returns the
// DER of the Name.
func readDistributionPointName(s *cryptobyte.String) ([]byte, error) {
	var point, full, general, name cryptobyte.String
	if !s.ReadASN1(&point, explicitTag(0)) ||
		!point.ReadASN1(&full, explicitTag(0)) || !point.Empty() ||
		!full.ReadASN1(&general, explicitTag(4)) || !full.Empty() ||
		!general.ReadASN1Element(&name, sequenceTag) || !general.Empty() {
		return nil, fmt.Errorf("jpki: not a directoryName")
	}
	return name, nil
}

// DistributionPoint returns the DER of the directory name under which the list
// that covers cert is found.
func DistributionPoint(cert *x509.Certificate) ([]byte, error) {
	value, ok := extension(cert, oidCRLDistributionPoints)
	if !ok {
		return nil, fmt.Errorf("jpki: the certificate names no CRL distribution point")
	}
	input := cryptobyte.String(value)
	var points, point cryptobyte.String
	if !input.ReadASN1(&points, sequenceTag) || !input.Empty() ||
		!points.ReadASN1(&point, sequenceTag) || !points.Empty() {
		return nil, fmt.Errorf("jpki: the certificate does not name one CRL distribution point")
	}
	name, err := readDistributionPointName(&point)
	if err != nil || !point.Empty() {
		return nil, fmt.Errorf("jpki: the CRL distribution point is not a directoryName")
	}
	return name, nil
}

// Number returns the CRL number.
func (c *CRL) Number() *big.Int { return new(big.Int).Set(c.list.Number) }

// ThisUpdate returns when the list was made.
func (c *CRL) ThisUpdate() time.Time { return c.list.ThisUpdate }

// NextUpdate returns when the next list is made at the latest.
func (c *CRL) NextUpdate() time.Time { return c.list.NextUpdate }

// Complete reports whether the list covers all certificates of its CA.
func (c *CRL) Complete() bool { return c.place == nil }

// Len returns the number of entries.
func (c *CRL) Len() int { return len(c.list.RevokedCertificateEntries) }

// Entries returns a copy of the entries in the order of the list.
func (c *CRL) Entries() []RevokedEntry {
	out := make([]RevokedEntry, 0, c.Len())
	for _, e := range c.list.RevokedCertificateEntries {
		out = append(out, RevokedEntry{new(big.Int).Set(e.SerialNumber), e.RevocationTime, RevocationReason(e.ReasonCode)})
	}
	return out
}

// Check tells the status of cert, which must have been verified against ca. It
// returns nil for good and a *StatusError otherwise: Unavailable when the list is
// not ca's, not signed by it, or does not cover cert; Stale before ThisUpdate and
// from NextUpdate on; OnHold or Revoked. A list cannot tell that a serial number
// was never issued.
func (c *CRL) Check(cert, ca *x509.Certificate, at time.Time) error {
	if err := c.CheckSignature(ca); err != nil {
		return err
	}
	return c.CheckVerified(cert, ca, at)
}

// CheckSignature reports whether ca made the list.
func (c *CRL) CheckSignature(ca *x509.Certificate) error {
	if !bytes.Equal(c.list.RawIssuer, ca.RawSubject) || !bytes.Equal(c.list.AuthorityKeyId, ca.SubjectKeyId) {
		return &StatusError{Status: Unavailable, Detail: "the CRL is of another CA"}
	}
	if a, err := authorityAlgorithm(ca.PublicKey); err != nil || a.Signature() != c.list.SignatureAlgorithm {
		return &StatusError{Status: Unavailable, Detail: "the CRL is not signed with the algorithm of its CA", Err: err}
	}
	if err := ca.CheckSignature(c.list.SignatureAlgorithm, c.list.RawTBSRevocationList, c.list.Signature); err != nil {
		return &StatusError{Status: Unavailable, Detail: "the signature of the CRL is wrong", Err: err}
	}
	return nil
}

// CheckVerified is Check for a list whose signature by ca was checked before, so
// that one check serves many certificates.
func (c *CRL) CheckVerified(cert, ca *x509.Certificate, at time.Time) error {
	if !bytes.Equal(cert.RawIssuer, ca.RawSubject) ||
		!bytes.Equal(c.list.RawIssuer, ca.RawSubject) || !bytes.Equal(c.list.AuthorityKeyId, ca.SubjectKeyId) ||
		len(cert.AuthorityKeyId) > 0 && !bytes.Equal(cert.AuthorityKeyId, ca.SubjectKeyId) {
		return &StatusError{Status: Unavailable, Detail: "the certificate or the CRL is of another CA"}
	}
	if cert.IsCA {
		return &StatusError{Status: Unavailable, Detail: "the CRL covers no CA certificates"}
	}
	if c.place != nil {
		name, err := DistributionPoint(cert)
		if err != nil || !bytes.Equal(name, c.place) {
			return &StatusError{Status: Unavailable, Detail: "the CRL does not cover the certificate", Err: err}
		}
	}
	if at.Before(c.list.ThisUpdate) || !at.Before(c.list.NextUpdate) {
		return &StatusError{Status: Stale, Detail: "the CRL is not of that time"}
	}
	i, listed := c.bySerial[string(cert.SerialNumber.Bytes())]
	if !listed {
		return nil
	}
	e := c.list.RevokedCertificateEntries[i]
	return RevokedStatus(RevocationReason(e.ReasonCode), e.RevocationTime)
}
