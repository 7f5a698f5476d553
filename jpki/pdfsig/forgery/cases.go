package forgery

import (
	"bytes"
	"fmt"
	"strings"

	"kado/jpki/cms"
	"kado/jpki/pdfsig"
	"kado/jpki/verify"
)

// Cases returns every case: the good ones first.
func Cases() []Case {
	var out []Case
	for _, list := range [][]Case{good(), ranges(), values(), structure(), updates(), shadows(), certified()} {
		out = append(out, list...)
	}
	return out
}

// signed makes a case of a document that is signed by the product and then
// changed.
func signed(doc func() []byte, then func(file []byte) []byte) func(Kit) ([]byte, error) {
	return func(k Kit) ([]byte, error) {
		out, err := k.Sign(doc())
		if err != nil || then == nil {
			return out, err
		}
		return then(out), nil
	}
}

func crafted(c Craft) func(Kit) ([]byte, error) {
	return func(k Kit) ([]byte, error) { return k.Craft(Plain().Table(), c) }
}

// craftedOver is crafted over other objects, with an update behind it.
func craftedOver(o Objects, c Craft, u ...Update) func(Kit) ([]byte, error) {
	return func(k Kit) ([]byte, error) {
		out, err := k.Craft(o.Table(), c)
		for _, one := range u {
			out = Append(out, one)
		}
		return out, err
	}
}

func plain() []byte { return Plain().Table() }
func form() []byte  { return Form().Table() }

func updated(u Update) func(Kit) ([]byte, error) {
	return signed(plain, func(file []byte) []byte { return Append(file, u) })
}

func updatedForm(u Update) func(Kit) ([]byte, error) {
	return signed(form, func(file []byte) []byte { return Append(file, u) })
}

func good() []Case {
	twice := func(doc func() []byte, field string) func(Kit) ([]byte, error) {
		return func(k Kit) ([]byte, error) {
			out, err := k.Sign(doc())
			if err != nil {
				return nil, err
			}
			o := k.options()
			o.Field = field
			return pdfsig.Sign(out, k.Key, k.Cert, o)
		}
	}
	return []Case{
		{"good-table", "signed, with a cross-reference table", verify.NoReason, Accepts, signed(plain, nil)},
		{"good-stream", "signed, with a cross-reference stream", verify.NoReason, Accepts, signed(func() []byte { return Plain().Streams(false) }, nil)},
		{"good-object-stream", "signed, with objects in an object stream", verify.NoReason, Accepts, signed(func() []byte { return Plain().Streams(true) }, nil)},
		{"good-hybrid", "signed, a hybrid file", verify.NoReason, Accepts, signed(func() []byte { return Plain().Hybrid(nil) }, nil)},
		{"good-form", "signed, with a form", verify.NoReason, Accepts, signed(form, nil)},
		{"good-two-signatures", "signed twice", verify.NoReason, Accepts, twice(plain, "")},
		{"good-two-signatures-stream", "signed twice, with cross-reference streams", verify.NoReason, Accepts, twice(func() []byte { return Plain().Streams(true) }, "")},
		{"good-empty-field-filled", "the second signature in a field that was there, empty", verify.NoReason, Accepts, twice(form, "Approval")},
		{"good-security-store", "a security store behind the signature", verify.NoReason, Partial, signed(plain, func(file []byte) []byte {
			return Append(file, Update{Objects: Objects{
				Catalog:     withDSS(file),
				Overlay + 5: Stream("", "evidence"),
			}})
		})},
		{"good-craft", "the signature that the crafted ones vary", verify.NoReason, Accepts, crafted(Craft{})},
		{"good-certified-signed-again", "certified with P 2, then signed again", verify.NoReason, Accepts, func(k Kit) ([]byte, error) {
			out, err := k.Craft(Form().Table(), Certify(2))
			if err != nil {
				return nil, err
			}
			return k.fill(out)
		}},
		{"good-other-field-locked", "FieldMDP locks another field than the one filled in", verify.NoReason, Partial, craftedOver(Form(), Locking("/Action /Include /Fields [(other) (amount2)]"), fillAmount)},
		{"good-all-but-field-locked", "FieldMDP locks all but the field filled in", verify.NoReason, Partial, craftedOver(Form(), Locking("/Action /Exclude /Fields [(amount)]"), fillAmount)},
		{"good-certified-form-filled", "certified with P 2, then the form filled in", verify.NoReason, Partial, craftedOver(Form(), Certify(2), fillAmount)},
	}
}

