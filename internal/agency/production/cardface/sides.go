package cardface

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	xdraw "golang.org/x/image/draw"

	"kado/mynumber"
)

// PictureWidth and PictureHeight are the size of the pictures of the two sides
// in pixels, in the proportion of an ID-1 card.
const PictureWidth, PictureHeight = 640, 404

// Face is what is printed on a card (PRD-15 to PRD-20).
type Face struct {
	Name         string // family name, U+3000, given name
	Alias        string // 通名 of a foreign resident, else "" (PRD-20)
	Address      string
	BirthDate    mynumber.Date
	Residence    mynumber.Residence // decides the calendar of the birth date (PRD-19)
	Sex          mynumber.Sex
	Expiry       mynumber.Date
	SecurityCode string                    // four digits (PRD-16)
	Photo        []byte                    // JPEG; nil on a card without photo
	Number       mynumber.IndividualNumber // back only (PRD-18)
	Notes        []string                  // lines of the note field, oldest first (PRD-17)
}

// Images are the pictures kept inside the chip.
type Images struct {
	Name, Address, Number, SecurityCode []byte // greyscale PNG, one bit a pixel
	Photo                               []byte // JP2; nil on a card without photo
}

// ChipImages draws all images for the chip. An alias stands in brackets after
// the name (PRD-20). Errors wrap ErrText, ErrDigits or ErrPhoto.
func ChipImages(f Face) (Images, error) {
	var out Images
	var err error
	if out.Name, err = NamePNG(f.nameAndAlias()); err != nil {
		return Images{}, err
	}
	if out.Address, err = AddressPNG(f.Address); err != nil {
		return Images{}, err
	}
	if out.Number, err = NumberPNG(f.Number); err != nil {
		return Images{}, err
	}
	if out.SecurityCode, err = SecurityCodePNG(f.SecurityCode); err != nil {
		return Images{}, err
	}
	if f.Photo != nil {
		if out.Photo, err = PhotoJP2(f.Photo); err != nil {
			return Images{}, err
		}
	}
	return out, nil
}

func (f Face) nameAndAlias() string {
	if f.Alias == "" {
		return f.Name
	}
	return f.Name + "（" + f.Alias + "）"
}

// Front draws the front as PNG. Errors wrap ErrText, ErrDigits, ErrDate or
// ErrPhoto.
func Front(f Face) ([]byte, error) {
	if err := f.checkFront(); err != nil {
		return nil, err
	}
	c := newCanvas()
	c.heading("個人番号カード", "Individual Number Card")
	if err := c.portrait(f.Photo, image.Rect(28, 76, 192, 287)); err != nil {
		return nil, err
	}

	c.label("氏名", 214, 72)
	nameBox := image.Rect(214, 84, 612, 122)
	if f.Alias != "" {
		nameBox.Max.Y = 108
		if !c.fitted("（通称）"+f.Alias, image.Rect(214, 107, 612, 124), inkColour, 15, 13, 11, 9, 8, 7) {
			return nil, textError("alias", "does not fit the card")
		}
	}
	if !c.fitted(f.Name, nameBox, inkColour, 30, 26, 22, 18, 15, 13, 11, 9, 8, 7) {
		return nil, textError("name", "does not fit the card")
	}
	c.label("住所", 214, 127)
	if !c.fitted(f.Address, image.Rect(214, 138, 612, 180), inkColour, 20, 18, 16, 14, 12, 10, 9, 8, 7) {
		return nil, textError("address", "does not fit the card")
	}
	c.label("生年月日", 214, 186)
	c.text(mynumber.PrintedBirth(f.BirthDate, f.Residence == mynumber.Japanese)+"生", 19, 214, 198, inkColour)
	c.label("性別", 452, 186)
	c.text(sexOnCard(f.Sex), 19, 452, 198, inkColour)
	c.label("有効期限", 214, 224)
	c.text(fmt.Sprintf("%d年%d月%d日まで有効", f.Expiry.Year, f.Expiry.Month, f.Expiry.Day), 19, 214, 236, inkColour)
	c.label("電子証明書の有効期限", 452, 224)
	c.text("　　　年　　月　　日", 13, 452, 240, labelColour)

	c.notes(f.Notes, image.Rect(214, 266, 612, 334))

	c.label("セキュリティコード", 28, 297)
	c.text(f.SecurityCode, 24, 28, 309, inkColour)

	donation := image.Rect(28, 343, 612, 387)
	c.box(donation, 4, panelColour)
	c.frame(donation, ruleColour)
	c.text("臓器提供意思表示欄", 12, 36, 348, titleColour)
	c.text("□ 提供します　□ 心臓が停止した後に限り提供します　□ 提供しません", 12, 168, 348, inkColour)
	c.text("署名年月日　　　　年　　月　　日　　　　本人署名", 12, 168, 367, labelColour)

	return c.finish()
}

