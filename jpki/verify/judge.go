package verify

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"kado/jpki"
)

// causeReasons maps what jpki.Pool.Verify refuses to the closed list.
var causeReasons = map[jpki.Cause]Reason{
	jpki.Malformed:      CertMalformed,
	jpki.IsAuthority:    CertIsAuthority,
	jpki.WrongAuthority: CertWrongCA,
	jpki.WrongAlgorithm: CertAlgorithm,
	jpki.BadSignature:   CertBadSign,
	jpki.WrongPolicy:    CertPolicy,
	jpki.WrongUsage:     CertUsage,
	jpki.NotYetValid:    CertNotYet,
	jpki.Expired:        CertExpired,
	jpki.OutlivesCA:     CertOutlivesCA,
}

func judge(s *Signature, cert *x509.Certificate, stamped time.Time, o Options, more []Material) {
	s.CheckedAt = o.At
	if cert == nil || len(cert.Raw) == 0 {
		s.Fail("chain", NoSigner, "no certificate")
		return
	}
	s.Signer = cert.Raw
	if stamped.After(o.At) {
		// Nothing proves a time that has not come yet.
		s.Fail("time", BadTimeStamp, "the time-stamp lies after the instant of the judgement")
		stamped = time.Time{}
	}
	if !stamped.IsZero() {
		s.CheckedAt = stamped
	}
	ca := chain(s, cert, !stamped.IsZero(), o)
	if ca == nil {
		return
	}
	status(s, cert, ca, stamped, o, more)
}

// chain fills the check "chain" and returns the CA generation whose revocation
// data count; nil where the chain fails for good.
func chain(s *Signature, cert *x509.Certificate, proven bool, o Options) *x509.Certificate {
	if len(o.Trust.Pools) == 0 {
		s.Fail("chain", NoTrust, "no CA was given")
		return nil
	}
	c, err := o.Trust.Verify(cert, o.Kind, s.CheckedAt)
	if err == nil {
		s.Hold("chain", c.Kind.String()+" certificate of a "+c.Medium.String())
		s.Evidence = append(s.Evidence, caEvidence(c.Authority))
		return c.Authority
	}
	reason, detail := CertMalformed, err.Error()
	var e *jpki.VerifyError
	if errors.As(err, &e) {
		detail = e.Cause.String()
		if e.Detail != "" {
			detail += ": " + e.Detail
		}
		if r, ok := causeReasons[e.Cause]; ok {
			reason = r
		}
	}
	// A signer who claims a time after the end has said himself that the
	// certificate was over. One who claims an earlier time may be right, but
	// nothing proves it (EN 319 102-1, OUT_OF_BOUNDS_NO_POE).
	if reason == CertExpired && !proven && !s.Claimed.IsZero() && !s.Claimed.After(cert.NotAfter) {
		s.Fail("chain", NoProofOfTime, "expired; nothing proves that the signature is older")
		return o.Trust.authority(cert)
	}
	s.Fail("chain", reason, detail)
	return nil
}

func caEvidence(ca *x509.Certificate) Evidence {
	return Evidence{
		Kind: "ca", Source: "given", Name: fmt.Sprintf("%s, serial %x", organizationalUnit(ca), ca.SerialNumber),
		Time: ca.NotBefore.UTC(), Until: ca.NotAfter.UTC(),
	}
}

func organizationalUnit(ca *x509.Certificate) string {
	if len(ca.Subject.OrganizationalUnit) == 0 {
		return "CA"
	}
	return ca.Subject.OrganizationalUnit[0]
}
