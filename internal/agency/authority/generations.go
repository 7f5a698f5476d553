package authority

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/jpki"
	"kado/mynumber"
)

// generationID names one generation of one authority.
type generationID struct {
	kind   jpki.Kind
	number int
}

// keyName is the key store's name of a generation's key: "ca-signature-1".
func (g generationID) keyName() string { return fmt.Sprintf("ca-%s-%d", g.kind, g.number) }

// EnsureGenerations begins the generation of each authority that is due at this
// moment: the first at first use, a further one every four years. After
// a long standstill one is begun, not one for each four years that passed.
func (o *Office) EnsureGenerations(ctx context.Context, by journal.Actor) error {
	for _, k := range jpki.Kinds {
		if _, err := o.current(ctx, by, k); err != nil {
			return err
		}
	}
	return nil
}

// Generations implements Authority: oldest first, also those that have ended.
func (o *Office) Generations(ctx context.Context, kind jpki.Kind) ([]Generation, error) {
	if !kind.Valid() {
		return nil, Malformed.New("kind")
	}
	var out []Generation
	err := o.db.View(ctx, func(tx *db.Tx) error {
		var err error
		out, err = db.Collect(ctx, tx, func(scan func(...any) error) (Generation, error) {
			g := Generation{Kind: kind}
			err := scan(&g.Number, intoAlgorithm{&g.Algorithm}, &g.Certificate, db.IntoTime(&g.StartsAt), db.IntoTime(&g.EndsAt), db.IntoTime(&g.RetiredAt))
			return g, err
		}, `SELECT number, algorithm, certificate, starts_at, ends_at, retired_at FROM authority_generation WHERE kind = $1 ORDER BY number`, kind.String())
		return err
	})
	return out, err
}

// intoAlgorithm is a Scan destination for an algorithm by name.
type intoAlgorithm struct{ to *jpki.Algorithm }

func (d intoAlgorithm) Scan(v any) (err error) {
	s, ok := v.(string)
	if !ok {
		return errors.New("authority: an algorithm is stored as text")
	}
	*d.to, err = jpki.ParseAlgorithm(s)
	return err
}

// Algorithm implements Issuing. It begins the generation that is due, so that a
// key made by its answer fits the certificate that is asked for next.
func (o *Office) Algorithm(ctx context.Context, kind jpki.Kind) (jpki.Algorithm, error) {
	if !kind.Valid() {
		return 0, Malformed.New("kind")
	}
	g, err := o.current(ctx, system, kind)
	return g.Algorithm, err
}

// generation returns one generation, or NoGeneration.
func (o *Office) generation(ctx context.Context, id generationID) (Generation, error) {
	gs, err := o.Generations(ctx, id.kind)
	if err != nil {
		return Generation{}, err
	}
	if id.number < 1 || id.number > len(gs) {
		return Generation{}, NoGeneration.New(id.number)
	}
	return gs[id.number-1], nil
}

// current returns the generation that issues now, and begins it if it is due.
func (o *Office) current(ctx context.Context, by journal.Actor, kind jpki.Kind) (Generation, error) {
	for {
		gs, err := o.Generations(ctx, kind)
		if err != nil {
			return Generation{}, err
		}
		if n := len(gs); n > 0 {
			today := mynumber.DateOf(o.clock.Now())
			if today.Before(mynumber.CAGenerationSucceeded(mynumber.DateOf(gs[n-1].StartsAt))) {
				return gs[n-1], nil
			}
		}
		if o.byHand {
			// Until the successor is there the old one goes on, as long as it lives.
			if n := len(gs); n > 0 && !expired(gs[n-1].EndsAt, o.clock.Now()) {
				return gs[n-1], nil
			}
			return Generation{}, CeremonyDue.New(len(gs) + 1)
		}
		if err := o.begin(ctx, by, generationID{kind, len(gs) + 1}); err != nil && !errors.Is(err, errSerialUsed) {
			return Generation{}, err
		}
	}
}

