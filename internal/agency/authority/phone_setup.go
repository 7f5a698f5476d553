package authority

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"time"

	"kado/cardmgmt"
	"kado/internal/agency/cards"
	"kado/internal/platform/db"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// maxPossession bounds a signature that a caller sends, in octets.
const maxPossession = 1024

// SetUpPhone implements Phones. The order is: the phone's keys prove themselves,
// the card's signature over them is checked against the authority's own record of
// its certificate, the proof is recorded, the certificates are issued as any
// other, and one transaction makes them valid, if the card's still are, and ends
// the phone that is replaced.
//
// A crash in between leaves a proved phone without valid certificates; the same
// request goes on from there.
func (o *Office) SetUpPhone(ctx context.Context, by journal.Actor, r PhoneRequest) (Phone, error) {
	keys, err := r.keys()
	if err != nil {
		return Phone{}, err
	}
	statement, err := PhoneStatement(r.Offer, keys)
	if err != nil {
		return Phone{}, PhoneKeyRefused.Because(err, "form")
	}
	for _, k := range r.Keys {
		if err := proves(k, statement); err != nil {
			return Phone{}, err
		}
	}
	p, err := o.prove(ctx, by, r, statement)
	if err != nil {
		return Phone{}, err
	}
	if p.State == PhoneProved {
		if err := o.derive(ctx, by, p, r.Keys); err != nil {
			return Phone{}, err
		}
	}
	return o.Phone(ctx, p.ID)
}

// keys returns the keys by kind, after looking at their form.
func (r PhoneRequest) keys() (map[jpki.Kind]crypto.PublicKey, error) {
	if len(r.Keys) == 0 || len(r.Keys) > len(jpki.Kinds) {
		return nil, PhoneKeyRefused.New("number")
	}
	out := map[jpki.Kind]crypto.PublicKey{}
	for _, k := range r.Keys {
		switch {
		case !k.Kind.Valid() || out[k.Kind] != nil:
			return nil, PhoneKeyRefused.New("kind")
		case len(k.Possession) > maxPossession:
			return nil, PhoneKeyRefused.New("proof")
		}
		if _, err := cardmgmt.KeyTypeOf(k.PublicKey); err != nil {
			return nil, PhoneKeyRefused.Because(err, "form")
		}
		for _, other := range out {
			if jpki.SameKey(other, k.PublicKey) {
				return nil, PhoneKeyRefused.New("one key for both")
			}
		}
		out[k.Kind] = k.PublicKey
	}
	return out, nil
}

// proves checks that the phone holds the private half.
func proves(k PhoneKey, statement []byte) error {
	a, err := jpki.AlgorithmOf(k.PublicKey)
	if err != nil {
		return PhoneKeyRefused.Because(err, "form")
	}
	if err := jpki.VerifyDigest(k.PublicKey, a.Digest(PhonePossession(k.Kind, statement)), k.Possession); err != nil {
		return PhoneKeyRefused.Because(err, "proof")
	}
	return nil
}

// digest names the request, so that it can be told from another one. What the card
// signed names offer and keys; an ECDSA signature may differ each time.
func (r PhoneRequest) digest(statement []byte) string {
	h := sha256.New()
	h.Write(statement)
	cert := sha256.Sum256(r.Certificate)
	h.Write(cert[:])
	if r.Replaces {
		h.Write([]byte("replaces"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// prove checks what the card signed and records it. A request that was recorded
// before is answered with its record.
func (o *Office) prove(ctx context.Context, by journal.Actor, r PhoneRequest, statement []byte) (phoneRow, error) {
	now := o.clock.Now()
	p, err := o.offered(ctx, r)
	if err != nil {
		return phoneRow{}, err
	}
	if p.State == PhoneOffered && now.After(p.notAfter) {
		return phoneRow{}, NoOffer.New()
	}
	parent, err := o.cardSigner(ctx, r, statement)
	if err != nil {
		return phoneRow{}, err
	}
	proof := r.digest(statement)
	if p.State == PhoneOffered {
		if err := o.derivable(ctx, parent, now); err != nil {
			return phoneRow{}, err
		}
	}
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		if p, err = findPhone(ctx, tx, r.Offer.ID); err != nil {
			return err
		}
		if p.State != PhoneOffered {
			if p.proof != proof {
				return OfferTaken.New()
			}
			return nil
		}
		if err := alone(ctx, tx, parent.Person, r.Replaces); err != nil {
			return err
		}
		p.Person, p.Card, p.proof = parent.Person, parent.Card, proof
		if r.Replaces {
			p.replaces = "yes"
		}
		return movePhone(ctx, tx, by, &p, "prove", now)
	})
	return p, err
}

// offered returns the row of the offer, if the request repeats it exactly.
func (o *Office) offered(ctx context.Context, r PhoneRequest) (p phoneRow, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		p, err = findPhone(ctx, tx, r.Offer.ID)
		return err
	})
	if NoPhone.Is(err) {
		return p, NoOffer.New()
	}
	if err == nil && (subtle.ConstantTimeCompare([]byte(hex.EncodeToString(r.Offer.Nonce[:])), []byte(p.nonce)) != 1 || !r.Offer.NotAfter.Equal(p.notAfter)) {
		return p, NoOffer.New()
	}
	return p, err
}

