// Package corpus is the attack corpus: signed documents, good ones and such as
// try to deceive a verifier, each with the verdict and the reason that a correct
// verifier gives. It writes them as files with a manifest, runs verifiers on them
// (this program's own, OpenSSL, pdfsig, xmlsec1 and any other by a small adapter
// program), and compares.
//
// Keys are made anew whenever the corpus is written; names, times, structure and
// expected answers are always the same.
package corpus

import (
	"time"

	"kado/jpki/verify"
)

// Format and Version stand in every manifest.
const (
	Format  = "kado-corpus"
	Version = 1
)

// Manifest lists the cases.
type Manifest struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Cases   []Case `json:"cases"`
}

// Case is one document and what is known beside it. Every file lies in the folder
// of the case, cases/NAME, together with a copy of this entry as case.json.
type Case struct {
	Name  string `json:"name"`  // lower case, digits and hyphens
	Group string `json:"group"` // certificate, revocation, cms, bare, time-stamp, pdf, xml
	About string `json:"about"` // one sentence
	// Document is the file that is judged, Form its kind: cms, bare, pdf or xml.
	Document string        `json:"document"`
	Form     verify.Format `json:"form"`
	// Content lies beside a detached CMS signature or a bare one. Means says what a
	// bare one's is: content, digest or digest-info.
	Content string `json:"content,omitempty"`
	Means   string `json:"means,omitempty"`
	// Signer is the certificate of a bare signature (PEM).
	Signer string `json:"signer,omitempty"`
	// Detached are files beside an XML signature, by the URI that names them.
	Detached map[string]string `json:"detached,omitempty"`
	// Demand is the element of an XML document that the reader will use; without it
	// that is the root.
	Demand *Demand `json:"demand,omitempty"`
	// At is the instant of the judgement.
	At time.Time `json:"at"`
	// Kind is the certificate that has to have signed: signature or authentication.
	Kind string `json:"kind"`
	// Unbound: signatures that do not name their certificate are taken.
	Unbound bool `json:"unbound,omitempty"`
	// Trust and TSA are the certificates that the reader believes (PEM); CRL and OCSP
	// the revocation data at hand (DER).
	Trust []string `json:"trust"`
	TSA   []string `json:"tsa,omitempty"`
	CRL   []string `json:"crl,omitempty"`
	OCSP  []string `json:"ocsp,omitempty"`
	// Verdict and Reason are the expected answer, in the words of EN 319 102-1 and
	// of the closed list of reasons.
	Verdict verify.Verdict `json:"verdict"`
	Reason  verify.Reason  `json:"reason,omitempty"`
}

// Demand names an element of an XML document.
type Demand struct {
	ID    string `json:"id,omitempty"`
	Space string `json:"namespace,omitempty"`
	Local string `json:"element,omitempty"`
}

// Good reports whether the case is a control: it has to be accepted.
func (c *Case) Good() bool { return c.Verdict == verify.Passed }
