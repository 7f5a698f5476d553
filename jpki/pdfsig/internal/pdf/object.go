package pdf

import "slices"

// Object is a value: nil (null), bool, Integer, Real, String, Name, Array, *Dict,
// Ref or *Stream.
type Object any

type (
	// Integer is a whole number.
	Integer int64
	// Real is a number with a decimal point, as it was spelt.
	Real string
	// Name is a name without its slash, escapes resolved.
	Name string
	// Array is a list of values.
	Array []Object
)

// Ref is an indirect reference.
type Ref struct{ Number, Generation int }

// String is a string of octets with the place where it stands.
type String struct {
	Text []byte
	Hex  bool
	// Start and End are the octets of the file that the string takes, delimiters
	// among them; both zero inside an object stream.
	Start, End int
}

// Entry is a key of a dictionary with its value.
type Entry struct {
	Key   Name
	Value Object
}

// Dict is a dictionary; no key is there twice.
type Dict struct {
	Entries []Entry // in the order of the file
}

// Get returns the value of a key; nil when it is not there.
func (d *Dict) Get(key Name) Object {
	if d == nil {
		return nil
	}
	for i := range d.Entries {
		if d.Entries[i].Key == key {
			return d.Entries[i].Value
		}
	}
	return nil
}

// Has reports whether a key is there.
func (d *Dict) Has(key Name) bool {
	return d != nil && slices.ContainsFunc(d.Entries, func(e Entry) bool { return e.Key == key })
}

// With returns a copy in which key has that value.
func (d *Dict) With(key Name, value Object) *Dict {
	out := &Dict{}
	found := false
	if d != nil {
		for _, e := range d.Entries {
			if e.Key == key {
				e.Value, found = value, true
			}
			out.Entries = append(out.Entries, e)
		}
	}
	if !found {
		out.Entries = append(out.Entries, Entry{key, value})
	}
	return out
}

// Without returns a copy that lacks the keys.
func (d *Dict) Without(keys ...Name) *Dict {
	out := &Dict{}
	if d != nil {
		for _, e := range d.Entries {
			if !slices.Contains(keys, e.Key) {
				out.Entries = append(out.Entries, e)
			}
		}
	}
	return out
}

// Stream is a dictionary with octets.
type Stream struct {
	Dict *Dict
	Raw  []byte // as in the file, not decoded
}

// Indirect is an object of a revision's body or of an object stream in it.
type Indirect struct {
	Ref        Ref
	Value      Object
	Start, End int // octets from the number to behind "endobj"; of the container for one in an object stream
	Container  int // number of the object stream, 0 for one in the body
}

// Equal compares values without following references. Places in the file, the
// spelling of strings and the order of keys make no difference.
func Equal(a, b Object) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case bool, Integer, Real, Name, Ref:
		return a == b
	case String:
		s, ok := b.(String)
		return ok && string(a.Text) == string(s.Text)
	case Array:
		l, ok := b.(Array)
		return ok && slices.EqualFunc(a, l, Equal)
	case *Dict:
		d, ok := b.(*Dict)
		return ok && equalDicts(a, d)
	case *Stream:
		s, ok := b.(*Stream)
		return ok && equalDicts(a.Dict, s.Dict) && string(a.Raw) == string(s.Raw)
	}
	return false
}

func equalDicts(a, b *Dict) bool {
	if len(a.Entries) != len(b.Entries) {
		return false
	}
	for _, e := range a.Entries {
		if !b.Has(e.Key) || !Equal(e.Value, b.Get(e.Key)) {
			return false
		}
	}
	return true
}

// Walk calls visit for a value and everything inside it, without following
// references.
func Walk(o Object, visit func(Object)) {
	visit(o)
	switch o := o.(type) {
	case Array:
		for _, v := range o {
			Walk(v, visit)
		}
	case *Dict:
		for _, e := range o.Entries {
			Walk(e.Value, visit)
		}
	case *Stream:
		Walk(o.Dict, visit)
	}
}
