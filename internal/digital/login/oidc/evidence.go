package oidc

import (
	"context"
	"crypto/x509"
	"math/big"

	"kado/internal/agency/authority"
	"kado/internal/agency/validation"
	"kado/internal/platform/fault"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader/files"
)

// checkAttributes verifies what the card said of its holder: by the municipality's
// signature over the record, or, in a sandbox, on the word of the way.
func (p *Provider) checkAttributes(ctx context.Context, i *interaction, a Answer) error {
	i.attributes = nil
	if len(i.request.claims()) == 0 {
		return nil // nothing that was not asked for is kept
	}
	if a.Attributes == nil {
		return NoAttributes.New()
	}
	attributes := a.Attributes.Attributes
	if len(a.Attributes.Record) == 0 && len(a.Attributes.Proof) == 0 {
		if !p.d.Sandbox {
			return BadRecord.New()
		}
	} else {
		root, err := p.d.RecordRoot(ctx)
		if err != nil {
			return err
		}
		if err := files.VerifyText(nil, a.Attributes.Record, a.Attributes.Proof, a.Attributes.Issuer, root); err != nil {
			return BadRecord.Because(err)
		}
		read, err := files.ParseAttributes(a.Attributes.Record)
		if err != nil {
			return BadRecord.Because(err)
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
	return nil
}

// checkHolder refuses attributes of somebody else than the certificate's holder. The
// certificate leads to a card and a person by its number. A record that was read from
// elsewhere than the house's own shelf has nothing of either in it; it must then be a
// state of that person's entry in the register: the same birth date and sex, and name or
// address as registered now (one of them may have changed since the card was
// written).
func (p *Provider) checkHolder(ctx context.Context, person string, a Answer) error {
	if a.Attributes == nil {
		return nil
	}
	cert, err := jpki.ParseCertificate(a.Login.Certificate)
	if err != nil {
		return err
	}
	if a.Attributes.Card != "" {
		record, err := p.d.Authority.Certificate(ctx, jpki.Authentication, cert.SerialNumber.Text(16))
		if err != nil {
			return err
		}
		if record.Card != a.Attributes.Card {
			return OtherHolder.New()
		}
	}
	if len(a.Attributes.Record) == 0 {
		return nil
	}
	entry, err := p.d.Register.Person(ctx, person)
	if err != nil {
		return err
	}
	read, err := files.ParseAttributes(a.Attributes.Record)
	if err != nil {
		return BadRecord.Because(err)
	}
	now := entry.Attributes
	if read.BirthDate != now.BirthDate || read.Sex != now.Sex || read.Name != now.Name && read.Address != now.Address {
		return OtherHolder.New()
	}
	return nil
}

// maxSignature bounds a signature of a card in octets.
const maxSignature = 512

// checkSignature checks that a signature that was asked for is there, with a
// certificate of the signature authority. As at the national service the signature
// itself is verified by whoever relies on it; the certificate's validity is looked at
// for government clients only.
func (p *Provider) checkSignature(ctx context.Context, i *interaction, c *client, a Answer) error {
	i.signature, i.certificate = nil, nil
	if !i.request.signs() {
		return nil
	}
	if len(a.Signature) == 0 || len(a.Signature) > maxSignature || len(a.SigningCertificate) == 0 {
		return NoSignature.New()
	}
	cert, err := jpki.ParseCertificate(a.SigningCertificate)
	if err != nil {
		return NoSignature.Because(err)
	}
	pool, err := p.signaturePool(ctx)
	if err != nil {
		return err
	}
	_, kind, err := pool.Authority(cert)
	if err != nil || kind != jpki.Signature {
		return NoSignature.Because(err)
	}
	i.signature, i.certificate = a.Signature, a.SigningCertificate
	if c.Signing.Government {
		return p.checkSigningCertificate(ctx, pool, a.SigningCertificate, cert.SerialNumber, c)
	}
	return nil
}

func (p *Provider) checkSigningCertificate(ctx context.Context, pool *jpki.Pool, der []byte, serial *big.Int, c *client) error {
	cert, err := jpki.ParseCertificate(der)
	if err != nil {
		return BadSigningCertificate.Because(err)
	}
	if _, err := pool.Verify(cert, jpki.Signature, p.d.Clock.Now()); err != nil {
		return BadSigningCertificate.Because(err)
	}
	told, err := p.d.Validation.Status(ctx, p.d.Verifier, validation.Ref{Kind: jpki.Signature, Serial: serial.Text(16)}, "sign: "+c.Name)
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
