package forgery

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"strings"

	"kado/jpki/cms"
)

// Numbers of the objects that a crafted signature adds.
const (
	Signature = 100
	Field     = 101
)

// Craft is a signature written by a hand that knows what the product would never
// write; its value is right for the octets that ByteRange names.
type Craft struct {
	// Dict is the signature dictionary. In it and in Objects, @RANGE@ and @VALUE@
	// stand for ByteRange's array and for the string of Contents.
	Dict string
	// FieldBody is the field's dictionary.
	FieldBody string
	// Objects are more objects of the same revision; those of the catalog and of
	// page 1 replace the usual ones.
	Objects Objects
	// Ranges says what ByteRange holds, from the hole's first octet, the octet
	// behind it, and the length of the file.
	Ranges func(hole, behind, end int) []int
	// Value makes what stands in the hole out of the content; nil means CMS.
	Value func(content []byte) ([]byte, error)
	// Padding is written behind the value, inside the hole.
	Padding []byte
	// After changes the finished file; hole is the first octet of the string.
	After func(file []byte, hole int) []byte
	// Behind is an update that is appended before the value is made.
	Behind *Update
	// Bare leaves out everything but Objects.
	Bare bool
}

const (
	rangeWidth   = 60
	room         = 8192 // octets of DER in a crafted hole
	usualDict    = "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange @RANGE@ /Contents @VALUE@>>"
	usualField   = "<</Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /V 100 0 R /F 132 /Rect [0 0 0 0] /P 3 0 R>>"
	usualCatalog = "<</Type /Catalog /Pages 2 0 R /Lang (ja-JP) /AcroForm <</Fields [101 0 R] /SigFlags 3>>>>"
	usualPage    = "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources <</Font <</F1 5 0 R>>>> /Contents 4 0 R /Annots [101 0 R]>>"
)

// Craft appends the signature to a file of the objects of Plain.
func (k Kit) Craft(file []byte, c Craft) ([]byte, error) {
	if c.Dict == "" {
		c.Dict = usualDict
	}
	if c.FieldBody == "" {
		c.FieldBody = usualField
	}
	mark := strings.Repeat("@", rangeWidth)
	empty := "<" + strings.Repeat("0", 2*room) + ">"
	objects := Objects{Catalog: usualCatalog, Page1: usualPage, Signature: c.Dict, Field: c.FieldBody}.With(c.Objects)
	if c.Bare {
		objects = maps.Clone(c.Objects)
	}
	fill := strings.NewReplacer("@RANGE@", mark, "@VALUE@", empty)
	for n, body := range objects {
		objects[n] = fill.Replace(body)
	}
	out := Append(file, Update{Objects: objects})
	if c.Behind != nil {
		out = Append(out, *c.Behind)
	}
	hole := bytes.Index(out, []byte(empty))
	rangeAt := bytes.Index(out, []byte(mark))
	behind := hole + len(empty)
	ranges := []int{0, hole, behind, len(out) - behind}
	if hole < 0 {
		ranges = []int{0, 100, 200, len(out) - 200}
	} else if c.Ranges != nil {
		ranges = c.Ranges(hole, behind, len(out))
	}
	if rangeAt >= 0 {
		text := strings.ReplaceAll(fmt.Sprint(ranges), "  ", " ")
		if len(text) > rangeWidth {
			return nil, errors.New("forgery: ByteRange is too long")
		}
		copy(out[rangeAt:], fmt.Sprintf("%-*s", rangeWidth, text))
	}
	if hole >= 0 {
		var content []byte
		for i := 0; i+1 < len(ranges); i += 2 {
			from, n := ranges[i], ranges[i+1]
			if from >= 0 && n >= 0 && from <= len(out) && n <= len(out)-from {
				content = append(content, out[from:from+n]...)
			}
		}
		value := c.Value
		if value == nil {
			value = func(content []byte) ([]byte, error) {
				return cms.SignDetached(k.Key, k.Cert, content, cms.Options{Chain: k.Chain})
			}
		}
		der, err := value(content)
		if err != nil {
			return nil, err
		}
		der = append(der, c.Padding...)
		if len(der) > room {
			return nil, errors.New("forgery: the value does not fit")
		}
		hex.Encode(out[hole+1:], der)
	}
	if c.After != nil {
		out = c.After(out, hole)
	}
	return out, nil
}

// DocumentTimeStamp is a document time-stamp over a file of Plain that Sign signed.
func DocumentTimeStamp(file []byte, stamp func(content []byte) ([]byte, error)) Craft {
	const sig, field = 102, 103
	behind := func(body, key string) string {
		i := strings.Index(body, key)
		j := i + strings.IndexByte(body[i:], ']')
		return fmt.Sprintf("%s %d 0 R%s", body[:j], field, body[j:])
	}
	return Craft{Bare: true, Value: stamp, Objects: Objects{
		Catalog: behind(signedBody(file, Catalog), "/Fields ["),
		Page1:   behind(signedBody(file, Page1), "/Annots ["),
		sig:     "<</Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161 /ByteRange @RANGE@ /Contents @VALUE@>>",
		field:   strings.NewReplacer("Signature1", "Stamp1", "100 0 R", "102 0 R").Replace(usualField),
	}}
}
