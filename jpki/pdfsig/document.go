package pdfsig

import (
	"cmp"
	"errors"
	"slices"

	"kado/jpki/pdfsig/internal/pdf"
	"kado/jpki/verify"
)

// Caps on what is looked at in a document.
const (
	maxFields     = 20_000
	maxPages      = 100_000
	maxTree       = 64 // levels of fields and of page nodes
	maxSignatures = 64
	maxMaterial   = 64 // OCSP answers, and CRLs, in a document's security store
)

var (
	errFields = errors.New("the tree of form fields cannot be read")
	errPages  = errors.New("the tree of pages cannot be read")
)

// reasonOf maps the refusal of a file to the closed list.
func reasonOf(err error) verify.Reason {
	var e *pdf.Error
	if errors.As(err, &e) {
		switch e.Cause {
		case pdf.TooLarge:
			return verify.TooLarge
		case pdf.Unsupported:
			return verify.Unsupported
		case pdf.Ambiguous:
			return verify.AmbiguousContent
		}
	}
	return verify.Malformed
}

// field is a node of the tree of form fields.
type field struct {
	ref    pdf.Ref
	dict   *pdf.Dict
	name   string // partial names joined by dots
	kind   pdf.Name
	flags  pdf.Integer
	object *pdf.Indirect
}

func (f *field) isSignature() bool { return f.kind == "Sig" }

