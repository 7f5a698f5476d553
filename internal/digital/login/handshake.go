package login

import (
	"crypto/tls"
	"crypto/x509"
)

// ProofTLS is the kind of a proof by a TLS handshake, as the journal names it. A
// proof by a signature over the challenge's message has no name: it is the rule.
//
// What it proves: whoever is at the other end of this one connection has, now, the
// key of the certificate, to which the card asks for the PIN; the connection ends
// at this server, whose name the client has checked (origin binding by TLS). What
// it does not: the card has signed a transcript of the handshake and not a
// Statement, so that it never saw the relying party's name (P-42), and nothing is
// left that a third party could check afterwards. The journal therefore keeps such
// logins apart (login.logged_in_by_tls).
const ProofTLS = "tls-client-certificate"

// handshake is a proof by TLS. Only ByTLS makes one, from a connection of this
// process: no message from outside can claim it.
type handshake struct {
	leaf *x509.Certificate
}

// ByTLS is the answer to a challenge by the TLS handshake in which the holder's
// user authentication certificate was shown. The Finish that takes it applies every
// other check: authority, profile, validity, status. It reports false where the
// connection has no complete handshake with a certificate of the client, or one that
// was resumed, in which no key was used.
//
// TLS gives the server no way to show a certificate it did not check the
// possession of: crypto/tls ends the handshake when CertificateVerify is wrong.
func ByTLS(challenge string, c *tls.ConnectionState) (Response, bool) {
	if c == nil || !c.HandshakeComplete || c.DidResume || len(c.PeerCertificates) == 0 {
		return Response{}, false
	}
	leaf := c.PeerCertificates[0]
	return Response{Challenge: challenge, Certificate: leaf.Raw, handshake: &handshake{leaf}}, true
}

// proves reports whether the handshake was made with a certificate.
func (h *handshake) proves(cert *x509.Certificate) bool { return h != nil && h.leaf.Equal(cert) }

// Proof is the kind of proof in an answer: ProofTLS, or "" for a signature.
func (r Response) Proof() string {
	if r.handshake != nil {
		return ProofTLS
	}
	return ""
}
