package shelf

import (
	"crypto/rsa"
	"crypto/sha256"

	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/jpki"
	"kado/reader"
)

// wants lists the PINs that an interaction needs, in the order in which they are
// presented.
func wants(i oidc.Interaction) []PIN {
	out := []PIN{Authentication}
	if len(i.Claims) > 0 {
		out = append(out, Text)
	}
	if len(i.Sign) > 0 {
		out = append(out, Signature)
	}
	return out
}

// Answer has the card on the reader answer an interaction: the authentication key
// signs the challenge, attributes are read where some are wanted, and the
// signature key signs where a signature is. typed holds what wants lists.
func (d *Device) Answer(laying int, i oidc.Interaction, typed map[PIN]Typed) (oidc.Answer, error) {
	var a oidc.Answer
	// What does not say whom it is for is signed by no card (P-42).
	if _, err := login.ParseStatement(i.Challenge.Message); err != nil {
		return a, OtherChallenge.Because(err)
	}
	if len(i.Sign) > 0 && len(i.Sign) != sha256.Size {
		return a, OtherDigest.New()
	}
	on := d.Card()
	err := d.converse(laying, texts["shelf.act.login"], func(h *hands) (err error) {
		// Whatever would be refused is refused before a try is spent on any PIN.
		for _, p := range wants(i) {
			if p != Text {
				if err := h.has(p); err != nil {
					return err
				}
			}
			if err := h.mayTry(typed[p]); err != nil {
				return err
			}
		}
		if err := h.logIn(i.Challenge, typed[Authentication], &a.Login); err != nil {
			return err
		}
		if len(i.Claims) > 0 {
			if a.Attributes, err = h.proven(i, typed[Text]); err != nil {
				return err
			}
			a.Attributes.Card = on
		}
		if len(i.Sign) > 0 {
			return h.signDigest(i, typed[Signature], &a)
		}
		return nil
	})
	if err != nil {
		return oidc.Answer{}, err
	}
	return a, nil
}

func (h *hands) logIn(c login.Challenge, t Typed, out *login.Response) error {
	if err := h.verify(t); err != nil {
		return err
	}
	cert, err := h.certificate(Authentication)
	if err != nil {
		return err
	}
	algorithm, err := jpki.AlgorithmOf(cert.PublicKey)
	if err != nil {
		return CardRefused.Because(err, certificateNames[Authentication])
	}
	j, err := h.card.JPKI()
	if err != nil {
		return err
	}
	signature, err := j.Signer(reader.AuthenticationKey, cert.PublicKey).Sign(nil, algorithm.Digest(c.Message), algorithm.Hash())
	*out = login.Response{Challenge: c.ID, Certificate: cert.Raw, Signature: signature}
	return err
}

// proven reads the record and seals its proof.
func (h *hands) proven(i oidc.Interaction, t Typed) (*oidc.CardAttributes, error) {
	if err := h.verify(t); err != nil {
		return nil, err
	}
	text, err := h.card.Text()
	if err != nil {
		return nil, err
	}
	record, proof, issuer, err := text.AttributeFiles()
	if err != nil {
		return nil, err
	}
	return i.Proven(record, proof, issuer)
}

func (h *hands) signDigest(i oidc.Interaction, t Typed, out *oidc.Answer) error {
	if err := h.verify(t); err != nil {
		return err
	}
	cert, err := h.certificate(Signature)
	if err != nil {
		return err
	}
	if _, ok := cert.PublicKey.(*rsa.PublicKey); !ok {
		return OtherDigest.New()
	}
	j, err := h.card.JPKI()
	if err != nil {
		return err
	}
	out.SigningCertificate = cert.Raw
	if i.SignRaw {
		out.Signature, err = j.SignRaw(reader.SignatureKey, i.Sign)
		return err
	}
	out.Signature, err = j.Sign(reader.SignatureKey, i.Sign)
	return err
}
