package vault

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/vault/sealed"
	"kado/mynumber"
	"kado/reader/files"
)

const (
	proofPrefix = "vault/proof-"
	// accepted is how many keys count, the newest first: one that was just replaced
	// may be on its way.
	accepted = 2
	// announced is how long an announcement holds; it is renewed at half of that.
	announced = 7 * 24 * time.Hour
	// lookAgain is how often another process's newer keys are looked for.
	lookAgain = time.Minute
)

// ProofOptions is what the room of the proofs stands on.
type ProofOptions struct {
	Site  string      // scheme and host of the site whose logins bring proofs
	Clock clock.Clock // by which readers of cards judge announcements
	// Announce signs an announcement with the root of the cards' records.
	Announce func(ctx context.Context, site string, key []byte, notAfter time.Time) (sealed.Announcement, error)
}

// Proofs is the room in which what proves a card's attributes is looked at: the
// municipality's signature over the hash of the Individual Number beside that of the
// attributes. The hash gives the number away, so it comes here sealed and goes
// nowhere. Make it with Vault.Proofs. Safe for concurrent use.
type Proofs struct {
	v *Vault
	o ProofOptions

	mu     sync.Mutex
	newest int          // number of keys[0]
	keys   []sealed.Key // that count, the newest first
	looked time.Time
	told   sealed.Announcement // of keys[0]
	root   *rsa.PublicKey
}

// Proofs opens the room for one site.
func (v *Vault) Proofs(o ProofOptions) *Proofs { return &Proofs{v: v, o: o} }

// Announcement is the key to which a reader of cards seals a proof.
func (p *Proofs) Announcement(ctx context.Context) (sealed.Announcement, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.look(ctx, false); err != nil {
		return sealed.Announcement{}, err
	}
	return p.told, nil
}

// look brings keys and announcement up to date. Called with mu held.
func (p *Proofs) look(ctx context.Context, now bool) error {
	at := p.o.Clock.Now()
	if !now && len(p.keys) > 0 && at.Sub(p.looked) < lookAgain && !at.Before(p.looked) {
		return nil
	}
	if _, err := secret(ctx, p.v.keys, proofPrefix+"1"); err != nil {
		return err
	}
	newest, err := newestOf(ctx, p.v.keys, proofPrefix)
	if err != nil {
		return err
	}
	keys := p.keys
	if newest != p.newest {
		if keys, err = p.v.proofKeys(ctx, newest); err != nil {
			return err
		}
	}
	public := keys[0].Public()
	if !slices.Equal(p.told.Key, public) || p.told.NotAfter.Sub(at) < announced/2 || p.told.NotAfter.Sub(at) > announced {
		told, err := p.o.Announce(ctx, p.o.Site, public, at.Add(announced))
		if err != nil {
			return NoSite.Because(err)
		}
		root, err := x509.ParsePKIXPublicKey(told.Root)
		if err != nil {
			return NoSite.Because(err)
		}
		key, ok := root.(*rsa.PublicKey)
		if !ok {
			return NoSite.New()
		}
		p.told, p.root = told, key
	}
	p.keys, p.newest, p.looked = keys, newest, at
	return nil
}

// proofKeys makes the keys that count out of their seeds, the newest first.
func (v *Vault) proofKeys(ctx context.Context, newest int) (out []sealed.Key, err error) {
	for n := newest; n > max(newest-accepted, 0); n-- {
		seed, err := v.keys.Secret(ctx, proofPrefix+strconv.Itoa(n))
		if err != nil {
			return nil, err
		}
		k, err := sealed.NewKey(seed)
		clear(seed)
		if err != nil {
			return nil, NoSite.Because(err)
		}
		out = append(out, k)
	}
	return out, nil
}

// key finds the key to which an envelope was sealed.
func (p *Proofs) key(ctx context.Context, id string) (sealed.Key, *rsa.PublicKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, now := range []bool{false, true} { // another process may just have made it
		if err := p.look(ctx, now); err != nil {
			return sealed.Key{}, nil, err
		}
		for _, k := range p.keys {
			if k.ID() == id {
				return k, p.root, nil
			}
		}
	}
	return sealed.Key{}, nil, OtherProofKey.New()
}

// Verdict is what the room says of a card and a person.
type Verdict string

// The verdicts.
const (
	OfHolder Verdict = "same"   // the card was made for this person
	OfOther  Verdict = "other"  // it was not
	Outdated Verdict = "former" // it was, before the person's number changed (LIF-41)
)

// Comparison asks whether the card whose proof was opened was made for a person. It
// is a function so that nothing of what it knows can be printed or stored. The check
// is journalled for that person, whatever its verdict, in the caller's transaction;
// with a nil one in its own.
type Comparison func(ctx context.Context, tx *db.Tx, person string, by journal.Actor) (Verdict, error)

