package authority

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"strconv"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/staff"
	"kado/jpki"
)

// ceremonyWindow is how long after its beginning a generation may still be made:
// a plan is reviewed before, and not kept for later.
const ceremonyWindow = 7 * 24 * time.Hour

// Rehearse tells what a ceremony would do and whether it would be permitted now.
// It changes nothing and makes no key in the store.
func (o *Office) Rehearse(ctx context.Context, p CeremonyPlan) (Rehearsal, error) {
	if field := p.unfit(); field != "" {
		return Rehearsal{}, UnfitPlan.New(field)
	}
	r := Rehearsal{Plan: p, Hash: p.Hash(), KeyName: p.id().keyName()}
	c, found, err := o.ceremony(ctx, r.Hash)
	if err != nil {
		return Rehearsal{}, err
	}
	r.Begun, r.Done = found, found && !c.done.IsZero()
	key, err := o.keys.Signer(ctx, r.KeyName)
	switch {
	case keystore.UnknownKey.Is(err):
		r.KeyIs = "to be made"
	case err != nil:
		return Rehearsal{}, err
	case r.Begun && !r.Done && p.PublicKey == "":
		r.KeyIs = "made by an earlier run of this plan"
	default:
		r.KeyIs = "there"
	}
	if p.Act != Retire {
		stand, err := standIn(p.algorithm())
		if err != nil {
			return Rehearsal{}, err
		}
		cert, err := jpki.NewCACertificate(o.settings, jpki.AuthorityRequest{Kind: p.id().kind, Serial: big.NewInt(1), NotBefore: p.NotBefore, NotAfter: p.NotAfter}, stand)
		if err != nil {
			r.Lint, r.Obstacle = err.Error(), LintFailed.Because(err)
			return r, nil
		}
		if err := zlintAlways(cert.Raw); err != nil {
			r.Lint, r.Obstacle = err.Error(), err
			return r, nil
		}
		r.Lint, r.Copy = "passed", cert.Raw
	}
	if !r.Done {
		r.Obstacle = o.permits(ctx, p, c, found, key)
	}
	return r, nil
}

// standIn is a key that signs the copy of a rehearsal and is forgotten.
func standIn(a jpki.Algorithm) (crypto.Signer, error) {
	if a == jpki.ECDSAP384SHA384 {
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	}
	return rsa.GenerateKey(rand.Reader, 2048)
}

// begunCeremony is a row of the table.
type begunCeremony struct {
	begun, done time.Time
	record      []byte
}

func (o *Office) ceremony(ctx context.Context, hash string) (c begunCeremony, found bool, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		err := tx.QueryRow(ctx, `SELECT begun_at, done_at, record FROM authority_ceremony WHERE plan_hash = $1`, hash).
			Scan(db.IntoTime(&c.begun), db.IntoTime(&c.done), &c.record)
		if found = err == nil; errors.Is(err, db.ErrNoRows) {
			return nil
		}
		return err
	})
	return c, found, err
}

// permits holds a plan against what is there. key is nil where there is none yet.
func (o *Office) permits(ctx context.Context, p CeremonyPlan, c begunCeremony, begun bool, key crypto.Signer) error {
	now := o.clock.Now()
	if where := keystore.Where(o.keys); where != p.KeyStore {
		return OtherStore.New(p.KeyStore, where)
	}
	a, b := operator(p, 0), operator(p, 1)
	err := o.db.View(ctx, func(tx *db.Tx) error {
		if err := staff.RequireTwo(ctx, tx, now, a, staff.CAOperator, b, staff.CAOperator); err != nil {
			return err
		}
		other, err := exists(ctx, tx, `SELECT COUNT(*) FROM authority_ceremony WHERE kind = $1 AND done_at = '' AND plan_hash <> $2`, p.Kind, p.Hash())
		if err == nil && other {
			return CeremonyOpen.New()
		}
		return err
	})
	if err != nil {
		return err
	}
	gs, err := o.Generations(ctx, p.id().kind)
	if err != nil {
		return err
	}
	if p.Act == Retire {
		return o.permitsRetirement(ctx, p, gs)
	}
	switch {
	case p.Generation != len(gs)+1:
		return NotNext.New(p.Generation, len(gs)+1)
	case len(gs) > 0 && p.Previous != fingerprint(gs[len(gs)-1].Certificate):
		return PlanOutdated.New("previous")
	case len(gs) > 0 && !p.NotBefore.After(gs[len(gs)-1].StartsAt):
		return PlanOutdated.New("not_before")
	case !begun && (now.Before(p.NotBefore) || now.After(p.NotBefore.Add(ceremonyWindow))):
		return NotTheTime.New(p.NotBefore.Format(time.RFC3339), p.NotBefore.Add(ceremonyWindow).Format(time.RFC3339))
	}
	return fits(p, begun, key)
}

