package validation

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"time"

	"kado/jpki"
)

// pool is the generations of one authority, as a relying party trusts them.
func (o *Office) pool(ctx context.Context, kind jpki.Kind, fresh bool) (*jpki.Pool, error) {
	all, err := o.generations(ctx, kind, fresh)
	if err != nil {
		return nil, err
	}
	certs := make([]*x509.Certificate, len(all))
	for i, g := range all {
		certs[i] = g.cert
	}
	return jpki.NewPool(o.settings, certs...)
}

// recognise verifies a certificate against the generations of a kind. Validity in
// time is left to the records, which know more: a certificate is looked at
// as of a moment within it.
func (o *Office) recognise(ctx context.Context, cert *x509.Certificate, kind jpki.Kind) error {
	for _, fresh := range []bool{false, true} {
		p, err := o.pool(ctx, kind, fresh)
		if err != nil {
			return err
		}
		_, err = p.Verify(cert, kind, cert.NotBefore)
		if !fresh && errors.Is(err, &jpki.VerifyError{Cause: jpki.WrongAuthority}) {
			continue
		}
		return err
	}
	return nil
}

// statusOfCertificate judges a certificate that was shown as a whole: first
// whether an authority of ours signed it, then by its record, which must hold the
// very same octets.
func (o *Office) statusOfCertificate(ctx context.Context, der []byte, now time.Time) (Status, error) {
	cert, err := jpki.ParseCertificate(der)
	if err != nil {
		return Status{}, Malformed.Because(err, "certificate")
	}
	s := Status{Verdict: WrongAuthority, AsOf: now}
	for _, kind := range jpki.Kinds {
		err := o.recognise(ctx, cert, kind)
		var refusal *jpki.VerifyError
		switch {
		case err == nil:
			j, err := o.bySerial(ctx, kind, cert.SerialNumber.Text(16), now)
			if err != nil || j.Verdict == Unknown {
				return j.Status, err
			}
			c, found, err := o.find(ctx, kind, j.Serial)
			if err != nil {
				return Status{}, err
			}
			if !found || !bytes.Equal(c.DER, cert.Raw) {
				// Ours by signature, and not what was recorded: never vouched for.
				return Status{Kind: kind, Serial: j.Serial, Verdict: Unknown, AsOf: now}, nil
			}
			return j.Status, nil
		case !errors.As(err, &refusal):
			return Status{}, err
		case refusal.Cause == jpki.BadSignature, refusal.Cause == jpki.WrongAlgorithm:
			s.Verdict = BadSignature
		case refusal.Cause > jpki.BadSignature:
			// Signed by the authority and not of its profile: no record vouches for it.
			s.Verdict = Unknown
		}
	}
	return s, nil
}
