package reader

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"

	"kado/cardmgmt/layout"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader/files"
)

// ErrCopy says that the card could not use the private key that belongs to the
// record it showed: the record was copied from another card.
var ErrCopy = errors.New("reader: the card does not hold the key of its record")

// Face is the client of the card face application (券面事項確認AP).
type Face struct{ app application }

// Face selects the application.
func (c *Card) Face() (*Face, error) {
	a, err := c.application(layout.Face)
	if err != nil {
		return nil, err
	}
	return &Face{a}, nil
}

// VerifyA presents verification number A: card face and number image.
func (f *Face) VerifyA(a mynumber.Secret) error {
	return f.app.verify("verification number A", layout.FaceA, a)
}

// VerifyB presents verification number B: card face only.
func (f *Face) VerifyB(b mynumber.Secret) error {
	return f.app.verify("verification number B", layout.FaceB, b)
}

// VerifyBirthDate presents the six birth digits as printed: birth date record
// only, for age checks.
func (f *Face) VerifyBirthDate(digits mynumber.Secret) error {
	return f.app.verify("birth-date PIN", layout.FaceBirthPIN, digits)
}

func (f *Face) cvc() ([]byte, error) {
	return f.app.readObject("issuer certificate", layout.FaceCVC, 7, public)
}

// BirthDate returns the birth date after VerifyBirthDate, with the issuer's
// signature checked and the card's own key tried, so that a copy is noticed.
func (f *Face) BirthDate(root *rsa.PublicKey) (mynumber.Date, error) {
	file, err := f.app.readObject("birth date", layout.FaceBirthDate, 7, private)
	if err != nil {
		return mynumber.Date{}, err
	}
	cvc, err := f.cvc()
	if err != nil {
		return mynumber.Date{}, err
	}
	birth, key, err := files.ParseBirthDate(file, cvc, root)
	if err != nil {
		return mynumber.Date{}, err
	}
	return birth, f.proveKey(key)
}

// Card returns the card face after A or B, with the issuer's signature checked
// and the card's own key tried. Expiry and security code image are not signed
// on any card.
func (f *Face) Card(root *rsa.PublicKey) (*files.CardFace, error) {
	file, err := f.app.readObject("card face", layout.FaceCard, 7, private)
	if err != nil {
		return nil, err
	}
	cvc, err := f.cvc()
	if err != nil {
		return nil, err
	}
	face, err := files.ParseFaceCard(file, cvc, root)
	if err != nil {
		return nil, err
	}
	if err := f.proveKey(face.CardKey); err != nil {
		return nil, err
	}
	return face, nil
}

// NumberImage returns the image of the Individual Number (PNG) after A.
func (f *Face) NumberImage(root *rsa.PublicKey) ([]byte, error) {
	file, err := f.app.readObject("number image", layout.FaceNumber, 7, private)
	if err != nil {
		return nil, err
	}
	cvc, err := f.cvc()
	if err != nil {
		return nil, err
	}
	image, key, err := files.ParseFaceNumber(file, cvc, root)
	if err != nil {
		return nil, err
	}
	if err := f.proveKey(key); err != nil {
		return nil, err
	}
	return image, nil
}

// Info returns the free basic information: issuer key id and municipality code.
func (f *Face) Info() (key iso7816.KeyID, municipality string, err error) {
	file, err := f.app.readObject("face information", layout.FaceInfo, 7, public)
	if err != nil {
		return key, "", err
	}
	return files.ParseFaceInfo(file)
}

// proveKey has the card sign a fresh nonce with its own key.
func (f *Face) proveKey(pub *rsa.PublicKey) error {
	nonce := make([]byte, 32)
	if _, err := rand.Read(nonce); err != nil {
		return fmt.Errorf("reader: drawing a nonce: %w", err)
	}
	sig, err := f.app.signature("prove the card's key", 0x03, 0x00, nonce)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(nonce)
	if rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], sig) != nil {
		return ErrCopy
	}
	return nil
}
