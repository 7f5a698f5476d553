package validation

import (
	"context"
	"strings"
	"time"

	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// Latest implements Window. The attributes come from the register at this moment
// and are compared, in the form that a certificate carries, with the certificate
// that signed the consent: the verifier has that one already, so a value is given
// only where it changed since. The comparison works also after the change has
// revoked the certificate, which is what the question is for. It ends with
// the holder's death and with the return of the card without reissue, as linkage
// does (CRT-20).
func (o *Office) Latest(ctx context.Context, q Question, consent string) ([]Attribute, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	if !consentID.MatchString(consent) {
		return nil, Malformed.New("consent")
	}
	now := o.clock.Now()
	var c Consent
	var found bool
	err := o.db.View(ctx, func(tx *db.Tx) (err error) {
		c, found, err = loadConsent(ctx, tx, consent)
		return err
	})
	if err != nil {
		return nil, err
	}
	e := journal.Entry{Act: ActAttributesAsked, Details: map[string]string{"consent": consent}}
	if !found || c.Verifier != q.Verifier || c.For != q.For {
		// Written down without a subject: the holder's record does not fill with
		// strangers' guesses, and the answer tells nobody that there is one.
		return nil, notNil(o.ask(ctx, q, PurposeAttributes, now, []journal.Entry{e}, func(*db.Tx) error { return NoConsent.New() }))
	}
	out, live, err := o.latest(ctx, c)
	if err != nil {
		return nil, err
	}
	var changed []Field
	for _, a := range out {
		if a.Changed {
			changed = append(changed, a.Field)
		}
	}
	e.Subject, e.Serial = c.Person, c.Serial
	e.Details["fields"], e.Details["changed"] = joinFields(c.Fields), joinFields(changed)
	err = o.ask(ctx, q, PurposeAttributes, now, []journal.Entry{e}, func(tx *db.Tx) error {
		// Read again where it cannot change any more before the answer is given.
		c, found, err := loadConsent(ctx, tx, consent)
		if err != nil {
			return err
		}
		if !found || !live || !c.inForce(now) {
			return ConsentOver.New()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// inForce reports whether a consent stands at an instant.
func (c Consent) inForce(now time.Time) bool {
	today := mynumber.DateOf(now)
	return c.EndedAt.IsZero() && !today.Before(c.From) && !today.After(c.To)
}

// notNil makes a refusal of "nothing to refuse": the caller has no answer.
func notNil(err error) error {
	if err == nil {
		return NoConsent.New()
	}
	return err
}

// latest compares register and certificate; false where the consent ended with
// person or card.
func (o *Office) latest(ctx context.Context, c Consent) (out []Attribute, live bool, err error) {
	cert, found, err := o.find(ctx, jpki.Signature, c.Serial)
	if err != nil || !found || cert.Person != c.Person {
		return nil, false, err
	}
	p, err := o.register.Person(ctx, c.Person)
	if err != nil || p.Standing == registry.Dead {
		return nil, false, err
	}
	if severed, err := o.severed(ctx, cert.Card); err != nil || severed {
		return nil, false, err
	}
	x, err := jpki.ParseCertificate(cert.DER)
	if err != nil {
		return nil, false, err
	}
	said, err := jpki.ParsePersonal(x)
	if err != nil {
		return nil, false, err
	}
	now := jpki.PersonalOf(p.Attributes)
	for _, f := range c.Fields {
		a := Attribute{Field: f}
		switch f {
		case FieldName:
			a.Changed, a.Value = now.Name != said.Name || now.NameMap != said.NameMap, p.Attributes.Name
		case FieldAddress:
			a.Changed, a.Value = now.Address != said.Address || now.AddressMap != said.AddressMap, p.Attributes.Address
		case FieldBirthDate:
			a.Changed, a.Value = now.BirthDate != said.BirthDate, p.Attributes.BirthDate.String()
		case FieldSex:
			a.Changed, a.Value = now.Sex != said.Sex, sexText(now.Sex)
		}
		if !a.Changed {
			a.Value = ""
		}
		out = append(out, a)
	}
	return out, true, nil
}

func sexText(s mynumber.Sex) string {
	switch s {
	case mynumber.Male:
		return "male"
	case mynumber.Female:
		return "female"
	}
	return "unknown"
}

// fieldsOf reads fields parted by blanks.
func fieldsOf(s string) (out []Field) {
	for _, f := range strings.Fields(s) {
		out = append(out, Field(f))
	}
	return out
}
