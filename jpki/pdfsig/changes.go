package pdfsig

import (
	"maps"
	"slices"
	"strconv"

	"kado/jpki/pdfsig/internal/pdf"
	"kado/jpki/verify"
)

// comparison holds the newest state of a document against a signed one.
//
// The rule is: every object that the signed state has is the same in the newest
// one. The exceptions are the skeleton: catalog, form, fields, pages, their lists
// of annotations, security store, document information. Those are compared entry
// by entry, and only what is listed here may differ. What is new is reachable
// through a change of the skeleton alone, because a number that the signed state
// mentions without having it must not come to life either.
type comparison struct {
	f         *pdf.File
	from, to  int // revisions
	allowed   permission
	skeleton  map[int]bool
	mentioned map[int]int  // how often the signed state refers to a number
	added     map[int]bool // signature fields that are new
	stores    []int        // lists of the security store, which nothing else may share
}

func changed(detail string) error { return wrong(verify.ChangedAfter, detail) }

// changes judges what the revisions behind the signed one do.
func changes(f *pdf.File, from int, allowed permission) error {
	to := f.Last()
	c := &comparison{f: f, from: from, to: to, allowed: allowed, skeleton: map[int]bool{}, added: map[int]bool{}}
	if from == to {
		return nil
	}
	if err := c.trailers(); err != nil {
		return err
	}
	if err := c.catalogs(); err != nil {
		return err
	}
	if err := c.pageTrees(); err != nil {
		return err
	}
	return c.objects()
}

// trailers wants the same catalog by the same number.
func (c *comparison) trailers() error {
	for i := c.from + 1; i <= c.to; i++ {
		a, b := c.f.Revisions[c.from].Trailer, c.f.Revisions[i].Trailer
		if a.Get("Root") != b.Get("Root") {
			return changed("another document catalog")
		}
	}
	a, b := c.f.Revisions[c.from].Trailer, c.f.Revisions[c.to].Trailer
	if !pdf.Equal(a.Get("Info"), b.Get("Info")) {
		return changed("another document information dictionary")
	}
	c.skeleton[a.Get("Root").(pdf.Ref).Number] = true
	if info, ok := a.Get("Info").(pdf.Ref); ok {
		c.skeleton[info.Number] = true
		x, y := c.f.Resolve(c.from, info), c.f.Resolve(c.to, info)
		dx, ok1 := x.(*pdf.Dict)
		dy, ok2 := y.(*pdf.Dict)
		if ok1 && ok2 {
			x, y = dx.Without("ModDate"), dy.Without("ModDate")
			if m := dy.Get("ModDate"); m != nil {
				if _, ok := m.(pdf.String); !ok {
					return changed("document information")
				}
			}
		}
		if !pdf.Equal(x, y) {
			return changed("document information")
		}
	}
	return nil
}

// skeletonRef marks a number as part of the skeleton where both states name it.
func (c *comparison) skeletonRef(a, b pdf.Object) (same bool) {
	x, isRef := a.(pdf.Ref)
	if !isRef {
		return true
	}
	if y, ok := b.(pdf.Ref); !ok || x != y {
		return false
	}
	c.skeleton[x.Number] = true
	return true
}

// only compares two dictionaries but for the given keys.
func only(a, b *pdf.Dict, but ...pdf.Name) bool {
	return pdf.Equal(a.Without(but...), b.Without(but...))
}

func (c *comparison) catalogs() error {
	a, b := c.f.Catalog(c.from), c.f.Catalog(c.to)
	if a == nil || b == nil {
		return changed("the document catalog")
	}
	if !only(a, b, "AcroForm", "DSS", "Extensions") {
		return changed("the document catalog")
	}
	if !pdf.Equal(a.Get("Extensions"), b.Get("Extensions")) && !isExtensions(b.Get("Extensions")) {
		return changed("the document catalog: Extensions")
	}
	if err := c.forms(a.Get("AcroForm"), b.Get("AcroForm")); err != nil {
		return err
	}
	return c.securityStore(a.Get("DSS"), b.Get("DSS"))
}

// isExtensions reports whether a value is a list of developer extensions written
// in place (ISO 32000-2, 7.12): nothing that a viewer shows.
func isExtensions(o pdf.Object) bool {
	d, ok := o.(*pdf.Dict)
	if !ok {
		return false
	}
	for _, e := range d.Entries {
		if e.Key == "Type" {
			continue
		}
		inner, ok := e.Value.(*pdf.Dict)
		if !ok {
			return false
		}
		for _, v := range inner.Entries {
			switch v.Value.(type) {
			case pdf.Name, pdf.Integer:
			default:
				return false
			}
		}
	}
	return true
}

