package validation

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

// Status implements Desk.
func (o *Office) Status(ctx context.Context, verifier string, r Ref, why string) (Status, error) {
	if err := checkQuestion(r, why); err != nil {
		return Status{}, err
	}
	now := o.clock.Now()
	j, err := o.ask(ctx, r.Kind, r.Serial, now)
	if err != nil {
		return Status{}, err
	}
	e := journal.Entry{Act: ActStatusAsked, Subject: j.Person, Serial: r.Serial, Reason: why,
		Details: map[string]string{"kind": r.Kind.String(), "verdict": string(j.Verdict)}}
	if err := o.question(ctx, verifier, PurposeStatus, now, e); err != nil {
		return Status{}, err
	}
	return j.Status, nil
}

// Linkage implements Desk.
func (o *Office) Linkage(ctx context.Context, verifier string, r Ref, why string) (Ref, error) {
	if err := checkQuestion(r, why); err != nil {
		return Ref{}, err
	}
	now := o.clock.Now()
	previous, person, err := o.previous(ctx, r)
	if err != nil {
		return Ref{}, err
	}
	linked := "no"
	if previous != "" {
		linked = "yes"
	}
	e := journal.Entry{Act: ActLinkageAsked, Subject: person, Serial: r.Serial, Reason: why,
		Details: map[string]string{"kind": r.Kind.String(), "linked": linked}}
	if err := o.question(ctx, verifier, PurposeLinkage, now, e); err != nil {
		return Ref{}, err
	}
	if previous == "" {
		return Ref{}, NoLink.New()
	}
	return Ref{r.Kind, previous}, nil
}

func checkQuestion(r Ref, why string) error {
	if !r.Kind.Valid() {
		return Malformed.New("kind")
	}
	if strings.TrimSpace(why) == "" || len(why) > journal.MaxText || !utf8.ValidString(why) {
		return Malformed.New("reason")
	}
	_, err := parseSerial(r.Serial)
	return err
}

// question decides whether a verifier may have an answer and writes the question
// down where the holder sees it, also a refused one (CRT-19, CRT-62). The answer
// was looked up before and is given away only after this has committed. Somebody
// who was never accredited leaves no entry, so that nobody can fill the journal.
func (o *Office) question(ctx context.Context, verifier string, p Purpose, now time.Time, e journal.Entry) error {
	var refusal error
	err := o.db.Tx(ctx, func(tx *db.Tx) error {
		v, found, err := loadVerifier(ctx, tx, verifier)
		if err != nil {
			return err
		}
		if !found {
			refusal = NotAccredited.New()
			return nil
		}
		refusal = v.may(p, mynumber.DateOf(now))
		e := e
		e.At, e.Office = now, "validation"
		e.Actor = journal.Actor{Kind: journal.RelyingParty, ID: v.ID}
		if refusal != nil {
			e.Outcome = journal.Refused
			e.Details = map[string]string{"kind": e.Details["kind"]}
		}
		_, err = journal.Write(ctx, tx, e)
		return err
	})
	if err != nil {
		return err
	}
	return refusal
}

// previous returns the serial number of the certificate that r replaced, "" where
// the chain ends, and whose it is. Only certificates that became valid stand in
// it, and only those of one person by the authority's own record (CRT-21).
func (o *Office) previous(ctx context.Context, r Ref) (serial, person string, err error) {
	c, found, err := o.find(ctx, r.Kind, r.Serial)
	if err != nil || !found {
		return "", "", err
	}
	if c.State == authority.Issued || c.Previous == "" {
		return "", c.Person, nil
	}
	before, found, err := o.find(ctx, r.Kind, c.Previous)
	if err != nil || !found || before.Person != c.Person {
		return "", c.Person, err
	}
	holder, err := o.register.Person(ctx, c.Person)
	if err != nil {
		return "", "", err
	}
	if holder.Standing == registry.Dead {
		return "", c.Person, nil
	}
	for _, id := range []mynumber.CardID{c.Card, before.Card} {
		severed, err := o.severed(ctx, id)
		if err != nil || severed {
			return "", c.Person, err
		}
	}
	return before.Serial, c.Person, nil
}

// severed reports whether a card ended in a way that ends the chain of its
// certificates: its holder's death, or its return without another in its place
// (CRT-20). Emigration without continued use is such a return.
func (o *Office) severed(ctx context.Context, id mynumber.CardID) (bool, error) {
	standing, err := o.cards.Standing(ctx, id)
	if err != nil || standing != cards.Ended {
		return false, err
	}
	card, err := o.cards.Card(ctx, id)
	if err != nil {
		return false, err
	}
	switch card.EndReason {
	case cards.EndDeath, cards.EndReturn, cards.EndEmigration:
		return true, nil
	}
	return false, nil
}
