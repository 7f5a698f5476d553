package cardtool

import (
	"errors"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/internal/digital/login"
	"kado/internal/platform/vault/sealed"
	"kado/iso7816"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

// LoginRequest is what a login wants of a card. The authentication key signs a
// Statement and nothing else can be given to it here (P-42): show its origin to the
// holder first.
type LoginRequest struct {
	Statement login.Statement
	// Attributes says where the proof of the four attributes goes, and that they are
	// to be read; nil for none.
	Attributes *sealed.Target
	Digest     []byte // SHA-256 for the signature key to sign; nil for none
	Raw        bool   // without the DigestInfo around Digest
	Careful
}

// LoginAnswer is what the card said.
type LoginAnswer struct {
	Certificate, Signature []byte
	// Record is the record of the attributes, which Attributes shows, and Sealed what
	// proves it, for the room of the target alone: the proof itself does not leave this
	// package, since it gives the Individual Number away.
	Record, Sealed             []byte
	Attributes                 mynumber.Attributes
	SigningCertificate, Signed []byte
}

// Login asks for the PINs that are needed and lets the card answer. What the card
// lacks is refused before the first PIN is asked for.
func (t *Tool) Login(p Prompt, r LoginRequest) (LoginAnswer, error) {
	var a LoginAnswer
	has, err := t.presence()
	if err != nil {
		return a, err
	}
	if !has.Authentication {
		return a, NoCertificate.New(kindText(kindName(reader.AuthenticationKey)))
	}
	if r.Digest != nil && !has.Signature {
		return a, NoCertificate.New(kindText(kindName(reader.SignatureKey)))
	}
	if r.Attributes != nil {
		// Whoever is not of the system that issued the card gets nothing, and the
		// holder is not even asked.
		if err := t.selectApplication(layout.Text); err != nil {
			return a, err
		}
		issuer, err := t.object("issuer certificate", layout.TextCVC)
		if err != nil {
			return a, err
		}
		if err := r.Attributes.Check(issuer); err != nil {
			return a, notSealed(err)
		}
	}
	if a.Certificate, a.Signature, err = t.logIn(p, r); err != nil {
		return LoginAnswer{}, err
	}
	if r.Attributes != nil {
		if err := t.readProven(p, r, &a); err != nil {
			return LoginAnswer{}, err
		}
	}
	if r.Digest != nil {
		if a.SigningCertificate, a.Signed, err = t.signDigest(p, r); err != nil {
			return LoginAnswer{}, err
		}
	}
	return a, nil
}

func (t *Tool) logIn(p Prompt, r LoginRequest) (certificate, signature []byte, err error) {
	if err := t.Verify(p, reference("authentication"), r.Careful); err != nil {
		return nil, nil, err
	}
	cert, _, err := t.certificate(reader.AuthenticationKey)
	if err != nil {
		return nil, nil, err
	}
	algorithm, err := jpki.AlgorithmOf(cert.PublicKey)
	if err != nil {
		return nil, nil, BadCertificate.Because(err, kindText(kindName(reader.AuthenticationKey)))
	}
	j, err := t.card.JPKI()
	if err != nil {
		return nil, nil, t.refusal(err)
	}
	signature, err = j.Signer(reader.AuthenticationKey, cert.PublicKey).Sign(nil, algorithm.Digest(r.Statement.Message()), algorithm.Hash())
	if err != nil {
		return nil, nil, t.refusal(err)
	}
	return cert.Raw, signature, nil
}

// readProven reads the four attributes as octets with their proof, and seals it.
func (t *Tool) readProven(p Prompt, r LoginRequest, a *LoginAnswer) error {
	if err := t.Verify(p, reference("text"), r.Careful); err != nil {
		return err
	}
	var proof, issuer []byte
	for _, f := range []struct {
		what string
		id   layout.FileID
		into *[]byte
	}{{"attributes", layout.TextAttributes, &a.Record}, {"text signature", layout.TextSignature, &proof}, {"issuer certificate", layout.TextCVC, &issuer}} {
		b, err := t.object(f.what, f.id)
		if err != nil {
			return err
		}
		*f.into = b
	}
	defer clear(proof)
	var err error
	if a.Attributes, err = files.ParseAttributes(a.Record); err != nil {
		return t.refusal(err)
	}
	if a.Sealed, err = r.Attributes.Seal(a.Record, proof, issuer); err != nil {
		return notSealed(err)
	}
	return nil
}

// notSealed gives the reason why a proof is not sealed its number.
func notSealed(err error) error {
	switch {
	case errors.Is(err, sealed.ErrLate):
		return LateKey.Because(err)
	case errors.Is(err, sealed.ErrSite), errors.Is(err, sealed.ErrForeign), errors.Is(err, sealed.ErrAnnouncement):
		return OtherSystem.Because(err)
	}
	return BadRecord.Because(err)
}

// object reads a file of the text application without whatever lies behind the object
// in it.
func (t *Tool) object(what string, id layout.FileID) ([]byte, error) {
	b, err := t.file(what, id)
	if err != nil {
		return nil, err
	}
	if _, rest, err := iso7816.ReadTLV(b); err == nil {
		b = b[:len(b)-len(rest)]
	}
	return b, nil
}

// signDigest signs with the signature key. Raw is the card's command without the
// DigestInfo.
func (t *Tool) signDigest(p Prompt, r LoginRequest) (certificate, signed []byte, err error) {
	if err := t.Verify(p, reference("signature"), r.Careful); err != nil {
		return nil, nil, err
	}
	cert, _, err := t.certificate(reader.SignatureKey)
	if err != nil {
		return nil, nil, err
	}
	if kt, err := cardmgmt.KeyTypeOf(cert.PublicKey); err != nil || kt != cardmgmt.RSA2048 {
		return nil, nil, BadCertificate.Because(err, kindText(kindName(reader.SignatureKey)))
	}
	if !r.Raw {
		j, err := t.card.JPKI()
		if err != nil {
			return nil, nil, t.refusal(err)
		}
		signed, err = j.Sign(reader.SignatureKey, r.Digest)
		if err != nil {
			return nil, nil, t.refusal(err)
		}
		return cert.Raw, signed, nil
	}
	if err := t.selectFile("select signature key", uint16(layout.JPKISignatureKey)); err != nil {
		return nil, nil, t.refusal(err)
	}
	answer, err := t.send("sign", iso7816.Command{CLA: 0x80, INS: 0x2A, P2: 0x80, Data: r.Digest, Le: iso7816.MaxShortLe})
	switch {
	case err != nil:
		return nil, nil, t.refusal(err)
	case !answer.SW.OK():
		return nil, nil, t.refusal(&reader.StatusError{SW: answer.SW, Operation: "sign"})
	}
	return cert.Raw, answer.Data, nil
}