// Back draws the back as PNG. Errors wrap ErrText, ErrDigits or ErrDate.
func Back(f Face) ([]byte, error) {
	if err := f.checkBack(); err != nil {
		return nil, err
	}
	c := newCanvas()
	c.heading("個人番号カード 裏面", "Reverse side")
	c.contacts(image.Rect(56, 138, 152, 212))

	digits := f.Number.Reveal()
	c.label("個人番号", 214, 92)
	c.text(digits[:4]+" "+digits[4:8]+" "+digits[8:], 40, 214, 106, inkColour)
	c.label("氏名", 214, 170)
	if !c.fitted(f.nameAndAlias(), image.Rect(214, 183, 612, 219), inkColour, 26, 22, 18, 15, 13, 11, 9, 8, 7) {
		return nil, textError("name", "does not fit the card")
	}
	c.label("生年月日", 214, 232)
	c.text(mynumber.PrintedBirth(f.BirthDate, f.Residence == mynumber.Japanese)+"生", 20, 214, 245, inkColour)

	note := image.Rect(28, 314, 612, 380)
	c.box(note, 4, panelColour)
	c.frame(note, ruleColour)
	c.text("個人番号の書き写しやコピーは、法律で認められた手続きに限られます。", 14, 44, 325, inkColour)
	c.text("紛失したときは、すぐに一時利用停止の窓口へご連絡ください。", 14, 44, 349, inkColour)

	return c.finish()
}

func (f Face) checkFront() error {
	if err := f.checkPerson(); err != nil {
		return err
	}
	if err := checkText("address", f.Address, MaxAddress); err != nil {
		return err
	}
	if !f.Expiry.Valid() {
		return fmt.Errorf("%w: end of validity", ErrDate)
	}
	if !fourDigits(f.SecurityCode) {
		return ErrDigits
	}
	if len(f.Notes) > MaxNotes {
		return textError("note field", "is full")
	}
	for _, n := range f.Notes {
		if err := checkText("note", n, MaxNote); err != nil {
			return err
		}
	}
	return nil
}

func (f Face) checkBack() error {
	if f.Number.IsZero() {
		return ErrDigits
	}
	return f.checkPerson()
}

func (f Face) checkPerson() error {
	if err := checkText("name", f.Name, MaxName); err != nil {
		return err
	}
	if f.Alias != "" {
		if err := checkText("alias", f.Alias, MaxName); err != nil {
			return err
		}
	}
	if !f.BirthDate.Valid() {
		return fmt.Errorf("%w: birth date", ErrDate)
	}
	return nil
}

func sexOnCard(s mynumber.Sex) string {
	switch s {
	case mynumber.Male:
		return "男"
	case mynumber.Female:
		return "女"
	}
	return "－"
}

func (c canvas) heading(title, english string) {
	end := c.text(title, 26, 28, 22, titleColour)
	c.text(english, 13, end+14, 34, labelColour)
}

func (c canvas) label(s string, x, y int) { c.text(s, 11, x, y, labelColour) }

// portrait puts the photo into b, or says that the card has none.
func (c canvas) portrait(photo []byte, b image.Rectangle) error {
	if photo == nil {
		c.box(b, 2, panelColour)
		c.frame(b, ruleColour)
		c.text("写真なし", 20, b.Min.X+(b.Dx()-80)/2, b.Min.Y+b.Dy()/2-10, labelColour)
		return nil
	}
	img, err := decodePhoto(photo)
	if err != nil {
		return err
	}
	xdraw.CatmullRom.Scale(c.RGBA, b, img, portraitCut(img.Bounds()), draw.Src, nil)
	c.frame(b, ruleColour)
	return nil
}

// notes draws the signature panel with the lines of the note field.
func (c canvas) notes(lines []string, b image.Rectangle) {
	c.box(b, 4, panelColour)
	c.frame(b, ruleColour)
	if len(lines) == 0 {
		c.label("サインパネル（追記欄）", b.Min.X+7, b.Min.Y+5)
		return
	}
	pitch := min((b.Dy()-6)/len(lines), 20)
	// One size for all lines, the one that the longest of them needs.
	size := float64(min(pitch-1, 14))
	for _, line := range lines {
		p, ok := fit(line, b.Dx()-14, pitch, size, 13, 12, 11, 10, 9, 8, 7, 6)
		if !ok || len(p.lines) > 1 {
			size = min(size, 6)
			continue
		}
		size = min(size, p.pixels)
	}
	for i, line := range lines {
		c.text(line, size, b.Min.X+7, b.Min.Y+4+i*pitch, inkColour)
	}
}

// contacts draws a chip's contact plate, eight fields around a middle.
func (c canvas) contacts(b image.Rectangle) {
	gold, seam := color.NRGBA{0xd8, 0xb6, 0x5c, 0xff}, color.NRGBA{0x8a, 0x6d, 0x24, 0xff}
	c.box(b, 10, gold)
	third := b.Dx() / 3
	quarter := b.Dy() / 4
	for _, x := range []int{b.Min.X + third, b.Max.X - third} {
		c.line(float64(x), float64(b.Min.Y), float64(x), float64(b.Max.Y), 1.4, seam)
	}
	for n := 1; n < 4; n++ {
		y := float64(b.Min.Y + n*quarter)
		c.line(float64(b.Min.X), y, float64(b.Min.X+third), y, 1.4, seam)
		c.line(float64(b.Max.X-third), y, float64(b.Max.X), y, 1.4, seam)
	}
}

func (c canvas) finish() ([]byte, error) {
	c.specimen()
	var out bytes.Buffer
	if err := png.Encode(&out, c.cutOut()); err != nil {
		return nil, fmt.Errorf("cardface: %w", err)
	}
	return out.Bytes(), nil
}
