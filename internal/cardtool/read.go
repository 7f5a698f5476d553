package cardtool

import (
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"kado/cardmgmt/layout"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

// Ground is a legal ground for reading the Individual Number or the resident
// record code. The list is closed (CHP-39, CHP-20).
type Ground string

// The grounds.
const (
	GroundHolder       Ground = "holder"       // holders looking at their own card
	GroundTax          Ground = "tax"          // tax and payment records, Number Use Act Article 9
	GroundSocial       Ground = "social"       // social insurance and welfare, Number Use Act Article 9
	GroundDisaster     Ground = "disaster"     // disaster measures, Number Use Act Article 9
	GroundMunicipality Ground = "municipality" // work of a municipality on card and register
)

// Grounds lists them.
func Grounds() []Ground {
	return []Ground{GroundHolder, GroundTax, GroundSocial, GroundDisaster, GroundMunicipality}
}

// ReadOptions say what is to be read and how far it may be shown.
type ReadOptions struct {
	// Secrets has every PIN and number asked for that opens something; an empty
	// line passes one over.
	Secrets bool
	Prompt  Prompt
	Careful
	// Ground permits to read the number and the resident record code; without
	// one they are not read at all.
	Ground Ground
	// ShowNumber shows both in clear.
	ShowNumber bool
	// Roots are the keys up to which the card's records are checked.
	Roots []*rsa.PublicKey
	Trust Trust
	At    time.Time
}

// Report is what is on a card.
type Report struct {
	Source       string           `json:"source"`
	Physical     bool             `json:"physical"`
	ATR          string           `json:"atr,omitempty"`
	Ground       Ground           `json:"ground,omitempty"`
	Token        string           `json:"token,omitempty"`
	Serial       string           `json:"serial,omitempty"`
	Municipality string           `json:"municipality,omitempty"`
	Expires      string           `json:"expires,omitempty"`
	Has          *Has             `json:"has,omitempty"`
	Tries        []Counter        `json:"tries"`
	Certificates []Certificate    `json:"certificates"`
	Attributes   *AttributeRecord `json:"attributes,omitempty"`
	Number       *Secluded        `json:"individual_number,omitempty"`
	ResidentCode *Secluded        `json:"resident_record_code,omitempty"`
	Face         *FaceRecord      `json:"card_face,omitempty"`
	Unread       []Unread         `json:"not_read"`
}

// Has says which certificates the card has.
type Has struct {
	Signature      bool `json:"signature_certificate"`
	Authentication bool `json:"authentication_certificate"`
}

// AttributeRecord is the four basic attributes with the check of their record.
type AttributeRecord struct {
	Name      string `json:"name,omitempty"`
	Address   string `json:"address,omitempty"`
	BirthDate string `json:"birth_date,omitempty"`
	Sex       string `json:"sex,omitempty"`
	Check     Check  `json:"record"`
}

// Secluded is a number that is shown only when asked for.
type Secluded struct {
	Value string `json:"value"`
	Check Check  `json:"record"`
}

// FaceRecord is what the card face application shows.
type FaceRecord struct {
	BirthDate string  `json:"birth_date,omitempty"`
	Sex       string  `json:"sex,omitempty"`
	Expires   string  `json:"expires,omitempty"` // not signed on any card
	Images    []Image `json:"images,omitempty"`
	Check     Check   `json:"record"`
}

// Image is one image of the card face.
type Image struct {
	Name  string `json:"name"` // file name: "name.png"
	Bytes int    `json:"bytes"`
	// Signed tells whether the record's signature covers it.
	Signed  bool   `json:"signed"`
	Content []byte `json:"-"`
}

// Unread is what was not read, and why.
type Unread struct {
	Part string    `json:"part"`
	Why  lang.Text `json:"-"`
	Text string    `json:"why"` // in English
}

var (
	whyNotAsked = lang.Text{JA: "--secrets を付けていないため", EN: "needs a PIN or number: --secrets was not given"}
	whySkipped  = lang.Text{JA: "入力がなかったため", EN: "nothing was entered"}
	whyGround   = lang.Text{JA: "根拠（--ground）が示されていないため", EN: "no legal ground was declared (--ground)"}
	whyMissing  = lang.Text{JA: "カードにないため", EN: "not on this card"}
)

func (r *Report) skip(part string, why lang.Text) {
	r.Unread = append(r.Unread, Unread{part, why, why.EN})
}

// refused notes a part that could not be read because of err, and passes on
// what ends the whole command.
func (r *Report) refused(part string, err error) error {
	for _, k := range []*fault.Kind{Blocked, NotInOperation, NotThisCard, NoCertificate, NoReference} {
		if k.Is(err) {
			f := fault.Of(err)
			ja, _, _ := f.In(lang.JA)
			en, _, _ := f.In(lang.EN)
			r.skip(part, lang.Text{JA: ja, EN: en})
			return nil
		}
	}
	return err
}

// Read reads what the secrets given permit. Records whose signature does not
// lead to a given root are not shown; the report says so and the error is
// Forged, or BrokenChain where only a certificate's chain fails. Other errors end the reading; the report then holds what was read
// before.
func (t *Tool) Read(o ReadOptions) (*Report, error) {
	if o.ShowNumber && o.Ground == "" {
		return nil, NoGround.New()
	}
	r := &Report{Source: t.source.Name, Physical: t.source.Physical, ATR: strings.ToUpper(hex.EncodeToString(t.source.ATR)), Ground: o.Ground,
		Tries: []Counter{}, Certificates: []Certificate{}, Unread: []Unread{}}
	for _, part := range []func(*Report, ReadOptions) error{t.readFree, t.readJPKI, t.readText, t.readFace, t.readRegister} {
		if err := part(r, o); err != nil {
			return r, err
		}
	}
	for _, c := range []*Check{checkOf(r.Attributes), numberCheck(r.Number), faceCheck(r.Face)} {
		if c != nil && c.State == Fails {
			return r, Forged.New()
		}
	}
	return r, Broken(r.Certificates...)
}

func checkOf(a *AttributeRecord) *Check {
	if a == nil {
		return nil
	}
	return &a.Check
}

func numberCheck(n *Secluded) *Check {
	if n == nil {
		return nil
	}
	return &n.Check
}

func faceCheck(f *FaceRecord) *Check {
	if f == nil {
		return nil
	}
	return &f.Check
}

// common reads the free common data.
func (t *Tool) common() (files.CommonData, error) {
	c, err := t.card.Common()
	if err != nil {
		return files.CommonData{}, t.refusal(err)
	}
	d, err := c.Data()
	if err != nil {
		return files.CommonData{}, t.refusal(err)
	}
	return d, nil
}

// readFree reads what anybody may read, and the try counters.
func (t *Tool) readFree(r *Report, _ ReadOptions) error {
	tries, err := t.Status()
	if err != nil {
		return err
	}
	r.Tries = tries
	if d, err := t.common(); err == nil {
		r.Serial, r.Municipality, r.Expires = d.Serial, d.Municipality, d.Expiry.String()
	} else if err := r.refused("common data", err); err != nil {
		return err
	}
	j, err := t.card.JPKI()
	if err != nil {
		return r.refused("token information", t.refusal(err))
	}
	if r.Token, err = j.Token(); err != nil {
		if err := r.refused("token information", t.refusal(err)); err != nil {
			return err
		}
	}
	p, err := j.Presence()
	if err != nil {
		return r.refused("certificate presence", t.refusal(err))
	}
	r.Has = &Has{p.Signature, p.Authentication}
	return nil
}

func (t *Tool) readJPKI(r *Report, o ReadOptions) error {
	if r.Has == nil {
		return nil
	}
	if r.Has.Authentication {
		c, err := t.Certificate(reader.AuthenticationKey, o.Trust, o.At)
		if err != nil {
			return err
		}
		r.Certificates = append(r.Certificates, c)
	} else {
		r.skip("authentication certificate", whyMissing)
	}
	if !r.Has.Signature {
		r.skip("signature certificate", whyMissing)
		return nil
	}
	if open, err := t.open(r, o, "signature certificate", "signature"); !open || err != nil {
		return err
	}
	c, err := t.Certificate(reader.SignatureKey, o.Trust, o.At)
	if err != nil {
		return err
	}
	r.Certificates = append(r.Certificates, c)
	return nil
}

// open asks for a secret that opens a part; without one the part is noted as
// not read.
func (t *Tool) open(r *Report, o ReadOptions, part, id string) (bool, error) {
	if !o.Secrets {
		r.skip(part, whyNotAsked)
		return false, nil
	}
	skipped, err := t.verify(o.Prompt, reference(id), o.Careful, true)
	if err != nil {
		return false, r.refused(part, err)
	}
	if skipped {
		r.skip(part, whySkipped)
	}
	return !skipped, nil
}

// root chooses the root that certified the card's issuing key. Where none did,
// the first is taken, so that the check fails.
func (t *Tool) root(roots []*rsa.PublicKey, cvcFile layout.FileID) (*rsa.PublicKey, error) {
	if len(roots) == 0 {
		return nil, nil
	}
	b, err := t.file("issuer certificate", cvcFile)
	if err != nil {
		return nil, err
	}
	cvc, err := iso7816.ParseCVC(b)
	if err != nil {
		return roots[0], nil
	}
	for _, root := range roots {
		if cvc.Verify(root) == nil {
			return root, nil
		}
	}
	return roots[0], nil
}

// file reads a whole file of the selected application, unchecked.
func (t *Tool) file(what string, id layout.FileID) ([]byte, error) {
	if err := t.selectFile("select "+what, uint16(id)); err != nil {
		return nil, t.refusal(err)
	}
	var out []byte
	for len(out) < 1<<15 {
		r, err := t.send("read "+what, iso7816.Command{INS: 0xB0, P1: byte(len(out) >> 8), P2: byte(len(out)), Le: iso7816.MaxShortLe})
		switch {
		case err != nil:
			return nil, t.refusal(err)
		case r.SW == iso7816.WrongOffset && len(out) > 0:
			return out, nil
		case !r.SW.OK() && r.SW != iso7816.EndOfFile:
			return nil, t.refusal(&reader.StatusError{SW: r.SW, Operation: "read " + what})
		}
		out = append(out, r.Data...)
		if len(r.Data) < iso7816.MaxShortLe {
			break
		}
	}
	return out, nil
}

var (
	noRoot      = lang.Text{JA: "根の鍵（--root）が渡されていません", EN: "no root key was given (--root)"}
	certified   = lang.Text{JA: "渡された根の鍵が認める、カードの中の発行者の鍵による署名", EN: "signed by the issuing key in the card, which the given root certifies"}
	notIssuers  = lang.Text{JA: "署名が渡された根の鍵まで続きません", EN: "the signature does not lead to the given root"}
	badRecord   = lang.Text{JA: "記録の形が正しくありません", EN: "malformed record"}
	copied      = lang.Text{JA: "記録の鍵がこのカードにありません。写されたものです", EN: "the card does not hold the key of its record: it was copied"}
	neverSigned = lang.Text{JA: "これに対する署名はカードにありません", EN: "the card has no signature over it"}
)

// record is the check of a record whose reading ended with err.
func (t *Tool) record(root *rsa.PublicKey, err error) (Check, error) {
	c := Check{Name: "record"}
	switch {
	case err == nil && root == nil:
		c.ends(NotChecked, noRoot)
	case err == nil:
		c.State = Holds
		c.rests(certified)
	case errors.Is(err, files.ErrSignature):
		c.ends(Fails, notIssuers)
	case errors.Is(err, files.ErrMalformed):
		c.ends(Fails, badRecord)
	case errors.Is(err, reader.ErrCopy):
		c.ends(Fails, copied)
	default:
		return c, t.refusal(err)
	}
	return c, nil
}

func (t *Tool) readText(r *Report, o ReadOptions) error {
	if o.Ground == "" {
		r.skip("individual number", whyGround)
	}
	open, err := t.open(r, o, "attributes", "text")
	if !open || err != nil {
		return err
	}
	text, err := t.card.Text()
	if err != nil {
		return t.refusal(err)
	}
	root, err := t.root(o.Roots, layout.TextCVC)
	if err != nil {
		return err
	}
	var a mynumber.Attributes
	if root != nil {
		a, err = text.Attributes(root)
	} else {
		var b []byte
		if b, err = t.file("attributes", layout.TextAttributes); err == nil {
			a, err = files.ParseAttributes(b)
		}
	}
	check, err := t.record(root, err)
	if err != nil {
		return err
	}
	r.Attributes = &AttributeRecord{Check: check}
	if check.State != Fails {
		r.Attributes = &AttributeRecord{a.Name, a.Address, a.BirthDate.String(), sexText(a.Sex), check}
	}
	if o.Ground == "" {
		return nil
	}
	var n mynumber.IndividualNumber
	if root != nil {
		n, err = text.Number(root)
	} else {
		var b []byte
		if b, err = t.file("number", layout.TextNumber); err == nil {
			n, err = files.ParseNumber(b)
		}
	}
	if check, err = t.record(root, err); err != nil {
		return err
	}
	r.Number = &Secluded{Check: check}
	if check.State != Fails {
		r.Number.Value = n.String()
		if o.ShowNumber {
			r.Number.Value = n.Reveal()
		}
	}
	return nil
}

// readFace reads the card face after number B; with a ground after A, which
// opens the image of the number too.
func (t *Tool) readFace(r *Report, o ReadOptions) error {
	id := "b"
	if o.Ground != "" {
		id = "a"
	}
	open, err := t.open(r, o, "card face", id)
	if !open || err != nil {
		return err
	}
	client, err := t.card.Face()
	if err != nil {
		return t.refusal(err)
	}
	root, err := t.root(o.Roots, layout.FaceCVC)
	if err != nil {
		return err
	}
	var face *files.CardFace
	if root != nil {
		face, err = client.Card(root)
	} else {
		var b []byte
		if b, err = t.file("card face", layout.FaceCard); err == nil {
			face, err = uncheckedFace(b)
		}
	}
	check, err := t.record(root, err)
	if err != nil {
		return err
	}
	r.Face = &FaceRecord{Check: check}
	if check.State == Fails {
		return nil
	}
	r.Face.BirthDate, r.Face.Sex, r.Face.Expires = face.BirthDate.String(), sexText(face.Sex), face.Expiry.String()
	r.Face.add("name", face.NameImage, true)
	r.Face.add("address", face.AddressImage, true)
	r.Face.add("photo", face.Photo, true)
	r.Face.add("security-code", face.SecurityCodeImage, false)
	if o.Ground == "" {
		return nil
	}
	var image []byte
	if root != nil {
		image, err = client.NumberImage(root)
	} else {
		var b []byte
		if b, err = t.file("number image", layout.FaceNumber); err == nil {
			image, err = uncheckedNumberImage(b)
		}
	}
	if check, err = t.record(root, err); err != nil {
		return err
	}
	if check.State == Fails {
		r.Face.Check = check
		return nil
	}
	r.Face.add("number", image, true)
	return nil
}

func (f *FaceRecord) add(name string, content []byte, signed bool) {
	if len(content) == 0 {
		return // a card without photo
	}
	f.Images = append(f.Images, Image{name + extension(content), len(content), signed, content})
}

// extension tells the two formats on the card apart.
func extension(b []byte) string {
	switch {
	case strings.HasPrefix(string(b), "\x89PNG\r\n\x1a\n"):
		return ".png"
	case strings.HasPrefix(string(b), "\x00\x00\x00\x0cjP  \r\n\x87\n"):
		return ".jp2"
	}
	return ".bin"
}

// uncheckedFace takes the card face apart without a key to check it with.
func uncheckedFace(file []byte) (*files.CardFace, error) {
	v, err := iso7816.ReadTemplate(file, 0xFF20)
	if err != nil {
		return nil, files.ErrMalformed
	}
	seq, err := iso7816.ReadSequence(v, 0xDF21, 0xDF22, 0xDF23, 0xDF24, 0xDF25, 0xDF26, 0xDF27, 0xDF28, 0xDF29, 0xDF2A)
	if err != nil {
		return nil, files.ErrMalformed
	}
	birth, err1 := mynumber.ParseCompact(string(seq[1].Value))
	expiry, err2 := mynumber.ParseCompact(string(seq[8].Value))
	if err1 != nil || err2 != nil || len(seq[2].Value) != 1 || !mynumber.Sex(seq[2].Value[0]).Valid() {
		return nil, files.ErrMalformed
	}
	return &files.CardFace{BirthDate: birth, Sex: mynumber.Sex(seq[2].Value[0]), NameImage: seq[4].Value, AddressImage: seq[5].Value,
		Photo: seq[6].Value, Expiry: expiry, SecurityCodeImage: seq[9].Value}, nil
}

func uncheckedNumberImage(file []byte) ([]byte, error) {
	v, err := iso7816.ReadTemplate(file, 0xFF40)
	if err != nil {
		return nil, files.ErrMalformed
	}
	seq, err := iso7816.ReadSequence(v, 0xDF41, 0xDF42, 0xDF43)
	if err != nil {
		return nil, files.ErrMalformed
	}
	return seq[0].Value, nil
}

func (t *Tool) readRegister(r *Report, o ReadOptions) error {
	if o.Ground == "" {
		r.skip("resident record code", whyGround)
		return nil
	}
	open, err := t.open(r, o, "resident record code", "register")
	if !open || err != nil {
		return err
	}
	register, err := t.card.Register()
	if err != nil {
		return t.refusal(err)
	}
	code, err := register.ResidentCode()
	if errors.Is(err, reader.ErrNotFound) {
		r.skip("resident record code", whyMissing)
		return nil
	}
	if errors.Is(err, files.ErrMalformed) {
		r.ResidentCode = &Secluded{Check: Check{Name: "record"}}
		r.ResidentCode.Check.ends(Fails, badRecord)
		return nil
	}
	if err != nil {
		return t.refusal(err)
	}
	r.ResidentCode = &Secluded{code.String(), Check{Name: "record"}}
	r.ResidentCode.Check.ends(NotChecked, neverSigned)
	if o.ShowNumber {
		r.ResidentCode.Value = code.Reveal()
	}
	return nil
}
