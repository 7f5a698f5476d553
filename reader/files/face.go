package files

import (
	"bytes"
	"crypto"
	"crypto/rsa"

	"kado/iso7816"
	"kado/mynumber"
)

// BirthDate writes file 0001 of the face application: FF10 { DF11 birth date,
// DF12 card key, DF13 signature over both objects }.
func BirthDate(birth mynumber.Date, cardKey *rsa.PublicKey, issuer Issuer) ([]byte, error) {
	if !birth.Valid() {
		return nil, malformed("birth date", nil)
	}
	k, err := iso7816.AppendPublicKey(nil, cardKey)
	if err != nil {
		return nil, err
	}
	d := iso7816.AppendTLV(nil, 0xDF11, []byte(birth.Compact()))
	kk := iso7816.AppendTLV(nil, 0xDF12, k)
	sig, err := issuer.sign(d, kk)
	if err != nil {
		return nil, err
	}
	return iso7816.AppendTLV(nil, 0xFF10, d, kk, iso7816.AppendTLV(nil, 0xDF13, sig)), nil
}

// ParseBirthDate reads and verifies file 0001 of the face application.
func ParseBirthDate(file, cvcFile []byte, root *rsa.PublicKey) (mynumber.Date, *rsa.PublicKey, error) {
	fail := func(err error) (mynumber.Date, *rsa.PublicKey, error) { return mynumber.Date{}, nil, err }
	v, err := template(file, 0xFF10, "birth date")
	if err != nil {
		return fail(err)
	}
	seq, err := sequence(v, "birth date", 0xDF11, 0xDF12, 0xDF13)
	if err != nil {
		return fail(err)
	}
	pub, err := issuingKey(cvcFile, root)
	if err != nil {
		return fail(err)
	}
	if err := checkSignature(pub, seq[2].Value, seq[0].Raw, seq[1].Raw); err != nil {
		return fail(err)
	}
	birth, err := mynumber.ParseCompact(string(seq[0].Value))
	if err != nil {
		return fail(malformed("birth date", nil))
	}
	key, err := iso7816.ParsePublicKey(seq[1].Value)
	if err != nil {
		return fail(malformed("birth date", err))
	}
	return birth, key, nil
}

// CardFace is what file 0002 of the face application holds.
type CardFace struct {
	BirthDate    mynumber.Date
	Sex          mynumber.Sex
	CardKey      *rsa.PublicKey
	NameImage    []byte // PNG
	AddressImage []byte // PNG
	Photo        []byte // JPEG 2000
	// Expiry and the security code image are not signed on the card.
	Expiry            mynumber.Date
	SecurityCodeImage []byte // PNG
}

// MaxFaceImages bounds the four images together in bytes; the file's offsets
// have 16 bits and its positions 15.
const MaxFaceImages = 30 << 10

// FaceCard writes file 0002 of the face application: FF20 { DF21 nine offsets,
// DF22 birth date, DF23 sex, DF24 card key, DF25 name, DF26 address, DF27
// photo, DF28 signature, DF29 expiry, DF2A security code }.
func FaceCard(f CardFace, issuer Issuer) ([]byte, error) {
	if !f.BirthDate.Valid() || !f.Expiry.Valid() || !f.Sex.Valid() ||
		len(f.NameImage)+len(f.AddressImage)+len(f.Photo)+len(f.SecurityCodeImage) > MaxFaceImages {
		return nil, malformed("card face", nil)
	}
	key, err := iso7816.AppendPublicKey(nil, f.CardKey)
	if err != nil {
		return nil, err
	}
	objects := [][]byte{
		iso7816.AppendTLV(nil, 0xDF22, []byte(f.BirthDate.Compact())),
		iso7816.AppendTLV(nil, 0xDF23, []byte{byte(f.Sex)}),
		iso7816.AppendTLV(nil, 0xDF24, key),
		iso7816.AppendTLV(nil, 0xDF25, f.NameImage),
		iso7816.AppendTLV(nil, 0xDF26, f.AddressImage),
		iso7816.AppendTLV(nil, 0xDF27, f.Photo),
	}
	sig, err := issuer.signRaw(faceDigestInfo(objects), crypto.Hash(0))
	if err != nil {
		return nil, err
	}
	objects = append(objects,
		iso7816.AppendTLV(nil, 0xDF28, sig),
		iso7816.AppendTLV(nil, 0xDF29, []byte(f.Expiry.Compact())),
		iso7816.AppendTLV(nil, 0xDF2A, f.SecurityCodeImage))
	return withOffsets(0xFF20, 0xDF21, objects), nil
}

// faceDigestInfo is the card face's own way: a DigestInfo that names SHA-256
// and carries three hashes, 96 bytes: over birth date, sex and card key; over
// the two images of text; over the photo. That the hashes run over whole
// objects, header included, is unconfirmed.
func faceDigestInfo(objects [][]byte) []byte {
	out := []byte{0x30, 0x71, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x60}
	a, b, c := hash(objects[0], objects[1], objects[2]), hash(objects[3], objects[4]), hash(objects[5])
	return append(append(append(out, a[:]...), b[:]...), c[:]...)
}

