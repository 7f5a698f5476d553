package validation

import (
	"context"
	"math/big"

	"kado/jpki"
	"kado/jpki/ocsp"
)

// Present is what OCSP would answer about a certificate at this moment, for an office
// of the same process: without signature and nonce, since nothing lies in between that
// could change an answer or play an old one. It is nil for good, and otherwise a
// *jpki.StatusError, as ocsp.Check has it: Unavailable where the records do not answer,
// Unknown, OnHold, Revoked. Everything but good means refusal (CRT-56, CRT-57).
func (o *Office) Present(ctx context.Context, kind jpki.Kind, generation int, serial *big.Int) error {
	now := o.clock.Now()
	mark, err := o.memory.catchUp(ctx)
	if err != nil {
		return &jpki.StatusError{Status: jpki.Unavailable, Detail: "no answer", Err: err}
	}
	single := ocsp.SingleResponse{ID: ocsp.CertID{Serial: serial}, Status: ocsp.Unknown}
	g, known, err := o.issuerNumbered(ctx, kind, generation)
	if err == nil && known {
		_, err = o.fill(ctx, kind, g, &single, now, mark)
	}
	switch {
	case err != nil:
		return &jpki.StatusError{Status: jpki.Unavailable, Detail: "no answer", Err: err}
	case single.Status == ocsp.Good:
		return nil
	case single.Status == ocsp.Revoked:
		if refused := jpki.RevokedStatus(single.Reason, single.RevokedAt); refused != nil {
			return refused
		}
		return &jpki.StatusError{Status: jpki.Unavailable, Detail: "removeFromCRL as the reason of a revocation"}
	}
	return &jpki.StatusError{Status: jpki.Unknown}
}
