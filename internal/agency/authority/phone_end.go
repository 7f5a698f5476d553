package authority

import (
	"context"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// phoneEvents says which event of R-40 each end of a phone is. A lost phone is
// treated as a lost card is.
var phoneEvents = map[PhoneEnd]mynumber.LifeEvent{
	PhoneLost: mynumber.CardVoided, PhoneRemoved: mynumber.HolderWished, PhoneReplaced: mynumber.CertificateRenewed,
}

// EndPhone implements Phones.
func (o *Office) EndPhone(ctx context.Context, by journal.Actor, id string, why PhoneEnd) error {
	if why != PhoneLost && why != PhoneRemoved {
		return Malformed.New("end")
	}
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := findPhone(ctx, tx, id)
		if err != nil || r.State == PhoneEnded {
			return err
		}
		return endPhone(ctx, tx, by, &r, why, o.clock.Now())
	})
}

// endPhone ends a phone and revokes what it holds, in one transaction.
func endPhone(ctx context.Context, tx *db.Tx, by journal.Actor, r *phoneRow, why PhoneEnd, at time.Time) error {
	event, ok := phoneEvents[why]
	if !ok {
		return Malformed.New("end")
	}
	reason, _, err := mynumber.RevocationFor(event, mynumber.AuthenticationCertificate)
	if err != nil {
		return err
	}
	// The phone first: its certificates' end must not be taken for the cause.
	if err := closePhone(ctx, tx, by, r, why, at); err != nil {
		return err
	}
	rows, err := inPhone(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	return revokeAll(ctx, tx, by, rows, reason, at)
}

// closePhone moves a phone to its end and tells the holder, if it ever was in use.
func closePhone(ctx context.Context, tx *db.Tx, by journal.Actor, r *phoneRow, why PhoneEnd, at time.Time) error {
	used := r.State == PhoneInUse
	r.End = why
	if err := movePhone(ctx, tx, by, r, "end", at); err != nil || !used {
		return err
	}
	return tell(ctx, tx, phoneEnded, *r, mynumber.DateOf(at).String(), at)
}

// revokeDerived follows the end of a certificate: those on phones that came from
// it end with it and for its reason (CRT-68), and a phone left without any ends.
func revokeDerived(ctx context.Context, tx *db.Tx, by journal.Actor, r row, at time.Time) error {
	if r.Medium == jpki.Phone {
		return endEmptyPhone(ctx, tx, by, r.Phone, at)
	}
	rows, err := derivedFrom(ctx, tx, r)
	if err != nil {
		return err
	}
	return revokeAll(ctx, tx, by, rows, r.Reason, at)
}

func endEmptyPhone(ctx context.Context, tx *db.Tx, by journal.Actor, id string, at time.Time) error {
	r, err := findPhone(ctx, tx, id)
	if err != nil || r.State == PhoneEnded {
		return err
	}
	living, err := exists(ctx, tx, `SELECT COUNT(*) FROM authority_certificate WHERE phone = $1 AND state NOT IN ('revoked', 'dropped')`, id)
	if err != nil || living {
		return err
	}
	return closePhone(ctx, tx, by, &r, PhoneCertificate, at)
}
