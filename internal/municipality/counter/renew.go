package counter

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"strconv"
	"strings"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/production"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// Rewrite implements Desk. A cut after the chip was rewritten leaves it as the
// register says, which is what the repeated call writes again.
func (o *Office) Rewrite(ctx context.Context, by journal.Actor, session string, t reader.Transport, newSignature bool) (Session, error) {
	r, who, c, on, err := o.at(ctx, by, session, AttributeChange, t)
	if err != nil {
		return Session{}, err
	}
	if newSignature && !mynumber.MaySignatureCertificate(who.Attributes.BirthDate, mynumber.DateOf(o.Clock.Now()), c.Pinless) {
		return Session{}, MayNot.New()
	}
	encoded, err := o.Records.Rewrite(ctx, by, c.ID, r.ID)
	if err != nil {
		return Session{}, err
	}
	script, err := cardmgmt.ParseScript(encoded)
	if err != nil {
		return Session{}, err
	}
	if _, _, err := o.perform(ctx, by, on, r.Session, cardmgmt.Rewrite, script); err != nil {
		return Session{}, err
	}
	if newSignature {
		if err := o.newCertificates(ctx, by, r.Session, who, c, on, []jpki.Kind{jpki.Signature}, false); err != nil {
			return Session{}, err
		}
	}
	return o.step(ctx, by, session, "finish", func(tx *db.Tx, r *row) error {
		return o.write(ctx, tx, r.Session, by, actRewritten, map[string]string{"new_signature": strconv.FormatBool(newSignature)})
	})
}

// Renew implements Desk.
func (o *Office) Renew(ctx context.Context, by journal.Actor, session string, t reader.Transport) (Session, error) {
	r, who, c, on, err := o.at(ctx, by, session, CertificateRenew, t)
	if err != nil {
		return Session{}, err
	}
	kinds, err := o.renewable(ctx, who, c)
	if err != nil {
		return Session{}, err
	}
	if err := o.newCertificates(ctx, by, r.Session, who, c, on, kinds, true); err != nil {
		return Session{}, err
	}
	var done []string
	for _, k := range kinds {
		done = append(done, k.String())
	}
	return o.step(ctx, by, session, "finish", func(tx *db.Tx, r *row) error {
		return o.write(ctx, tx, r.Session, by, actRenewed, map[string]string{"certificates": strings.Join(done, " ")})
	})
}

