package scenario

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/internal/agency/authority"
	"kado/internal/agency/hotline"
	"kado/internal/digital/login"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/notice"
	"kado/internal/server"
	"kado/internal/world/people"
	"kado/internal/world/places"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

func (l *life) lockAndUnblock(ctx context.Context, s *step) error {
	if err := l.officeHours(ctx, 2*day); err != nil {
		return err
	}
	return l.withCard(func(t reader.Transport) error {
		j, err := reader.New(t).JPKI()
		if err != nil {
			return err
		}
		wrong := mynumber.NewSecret(other(l.pins.authentication))
		for n := 1; n <= mynumber.PINTries; n++ {
			err := j.Verify(reader.AuthenticationKey, wrong)
			var pin *reader.WrongPINError
			if !errors.As(err, &pin) || pin.Left != mynumber.PINTries-n {
				return WrongRefusal.Because(err, s.result.Number)
			}
			if err := s.say(ctx, Refused, sayWrong, n, pin.Left); err != nil {
				return err
			}
		}
		err = j.Verify(reader.AuthenticationKey, l.pins.authentication)
		if err := s.refusedByCard(ctx, err, reader.ErrBlocked, sayBlocked); err != nil {
			return err
		}
		if err := l.forge(ctx, s, t); err != nil {
			return err
		}
		ses, err := l.session(ctx, counter.UnblockPIN, t, quietly)
		if err != nil {
			return err
		}
		card, err := l.House.Cards.Card(ctx, l.card)
		if err != nil {
			return err
		}
		fresh, err := think(l.Entropy.Stream("scenario.pins"), l.person.Attributes.BirthDate, card.ExpiresOn, card.SecurityCode.Reveal())
		if err != nil {
			return err
		}
		l.pins.authentication = fresh.authentication
		if _, err := l.House.Counter.Unblock(ctx, l.hall.Counter, ses.ID, t, []counter.PIN{counter.AuthenticationPIN}, &pad{pins: l.pins}); err != nil {
			return err
		}
		if err := s.done(ctx, sayUnblocked); err != nil {
			return err
		}
		in, _, err := l.logIn(ctx, t)
		if err != nil {
			return err
		}
		if in.Pairwise != l.pairwise {
			return DoesNotHold.New("the same id at the party")
		}
		return s.done(ctx, sayLoginAgain)
	})
}

// other is a PIN that differs from the right one.
func other(pin mynumber.Secret) string {
	b := []byte(pin.Reveal())
	b[0] = '0' + (b[0]-'0'+1)%10
	return string(b)
}

// forge plays a stolen terminal: it knows the protocol and no key.
func (l *life) forge(ctx context.Context, s *step, t reader.Transport) error {
	on, err := reader.New(t).Issuer()
	if err != nil {
		return err
	}
	challenge, err := on.Challenge()
	if err != nil {
		return err
	}
	pin := cardmgmt.ListPIN{Application: layout.JPKI, Reference: layout.JPKIAuthenticationPIN}
	act, err := cardmgmt.NewAct(cardmgmt.Key{1}, string(l.card), challenge, cardmgmt.Session{1}, cardmgmt.InitialisePIN, cardmgmt.Script{pin})
	if err != nil {
		return err
	}
	_, err = on.Run(act, reader.PIN{Application: pin.Application, Reference: pin.Reference, Value: l.pins.authentication})
	return s.refusedByCard(ctx, err, reader.ErrNotAllowed, sayForged)
}

func (l *life) lossAndFinding(ctx context.Context, s *step) error {
	if err := l.later(ctx, 20*day); err != nil { // at night, too
		return err
	}
	receipt, err := l.House.Hotline.Suspend(ctx, server.Staff(server.Operator, ""), hotline.Call{Name: l.person.Attributes.Name,
		BirthDate: l.person.Attributes.BirthDate, Address: l.person.Attributes.Address, Cause: hotline.Lost})
	if err != nil {
		return err
	}
	s.fact("receipt", receipt.Number)
	s.fact("suspended_at", receipt.SuspendedAt.UTC().Format(time.RFC3339))
	if err := s.done(ctx, saySuspended, receipt.Number); err != nil {
		return err
	}
	// The very next login, before any effect was delivered.
	if err := s.refused(ctx, l.logInAgain(ctx), login.Suspended, sayRefusedLogin); err != nil {
		return err
	}
	if err := l.House.Settle(ctx); err != nil {
		return err
	}
	if err := l.officeHours(ctx, 2*day); err != nil {
		return err
	}
	err = l.withCard(func(t reader.Transport) error {
		ses, err := l.session(ctx, counter.Resume, t, quietly)
		if err != nil {
			return err
		}
		_, err = l.House.Counter.Resume(ctx, l.hall.Counter, ses.ID, t)
		return err
	})
	if err != nil {
		return err
	}
	if err := l.House.Settle(ctx); err != nil {
		return err
	}
	if err := s.done(ctx, sayResumed); err != nil {
		return err
	}
	if err := l.logInAgain(ctx); err != nil {
		return err
	}
	return s.done(ctx, sayLogin)
}

