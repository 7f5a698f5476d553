package oidc

import (
	"bytes"
	"context"
	"crypto/x509"

	"kado/internal/agency/authority"
	"kado/internal/agency/validation"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/vault"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader/files"
)

// checkAttributes reads what the card said of its holder and has its proof opened, or,
// in a sandbox, takes the word of the way. Whose card it was is asked with what it
// returns, once it is known who logs in; nil where nothing can be asked.
func (p *Provider) checkAttributes(ctx context.Context, i *interaction, a Answer) (vault.Comparison, error) {
	i.attributes = nil
	if len(i.request.claims()) == 0 {
		return nil, nil // nothing that was not asked for is kept
	}
	if a.Attributes == nil {
		return nil, NoAttributes.New()
	}
	attributes := a.Attributes.Attributes
	var whose vault.Comparison
	if len(a.Attributes.Record) == 0 && len(a.Attributes.Sealed) == 0 {
		if !p.d.Sandbox {
			return nil, BadRecord.New()
		}
	} else {
		read, err := files.ParseAttributes(a.Attributes.Record)
		if err != nil {
			return nil, BadRecord.Because(err)
		}
		if whose, err = p.d.Proofs.Open(ctx, a.Attributes.Sealed, a.Attributes.Record, a.Login.Challenge); err != nil {
			return nil, err
		}
		attributes = read
	}
	// Only what is asked for is kept.
	var keep mynumber.Attributes
	for _, c := range i.request.claims() {
		switch c {
		case ClaimName:
			keep.Name = attributes.Name
		case ClaimAddress:
			keep.Address = attributes.Address
		case ClaimBirthdate:
			keep.BirthDate = attributes.BirthDate
		case ClaimGender:
			keep.Sex = attributes.Sex
		}
	}
	i.attributes = &keep
	return whose, nil
}

// checkHolder refuses attributes, or a signature certificate, of somebody else than the
// certificate's holder. signer is to whom the signature certificate was issued. The
// certificate leads to a card and a person by its number. So does the record: the
// municipality signed it together with the person's Individual Number, which is
// compared where it is kept. No attribute is ever compared with another: people who
// share them are not the same, and one whose name or address changed still is.
func (p *Provider) checkHolder(ctx context.Context, by journal.Actor, person, signer string, a Answer, whose vault.Comparison) error {
	if signer != "" && signer != person {
		return OtherHolder.New()
	}
	if a.Attributes == nil {
		return nil
	}
	if a.Attributes.Card != "" {
		cert, err := jpki.ParseCertificate(a.Login.Certificate)
		if err != nil {
			return err
		}
		card, err := p.cardOf(ctx, cert.SerialNumber.Text(16))
		if err != nil {
			return err
		}
		if card != a.Attributes.Card {
			return OtherHolder.New()
		}
	}
	if whose == nil {
		return nil
	}
	verdict, err := whose(ctx, nil, person, by)
	switch {
	case err != nil:
		return err
	case verdict == vault.OfHolder:
		return nil
	case verdict == vault.Outdated:
		return vault.FormerNumber.New()
	}
	return OtherHolder.New()
}

// cardOf is the card on which an authentication certificate lies.
func (p *Provider) cardOf(ctx context.Context, serial string) (mynumber.CardID, error) {
	if card, ok := p.cards.Get(serial); ok {
		return card, nil
	}
	record, err := p.d.Authority.Certificate(ctx, jpki.Authentication, serial)
	if err == nil {
		p.cards.Put(serial, record.Card)
	}
	return record.Card, err
}

// maxSignature bounds a signature of a card in octets.
const maxSignature = 512

// checkSignature checks that a signature that was asked for is there, with a
// certificate that the signature authority has issued, and returns to whom. As at the
// national service the signature itself is verified by whoever relies on it; the
// certificate's validity is looked at for government clients only.
func (p *Provider) checkSignature(ctx context.Context, i *interaction, c *client, a Answer) (signer string, err error) {
	i.signature, i.certificate = nil, nil
	if !i.request.signs() {
		return "", nil
	}
	if len(a.Signature) == 0 || len(a.Signature) > maxSignature || len(a.SigningCertificate) == 0 {
		return "", NoSignature.New()
	}
	cert, err := jpki.ParseCertificate(a.SigningCertificate)
	if err != nil {
		return "", NoSignature.Because(err)
	}
	// The authority's own record: whoever brings an answer can make a certificate that
	// names the authority.
	issued, err := p.d.Authority.Certificate(ctx, jpki.Signature, cert.SerialNumber.Text(16))
	switch {
	case err != nil && fault.Of(err).Kind.Class == fault.NotFound, err == nil && !bytes.Equal(issued.DER, a.SigningCertificate):
		return "", NoSignature.Because(err)
	case err != nil:
		return "", err
	}
	i.signature, i.certificate = a.Signature, a.SigningCertificate
	if c.Signing.Government {
		return issued.Person, p.checkSigningCertificate(ctx, cert, c)
	}
	return issued.Person, nil
}

func (p *Provider) checkSigningCertificate(ctx context.Context, cert *x509.Certificate, c *client) error {
	pool, err := p.signaturePool(ctx)
	if err != nil {
		return err
	}
	if _, err := pool.Verify(cert, jpki.Signature, p.d.Clock.Now()); err != nil {
		return BadSigningCertificate.Because(err)
	}
	told, err := p.d.Validation.Status(ctx, p.d.Verifier, validation.Ref{Kind: jpki.Signature, Serial: cert.SerialNumber.Text(16)}, "sign: "+c.Name)
	if err != nil {
		if fault.Of(err).Kind.Class == fault.Unavailable {
			return err
		}
		return BadSigningCertificate.Because(err)
	}
	if told.Verdict != validation.Valid {
		return BadSigningCertificate.New()
	}
	return nil
}

// signaturePool is the generations of the signature authority. A new one is looked
// for where there is none yet; generations begin rarely, so the pool is made anew for
// each signature rather than kept too long.
func (p *Provider) signaturePool(ctx context.Context) (*jpki.Pool, error) {
	generations, err := p.d.Authority.Generations(ctx, jpki.Signature)
	if err != nil {
		return nil, err
	}
	return poolOf(p.d.Settings, generations)
}

func poolOf(s jpki.Settings, generations []authority.Generation) (*jpki.Pool, error) {
	var cas []*x509.Certificate
	for _, g := range generations {
		ca, err := x509.ParseCertificate(g.Certificate)
		if err != nil {
			return nil, err
		}
		cas = append(cas, ca)
	}
	return jpki.NewPool(s, cas...)
}
