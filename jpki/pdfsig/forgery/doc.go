// Package forgery writes PDF documents that attack a verifier of signatures, and
// the good ones beside them. Every case has a name, says what it does, and names
// the reason for which it has to be refused.
//
// The attacks are those published against viewers (universal signature forgery,
// incremental saving, signature wrapping, shadow and overlay attacks, attacks on
// certified documents) and those that follow from the form of the file.
package forgery

import (
	"crypto"
	"crypto/x509"
	"time"

	"kado/jpki/pdfsig"
	"kado/jpki/verify"
)

// Kit is what the cases sign with.
type Kit struct {
	Key   crypto.Signer
	Cert  *x509.Certificate
	Chain []*x509.Certificate
	Time  time.Time // claimed by the signatures
}

// Case is one document with the expected answer.
type Case struct {
	// Name is unique and fit for a file name.
	Name string
	// About says in a sentence what was done.
	About string
	// Reason is why the document is refused; NoReason for a good one.
	Reason verify.Reason
	// PDFSig is what pdfsig of Poppler 22.12 answers for the last signature it
	// lists: "accepts" (valid, total document), "partial" (valid, not total
	// document), "refuses", "nothing" (no signature seen, or the file not read).
	PDFSig string
	// File makes the document. Signature values differ from call to call where the
	// key's algorithm is not deterministic.
	File func(Kit) ([]byte, error)
}

// Missed reports whether pdfsig takes for good what has to be refused.
func (c Case) Missed() bool { return c.Reason != verify.NoReason && c.PDFSig == "accepts" }

func (k Kit) options() pdfsig.SignOptions {
	return pdfsig.SignOptions{Chain: k.Chain, Time: k.Time, Reason: "転入届"}
}

// Sign signs a document as the product does.
func (k Kit) Sign(file []byte) ([]byte, error) {
	return pdfsig.Sign(file, k.Key, k.Cert, k.options())
}
