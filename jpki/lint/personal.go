package lint

import (
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// otherName is one entry of a subjectAltName, cut as far as it goes.
type otherName struct {
	general cbasn1.Tag
	id      string
	tag     cbasn1.Tag // of the string
	value   string
	wellSet bool // [0] EXPLICIT with one string and nothing behind
}

// Numbers of the personal data under their arc (chapter 9.3).
const (
	numberName       = "1"
	numberNameMap    = "2"
	numberSex        = "3"
	numberBirthDate  = "4"
	numberAddress    = "5"
	numberAddressMap = "6"
)

// personal returns the entries of the subjectAltName. Most rules for holders ask.
func (c *Certificate) personal() []otherName {
	if !c.asked {
		c.others, c.asked = c.readPersonal(), true
	}
	return c.others
}

func (c *Certificate) readPersonal() []otherName {
	x, ok := c.Extension(idSubjectAltName)
	input := cryptobyte.String(x.Value)
	var list cryptobyte.String
	if !ok || !input.ReadASN1(&list, cbasn1.SEQUENCE) || !input.Empty() {
		return nil
	}
	var out []otherName
	for !list.Empty() {
		var item, wrapped, text cryptobyte.String
		var o otherName
		if !list.ReadAnyASN1(&item, &o.general) {
			return nil
		}
		o.id, ok = readOID(&item)
		o.wellSet = ok && item.ReadASN1(&wrapped, explicitTag(0)) && item.Empty() &&
			wrapped.ReadAnyASN1(&text, &o.tag) && wrapped.Empty()
		o.value = string(text)
		out = append(out, o)
	}
	return out
}

// personalValue returns the value of one kind of personal data.
func (c *Certificate) personalValue(number string) string {
	for _, o := range c.personal() {
		if o.id == idPersonalArc+number {
			return o.value
		}
	}
	return ""
}