// renewable lists the kinds of which the card has a certificate, valid or, where
// an earlier visit was cut off, issued. One that was never wished for, or has
// ended, is not renewed.
func (o *Office) renewable(ctx context.Context, who registry.Person, c cards.Card) ([]jpki.Kind, error) {
	all, err := o.Authority.OfCard(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	has := map[jpki.Kind]bool{}
	for _, cert := range all {
		if cert.State == authority.Active || cert.State == authority.Issued {
			has[cert.Kind] = true
		}
	}
	if !mynumber.MaySignatureCertificate(who.Attributes.BirthDate, mynumber.DateOf(o.Clock.Now()), c.Pinless) {
		has[jpki.Signature] = false
	}
	var kinds []jpki.Kind
	for _, k := range []jpki.Kind{jpki.Authentication, jpki.Signature} { // the second ends with the first
		if has[k] {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) == 0 {
		return nil, MayNot.New()
	}
	return kinds, nil
}

var keyRef = map[jpki.Kind]layout.Reference{
	jpki.Signature:      layout.JPKISignatureKey,
	jpki.Authentication: layout.JPKIAuthenticationKey,
}

var certificateFile = map[jpki.Kind]layout.FileID{
	jpki.Signature:      layout.JPKISignatureCertificate,
	jpki.Authentication: layout.JPKIAuthenticationCertificate,
}

// newCertificates gives the card new certificates with keys born on the chip
// (C-10, P-20). What a cut leaves behind at each step, and who mends it:
//
//   - keys beside the old ones: nothing uses them, the next run makes others;
//   - issued certificates that no chip holds: not valid; revoked by the next run;
//   - the chip switched, the authority not told: the new certificates are not yet
//     valid and the old keys are gone, so nothing can be signed; the next run
//     finds by the chip's own digests that it holds them, and tells the authority;
//   - one kind switched at the authority, the other not: the next run goes on.
//
// The old certificates stay valid until the authority supersedes them in the
// transaction in which the new ones become valid: never two at once.
func (o *Office) newCertificates(ctx context.Context, by journal.Actor, s Session, who registry.Person, c cards.Card, on *reader.Issuer, kinds []jpki.Kind, renewal bool) error {
	all, err := o.Authority.OfCard(ctx, c.ID)
	if err != nil {
		return err
	}
	done, err := o.takeUp(ctx, by, s, on, kinds, all)
	if err != nil {
		return err
	}
	var todo []jpki.Kind
	for _, k := range kinds {
		if !done[k] {
			todo = append(todo, k)
		}
	}
	if len(todo) == 0 {
		return nil
	}
	keys, err := o.keysBornOnChip(ctx, by, s, on, todo)
	if err != nil {
		return err
	}
	certs, err := o.issue(ctx, by, s, who, c, all, todo, keys, renewal)
	if err != nil {
		return err
	}
	var script cardmgmt.Script
	for _, cert := range certs {
		script = append(script, cardmgmt.UseKey{Application: layout.JPKI, Reference: keyRef[cert.Kind], Digest: cardmgmt.PublicKeyDigest(keys[cert.Kind])})
		files, err := production.CertificateFiles(ctx, o.Authority, cert)
		if err != nil {
			return err
		}
		script = append(script, files...)
	}
	if _, _, err := o.perform(ctx, by, on, s, cardmgmt.SwitchKey, script); err != nil {
		return err
	}
	for _, cert := range certs {
		if err := o.Authority.Switch(ctx, by, cert.Kind, cert.Serial); err != nil {
			return err
		}
	}
	return nil
}

// takeUp finishes what an earlier run left: it tells the authority of
// certificates that the chip holds already, revokes those it does not hold, and
// returns the kinds that have their new certificate. These are also the ones that
// became valid at the same visit: renewing them once more would cost the holder
// the year that R-12 gives at the first time.
func (o *Office) takeUp(ctx context.Context, by journal.Actor, s Session, on *reader.Issuer, kinds []jpki.Kind, all []authority.Certificate) (map[jpki.Kind]bool, error) {
	done := map[jpki.Kind]bool{}
	visit := s.OpenedAt
	for _, cert := range all {
		if cert.State != authority.Issued || !slices.Contains(kinds, cert.Kind) {
			continue
		}
		holds, err := o.chipHolds(ctx, by, s, on, cert)
		if err != nil {
			return nil, err
		}
		if !holds {
			if err := o.Authority.Revoke(ctx, by, cert.Kind, cert.Serial, mynumber.Unspecified); err != nil {
				return nil, err
			}
			continue
		}
		if err := o.Authority.Switch(ctx, by, cert.Kind, cert.Serial); err != nil {
			return nil, err
		}
		done[cert.Kind] = true
		if began := cert.IssuedAt.Add(-SessionLife); began.Before(visit) {
			visit = began
		}
	}
	for _, cert := range all {
		if cert.State == authority.Active && !cert.IssuedAt.Before(visit) {
			done[cert.Kind] = true
		}
	}
	return done, nil
}

// chipHolds asks the chip for the digest of its certificate file.
func (o *Office) chipHolds(ctx context.Context, by journal.Actor, s Session, on *reader.Issuer, cert authority.Certificate) (bool, error) {
	answer, _, err := o.perform(ctx, by, on, s, cardmgmt.Inspect,
		cardmgmt.Script{cardmgmt.ListFile{Application: layout.JPKI, File: certificateFile[cert.Kind]}})
	if errors.Is(err, reader.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	digests, err := cardmgmt.ParseDigests(answer, 1)
	if err != nil {
		return false, CardFailed.Because(err)
	}
	return digests[0] == sha256.Sum256(cert.DER), nil
}

func (o *Office) keysBornOnChip(ctx context.Context, by journal.Actor, s Session, on *reader.Issuer, kinds []jpki.Kind) (map[jpki.Kind]crypto.PublicKey, error) {
	var script cardmgmt.Script
	for _, k := range kinds {
		keyType, err := authority.KeyType(ctx, o.Authority, k)
		if err != nil {
			return nil, err
		}
		script = append(script, cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: keyRef[k], Type: keyType})
	}
	answer, challenge, err := o.perform(ctx, by, on, s, cardmgmt.GenerateKey, script)
	if err != nil {
		return nil, err
	}
	reports, err := cardmgmt.ParseKeyReports(answer)
	if err != nil || len(reports) != len(kinds) {
		return nil, CardFailed.Because(err)
	}
	out := map[jpki.Kind]crypto.PublicKey{}
	for i, rep := range reports {
		if err := rep.Verify(string(s.Card), cardmgmt.Session(s.Wire), challenge); err != nil {
			return nil, NotProved.Because(err)
		}
		if rep.Application != layout.JPKI || rep.Reference != keyRef[kinds[i]] {
			return nil, CardFailed.New()
		}
		out[kinds[i]] = rep.PublicKey
	}
	return out, nil
}

// issue has the certificates issued. The request id names session and key, so
// that a repeated call with the same key gives the same certificate.
func (o *Office) issue(ctx context.Context, by journal.Actor, s Session, who registry.Person, c cards.Card, all []authority.Certificate, kinds []jpki.Kind, keys map[jpki.Kind]crypto.PublicKey, renewal bool) ([]authority.Certificate, error) {
	today := mynumber.DateOf(o.Clock.Now())
	last := map[jpki.Kind]mynumber.Date{}
	for _, cert := range all {
		if cert.State == authority.Active {
			last[cert.Kind] = mynumber.DateOf(cert.NotAfter)
		}
	}
	authEnd := last[jpki.Authentication]
	var out []authority.Certificate
	for _, k := range kinds {
		var renews mynumber.Date
		if renewal {
			renews = last[k]
		}
		end, err := authority.ExpiresOn(ctx, o.Authority, k, who.Attributes.BirthDate, c.ExpiresOn, today, renews, authEnd, c.Pinless)
		if err != nil {
			return nil, MayNot.Because(err)
		}
		der, err := x509.MarshalPKIXPublicKey(keys[k])
		if err != nil {
			return nil, err
		}
		id := sha256.Sum256(der)
		cert, err := o.Authority.Issue(ctx, by, authority.Request{ID: s.ID + "/" + k.String() + "/" + strconv.FormatUint(uint64(id[0])<<24|uint64(id[1])<<16|uint64(id[2])<<8|uint64(id[3]), 16),
			Kind: k, Card: c.ID, Person: who.ID, Municipality: who.Municipality, PublicKey: keys[k], ExpiresOn: end})
		if err != nil {
			return nil, err
		}
		if k == jpki.Authentication {
			authEnd = end
		}
		out = append(out, cert)
	}
	return out, nil
}
