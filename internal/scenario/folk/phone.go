package folk

import (
	"crypto"
	"crypto/x509"
	"errors"

	"kado/internal/server"
	"kado/jpki"
)

// Phone is a persona's phone as a sandbox keeps it: its keys lie in folk.json, as
// those of a virtual card lie on the shelf. No real phone lets them out.
type Phone struct {
	Authentication PhoneKey `json:"authentication"`
	Signature      PhoneKey `json:"signature"`
}

// PhoneKey is one key with its certificate.
type PhoneKey struct {
	Private     []byte `json:"private"`     // PKCS #8
	Certificate []byte `json:"certificate"` // DER
}

// String hides the key.
func (PhoneKey) String() string { return "phone key" }

// GoString hides the key.
func (PhoneKey) GoString() string { return "phone key" }

// Phone returns the phone of a persona, if it has one.
func (f *Folk) Phone(id string) (Phone, bool) {
	p, ok := f.phones[id]
	return p, ok
}

func (p *Phone) key(kind jpki.Kind) *PhoneKey {
	if kind == jpki.Signature {
		return &p.Signature
	}
	return &p.Authentication
}

func (p *Phone) keep(keys server.PhoneKeys) error {
	for _, kind := range jpki.Kinds {
		der, err := x509.MarshalPKCS8PrivateKey(keys[kind])
		if err != nil {
			return err
		}
		p.key(kind).Private = der
	}
	return nil
}

func (p *Phone) keys() (server.PhoneKeys, error) {
	out := server.PhoneKeys{}
	for _, kind := range jpki.Kinds {
		key, err := p.key(kind).parse()
		if err != nil {
			return nil, err
		}
		out[kind] = key
	}
	return out, nil
}

func (p *Phone) certify(kind jpki.Kind, der []byte) { p.key(kind).Certificate = der }

// SignText signs a text with the digest that goes with the key, and returns the
// certificate with it.
func (p Phone) SignText(kind jpki.Kind, text []byte) (certificate, signature []byte, err error) {
	k := p.key(kind)
	key, err := k.parse()
	if err != nil {
		return nil, nil, err
	}
	a, err := jpki.AlgorithmOf(key.Public())
	if err != nil {
		return nil, nil, err
	}
	signature, err = key.Sign(nil, a.Digest(text), a.Hash())
	return k.Certificate, signature, err
}

// SignDigest signs a digest as it is, and returns the certificate with it. A digest
// that does not go with the key is refused (OtherDigest).
func (p Phone) SignDigest(kind jpki.Kind, hash crypto.Hash, digest []byte) (certificate, signature []byte, err error) {
	k := p.key(kind)
	key, err := k.parse()
	if err != nil {
		return nil, nil, err
	}
	a, err := jpki.AlgorithmOf(key.Public())
	if err != nil {
		return nil, nil, err
	}
	if a.Hash() != hash || len(digest) != hash.Size() {
		return nil, nil, OtherDigest.New()
	}
	signature, err = key.Sign(nil, digest, hash)
	return k.Certificate, signature, err
}

var errPhone = errors.New("folk: no key of a phone")

func (k *PhoneKey) parse() (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(k.Private)
	if err != nil {
		return nil, errPhone // the cause may quote what was read
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errPhone
	}
	if _, err := jpki.AlgorithmOf(signer.Public()); err != nil {
		return nil, errPhone
	}
	return signer, nil
}

// check makes sure that both keys are there, each with its own certificate.
func (p Phone) check() error {
	for _, kind := range jpki.Kinds {
		k := p.key(kind)
		key, err := k.parse()
		if err != nil {
			return err
		}
		cert, err := jpki.ParseCertificate(k.Certificate)
		if err != nil {
			return err
		}
		if !jpki.SameKey(cert.PublicKey, key.Public()) {
			return errPhone
		}
	}
	return nil
}
