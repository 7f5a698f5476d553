package production

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"

	"golang.org/x/sync/errgroup"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/internal/agency/cards"
	"kado/internal/agency/production/cardface"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/vault"
	"kado/mynumber"
	"kado/reader/files"
)

// contents is everything on a card that speaks of its holder, ready to be
// written.
type contents struct {
	text, textSignature, number []byte
	face, faceBirth, faceNumber []byte
	textCardKey                 []byte // at production
	chipPhoto                   [32]byte
	a, b, birth                 mynumber.Secret
	signers                     signers
}

// gather collects the holder's data for a rewrite: the number from the vault, attributes as
// the register has them now, and the order's photo.
func (o *Office) gather(ctx context.Context, by journal.Actor, c cards.Card, person registry.Person, photo []byte, cardKey *rsa.PublicKey) (contents, error) {
	number, err := o.Numbers.Read(ctx, nil, c.Person, vault.CardRewrite, by)
	if err != nil {
		return contents{}, err
	}
	return o.contents(ctx, c, person, photo, cardKey, nil, number)
}

// numbers are what the vault says of a card's holder.
type numbers struct {
	number mynumber.IndividualNumber
	code   mynumber.ResidentCode
}

// numbers reads both in one transaction; either reading is journalled.
func (o *Office) numbers(ctx context.Context, by journal.Actor, person string) (n numbers, err error) {
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		if n.number, err = o.Numbers.Read(ctx, tx, person, vault.CardProduction, by); err != nil {
			return err
		}
		n.code, err = o.Numbers.ReadResidentCode(ctx, tx, person, vault.CardProduction, by)
		return err
	})
	return n, err
}

// contents makes what gather returns. The signatures, which take most of the time,
// are made side by side. textKey is the card's key in the text application, signed
// only where it is given.
func (o *Office) contents(ctx context.Context, c cards.Card, person registry.Person, photo []byte, cardKey, textKey *rsa.PublicKey, number mynumber.IndividualNumber) (contents, error) {
	var out contents
	var err error
	if out.signers, err = o.signers(ctx, c.Municipality); err != nil {
		return out, err
	}
	images, err := cardface.ChipImages(cardface.Face{
		Name: person.Attributes.Name, Alias: person.Alias, Address: person.Attributes.Address, BirthDate: person.Attributes.BirthDate,
		Residence: person.Residence, Sex: person.Attributes.Sex, Expiry: c.ExpiresOn, SecurityCode: c.SecurityCode.Reveal(),
		Number: number,
	})
	if err != nil {
		return out, err
	}
	if images.Photo, err = o.photos.chip(photo); err != nil {
		return out, err
	}
	out.chipPhoto = sha256.Sum256(images.Photo)
	out.number = files.Number(number)
	if out.text, err = files.Attributes(person.Attributes); err != nil {
		return out, err
	}
	var signing errgroup.Group
	sign := func(to *[]byte, f func() ([]byte, error)) {
		signing.Go(func() (err error) {
			*to, err = f()
			return err
		})
	}
	sign(&out.textSignature, func() ([]byte, error) { return files.TextSignature(out.number, out.text, out.signers.text) })
	sign(&out.faceBirth, func() ([]byte, error) { return files.BirthDate(person.Attributes.BirthDate, cardKey, out.signers.face) })
	sign(&out.faceNumber, func() ([]byte, error) { return files.FaceNumber(images.Number, cardKey, out.signers.face) })
	sign(&out.face, func() ([]byte, error) {
		return files.FaceCard(files.CardFace{
			BirthDate: person.Attributes.BirthDate, Sex: person.Attributes.Sex, CardKey: cardKey, NameImage: images.Name,
			AddressImage: images.Address, Photo: images.Photo, Expiry: c.ExpiresOn, SecurityCodeImage: images.SecurityCode,
		}, out.signers.face)
	})
	if textKey != nil {
		sign(&out.textCardKey, func() ([]byte, error) { return files.TextCardKey(textKey, out.signers.text) })
	}
	if err := signing.Wait(); err != nil {
		return out, err
	}
	out.a = mynumber.VerificationA(number)
	if out.b, err = mynumber.VerificationB(person.Attributes.BirthDate, person.Japanese(), c.ExpiresOn, c.SecurityCode.Reveal()); err != nil {
		return out, err
	}
	digits, err := mynumber.PrintedBirthDigits(person.Attributes.BirthDate, person.Japanese())
	if err != nil {
		return out, err
	}
	out.birth = mynumber.NewSecret(digits)
	return out, nil
}