// Open opens an envelope that came with the record of a card (file 0002) and the
// answer to a challenge, and checks the municipality's signature. UnfitProof the
// envelope is malformed or changed, OtherProofKey it was sealed to a key that does
// not count, OtherOccasion it is for another login or site, BadProof the signature
// is wrong or not over this record.
func (p *Proofs) Open(ctx context.Context, envelope, record []byte, challenge string) (Comparison, error) {
	id, err := sealed.AddressedTo(envelope)
	if err != nil {
		return nil, UnfitProof.Because(err)
	}
	key, root, err := p.key(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := key.Open(envelope)
	if err != nil {
		return nil, UnfitProof.Because(err)
	}
	if challenge == "" || c.Challenge != challenge || c.Site != p.o.Site {
		return nil, OtherOccasion.New()
	}
	digest := sha256.Sum256(record)
	if subtle.ConstantTimeCompare(digest[:], c.Record) != 1 {
		return nil, BadProof.New()
	}
	number, err := files.NumberHash(record, c.Proof, c.Issuer, root)
	if err != nil {
		return nil, BadProof.Because(err)
	}
	return func(ctx context.Context, tx *db.Tx, person string, by journal.Actor) (Verdict, error) {
		return p.v.compare(ctx, tx, person, number, by)
	}, nil
}

// compare tells whether a hash is that of a person's number as a card's file holds
// it. Each number that the person ever had is looked at, in constant time.
func (v *Vault) compare(ctx context.Context, tx *db.Tx, person string, sum [sha256.Size]byte, by journal.Actor) (verdict Verdict, err error) {
	err = v.within(ctx, tx, func(tx *db.Tx) error {
		type dated struct {
			row
			until string
		}
		rows, err := db.Collect(ctx, tx, func(scan func(...any) error) (r dated, err error) {
			return r, scan(&r.keyID, &r.nonce, &r.sealed, &r.until)
		}, `SELECT seal_key, nonce, sealed, until FROM vault_item WHERE person = $1 AND kind = $2`, person, individualNumber)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return NoNumber.New()
		}
		verdict = OfOther
		for _, r := range rows {
			digits, err := v.unseal(ctx, person, individualNumber, r.keyID, r.nonce, r.sealed)
			if err != nil {
				return err
			}
			n, err := mynumber.ParseIndividualNumber(digits)
			if err != nil {
				return Sealed.New()
			}
			own := sha256.Sum256(files.Number(n))
			switch equal := subtle.ConstantTimeCompare(own[:], sum[:]) == 1; {
			case equal && r.until == "":
				verdict = OfHolder
			case equal:
				verdict = Outdated
			}
		}
		outcome := journal.Done
		if verdict != OfHolder {
			outcome = journal.Refused
		}
		return v.record(ctx, tx, journal.Entry{Act: Compared, Actor: by, Subject: person, Outcome: outcome,
			Ground: CardProof.Ground().JA, Details: map[string]string{"purpose": string(CardProof), "result": string(verdict)}})
	})
	if err != nil {
		return "", err
	}
	return verdict, nil
}

// RotateProofKey makes a new key to which proofs are sealed from now on; rooms that are
// open announce it within a minute. The one before still counts, older ones no longer.
// It returns the new key's name in the key store.
func (v *Vault) RotateProofKey(ctx context.Context, by journal.Actor) (name string, err error) {
	if _, err := secret(ctx, v.keys, proofPrefix+"1"); err != nil {
		return "", err
	}
	n, err := newestOf(ctx, v.keys, proofPrefix)
	if err != nil {
		return "", err
	}
	name = proofPrefix + strconv.Itoa(n+1)
	if _, err := v.keys.CreateSecret(ctx, name, sealed.SeedLen); err != nil {
		return "", err
	}
	return name, v.db.Tx(ctx, func(tx *db.Tx) error {
		return v.record(ctx, tx, journal.Entry{Act: KeyRotated, Actor: by, Details: map[string]string{"key": name}})
	})
}

// newestOf returns the highest number of the keys of a prefix; 1 where there is none.
func newestOf(ctx context.Context, keys keystore.Store, prefix string) (int, error) {
	list, err := keys.List(ctx)
	if err != nil {
		return 0, err
	}
	newest := 1
	for _, k := range list {
		if rest, ok := strings.CutPrefix(k.ID, prefix); ok {
			if n, err := strconv.Atoi(rest); err == nil {
				newest = max(newest, n)
			}
		}
	}
	return newest, nil
}
