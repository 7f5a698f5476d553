package folk

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"

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

func (p *Phone) keep(kind jpki.Kind, key *rsa.PrivateKey) (err error) {
	p.key(kind).Private, err = x509.MarshalPKCS8PrivateKey(key)
	return err
}

func (p *Phone) certify(kind jpki.Kind, der []byte) { p.key(kind).Certificate = der }

// Sign signs a SHA-256 digest, PKCS #1 v1.5, and returns the certificate with it.
func (p Phone) Sign(kind jpki.Kind, digest []byte) (certificate, signature []byte, err error) {
	k := p.key(kind)
	key, err := k.parse()
	if err != nil {
		return nil, nil, err
	}
	signature, err = rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest)
	return k.Certificate, signature, err
}

var errPhone = errors.New("folk: no key of a phone")

func (k *PhoneKey) parse() (*rsa.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(k.Private)
	if err != nil {
		return nil, errPhone // the cause may quote what was read
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errPhone
	}
	return private, nil
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
		if !jpki.SameKey(cert.PublicKey, &key.PublicKey) {
			return errPhone
		}
	}
	return nil
}