// whole is the script items that make a blank chip this person's card, without
// keys and certificates.
func whole(c cards.Card, g contents, code mynumber.ResidentCode) (cardmgmt.Script, error) {
	common, err := files.CommonData{Serial: string(c.ID), Municipality: string(c.Municipality), Expiry: c.ExpiresOn}.Encode()
	if err != nil {
		return nil, err
	}
	faceInfo, err := files.FaceInfo(g.signers.faceKey, g.signers.own, string(c.Municipality))
	if err != nil {
		return nil, err
	}
	file := func(a layout.Application, f layout.FileID, content []byte) cardmgmt.Item {
		return cardmgmt.WriteFile{Application: a, File: f, Content: content}
	}
	own := g.signers.own[:]
	return cardmgmt.Script{
		file(layout.Master, layout.IssuerID, own),
		file(layout.Master, layout.MunicipalityCode, []byte(c.Municipality)),
		file(layout.Master, layout.ExpiryDate, []byte(c.ExpiresOn.Compact())),
		file(layout.Master, layout.IntermediateID, g.signers.master.intermediate[:]),
		file(layout.Master, layout.IntermediateCVC, g.signers.master.intermediateCVC),
		file(layout.Master, layout.LowerCVC, g.signers.master.lowerCVC),
		file(layout.Common, layout.CommonData, common),
		file(layout.Common, layout.CommonKeyReference, own),
		file(layout.Register, layout.RegisterKeyReference, own),
		file(layout.Register, layout.ResidentCode, files.ResidentCode(code)),
		file(layout.Text, layout.TextNumber, g.number),
		file(layout.Text, layout.TextAttributes, g.text),
		file(layout.Text, layout.TextSignature, g.textSignature),
		file(layout.Text, layout.TextCVC, g.signers.text.CVC),
		file(layout.Text, layout.TextInfo, files.TextInfo(g.signers.textKey)),
		file(layout.Text, layout.TextCardKey, g.textCardKey),
		file(layout.Face, layout.FaceBirthDate, g.faceBirth),
		file(layout.Face, layout.FaceCard, g.face),
		file(layout.Face, layout.FaceInfo, faceInfo),
		file(layout.Face, layout.FaceCVC, g.signers.face.CVC),
		file(layout.Face, layout.FaceNumber, g.faceNumber),
		file(layout.JPKI, layout.JPKIToken, files.Token(files.TokenCard, string(c.ID))),
		reference(layout.Text, layout.TextA, g.a),
		reference(layout.Text, layout.TextB, g.b),
		reference(layout.Face, layout.FaceA, g.a),
		reference(layout.Face, layout.FaceB, g.b),
		reference(layout.Face, layout.FaceBirthPIN, g.birth),
	}, nil
}

// reference loads a verification number or the birth-date key, with the tries of
//
func reference(a layout.Application, r layout.Reference, v mynumber.Secret) cardmgmt.Item {
	return cardmgmt.LoadReference{Application: a, Reference: r, Tries: mynumber.VerificationTries, Value: []byte(v.Reveal())}
}

// Rewrite implements IssuerKeys. A birth date or sex that the register corrected
// changes what opens the card, too: verification number B and the birth-date key.
// They are loaded only then, since loading them fills their tries.
func (o *Office) Rewrite(ctx context.Context, by journal.Actor, id mynumber.CardID, _ string) ([]byte, error) {
	c, err := o.Cards.Card(ctx, id)
	if err != nil {
		return nil, err
	}
	var r row
	err = o.DB.View(ctx, func(tx *db.Tx) error {
		var found bool
		if r, found, err = ofCard(ctx, tx, id); err == nil && !found {
			err = NoSuchOrder.New()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	person, err := o.Register.Person(ctx, c.Person)
	if err != nil {
		return nil, err
	}
	photo, err := o.photo(ctx, r)
	if err != nil {
		return nil, err
	}
	pub, err := cardKeyOf(c)
	if err != nil {
		return nil, err
	}
	g, err := o.gather(ctx, by, c, person, photo, pub)
	if err != nil {
		return nil, err
	}
	script := cardmgmt.Script{
		cardmgmt.WriteFile{Application: layout.Text, File: layout.TextAttributes, Content: g.text},
		cardmgmt.WriteFile{Application: layout.Text, File: layout.TextSignature, Content: g.textSignature},
		cardmgmt.WriteFile{Application: layout.Face, File: layout.FaceCard, Content: g.face},
	}
	if digestOf(g.faceBirth) != r.digests[fileName(layout.Face, layout.FaceBirthDate)] {
		script = append(script, cardmgmt.WriteFile{Application: layout.Face, File: layout.FaceBirthDate, Content: g.faceBirth},
			reference(layout.Text, layout.TextB, g.b), reference(layout.Face, layout.FaceB, g.b), reference(layout.Face, layout.FaceBirthPIN, g.birth))
	}
	return script.Encode()
}

// cardKeyOf returns the card's own public key.
func cardKeyOf(c cards.Card) (*rsa.PublicKey, error) {
	key, err := x509.ParsePKIXPublicKey(c.CardKey)
	if err != nil {
		return nil, fmt.Errorf("production: key of card %s: %w", c.ID, err)
	}
	pub, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("production: key of card %s is no RSA key", c.ID)
	}
	return pub, nil
}
