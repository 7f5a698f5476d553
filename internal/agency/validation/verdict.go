package validation

import (
	"context"
	"math/big"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/platform/fault"
	"kado/jpki"
	"kado/mynumber"
)

// authorityHasNone is the number with which the authority says that it knows no
// such certificate.
const authorityHasNone = 4001

// judgement is a Status beside the same by record alone, with the certificate's
// own expiry left aside: OCSP and lists go on answering by record, and clients
// look at the dates themselves.
type judgement struct {
	Status
	record Status
}

// find returns the authority's record of a certificate; false where there is
// none or it was never signed.
func (o *Office) find(ctx context.Context, kind jpki.Kind, serial string) (authority.Certificate, bool, error) {
	c, err := o.authority.Certificate(ctx, kind, serial)
	if err != nil {
		if fault.Of(err).Kind.Number == authorityHasNone {
			return authority.Certificate{}, false, nil
		}
		return authority.Certificate{}, false, err
	}
	// A number that was prepared or given up vouches for nothing: no
	// certificate of that number ever left the authority.
	return c, c.State != authority.Prepared && c.State != authority.Dropped, nil
}

// bySerial judges one certificate by its serial number.
func (o *Office) bySerial(ctx context.Context, kind jpki.Kind, serial string, now time.Time) (judgement, error) {
	c, found, err := o.find(ctx, kind, serial)
	if err != nil {
		return judgement{}, err
	}
	if !found {
		s := Status{Kind: kind, Serial: serial, Verdict: Unknown, AsOf: now}
		return judgement{s, s}, nil
	}
	return o.judge(ctx, c, now)
}

// judge judges one certificate.
func (o *Office) judge(ctx context.Context, c authority.Certificate, now time.Time) (judgement, error) {
	j, _, err := o.judgeWithCard(ctx, c, now)
	return j, err
}

func (o *Office) judgeWithCard(ctx context.Context, c authority.Certificate, now time.Time) (judgement, cards.CardStatus, error) {
	list, err := o.cards.Statuses(ctx, []mynumber.CardID{c.Card})
	if err != nil {
		return judgement{}, cards.CardStatus{}, err
	}
	return judge(&c, &list[0], now), list[0], nil
}

// judgeAll judges a page of certificates, with one question about their cards.
func (o *Office) judgeAll(ctx context.Context, page []authority.Certificate, now time.Time, each func(*authority.Certificate, *cards.CardStatus, judgement) error) error {
	ids := make([]mynumber.CardID, len(page))
	for len(page) > 0 {
		n := min(len(page), cards.MaxStatuses)
		ids = ids[:n]
		for i := range ids {
			ids[i] = page[i].Card
		}
		list, err := o.cards.Statuses(ctx, ids)
		if err != nil {
			return err
		}
		for i := range list {
			if err := each(&page[i], &list[i], judge(&page[i], &list[i], now)); err != nil {
				return err
			}
		}
		page = page[n:]
	}
	return nil
}

// judge is the one place where a certificate's status comes about, for OCSP,
// lists and Status alike: the worse of the authority's record and the card's.
// The card's record is read after the authority's; each changes in one
// transaction of its own, so that either act alone is enough to stop a
// certificate from the moment it is committed.
func judge(c *authority.Certificate, card *cards.CardStatus, now time.Time) judgement {
	standing := card.Standing
	s := Status{Kind: c.Kind, Serial: c.Serial, AsOf: now, Person: c.Person}
	switch {
	case c.State == authority.Revoked:
		s.Verdict, s.Reason, s.At = Revoked, c.Reason, c.EndedAt
		// The certificate's record follows the card's; the earlier end counts, or
		// what was signed in between would look valid.
		if standing == cards.Ended && card.ChangedAt.Before(c.EndedAt) {
			s.Reason, s.At = endReason(card.EndReason, c.Kind), card.ChangedAt
		}
	case standing == cards.Ended:
		s.Verdict, s.Reason, s.At = Revoked, endReason(card.EndReason, c.Kind), card.ChangedAt
	case standing == cards.Expired && now.Before(end(c.NotAfter)):
		// No certificate outlasts its card (CRT-39), and clients do not see the
		// card's last day: for them this one is revoked.
		s.At = end(card.ExpiresOn.EndOfDay())
		record := s
		s.Verdict, record.Verdict, record.Reason = Expired, Revoked, mynumber.CessationOfOperation
		return judgement{s, record}
	case standing == cards.OnHold && c.State != authority.Issued, c.State == authority.OnHold:
		// One that was never made valid, as after a renewal cut off, is not held: no
		// list would show it. It is not valid yet, which is no better.
		s.Verdict, s.Reason, s.At = OnHold, mynumber.CertificateHold, earlier(c.HeldAt, card.SuspendedAt)
	case c.State == authority.Issued, standing == cards.NotYet, now.Before(c.NotBefore):
		s.Verdict, s.At = NotYet, c.IssuedAt
	case c.State == authority.Active && (standing == cards.Good || standing == cards.Expired):
		s.Verdict = Valid
	default:
		s.Verdict = Unknown // a state that this office has not heard of is never good
	}
	record := s
	// What was revoked stays revoked after its last day: it tells a verifier of
	// an old signature more than the expiry does.
	if s.Verdict != Revoked && s.Verdict != Unknown && !now.Before(end(c.NotAfter)) {
		s.Verdict, s.Reason, s.At = Expired, 0, end(c.NotAfter)
	}
	return judgement{s, record}
}

// end is the first instant after a validity: its last second belongs to it.
func end(notAfter time.Time) time.Time { return notAfter.Add(time.Second) }

// earlier returns the earlier of two instants, of which one may be not given.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// endReason is the revocation reason that the end of a card gives a certificate
// of that kind. An end that has no event yet revokes all the same.
func endReason(why cards.EndReason, kind jpki.Kind) mynumber.RevocationReason {
	event, ok := why.Event()
	if !ok {
		return mynumber.Unspecified
	}
	of := mynumber.AuthenticationCertificate
	if kind == jpki.Signature {
		of = mynumber.SignatureCertificate
	}
	reason, applies, err := mynumber.RevocationFor(event, of)
	if err != nil || !applies {
		return mynumber.Unspecified
	}
	return reason
}

// parseSerial reads a serial number in the one spelling that records use.
func parseSerial(s string) (*big.Int, error) {
	n, ok := new(big.Int).SetString(s, 16)
	if !ok || n.Sign() <= 0 || len(s) > 2*jpki.MaxSerialSize || n.Text(16) != s {
		return nil, Malformed.New("serial")
	}
	return n, nil
}