func (l *life) move(ctx context.Context, s *step) error {
	if err := l.officeHours(ctx, 60*day); err != nil {
		return err
	}
	to := l.destination()
	address, err := people.NewAddress(l.Seed, l.resident, to, l.Founded)
	if err != nil {
		return err
	}
	old := l.signature
	// From here on the resident goes to the new town's hall.
	if l.hall, err = l.Hall(ctx, to.Code); err != nil {
		return err
	}
	if l.person, err = l.House.Registry.Move(ctx, l.hall.Registry, registry.Move{Person: l.person.ID,
		Municipality: to.Code, Address: address, On: today(l)}); err != nil {
		return err
	}
	if err := l.House.Settle(ctx); err != nil {
		return err
	}
	s.fact("municipality", string(to.Code)+" "+to.Prefecture.Name+to.Name)
	s.fact("address", address)
	if err := s.done(ctx, sayMoved, to.AddressHead()); err != nil {
		return err
	}
	if err := l.mustBe(ctx, old, authority.Revoked, mynumber.AffiliationChanged); err != nil {
		return err
	}
	s.fact("old_signature", "revoked "+mynumber.AffiliationChanged.String())
	if err := s.done(ctx, sayOldSignature); err != nil {
		return err
	}
	if err := l.afterRevocation(ctx, old); err != nil {
		return err
	}
	if err := s.say(ctx, Refused, sayOldRefused); err != nil {
		return err
	}
	err = l.withCard(func(t reader.Transport) error {
		ses, err := l.session(ctx, counter.AttributeChange, t, quietly)
		if err != nil {
			return err
		}
		if _, err := l.House.Counter.Rewrite(ctx, l.hall.Counter, ses.ID, t, true); err != nil {
			return err
		}
		if err := s.done(ctx, sayRewritten); err != nil {
			return err
		}
		if err := l.readBack(ctx, t); err != nil {
			return err
		}
		if l.signature, err = l.living(ctx, jpki.Signature); err != nil {
			return err
		}
		return l.certificateSays(t)
	})
	if err != nil {
		return err
	}
	s.fact("new_signature_serial", l.signature.Serial)
	s.fact("new_signature_key", string(l.signature.KeyPath))
	return s.done(ctx, sayNewAddress)
}

// destination is another municipality of the country, the next in the table
// that issues cards itself.
func (l *life) destination() places.Municipality {
	all := places.All()
	at := 0
	for i, m := range all {
		if m.Code == l.town.Code {
			at = i
		}
	}
	for i := 1; ; i++ {
		m := all[(at+i*37)%len(all)]
		if m.Issues() && m.ValidOn(today(l)) && m.Code != l.town.Code {
			return m
		}
	}
}

// certificateSays compares the certificate on the chip with the register.
func (l *life) certificateSays(t reader.Transport) error {
	j, err := reader.New(t).JPKI()
	if err != nil {
		return err
	}
	if err := j.Verify(reader.SignatureKey, l.pins.password); err != nil {
		return err
	}
	der, err := j.Certificate(reader.SignatureKey)
	if err != nil {
		return err
	}
	cert, err := jpki.ParseCertificate(der)
	if err != nil {
		return err
	}
	said, err := jpki.ParsePersonal(cert)
	if err != nil {
		return err
	}
	if said != jpki.PersonalOf(l.person.Attributes) || string(der) != string(l.signature.DER) {
		return DoesNotHold.New("certificate and register agree")
	}
	return nil
}

// mustBe checks one certificate's state at the authority.
func (l *life) mustBe(ctx context.Context, c authority.Certificate, state authority.State, why mynumber.RevocationReason) error {
	now, err := l.House.Authority.Certificate(ctx, c.Kind, c.Serial)
	if err != nil {
		return err
	}
	if now.State != state || (state == authority.Revoked && now.Reason != why) {
		return DoesNotHold.New(fmt.Sprintf("%s certificate %s", c.Kind, state))
	}
	return nil
}

