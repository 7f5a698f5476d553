package validation

import (
	"bytes"
	"context"
	"errors"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/platform/fault"
	"kado/jpki"
	"kado/jpki/ocsp"
)

// AnswerValidity is how long an OCSP answer may be kept: NextUpdate lies so much
// after ThisUpdate.
const AnswerValidity = time.Hour

// answer is what goes back for one OCSP request.
type answer struct {
	status ocsp.ResponseStatus
	der    []byte
	cache  *caching // nil: for this client alone
	dates  *dates   // with cache
}

// kept is an answer that caches may keep.
func (o *Office) kept(p *prepared, now time.Time) answer {
	return answer{ocsp.Successful, p.der, &p.cache, o.memory.datesAt(now)}
}

func refuse(s ocsp.ResponseStatus) answer {
	return answer{status: s, der: ocsp.ErrorResponse(s)}
}

// respond answers one OCSP request to the authority of a kind. One response has
// one signature and each generation a responder of its own: a request about
// certificates of several generations is answered "unauthorized", and certIDs of
// other authorities are unknown here. The signature of a signed request is not
// looked at: the answer is the same for everybody.
//
// A question about one certificate without a nonce is answered by what was signed
// before, as long as nothing moved.
func (o *Office) respond(ctx context.Context, kind jpki.Kind, request []byte) answer {
	now := o.clock.Now()
	mark, err := o.memory.catchUp(ctx)
	if err != nil {
		return refuse(statusFor(err))
	}
	var buffer [256]byte
	k := key(buffer[:], kind, request)
	if p, ok := o.memory.answer(k, now); ok {
		return o.kept(p, now)
	}
	q, err := ocsp.ParseRequest(request)
	if errors.Is(err, ocsp.ErrUnsupported) {
		return refuse(ocsp.Unauthorized)
	}
	if err != nil {
		return refuse(ocsp.MalformedRequest)
	}
	keep := q.Nonce == nil && len(q.IDs) == 1
	if keep {
		// The same question in other words: a signature, a preference, an absent NULL.
		plain, err := (&ocsp.Request{IDs: q.IDs}).Marshal()
		if err != nil {
			return refuse(ocsp.MalformedRequest)
		}
		if !bytes.Equal(plain, request) {
			k = key(k, kind, plain)
			if p, ok := o.memory.answer(k, now); ok {
				return o.kept(p, now)
			}
		}
	}
	return o.sign(ctx, kind, q, now, mark, k, keep)
}

// sign judges what a request names and signs the answer.
func (o *Office) sign(ctx context.Context, kind jpki.Kind, q *ocsp.Request, now time.Time, mark int64, k []byte, keep bool) answer {
	at := now.UTC().Truncate(time.Second)
	t := ocsp.Template{ProducedAt: at, Nonce: q.Nonce, Responses: make([]ocsp.SingleResponse, 0, len(q.IDs))}
	var by issuer
	for _, id := range q.IDs {
		g, known, err := o.issuerOf(ctx, kind, id)
		if err != nil {
			return refuse(statusFor(err))
		}
		single := ocsp.SingleResponse{ID: id, Status: ocsp.Unknown, ThisUpdate: at, NextUpdate: at.Add(AnswerValidity)}
		lasting := false
		if known {
			if by.cert != nil && by.number != g.number {
				return refuse(ocsp.Unauthorized)
			}
			by = g
			if lasting, err = o.fill(ctx, kind, g, &single, now, mark); err != nil {
				return refuse(statusFor(err))
			}
		}
		keep = keep && lasting
		t.Responses = append(t.Responses, single)
	}
	if by.cert == nil {
		all, err := o.generations(ctx, kind, false)
		if err != nil {
			return refuse(statusFor(err))
		}
		if len(all) == 0 {
			return refuse(ocsp.Unauthorized)
		}
		by = all[len(all)-1]
	}
	responder, err := o.responder(ctx, kind, by.number)
	if err != nil {
		return refuse(statusFor(err))
	}
	if err := o.signers.enter(ctx); err != nil {
		return refuse(ocsp.TryLater)
	}
	der, err := responder.Create(t)
	o.signers.leave()
	if err != nil {
		return refuse(ocsp.InternalError)
	}
	if q.Nonce != nil {
		return answer{status: ocsp.Successful, der: der}
	}
	p := newPrepared(der, at, at.Add(AnswerValidity))
	if keep {
		o.memory.keep(mark, k, q.IDs[0].Serial.Text(16), p)
	}
	return o.kept(p, now)
}

// fill puts the judgement about one certificate of a generation into its answer.
// It reports whether the answer lasts until a record moves or a day ends.
func (o *Office) fill(ctx context.Context, kind jpki.Kind, g issuer, single *ocsp.SingleResponse, now time.Time, mark int64) (lasting bool, err error) {
	number := single.ID.Serial.Bytes()
	k, remembered := o.memory.index.Look(number)
	if !remembered {
		if k, lasting, err = o.read(ctx, kind, single.ID.Serial.Text(16), now); err != nil || k.Generation == 0 {
			return false, err // unknown
		}
		if lasting {
			o.memory.know(mark, number, k)
		}
	}
	if k.Kind != kind || k.Generation != g.number {
		return false, nil // unknown to this generation
	}
	// Revocations are never removed from the records, expired or not (RFC 6960,
	// 4.4.4): they reach back to the beginning of the generation.
	single.ArchiveCutoff = g.cert.NotBefore
	single.Status = ocsp.Good
	if k.Revoked {
		single.Status, single.Reason, single.RevokedAt = ocsp.Revoked, k.Reason, k.At
	}
	return lasting || remembered, nil
}

// read asks the records. Generation 0 is a certificate that they do not have.
// lasting says that the clock alone will never change the status.
func (o *Office) read(ctx context.Context, kind jpki.Kind, serial string, now time.Time) (k Known, lasting bool, err error) {
	c, found, err := o.find(ctx, kind, serial)
	if err != nil || !found {
		return Known{}, false, err
	}
	j, card, err := o.judgeWithCard(ctx, c, now)
	if err != nil {
		return Known{}, false, err
	}
	k, lasting = known(&c, &card, j)
	return k, lasting, nil
}

// known puts a judgement as OCSP puts it; generation 0 is unknown to it. lasting
// says that the clock alone will never change it.
func known(c *authority.Certificate, card *cards.CardStatus, j judgement) (k Known, lasting bool) {
	k = Known{Kind: c.Kind, Generation: c.Generation}
	// No certificate outlasts its card (CRT-39); where one does, it is judged each
	// time anew.
	within := !card.ExpiresOn.EndOfDay().Before(c.NotAfter)
	switch j.record.Verdict {
	case Valid:
		return k, within
	case OnHold:
		k.Revoked, k.Reason, lasting = true, jpki.CertificateHold, within
	case Revoked:
		k.Revoked, k.Reason, lasting = true, jpki.RevocationReason(j.record.Reason), j.Verdict != Expired
	case NotYet:
		// Not delivered yet. RFC 6960 has no word for it; a hold since the issue
		// is true, never "good", and ends like one.
		k.Revoked, k.Reason = true, jpki.CertificateHold
	default:
		return Known{}, false
	}
	k.At = j.record.At.UTC().Truncate(time.Second)
	return k, lasting
}

// statusFor turns a failure into the word that OCSP has for it.
func statusFor(err error) ocsp.ResponseStatus {
	switch fault.Of(err).Kind.Class {
	case fault.Unavailable:
		return ocsp.TryLater
	case fault.NotFound:
		return ocsp.Unauthorized // the generation's life is over
	}
	return ocsp.InternalError
}
