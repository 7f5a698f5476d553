package cardtool

import (
	"crypto/rsa"
	"crypto/x509"
	"time"

	"kado/jpki/cms"
	"kado/reader"
)

// SignRequest is a file to be signed.
type SignRequest struct {
	Content  []byte
	Kind     reader.KeyKind
	Attached bool
	At       time.Time // claimed signing time
	Careful
}

// Sign asks for the PIN and signs with the card. It returns CMS SignedData with
// the certificate and, where the card has it, the CA's. The signature is checked
// with the certificate's key before it is returned.
func (t *Tool) Sign(p Prompt, r SignRequest) ([]byte, error) {
	presence, err := t.presence()
	if err != nil {
		return nil, err
	}
	id := "signature"
	if r.Kind == reader.AuthenticationKey {
		id = "authentication"
	}
	if id == "signature" && !presence.Signature || id == "authentication" && !presence.Authentication {
		return nil, NoCertificate.New(id)
	}
	if err := t.Verify(p, reference(id), r.Careful); err != nil {
		return nil, err
	}
	cert, ca, err := t.certificate(r.Kind)
	if err != nil {
		return nil, err
	}
	pub, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, BadCertificate.New(id)
	}
	j, err := t.card.JPKI()
	if err != nil {
		return nil, t.refusal(err)
	}
	o := cms.Options{SigningTime: r.At.UTC().Truncate(time.Second)}
	if ca != nil {
		o.Chain = []*x509.Certificate{ca}
	}
	sign := cms.SignDetached
	if r.Attached {
		sign = cms.Sign
	}
	der, err := sign(j.Signer(r.Kind, pub), cert, r.Content, o)
	if err != nil {
		return nil, t.refusal(err)
	}
	return der, nil
}
