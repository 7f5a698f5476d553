package verify

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"kado/jpki"
	"kado/jpki/ocsp"
)

// maxEmbedded is the most revocation data of one document that are looked at; the
// caller's own are not counted.
const maxEmbedded = 64

// answer is what one piece of revocation data says about one certificate.
type answer struct {
	status  error     // nil for good, else *jpki.StatusError
	made    time.Time // thisUpdate
	time    time.Time // producedAt or thisUpdate
	until   time.Time // nextUpdate
	cutoff  time.Time // archive cutoff
	current bool      // usable at the instant of the judgement, by the rules of that instant
	unfit   string    // not authentic or not about the certificate: why
}

// status fills the check "status". Data are usable in one of two ways: by being
// in force at the instant of the judgement (o.At), or, with a time-stamp, by
// having been made at or after the stamped time.
func status(s *Signature, cert, ca *x509.Certificate, stamped time.Time, o Options, more []Material) {
	if len(more) > maxEmbedded {
		more = more[:maxEmbedded]
	}
	expired := s.Reason == NoProofOfTime
	var worst *jpki.StatusError
	var good, fromDocument bool
	var unfit []string
	note := func(m Material, a answer) {
		says := "good"
		var st *jpki.StatusError
		if errors.As(a.status, &st) {
			says = describe(st)
		}
		fatal, why := a.weigh(st, cert, stamped, o.At)
		switch {
		case fatal:
			if worst == nil || rank(st.Status) > rank(worst.Status) {
				worst = st
			}
		case why != "":
			unfit = append(unfit, nameOf(m)+": "+why)
			says = "not usable: " + why
		default:
			good = true
			fromDocument = fromDocument || m.Source == sourceDocument
			if st != nil {
				says += ", after the time-stamp"
			}
		}
		s.Evidence = append(s.Evidence, Evidence{Kind: kindOf(m), Source: sourceOf(m), Name: m.Name, Time: a.time, Until: a.until, Says: says})
	}
	for _, list := range [][]Material{o.Material, more} {
		for _, m := range list {
			note(m, read(m, cert, ca, o.At))
		}
	}
	switch {
	case worst != nil:
		s.Fail("status", map[jpki.Status]Reason{jpki.Revoked: CertRevoked, jpki.OnHold: CertOnHold, jpki.Unknown: CertUnknown}[worst.Status], describe(worst))
	case expired:
		// Whatever else the data say, the end of the certificate came first.
	case good:
		s.Hold("status", "not revoked")
		if s.Level == levelT && fromDocument {
			s.Level = levelLT
		}
	case len(o.Material)+len(more) == 0:
		s.Fail("status", NoRevocationData, "no revocation data was given")
	default:
		s.Fail("status", BadRevocationData, strings.Join(unfit, "; "))
	}
}

// Baseline levels (EN 319 122-1, EN 319 132-1, EN 319 142-1).
const (
	levelB  = "B-B"
	levelT  = "B-T"
	levelLT = "B-LT"
)

const (
	sourceGiven    = "given"
	sourceDocument = "document"
)

// weigh tells whether the answer forbids to pass; if not, why it proves nothing,
// or "" where it shows that the certificate was in force.
func (a answer) weigh(st *jpki.StatusError, cert *x509.Certificate, stamped, at time.Time) (fatal bool, why string) {
	if a.unfit != "" {
		return false, a.unfit
	}
	instant := at
	if !stamped.IsZero() {
		instant = stamped
	}
	// A revocation is for ever, so even a list that is out of date proves it. A
	// suspension may have been lifted meanwhile, and an unknown serial number may
	// have become known: these count only from data that would count for good.
	if st != nil && st.Status == jpki.Revoked && !st.At.After(instant) {
		return true, ""
	}
	if why := a.usable(cert, stamped, at); why != "" {
		return false, why
	}
	if st == nil {
		return false, ""
	}
	if st.Status == jpki.Unknown || stamped.IsZero() || !st.At.After(stamped) {
		return true, ""
	}
	return false, ""
}

// usable tells why the answer says nothing about the instant, or "".
func (a answer) usable(cert *x509.Certificate, stamped, at time.Time) string {
	if a.current && !at.After(cert.NotAfter) {
		return ""
	}
	switch {
	case a.made.After(at) || a.time.After(at):
		return "stale: made after the instant of the judgement"
	case stamped.IsZero():
		return "stale: not in force at that instant"
	case a.made.Before(stamped):
		return "stale: made before the time-stamp"
	}
	// Lists and responders forget a certificate when it has ended, unless they
	// say how far back they remember (RFC 6960, 4.4.4).
	if a.made.After(cert.NotAfter) && (a.cutoff.IsZero() || a.cutoff.After(cert.NotAfter)) {
		return "made after the certificate's end, without an archive cutoff that covers it"
	}
	return ""
}

