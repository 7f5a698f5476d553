package forgery

import (
	"bytes"
	"fmt"
	"strings"

	"kado/jpki/verify"
)

// signedPage is page 1 of Plain as Sign leaves it, with more entries.
func signedPage(file []byte, more string) string {
	at := where(file, Page1)
	body, _, _ := strings.Cut(string(file[at+len("3 0 obj\n"):]), "\nendobj")
	return strings.TrimSuffix(body, ">>") + more + ">>"
}

func signedBody(file []byte, n int) string {
	at := where(file, n)
	body, _, _ := strings.Cut(string(file[at+len(fmt.Sprintf("%d 0 obj\n", n)):]), "\nendobj")
	return body
}

// edit makes an update that replaces a part of an object as Sign left it.
func edit(doc func() []byte, n int, old, new string, more Objects) func(Kit) ([]byte, error) {
	return signed(doc, func(file []byte) []byte {
		body := signedBody(file, n)
		if !strings.Contains(body, old) {
			return nil
		}
		return Append(file, Update{Objects: more.With(Objects{n: strings.Replace(body, old, new, 1)})})
	})
}

func updates() []Case {
	note := "<</Type /Annot /Subtype /FreeText /Rect [70 690 400 730] /Contents (x) /F 4 /DA (/F1 24 Tf) /AP <</N 41 0 R>>>>"
	return []Case{
		{"update-page-text", "an update writes another text on a page", verify.ChangedAfter, Partial, updated(Update{Objects: Objects{Contents2: Stream("", Text("金額　９００円"))}})},
		{"update-page-contents-entry", "an update gives a page other contents", verify.ChangedAfter, Partial,
			edit(plain, Page1, "/Contents 4 0 R", "/Contents [4 0 R 40 0 R]", Objects{40: Stream("", textAt("無効", 72, 600))})},
		{"update-page-added", "an update adds a page", verify.ChangedAfter, Partial, updated(Update{Objects: Objects{
			Pages: "<</Type /Pages /Kids [3 0 R 9 0 R 40 0 R] /Count 3>>", 40: "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources <<>> /Contents 4 0 R>>"}})},
		{"update-page-removed", "an update takes a page away", verify.ChangedAfter, Partial, updated(Update{Objects: Objects{Pages: "<</Type /Pages /Kids [3 0 R] /Count 1>>"}})},
		{"update-pages-exchanged", "an update exchanges two pages", verify.ChangedAfter, Partial, updated(Update{Objects: Objects{Pages: "<</Type /Pages /Kids [9 0 R 3 0 R] /Count 2>>"}})},
		{"update-page-turned", "an update turns a page", verify.ChangedAfter, Partial, signed(plain, func(file []byte) []byte {
			return Append(file, Update{Objects: Objects{Page1: signedPage(file, "/Rotate 180")}})
		})},
		{"update-page-cropped", "an update crops a page", verify.ChangedAfter, Partial, signed(plain, func(file []byte) []byte {
			return Append(file, Update{Objects: Objects{Page1: signedPage(file, "/CropBox [0 0 595 650]")}})
		})},
		{"update-note", "an update lays an annotation over a page", verify.ChangedAfter, Partial, signed(form, func(file []byte) []byte {
			return Append(file, Update{Objects: Objects{
				Page1: strings.Replace(signedBody(file, Page1), "/Annots [", "/Annots [40 0 R ", 1), 40: note, 41: looks("9")}})
		})},
		{"update-note-list", "an update gives a page a list of annotations", verify.ChangedAfter, Partial, signed(form, func(file []byte) []byte {
			return Append(file, Update{Objects: Objects{
				40: note, 41: looks("9"), Page2: strings.TrimSuffix(Plain()[Page2], ">>") + "/Annots [40 0 R]>>"}})
		})},
		{"update-visible-field", "an update adds a signature field that covers the text", verify.ChangedAfter, Partial, signed(form, func(file []byte) []byte {
			return Append(file, Update{Objects: Objects{
				Page2:    strings.TrimSuffix(Plain()[Page2], ">>") + "/Annots [40 0 R]>>",
				AcroForm: strings.Replace(signedBody(file, AcroForm), "]", " 40 0 R]", 1),
				40:       "<</Type /Annot /Subtype /Widget /FT /Sig /T (Cover) /F 4 /Rect [70 690 400 730] /P 9 0 R /AP <</N 41 0 R>>>>", 41: looks("9")}})
		})},
		{"second-signature-visible", "a second signature, by the same key, whose new field covers the text", verify.ChangedAfter, Accepts, secondOver(4)},
		{"second-signature-hidden", "a second signature whose new field lies hidden over the text, for a script to show", verify.ChangedAfter, Accepts, secondOver(2)},
		{"update-open-action", "an update adds an action at opening", verify.ChangedAfter, Partial, edit(plain, Catalog, "/Lang", "/OpenAction <</S /JavaScript /JS (app.alert\\(1\\))>> /Lang", nil)},
		{"update-names", "an update adds a script to the names", verify.ChangedAfter, Partial, edit(plain, Catalog, "/Lang", "/Names <</JavaScript <</Names [(a) <</S /JavaScript /JS (1)>>]>>>> /Lang", nil)},
		{"update-layers", "an update adds optional content", verify.ChangedAfter, Partial, edit(plain, Catalog, "/Lang", "/OCProperties <</OCGs [] /D <<>>>> /Lang", nil)},
		{"update-page-labels", "an update adds page labels", verify.ChangedAfter, Partial, edit(plain, Catalog, "/Lang", "/PageLabels <</Nums [0 <</P (x)>>]>> /Lang", nil)},
		{"update-other-catalog", "an update names another catalog, which lay in the signed revision (shadow, hide and replace)", verify.ChangedAfter, Partial,
			craftedOver(Plain().With(Objects{
				50: "<</Type /Catalog /Pages 51 0 R /AcroForm <</Fields [101 0 R] /SigFlags 3>>>>", 51: "<</Type /Pages /Kids [52 0 R] /Count 1>>",
				52: "<</Type /Page /Parent 51 0 R /MediaBox [0 0 595 842] /Resources <</Font <</F1 5 0 R>>>> /Contents 53 0 R>>", 53: Stream("", Text("転出届"))}),
				Craft{}, Update{Objects: Objects{54: "null"}, Root: 50})},
		{"update-object-freed", "an update ends the object of a page's text", verify.ChangedAfter, Partial, updated(Update{Objects: Objects{40: "null"}, Freed: []int{Contents1}})},
		{"update-signature-removed", "an update empties the signature's field", verify.ChangedAfter, Nothing, signed(form, func(file []byte) []byte {
			n := bytes.LastIndex(file, []byte("/T (Signature1)"))
			if n < 0 {
				n = bytes.LastIndex(file, []byte("/T(Signature1)"))
			}
			at := bytes.LastIndex(file[:n], []byte(" 0 obj"))
			start := bytes.LastIndexByte(file[:at], '\n') + 1
			var number int
			_, _ = fmt.Sscan(string(file[start:at]), &number)
			return Append(file, Update{Objects: Objects{number: "<</Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /F 132 /Rect [0 0 0 0] /P 3 0 R>>"}})
		})},
		{"update-signature-copied", "an update gives the field a copy of the signature dictionary", verify.NotAllSigned, Partial, craftedOver(Plain(), Craft{After: func(file []byte, hole int) []byte {
			return Append(file, Update{Objects: Objects{Signature: signedBody(file, Signature)}})
		}})},
		{"update-form-value", "an update writes another value into a form field", verify.ChangedAfter, Partial, updatedForm(fillAmount)},
		{"update-form-field-added", "an update adds a text field", verify.ChangedAfter, Partial, signed(form, func(file []byte) []byte {
			return Append(file, Update{Objects: Objects{
				AcroForm: strings.Replace(signedBody(file, AcroForm), "]", " 40 0 R]", 1),
				40:       "<</FT /Tx /T (more) /V (x)>>"}})
		})},
		{"update-calculation", "an update adds an order of calculation to the form", verify.ChangedAfter, Partial, edit(form, AcroForm, "/DR", "/CO [12 0 R] /DR", nil)},
		{"update-unknown-entry", "an update adds an entry that nobody knows to the catalog", verify.ChangedAfter, Partial, edit(plain, Catalog, "/Lang", "/KadoUnknown 1 /Lang", nil)},
		{"update-title", "an update changes the document's title", verify.ChangedAfter, Partial, updated(Update{Objects: Objects{Info: "<</Title (x)>>"}})},
	}
}

