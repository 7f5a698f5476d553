package profiles

import (
	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/mynumber"
	"kado/reader/files"
)

// textRecords are the holder's attributes as text and the signature over them
// and the number.
func (w *work) textRecords(a mynumber.Attributes) (text, signature []byte, err error) {
	if text, err = files.Attributes(a); err != nil {
		return nil, nil, BadDescription.Because(err, "name, address")
	}
	signature, err = files.TextSignature(files.Number(w.card.Number), text, w.signers.text)
	return text, signature, err
}

// records are the files and references that speak of the holder.
func (w *work) records() (cardmgmt.Script, error) {
	d, s := w.d, w.signers
	text, textSignature, err := w.textRecords(d.attributes())
	if err != nil {
		return nil, err
	}
	own, err := w.ownKey(faceKey)
	if err != nil {
		return nil, err
	}
	textOwn, err := w.ownKey(textKey)
	if err != nil {
		return nil, err
	}
	textCardKey, err := files.TextCardKey(textOwn, s.text)
	if err != nil {
		return nil, err
	}
	birth, err := files.BirthDate(d.BirthDate, own, s.face)
	if err != nil {
		return nil, err
	}
	face, err := files.FaceCard(files.CardFace{BirthDate: d.BirthDate, Sex: mynumber.Sex(d.Sex), CardKey: own, NameImage: w.images.Name,
		AddressImage: w.images.Address, Photo: w.images.Photo, Expiry: d.ExpiresOn, SecurityCodeImage: w.images.SecurityCode}, s.face)
	if err != nil {
		return nil, err
	}
	number, err := files.FaceNumber(w.images.Number, own, s.face)
	if err != nil {
		return nil, err
	}
	info, err := files.FaceInfo(s.faceKey, s.own, string(d.Municipality))
	if err != nil {
		return nil, err
	}
	common, err := files.CommonData{Serial: w.serial, Municipality: string(d.Municipality), Expiry: d.ExpiresOn}.Encode()
	if err != nil {
		return nil, err
	}
	b, err := w.card.VerificationB()
	if err != nil {
		return nil, err
	}
	digits, err := mynumber.PrintedBirthDigits(d.BirthDate, d.japanese())
	if err != nil {
		return nil, err
	}
	a, birthKey := w.card.VerificationA(), mynumber.NewSecret(digits)

	file := func(app layout.Application, id layout.FileID, content []byte) cardmgmt.Item {
		return cardmgmt.WriteFile{Application: app, File: id, Content: content}
	}
	value := func(app layout.Application, ref layout.Reference, v mynumber.Secret, tries int) cardmgmt.Item {
		return cardmgmt.LoadReference{Application: app, Reference: ref, Tries: tries, Value: []byte(v.Reveal())}
	}
	reference := s.own[:]
	return cardmgmt.Script{
		file(layout.Master, layout.IssuerID, reference),
		file(layout.Master, layout.MunicipalityCode, []byte(d.Municipality)),
		file(layout.Master, layout.ExpiryDate, []byte(d.ExpiresOn.Compact())),
		file(layout.Master, layout.IntermediateID, s.intermediate[:]),
		file(layout.Master, layout.IntermediateCVC, s.intermediateCVC),
		file(layout.Master, layout.LowerCVC, s.lowerCVC),
		file(layout.Common, layout.CommonData, common),
		file(layout.Common, layout.CommonKeyReference, reference),
		file(layout.Register, layout.RegisterKeyReference, reference),
		file(layout.Register, layout.ResidentCode, files.ResidentCode(w.code)),
		file(layout.Text, layout.TextNumber, files.Number(w.card.Number)),
		file(layout.Text, layout.TextAttributes, text),
		file(layout.Text, layout.TextSignature, textSignature),
		file(layout.Text, layout.TextCVC, s.text.CVC),
		file(layout.Text, layout.TextInfo, files.TextInfo(s.textKey)),
		file(layout.Text, layout.TextCardKey, textCardKey),
		file(layout.Face, layout.FaceBirthDate, birth),
		file(layout.Face, layout.FaceCard, face),
		file(layout.Face, layout.FaceInfo, info),
		file(layout.Face, layout.FaceCVC, s.face.CVC),
		file(layout.Face, layout.FaceNumber, number),
		file(layout.JPKI, layout.JPKIToken, files.Token(d.Token, w.serial)),
		value(layout.Text, layout.TextA, a, mynumber.VerificationTries),
		value(layout.Text, layout.TextB, b, mynumber.VerificationTries),
		value(layout.Face, layout.FaceA, a, mynumber.VerificationTries),
		value(layout.Face, layout.FaceB, b, mynumber.VerificationTries),
		value(layout.Face, layout.FaceBirthPIN, birthKey, mynumber.BirthKeyTries),
	}, nil
}
