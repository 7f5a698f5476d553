package login

import (
	"context"
	"fmt"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
)

// keepChallenges is how long a challenge is kept after its end; the journal keeps
// what came of it.
const keepChallenges = 24 * time.Hour

// Begin implements Provider.
func (o *Office) Begin(ctx context.Context, party string, save ...func(context.Context, *db.Tx, Challenge) error) (Challenge, error) {
	now := o.clock.Now()
	nonce, err := entropy.Bytes(o.entropy.Stream("login.nonce"), nonceLen)
	if err != nil {
		return Challenge{}, err
	}
	p, err := o.party(ctx, party)
	if err != nil {
		return Challenge{}, err
	}
	sweep := o.sweeping.Due(now)
	var c challengeRow
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		s := Statement{Party: p.ID, Origin: p.Origin, Purpose: purpose, Nonce: [nonceLen]byte(nonce),
			NotAfter: now.UTC().Truncate(time.Second).Add(ChallengeLife)}
		c = challengeRow{Challenge: Challenge{Party: p.ID, Message: s.Message(), ExpiresAt: s.NotAfter}, begunAt: now}
		if len(c.Message) > MaxMessage {
			return fmt.Errorf("login: a message of %d octets", len(c.Message))
		}
		if sweep {
			if _, err := tx.Exec(ctx, `DELETE FROM login_challenge WHERE id IN
				(SELECT id FROM login_challenge WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`, now.Add(-keepChallenges), sweepMost); err != nil {
				return err
			}
		}
		if c.ID, err = o.draw("chl", func(id string) (int64, error) {
			c.ID = id
			return insertChallenge(ctx, tx, c)
		}); err != nil {
			return err
		}
		for _, f := range save {
			if err := f(ctx, tx, c.Challenge); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Challenge{}, err
	}
	return c.Challenge, nil
}
