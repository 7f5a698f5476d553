package files

import (
	"bytes"
	"crypto/rsa"
	"strings"
	"unicode/utf8"

	"kado/iso7816"
	"kado/mynumber"
)

// Number writes file 0001 of the text application: FF10 with twelve digits and
// two bytes of filler, 17 bytes in all. The filler is part of what is hashed.
func Number(n mynumber.IndividualNumber) []byte {
	return Pad(iso7816.AppendTLV(nil, 0xFF10, []byte(n.Reveal())), numberFileLen)
}

const numberFileLen = 17

// ParseNumber reads file 0001 of the text application.
func ParseNumber(file []byte) (mynumber.IndividualNumber, error) {
	v, err := template(file, 0xFF10, "number")
	if err != nil {
		return mynumber.IndividualNumber{}, err
	}
	if len(file) != numberFileLen || len(v) != 12 {
		return mynumber.IndividualNumber{}, malformed("number", nil)
	}
	n, err := mynumber.ParseIndividualNumber(string(v))
	if err != nil {
		// The cause could quote the value.
		return mynumber.IndividualNumber{}, malformed("number", nil)
	}
	return n, nil
}

// maxText bounds name and address in bytes of UTF-8.
const maxText = 1000

// Attributes writes file 0002 of the text application: FF20 { DF21 offsets,
// DF22 name, DF23 address, DF24 birth date, DF25 sex }.
func Attributes(a mynumber.Attributes) ([]byte, error) {
	if !validText(a.Name) || !validText(a.Address) || !a.BirthDate.Valid() || !a.Sex.Valid() {
		return nil, malformed("attributes", nil)
	}
	return withOffsets(0xFF20, 0xDF21, [][]byte{
		iso7816.AppendTLV(nil, 0xDF22, []byte(a.Name)),
		iso7816.AppendTLV(nil, 0xDF23, []byte(a.Address)),
		iso7816.AppendTLV(nil, 0xDF24, []byte(a.BirthDate.Compact())),
		iso7816.AppendTLV(nil, 0xDF25, []byte{byte(a.Sex)}),
	}), nil
}

func validText(s string) bool {
	return s != "" && len(s) <= maxText && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7F })
}

// ParseAttributes reads file 0002 of the text application.
func ParseAttributes(file []byte) (mynumber.Attributes, error) {
	seq, err := attributeObjects(file)
	if err != nil {
		return mynumber.Attributes{}, err
	}
	birth, err := mynumber.ParseCompact(string(seq[3].Value))
	if err != nil || len(seq[4].Value) != 1 {
		return mynumber.Attributes{}, malformed("attributes", nil)
	}
	a := mynumber.Attributes{Name: string(seq[1].Value), Address: string(seq[2].Value), BirthDate: birth, Sex: mynumber.Sex(seq[4].Value[0])}
	// One spelling: writing what was read gives the same bytes.
	again, err := Attributes(a)
	if err != nil || !bytes.HasPrefix(file, again) {
		return mynumber.Attributes{}, malformed("attributes", nil)
	}
	return a, nil
}

func attributeObjects(file []byte) ([]iso7816.TLV, error) {
	v, err := template(file, 0xFF20, "attributes")
	if err != nil {
		return nil, err
	}
	return sequence(v, "attributes", 0xDF21, 0xDF22, 0xDF23, 0xDF24, 0xDF25)
}

// attributesHash runs over the attribute objects without the offset table.
func attributesHash(file []byte) ([32]byte, error) {
	seq, err := attributeObjects(file)
	if err != nil {
		return [32]byte{}, err
	}
	return hash(seq[1].Raw, seq[2].Raw, seq[3].Raw, seq[4].Raw), nil
}

// TextSignature writes file 0003 of the text application: FF30 { DF31 hash of
// the whole number file, DF32 hash of the attributes, DF33 signature over the
// two objects }.
func TextSignature(numberFile, attributesFile []byte, issuer Issuer) ([]byte, error) {
	attributes, err := attributesHash(attributesFile)
	if err != nil {
		return nil, err
	}
	number := hash(numberFile)
	n := iso7816.AppendTLV(nil, 0xDF31, number[:])
	a := iso7816.AppendTLV(nil, 0xDF32, attributes[:])
	sig, err := issuer.sign(n, a)
	if err != nil {
		return nil, err
	}
	return iso7816.AppendTLV(nil, 0xFF30, n, a, iso7816.AppendTLV(nil, 0xDF33, sig)), nil
}

// VerifyText checks the record signature of the text application (CHP-30 to
// CHP-32, CHP-38). numberFile or attributesFile may be nil when it was not
// read; at least one must be given.
func VerifyText(numberFile, attributesFile, signatureFile, cvcFile []byte, root *rsa.PublicKey) error {
	if numberFile == nil && attributesFile == nil {
		return malformed("text record", nil)
	}
	number, attributes, err := textHashes(signatureFile, cvcFile, root)
	if err != nil {
		return err
	}
	if numberFile != nil {
		if h := hash(numberFile); !bytes.Equal(h[:], number) {
			return ErrSignature
		}
	}
	if attributesFile != nil {
		return covers(attributes, attributesFile)
	}
	return nil
}

