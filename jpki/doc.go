// Package jpki is the public-key side of the My Number Card: the profiles of
// the CA certificates, of the signature certificate (署名用電子証明書), of the
// user-authentication certificate (利用者証明用電子証明書) and of the OCSP
// responder certificate; issuing with a lint before the signature; the personal
// data inside a signature certificate; verification against the generations of
// the two CAs; and revocation lists. OCSP and CMS are the sub-packages ocsp
// and cms.
//
// It is a library of its own: bytes and keys in, bytes and typed errors out. It
// holds no state, keeps no clock and reads no files. Private keys come as
// crypto.Signer, so that they may lie in a token.
//
// What the public sources leave open about the real profile is a field of
// Settings with its default and the grade of the evidence for it.
package jpki