// secondOver signs a second time, with a field of those flags laid over page 2.
func secondOver(flags int) func(Kit) ([]byte, error) {
	return func(k Kit) ([]byte, error) {
		file, err := k.Sign(form())
		if err != nil {
			return nil, err
		}
		return k.Craft(file, Craft{Bare: true, Objects: Objects{
			Page2:    strings.TrimSuffix(Plain()[Page2], ">>") + "/Annots [103 0 R]>>",
			AcroForm: strings.Replace(signedBody(file, AcroForm), "]", " 103 0 R]", 1),
			102:      usualDict,
			103:      fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T (Cover) /V 102 0 R /F %d /Rect [70 690 400 730] /P 9 0 R /AP <</N 104 0 R>>>>", flags),
			104:      looks("9"),
		}})
	}
}

// fillAmount fills the text field of Form in.
var fillAmount = Update{Objects: Objects{
	Amount: "<</Type /Annot /Subtype /Widget /FT /Tx /T (amount) /V (900) /DA (/F1 12 Tf) /F 4 /Rect [72 500 272 530] /P 3 0 R /AP <</N 40 0 R>>>>",
	40:     looks("900"),
}}

func shadows() []Case {
	picture := Stream("/Type /XObject /Subtype /Form /BBox [0 0 595 842]", "0.9 g 0 0 595 842 re f")
	covered := func() Objects {
		o := Plain()
		o[Contents1] = Stream("", Text("転出届")+" /Cover Do")
		o[Page1] = strings.Replace(o[Page1], "/Font <</F1 5 0 R>>", "/Font <</F1 5 0 R>> /XObject <</Cover 15 0 R>>", 1)
		o[Overlay] = picture
		return o
	}
	page := strings.Replace(usualPage, "/Font <</F1 5 0 R>>", "/Font <</F1 5 0 R>> /XObject <</Cover 15 0 R>>", 1)
	dssCatalog := strings.Replace(usualCatalog, "/Lang", "/DSS <</Certs 60 0 R>> /Lang", 1)
	vri := strings.Repeat("A", 40)
	vriCatalog := strings.Replace(usualCatalog, "/Lang", "/DSS <</VRI <</"+vri+" 60 0 R>>>> /Lang", 1)
	return []Case{
		{"shadow-hide", "an update takes the cover off a text that was signed under it", verify.ChangedAfter, Partial,
			craftedOver(covered(), Craft{Objects: Objects{Page1: page}}, Update{Objects: Objects{Overlay: Stream("/Type /XObject /Subtype /Form /BBox [0 0 1 1]", " ")}})},
		{"shadow-hide-free", "an update ends the object of the cover", verify.ChangedAfter, Partial,
			craftedOver(covered(), Craft{Objects: Objects{Page1: page}}, Update{Objects: Objects{40: "null"}, Freed: []int{Overlay}})},
		{"shadow-replace-font", "an update replaces the font under the text", verify.ChangedAfter, Partial, updated(Update{Objects: Objects{
			Font: "<</Type /Font /Subtype /Type0 /BaseFont /Other /Encoding /Identity-H /DescendantFonts [6 0 R]>>"}})},
		{"shadow-replace-descriptor", "an update replaces the font's descriptor", verify.ChangedAfter, Partial, updated(Update{Objects: Objects{
			7: "<</Type /FontDescriptor /FontName /Other /Flags 6>>"}})},
		{"shadow-replace-field-appearance", "an update replaces what a form field shows, not its value", verify.ChangedAfter, Partial, updatedForm(Update{Objects: Objects{AmountLooks: looks("900")}})},
		{"shadow-null-comes-alive", "a page refers to nothing, and an update defines it", verify.ChangedAfter, Partial,
			craftedOver(Plain(), Craft{Objects: Objects{Page1: strings.Replace(usualPage, "/Contents 4 0 R", "/Contents [4 0 R 60 0 R]", 1)}},
				Update{Objects: Objects{60: Stream("", textAt("無効", 72, 600))}})},
		{"shadow-list-shared", "a page's contents and the security store share a list, which an update extends", verify.ChangedAfter, Partial,
			craftedOver(Plain().With(Objects{60: "[4 0 R]"}), Craft{Objects: Objects{Catalog: dssCatalog, Page1: strings.Replace(usualPage, "/Contents 4 0 R", "/Contents 60 0 R", 1)}},
				Update{Objects: Objects{60: "[4 0 R 61 0 R]", 61: Stream("", textAt("無効", 72, 600))}})},
		{"shadow-record-as-picture", "a record of the security store serves as a page's list of pictures", verify.ChangedAfter, Partial,
			craftedOver(Plain().With(Objects{60: "<</Type /VRI>>", Contents2: Stream("", "/TS Do"), Page2: strings.Replace(Plain()[Page2], "/Font <</F1 5 0 R>>", "/XObject 60 0 R", 1)}),
				Craft{Objects: Objects{Catalog: vriCatalog}},
				Update{Objects: Objects{60: "<</Type /VRI /TS 61 0 R>>", 61: picture}})},
		{"shadow-field-as-picture", "an empty signature field serves as a page's list of pictures; a second signature fills it, with a picture for its appearance", verify.ChangedAfter, Accepts, func(k Kit) ([]byte, error) {
			file, err := craftedOver(Plain().With(Objects{60: "<</FT /Sig /T (Second)>>", Contents2: Stream("", "/AP Do"), Page2: strings.Replace(Plain()[Page2], "/Font <</F1 5 0 R>>", "/XObject 60 0 R", 1)}),
				Craft{Objects: Objects{Catalog: strings.Replace(usualCatalog, "[101 0 R]", "[101 0 R 60 0 R]", 1)}})(k)
			if err != nil {
				return nil, err
			}
			return k.Craft(file, Craft{Bare: true, Objects: Objects{60: "<</FT /Sig /T (Second) /AP 61 0 R /V 102 0 R>>", 61: picture, 102: usualDict}})
		}},
		{"shadow-generation", "an update writes a page's text anew under a higher generation, so that it vanishes", verify.ChangedAfter, Partial, signed(plain, func(file []byte) []byte {
			out := Append(file, Update{Objects: Objects{Contents1: Plain()[Contents1]}})
			tail := out[len(file):]
			tail = bytes.Replace(tail, []byte("4 0 obj"), []byte("4 1 obj"), 1)
			tail = bytes.Replace(tail, []byte(" 00000 n"), []byte(" 00001 n"), 1)
			return append(bytes.Clone(file), tail...)
		})},
	}
}

