package verify

import (
	"errors"
	"time"

	"kado/jpki/tsa"
)

// Stamps judges the time-stamp tokens over a signature and fills the check "time",
// Stamped and the evidence of s. message is what was stamped: the signature value
// in CMS and PDF, the canonical SignatureValue element in XML. It returns the
// earliest time that a trusted authority proves, or zero.
//
// A token over something else, or that cannot be read, is BadTimeStamp whoever
// made it: somebody put it there to be believed. So is one by an authority that is
// not trusted, where the caller trusts any. Where he trusts none, tokens prove
// nothing and do no harm.
func Stamps(s *Signature, tokens [][]byte, message []byte, o Options) time.Time {
	for _, token := range tokens {
		t, err := readStamp(token, message, o)
		if err != nil {
			s.Fail("time", stampReason(err), "time-stamp: "+stampDetail(err))
			s.Stamped = time.Time{}
			return time.Time{}
		}
		e := Evidence{Kind: "time-stamp", Source: sourceDocument, Time: t.Time.UTC()}
		if t.Authority == nil {
			e.Says = "not counted: no time-stamp authority is trusted"
			s.Evidence = append(s.Evidence, e)
			continue
		}
		e.Name, e.Says = t.Authority.Subject.CommonName, "the signature existed"
		s.Evidence = append(s.Evidence, e)
		if s.Stamped.IsZero() || e.Time.Before(s.Stamped) {
			s.Stamped = e.Time
		}
	}
	if !s.Stamped.IsZero() {
		s.Hold("time", "time-stamp of a trusted authority")
	}
	return s.Stamped
}

// readStamp leaves Authority nil where no authority is trusted.
func readStamp(token, message []byte, o Options) (*tsa.TimeStamp, error) {
	if len(o.Trust.TSA) > 0 {
		t, err := tsa.Verify(token, message, o.Trust.TSA)
		if err == nil && t.Time.After(o.At) {
			return nil, errFuture
		}
		return t, err
	}
	t, err := tsa.Parse(token)
	if err == nil && !t.Covers(message) {
		err = tsa.ErrImprint
	}
	return t, err
}

var errFuture = errors.New("it lies after the instant of the judgement")

// stampReason keeps weak digests apart; everything else is a bad time-stamp.
func stampReason(err error) Reason {
	if errors.Is(err, tsa.ErrWeak) {
		return WeakAlgorithm
	}
	return BadTimeStamp
}

func stampDetail(err error) string {
	for known, text := range map[error]string{
		tsa.ErrUntrusted: "not by a trusted authority", tsa.ErrImprint: "over something else",
		tsa.ErrSignature: "its signature is wrong", tsa.ErrWeak: "weak algorithm",
		tsa.ErrMalformed: "malformed", tsa.ErrTooLarge: "too large", errFuture: errFuture.Error(),
	} {
		if errors.Is(err, known) {
			return text
		}
	}
	return "unreadable"
}
