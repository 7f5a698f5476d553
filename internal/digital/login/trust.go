package login

import (
	"context"
	"crypto/x509"
	"errors"
	"sync"
	"time"

	"kado/internal/agency/authority"
	"kado/jpki"
)

// trust is the CA generations of the user authentication authority that a login
// may rest on. The signature authority is not among them.
type trust struct {
	authority authority.Authority
	settings  jpki.Settings
	cardsOnly bool

	mu     sync.Mutex // guards what was read
	pool   *jpki.Pool
	number map[string]int // generation by the DER of its certificate
}

// verify checks form, authority, signature, profile and validity of a user
// authentication certificate at an instant, and returns the generation that signed
// it. A refusal is a *jpki.VerifyError. The authority is asked anew where a
// certificate fits no generation known so far.
func (t *trust) verify(ctx context.Context, cert *x509.Certificate, at time.Time) (ca *x509.Certificate, generation int, err error) {
	pool, number, err := t.known(ctx, false)
	if err != nil {
		return nil, 0, err
	}
	chain, err := pool.Verify(cert, jpki.Authentication, at)
	if errors.Is(err, &jpki.VerifyError{Cause: jpki.WrongAuthority}) {
		if pool, number, err = t.known(ctx, true); err != nil {
			return nil, 0, err
		}
		chain, err = pool.Verify(cert, jpki.Authentication, at)
	}
	if err != nil {
		return nil, 0, err
	}
	if t.cardsOnly && chain.Medium != jpki.Card {
		return nil, 0, &jpki.VerifyError{Cause: jpki.WrongPolicy, Detail: "on a phone, where a card is asked for"}
	}
	return chain.Authority, number[string(chain.Authority.Raw)], nil
}

func (t *trust) known(ctx context.Context, fresh bool) (*jpki.Pool, map[string]int, error) {
	t.mu.Lock()
	pool, number := t.pool, t.number
	t.mu.Unlock()
	if pool != nil && !fresh {
		return pool, number, nil
	}
	generations, err := t.authority.Generations(ctx, jpki.Authentication)
	if err != nil {
		return nil, nil, err
	}
	if pool != nil && len(generations) == len(number) {
		return pool, number, nil
	}
	number = map[string]int{}
	var certs []*x509.Certificate
	for _, g := range generations {
		c, err := x509.ParseCertificate(g.Certificate)
		if err != nil {
			return nil, nil, err
		}
		certs = append(certs, c)
		number[string(c.Raw)] = g.Number
	}
	if pool, err = jpki.NewPool(t.settings, certs...); err != nil {
		return nil, nil, err
	}
	t.mu.Lock()
	t.pool, t.number = pool, number
	t.mu.Unlock()
	return pool, number, nil
}