// Certify is a certifying signature over Form with that level of DocMDP.
func Certify(p int) Craft {
	reference := fmt.Sprintf("/Reference [<</Type /SigRef /TransformMethod /DocMDP /TransformParams <</Type /TransformParams /V /1.2 /P %d>>>>]", p)
	return Craft{
		Dict: strings.Replace(usualDict, "/ByteRange", reference+" /ByteRange", 1),
		Objects: Objects{
			Catalog:  "<</Type /Catalog /Pages 2 0 R /Lang (ja-JP) /AcroForm 11 0 R /Perms <</DocMDP 100 0 R>>>>",
			Page1:    strings.Replace(Form()[Page1], "14 0 R]", "14 0 R 101 0 R]", 1),
			AcroForm: strings.Replace(Form()[AcroForm], "14 0 R]", "14 0 R 101 0 R] /SigFlags 3", 1),
		},
	}
}

// Locking is a certifying signature over Form with those parameters of FieldMDP,
// for instance "/Action /All".
func Locking(parameters string) Craft {
	c := Certify(2)
	c.Objects[Catalog] = "<</Type /Catalog /Pages 2 0 R /Lang (ja-JP) /AcroForm 11 0 R>>"
	c.Dict = strings.Replace(c.Dict, "]", "<</Type /SigRef /TransformMethod /FieldMDP /TransformParams <</Type /TransformParams /V /1.2 "+parameters+">>>>]", 1)
	return c
}

