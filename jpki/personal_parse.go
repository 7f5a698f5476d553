package jpki

import (
	"crypto/x509"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// ErrNoPersonalData: the certificate has no subjectAltName, as an authentication
// certificate has none.
var ErrNoPersonalData = errors.New("jpki: the certificate holds no personal data")

// ParsePersonal reads the personal data of a signature certificate. It accepts
// one spelling only: the six otherNames in the order of the profile, each a
// UTF8String, nothing beside them, and content that Check would let be issued.
// It does not verify the certificate; see Pool.Verify.
func ParsePersonal(cert *x509.Certificate) (Personal, error) {
	for _, e := range cert.Extensions {
		if e.Id.Equal(oidSubjectAltName) {
			return parsePersonalExtension(e.Value)
		}
	}
	return Personal{}, ErrNoPersonalData
}

func parsePersonalExtension(der []byte) (Personal, error) {
	var values [6]string
	input := cryptobyte.String(der)
	var names cryptobyte.String
	if !input.ReadASN1(&names, cbasn1.SEQUENCE) || !input.Empty() {
		return Personal{}, errors.New("jpki: the subjectAltName is malformed")
	}
	for i, want := range personalOrder {
		var name, value cryptobyte.String
		if !names.ReadASN1(&name, explicitTag(0)) {
			return Personal{}, fmt.Errorf("jpki: entry %d of the subjectAltName is missing or not an otherName", i+1)
		}
		oid, ok := readOID(&name)
		if !ok || !oid.Equal(want) {
			return Personal{}, fmt.Errorf("jpki: entry %d of the subjectAltName is not of the type %s", i+1, want)
		}
		if !name.ReadASN1(&value, explicitTag(0)) || !name.Empty() {
			return Personal{}, fmt.Errorf("jpki: entry %d of the subjectAltName has no explicit value", i+1)
		}
		if values[i], ok = readString(&value, cbasn1.UTF8String); !ok || !value.Empty() {
			return Personal{}, fmt.Errorf("jpki: entry %d of the subjectAltName is not one UTF8String", i+1)
		}
	}
	if !names.Empty() {
		return Personal{}, errors.New("jpki: the subjectAltName has more than six entries")
	}
	birth, err := parseBirthDateForm(values[1])
	if err != nil {
		return Personal{}, err
	}
	sex, ok := sexOfCode(values[2])
	if !ok {
		return Personal{}, errors.New("jpki: the sex code is not 1, 2 or 3")
	}
	p := Personal{Name: values[0], BirthDate: birth, Sex: sex, Address: values[3], NameMap: values[4], AddressMap: values[5]}
	if err := p.Check(); err != nil {
		return Personal{}, err
	}
	return p, nil
}
