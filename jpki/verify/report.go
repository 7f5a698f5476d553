// Package verify answers for signatures of cardholders: what was checked, for
// which instant, with which evidence, and why it failed. It judges the signer's
// certificate (chain against the CA generations, status by OCSP answers and CRLs)
// and holds the report that every document format fills: CMS here, PDF in
// jpki/pdfsig, XML in jpki/xmlsig.
//
// The answer follows EN 319 102-1: TOTAL-PASSED, TOTAL-FAILED or INDETERMINATE.
// A verifier that cannot establish something never says that it passed.
package verify

import "time"

// Verdict is the outcome of one signature or of a whole document
// (EN 319 102-1, 5.1.3).
type Verdict string

// The verdicts, from the best to the worst: a document's is the worst of its
// signatures', and a document without a signature is Failed (NoSignature).
const (
	Passed        Verdict = "TOTAL-PASSED"
	Indeterminate Verdict = "INDETERMINATE" // something needed could not be established
	Failed        Verdict = "TOTAL-FAILED"
)

// Reason is why a signature did not pass; a closed list, so that programs may
// compare it.
type Reason string

// The reasons. Which verdict each leads to is told by Reason.Verdict.
const (
	NoReason Reason = "" // passed

	// The document and the signature value.
	Malformed        Reason = "malformed"         // not the one accepted form of the format
	TooLarge         Reason = "too-large"         // beyond a cap
	NoSignature      Reason = "no-signature"      // nothing signed was found
	Unsupported      Reason = "unsupported"       // an algorithm, transform or form that is not accepted
	WeakAlgorithm    Reason = "weak-algorithm"    // SHA-1, MD5, RSA under 2,048 bits
	ContentMissing   Reason = "content-missing"   // detached, and no content was given
	ContentChanged   Reason = "content-changed"   // a digest over content does not match
	NotAllSigned     Reason = "not-all-signed"    // the signature does not cover what a reader is shown
	ChangedAfter     Reason = "changed-after"     // an update behind the signature alters what was signed
	BadSignature     Reason = "bad-signature"     // the signature value is not by the key
	WrongSigner      Reason = "wrong-signer"      // the signed reference names another certificate
	NoSigner         Reason = "no-signer"         // the signer's certificate did not come along
	NotBound         Reason = "not-bound"         // the signature does not name its certificate by digest
	AmbiguousContent Reason = "ambiguous-content" // two readings of what was signed (wrapping, duplicate ids)
	BadTimeStamp     Reason = "bad-time-stamp"    // a time-stamp that is not over this signature or not by a trusted TSA

	// The signer's certificate.
	CertMalformed   Reason = "certificate-malformed"
	CertIsAuthority Reason = "certificate-is-ca"
	CertWrongCA     Reason = "certificate-wrong-ca"
	CertBadSign     Reason = "certificate-bad-signature"
	CertAlgorithm   Reason = "certificate-wrong-algorithm" // not the algorithm of its CA generation
	CertPolicy      Reason = "certificate-wrong-policy"
	CertUsage       Reason = "certificate-wrong-usage"
	CertNotYet      Reason = "certificate-not-yet-valid"
	CertExpired     Reason = "certificate-expired"
	CertOutlivesCA  Reason = "certificate-outlives-ca"
	CertRevoked     Reason = "certificate-revoked"
	CertOnHold      Reason = "certificate-on-hold"
	CertUnknown     Reason = "certificate-unknown" // the authority does not know the serial number

	// Evidence that is missing or unusable: INDETERMINATE.
	NoRevocationData  Reason = "no-revocation-data"
	BadRevocationData Reason = "bad-revocation-data" // given, but stale, not signed by the CA or its responder, or for another certificate
	NoTrust           Reason = "no-trust"            // no CA was given
	NoProofOfTime     Reason = "no-proof-of-time"    // the certificate ended meanwhile and nothing proves that the signature is older
)

// Reasons are all of them, but NoReason.
var Reasons = [...]Reason{
	Malformed, TooLarge, NoSignature, Unsupported, WeakAlgorithm,
	ContentMissing, ContentChanged, NotAllSigned, ChangedAfter, BadSignature,
	WrongSigner, NoSigner, NotBound, AmbiguousContent, BadTimeStamp,
	CertMalformed, CertIsAuthority, CertWrongCA, CertBadSign, CertAlgorithm,
	CertPolicy, CertUsage, CertNotYet, CertExpired, CertOutlivesCA,
	CertRevoked, CertOnHold, CertUnknown, NoRevocationData, BadRevocationData,
	NoTrust, NoProofOfTime,
}