// lockedByField is a certifying signature whose field, not whose FieldMDP, locks.
func lockedByField() Craft {
	c := Certify(2)
	c.FieldBody = strings.TrimSuffix(usualField, ">>") + "/Lock <</Type /SigFieldLock /Action /All>>>>"
	return c
}

// fill signs a certified Form again, in the empty field, which Sign would refuse.
func (k Kit) fill(file []byte) ([]byte, error) {
	return k.Craft(file, Craft{Bare: true, Objects: Objects{
		102: usualDict, Approval: strings.TrimSuffix(Form()[Approval], ">>") + " /V 102 0 R>>",
	}})
}

func certified() []Case {
	sign2 := func(c Craft) func(Kit) ([]byte, error) {
		return func(k Kit) ([]byte, error) {
			out, err := k.Craft(Form().Table(), c)
			if err != nil {
				return nil, err
			}
			return k.fill(out)
		}
	}
	return []Case{
		{"certified-1-form-filled", "certified with P 1, then the form filled in", verify.ChangedAfter, Partial, craftedOver(Form(), Certify(1), fillAmount)},
		{"certified-1-signed-again", "certified with P 1, then signed again", verify.ChangedAfter, Accepts, sign2(Certify(1))},
		{"certified-2-note", "certified with P 2, then an annotation laid over a page (evil annotation)", verify.ChangedAfter, Partial, craftedOver(Form(), Certify(2), Update{Objects: Objects{
			Page2: strings.TrimSuffix(Plain()[Page2], ">>") + "/Annots [40 0 R]>>", 40: "<</Type /Annot /Subtype /Stamp /Rect [70 690 400 730] /F 4 /AP <</N 41 0 R>>>>", 41: looks("9")}})},
		{"certified-3-note", "certified with P 3, then a stamp laid over a page (evil annotation)", verify.ChangedAfter, Partial, craftedOver(Form(), Certify(3), Update{Objects: Objects{
			Page2: strings.TrimSuffix(Plain()[Page2], ">>") + "/Annots [40 0 R]>>", 40: "<</Type /Annot /Subtype /Stamp /Rect [70 690 400 730] /F 4 /AP <</N 41 0 R>>>>", 41: looks("9")}})},
		{"certified-2-text", "certified with P 2, then another text on a page", verify.ChangedAfter, Partial, craftedOver(Form(), Certify(2), Update{Objects: Objects{Contents2: Stream("", Text("金額　９００円"))}})},
		{"certified-2-field-moved", "certified with P 2, then a field moved while it is filled in", verify.ChangedAfter, Partial, craftedOver(Form(), Certify(2), Update{Objects: Objects{
			Amount: strings.Replace(fillAmount.Objects[Amount], "[72 500 272 530]", "[72 690 400 730]", 1), 40: looks("900")}})},
		{"locked-field-filled", "FieldMDP locks a field, which is filled in", verify.ChangedAfter, Partial, craftedOver(Form(), Locking("/Action /Include /Fields [(amount)]"), fillAmount)},
		{"locked-all-filled", "FieldMDP locks all fields, one is filled in", verify.ChangedAfter, Partial, craftedOver(Form(), Locking("/Action /All"), fillAmount)},
		{"locked-but-filled", "FieldMDP locks all but another field", verify.ChangedAfter, Partial, craftedOver(Form(), Locking("/Action /Exclude /Fields [(other)]"), fillAmount)},
		{"field-lock-filled", "the signature's field locks all fields, one is filled in", verify.ChangedAfter, Partial, craftedOver(Form(), lockedByField(), fillAmount)},
		{"certified-2-visible-field", "certified with P 2, then a visible signature field laid over the text (sneaky signature)", verify.ChangedAfter, Partial, craftedOver(Form(), Certify(2), Update{Objects: Objects{
			Page2:    strings.TrimSuffix(Plain()[Page2], ">>") + "/Annots [40 0 R]>>",
			AcroForm: strings.Replace(Certify(2).Objects[AcroForm], "101 0 R]", "101 0 R 40 0 R]", 1),
			40:       "<</Type /Annot /Subtype /Widget /FT /Sig /T (Cover) /F 4 /Rect [70 690 400 730] /P 9 0 R /AP <</N 41 0 R>>>>", 41: looks("9")}})},
		{"lock-unknown", "FieldMDP with an action that nobody knows", verify.ChangedAfter, Partial, craftedOver(Form(), Locking("/Action /Kado"), fillAmount)},
	}
}
