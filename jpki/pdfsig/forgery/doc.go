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
	"fmt"
	"strings"
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
	// PDFSig is what pdfsig of Poppler 22.12 answers, one of the words below.
	PDFSig string
	// File makes the document. Signature values differ from call to call where the
	// key's algorithm is not deterministic.
	File func(Kit) ([]byte, error)
}

// Answers of pdfsig.
const (
	Accepts = "accepts" // every signature valid, one of them over the total document
	Partial = "partial" // every signature valid, none over the total document: no different from a permitted update
	Refuses = "refuses" // a signature is not valid
	Nothing = "nothing" // no signature found, or the file not read
)

// Missed reports whether pdfsig calls every signature valid where the document
// has to be refused.
func (c Case) Missed() bool {
	return c.Reason != verify.NoReason && (c.PDFSig == Accepts || c.PDFSig == Partial)
}

// Table lists the cases, one a line: name, reason ("good" for none), pdfsig's
// answer, "missed" or nothing, and what was done, parted by tabs.
func Table() string {
	var b strings.Builder
	b.WriteString("# name\treason\tpdfsig\tmissed\tabout\n")
	for _, c := range Cases() {
		reason, missed := string(c.Reason), ""
		if reason == "" {
			reason = "good"
		}
		if c.Missed() {
			missed = "missed"
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\n", c.Name, reason, c.PDFSig, missed, c.About)
	}
	return b.String()
}

// PDFSigAnswer reads the answer out of what pdfsig prints.
func PDFSigAnswer(output string) string {
	valid, total := 0, false
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if says, ok := strings.CutPrefix(line, "- Signature Validation: "); ok {
			if says != "Signature is Valid." {
				return Refuses
			}
			valid++
		}
		total = total || line == "- Total document signed"
	}
	switch {
	case valid == 0:
		return Nothing
	case total:
		return Accepts
	}
	return Partial
}

func (k Kit) options() pdfsig.SignOptions {
	return pdfsig.SignOptions{Chain: k.Chain, Time: k.Time, Reason: "転入届"}
}

// Sign signs a document as the product does.
func (k Kit) Sign(file []byte) ([]byte, error) {
	return pdfsig.Sign(file, k.Key, k.Cert, k.options())
}