func rank(s jpki.Status) int {
	return map[jpki.Status]int{jpki.Unknown: 1, jpki.OnHold: 2, jpki.Revoked: 3}[s]
}

func describe(e *jpki.StatusError) string {
	text := e.Status.String()
	if e.Status == jpki.Revoked || e.Status == jpki.OnHold {
		text += fmt.Sprintf(" (%s, %s)", e.Reason, e.At.UTC().Format(time.RFC3339))
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

func kindOf(m Material) string {
	if m.OCSP != nil {
		return "ocsp"
	}
	return "crl"
}

func sourceOf(m Material) string {
	if m.Source == "" {
		return sourceGiven
	}
	return m.Source
}

func nameOf(m Material) string {
	if m.Name != "" {
		return m.Name
	}
	return kindOf(m) + " of the " + map[bool]string{true: "document", false: "caller"}[sourceOf(m) == sourceDocument]
}

// read gets out of one piece of data what it says about cert.
func read(m Material, cert, ca *x509.Certificate, at time.Time) answer {
	switch {
	case (m.OCSP == nil) == (m.CRL == nil):
		return answer{unfit: "neither a list nor an answer"}
	case m.CRL != nil:
		return readCRL(m.CRL, cert, ca, at)
	}
	return readOCSP(m.OCSP, cert, ca, at)
}

func readCRL(der []byte, cert, ca *x509.Certificate, at time.Time) answer {
	list, err := jpki.ParseCRL(der)
	if err != nil {
		return answer{unfit: "not a revocation list of the profile"}
	}
	a := answer{made: list.ThisUpdate().UTC(), time: list.ThisUpdate().UTC(), until: list.NextUpdate().UTC()}
	if err := list.CheckSignature(ca); err != nil {
		a.unfit = unfit(err)
		return a
	}
	a.take(list.CheckVerified(cert, ca, list.ThisUpdate()))
	a.current = !at.Before(a.made) && at.Before(a.until)
	return a
}

// forever lets an answer without nextUpdate count for the time at which it was
// made; newer answers always existed, but an old one proves a past state.
const forever = 1 << 62

// readOCSP looks for the certificate by whichever hash the answer names it.
func readOCSP(der []byte, cert, ca *x509.Certificate, at time.Time) answer {
	response, err := ocsp.ParseResponse(der)
	if err != nil {
		return answer{unfit: unfit(err)}
	}
	a := answer{time: response.ProducedAt.UTC()}
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA1} {
		id, err := ocsp.NewCertID(hash, ca, cert.SerialNumber)
		if err != nil {
			a.unfit = unfit(err)
			return a
		}
		single, err := ocsp.Check(der, ocsp.Query{ID: id, Authority: ca, MaxAge: forever}, response.ProducedAt)
		if single == nil {
			a.unfit = unfit(err)
			continue
		}
		a.unfit = ""
		a.made, a.cutoff = single.ThisUpdate.UTC(), single.ArchiveCutoff
		if !single.NextUpdate.IsZero() {
			a.until = single.NextUpdate.UTC()
		}
		a.take(err)
		// In force means that the responder's certificate is, too.
		_, err = ocsp.Check(der, ocsp.Query{ID: id, Authority: ca}, at)
		var st *jpki.StatusError
		a.current = err == nil || errors.As(err, &st) && (st.Status == jpki.Revoked || st.Status == jpki.OnHold || st.Status == jpki.Unknown)
		return a
	}
	return a
}

// take keeps a status and turns everything else into the reason why the data are
// unfit.
func (a *answer) take(err error) {
	var st *jpki.StatusError
	switch {
	case err == nil:
	case errors.As(err, &st) && (st.Status == jpki.Revoked || st.Status == jpki.OnHold || st.Status == jpki.Unknown):
		a.status = st
	default:
		a.unfit = unfit(err)
	}
}

func unfit(err error) string {
	var st *jpki.StatusError
	if errors.As(err, &st) && st.Detail != "" {
		return st.Status.String() + ": " + st.Detail
	}
	var r *ocsp.ResponderError
	if errors.As(err, &r) {
		return "the responder answered " + r.Status.String()
	}
	if st != nil {
		return st.Status.String()
	}
	return "no usable answer"
}