func (l *life) renewal(ctx context.Context, s *step) error {
	oldSignature, oldAuthentication := l.signature, l.authentication
	ends := mynumber.DateOf(oldAuthentication.NotAfter)
	first, _ := mynumber.NoticeDates(ends)
	if err := l.until(ctx, first.StartOfDay().Add(10*time.Hour)); err != nil {
		return err
	}
	if err := s.say(ctx, Note, sayYears, today(l).String()); err != nil {
		return err
	}
	letters, err := notice.OfPerson(ctx, l.House.DB, l.person.ID)
	if err != nil {
		return err
	}
	letter := notice.Letter{}
	for _, x := range letters {
		if !x.WrittenAt.Before(first.StartOfDay()) {
			letter = x
		}
	}
	if letter.Kind == nil {
		return DoesNotHold.New("an expiry notice three months before")
	}
	if err := s.done(ctx, sayNotice, letter.Kind.Title); err != nil {
		return err
	}
	s.fact("notice_on", mynumber.DateOf(letter.WrittenAt).String())
	if err := l.officeHours(ctx, 7*day); err != nil {
		return err
	}
	err = l.withCard(func(t reader.Transport) error {
		ses, err := l.session(ctx, counter.CertificateRenew, t, quietly)
		if err != nil {
			return err
		}
		_, err = l.House.Counter.Renew(ctx, l.hall.Counter, ses.ID, t)
		return err
	})
	if err != nil {
		return err
	}
	if l.signature, err = l.living(ctx, jpki.Signature); err != nil {
		return err
	}
	if l.authentication, err = l.living(ctx, jpki.Authentication); err != nil {
		return err
	}
	s.fact("authentication_serial", l.authentication.Serial)
	s.fact("signature_serial", l.signature.Serial)
	s.fact("authentication_not_after", l.authentication.NotAfter.UTC().Format(time.RFC3339))
	if err := s.done(ctx, sayRenewed); err != nil {
		return err
	}
	for _, old := range []authority.Certificate{oldSignature, oldAuthentication} {
		if err := l.mustBe(ctx, old, authority.Revoked, mynumber.Superseded); err != nil {
			return err
		}
	}
	if err := s.done(ctx, saySuperseded); err != nil {
		return err
	}
	if err := l.logInAgain(ctx); err != nil { // the pairwise id is compared there
		return err
	}
	s.fact("pairwise", l.pairwise)
	return s.done(ctx, sayStillKnown)
}

func (l *life) death(ctx context.Context, s *step) error {
	if err := l.officeHours(ctx, 400*day); err != nil {
		return err
	}
	died := today(l).AddDays(-2)
	if _, err := l.House.Registry.Die(ctx, l.hall.Registry, l.person.ID, died); err != nil {
		return err
	}
	if err := l.House.Settle(ctx); err != nil {
		return err
	}
	s.fact("died_on", died.String())
	card, err := l.House.Cards.Card(ctx, l.card)
	if err != nil {
		return err
	}
	s.fact("card_state", string(card.State))
	if err := s.done(ctx, sayDied); err != nil {
		return err
	}
	for _, c := range []authority.Certificate{l.signature, l.authentication} {
		if err := l.mustBe(ctx, c, authority.Revoked, mynumber.CessationOfOperation); err != nil {
			return err
		}
	}
	if err := s.done(ctx, sayLapsed); err != nil {
		return err
	}
	return s.refused(ctx, l.logInAgain(ctx), login.Revoked, sayLastTry)
}

// shownDetails are the details a holder reads; digests and ids say nothing to
// them.
var shownDetails = []string{"purpose", "operation", "kind", "verdict", "documents", "pins", "from", "to"}

// who names an actor as the holder knows them.
func (l *life) who(a journal.Actor) string {
	switch a.ID {
	case l.person.ID:
		return "holder"
	case l.party.ID:
		return "relying party " + l.party.Name
	case l.House.LoginVerifier:
		return "verifier login"
	}
	return string(a.Kind) + " " + a.ID
}

func (l *life) ownJournal(ctx context.Context, s *step, res *Result) error {
	var entries []journal.Entry
	err := l.House.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		entries, err = journal.OfPerson(ctx, tx, l.person.ID, 0, 1000)
		return err
	})
	if err != nil {
		return err
	}
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		act, ok := journal.ActOf(e.Act)
		if !ok {
			return DoesNotHold.New("act " + e.Act + " has a text")
		}
		line := JournalLine{At: e.At.UTC().Format(time.RFC3339), Who: l.who(e.Actor), What: act.Text.EN,
			WhatJA: act.Text.JA, Outcome: string(e.Outcome)}
		why := []string{}
		for _, part := range []string{e.Ground, e.Reason} {
			if part != "" {
				why = append(why, part)
			}
		}
		for _, key := range shownDetails {
			if v := e.Details[key]; v != "" {
				why = append(why, v)
			}
		}
		line.Why = strings.Join(why, ", ")
		res.Journal = append(res.Journal, line)
	}
	s.fact("entries", fmt.Sprint(len(res.Journal)))
	if err := s.done(ctx, sayJournal, len(res.Journal)); err != nil {
		return err
	}
	letters, err := notice.OfPerson(ctx, l.House.DB, l.person.ID)
	if err != nil {
		return err
	}
	s.fact("letters", fmt.Sprint(len(letters)))
	if err := s.done(ctx, sayLetters, len(letters)); err != nil {
		return err
	}
	report, err := l.House.Check(ctx)
	if err != nil {
		return err
	}
	plastic, err := l.House.CheckShelf(ctx, l.Shelf)
	if err != nil {
		return err
	}
	findings := append(report.Findings, plastic...)
	s.fact("findings", fmt.Sprint(len(findings)))
	if err := s.done(ctx, sayChecked, len(findings)); err != nil {
		return err
	}
	if len(findings) > 0 {
		return DoesNotHold.New(findings[0])
	}
	if err := l.opts.Out.Put(); err != nil {
		return err
	}
	return s.say(ctx, Note, sayFileLeft, l.opts.Out.Dir(), len(l.opts.Out.Files()))
}