// cardSigner finds the card's signature certificate in the authority's own
// records, octet for octet, and checks its signature over the statement. A
// certificate on a phone derives nothing: only a card does.
func (o *Office) cardSigner(ctx context.Context, r PhoneRequest, statement []byte) (Certificate, error) {
	if len(r.Signature) > maxPossession {
		return Certificate{}, NotSignedByCard.New()
	}
	cert, err := jpki.ParseCertificate(r.Certificate)
	if err != nil {
		return Certificate{}, NotSignedByCard.Because(err)
	}
	c, err := o.Certificate(ctx, jpki.Signature, cert.SerialNumber.Text(16))
	switch {
	case NoCertificate.Is(err):
		return Certificate{}, CardNotFit.New("unknown certificate")
	case err != nil:
		return Certificate{}, err
	case !bytes.Equal(c.DER, r.Certificate):
		return Certificate{}, CardNotFit.New("unknown certificate")
	case c.Medium != jpki.Card:
		return Certificate{}, CardNotFit.New("not on a card")
	}
	a, err := jpki.AlgorithmOf(cert.PublicKey)
	if err != nil {
		return Certificate{}, NotSignedByCard.Because(err)
	}
	if err := jpki.VerifyDigest(cert.PublicKey, a.Digest(statement), r.Signature); err != nil {
		return Certificate{}, NotSignedByCard.Because(err)
	}
	return c, nil
}

// derivable reports whether a card may lend its standing to a phone now.
func (o *Office) derivable(ctx context.Context, parent Certificate, now time.Time) error {
	if parent.State != Active || expired(parent.NotAfter, now) {
		return CardNotFit.New("certificate")
	}
	card, err := o.cards.Card(ctx, parent.Card)
	if err != nil {
		return err
	}
	if card.State != cards.InOperation || expired(card.ExpiresOn.EndOfDay(), now) {
		return CardNotFit.New("card")
	}
	return nil
}

// alone refuses a second phone beside one in use, unless it replaces it.
func alone(ctx context.Context, tx *db.Tx, person string, replaces bool) error {
	others, err := phones(ctx, tx, `person = $1 AND state = 'in_use'`, person)
	if err == nil && len(others) > 0 && !replaces {
		err = OtherPhone.New()
	}
	return err
}

// derive issues the certificates of a proved phone and takes it into use. Where
// that is refused for good, the phone ends, and what was issued for it.
func (o *Office) derive(ctx context.Context, by journal.Actor, p phoneRow, keys []PhoneKey) error {
	err := o.issueInto(ctx, by, p, keys)
	if err == nil {
		err = o.takeUp(ctx, by, p.ID, keys)
	}
	if err == nil || !lasting(err) {
		return err
	}
	ended := o.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := findPhone(ctx, tx, p.ID)
		if err != nil || r.State != PhoneProved {
			return err
		}
		return endPhone(ctx, tx, system, &r, PhoneRemoved, o.clock.Now())
	})
	return errors.Join(err, ended)
}

// lasting tells a refusal from a failure after which the same request may succeed.
func lasting(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Kind.Class != fault.Unavailable && f.Kind.Class != fault.Internal
}

// issueInto has the certificates issued: each ends with the card's of its kind
// (CRT-70), which stands beside it as its parent.
func (o *Office) issueInto(ctx context.Context, by journal.Actor, p phoneRow, keys []PhoneKey) error {
	person, err := o.register.Person(ctx, p.Person)
	if err != nil {
		return err
	}
	for _, k := range keys {
		parent, err := o.parentOf(ctx, p, k.Kind)
		if err != nil {
			return err
		}
		_, err = o.Issue(ctx, by, Request{ID: p.ID + "/" + k.Kind.String(), Kind: k.Kind, Card: p.Card, Person: p.Person, Municipality: person.Municipality,
			PublicKey: k.PublicKey, ExpiresOn: mynumber.DateOf(parent.NotAfter), phone: p.ID, parent: parent.Serial})
		if err != nil {
			return err
		}
	}
	return nil
}