// fits says whether the key that is there, if any, is the plan's.
func fits(p CeremonyPlan, begun bool, key crypto.Signer) error {
	switch {
	case key == nil && p.PublicKey != "":
		return KeyNotExpected.New("the key of the plan is not in the store")
	case key == nil:
		return nil
	}
	a, err := jpki.AlgorithmOf(key.Public())
	switch {
	case err != nil || a != p.algorithm():
		return KeyNotExpected.New("algorithm")
	case p.PublicKey != "" && fingerprint(spkiOf(key.Public())) != p.PublicKey:
		return KeyNotExpected.New("public_key")
	case p.PublicKey == "" && !begun:
		return KeyNotExpected.New("a key nobody planned is under this name")
	}
	return nil
}

// permitsRetirement: superseded, and nothing of it can be valid any more.
func (o *Office) permitsRetirement(ctx context.Context, p CeremonyPlan, gs []Generation) error {
	if p.Generation >= len(gs) {
		return NotNext.New(p.Generation, len(gs))
	}
	g := gs[p.Generation-1]
	if p.Previous != fingerprint(g.Certificate) || p.algorithm() != g.Algorithm {
		return PlanOutdated.New("previous, algorithm")
	}
	var living bool
	err := o.db.View(ctx, func(tx *db.Tx) (err error) {
		living, err = exists(ctx, tx, `SELECT COUNT(*) FROM authority_certificate WHERE kind = $1 AND generation = $2 AND state <> 'dropped' AND not_after >= $3`,
			p.Kind, p.Generation, o.clock.Now())
		return err
	})
	if err == nil && living {
		return StillNeeded.New(p.Generation)
	}
	return err
}

func operator(p CeremonyPlan, n int) journal.Actor {
	return journal.Actor{Kind: journal.Staff, ID: p.Operators[n]}
}

func fingerprint(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// RunCeremony carries a plan out, if agreed is its hash. Its steps are: note that
// it begins; make the key; sign; record generation, serial number, journal and
// record in one transaction. A crash leaves an unfinished ceremony that the same
// plan finishes, with the key that was made; until then every other plan for the
// authority is refused. A finished one returns its record again.
func (o *Office) RunCeremony(ctx context.Context, p CeremonyPlan, agreed string) (record []byte, err error) {
	if field := p.unfit(); field != "" {
		return nil, UnfitPlan.New(field)
	}
	if agreed != p.Hash() {
		return nil, NotAgreed.New()
	}
	c, found, err := o.ceremony(ctx, agreed)
	if err != nil {
		return nil, err
	}
	if found && !c.done.IsZero() {
		return c.record, nil
	}
	key, err := o.keys.Signer(ctx, p.id().keyName())
	if err != nil && !keystore.UnknownKey.Is(err) {
		return nil, err
	}
	if err != nil {
		key = nil
	}
	if err := o.permits(ctx, p, c, found, key); err != nil {
		return nil, err
	}
	if !found {
		if c.begun, err = o.beginCeremony(ctx, p); err != nil {
			return nil, err
		}
	}
	if err := o.step("begun"); err != nil {
		return nil, err
	}
	if p.Act == Retire {
		return o.retire(ctx, p, c.begun)
	}
	if key == nil {
		if key, err = o.keys.CreateSigner(ctx, p.id().keyName(), storeAlgorithms[p.algorithm()]); err != nil {
			return nil, err
		}
	}
	if err := o.step("key"); err != nil {
		return nil, err
	}
	for {
		record, err = o.enthrone(ctx, p, c.begun, key)
		if !errors.Is(err, errSerialUsed) {
			return record, err
		}
	}
}

// step is where a test cuts a ceremony off.
func (o *Office) step(name string) error {
	if o.ceremonyStep == nil {
		return nil
	}
	return o.ceremonyStep(name)
}

func (o *Office) beginCeremony(ctx context.Context, p CeremonyPlan) (time.Time, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return time.Time{}, err
	}
	now := o.clock.Now().UTC().Truncate(time.Millisecond)
	return now, o.db.Tx(ctx, func(tx *db.Tx) error {
		other, err := exists(ctx, tx, `SELECT COUNT(*) FROM authority_ceremony WHERE kind = $1 AND done_at = ''`, p.Kind)
		if err != nil {
			return err
		}
		if other {
			return CeremonyOpen.New()
		}
		if _, err := tx.Exec(ctx, `INSERT INTO authority_ceremony (plan_hash, plan, kind, generation, begun_at) VALUES ($1, $2, $3, $4, $5)`,
			p.Hash(), string(text), p.Kind, p.Generation, now); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, p.entry(ActCeremonyBegun, now, map[string]string{"plan_sha256": p.Hash(), "act": string(p.Act)}))
		return err
	})
}

