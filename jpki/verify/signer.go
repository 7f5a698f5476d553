package verify

import (
	"crypto/x509"
	"time"

	"kado/jpki"
)

// Trust is whom the caller believes.
type Trust struct {
	Pools []*jpki.Pool        // CA generations, one pool per naming (jpki.Settings)
	TSA   []*x509.Certificate // time-stamp authorities, pinned; empty: no time-stamp counts
}

// Material is revocation data: given by the caller, or found in the document
// (Source tells which).
type Material struct {
	Source string // "given", "document"
	Name   string // for people: "crl.pem"
	OCSP   []byte // DER; exactly one of the two
	CRL    []byte // DER
}

// Options say how a document is judged.
type Options struct {
	Trust    Trust
	Kind     jpki.Kind // which certificate has to have signed; zero: either
	At       time.Time // the instant, when no time-stamp proves an earlier one
	Material []Material
	// AllowUnbound takes signatures that do not name their certificate by digest.
	AllowUnbound bool
}

// Signer judges the signer's certificate and fills the checks "chain" and
// "status" of s, its evidence and CheckedAt. stamped is the time of a trusted
// time-stamp over the signature, or zero. more is revocation data found in the
// document.
//
// With stamped zero everything is judged at o.At. With a time-stamp, the chain is
// judged at the stamped time, and a revocation after it does no harm, but
// revocation data must reach past the stamped time (EN 319 102-1, 5.2.6 and 5.5).
func Signer(s *Signature, cert *x509.Certificate, stamped time.Time, o Options, more []Material) {
	judge(s, cert, stamped, o, more)
}