// fields walks over the form of a revision: every node once, in the order of the
// document.
func fields(f *pdf.File, rev int) ([]*field, error) {
	form := f.Dict(rev, f.Catalog(rev).Get("AcroForm"))
	if form == nil {
		return nil, nil
	}
	var out []*field
	seen := map[int]bool{}
	var walk func(list pdf.Array, above *field, depth int) error
	walk = func(list pdf.Array, above *field, depth int) error {
		if depth > maxTree {
			return errFields
		}
		for _, item := range list {
			ref, ok := item.(pdf.Ref)
			if !ok || seen[ref.Number] || len(out) == maxFields {
				return errFields
			}
			seen[ref.Number] = true
			object := f.Lookup(rev, ref.Number)
			if object == nil || object.Ref != ref {
				return errFields
			}
			d, ok := object.Value.(*pdf.Dict)
			if !ok {
				return errFields
			}
			node := &field{ref: ref, dict: d, object: object}
			if above != nil {
				node.name, node.kind, node.flags = above.name, above.kind, above.flags
			}
			if t, ok := f.Resolve(rev, d.Get("T")).(pdf.String); ok {
				if node.name != "" {
					node.name += "."
				}
				node.name += plainText(t.Text)
			}
			if k, ok := f.Resolve(rev, d.Get("FT")).(pdf.Name); ok {
				node.kind = k
			}
			if n, ok := f.Resolve(rev, d.Get("Ff")).(pdf.Integer); ok {
				node.flags = n
			}
			out = append(out, node)
			if d.Has("Kids") {
				kids, ok := f.Resolve(rev, d.Get("Kids")).(pdf.Array)
				if !ok {
					return errFields
				}
				if err := walk(kids, node, depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	list, ok := f.Resolve(rev, form.Get("Fields")).(pdf.Array)
	if !ok && form.Has("Fields") {
		return nil, errFields
	}
	return out, walk(list, nil, 0)
}

// pages returns the references of the pages in their order.
func pages(f *pdf.File, rev int) ([]pdf.Ref, error) {
	var out []pdf.Ref
	seen := map[int]bool{}
	var walk func(o pdf.Object, depth int) error
	walk = func(o pdf.Object, depth int) error {
		ref, ok := o.(pdf.Ref)
		if !ok || seen[ref.Number] || depth > maxTree || len(out) == maxPages {
			return errPages
		}
		seen[ref.Number] = true
		d := f.Dict(rev, ref)
		switch d.Get("Type") {
		case pdf.Name("Page"):
			out = append(out, ref)
			return nil
		case pdf.Name("Pages"):
			for _, kid := range f.Array(rev, d.Get("Kids")) {
				if err := walk(kid, depth+1); err != nil {
					return err
				}
			}
			return nil
		}
		return errPages
	}
	if err := walk(f.Catalog(rev).Get("Pages"), 0); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, errPages
	}
	return out, nil
}

// found is a signature dictionary of a document.
type found struct {
	name   string
	dict   *pdf.Dict
	object *pdf.Indirect // the object in which the dictionary stands
	rev    int           // the revision that wrote the object
	// stray tells why the dictionary is not the value of one signature field of
	// the newest revision; empty when it is.
	stray  verify.Reason
	detail string
}

// signatures finds every signature dictionary of the file: the values of
// signature fields first, in the order of the file, then all others.
func signatures(f *pdf.File) ([]*found, error) {
	last := f.Last()
	writer := map[*pdf.Indirect]int{}
	for i, r := range f.Revisions {
		for _, o := range r.Objects {
			writer[o] = i
		}
	}
	nodes, err := fields(f, last)
	if err != nil {
		return nil, err
	}
	byDict := map[*pdf.Dict]*found{}
	var out []*found
	for _, node := range nodes {
		if !node.isSignature() || !node.dict.Has("V") {
			continue
		}
		object := node.object
		v := node.dict.Get("V")
		if ref, ok := v.(pdf.Ref); ok {
			object = f.Lookup(last, ref.Number)
			v = f.Resolve(last, ref)
		}
		d, ok := v.(*pdf.Dict)
		if !ok {
			continue // an empty field
		}
		if twin := byDict[d]; twin != nil {
			twin.stray, twin.detail = verify.AmbiguousContent, "two fields hold the same signature"
			continue
		}
		s := &found{name: node.name, dict: d, object: object, rev: writer[object]}
		byDict[d] = s
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b *found) int { return cmp.Compare(a.object.Start, b.object.Start) })
	out = append(out, strays(f, byDict)...)
	if len(out) > maxSignatures {
		return nil, &pdf.Error{Cause: pdf.TooLarge, Detail: "signatures", At: -1}
	}
	return out, nil
}

// strays finds the signature dictionaries that no field of the newest revision
// holds.
func strays(f *pdf.File, known map[*pdf.Dict]*found) []*found {
	var out []*found
	for rev, r := range f.Revisions {
		held := map[*pdf.Dict]string{} // values of this revision's fields, once needed
		looked := false
		for _, o := range inOrder(r) {
			pdf.Walk(o.Value, func(v pdf.Object) {
				d, ok := v.(*pdf.Dict)
				if !ok || known[d] != nil || !isSignature(d) || len(out) > maxSignatures {
					return
				}
				if !looked {
					looked = true
					nodes, _ := fields(f, rev)
					for _, n := range nodes {
						if v := f.Dict(rev, n.dict.Get("V")); v != nil {
							held[v] = n.name
						}
					}
				}
				s := &found{dict: d, object: o, rev: rev, stray: verify.AmbiguousContent, detail: "a signature dictionary that no signature field holds"}
				if name, ok := held[d]; ok {
					s.name, s.stray, s.detail = name, verify.ChangedAfter, "an update took this signature out of the document"
				} else if rights := f.Dict(f.Last(), f.Catalog(f.Last()).Get("Perms")); rights != nil &&
					(f.Dict(f.Last(), rights.Get("UR3")) == d || f.Dict(f.Last(), rights.Get("UR")) == d) {
					s.name, s.stray, s.detail = "usage rights", verify.Unsupported, "a usage rights signature"
				}
				out = append(out, s)
			})
		}
	}
	return out
}

func isSignature(d *pdf.Dict) bool {
	t := d.Get("Type")
	return d.Has("ByteRange") || d.Has("Contents") && (t == pdf.Name("Sig") || t == pdf.Name("DocTimeStamp"))
}

func inOrder(r *pdf.Revision) []*pdf.Indirect {
	out := make([]*pdf.Indirect, 0, len(r.Objects))
	for _, o := range r.Objects {
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b *pdf.Indirect) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Ref.Number, b.Ref.Number))
	})
	return out
}
