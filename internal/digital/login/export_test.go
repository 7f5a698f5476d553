package login

import (
	"context"

	"kado/jpki"
)

// VerifyInside is what Finish does with a known holder's answer apart from the database:
// certificate, chain, the card's signature, status, whose it is and the party's id.
func (o *Office) VerifyInside(ctx context.Context, c Challenge, p Party, r Response) (pairwise string, err error) {
	a := &attempt{now: o.clock.Now(), challenge: challengeRow{Challenge: c}, party: p}
	cert, unreadable := jpki.ParseCertificate(r.Certificate)
	if unreadable == nil {
		a.holder, a.known = o.holders.Get(cert.SerialNumber.Text(16))
	}
	if err := o.examine(ctx, a, r, cert, unreadable); err != nil {
		return "", err
	}
	pairwise, _ = o.ids.Get(a.party.ID + " " + a.holder.id)
	return pairwise, nil
}
