package cardtool

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"kado/jpki"
	"kado/jpki/cms"
	"kado/jpki/ocsp"
	"kado/jpki/pdfsig"
	"kado/jpki/verify"
	"kado/jpki/xmlsig"
)

// Part is a part of a verification that a user may leave out on purpose.
type Part string

// The parts, by the names of their checks.
const (
	PartChain  Part = "chain"
	PartStatus Part = "status"
)

// Evidence is revocation data from a file.
type Evidence struct {
	Name string // for people: "crl.pem"
	DER  []byte
}

// VerifyRequest is a signature, or a signed document, to be verified.
type VerifyRequest struct {
	// Signature is the signed document or the signature beside it: PDF, XML, CMS
	// (DER or PEM) or, with Certificate, a bare signature value.
	Signature []byte
	// Content is what a detached signature is over; nil when none was given.
	Content []byte
	// References are the contents of XML references outside the document, by URI.
	References map[string][]byte
	// Certificate is the signer's, of a bare signature value.
	Certificate *x509.Certificate
	// Digest is what a bare value is over, in place of Content; Hash is its
	// algorithm, zero for the key's own.
	Digest []byte
	Hash   crypto.Hash

	Kind  jpki.Kind // which certificate has to have signed; zero: either
	Trust Trust
	CRLs  []Evidence
	OCSPs []Evidence
	At    time.Time
	// Without lists what is not to be checked.
	Without []Part
	// AllowUnbound takes signatures that do not name their certificate by hash.
	AllowUnbound bool
}

// Outcome is the answer of a verification.
type Outcome string

// The outcomes. AsAsked is for a verification without a part that the user
// left out: what was asked holds, and that is all.
const (
	Valid          Outcome = "valid"
	AsAsked        Outcome = "holds_as_far_as_asked"
	Invalid        Outcome = "not_valid"
	NotEstablished Outcome = "not_established"
)

// Verdict is the report of the verification with what the command adds.
type Verdict struct {
	Outcome Outcome `json:"outcome"`
	verify.Report
	LeftOut []Part `json:"left_out,omitempty"`
	// Signers are the certificates, in the order of Signatures; nil where none came
	// along.
	Signers []*Certificate `json:"signers,omitempty"`
	// Content is what was signed, of an attached signature that holds.
	Content []byte `json:"-"`
}

// Detect tells what kind of document a file is.
func Detect(file []byte) verify.Format {
	switch text := bytes.TrimLeft(bytes.TrimPrefix(file, []byte("\xEF\xBB\xBF")), " \t\r\n"); {
	case bytes.HasPrefix(file, []byte("%PDF-")):
		return verify.PDF
	case bytes.HasPrefix(text, []byte("<")):
		return verify.XML
	}
	return verify.FormatCMS
}

// VerifySignature verifies a signature or every signature of a document. The error
// is nil only when everything asked was checked and holds: otherwise NotValid or
// NotEstablishedFault, beside a verdict that tells why.
func VerifySignature(r VerifyRequest) (*Verdict, error) {
	v := &Verdict{LeftOut: r.Without}
	v.Report = *r.report(v)
	leaveOut(&v.Report, r.Without)
	for i := range v.Signatures {
		v.Signers = append(v.Signers, r.signer(&v.Signatures[i]))
	}
	err := v.conclude()
	if err != nil {
		v.Content = nil
	}
	return v, err
}

// report asks the verifier of the format.
func (r VerifyRequest) report(v *Verdict) *verify.Report {
	o := verify.Options{Trust: r.Trust, Kind: r.Kind, At: r.At, AllowUnbound: r.AllowUnbound}
	for _, e := range r.CRLs {
		o.Material = append(o.Material, verify.Material{Source: "given", Name: e.Name, CRL: e.DER})
	}
	for _, e := range r.OCSPs {
		o.Material = append(o.Material, verify.Material{Source: "given", Name: e.Name, OCSP: e.DER})
	}
	if r.Certificate != nil {
		return verify.Bare(verify.BareInput{Value: r.Signature, Certificate: r.Certificate, Content: r.Content, Digest: r.Digest, Hash: r.Hash}, o)
	}
	switch Detect(r.Signature) {
	case verify.PDF:
		return pdfsig.Verify(r.Signature, o)
	case verify.XML:
		return xmlsig.Verify(r.Signature, o, r.References)
	}
	ders, err := blocks(r.Signature, "CMS", "PKCS7")
	if err != nil || len(ders) != 1 {
		out := &verify.Report{Format: verify.FormatCMS, Reason: verify.Malformed, Detail: "neither PDF nor XML nor CMS"}
		out.Conclude()
		return out
	}
	if sd, err := cms.Parse(ders[0]); err == nil {
		v.Content = sd.Content
	}
	return verify.CMS(ders[0], r.Content, o)
}

