package validation

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"math/big"

	"kado/internal/agency/authority"
	"kado/jpki"
	"kado/jpki/ocsp"
)

// issuer is one generation of an authority with its certificate read and the
// hashes by which certIDs name it.
type issuer struct {
	number       int
	cert         *x509.Certificate
	sha1, sha256 ocsp.CertID
}

// names reports whether a certID is about a certificate of this generation.
func (i *issuer) names(id ocsp.CertID) bool {
	own := &i.sha1
	if id.Hash == crypto.SHA256 {
		own = &i.sha256
	}
	return id.Hash == own.Hash && bytes.Equal(id.IssuerKeyHash, own.IssuerKeyHash) && bytes.Equal(id.IssuerNameHash, own.IssuerNameHash)
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
		i := issuer{number: g.Number, cert: cert}
		if i.sha1, err = ocsp.NewCertID(crypto.SHA1, cert, big.NewInt(1)); err != nil {
			return nil, err
		}
		if i.sha256, err = ocsp.NewCertID(crypto.SHA256, cert, big.NewInt(1)); err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

// issuerOf returns the generation that a certID names by the hashes of name and
// key; false if the authority of that kind has none such. Two generations of one
// name differ by key.
func (o *Office) issuerOf(ctx context.Context, kind jpki.Kind, id ocsp.CertID) (issuer, bool, error) {
	return o.issuerThat(ctx, kind, func(g *issuer) bool { return g.names(id) })
}

// issuerNumbered returns one generation by its number.
func (o *Office) issuerNumbered(ctx context.Context, kind jpki.Kind, number int) (issuer, bool, error) {
	return o.issuerThat(ctx, kind, func(g *issuer) bool { return g.number == number })
}

func (o *Office) issuerThat(ctx context.Context, kind jpki.Kind, is func(*issuer) bool) (issuer, bool, error) {
	for _, fresh := range []bool{false, true} {
		all, err := o.generations(ctx, kind, fresh)
		if err != nil {
			return issuer{}, false, err
		}
		for i := range all {
			if is(&all[i]) {
				return all[i], true, nil
			}
		}
	}
	return issuer{}, false, nil
}

// responderID names the responder of a generation.
type responderID struct {
	kind   jpki.Kind
	number int
}

// responder returns the delegated responder of a generation, made once for each
// certificate of it.
func (o *Office) responder(ctx context.Context, kind jpki.Kind, number int) (*ocsp.Responder, error) {
	key, der, err := o.authority.Responder(ctx, kind, number)
	if err != nil {
		return nil, err
	}
	id := responderID{kind, number}
	o.mu.Lock()
	r := o.responders[id]
	o.mu.Unlock()
	if r != nil && bytes.Equal(r.Certificate().Raw, der) {
		return r, nil
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if r, err = ocsp.NewResponder(cert, key); err != nil {
		return nil, err
	}
	o.mu.Lock()
	o.responders[id] = r
	o.mu.Unlock()
	return r, nil
}
