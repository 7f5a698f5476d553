package folk

import (
	"errors"

	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// SignOnCard has the card on a reader sign a message with one of its keys, after
// its PIN, with the digest that goes with the key. What the card refuses is
// returned as Refused says.
func SignOnCard(t reader.Transport, kind reader.KeyKind, pin mynumber.Secret, message []byte) (certificate, signature []byte, err error) {
	certificate, j, err := Unlock(t, kind, pin)
	if err != nil {
		return nil, nil, err
	}
	cert, err := jpki.ParseCertificate(certificate)
	if err != nil {
		return nil, nil, err
	}
	algorithm, err := jpki.AlgorithmOf(cert.PublicKey)
	if err != nil {
		return nil, nil, err
	}
	signature, err = j.Signer(kind, cert.PublicKey).Sign(nil, algorithm.Digest(message), algorithm.Hash())
	return certificate, signature, Refused(err)
}

// Unlock presents a PIN and reads the certificate of the key that it opens. A
// card without that certificate spends no try.
func Unlock(t reader.Transport, kind reader.KeyKind, pin mynumber.Secret) ([]byte, *reader.JPKI, error) {
	j, err := reader.New(t).JPKI()
	if err != nil {
		return nil, nil, Refused(err)
	}
	left, err := j.TriesLeft(kind)
	if err != nil {
		return nil, nil, Refused(err)
	}
	has, err := j.Presence()
	if err != nil {
		return nil, nil, Refused(err)
	}
	if kind == reader.SignatureKey && !has.Signature || kind == reader.AuthenticationKey && !has.Authentication {
		return nil, nil, NoCertificate.New()
	}
	if left == 0 && pin.IsZero() {
		return nil, nil, NoPIN.New()
	}
	if err := j.Verify(kind, pin); err != nil {
		return nil, nil, Refused(err)
	}
	certificate, err := j.Certificate(kind)
	return certificate, j, Refused(err)
}

// Refused gives the card's own refusals their numbers; anything else, a wrong PIN
// among it, stays as it is.
func Refused(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, reader.ErrBlocked):
		return PINBlocked.Because(err)
	case errors.Is(err, reader.ErrInert):
		return Undelivered.Because(err)
	case errors.Is(err, reader.ErrNotFound):
		return NoCertificate.Because(err)
	}
	return err
}