// withDSS returns the catalog that Sign wrote, with a security store.
func withDSS(file []byte) string {
	at := where(file, Catalog)
	body, _, _ := strings.Cut(string(file[at+len("1 0 obj\n"):]), "\nendobj")
	return strings.TrimSuffix(body, ">>") + fmt.Sprintf("/DSS <</Type /DSS /OCSPs [%d 0 R]>>>>", Overlay+5)
}

func ranges() []Case {
	cut := func(f func(hole, behind, end int) []int) func(Kit) ([]byte, error) { return crafted(Craft{Ranges: f}) }
	dict := func(old, new string) func(Kit) ([]byte, error) {
		return crafted(Craft{Dict: strings.Replace(usualDict, old, new, 1)})
	}
	return []Case{
		{"range-from-1", "the first octet is not signed", verify.NotAllSigned, Accepts, cut(func(h, b, e int) []int { return []int{1, h - 1, b, e - b} })},
		{"range-shifted", "the first range is as long as it should be, but begins one octet late", verify.NotAllSigned, Partial, cut(func(h, b, e int) []int { return []int{1, h, b, e - b} })},
		{"range-over-later-revision", "the ranges go on over a revision behind the one with the signature", verify.NotAllSigned, Accepts, crafted(Craft{Behind: &Update{Objects: Objects{40: "null"}}})},
		{"range-from-header-line", "the header is not signed", verify.NotAllSigned, Accepts, cut(func(h, b, e int) []int { return []int{9, h - 9, b, e - b} })},
		{"range-ends-early", "the last octets of the trailer are not signed", verify.NotAllSigned, Partial, cut(func(h, b, e int) []int { return []int{0, h, b, e - b - 20} })},
		{"range-hole-too-early", "the hole begins before the value", verify.NotAllSigned, Partial, cut(func(h, b, e int) []int { return []int{0, h - 30, b, e - b} })},
		{"range-hole-too-late", "the hole ends behind the value, in the next object", verify.NotAllSigned, Partial, cut(func(h, b, e int) []int { return []int{0, h, b + 40, e - b - 40} })},
		{"range-hole-without-delimiters", "the hole leaves out the angle brackets", verify.NotAllSigned, Partial, cut(func(h, b, e int) []int { return []int{0, h + 1, b - 1, e - b + 1} })},
		{"range-second-empty", "the second range is empty", verify.NotAllSigned, Partial, cut(func(h, b, e int) []int { return []int{0, h, b, 0} })},
		{"range-first-empty", "the first range is empty", verify.NotAllSigned, Partial, cut(func(h, b, e int) []int { return []int{0, 0, b, e - b} })},
		{"range-three", "three ranges, with a second hole", verify.NotAllSigned, Partial, cut(func(h, b, e int) []int { return []int{0, h, b, 10, b + 20, e - b - 20} })},
		{"range-one", "one range, up to the hole", verify.NotAllSigned, Partial, cut(func(h, b, e int) []int { return []int{0, h} })},
		{"range-overlap", "the second range begins inside the first", verify.NotAllSigned, Refuses, cut(func(h, b, e int) []int { return []int{0, h, 10, e - 10} })},
		{"range-negative", "a negative length", verify.NotAllSigned, Refuses, cut(func(h, b, e int) []int { return []int{0, h, b, -1} })},
		{"range-beyond-file", "the second range goes beyond the file", verify.NotAllSigned, Refuses, cut(func(h, b, e int) []int { return []int{0, h, b, e} })},
		{"range-huge", "a length beyond 64 bits", verify.Malformed, Refuses, dict("@RANGE@", "[0 100 200 99999999999999999999999]")},
		{"range-missing", "no ByteRange (universal forgery)", verify.NotAllSigned, Refuses, dict("/ByteRange @RANGE@", "")},
		{"range-null", "ByteRange is null (universal forgery)", verify.NotAllSigned, Refuses, dict("@RANGE@", "null")},
		{"range-zeros", "ByteRange is four zeros (universal forgery)", verify.NotAllSigned, Refuses, dict("@RANGE@", "[0 0 0 0]")},
		{"range-empty-array", "ByteRange is an empty array (universal forgery)", verify.NotAllSigned, Refuses, dict("@RANGE@", "[]")},
		{"range-reals", "ByteRange has numbers with a point", verify.NotAllSigned, Refuses, dict("@RANGE@", "[0.0 100.0 200.0 300.0]")},
		{"range-by-reference", "ByteRange is a reference to an array elsewhere", verify.NotAllSigned, Accepts,
			crafted(Craft{Dict: strings.Replace(usualDict, "@RANGE@", "102 0 R", 1), Objects: Objects{102: "@RANGE@"}})},
		{"range-twice", "ByteRange stands twice in the dictionary", verify.AmbiguousContent, Accepts, dict("/ByteRange @RANGE@", "/ByteRange [0 10 20 30] /ByteRange @RANGE@")},
		{"wrapping-in-hole", "signature wrapping: the hole holds a second trailer behind the value", verify.NotAllSigned, Partial,
			crafted(Craft{Dict: strings.Replace(usualDict, "@VALUE@", "@VALUE@ /X (trailer <</Root 50 0 R>> startxref 1)", 1),
				Ranges: func(h, b, e int) []int { return []int{0, h, b + 48, e - b - 48} }})},
	}
}

