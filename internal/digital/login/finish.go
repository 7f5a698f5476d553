package login

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"kado/internal/agency/validation"
	"kado/internal/platform/db"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/jpki"
)

// attempt is one answer to a challenge on its way through the checks.
type attempt struct {
	challenge challengeRow
	party     Party
	now       time.Time
	holder    holder // of the certificate that it names, once known
	known     bool
	// serial is set once the certificate has proved to be the authority's own.
	serial string
	person string   // for the journal alone; "" while not known
	proof  string   // ProofTLS, or "" for a signature
	before []string // earlier certificates of a holder not seen before, newest first
}

// Finish implements Provider. The questions to the validation authority come
// first, outside any transaction; a crash among them leaves the challenge as it
// was. One transaction then uses the challenge up and records the outcome; of two
// answers at once only one finds it unused.
func (o *Office) Finish(ctx context.Context, r Response, along ...Along) (Login, error) {
	a := &attempt{now: o.clock.Now()}
	cert, unreadable := jpki.ParseCertificate(r.Certificate)
	if unreadable == nil {
		a.holder, a.known = o.holders.Get(cert.SerialNumber.Text(16))
	}
	read := o.db.View
	if unreadable != nil || a.known {
		read = o.db.Look
	}
	err := read(ctx, func(tx *db.Tx) error {
		var err error
		if a.challenge, err = loadChallenge(ctx, tx, r.Challenge); err != nil || unreadable != nil || a.known {
			return err
		}
		a.holder, a.known, err = holderOf(ctx, tx, cert.SerialNumber.Text(16))
		return err
	})
	if err == nil {
		a.party, err = o.party(ctx, a.challenge.Party)
	}
	if err != nil {
		// Nothing is recorded about a challenge that never was: anybody can name one.
		return Login{}, err
	}
	refusal := o.examine(ctx, a, r, cert, unreadable)
	if refusal == nil {
		if a.known {
			a.person = a.holder.person
		} else {
			refusal = o.recognise(ctx, a)
		}
	}
	for _, also := range along {
		if refusal == nil && also.Check != nil {
			if refusal = also.Check(ctx, a.person); refusal != nil && !failure(refusal) {
				return o.settle(ctx, a, refusal, along)
			}
		}
	}
	if refusal != nil && !decided(refusal) {
		return Login{}, refusal
	}
	if refusal != nil && a.serial != "" && a.person == "" {
		a.person = o.personOf(ctx, a)
	}
	return o.settle(ctx, a, refusal, along)
}

// decided tells a refusal of this office from a failure of the house, after which
// the same answer may be sent again.
func decided(err error) bool {
	n := fault.Of(err).Kind.Number
	return n >= 4200 && n <= 4299
}

// failure tells a failure of the house from a refusal by a caller's check.
func failure(err error) bool {
	c := fault.Of(err).Kind.Class
	return c == fault.Internal || c == fault.Unavailable
}

// examine makes the checks in the order of the numbers that they are refused
// with, each before the next (CRT-56, CRT-57).
func (o *Office) examine(ctx context.Context, a *attempt, r Response, cert *x509.Certificate, unreadable error) error {
	if !a.challenge.usedAt.IsZero() || a.now.After(a.challenge.ExpiresAt) {
		return NoChallenge.New()
	}
	if unreadable != nil {
		return WrongCertificate.Because(unreadable)
	}
	ca, generation, err := o.trust.verify(ctx, cert, a.now)
	var refused *jpki.VerifyError
	outside := false
	switch {
	case errors.As(err, &refused):
		if outside = refused.Cause == jpki.NotYetValid || refused.Cause == jpki.Expired; !outside {
			return WrongCertificate.Because(err)
		}
	case err != nil:
		return err
	}
	a.serial = cert.SerialNumber.Text(16)
	algorithm, err := jpki.AlgorithmOf(cert.PublicKey)
	if err != nil {
		return WrongCertificate.Because(err)
	}
	if a.proof = r.Proof(); a.proof == ProofTLS {
		if !r.handshake.proves(cert) || len(r.Signature) != 0 {
			return BadSignature.New()
		}
	} else if err := jpki.VerifyDigest(cert.PublicKey, algorithm.Digest(a.challenge.Message), r.Signature); err != nil {
		return BadSignature.Because(err)
	}
	if outside {
		return OutsideValidity.Because(refused)
	}
	return o.checkStatus(ctx, a, cert, ca, generation)
}

