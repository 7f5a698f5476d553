// Package ocsp is the Online Certificate Status Protocol (RFC 6960 with the
// nonce of RFC 9654) as the validation authority and its clients speak it:
// requests for several certificates, nonces of 1 to 32 octets, certIDs by SHA-1
// and SHA-256, responses signed by a delegated responder whose certificate
// travels inside. Everything is DER, read strictly and capped in size.
//
// golang.org/x/crypto/ocsp knows neither several requests nor a nonce for the
// whole response; the tests hold the two against each other and against openssl.
package ocsp

import (
	"encoding/asn1"
	"errors"
)

// Caps.
const (
	MaxRequestSize  = 16 << 10  // octets
	MaxResponseSize = 256 << 10 // octets
	MaxRequests     = 100       // certIDs in one request
	MaxNonceSize    = 32        // octets, RFC 9654, 2.1
)

// Errors of the parsers. An error of ParseRequest wraps one of them, so that a
// responder can choose between "malformed request" and "unauthorized".
var (
	ErrMalformed   = errors.New("ocsp: malformed")
	ErrTooLarge    = errors.New("ocsp: too large")
	ErrUnsupported = errors.New("ocsp: not supported")
)

var (
	oidBasicResponse = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidNonce         = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}
	oidArchiveCutoff = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 6}
	oidOCSPNoCheck   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}
	oidSHA1          = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA256WithRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
)