// begin makes a generation. A crash after the key was made leaves a key in the
// store that certifies nothing; the repetition uses it. Where another process
// began the same generation at the same time, the earlier record stands.
func (o *Office) begin(ctx context.Context, by journal.Actor, id generationID) error {
	signer, err := o.signer(ctx, id.keyName(), o.settings.Algorithm)
	if err != nil {
		return err
	}
	// A key that a crash left behind under other settings begins nothing.
	if a, err := jpki.AlgorithmOf(signer.Public()); err != nil || a != o.settings.Algorithm {
		return KeyRefused.New("the key store holds another kind of key for this generation")
	}
	serial, hexSerial, err := o.drawSerial(ctx, 1)
	if err != nil {
		return err
	}
	now := o.clock.Now()
	start := now.UTC().Truncate(time.Second)
	cert, err := jpki.NewCACertificate(o.settings, jpki.AuthorityRequest{Kind: id.kind, Serial: serial, NotBefore: start}, signer)
	if err != nil {
		return LintFailed.Because(err)
	}
	if err := zlintAlways(cert.Raw); err != nil {
		return err
	}
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO authority_generation (kind, number, certificate, starts_at, ends_at, algorithm)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, number) DO NOTHING`,
			id.kind.String(), id.number, cert.Raw, start, cert.NotAfter, o.settings.Algorithm.String())
		if err != nil || n == 0 {
			return err
		}
		fresh, err := claimSerial(ctx, tx, hexSerial, "authority", now)
		if err != nil {
			return err
		}
		if !fresh {
			return errSerialUsed
		}
		sum := sha256.Sum256(cert.Raw)
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "authority", Act: ActGenerationBegun, Serial: hexSerial,
			Details: map[string]string{"kind": id.kind.String(), "generation": strconv.Itoa(id.number), "sha256": hex.EncodeToString(sum[:]),
				"algorithm": o.settings.Algorithm.String()}})
		return err
	})
}

// storeAlgorithms are the algorithms as the key store knows them.
var storeAlgorithms = map[jpki.Algorithm]keystore.Algorithm{
	jpki.RSA2048SHA256: keystore.RSA2048, jpki.ECDSAP384SHA384: keystore.ECDSAP384, jpki.ECDSAP256SHA256: keystore.ECDSAP256,
}

// signer returns a signing key of the office, made at its first use for that
// algorithm.
func (o *Office) signer(ctx context.Context, name string, algorithm jpki.Algorithm) (crypto.Signer, error) {
	for {
		s, err := o.keys.Signer(ctx, name)
		if err == nil || !keystore.UnknownKey.Is(err) {
			return s, err
		}
		s, err = o.keys.CreateSigner(ctx, name, storeAlgorithms[algorithm])
		if err == nil || !keystore.KeyExists.Is(err) {
			return s, err
		}
		// Another process made it in between: use that one.
	}
}

// profile returns what certificates of a generation are issued under.
func (o *Office) profile(g Generation) (*jpki.Profile, error) {
	id := generationID{g.Kind, g.Number}
	o.mu.Lock()
	defer o.mu.Unlock()
	if p := o.profiles[id]; p != nil {
		return p, nil
	}
	ca, err := x509.ParseCertificate(g.Certificate)
	if err != nil {
		return nil, err
	}
	p, err := jpki.NewProfile(o.settings, g.Kind, ca)
	if err != nil {
		return nil, err
	}
	o.profiles[id] = p
	return p, nil
}

// CRLSigner implements Authority. NoGeneration once the generation's life is
// over: nothing of it can be valid any more.
func (o *Office) CRLSigner(ctx context.Context, kind jpki.Kind, generation int) (crypto.Signer, error) {
	g, err := o.living(ctx, generationID{kind, generation})
	if err != nil {
		return nil, err
	}
	return o.keys.Signer(ctx, generationID{kind, g.Number}.keyName())
}

// living returns a generation whose certificate has not expired.
func (o *Office) living(ctx context.Context, id generationID) (Generation, error) {
	g, err := o.generation(ctx, id)
	if err != nil {
		return Generation{}, err
	}
	if expired(g.EndsAt, o.clock.Now()) || !g.RetiredAt.IsZero() {
		return Generation{}, NoGeneration.New(id.number)
	}
	return g, nil
}

// expired reports whether a validity that ends with the second notAfter is over.
func expired(notAfter, at time.Time) bool { return !at.Before(notAfter.Add(time.Second)) }