// Verdict says where a reason leads.
func (r Reason) Verdict() Verdict {
	switch r {
	case NoReason:
		return Passed
	case ContentMissing, NoRevocationData, BadRevocationData, NoTrust, NoProofOfTime, Unsupported:
		return Indeterminate
	}
	return Failed
}

// Format names the kind of document.
type Format string

// The formats.
const (
	FormatCMS  Format = "cms"
	PDF        Format = "pdf"
	XML        Format = "xml"
	FormatBare Format = "bare" // a signature value alone, over a digest or a DigestInfo
)

// Check is one thing that was looked at.
type Check struct {
	// Name is a closed word: "form", "content", "signature", "signer", "chain",
	// "status", "time", "coverage", "updates".
	Name   string `json:"name"`
	Holds  bool   `json:"holds"`
	Reason Reason `json:"reason,omitempty"` // why not
	Detail string `json:"detail,omitempty"` // for people, English; holds nothing of the content and no personal data
}

// Evidence is something the answer rests on.
type Evidence struct {
	// Kind is "ocsp", "crl", "time-stamp" or "ca".
	Kind   string    `json:"kind"`
	Source string    `json:"source"` // "given", "document", "network"
	Name   string    `json:"name,omitempty"`
	Time   time.Time `json:"time"` // producedAt, thisUpdate, genTime or the CA's notBefore
	Until  time.Time `json:"until,omitzero"`
	Says   string    `json:"says,omitempty"` // "good", "revoked …"
}

// Signature is the answer for one signature.
type Signature struct {
	Verdict Verdict `json:"verdict"`
	Reason  Reason  `json:"reason,omitempty"` // the first that applies, in the order of the checks
	Detail  string  `json:"detail,omitempty"`
	// Name tells signatures of one document apart: a PDF field, an XML Id.
	Name string `json:"name,omitempty"`
	// Level is the baseline level that the signature reaches: "B-B", "B-T",
	// "B-LT"; empty for a plain one.
	Level     string `json:"level,omitempty"`
	Algorithm string `json:"algorithm,omitempty"` // "RSA-2048 SHA-256", "ECDSA P-384 SHA-384"
	// CheckedAt is the instant for which certificate and status were judged: the
	// time of a trusted time-stamp, or else the time given by the caller.
	CheckedAt time.Time `json:"checked_at"`
	// Claimed is the signing time the signer claims; nothing proves it.
	Claimed time.Time `json:"claimed_signing_time,omitzero"`
	// Stamped is the time of a time-stamp that holds.
	Stamped  time.Time  `json:"time_stamp,omitzero"`
	Signer   []byte     `json:"-"` // DER of the signer's certificate; nil if none
	Checks   []Check    `json:"checks"`
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Report is the answer for one document.
type Report struct {
	Format     Format      `json:"format"`
	Verdict    Verdict     `json:"verdict"`
	Reason     Reason      `json:"reason,omitempty"` // of the document itself, or of its worst signature
	Detail     string      `json:"detail,omitempty"`
	Signatures []Signature `json:"signatures"`
}

// Fail notes a check that does not hold; the first one decides verdict and reason.
func (s *Signature) Fail(check string, r Reason, detail string) {
	s.Checks = append(s.Checks, Check{Name: check, Reason: r, Detail: detail})
	if s.Reason == NoReason || s.Reason.Verdict() == Indeterminate && r.Verdict() == Failed {
		s.Reason, s.Detail = r, detail
	}
}

// Hold notes a check that holds.
func (s *Signature) Hold(check, detail string) {
	s.Checks = append(s.Checks, Check{Name: check, Holds: true, Detail: detail})
}

// Conclude sets the verdict of the signature from its reason.
func (s *Signature) Conclude() { s.Verdict = s.Reason.Verdict() }

// Conclude sets the report's verdict: that of its own reason, or the worst of
// its signatures'.
func (r *Report) Conclude() {
	worst := func(v Verdict) int { return map[Verdict]int{Passed: 0, Indeterminate: 1, Failed: 2}[v] }
	if r.Reason == NoReason && len(r.Signatures) == 0 {
		r.Reason = NoSignature
	}
	r.Verdict = r.Reason.Verdict()
	own := r.Reason
	for i := range r.Signatures {
		r.Signatures[i].Conclude()
		s := r.Signatures[i]
		if worst(s.Verdict) > worst(r.Verdict) || own == NoReason && r.Reason == NoReason && s.Reason != NoReason {
			r.Verdict, r.Reason, r.Detail = s.Verdict, s.Reason, s.Detail
		}
	}
}