func values() []Case {
	dict := func(old, new string) func(Kit) ([]byte, error) {
		return crafted(Craft{Dict: strings.Replace(usualDict, old, new, 1)})
	}
	return []Case{
		{"content-bit", "one octet of a page's text is changed", verify.ContentChanged, Refuses, signed(plain, func(file []byte) []byte {
			out := bytes.Clone(file)
			out[bytes.Index(out, []byte("Tf 72"))+3] = '8'
			return out
		})},
		{"content-bit-behind", "one octet behind the hole is changed", verify.ContentChanged, Refuses, signed(plain, func(file []byte) []byte {
			out := bytes.Clone(file)
			out[bytes.LastIndex(out, []byte("/M (D:20"))+8] ^= 1
			return out
		})},
		{"value-bit", "one octet of the signature value is changed", verify.BadSignature, Refuses, func(k Kit) ([]byte, error) {
			return k.Craft(plain(), Craft{Value: func(content []byte) ([]byte, error) {
				der, err := cms.SignDetached(k.Key, k.Cert, content, cms.Options{Chain: k.Chain})
				if err == nil {
					der[len(der)-1] ^= 1
				}
				return der, err
			}})
		}},
		{"value-missing", "no Contents (universal forgery)", verify.NotAllSigned, Refuses, dict("/Contents @VALUE@", "")},
		{"value-null", "Contents is null (universal forgery)", verify.NotAllSigned, Refuses, dict("@VALUE@", "null")},
		{"value-empty", "Contents is an empty string (universal forgery)", verify.NotAllSigned, Refuses, dict("@VALUE@", "<>")},
		{"value-zeros", "Contents is zeros (universal forgery)", verify.Malformed, Refuses, crafted(Craft{Value: func([]byte) ([]byte, error) { return make([]byte, 8), nil }})},
		{"value-twice", "Contents stands twice, the right one last", verify.AmbiguousContent, Accepts, dict("/Contents @VALUE@", "/Contents <00> /Contents @VALUE@")},
		{"value-literal", "Contents is a literal string", verify.NotAllSigned, Refuses, dict("@VALUE@", "(0)")},
		{"value-by-reference", "Contents is a reference", verify.NotAllSigned, Accepts, crafted(Craft{Dict: strings.Replace(usualDict, "@VALUE@", "102 0 R", 1), Objects: Objects{102: "@VALUE@"}})},
		{"value-octets-behind", "octets other than zero behind the DER in the hole", verify.Malformed, Partial, crafted(Craft{Padding: []byte("<</Root 50 0 R>>")})},
		{"value-spaced", "white space in the hole", verify.Malformed, Partial, crafted(Craft{After: func(file []byte, hole int) []byte {
			out := bytes.Clone(file)
			copy(out[hole+1+2*room-200:], strings.Repeat(" ", 200))
			return out
		}})},
		{"value-attached", "the CMS carries content of its own", verify.AmbiguousContent, Refuses, func(k Kit) ([]byte, error) {
			return k.Craft(plain(), Craft{Value: func(content []byte) ([]byte, error) {
				return cms.Sign(k.Key, k.Cert, content[:1024], cms.Options{})
			}})
		}},
		{"value-of-other-document", "the signature of another document", verify.ContentChanged, Refuses, func(k Kit) ([]byte, error) {
			return k.Craft(plain(), Craft{Value: func([]byte) ([]byte, error) {
				return cms.SignDetached(k.Key, k.Cert, []byte("another"), cms.Options{Chain: k.Chain})
			}})
		}},
		{"subfilter-sha1", "SubFilter adbe.x509.rsa_sha1", verify.WeakAlgorithm, Refuses, dict("ETSI.CAdES.detached", "adbe.x509.rsa_sha1")},
		{"subfilter-pkcs7-sha1", "SubFilter adbe.pkcs7.sha1", verify.WeakAlgorithm, Accepts, dict("ETSI.CAdES.detached", "adbe.pkcs7.sha1")},
		{"subfilter-unknown", "an unknown SubFilter", verify.Unsupported, Refuses, dict("ETSI.CAdES.detached", "Kado.Unknown")},
		{"subfilter-missing", "no SubFilter", verify.Malformed, Refuses, dict("/SubFilter /ETSI.CAdES.detached", "")},
		{"type-other", "Type is that of a time-stamp", verify.Malformed, Accepts, dict("/Type /Sig", "/Type /DocTimeStamp")},
	}
}