// leaveOut takes the checks out that the user does not want, and draws the reasons
// again from what is left. What was not checked for want of such a part counts as
// not established.
func leaveOut(r *verify.Report, parts []Part) {
	if len(parts) == 0 {
		return
	}
	own := len(r.Signatures) == 0
	for i := range r.Signatures {
		s := &r.Signatures[i]
		own = own || r.Reason != verify.NoReason && r.Reason != s.Reason
		rest := verify.Signature{Name: s.Name, Level: s.Level, Algorithm: s.Algorithm, CheckedAt: s.CheckedAt, Claimed: s.Claimed,
			Stamped: s.Stamped, Signer: s.Signer, Evidence: s.Evidence}
		var status bool
		for _, c := range s.Checks {
			status = status || c.Name == string(PartStatus)
			switch {
			case slices.Contains(parts, Part(c.Name)):
			case c.Holds:
				rest.Hold(c.Name, c.Detail)
			default:
				rest.Fail(c.Name, c.Reason, c.Detail)
			}
		}
		if slices.Contains(parts, PartChain) && !slices.Contains(parts, PartStatus) && rest.Reason.Verdict() != verify.Failed && !status {
			rest.Fail(string(PartStatus), verify.NoTrust, "needs a chain that holds, to know whose revocation data count")
		}
		*s = rest
	}
	if own && len(r.Signatures) > 1 {
		// Several signatures can have several reasons: a reason that none of them
		// has is the document's own.
		own = !slices.ContainsFunc(r.Signatures, func(s verify.Signature) bool { return s.Reason == r.Reason })
	}
	if !own {
		r.Reason, r.Detail = verify.NoReason, ""
	}
	r.Conclude()
}

// signer describes the certificate of a signature; nil where none came along.
func (r VerifyRequest) signer(s *verify.Signature) *Certificate {
	if s.Signer == nil {
		return nil
	}
	cert, err := jpki.ParseCertificate(s.Signer)
	if err != nil {
		return nil
	}
	kind := r.Kind
	if kind == 0 {
		kind = jpki.Signature
		if _, err := r.Trust.Verify(cert, jpki.Authentication, s.CheckedAt); err == nil {
			kind = jpki.Authentication
		}
	}
	c := view(cert, kind, nil, r.Trust, s.CheckedAt)
	return &c
}

// conclude draws the outcome from the report.
func (v *Verdict) conclude() error {
	switch v.Report.Verdict {
	case verify.Passed:
		v.Outcome = Valid
		if len(v.LeftOut) > 0 {
			v.Outcome = AsAsked
			// A program that reads the report alone must not take it for more.
			v.Report.Verdict = verify.Indeterminate
			for i := range v.Signatures {
				v.Signatures[i].Verdict = verify.Indeterminate
			}
		}
		return nil
	case verify.Failed:
		v.Outcome = Invalid
		return NotValid.New()
	}
	v.Outcome = NotEstablished
	return NotEstablishedFault.New()
}

// ParseCRLFile reads a revocation list, PEM or DER.
func ParseCRLFile(b []byte) ([]byte, error) {
	ders, err := blocks(b, "X509 CRL")
	if err != nil || len(ders) != 1 {
		return nil, errPEM
	}
	_, err = jpki.ParseCRL(ders[0])
	return ders[0], err
}

// ParseOCSPFile reads an OCSP response, DER.
func ParseOCSPFile(b []byte) ([]byte, error) {
	_, err := ocsp.ParseResponse(b)
	var unsuccessful *ocsp.ResponderError
	if errors.As(err, &unsuccessful) {
		err = nil // an answer that proves nothing, which the check will say
	}
	return b, err
}
