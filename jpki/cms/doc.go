// Package cms makes and verifies signatures of cardholders over documents:
// SignedData of RFC 5652 with one signer, in the baseline form of CAdES (EN 319
// 122-1, B-B): content type, message digest, signing certificate by SHA-256
// (RFC 5035) and, where the caller gives one, the signing time. The signer is a
// crypto.Signer, so that the private key stays in the card: RSA with SHA-256, or
// ECDSA on P-384 with SHA-384 for the next card generation (RFC 5753, 2.1).
//
// Verify answers for the signature and for what it binds. Whether the signer's
// certificate is to be trusted is the matter of jpki.Pool and of its status.
package cms

import "encoding/asn1"

// Caps, in octets and counts.
const (
	// MaxSize is the largest SignedData that is read, with attached content.
	MaxSize = 64 << 20
	// MaxCertificates is the most certificates that may travel along.
	MaxCertificates = 16
	// maxAttributes is the most signed or unsigned attributes.
	maxAttributes = 32
)

var (
	oidData                 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}

	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidRSAEncryption = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidSHA256WithRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidSHA384WithRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}
	oidSHA512WithRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}

	oidECDSAWithSHA384 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
)