// checkStatus asks by OCSP, or the office in the same process that answers OCSP. OCSP
// has one word for a suspended certificate and for one whose card is not delivered
// yet; the status interface tells them apart.
func (o *Office) checkStatus(ctx context.Context, a *attempt, cert, ca *x509.Certificate, generation int) error {
	var err error
	if o.present != nil {
		err = o.present(ctx, jpki.Authentication, generation, cert.SerialNumber)
	} else {
		err = o.status.ask(ctx, cert, ca, generation, a.now)
	}
	var s *jpki.StatusError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &s):
		return NoStatus.Because(err)
	}
	switch s.Status {
	case jpki.OnHold:
		if told, err := o.askStatus(ctx, a); err == nil && told.Verdict == validation.NotYet {
			return NotYetValid.Because(s)
		}
		return Suspended.Because(s)
	case jpki.Revoked:
		return Revoked.Because(s)
	case jpki.Unknown:
		return StatusUnknown.Because(s)
	}
	return NoStatus.Because(s)
}

// verdictFaults are the refusals of the status interface's verdicts.
var verdictFaults = map[validation.Verdict]*fault.Kind{
	validation.NotYet: NotYetValid, validation.OnHold: Suspended, validation.Revoked: Revoked,
	validation.Expired: OutsideValidity, validation.Unknown: StatusUnknown,
}

// maxLinks bounds how many renewals back a holder is looked for.
const maxLinks = 20

// recognise finds out whose certificate it is that was not seen before: the
// person, for the journal, and the certificates that it replaced, back to one
// that was seen (CRT-17, CRT-18). Each question is recorded for the holder by the
// validation authority. Without its answers nobody is let in: a holder would get a
// second id.
func (o *Office) recognise(ctx context.Context, a *attempt) error {
	told, err := o.askStatus(ctx, a)
	if err != nil {
		return NoStatus.Because(err)
	}
	if told.Verdict != validation.Valid {
		if kind := verdictFaults[told.Verdict]; kind != nil {
			return kind.New()
		}
		return NoStatus.New()
	}
	at := validation.Ref{Kind: jpki.Authentication, Serial: a.serial}
	for range maxLinks {
		at, err = o.validation.Linkage(ctx, o.verifier, at, reason(a.party))
		if err != nil {
			if fault.Of(err).Kind.Number == noLink {
				return nil
			}
			return NoStatus.Because(err)
		}
		a.before = append(a.before, at.Serial)
		if known, err := o.seen(ctx, a, at.Serial); err != nil || known {
			return err
		}
	}
	return nil
}

// noLink is the number with which validation says that the chain ends.
const noLink = 4103

// seen reports whether a certificate has been seen here, and notes whose it is.
func (o *Office) seen(ctx context.Context, a *attempt, serial string) (known bool, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		h, found, err := holderOf(ctx, tx, serial)
		if known = found; found {
			a.person = h.person
		}
		return err
	})
	return known, err
}

// askStatus asks the status interface about the certificate and notes whose it
// is.
func (o *Office) askStatus(ctx context.Context, a *attempt) (validation.Status, error) {
	told, err := o.validation.Status(ctx, o.verifier, validation.Ref{Kind: jpki.Authentication, Serial: a.serial}, reason(a.party))
	if err == nil {
		a.person = told.Person
	}
	return told, err
}

// personOf is whose certificate a refused one is, so that the refusal stands in
// the right journal; "" where nobody can tell.
func (o *Office) personOf(ctx context.Context, a *attempt) string {
	if known, err := o.seen(ctx, a, a.serial); err == nil && !known {
		// Without an answer the refusal is recorded all the same, without a person.
		_, _ = o.askStatus(ctx, a)
	}
	return a.person
}

// reason is what the holder reads beside each question about a certificate.
func reason(p Party) string { return "login: " + p.Name }