// forms compares the interactive forms.
func (c *comparison) forms(x, y pdf.Object) error {
	if x != nil && !c.skeletonRef(x, y) {
		return changed("the form")
	}
	a, b := c.f.Dict(c.from, x), c.f.Dict(c.to, y)
	if b == nil {
		if a == nil {
			return nil
		}
		return changed("the form was removed")
	}
	if a == nil {
		a = &pdf.Dict{}
	}
	if !only(a, b, "Fields", "SigFlags") {
		return changed("the form")
	}
	had, _ := c.f.Resolve(c.from, a.Get("SigFlags")).(pdf.Integer)
	has, ok := c.f.Resolve(c.to, b.Get("SigFlags")).(pdf.Integer)
	if b.Has("SigFlags") && (!ok || has < 0 || has > 3) || had&^has != 0 {
		return changed("SigFlags of the form")
	}
	if a.Has("Fields") && !c.skeletonRef(a.Get("Fields"), b.Get("Fields")) {
		return changed("the list of form fields")
	}
	old, now := c.f.Array(c.from, a.Get("Fields")), c.f.Array(c.to, b.Get("Fields"))
	if len(now) < len(old) || !pdf.Equal(old, now[:len(old)]) {
		return changed("the list of form fields")
	}
	from, err := fields(c.f, c.from)
	if err != nil {
		return changed(err.Error())
	}
	to, err := fields(c.f, c.to)
	if err != nil {
		return changed(err.Error())
	}
	names := map[string]bool{}
	byRef := map[pdf.Ref]*field{}
	for _, n := range to {
		byRef[n.ref] = n
	}
	for _, n := range from {
		names[n.name] = true
		c.skeleton[n.ref.Number] = true
		m := byRef[n.ref]
		if m == nil {
			return changed("a form field was removed")
		}
		if err := c.field(n, m); err != nil {
			return err
		}
	}
	for _, item := range now[len(old):] {
		ref := item.(pdf.Ref) // fields wants references
		m := byRef[ref]
		if names[m.name] {
			return changed("a new form field has the name of another")
		}
		names[m.name] = true
		if err := c.newField(m); err != nil {
			return err
		}
		c.added[ref.Number] = true
	}
	return nil
}

// field compares a form field that the signed state has.
func (c *comparison) field(a, b *field) error {
	if a.object == b.object || pdf.Equal(a.dict, b.dict) {
		return nil
	}
	switch {
	case a.isSignature() && !a.dict.Has("V"):
		if !only(a.dict, b.dict, "V", "AP") {
			return changed("a signature field changed in more than its value and appearance")
		}
		if !c.appearance(b) {
			return changed("the appearance of a signature field")
		}
		return c.mayHold(b)
	case c.allowed.forms() && (a.kind == "Tx" || a.kind == "Ch" || a.kind == "Btn"):
		if a.flags&1 != 0 || c.allowed.locked(a.name) || !only(a.dict, b.dict, "V", "AP", "AS", "I") {
			return changed("a form field that may not change")
		}
		if !c.appearance(b) {
			return changed("the appearance of a form field")
		}
		for _, key := range []pdf.Name{"V", "AS", "I"} {
			switch c.f.Resolve(c.to, b.dict.Get(key)).(type) {
			case nil, pdf.String, pdf.Name, pdf.Array:
			default:
				return changed("the value of a form field")
			}
		}
		return nil
	}
	return changed("a form field or its appearance")
}

// appearance wants a dictionary of appearances: what is drawn stays inside the
// widget's rectangle, which was signed. A stream in its place could be drawn
// elsewhere, by a page that takes the field for its list of pictures.
func (c *comparison) appearance(b *field) bool {
	return !b.dict.Has("AP") || c.f.Dict(c.to, b.dict.Get("AP")) != nil
}

// mayHold judges the value of a field that was signed behind the signature.
func (c *comparison) mayHold(b *field) error {
	v := c.f.Dict(c.to, b.dict.Get("V"))
	if v == nil || !isSignature(v) {
		return changed("the value of a signature field")
	}
	for _, e := range v.Entries {
		if !slices.Contains(signatureKeys, e.Key) {
			return changed("an unknown entry of a signature dictionary")
		}
	}
	if v.Get("Type") == pdf.Name("DocTimeStamp") {
		return nil
	}
	if !c.allowed.signatures() {
		return changed("a signature where the document forbids changes")
	}
	if c.allowed.locked(b.name) {
		return changed("a signature in a locked field")
	}
	return nil
}

// signatureKeys are the entries of a signature dictionary (ISO 32000-2, table
// 255); none of them is drawn.
var signatureKeys = []pdf.Name{"Type", "Filter", "SubFilter", "Contents", "Cert", "ByteRange", "Reference", "Changes",
	"Name", "M", "Location", "Reason", "ContactInfo", "R", "V", "Prop_Build", "Prop_AuthTime", "Prop_AuthType"}