// entry begins a journal entry of a ceremony: the first operator acts, the second
// stands beside.
func (p CeremonyPlan) entry(act string, at time.Time, details map[string]string) journal.Entry {
	details["kind"], details["generation"], details["witness"] = p.Kind, strconv.Itoa(p.Generation), p.Operators[1]
	return journal.Entry{At: at, Actor: operator(p, 0), Office: "authority", Act: act, Details: details}
}

// enthrone signs the certificate of a new generation and records it.
func (o *Office) enthrone(ctx context.Context, p CeremonyPlan, begun time.Time, key crypto.Signer) ([]byte, error) {
	serial, spelt, err := o.drawSerial(ctx, 1)
	if err != nil {
		return nil, err
	}
	cert, err := jpki.NewCACertificate(o.settings, jpki.AuthorityRequest{Kind: p.id().kind, Serial: serial, NotBefore: p.NotBefore, NotAfter: p.NotAfter}, key)
	if err != nil {
		return nil, LintFailed.Because(err)
	}
	if err := cert.CheckSignatureFrom(cert); err != nil {
		return nil, LintFailed.Because(err)
	}
	if err := zlintAlways(cert.Raw); err != nil {
		return nil, err
	}
	if err := o.step("signed"); err != nil {
		return nil, err
	}
	now := o.clock.Now().UTC().Truncate(time.Millisecond)
	record, err := encodeRecord(CeremonyRecord{Plan: p, PlanHash: p.Hash(), BegunAt: begun, DoneAt: now, KeyName: p.id().keyName(),
		PublicKey: fingerprint(cert.RawSubjectPublicKeyInfo), Serial: spelt, Lint: "passed", Fingerprint: fingerprint(cert.Raw), Certificate: cert.Raw})
	if err != nil {
		return nil, err
	}
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO authority_generation (kind, number, certificate, starts_at, ends_at, algorithm)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, number) DO NOTHING`,
			p.Kind, p.Generation, cert.Raw, p.NotBefore, p.NotAfter, p.Algorithm)
		if err != nil {
			return err
		}
		if n == 0 {
			return PlanOutdated.New("generation")
		}
		fresh, err := claimSerial(ctx, tx, spelt, "authority", now)
		if err != nil {
			return err
		}
		if !fresh {
			return errSerialUsed
		}
		e := p.entry(ActGenerationBegun, now, map[string]string{"sha256": fingerprint(cert.Raw), "algorithm": p.Algorithm})
		delete(e.Details, "witness")
		e.Serial = spelt
		if _, err := journal.Write(ctx, tx, e); err != nil {
			return err
		}
		return closeCeremony(ctx, tx, p, now, record)
	})
	if err != nil {
		return nil, err
	}
	return record, o.step("recorded")
}

// retire ends a generation: its key signs nothing any more.
func (o *Office) retire(ctx context.Context, p CeremonyPlan, begun time.Time) ([]byte, error) {
	g, err := o.generation(ctx, p.id())
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(g.Certificate)
	if err != nil {
		return nil, err
	}
	now := o.clock.Now().UTC().Truncate(time.Millisecond)
	record, err := encodeRecord(CeremonyRecord{Plan: p, PlanHash: p.Hash(), BegunAt: begun, DoneAt: now, KeyName: p.id().keyName(),
		PublicKey: fingerprint(cert.RawSubjectPublicKeyInfo), Fingerprint: fingerprint(g.Certificate)})
	if err != nil {
		return nil, err
	}
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE authority_generation SET retired_at = $1 WHERE kind = $2 AND number = $3 AND retired_at = ''`,
			now, p.Kind, p.Generation); err != nil {
			return err
		}
		return closeCeremony(ctx, tx, p, now, record)
	})
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	delete(o.responders, p.id())
	o.mu.Unlock()
	return record, o.step("recorded")
}

// closeCeremony keeps the record and puts its hash into the journal.
func closeCeremony(ctx context.Context, tx *db.Tx, p CeremonyPlan, now time.Time, record []byte) error {
	n, err := tx.Exec(ctx, `UPDATE authority_ceremony SET done_at = $1, record = $2 WHERE plan_hash = $3 AND done_at = ''`, now, record, p.Hash())
	if err != nil {
		return err
	}
	if n != 1 {
		return PlanOutdated.New("ceremony")
	}
	_, err = journal.Write(ctx, tx, p.entry(ActCeremonyDone, now, map[string]string{"plan_sha256": p.Hash(), "act": string(p.Act), "record_sha256": fingerprint(record)}))
	return err
}

func encodeRecord(r CeremonyRecord) ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}
