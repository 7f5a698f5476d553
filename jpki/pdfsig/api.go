package pdfsig

import (
	"context"
	"crypto"
	"crypto/x509"
	"time"

	"kado/jpki/verify"
)

// Levels of a signature (EN 319 142-1, 6.3).
const (
	LevelB  = "B-B"  // signature and certificate
	LevelT  = "B-T"  // and a time-stamp over the signature
	LevelLT = "B-LT" // and OCSP answers, CRLs and certificates in the document
)

// SignOptions say how a document is signed.
type SignOptions struct {
	// Level is LevelB, LevelT or LevelLT; empty means LevelB.
	Level string
	// Chain are certificates that travel along, for instance the CA's.
	Chain []*x509.Certificate
	// TSA asks a time-stamp authority for a token (RFC 3161, DER) over the
	// SHA-256 digest of the signature value. Demanded from LevelT on.
	TSA func(ctx context.Context, digest []byte) ([]byte, error)
	// Material is written into the document at LevelLT, and what Revocation gets
	// behind the time-stamp: only data made after it prove that the certificate was
	// in force then. One of the two is demanded.
	Material   []verify.Material
	Revocation func(ctx context.Context) ([]verify.Material, error)
	// Time is the time the signer claims. It is written as /M and into no signed
	// attribute (EN 319 142-1, 6.3); zero leaves it out.
	Time time.Time
	// Name, Reason and Location are texts for people, each up to MaxText letters.
	Name, Reason, Location string
	// Field is the name of the signature field; an empty one is filled if it has
	// this name, else a field is made. Empty means "Signature1" or the next free
	// number.
	Field string
	// Context ends the questions of TSA and Revocation; nil means no end.
	Context context.Context
}

// Verify judges every signature of a PDF document. It never fails: what cannot be
// read is told by the reason of the report.
func Verify(file []byte, o verify.Options) *verify.Report {
	return judge(file, o)
}

// Sign signs a PDF document and returns it with the signature appended. The error
// is an *Error, or what key or TSA answered.
func Sign(file []byte, key crypto.Signer, cert *x509.Certificate, o SignOptions) ([]byte, error) {
	return sign(file, key, cert, o)
}