// parentOf is the card's valid certificate of a kind, or the one that an earlier
// run of the same request took.
func (o *Office) parentOf(ctx context.Context, p phoneRow, kind jpki.Kind) (Certificate, error) {
	var of []row
	err := o.db.View(ctx, func(tx *db.Tx) error {
		rows, err := onCard(ctx, tx, p.Card)
		if err != nil {
			return err
		}
		of = nil
		earlier, err := all(ctx, tx, `phone = $1 AND kind = $2 AND state <> 'dropped'`, p.ID, kind.String())
		if err != nil {
			return err
		}
		for _, r := range rows {
			taken := len(earlier) > 0 && r.Serial == earlier[0].Parent
			if r.Kind == kind && (taken || len(earlier) == 0 && r.State == Active) {
				of = append(of, r)
			}
		}
		return nil
	})
	if err != nil {
		return Certificate{}, err
	}
	if len(of) != 1 || of[0].State != Active || expired(of[0].NotAfter, o.clock.Now()) {
		return Certificate{}, CardNotFit.New(kind.String() + " certificate")
	}
	return of[0].Certificate, nil
}

// takeUp makes a phone's certificates valid in one transaction, in which the card
// and its certificates are still what they were.
func (o *Office) takeUp(ctx context.Context, by journal.Actor, id string, keys []PhoneKey) error {
	r, err := o.Phone(ctx, id)
	if err != nil {
		return err
	}
	card, err := o.cards.Card(ctx, r.Card)
	if err != nil {
		return err
	}
	if card.State != cards.InOperation {
		return CardNotFit.New("card")
	}
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		p, err := findPhone(ctx, tx, id)
		if err != nil || p.State == PhoneInUse {
			return err // the same request, running beside this one, was first
		}
		now := o.clock.Now()
		others, err := phones(ctx, tx, `person = $1 AND state = 'in_use'`, p.Person)
		if err != nil {
			return err
		}
		for i := range others {
			if p.replaces == "" {
				return OtherPhone.New()
			}
			if err := endPhone(ctx, tx, by, &others[i], PhoneReplaced, now); err != nil {
				return err
			}
		}
		rows, err := inPhone(ctx, tx, id)
		if err != nil {
			return err
		}
		if len(rows) != len(keys) {
			return CardNotFit.New("certificate")
		}
		for i := range rows {
			parent, err := find(ctx, tx, rows[i].Kind, rows[i].Parent)
			if err != nil {
				return err
			}
			if parent.State != Active || rows[i].State != Issued {
				return CardNotFit.New(rows[i].Kind.String() + " certificate")
			}
			if err := move(ctx, tx, by, &rows[i], "activate", now, nil); err != nil {
				return err
			}
		}
		if err := movePhone(ctx, tx, by, &p, "take_up", now); err != nil {
			return err
		}
		return tell(ctx, tx, phoneInUse, p, mynumber.DateOf(now).String(), now)
	})
}

// phoneFindings returns what contradicts itself about phones, for kado fsck.
func phoneFindings(ctx context.Context, tx *db.Tx) (out []string, err error) {
	list, err := phones(ctx, tx, `1 = 1 ORDER BY id`)
	if err != nil {
		return nil, err
	}
	inUse := map[string]int{}
	for _, p := range list {
		say := func(wrong bool, what string) {
			if wrong {
				out = append(out, "phone "+p.ID+" "+what)
			}
		}
		if !PhoneLives.Known(p.State) {
			say(true, "is in an unknown state")
			continue
		}
		rows, err := inPhone(ctx, tx, p.ID)
		if err != nil {
			return nil, err
		}
		living := 0
		for _, r := range rows {
			parent, err := one(ctx, tx, `serial = $1`, r.Parent)
			if errors.Is(err, db.ErrNoRows) {
				say(true, "holds a certificate that came from none")
				continue
			}
			if err != nil {
				return nil, err
			}
			alive := r.State == Active || r.State == OnHold
			if alive {
				living++
			}
			say(r.Person != p.Person || r.Card != p.Card || parent.Card != p.Card || parent.Kind != r.Kind || parent.Medium != jpki.Card, "holds a certificate of another person, card or kind")
			say(r.NotAfter.After(parent.NotAfter), "holds a certificate that outlasts the card's (CRT-70)")
			say(alive && parent.State == Revoked, "holds a valid certificate whose card's has ended (CRT-68)")
			say(alive && r.State != parent.State, "holds a certificate that is not on hold as the card's is")
		}
		say((p.State == PhoneOffered) != (p.Person == ""), "has a holder before the card signed, or none afterwards")
		say((p.State == PhoneEnded) != !p.EndedAt.IsZero() || (p.State == PhoneEnded) != (p.End != ""), "ended without time or reason, or the other way round")
		say((p.State == PhoneInUse) != (living > 0), "is in use without a valid certificate, or the other way round")
		if p.State == PhoneInUse {
			if inUse[p.Person]++; inUse[p.Person] == 2 {
				say(true, "is its holder's second")
			}
		}
	}
	return out, nil
}