// ParseFaceCard reads and verifies file 0002 of the face application.
func ParseFaceCard(file, cvcFile []byte, root *rsa.PublicKey) (*CardFace, error) {
	v, err := template(file, 0xFF20, "card face")
	if err != nil {
		return nil, err
	}
	seq, err := sequence(v, "card face", 0xDF21, 0xDF22, 0xDF23, 0xDF24, 0xDF25, 0xDF26, 0xDF27, 0xDF28, 0xDF29, 0xDF2A)
	if err != nil {
		return nil, err
	}
	objects := make([][]byte, 9)
	for i := range objects {
		objects[i] = seq[i+1].Raw
	}
	if !bytes.HasPrefix(file, withOffsets(0xFF20, 0xDF21, objects)) {
		return nil, malformed("card face offsets", nil)
	}
	pub, err := issuingKey(cvcFile, root)
	if err != nil {
		return nil, err
	}
	if rsa.VerifyPKCS1v15(pub, crypto.Hash(0), faceDigestInfo(objects), seq[7].Value) != nil {
		return nil, ErrSignature
	}
	birth, err1 := mynumber.ParseCompact(string(seq[1].Value))
	expiry, err2 := mynumber.ParseCompact(string(seq[8].Value))
	key, err3 := iso7816.ParsePublicKey(seq[3].Value)
	if err1 != nil || err2 != nil || err3 != nil || len(seq[2].Value) != 1 || !mynumber.Sex(seq[2].Value[0]).Valid() {
		return nil, malformed("card face", nil)
	}
	return &CardFace{BirthDate: birth, Sex: mynumber.Sex(seq[2].Value[0]), CardKey: key, NameImage: seq[4].Value,
		AddressImage: seq[5].Value, Photo: seq[6].Value, Expiry: expiry, SecurityCodeImage: seq[9].Value}, nil
}

// FaceInfo writes file 0003 of the face application: FF30 { DF31 version and
// vendor, DF32 key id, DF33 00, DF34 municipality code, DF35 key reference and
// 256 bytes whose meaning is not known (unconfirmed: written as FF) }.
func FaceInfo(key, reference iso7816.KeyID, municipality string) ([]byte, error) {
	if !digits(municipality, 5) {
		return nil, malformed("face information", nil)
	}
	return iso7816.AppendTLV(nil, 0xFF30,
		iso7816.AppendTLV(nil, 0xDF31, []byte{0x06, 0x03, 0x0E, 0x01}),
		iso7816.AppendTLV(nil, 0xDF32, key[:]),
		iso7816.AppendTLV(nil, 0xDF33, []byte{0x00}),
		iso7816.AppendTLV(nil, 0xDF34, []byte(municipality)),
		iso7816.AppendTLV(nil, 0xDF35, reference[:], Pad(nil, 256))), nil
}

// ParseFaceInfo reads key id and municipality code in file 0003 of the face
// application.
func ParseFaceInfo(file []byte) (key iso7816.KeyID, municipality string, err error) {
	v, err := template(file, 0xFF30, "face information")
	if err != nil {
		return key, "", err
	}
	seq, err := sequence(v, "face information", 0xDF31, 0xDF32, 0xDF33, 0xDF34, 0xDF35)
	if err != nil {
		return key, "", err
	}
	if len(seq[0].Value) != 4 || len(seq[1].Value) != 16 || !digits(string(seq[3].Value), 5) || len(seq[4].Value) != 272 {
		return key, "", malformed("face information", nil)
	}
	return iso7816.KeyID(seq[1].Value), string(seq[3].Value), nil
}

// FaceNumber writes file 0005 of the face application: FF40 { DF41 image of
// the Individual Number (PNG), DF42 card key, DF43 signature over both }.
func FaceNumber(image []byte, cardKey *rsa.PublicKey, issuer Issuer) ([]byte, error) {
	if len(image) == 0 || len(image) > MaxFaceImages {
		return nil, malformed("number image", nil)
	}
	k, err := iso7816.AppendPublicKey(nil, cardKey)
	if err != nil {
		return nil, err
	}
	i := iso7816.AppendTLV(nil, 0xDF41, image)
	kk := iso7816.AppendTLV(nil, 0xDF42, k)
	sig, err := issuer.sign(i, kk)
	if err != nil {
		return nil, err
	}
	return iso7816.AppendTLV(nil, 0xFF40, i, kk, iso7816.AppendTLV(nil, 0xDF43, sig)), nil
}

// ParseFaceNumber reads and verifies file 0005 of the face application; it
// returns the image (PNG) and the card key.
func ParseFaceNumber(file, cvcFile []byte, root *rsa.PublicKey) ([]byte, *rsa.PublicKey, error) {
	v, err := template(file, 0xFF40, "number image")
	if err != nil {
		return nil, nil, err
	}
	seq, err := sequence(v, "number image", 0xDF41, 0xDF42, 0xDF43)
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
	key, err := iso7816.ParsePublicKey(seq[1].Value)
	if err != nil {
		return nil, nil, malformed("number image", err)
	}
	return seq[0].Value, key, nil
}

func digits(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
