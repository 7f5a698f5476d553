package validation

import (
	"context"
	"crypto/x509"
	"fmt"

	"kado/internal/agency/authority"
	"kado/jpki"
	"kado/jpki/ocsp"
)

// issuer is one generation of an authority with its certificate read.
type issuer struct {
	number int
	cert   *x509.Certificate
}

// generations returns the issuers of a kind, oldest first: what was read before,
// or fresh from the authority. Generations are only ever added.
func (o *Office) generations(ctx context.Context, kind jpki.Kind, fresh bool) ([]issuer, error) {
	o.mu.Lock()
	known := o.issuers[kind]
	o.mu.Unlock()
	if len(known) > 0 && !fresh {
		return known, nil
	}
	list, err := o.authority.Generations(ctx, kind)
	if err != nil || len(list) == len(known) {
		return known, err
	}
	known, err = readIssuers(list)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	o.issuers[kind] = known
	o.mu.Unlock()
	return known, nil
}

func readIssuers(list []authority.Generation) ([]issuer, error) {
	out := make([]issuer, 0, len(list))
	for _, g := range list {
		cert, err := x509.ParseCertificate(g.Certificate)
		if err != nil {
			return nil, fmt.Errorf("validation: the certificate of generation %d: %w", g.Number, err)
		}
		out = append(out, issuer{g.Number, cert})
	}
	return out, nil
}

// issuerOf returns the generation that a certID names by the hashes of name and
// key; false if the authority of that kind has none such.
func (o *Office) issuerOf(ctx context.Context, kind jpki.Kind, id ocsp.CertID) (issuer, bool, error) {
	for _, fresh := range []bool{false, true} {
		all, err := o.generations(ctx, kind, fresh)
		if err != nil {
			return issuer{}, false, err
		}
		for _, g := range all {
			if id.IssuedBy(g.cert) {
				return g, true, nil
			}
		}
	}
	return issuer{}, false, nil
}

// issuerNumbered returns one generation by its number.
func (o *Office) issuerNumbered(ctx context.Context, kind jpki.Kind, number int) (issuer, bool, error) {
	for _, fresh := range []bool{false, true} {
		all, err := o.generations(ctx, kind, fresh)
		if err != nil {
			return issuer{}, false, err
		}
		for _, g := range all {
			if g.number == number {
				return g, true, nil
			}
		}
	}
	return issuer{}, false, nil
}