func structure() []Case {
	bomb := func() []byte {
		o := Plain()
		o[Overlay] = Stream("/Type /ObjStm /N 0 /First 0 /Filter /FlateDecode", string(deflate(make([]byte, 80<<20))))
		return o.Table()
	}
	raw := func(f func() []byte) func(Kit) ([]byte, error) { return func(Kit) ([]byte, error) { return f(), nil } }
	return []Case{
		{"octets-before-header", "octets before the header, all offsets shifted", verify.Malformed, Refuses, signed(plain, func(file []byte) []byte { return append([]byte("junk\n"), file...) })},
		{"octets-behind-end", "octets behind %%EOF", verify.Malformed, Partial, signed(plain, func(file []byte) []byte { return append(bytes.Clone(file), "<</Root 50 0 R>>\n"...) })},
		{"saving-without-section", "incremental saving without a cross-reference section", verify.Malformed, Partial, signed(plain, func(file []byte) []byte {
			return append(bytes.Clone(file), "4 0 obj\n"+Stream("", Text("転出届"))+"\nendobj\n"...)
		})},
		{"saving-with-trailer-only", "incremental saving with a trailer and no section", verify.Malformed, Partial, signed(plain, func(file []byte) []byte {
			return append(bytes.Clone(file), "4 0 obj\n"+Stream("", Text("転出届"))+"\nendobj\ntrailer\n<</Root 1 0 R /Size 200>>\nstartxref\n0\n%%EOF\n"...)
		})},
		{"prev-in-circle", "Prev leads to its own section", verify.Malformed, Partial, signed(plain, func(file []byte) []byte {
			out := Append(file, Update{Objects: Objects{Overlay: "null"}})
			old, now := fmt.Sprintf("/Prev %d", LastStart(file)), fmt.Sprintf("/Prev %d", LastStart(out))
			i := bytes.LastIndex(out, []byte(old))
			return append(append(bytes.Clone(out[:i]), now...), out[i+len(old):]...)
		})},
		{"entry-into-signed-octets", "an update's entry leads into the signed revision", verify.Malformed, Partial, signed(plain, func(file []byte) []byte {
			return Append(file, Update{Objects: Objects{Overlay: "null"}, At: map[int]int{Contents1: where(file, Contents2)}})
		})},
		{"entry-into-hole", "an update's entry leads into the signature value", verify.Malformed, Partial, signed(plain, func(file []byte) []byte {
			return Append(file, Update{Objects: Objects{Overlay: "null"}, At: map[int]int{Contents1: bytes.LastIndex(file, []byte("/Contents <")) + 40}})
		})},
		{"object-twice-in-revision", "an object stands twice in the signed revision, one of them unlisted (shadow, hide and replace)", verify.AmbiguousContent, Accepts, craftedFile(func() []byte {
			o := Plain()
			file := o.Table()
			hidden := fmt.Sprintf("%d 0 obj\n%s\nendobj\n", Contents1, Stream("", Text("転出届")))
			at := bytes.Index(file, []byte("1 0 obj"))
			out := append([]byte{}, file[:at]...)
			out = append(out, hidden...)
			var rest bytes.Buffer
			rest.Write(out)
			places := map[int]int{}
			o.bodies(&rest, places)
			start := rest.Len()
			rest.WriteString(table(places, nil, true))
			fmt.Fprintf(&rest, "trailer\n<</Size %d %s>>\nstartxref\n%d\n%%%%EOF\n", o.size(), trailing, start)
			return rest.Bytes()
		})},
		{"key-twice-on-page", "Contents stands twice in a page", verify.AmbiguousContent, Accepts, craftedFile(func() []byte {
			o := Plain()
			o[Page2] = strings.Replace(o[Page2], "/Contents 10 0 R", "/Contents 4 0 R /Contents 10 0 R", 1)
			return o.Table()
		})},
		{"hybrid-two-views", "a hybrid file whose two sections lead to different objects", verify.AmbiguousContent, Accepts, func(k Kit) ([]byte, error) {
			return k.Craft(Plain().Hybrid(func(rows map[int][4]int) {
				rows[Contents1] = [4]int{1, 0, 300, 0}
			}), Craft{})
		}},
		{"stream-longer-than-said", "a stream with octets behind its Length", verify.Malformed, Accepts, craftedFile(func() []byte {
			o := Plain()
			o[Contents1] = strings.Replace(o[Contents1], "\nendstream", "   hidden\nendstream", 1)
			return o.Table()
		})},
		{"external-stream", "a picture that lies in another file", verify.NotAllSigned, Accepts, craftedOver(Plain().With(Objects{
			Overlay: Stream("/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /F (picture.dat)", "")}), Craft{})},
		{"bomb", "an object stream that unfolds to 80 MB", verify.TooLarge, Nothing, raw(bomb)},
		{"deep", "arrays nested ten thousand deep", verify.TooLarge, Nothing, raw(func() []byte {
			return Plain().With(Objects{Overlay: strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)}).Table()
		})},
		{"encrypted", "an encrypted document", verify.Unsupported, Nothing, raw(func() []byte {
			return bytes.Replace(plain(), []byte("/Root 1 0 R"), []byte("/Encrypt <</Filter /Standard /V 5 /R 6>> /Root 1 0 R"), 1)
		})},
		{"form-by-program", "a form that programs draw (XFA)", verify.Unsupported, Accepts, crafted(Craft{Objects: Objects{
			Catalog: strings.Replace(usualCatalog, "/SigFlags 3", "/SigFlags 3 /XFA [(template) 102 0 R]", 1), 102: Stream("", "<template/>")}})},
		{"unsigned", "no signature at all", verify.NoSignature, Nothing, raw(plain)},
		{"stray-signature", "a second signature dictionary that no field holds", verify.AmbiguousContent, Accepts, crafted(Craft{Objects: Objects{
			102: "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [0 10 20 30] /Contents <3000>>>"}})},
		{"signature-in-two-fields", "two fields hold the same signature", verify.AmbiguousContent, Accepts, crafted(Craft{Objects: Objects{
			Catalog: strings.Replace(usualCatalog, "[101 0 R]", "[101 0 R 102 0 R]", 1), 102: strings.Replace(usualField, "Signature1", "Signature2", 1)}})},
		{"field-not-signed", "a field of a later update takes a signature that the signed revision holds in no field", verify.AmbiguousContent, Partial, craftedOver(Plain(), Craft{
			FieldBody: strings.Replace(usualField, "/V 100 0 R", "", 1)}, Update{Objects: Objects{Field: usualField}})},
	}
}

// craftedFile signs a file that was made by hand.
func craftedFile(doc func() []byte) func(Kit) ([]byte, error) {
	return func(k Kit) ([]byte, error) { return k.Craft(doc(), Craft{}) }
}