// NumberHash checks the record signature over an attributes file as VerifyText does
// and returns SHA-256 of the number file that it stands beside. The number can be
// found from it by trying all there are: it is for whoever holds the numbers anyway,
// to compare with, and for nobody else.
func NumberHash(attributesFile, signatureFile, cvcFile []byte, root *rsa.PublicKey) ([32]byte, error) {
	number, attributes, err := textHashes(signatureFile, cvcFile, root)
	if err == nil {
		err = covers(attributes, attributesFile)
	}
	if err != nil {
		return [32]byte{}, err
	}
	if len(number) != 32 {
		return [32]byte{}, malformed("text signature", nil)
	}
	return [32]byte(number), nil
}

// textHashes returns the hashes of number and attributes that the issuer signed.
func textHashes(signatureFile, cvcFile []byte, root *rsa.PublicKey) (number, attributes []byte, err error) {
	v, err := template(signatureFile, 0xFF30, "text signature")
	if err != nil {
		return nil, nil, err
	}
	seq, err := sequence(v, "text signature", 0xDF31, 0xDF32, 0xDF33)
	if err != nil {
		return nil, nil, err
	}
	pub, err := issuingKey(cvcFile, root)
	if err != nil {
		return nil, nil, err
	}
	if err := checkSignature(pub, seq[2].Value, seq[0].Raw, seq[1].Raw); err != nil {
		return nil, nil, err
	}
	return seq[0].Value, seq[1].Value, nil
}

// covers checks a signed hash of the attributes against their file.
func covers(signed, attributesFile []byte) error {
	h, err := attributesHash(attributesFile)
	if err != nil {
		return err
	}
	if !bytes.Equal(h[:], signed) {
		return ErrSignature
	}
	return nil
}

// TextInfo writes file 0005 of the text application: FF40 with a superfluous
// length byte { DF41 version and vendor, DF42 key id, DF43 128 bytes whose
// meaning is not known (unconfirmed: written as FF) }.
func TextInfo(key iso7816.KeyID) []byte {
	return iso7816.AppendTLVLong(nil, 0xFF40,
		iso7816.AppendTLV(nil, 0xDF41, []byte{0x01, 0x03, 0x0E, 0x01}),
		iso7816.AppendTLV(nil, 0xDF42, key[:]),
		iso7816.AppendTLV(nil, 0xDF43, Pad(nil, 128)))
}

// ParseTextInfo reads the key id in file 0005 of the text application. The
// length 9F reported of real cards is one more than their objects add up to,
// so the last object may have a superfluous length byte or filler after it.
func ParseTextInfo(file []byte) (iso7816.KeyID, error) {
	v, err := template(file, 0xFF40, "text information")
	if err != nil {
		return iso7816.KeyID{}, err
	}
	version, rest, err := iso7816.ReadTLV(v)
	if err != nil {
		return iso7816.KeyID{}, malformed("text information", err)
	}
	key, rest, err := iso7816.ReadTLV(rest)
	if err != nil {
		return iso7816.KeyID{}, malformed("text information", err)
	}
	last, rest, err := iso7816.ReadTLVTolerant(rest)
	if err != nil {
		return iso7816.KeyID{}, malformed("text information", err)
	}
	if version.Tag != 0xDF41 || len(version.Value) != 4 || key.Tag != 0xDF42 || len(key.Value) != 16 || last.Tag != 0xDF43 || !onlyFiller(rest) {
		return iso7816.KeyID{}, malformed("text information", nil)
	}
	return iso7816.KeyID(key.Value), nil
}

// TextCardKey writes file 0007 of the text application: FF50 { DF51 public key
// of key 13, DF52 signature over that object }.
func TextCardKey(pub *rsa.PublicKey, issuer Issuer) ([]byte, error) {
	body, err := iso7816.AppendPublicKey(nil, pub)
	if err != nil {
		return nil, err
	}
	k := iso7816.AppendTLV(nil, 0xDF51, body)
	sig, err := issuer.sign(k)
	if err != nil {
		return nil, err
	}
	return iso7816.AppendTLV(nil, 0xFF50, k, iso7816.AppendTLV(nil, 0xDF52, sig)), nil
}

// ParseTextCardKey reads and verifies file 0007 of the text application.
func ParseTextCardKey(file, cvcFile []byte, root *rsa.PublicKey) (*rsa.PublicKey, error) {
	v, err := template(file, 0xFF50, "text card key")
	if err != nil {
		return nil, err
	}
	seq, err := sequence(v, "text card key", 0xDF51, 0xDF52)
	if err != nil {
		return nil, err
	}
	issuer, err := issuingKey(cvcFile, root)
	if err != nil {
		return nil, err
	}
	if err := checkSignature(issuer, seq[1].Value, seq[0].Raw); err != nil {
		return nil, err
	}
	pub, err := iso7816.ParsePublicKey(seq[0].Value)
	if err != nil {
		return nil, malformed("text card key", err)
	}
	return pub, nil
}
