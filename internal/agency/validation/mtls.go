package validation

import (
	"context"
	"crypto/tls"
	"net/http"

	"kado/internal/platform/db"
	"kado/mynumber"
)

// VerifierTLS completes a server's configuration for the verifiers' listener:
// TLS 1.3 or 1.2, and a client certificate in every connection. Any certificate
// passes the handshake, which proves that the client holds its key; whose key it
// is the register says at each question (Identify).
//
// Keys are pinned rather than certified by an authority of our own because that
// needs no further CA to guard, no second revocation list and no name in a
// certificate to be believed: a key that is taken out of the register is refused
// in the next question, also on a connection that is open already; and two
// keys bound at once are a change of keys without a gap.
func VerifierTLS(c *tls.Config) *tls.Config {
	c = c.Clone()
	c.ClientAuth = tls.RequireAnyClientCert
	c.MinVersion = tls.VersionTLS12
	c.NextProtos = []string{"h2", "http/1.1"}
	return c
}

// Identify says which verifier's key a request came under. KADO-4110 where the
// connection has no client certificate, or the key is bound to nobody. Whether
// the verifier is accredited is for each question to say.
func (o *Office) Identify(r *http.Request) (verifier string, err error) {
	if err := noQuery(r.URL); err != nil {
		return "", err
	}
	if r.TLS == nil || !r.TLS.HandshakeComplete || len(r.TLS.PeerCertificates) == 0 {
		return "", UnknownKey.New()
	}
	key := ClientKey(r.TLS.PeerCertificates[0])
	err = o.db.View(r.Context(), func(tx *db.Tx) error {
		verifier, err = verifierOfKey(r.Context(), tx, key)
		return err
	})
	if err == nil && verifier == "" {
		err = UnknownKey.New()
	}
	return verifier, err
}

// Permit says whether a verifier may act for a purpose today, as itself.
// KADO-4101 and KADO-4102 refuse.
func (o *Office) Permit(ctx context.Context, verifier string, p Purpose) error {
	now := o.clock.Now()
	return o.db.View(ctx, func(tx *db.Tx) error {
		v, found, err := loadVerifier(ctx, tx, verifier)
		if err != nil {
			return err
		}
		if !found {
			return NotAccredited.New()
		}
		return v.may(p, mynumber.DateOf(now))
	})
}

// viewVerifier reads all that is recorded of one verifier.
func viewVerifier(ctx context.Context, verifier string, to *Registration) func(tx *db.Tx) error {
	return func(tx *db.Tx) error {
		v, found, err := loadVerifier(ctx, tx, verifier)
		if err != nil {
			return err
		}
		if !found {
			return NoVerifier.New()
		}
		*to, err = registration(ctx, tx, v)
		return err
	}
}