// settle uses the challenge up and records the outcome, in one transaction. The
// refusal, if any, is returned after it is recorded.
func (o *Office) settle(ctx context.Context, a *attempt, refusal error, along []Along) (Login, error) {
	var l Login
	var lost error
	var h holder
	err := o.db.Tx(ctx, func(tx *db.Tx) error {
		l, lost = Login{}, refusal
		outcome := "done"
		if refusal != nil {
			outcome = fault.Of(refusal).Code()
		}
		fresh, err := useChallenge(ctx, tx, a.challenge.ID, outcome, a.now)
		if err != nil {
			return err
		}
		if !fresh && lost == nil {
			lost = NoChallenge.New() // another answer was quicker
		}
		e := journal.Entry{At: a.now, Actor: journal.Actor{Kind: journal.RelyingParty, ID: a.party.ID}, Office: "login", Act: ActLoggedIn,
			Subject: a.person, Serial: a.serial, Details: map[string]string{"party": a.party.ID, "challenge": a.challenge.ID}}
		if lost != nil {
			e.Act, e.Outcome = ActRefused, journal.Refused
			e.Details["fault"] = fault.Of(lost).Code()
		} else {
			if h, err = o.admit(ctx, tx, a); err != nil {
				return err
			}
			e.Subject = h.person
			if a.proof == ProofTLS {
				e.Act = ActLoggedInByTLS
			}
			l = Login{Party: a.party.ID, At: a.now}
			if l.Pairwise, err = o.pairwise(ctx, tx, a, h); err != nil {
				return err
			}
		}
		if _, err = journal.Write(ctx, tx, e); err != nil || lost != nil {
			return err
		}
		for _, also := range along {
			if also.Save != nil {
				if err := also.Save(ctx, tx, l); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return Login{}, err
	}
	if lost == nil { // and committed
		o.holders.Put(a.serial, h)
		o.ids.Put(a.party.ID+" "+h.id, l.Pairwise)
	}
	return l, lost
}

// admit returns the holder of the certificate: that of the newest certificate seen
// before along its chain, or a new one.
func (o *Office) admit(ctx context.Context, tx *db.Tx, a *attempt) (holder, error) {
	if a.known {
		return a.holder, nil
	}
	h, found, err := holderOf(ctx, tx, a.serial)
	if err != nil || found {
		return h, err
	}
	for _, serial := range a.before {
		if h, found, err = holderOf(ctx, tx, serial); err != nil {
			return holder{}, err
		}
		if found {
			break
		}
	}
	if !found {
		h.person = a.person
		if h.id, err = o.draw("hld", func(id string) (int64, error) {
			return tx.Exec(ctx, `INSERT INTO login_holder (id, person) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, id, h.person)
		}); err != nil {
			return holder{}, err
		}
	}
	// The certificates behind it are the same holder's: a phone's comes from the
	// card's, and whichever of the two is seen first, the other must lead here.
	for _, serial := range append([]string{a.serial}, a.before...) {
		_, err := tx.Exec(ctx, `INSERT INTO login_certificate (serial, holder, seen_at) VALUES ($1, $2, $3) ON CONFLICT (serial) DO NOTHING`,
			serial, h.id, a.now)
		if err != nil {
			return holder{}, err
		}
	}
	return h, nil
}

// pairwise returns the party's id of the holder. It is drawn, never computed:
// nothing in it leads to the certificate, the person or the id at another party
// (P-51).
func (o *Office) pairwise(ctx context.Context, tx *db.Tx, a *attempt, h holder) (string, error) {
	if id, ok := o.ids.Get(a.party.ID + " " + h.id); ok {
		return id, nil
	}
	id, err := pairwiseOf(ctx, tx, a.party.ID, h.id)
	if err != nil || id != "" {
		return id, err
	}
	return o.draw("sub", func(id string) (int64, error) {
		return tx.Exec(ctx, `INSERT INTO login_subject (party, holder, pairwise, since) VALUES ($1, $2, $3, $4) ON CONFLICT (pairwise) DO NOTHING`,
			a.party.ID, h.id, id, a.now)
	})
}
