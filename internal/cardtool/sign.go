package cardtool

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"time"

	"kado/cardmgmt"
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
	At  time.Time // claimed signing time
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
	presence, err := t.presence()
	if err != nil {
		return nil, err
	}
	id := "signature"
	if r.Kind == reader.AuthenticationKey {
		id = "authentication"
	}
	if id == "signature" && !presence.Signature || id == "authentication" && !presence.Authentication {
		return nil, NoCertificate.New(kindText(kindName(r.Kind)))
	}
	if err := t.Verify(p, reference(id), r.Careful); err != nil {
		return nil, err
	}
	cert, ca, err := t.certificate(r.Kind)
	if err != nil {
		return nil, err
	}
	if _, err := cardmgmt.KeyTypeOf(cert.PublicKey); err != nil {
		return nil, BadCertificate.New(kindText(kindName(r.Kind)))
	}
	j, err := t.card.JPKI()
	if err != nil {
		return nil, t.refusal(err)
	}
	key := j.Signer(r.Kind, cert.PublicKey)
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
