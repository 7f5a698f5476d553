package cardtool

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"time"

	"kado/cardmgmt"
	"kado/jpki"
	"kado/jpki/cms"
	"kado/jpki/pdfsig"
	"kado/jpki/verify"
	"kado/reader"
)

// Levels of signatures (EN 319 122-1, EN 319 142-1).
const (
	LevelB  = "B-B"
	LevelT  = "B-T"
	LevelLT = "B-LT"
)

// SignRequest is a file to be signed.
type SignRequest struct {
	Content  []byte
	Kind     reader.KeyKind
	Attached bool
	// PDF signs inside the PDF document that Content is.
	PDF bool
	// Bare gives the signature value alone, without certificate or time; Level does
	// not apply to it.
	Bare bool
	At   time.Time // claimed signing time
	// Level is LevelB (also when empty), LevelT or LevelLT.
	Level string
	// TSA gets a time-stamp token over a SHA-256 digest; needed from LevelT on.
	TSA func(ctx context.Context, digest []byte) ([]byte, error)
	// CRLs and OCSPs are put in at LevelLT, and what Status answers behind the
	// time-stamp.
	CRLs, OCSPs []Evidence
	Status      *StatusClient
	Context     context.Context
	Careful
}

// check refuses a request that could not be met, before a try is spent on it.
func (r SignRequest) check() error {
	switch r.Level {
	case "", LevelB:
		return nil
	case LevelT, LevelLT:
		if r.TSA == nil {
			return LevelNeeds.New("--tsa")
		}
		if r.Level == LevelLT && len(r.CRLs)+len(r.OCSPs) == 0 && r.Status == nil {
			return LevelNeeds.New("--ocsp-url")
		}
		return nil
	}
	return LevelNeeds.New("--level")
}

// Sign asks for the PIN and signs with the card. It returns CMS SignedData with
// the certificate and, where the card has it, the CA's, or the signed PDF document.
func (t *Tool) Sign(p Prompt, r SignRequest) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	key, cert, ca, err := t.signer(p, r.Kind, r.Careful)
	if err != nil {
		return nil, err
	}
	if r.Bare {
		value, err := bare(key, r.Content)
		return value, t.refusal(err)
	}
	var out []byte
	if r.PDF {
		out, err = r.signPDF(key, cert, ca)
	} else {
		out, err = r.signCMS(key, cert, ca)
	}
	var stamp *cms.Error
	switch {
	case err == nil:
		return out, nil
	case errors.As(err, &stamp) && stamp.Cause == cms.NoStamp:
		return nil, NoTimeStamp.Because(err)
	}
	return nil, t.refusal(err)
}

// signer asks for the PIN and returns the card's key with its certificate and,
// where the card has it, the CA's.
func (t *Tool) signer(p Prompt, kind reader.KeyKind, careful Careful) (key crypto.Signer, cert, ca *x509.Certificate, err error) {
	presence, err := t.presence()
	if err != nil {
		return nil, nil, nil, err
	}
	id := "signature"
	if kind == reader.AuthenticationKey {
		id = "authentication"
	}
	if id == "signature" && !presence.Signature || id == "authentication" && !presence.Authentication {
		return nil, nil, nil, NoCertificate.New(kindText(kindName(kind)))
	}
	if err := t.Verify(p, reference(id), careful); err != nil {
		return nil, nil, nil, err
	}
	if cert, ca, err = t.certificate(kind); err != nil {
		return nil, nil, nil, err
	}
	if _, err := cardmgmt.KeyTypeOf(cert.PublicKey); err != nil {
		return nil, nil, nil, BadCertificate.New(kindText(kindName(kind)))
	}
	j, err := t.card.JPKI()
	if err != nil {
		return nil, nil, nil, t.refusal(err)
	}
	return j.Signer(kind, cert.PublicKey), cert, ca, nil
}

// bare signs text alone: the value in the one form that goes with the key (RSA
// PKCS#1 v1.5 over SHA-256, ECDSA over SHA-384 in ASN.1).
func bare(key crypto.Signer, text []byte) ([]byte, error) {
	a, err := jpki.AlgorithmOf(key.Public())
	if err != nil {
		return nil, err
	}
	return key.Sign(nil, a.Digest(text), a.Hash()) // the chip has its own generator
}

// SignText asks for the PIN and signs a text with the card's key. It returns the
// card's certificate (DER) and the signature value alone.
func (t *Tool) SignText(p Prompt, kind reader.KeyKind, text []byte, careful Careful) (certificate, value []byte, err error) {
	key, cert, _, err := t.signer(p, kind, careful)
	if err != nil {
		return nil, nil, err
	}
	value, err = bare(key, text)
	return cert.Raw, value, t.refusal(err)
}

func (r SignRequest) signCMS(key crypto.Signer, cert, ca *x509.Certificate) ([]byte, error) {
	o := cms.Options{SigningTime: r.At.UTC().Truncate(time.Second), Context: r.Context}
	if ca != nil {
		o.Chain = []*x509.Certificate{ca}
	}
	if r.Level == LevelT || r.Level == LevelLT {
		o.TSA = r.TSA
	}
	if r.Level == LevelLT {
		o.Revocation = func(ctx context.Context) (crls, ocsp [][]byte, err error) {
			all, err := r.material(ctx, cert, ca)
			for _, m := range all {
				if m.CRL != nil {
					crls = append(crls, m.CRL)
				} else {
					ocsp = append(ocsp, m.OCSP)
				}
			}
			return crls, ocsp, err
		}
	}
	if r.Attached {
		return cms.Sign(key, cert, r.Content, o)
	}
	return cms.SignDetached(key, cert, r.Content, o)
}

func (r SignRequest) signPDF(key crypto.Signer, cert, ca *x509.Certificate) ([]byte, error) {
	o := pdfsig.SignOptions{Level: r.Level, Time: r.At.UTC().Truncate(time.Second), TSA: r.TSA, Context: r.Context}
	if ca != nil {
		o.Chain = []*x509.Certificate{ca}
	}
	if r.Level == LevelLT {
		o.Revocation = func(ctx context.Context) ([]verify.Material, error) { return r.material(ctx, cert, ca) }
	}
	out, err := pdfsig.Sign(r.Content, key, cert, o)
	var e *pdfsig.Error
	if errors.As(err, &e) {
		why := ReasonText(e.Reason)
		if e.Detail != "" {
			why.EN += ": " + e.Detail
		}
		return nil, CannotSignPDF.Because(err, why)
	}
	return out, err
}

// material are the given revocation data and the responder's answer.
func (r SignRequest) material(ctx context.Context, cert, ca *x509.Certificate) ([]verify.Material, error) {
	var out []verify.Material
	for _, e := range r.CRLs {
		out = append(out, verify.Material{CRL: e.DER})
	}
	for _, e := range r.OCSPs {
		out = append(out, verify.Material{OCSP: e.DER})
	}
	if r.Status == nil {
		return out, nil
	}
	answer, err := r.Status.Ask(ctx, cert, ca)
	if err != nil {
		return nil, NoStatusAnswer.Because(err, whyNoStatus(err))
	}
	return append(out, verify.Material{OCSP: answer}), nil
}
