package authority

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// A responder certificate lives responderDays and is replaced, with a new key,
// when fewer than responderMargin are left, so that an answer given now stays
// verifiable for as long as anybody keeps it.
const (
	responderDays   = 365
	responderMargin = 30 * 24 * time.Hour
)

// responder is the delegated OCSP signer of a generation.
type responder struct {
	number int
	der    []byte
	ends   time.Time
	signer crypto.Signer
}

// keyName is the key store's name of a responder's key: "ocsp-signature-1.2" for
// the second of the first generation.
func (r responder) keyName(id generationID) string {
	return fmt.Sprintf("ocsp-%s-%d.%d", id.kind, id.number, r.number)
}

// Responder implements Authority. The certificate is renewed when it is due,
// also after the clock jumped; NoGeneration once the generation's life is over.
func (o *Office) Responder(ctx context.Context, kind jpki.Kind, generation int) (crypto.Signer, []byte, error) {
	id := generationID{kind, generation}
	now := o.clock.Now()
	o.mu.Lock()
	cached, ok := o.responders[id]
	o.mu.Unlock()
	if ok && now.Before(cached.ends.Add(-responderMargin)) {
		return cached.signer, cached.der, nil
	}
	g, err := o.living(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	r, err := o.freshResponder(ctx, g)
	if err != nil {
		return nil, nil, err
	}
	if r.signer, err = o.signer(ctx, r.keyName(id), o.settings.Responder); err != nil {
		return nil, nil, err
	}
	o.mu.Lock()
	o.responders[id] = r
	o.mu.Unlock()
	return r.signer, r.der, nil
}

// freshResponder returns the newest responder, after renewing it where that is
// due and the generation lasts long enough to gain by it.
func (o *Office) freshResponder(ctx context.Context, g Generation) (responder, error) {
	for {
		last, err := o.lastResponder(ctx, g)
		if err != nil {
			return responder{}, err
		}
		now := o.clock.Now()
		ends := mynumber.DateOf(now).AddDays(responderDays).EndOfDay()
		if ends.After(g.EndsAt) {
			ends = g.EndsAt
		}
		if last.number > 0 && (now.Before(last.ends.Add(-responderMargin)) || !ends.After(last.ends)) {
			return last, nil
		}
		if err := o.renewResponder(ctx, g, responder{number: last.number + 1, ends: ends}, now); err != nil {
			return responder{}, err
		}
	}
}

// lastResponder returns the newest responder; number 0 if there is none.
func (o *Office) lastResponder(ctx context.Context, g Generation) (r responder, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		r = responder{}
		err := tx.QueryRow(ctx, `SELECT number, certificate, ends_at FROM authority_responder
			WHERE kind = $1 AND generation = $2 ORDER BY number DESC LIMIT 1`, g.Kind.String(), g.Number).
			Scan(&r.number, &r.der, db.IntoTime(&r.ends))
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		return err
	})
	return r, err
}

// renewResponder makes a responder: lint, record, sign, record. A crash in
// between leaves a used serial number and a key without a certificate; the
// repetition takes a new number and that key.
func (o *Office) renewResponder(ctx context.Context, g Generation, r responder, now time.Time) error {
	id := generationID{g.Kind, g.Number}
	profile, err := o.profile(g)
	if err != nil {
		return err
	}
	key, err := o.signer(ctx, r.keyName(id), o.settings.Responder)
	if err != nil {
		return err
	}
	ca, err := o.keys.Signer(ctx, id.keyName())
	if err != nil {
		return err
	}
	serial, hexSerial, err := o.drawSerial(ctx, 1)
	if err != nil {
		return err
	}
	start := now.UTC().Truncate(time.Second)
	prepared, err := jpki.PrepareResponder(jpki.ResponderRequest{Serial: serial, PublicKey: key.Public(), NotBefore: start, NotAfter: r.ends,
		CommonName: fmt.Sprintf("OCSP Responder %d.%d", g.Number, r.number)}, profile)
	if err != nil {
		return LintFailed.Because(err)
	}
	linted, err := prepared.Lint()
	if err != nil {
		return LintFailed.Because(err)
	}
	if err := zlintAlways(linted.Raw); err != nil {
		return err
	}
	entry := func(act, name string, of []byte) journal.Entry {
		sum := sha256.Sum256(of)
		return journal.Entry{At: now, Actor: system, Office: "authority", Act: act, Serial: hexSerial, Details: map[string]string{
			"kind": g.Kind.String(), "generation": strconv.Itoa(g.Number), name: hex.EncodeToString(sum[:])}}
	}
	fresh := false
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		if fresh, err = claimSerial(ctx, tx, hexSerial, "responder", now); err != nil || !fresh {
			return err
		}
		_, err := journal.Write(ctx, tx, entry(ActResponderPrepared, "tbs_sha256", linted.RawTBSCertificate))
		return err
	})
	if err != nil || !fresh {
		return err // a number used before: the caller comes again
	}
	cert, err := prepared.Issue(ca)
	if err != nil {
		return LintFailed.Because(err)
	}
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO authority_responder (kind, generation, number, certificate, starts_at, ends_at)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, generation, number) DO NOTHING`,
			g.Kind.String(), g.Number, r.number, cert.Raw, start, r.ends)
		if err != nil || n == 0 {
			return err
		}
		_, err = journal.Write(ctx, tx, entry(ActResponderIssued, "sha256", cert.Raw))
		return err
	})
}
