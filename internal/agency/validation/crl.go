package validation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/big"
	"strconv"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// A list is published every ListInterval and good for ListOverlap longer, so that
// nobody is left without one while the next is being made and fetched.
const (
	ListInterval = 24 * time.Hour
	ListOverlap  = 2 * time.Hour
)

// rounds bounds how often IssueCRL begins anew because another list of the scope
// was published meanwhile.
const rounds = 10

// errOvertaken says that another list of the scope took the number.
var errOvertaken = errors.New("validation: another list was published meanwhile")

// IssueCRL implements Desk. The facts are gathered after the last number was read
// and the number is taken only if that is still the last one; so a higher number
// never tells older facts, and numbers have no gaps. A crash before the one
// transaction leaves nothing behind, a crash after it the published list.
//
// R-40 says that a lifted suspension shows as removeFromCRL in the next list.
// RFC 5280, 5.3.1, permits that reason in delta lists alone; in a complete one,
// as all of these are, the lifted entry is gone from the next list, which says
// the same.
func (o *Office) IssueCRL(ctx context.Context, by journal.Actor, kind jpki.Kind, generation int, m mynumber.MunicipalityCode) (List, error) {
	s := scope{kind, generation, m}
	if err := s.check(); err != nil {
		return List{}, err
	}
	// A list is made of the authority's records, and those follow a card's record
	// as an effect: what was acknowledged has to be delivered first.
	if o.settle != nil {
		if err := o.settle(ctx); err != nil {
			return List{}, err
		}
	}
	return o.issue(ctx, by, s)
}

func (s scope) check() error {
	switch {
	case !s.kind.Valid():
		return Malformed.New("kind")
	case s.generation < 1:
		return Malformed.New("generation")
	case s.municipality != "" && !s.municipality.Valid():
		return Malformed.New("municipality")
	}
	return nil
}

func (o *Office) issueOnce(ctx context.Context, by journal.Actor, s scope) (List, error) {
	signer, err := o.authority.CRLSigner(ctx, s.kind, s.generation)
	if err != nil {
		return List{}, err
	}
	ca, found, err := o.issuerNumbered(ctx, s.kind, s.generation)
	if err != nil {
		return List{}, err
	}
	if !found {
		return List{}, Malformed.New("generation")
	}
	profile, err := jpki.NewProfile(o.settings, s.kind, ca.cert)
	if err != nil {
		return List{}, err
	}
	var last int64
	err = o.db.View(ctx, func(tx *db.Tx) error {
		// Before the CA's key is used, not only before the list is recorded.
		if err := requireOperator(ctx, tx, by, o.clock.Now()); err != nil {
			return err
		}
		last, err = s.lastNumber(ctx, tx)
		return err
	})
	if err != nil {
		return List{}, err
	}
	now := o.clock.Now()
	l := List{Kind: s.kind, Generation: s.generation, Municipality: s.municipality, Number: last + 1, ThisUpdate: now.UTC().Truncate(time.Second)}
	l.NextUpdate = l.ThisUpdate.Add(ListInterval + ListOverlap)
	r := jpki.CRLRequest{Number: big.NewInt(l.Number), ThisUpdate: l.ThisUpdate, NextUpdate: l.NextUpdate}
	if s.municipality != "" {
		place, ok := o.places.Place(s.municipality, mynumber.DateOf(now))
		if !ok {
			return List{}, Malformed.New("municipality")
		}
		r.Place = &place
	}
	list, err := jpki.NewCRL(profile, r)
	if err != nil {
		return List{}, err
	}
	if err := o.gather(ctx, s, now, list.Add); err != nil {
		return List{}, err
	}
	signed, err := list.Sign(signer)
	if err != nil {
		return List{}, err
	}
	l.DER = signed.Bytes()
	sum := sha256.Sum256(l.DER)
	return l, o.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := s.lastNumber(ctx, tx)
		if err != nil {
			return err
		}
		if n != last {
			return errOvertaken
		}
		if err := insertList(ctx, tx, l); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "validation", Act: ActListPublished, Details: map[string]string{
			"kind": s.kind.String(), "generation": strconv.Itoa(s.generation), "municipality": string(s.municipality),
			"number": strconv.FormatInt(l.Number, 10), "entries": strconv.Itoa(list.Len()), "sha256": hex.EncodeToString(sum[:])}})
		return err
	})
}

// gather judges every certificate that the authority counts as revoked or held and
// gives add what belongs into a list, the lowest serial number first. What only the
// card's record says so far is in OCSP and Status at once, and in the list once the
// authority's record has followed.
func (o *Office) gather(ctx context.Context, s scope, now time.Time, add func(serial []byte, at time.Time, reason jpki.RevocationReason) error) error {
	// The cards are asked for while the authority's rows are being read: one list
	// at a time, so that lists never wait for each other's connections.
	select {
	case o.gathering <- struct{}{}:
		defer func() { <-o.gathering }()
	case <-ctx.Done():
		return ctx.Err()
	}
	var number [jpki.MaxSerialSize + 1]byte
	return o.authority.Revoked(ctx, s.kind, s.generation, s.municipality, now, func(page []authority.Certificate) error {
		return o.judgeAll(ctx, page, now, func(c *authority.Certificate, _ *cards.CardStatus, j judgement) error {
			if j.record.Verdict != Revoked && j.record.Verdict != OnHold {
				return nil
			}
			n, ok := octets(number[:0], c.Serial)
			if !ok {
				return Malformed.New("serial")
			}
			return add(n, j.record.At.UTC().Truncate(time.Second), jpki.RevocationReason(j.record.Reason))
		})
	})
}

// octets appends the number of a serial as records spell it: hexadecimal without
// leading zeros.
func octets(b []byte, spelt string) ([]byte, bool) {
	if spelt == "" || len(spelt) > 2*jpki.MaxSerialSize || spelt[0] == '0' {
		return b, false
	}
	var buffer [2 * jpki.MaxSerialSize]byte
	text := append(buffer[:0], spelt...)
	if len(text)%2 == 1 {
		text = append(append(buffer[:0], '0'), spelt...)
	}
	b, err := hex.AppendDecode(b, text)
	return b, err == nil
}

// CRL implements Desk.
func (o *Office) CRL(ctx context.Context, kind jpki.Kind, generation int, m mynumber.MunicipalityCode) (List, error) {
	s := scope{kind, generation, m}
	if err := s.check(); err != nil {
		return List{}, err
	}
	var l List
	err := o.db.View(ctx, func(tx *db.Tx) error {
		var err error
		l, err = s.newest(ctx, tx)
		return err
	})
	return l, err
}