// newFieldKeys are the entries of a signature field with its widget. There is no
// action among them.
var newFieldKeys = []pdf.Name{"Type", "Subtype", "FT", "T", "TU", "V", "F", "Ff", "P", "Rect", "AP", "Lock", "SV", "M", "NM", "DA", "MK", "Border", "BS"}

// newField judges a field that is not in the signed state: a signature that
// nobody sees on a page.
func (c *comparison) newField(m *field) error {
	if c.f.Lookup(c.from, m.ref.Number) != nil {
		return changed("a signed object became a form field")
	}
	if m.kind != "Sig" || m.dict.Get("FT") != pdf.Name("Sig") {
		return changed("a new form field that is no signature")
	}
	for _, e := range m.dict.Entries {
		if !slices.Contains(newFieldKeys, e.Key) {
			return changed("an unknown entry of a new signature field")
		}
	}
	if sub := m.dict.Get("Subtype"); sub != nil && sub != pdf.Name("Widget") || m.dict.Has("Type") && m.dict.Get("Type") != pdf.Name("Annot") {
		return changed("a new signature field of another kind")
	}
	if !c.appearance(m) {
		return changed("the appearance of a new signature field")
	}
	if !invisible(m.dict) {
		return changed("a new signature field that covers a part of a page")
	}
	return c.mayHold(m)
}

// invisible reports whether a widget takes no room. Being hidden is not enough: a
// script of the signed document could show what is hidden.
func invisible(d *pdf.Dict) bool {
	if !d.Has("Rect") {
		return !d.Has("Subtype") // a field without a widget
	}
	rect, ok := d.Get("Rect").(pdf.Array)
	if !ok || len(rect) != 4 {
		return false
	}
	var at [4]float64
	for i, v := range rect {
		switch v := v.(type) {
		case pdf.Integer:
			at[i] = float64(v)
		case pdf.Real:
			n, err := strconv.ParseFloat(string(v), 64)
			if err != nil {
				return false
			}
			at[i] = n
		default:
			return false
		}
	}
	return at[0] == at[2] && at[1] == at[3]
}

// pageTrees wants the same pages, each with the same entries; behind its
// annotations there may be the widgets of new signature fields.
func (c *comparison) pageTrees() error {
	from, err := pages(c.f, c.from)
	if err != nil {
		return changed(err.Error())
	}
	to, err := pages(c.f, c.to)
	if err != nil {
		return changed(err.Error())
	}
	if !slices.Equal(from, to) {
		return changed("the pages")
	}
	for _, ref := range from {
		a, b := c.f.Dict(c.from, ref), c.f.Dict(c.to, ref)
		c.skeleton[ref.Number] = true
		if !only(a, b, "Annots") {
			return changed("a page")
		}
		x, y := a.Get("Annots"), b.Get("Annots")
		if x != nil && !c.skeletonRef(x, y) {
			return changed("the annotations of a page")
		}
		old, now := c.f.Array(c.from, x), c.f.Array(c.to, y)
		if len(now) < len(old) || !pdf.Equal(old, now[:len(old)]) {
			return changed("the annotations of a page")
		}
		for _, item := range now[len(old):] {
			if r, ok := item.(pdf.Ref); !ok || !c.added[r.Number] {
				return changed("a new annotation on a page")
			}
		}
	}
	return nil
}

// objects looks at everything that the revisions behind the signed one wrote.
func (c *comparison) objects() error {
	numbers := map[int]bool{}
	for i := c.from + 1; i <= c.to; i++ {
		for n := range c.f.Revisions[i].Objects {
			numbers[n] = true
		}
		for n := range c.f.Revisions[i].Freed {
			numbers[n] = true
		}
	}
	c.count()
	for _, n := range slices.Sorted(maps.Keys(numbers)) {
		a, b := c.f.Lookup(c.from, n), c.f.Lookup(c.to, n)
		switch {
		case a == b:
		case a == nil:
			if c.mentioned[n] > 0 {
				return changed("a reference of the signed document that led to nothing leads to something")
			}
		case b == nil:
			return changed("an object was removed")
		case a.Ref != b.Ref:
			return changed("an object has another generation")
		case pdf.Equal(a.Value, b.Value), c.skeleton[n]:
		default:
			return changed("an object of the signed document")
		}
	}
	for _, n := range c.stores {
		if c.mentioned[n] > 1 && c.f.Lookup(c.from, n) != c.f.Lookup(c.to, n) {
			return changed("a list of the security store that is used elsewhere, too")
		}
	}
	return nil
}

// count notes how often the signed state mentions each number.
func (c *comparison) count() {
	c.mentioned = map[int]int{}
	c.f.Each(c.from, func(o *pdf.Indirect) {
		pdf.Walk(o.Value, func(v pdf.Object) {
			if ref, ok := v.(pdf.Ref); ok {
				c.mentioned[ref.Number]++
			}
		})
	})
}
