package tsa

import (
	"bytes"
	"crypto"
	"crypto/subtle"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"kado/jpki"
	"kado/jpki/cms"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// TimeStamp is what a token says (TSTInfo, RFC 3161, 2.4.2).
type TimeStamp struct {
	Policy   asn1.ObjectIdentifier
	Imprint  Imprint
	Serial   *big.Int
	Time     time.Time
	Accuracy time.Duration // zero when not given
	// Ordering says that tokens of this authority can be put in order by Time
	// alone, whatever the accuracy.
	Ordering bool
	Nonce    *big.Int // nil when not given
	// Authority is the pinned certificate that signed; nil from Parse.
	Authority *x509.Certificate

	signed *cms.SignedData
}

// Parse reads a token without checking anything that it says.
func Parse(token []byte) (*TimeStamp, error) {
	if len(token) > MaxResponseSize {
		return nil, ErrTooLarge
	}
	sd, err := cms.Parse(token)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if !sd.ContentType.Equal(oidTSTInfo) || sd.Content == nil || len(sd.Signers) != 1 {
		return nil, malformed("not a time-stamp token")
	}
	t, err := parseInfo(sd.Content)
	if err != nil {
		return nil, err
	}
	t.signed = sd
	return t, nil
}

func parseInfo(der []byte) (*TimeStamp, error) {
	input := cryptobyte.String(der)
	var in cryptobyte.String
	var version int
	t := &TimeStamp{}
	if !input.ReadASN1(&in, cbasn1.SEQUENCE) || !input.Empty() || !in.ReadASN1Integer(&version) || version != 1 ||
		!in.ReadASN1ObjectIdentifier(&t.Policy) {
		return nil, malformed("TSTInfo")
	}
	var err error
	if t.Imprint, err = readImprint(&in); err != nil {
		return nil, err
	}
	if t.Serial, err = readNumber(&in, false); err != nil {
		return nil, err
	}
	if t.Time, err = takeTime(&in); err != nil {
		return nil, err
	}
	if in.PeekASN1Tag(cbasn1.SEQUENCE) {
		if t.Accuracy, err = readAccuracy(&in); err != nil {
			return nil, err
		}
	}
	if in.PeekASN1Tag(cbasn1.BOOLEAN) && (!in.ReadASN1Boolean(&t.Ordering) || !t.Ordering) {
		return nil, malformed("ordering")
	}
	if in.PeekASN1Tag(cbasn1.INTEGER) {
		if t.Nonce, err = readNumber(&in, true); err != nil {
			return nil, err
		}
	}
	// The name is a hint; the signature tells who stamped.
	if in.PeekASN1Tag(explicitTag(0)) && !in.SkipASN1(explicitTag(0)) {
		return nil, malformed("tsa")
	}
	if in.PeekASN1Tag(explicitTag(1)) {
		if err := passExtensions(&in); err != nil {
			return nil, err
		}
	}
	if !in.Empty() {
		return nil, malformed("TSTInfo")
	}
	return t, nil
}

// readAccuracy reads seconds, milliseconds and microseconds, each optional.
func readAccuracy(s *cryptobyte.String) (time.Duration, error) {
	var in cryptobyte.String
	if !s.ReadASN1(&in, cbasn1.SEQUENCE) {
		return 0, malformed("accuracy")
	}
	var out time.Duration
	for _, part := range []struct {
		tag  cbasn1.Tag
		unit time.Duration
		max  int64
	}{{cbasn1.INTEGER, time.Second, 86400}, {implicitTag(0), time.Millisecond, 999}, {implicitTag(1), time.Microsecond, 999}} {
		if !in.PeekASN1Tag(part.tag) {
			continue
		}
		var n int64
		if !in.ReadASN1Int64WithTag(&n, part.tag) || n < 0 || n > part.max {
			return 0, malformed("accuracy")
		}
		out += time.Duration(n) * part.unit
	}
	if !in.Empty() {
		return 0, malformed("accuracy")
	}
	return out, nil
}

// passExtensions refuses critical extensions, since none is known.
func passExtensions(s *cryptobyte.String) error {
	var list cryptobyte.String
	if !s.ReadASN1(&list, explicitTag(1)) || list.Empty() {
		return malformed("extensions")
	}
	for !list.Empty() {
		var e, value cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !list.ReadASN1(&e, cbasn1.SEQUENCE) || !e.ReadASN1ObjectIdentifier(&oid) {
			return malformed("extension")
		}
		if e.PeekASN1Tag(cbasn1.BOOLEAN) {
			return malformed("critical extension " + oid.String())
		}
		if !e.ReadASN1(&value, cbasn1.OCTET_STRING) || !e.Empty() {
			return malformed("extension")
		}
	}
	return nil
}

// Verify checks that a trusted authority stamped message: the signature by one of
// the pinned certificates, which is for time-stamping alone and was valid at the
// time told, and the imprint. Errors: ErrMalformed, ErrTooLarge, ErrWeak,
// ErrUntrusted, ErrSignature, ErrImprint.
func Verify(token, message []byte, pinned []*x509.Certificate) (*TimeStamp, error) {
	t, err := Parse(token)
	if err != nil {
		return nil, err
	}
	if err := t.verify(ImprintOf(t.Imprint.Hash, message), pinned); err != nil {
		return nil, err
	}
	return t, nil
}

// VerifyDigest is Verify for a caller who has the digest, which must be by the
// hash of the token's imprint.
func VerifyDigest(token []byte, m Imprint, pinned []*x509.Certificate) (*TimeStamp, error) {
	t, err := Parse(token)
	if err != nil {
		return nil, err
	}
	if err := t.verify(m, pinned); err != nil {
		return nil, err
	}
	return t, nil
}

// Covers reports whether the token's imprint is that of message. The signature is
// not checked.
func (t *TimeStamp) Covers(message []byte) bool { return t.isOver(ImprintOf(t.Imprint.Hash, message)) }

func (t *TimeStamp) isOver(m Imprint) bool {
	return m.Hash == t.Imprint.Hash && subtle.ConstantTimeCompare(m.Digest, t.Imprint.Digest) == 1
}

func (t *TimeStamp) verify(m Imprint, pinned []*x509.Certificate) error {
	// First whether it is about this message at all: that needs no trust.
	if !t.isOver(m) {
		return ErrImprint
	}
	signer := t.signed.Signers[0]
	for _, c := range pinned {
		if c != nil && signer.Names(c) {
			t.Authority = c
			break
		}
	}
	if t.Authority == nil {
		return ErrUntrusted
	}
	if err := CheckCertificate(t.Authority); err != nil {
		return err
	}
	// A certificate that travels along may be left out, but not be another one.
	for _, c := range t.signed.Certificates {
		if signer.Names(c) && !bytes.Equal(c.Raw, t.Authority.Raw) {
			return fmt.Errorf("%w: another certificate of that name and number travels along", ErrUntrusted)
		}
	}
	if t.Time.Before(t.Authority.NotBefore) || t.Time.After(t.Authority.NotAfter) {
		return fmt.Errorf("%w: its certificate was not valid at the time told", ErrUntrusted)
	}
	if err := signer.Verify(t.Authority, signer.Digest(t.signed.Content), cms.VerifyOptions{}); err != nil {
		if errors.Is(err, &cms.Error{Cause: cms.Weak}) {
			return fmt.Errorf("%w: %w", ErrWeak, err)
		}
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}

// Before reports whether it is certain that t was made before other.
func (t *TimeStamp) Before(other *TimeStamp) bool {
	if t.Ordering && other.Ordering && t.Authority != nil && t.Authority.Equal(other.Authority) {
		return t.Time.Before(other.Time)
	}
	return t.Time.Add(t.Accuracy).Before(other.Time.Add(-other.Accuracy))
}

// CheckCertificate reports whether a certificate is one of a time-stamp authority:
// time-stamping alone as critical extended usage (RFC 3161, 2.3), no CA, usage for
// signatures, a key that is taken. Errors: ErrUntrusted, ErrWeak.
func CheckCertificate(c *x509.Certificate) error {
	refuse := func(why string) error { return fmt.Errorf("%w: %s", ErrUntrusted, why) }
	if c.IsCA || c.KeyUsage&^(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0 || len(c.UnhandledCriticalExtensions) > 0 {
		return refuse("its certificate may do more than sign")
	}
	if len(c.UnknownExtKeyUsage) > 0 || len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping {
		return refuse("its certificate is not for time-stamping alone")
	}
	for _, e := range c.Extensions {
		if e.Id.Equal(oidExtUsage) && !e.Critical {
			return refuse("the extended usage of its certificate is not critical")
		}
	}
	if _, err := jpki.AlgorithmOf(c.PublicKey); err != nil {
		return fmt.Errorf("%w: %w", ErrWeak, err)
	}
	return nil
}

// Hashes lists the digests that are stamped and taken.
var Hashes = [...]crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}
