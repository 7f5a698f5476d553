package pdfsig

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"

	"kado/jpki/pdfsig/internal/pdf"
)

// update collects the objects of one revision that is to be appended.
type update struct {
	f       *pdf.File
	next    int // first free object number
	objects map[pdf.Ref]pdf.Object
}

func newUpdate(f *pdf.File) *update {
	u := &update{f: f, next: 1, objects: map[pdf.Ref]pdf.Object{}}
	for _, r := range f.Revisions {
		if n, ok := r.Trailer.Get("Size").(pdf.Integer); ok {
			u.next = max(u.next, int(n))
		}
	}
	return u
}

// add gives a value a new number.
func (u *update) add(v pdf.Object) pdf.Ref {
	ref := pdf.Ref{Number: u.next}
	u.next++
	u.objects[ref] = v
	return ref
}

// resolve follows references through the update to the file below.
func (u *update) resolve(v pdf.Object) pdf.Object {
	if ref, ok := v.(pdf.Ref); ok {
		if o, ok := u.objects[ref]; ok {
			return o
		}
	}
	return u.f.Resolve(u.f.Last(), v)
}

// push appends a value to the array under a key of a dictionary. Where the array
// is an object of its own, that object is written anew and the dictionary stays.
func (u *update) push(d *pdf.Dict, key pdf.Name, v pdf.Object) *pdf.Dict {
	old, _ := u.resolve(d.Get(key)).(pdf.Array)
	list := append(slices.Clone(old), v)
	if ref, ok := d.Get(key).(pdf.Ref); ok && old != nil {
		u.objects[ref] = list
		return d
	}
	return d.With(key, list)
}

// write appends the revision to the file. write0, when not nil, writes the object
// of that number instead of Append and may note places.
func (u *update) write(special pdf.Ref, writeSpecial func(b []byte) []byte) []byte {
	f := u.f
	last := f.Revisions[f.Last()]
	b := make([]byte, 0, len(f.Data)+1<<16)
	b = append(b, f.Data...)
	if last.Mark == last.End {
		b = append(b, '\n')
	}
	from := len(b)
	refs := make([]pdf.Ref, 0, len(u.objects)+1)
	for ref := range u.objects {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, func(x, y pdf.Ref) int { return cmp.Compare(x.Number, y.Number) })
	at := map[pdf.Ref]int{}
	for _, ref := range refs {
		at[ref] = len(b)
		if writeSpecial != nil && ref == special {
			b = writeSpecial(b)
			continue
		}
		b = pdf.AppendIndirect(b, ref, u.objects[ref])
	}
	trailer := &pdf.Dict{}
	for _, key := range []pdf.Name{"Root", "Info"} {
		if v := last.Trailer.Get(key); v != nil {
			trailer = trailer.With(key, v)
		}
	}
	trailer = trailer.With("Prev", pdf.Integer(last.SectionAt))
	if id, ok := last.Trailer.Get("ID").(pdf.Array); ok && len(id) == 2 {
		sum := sha256.Sum256(b[from:])
		trailer = trailer.With("ID", pdf.Array{id[0], pdf.String{Text: sum[:16], Hex: true}})
	}
	if last.Stream {
		return u.crossStream(b, refs, at, trailer)
	}
	return u.table(b, refs, at, trailer)
}

// runs cuts sorted references into runs of consecutive numbers.
func runs(refs []pdf.Ref) [][]pdf.Ref {
	var out [][]pdf.Ref
	for i, ref := range refs {
		if i == 0 || refs[i-1].Number+1 != ref.Number {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], ref)
	}
	return out
}

func (u *update) table(b []byte, refs []pdf.Ref, at map[pdf.Ref]int, trailer *pdf.Dict) []byte {
	start := len(b)
	b = append(b, "xref\n"...)
	for _, run := range runs(refs) {
		b = fmt.Appendf(b, "%d %d\n", run[0].Number, len(run))
		for _, ref := range run {
			b = fmt.Appendf(b, "%010d %05d n \n", at[ref], ref.Generation)
		}
	}
	b = append(b, "trailer\n"...)
	b = pdf.Append(b, trailer.With("Size", pdf.Integer(u.next)))
	return fmt.Appendf(b, "\nstartxref\n%d\n%%%%EOF\n", start)
}

func (u *update) crossStream(b []byte, refs []pdf.Ref, at map[pdf.Ref]int, trailer *pdf.Dict) []byte {
	own := pdf.Ref{Number: u.next}
	u.next++
	start := len(b)
	refs, at[own] = append(refs, own), start
	var index pdf.Array
	var rows bytes.Buffer
	for _, run := range runs(refs) {
		index = append(index, pdf.Integer(run[0].Number), pdf.Integer(len(run)))
		for _, ref := range run {
			n := at[ref]
			rows.Write([]byte{1, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n), byte(ref.Generation >> 8), byte(ref.Generation)})
		}
	}
	d := trailer.With("Type", pdf.Name("XRef")).With("Size", pdf.Integer(u.next)).With("Index", index).
		With("W", pdf.Array{pdf.Integer(1), pdf.Integer(4), pdf.Integer(2)})
	b = pdf.AppendIndirect(b, own, &pdf.Stream{Dict: d, Raw: rows.Bytes()})
	return fmt.Appendf(b, "startxref\n%d\n%%%%EOF\n", start)
}
