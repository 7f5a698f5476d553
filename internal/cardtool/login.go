package cardtool

import (
	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/internal/digital/login"
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
	Statement  login.Statement
	Attributes bool   // read the four attributes with what proves them
	Digest     []byte // SHA-256 for the signature key to sign; nil for none
	Raw        bool   // without the DigestInfo around Digest
	Careful
}

// LoginAnswer is what the card said.
type LoginAnswer struct {
	Certificate, Signature []byte
	// Record, Proof and Issuer are the record of the attributes, the signature over
	// it and the certificate of the municipality's key. Nothing is checked here;
	// Attributes is what Record says.
	Record, Proof, Issuer      []byte
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
	if a.Certificate, a.Signature, err = t.logIn(p, r); err != nil {
		return LoginAnswer{}, err
	}
	if r.Attributes {
		if err := t.readProven(p, r.Careful, &a); err != nil {
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

// readProven reads the four attributes as octets, so that somebody else can check
// them.
func (t *Tool) readProven(p Prompt, c Careful, a *LoginAnswer) error {
	if err := t.Verify(p, reference("text"), c); err != nil {
		return err
	}
	for _, f := range []struct {
		what string
		id   layout.FileID
		into *[]byte
	}{{"attributes", layout.TextAttributes, &a.Record}, {"text signature", layout.TextSignature, &a.Proof}, {"issuer certificate", layout.TextCVC, &a.Issuer}} {
		b, err := t.file(f.what, f.id)
		if err != nil {
			return err
		}
		// Whatever lies behind the object in its file is no part of it.
		if _, rest, err := iso7816.ReadTLV(b); err == nil {
			b = b[:len(b)-len(rest)]
		}
		*f.into = b
	}
	read, err := files.ParseAttributes(a.Record)
	if err != nil {
		return t.refusal(err)
	}
	a.Attributes = read
	return nil
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
