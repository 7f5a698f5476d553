package validation

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

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
	nonce  bool // the request had one: the answer is for it alone
}

func refuse(s ocsp.ResponseStatus) answer {
	return answer{status: s, der: ocsp.ErrorResponse(s)}
}

// respond answers one OCSP request to the authority of a kind. One response has
// one signature and each generation a responder of its own: a request about
// certificates of several generations is answered "unauthorized", and certIDs of
// other authorities are unknown here. The signature of a signed request is not
// looked at: the answer is the same for everybody.
func (o *Office) respond(ctx context.Context, kind jpki.Kind, request []byte) answer {
	q, err := ocsp.ParseRequest(request)
	if errors.Is(err, ocsp.ErrUnsupported) {
		return refuse(ocsp.Unauthorized)
	}
	if err != nil {
		return refuse(ocsp.MalformedRequest)
	}
	now := o.clock.Now()
	at := now.UTC().Truncate(time.Second)
	t := ocsp.Template{ProducedAt: at, Nonce: q.Nonce}
	var by issuer
	for _, id := range q.IDs {
		g, known, err := o.issuerOf(ctx, kind, id)
		if err != nil {
			return refuse(statusFor(err))
		}
		single := ocsp.SingleResponse{ID: id, Status: ocsp.Unknown, ThisUpdate: at, NextUpdate: at.Add(AnswerValidity)}
		if known {
			if by.cert != nil && by.number != g.number {
				return refuse(ocsp.Unauthorized)
			}
			by = g
			if err := o.fill(ctx, kind, g, &single, now); err != nil {
				return refuse(statusFor(err))
			}
		}
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
	key, cert, err := o.authority.Responder(ctx, kind, by.number)
	if err != nil {
		return refuse(statusFor(err))
	}
	responder, err := x509.ParseCertificate(cert)
	if err != nil {
		return refuse(ocsp.InternalError)
	}
	der, err := ocsp.CreateResponse(t, responder, key)
	if err != nil {
		return refuse(ocsp.InternalError)
	}
	return answer{ocsp.Successful, der, q.Nonce != nil}
}

// fill puts the judgement about one certificate of a generation into its answer.
func (o *Office) fill(ctx context.Context, kind jpki.Kind, g issuer, single *ocsp.SingleResponse, now time.Time) error {
	serial := single.ID.Serial.Text(16)
	c, found, err := o.find(ctx, kind, serial)
	if err != nil || !found || c.Generation != g.number {
		return err // unknown
	}
	j, err := o.judge(ctx, c, now)
	if err != nil {
		return err
	}
	switch j.record.Verdict {
	case Valid:
		single.Status = ocsp.Good
	case Revoked, OnHold:
		single.Status, single.Reason = ocsp.Revoked, jpki.RevocationReason(j.record.Reason)
		single.RevokedAt = j.record.At.UTC().Truncate(time.Second)
	case NotYet:
		// Not delivered yet. RFC 6960 has no word for it; a hold since the issue
		// is true, never "good", and ends like one.
		single.Status, single.Reason = ocsp.Revoked, jpki.CertificateHold
		single.RevokedAt = j.record.At.UTC().Truncate(time.Second)
	}
	return nil
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
